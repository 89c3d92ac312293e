//! Means and standard deviations against p-values, test statistics and plain possibility.

use super::{Finding, Interval, PValue, Printed, Relation, Rule, show, show_p_range};
use crate::dist::{Normal, StudentT};

/// Below this overlap of two normal groups a deviation is called implausibly small.
const LEAST_OVERLAP: f64 = 0.05;

/// A group as printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrintedGroup {
    /// Mean.
    pub mean: Printed,
    /// Standard deviation.
    pub sd: Printed,
    /// Participants.
    pub n: u64,
}

impl PrintedGroup {
    fn sd_range(self, factor: f64) -> Interval {
        let range = self.sd.interval();
        Interval { lo: range.lo.max(0.0) * factor, hi: range.hi * factor }
    }
}

impl std::fmt::Display for PrintedGroup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ± {} (n = {})", self.mean, self.sd, self.n)
    }
}

/// p-values that the printed numbers allow, by Student's and by Welch's test together. With `as_errors`
/// the printed deviations are taken as standard errors.
fn p_range(a: PrintedGroup, b: PrintedGroup, as_errors: bool) -> Option<Interval> {
    if a.n < 2 || b.n < 2 {
        return None;
    }
    let (na, nb) = (a.n as f64, b.n as f64);
    let factor = |n: f64| if as_errors { n.sqrt() } else { 1.0 };
    let (sa, sb) = (a.sd_range(factor(na)), b.sd_range(factor(nb)));
    let difference = a.mean.interval().minus(b.mean.interval()).magnitude();
    let mut all: Option<Interval> = None;
    for (da, db) in [(sa.lo, sb.lo), (sa.lo, sb.hi), (sa.hi, sb.lo), (sa.hi, sb.hi)] {
        let (va, vb) = (da * da / na, db * db / nb);
        let welch_df = (va + vb).powi(2) / (va * va / (na - 1.0) + vb * vb / (nb - 1.0));
        let pooled = ((na - 1.0) * da * da + (nb - 1.0) * db * db) / (na + nb - 2.0);
        let student = pooled * (1.0 / na + 1.0 / nb);
        for (variance, df) in [(va + vb, welch_df), (student, na + nb - 2.0)] {
            for d in [difference.lo, difference.hi] {
                let p = if variance > 0.0 {
                    StudentT::new(df).ok()?.two_sided(d / variance.sqrt())
                } else if d > 0.0 {
                    0.0
                } else {
                    1.0
                };
                let hull = all.get_or_insert(Interval { lo: p, hi: p });
                hull.lo = hull.lo.min(p);
                hull.hi = hull.hi.max(p);
            }
        }
    }
    all
}

/// A printed p-value against two groups. It is accused only if it agrees with neither Student's nor
/// Welch's t-test; where it would agree if the deviations were standard errors, that is said instead.
#[must_use]
pub fn p_against_means(a: PrintedGroup, b: PrintedGroup, p: PValue) -> Option<Finding> {
    let range = p_range(a, b, false)?;
    if p.agrees(range) {
        return None;
    }
    // A bound (p < 0.05) would agree with almost anything; only an exact value tells the two apart.
    if p.relation == Relation::Equal && p_range(a, b, true).is_some_and(|r| p.agrees(r)) {
        return Some(Finding::new(
            Rule::StandardErrorAsDeviation,
            format!(
                "{a} against {b} gives {}, but {p} is printed; it would fit if the numbers after ± were standard errors, not standard deviations.",
                show_p_range(range)
            ),
        ));
    }
    Some(Finding::new(
        Rule::PAgainstMeans,
        format!("{a} against {b} gives {} by the t-test, but {p} is printed.", show_p_range(range)),
    ))
}

/// A printed test statistic with its degrees of freedom against the p-value printed with it.
#[must_use]
pub fn t_against_p(t: Printed, df: f64, p: PValue) -> Option<Finding> {
    let by = |df: f64| -> Option<Interval> {
        let dist = StudentT::new(df).ok()?;
        Some(t.interval().magnitude().map(|x| dist.two_sided(x)))
    };
    let range = by(df)?;
    if p.agrees(range) {
        return None;
    }
    // Fewer degrees of freedom (dropouts, unequal variances) are the commonest harmless reason.
    let mut fitting = None;
    let mut candidate = df.floor() - 1.0;
    let mut steps = 0;
    while candidate >= 1.0 && steps < 10_000 {
        if p.relation == Relation::Equal && by(candidate).is_some_and(|r| p.agrees(r)) {
            fitting = Some(candidate);
            break;
        }
        candidate -= 1.0;
        steps += 1;
    }
    let why = fitting.map_or(String::new(), |df| {
        format!(" It would fit {df} degrees of freedom: look for dropouts or a test for unequal variances.")
    });
    Some(Finding::new(
        Rule::PAgainstT,
        format!(
            "t = {t} with {df} degrees of freedom gives {}, but {p} is printed.{why}",
            show_p_range(range)
        ),
    ))
}

/// A printed standard error against the deviation and the number of people printed beside it: it is `sd/√n`.
#[must_use]
pub fn standard_error_against_deviation(sd: Printed, standard_error: Printed, n: u64) -> Option<Finding> {
    if n == 0 || sd.scaled() < 0 || standard_error.scaled() < 0 {
        return None;
    }
    let root = (n as f64).sqrt();
    let sd_range = sd.interval();
    let expected = Interval { lo: sd_range.lo.max(0.0) / root, hi: sd_range.hi / root };
    if standard_error.interval().meets(expected) {
        return None;
    }
    let same = standard_error.interval().meets(sd_range);
    Some(Finding::new(
        Rule::StandardErrorAsDeviation,
        format!(
            "A standard deviation of {sd} of {n} people gives a standard error between {} and {}, but {standard_error} is printed{}.",
            show(expected.lo),
            show(expected.hi),
            if same { ", which is the deviation itself" } else { "" }
        ),
    ))
}

/// Two groups that hardly overlap. With difference `d` in standard deviations two normal groups overlap by
/// `2Φ(−|d|/2)`; below 5 % (d above 3.92) the deviations are called implausibly small, since treatments of
/// people seldom leave fewer than one in twenty of the treated among the untreated.
#[must_use]
pub fn implausibly_small_sd(a: PrintedGroup, b: PrintedGroup) -> Option<Finding> {
    let difference = a.mean.interval().minus(b.mean.interval()).magnitude().lo;
    let (sa, sb) = (a.sd.interval().hi, b.sd.interval().hi);
    let sd = ((sa * sa + sb * sb) / 2.0).sqrt();
    if !(difference > 0.0 && sd > 0.0) {
        return None;
    }
    let d = difference / sd;
    let overlap = 2.0 * Normal::STANDARD.sf(d / 2.0);
    (overlap < LEAST_OVERLAP).then(|| {
        Finding::new(
            Rule::ImplausiblySmallDeviation,
            format!(
                "{} ± {} against {} ± {} is a difference of {} standard deviations: only {} % of the groups would overlap; the deviations are implausibly small or are standard errors.",
                a.mean, a.sd, b.mean, b.sd, show(d), show(100.0 * overlap)
            ),
        )
    })
}

/// A mean and deviation against the ends of the scale. On a scale from `lo` to `hi` the sample deviation is at
/// most `√((m − lo)(hi − m)·n/(n − 1))`, reached when everyone stands at an end (Bhatia & Davis 2000, Am Math
/// Monthly 107:353–357).
#[must_use]
pub fn deviation_within_scale(group: PrintedGroup, lo: f64, hi: f64) -> Option<Finding> {
    if !lo.is_finite() || !hi.is_finite() || lo >= hi || group.n < 2 {
        return None;
    }
    let mean = group.mean.interval();
    if !mean.meets(Interval { lo, hi }) {
        return Some(Finding::new(
            Rule::OutsideScale,
            format!("The mean {} is outside its scale, which runs from {lo} to {hi}.", group.mean),
        ));
    }
    // The bound is greatest at the middle of the scale: take the mean nearest to it.
    let m = f64::midpoint(lo, hi).clamp(mean.lo, mean.hi).clamp(lo, hi);
    let n = group.n as f64;
    let greatest = ((m - lo) * (hi - m) * n / (n - 1.0)).max(0.0).sqrt();
    (group.sd.interval().lo > greatest * (1.0 + 1e-12)).then(|| {
        Finding::new(
            Rule::OutsideScale,
            format!(
                "A standard deviation of {} about a mean of {} is impossible on a scale from {lo} to {hi}: at most {} (n = {}).",
                group.sd, group.mean, show(greatest), group.n
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn g(mean: &str, sd: &str, n: u64) -> PrintedGroup {
        let p = |t| Printed::parse(t).expect("number");
        PrintedGroup { mean: p(mean), sd: p(sd), n }
    }

    fn p(text: &str) -> PValue {
        PValue::parse(text).expect("p")
    }

    /// Reported p-values of a sham-controlled migraine trial, which agree with Welch's test.
    #[test]
    fn a_standard_error_is_the_deviation_over_the_root_of_n() {
        let p = |text: &str| Printed::parse(text).expect("number");
        // 2/√20 = 0.4472, with sd between 1.5 and 2.5 anything from 0.335 to 0.559.
        assert_eq!(standard_error_against_deviation(p("2"), p("0.447"), 20), None);
        assert_eq!(standard_error_against_deviation(p("2"), p("0.5"), 20), None);
        let wrong = standard_error_against_deviation(p("2.0"), p("0.9"), 20).expect("a finding");
        assert_eq!(wrong.rule, Rule::StandardErrorAsDeviation);
        let same = standard_error_against_deviation(p("2.0"), p("2.0"), 20).expect("a finding");
        assert!(same.sentence.contains("the deviation itself"), "{}", same.sentence);
        assert_eq!(standard_error_against_deviation(p("2.0"), p("2.0"), 1), None);
    }

    #[test]
    fn a_trial_whose_numbers_agree() {
        assert_eq!(p_against_means(g("5.2", "5.0", 26), g("10.1", "7.1", 24), p("0.008")), None);
        assert_eq!(p_against_means(g("2.18", "1.05", 26), g("2.93", "0.61", 24), p("0.004")), None);
        assert!(p_against_means(g("2.18", "1.05", 26), g("2.93", "0.61", 24), p("0.04")).is_some());
    }

    #[test]
    fn standard_errors_are_recognised() {
        // 10 ± 1 against 12 ± 1 with 25 each: as errors t = 2/√2, p = 0.16.
        let found =
            p_against_means(g("10.0", "1.0", 25), g("12.0", "1.0", 25), p("0.16")).expect("a finding");
        assert_eq!(found.rule, Rule::StandardErrorAsDeviation);
    }

    /// t = 2.225 with 28 degrees of freedom gives 0.034; the printed 0.038 fits about 20.
    #[test]
    fn t_and_p() {
        let t = Printed::parse("2.225").expect("number");
        let found = t_against_p(t, 28.0, p("0.038")).expect("a finding");
        assert!(found.sentence.contains("p between 0.0343 and 0.0344"), "{}", found.sentence);
        assert!(found.sentence.contains("It would fit 20 degrees"), "{}", found.sentence);
        assert_eq!(t_against_p(t, 28.0, p("0.034")), None);
        assert_eq!(t_against_p(t, 28.0, p("<0.05")), None);
        assert!(t_against_p(t, 28.0, p(">0.05")).is_some());
    }

    #[test]
    fn groups_that_hardly_overlap() {
        let found = implausibly_small_sd(g("95", "4", 260), g("75", "4", 260)).expect("a finding");
        assert!(found.sentence.contains("of 4.22 standard deviations"), "{}", found.sentence);
        assert_eq!(implausibly_small_sd(g("68", "12", 20), g("50", "13", 20)), None);
    }

    #[test]
    fn scales() {
        assert!(deviation_within_scale(g("120", "5", 20), 0.0, 100.0).is_some());
        assert!(deviation_within_scale(g("95", "30", 20), 0.0, 100.0).is_some());
        assert_eq!(deviation_within_scale(g("95", "22", 20), 0.0, 100.0), None);
        // Everyone at an end: 10 at 0 and 10 at 100 have a deviation of 51.3.
        assert_eq!(deviation_within_scale(g("50.0", "51.3", 20), 0.0, 100.0), None);
        assert!(deviation_within_scale(g("50.0", "51.4", 20), 0.0, 100.0).is_some());
    }

    proptest! {
        /// Real data on a scale, rounded, are never accused of lying outside it.
        #[test]
        fn real_data_fit_their_scale(values in prop::collection::vec(0u32..=10, 2..30), decimals in 0u32..3) {
            let n = values.len() as f64;
            let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
            let ss = values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>();
            let group = PrintedGroup {
                mean: Printed::new(mean, decimals).expect("small"),
                sd: Printed::new((ss / (n - 1.0)).sqrt(), decimals).expect("small"),
                n: values.len() as u64,
            };
            prop_assert_eq!(deviation_within_scale(group, 0.0, 10.0), None);
            prop_assert_eq!(super::super::grimmer(group.mean, group.sd, group.n, 1, Some((0, 10))), Some(super::super::Grimmer::Consistent));
        }
    }
}
