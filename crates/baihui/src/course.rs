//! The course of a patient as people read it: the record's dates, the atlas's thresholds, the evidence's statistics,
//! and what must be said beside them. The page, the command line and the paper show the same.

pub mod clinic;
pub mod figure;
pub mod warning;

use baihui_clinic::{
    instrument::{
        Better, Instrument, Meaning,
        change::{Direction, Threshold, ThresholdKind},
    },
    knowledge::Knowledge,
    outcome::Outcome,
    people::Patient,
    store::Stored,
    timeline::{Harm, Measure, Measurement, Series, Timeline, Treatment},
};
use baihui_evidence::single_case::{Improvement, NapError, NonOverlap, Phases, nap, tau_bc};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

pub use warning::Warning;

/// Fewest values in a phase for which overlap is worked out: our choice. Fewer say next to nothing.
pub const FEWEST: usize = 3;
/// Level of the intervals.
const LEVEL: f64 = 0.95;

/// The course of a patient.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CourseView {
    /// Identifier of the patient.
    pub patient: String,
    /// Name of the patient.
    pub name: String,
    /// As of when.
    pub as_of: Timestamp,
    /// When the first session began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp>,
    /// Outcomes.
    pub series: Vec<SeriesView>,
    /// Sessions, the earliest first.
    pub sessions: Vec<Treatment>,
    /// Harm, the earliest first.
    pub harm: Vec<Harm>,
    /// What must be said beside all of it.
    pub warnings: Vec<Warned>,
}

/// A warning with its sentence in English.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Warned {
    /// What.
    #[serde(flatten)]
    pub warning: Warning,
    /// In English.
    pub text: String,
}

impl From<Warning> for Warned {
    fn from(warning: Warning) -> Self {
        Self { text: warning.sentence(), warning }
    }
}

/// One outcome over time.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SeriesView {
    /// What was measured.
    #[serde(flatten)]
    pub series: Series,
    /// The instrument, where the atlas knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instrument: Option<InstrumentView>,
    /// The change from before treatment to the last value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeView>,
    /// How far the values before and after the first session overlap; only with enough of both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Overlap>,
    /// What must be said beside it.
    pub warnings: Vec<Warned>,
}

/// What the atlas says of an instrument.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct InstrumentView {
    /// Identifier.
    pub id: String,
    /// Abbreviation.
    pub short: String,
    /// English name.
    pub en: String,
    /// Chinese name.
    pub hanzi: String,
    /// Which way is better.
    pub better: Better,
    /// Lowest possible score.
    pub min: f64,
    /// Highest possible score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Unit.
    pub unit: String,
    /// What change matters, by whom.
    pub thresholds: Vec<Threshold>,
}

impl From<&Instrument> for InstrumentView {
    fn from(i: &Instrument) -> Self {
        Self {
            id: i.id.clone(),
            short: i.short.clone(),
            en: i.names.en.clone(),
            hanzi: i.names.hanzi.clone(),
            better: i.better,
            min: i.min,
            max: i.max,
            unit: i.unit.clone(),
            thresholds: i.threshold.clone(),
        }
    }
}

/// From the value before treatment to the last.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChangeView {
    /// The value that is counted from: the last before the first session, or the first of all where there is none.
    pub from: Measurement,
    /// The last value.
    pub to: Measurement,
    /// Second minus first.
    pub change: f64,
    /// What it means by each source; only for instruments of the atlas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meaning: Option<Meaning>,
}

/// Overlap of the values before and after the first session. It describes; it proves nothing about treatment.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Overlap {
    /// Values before.
    pub before: usize,
    /// Values after.
    pub after: usize,
    /// Nonoverlap of all pairs, 0 to 1; 0.5 is no change.
    pub nap: Interval,
    /// Tau after the trend of the values before was taken out, −1 to 1; 0 is no change. It takes the values to be
    /// equally spaced.
    pub tau_bc: Interval,
}

/// An estimate with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Interval {
    /// Estimate.
    pub estimate: f64,
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

impl From<NonOverlap> for Interval {
    fn from(n: NonOverlap) -> Self {
        Self { estimate: n.estimate, low: n.interval.0, high: n.interval.1 }
    }
}

impl CourseView {
    /// The course of a patient as of a moment.
    pub fn of(knowledge: &Knowledge, patient: &Stored<Patient>, timeline: Timeline, now: Timestamp) -> Self {
        let start = timeline.start();
        let several = timeline.series.iter().filter(|s| s.measurements.len() > 1).count();
        let editions = |name: &str| {
            timeline.series.iter().filter(|s| s.name == name && !s.measurements.is_empty()).count()
        };
        let several_editions: Vec<bool> = timeline.series.iter().map(|s| editions(&s.name) > 1).collect();
        let series: Vec<SeriesView> = timeline
            .series
            .into_iter()
            .zip(several_editions)
            .map(|(s, editions)| read(knowledge, s, start, editions))
            .collect();
        let mut warnings = Vec::new();
        if series.iter().any(|s| s.change.is_some()) {
            if start.is_some() {
                warnings.push(Warning::NoComparison);
            } else {
                warnings.push(Warning::NotTreated);
            }
            let first = series.iter().filter_map(|s| s.series.measurements.first()).map(|m| m.at).min();
            let onset = patient.value.diagnoses.iter().filter_map(|d| d.onset).max();
            if let (Some(first), Some(onset)) = (first, onset) {
                let day = first.to_zoned(jiff::tz::TimeZone::UTC).date();
                if let Ok(since) = day.since((jiff::Unit::Day, onset))
                    && since.get_days() >= 0
                {
                    warnings.push(Warning::AfterOnset { days: i64::from(since.get_days()) });
                }
            }
            if several > 1 {
                warnings.push(Warning::ManyOutcomes { n: several });
            }
        }
        Self {
            patient: patient.id.clone(),
            name: patient.value.name.to_string(),
            as_of: now,
            start,
            series,
            sessions: timeline.sessions,
            harm: timeline.harm,
            warnings: warnings.into_iter().map(Into::into).collect(),
        }
    }
}

fn read(knowledge: &Knowledge, s: Series, start: Option<Timestamp>, editions: bool) -> SeriesView {
    let instrument = (s.measure == Measure::Instrument).then(|| knowledge.instrument(&s.name)).flatten();
    let values = &s.measurements;
    // A value of the day of the first session was taken before it, if it is not later than its start.
    let split = start.map_or(values.len(), |start| values.partition_point(|m| m.at <= start));
    let (before, after) = values.split_at(split);
    // Without a session nothing is before or after it: the whole course is told.
    let from = if start.is_some() { before.last().or_else(|| values.first()) } else { values.first() };
    let to = values.last().filter(|to| from.is_some_and(|f| f.id != to.id));
    let change = from.zip(to).map(|(from, to)| ChangeView {
        from: from.clone(),
        to: to.clone(),
        change: to.value - from.value,
        meaning: instrument.map(|i| i.meaning(from.value, to.value)),
    });
    let improvement = instrument.map(|i| match i.better {
        Better::Higher => Improvement::Increase,
        Better::Lower => Improvement::Decrease,
    });
    let numbers = |m: &[Measurement]| m.iter().map(|m| m.value).collect::<Vec<f64>>();
    let overlap = improvement.filter(|_| before.len() >= FEWEST && after.len() >= FEWEST).and_then(|i| {
        let phases = Phases::new(&numbers(before), &numbers(after), i).ok()?;
        Some(Overlap {
            before: before.len(),
            after: after.len(),
            nap: nap(&phases, NapError::Unbiased, LEVEL).ok()?.into(),
            tau_bc: tau_bc(&phases, NapError::Unbiased, LEVEL).ok()?.into(),
        })
    });
    let warnings = warning::of_series(&warning::Seen {
        series: &s,
        instrument,
        before,
        after,
        change: change.as_ref(),
        treated: start.is_some(),
        editions,
    });
    SeriesView {
        instrument: instrument.map(Into::into),
        change,
        overlap,
        warnings: warnings.into_iter().map(Into::into).collect(),
        series: s,
    }
}

/// "MCID 9–10: subacute (ARYA2011, excerpt)".
pub fn threshold_words(t: &Threshold) -> String {
    let kind = match t.kind {
        ThresholdKind::Mcid => "MCID",
        ThresholdKind::Mdc => "MDC",
    };
    let range = if t.low == t.high { plain(t.low) } else { format!("{}–{}", plain(t.low), plain(t.high)) };
    let only = match t.only {
        Some(Direction::Better) => " for the better",
        Some(Direction::Worse) => " for the worse",
        _ => "",
    };
    let mark =
        |m| serde_json::to_value(m).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    let sources: Vec<String> = t.sources.iter().map(|s| format!("{}, {}", s.key, mark(s.mark))).collect();
    format!("{kind} {range}{only}: {} ({})", t.population, sources.join("; "))
}

/// A number as short as it can be told.
pub fn plain(v: f64) -> String {
    let text = format!("{v:.2}");
    text.trim_end_matches('0').trim_end_matches('.').replace('-', "−")
}

/// Checks an outcome against the atlas before it is kept.
///
/// # Errors
/// A field and a sentence: an instrument that does not exist, a score outside its range or between its steps.
pub fn check(knowledge: &Knowledge, outcome: &Outcome) -> Result<(), (&'static str, String)> {
    use baihui_clinic::outcome::Measured;
    let known = |name: &str| {
        knowledge.instrument(name).ok_or_else(|| {
            let near = baihui_atlas::check::nearest(name, knowledge.instruments.keys());
            let hint = near.map_or(String::new(), |n| format!("; did you mean {n}?"));
            ("instrument", format!("there is no instrument \"{name}\"{hint}"))
        })
    };
    outcome.check().map_err(|e| ("result", e.to_string()))?;
    match &outcome.result {
        Measured::Missing { instrument, .. } => known(instrument).map(|_| ()),
        Measured::Instrument { instrument, scores, .. } => {
            let i = known(instrument)?;
            let Some(total) = scores.get("total") else { return Ok(()) };
            let range = i.max.map_or_else(
                || format!("at least {}", plain(i.min)),
                |max| format!("{} to {}", plain(i.min), plain(max)),
            );
            if *total < i.min || i.max.is_some_and(|max| *total > max) {
                return Err(("total", format!("{} goes from {range}, not {}", i.short, plain(*total))));
            }
            if let Some(step) = i.step.filter(|s| *s > 0.0) {
                let steps = (total - i.min) / step;
                if (steps - steps.round()).abs() > 1e-6 {
                    return Err((
                        "total",
                        format!(
                            "{} goes in steps of {}, and {} is between two",
                            i.short,
                            plain(step),
                            plain(*total)
                        ),
                    ));
                }
            }
            Ok(())
        }
        Measured::Lab { .. } | Measured::Tcd { .. } => Ok(()),
    }
}
