//! Heads from surface scans.
//!
//! A scan has any axes; landmarks give them, or the built-in head is fitted from many sides. The built-in skin is then
//! bent onto the scan ([`crate::register::drape`]): holes are closed by it, shoulders and chairs have no partner on it,
//! and hair is taken off by its thickness.

mod auricle;
mod find;
mod thin;

use glam::{DAffine3, DMat3, DVec3};
use thiserror::Error;

pub use thin::{ENOUGH, Thinned, thin};

use crate::{
    frame::{Point, Side},
    head::{Head, HeadSource, ShapeSpread},
    io::RawMesh,
    landmark::{Landmark, Landmarks, Origin, name},
    progress::{Interrupted, Progress, step},
    register::{
        drape::{self, Drape, DrapeError, Known},
        face::{self, LEAST_RELIEF},
        mould::{self, Round, mould},
        start,
    },
    surface::{NONE, Surface, SurfaceError, SurfacePoint},
};

/// Radius of the ball about the middle of the landmarks that holds a head, mm. See [`crop`].
pub const HEAD_RADIUS_MM: f64 = 220.0;
/// A pose found by trying must fit this well, mm.
const FITS_MM: f64 = 5.0;
/// Standard deviation of carrying a landmark over with landmarks given, mm; see docs/real-heads.md.
const CARRIED_SD_MM: f64 = 2.5;
/// The same without any, mm; see docs/real-heads.md.
const FITTED_SD_MM: f64 = 6.0;
/// That of places of the face without any, mm: its features fix them.
const FACE_SD_MM: f64 = 2.5;
/// That of inion and occipital protuberance, which a scan does not show, in each direction, mm: on five heads they were carried
/// to 8.6, 17.0, 19.2, 17.2 and 25.3 mm from where the bone or the published place is; see docs/real-heads.md.
const OCCIPUT_SD_MM: f64 = 18.2 / 1.732;
/// Rounds in which a head that was found is moulded closely: limit and sd, mm.
const FINE: [Round; 4] = [
    Round { limit_mm: 8.0, sd_mm: 2.0 },
    Round { limit_mm: 8.0, sd_mm: 1.5 },
    Round { limit_mm: 6.0, sd_mm: 1.0 },
    Round { limit_mm: 6.0, sd_mm: 1.0 },
];
/// Of a preauricular point that was found by its auricle, in each direction, mm.
const AURICLE_SD_MM: f64 = 2.5;
/// Landmarks farther than this from skin that was seen are left out, mm.
const LOST_MM: f64 = 40.0;

/// What the caller knows.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Landmarks in the scan's coordinates, mm. With nasion and both preauricular points they give the directions.
    pub landmarks: Landmarks,
    /// Thickness of hair and cap over the hairy part of the scalp, mm.
    pub hair_mm: f64,
    /// Name of the head.
    pub name: String,
}

/// Why a scan gives no head.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ScanError {
    /// Some landmarks, but not enough for directions.
    #[error(
        "{found} landmarks are given; nasion, left and right preauricular point are needed for the directions (or none, to have them found)"
    )]
    TooFew {
        /// How many.
        found: usize,
    },
    /// Landmarks that no head has.
    #[error("the landmarks do not fit a head: {what}")]
    Landmarks {
        /// What is wrong.
        what: String,
    },
    /// The template does not fit.
    #[error(
        "no head is seen in the scan: the best of 48 poses leaves {mean_mm:.1} mm between the built-in head and the scan; expected at most {FITS_MM} mm. Give landmarks"
    )]
    NoHead {
        /// Mean distance, mm.
        mean_mm: f64,
    },
    /// What fits has no face.
    #[error(
        "no face is seen in the scan: where the built-in head fits best, {relief:.2} of the relief of its nose, brows and eyes is found; expected at least {LEAST_RELIEF}, since without a face nobody can say how a head is pitched. Give landmarks"
    )]
    NoFace {
        /// Share of the relief.
        relief: f64,
    },
    /// The caller wanted no more.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// The hair is too thick.
    #[error("hair of {0} mm; expected 0 to 60 mm")]
    Hair(f64),
    /// The skin could not be bent.
    #[error(transparent)]
    Drape(#[from] DrapeError),
    /// A surface is unusable.
    #[error(transparent)]
    Surface(#[from] SurfaceError),
}

/// A head from a scan.
#[derive(Clone, Debug)]
pub struct ScanHead {
    /// The head; its frame is right, anterior, superior, with the scan's size.
    pub head: Head,
    /// Scan mm → head mm: a shift and a turn.
    pub to_head: DAffine3,
    /// The scan in the head's frame.
    pub scan: Surface,
    /// Root mean square distance between skin and scan, mm.
    pub rms_mm: f64,
    /// Share of the skin that found the scan.
    pub seen_share: f64,
    /// What is doubtful, each with the part that it is about.
    pub doubts: Vec<(String, String)>,
}

/// Leaves out what is farther than a head's size from the middle of the landmarks: shoulders, chairs, walls.
///
/// `unit_mm` is the size of the mesh's unit. The mesh comes back unchanged where no landmark is given.
pub fn crop(mut mesh: RawMesh, landmarks: &[DVec3], unit_mm: f64) -> RawMesh {
    if landmarks.is_empty() {
        return mesh;
    }
    let middle = landmarks.iter().sum::<DVec3>() / landmarks.len() as f64;
    let far = HEAD_RADIUS_MM / unit_mm;
    let near: Vec<bool> = mesh.vertices.iter().map(|v| v.distance_squared(middle) <= far * far).collect();
    mesh.faces.retain(|f| f.iter().all(|&v| near.get(v as usize).copied().unwrap_or(false)));
    mesh
}

/// Makes a head of a repaired scan in mm. `progress` is told what is being done, and can stop it.
///
/// # Errors
/// [`ScanError`] says what does not fit.
pub fn build(
    template: &Head,
    scan: &Surface,
    options: &Options,
    progress: &mut Progress<'_>,
) -> Result<ScanHead, ScanError> {
    if !(0.0..=60.0).contains(&options.hair_mm) {
        return Err(ScanError::Hair(options.hair_mm));
    }
    let border = |place: SurfacePoint, _: DVec3| (0..3).all(|k| scan.across(place.face, k) != NONE);
    let patches = face::patches(template);
    let mut doubts: Vec<(String, String)> = Vec::new();
    let pairs: Vec<(DVec3, DVec3)> = options
        .landmarks
        .iter()
        .filter_map(|(n, s, l)| Some((template.landmarks.mm(n, s)?, l.position.mm)))
        .collect();
    let (from, to): (Vec<DVec3>, Vec<DVec3>) = pairs.iter().copied().unzip();
    let by_hand = !options.landmarks.is_empty();
    let mut tried = None;
    let mut carried = Carried { by_hand, auricles: Vec::new() };
    let first = if by_hand {
        check(&options.landmarks)?;
        step(progress, "taking the directions from the landmarks", 0.1)?;
        start::by_pairs(&from, &to, true)
            .ok_or_else(|| ScanError::Landmarks { what: "they lie in a line".to_owned() })?
    } else {
        step(progress, "looking for the head from 48 sides", 0.1)?;
        let find::Likely { found, mean_mm, ears } = find::head(template, &patches, scan, &border)?;
        let auricles = match ears.len() {
            2 => "both auricles were recognised",
            1 => "one auricle was recognised",
            _ => "no auricle was recognised: the preauricular points are where a head of this shape has them",
        };
        doubts.push((
            "landmarks".to_owned(),
            format!(
                "the directions were found by fitting the built-in head ({mean_mm:.1} mm apart on average; the best other pose {:.1} mm), {auricles}: confirm nasion, inion and both preauricular points",
                found.next_mm
            ),
        ));
        let map = found.mould.map;
        carried.auricles = ears.iter().map(|(at, _, _)| *at).collect();
        tried = Some((found.mould, ears));
        map
    };
    // The scan into the head's axes, at its own size.
    let scale = libm::cbrt(first.matrix3.determinant().abs()).max(1e-6);
    let turn = unscaled(first.matrix3, scale);
    let to_head = DAffine3::from_mat3_translation(turn.transpose(), -(turn.transpose() * first.translation));
    let placed =
        scan.with_vertices(scan.vertices().iter().map(|&v| to_head.transform_point3(v)).collect())?;
    let anchors: Vec<(DVec3, DVec3)> =
        pairs.iter().map(|(a, b)| (*a, to_head.transform_point3(*b))).collect();
    let above = hair(template, options.hair_mm, template.skin.vertices().iter().copied());

    step(progress, "bending the built-in skin onto the scan", 0.5)?;
    let trusted = |place: SurfacePoint, _: DVec3| (0..3).all(|k| placed.across(place.face, k) != NONE);
    let known = Known { anchors: &anchors, above_mm: &above };
    let moulded = match tried {
        Some((found, ears)) => {
            let begin = found.then(&to_head);
            let anchors: Vec<_> =
                ears.into_iter().map(|(a, b, sd)| (a, to_head.transform_point3(b), sd)).collect();
            let above = hair(template, options.hair_mm, patches.iter().map(|p| p.at));
            let known = mould::Known { anchors: &anchors, above_mm: &above };
            let fitted = mould(&patches, &placed, begin, &FINE, known, &trusted);
            Some(fitted.ok_or(ScanError::NoHead { mean_mm: f64::INFINITY })?)
        }
        None => None,
    };
    let begin = match &moulded {
        Some(m) => drape::Start::Moulded(m),
        None => drape::Start::Fit(to_head * first),
    };
    let drape = drape::drape(template, &placed, begin, known, &trusted)?;
    let landmarks = landmarks(template, &drape, options, &to_head, &carried, &mut doubts);
    let seen_share = drape.drawn.iter().sum::<f64>() / drape.drawn.len().max(1) as f64;
    if options.hair_mm == 0.0 {
        doubts.push((
            "hair".to_owned(),
            "the surface was taken for skin; hair adds its thickness (--hair)".to_owned(),
        ));
    } else {
        doubts.push(("hair".to_owned(), format!("{:.0} mm were taken off the hairy part of the scalp: the thickness of hair varies over a head and nobody has measured it here", options.hair_mm)));
    }
    doubts.push((
        "left and right".to_owned(),
        if by_hand {
            "taken from the landmarks' names".to_owned()
        } else {
            "a scan that was mirrored cannot be told from one that was not".to_owned()
        },
    ));
    let ears = template.ears.as_ref().map(|e| drape.carry_surface(e)).transpose()?;
    let brain = template.brain.as_ref().map(|b| drape.carry_surface(b)).transpose()?;
    let mut history = vec![format!(
        "The built-in skin bent onto a scan of {} faces, {:.2} mm root mean square apart; {:.0} % of the skin was seen. Ears and brain are the built-in head's.",
        scan.faces().len(),
        drape.rms_mm,
        100.0 * seen_share
    )];
    history.extend(doubts.iter().map(|(p, t)| format!("{p}: {t}")));
    let head = Head {
        name: if options.name.is_empty() { "head from a scan".to_owned() } else { options.name.clone() },
        source: HeadSource::Scan,
        history,
        skin: drape.skin.clone(),
        ears,
        brain,
        cortex: None,
        to_mni: None,
        landmarks,
        spread: ShapeSpread::default(),
    };
    Ok(ScanHead { head, to_head, scan: placed, rms_mm: drape.rms_mm, seen_share, doubts })
}

/// The turn of a map with one scale.
fn unscaled(m: DMat3, scale: f64) -> DMat3 {
    m * (1.0 / scale)
}

/// Landmarks that give directions must be there and lie as a head's do.
fn check(l: &Landmarks) -> Result<(), ScanError> {
    let mm = |n, s| l.mm(n, s);
    let (Some(nasion), Some(lpa), Some(rpa)) = (
        mm(name::NASION, Side::Midline),
        mm(name::PREAURICULAR, Side::Left),
        mm(name::PREAURICULAR, Side::Right),
    ) else {
        return Err(ScanError::TooFew { found: l.len() });
    };
    let what = |what: String| Err(ScanError::Landmarks { what });
    let (breadth, left, right) = (lpa.distance(rpa), nasion.distance(lpa), nasion.distance(rpa));
    // Children of a few years to large men, with room (ANSUR II: bitragion breadth 145 mm, sd 6).
    if !(90.0..=200.0).contains(&breadth) {
        return what(format!("the ears are {breadth:.0} mm apart; expected 90 to 200 mm"));
    }
    if left / right > 1.35 || right / left > 1.35 {
        return what(format!(
            "the nasion is {left:.0} mm from the left ear and {right:.0} mm from the right"
        ));
    }
    if let Some(inion) = mm(name::INION, Side::Midline)
        && (inion - (lpa + rpa) / 2.0).dot(nasion - (lpa + rpa) / 2.0) > 0.0
    {
        return what("the inion lies in front of the ears".to_owned());
    }
    if let Some((n, _, _)) = l.iter().find(|(n, _, _)| *n == "vertex")
        && let Some(v) = mm(n, Side::Midline)
        && (v - nasion).dot((rpa - lpa).cross(nasion - (lpa + rpa) / 2.0)) < 0.0
    {
        return what(
            "the vertex lies below the plane of nasion and ears: left and right are exchanged".to_owned(),
        );
    }
    Ok(())
}

/// What landmarks were carried over by.
struct Carried {
    /// Landmarks that were given.
    by_hand: bool,
    /// Preauricular points of the template whose auricles were recognised.
    auricles: Vec<DVec3>,
}

impl Carried {
    /// Standard deviation of carrying over a place of the template, in each direction, mm.
    fn sd_mm(&self, place: DVec3) -> f64 {
        /// As far as an auricle reaches, mm.
        const AURICLE_MM: f64 = 45.0;
        if self.by_hand {
            CARRIED_SD_MM
        } else if face::is_face(place) {
            FACE_SD_MM
        } else if self.auricles.iter().any(|a| a.distance(place) < AURICLE_MM) {
            AURICLE_SD_MM
        } else {
            FITTED_SD_MM
        }
    }
}

/// How far hair lifts the surface over places of the template, mm: above the hairlines all of it, fading over 15 mm.
fn hair(template: &Head, hair_mm: f64, places: impl Iterator<Item = DVec3>) -> Vec<f64> {
    if hair_mm == 0.0 {
        return Vec::new();
    }
    let mm = |n, s| template.landmarks.mm(n, s);
    let (Some(front), Some(l), Some(r), Some(back)) = (
        mm(name::ANTERIOR_HAIRLINE, Side::Midline),
        mm("temple-hairline-anterior", Side::Left),
        mm("temple-hairline-anterior", Side::Right),
        mm(name::POSTERIOR_HAIRLINE, Side::Midline),
    ) else {
        return vec![hair_mm; places.count()];
    };
    // Behind the plane through the front's and the temples' hairlines, and above that of the temples and the nape.
    let up = (r - l).cross(front - (l + r) / 2.0).normalize_or_zero();
    let behind = if up.dot(DVec3::NEG_Y) > 0.0 { up } else { -up };
    let over = (r - l).cross((l + r) / 2.0 - back).normalize_or_zero();
    let over = if over.z > 0.0 { over } else { -over };
    let of = |p: DVec3| {
        let d = (p - front).dot(behind).min((p - back).dot(over));
        hair_mm * ((d + 7.5) / 15.0).clamp(0.0, 1.0)
    };
    places.map(of).collect()
}

/// The template's landmarks on the bent skin, with those that were given in their place.
fn landmarks(
    template: &Head,
    drape: &Drape,
    options: &Options,
    to_head: &DAffine3,
    carried: &Carried,
    doubts: &mut Vec<(String, String)>,
) -> Landmarks {
    let mut out = drape.landmarks(template, 0.0);
    let (mut far, mut lost) = (Vec::new(), Vec::new());
    for (n, s, l) in out.iter_mut() {
        let there = template.landmarks.mm(n, s).unwrap_or(l.position.mm);
        l.sd_mm = libm::hypot(l.sd_mm, carried.sd_mm(there));
        if n == name::INION || n.starts_with("eop-") {
            l.sd_mm = l.sd_mm.max(OCCIPUT_SD_MM);
            l.method = format!("{}; a scan shows no bone, and people differ there", l.method);
        }
        let away = drape.to_drawn_mm(l.position.mm);
        if away > LOST_MM {
            lost.push((n.to_owned(), s));
        } else if away > 12.0 {
            l.sd_mm = libm::sqrt(l.sd_mm * l.sd_mm + away * away / 4.0);
            l.method = format!("{}; its surroundings are not in the scan", l.method);
            far.push(format!("{n} ({s})"));
        }
    }
    for (n, s) in &lost {
        out.remove(n, *s);
    }
    if !far.is_empty() {
        doubts.push((
            "holes".to_owned(),
            format!("not in the scan, continued from what is near, with a larger sd: {}", far.join(", ")),
        ));
    }
    if !lost.is_empty() {
        let names: Vec<String> = lost.iter().map(|(n, s)| format!("{n} ({s})")).collect();
        doubts.push((
            "holes".to_owned(),
            format!(
                "not in the scan and too far from what is; zones that need these cannot be located: {}",
                names.join(", ")
            ),
        ));
    }
    for (n, s, given) in options.landmarks.iter() {
        let at = to_head.transform_point3(given.position.mm);
        let position = Point::new(drape.skin.position(drape.skin.closest(at).0));
        out.insert(n, s, Landmark { position, origin: Origin::Picked, ..given.clone() });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{landmark::Origin, template};
    use glam::DQuat;

    fn turned() -> DAffine3 {
        DAffine3::from_scale_rotation_translation(
            DVec3::splat(0.95),
            DQuat::from_scaled_axis(DVec3::new(1.5, 0.3, -0.4)),
            DVec3::new(200.0, -100.0, 50.0),
        )
    }

    fn scan_of(head: &Head, keep: impl Fn(DVec3) -> bool) -> Surface {
        let map = turned();
        let faces: Vec<[u32; 3]> = head
            .skin
            .faces()
            .iter()
            .copied()
            .filter(|f| f.iter().all(|&v| keep(head.skin.vertices()[v as usize])))
            .collect();
        Surface::new(head.skin.vertices().iter().map(|&v| map.transform_point3(v)).collect(), faces).unwrap()
    }

    fn picked(head: &Head) -> Landmarks {
        let mut l = Landmarks::new();
        for (n, s) in [
            (name::NASION, Side::Midline),
            (name::PREAURICULAR, Side::Left),
            (name::PREAURICULAR, Side::Right),
        ] {
            let position = Point::new(turned().transform_point3(head.landmarks.mm(n, s).unwrap()));
            l.insert(n, s, Landmark { position, sd_mm: 2.0, origin: Origin::Picked, method: String::new() });
        }
        l
    }

    /// The template with a hole at the crown, as a scan in other axes, is itself again.
    #[test]
    fn a_scan_with_a_hole_gives_its_head_with_landmarks_and_without() {
        let head = template::template();
        let scan = scan_of(&head, |p| p.distance(DVec3::new(20.0, -20.0, 100.0)) > 25.0);
        for by_hand in [true, false] {
            let landmarks = if by_hand { picked(&head) } else { Landmarks::new() };
            let made =
                build(&head, &scan, &Options { landmarks, ..Options::default() }, &mut |_, _| true).unwrap();
            assert!(made.head.skin.is_watertight());
            for (n, s) in [
                (name::NASION, Side::Midline),
                (name::INION, Side::Midline),
                (name::PREAURICULAR, Side::Left),
            ] {
                let truth = made
                    .to_head
                    .transform_point3(turned().transform_point3(head.landmarks.mm(n, s).unwrap()));
                let found = made.head.landmarks.mm(n, s).unwrap();
                assert!(found.distance(truth) < 3.0, "{n} {s}: {}, by hand {by_hand}", found.distance(truth));
            }
            let axes = made.head.axes().unwrap();
            assert!(axes.right.x > 0.9 && axes.superior.z > 0.9);
        }
    }

    /// Hair of a thickness that is said lies on the skin: what is found is the skin, all of it.
    #[test]
    fn hair_is_taken_off() {
        let head = template::template();
        let thick = 9.0;
        let above = hair(&head, thick, head.skin.vertices().iter().copied());
        let lifted = head
            .skin
            .vertices()
            .iter()
            .zip(head.skin.vertex_normals())
            .zip(&above)
            .map(|((&v, &n), &h)| turned().transform_point3(v + n * h))
            .collect();
        let scan = head.skin.with_vertices(lifted).unwrap();
        // The scan is a head of 0.95 the size, and so is its hair.
        let options = Options { landmarks: picked(&head), hair_mm: thick * 0.95, ..Options::default() };
        let made = build(&head, &scan, &options, &mut |_, _| true).unwrap();
        assert!(made.seen_share > 0.9, "{}", made.seen_share);
        let skin: Vec<f64> = head
            .skin
            .vertices()
            .iter()
            .filter(|v| v.z > -20.0)
            .map(|&v| made.head.skin.closest(made.to_head.transform_point3(turned().transform_point3(v))).1)
            .collect();
        let mean = skin.iter().sum::<f64>() / skin.len() as f64;
        assert!(mean < 1.0, "{mean} mm from the skin beneath the hair");
        for (n, s) in [(name::INION, Side::Midline), ("vertex", Side::Midline)] {
            let truth =
                made.to_head.transform_point3(turned().transform_point3(head.landmarks.mm(n, s).unwrap()));
            let found = made.head.landmarks.mm(n, s).unwrap();
            assert!(found.distance(truth) < 4.0, "{n}: {}", found.distance(truth));
        }
    }

    #[test]
    fn landmarks_that_no_head_has_are_refused() {
        let head = template::template();
        let scan = scan_of(&head, |_| true);
        let mut l = picked(&head);
        l.remove(name::NASION, Side::Midline);
        let made = |l: Landmarks| {
            build(&head, &scan, &Options { landmarks: l, ..Options::default() }, &mut |_, _| true)
        };
        assert!(matches!(made(l), Err(ScanError::TooFew { found: 2 })));
        let mut l = picked(&head);
        for (_, _, l) in l.iter_mut() {
            l.position = Point::new(l.position.mm * 0.1);
        }
        assert!(matches!(made(l), Err(ScanError::Landmarks { .. })));
    }
}
