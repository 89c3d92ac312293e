//! What pictures of the body show: which part, from where, and what is left to other views.

use baihui_head::{Side, body::Body};
use clap::ValueEnum;
use glam::DVec3;

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
    /// Left armpit, from below.
    Armpit,
    /// Between the legs, from below.
    Seat,
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
    pub const ALL: [Self; 29] = [
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
        Self::Armpit,
        Self::Seat,
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
            Self::Armpit => "armpit",
            Self::Seat => "seat",
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
    pub(super) fn captions(self) -> [&'static str; 3] {
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
            Self::Armpit => ["Left armpit from below", "trunk", "arm"],
            Self::Seat => ["Seat from below", "patient's right", "patient's left"],
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
    pub(super) fn directions(self, body: &Body) -> [DVec3; 2] {
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
            Self::Armpit | Self::Seat => [-DVec3::Z, DVec3::Y],
            Self::FootInner => [inner, DVec3::Z],
            Self::FootOuter => [-inner, DVec3::Z],
        }
    }

    /// How far within the part a place is, mm; less than 0 outside of it.
    pub(super) fn within(self, body: &Body) -> Box<dyn Fn(DVec3) -> f64> {
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
            Self::Armpit => {
                // A block of trunk and arm; the lid of the trunk is drawn to one middle, which shows as a notch far from the pit.
                let axis = (elbow - shoulder).normalize_or_zero();
                let (low, high) = (shoulder.z - 110.0 * unit, shoulder.z + 30.0 * unit);
                Box::new(move |p| {
                    (p.z - low)
                        .min(high - p.z)
                        .min(shoulder.x + 95.0 * unit - p.x)
                        .min(110.0 * unit - (p - shoulder).dot(axis))
                })
            }
            Self::Seat => {
                // The lowest skin between the legs.
                let between = |p: &&DVec3| p.x.abs() < 8.0 * unit && p.z > knee.z;
                let low =
                    body.skin.vertices().iter().filter(between).map(|p| p.z).fold(f64::INFINITY, f64::min);
                Box::new(move |p| (p.z - low + 25.0 * unit).min(low + 90.0 * unit - p.z))
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
    pub(super) fn leaves(self, body: &Body) -> Box<dyn Fn(DVec3) -> bool> {
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
    pub(super) fn left_out(self) -> &'static str {
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
    pub(super) fn is_whole(self) -> bool {
        matches!(self, Self::Front | Self::Back | Self::Left | Self::Right)
    }
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
        let arm = ("trunk", "arm", DVec3::X, -DVec3::X);
        for part in Part::ALL {
            let [toward, up] = part.directions(&body);
            let right = up.cross(toward);
            let [_, l, r] = part.captions();
            let (a, _, p, q) = [&thumb, &toe, &ends, &sides, &depth, &inner, &palm, &arm]
                .into_iter()
                .find(|(a, b, _, _)| [*a, *b] == [l, r] || [*a, *b] == [r, l])
                .unwrap();
            let first_is_right = (*p - *q).dot(right) > 0.0;
            assert_eq!(first_is_right, *a == r, "{}: {l} | {r}", part.slug());
            assert!((toward.length() - 1.0).abs() < 1e-9 && toward.dot(up).abs() < 1e-9, "{}", part.slug());
        }
    }
}
