//! One table pooled, and what is said of it.

use super::{EvidenceError, How, Test, table};
use baihui_evidence::effect_size::Correction;
use baihui_evidence::pairwise::{
    Options, Pooled, PredictionMethod, Tau2IntervalMethod, Tau2Method, TestMethod, pool, tau2_interval,
};
use baihui_evidence::table::effects::{EffectMeasure, StudyEffect};
use baihui_evidence::table::{RowData, TrialTable};
use serde_json::json;
use std::fmt;
use std::path::Path;

/// A pooled table.
pub(super) struct Analysis {
    pub(super) name: String,
    pub(super) table: TrialTable,
    pub(super) measure: EffectMeasure,
    pub(super) studies: Vec<StudyEffect>,
    pub(super) options: Options,
    pub(super) pooled: Pooled,
}

impl Analysis {
    pub(super) fn of(path: &Path, how: &How) -> Result<Self, EvidenceError> {
        let name = path.display().to_string();
        let table = table(path)?;
        let measure = match &how.measure {
            None => table.default_measure(),
            Some(code) => EffectMeasure::parse(code).ok_or_else(|| {
                EvidenceError::Argument(format!(
                    "the measure {code} is not known; there are {}",
                    EffectMeasure::codes()
                ))
            })?,
        };
        let tau2 = method(&how.method)?;
        let test = match how.test {
            Test::Z => TestMethod::Wald,
            Test::T => TestMethod::StudentT,
            Test::Knha => TestMethod::KnappHartung,
            Test::Adhoc => TestMethod::KnappHartungGuarded,
            Test::Kr => TestMethod::KenwardRoger,
        };
        let correction = how.add.map_or(Correction::None, Correction::WhereZero);
        let studies = table
            .effects(measure, correction)
            .map_err(|source| EvidenceError::Effects { path: name.clone(), source })?;
        let options = Options { tau2, test };
        let (y, v) = vectors(&studies);
        let pooled =
            pool(&y, &v, &options).map_err(|source| EvidenceError::Pool { path: name.clone(), source })?;
        Ok(Self { name, table, measure, studies, options, pooled })
    }

    pub(super) fn vectors(&self) -> (Vec<f64>, Vec<f64>) {
        vectors(&self.studies)
    }

    pub(super) fn shown(&self, x: f64) -> f64 {
        self.measure.shown(x)
    }

    /// Effect and 95 % interval on the scale that is shown.
    pub(super) fn pooled_shown(&self) -> [f64; 3] {
        let i = self.pooled.interval(0.95);
        [self.pooled.estimate, i.lower, i.upper].map(|x| self.shown(x))
    }

    pub(super) fn prediction(&self) -> Option<[f64; 2]> {
        self.pooled.prediction(PredictionMethod::T2, 0.95).map(|p| [self.shown(p.lower), self.shown(p.upper)])
    }

    /// Lines on heterogeneity, methods, and rows that were not used.
    pub(super) fn notes(&self) -> Vec<String> {
        let p = &self.pooled;
        let mut out = vec![format!(
            "Q = {:.4}, df = {}, p = {}; I² = {:.2} % (from τ²), {:.2} % (from Q); H² = {:.2}; τ² = {:.4} ({}).",
            p.q,
            p.q_df(),
            p_text(p.q_p_value()),
            100.0 * p.i2_from_tau2(),
            100.0 * p.i2_from_q(),
            p.h2_from_tau2(),
            p.tau2,
            p.tau2_method.name()
        )];
        let (y, v) = self.vectors();
        if p.tau2_method != Tau2Method::CommonEffect
            && let Ok(interval) = tau2_interval(&y, &v, Tau2IntervalMethod::QProfile, 0.95)
        {
            out.push(format!(
                "95 % interval of τ² by Q-profile: {:.4} to {:.4}.",
                interval.lower, interval.upper
            ));
        }
        out.push(format!("Confidence interval: {}.", p.interval(0.95).method));
        if let Some([l, u]) = self.prediction() {
            out.push(format!(
                "95 % prediction interval [{l:.4}, {u:.4}] by {}.",
                PredictionMethod::T2.name()
            ));
        }
        let added: Vec<&str> =
            self.studies.iter().filter(|s| s.effect.added > 0.0).map(|s| s.study.as_str()).collect();
        if !added.is_empty() {
            out.push(format!("A constant was added to the cells of {}.", added.join(", ")));
        }
        out.extend(self.table.notes.iter().cloned());
        out.extend(self.table.unusable.iter().map(ToString::to_string));
        out
    }

    /// What the arms of a study report, as two short texts.
    pub(super) fn cells(data: &RowData) -> Vec<String> {
        match data {
            RowData::Counts { events1, n1, events2, n2 } => {
                vec![format!("{events1}/{n1}"), format!("{events2}/{n2}")]
            }
            RowData::Means { mean1, sd1, n1, mean2, sd2, n2 } => {
                vec![format!("{mean1} ({sd1}), {n1}"), format!("{mean2} ({sd2}), {n2}")]
            }
            RowData::PersonTime { events1, time1, events2, time2 } => {
                vec![format!("{events1}/{time1}"), format!("{events2}/{time2}")]
            }
            RowData::Proportion { events, n } => vec![format!("{events}/{n}")],
            RowData::Correlation { n, .. } => vec![format!("{n}")],
            _ => Vec::new(),
        }
    }

    pub(super) fn json(&self) -> serde_json::Value {
        let (_, v) = self.vectors();
        let weights = self.pooled.weights_percent(&v);
        let [estimate, lower, upper] = self.pooled_shown();
        json!({
            "file": self.name,
            "measure": self.measure.label(),
            "log": self.measure.is_log(),
            "studies": self.studies.iter().zip(weights).map(|(s, w)| json!({
                "row": s.row,
                "study": s.study,
                "yi": s.effect.estimate,
                "vi": s.effect.variance,
                "added": s.effect.added,
                "weight_percent": w,
            })).collect::<Vec<_>>(),
            "unused": self.table.unusable.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "pooled": {
                "estimate": self.pooled.estimate,
                "se": self.pooled.se,
                "shown": { "estimate": estimate, "lower": lower, "upper": upper },
                "interval_method": self.pooled.interval(0.95).method,
                "p": self.pooled.p_value(),
                "tau2": self.pooled.tau2,
                "tau2_method": self.pooled.tau2_method.name(),
                "q": self.pooled.q,
                "q_df": self.pooled.q_df(),
                "q_p": self.pooled.q_p_value(),
                "i2_from_tau2": self.pooled.i2_from_tau2(),
                "i2_from_q": self.pooled.i2_from_q(),
                "prediction": self.prediction(),
                "prediction_method": PredictionMethod::T2.name(),
            },
            "notes": self.table.notes,
        })
    }
}

impl fmt::Display for Analysis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, v) = self.vectors();
        writeln!(f, "{}: {} of {} studies", self.name, self.measure.label(), self.studies.len())?;
        let width = self.studies.iter().map(|s| s.study.chars().count()).max().unwrap_or(0).clamp(5, 40);
        let z = 1.959_963_984_540_054;
        for (s, w) in self.studies.iter().zip(self.pooled.weights_percent(&v)) {
            let margin = z * s.effect.standard_error();
            let [e, l, u] = [s.effect.estimate, s.effect.estimate - margin, s.effect.estimate + margin]
                .map(|x| self.shown(x));
            writeln!(f, "  {:width$}  {e:9.4} [{l:9.4}, {u:9.4}]  {w:5.1} %", s.study)?;
        }
        let [e, l, u] = self.pooled_shown();
        writeln!(
            f,
            "  {:width$}  {e:9.4} [{l:9.4}, {u:9.4}]  p = {}",
            "Pooled",
            p_text(self.pooled.p_value())
        )?;
        for note in self.notes() {
            writeln!(f, "{note}")?;
        }
        Ok(())
    }
}

fn vectors(studies: &[StudyEffect]) -> (Vec<f64>, Vec<f64>) {
    studies.iter().map(|s| (s.effect.estimate, s.effect.variance)).unzip()
}

pub(super) fn p_text(p: f64) -> String {
    if p < 0.0001 { "< 0.0001".to_owned() } else { format!("{p:.4}") }
}

/// An estimator of tau² by the code that R users know; `CE` and `FE` are the common effect too.
fn method(code: &str) -> Result<Tau2Method, EvidenceError> {
    if ["CE", "FE"].iter().any(|c| c.eq_ignore_ascii_case(code)) {
        return Ok(Tau2Method::CommonEffect);
    }
    Tau2Method::ALL.into_iter().find(|m| m.code().eq_ignore_ascii_case(code)).ok_or_else(|| {
        let codes: Vec<&str> = Tau2Method::ALL.iter().map(|m| m.code()).collect();
        EvidenceError::Argument(format!("the method {code} is not known; there are {}", codes.join(", ")))
    })
}
