//! Pictures of the body: whole, and part by part as an atlas of anatomy has them.
//!
//! A part is cut out of the skin and turned so that it is seen from the front of a picture; the drawing itself is
//! that of heads.

mod cutout;
mod part;

use baihui_atlas::body::{BodyAtlas, Located, course::Drawn};
use baihui_head::{Surface, body::Body};
use baihui_report::{
    Figure, Item, Theme, View,
    view::{self, Emphasis, Group, Kind, LabelText, Options},
};

pub use cutout::Cutout;
use cutout::TURNED;
pub use part::Part;

/// Channels in an order in which those that run side by side have different styles.
const ORDER: [&str; 15] =
    ["LU", "LI", "ST", "SP", "HT", "SI", "BL", "KI", "GB", "LR", "PC", "TE", "GV", "CV", "EX"];

/// Index of a channel's style.
pub fn style_of(channel: &str) -> usize {
    ORDER.iter().position(|c| *c == channel).unwrap_or(0)
}

/// For what a picture is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// To be looked at closely: fine, with names where there is room.
    Screen,
    /// A few points on a sheet of paper: large letters, codes alone.
    Sheet,
}

/// Width of the page on which the skin has a height, px.
fn page_px(skin: &Surface, whole: bool, labels: LabelText, used: Use) -> f64 {
    // On 17 cm of paper letters of 11 px are then about 8 points high.
    let tall = match (used, whole) {
        (Use::Sheet, _) => 760.0,
        (Use::Screen, false) => 1150.0,
        (Use::Screen, true) => 1950.0,
    };
    // Both columns of labels.
    let columns = if labels == LabelText::Code { 180.0 } else { 420.0 };
    let (low, high) = skin.bounds();
    let size = high - low;
    let width: f64 = columns + tall * size.x / size.z.max(1.0);
    match (used, whole) {
        (Use::Sheet, _) => width.clamp(420.0, 760.0),
        (Use::Screen, false) => width.clamp(620.0, 1100.0),
        (Use::Screen, true) => width.clamp(700.0, 1500.0),
    }
}

/// Draws a part with points and channels.
pub fn svg(
    atlas: &BodyAtlas,
    cutout: &Cutout,
    located: &[Located],
    channels: &[Drawn],
    body: &Body,
    theme: Theme,
    used: Use,
) -> String {
    let mut items: Vec<Item> = Vec::new();
    for c in channels {
        for chain in &c.chains {
            // A curve is cut where it leaves the part.
            for run in chain
                .path
                .split(|p| !cutout.part.is_whole() && cutout.place(*p).is_none())
                .filter(|r| r.len() > 1)
            {
                items.push(Item {
                    code: String::new(),
                    label: String::new(),
                    side: c.side,
                    group: c.channel.clone(),
                    kind: Kind::Line {
                        path: run.iter().map(|p| cutout.turn * *p).collect(),
                        parts: Vec::new(),
                    },
                    emphasis: Emphasis::Faint,
                });
            }
        }
    }
    let whole = cutout.part.is_whole();
    // With every point, what is small is left to views of its own.
    let crowded = located.len() > 150;
    let elsewhere = cutout.part.leaves(body);
    items.extend(located.iter().filter_map(|l| {
        let p = atlas.points.get(l.point)?;
        let spot = l.spot.as_ref().ok()?;
        if spot.at.is_some_and(|at| body.skin.normal(at).dot(cutout.toward) < TURNED)
            || (crowded && elsewhere(spot.mm))
        {
            return None;
        }
        let variant = p.constructions.get(l.construction).map_or("", |c| c.name.as_str());
        let code = if variant.is_empty() || l.construction == 0 {
            p.point.code.clone()
        } else {
            format!("{}/{variant}", p.point.code)
        };
        Some(Item {
            code,
            label: format!("{} {}", p.point.names.pinyin, p.point.names.hanzi),
            side: l.side,
            group: atlas.channels[p.channel].id.clone(),
            kind: Kind::Point { at: cutout.place(spot.mm)?, ellipse: None },
            emphasis: Emphasis::Normal,
        })
    }));
    let groups = ORDER
        .iter()
        .filter_map(|id| atlas.channels.iter().find(|c| c.id == *id))
        .map(|c| Group { key: c.id.clone(), name: format!("{} {}", c.names.en, c.names.hanzi) })
        .collect();
    let points = items.iter().filter(|i| matches!(i.kind, Kind::Point { .. })).count();
    let labels = if points <= 60 && used == Use::Screen { LabelText::CodeAndName } else { LabelText::Code };
    let options = Options {
        title: "Points of regular acupuncture".to_owned(),
        credits: format!(
            "Baihui {} · {} · left and right are the patient's{} · mesh: MakeHuman hm08, CC0",
            env!("CARGO_PKG_VERSION"),
            super::about(&body.report),
            if crowded { cutout.part.left_out() } else { "" }
        ),
        width_px: page_px(&cutout.head.skin, whole, labels, used),
        font_px: if points > 90 { 8.0 } else { 11.0 },
        labels,
        theme,
        whole: true,
        captions: Some(cutout.part.captions().map(str::to_owned)),
        id: format!("body-{}", cutout.part.slug()),
        ..Options::default()
    };
    let figure = Figure { groups, options, ..Figure::new(&cutout.head, items) };
    view::svg(&figure, View::Front)
}

#[cfg(test)]
mod tests {
    use baihui_head::{
        Side,
        body::{Shape, built_in},
    };

    use super::*;

    #[test]
    fn every_point_is_in_a_view_of_a_part() {
        let atlas = super::super::atlas().unwrap();
        let body = built_in().body(&Shape::default()).unwrap();
        let cutouts: Vec<Cutout> =
            Part::ALL.into_iter().filter(|p| !p.is_whole()).map(|p| Cutout::new(&body, p).unwrap()).collect();
        let mut missing = Vec::new();
        // Points of the head come with a person's head.
        for l in baihui_atlas::body::Locator::new(&atlas, &body).all() {
            let Ok(spot) = &l.spot else { continue };
            let shown = |c: &&Cutout| {
                c.place(spot.mm).is_some()
                    && spot.at.is_none_or(|at| body.skin.normal(at).dot(c.toward) >= TURNED)
                    && !c.part.leaves(&body)(spot.mm)
            };
            if l.side != Side::Right && !cutouts.iter().any(|c| shown(&c)) {
                missing.push(atlas.points[l.point].point.code.as_str());
            }
        }
        assert!(missing.is_empty(), "{missing:?}");
    }
}
