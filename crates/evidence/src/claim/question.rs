//! Questions answered from the arms at the moment they are asked.

use super::{EvidenceBase, Measure, Question};
use crate::check::p_against_counts;
use crate::dist::Normal;
use crate::effect_size::Correction;
use crate::grade::{BodyOfEvidence, TrialFacts, Warning, warnings};
use crate::pairwise::{Options, PredictionMethod, Tau2Method, TestMethod, pool};
use crate::table::effects::{EffectMeasure, of_row};
use crate::table::{RawRow, RawTable, RowData};
use serde::Serialize;

/// The effect of one trial, on the scale that is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QuestionRow {
    /// Trial.
    pub trial: String,
    /// Treatments compared.
    pub treatments: [String; 2],
    /// What the arms reported, as text.
    pub arms: [String; 2],
    /// Effect.
    pub estimate: f64,
    /// 95 % interval (Wald).
    pub interval: [f64; 2],
    /// Variance on the scale of the analysis.
    pub variance: f64,
    /// Weight in percent, where pooled.
    pub weight_percent: Option<f64>,
}

/// A pooled result with the names of its methods.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PooledSummary {
    /// Trials.
    pub trials: usize,
    /// Participants.
    pub participants: f64,
    /// Pooled effect on the scale that is shown.
    pub estimate: f64,
    /// 95 % confidence interval.
    pub interval: [f64; 2],
    /// How the interval was made.
    pub interval_method: String,
    /// p-value.
    pub p: f64,
    /// Between-trial variance.
    pub tau2: f64,
    /// How it was estimated.
    pub tau2_method: String,
    /// I² from τ², 0 to 1.
    pub i2: f64,
    /// Cochran's Q.
    pub q: f64,
    /// Prediction interval.
    pub prediction: Option<[f64; 2]>,
    /// How that was made.
    pub prediction_method: String,
}

/// A question with its answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QuestionResult {
    /// Short name.
    pub id: String,
    /// The question.
    pub title: String,
    /// Outcome.
    pub outcome: String,
    /// Measure.
    pub measure: Measure,
    /// Trials, in the order of the claim.
    pub rows: Vec<QuestionRow>,
    /// Pooled result, where pooling is allowed.
    pub pooled: Option<PooledSummary>,
    /// Why the trials are pooled or not.
    pub reason: String,
    /// What a reader should know.
    pub warnings: Vec<String>,
    /// Contradictions among the printed numbers.
    pub faults: Vec<String>,
    /// What would change the answer.
    pub would_change: Vec<String>,
}

fn engine_measure(m: Measure) -> EffectMeasure {
    // Every one of these codes is in the table of measures.
    let code = match m {
        Measure::RR => "RR",
        Measure::OR => "OR",
        Measure::RD => "RD",
        Measure::MD => "MD",
        Measure::SMD => "SMD",
    };
    EffectMeasure::parse(code).unwrap_or(EffectMeasure::Generic)
}

struct Arms<'a> {
    table: &'a RawTable,
    one: &'a RawRow,
    two: &'a RawRow,
}

impl Arms<'_> {
    fn number(&self, row: &RawRow, column: &str) -> Result<f64, String> {
        let cell = self.table.get(row, column);
        cell.parse().map_err(|_| {
            format!(
                "trial {}, arm {}: `{column}` is {}, so no effect can be computed",
                self.table.get(row, "trial"),
                self.table.get(row, "arm"),
                if cell.is_empty() { "not known".to_owned() } else { format!("\"{cell}\"") }
            )
        })
    }

    fn counts(&self) -> Result<RowData, String> {
        Ok(RowData::Counts {
            events1: self.number(self.one, "events")?,
            n1: self.number(self.one, "n")?,
            events2: self.number(self.two, "events")?,
            n2: self.number(self.two, "n")?,
        })
    }

    fn means(&self) -> Result<RowData, String> {
        Ok(RowData::Means {
            mean1: self.number(self.one, "mean")?,
            sd1: self.number(self.one, "sd")?,
            n1: self.number(self.one, "n")?,
            mean2: self.number(self.two, "mean")?,
            sd2: self.number(self.two, "sd")?,
            n2: self.number(self.two, "n")?,
        })
    }
}

fn find_arms<'a>(
    q: &Question,
    trial: &str,
    arms: [u32; 2],
    base: &'a EvidenceBase,
) -> Result<Arms<'a>, String> {
    let binary = matches!(q.measure, Measure::RR | Measure::OR | Measure::RD);
    let name = if binary { "arms-events" } else { "arms-means" };
    let table = base.table(name).ok_or_else(|| format!("there is no table {name}"))?;
    let find = |arm: u32| {
        table
            .rows
            .iter()
            .find(|r| {
                table.get(r, "trial") == trial
                    && table.get(r, "arm") == arm.to_string()
                    && table.get(r, "outcome") == q.outcome
                    && (q.timepoint.is_empty() || table.get(r, "timepoint") == q.timepoint)
            })
            .ok_or_else(|| {
                format!("trial {trial} has no arm {arm} with the outcome \"{}\" in table {name}", q.outcome)
            })
    };
    Ok(Arms { table, one: find(arms[0])?, two: find(arms[1])? })
}

/// Computes a question. Errors are sentences; the caller adds claim and question.
pub(super) fn answer(q: &Question, base: &EvidenceBase) -> Result<QuestionResult, String> {
    let measure = engine_measure(q.measure);
    let z = Normal::STANDARD.quantile_upper(0.025);
    let (mut rows, mut y, mut v) = (Vec::new(), Vec::new(), Vec::new());
    let (mut facts, mut faults) = (Vec::new(), Vec::new());
    let mut ratios = Vec::new();
    for contrast in &q.contrasts {
        let arms = find_arms(q, &contrast.trial, [contrast.experimental, contrast.control], base)?;
        let binary = matches!(q.measure, Measure::RR | Measure::OR | Measure::RD);
        let data = if binary { arms.counts()? } else { arms.means()? };
        let effect_of = |m| {
            of_row(&data, m, Correction::None)
                .ok_or_else(|| "the measure does not fit the arms".to_owned())
                .and_then(|r| r.map_err(|e| format!("trial {}: {e}", contrast.trial)))
        };
        let effect = effect_of(measure)?;
        let (text, participants, events) = describe(&data);
        if let RowData::Counts { events1, n1, events2, n2 } = &data {
            if let (Ok(rr), Ok(or)) =
                (effect_of(engine_measure(Measure::RR)), effect_of(engine_measure(Measure::OR)))
            {
                ratios.push((libm::exp(rr.estimate), libm::exp(or.estimate)));
            }
            let printed = [arms.one, arms.two]
                .iter()
                .find_map(|r| crate::check::PValue::parse(arms.table.get(r, "p_reported")));
            if let Some(p) = printed {
                // Counts in the tables are whole: the schema says so.
                let whole = |x: f64| x as u64;
                faults.extend(
                    p_against_counts(whole(*events1), whole(*n1), whole(*events2), whole(*n2), p)
                        .map(|f| format!("{}: {}", contrast.trial, f.sentence)),
                );
            }
        }
        let margin = z * effect.standard_error();
        rows.push(QuestionRow {
            trial: contrast.trial.clone(),
            treatments: [arms.one, arms.two].map(|r| arms.table.get(r, "treatment").to_owned()),
            arms: text,
            estimate: measure.shown(effect.estimate),
            interval: [measure.shown(effect.estimate - margin), measure.shown(effect.estimate + margin)],
            variance: effect.variance,
            weight_percent: None,
        });
        y.push(effect.estimate);
        v.push(effect.variance);
        facts.push(trial_facts(base, &contrast.trial, &q.outcome, participants, events));
    }
    let pooled = if q.pool { Some(pool_rows(measure, &y, &v, &mut rows, &facts)?) } else { None };
    let body = BodyOfEvidence {
        outcome: q.outcome.clone(),
        trials: facts,
        ratios: widest(&ratios),
        intervals: pooled.as_ref().and_then(|p| p.prediction.map(|pi| (p.interval, pi, q.measure.null()))),
    };
    let warned = warnings(&body);
    Ok(QuestionResult {
        id: q.id.clone(),
        title: q.title.clone(),
        outcome: q.outcome.clone(),
        measure: q.measure,
        rows,
        pooled,
        reason: q.reason.clone(),
        would_change: crate::grade::would_change(&warned),
        warnings: warned.iter().map(Warning::to_string).collect(),
        faults,
    })
}

/// The pair of RR and OR that lie farthest apart.
fn widest(ratios: &[(f64, f64)]) -> Option<(f64, f64)> {
    let gap = |(rr, or): &(f64, f64)| libm::fabs(libm::log(*or)) - libm::fabs(libm::log(*rr));
    ratios.iter().copied().max_by(|a, b| gap(a).total_cmp(&gap(b)))
}

fn describe(data: &RowData) -> ([String; 2], f64, Option<f64>) {
    match data {
        RowData::Counts { events1, n1, events2, n2 } => {
            ([format!("{events1}/{n1}"), format!("{events2}/{n2}")], n1 + n2, Some(events1 + events2))
        }
        RowData::Means { mean1, sd1, n1, mean2, sd2, n2 } => {
            ([format!("{mean1} ± {sd1} (n = {n1})"), format!("{mean2} ± {sd2} (n = {n2})")], n1 + n2, None)
        }
        _ => ([String::new(), String::new()], 0.0, None),
    }
}

fn trial_facts(
    base: &EvidenceBase,
    trial: &str,
    outcome: &str,
    participants: f64,
    events: Option<f64>,
) -> TrialFacts {
    let cell = |column: &str| base.row("trials", "trial", trial).map_or("", |(t, r)| t.get(r, column));
    TrialFacts {
        trial: trial.to_owned(),
        sham: matches!(cell("sham"), "sham" | "minimal"),
        assessor_blinded: match cell("blinding") {
            "assessor" | "participant-and-assessor" => Some(true),
            "none" | "participant" => Some(false),
            _ => None,
        },
        randomised: match cell("allocation") {
            "random" => Some(true),
            "order-of-visiting" | "uncontrolled" => Some(false),
            _ => None,
        },
        participants,
        events,
        bias: base.risk_of_bias(trial, Some(outcome)),
    }
}

fn pool_rows(
    measure: EffectMeasure,
    y: &[f64],
    v: &[f64],
    rows: &mut [QuestionRow],
    facts: &[TrialFacts],
) -> Result<PooledSummary, String> {
    // REML; Knapp and Hartung's test, never narrower than Wald's; the prediction interval of Higgins and others.
    let options = Options { tau2: Tau2Method::Reml, test: TestMethod::KnappHartungGuarded };
    let result = pool(y, v, &options).map_err(|e| e.to_string())?;
    for (row, weight) in rows.iter_mut().zip(result.weights_percent(v)) {
        row.weight_percent = Some(weight);
    }
    let interval = result.interval(0.95);
    let prediction = result.prediction(PredictionMethod::T2, 0.95);
    Ok(PooledSummary {
        trials: result.studies,
        participants: facts.iter().map(|f| f.participants).sum(),
        estimate: measure.shown(result.estimate),
        interval: [measure.shown(interval.lower), measure.shown(interval.upper)],
        interval_method: interval.method.to_owned(),
        p: result.p_value(),
        tau2: result.tau2,
        tau2_method: result.tau2_method.name().to_owned(),
        i2: result.i2_from_tau2(),
        q: result.q,
        prediction: prediction.map(|p| [measure.shown(p.lower), measure.shown(p.upper)]),
        prediction_method: PredictionMethod::T2.name().to_owned(),
    })
}
