//! Bends the built-in skin until it lies on a person's surface.
//!
//! The result has the built-in skin's triangles: it is closed and complete whatever the image or the scan left out,
//! it has no auricles, and every landmark has a place on it. Where the person's surface is not to be had, the skin
//! continues what is known as smoothly as it can, and says so vertex by vertex.

use glam::{DAffine3, DVec3};
use thiserror::Error;

use super::{
    icp::{self, Motion, Trusted},
    mould::Mould,
};
use crate::{
    frame::Point,
    head::Head,
    landmark::{Landmark, Landmarks, Origin},
    scalp::{
        field,
        spline::{Spline, SplineError},
    },
    share::over_cores,
    surface::{Surface, SurfaceError},
};

/// Skin this near to an auricle is not drawn: what lies there in an image or a scan may be the ear.
const EAR_MARGIN_MM: f64 = 5.0;
/// Distance between the centres of the coarse warp.
const SPACING_MM: f64 = 17.0;
/// Slack of the coarse warp, round by round: from nearly affine to close.
const SLACK_MM: [f64; 6] = [200.0, 80.0, 30.0, 12.0, 5.0, 2.0];
/// A pair of the last rounds may be this far apart.
const NEAR_MM: f64 = 6.0;
/// Pull of a vertex that found no partner toward where the coarse warp put it.
const HELD: f64 = 2e-3;

/// Why a skin could not be bent.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum DrapeError {
    /// The surface is nowhere near.
    #[error(
        "only {percent:.0} % of the head's skin found a partner on the surface; expected at least {LEAST_PERCENT} %: it \
         does not have the shape of a head, or the first pose is wrong"
    )]
    Apart {
        /// Share found.
        percent: f64,
    },
    /// The warp could not be solved.
    #[error("the warp could not be solved: {0}")]
    Spline(#[from] SplineError),
    /// The bent skin is not a surface.
    #[error("the bent skin is unusable: {0}")]
    Surface(#[from] SurfaceError),
}

/// Least share of the upper head that must be found.
pub const LEAST_PERCENT: f64 = 45.0;

/// A bent skin.
#[derive(Clone, Debug)]
pub struct Drape {
    /// The skin, in the frame of the person's surface, mm.
    pub skin: Surface,
    /// For each vertex, how far it was drawn onto the surface: 1 fully, 0 not at all.
    pub drawn: Vec<f64>,
    /// Template mm → person's mm, without the bending.
    pub map: DAffine3,
    /// Distance of the drawn skin from the surface, root mean square, mm.
    pub rms_mm: f64,
    warp: Warp,
}

/// How the template's space goes to the person's, before the skin was drawn on vertex by vertex.
#[derive(Clone, Debug)]
enum Warp {
    /// After the affine part.
    Spline(Spline),
    Mould(Mould),
}

impl Drape {
    /// Where a place of the template's space goes, mm (coarse warp: for ears and what is only looked at).
    pub fn carry(&self, p: DVec3) -> DVec3 {
        match &self.warp {
            Warp::Spline(spline) => spline.apply(self.map.transform_point3(p)),
            Warp::Mould(mould) => mould.apply(p),
        }
    }

    /// A surface of the template, carried along.
    ///
    /// # Errors
    /// [`SurfaceError`] where the warp leaves the finite numbers.
    pub fn carry_surface(&self, s: &Surface) -> Result<Surface, SurfaceError> {
        s.with_vertices(over_cores(s.vertices().len(), |v| self.carry(s.vertices()[v])))
    }

    /// How much of the skin within `radius_mm` of a place was drawn, 0 to 1.
    pub fn drawn_near(&self, at: DVec3, radius_mm: f64) -> f64 {
        let (mut sum, mut n) = (0.0, 0.0);
        for (v, d) in self.skin.vertices().iter().zip(&self.drawn) {
            if v.distance_squared(at) <= radius_mm * radius_mm {
                sum += d;
                n += 1.0;
            }
        }
        if n > 0.0 { sum / n } else { 0.0 }
    }

    /// Distance in mm from a place to the nearest skin that was drawn; infinite where none was.
    pub fn to_drawn_mm(&self, at: DVec3) -> f64 {
        let near = self.skin.vertices().iter().zip(&self.drawn).filter(|(_, d)| **d > 0.5);
        near.map(|(v, _)| v.distance_squared(at)).fold(f64::INFINITY, f64::min).sqrt()
    }

    /// The template's landmarks on this skin. Each has its own sd together with `sd_mm`, that of carrying it over.
    pub fn landmarks(&self, template: &Head, sd_mm: f64) -> Landmarks {
        let mut out = Landmarks::new();
        for (name, side, l) in template.landmarks.iter() {
            let at = template.skin.closest(l.position.mm).0;
            let origin = if l.origin == Origin::Population { l.origin } else { Origin::Template };
            out.insert(
                name,
                side,
                Landmark {
                    position: Point::new(self.skin.position(at)),
                    sd_mm: libm::sqrt(l.sd_mm * l.sd_mm + sd_mm * sd_mm),
                    origin,
                    method: format!("carried over with the built-in head's skin; there: {}", l.method),
                },
            );
        }
        out
    }
}

/// Which vertices of the template's skin can be compared with a person's: 0 under the auricles, 1 elsewhere.
pub fn comparable(template: &Head) -> Vec<f64> {
    let near_ear = |p: DVec3| template.ears.as_ref().is_some_and(|e| e.closest(p).1 < EAR_MARGIN_MM);
    // Auricles are at the sides: the others need not be asked.
    template.skin.vertices().iter().map(|&p| f64::from(!(p.x.abs() > 55.0 && near_ear(p)))).collect()
}

/// How the template is placed before it is bent.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// As it is: template mm → goal mm, found on more than the skin.
    Fixed(DAffine3),
    /// To be fitted from here by closest points, affine.
    Fit(DAffine3),
    /// Bent already.
    Moulded(&'a Mould),
}

/// What is known besides the surface.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Landmarks on both heads: template mm, goal mm.
    pub anchors: &'a [(DVec3, DVec3)],
    /// For each vertex of the template's skin how far above the skin the surface lies (hair), mm. Empty is 0.
    pub above_mm: &'a [f64],
}

/// Bends the template's skin onto `goal`.
///
/// First, where `start` asks for it, an affine fit by closest points, then thin-plate splines on centres 17 mm apart with less and less slack,
/// then each vertex for itself with the least thin-plate energy on the mesh ([`field::smooth`]).
///
/// # Errors
/// [`DrapeError::Apart`] where the surface has no head's shape.
pub fn drape(
    template: &Head,
    goal: &Surface,
    start: Start<'_>,
    known: Known<'_>,
    trusted: Trusted<'_>,
) -> Result<Drape, DrapeError> {
    let count = comparable(template);
    let skin = &template.skin;
    // Above the level of the mouth: below, postures and necks differ more than heads do.
    let upper = |v: usize| if skin.vertices()[v].z > -75.0 { count[v] } else { 0.0 };
    let patches = icp::patches(skin, 7.0, upper);
    let matched_enough = |matched: f64| match matched * 100.0 {
        percent if percent < LEAST_PERCENT => Err(DrapeError::Apart { percent }),
        _ => Ok(()),
    };
    let areas = icp::vertex_areas(skin);
    let (map, mut now, warp) = match start {
        Start::Fixed(map) => {
            // One round tells how much of the skin finds a partner; its step is not taken.
            matched_enough(icp::fit(&patches, goal, map, Motion::Affine, &[20.0], &[], trusted).matched)?;
            let (now, spline) = splined(skin, goal, map, &count, &areas, known, trusted)?;
            (map, now, Warp::Spline(spline))
        }
        Start::Fit(map) => {
            let limits: Vec<f64> = (0..25).map(|i| (24.0 - f64::from(i)).max(8.0)).collect();
            let fit = icp::fit(&patches, goal, map, Motion::Affine, &limits, known.anchors, trusted);
            matched_enough(fit.matched)?;
            let (now, spline) = splined(skin, goal, fit.map, &count, &areas, known, trusted)?;
            (fit.map, now, Warp::Spline(spline))
        }
        Start::Moulded(mould) => {
            matched_enough(mould.matched)?;
            let bent = over_cores(skin.vertices().len(), |v| mould.apply(skin.vertices()[v]));
            (mould.map, skin.with_vertices(bent)?, Warp::Mould(mould.clone()))
        }
    };

    let links = field::neighbours(skin.vertices().len(), skin.faces());
    let mut drawn = vec![0.0; count.len()];
    for (stiffness, near) in [(8.0, NEAR_MM), (1.0, NEAR_MM / 2.0)] {
        let pairs = partners(&now, goal, &count, known.above_mm, near, trusted, 1);
        let target: Vec<DVec3> =
            pairs.iter().zip(now.vertices()).map(|(q, v)| q.map_or(DVec3::ZERO, |q| q - *v)).collect();
        let weight: Vec<f64> = pairs.iter().map(|q| if q.is_some() { 1.0 } else { HELD }).collect();
        let shift = field::smooth(&links, &target, &weight, stiffness);
        now = skin.with_vertices(now.vertices().iter().zip(shift).map(|(v, s)| *v + s).collect())?;
        for (d, q) in drawn.iter_mut().zip(&pairs) {
            *d = f64::from(q.is_some());
        }
    }
    // A lone vertex that found or missed its partner says nothing: the mean of its neighbours does.
    for _ in 0..3 {
        drawn = (0..drawn.len())
            .map(|v| {
                let n = links[v].len() as f64;
                (drawn[v] + links[v].iter().map(|&u| drawn[u as usize]).sum::<f64>()) / (n + 1.0)
            })
            .collect();
    }
    let (mut sum, mut area) = (0.0, 0.0);
    for (v, p) in now.vertices().iter().enumerate() {
        if drawn[v] > 0.9 {
            let d = goal.closest(*p).1 - known.above_mm.get(v).copied().unwrap_or(0.0);
            sum += areas[v] * d * d;
            area += areas[v];
        }
    }
    let rms_mm = if area > 0.0 { libm::sqrt(sum / area) } else { f64::INFINITY };
    Ok(Drape { skin: now, drawn, map, rms_mm, warp })
}

/// The skin placed by an affine map and bent by thin-plate splines with less and less slack.
fn splined(
    skin: &Surface,
    goal: &Surface,
    map: DAffine3,
    count: &[f64],
    areas: &[f64],
    known: Known<'_>,
    trusted: Trusted<'_>,
) -> Result<(Surface, Spline), DrapeError> {
    let placed: Vec<DVec3> = skin.vertices().iter().map(|&v| map.transform_point3(v)).collect();
    let centres = spread(&placed, count);
    let around = neighbourhoods(&placed, &centres, SPACING_MM * 0.7);

    let mut now = skin.with_vertices(placed.clone())?;
    let mut spline = None;
    for slack in SLACK_MM {
        let limit = (4.0 * libm::sqrt(slack)).clamp(8.0, 22.0);
        // One vertex in three is enough for means over two centimetres.
        let pairs = partners(&now, goal, count, known.above_mm, limit, trusted, 3);
        let (mut from, mut to, mut slacks) = (Vec::new(), Vec::new(), Vec::new());
        for (c, near) in centres.iter().zip(&around) {
            let (mut shift, mut weight, mut all) = (DVec3::ZERO, 0.0, 0.0);
            for &v in near.iter().filter(|v| *v % 3 == 0) {
                all += areas[v];
                if let Some(q) = pairs[v] {
                    shift += (q - now.vertices()[v]) * areas[v];
                    weight += areas[v];
                }
            }
            if weight > 0.4 * all {
                from.push(placed[*c]);
                to.push(now.vertices()[*c] + shift / weight);
                slacks.push(slack);
            }
        }
        for (a, b) in known.anchors {
            from.push(map.transform_point3(*a));
            to.push(*b);
            slacks.push(slack.min(10.0));
        }
        let s = Spline::fit(&from, &to, &slacks)?;
        now = skin.with_vertices(placed.iter().map(|&p| s.apply(p)).collect())?;
        spline = Some(s);
    }
    let spline = spline.ok_or(SplineError::Singular)?;
    Ok((now, spline))
}

/// For each vertex the place on the goal that it belongs to, where there is one; only every `stride`th is asked.
fn partners(
    skin: &Surface,
    goal: &Surface,
    count: &[f64],
    above_mm: &[f64],
    limit_mm: f64,
    trusted: Trusted<'_>,
    stride: usize,
) -> Vec<Option<DVec3>> {
    let normals = skin.vertex_normals();
    let one = |v: usize| {
        if count[v] <= 0.0 || !v.is_multiple_of(stride) {
            return None;
        }
        let p = skin.vertices()[v];
        let (place, d) = goal.closest(p);
        let hair = above_mm.get(v).copied().unwrap_or(0.0);
        // The skin beneath the surface is what must be near: skin in its place lies as deep as the hair is thick.
        if d.is_nan() || d > limit_mm + hair || goal.normal(place).dot(normals[v]) < 0.5 {
            return None;
        }
        let q = goal.position(place);
        let beneath = q - goal.normal(place) * hair;
        (trusted(place, q) && beneath.distance(p) <= limit_mm).then_some(beneath)
    };
    // Built before the workers need it.
    let _ = (goal.closest(DVec3::ZERO), goal.vertex_normals());
    let n = skin.vertices().len();
    std::thread::scope(|s| {
        let other = s.spawn(|| (n / 2..n).map(one).collect::<Vec<_>>());
        let mut mine: Vec<_> = (0..n / 2).map(one).collect();
        match other.join() {
            Ok(theirs) => mine.extend(theirs),
            Err(_) => mine.resize(n, None),
        }
        mine
    })
}

/// Vertices at least [`SPACING_MM`] apart among those that count.
fn spread(vertices: &[DVec3], count: &[f64]) -> Vec<usize> {
    let mut kept: Vec<usize> = Vec::new();
    for (v, p) in vertices.iter().enumerate() {
        if count[v] > 0.0 && kept.iter().all(|&k| vertices[k].distance_squared(*p) >= SPACING_MM * SPACING_MM)
        {
            kept.push(v);
        }
    }
    kept
}

/// The vertices within a radius of each centre.
fn neighbourhoods(vertices: &[DVec3], centres: &[usize], radius_mm: f64) -> Vec<Vec<usize>> {
    let mut cells: std::collections::BTreeMap<[i64; 3], Vec<usize>> = std::collections::BTreeMap::new();
    let key = |p: DVec3| (p / radius_mm).floor().to_array().map(|c| c as i64);
    for (v, p) in vertices.iter().enumerate() {
        cells.entry(key(*p)).or_default().push(v);
    }
    centres
        .iter()
        .map(|&c| {
            let [x, y, z] = key(vertices[c]);
            let mut near = Vec::new();
            for dx in -1..=1 {
                for dy in -1..=1 {
                    for dz in -1..=1 {
                        let in_cell = cells.get(&[x + dx, y + dy, z + dz]).into_iter().flatten().copied();
                        near.extend(
                            in_cell.filter(|&v| {
                                vertices[v].distance_squared(vertices[c]) <= radius_mm * radius_mm
                            }),
                        );
                    }
                }
            }
            near
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template;

    #[test]
    fn the_template_bent_by_a_known_warp_is_found_again() {
        let head = template::template();
        // Longer, narrower, a fuller back of the head, moved and a little turned.
        let bend = |p: DVec3| {
            let back = libm::exp(-((p - DVec3::new(0.0, -100.0, 30.0)).length_squared()) / 3000.0);
            let q = DVec3::new(p.x * 0.93, p.y * 1.03, p.z * 0.98) + DVec3::new(0.0, -6.0, 2.0) * back;
            DAffine3::from_rotation_x(0.1).transform_point3(q) + DVec3::new(4.0, 10.0, -7.0)
        };
        let goal = head.skin.with_vertices(head.skin.vertices().iter().map(|&p| bend(p)).collect()).unwrap();
        let d = drape(
            &head,
            &goal,
            Start::Fit(DAffine3::from_translation(DVec3::new(0.0, 6.0, -4.0))),
            Known::default(),
            &|_, _| true,
        )
        .unwrap();
        assert!(d.rms_mm < 0.2, "{}", d.rms_mm);
        assert!(d.skin.is_watertight());
        for (name, side) in [("nasion", crate::Side::Midline), ("inion", crate::Side::Midline)] {
            let truth = bend(head.landmarks.mm(name, side).unwrap());
            let found = d.landmarks(&head, 0.0).mm(name, side).unwrap();
            assert!(found.distance(truth) < 2.5, "{name}: {}", found.distance(truth));
        }
    }

    #[test]
    fn what_is_no_head_is_refused() {
        let head = template::template();
        let goal = crate::shapes::sphere(30.0, 4);
        let err =
            drape(&head, &goal, Start::Fit(DAffine3::IDENTITY), Known::default(), &|_, _| true).unwrap_err();
        assert!(matches!(err, DrapeError::Apart { .. }), "{err}");
    }
}
