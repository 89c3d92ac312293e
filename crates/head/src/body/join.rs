//! A body whose head is a located head: one person.
//!
//! The head is brought to the body by nasion and preauricular points (turned and shifted, and scaled where it is an
//! average head and the body a person of another size). Then the body's head is bent onto it: thin-plate splines
//! through ever tighter closest points, as the built-in head was once made from this very mesh (`template/README.md`),
//! and what is skin of the head is drawn onto it at the end. Ears, eyes and lips come along smoothly. The neck eases
//! the change out toward the seventh cervical vertebra; below it nothing moves.

use glam::{DMat3, DVec3};
use thiserror::Error;

use super::{Body, Model, Sex, Shape, ShapeError, built_in};
use crate::{
    frame::{Axes, Side},
    head::Head,
    scalp::spline::{Spline, SplineError},
    surface::{SurfaceError, SurfacePoint},
    tape::{self, Dimension, MeasureError},
    ten_five::{Fiducials, TenFiveError},
};

/// Vertices of the mesh, named on the left: nasion, preauricular point, spinous process of C7, line of the lips.
const NASION: u32 = 132;
const PREAURICULAR: u32 = 12_076;
const C7: u32 = 858;
const LIPS: u32 = 418;

/// Distance between places that the first splines run through, mm.
const GAP_MM: f64 = 21.0;
/// How loosely the splines hold those places, round by round, mm.
const SLACK_MM: [f64; 7] = [3000.0, 600.0, 150.0, 60.0, 30.0, 15.0, 10.0];
/// Nearer than this to an eyeball's centre the mesh keeps its open lids, mm.
const EYE_MM: f64 = 21.0;
/// Nearer than this to the middle of an ear the mesh keeps its auricle, mm.
const EAR_MM: f64 = 38.0;
/// Nearer than this to where the lips meet the mesh keeps its mouth, mm.
const LIPS_MM: f64 = 14.0;
/// Over how many mm these limits fade.
const FADE_MM: f64 = 12.0;
/// Skin farther than this from the head's is not drawn onto it, mm.
const NEAR_MM: f64 = 12.0;
/// Between the seventh cervical vertebra and this part of the way up to the nasion the change is eased in.
const NECK: f64 = 0.42;

/// How large the head is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// The head is this person's: its millimetres stand.
    Own,
    /// The head is anybody's: it is scaled to the mean circumference of adults of the body's sex (ANSUR II), and for
    /// children by as much less as the mesh's own head is smaller than that of the mesh's adult.
    Average,
}

/// Why a head and a body cannot be one person.
#[derive(Debug, Error)]
pub enum JoinError {
    /// The head lacks a landmark.
    #[error("the head cannot be put on a body: {0}")]
    Landmarks(#[from] TenFiveError),
    /// Nasion and ears in one line.
    #[error("nasion and preauricular points of the {0} lie in one line")]
    Line(&'static str),
    /// The two differ too much to belong to one person.
    #[error(
        "the head is {found:.2} times as large as that of the body model for this age and height; from {low} to \
         {high} is possible. Check head and body: lengths are mm, ages years"
    )]
    Ratio {
        /// Size of the head over that of the body's own.
        found: f64,
        /// Least.
        low: f64,
        /// Most.
        high: f64,
    },
    /// The head cannot be measured.
    #[error("the head's circumference cannot be measured: {0}")]
    Tape(#[from] MeasureError),
    /// There is no such body.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The surfaces cannot be matched.
    #[error("the head and the body's own do not match: {0}")]
    Spline(#[from] SplineError),
    /// The bent skin is none.
    #[error("the bent skin is no surface: {0}")]
    Surface(#[from] SurfaceError),
}

/// Sizes of heads relative to the body's own that are believed: a choice of ours. The mesh's heads are small: an average
/// adult's is about 1.15 times as large.
const RATIO: [f64; 2] = [0.8, 1.7];

/// From a head's frame to a body's: turned, scaled, shifted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Carry {
    turn: DMat3,
    scale: f64,
    from: DVec3,
    to: DVec3,
}

impl Carry {
    /// A place of the head in the body's frame, mm.
    pub fn to_body(&self, head_mm: DVec3) -> DVec3 {
        self.turn * (head_mm - self.from) * self.scale + self.to
    }

    /// A place of the body in the head's frame, mm.
    pub fn to_head(&self, body_mm: DVec3) -> DVec3 {
        self.turn.transpose() * (body_mm - self.to) / self.scale + self.from
    }

    /// By what factor the head was scaled.
    pub fn scale(&self) -> f64 {
        self.scale
    }
}

/// A body with the head of a person.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The body, its head bent.
    pub body: Body,
    /// From the head's frame to the body's.
    pub carry: Carry,
    /// Median distance of the body's scalp and face from the head's skin after bending, mm of the body.
    pub median_mm: f64,
}

/// Nasion and ears as a frame: middle between the ears, axes, size.
fn frame(nasion: DVec3, ears: [DVec3; 2]) -> Option<(DVec3, DMat3, f64)> {
    let middle = (ears[0] + ears[1]) / 2.0;
    let x = Axes::from_right_anterior(ears[1] - ears[0], nasion - middle)?;
    let size = (ears[1].distance(ears[0]) + nasion.distance(middle)) / 2.0;
    Some((middle, DMat3::from_cols(x.right, x.anterior, x.superior), size))
}

/// Sizes of the mesh's own heads: a woman's and a man's of 25 years, mm.
fn adults() -> [f64; 2] {
    static SIZES: std::sync::OnceLock<[f64; 2]> = std::sync::OnceLock::new();
    *SIZES.get_or_init(|| {
        [Sex::Female, Sex::Male].map(|sex| {
            let body = built_in().body(&Shape { sex, ..Shape::default() });
            body.ok().and_then(|b| b.head_frame()).map_or(1.0, |f| f.2)
        })
    })
}

impl Model {
    /// A body of a shape with a head: the height is that of both together.
    ///
    /// # Errors
    /// [`JoinError`] in words.
    pub fn person(&self, shape: &Shape, head: &Head, size: Size) -> Result<Joined, JoinError> {
        let mut joined = self.body(shape)?.with_head(head, size)?;
        if let Some(mm) = shape.height_mm {
            // Another head makes the body taller or shorter; the rest of the body makes up for it.
            let off = joined.body.report.height_mm - mm;
            if off.abs() > 0.5 {
                let rest = Shape { height_mm: Some(mm - off), ..shape.clone() };
                joined = self.body(&rest)?.with_head(head, size)?;
                joined.body.report.shape = shape.clone();
            }
        }
        Ok(joined)
    }
}

fn smoothstep(t: f64) -> f64 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

impl Body {
    /// A vertex named on the left, on a side, mm.
    fn at(&self, v: u32, side: Side) -> DVec3 {
        self.vertex(v, side).map_or(DVec3::ZERO, |p: SurfacePoint| self.skin.position(p))
    }

    /// Middle between the ears, axes and size of the body's own head.
    fn head_frame(&self) -> Option<(DVec3, DMat3, f64)> {
        let ears = [self.at(PREAURICULAR, Side::Left), self.at(PREAURICULAR, Side::Right)];
        frame(self.at(NASION, Side::Midline), ears)
    }

    /// Bends this body's head onto a located head.
    ///
    /// # Errors
    /// [`JoinError`] in words: landmarks that the head lacks, or sizes that are no one person's.
    pub fn with_head(&self, head: &Head, size: Size) -> Result<Joined, JoinError> {
        let at = |v: u32, side: Side| self.at(v, side);
        let nasion = at(NASION, Side::Midline);
        let ears = [at(PREAURICULAR, Side::Left), at(PREAURICULAR, Side::Right)];
        let given = Fiducials::of(head)?;
        let place = |p: SurfacePoint| head.skin.position(p);
        let (to, b, t) = self.head_frame().ok_or(JoinError::Line("body"))?;
        let head_nasion = place(given.nasion);
        let head_ears = [place(given.lpa), place(given.rpa)];
        let (from, a, s) = frame(head_nasion, head_ears).ok_or(JoinError::Line("head"))?;
        let ratio = s / t;
        if size == Size::Own && !(RATIO[0]..=RATIO[1]).contains(&ratio) {
            return Err(JoinError::Ratio { found: ratio, low: RATIO[0], high: RATIO[1] });
        }
        let scale = match size {
            Size::Own => 1.0,
            Size::Average => {
                let (sex, adult) = match self.report.shape.sex {
                    Sex::Female => (tape::Sex::Female, adults()[0]),
                    Sex::Male => (tape::Sex::Male, adults()[1]),
                };
                let mean = tape::mean_circumference_mm(Some(sex)) * (t / adult.max(1.0)).min(1.0);
                let measured = tape::measure(head)?.get(Dimension::Circumference);
                measured.map_or(t / s, |mm| mean / mm)
            }
        };
        let carry = Carry { turn: b * a.transpose(), scale, from, to };

        let c7 = at(C7, Side::Midline).z;
        let weight = |p: DVec3| smoothstep((p.z - c7) / (NECK * (nasion.z - c7)).max(1.0));
        let unit = t / 82.0;
        let keep = Keep {
            eyes: [Side::Left, Side::Right].map(|s| self.joint("eye", s).unwrap_or(nasion)),
            // The middle of the auricle lies behind and a little below the preauricular point.
            ears: ears.map(|e| e + DVec3::new(0.0, -9.5, -1.5) * unit),
            lips: at(LIPS, Side::Midline),
            unit,
        };
        let v = self.skin.vertices();
        let n = self.skin.vertex_normals();
        // The outer skin of the head: what a ray leaves without meeting the skin again.
        let outer: Vec<usize> = (0..v.len())
            .filter(|&i| weight(v[i]) > 0.0 && v[i].x.abs() < 130.0)
            .filter(|&i| self.skin.ray(v[i] + n[i] * 0.3, n[i], 60.0).is_none())
            .collect();
        let samples = spaced(v, &outer, GAP_MM * keep.unit, |i| weight(v[i]) > 0.5 && keep.free(v[i]) > 0.5);

        // In the head's frame, where its skin can be asked.
        let start = |p: DVec3| carry.to_head(p);
        let turned = |d: DVec3| carry.turn.transpose() * d;
        let fixed = [(nasion, head_nasion), (ears[0], head_ears[0]), (ears[1], head_ears[1])];
        let mut spline: Option<Spline> = None;
        for slack in SLACK_MM {
            let (mut a, mut b, mut loose) = (Vec::new(), Vec::new(), Vec::new());
            for (p, q) in fixed {
                a.push(start(p));
                b.push(q);
                loose.push(2.0);
            }
            for &i in &samples {
                let p = start(v[i]);
                let now = spline.as_ref().map_or(p, |s| s.apply(p));
                let (q, d) = head.skin.closest(now);
                if d < 40.0 && head.skin.normal(q).dot(turned(n[i])) > 0.6 {
                    a.push(p);
                    b.push(place(q));
                    loose.push(slack);
                }
            }
            spline = Some(Spline::fit(&a, &b, &loose)?);
        }
        let Some(spline) = spline else { return Err(JoinError::Spline(SplineError::TooFew { found: 0 })) };
        let bent = |p: DVec3| carry.to_body(spline.apply(start(p)));

        let mut on_head = vec![false; v.len()];
        for &i in &outer {
            on_head[i] = true;
        }
        let mut off = Vec::new();
        let mut moved = v.to_vec();
        for i in 0..v.len() {
            let w = weight(v[i]);
            if w <= 0.0 || v[i].x.abs() >= 130.0 {
                continue;
            }
            let mut goal = bent(v[i]);
            if on_head[i] {
                let (q, d) = head.skin.closest(start(goal));
                let free = keep.free(v[i]);
                if d < NEAR_MM && head.skin.normal(q).dot(turned(n[i])) > 0.5 {
                    goal += (carry.to_body(place(q)) - goal) * free;
                    if w > 0.99 && free > 0.99 {
                        off.push(d * carry.scale);
                    }
                }
            }
            moved[i] = v[i] + (goal - v[i]) * w;
        }
        off.sort_by(f64::total_cmp);
        let mut body = self.clone();
        body.skin = self.skin.with_vertices(moved)?;
        for p in body.joints.values_mut() {
            let w = weight(*p);
            if w > 0.0 && p.x.abs() < 130.0 {
                *p += (bent(*p) - *p) * w;
            }
        }
        let (low, high) = body.skin.bounds();
        body.report.height_mm = high.z - low.z;
        body.report.notes.push(match size {
            Size::Own => format!("the head is {}: its millimetres stand", head.name),
            Size::Average => format!(
                "the head is {}, {:.3} times its size: the mean circumference of sex and age",
                head.name, carry.scale
            ),
        });
        Ok(Joined { body, carry, median_mm: off.get(off.len() / 2).copied().unwrap_or(f64::NAN) })
    }
}

/// Where the mesh keeps its own form.
struct Keep {
    eyes: [DVec3; 2],
    ears: [DVec3; 2],
    lips: DVec3,
    /// Size of this head; 1.44 for the mesh's average man, by whom the limits above are larger than they say.
    unit: f64,
}

impl Keep {
    /// 0 at eyes, ears and lips, 1 elsewhere.
    fn free(&self, p: DVec3) -> f64 {
        let limit = |c: DVec3, mm: f64| smoothstep((p.distance(c) / self.unit - mm) / FADE_MM);
        let eyes = self.eyes.iter().map(|e| limit(*e, EYE_MM));
        let ears = self.ears.iter().map(|e| limit(*e, EAR_MM));
        eyes.chain(ears).fold(limit(self.lips, LIPS_MM), f64::min)
    }
}

/// Some of the vertices, no two nearer than `gap` mm, in their order.
fn spaced(v: &[DVec3], among: &[usize], gap: f64, wanted: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut out: Vec<usize> = Vec::new();
    for &i in among {
        if wanted(i) && out.iter().all(|&j| v[i].distance_squared(v[j]) > gap * gap) {
            out.push(i);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{Shape, built_in};

    #[test]
    fn carrying_there_and_back_changes_nothing() {
        let body = built_in().body(&Shape::default()).unwrap();
        let head = crate::template::template();
        let j = body.with_head(&head, Size::Average).unwrap();
        let p = DVec3::new(12.0, 40.0, 70.0);
        assert!(j.carry.to_head(j.carry.to_body(p)).distance(p) < 1e-9);
        // Left stays left, up stays up.
        assert!(
            j.carry.to_body(DVec3::new(-50.0, 0.0, 0.0)).x < j.carry.to_body(DVec3::new(50.0, 0.0, 0.0)).x
        );
        assert!(j.carry.to_body(DVec3::Z * 100.0).z > j.carry.to_body(DVec3::ZERO).z);
    }

    #[test]
    fn the_bodys_scalp_lies_on_the_heads() {
        let body = built_in().body(&Shape::default()).unwrap();
        let head = crate::template::template();
        let j = body.with_head(&head, Size::Average).unwrap();
        assert!(j.median_mm < 5.0, "before it is drawn onto the head: {} mm", j.median_mm);
        // Every place of the head's skin above the ears is near the body's.
        let ear = head.landmarks.mm(crate::landmark::name::PREAURICULAR, Side::Left).unwrap().z + 45.0;
        let mut far: Vec<f64> = head
            .skin
            .vertices()
            .iter()
            .step_by(37)
            .filter(|p| p.z > ear)
            .map(|p| j.body.skin.closest(j.carry.to_body(*p)).1)
            .collect();
        far.sort_by(f64::total_cmp);
        assert!(far.len() > 200 && far[far.len() * 99 / 100] < 5.0, "{:?}", far.last());
        // Below the neck nothing moved.
        for (p, q) in body.skin.vertices().iter().zip(j.body.skin.vertices()) {
            assert!(p.z > 500.0 || p == q);
        }
        assert_eq!(body.joint("knee", Side::Left), j.body.joint("knee", Side::Left));
    }

    #[test]
    fn a_head_that_is_no_ones_on_this_body_is_refused() {
        let child = Shape { age_years: 1.0, ..Shape::default() };
        let body = built_in().body(&child).unwrap();
        let mut head = crate::template::template();
        let big: Vec<DVec3> = head.skin.vertices().iter().map(|v| *v * 1.5).collect();
        head.skin = head.skin.with_vertices(big).unwrap();
        for (_, _, l) in head.landmarks.iter_mut() {
            l.position.mm *= 1.5;
        }
        let e = body.with_head(&head, Size::Own).unwrap_err().to_string();
        assert!(e.contains("times as large"), "{e}");
    }
}
