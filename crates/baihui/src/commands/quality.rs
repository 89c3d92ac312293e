//! The page that shows what was found in an image or a scan.

use baihui_head::{Head, Origin, Side, Surface, volume::Volume};
use baihui_report::{
    Figure, Item, Theme, View,
    quality::{Mark, Plane, slice},
    stat::html::{Part, page},
    view::{self, Emphasis, Kind, Options},
};
use glam::DVec3;

/// What the page shows.
pub struct Quality<'a> {
    /// The head.
    pub head: &'a Head,
    /// The image it was made from, with the scalp that was cut out of it.
    pub image: Option<(&'a Volume, &'a Surface)>,
    /// What was found, in rows of two cells.
    pub found: Vec<[String; 2]>,
    /// What is doubtful.
    pub doubts: Vec<String>,
}

/// Landmarks that are marked on the slices.
const SHOWN: [(&str, Side, &str); 6] = [
    ("nasion", Side::Midline, "nasion"),
    ("inion", Side::Midline, "inion"),
    ("preauricular", Side::Left, "LPA"),
    ("preauricular", Side::Right, "RPA"),
    ("glabella", Side::Midline, "glabella"),
    ("vertex", Side::Midline, "vertex"),
];

/// What is doubtful, as lines of text.
pub fn sentences(doubts: &[(String, String)]) -> Vec<String> {
    doubts.iter().map(|(part, text)| format!("{part}: {text}")).collect()
}

impl Quality<'_> {
    /// The page, whole in one file.
    pub fn html(&self) -> String {
        let head = self.head;
        let mut parts = vec![
            Part::Text(
                "Look at this page before the head is used. Coordinates are millimetres, right-anterior-superior; left \
                 and right are the patient’s."
                    .to_owned(),
            ),
            Part::Heading("What is doubtful".to_owned()),
            Part::List(self.doubts.clone()),
        ];
        if let Some((image, scalp)) = self.image {
            parts.push(Part::Heading("Slices".to_owned()));
            parts.push(Part::Text(
                "Solid: the head’s skin. Dashed: the scalp as it was cut out of the image. The two should lie on each \
                 other and on the border between skin and air. The skin leaves the picture where the image ends, and \
                 runs under the ears."
                    .to_owned(),
            ));
            let mm = |n, s| head.landmarks.mm(n, s);
            let ears = [mm("preauricular", Side::Left), mm("preauricular", Side::Right)];
            let (lo, hi) = scalp.bounds();
            let middle = (lo + hi) / 2.0;
            let ear = ears[0].zip(ears[1]).map_or(middle, |(l, r)| (l + r) / 2.0);
            let nasion = mm("nasion", Side::Midline).unwrap_or(middle);
            let marks: Vec<Mark> = SHOWN
                .iter()
                .filter_map(|(n, s, text)| Some(Mark { name: (*text).to_owned(), at: mm(n, *s)? }))
                .collect();
            let at = [(nasion + mm("inion", Side::Midline).unwrap_or(nasion)) / 2.0, ear, ear];
            for (plane, at) in Plane::ALL.into_iter().zip(at) {
                let svg = slice(image, &[&head.skin, scalp], &marks, plane, at, 2.6);
                let caption = match plane {
                    Plane::Sagittal => "Sagittal, through nasion and inion.",
                    Plane::Coronal => "Coronal, through the preauricular points.",
                    Plane::Axial => {
                        "Axial, through the preauricular points, seen from below as in radiology."
                    }
                };
                parts.push(Part::Figure { svg, caption: caption.to_owned() });
            }
        }
        parts.push(Part::Heading("Five views".to_owned()));
        let items = head.landmarks.iter().filter_map(|(n, side, l)| {
            let code = SHOWN.iter().find(|s| s.0 == n && s.1 == side).map(|s| s.2)?;
            Some(Item {
                code: code.to_owned(),
                label: String::new(),
                side,
                group: "landmarks".to_owned(),
                kind: Kind::Point {
                    at: l.position.mm,
                    ellipse: Some(circle(head, l.position.mm, 1.96 * l.sd_mm)),
                },
                emphasis: Emphasis::Normal,
            })
        });
        let figure = Figure {
            options: Options {
                title: head.name.clone(),
                credits: format!("Baihui {} · rings: 95 %", env!("CARGO_PKG_VERSION")),
                theme: Theme::Auto,
                width_px: 640.0,
                ..Options::default()
            },
            ..Figure::new(head, items.collect())
        };
        for (k, v) in View::ALL.into_iter().enumerate() {
            let mut figure = figure.clone();
            figure.options.id = format!("q{k}");
            figure.options.title = v.heading().to_owned();
            parts.push(Part::Figure { svg: view::svg(&figure, v), caption: String::new() });
        }
        parts.push(Part::Heading("What was found".to_owned()));
        parts.push(Part::Table {
            caption: String::new(),
            header: vec!["what".to_owned(), "value".to_owned()],
            rows: self.found.iter().map(|r| r.to_vec()).collect(),
        });
        let rows = head.landmarks.iter().map(|(n, side, l)| {
            let p = l.position.mm;
            let by = match l.origin {
                Origin::Measured => "measured",
                Origin::Picked => "by hand",
                Origin::Detected => "found on this head",
                Origin::Template => "carried over",
                Origin::Rule => "by a rule",
                Origin::Population => "population figures",
            };
            vec![
                n.to_owned(),
                side.to_string(),
                format!("{:.1}, {:.1}, {:.1}", p.x, p.y, p.z),
                format!("{:.1}", l.sd_mm),
                by.to_owned(),
            ]
        });
        parts.push(Part::Table {
            caption: "Landmarks, mm".to_owned(),
            header: ["landmark", "side", "right, anterior, superior", "± sd", "how"]
                .map(str::to_owned)
                .to_vec(),
            rows: rows.collect(),
        });
        parts.push(Part::Heading("How it was made".to_owned()));
        parts.push(Part::List(head.history.clone()));
        page(&format!("{}: look before you trust", head.name), "en", &parts)
    }
}

/// A ring on the skin about a place.
fn circle(head: &Head, at: DVec3, radius_mm: f64) -> Vec<DVec3> {
    let normal = head.skin.normal(head.skin.closest(at).0);
    let u = normal.any_orthonormal_vector();
    let v = normal.cross(u);
    (0..=36)
        .map(|k| {
            let a = f64::from(k) / 36.0 * std::f64::consts::TAU;
            let p = at + (u * libm::cos(a) + v * libm::sin(a)) * radius_mm;
            head.skin.position(head.skin.closest(p).0)
        })
        .collect()
}
