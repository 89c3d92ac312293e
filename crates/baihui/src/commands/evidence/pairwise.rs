//! One table pooled, and what is said of it.

use super::section::{Section, Value, number};
use super::{EvidenceError, How, Predict, Test, bias, moderators, sensitivity, trials};
use baihui_evidence::effect_size::Correction;
use baihui_evidence::pairwise::{
    Options, Pooled, PredictionMethod, Tau2Interval, Tau2IntervalMethod, Tau2Method, TestMethod, pool,
    tau2_interval,
};
use baihui_evidence::table::effects::{EffectMeasure, StudyEffect};
use baihui_evidence::table::{RowData, TrialTable};
use clap::Args;
use serde_json::json;
use std::collections::BTreeSet;
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
    predict: Predict,
}

/// Which further analyses are asked for.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Also {
    /// Small-study effects: Egger, Begg, excess significance, fail-safe numbers; trim and fill, PET-PEESE, Henmi-Copas,
    /// selection models (step and beta).
    #[arg(long)]
    pub(super) bias: bool,
    /// Pool the groups of this column and test their difference. May be repeated.
    #[arg(long, value_name = "COLUMN", visible_alias = "byvar")]
    pub(super) subgroup: Vec<String>,
    /// Meta-regression on these columns: numbers as they are, words (or factor(COLUMN)) as categories.
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    pub(super) mods: Vec<String>,
    /// Pool with each study left out in turn.
    #[arg(long, visible_alias = "leave1out")]
    pub(super) leave_one_out: bool,
    /// Residuals, DFFITS, Cook's distances, leverages.
    #[arg(long)]
    pub(super) influence: bool,
    /// Pool the first, the first two, ... studies: by a column, else by the column year, else as the table has them.
    #[arg(long, value_name = "COLUMN", num_args = 0..=1, require_equals = true, default_missing_value = "",
        visible_alias = "cumul")]
    pub(super) cumulative: Option<String>,
    /// Several effects of one study: three-level model and robust standard errors, clusters by this column (or study).
    #[arg(long, value_name = "COLUMN")]
    pub(super) cluster: Option<String>,
    /// Mantel-Haenszel (OR, RR, RD), Peto, and their tests: nothing is added to empty cells.
    #[arg(long)]
    pub(super) rare: bool,
    /// Everything that needs no column: bias, leave-one-out, influence, cumulative, and rare where there are events.
    #[arg(long)]
    pub(super) all: bool,
}

impl Also {
    /// What a report has without asking.
    pub(super) fn everything(mut self) -> Self {
        self.all = true;
        self
    }

    /// The analyses of a table.
    pub(super) fn sections(&self, a: &Analysis) -> Result<Vec<Section>, EvidenceError> {
        let mut out = Vec::new();
        let (several, all) = (a.studies.len() > 2, self.all);
        for by in &self.subgroup {
            out.push(moderators::subgroup_section(a, by)?);
        }
        if !self.mods.is_empty() {
            out.push(moderators::regression_section(a, &self.mods)?);
        }
        if let Some(by) = &self.cluster {
            out.push(moderators::cluster_section(a, by)?);
        }
        if self.leave_one_out || (all && several) {
            out.push(sensitivity::leave_one_out_section(a)?);
        }
        if self.influence || (all && several) {
            out.push(sensitivity::influence_section(a)?);
        }
        if all || self.cumulative.is_some() {
            out.push(sensitivity::cumulative_section(a, self.cumulative.as_deref())?);
        }
        if self.bias || (all && several) {
            out.extend(bias::sections(a));
        }
        if self.rare || all {
            out.extend(self.rare_section(&a.name, &a.table)?);
        }
        Ok(out)
    }

    /// The methods for rare events alone, which need no effect of any single study.
    pub(super) fn rare_section(
        &self,
        name: &str,
        table: &TrialTable,
    ) -> Result<Option<Section>, EvidenceError> {
        let section = sensitivity::rare_section(table)
            .map_err(|source| EvidenceError::Rare { path: name.to_owned(), source })?;
        if section.is_none() && self.rare {
            return Err(EvidenceError::Argument(format!(
                "{name}: --rare needs the events of two groups (ai, n1i, ci, n2i)"
            )));
        }
        Ok(section)
    }
}

impl Analysis {
    pub(super) fn of(path: &Path, how: &How) -> Result<Self, EvidenceError> {
        Self::of_table(path.display().to_string(), trials(path, how)?, how)
    }

    pub(super) fn of_table(name: String, table: TrialTable, how: &How) -> Result<Self, EvidenceError> {
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
        let pooled = pool(&y, &v, &options).map_err(|source| {
            // Rows without a value are why there may be too few studies.
            let unused: Vec<String> = table.unusable.iter().map(|u| format!("\n{u}")).collect();
            EvidenceError::Pool { path: name.clone(), source, unused: unused.concat() }
        })?;
        Ok(Self { name, table, measure, studies, options, pooled, predict: how.predict })
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

    /// The prediction interval that was asked for, on the scale that is shown.
    pub(super) fn prediction(&self) -> Option<[f64; 2]> {
        let p = self.pooled.prediction(self.predict.method(), 0.95)?;
        Some([self.shown(p.lower), self.shown(p.upper)])
    }

    /// The interval of τ² by Q-profile, where τ² is estimated.
    fn tau2_interval(&self) -> Option<Tau2Interval> {
        let (y, v) = self.vectors();
        let estimated = self.pooled.tau2_method != Tau2Method::CommonEffect;
        estimated.then(|| tau2_interval(&y, &v, Tau2IntervalMethod::QProfile, 0.95).ok()).flatten()
    }

    /// What to say where one study gives several effects and its name stands in several rows.
    fn dependence(&self) -> Option<String> {
        let names: BTreeSet<&str> = self.studies.iter().map(|s| s.study.as_str()).collect();
        let (rows, studies) = (self.studies.len(), names.len());
        (studies < rows).then(|| {
            format!(
                "{rows} effects come from {studies} names of studies: effects of one study are not independent, and \
                 this model takes them so (see --cluster study)."
            )
        })
    }

    /// Lines on heterogeneity, methods, and rows that were not used.
    pub(super) fn notes(&self) -> Vec<String> {
        let p = &self.pooled;
        let mut out = vec![format!(
            "Q = {:.4}, df = {}, {}; I² = {:.2} % (from τ²), {:.2} % (from Q); H² = {:.2}; τ² = {} ({}).",
            p.q,
            p.q_df(),
            p_is(p.q_p_value()),
            100.0 * p.i2_from_tau2(),
            100.0 * p.i2_from_q(),
            p.h2_from_tau2(),
            number(p.tau2),
            p.tau2_method.name()
        )];
        if let Some(interval) = self.tau2_interval() {
            out.push(format!(
                "95 % interval of τ² by Q-profile: {} to {}.",
                number(interval.lower),
                number(interval.upper)
            ));
        }
        out.push(format!("Confidence interval: {}.", p.interval(0.95).method));
        let methods = if self.predict == Predict::All {
            PredictionMethod::ALL.to_vec()
        } else {
            vec![self.predict.method()]
        };
        for method in methods {
            if let Some(i) = p.prediction(method, 0.95) {
                let (l, u) = (self.shown(i.lower), self.shown(i.upper));
                out.push(format!("95 % prediction interval [{l:.4}, {u:.4}] by {}.", method.name()));
            }
        }
        out.extend(self.dependence());
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

    /// The studies and the pooled effect as a section, for CSV.
    pub(super) fn section(&self) -> Section {
        let (_, v) = self.vectors();
        let z = 1.959_963_984_540_054;
        let mut rows: Vec<Vec<Value>> = self
            .studies
            .iter()
            .zip(self.pooled.weights_percent(&v))
            .map(|(s, w)| {
                let (e, se) = (s.effect.estimate, s.effect.standard_error());
                let [e, l, u] = [e, e - z * se, e + z * se].map(|x| Value::effect(self.measure, x));
                vec![Value::Text(s.study.clone()), e, Value::Number(se), l, u, Value::Number(w), Value::None]
            })
            .collect();
        let i = self.pooled.interval(0.95);
        let [e, l, u] = [self.pooled.estimate, i.lower, i.upper].map(|x| Value::effect(self.measure, x));
        let p = Value::P(self.pooled.p_value());
        rows.push(vec![
            Value::Text("pooled".into()),
            e,
            Value::Number(self.pooled.se),
            l,
            u,
            Value::Number(100.0),
            p,
        ]);
        Section {
            key: "pool",
            title: self.measure.label().to_owned(),
            columns: vec![
                ("study", "study"),
                ("estimate", "estimate"),
                ("se", "se"),
                ("ci.lb", "lower"),
                ("ci.ub", "upper"),
                ("weight", "weight %"),
                ("pval", "p"),
            ],
            rows,
            notes: self.notes(),
        }
    }

    /// Heterogeneity and all prediction intervals as a section, for CSV.
    pub(super) fn heterogeneity(&self) -> Section {
        let p = &self.pooled;
        let mut rows = Vec::new();
        let mut row = |term: String, estimate: Value, bounds: [Value; 2], df: Option<f64>, pval: Value| {
            let [l, u] = bounds;
            rows.push(vec![Value::Text(term), estimate, l, u, Value::number(df), pval]);
        };
        let interval = self.tau2_interval();
        let [(tl, tu), (il, iu), (hl, hu)] =
            interval.as_ref().map_or([(f64::NAN, f64::NAN); 3], |i| [(i.lower, i.upper), i.i2(), i.h2()]);
        let bounds = |l: f64, u: f64| [l, u].map(|x| Value::number(x.is_finite().then_some(x)));
        row("tau2".into(), Value::Number(p.tau2), bounds(tl, tu), None, Value::None);
        row(
            "I2".into(),
            Value::Number(100.0 * p.i2_from_tau2()),
            bounds(100.0 * il, 100.0 * iu),
            None,
            Value::None,
        );
        let (l, u) = p.i2_interval_from_q(0.95).unwrap_or((f64::NAN, f64::NAN));
        row(
            "I2 from Q".into(),
            Value::Number(100.0 * p.i2_from_q()),
            bounds(100.0 * l, 100.0 * u),
            None,
            Value::None,
        );
        row("H2".into(), Value::Number(p.h2_from_tau2()), bounds(hl, hu), None, Value::None);
        row(
            "Q".into(),
            Value::Number(p.q),
            [Value::None, Value::None],
            Some(p.q_df()),
            Value::P(p.q_p_value()),
        );
        for method in PredictionMethod::ALL {
            if let Some(i) = p.prediction(method, 0.95) {
                let [e, l, u] = [p.estimate, i.lower, i.upper].map(|x| Value::effect(self.measure, x));
                row(format!("prediction, {}", method.name()), e, [l, u], i.df, Value::None);
            }
        }
        Section {
            key: "heterogeneity",
            title: "Heterogeneity".into(),
            columns: vec![
                ("term", "term"),
                ("estimate", "estimate"),
                ("ci.lb", "lower"),
                ("ci.ub", "upper"),
                ("df", "df"),
                ("pval", "p"),
            ],
            rows,
            notes: Vec::new(),
        }
    }

    pub(super) fn json(&self, sections: &[Section]) -> serde_json::Value {
        let analyses: serde_json::Map<String, serde_json::Value> =
            sections.iter().map(|s| (s.key.to_owned(), s.json())).collect();
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
                "ci": [self.pooled.interval(0.95).lower, self.pooled.interval(0.95).upper],
                "tau2": self.pooled.tau2,
                "tau2_interval": self.tau2_interval().map(|i| [i.lower, i.upper]),
                "h2": self.pooled.h2_from_tau2(),
                "tau2_method": self.pooled.tau2_method.name(),
                "q": self.pooled.q,
                "q_df": self.pooled.q_df(),
                "q_p": self.pooled.q_p_value(),
                "i2_from_tau2": self.pooled.i2_from_tau2(),
                "i2_from_q": self.pooled.i2_from_q(),
                "prediction": self.prediction(),
                "prediction_method": self.predict.method().name(),
                "predictions": PredictionMethod::ALL
                    .into_iter()
                    .filter_map(|m| {
                        let p = self.pooled.prediction(m, 0.95)?;
                        Some((m.name().to_owned(), json!([self.shown(p.lower), self.shown(p.upper)])))
                    })
                    .collect::<serde_json::Map<String, serde_json::Value>>(),
            },
            "notes": self.table.notes.iter().cloned().chain(self.dependence()).collect::<Vec<_>>(),
            "analyses": analyses,
        })
    }
}

impl fmt::Display for Analysis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, v) = self.vectors();
        let what = if self.dependence().is_some() { "effects" } else { "studies" };
        writeln!(f, "{}: {} of {} {what}", self.name, self.measure.label(), self.studies.len())?;
        let width = self.studies.iter().map(|s| s.study.chars().count()).max().unwrap_or(0).clamp(5, 40);
        let z = 1.959_963_984_540_054;
        for (s, w) in self.studies.iter().zip(self.pooled.weights_percent(&v)) {
            let margin = z * s.effect.standard_error();
            let [e, l, u] = [s.effect.estimate, s.effect.estimate - margin, s.effect.estimate + margin]
                .map(|x| self.shown(x));
            writeln!(f, "  {:width$}  {e:9.4} [{l:9.4}, {u:9.4}]  {w:5.1} %", s.study)?;
        }
        let [e, l, u] = self.pooled_shown();
        writeln!(f, "  {:width$}  {e:9.4} [{l:9.4}, {u:9.4}]  {}", "Pooled", p_is(self.pooled.p_value()))?;
        for note in self.notes() {
            writeln!(f, "{note}")?;
        }
        Ok(())
    }
}

fn vectors(studies: &[StudyEffect]) -> (Vec<f64>, Vec<f64>) {
    studies.iter().map(|s| (s.effect.estimate, s.effect.variance)).unzip()
}

/// `p = 0.0123` or `p < 0.0001`.
pub(super) fn p_is(p: f64) -> String {
    if p < 0.0001 { "p < 0.0001".to_owned() } else { format!("p = {p:.4}") }
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
