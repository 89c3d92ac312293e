//! Pictures of the body: whole, and part by part as an atlas of anatomy has them.
//!
//! A part is cut out of the skin and turned so that it is seen from the front of a picture; the drawing itself is
//! that of heads.

use baihui_atlas::body::{BodyAtlas, Located, course::Drawn};
use baihui_head::{
    Head, HeadSource, Landmarks, ShapeSpread, Side, Surface,
    body::{Body, BodyReport},
};
use baihui_report::{
    Figure, Item, Theme, View,
    view::{self, Emphasis, Group, Kind, LabelText, Options},
};
use clap::ValueEnum;
use glam::{DMat3, DVec3};

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Part {
    /// The whole body from the front.
    Front,
    /// From behind.
    Back,
    /// From the patient's left.
    Left,
    /// From the patient's right.
    Right,
    /// Head and neck from the front.
    Face,
    /// Head and neck from the left.
    HeadSide,
    /// Head and neck from behind.
    HeadBack,
    /// The ear and what is around it.
    Ear,
    /// What lies behind the ear.
    EarBack,
    /// Head and shoulders from above.
    Above,
    /// Trunk from the front.
    Chest,
    /// Trunk from behind.
    Spine,
    /// Trunk from the left, without the arm.
    Flank,
    /// Left arm, the side of the palm.
    ArmInner,
    /// Left arm, the side of the thumb.
    ArmThumb,
    /// Left arm, the side of the back of the hand.
    ArmOuter,
    /// Left hand, palm.
    Palm,
    /// Left hand, back.
    Hand,
    /// Left leg from the front.
    LegFront,
    /// Left leg, inner side.
    LegInner,
    /// Left leg, outer side.
    LegOuter,
    /// Left leg from behind.
    LegBack,
    /// Back of the left knee.
    KneeBack,
    /// Left foot from above.
    Foot,
    /// Left foot, inner side.
    FootInner,
    /// Left foot, outer side.
    FootOuter,
    /// Left sole.
    Sole,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 27] = [
        Self::Front,
        Self::Back,
        Self::Left,
        Self::Right,
        Self::Face,
        Self::HeadSide,
        Self::HeadBack,
        Self::Ear,
        Self::EarBack,
        Self::Above,
        Self::Chest,
        Self::Spine,
        Self::Flank,
        Self::ArmInner,
        Self::ArmThumb,
        Self::ArmOuter,
        Self::Palm,
        Self::Hand,
        Self::LegFront,
        Self::LegInner,
        Self::LegOuter,
        Self::LegBack,
        Self::KneeBack,
        Self::Foot,
        Self::FootInner,
        Self::FootOuter,
        Self::Sole,
    ];

    /// Name for files and addresses.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Back => "back",
            Self::Left => "left",
            Self::Right => "right",
            Self::Face => "face",
            Self::HeadSide => "head-side",
            Self::HeadBack => "head-back",
            Self::Ear => "ear",
            Self::EarBack => "ear-back",
            Self::Above => "above",
            Self::Chest => "chest",
            Self::Spine => "spine",
            Self::Flank => "flank",
            Self::ArmInner => "arm-inner",
            Self::ArmThumb => "arm-thumb",
            Self::ArmOuter => "arm-outer",
            Self::Palm => "palm",
            Self::Hand => "hand",
            Self::LegFront => "leg-front",
            Self::LegInner => "leg-inner",
            Self::LegOuter => "leg-outer",
            Self::LegBack => "leg-back",
            Self::KneeBack => "knee-back",
            Self::Foot => "foot",
            Self::FootInner => "foot-inner",
            Self::FootOuter => "foot-outer",
            Self::Sole => "sole",
        }
    }

    /// What is written above it, and at its left and right.
    fn captions(self) -> [&'static str; 3] {
        match self {
            Self::Front => ["Front", "patient's right", "patient's left"],
            Self::Back => ["Back", "patient's left", "patient's right"],
            Self::Left => ["Left side", "front", "back"],
            Self::Right => ["Right side", "back", "front"],
            Self::Face => ["Face", "patient's right", "patient's left"],
            Self::HeadSide => ["Head, left side", "front", "back"],
            Self::HeadBack => ["Head and nape", "patient's left", "patient's right"],
            Self::Ear => ["Left ear", "front", "back"],
            Self::EarBack => ["Behind the left ear", "front", "back"],
            Self::Above => ["Head and shoulders from above", "patient's left", "patient's right"],
            Self::Chest => ["Chest and belly", "patient's right", "patient's left"],
            Self::Spine => ["Back", "patient's left", "patient's right"],
            Self::Flank => ["Left side of the trunk", "front", "back"],
            Self::ArmInner => ["Left arm, palmar side", "little finger side", "thumb side"],
            Self::ArmThumb => ["Left arm, thumb side", "palmar side", "back of the hand"],
            Self::ArmOuter => ["Left arm, back of the hand", "thumb side", "little finger side"],
            Self::Palm => ["Left hand, palm", "thumb side", "little finger side"],
            Self::Hand => ["Left hand, back", "little finger side", "thumb side"],
            Self::LegFront => ["Left leg, front", "inner side", "outer side"],
            Self::LegInner => ["Left leg, inner side", "back", "front"],
            Self::LegOuter => ["Left leg, outer side", "front", "back"],
            Self::LegBack => ["Left leg, back", "outer side", "inner side"],
            Self::KneeBack => ["Back of the left knee", "outer side", "inner side"],
            Self::Foot => ["Left foot from above", "little toe side", "great toe side"],
            Self::FootInner => ["Left foot, inner side", "heel", "toes"],
            Self::FootOuter => ["Left foot, outer side", "toes", "heel"],
            Self::Sole => ["Left sole", "great toe side", "little toe side"],
        }
    }

    /// The frame of the picture: toward the viewer, and up.
    fn directions(self, body: &Body) -> [DVec3; 2] {
        let j = |name: &str| body.joint(name, Side::Left).unwrap_or_default();
        let hand = |palm: bool, fingers_up: bool| {
            let axis = (j("finger-3-1") - j("hand")).normalize_or_zero();
            let radial = (j("finger-2-1") - j("finger-5-1")).reject_from(axis).normalize_or_zero();
            let toward = axis.cross(radial) * if palm { 1.0 } else { -1.0 };
            [toward, if fingers_up { axis } else { -axis }]
        };
        let arm = |palm: bool| {
            let axis = (j("hand") - j("shoulder")).normalize_or_zero();
            let [toward, _] = hand(palm, true);
            // Between the palm of the hand and the side to which the elbow bends.
            let bend = ((j("shoulder") + j("hand")) / 2.0 - j("elbow")).normalize_or_zero();
            let mix = toward + bend * if palm { 1.0 } else { -1.0 };
            [mix.reject_from(axis).normalize_or_zero(), -axis]
        };
        let toes = (j("toe-2-1") - j("ankle")).reject_from(DVec3::Z).normalize_or_zero();
        // The inner side of the left foot.
        let inner = toes.cross(DVec3::Z);
        match self {
            Self::Front | Self::Face | Self::Chest | Self::LegFront => [DVec3::Y, DVec3::Z],
            Self::Back | Self::HeadBack | Self::Spine | Self::LegBack | Self::KneeBack => {
                [-DVec3::Y, DVec3::Z]
            }
            Self::Left | Self::HeadSide | Self::Ear | Self::Flank | Self::LegOuter => [-DVec3::X, DVec3::Z],
            Self::Right | Self::LegInner => [DVec3::X, DVec3::Z],
            Self::EarBack => [DVec3::new(-0.6, -0.8, 0.0), DVec3::Z],
            Self::ArmInner => arm(true),
            Self::ArmThumb => {
                let [palm, up] = arm(true);
                [up.cross(palm), up]
            }
            Self::ArmOuter => arm(false),
            Self::Palm => hand(true, true),
            Self::Hand => hand(false, true),
            Self::Above => [DVec3::Z, DVec3::Y],
            Self::Foot => [DVec3::Z, toes],
            Self::Sole => [-DVec3::Z, toes],
            Self::FootInner => [inner, DVec3::Z],
            Self::FootOuter => [-inner, DVec3::Z],
        }
    }

    /// How far within the part a place is, mm; less than 0 outside of it.
    fn within(self, body: &Body) -> Box<dyn Fn(DVec3) -> f64> {
        let j = |name: &str| body.joint(name, Side::Left).unwrap_or_default();
        let (shoulder, elbow, wrist) = (j("shoulder"), j("elbow"), j("hand"));
        let (hip, knee, ankle, tip) = (j("upper-leg"), j("knee"), j("ankle"), j("finger-3-4"));
        let (neck, head) = (j("neck"), j("head"));
        let unit = body.report.height_mm / 1700.0;
        let near = move |p: DVec3, chain: &[DVec3]| {
            chain
                .windows(2)
                .map(|w| {
                    let (a, b) = (w[0], w[1]);
                    let t = ((p - a).dot(b - a) / (b - a).length_squared().max(1.0)).clamp(0.0, 1.0);
                    p.distance(a.lerp(b, t))
                })
                .fold(f64::INFINITY, f64::min)
        };
        let left = move |p: DVec3| 15.0 * unit - p.x;
        match self {
            Self::Front | Self::Back | Self::Left | Self::Right => Box::new(|_| 1.0),
            Self::Face | Self::HeadSide | Self::HeadBack => {
                // Far enough down for GV14 and what is level with it.
                let low = neck.z - if self == Self::Face { 10.0 } else { 25.0 } * unit;
                Box::new(move |p| (p.z - low).min(130.0 * unit - p.x.abs()))
            }
            Self::Ear | Self::EarBack => {
                let centre = head + DVec3::new(-70.0, 0.0, 35.0) * unit;
                Box::new(move |p| {
                    (-25.0 * unit - p.x).min(78.0 * unit - (p - centre).reject_from(DVec3::X).length())
                })
            }
            Self::Above => {
                let (low, wide) = (shoulder.z - 45.0 * unit, shoulder.x.abs() + 35.0 * unit);
                Box::new(move |p| (p.z - low).min(wide - p.x.abs()))
            }
            Self::Chest | Self::Spine | Self::Flank => {
                let (low, high) = (hip.z - 70.0 * unit, neck.z + 40.0 * unit);
                let wide = shoulder.x.abs() + 15.0 * unit;
                let arm = [shoulder.lerp(elbow, 0.35), elbow, wrist, tip];
                Box::new(move |p| {
                    let l = DVec3::new(-p.x.abs(), p.y, p.z);
                    (p.z - low).min(high - p.z).min(wide - p.x.abs()).min(near(l, &arm) - 62.0 * unit)
                })
            }
            Self::ArmInner | Self::ArmThumb | Self::ArmOuter => {
                let (chain, axis) = ([shoulder, elbow, wrist, tip], (elbow - shoulder).normalize_or_zero());
                Box::new(move |p| {
                    (95.0 * unit - near(p, &chain))
                        .min((p - shoulder).dot(axis) + 30.0 * unit)
                        .min(shoulder.x + 40.0 * unit - p.x)
                })
            }
            Self::Palm | Self::Hand => {
                let axis = (tip - wrist).normalize_or_zero();
                Box::new(move |p| {
                    (140.0 * unit - near(p, &[wrist, tip])).min((p - wrist).dot(axis) + 55.0 * unit)
                })
            }
            Self::LegFront | Self::LegInner | Self::LegOuter | Self::LegBack => {
                let high = if self == Self::LegOuter { hip.z + 190.0 * unit } else { hip.z + 20.0 * unit };
                let hand = [elbow, wrist, tip];
                Box::new(move |p| left(p).min(high - p.z).min(near(p, &hand) - 60.0 * unit))
            }
            Self::KneeBack => Box::new(move |p| left(p).min(150.0 * unit - (p.z - knee.z).abs())),
            Self::Foot | Self::FootInner | Self::FootOuter | Self::Sole => {
                let high = ankle.z + 75.0 * unit;
                Box::new(move |p| left(p).min(high - p.z))
            }
        }
    }

    /// Places that have a view of their own and are too small here to be told apart, by distance from the hand along
    /// the forearm or by height.
    fn leaves(self, body: &Body) -> Box<dyn Fn(DVec3) -> bool> {
        let j = |name: &str| body.joint(name, Side::Left).unwrap_or_default();
        let (chin, wrist, ankle) = (j("neck").lerp(j("head"), 0.6).z, j("hand"), j("ankle").z);
        let far = (wrist - j("elbow")).normalize_or_zero();
        let foot = move |p: DVec3| p.z < ankle + 15.0;
        let hand = move |p: DVec3| {
            let l = DVec3::new(-p.x.abs(), p.y, p.z);
            (l - wrist).dot(far) > 8.0 && l.distance(wrist) < 300.0
        };
        match self {
            Self::Front | Self::Back | Self::Left | Self::Right => {
                Box::new(move |p| p.z > chin || foot(p) || hand(p))
            }
            Self::ArmInner | Self::ArmThumb | Self::ArmOuter => Box::new(hand),
            Self::LegFront | Self::LegInner | Self::LegOuter | Self::LegBack => Box::new(foot),
            _ => Box::new(|_| false),
        }
    }

    /// What is said of [`Self::leaves`].
    fn left_out(self) -> &'static str {
        match self {
            Self::Front | Self::Back | Self::Left | Self::Right => {
                " · head, hands and feet have views of their own"
            }
            Self::ArmInner | Self::ArmThumb | Self::ArmOuter => " · the hand has views of its own",
            Self::LegFront | Self::LegInner | Self::LegOuter | Self::LegBack => {
                " · the foot has views of its own"
            }
            _ => "",
        }
    }

    /// Whether it shows the whole body.
    fn is_whole(self) -> bool {
        matches!(self, Self::Front | Self::Back | Self::Left | Self::Right)
    }
}

/// The skin of a part, and the turn that brings it before the viewer.
pub struct Cutout {
    /// As the figures want it.
    pub head: Head,
    turn: DMat3,
    /// Toward the viewer, in the body's frame.
    toward: DVec3,
    part: Part,
}

/// A place farther from the part's skin than this does not belong to it, mm.
const ON_MM: f64 = 1.0;
/// Least cosine between the skin's outward direction at a point and the way to the viewer for it to be named: what is
/// seen edge-on belongs to another view.
const TURNED: f64 = 0.12;

impl Cutout {
    /// Cuts a part out of a body; nothing where no skin is left.
    pub fn new(body: &Body, part: Part) -> Option<Self> {
        let [toward, up] = part.directions(body);
        let turn = DMat3::from_cols(toward.cross(up), toward, up).transpose();
        let within = part.within(body);
        let depth: Vec<f64> = body.skin.vertices().iter().map(|p| within(*p)).collect();
        let cut = clipped(&body.skin, &depth)?;
        let skin = largest(&cut, |p| turn * p)?;
        Some(Self { head: wrapped(skin, &body.report), turn, toward, part })
    }

    /// A place of the body in the picture's space, if it belongs to the part.
    fn place(&self, mm: DVec3) -> Option<DVec3> {
        let p = self.turn * mm;
        (self.head.skin.closest(p).1 < ON_MM).then_some(p)
    }
}

/// The skin where `depth` is above 0: faces that the limit crosses are cut along it, and the cuts are closed, so that
/// nobody looks into a hollow.
fn clipped(skin: &Surface, depth: &[f64]) -> Option<Surface> {
    let v = skin.vertices();
    let mut number: std::collections::BTreeMap<(u32, u32), u32> = std::collections::BTreeMap::new();
    let (mut vertices, mut faces) = (Vec::new(), Vec::new());
    let mut rim: std::collections::BTreeMap<u32, u32> = std::collections::BTreeMap::new();
    let d = |i: u32| depth.get(i as usize).copied().unwrap_or(-1.0);
    let at = |i: u32| v.get(i as usize).copied().unwrap_or_default();
    for f in skin.faces() {
        // The part of the triangle within, as a polygon of vertices and cuts of edges.
        let mut polygon: Vec<u32> = Vec::with_capacity(4);
        let mut ends: Vec<(u32, bool)> = Vec::with_capacity(2);
        for k in 0..3 {
            let (a, b) = (f[k], f[(k + 1) % 3]);
            if d(a) > 0.0 {
                polygon.push(*number.entry((a, a)).or_insert_with(|| {
                    vertices.push(at(a));
                    vertices.len() as u32 - 1
                }));
            }
            if (d(a) > 0.0) != (d(b) > 0.0) {
                let cut = *number.entry((a.min(b), a.max(b))).or_insert_with(|| {
                    // Not quite at the ends, so that no triangle is without area.
                    let t = (d(a) / (d(a) - d(b))).clamp(0.02, 0.98);
                    vertices.push(at(a).lerp(at(b), t));
                    vertices.len() as u32 - 1
                });
                polygon.push(cut);
                ends.push((cut, d(a) > 0.0));
            }
        }
        for k in 2..polygon.len() {
            faces.push([polygon[0], polygon[k - 1], polygon[k]]);
        }
        // The cut runs from where the polygon leaves the part to where it comes in again; the lid runs against it.
        if let [(p, p_leaves), (q, _)] = ends[..] {
            let (out, back) = if p_leaves { (p, q) } else { (q, p) };
            rim.insert(back, out);
        }
    }
    close(&mut vertices, &mut faces, rim);
    Surface::new(vertices, faces).ok()
}

/// Closes each ring of a rim (from a vertex to the next) by triangles to its middle.
fn close(
    vertices: &mut Vec<DVec3>,
    faces: &mut Vec<[u32; 3]>,
    mut rim: std::collections::BTreeMap<u32, u32>,
) {
    while let Some((&first, _)) = rim.first_key_value() {
        let mut ring = vec![first];
        // A rim that ends at an edge of the mesh itself, such as an eye's, stays open.
        let mut next = rim.remove(&first);
        while let Some(v) = next.filter(|&v| v != first) {
            ring.push(v);
            next = rim.remove(&v);
        }
        if next.is_none() || ring.len() < 3 {
            continue;
        }
        let middle = vertices.len() as u32;
        let sum: DVec3 = ring.iter().filter_map(|&i| vertices.get(i as usize)).sum();
        vertices.push(sum / ring.len() as f64);
        for k in 0..ring.len() {
            faces.push([ring[k], ring[(k + 1) % ring.len()], middle]);
        }
    }
}

/// The largest connected piece, moved.
fn largest(skin: &Surface, place: impl Fn(DVec3) -> DVec3) -> Option<Surface> {
    let (of, count) = skin.components();
    let mut sizes = vec![0_usize; count as usize];
    for piece in &of {
        *sizes.get_mut(*piece as usize)? += 1;
    }
    let most = sizes.iter().enumerate().max_by_key(|(_, n)| **n).map(|(i, _)| i as u32)?;
    let mut number = vec![u32::MAX; skin.vertices().len()];
    let (mut vertices, mut faces) = (Vec::new(), Vec::new());
    for (f, _) in skin.faces().iter().zip(&of).filter(|(_, piece)| **piece == most) {
        faces.push(f.map(|i| {
            let n = &mut number[i as usize];
            if *n == u32::MAX {
                *n = vertices.len() as u32;
                vertices.push(place(skin.vertices()[i as usize]));
            }
            *n
        }));
    }
    Surface::new(vertices, faces).ok()
}

/// The skin as the figures want it.
fn wrapped(skin: Surface, report: &BodyReport) -> Head {
    Head {
        name: "body".to_owned(),
        source: HeadSource::Template,
        history: report.notes.clone(),
        skin,
        ears: None,
        brain: None,
        cortex: None,
        to_mni: None,
        landmarks: Landmarks::default(),
        spread: ShapeSpread::default(),
    }
}

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
    use baihui_head::body::{Shape, built_in};

    use super::*;

    #[test]
    fn what_is_written_at_the_sides_of_a_view_is_there() {
        let body = built_in().body(&Shape::default()).unwrap();
        let j = |name: &str| body.joint(name, Side::Left).unwrap();
        let thumb = ("thumb side", "little finger side", j("finger-2-1"), j("finger-5-1"));
        let toe = ("great toe side", "little toe side", j("toe-1-1"), j("toe-5-1"));
        let ends = ("toes", "heel", j("toe-2-1"), j("toe-2-1") - DVec3::Y * 200.0);
        let sides = ("patient's right", "patient's left", DVec3::X, -DVec3::X);
        let depth = ("front", "back", DVec3::Y, -DVec3::Y);
        // Of the left leg.
        let inner = ("inner side", "outer side", DVec3::X, -DVec3::X);
        let [palm, _] = Part::ArmInner.directions(&body);
        let palm = ("palmar side", "back of the hand", palm, -palm);
        for part in Part::ALL {
            let [toward, up] = part.directions(&body);
            let right = up.cross(toward);
            let [_, l, r] = part.captions();
            let (a, _, p, q) = [&thumb, &toe, &ends, &sides, &depth, &inner, &palm]
                .into_iter()
                .find(|(a, b, _, _)| [*a, *b] == [l, r] || [*a, *b] == [r, l])
                .unwrap();
            let first_is_right = (*p - *q).dot(right) > 0.0;
            assert_eq!(first_is_right, *a == r, "{}: {l} | {r}", part.slug());
            assert!((toward.length() - 1.0).abs() < 1e-9 && toward.dot(up).abs() < 1e-9, "{}", part.slug());
        }
    }

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
            // The armpit and the perineum are seen from below only.
            let below = ["HT1", "CV1"].contains(&atlas.points[l.point].point.code.as_str());
            if l.side != Side::Right && !below && !cutouts.iter().any(|c| shown(&c)) {
                missing.push(atlas.points[l.point].point.code.as_str());
            }
        }
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn cuts_are_closed() {
        let body = built_in().body(&Shape::default()).unwrap();
        for part in [Part::Hand, Part::Foot, Part::LegInner, Part::ArmInner, Part::KneeBack] {
            let skin = Cutout::new(&body, part).unwrap().head.skin;
            let mut edges = std::collections::BTreeMap::new();
            for f in skin.faces() {
                for k in 0..3 {
                    let (a, b) = (f[k], f[(k + 1) % 3]);
                    *edges.entry((a.min(b), a.max(b))).or_insert(0) += 1;
                }
            }
            let open = edges.values().filter(|n| **n == 1).count();
            assert_eq!(open, 0, "{}: {open} open edges", part.slug());
        }
    }

    #[test]
    fn parts_are_cut_out_whole_and_look_the_right_way() {
        let body = built_in().body(&Shape::default()).unwrap();
        for part in Part::ALL {
            let cutout = Cutout::new(&body, part).unwrap();
            let skin = &cutout.head.skin;
            assert_eq!(skin.components().1, 1, "{}", part.slug());
            assert!(skin.faces().len() > 100, "{}: {} faces", part.slug(), skin.faces().len());
        }
        // The palm's creases are before the viewer, and the thumb is shown on the left of a left palm.
        let palm = Cutout::new(&body, Part::Palm).unwrap();
        let tip = body.joint("finger-1-4", Side::Left).unwrap();
        let middle = body.joint("finger-3-1", Side::Left).unwrap();
        // The figure looks along −Y: the viewer's right is −X.
        assert!((palm.turn * tip).x > (palm.turn * middle).x);
    }
}
