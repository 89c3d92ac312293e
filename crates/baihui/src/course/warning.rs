//! What must be said beside the course of one patient, in plain words. The page has the same sentences in its languages.

use baihui_clinic::{
    instrument::{Better, Instrument, ThresholdKind},
    timeline::{Measurement, Series},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{ChangeView, FEWEST, plain};

/// Something that must be said.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Warning {
    /// Nobody knows what would have happened without treatment.
    NoComparison,
    /// There is no session in the record.
    NotTreated,
    /// How long after the onset the first value was taken.
    AfterOnset {
        /// Days.
        days: i64,
    },
    /// Several outcomes were followed.
    ManyOutcomes {
        /// How many.
        n: usize,
    },
    /// No value before the first session.
    NoBaseline,
    /// One value before the first session.
    OneBaseline,
    /// Too few values for the statistics of a single patient.
    Few {
        /// Values before the first session.
        before: usize,
        /// Values after it.
        after: usize,
        /// In how many orders the values could have come, if order were chance.
        orders: f64,
    },
    /// The values before treatment were getting better already.
    BetterBefore {
        /// Change in 28 days, in points, as the line through the first and the last value.
        per_four_weeks: f64,
    },
    /// Values were rated by more than one person.
    SeveralRaters {
        /// How many.
        n: usize,
    },
    /// The rater knew the treatment, or nobody noted whether.
    NotBlinded {
        /// Values that were rated by someone who knew, or where nobody noted it.
        n: usize,
        /// Of how many.
        of: usize,
    },
    /// Values are missing.
    Missing {
        /// How many.
        n: usize,
        /// Of how many that were to be taken.
        of: usize,
    },
    /// A value is at the end of the scale, where change cannot show.
    AtEnd {
        /// Whether it is the best end.
        best: bool,
    },
    /// The same instrument was used in several editions, which are shown apart.
    SeveralEditions,
    /// No source for the error of measurement is in the atlas.
    ErrorUnknown,
    /// No source for the change that matters is in the atlas.
    ThresholdUnknown,
    /// Sources disagree whether this change matters.
    Disputed,
    /// The change is less than the error of measurement by a source.
    WithinError,
}

impl Warning {
    /// In plain English.
    pub fn sentence(&self) -> String {
        match self {
            Self::NoComparison => "This is one patient without a comparison. Recovery by itself, other treatment, getting used \
                to the test, and starting on a bad day all look like this curve. It cannot show that the treatment worked."
                .into(),
            Self::NotTreated => "There is no session in the record: the curve is the course without treatment here.".into(),
            Self::AfterOnset { days } => format!(
                "The first value was taken {days} days after the onset. The closer to the onset, the more of a change may be \
                 recovery by itself."
            ),
            Self::ManyOutcomes { n } => format!(
                "{n} outcomes were followed. With several, one is likely to look good by chance: decide beforehand which one \
                 counts."
            ),
            Self::NoBaseline => "There is no value from before the first session; the change is counted from the first value \
                there is, and misses what came before it."
                .into(),
            Self::OneBaseline => "There is one value from before treatment. If it was taken on a bad day, the next is better \
                without any treatment."
                .into(),
            Self::Few { before, after, orders } => {
                let mut text = format!(
                    "{before} before and {after} after treatment began: with fewer than {FEWEST} of each, overlap is not worked \
                     out."
                );
                if *orders > 1.0 {
                    text += &format!(
                        " If the order were pure chance, all later values would lie beyond all earlier ones once in {} times.",
                        plain(*orders)
                    );
                }
                text
            }
            Self::BetterBefore { per_four_weeks } => format!(
                "It was getting better before treatment began (by {} in four weeks). A curve that goes on like this shows \
                 nothing about treatment.",
                plain(per_four_weeks.abs())
            ),
            Self::SeveralRaters { n } => {
                format!("{n} people rated it. Part of the change may be the difference between them.")
            }
            Self::NotBlinded { n, of } => format!(
                "{n} of {of} values were rated by someone who knew the treatment, or nobody noted it. Hope raises scores."
            ),
            Self::Missing { n, of } => format!(
                "{n} of {of} values are missing. Who does worse comes less often; read the reasons."
            ),
            Self::AtEnd { best: true } => {
                "A value is at the best end of the scale, where nothing better can show.".into()
            }
            Self::AtEnd { best: false } => {
                "A value is at the worst end of the scale, where nothing worse can show.".into()
            }
            Self::SeveralEditions => {
                "Several editions of this instrument were used. Their values are not drawn as one line.".into()
            }
            Self::ErrorUnknown => "The atlas has no source for the error of measurement, so nobody can say here whether the \
                change is more than that."
                .into(),
            Self::ThresholdUnknown => {
                "The atlas has no source for the change that matters to patients.".into()
            }
            Self::Disputed => "Sources disagree whether a change of this size matters to patients; each is listed with whom it \
                was found in."
                .into(),
            Self::WithinError => {
                "By at least one source the change is no more than the error of measurement.".into()
            }
        }
    }
}

/// What is known of a series.
pub struct Seen<'a> {
    /// The series.
    pub series: &'a Series,
    /// Its instrument.
    pub instrument: Option<&'a Instrument>,
    /// Values up to the first session.
    pub before: &'a [Measurement],
    /// Values after its start.
    pub after: &'a [Measurement],
    /// The change.
    pub change: Option<&'a ChangeView>,
    /// Whether there is a session.
    pub treated: bool,
    /// Whether there are several editions.
    pub editions: bool,
}

/// What must be said of a series.
pub fn of_series(s: &Seen) -> Vec<Warning> {
    let mut out = Vec::new();
    let all = &s.series.measurements;
    if s.treated && !s.after.is_empty() {
        match s.before.len() {
            0 => out.push(Warning::NoBaseline),
            1 => out.push(Warning::OneBaseline),
            _ => {}
        }
    }
    if s.treated && s.change.is_some() && (s.before.len() < FEWEST || s.after.len() < FEWEST) {
        let (before, after) = (s.before.len(), s.after.len());
        out.push(Warning::Few { before, after, orders: orders(before, after) });
    }
    if s.treated
        && let (Some(i), [first, .., last]) = (s.instrument, s.before)
    {
        let days = last.at.duration_since(first.at).as_secs_f64() / 86_400.0;
        let gain = match i.better {
            Better::Higher => last.value - first.value,
            Better::Lower => first.value - last.value,
        };
        if days > 0.0 && gain > 0.0 {
            out.push(Warning::BetterBefore { per_four_weeks: gain / days * 28.0 });
        }
    }
    if let (Some(i), Some(c)) = (s.instrument, s.change) {
        let reached = |kind| {
            c.meaning
                .iter()
                .flat_map(|m| &m.against)
                .filter(move |r| i.threshold[r.threshold].kind == kind)
                .map(|r| r.reached)
                .collect::<Vec<_>>()
        };
        use baihui_clinic::instrument::change::Reach;
        let error = reached(ThresholdKind::Mdc);
        if error.is_empty() {
            out.push(Warning::ErrorUnknown);
        } else if error.iter().any(|r| *r != Reach::Above) {
            out.push(Warning::WithinError);
        }
        let matters = reached(ThresholdKind::Mcid);
        if matters.is_empty() {
            out.push(Warning::ThresholdUnknown);
        } else if matters.contains(&Reach::Within) || matters.windows(2).any(|w| w[0] != w[1]) {
            out.push(Warning::Disputed);
        }
        for (at, best) in [(Some(i.min), i.better == Better::Lower), (i.max, i.better == Better::Higher)] {
            if at.is_some_and(|end| c.from.value == end || c.to.value == end) {
                out.push(Warning::AtEnd { best });
            }
        }
        use baihui_clinic::instrument::RatedBy;
        if i.rated_by == RatedBy::Rater {
            let raters: std::collections::BTreeSet<String> =
                all.iter().filter_map(|m| m.rater).map(|r| r.to_string()).collect();
            if raters.len() > 1 {
                out.push(Warning::SeveralRaters { n: raters.len() });
            }
            let open = all.iter().filter(|m| m.blinded != Some(true)).count();
            if open > 0 {
                out.push(Warning::NotBlinded { n: open, of: all.len() });
            }
        }
    }
    if !s.series.missing.is_empty() {
        let n = s.series.missing.len();
        out.push(Warning::Missing { n, of: n + all.len() });
    }
    if s.editions {
        out.push(Warning::SeveralEditions);
    }
    out
}

/// In how many ways `a + b` values fall into the first `a` and the last `b`: the binomial coefficient.
fn orders(a: usize, b: usize) -> f64 {
    (1..=a.min(b)).fold(1.0, |n, k| n * (a.max(b) + k) as f64 / k as f64).round()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_binomial_coefficients() {
        assert_eq!(orders(3, 3), 20.0);
        assert_eq!(orders(1, 4), 5.0);
        assert_eq!(orders(4, 1), 5.0);
        assert_eq!(orders(0, 9), 1.0);
        assert_eq!(orders(5, 7), 792.0);
    }
}
