//! Looks at measurements before a head is made from them: units, slips, exchanged entries.

use std::f64::consts::PI;

use serde::Serialize;
use thiserror::Error;

use super::{
    input::{Dimension, Entry, HairlineRule, HairlineState, Input, Sex, Unit},
    measure::MeasureError,
    population::{self, Limit},
};
use crate::{curve::CurveError, surface::SurfaceError};

/// Why no head can be made from measurements.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum TapeError {
    /// Nothing was measured.
    #[error("no measurement is given; at least one is needed, best the circumference: {}", Dimension::Circumference.how())]
    Nothing,
    /// NaN, infinite, zero or negative.
    #[error("the {dimension} is given as {value}; a length is a number greater than 0")]
    NotALength {
        /// Which entry.
        dimension: Dimension,
        /// As given.
        value: f64,
    },
    /// Outside what a head can measure.
    #[error(
        "the {dimension} is given as {entry}; a head measures between {low_mm:.0} and {high_mm:.0} mm there{hint}"
    )]
    Range {
        /// Which entry.
        dimension: Dimension,
        /// As given.
        entry: Entry,
        /// Smallest value that is let through, mm.
        low_mm: f64,
        /// Largest, mm.
        high_mm: f64,
        /// What may have been meant; begins with punctuation, or is empty.
        hint: String,
    },
    /// Two entries contradict each other.
    #[error("{0}")]
    Contradiction(String),
    /// An age that is no age, or an error of measurement that is none.
    #[error("the {what} is given as {value}; {expected}")]
    Bad {
        /// Which entry.
        what: &'static str,
        /// As given.
        value: f64,
        /// What it should be.
        expected: &'static str,
    },
    /// The template lacks what a tape needs.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// No head of the model has these measurements.
    #[error(
        "no head with these measurements could be made: the {dimension} stays {off_mm:.1} mm off. Measure again, \
         or leave out what is least sure"
    )]
    Unreachable {
        /// The worst reading.
        dimension: Dimension,
        /// What it stays off by, mm.
        off_mm: f64,
    },
    /// A hairline falls off the head.
    #[error("the {which} hairline cannot be placed: {source}")]
    Hairline {
        /// "anterior" or "posterior".
        which: &'static str,
        /// Why.
        source: CurveError,
    },
    /// A rule needs a landmark that the head lacks.
    #[error("the 18-cun rule needs the landmark \"{0}\", which the head does not have; choose another rule")]
    Rule(&'static str),
    /// The warped surface is unusable.
    #[error("the warped surface is unusable: {0}")]
    Surface(#[from] SurfaceError),
}

/// Something that the practitioner should read.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Note {
    /// A number without a unit was taken as this.
    Unit {
        /// Which entry.
        dimension: Dimension,
        /// As given.
        value: f64,
        /// The unit it was taken in.
        unit: Unit,
    },
    /// Two entries were exchanged, because only so do they fit a head.
    Exchanged {
        /// One entry.
        first: Dimension,
        /// Its length after the exchange, mm.
        first_mm: f64,
        /// The other.
        second: Dimension,
        /// Its length after the exchange, mm.
        second_mm: f64,
    },
    /// Beyond every adult of ANSUR II.
    Unusual {
        /// Which entry.
        dimension: Dimension,
        /// Its length, mm.
        mm: f64,
        /// Smallest adult, mm.
        min_mm: f64,
        /// Largest adult, mm.
        max_mm: f64,
    },
    /// A reading that does not go with the others.
    Odd {
        /// Which entry.
        dimension: Dimension,
        /// What was measured, mm.
        mm: f64,
        /// What the other readings lead to expect, mm.
        expected_mm: f64,
        /// Standard deviation of that expectation, mm.
        sd_mm: f64,
    },
    /// Adults' proportions were used for a child.
    Child {
        /// Age in years.
        age_years: f64,
    },
    /// How the anterior hairline was placed.
    Hairline {
        /// The rule in words.
        rule: String,
        /// Glabella to hairline, mm.
        mm: f64,
        /// Where the other rules would have put it: name and mm.
        others: Vec<(String, f64)>,
    },
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unit { dimension, value, unit } => {
                write!(f, "The {dimension} {value} was taken as {value} {unit}.")
            }
            Self::Exchanged { first, first_mm, second, second_mm } => write!(
                f,
                "The {first} and the {second} were given the wrong way round and have been exchanged: \
                 {first} {first_mm:.0} mm, {second} {second_mm:.0} mm. Check them."
            ),
            Self::Unusual { dimension, mm, min_mm, max_mm } => write!(
                f,
                "The {dimension} of {mm:.0} mm is beyond all 6068 adults of ANSUR II ({min_mm:.0} to {max_mm:.0} mm). \
                 Check it."
            ),
            Self::Odd { dimension, mm, expected_mm, sd_mm } => write!(
                f,
                "The {dimension} of {mm:.0} mm does not go with the other readings, which lead to expect \
                 {expected_mm:.0} mm (sd {sd_mm:.0}). Measure it again."
            ),
            Self::Child { age_years } => write!(
                f,
                "At {age_years} years, what was not measured is estimated from adults' proportions, which are not a \
                 child's."
            ),
            Self::Hairline { rule, mm, others } => {
                write!(
                    f,
                    "The anterior hairline was not measured; it is placed {mm:.0} mm above the glabella: {rule}."
                )?;
                for (name, mm) in others {
                    write!(f, " By the rule {name} it would lie at {mm:.0} mm.")?;
                }
                Ok(())
            }
        }
    }
}

/// Measurements in mm that do not contradict each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    mm: [Option<f64>; Dimension::ALL.len()],
    /// Sex.
    pub sex: Option<Sex>,
    /// What is left of the anterior hairline.
    pub hairline: HairlineState,
    /// Rule for an anterior hairline that was not measured.
    pub hairline_rule: HairlineRule,
    /// Repeat error (sd) of a tape reading, mm.
    pub tape_sd_mm: f64,
    /// What was recognised and should be read.
    pub notes: Vec<Note>,
}

impl Checked {
    /// A measurement in mm.
    pub fn mm(&self, d: Dimension) -> Option<f64> {
        Dimension::ALL.iter().position(|&x| x == d).and_then(|i| self.mm[i])
    }
}

/// Recognises units and exchanged entries, and refuses what no head can measure.
///
/// A number without a unit is taken as mm or cm, whichever fits a head, and the [`Note`]s say so. Two entries
/// are exchanged only where the numbers are impossible as given and exactly one exchange makes them possible;
/// that too is said. The nasion–inion and the ear–ear arc are of like length: their exchange cannot be seen.
///
/// # Errors
/// [`TapeError`] with a sentence that says what was expected.
pub fn check(input: &Input) -> Result<Checked, TapeError> {
    let child = match input.age_years {
        Some(a) if !(0.0..=130.0).contains(&a) => {
            return Err(TapeError::Bad { what: "age", value: a, expected: "ages are 0 to 130 years" });
        }
        Some(a) => a < 18.0,
        None => false,
    };
    let tape_sd_mm = input.tape_sd_mm.unwrap_or(0.0);
    if !(0.0..=20.0).contains(&tape_sd_mm) {
        let expected = "a standard deviation of 0 to 20 mm is expected";
        return Err(TapeError::Bad { what: "error of a tape reading", value: tape_sd_mm, expected });
    }
    let given: Vec<Dimension> = Dimension::ALL.into_iter().filter(|&d| input.get(d).is_some()).collect();
    if given.is_empty() {
        return Err(TapeError::Nothing);
    }
    for &dimension in &given {
        if let Some(Entry { value, .. }) = input.get(dimension)
            && !(value.is_finite() && value > 0.0)
        {
            return Err(TapeError::NotALength { dimension, value });
        }
    }
    let (mm, mut notes) = match resolve(input, child) {
        Ok(found) => found,
        Err(error) => exchanged(input, &given, child).ok_or(error)?,
    };
    let [men, women] = population::groups();
    for &(dimension, i) in &ANSUR {
        if let Some(mm) = mm[index(dimension)] {
            let (min_mm, max_mm) = (men.min[i].min(women.min[i]), men.max[i].max(women.max[i]));
            if !child && !(min_mm..=max_mm).contains(&mm) {
                notes.push(Note::Unusual { dimension, mm, min_mm, max_mm });
            }
        }
    }
    if let Some(age_years) = input.age_years.filter(|_| child) {
        notes.push(Note::Child { age_years });
    }
    Ok(Checked {
        mm,
        sex: input.sex,
        hairline: input.hairline,
        hairline_rule: input.hairline_rule,
        tape_sd_mm,
        notes,
    })
}

/// The dimensions that ANSUR II has, with their place there.
const ANSUR: [(Dimension, usize); 3] =
    [(Dimension::Circumference, 0), (Dimension::Length, 1), (Dimension::Breadth, 2)];

fn index(d: Dimension) -> usize {
    d as usize
}

fn limits(d: Dimension, child: bool) -> (f64, f64) {
    let limit = match d {
        Dimension::Circumference => Limit::Ansur(0),
        Dimension::Length => Limit::Ansur(1),
        Dimension::Breadth => Limit::Ansur(2),
        Dimension::NasionInion => Limit::NasionInion,
        Dimension::Preauricular => Limit::Preauricular,
        Dimension::GlabellaHairline => Limit::GlabellaHairline,
        Dimension::HairlineHairline => Limit::HairlineHairline,
    };
    population::limits(limit, child)
}

type Resolved = ([Option<f64>; Dimension::ALL.len()], Vec<Note>);

/// All entries in mm, or the first reason why they are not a head's.
fn resolve(input: &Input, child: bool) -> Result<Resolved, TapeError> {
    let mut mm = [None; Dimension::ALL.len()];
    let mut notes = Vec::new();
    for d in Dimension::ALL {
        let Some(entry) = input.get(d) else { continue };
        let unit = unit(d, entry, child)?;
        if entry.unit.is_none() {
            notes.push(Note::Unit { dimension: d, value: entry.value, unit });
        }
        mm[index(d)] = Some(entry.value * unit.mm());
    }
    contradiction(&mm).map_or(Ok((mm, notes)), |text| Err(TapeError::Contradiction(text)))
}

/// The unit that an entry is in.
fn unit(dimension: Dimension, entry: Entry, child: bool) -> Result<Unit, TapeError> {
    let (low_mm, high_mm) = limits(dimension, child);
    let fits = |u: &Unit| (low_mm..=high_mm).contains(&(entry.value * u.mm()));
    match entry.unit {
        Some(u) if fits(&u) => return Ok(u),
        Some(_) => {}
        // Limits are less than a factor of ten apart, except for the hairline, where mm goes first.
        None => {
            if let Some(u) = [Unit::Mm, Unit::Cm].into_iter().find(fits) {
                return Ok(u);
            }
        }
    }
    let mut hint = String::new();
    if let Some(u) = [Unit::Cm, Unit::Mm, Unit::In].into_iter().find(fits) {
        hint = format!("; {} {u} would fit. Was that meant?", entry.value);
    } else {
        let as_given = entry.value * entry.unit.unwrap_or(Unit::Mm).mm();
        let in_child = |u: Unit| {
            let (lo, hi) = limits(dimension, true);
            (lo..=hi).contains(&(entry.value * u.mm()))
        };
        let child_fits = !child && [entry.unit, Some(Unit::Cm)].into_iter().flatten().any(in_child);
        let arc = [Dimension::NasionInion, Dimension::Preauricular].into_iter().any(|d| {
            let (lo, hi) = limits(d, child);
            [1.0, 10.0].iter().any(|k| (lo..=hi).contains(&(as_given * k)))
        });
        if dimension == Dimension::Circumference && arc {
            hint.push_str(". An arc over the head would fit: was one of those entered here?");
        }
        if child_fits {
            hint.push_str(". For a person under 18, give the age");
        }
    }
    Err(TapeError::Range { dimension, entry, low_mm, high_mm, hint })
}

/// What no head can be, in words.
fn contradiction(mm: &[Option<f64>; Dimension::ALL.len()]) -> Option<String> {
    use Dimension as D;
    let get = |d: D| mm[index(d)];
    let both = |a: D, b: D| Some((get(a)?, get(b)?));
    let say = |a: D, x: f64, what: &str, b: D, y: f64| {
        format!("the {a} ({x:.0} mm) {what} the {b} ({y:.0} mm). Check both")
    };
    for arc in [D::NasionInion, D::Preauricular] {
        let [least, most] = population::arc_share(arc == D::Preauricular);
        if let Some((a, c)) = both(arc, D::Circumference) {
            if a >= c {
                return Some(say(arc, a, "cannot be longer than", D::Circumference, c));
            }
            if !(least..=most).contains(&(a / c)) {
                let off = if a / c < least { "is too short for" } else { "is too long for" };
                return Some(say(arc, a, off, D::Circumference, c));
            }
        }
    }
    for (arc, caliper) in [(D::NasionInion, D::Length), (D::Preauricular, D::Breadth)] {
        if let Some((a, c)) = both(arc, caliper).filter(|(a, c)| a <= c) {
            return Some(say(arc, a, "must be longer than", caliper, c));
        }
    }
    for caliper in [D::Length, D::Breadth] {
        // A closed line is longer than twice the distance of any two of its points.
        if let Some((x, c)) = both(caliper, D::Circumference).filter(|(x, c)| 2.0 * x >= *c) {
            return Some(say(caliper, x, "is too long for", D::Circumference, c));
        }
    }
    if let Some((l, b)) = both(D::Length, D::Breadth) {
        if b > l {
            return Some(say(D::Breadth, b, "is greater than", D::Length, l));
        }
        // No closed convex line is longer than π times its greatest width.
        if let Some(c) = get(D::Circumference).filter(|c| *c >= PI * l) {
            return Some(say(D::Circumference, c, "is too long for", D::Length, l));
        }
    }
    for whole in [D::NasionInion, D::HairlineHairline] {
        if let Some((g, w)) = both(D::GlabellaHairline, whole).filter(|(g, w)| 2.0 * g >= *w) {
            return Some(say(D::GlabellaHairline, g, "is too long for", whole, w));
        }
    }
    None
}

/// The measurements with two entries exchanged, where exactly one exchange makes them possible.
fn exchanged(input: &Input, given: &[Dimension], child: bool) -> Option<Resolved> {
    let mut found: Option<Resolved> = None;
    for (i, &a) in given.iter().enumerate() {
        for &b in &given[i + 1..] {
            let mut other = input.clone();
            other.set(a, input.get(b));
            other.set(b, input.get(a));
            if let Ok((mm, mut notes)) = resolve(&other, child) {
                if found.is_some() {
                    return None;
                }
                if let (Some(first_mm), Some(second_mm)) = (mm[index(a)], mm[index(b)]) {
                    notes.push(Note::Exchanged { first: a, first_mm, second: b, second_mm });
                }
                found = Some((mm, notes));
            }
        }
    }
    found
}
