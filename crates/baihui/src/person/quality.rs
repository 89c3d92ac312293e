//! The page that shows what was found in an image or a scan.

use baihui_head::{Head, Origin, Side, Surface, volume::Volume};
use baihui_report::{
    Figure, Item, Theme, View,
    quality::{Cut, Mark, Plane, slice},
    stat::html::{Part, page},
    view::{self, Emphasis, Kind, Options},
};
use glam::DVec3;

use super::{Doubt, zones};

/// What the page shows.
pub struct Quality<'a> {
    /// The head.
    pub head: &'a Head,
    /// The image it was made from, with the scalp that was cut out of it.
    pub image: Option<(&'a Volume, &'a Surface)>,
    /// What was found, in rows of two cells.
    pub found: &'a [[String; 2]],
    /// What is doubtful.
    pub doubts: &'a [Doubt],
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
            Part::Callout(self.verdict()),
            Part::Heading("What is doubtful".to_owned()),
            Part::List(self.doubts.iter().map(|d| format!("{}: {}", d.part, d.text)).collect()),
        ];
        if let Some((image, scalp)) = self.image {
            self.slices(image, scalp, &mut parts);
        }
        parts.push(Part::Heading("Five views".to_owned()));
        parts.push(Part::Figures(self.views()));
        self.zones(&mut parts);
        parts.push(Part::Heading("What was found".to_owned()));
        parts.push(Part::Table {
            caption: String::new(),
            header: vec!["what".to_owned(), "value".to_owned()],
            rows: self.found.iter().map(|r| r.to_vec()).collect(),
        });
        parts.push(self.landmarks());
        parts.push(Part::Heading("How it was made".to_owned()));
        let doubts: Vec<String> = self.doubts.iter().map(|d| format!("{}: {}", d.part, d.text)).collect();
        parts.push(Part::List(head.history.iter().filter(|h| !doubts.contains(h)).cloned().collect()));
        page(&format!("{}: look before you trust", head.name), "en", &parts)
    }

    /// What to confirm, in one paragraph.
    fn verdict(&self) -> String {
        let l = &self.head.landmarks;
        let four = SHOWN.iter().take(4);
        let mut found = Vec::new();
        let mut missing = Vec::new();
        for (n, side, text) in four {
            match l.get(n, *side) {
                Some(l) => {
                    found.push(format!("{text} ± {:.1} mm ({})", l.sd_mm, how(l.origin)));
                }
                None => missing.push(*text),
            }
        }
        let mut out = format!("To confirm: {}.", found.join(", "));
        if !missing.is_empty() {
            out += &format!(" Not to be had: {}.", missing.join(", "));
        }
        out + " A landmark that you see better is given with --nasion, --inion, --lpa, --rpa or --landmarks."
    }

    fn slices(&self, image: &Volume, scalp: &Surface, parts: &mut Vec<Part>) {
        let head = self.head;
        parts.push(Part::Heading("Slices".to_owned()));
        parts.push(Part::Text(
            "Solid: the head’s skin. Dashed: the scalp as it was cut out of the image. The two should lie on each other \
             and on the border between skin and air. The skin leaves the picture where the image ends, and runs under the \
             ears. Slices stand upright to the line from ear to ear. Rings: 95 %."
                .to_owned(),
        ));
        let mm = |n, s| head.landmarks.mm(n, s);
        let ears = [mm("preauricular", Side::Left), mm("preauricular", Side::Right)];
        let (lo, hi) = scalp.bounds();
        let middle = (lo + hi) / 2.0;
        let ear = ears[0].zip(ears[1]).map_or(middle, |(l, r)| (l + r) / 2.0);
        let nasion = mm("nasion", Side::Midline).unwrap_or(middle);
        let inion = mm("inion", Side::Midline);
        let axes = axes(ears);
        let marks: Vec<Mark> = SHOWN
            .iter()
            .filter_map(|(n, s, text)| {
                let l = head.landmarks.get(n, *s)?;
                Some(Mark { name: (*text).to_owned(), at: l.position.mm, sd_mm: l.sd_mm })
            })
            .collect();
        let surfaces = [&head.skin, scalp];
        let at = [(nasion + inion.unwrap_or(nasion)) / 2.0, ear, ear];
        let whole = Plane::ALL.into_iter().zip(at).map(|(plane, at)| {
            let cut = Cut { plane, at, axes, window_mm: None, px_per_mm: 2.0 };
            let caption = match plane {
                Plane::Sagittal => "Sagittal, between nasion and inion.",
                Plane::Coronal => "Coronal, through the preauricular points.",
                Plane::Axial => "Axial, through the preauricular points, seen from below as in radiology.",
            };
            (slice(image, &surfaces, &marks, &cut), caption.to_owned())
        });
        parts.push(Part::Figures(whole.collect()));
        parts.push(Part::Heading("The four points, nearer".to_owned()));
        let near = SHOWN.iter().take(4).filter_map(|(n, side, text)| {
            let l = head.landmarks.get(n, *side)?;
            let plane = if *side == Side::Midline { Plane::Sagittal } else { Plane::Axial };
            let cut = Cut { plane, at: l.position.mm, axes, window_mm: Some(36.0), px_per_mm: 5.0 };
            Some((
                slice(image, &surfaces, &marks, &cut),
                format!("{text}: {}, ± {:.1} mm. {}", how(l.origin), l.sd_mm, sentence(&l.method)),
            ))
        });
        parts.push(Part::Figures(near.collect()));
    }

    fn views(&self) -> Vec<(String, String)> {
        let head = self.head;
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
        let one = |(k, v): (usize, View)| {
            let mut figure = figure.clone();
            figure.options.id = format!("q{k}");
            figure.options.title = v.heading().to_owned();
            (view::svg(&figure, v), String::new())
        };
        View::ALL.into_iter().enumerate().map(one).collect()
    }

    fn zones(&self, parts: &mut Vec<Part>) {
        let z = zones::zones(self.head);
        parts.push(Part::Heading("What this means for the zones".to_owned()));
        if let Some(why) = z.nothing {
            parts.push(Part::Callout(format!("No zone can be located on this head: {why}.")));
            return;
        }
        parts.push(Part::Text(format!(
            "{} zones and points can be located on this head; {} cannot; {} are less sure than on the built-in head.",
            z.located,
            z.refused.len(),
            z.wider.len()
        )));
        if !z.refused.is_empty() {
            parts.push(Part::Table {
                caption: "Cannot be located".to_owned(),
                header: ["school", "zone", "why"].map(str::to_owned).to_vec(),
                rows: z.refused.into_iter().map(|r| r.to_vec()).collect(),
            });
        }
        if !z.wider.is_empty() {
            parts.push(Part::Table {
                caption: "Less sure: standard deviation, mm".to_owned(),
                header: ["school", "zone", "here", "on the built-in head"].map(str::to_owned).to_vec(),
                rows: z
                    .wider
                    .into_iter()
                    .map(|(school, zone, here, there)| {
                        vec![school, zone, format!("{here:.1}"), format!("{there:.1}")]
                    })
                    .collect(),
            });
        }
    }

    fn landmarks(&self) -> Part {
        let rows = self.head.landmarks.iter().map(|(n, side, l)| {
            let p = l.position.mm;
            vec![
                n.to_owned(),
                side.to_string(),
                format!("{:.1}, {:.1}, {:.1}", p.x, p.y, p.z),
                format!("{:.1}", l.sd_mm),
                how(l.origin).to_owned(),
            ]
        });
        Part::Table {
            caption: "Landmarks, mm".to_owned(),
            header: ["landmark", "side", "right, anterior, superior", "± sd", "how"]
                .map(str::to_owned)
                .to_vec(),
            rows: rows.collect(),
        }
    }
}

fn how(origin: Origin) -> &'static str {
    match origin {
        Origin::Measured => "measured",
        Origin::Picked => "by hand",
        Origin::Detected => "seen on this head",
        Origin::Template => "carried over",
        Origin::Rule => "by a rule",
        Origin::Population => "population figures",
    }
}

/// The first part of a method, as a sentence.
fn sentence(method: &str) -> String {
    let first = method.split(';').next().unwrap_or_default();
    let mut letters = first.chars();
    letters.next().map_or_else(String::new, |c| c.to_uppercase().collect::<String>() + letters.as_str() + ".")
}

/// Right, front and top of a head: along the line between the ears, otherwise as the image has them.
fn axes(ears: [Option<DVec3>; 2]) -> [DVec3; 3] {
    let right = ears[0].zip(ears[1]).map_or(DVec3::X, |(l, r)| (r - l).normalize_or(DVec3::X));
    let top = (DVec3::Z - right * right.z).normalize_or(DVec3::Z);
    [right, top.cross(right), top]
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
