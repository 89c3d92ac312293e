//! Counts against the percentages and p-values printed with them.

use super::{Finding, Interval, PValue, Printed, Rule, show};
use crate::dist::ChiSquared;

/// A percentage against its count. Two-sided rounding of the printed percentage is allowed.
#[must_use]
pub fn percentage_against_count(events: u64, n: u64, percent: Printed) -> Option<Finding> {
    if n == 0 {
        return None;
    }
    let true_percent = 100.0 * events as f64 / n as f64;
    let range = percent.interval();
    if range.meets(Interval { lo: true_percent, hi: true_percent }) {
        return None;
    }
    // Which count would give the percentage?
    let (least, most) = (range.lo / 100.0 * n as f64, range.hi / 100.0 * n as f64);
    let fits = most.floor();
    let other = if fits >= least && fits >= 0.0 {
        format!("{fits} of {n} would give it")
    } else {
        format!("no whole number of {n} gives it")
    };
    Some(Finding::new(
        Rule::PercentageAgainstCount,
        format!("{events} of {n} is {} %, but {percent} % is printed; {other}.", show(true_percent)),
    ))
}

/// Two-sided p-value of Fisher's exact test: the sum over all tables with the same margins that are no
/// likelier than the one observed (Fisher 1935; the definition of R's `fisher.test`, including its relative
/// tolerance of 1e-7 for ties). `None` where events exceed totals, a group is empty, or there are more than
/// a million participants.
#[must_use]
pub fn fisher_exact_two_sided(events1: u64, n1: u64, events2: u64, n2: u64) -> Option<f64> {
    let total = n1.checked_add(n2)?;
    if events1 > n1 || events2 > n2 || n1 == 0 || n2 == 0 || total > 1_000_000 {
        return None;
    }
    let m = events1 + events2;
    let ln_choose = |n: u64, k: u64| {
        libm::lgamma(n as f64 + 1.0) - libm::lgamma(k as f64 + 1.0) - libm::lgamma((n - k) as f64 + 1.0)
    };
    let (least, most) = (m.saturating_sub(n2), m.min(n1));
    let ln_p = |x: u64| ln_choose(n1, x) + ln_choose(n2, m - x) - ln_choose(total, m);
    let observed = ln_p(events1) + 1e-7;
    let (mut sum, mut all) = (0.0, 0.0);
    for x in least..=most {
        let l = ln_p(x);
        let p = libm::exp(l);
        all += p;
        if l <= observed {
            sum += p;
        }
    }
    // The probabilities add up to 1; dividing takes out the round-off of lgamma.
    Some((sum / all).min(1.0))
}

/// A printed p-value against a two-by-two table. It is accused only if it agrees with none of the usual
/// tests: Fisher's exact, Pearson's chi-squared with and without Yates' correction.
#[must_use]
pub fn p_against_counts(events1: u64, n1: u64, events2: u64, n2: u64, p: PValue) -> Option<Finding> {
    let fisher = fisher_exact_two_sided(events1, n1, events2, n2)?;
    let one = ChiSquared::new(1.0).ok()?;
    let (a, b) = (events1 as f64, (n1 - events1) as f64);
    let (c, d) = (events2 as f64, (n2 - events2) as f64);
    let n = a + b + c + d;
    let margins = (a + b) * (c + d) * (a + c) * (b + d);
    let mut tests = vec![("Fisher's exact test", fisher)];
    if margins > 0.0 {
        let determinant = (a * d - b * c).abs();
        let yates = (determinant - n / 2.0).max(0.0);
        tests.push(("the chi-squared test", one.sf(n * determinant * determinant / margins)));
        tests.push(("the chi-squared test with Yates' correction", one.sf(n * yates * yates / margins)));
    }
    if tests.iter().any(|(_, value)| p.agrees(Interval { lo: *value, hi: *value })) {
        return None;
    }
    let values =
        tests.iter().map(|(name, v)| format!("{} by {name}", show(*v))).collect::<Vec<_>>().join(", ");
    Some(Finding::new(
        Rule::PAgainstCounts,
        format!("{events1} of {n1} against {events2} of {n2} gives p = {values}, but {p} is printed."),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference values of R's `fisher.test` for the seed trials, as listed with their data.
    #[test]
    fn fisher_agrees_with_reference() {
        for (a, n1, c, n2, p) in [
            (30, 31, 26, 30, 0.1953),
            (24, 31, 14, 30, 0.0181),
            (30, 33, 18, 27, 0.0258),
            (56, 60, 18, 27, 0.0025),
            (30, 33, 56, 60, 0.6956),
            (45, 50, 34, 50, 0.0128),
            (49, 53, 44, 50, 0.5182),
        ] {
            let ours = fisher_exact_two_sided(a, n1, c, n2).expect("valid");
            assert!((ours - p).abs() < 5.1e-5, "{a}/{n1} {c}/{n2}: {ours} against {p}");
        }
        assert_eq!(fisher_exact_two_sided(3, 2, 0, 2), None);
        assert_eq!(fisher_exact_two_sided(0, 0, 0, 2), None);
        assert_eq!(fisher_exact_two_sided(0, 5, 0, 5), Some(1.0));
    }

    #[test]
    fn the_thesis_whose_p_is_not_its_counts() {
        let p = PValue::parse("<0.01").expect("p");
        let found = p_against_counts(49, 53, 44, 50, p).expect("a finding");
        assert!(found.sentence.contains("0.518 by Fisher's exact test"), "{}", found.sentence);
        assert_eq!(p_against_counts(45, 50, 34, 50, PValue::parse("<0.05").expect("p")), None);
    }

    #[test]
    fn percentages() {
        let p = |t| Printed::parse(t).expect("number");
        assert_eq!(percentage_against_count(30, 33, p("90.9")), None);
        assert_eq!(percentage_against_count(56, 60, p("93.3")), None);
        assert_eq!(percentage_against_count(18, 27, p("66.7")), None);
        let off = percentage_against_count(18, 27, p("70.4")).expect("a finding");
        assert!(off.sentence.contains("19 of 27 would give it"), "{}", off.sentence);
        let none = percentage_against_count(3, 10, p("33.3")).expect("a finding");
        assert!(none.sentence.contains("no whole number"), "{}", none.sentence);
        // The safety paper that prints 0.003 % for 1 in 3,974.
        assert!(percentage_against_count(1, 3974, p("0.003")).is_some());
        assert_eq!(percentage_against_count(1, 3974, p("0.025")), None);
    }
}
