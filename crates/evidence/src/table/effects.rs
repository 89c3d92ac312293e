//! From typed rows to effects: one measure for the whole table, never a mixture.

use super::{RowData, TrialTable};
use crate::effect_size::{
    Correction, Correlation, CorrelationMeasure, Effect, EffectError, MeansMeasure, Proportion,
    ProportionMeasure, RateMeasure, SmdVariance, TableMeasure, TwoByTwo, TwoMeans, TwoRates,
};

/// A measure by the code that R users know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectMeasure {
    /// Of two arms with events.
    Table(TableMeasure),
    /// Of two arms with means.
    Means(MeansMeasure),
    /// Of two arms with person-time.
    Rates(RateMeasure),
    /// Of one arm with events.
    Proportion(ProportionMeasure),
    /// Of correlations.
    Correlation(CorrelationMeasure),
    /// Effects already computed.
    Generic,
    /// Ratios already computed, kept as logarithms.
    GenericRatio,
}

const CODES: &[(&str, EffectMeasure, &str)] = &[
    ("RR", EffectMeasure::Table(TableMeasure::RiskRatio), "Risk ratio"),
    ("OR", EffectMeasure::Table(TableMeasure::OddsRatio), "Odds ratio"),
    ("PETO", EffectMeasure::Table(TableMeasure::Peto), "Peto odds ratio"),
    ("RD", EffectMeasure::Table(TableMeasure::RiskDifference), "Risk difference"),
    ("AS", EffectMeasure::Table(TableMeasure::ArcsineDifference), "Arcsine difference"),
    ("MD", EffectMeasure::Means(MeansMeasure::MeanDifference), "Mean difference"),
    (
        "SMD",
        EffectMeasure::Means(MeansMeasure::StandardisedMeanDifference(SmdVariance::LargeSample)),
        "Standardised mean difference",
    ),
    (
        "SMDH",
        EffectMeasure::Means(MeansMeasure::StandardisedMeanDifferenceUnequal),
        "Standardised mean difference, unequal variances",
    ),
    ("ROM", EffectMeasure::Means(MeansMeasure::RatioOfMeans), "Ratio of means"),
    ("IRR", EffectMeasure::Rates(RateMeasure::RateRatio), "Rate ratio"),
    ("IRD", EffectMeasure::Rates(RateMeasure::RateDifference), "Rate difference"),
    ("PR", EffectMeasure::Proportion(ProportionMeasure::Raw), "Proportion"),
    ("PLN", EffectMeasure::Proportion(ProportionMeasure::Log), "Proportion"),
    ("PLO", EffectMeasure::Proportion(ProportionMeasure::Logit), "Log odds"),
    (
        "PFT",
        EffectMeasure::Proportion(ProportionMeasure::FreemanTukey),
        "Freeman-Tukey transformed proportion",
    ),
    ("COR", EffectMeasure::Correlation(CorrelationMeasure::Raw), "Correlation"),
    ("ZCOR", EffectMeasure::Correlation(CorrelationMeasure::FisherZ), "Correlation"),
    ("GEN", EffectMeasure::Generic, "Effect"),
    ("GENR", EffectMeasure::GenericRatio, "Ratio"),
];

impl EffectMeasure {
    /// Reads a code, in any case.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        CODES.iter().find(|(c, _, _)| c.eq_ignore_ascii_case(code.trim())).map(|(_, m, _)| *m)
    }

    /// All codes, for messages.
    #[must_use]
    pub fn codes() -> String {
        CODES.iter().map(|(c, _, _)| *c).collect::<Vec<_>>().join(", ")
    }

    /// The kind of table that it is computed from.
    #[must_use]
    pub fn kind(self) -> super::Kind {
        use super::Kind;
        match self {
            Self::Table(_) => Kind::Counts,
            Self::Means(_) => Kind::Means,
            Self::Rates(_) => Kind::PersonTime,
            Self::Proportion(_) => Kind::Proportion,
            Self::Correlation(_) => Kind::Correlation,
            Self::Generic | Self::GenericRatio => Kind::Estimate,
        }
    }

    /// Name for axes and headings.
    #[must_use]
    pub fn label(self) -> &'static str {
        CODES.iter().find(|(_, m, _)| *m == self).map_or("Effect", |(_, _, l)| l)
    }

    /// Whether effects are logarithms of what is shown.
    #[must_use]
    pub fn is_log(self) -> bool {
        matches!(
            self,
            Self::Table(TableMeasure::RiskRatio | TableMeasure::OddsRatio | TableMeasure::Peto)
                | Self::Means(MeansMeasure::RatioOfMeans)
                | Self::Rates(RateMeasure::RateRatio)
                | Self::Proportion(ProportionMeasure::Log)
                | Self::GenericRatio
        )
    }

    /// From the scale of the analysis to the scale that is shown.
    #[must_use]
    pub fn shown(self, x: f64) -> f64 {
        if self.is_log() {
            libm::exp(x)
        } else if self == Self::Correlation(CorrelationMeasure::FisherZ) {
            libm::tanh(x)
        } else {
            x
        }
    }

    /// Value of no effect on the scale that is shown.
    #[must_use]
    pub fn null(self) -> f64 {
        if self.is_log() && !matches!(self, Self::Proportion(_)) { 1.0 } else { 0.0 }
    }
}

/// The effect of one study.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyEffect {
    /// Data row in the table, from 1.
    pub row: usize,
    /// Line in the file.
    pub line: usize,
    /// Study.
    pub study: String,
    /// The effect on the scale of the analysis.
    pub effect: Effect,
    /// The numbers that it comes from.
    pub data: RowData,
}

/// A row whose effect cannot be computed, with row and study.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EffectsError {
    /// The measure does not fit the columns.
    #[error("the measure {measure} cannot be computed from these columns ({kind}); {hint}")]
    Measure {
        /// The measure.
        measure: &'static str,
        /// Kind of the table.
        kind: String,
        /// What would help.
        hint: &'static str,
    },
    /// Studies without a computable effect, all of them.
    #[error("{}", listed(.0))]
    Rows(Vec<RowProblem>),
}

/// A study without a computable effect.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("row {row} (line {line}), study \"{study}\": {source}")]
pub struct RowProblem {
    /// Data row, from 1.
    pub row: usize,
    /// Line.
    pub line: usize,
    /// Study.
    pub study: String,
    /// Why.
    pub source: EffectError,
}

fn listed(problems: &[RowProblem]) -> String {
    let mut lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    if problems
        .iter()
        .any(|p| matches!(p.source, EffectError::ZeroCell { .. } | EffectError::Undefined { .. }))
    {
        lines.push(
            "Nothing is added to empty cells unless you say so: choose a correction (--add 0.5), the risk difference \
             (--measure RD), or a method for rare events (--rare)"
                .into(),
        );
    }
    lines.join("\n")
}

impl TrialTable {
    /// The measure that the file asks for, else the one that suits the columns: RR for events, MD for means, and so on.
    #[must_use]
    pub fn default_measure(&self) -> EffectMeasure {
        use super::Kind;
        if let Some(measure) = self.measure {
            return measure;
        }
        match self.kind {
            Kind::Counts | Kind::ArmCounts => EffectMeasure::Table(TableMeasure::RiskRatio),
            Kind::Means | Kind::ArmMeans => EffectMeasure::Means(MeansMeasure::MeanDifference),
            Kind::PersonTime => EffectMeasure::Rates(RateMeasure::RateRatio),
            Kind::Proportion => EffectMeasure::Proportion(ProportionMeasure::Logit),
            Kind::Correlation => EffectMeasure::Correlation(CorrelationMeasure::FisherZ),
            Kind::Estimate if self.ratios => EffectMeasure::GenericRatio,
            Kind::Estimate | Kind::Contrast => EffectMeasure::Generic,
        }
    }

    /// Effects of all usable rows, by one measure.
    ///
    /// # Errors
    /// [`EffectsError`] names every row without an effect; nothing is left out or corrected unless `correction` says so.
    pub fn effects(
        &self,
        measure: EffectMeasure,
        correction: Correction,
    ) -> Result<Vec<StudyEffect>, EffectsError> {
        let (mut effects, mut problems) = (Vec::with_capacity(self.rows.len()), Vec::new());
        for row in &self.rows {
            let computed = of_row(&row.data, measure, correction).ok_or_else(|| EffectsError::Measure {
                measure: measure.label(),
                kind: format!("{:?}", self.kind),
                hint: "effects already computed are pooled as GEN; arms in rows of their own are compared as a network",
            })?;
            let (row, line, study, data) = (row.row, row.line, row.study.clone(), row.data.clone());
            match computed {
                Ok(effect) => effects.push(StudyEffect { row, line, study, effect, data }),
                Err(source) => problems.push(RowProblem { row, line, study, source }),
            }
        }
        if problems.is_empty() { Ok(effects) } else { Err(EffectsError::Rows(problems)) }
    }
}

/// `None` where data and measure do not belong together.
pub(crate) fn of_row(
    data: &RowData,
    measure: EffectMeasure,
    correction: Correction,
) -> Option<Result<Effect, EffectError>> {
    Some(match (data, measure) {
        (RowData::Counts { events1, n1, events2, n2 }, EffectMeasure::Table(m)) => {
            TwoByTwo::from_totals(*events1, *n1, *events2, *n2).and_then(|t| m.effect(&t, correction))
        }
        (RowData::Means { mean1, sd1, n1, mean2, sd2, n2 }, EffectMeasure::Means(m)) => {
            m.effect(&TwoMeans { mean1: *mean1, sd1: *sd1, n1: *n1, mean2: *mean2, sd2: *sd2, n2: *n2 })
        }
        (RowData::PersonTime { events1, time1, events2, time2 }, EffectMeasure::Rates(m)) => m.effect(
            &TwoRates { events1: *events1, time1: *time1, events2: *events2, time2: *time2 },
            correction,
        ),
        (RowData::Proportion { events, n }, EffectMeasure::Proportion(m)) => {
            m.effect(&Proportion { events: *events, n: *n }, correction)
        }
        (RowData::Correlation { r, n }, EffectMeasure::Correlation(m)) => {
            m.effect(&Correlation { r: *r, n: *n })
        }
        (RowData::Estimate { effect, variance }, EffectMeasure::Generic | EffectMeasure::GenericRatio) => {
            Ok(Effect::new(*effect, *variance))
        }
        (RowData::Contrast { effect, standard_error, .. }, EffectMeasure::Generic) => {
            Ok(Effect::new(*effect, standard_error * standard_error))
        }
        _ => return None,
    })
}
