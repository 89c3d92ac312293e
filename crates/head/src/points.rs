//! Heads from digitised points alone: the built-in head warped to them.

use glam::{DAffine3, DVec3};
use thiserror::Error;

use crate::{
    frame::{Point, Side},
    head::{Head, HeadSource, ShapeSpread},
    io::points::{Kind, PointSet, landmark_of},
    landmark::{Landmark, Landmarks, Origin, name},
    register::start,
    scalp::spline::{Spline, SplineError},
    surface::SurfaceError,
    ten_five::{self, System},
};

/// Most points of the head's shape that take part; more say nothing new.
const MOST: usize = 600;
/// A point farther from the warped head than this is not on it, mm.
const OFF_MM: f64 = 40.0;
/// Standard deviation of carrying a landmark over, mm: 4.79 mm between a template warped by 36 head points and the truth
/// (Fleischmann 2020, in the shared facts on geometry), over the 1.596 of a mean of three equal normal errors.
const CARRIED_SD_MM: f64 = 4.79 / 1.596;

/// Why points give no head.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum PointsError {
    /// Without these there are no directions.
    #[error(
        "{missing} is not among the points; nasion, left and right preauricular point are needed for the directions (found: {found})"
    )]
    Missing {
        /// What is not there.
        missing: &'static str,
        /// Names that are there.
        found: String,
    },
    /// Too few.
    #[error("{found} points on the head; at least 6 are needed, spread over it")]
    TooFew {
        /// How many.
        found: usize,
    },
    /// Landmarks in a line.
    #[error("nasion and ears lie in a line: they give no directions")]
    Line,
    /// The warp could not be solved.
    #[error("the warp could not be solved: {0}")]
    Spline(#[from] SplineError),
    /// The warped head is no surface.
    #[error("the warped head is unusable: {0}")]
    Surface(#[from] SurfaceError),
}

/// A head from points.
#[derive(Clone, Debug)]
pub struct PointsHead {
    /// The head.
    pub head: Head,
    /// Digitiser's mm → head mm.
    pub to_head: DAffine3,
    /// Named points that stand for a landmark or a 10-5 site.
    pub named: usize,
    /// Points of the shape that were used.
    pub shape: usize,
    /// Points that were left out because they lie off the head.
    pub left_out: usize,
    /// Root mean square distance of the points that were used from the head's skin, mm.
    pub rms_mm: f64,
}

/// Warps the template to digitised points.
///
/// Directions by nasion and ears; named points (fiducials, 10-5 sites) go where they were digitised; points of the shape
/// pull the skin beneath them. Affine first, then thin-plate splines with less and less slack.
///
/// # Errors
/// [`PointsError`] says what is missing.
pub fn build(template: &Head, set: &PointSet, title: &str) -> Result<PointsHead, PointsError> {
    let mm = |n: &str, s: Side| {
        set.points
            .iter()
            .find(|p| p.kind == Kind::Named && landmark_of(&p.name).is_some_and(|l| l.0 == n && l.1 == s))
            .map(|p| p.mm)
    };
    let wanted = [
        (name::NASION, Side::Midline, "the nasion"),
        (name::PREAURICULAR, Side::Left, "the left preauricular point"),
        (name::PREAURICULAR, Side::Right, "the right preauricular point"),
    ];
    let (mut from, mut to) = (Vec::new(), Vec::new());
    for (n, s, words) in wanted {
        let Some(at) = mm(n, s) else {
            let names: Vec<&str> = set
                .points
                .iter()
                .filter(|p| p.kind == Kind::Named)
                .take(8)
                .map(|p| p.name.as_str())
                .collect();
            return Err(PointsError::Missing { missing: words, found: names.join(", ") });
        };
        from.push(at);
        to.push(template.landmarks.mm(n, s).unwrap_or_default());
    }
    let to_head = start::by_pairs(&from, &to, false).ok_or(PointsError::Line)?;
    let placed = |p: DVec3| to_head.transform_point3(p);

    // Named points with a place on the template.
    let sites = ten_five::sites(template, System::TenFive).unwrap_or_default();
    let mut pairs: Vec<(DVec3, DVec3)> = Vec::new();
    let mut shape: Vec<DVec3> = Vec::new();
    for p in &set.points {
        let known = (p.kind == Kind::Named)
            .then(|| {
                landmark_of(&p.name).and_then(|(n, s)| template.landmarks.mm(n, s)).or_else(|| {
                    sites.iter().find(|s| s.name.eq_ignore_ascii_case(p.name.trim())).map(|s| s.position.mm)
                })
            })
            .flatten();
        match known {
            Some(on) => pairs.push((on, placed(p.mm))),
            None => shape.push(placed(p.mm)),
        }
    }
    let named = pairs.len();
    let step = (shape.len() / MOST).max(1);
    let shape: Vec<DVec3> = shape.into_iter().step_by(step).collect();
    if named + shape.len() < 6 {
        return Err(PointsError::TooFew { found: named + shape.len() });
    }
    // One scale by the named points, so that closest points begin near.
    let (a, b): (Vec<DVec3>, Vec<DVec3>) = pairs.iter().copied().unzip();
    let first = start::by_pairs(&a, &b, true).unwrap_or(DAffine3::IDENTITY);
    let skin = &template.skin;
    let mut now = skin.with_vertices(skin.vertices().iter().map(|&v| first.transform_point3(v)).collect())?;
    let mut spline = None;
    let mut used = Vec::new();
    // Slack that is far above the size of a head leaves only the affine part.
    for slack in [1e5, 1e5, 1e4, 300.0, 100.0, 30.0, 15.0] {
        used.clear();
        let (mut from, mut to): (Vec<DVec3>, Vec<DVec3>) = pairs.iter().copied().unzip();
        for &p in &shape {
            let (place, d) = now.closest(p);
            if d < OFF_MM {
                from.push(skin.position(place));
                to.push(p);
                used.push(p);
            }
        }
        let s = Spline::fit(&from, &to, &vec![slack; from.len()])?;
        now = skin.with_vertices(skin.vertices().iter().map(|&v| s.apply(v)).collect())?;
        spline = Some(s);
    }
    let Some(spline) = spline else { return Err(PointsError::TooFew { found: 0 }) };
    let all: Vec<DVec3> = used.iter().copied().chain(pairs.iter().map(|p| p.1)).collect();
    let rms_mm = libm::sqrt(
        all.iter().map(|p| now.closest(*p).1).map(|d| d * d).sum::<f64>() / all.len().max(1) as f64,
    );

    let mut landmarks = Landmarks::new();
    for (n, s, l) in template.landmarks.iter() {
        let at = skin.closest(l.position.mm).0;
        landmarks.insert(
            n,
            s,
            Landmark {
                position: Point::new(now.position(at)),
                sd_mm: libm::sqrt(l.sd_mm * l.sd_mm + CARRIED_SD_MM * CARRIED_SD_MM),
                origin: if l.origin == Origin::Population { l.origin } else { Origin::Template },
                method: format!("carried over with the built-in head; there: {}", l.method),
            },
        );
    }
    for p in set.points.iter().filter(|p| p.kind == Kind::Named) {
        if let Some((n, s)) = landmark_of(&p.name) {
            let position = Point::new(now.position(now.closest(placed(p.mm)).0));
            let sd_mm = template.landmarks.get(n, s).map_or(CARRIED_SD_MM, |l| l.sd_mm);
            let method = format!("digitised as \"{}\"", p.name);
            landmarks.insert(n, s, Landmark { position, sd_mm, origin: Origin::Measured, method });
        }
    }
    let bend = |s: &crate::Surface| s.with_vertices(s.vertices().iter().map(|&v| spline.apply(v)).collect());
    let left_out = shape.len() - used.len();
    let history = vec![format!(
        "The built-in head warped to {named} named points and {} points of the head's shape, {rms_mm:.1} mm root mean square apart; {left_out} points lie off the head and were left out. Left and right are those of the points' names.",
        used.len()
    )];
    let head = Head {
        name: if title.is_empty() { "head from digitised points".to_owned() } else { title.to_owned() },
        source: HeadSource::Scan,
        history,
        ears: template.ears.as_ref().map(&bend).transpose()?,
        brain: template.brain.as_ref().map(&bend).transpose()?,
        cortex: None,
        to_mni: None,
        skin: now,
        landmarks,
        spread: ShapeSpread::default(),
    };
    Ok(PointsHead { head, to_head, named, shape: used.len(), left_out, rms_mm })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{io::points::Digitised, template};
    use glam::DQuat;

    #[test]
    fn digitised_points_of_a_bent_head_give_it_again() {
        let head = template::template();
        let bend = |p: DVec3| p * DVec3::new(0.92, 0.98, 0.95);
        let turn = DAffine3::from_rotation_translation(
            DQuat::from_scaled_axis(DVec3::new(0.2, 0.1, -1.2)),
            DVec3::new(10.0, 20.0, 30.0),
        );
        let at = |p: DVec3| turn.transform_point3(bend(p));
        let mut points: Vec<Digitised> = [
            ("NAS", name::NASION, Side::Midline),
            ("LPA", name::PREAURICULAR, Side::Left),
            ("RPA", name::PREAURICULAR, Side::Right),
        ]
        .into_iter()
        .map(|(n, l, s)| Digitised {
            name: n.to_owned(),
            kind: Kind::Named,
            mm: at(head.landmarks.mm(l, s).unwrap()),
        })
        .collect();
        let vault = head.skin.vertices().iter().filter(|v| v.z > 0.0).step_by(150);
        points.extend(vault.map(|v| Digitised { name: String::new(), kind: Kind::Shape, mm: at(*v) }));
        let set = PointSet { points, image_axes: false, unit: None };
        let made = build(&head, &set, "").unwrap();
        assert!(made.rms_mm < 1.0, "{}", made.rms_mm);
        let truth = |p: DVec3| made.to_head.transform_point3(at(p));
        let worst = head
            .skin
            .vertices()
            .iter()
            .filter(|v| v.z > 10.0)
            .map(|v| made.head.skin.closest(truth(*v)).1)
            .fold(0.0, f64::max);
        assert!(worst < 2.5, "{worst}");
        let mut few = set;
        few.points.truncate(3);
        assert!(matches!(build(&head, &few, ""), Err(PointsError::TooFew { found: 3 })));
        few.points.remove(0);
        assert!(matches!(build(&head, &few, ""), Err(PointsError::Missing { missing: "the nasion", .. })));
    }
}
