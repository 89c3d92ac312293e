//! From a shape to a body: how strongly each target is applied.
//!
//! Ages are interpolated between the mesh's infant (1 year), child (10), adult (25) and old person (90), the years
//! that MakeHuman gives them. Height is met by the targets for short and tall people and, beyond them, by scaling
//! the whole body by at most a tenth; weight by those for thin and heavy people; tape measures by those for the
//! lengths of limb and trunk. Each is solved for in turn until all agree.

use std::collections::BTreeMap;

use glam::DVec3;

use super::{Body, BodyReport, Measure, Model, Shape, ShapeError};

/// Years of the mesh's four ages.
const AGES: [(&str, f64); 4] = [("baby", 1.0), ("child", 10.0), ("young", 25.0), ("old", 90.0)];
/// Density that the package anny assumes for the volume of its skin, kg/mm³ (anny 0.6.2, anthropometry.py).
const KG_PER_MM3: f64 = 980.0e-9;
/// How far the whole body may be scaled beyond the targets for height: a choice of ours.
const SCALE: (f64, f64) = (0.9, 1.1);
/// How far a tape measure may bring its target: a choice of ours; 1 is the target as drawn.
const REACH: f64 = 1.5;
/// How far the targets for thin and heavy people are followed: a choice of ours; 1 is the target as drawn, which is
/// six kilograms for a man.
const THIN: f64 = 2.5;
const HEAVY: f64 = 4.0;
const ROUNDS: usize = 6;

/// Vertices of the suprasternal notch and the pubic symphysis (atlas/body/landmarks.toml).
const NOTCH: usize = 1522;
const PUBIS: usize = 4329;

/// What is solved for.
#[derive(Clone, Copy)]
struct Knobs {
    /// −1 short, 0 average, 1 tall.
    height: f64,
    /// −1 thin, 0 average, 1 heavy.
    weight: f64,
    /// As [`Measure::ALL`]: −1 short, 1 long.
    tape: [f64; 3],
    scale: f64,
}

struct Shaped {
    vertices: Vec<DVec3>,
    joints: Vec<DVec3>,
}

impl Model {
    /// Shapes a body.
    ///
    /// # Errors
    /// [`ShapeError`] where no such body can be, in words.
    pub fn body(&self, shape: &Shape) -> Result<Body, ShapeError> {
        shape.check()?;
        let mut k = Knobs { height: 0.0, weight: 0.0, tape: [0.0; 3], scale: 1.0 };
        for _ in 0..ROUNDS {
            if let Some(mm) = shape.height_mm {
                self.solve_height(shape, &mut k, mm)?;
            }
            if let Some(kg) = shape.weight_kg {
                self.solve_weight(shape, &mut k, kg)?;
            }
            for (i, m) in Measure::ALL.into_iter().enumerate() {
                if let Some(mm) = shape.measure(m) {
                    self.solve_tape(shape, &mut k, i, m, mm)?;
                }
            }
        }
        let s = self.shaped(shape, &k)?;
        let skin = self.surface.with_vertices(s.vertices).map_err(|e| ShapeError::Surface(e.to_string()))?;
        let mut report = BodyReport {
            shape: shape.clone(),
            height_mm: height(skin.vertices()),
            weight_kg: skin.signed_volume_mm3().abs() * KG_PER_MM3,
            forearm_mm: self.length(&s.joints, skin.vertices(), Measure::Forearm),
            lower_leg_mm: self.length(&s.joints, skin.vertices(), Measure::LowerLeg),
            trunk_mm: self.length(&s.joints, skin.vertices(), Measure::Trunk),
            scale: k.scale,
            notes: Vec::new(),
        };
        // One of the two may not have been measured.
        let (arm, leg) = (report.forearm_mm, report.lower_leg_mm);
        if arm >= leg {
            return Err(ShapeError::ForearmLongerThanLeg { arm, leg });
        }
        if shape.height_mm.is_none() {
            report.notes.push(format!(
                "height was not given: {:.0} cm is the mesh's average",
                report.height_mm / 10.0
            ));
        }
        if shape.weight_kg.is_none() {
            report.notes.push("weight was not given: average muscle and fat of the mesh".to_owned());
        }
        if (k.scale - 1.0).abs() > 5e-4 {
            report.notes.push(format!(
                "the height lies beyond the mesh's short and tall people: the whole body was scaled by {:.3}",
                k.scale
            ));
        }
        report
            .notes
            .push("the mesh is an artist's average human, not a scan: no bone, tendon or crease".to_owned());
        let joints: BTreeMap<String, DVec3> = self.joint_names.iter().cloned().zip(s.joints).collect();
        Ok(Body { skin, report, joints, mirror: self.mirror.clone(), face_of: self.face_of.clone() })
    }

    fn solve_height(&self, shape: &Shape, k: &mut Knobs, mm: f64) -> Result<(), ShapeError> {
        let at = |h: f64| -> Result<f64, ShapeError> {
            Ok(height(&self.shaped(shape, &Knobs { height: h, scale: 1.0, ..*k })?.vertices))
        };
        let [low, mid, high] = [at(-1.0)?, at(0.0)?, at(1.0)?];
        if mm < low * SCALE.0 || mm > high * SCALE.1 {
            let (low, high) = (low * SCALE.0 / 10.0, high * SCALE.1 / 10.0);
            return Err(ShapeError::OutOfReach { what: "height", found: mm / 10.0, low, high, unit: "cm" });
        }
        // Height is linear in each target on its own.
        let h = if mm < mid { (mm - mid) / (mid - low).max(1.0) } else { (mm - mid) / (high - mid).max(1.0) };
        k.height = h.clamp(-1.0, 1.0);
        k.scale = mm / at(k.height)?;
        Ok(())
    }

    fn solve_weight(&self, shape: &Shape, k: &mut Knobs, kg: f64) -> Result<(), ShapeError> {
        let at = |w: f64| -> Result<f64, ShapeError> {
            let s = self.shaped(shape, &Knobs { weight: w, ..*k })?;
            Ok(volume(&s.vertices, self.surface.faces()) * KG_PER_MM3)
        };
        let (mut a, mut b) = (-THIN, HEAVY);
        let (low, high) = (at(a)?, at(b)?);
        if kg < low || kg > high {
            return Err(ShapeError::OutOfReach { what: "weight", found: kg, low, high, unit: "kg" });
        }
        for _ in 0..24 {
            let m = (a + b) / 2.0;
            if at(m)? < kg { a = m } else { b = m }
        }
        k.weight = (a + b) / 2.0;
        Ok(())
    }

    fn solve_tape(
        &self,
        shape: &Shape,
        k: &mut Knobs,
        i: usize,
        m: Measure,
        mm: f64,
    ) -> Result<(), ShapeError> {
        let at = |t: f64| -> Result<f64, ShapeError> {
            let mut tape = k.tape;
            tape[i] = t;
            let s = self.shaped(shape, &Knobs { tape, ..*k })?;
            Ok(self.length(&s.joints, &s.vertices, m))
        };
        let (mut a, mut b) = (-REACH, REACH);
        let (low, high) = (at(a)?, at(b)?);
        if mm < low || mm > high {
            let (found, low, high) = (mm / 10.0, low / 10.0, high / 10.0);
            return Err(ShapeError::OutOfReach { what: m.name(), found, low, high, unit: "cm" });
        }
        for _ in 0..24 {
            let mid = (a + b) / 2.0;
            if at(mid)? < mm { a = mid } else { b = mid }
        }
        k.tape[i] = (a + b) / 2.0;
        Ok(())
    }

    /// A measured length, mm; the mean of both sides.
    fn length(&self, joints: &[DVec3], vertices: &[DVec3], m: Measure) -> f64 {
        let joint = |name: &str| {
            let i = self.joint_names.iter().position(|n| n == name);
            i.and_then(|i| joints.get(i)).copied().unwrap_or(DVec3::ZERO)
        };
        let both = |a: &str, b: &str| {
            let one = |s: &str| joint(&format!("{s}-{a}")).distance(joint(&format!("{s}-{b}")));
            (one("l") + one("r")) / 2.0
        };
        match m {
            Measure::Forearm => both("elbow", "hand"),
            Measure::LowerLeg => both("knee", "ankle"),
            Measure::Trunk => {
                let z = |v: usize| vertices.get(v).map_or(0.0, |p| p.z);
                z(NOTCH) - z(PUBIS)
            }
        }
    }

    fn shaped(&self, shape: &Shape, k: &Knobs) -> Result<Shaped, ShapeError> {
        let mut vertices = self.surface.vertices().to_vec();
        let mut joints = self.joints.clone();
        for (name, weight) in weights(shape, k) {
            let t = self.targets.get(&name).ok_or(ShapeError::NoTarget(name))?;
            for (p, d) in vertices.iter_mut().zip(&t.vertices) {
                *p += *d * weight;
            }
            for (p, d) in joints.iter_mut().zip(&t.joints) {
                *p += *d * weight;
            }
        }
        for p in vertices.iter_mut().chain(&mut joints) {
            *p *= k.scale;
        }
        Ok(Shaped { vertices, joints })
    }
}

/// Targets and how strongly each is applied.
fn weights(shape: &Shape, k: &Knobs) -> Vec<(String, f64)> {
    let sex = shape.sex.name();
    let mut out = Vec::new();
    for (age, part) in ages(shape.age_years) {
        let w = k.weight;
        let (thin, heavy) = ((-w).max(0.0), w.max(0.0));
        out.push((format!("{sex}-{age}-average"), part * (1.0 - thin - heavy)));
        out.push((format!("{sex}-{age}-thin"), part * thin));
        out.push((format!("{sex}-{age}-heavy"), part * heavy));
        out.push((format!("{sex}-{age}-short"), part * (-k.height).max(0.0)));
        out.push((format!("{sex}-{age}-tall"), part * k.height.max(0.0)));
    }
    for (name, t) in ["forearm", "lower-leg", "trunk"].into_iter().zip(k.tape) {
        out.push((format!("{name}-shorter"), (-t).max(0.0)));
        out.push((format!("{name}-longer"), t.max(0.0)));
    }
    out.retain(|(_, w)| *w != 0.0);
    out
}

/// The two ages of the mesh between which an age lies, with their parts.
fn ages(years: f64) -> Vec<(&'static str, f64)> {
    for pair in AGES.windows(2) {
        let [(a, from), (b, to)] = [pair[0], pair[1]];
        if years <= to {
            let t = ((years - from) / (to - from)).clamp(0.0, 1.0);
            return vec![(a, 1.0 - t), (b, t)];
        }
    }
    vec![("old", 1.0)]
}

fn height(vertices: &[DVec3]) -> f64 {
    let (lo, hi) =
        vertices.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v.z), h.max(v.z)));
    hi - lo
}

fn volume(v: &[DVec3], faces: &[[u32; 3]]) -> f64 {
    let six: f64 = faces
        .iter()
        .map(|f| {
            let [a, b, c] = f.map(|i| v[i as usize]);
            a.dot(b.cross(c))
        })
        .sum();
    (six / 6.0).abs()
}
