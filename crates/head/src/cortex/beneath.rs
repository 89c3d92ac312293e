//! What lies beneath a place of the scalp, with probabilities.
//!
//! A place is a position on the skin with its error along two directions. Each draw moves it by that error and by
//! the variation between heads, looks down by every method, and counts the region that is met there. The
//! probability of a region is its share of the draws. `docs/cortex.md` states the model and how it was tested.

use std::{collections::BTreeMap, sync::Arc};

use glam::DVec3;
use rand_pcg::{Pcg64Mcg, rand_core::Rng};
use serde::Serialize;
use thiserror::Error;

use super::{
    project::Projection,
    regions::Region,
    underlay::{Hits, Underlay},
};
use crate::{
    frame::{HeadFrame, Mni, Point},
    head::Head,
    mni::{MniError, ToMni, Variation},
    surface::Surface,
};

/// Why nothing can be said about the cortex of a head.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum BeneathError {
    /// The head cannot be carried into MNI space.
    #[error(transparent)]
    Mni(#[from] MniError),
    /// Scalp or cortex is not a surface with a volume.
    #[error("the head's scalp and cortex cannot be projected onto each other")]
    Surfaces,
}

/// A place on the skin of a head with its error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Where it is, mm, head frame.
    pub mm: DVec3,
    /// Two vectors along the skin, mm, whose outer products add up to the covariance of the place: where they are
    /// perpendicular, each is as long as the standard deviation along it.
    pub sd_axes_mm: [DVec3; 2],
}

/// How draws are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// Number of draws.
    pub draws: usize,
    /// The same seed gives the same numbers everywhere.
    pub seed: u64,
    /// Variation between heads; that of the head's map to MNI space (none for a head with its own cortical surfaces)
    /// where absent.
    pub between_heads: Option<Variation>,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { draws: 1000, seed: 1, between_heads: None }
    }
}

/// A region and its probability.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The region; an empty key stands for none.
    pub region: Region,
    /// Share of the draws, 0 to 1.
    pub probability: f64,
}

/// What one method found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MethodFinding {
    /// The method.
    pub method: Projection,
    /// Regions, most probable first.
    pub regions: Vec<Share>,
    /// Brodmann areas (0: none near) with their probability, most probable first.
    pub areas: Vec<(u16, f64)>,
    /// Mean position of the cortex beneath the place as given (without errors), mm, MNI space.
    pub mni_mm: [f64; 3],
    /// Mean distance from scalp to cortex over the draws, mm.
    pub depth_mm: f64,
    /// Its standard deviation over the draws, mm: from where the place is, not from person to person.
    pub depth_sd_mm: f64,
}

/// What all methods found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Draws made.
    pub draws: usize,
    /// Variation between heads that was drawn, mm along each of two directions: root mean square over the places.
    pub between_heads_sd_mm: f64,
    /// The same along the direction in which it is largest and the one in which it is least, mm.
    pub between_heads_axes_mm: [f64; 2],
    /// One for each of [`Projection::ALL`].
    pub methods: Vec<MethodFinding>,
    /// Regions by the mean of the methods, most probable first.
    pub regions: Vec<Share>,
    /// Brodmann areas by the mean of the methods.
    pub areas: Vec<(u16, f64)>,
    /// Share of the places as given, without any error, over each region; mean of the methods.
    pub nominal: Vec<Share>,
    /// Mean distance of the cortical points of two methods for one place, mm.
    pub disagreement_mm: f64,
    /// The largest such distance, mm.
    pub worst_disagreement_mm: f64,
}

impl Finding {
    /// Probability of a set of regions by each method: those for which `is` says so.
    pub fn probability(&self, is: impl Fn(&Region) -> bool) -> Vec<f64> {
        self.methods
            .iter()
            .map(|m| m.regions.iter().filter(|s| is(&s.region)).map(|s| s.probability).sum::<f64>() + 0.0)
            .collect()
    }
}

/// A head and the cortex that is looked down upon from its scalp.
#[derive(Clone, Debug)]
pub struct Beneath {
    underlay: Arc<Underlay>,
    to_mni: ToMni,
    own: bool,
}

impl Beneath {
    /// The head's own cortex where it has one, otherwise the built-in head's through the map to MNI space.
    ///
    /// # Errors
    /// [`BeneathError`].
    pub fn new(head: &Head) -> Result<Self, BeneathError> {
        let to_mni = ToMni::of(head)?;
        let own = head.cortex.is_some();
        let underlay = if own { Underlay::own(head, &to_mni) } else { Underlay::template() };
        Ok(Self { underlay: underlay.ok_or(BeneathError::Surfaces)?, to_mni, own })
    }

    /// Whether the cortical surface is the subject's own.
    pub fn is_own(&self) -> bool {
        self.own
    }

    /// Whether the regions are named through the map to MNI space: on the built-in head's cortex, or on the subject's
    /// own surface where it came without names.
    pub fn is_named_by_map(&self) -> bool {
        !self.own || self.underlay.carried
    }

    /// What the regions are taken from.
    pub fn parcellation(&self) -> &str {
        &self.underlay.parcellation
    }

    /// All regions of the parcellation; the first, with an empty key, stands for none.
    pub fn regions(&self) -> &[Region] {
        &self.underlay.regions
    }

    /// The map to MNI space.
    pub fn to_mni(&self) -> &ToMni {
        &self.to_mni
    }

    pub(crate) fn underlay(&self) -> &Underlay {
        &self.underlay
    }

    /// Variation between heads that applies unless another is asked for.
    pub fn variation(&self) -> Variation {
        if self.is_named_by_map() { self.to_mni.variation() } else { Variation::Uniform(0.0) }
    }

    fn variation_of(&self, sampling: &Sampling) -> Variation {
        sampling.between_heads.unwrap_or_else(|| self.variation())
    }

    /// A position of the head in the frame in which scalp and cortex are compared.
    pub(crate) fn to_underlay(&self, mm: DVec3) -> DVec3 {
        if self.own { mm } else { self.to_mni.to_mni(Point::new(mm)).mm }
    }

    /// A position of that frame on the head.
    pub(crate) fn on_head(&self, mm: DVec3) -> Point<HeadFrame> {
        if self.own { Point::new(mm) } else { self.to_mni.to_head(Point::new(mm)) }
    }

    /// A position of that frame in MNI space.
    pub(crate) fn in_mni(&self, mm: DVec3) -> Point<Mni> {
        if self.own { self.to_mni.to_mni(Point::new(mm)) } else { Point::new(mm) }
    }

    /// The cortex beneath a position of the skin by each method of [`Projection::ALL`], head frame, mm; the exact
    /// foot of the projection's nearest vertex, without draws.
    pub fn cortex_at(&self, mm: DVec3) -> Vec<Point<HeadFrame>> {
        let p = &self.underlay.projector;
        let (v, _) = p.on_skin.nearest(self.to_underlay(mm));
        self.underlay.hits(v).iter().map(|&c| self.on_head(self.underlay.cortex(c))).collect()
    }

    /// The same in MNI space.
    pub fn mni_at(&self, mm: DVec3) -> Vec<Point<Mni>> {
        let p = &self.underlay.projector;
        let (v, _) = p.on_skin.nearest(self.to_underlay(mm));
        self.underlay.hits(v).iter().map(|&c| self.in_mni(self.underlay.cortex(c))).collect()
    }

    /// The cortex that is looked down upon, in the head's frame: its surface, the region of each vertex as an index
    /// into the list that follows, the first of which is "none". `None` where the head's map has no inverse.
    pub fn labelled_cortex(&self) -> Option<(Surface, &[u16], &[Region])> {
        let u = &self.underlay;
        let cortex = &u.projector.cortex;
        let surface = if self.own || self.to_mni.is_identity() {
            cortex.clone()
        } else {
            cortex.with_vertices(cortex.vertices().iter().map(|&v| self.on_head(v).mm).collect()).ok()?
        };
        Some((surface, &u.gyrus, &u.regions))
    }

    /// What lies beneath places that are equally likely (the stations of a line, the inside of an area, one point).
    /// `None` without places, with positions that are not finite, or where the head's map has no value.
    pub fn finding(&self, places: &[Place], sampling: &Sampling) -> Option<Finding> {
        let between = self.variation_of(sampling);
        let mapped: Vec<Mapped> = places.iter().map(|p| self.map(p, between)).collect::<Option<_>>()?;
        if mapped.is_empty() {
            return None;
        }
        let u = &self.underlay;
        let p = &u.projector;
        let mut tally = Tally::new(u.regions.len());
        let mut random = Normal::new(sampling.seed);
        for i in 0..sampling.draws {
            let m = &mapped[i % mapped.len()];
            let [a, b, c, d] = [random.next(), random.next(), random.next(), random.next()];
            let at = m.mm + m.axes[0] * a + m.axes[1] * b + m.between[0] * c + m.between[1] * d;
            let (v, _) = p.on_skin.nearest(at);
            tally.add(u, p.skin.vertices()[v as usize], u.hits(v), m.scale);
        }
        Some(self.summary(&mapped, tally, sampling.draws))
    }

    /// The place of the scalp beneath which regions are met most surely, and how surely (mean of the methods), when a
    /// needle is put there with an error of `sd_mm` along each direction: what a zone can attain at best.
    ///
    /// Places [`CEILING_STEP_MM`] apart are tried, on the scalp above the brain. `None` where none meets them.
    pub fn ceiling(
        &self,
        is: impl Fn(&Region) -> bool,
        sd_mm: f64,
        sampling: &Sampling,
    ) -> Option<(Point<HeadFrame>, f64)> {
        let u = &self.underlay;
        let p = &u.projector;
        let wanted: Vec<bool> = u.regions.iter().map(is).collect();
        let between = self.variation_of(sampling);
        // The same deviates everywhere: places are compared, not their noise.
        let mut random = Normal::new(sampling.seed);
        let deviates: Vec<[f64; 4]> =
            (0..sampling.draws).map(|_| std::array::from_fn(|_| random.next())).collect();
        let low = p.centre.z - LOWEST_MM;
        let mut taken: Vec<DVec3> = Vec::new();
        let mut best: Option<(DVec3, f64)> = None;
        for (v, &at) in p.skin.vertices().iter().enumerate() {
            if at.z < low || taken.iter().any(|t| t.distance_squared(at) < CEILING_STEP_MM * CEILING_STEP_MM)
            {
                continue;
            }
            taken.push(at);
            let n = p.normals[v];
            let t = n.any_orthonormal_vector();
            let b = n.cross(t);
            let mut met = 0_usize;
            let [i, j] = between.axes(self.in_mni(at), [t, b]);
            for [x, y, z, w] in &deviates {
                let (w, _) = p.on_skin.nearest(at + (t * *x + b * *y) * sd_mm + i * *z + j * *w);
                met += u.hits(w).iter().filter(|&&c| wanted[usize::from(u.gyrus[c as usize])]).count();
            }
            let found = met as f64 / (deviates.len().max(1) * Projection::ALL.len()) as f64;
            if found > best.map_or(0.0, |b| b.1) {
                best = Some((at, found));
            }
        }
        best.map(|(at, p)| (self.on_head(at), p))
    }

    fn map(&self, place: &Place, between: Variation) -> Option<Mapped> {
        let mm = self.to_underlay(place.mm);
        let [u, v] = place.sd_axes_mm;
        // Steps of a millimetre: the map is smooth on that scale.
        let along = |d: DVec3| match d.try_normalize() {
            None => DVec3::ZERO,
            Some(n) => (self.to_underlay(place.mm + n) - mm) * d.length(),
        };
        let axes = [along(u), along(v)];
        if !(mm.is_finite() && axes.iter().all(|a| a.is_finite()) && between.is_finite()) {
            return None;
        }
        let p = &self.underlay.projector;
        let (vertex, _) = p.on_skin.nearest(mm);
        let normal = p.normals[vertex as usize];
        let t = normal.any_orthonormal_vector();
        // Millimetres of the head in one millimetre toward the brain in the other frame.
        let inward =
            if self.own { 1.0 } else { self.on_head(mm - normal * 10.0).mm.distance(place.mm) / 10.0 };
        let scale = if inward.is_finite() { inward } else { 1.0 };
        let between = between.axes(self.in_mni(mm), [t, normal.cross(t)]);
        Some(Mapped { mm, axes, between, vertex, scale })
    }

    fn summary(&self, mapped: &[Mapped], tally: Tally, draws: usize) -> Finding {
        let u = &self.underlay;
        let n = draws.max(1) as f64;
        let share = |counts: &[f64]| -> Vec<Share> {
            let named = counts.iter().enumerate().filter(|(_, c)| **c > 0.0);
            let mut out: Vec<Share> =
                named.map(|(r, c)| Share { region: u.regions[r].clone(), probability: *c }).collect();
            out.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.region.cmp(&b.region)));
            out
        };
        let areas = |counts: &BTreeMap<u16, f64>| -> Vec<(u16, f64)> {
            let mut out: Vec<(u16, f64)> = counts.iter().map(|(&a, &c)| (a, c)).collect();
            out.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            out
        };
        let k = Projection::ALL.len() as f64;
        let mut pooled = vec![0.0; u.regions.len()];
        let mut pooled_areas: BTreeMap<u16, f64> = BTreeMap::new();
        let mut methods = Vec::new();
        for (m, method) in Projection::ALL.into_iter().enumerate() {
            let t = &tally.methods[m];
            let regions: Vec<f64> = t.regions.iter().map(|&c| f64::from(c) / n).collect();
            for (sum, p) in pooled.iter_mut().zip(&regions) {
                *sum += p / k;
            }
            let found: BTreeMap<u16, f64> = t.areas.iter().map(|(&a, &c)| (a, f64::from(c) / n)).collect();
            for (&a, &p) in &found {
                *pooled_areas.entry(a).or_default() += p / k;
            }
            let mean: DVec3 =
                mapped.iter().map(|p| self.in_mni(u.cortex(u.hits(p.vertex)[m])).mm).sum::<DVec3>()
                    / mapped.len() as f64;
            let depth_mm = t.depth / n;
            let variance = (t.depth_squares / n - depth_mm * depth_mm).max(0.0);
            methods.push(MethodFinding {
                method,
                regions: share(&regions),
                areas: areas(&found),
                mni_mm: mean.to_array(),
                depth_mm,
                depth_sd_mm: variance.sqrt(),
            });
        }
        let (between_heads_sd_mm, between_heads_axes_mm) = between(mapped);
        let mut nominal = vec![0.0; u.regions.len()];
        let (mut sum, mut worst, mut pairs) = (0.0, 0.0_f64, 0.0);
        for p in mapped {
            let hits = u.hits(p.vertex);
            for (i, &a) in hits.iter().enumerate() {
                nominal[usize::from(u.gyrus[a as usize])] += 1.0 / (k * mapped.len() as f64);
                for &b in &hits[i + 1..] {
                    let d = u.cortex(a).distance(u.cortex(b)) * p.scale;
                    sum += d;
                    worst = worst.max(d);
                    pairs += 1.0;
                }
            }
        }
        Finding {
            draws,
            between_heads_sd_mm,
            between_heads_axes_mm,
            methods,
            regions: share(&pooled),
            areas: areas(&pooled_areas),
            nominal: share(&nominal),
            disagreement_mm: if pairs > 0.0 { sum / pairs } else { 0.0 },
            worst_disagreement_mm: worst,
        }
    }
}

/// Distance between the places that [`Beneath::ceiling`] tries, mm: a third of the width of a gyrus.
pub const CEILING_STEP_MM: f64 = 6.0;
/// How far below the middle of the brain the scalp is still above brain, mm.
const LOWEST_MM: f64 = 90.0;

/// A place in the underlay's frame.
struct Mapped {
    mm: DVec3,
    axes: [DVec3; 2],
    /// Variation between heads along the scalp, as the error of a [`Place`].
    between: [DVec3; 2],
    vertex: u32,
    scale: f64,
}

/// Root mean square of the variation between heads over the places: along each of two directions, and along those in
/// which it is largest and least.
fn between(mapped: &[Mapped]) -> (f64, [f64; 2]) {
    let mut variances = [0.0; 2];
    for m in mapped {
        let [a, b] = m.between;
        let (trace, product) = (a.length_squared() + b.length_squared(), a.cross(b).length_squared());
        let root = (trace * trace / 4.0 - product).max(0.0).sqrt();
        variances[0] += (trace / 2.0 + root) / mapped.len() as f64;
        variances[1] += (trace / 2.0 - root).max(0.0) / mapped.len() as f64;
    }
    (((variances[0] + variances[1]) / 2.0).sqrt(), variances.map(f64::sqrt))
}

#[derive(Clone, Debug)]
struct MethodTally {
    regions: Vec<u32>,
    areas: BTreeMap<u16, u32>,
    depth: f64,
    depth_squares: f64,
}

struct Tally {
    methods: Vec<MethodTally>,
}

impl Tally {
    fn new(regions: usize) -> Self {
        let empty =
            MethodTally { regions: vec![0; regions], areas: BTreeMap::new(), depth: 0.0, depth_squares: 0.0 };
        Self { methods: vec![empty; Projection::ALL.len()] }
    }

    fn add(&mut self, u: &Underlay, skin: DVec3, hits: &Hits, scale: f64) {
        for (t, &c) in self.methods.iter_mut().zip(hits) {
            let d = skin.distance(u.cortex(c)) * scale;
            t.regions[usize::from(u.gyrus[c as usize])] += 1;
            *t.areas.entry(u.area[c as usize]).or_default() += 1;
            t.depth += d;
            t.depth_squares += d * d;
        }
    }
}

/// Standard normal deviates from a permuted congruential generator (Marsaglia's polar method).
pub(crate) struct Normal {
    random: Pcg64Mcg,
    spare: Option<f64>,
}

impl Normal {
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: Pcg64Mcg::new(u128::from(seed) << 1 | 1), spare: None }
    }

    /// Uniform in −1..1, never 0.
    fn uniform(&mut self) -> f64 {
        ((self.random.next_u64() >> 11) as f64 + 0.5) / (1u64 << 52) as f64 - 1.0
    }

    pub(crate) fn next(&mut self) -> f64 {
        if let Some(x) = self.spare.take() {
            return x;
        }
        loop {
            let (a, b) = (self.uniform(), self.uniform());
            let s = a * a + b * b;
            if s > 0.0 && s < 1.0 {
                let f = (-2.0 * libm::log(s) / s).sqrt();
                self.spare = Some(b * f);
                return a * f;
            }
        }
    }
}
