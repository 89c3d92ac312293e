//! Bends the template until its digital tape reads what was measured.

use glam::DVec3;
use serde::Serialize;

use super::{
    check::{Checked, Note, TapeError},
    hairline,
    input::Dimension,
    matrix::Matrix,
    measure::{Marks, MeasureError, Tape, TapeReadings},
    modes::{HORIZONTAL, MODES, Modes, SCALES},
    population,
};
use crate::{
    frame::{Point, Side},
    head::{Head, HeadSource, ShapeSpread},
    landmark::{Landmarks, Origin},
    surface::{Surface, SurfacePoint},
    ten_five,
};

/// One line of the account of a tape head.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TapeRow {
    /// What.
    pub dimension: Dimension,
    /// What the practitioner measured, mm.
    pub measured_mm: Option<f64>,
    /// What the digital tape reads on the head, mm.
    pub head_mm: f64,
    /// Standard deviation of the reading that the measurements leave, mm; for a measured one the error of the
    /// tape, if it was given.
    pub sd_mm: f64,
}

/// How a head was made from tape.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TapeReport {
    /// A line for each dimension that the head has.
    pub rows: Vec<TapeRow>,
    /// Largest difference between what was measured and what the head reads, mm.
    pub worst_mm: f64,
    /// Height above the tragion and its standard deviation, mm: nobody can tape it, ANSUR II has it.
    pub height_mm: (f64, f64),
    /// Distance of the head's shape from the average head, in standard deviations of the model (Mahalanobis).
    pub unusual: f64,
    /// What should be read: units, exchanges, odd readings, the hairline's rule.
    pub notes: Vec<Note>,
}

/// Measurements that bend the head; the hairlines only move landmarks.
const SHAPE: [Dimension; 5] = [
    Dimension::Circumference,
    Dimension::NasionInion,
    Dimension::Preauricular,
    Dimension::Length,
    Dimension::Breadth,
];

/// Readings that take part in the fit: [`SHAPE`] and the height.
const READINGS: usize = SHAPE.len() + 1;
/// Where ANSUR II's circumference, length, breadth and height stand among them.
const ANSUR: [usize; population::DIMENSIONS] = [0, 3, 4, 5];

/// Largest difference that is left between a measurement and the head, mm. The promise is 1 mm.
const CLOSE_MM: f64 = 0.01;
const ROUNDS: usize = 25;
/// Rounds of the fit after which the derivatives are taken anew; they are first taken at the average head.
const DERIVED_ROUNDS: usize = 1;
/// Step of the derivatives: a fifth of a percent of the head, well above the size of a triangle's effect.
const STEP: f64 = 2e-3;
/// Beyond this many standard deviations a reading does not go with the others.
const ODD_SD: f64 = 3.0;

/// Makes a head whose digital tape reads what was measured.
///
/// Of all heads that do, it is the likeliest under ANSUR II: the coefficients of the modes ([`super::modes`])
/// have the distribution that gives circumference, length, breadth and height the means, spreads and
/// correlations of ANSUR II for the sex (linearised at the average head). The squareness of the two upright
/// sections, which ANSUR II does not have, is taken to vary like that of the horizontal one. Gauss–Newton with
/// the measurements as exact conditions (the minimum-norm step in the prior's covariance) finds it.
///
/// What the measurements leave open in breadth, length and height goes to [`Head::spread`]; what they leave open
/// in squareness goes to the landmarks' sd. The hairlines are put where they were measured, or by the rule.
///
/// # Errors
/// [`TapeError`] where the template lacks a landmark or no head of the model has the measurements.
pub fn build(template: &Head, checked: &Checked) -> Result<(Head, TapeReport), TapeError> {
    let model = Model::new(template)?;
    let prior = model.prior(checked)?;
    let measured: Vec<(usize, f64)> =
        SHAPE.iter().enumerate().filter_map(|(i, &d)| Some((i, checked.mm(d)?))).collect();

    let fitted = model.fit(&prior, &measured)?;
    let mut notes = checked.notes.clone();
    notes.extend(odd(&prior, &measured));

    // What the measurements leave open.
    let error = checked.tape_sd_mm * checked.tape_sd_mm;
    let left = posterior(&prior.covariance, &fitted.jacobian, &measured, error);
    let c = &fitted.coefficients;
    let spread = |i: usize| {
        let row = Matrix::from_fn(1, MODES, |_, k| fitted.jacobian[(i, k)]);
        row.times(&left).times(&row.transposed())[(0, 0)].max(0.0).sqrt()
    };

    let mut head = model.warped(template, c)?;
    head.name = format!("{}, taped", template.name);
    head.source = HeadSource::Tape;
    widen(&mut head.landmarks, &model.modes, template, &left, &head.skin);
    head.history.push(history(checked));
    let tape = model.tape(&head.skin)?;
    let midline = tape.midline(tape.glabella())?;
    let reference = tape.reference;
    let corner = |side| {
        let at = template.landmarks.mm(hairline::CORNER, side)?;
        Some(template.skin.closest(at).0)
    };
    let corners = [corner(Side::Left), corner(Side::Right)];
    let [anterior, posterior] = hairline::place(&mut head, &midline, corners, checked, &mut notes)?;
    let mut marks = model.marks.clone();
    marks.anterior = anterior.or(marks.anterior);
    marks.posterior = posterior.or(marks.posterior);
    head.history.extend(notes.iter().map(ToString::to_string));

    let readings = Tape { skin: &head.skin, marks: &marks, reference }.readings()?;
    let [_, length, breadth, height] = ANSUR.map(spread);
    head.spread = ShapeSpread {
        breadth: breadth / readings.breadth_mm,
        length: length / readings.length_mm,
        height: height / readings.height_mm,
    };
    let rows: Vec<TapeRow> = Dimension::ALL
        .into_iter()
        .filter_map(|dimension| {
            let sd_mm = match SHAPE.iter().position(|&d| d == dimension) {
                Some(i) => spread(i),
                None if checked.mm(dimension).is_some() => checked.tape_sd_mm,
                None => hairline::sd_mm(&head, dimension),
            };
            Some(TapeRow {
                dimension,
                measured_mm: checked.mm(dimension),
                head_mm: readings.get(dimension)?,
                sd_mm,
            })
        })
        .collect();
    let worst_mm = rows.iter().filter_map(|r| Some((r.measured_mm? - r.head_mm).abs())).fold(0.0, f64::max);
    let deviation = Matrix::column(c).minus(&Matrix::column(&prior.mean));
    let unusual = prior
        .covariance
        .solve(&deviation)
        .map_or(0.0, |w| deviation.transposed().times(&w)[(0, 0)].max(0.0).sqrt());
    let report = TapeReport { rows, worst_mm, height_mm: (readings.height_mm, height), unusual, notes };
    Ok((head, report))
}

/// Distribution of the modes' coefficients, and the readings at their mean.
struct Prior {
    mean: [f64; MODES],
    covariance: Matrix,
    readings: [f64; READINGS],
    jacobian: Matrix,
}

struct Fitted {
    coefficients: [f64; MODES],
    jacobian: Matrix,
}

/// The template as the fit sees it: marks as surface points, so that they ride along.
struct Model<'a> {
    template: &'a Head,
    marks: Marks,
    cz: SurfacePoint,
    modes: Modes,
    /// Displacement of each vertex of the skin by each mode at coefficient 1, mm.
    fields: Vec<[DVec3; MODES]>,
    /// The template's own readings.
    own: TapeReadings,
}

impl<'a> Model<'a> {
    fn new(template: &'a Head) -> Result<Self, TapeError> {
        let marks = Marks::of(template)?;
        let reference = ten_five::reference(&template.skin, &marks.fiducials).map_err(MeasureError::from)?;
        let cz = reference.cz;
        let axes = marks.axes(&template.skin).ok_or(MeasureError::Axes)?;
        let readings = Tape { skin: &template.skin, marks: &marks, reference }.readings()?;
        let vertices = template.skin.vertices().iter();
        let top = vertices.map(|p| p.dot(axes.superior)).fold(f64::NEG_INFINITY, f64::max);
        let modes = Modes::new(axes, &readings, top).ok_or(MeasureError::Axes)?;
        let fields = template.skin.vertices().iter().map(|&p| modes.at(p)).collect();
        Ok(Self { template, marks, cz, modes, fields, own: readings })
    }

    fn skin(&self, c: &[f64; MODES]) -> Result<Surface, TapeError> {
        let vertices = self.template.skin.vertices().iter().zip(&self.fields);
        let vertices = vertices.map(|(p, f)| f.iter().zip(c).fold(*p, |q, (d, c)| q + *d * *c)).collect();
        Ok(self.template.skin.with_vertices(vertices)?)
    }

    /// The tape on a bent skin.
    fn tape<'s>(&'s self, skin: &'s Surface) -> Result<Tape<'s>, TapeError> {
        let reference =
            ten_five::reference_near(skin, &self.marks.fiducials, self.cz).map_err(MeasureError::from)?;
        Ok(Tape { skin, marks: &self.marks, reference })
    }

    /// The readings of [`READINGS`] on a bent head.
    fn readings(&self, c: &[f64; MODES]) -> Result<[f64; READINGS], TapeError> {
        let r = self.tape(&self.skin(c)?)?.readings()?;
        Ok([r.circumference_mm, r.nasion_inion_mm, r.preauricular_mm, r.length_mm, r.breadth_mm, r.height_mm])
    }

    /// Derivatives of the readings by the coefficients (forward differences).
    fn jacobian(&self, c: &[f64; MODES], at: &[f64; READINGS]) -> Result<Matrix, TapeError> {
        let mut j = Matrix::zeros(READINGS, MODES);
        for k in 0..MODES {
            let mut d = *c;
            d[k] += STEP;
            let there = self.readings(&d)?;
            for i in 0..READINGS {
                j[(i, k)] = (there[i] - at[i]) / STEP;
            }
        }
        Ok(j)
    }

    /// The distribution of the coefficients under ANSUR II for the sex.
    fn prior(&self, checked: &Checked) -> Result<Prior, TapeError> {
        const KNOWN: usize = HORIZONTAL + 1;
        let population = population::prior(checked.sex);
        let known = |j: &Matrix| Matrix::from_fn(KNOWN, KNOWN, |i, k| j[(ANSUR[i], k)]);
        // The average head: the modes that ANSUR II determines, so that all four means are met, from length,
        // breadth and height in proportion.
        let mut mean = [0.0; MODES];
        let [_, length, breadth, height] = population.mean;
        mean[0] = breadth / self.own.breadth_mm - 1.0;
        mean[1] = length / self.own.length_mm - 1.0;
        mean[2] = height / self.own.height_mm - 1.0;
        let mut readings = self.readings(&mean)?;
        let near = self.jacobian(&mean, &readings)?;
        for _ in 0..ROUNDS {
            let off: Vec<f64> = (0..KNOWN).map(|i| population.mean[i] - readings[ANSUR[i]]).collect();
            if off.iter().all(|x| x.abs() < CLOSE_MM) {
                break;
            }
            let step = known(&near).solve(&Matrix::column(&off)).ok_or(MeasureError::Axes)?;
            for k in 0..KNOWN {
                mean[k] += step[(k, 0)];
            }
            readings = self.readings(&mean)?;
        }
        // The covariance needs the derivatives there, not near there.
        let jacobian = self.jacobian(&mean, &readings)?;
        // C = J⁻¹ Σ J⁻ᵀ.
        let j = known(&jacobian);
        let half = j.solve(&population.covariance).ok_or(MeasureError::Axes)?;
        let full = j.solve(&half.transposed()).ok_or(MeasureError::Axes)?;
        let covariance = Matrix::from_fn(MODES, MODES, |i, k| match (i, k) {
            (i, k) if i < KNOWN && k < KNOWN => full[(i, k)],
            (i, k) if i == k => full[(HORIZONTAL, HORIZONTAL)],
            _ => 0.0,
        });
        Ok(Prior { mean, covariance, readings, jacobian })
    }

    /// The likeliest coefficients whose readings are the measured ones.
    fn fit(&self, prior: &Prior, measured: &[(usize, f64)]) -> Result<Fitted, TapeError> {
        let mut c = prior.mean;
        let mut readings = prior.readings;
        let mut jacobian = prior.jacobian.clone();
        if measured.is_empty() {
            return Ok(Fitted { coefficients: c, jacobian });
        }
        let mean = Matrix::column(&prior.mean);
        let mut worst = (0, f64::INFINITY);
        for round in 0..ROUNDS {
            let j = Matrix::from_fn(measured.len(), MODES, |i, k| jacobian[(measured[i].0, k)]);
            let here = Matrix::column(&c);
            // J (c − mean) + what is missing: the residual of the conditions linearised here, seen from the mean.
            let seen = j.times(&here.minus(&mean));
            let off: Vec<f64> =
                (0..measured.len()).map(|i| measured[i].1 - readings[measured[i].0] + seen[(i, 0)]).collect();
            let sjt = prior.covariance.times(&j.transposed());
            let unreachable =
                TapeError::Unreachable { dimension: SHAPE[measured[worst.0].0], off_mm: worst.1 };
            let w = j.times(&sjt).solve(&Matrix::column(&off)).ok_or_else(|| unreachable.clone())?;
            let step = sjt.times(&w);
            for k in 0..MODES {
                c[k] = prior.mean[k] + step[(k, 0)];
            }
            // A head turned inside out or blown up threefold has no tape to read.
            if c.iter().any(|x| !x.is_finite() || x.abs() > 0.75) {
                return Err(unreachable);
            }
            readings = self.readings(&c)?;
            worst = measured
                .iter()
                .enumerate()
                .map(|(n, &(i, mm))| (n, (mm - readings[i]).abs()))
                .fold((0, 0.0), |a, b| if b.1 > a.1 { b } else { a });
            if round < DERIVED_ROUNDS {
                jacobian = self.jacobian(&c, &readings)?;
            } else if worst.1 < CLOSE_MM {
                return Ok(Fitted { coefficients: c, jacobian });
            }
        }
        Err(TapeError::Unreachable { dimension: SHAPE[measured[worst.0].0], off_mm: worst.1 })
    }

    /// The template with everything on and in it bent.
    fn warped(&self, template: &Head, c: &[f64; MODES]) -> Result<Head, TapeError> {
        let bend =
            |s: &Surface| s.with_vertices(s.vertices().iter().map(|&p| self.modes.apply(c, p)).collect());
        let skin = self.skin(c)?;
        let mut landmarks = template.landmarks.clone();
        for (_, _, l) in landmarks.iter_mut() {
            // As a surface point, so that it stays on the skin to the last bit.
            let at = template.skin.closest(l.position.mm).0;
            l.position = Point::new(skin.position(at));
            if l.origin != Origin::Population {
                l.origin = Origin::Template;
            }
        }
        Ok(Head {
            name: String::new(),
            source: HeadSource::Tape,
            // The template's steps are not this head's: it is no longer of the template's size.
            history: template.history.iter().map(|h| format!("template: {h}")).collect(),
            ears: template.ears.as_ref().map(bend).transpose()?,
            brain: template.brain.as_ref().map(bend).transpose()?,
            cortex: None,
            to_mni: None,
            landmarks,
            spread: ShapeSpread::default(),
            skin,
        })
    }
}

/// Covariance of the coefficients once the readings are known with a variance of `error` mm².
fn posterior(prior: &Matrix, jacobian: &Matrix, measured: &[(usize, f64)], error: f64) -> Matrix {
    if measured.is_empty() {
        return prior.clone();
    }
    let j = Matrix::from_fn(measured.len(), MODES, |i, k| jacobian[(measured[i].0, k)]);
    let sjt = prior.times(&j.transposed());
    let mut inner = j.times(&sjt);
    for i in 0..measured.len() {
        inner[(i, i)] += error;
    }
    match inner.solve(&sjt.transposed()) {
        Some(w) => prior.minus(&sjt.times(&w)),
        None => prior.clone(),
    }
}

/// Readings that lie far from what the other ones lead to expect.
fn odd(prior: &Prior, measured: &[(usize, f64)]) -> Vec<Note> {
    let mut notes = Vec::new();
    for (n, &(i, mm)) in measured.iter().enumerate() {
        let mut others = measured.to_vec();
        others.remove(n);
        let own = Matrix::from_fn(1, MODES, |_, k| prior.jacobian[(i, k)]);
        let j = Matrix::from_fn(others.len(), MODES, |r, k| prior.jacobian[(others[r].0, k)]);
        let off: Vec<f64> = others.iter().map(|&(i, mm)| mm - prior.readings[i]).collect();
        let sjt = prior.covariance.times(&j.transposed());
        let shift = if others.is_empty() {
            0.0
        } else {
            match j.times(&sjt).solve(&Matrix::column(&off)) {
                Some(w) => own.times(&sjt.times(&w))[(0, 0)],
                None => continue,
            }
        };
        let left = posterior(&prior.covariance, &prior.jacobian, &others, 0.0);
        let sd_mm = own.times(&left).times(&own.transposed())[(0, 0)].max(0.0).sqrt();
        let expected_mm = prior.readings[i] + shift;
        if (mm - expected_mm).abs() > ODD_SD * sd_mm {
            notes.push(Note::Odd { dimension: SHAPE[i], mm, expected_mm, sd_mm });
        }
    }
    notes
}

/// Adds what is open in the squareness modes to each landmark's sd; the scales are in [`Head::spread`].
fn widen(landmarks: &mut Landmarks, modes: &Modes, template: &Head, left: &Matrix, skin: &Surface) {
    let before = template.landmarks.iter();
    for ((_, _, l), (_, _, old)) in landmarks.iter_mut().zip(before) {
        let at = template.skin.closest(old.position.mm).0;
        let normal = skin.normal(at);
        let tangents = modes.at(old.position.mm).map(|d| d - normal * d.dot(normal));
        let mut variance = 0.0;
        for i in SCALES..MODES {
            for k in SCALES..MODES {
                variance += left[(i, k)] * tangents[i].dot(tangents[k]);
            }
        }
        // Half of the trace: the variance along each of two perpendicular directions.
        l.sd_mm = (l.sd_mm * l.sd_mm + variance.max(0.0) / 2.0).sqrt();
    }
}

fn history(checked: &Checked) -> String {
    let given: Vec<String> = Dimension::ALL
        .into_iter()
        .filter_map(|d| checked.mm(d).map(|mm| format!("{d} {mm:.1} mm")))
        .collect();
    let sex = match checked.sex {
        Some(super::Sex::Female) => "women",
        Some(super::Sex::Male) => "men",
        None => "men and women",
    };
    format!("warped to tape measurements ({}); the rest from ANSUR II, {sex}", given.join(", "))
}
