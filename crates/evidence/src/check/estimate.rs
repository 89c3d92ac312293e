//! An estimate against its interval and its p-value.
//!
//! On the scale of the analysis (the logarithm for ratios) a Wald interval is `b ± z·SE`, so the interval
//! gives the standard error and with it `p = 2·Φ(−|b|/SE)` (Altman & Bland 2011, BMJ 343:d2304, "How to
//! obtain the P value from a confidence interval").

use super::{Finding, Interval, PValue, Printed, Rule, show, show_p_range};
use crate::dist::Normal;

/// An interval that is off by less than this share of a standard error is not reported: intervals from
/// t, profile likelihood and posterior distributions are slightly asymmetric without being wrong.
const ASYMMETRY_TOLERATED_SE: f64 = 0.1;

/// Scale on which an interval is symmetric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Differences: no effect is 0.
    Difference,
    /// Ratios: no effect is 1, symmetric in the logarithm.
    Ratio,
}

impl Scale {
    /// The scale of a measure by its usual abbreviation; `None` for one that is not known.
    #[must_use]
    pub fn of_measure(measure: &str) -> Option<Self> {
        match measure.trim().to_ascii_uppercase().as_str() {
            "OR" | "RR" | "HR" | "IRR" | "ROM" | "PETO OR" | "DOR" => Some(Self::Ratio),
            "MD" | "WMD" | "SMD" | "RD" | "COHEN'S D" | "HEDGES' G" | "G" | "D" => Some(Self::Difference),
            _ => None,
        }
    }

    fn null(self) -> f64 {
        match self {
            Self::Difference => 0.0,
            Self::Ratio => 1.0,
        }
    }
}

/// An estimate as printed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PrintedEstimate {
    /// The scale of the measure.
    pub scale: Scale,
    /// Point estimate.
    pub estimate: Printed,
    /// Lower bound.
    pub lower: Printed,
    /// Upper bound.
    pub upper: Printed,
    /// Confidence level of the interval, 0.95 as a rule.
    pub level: f64,
    /// The p-value, where one is printed.
    pub p: Option<PValue>,
}

/// What the printed interval implies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ImpliedStatistics {
    /// Standard error on the scale of the analysis, from the printed values themselves.
    pub standard_error: f64,
    /// Estimate over standard error.
    pub z: f64,
    /// Two-sided p by the normal distribution.
    pub p: f64,
    /// All p-values that printed numbers with this rounding allow.
    pub p_range: Interval,
    /// Distance of the estimate from the middle of the interval, in standard errors (positive: above).
    pub asymmetry_se: f64,
    /// The least such distance (in absolute value) that rounding allows.
    pub least_asymmetry_se: f64,
}

/// Standard error, z and p that a printed interval implies. `None` where the bounds are equal or in the
/// wrong order, or a ratio is not positive.
#[must_use]
pub fn implied_statistics(e: &PrintedEstimate) -> Option<ImpliedStatistics> {
    let normal = Normal::STANDARD;
    let z_level = normal.quantile_upper((1.0 - e.level) / 2.0);
    let on = |x: f64| match e.scale {
        Scale::Difference => x,
        // A ratio printed as 0.00 may be anything down to 0.
        Scale::Ratio => libm::log(x.max(f64::MIN_POSITIVE)),
    };
    let usable = e.lower.value() < e.upper.value()
        && (e.scale == Scale::Difference || (e.lower.value() > 0.0 && e.estimate.value() > 0.0));
    if !usable || !z_level.is_finite() || z_level <= 0.0 {
        return None;
    }
    let estimate = e.estimate.interval().map(on);
    let lower = e.lower.interval().map(on);
    let upper = e.upper.interval().map(on);
    let width = upper.minus(lower);
    let se = Interval { lo: (width.lo / (2.0 * z_level)).max(0.0), hi: width.hi / (2.0 * z_level) };
    let size = estimate.magnitude();
    let z_range =
        Interval { lo: size.lo / se.hi, hi: if se.lo > 0.0 { size.hi / se.lo } else { f64::INFINITY } };
    let p_range = z_range.map(|z| 2.0 * normal.sf(z));

    let (b, l, u) = (on(e.estimate.value()), on(e.lower.value()), on(e.upper.value()));
    let standard_error = (u - l) / (2.0 * z_level);
    let z = b / standard_error;
    let middle = Interval { lo: f64::midpoint(lower.lo, upper.lo), hi: f64::midpoint(lower.hi, upper.hi) };
    Some(ImpliedStatistics {
        standard_error,
        z,
        p: 2.0 * normal.sf(z.abs()),
        p_range,
        asymmetry_se: (b - f64::midpoint(l, u)) / standard_error,
        least_asymmetry_se: estimate.minus(middle).magnitude().lo / standard_error,
    })
}

impl PrintedEstimate {
    /// All disagreements among estimate, interval and p-value.
    #[must_use]
    pub fn check(&self) -> Vec<Finding> {
        let mut out = Vec::new();
        let (b, l, u) = (self.estimate, self.lower, self.upper);
        if self.scale == Scale::Ratio
            && let Some(bad) = [b, l, u].iter().find(|x| x.interval().hi <= 0.0 || x.scaled() < 0)
        {
            out.push(Finding::new(
                Rule::RatioNotPositive,
                format!(
                    "A ratio cannot be {bad}: estimate {b} [{l}, {u}]; is this a logarithm or a difference?"
                ),
            ));
            return out;
        }
        if l.interval().lo > u.interval().hi {
            out.push(Finding::new(
                Rule::BoundsOrder,
                format!("The lower bound {l} is above the upper bound {u}."),
            ));
            return out;
        }
        self.check_inside(&mut out);
        let Some(implied) = implied_statistics(self) else { return out };
        let outside = !out.is_empty();
        if !outside && implied.least_asymmetry_se > ASYMMETRY_TOLERATED_SE {
            let scale = if self.scale == Scale::Ratio { " on the logarithmic scale" } else { "" };
            out.push(Finding::new(
                Rule::AsymmetricInterval,
                format!(
                    "The estimate {b} is not in the middle of its interval [{l}, {u}]{scale}: it is {} standard errors off, more than rounding explains, so one of the three numbers is probably misprinted.",
                    show(implied.asymmetry_se.abs()),
                ),
            ));
        }
        self.check_p(&implied, &mut out);
        out
    }

    fn check_inside(&self, out: &mut Vec<Finding>) {
        let (b, l, u) = (self.estimate, self.lower, self.upper);
        let hull = Interval { lo: l.interval().lo, hi: u.interval().hi };
        if b.interval().meets(hull) {
            return;
        }
        let sign_lost = self.scale == Scale::Difference && b.negated().interval().meets(hull);
        let why = if sign_lost {
            format!(
                "with the other sign, {}, it would lie inside, so a minus sign is probably lost",
                b.negated()
            )
        } else {
            "one of the three numbers must be wrong".to_owned()
        };
        out.push(Finding::new(
            Rule::EstimateOutsideInterval,
            format!("The estimate {b} lies outside its own interval [{l}, {u}]; {why}."),
        ));
    }

    fn check_p(&self, implied: &ImpliedStatistics, out: &mut Vec<Finding>) {
        let Some(p) = self.p else { return };
        if p.agrees(implied.p_range) {
            return;
        }
        let (b, l, u) = (self.estimate, self.lower, self.upper);
        let null = self.scale.null();
        let alpha = 1.0 - self.level;
        let interval_significant = l.interval().lo > null || u.interval().hi < null;
        let p_significant = match p.relation {
            super::Relation::Below => p.number.value() <= alpha,
            super::Relation::Equal => p.number.interval().hi < alpha,
            super::Relation::Above => false,
        };
        let consequence = match (interval_significant, p_significant) {
            (true, false) => {
                format!(" The interval excludes {null} (no effect), but the p-value says that it does not.")
            }
            (false, true) => {
                format!(" The interval includes {null} (no effect), but the p-value says that it does not.")
            }
            _ => String::new(),
        };
        out.push(Finding::new(
            Rule::PAgainstInterval,
            format!(
                "The interval [{l}, {u}] around {b} implies {}, but {p} is printed.{consequence}",
                show_p_range(implied.p_range)
            ),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn printed(scale: Scale, b: &str, l: &str, u: &str, p: &str) -> PrintedEstimate {
        let n = |t| Printed::parse(t).expect("number");
        PrintedEstimate { scale, estimate: n(b), lower: n(l), upper: n(u), level: 0.95, p: PValue::parse(p) }
    }

    #[test]
    fn each_failure_is_explained() {
        let lost = printed(Scale::Difference, "3.08", "-3.96", "-2.19", "<.001").check();
        assert_eq!(lost.len(), 1);
        assert!(lost[0].sentence.contains("a minus sign is probably lost"));
        let adverse = printed(Scale::Ratio, "6.97", "2.10", "23.11", "0.33").check();
        assert_eq!(adverse.iter().map(|f| f.rule).collect::<Vec<_>>(), [Rule::PAgainstInterval]);
        assert!(adverse[0].sentence.contains("excludes 1"), "{}", adverse[0].sentence);
        assert_eq!(printed(Scale::Ratio, "-1.2", "0.5", "2", "").check()[0].rule, Rule::RatioNotPositive);
        assert_eq!(printed(Scale::Difference, "1", "2", "0", "").check()[0].rule, Rule::BoundsOrder);
        let skew = printed(Scale::Difference, "7.72", "4.97", "9.56", "").check();
        assert_eq!(skew[0].rule, Rule::AsymmetricInterval);
        assert!(skew[0].sentence.contains("0.389"), "{}", skew[0].sentence);
    }

    proptest! {
        /// A true Wald result, rounded in any way, is never accused.
        #[test]
        fn rounding_raises_no_alarm(b in -30.0f64..30.0, se in 0.01f64..10.0, d in 0u32..4, dp in 2u32..6, ratio in any::<bool>()) {
            let scale = if ratio { Scale::Ratio } else { Scale::Difference };
            let b = if ratio { b / 20.0 } else { b };
            let se = if ratio { se / 10.0 } else { se };
            let out = |x: f64| if ratio { libm::exp(x) } else { x };
            let p = 2.0 * Normal::STANDARD.sf((b / se).abs());
            let n = |x: f64| Printed::new(x, d).expect("small");
            let z = 1.959_963_984_540_054;
            let e = PrintedEstimate {
                scale,
                estimate: n(out(b)),
                lower: n(out(b - z * se)),
                upper: n(out(b + z * se)),
                level: 0.95,
                p: Some(PValue { relation: crate::check::Relation::Equal, number: Printed::new(p, dp).expect("small") }),
            };
            let found = e.check();
            prop_assert!(found.is_empty(), "{e:?}: {found:?}");
        }
    }
}
