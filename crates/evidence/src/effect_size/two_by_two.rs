//! Measures for events in two arms.

use super::{Correction, Effect, EffectError, not_negative};
use serde::{Deserialize, Serialize};

/// Events and non-events in two arms.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TwoByTwo {
    /// Arm 1 with the event.
    pub a: f64,
    /// Arm 1 without the event.
    pub b: f64,
    /// Arm 2 with the event.
    pub c: f64,
    /// Arm 2 without the event.
    pub d: f64,
}

/// What is measured on a two-by-two table. Ratios are natural logarithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TableMeasure {
    /// Log risk ratio.
    RiskRatio,
    /// Log odds ratio.
    OddsRatio,
    /// Risk difference.
    RiskDifference,
    /// Difference of the arcsine of the square roots of the risks, in radians (Rücker et al. 2009).
    ArcsineDifference,
    /// Log odds ratio by Peto's one-step method (Yusuf et al. 1985).
    Peto,
    /// Phi coefficient, with the variance under multinomial sampling (Yule 1912).
    Phi,
    /// Yule's Q.
    YuleQ,
    /// Yule's Y.
    YuleY,
    /// Log odds ratio divided by 1.65, an estimate of a standardised mean difference (Cox and Snell 1989).
    OddsRatioToDNormal,
    /// Log odds ratio times sqrt(3)/pi, the same for a logistic distribution (Chinn 2000).
    OddsRatioToDLogistic,
}

impl TableMeasure {
    /// All measures.
    pub const ALL: [TableMeasure; 10] = [
        TableMeasure::RiskRatio,
        TableMeasure::OddsRatio,
        TableMeasure::RiskDifference,
        TableMeasure::ArcsineDifference,
        TableMeasure::Peto,
        TableMeasure::Phi,
        TableMeasure::YuleQ,
        TableMeasure::YuleY,
        TableMeasure::OddsRatioToDNormal,
        TableMeasure::OddsRatioToDLogistic,
    ];

    /// The short code R users know.
    pub const fn code(self) -> &'static str {
        match self {
            TableMeasure::RiskRatio => "RR",
            TableMeasure::OddsRatio => "OR",
            TableMeasure::RiskDifference => "RD",
            TableMeasure::ArcsineDifference => "AS",
            TableMeasure::Peto => "PETO",
            TableMeasure::Phi => "PHI",
            TableMeasure::YuleQ => "YUQ",
            TableMeasure::YuleY => "YUY",
            TableMeasure::OddsRatioToDNormal => "OR2DN",
            TableMeasure::OddsRatioToDLogistic => "OR2DL",
        }
    }

    /// The name in words.
    pub const fn name(self) -> &'static str {
        match self {
            TableMeasure::RiskRatio => "the log risk ratio",
            TableMeasure::OddsRatio => "the log odds ratio",
            TableMeasure::RiskDifference => "the risk difference",
            TableMeasure::ArcsineDifference => "the arcsine difference",
            TableMeasure::Peto => "the Peto log odds ratio",
            TableMeasure::Phi => "the phi coefficient",
            TableMeasure::YuleQ => "Yule's Q",
            TableMeasure::YuleY => "Yule's Y",
            TableMeasure::OddsRatioToDNormal => "the log odds ratio as a standardised difference (normal)",
            TableMeasure::OddsRatioToDLogistic => {
                "the log odds ratio as a standardised difference (logistic)"
            }
        }
    }

    /// The measure on a table.
    ///
    /// # Errors
    /// If a cell is negative or not a number, an arm is empty, a cell is zero where the measure needs it to be
    /// positive and no correction was chosen, or nobody or everybody had the event and the measure has no value.
    pub fn effect(self, table: &TwoByTwo, correction: Correction) -> Result<Effect, EffectError> {
        table.check()?;
        let has_zero = [table.a, table.b, table.c, table.d].contains(&0.0);
        // The arcsine difference and phi exist with empty cells and are never corrected.
        let added = match self {
            TableMeasure::ArcsineDifference | TableMeasure::Phi => 0.0,
            _ => correction.amount(has_zero),
        };
        let TwoByTwo { a, b, c, d } = table.plus(added);
        let cells = [("a", a), ("b", b), ("c", c), ("d", d)];
        let positive = |names: &[&'static str]| {
            cells
                .iter()
                .find(|(name, value)| names.contains(name) && *value <= 0.0)
                .map_or(Ok(()), |(field, _)| Err(EffectError::ZeroCell { field, measure: self.name() }))
        };
        let (n1, n2) = (a + b, c + d);
        let n = n1 + n2;
        let log_odds = |scale: f64| {
            positive(&["a", "b", "c", "d"])?;
            let variance = 1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d;
            Ok((scale * libm::log((a * d) / (b * c)), scale * scale * variance))
        };
        let (estimate, variance) = match self {
            TableMeasure::RiskRatio => {
                positive(&["a", "c"])?;
                let estimate = libm::log((a / n1) / (c / n2));
                // 1/a - 1/n1, without cancellation.
                (estimate, b / (a * n1) + d / (c * n2))
            }
            TableMeasure::OddsRatio => log_odds(1.0)?,
            TableMeasure::OddsRatioToDNormal => log_odds(1.0 / 1.65)?,
            TableMeasure::OddsRatioToDLogistic => log_odds(3f64.sqrt() / std::f64::consts::PI)?,
            TableMeasure::RiskDifference => {
                if a * b == 0.0 && c * d == 0.0 {
                    let field = if a == 0.0 { "a" } else { "b" };
                    return Err(EffectError::ZeroCell { field, measure: self.name() });
                }
                (a / n1 - c / n2, a * b / (n1 * n1 * n1) + c * d / (n2 * n2 * n2))
            }
            TableMeasure::ArcsineDifference => {
                let angle = |x: f64, n: f64| libm::asin((x / n).sqrt());
                (angle(a, n1) - angle(c, n2), 0.25 / n1 + 0.25 / n2)
            }
            TableMeasure::Peto => {
                let (events, others) = (a + c, b + d);
                if events == 0.0 || others == 0.0 {
                    return Err(EffectError::Undefined { measure: self.name(), reason: NOBODY_OR_EVERYBODY });
                }
                let v = n1 * n2 * events * others / (n * n * (n - 1.0));
                ((a - n1 * events / n) / v, 1.0 / v)
            }
            TableMeasure::Phi => {
                let (p1, p2, q1, q2) = (n1 / n, n2 / n, (a + c) / n, (b + d) / n);
                if q1 == 0.0 || q2 == 0.0 {
                    return Err(EffectError::Undefined { measure: self.name(), reason: NOBODY_OR_EVERYBODY });
                }
                let phi = (a * d - b * c) / (n * n * (p1 * p2 * q1 * q2).sqrt());
                let square = phi * phi;
                let skew = (p1 - p2) * (q1 - q2) / (p1 * p2 * q1 * q2).sqrt();
                let spread = (p1 - p2) * (p1 - p2) / (p1 * p2) + (q1 - q2) * (q1 - q2) / (q1 * q2);
                (phi, (1.0 - square + phi * (1.0 + 0.5 * square) * skew - 0.75 * square * spread) / n)
            }
            TableMeasure::YuleQ => {
                positive(&["a", "b", "c", "d"])?;
                let q = (a * d - b * c) / (a * d + b * c);
                let rest = 1.0 - q * q;
                (q, 0.25 * rest * rest * (1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d))
            }
            TableMeasure::YuleY => {
                positive(&["a", "b", "c", "d"])?;
                let (s, t) = ((a * d).sqrt(), (b * c).sqrt());
                let y = (s - t) / (s + t);
                let rest = 1.0 - y * y;
                (y, rest * rest / 16.0 * (1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d))
            }
        };
        Ok(Effect { estimate, variance, added })
    }
}

const NOBODY_OR_EVERYBODY: &str = "nobody, or everybody, in both arms had the event";

impl TwoByTwo {
    /// From events and participants of both arms.
    ///
    /// # Errors
    /// If there are more events than participants, or a number is negative or not finite.
    pub fn from_totals(events1: f64, n1: f64, events2: f64, n2: f64) -> Result<TwoByTwo, EffectError> {
        let arm = |events_field, events, total_field, total| {
            not_negative(events_field, events)?;
            not_negative(total_field, total)?;
            if events > total {
                Err(EffectError::MoreEventsThanTotal { events_field, events, total_field, total })
            } else {
                Ok(total - events)
            }
        };
        let b = arm("events1", events1, "n1", n1)?;
        let d = arm("events2", events2, "n2", n2)?;
        Ok(TwoByTwo { a: events1, b, c: events2, d })
    }

    /// The same table with the arms exchanged.
    pub fn swapped(&self) -> TwoByTwo {
        TwoByTwo { a: self.c, b: self.d, c: self.a, d: self.b }
    }

    fn plus(&self, add: f64) -> TwoByTwo {
        TwoByTwo { a: self.a + add, b: self.b + add, c: self.c + add, d: self.d + add }
    }

    /// Checks that all cells are finite and not negative and that no arm is empty.
    ///
    /// # Errors
    /// As said.
    pub fn check(&self) -> Result<(), EffectError> {
        not_negative("a", self.a)?;
        not_negative("b", self.b)?;
        not_negative("c", self.c)?;
        not_negative("d", self.d)?;
        if self.a + self.b == 0.0 {
            return Err(EffectError::EmptyArm { field: "arm 1" });
        }
        if self.c + self.d == 0.0 {
            return Err(EffectError::EmptyArm { field: "arm 2" });
        }
        Ok(())
    }
}
