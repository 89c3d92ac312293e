//! Located zones as pictures and as a scene in 3D.

use baihui_atlas::{
    Atlas,
    locate::{Kind, Located, Location},
    uncertainty::Ellipse,
};
use baihui_head::{
    Head,
    io::glb::{GlbScene, Rgba},
    ten_five::Site,
};
use baihui_report::{
    Figure, Item, Theme, theme,
    view::{Emphasis, Group, Kind as Drawn, Options},
};
use glam::DVec3;
use serde_json::json;

/// Steps round an error ellipse.
const ELLIPSE_STEPS: usize = 36;

/// A picture of located items; with `ellipses` the 95 % region of each point.
pub fn figure<'a>(
    atlas: &Atlas,
    head: &'a Head,
    location: &Location,
    sites: &[Site],
    theme: Theme,
    ellipses: bool,
) -> Figure<'a> {
    let mut items: Vec<Item> = location.items.iter().map(|i| item(head, i, ellipses)).collect();
    items.extend(sites.iter().map(|s| Item {
        code: s.name.clone(),
        label: String::new(),
        side: s.side,
        group: "10-5".to_owned(),
        kind: Drawn::Point { at: s.position.mm, ellipse: None },
        emphasis: Emphasis::Faint,
    }));
    let groups = atlas.schools.iter().map(|s| Group { key: s.id.clone(), name: s.names.en.clone() });
    let mut groups: Vec<Group> = groups.filter(|g| items.iter().any(|i| i.group == g.key)).collect();
    if !sites.is_empty() {
        groups.push(Group { key: "10-5".to_owned(), name: "electrode sites".to_owned() });
    }
    let options = Options {
        title: format!("Zones on {}", head.name),
        credits: credits(head),
        theme,
        ..Options::default()
    };
    Figure { groups, options, ..Figure::new(head, items) }
}

fn credits(head: &Head) -> String {
    format!("Baihui {} · {} · left and right are the patient's", env!("CARGO_PKG_VERSION"), head.name)
}

/// One located item as it is drawn.
pub fn item(head: &Head, i: &Located, ellipses: bool) -> Item {
    let kind = match (i.kind, &i.path_mm, i.position_mm) {
        (Kind::Line, Some(path), _) => {
            let mut parts: Vec<f64> = i.parts.iter().map(|p| p.to_mm / i.length_mm.max(1e-9)).collect();
            parts.retain(|f| *f < 0.999);
            Drawn::Line { path: points(path), parts }
        }
        (Kind::Area, Some(path), _) => Drawn::Area { outline: points(path), closed: true },
        (_, _, position) => Drawn::Point {
            at: position.map_or(DVec3::NAN, DVec3::from_array),
            ellipse: i.ellipses.first().filter(|_| ellipses).map(|e| outline(head, e)),
        },
    };
    Item {
        code: i.code.clone(),
        label: format!("{} {}", i.names.pinyin, i.names.hanzi).trim().to_owned(),
        side: i.side,
        group: i.school.clone(),
        kind,
        emphasis: Emphasis::Normal,
    }
}

fn points(path: &[[f64; 3]]) -> Vec<DVec3> {
    path.iter().map(|p| DVec3::from_array(*p)).collect()
}

/// The ellipse dropped onto the skin.
fn outline(head: &Head, e: &Ellipse) -> Vec<DVec3> {
    let [at, u, v] = [e.at_mm, e.major_axis, e.minor_axis].map(DVec3::from_array);
    (0..=ELLIPSE_STEPS)
        .map(|k| {
            let a = std::f64::consts::TAU * k as f64 / ELLIPSE_STEPS as f64;
            let p = at + u * (e.major_mm * a.cos()) + v * (e.minor_mm * a.sin());
            head.skin.position(head.skin.closest(p).0)
        })
        .collect()
}

/// The head with its zones, for any 3D viewer.
pub fn glb(atlas: &Atlas, head: &Head, location: &Location, sites: &[Site]) -> Vec<u8> {
    let mut scene = GlbScene::new(&head.name).head(head);
    for (k, school) in atlas.schools.iter().enumerate() {
        let colour = colour(theme::style(k).colour);
        let items: Vec<&Located> = location.items.iter().filter(|i| i.school == school.id).collect();
        if items.is_empty() {
            continue;
        }
        scene = scene.group(&school.id);
        for i in items {
            let name = format!("{} {}", i.code, i.side);
            let extras = Some(json!({
                "code": i.code, "side": i.side, "school": i.school, "names": i.names, "sd_mm": i.sd_mm,
                "length_mm": i.length_mm, "tape": i.tape,
            }));
            scene = match (&i.path_mm, i.position_mm) {
                (Some(path), _) => scene.tube(&name, &points(path), 0.9, colour, extras),
                (None, Some(p)) => scene.sphere(&name, DVec3::from_array(p), 2.0, colour, extras),
                (None, None) => scene,
            };
        }
    }
    if !sites.is_empty() {
        scene = scene.group("electrode sites");
        for s in sites {
            scene = scene.sphere(&s.name, s.position.mm, 1.2, Rgba::rgb(90, 90, 90), None);
        }
    }
    scene.to_bytes()
}

/// `#rrggbb`.
pub fn colour(hex: &str) -> Rgba {
    let n = u32::from_str_radix(hex.trim_start_matches('#'), 16).unwrap_or(0);
    let [_, r, g, b] = n.to_be_bytes();
    Rgba::rgb(r, g, b)
}
