//! The auricles: where Colin's are in his image, how the mesh's are laid there, and the landmarks that follow.

use anyhow::{Context, Result};
use baihui_head::{Axes, Origin, Side};
use glam::DVec3;

use super::{
    crest,
    landmarks::{BOTH, Making},
};

/// What Colin's T1 image (ch2, 1 mm voxels, half of Otsu's threshold) shows of an auricle, mm. The image ends at
/// |x| = 90.5, which cuts the rim behind off, and at z = −71.5 in the lobe; all of these places lie inside.
struct Auricle {
    /// Farthest out on the free edge of the tragus, half way between the notches.
    tragus: DVec3,
    /// Where the groove between the crus of the helix and the tragus crosses the edge of the latter.
    supratragic: DVec3,
    /// Middle of the groove between tragus and antitragus.
    intertragic: DVec3,
    /// Where the helix leaves the scalp: highest, foremost and hindmost place.
    root: [DVec3; 3],
    /// Where the gap between lobe and mastoid ends in front.
    lobe_behind: DVec3,
}

const COLIN: [Auricle; 2] = [
    Auricle {
        tragus: DVec3::new(-86.5, -24.5, -54.0),
        supratragic: DVec3::new(-84.0, -24.0, -45.0),
        intertragic: DVec3::new(-83.0, -20.5, -64.5),
        root: [
            DVec3::new(-88.0, -36.0, -19.5),
            DVec3::new(-86.0, -20.0, -33.0),
            DVec3::new(-87.5, -48.0, -46.0),
        ],
        // The left lobe lies on the skin: as far in front of the mastoid's tip as on the right.
        lobe_behind: DVec3::new(-85.0, -35.0, -71.0),
    },
    Auricle {
        tragus: DVec3::new(86.5, -24.0, -54.0),
        supratragic: DVec3::new(83.0, -22.5, -45.0),
        intertragic: DVec3::new(83.0, -20.5, -65.0),
        root: [
            DVec3::new(88.0, -36.0, -20.0),
            DVec3::new(86.0, -17.0, -35.0),
            DVec3::new(85.0, -54.0, -43.0),
        ],
        lobe_behind: DVec3::new(84.0, -34.0, -71.0),
    },
];

/// On the base mesh, left: the tip of the tragus, and the skin that lies before it as the published preauricular points
/// lie before Colin's tragi (within a millimetre when nasion and tragi are brought together).
pub(crate) const TRAGUS_VERTEX: u32 = 12_213;
/// See [`TRAGUS_VERTEX`].
pub(crate) const PREAURICULAR_VERTEX: u32 = 12_076;

/// The tip of Colin's tragus, mm.
pub(crate) fn tragus(side: Side) -> DVec3 {
    of(side).tragus
}

fn of(side: Side) -> &'static Auricle {
    &COLIN[usize::from(side == Side::Right)]
}

/// Said of each place in its method.
const PICKED: &str = "read off Colin27's T1 image (ch2, 1 mm voxels), straight beside it on the skin";
/// How much of a rim counts as its end, mm: the middle of the last two millimetres.
const CREST_MM: f64 = 2.0;
/// Nearer than this to the hinge an auricle is not free, mm.
const ATTACHED_MM: f64 = 8.0;

/// What the image shows of the auricles.
pub(super) fn places(m: &mut Making<'_>) -> Result<()> {
    let both = |of: fn(&Auricle) -> DVec3| COLIN.each_ref().map(of);
    let table = [
        (
            "tragus",
            both(|a| a.tragus),
            3.0,
            "tip of the tragus, half way between its notches",
            "as for a point marked by hand",
        ),
        (
            "supratragic-notch",
            both(|a| a.supratragic),
            3.0,
            "notch above the tragus",
            "as for a point marked by hand",
        ),
        (
            "intertragic-notch",
            both(|a| a.intertragic),
            3.0,
            "notch below the tragus, middle of the groove",
            "as for a point marked by hand",
        ),
        (
            "ear-root-superior",
            both(|a| a.root[0]),
            4.0,
            "highest place where the auricle leaves the scalp",
            "the line is nearly level there",
        ),
        (
            "ear-root-anterior",
            both(|a| a.root[1]),
            4.0,
            "foremost place where the helix leaves the scalp",
            "the helix rises gently there",
        ),
        (
            "ear-root-posterior",
            both(|a| a.root[2]),
            4.0,
            "hindmost place where the auricle leaves the scalp",
            "the line is nearly upright there, and the rim is cut off in the image",
        ),
        (
            "ear-lobe-behind",
            both(|a| a.lobe_behind),
            5.0,
            "where the gap between lobe and mastoid ends in front, at the level of the mastoid's tip (seen on the right; on the left, where the lobe lies on the skin, as far in front of the tip)",
            "the image ends there",
        ),
    ];
    for (name, [left, right], sd, what, why) in table {
        let inward = |p: DVec3| p * DVec3::new(0.0, 1.0, 1.0);
        m.picked_beside(name, inward(left), inward(right), sd, &format!("{what}, {PICKED}; sd: {why}"))?;
    }
    Ok(())
}

/// The apex of the auricle folded forward, where it comes to lie on the skin.
pub(super) fn apex(m: &mut Making<'_>, axes: &Axes) -> Result<()> {
    let tops = BOTH.map(|side| m.mm("ear-root-superior", side));
    let [Ok(left), Ok(right)] = tops else { anyhow::bail!("no ear roots") };
    // The rim is nearly level, so that its highest point wanders by a centimetre from side to side; the mesh's
    // ears are mirror images, and the mean of both is taken.
    let (a, b) = (folded_apex(m, axes, Side::Left)? - left, folded_apex(m, axes, Side::Right)? - right);
    let mean = |v: DVec3| (a.dot(v) + b.dot(v)) / 2.0;
    for (side, top) in [(Side::Left, left), (Side::Right, right)] {
        let p = top + axes.anterior * mean(axes.anterior) + axes.superior * mean(axes.superior);
        let p = m.beside(side, DVec3::new(0.0, p.y, p.z))?;
        m.put(
            "ear-apex",
            side,
            p,
            6.0,
            Origin::Template,
            "highest point of the auricle (middle of its highest two millimetres, mean of both sides) after turning it forward about the line of its attachment until it lies on the head (WHO 2008: ear folded forward), on the ear of the CC0 human mesh laid on Colin27's; sd: the ear's form is not Colin27's, its rim is nearly level, and a soft ear does not fold about one line",
        );
    }
    Ok(())
}

/// The middle of the highest two millimetres of one auricle turned forward.
fn folded_apex(m: &Making<'_>, axes: &Axes, side: Side) -> Result<DVec3> {
    let ear = &m.place.ears[usize::from(side == Side::Right)];
    // The hinge: a straight line through the upper and the lower end of the root.
    let (top, low) = (m.mm("ear-root-superior", side)?, m.mm("ear-lobe-behind", side)?);
    let hinge = (top - low).normalize_or_zero();
    // The angle that lays the middle of the auricle's free part on the tangent plane in front of the root.
    // Weighed by area, so that it does not hang on where the vertices crowd.
    let (mut sum, mut weight) = (DVec3::ZERO, 0.0);
    for f in ear.faces() {
        let [a, b, c] = f.map(|v| ear.vertices()[v as usize]);
        let (centre, area) = ((a + b + c) / 3.0, (b - a).cross(c - a).length() / 2.0);
        if (centre - top).reject_from(hinge).length() > ATTACHED_MM {
            sum += centre * area;
            weight += area;
        }
    }
    anyhow::ensure!(weight > 0.0, "no free part of the auricle ({side})");
    let arm = (sum / weight - top).reject_from(hinge);
    let front = m.place.skin.closest(m.mm("ear-root-anterior", side)?).0;
    let forward = m.place.skin.normal(front).cross(hinge);
    let forward = if forward.dot(axes.anterior) < 0.0 { -forward } else { forward };
    let turn = glam::DQuat::from_rotation_arc(arm.normalize_or_zero(), forward.normalize_or_zero());
    let flat = |v: u32| turn * (ear.vertices()[v as usize] - top) + top;
    let triangles = ear.faces().iter().map(|f| f.map(flat)).collect();
    crest::of_surface(&triangles, axes.superior, CREST_MM).context("no auricle")
}
