//! GRIM: a mean of whole numbers cannot be any number.
//!
//! With `n` people and `items` whole-number items each, the mean is a whole multiple of `1/(n·items)`
//! before rounding (Brown & Heathers 2017, Social Psychological and Personality Science 8:363–369,
//! doi 10.1177/1948550616673876). The test is made in whole numbers, without floating point.

use super::Printed;
use super::printed::power_of_ten;

/// What GRIM says of a mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Grim {
    /// Some sum of whole numbers gives the mean; `sums` is the number of sums that do.
    Consistent {
        /// How many different sums round to the mean.
        sums: u64,
    },
    /// No sum does; the nearest means that are possible.
    Inconsistent {
        /// Greatest possible mean below.
        below: f64,
        /// Least possible mean above.
        above: f64,
    },
    /// The mean is printed too coarsely for its sample size: every value is possible.
    Uninformative,
}

/// The greatest number of people times items that is tested.
const MOST: u64 = 1_000_000_000;

/// The GRIM test of a mean of `n` people who each answered `items` whole-number items (1 for a single
/// score). Both ways of rounding a half are accepted. `None` where `n` or `items` is 0 or out of reach.
#[must_use]
pub fn grim(mean: Printed, n: u64, items: u64) -> Option<Grim> {
    let count = n.checked_mul(items).filter(|c| (1..=MOST).contains(c))?;
    let unit = unit_of(mean)?;
    // With steps no larger than the last digit, each printed value is reached by some sum.
    if i128::from(count) >= unit {
        return Some(Grim::Uninformative);
    }
    let sums = sums_that_round_to(mean, count)?;
    if sums.is_empty() {
        let exact = mean.value() * count as f64;
        return Some(Grim::Inconsistent {
            below: exact.floor() / count as f64,
            above: exact.ceil() / count as f64,
        });
    }
    Some(Grim::Consistent { sums: sums.count() as u64 })
}

#[allow(clippy::cast_possible_truncation, reason = "at most 10^12")]
pub(super) fn unit_of(x: Printed) -> Option<i128> {
    Some(power_of_ten(x.decimals()) as i128)
}

/// All whole sums `k` with `|k/count − mean| ≤` half a unit of the mean's last digit.
pub(super) fn sums_that_round_to(mean: Printed, count: u64) -> Option<std::ops::Range<i128>> {
    let unit = unit_of(mean)?;
    let (m, c) = (i128::from(mean.scaled()), i128::from(count));
    // 2·unit·k lies between (2m − 1)·c and (2m + 1)·c.
    let (low, high) = ((2 * m - 1) * c, (2 * m + 1) * c);
    let step = 2 * unit;
    let first = low.div_euclid(step) + i128::from(low.rem_euclid(step) != 0);
    let last = high.div_euclid(step);
    Some(first..last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(text: &str) -> Printed {
        Printed::parse(text).expect("number")
    }

    /// The worked example of the paper: a mean of 5.19 of 28 people is impossible, 5.18 and 5.21 are not.
    #[test]
    fn the_example_of_the_paper() {
        assert!(matches!(grim(p("5.19"), 28, 1), Some(Grim::Inconsistent { .. })));
        assert_eq!(grim(p("5.18"), 28, 1), Some(Grim::Consistent { sums: 1 }));
        assert_eq!(grim(p("5.21"), 28, 1), Some(Grim::Consistent { sums: 1 }));
        assert_eq!(grim(p("5.19"), 100, 1), Some(Grim::Uninformative));
        assert_eq!(grim(p("5.19"), 28, 4), Some(Grim::Uninformative));
        assert_eq!(grim(p("5.19"), 0, 1), None);
    }

    /// By brute force: every mean of whole numbers is consistent, every other is not.
    #[test]
    fn brute_force() {
        for n in 1..=60u64 {
            for decimals in 1..=2u32 {
                let unit = 10i64.pow(decimals);
                for scaled in -2 * unit..=2 * unit {
                    let mean = Printed::new(scaled as f64 / unit as f64, decimals).expect("small");
                    // Rounds to the mean by either rule: |k·unit − scaled·n| ≤ n/2.
                    let possible =
                        (-200..=200i64).any(|k| 2 * (k * unit - scaled * n as i64).abs() <= n as i64);
                    match grim(mean, n, 1) {
                        Some(Grim::Inconsistent { below, above }) => {
                            assert!(!possible, "{mean} of {n}");
                            assert!(below < mean.value() && mean.value() < above);
                        }
                        Some(Grim::Consistent { sums }) => assert!(possible && sums > 0, "{mean} of {n}"),
                        Some(Grim::Uninformative) => assert!(possible, "{mean} of {n}"),
                        None => panic!("in reach"),
                    }
                }
            }
        }
    }
}
