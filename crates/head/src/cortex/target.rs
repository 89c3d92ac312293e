//! The way back: from a place of the brain to the place of the scalp above it.

use glam::DVec3;
use thiserror::Error;

use super::{beneath::Beneath, project::Projection, regions::Region};
use crate::{
    frame::{HeadFrame, Mni, Point, Side},
    head::Head,
    mni::talairach,
    surface::SurfacePoint,
    template::template_labels,
};

/// Farthest outside the brain that a target may lie, mm: brains and templates differ by about a centimetre, and
/// printed coordinates are rounded.
pub const OUTSIDE_MM: f64 = 10.0;
/// Farthest beneath the hull of the cortex that a target may lie, mm. On the built-in brain 95 % of each gyrus of
/// the convexity lies within 25 mm of the hull (superior temporal 26.6, precentral 20.4, middle frontal 16.5); the
/// insula reaches 34.
pub const DEEP_MM: f64 = 30.0;
/// Farthest from any labelled grey matter, mm: beyond it a target is white matter or fluid.
pub const GREY_MM: f64 = 5.0;
/// Scalp that is looked at for the place above a target: this much farther from it than the nearest, mm.
const AROUND_MM: f64 = 35.0;

/// Why there is no place on the scalp for a target.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum TargetError {
    /// Not a number.
    #[error("the target's coordinates must be finite numbers in mm")]
    NotFinite,
    /// Outside the brain.
    #[error(
        "({:.0}, {:.0}, {:.0}) lies {outside_mm:.0} mm outside the brain; up to {OUTSIDE_MM:.0} mm is taken for \
         the difference between brains", at[0], at[1], at[2]
    )]
    Outside {
        /// The target, mm, MNI space.
        at: [f64; 3],
        /// How far outside, mm.
        outside_mm: f64,
    },
    /// Too deep.
    #[error(
        "({:.0}, {:.0}, {:.0}) lies {depth_mm:.0} mm beneath the brain's surface{what}: no place on the scalp is \
         above it rather than beside; down to {DEEP_MM:.0} mm is cortex of the convexity", at[0], at[1], at[2]
    )]
    Deep {
        /// The target, mm, MNI space.
        at: [f64; 3],
        /// How far beneath the hull of the cortex, mm.
        depth_mm: f64,
        /// " (thalamus)", or empty.
        what: String,
    },
    /// No grey matter near.
    #[error(
        "({:.0}, {:.0}, {:.0}) is not cortex: white matter or fluid, more than {GREY_MM:.0} mm from any labelled \
         region", at[0], at[1], at[2]
    )]
    NotCortex {
        /// The target, mm, MNI space.
        at: [f64; 3],
    },
    /// The head's map has no inverse there.
    #[error("the target cannot be carried to this head: its map to MNI space has no inverse there")]
    NoInverse,
    /// The region has no part at the surface beneath the scalp.
    #[error("{0} does not reach the surface of the brain beneath the scalp")]
    Hidden(String),
}

/// The place on the scalp above a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Above {
    /// On the head's skin.
    pub at: SurfacePoint,
    /// The same, mm.
    pub position: Point<HeadFrame>,
    /// The target, MNI space.
    pub target: Point<Mni>,
    /// The target on this head.
    pub on_head: Point<HeadFrame>,
    /// Region of AAL at or next to the target.
    pub region: Option<Region>,
    /// Straight distance from the skin to the target, mm.
    pub depth_mm: f64,
    /// How far the lines of sight of the four methods pass from the target, mm, root mean square.
    pub miss_mm: f64,
    /// Distance between the places that single methods would choose, mm, at most.
    pub disagreement_mm: f64,
    /// Where the same numbers lie if they are Talairach coordinates, when they lie beneath the surface.
    pub if_talairach: Option<Point<Mni>>,
}

/// Depth beneath the surface from which on the remark on Talairach coordinates is made, mm: at the top of the
/// brain the two systems differ by that much.
const TALAIRACH_MM: f64 = 6.0;
/// How much nearer to the surface the numbers must lie as Talairach coordinates for the remark, mm.
const NEARER_MM: f64 = 2.0;

impl Beneath {
    /// The place on the scalp whose lines of sight, by all four methods, pass nearest to a target.
    ///
    /// # Errors
    /// [`TargetError`] says why a target has no place on the scalp.
    pub fn above(&self, head: &Head, target: Point<Mni>) -> Result<Above, TargetError> {
        if !(target.mm.is_finite() && target.mm.abs().max_element() < 1e4) {
            return Err(TargetError::NotFinite);
        }
        let at = target.mm.to_array();
        let on_head = self.to_mni().to_head(target);
        if !on_head.mm.is_finite() {
            return Err(TargetError::NoInverse);
        }
        let here = if self.is_own() { on_head.mm } else { target.mm };
        let below = self.underlay().projector.beneath_hull_mm(here);
        if -below > OUTSIDE_MM {
            return Err(TargetError::Outside { at, outside_mm: -below });
        }
        let label = template_labels().aal.nearest(target, GREY_MM);
        let region = label.and_then(|(l, _)| template_labels().aal.name(l)).map(Region::of_aal);
        if below > DEEP_MM {
            let what = region.as_ref().map_or_else(String::new, |r| format!(" ({})", r.plain()));
            return Err(TargetError::Deep { at, depth_mm: below, what });
        }
        if region.is_none() && below > GREY_MM {
            return Err(TargetError::NotCortex { at });
        }
        let (place, miss_mm, disagreement_mm) = self.sight(here).ok_or(TargetError::NoInverse)?;
        let skin = self.on_head(place).mm;
        if !skin.is_finite() {
            return Err(TargetError::NoInverse);
        }
        let surface_point = head.skin.closest(skin).0;
        let position = Point::new(head.skin.position(surface_point));
        let if_talairach = self.if_talairach(target, below);
        let depth_mm = position.distance_mm(on_head);
        Ok(Above {
            at: surface_point,
            position,
            target,
            on_head,
            region,
            depth_mm,
            miss_mm,
            disagreement_mm,
            if_talairach,
        })
    }

    /// Where a target lies if its numbers are Talairach coordinates, when that explains why it lies beneath the surface
    /// of the brain. A target that lies at the surface either way cannot be told from its numbers.
    fn if_talairach(&self, target: Point<Mni>, below_mm: f64) -> Option<Point<Mni>> {
        let other = talairach::to_mni(target.mm);
        let place = if self.is_own() { self.to_mni().to_head(other).mm } else { other.mm };
        if below_mm <= TALAIRACH_MM || !place.is_finite() {
            return None;
        }
        let then = self.underlay().projector.beneath_hull_mm(place);
        (then < below_mm - NEARER_MM && then > -TALAIRACH_MM).then_some(other)
    }

    /// The vertex of the scalp with the least mean square distance of its lines of sight from a place, that
    /// distance, and how far apart the methods' own choices lie.
    fn sight(&self, here: DVec3) -> Option<(DVec3, f64, f64)> {
        let u = self.underlay();
        let p = &u.projector;
        let (_, nearest) = p.on_skin.nearest(here);
        let mut best: Option<(f64, u32)> = None;
        let mut each = [(f64::INFINITY, 0_u32); Projection::ALL.len()];
        p.on_skin.within(here, nearest + AROUND_MM, |v, _| {
            let from = p.skin.vertices()[v as usize];
            let mut sum = 0.0;
            for (k, &c) in u.hits(v).iter().enumerate() {
                let Some(line) = (u.cortex(c) - from).try_normalize() else { return };
                let d = here - from;
                let miss = (d - line * d.dot(line)).length_squared();
                sum += miss;
                if miss < each[k].0 {
                    each[k] = (miss, v);
                }
            }
            if best.is_none_or(|(b, w)| sum < b || (sum == b && v < w)) {
                best = Some((sum, v));
            }
        });
        let (sum, v) = best?;
        let at = |v: u32| p.skin.vertices()[v as usize];
        let mut apart = 0.0_f64;
        for (i, a) in each.iter().enumerate() {
            for b in &each[i + 1..] {
                apart = apart.max(at(a.1).distance(at(b.1)));
            }
        }
        Some((at(v), (sum / each.len() as f64).sqrt(), apart))
    }

    /// The middle of what a region shows at the surface of the brain: the vertex of the cortex that belongs to it and
    /// lies nearest to the centroid of all such, MNI space.
    ///
    /// `lateral_mm` asks for the vertex of the region at that distance from the median plane instead.
    ///
    /// # Errors
    /// [`TargetError::Hidden`] where no line of sight from the scalp meets the region.
    pub fn region_centre(
        &self,
        is: impl Fn(&Region) -> bool,
        name: &str,
        lateral_mm: Option<f64>,
    ) -> Result<Point<Mni>, TargetError> {
        let u = self.underlay();
        let cortex = u.projector.cortex.vertices();
        let mut wanted: Vec<(DVec3, u32)> = Vec::new();
        for (i, &g) in u.gyrus.iter().enumerate() {
            let r = &u.regions[usize::from(g)];
            // Only what faces the scalp: not the walls of sulci and fissures.
            if g != super::underlay::NO_REGION && is(r) && u.projector.beneath_hull_mm(cortex[i]) < SURFACE_MM
            {
                wanted.push((cortex[i], i as u32));
            }
        }
        if wanted.is_empty() {
            return Err(TargetError::Hidden(name.to_owned()));
        }
        let centre = wanted.iter().map(|w| w.0).sum::<DVec3>() / wanted.len() as f64;
        let cost = |p: DVec3| match lateral_mm {
            None => p.distance(centre),
            Some(x) => (self.in_mni(p).mm.x.abs() - x).abs(),
        };
        let best = wanted.iter().min_by(|a, b| cost(a.0).total_cmp(&cost(b.0)).then(a.1.cmp(&b.1)));
        best.map(|b| self.in_mni(b.0)).ok_or_else(|| TargetError::Hidden(name.to_owned()))
    }
}

/// Deepest beneath the hull that cortex still counts as surface, mm; three quarters of the built-in brain's outer
/// surface lie within 5 mm of its hull.
const SURFACE_MM: f64 = 5.0;

/// Whether a region is meant by keys of AAL and a side.
pub fn is_region(region: &Region, keys: &[&str], side: Side) -> bool {
    region.is_within(keys) && (region.side == side || region.side == Side::Midline)
}
