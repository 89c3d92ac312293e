//! Any bytes as a practitioner's school file: problems with file and line, or a school that is located on a head.
#![no_main]

use std::sync::OnceLock;

use baihui_atlas::{Atlas, File, Names, Request, locate, uncertainty::Draws};
use baihui_head::{Head, HeadSource, Landmark, Landmarks, Origin, Point, ShapeSpread, Side, shapes};
use glam::DVec3;
use libfuzzer_sys::fuzz_target;

/// Landmarks of a head whose half axes are 77, 96 and 90 mm: name, side, direction from the middle.
const LANDMARKS: [(&str, Side, [f64; 3]); 13] = [
    ("nasion", Side::Midline, [0.0, 1.0, -0.1]),
    ("inion", Side::Midline, [0.0, -1.0, -0.1]),
    ("preauricular", Side::Left, [-1.0, 0.1, -0.2]),
    ("preauricular", Side::Right, [1.0, 0.1, -0.2]),
    ("glabella", Side::Midline, [0.0, 1.0, 0.1]),
    ("anterior-hairline", Side::Midline, [0.0, 1.0, 0.8]),
    ("posterior-hairline", Side::Midline, [0.0, -1.0, -0.5]),
    ("hairline-corner", Side::Left, [-0.6, 0.8, 0.7]),
    ("hairline-corner", Side::Right, [0.6, 0.8, 0.7]),
    ("mastoid-tip", Side::Left, [-1.0, -0.2, -0.5]),
    ("mastoid-tip", Side::Right, [1.0, -0.2, -0.5]),
    ("ear-apex", Side::Left, [-1.0, -0.1, 0.1]),
    ("ear-apex", Side::Right, [1.0, -0.1, 0.1]),
];

fn head() -> &'static Head {
    static HEAD: OnceLock<Head> = OnceLock::new();
    HEAD.get_or_init(|| {
        let skin = shapes::ellipsoid(DVec3::new(77.0, 96.0, 90.0), 3);
        let mut landmarks = Landmarks::new();
        for (name, side, toward) in LANDMARKS {
            let at = skin.position(skin.closest(DVec3::from_array(toward) * 100.0).0);
            let origin = Origin::Picked;
            let landmark = Landmark { position: Point::new(at), sd_mm: 2.0, origin, method: String::new() };
            landmarks.insert(name, side, landmark);
        }
        Head {
            name: String::new(),
            source: HeadSource::Scan,
            history: Vec::new(),
            skin,
            ears: None,
            brain: None,
            cortex: None,
            to_mni: None,
            landmarks,
            spread: ShapeSpread::default(),
        }
    })
}

/// What a school leans on: the landmarks above and one source.
fn base() -> &'static [File; 2] {
    static BASE: OnceLock<[File; 2]> = OnceLock::new();
    BASE.get_or_init(|| {
        let mut text = String::new();
        for (name, side, _) in LANDMARKS.iter().filter(|l| l.1 != Side::Right) {
            let side = if *side == Side::Midline { "midline" } else { "bilateral" };
            text += &format!(
                "[landmark.{name}]\nnames = {{ en = \"{name}\" }}\nside = \"{side}\"\ndefinition = \"x\"\n\
                 sources = [{{ key = \"ATLAS\", mark = \"derived\" }}]\n"
            );
        }
        let reference = "[reference.ATLAS]\ntitle = \"x\"\nkind = \"x\"\nseen = \"x\"\n".to_owned();
        [
            File { path: "atlas/landmarks.toml".into(), text },
            File { path: "atlas/references.toml".into(), text: reference },
        ]
    })
}

fuzz_target!(|text: &str| {
    let mut files = base().to_vec();
    files.push(File { path: "school.toml".into(), text: text.to_owned() });
    match Atlas::load(&files) {
        Err(problems) => {
            assert!(!problems.is_empty());
            let lines = text.lines().count().max(1);
            assert!(problems.iter().all(|p| p.line >= 1 && (p.file != "school.toml" || p.line <= lines + 1)));
        }
        Ok(atlas) => {
            let names = Names::of(&atlas);
            let schools = (0..atlas.schools.len()).collect();
            // Without the landmarks' part of the uncertainty, which is the same work many times over.
            let draws = Draws {
                method: baihui_atlas::uncertainty::Method::MonteCarlo { draws: 1, seed: 1 },
                ..Draws::default()
            };
            let request = Request { schools, draws, ..Request::default() };
            let location = locate::locate(&atlas, &names, head(), &request).expect("the head has a frame");
            for item in &location.items {
                assert!(item.length_mm.is_finite() && item.sd_mm.is_finite(), "{}", item.code);
                let path = item.path_mm.iter().flatten().chain(&item.position_mm);
                assert!(path.flatten().all(|x| x.abs() < 200.0), "{} is off the head", item.code);
            }
        }
    }
});
