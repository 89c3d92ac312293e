//! How far to trust a located zone.
//!
//! Three errors add up, each independent of the others:
//! - *landmarks*: each landmark is moved over the skin by its standard deviation and everything that depends on
//!   it is constructed anew ([`Method::FirstOrder`]), or all landmarks are drawn at once from their normal
//!   distributions, again and again ([`Method::MonteCarlo`], seeded);
//! - *placing*: the practitioner's own error when putting a needle at a marked place;
//! - *between heads*: what was not measured of the head's size moves every place away from the model's.

use baihui_head::{
    Head, ShapeSpread, Side, Surface, SurfacePoint, curve::geodesic, landmark::name, scalp::decimate,
    share::over_cores, template,
};
use glam::{DMat2, DVec2, DVec3};
use rand_pcg::{Pcg64Mcg, rand_core::Rng};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    evaluate::{Choices, Evaluator, FRAME_LANDMARKS, Mask, Names, Value, drop_landmarks},
    load::Atlas,
};

/// Practitioner's placing error: standard deviation in mm along each of two directions on the skin.
///
/// From the 95 % area of less than 3 cm² that students reached with a ruler (Aird 2002,
/// doi 10.1089/107555302320825156; abstract seen): for a round normal distribution the area within 95 % is
/// 2π · 2.996 · sd². On body points; no figure for the scalp was found.
pub const PLACING_SD_MM: f64 = 3.99;

/// 95 % quantile of χ² with two degrees of freedom: −2 ln 0.05.
const CHI2_95: f64 = 5.991_464_547_107_98;

/// Where along an item its uncertainty is worked out: fractions of a line, corners of an area.
fn stations(value: &Value) -> &'static [f64] {
    match value {
        Value::Point(_) => &[0.0],
        Value::Line(_) => &[0.0, 0.5, 1.0],
        Value::Area(_) => &[0.0, 0.25, 0.5, 0.75],
    }
}

fn station(value: &Value, skin: &Surface, f: f64) -> DVec3 {
    match value {
        Value::Point(p) => skin.position(*p),
        Value::Line(c) | Value::Area(c) => c.position_at(f * c.length_mm()),
    }
}

/// The region on the skin that holds a place with 95 % probability.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Ellipse {
    /// Centre, mm, right-anterior-superior.
    pub at_mm: [f64; 3],
    /// Half of the long axis, mm.
    pub major_mm: f64,
    /// Half of the short axis, mm.
    pub minor_mm: f64,
    /// Unit vector of the long axis.
    pub major_axis: [f64; 3],
    /// Unit vector of the short axis.
    pub minor_axis: [f64; 3],
}

/// Standard deviations by cause, mm along each of two directions on the skin (root mean square of both, and of
/// start, middle and end of a line).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Parts {
    /// From the landmarks.
    pub landmarks: f64,
    /// From the practitioner's hand.
    pub placing: f64,
    /// From what was not measured of the head's size.
    pub between_heads: f64,
}

/// Uncertainty of one located item.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// All causes together, mm along each of two directions on the skin.
    pub sd_mm: f64,
    /// The same by cause.
    pub parts: Parts,
    /// 95 % regions: of a point; of start, middle and end of a line; of four places on an outline.
    pub ellipses: Vec<Ellipse>,
}

/// How the landmarks' errors are carried through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "method")]
pub enum Method {
    /// By the change of every item when one landmark moves by its standard deviation: as many draws as one likes
    /// of the linear approximation, without their noise.
    #[default]
    FirstOrder,
    /// By drawing heads.
    MonteCarlo {
        /// How many; the relative error of an sd is about 1/√(4n).
        draws: usize,
        /// The same seed gives the same numbers everywhere.
        seed: u64,
    },
}

/// How the uncertainty is worked out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draws {
    /// The landmarks' part.
    pub method: Method,
    /// Practitioner's placing error, mm.
    pub placing_sd_mm: f64,
}

impl Default for Draws {
    fn default() -> Self {
        Self { method: Method::FirstOrder, placing_sd_mm: PLACING_SD_MM }
    }
}

/// A nominal station with its tangent plane.
struct Station {
    mm: DVec3,
    u: DVec3,
    v: DVec3,
    fraction: f64,
    /// The same place as it is found on the skin that displacements are measured on.
    measured: DVec3,
    /// Covariance from the landmarks, in the tangent plane, mm².
    landmarks: DMat2,
}

impl Station {
    /// Displacement of another realisation of the item, in the tangent plane, mm.
    fn displacement(&self, value: &Value, skin: &Surface) -> DVec2 {
        let d = station(value, skin, self.fraction) - self.measured;
        DVec2::new(d.dot(self.u), d.dot(self.v))
    }
}

fn outer(d: DVec2) -> DMat2 {
    DMat2::from_cols(d * d.x, d * d.y)
}

/// Uncertainty of items that were located on a head, in the order given.
///
/// A displaced or drawn head on which an item cannot be constructed is left out for that item.
pub fn spreads(
    atlas: &Atlas,
    names: &Names,
    choices: &Choices,
    head: &Head,
    located: &[(usize, Side, &Value)],
    draws: &Draws,
) -> Vec<Spread> {
    let skin = &head.skin;
    let mut stations: Vec<Vec<Station>> = located
        .iter()
        .map(|(_, _, value)| {
            stations(value)
                .iter()
                .map(|&fraction| {
                    let mm = station(value, skin, fraction);
                    let normal = skin.normal(skin.closest(mm).0);
                    let u = normal.any_orthonormal_vector();
                    Station { mm, u, v: normal.cross(u), fraction, measured: mm, landmarks: DMat2::ZERO }
                })
                .collect()
        })
        .collect();
    let sd = landmark_sds(names, head);
    let on = |skin, coarse| Propagation {
        atlas,
        names,
        choices,
        skin,
        coarse,
        nominal: drop_landmarks(names, &head.landmarks, skin),
        sd: sd.clone(),
    };
    let mut rest: Vec<usize> = (0..located.len()).collect();
    let coarse = measuring_skin(skin);
    if let Some(coarse) = &coarse {
        rest = on(coarse, true).spread(located, &mut stations, rest, draws.method);
    }
    let left = on(skin, false).spread(located, &mut stations, rest, draws.method);
    debug_assert!(left.is_empty());
    let origin = origin(head);
    stations.iter().map(|s| spread(s, draws, &head.spread, origin, head)).collect()
}

/// The largest number of vertices at which a skin is measured on as it is.
const SMALL: usize = 6000;

/// How far from its place an item may be found on the measuring skin, mm.
const APART_MM: f64 = 3.0;

/// A coarse skin for a fine head, at hand for one that has the built-in head's triangles; `None` where the skin is coarse already, or where it cannot be made coarser.
///
/// How far an item moves when a landmark moves hardly depends on how finely the skin is divided, but the work
/// does. The item as it is on the coarse skin is subtracted from the item as it is on the coarse skin with the
/// landmark moved, so that the difference between the skins drops out.
fn measuring_skin(skin: &Surface) -> Option<Surface> {
    if skin.vertices().len() <= SMALL {
        return None;
    }
    template::coarse(skin).or_else(|| decimate::to_edge_length(skin, template::COARSE_EDGE_MM).ok())
}

/// A head's landmarks with their errors.
struct Propagation<'a> {
    atlas: &'a Atlas,
    names: &'a Names,
    choices: &'a Choices,
    skin: &'a Surface,
    /// Whether the skin is a [`measuring_skin`].
    coarse: bool,
    nominal: Vec<[Option<SurfacePoint>; 3]>,
    sd: Vec<[f64; 3]>,
}

/// A head with one landmark moved.
struct Displaced {
    landmark: usize,
    /// Index in [`SIDES`].
    side: usize,
    to: SurfacePoint,
    /// Whether it is one of [`FRAME_LANDMARKS`], on which everything may depend.
    frame: bool,
    affected: Vec<usize>,
}

const SIDES: [Side; 3] = [Side::Left, Side::Right, Side::Midline];

impl<'a> Propagation<'a> {
    fn evaluator(&self, landmarks: Vec<[Option<SurfacePoint>; 3]>) -> Option<Evaluator<'a>> {
        let found =
            Evaluator::with_landmarks(self.atlas, self.names, self.choices, self.skin, landmarks).ok()?;
        Some(if self.coarse { found.coarsely() } else { found })
    }

    /// Works out the landmarks' part for the items `which` and gives back those that cannot be measured here: an
    /// item that the skin refuses, or has far from its place.
    fn spread(
        &self,
        located: &[(usize, Side, &Value)],
        stations: &mut [Vec<Station>],
        which: Vec<usize>,
        method: Method,
    ) -> Vec<usize> {
        let mut left = Vec::new();
        if which.is_empty() {
            return left;
        }
        let Some(mut nominal) = self.evaluator(self.nominal.clone()) else { return which };
        let (mut items, mut mine, mut place) = (Vec::new(), Vec::new(), Vec::new());
        for n in which {
            let (item, side, value) = located[n];
            match nominal.locate_ref(item, side) {
                Ok(found) => {
                    let at = |st: &Station| station(found, self.skin, st.fraction);
                    if stations[n].iter().any(|st| at(st).distance(st.mm) > APART_MM) {
                        left.push(n);
                        continue;
                    }
                    for st in &mut stations[n] {
                        st.measured = station(found, self.skin, st.fraction);
                    }
                    items.push((item, side, value));
                    mine.push(std::mem::take(&mut stations[n]));
                    place.push(n);
                }
                Err(_) => left.push(n),
            }
        }
        match method {
            Method::FirstOrder => self.first_order(nominal, &items, &mut mine),
            Method::MonteCarlo { draws, seed } => self.monte_carlo(&items, &mut mine, draws, seed),
        }
        for (n, st) in place.into_iter().zip(mine) {
            stations[n] = st;
        }
        left
    }

    /// Adds Σ (∂place/∂landmark · sd)² over both directions of every landmark, by differences of one sd.
    ///
    /// The displaced heads are shared out over the cores; their contributions are added in one order, so that
    /// the result does not depend on how many there are.
    fn first_order(
        &self,
        mut nominal: Evaluator<'a>,
        located: &[(usize, Side, &Value)],
        stations: &mut [Vec<Station>],
    ) {
        let masks: Vec<_> = located.iter().map(|(i, side, _)| nominal.depends_on(*i, *side)).collect();
        let displaced = self.displaced(located.len(), &masks);
        let (shared, nominal): (&[Vec<Station>], &Evaluator<'a>) = (stations, &nominal);
        let shifts = over_cores(displaced.len(), |i| self.shifts(&displaced[i], nominal, located, shared));
        for (n, s, d) in shifts.into_iter().flatten() {
            stations[n][s].landmarks += outer(d);
        }
    }

    /// Every landmark moved by its sd in two directions, with the items that this may move.
    fn displaced(&self, items: usize, masks: &[Mask]) -> Vec<Displaced> {
        let mut out = Vec::new();
        for (l, slots) in self.nominal.iter().enumerate() {
            let frame = FRAME_LANDMARKS.contains(&self.names.landmarks()[l].as_str());
            for (k, slot) in slots.iter().enumerate() {
                let (Some(p), sd) = (*slot, self.sd[l][k]) else { continue };
                let affected: Vec<usize> = (0..items).filter(|&n| frame || masks[n].has(l * 3 + k)).collect();
                if sd <= 0.0 || affected.is_empty() {
                    continue;
                }
                let normal = self.skin.face_normal(p.face);
                let u = normal.any_orthonormal_vector();
                for direction in [u, normal.cross(u)] {
                    if let Ok(to) = geodesic::straight_end(self.skin, p, direction, sd) {
                        out.push(Displaced { landmark: l, side: k, to, frame, affected: affected.clone() });
                    }
                }
            }
        }
        out
    }

    /// Shifts (item, station, mm in its tangent plane) on one displaced head.
    fn shifts(
        &self,
        displaced: &Displaced,
        nominal: &Evaluator<'a>,
        located: &[(usize, Side, &Value)],
        stations: &[Vec<Station>],
    ) -> Vec<(usize, usize, DVec2)> {
        let Displaced { landmark, side, to, frame, affected } = displaced;
        let moved = if *frame {
            let mut landmarks = self.nominal.clone();
            landmarks[*landmark][*side] = Some(*to);
            self.evaluator(landmarks)
        } else {
            Some(nominal.with_landmark(*landmark, SIDES[*side], *to))
        };
        let mut out = Vec::new();
        let Some(mut moved) = moved else { return out };
        for &n in affected {
            let (item, side, _) = located[n];
            let Ok(value) = moved.locate_ref(item, side) else { continue };
            out.extend(
                stations[n].iter().enumerate().map(|(s, st)| (n, s, st.displacement(value, self.skin))),
            );
        }
        out
    }

    /// Sample covariance over random heads.
    ///
    /// The heads are shared out over the cores in blocks, whose sums are added in one order: the result does not
    /// depend on how many cores there are.
    fn monte_carlo(
        &self,
        located: &[(usize, Side, &Value)],
        stations: &mut [Vec<Station>],
        draws: usize,
        seed: u64,
    ) {
        /// Draws of a block, and blocks whose deviates are held at a time.
        const BLOCK: usize = 16;
        const BLOCKS: usize = 32;
        // Two for each landmark that there is.
        let deviates = 2 * self.nominal.iter().flatten().flatten().count();
        let mut random = Normal::new(seed);
        let mut sums = vec![Sums::NONE; stations.iter().map(Vec::len).sum()];
        let mut left = draws;
        while left > 0 {
            let now = left.min(BLOCK * BLOCKS);
            let drawn: Vec<f64> = (0..now * deviates).map(|_| random.next()).collect();
            let blocks: Vec<&[f64]> = drawn.chunks(BLOCK * deviates).collect();
            let shared: &[Vec<Station>] = stations;
            let found = over_cores(blocks.len(), |i| {
                let mut sums = vec![Sums::NONE; sums.len()];
                for deviates in blocks[i].chunks(deviates) {
                    self.draw(deviates, located, shared, &mut sums);
                }
                sums
            });
            for block in found {
                for (sum, more) in sums.iter_mut().zip(block) {
                    sum.n += more.n;
                    sum.first += more.first;
                    sum.second += more.second;
                }
            }
            left -= now;
        }
        for (st, sum) in stations.iter_mut().flatten().zip(&sums) {
            if sum.n > 1.0 {
                st.landmarks = (sum.second - outer(sum.first) * (1.0 / sum.n)) * (1.0 / (sum.n - 1.0));
            }
        }
    }

    /// Adds the displacements on one random head.
    fn draw(
        &self,
        deviates: &[f64],
        located: &[(usize, Side, &Value)],
        stations: &[Vec<Station>],
        sums: &mut [Sums],
    ) {
        let landmarks = perturbed(self.skin, &self.nominal, &self.sd, deviates);
        let Some(mut evaluator) = self.evaluator(landmarks) else { return };
        let mut rest = sums;
        for ((item, side, _), stations) in located.iter().zip(stations) {
            let (sums, others) = rest.split_at_mut(stations.len());
            rest = others;
            let Ok(value) = evaluator.locate_ref(*item, *side) else { continue };
            for (st, sum) in stations.iter().zip(sums) {
                let d = st.displacement(value, self.skin);
                sum.n += 1.0;
                sum.first += d;
                sum.second += outer(d);
            }
        }
    }
}

/// Sums over random heads of a station's displacement, mm, and of its outer product.
#[derive(Clone, Copy)]
struct Sums {
    n: f64,
    first: DVec2,
    second: DMat2,
}

impl Sums {
    /// Of no head. (The default of a matrix is not zero but the identity.)
    const NONE: Self = Self { n: 0.0, first: DVec2::ZERO, second: DMat2::ZERO };
}

fn spread(stations: &[Station], draws: &Draws, shape: &ShapeSpread, origin: DVec3, head: &Head) -> Spread {
    let axes = head.axes().unwrap_or(baihui_head::Axes::RAS);
    let mut squares = [0.0; 3];
    let mut ellipses = Vec::with_capacity(stations.len());
    for st in stations {
        let landmarks = st.landmarks;
        // A head larger by a fraction moves a place by that fraction of its distance from between the ears.
        let r = st.mm - origin;
        let mut heads = DMat2::ZERO;
        for (axis, relative) in
            [(axes.right, shape.breadth), (axes.anterior, shape.length), (axes.superior, shape.height)]
        {
            let moved = axis * (r.dot(axis) * relative);
            let d = DVec2::new(moved.dot(st.u), moved.dot(st.v));
            heads += outer(d);
        }
        let placing = draws.placing_sd_mm * draws.placing_sd_mm;
        let trace = |m: &DMat2| (m.x_axis.x + m.y_axis.y) / 2.0;
        squares[0] += trace(&landmarks);
        squares[1] += placing;
        squares[2] += trace(&heads);
        ellipses.push(ellipse(st, landmarks + heads + DMat2::from_diagonal(DVec2::splat(placing))));
    }
    let n = stations.len().max(1) as f64;
    let [landmarks, placing, between_heads] = squares.map(|s| (s / n).sqrt());
    let sd_mm = (squares.iter().sum::<f64>() / n).sqrt();
    Spread { sd_mm, parts: Parts { landmarks, placing, between_heads }, ellipses }
}

/// 95 % ellipse of a covariance in a station's tangent plane.
fn ellipse(st: &Station, c: DMat2) -> Ellipse {
    let (a, b, d) = (c.x_axis.x, (c.x_axis.y + c.y_axis.x) / 2.0, c.y_axis.y);
    let middle = (a + d) / 2.0;
    let radius = libm::hypot((a - d) / 2.0, b);
    let angle = 0.5 * libm::atan2(2.0 * b, a - d);
    let (sin, cos) = (libm::sin(angle), libm::cos(angle));
    let half = |variance: f64| (CHI2_95 * variance.max(0.0)).sqrt();
    Ellipse {
        at_mm: st.mm.to_array(),
        major_mm: half(middle + radius),
        minor_mm: half(middle - radius),
        major_axis: (st.u * cos + st.v * sin).to_array(),
        minor_axis: (st.v * cos - st.u * sin).to_array(),
    }
}

/// Middle between the preauricular points: what a head's size is measured from.
fn origin(head: &Head) -> DVec3 {
    let at = |side| head.landmarks.mm(name::PREAURICULAR, side).unwrap_or(DVec3::ZERO);
    (at(Side::Left) + at(Side::Right)) / 2.0
}

fn landmark_sds(names: &Names, head: &Head) -> Vec<[f64; 3]> {
    let sd = |n: &str, side| head.landmarks.get(n, side).map_or(0.0, |l| l.sd_mm);
    names.landmarks().iter().map(|n| [sd(n, Side::Left), sd(n, Side::Right), sd(n, Side::Midline)]).collect()
}

/// Landmarks moved over the skin by standard normal deviates, two for each that there is.
fn perturbed(
    skin: &Surface,
    nominal: &[[Option<SurfacePoint>; 3]],
    sd: &[[f64; 3]],
    deviates: &[f64],
) -> Vec<[Option<SurfacePoint>; 3]> {
    let mut deviates = deviates.as_chunks::<2>().0.iter();
    nominal
        .iter()
        .zip(sd)
        .map(|(points, sd)| {
            let mut out = *points;
            for k in 0..3 {
                let Some(p) = points[k] else { continue };
                // There are deviates even where the sd is 0, so that one landmark's sd does not change another's.
                let Some(&[a, b]) = deviates.next() else { continue };
                let n = skin.face_normal(p.face);
                let u = n.any_orthonormal_vector();
                let d = (u * a + n.cross(u) * b) * sd[k];
                let length = d.length();
                if length > 0.0 {
                    out[k] = geodesic::straight_end(skin, p, d, length).ok().or(Some(p));
                }
            }
            out
        })
        .collect()
}

/// Standard normal deviates from a permuted congruential generator (Box & Muller 1958).
struct Normal {
    random: Pcg64Mcg,
    spare: Option<f64>,
}

impl Normal {
    fn new(seed: u64) -> Self {
        Self { random: Pcg64Mcg::new(u128::from(seed) << 1 | 1), spare: None }
    }

    fn uniform(&mut self) -> f64 {
        // 53 bits, never 0.
        ((self.random.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn next(&mut self) -> f64 {
        if let Some(x) = self.spare.take() {
            return x;
        }
        let r = (-2.0 * libm::log(self.uniform())).sqrt();
        let a = std::f64::consts::TAU * self.uniform();
        self.spare = Some(r * libm::sin(a));
        r * libm::cos(a)
    }
}
