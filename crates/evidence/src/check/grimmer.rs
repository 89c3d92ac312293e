//! GRIMMER: a standard deviation of whole numbers cannot be any number either.
//!
//! With sum `S` and sum of squares `Q` of `n` whole numbers, `SD² = (Q − S²/n)/(n − 1)`. `Q` is whole, has
//! the parity of `S` (because x² and x have the same parity), and is no less than that of the most even
//! spread of the sum (Anaya 2016, PeerJ Preprints 4:e2400v1, doi 10.7287/peerj.preprints.2400v1, whose
//! patterns of possible deviations follow from this). For four people or fewer not every such `Q` can be
//! reached, and the squares are searched; the tests compare all of it with brute force.

use super::Printed;
use super::grim::{sums_that_round_to, unit_of};

/// What GRIMMER says of a mean with its standard deviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grimmer {
    /// Whole numbers with this mean and deviation exist (within the rules that are tested).
    Consistent,
    /// No whole numbers have this mean: GRIM already fails.
    MeanInconsistent,
    /// The mean is possible, but not together with this deviation.
    DeviationInconsistent,
}

/// Most squares searched where there are four people or fewer.
const MOST_SEARCHED: i128 = 40_000;
/// Most candidate sums or sums of squares looked at; beyond, the test cannot fail in practice.
const MOST_CANDIDATES: i128 = 100_000;

/// The GRIMMER test of a mean and sample standard deviation (divisor `n − 1`) of `n` people with `items`
/// whole-number items each, where mean and deviation are per item. `scale` gives the least and greatest
/// possible answer of one item, where known. `None` where fewer than two people are given or numbers are
/// out of reach.
#[must_use]
pub fn grimmer(mean: Printed, sd: Printed, n: u64, items: u64, scale: Option<(i64, i64)>) -> Option<Grimmer> {
    let far = |(lo, hi): (i64, i64)| lo < -1_000_000 || hi > 1_000_000 || lo > hi;
    if !(2..=1_000_000).contains(&n)
        || !(1..=1_000).contains(&items)
        || sd.scaled() < 0
        || scale.is_some_and(far)
    {
        return None;
    }
    let sums = sums_that_round_to(mean, n.checked_mul(items)?)?;
    let (people, items) = (i128::from(n), i128::from(items));
    let bounds = scale.map(|(lo, hi)| (i128::from(lo) * items, i128::from(hi) * items));
    if sums.is_empty() {
        return Some(Grimmer::MeanInconsistent);
    }
    if sums.end - sums.start > MOST_CANDIDATES {
        return Some(Grimmer::Consistent);
    }
    // Everything below is multiplied by n·(2·unit)², so that it is whole.
    let unit = unit_of(sd)?;
    let scaled = i128::from(sd.scaled());
    let factor = people.checked_mul(4 * unit * unit)?;
    let square = |x: i128| x.checked_mul(x);
    let low_sd = (2 * scaled - 1).max(0);
    let spread = people * (people - 1) * items * items;
    let (low, high) = (spread.checked_mul(square(low_sd)?)?, spread.checked_mul(square(2 * scaled + 1)?)?);
    for sum in sums {
        if let Some((least, most)) = bounds
            && (sum < least * people || sum > most * people)
        {
            continue;
        }
        let offset = square(sum)?.checked_mul(4 * unit * unit)?;
        let first = ceil_div(low.checked_add(offset)?, factor);
        let last = high.checked_add(offset)?.div_euclid(factor);
        if last - first > MOST_CANDIDATES {
            return Some(Grimmer::Consistent);
        }
        if (first..=last).any(|q| reachable(people, sum, q, bounds)) {
            return Some(Grimmer::Consistent);
        }
    }
    Some(Grimmer::DeviationInconsistent)
}

fn ceil_div(a: i128, b: i128) -> i128 {
    a.div_euclid(b) + i128::from(a.rem_euclid(b) != 0)
}

/// Whether `n` whole numbers with this sum and sum of squares may exist.
fn reachable(n: i128, sum: i128, q: i128, bounds: Option<(i128, i128)>) -> bool {
    if (q - sum).rem_euclid(2) != 0 {
        return false;
    }
    // Shift by the whole part of the mean: y = x − a has sum r in 0..n and sum of squares q'.
    let a = sum.div_euclid(n);
    let r = sum.rem_euclid(n);
    let shifted = q - 2 * a * sum + n * a * a;
    if shifted < r {
        return false;
    }
    if let Some((least, most)) = bounds {
        // The most uneven spread: as many as possible at the ends, at most one between.
        let width = most - least;
        let above = sum - least * n;
        let (full, rest) =
            if width == 0 { (0, 0) } else { (above.div_euclid(width), above.rem_euclid(width)) };
        let greatest = full * width * width + rest * rest; // squares of (x − least)
        let here = q - 2 * least * sum + n * least * least;
        if here > greatest {
            return false;
        }
    }
    if n <= 4 && shifted <= MOST_SEARCHED {
        return search(n, r, shifted, bounds.map(|(l, u)| (l - a, u - a)));
    }
    true
}

/// Exhaustive search for `n` whole numbers with sum and sum of squares, for small `n`.
fn search(n: i128, sum: i128, q: i128, bounds: Option<(i128, i128)>) -> bool {
    // (Σx)² ≤ n Σx².
    if q < 0 || sum * sum > n * q {
        return false;
    }
    let within = |x: i128| bounds.is_none_or(|(l, u)| (l..=u).contains(&x));
    if n == 1 {
        return sum * sum == q && within(sum);
    }
    let mut x = 0;
    while x * x <= q {
        for signed in if x == 0 { vec![0] } else { vec![x, -x] } {
            if within(signed) && search(n - 1, sum - signed, q - x * x, bounds) {
                return true;
            }
        }
        x += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// All (sum, sum of squares) of n numbers from a range.
    fn moments(n: usize, low: i64, high: i64) -> BTreeSet<(i64, i64)> {
        let mut set = BTreeSet::from([(0, 0)]);
        for _ in 0..n {
            set = set.iter().flat_map(|&(s, q)| (low..=high).map(move |x| (s + x, q + x * x))).collect();
        }
        set
    }

    fn rounds_to(value: f64, printed: Printed) -> bool {
        (value - printed.value()).abs() <= printed.half_unit() + 1e-9
    }

    /// Whether brute force finds whole numbers with the printed mean and deviation.
    fn possible(set: &BTreeSet<(i64, i64)>, n: u64, mean: Printed, sd: Printed) -> bool {
        let n = n as f64;
        set.iter().any(|&(s, q)| {
            let (s, q) = (s as f64, q as f64);
            let variance = ((q - s * s / n) / (n - 1.0)).max(0.0);
            rounds_to(s / n, mean) && rounds_to(libm::sqrt(variance), sd)
        })
    }

    /// On a bounded scale: nothing possible is ever accused; on an unbounded one the verdict is exact
    /// (numbers from −14 to 14 hold all deviations up to 2.5 of up to six people about means from 0 to 1).
    #[test]
    fn brute_force() {
        for n in 2..=6u64 {
            let wide = moments(n as usize, -14, 14);
            let scale = moments(n as usize, 0, 5);
            let mut accused = 0;
            for m in 0..=10 {
                let mean = Printed::new(f64::from(m) / 10.0, 1).expect("small");
                for s in 0..=250 {
                    let sd = Printed::new(f64::from(s) / 100.0, 2).expect("small");
                    let free = grimmer(mean, sd, n, 1, None).expect("in reach");
                    assert_eq!(
                        free == Grimmer::Consistent,
                        possible(&wide, n, mean, sd),
                        "n {n}, {mean} ({sd})"
                    );
                    let bounded = grimmer(mean, sd, n, 1, Some((0, 5))).expect("in reach");
                    if possible(&scale, n, mean, sd) {
                        assert_eq!(bounded, Grimmer::Consistent, "n {n}, {mean} ({sd}) on 0..5");
                    } else {
                        accused += usize::from(bounded != Grimmer::Consistent);
                    }
                }
            }
            assert!(accused > 100, "the test must be able to accuse");
        }
    }

    /// Two items each: the same as totals of two, halved.
    #[test]
    fn several_items() {
        let n = 5u64;
        let totals = moments(n as usize, -12, 16);
        for m in 0..=20 {
            let mean = Printed::new(f64::from(m) / 20.0, 2).expect("small");
            for s in 0..=120 {
                let sd = Printed::new(f64::from(s) / 100.0, 2).expect("small");
                let brute = totals.iter().any(|&(s, q)| {
                    let (s, q, c) = (s as f64, q as f64, n as f64);
                    let variance = ((q - s * s / c) / (c - 1.0)).max(0.0);
                    rounds_to(s / c / 2.0, mean) && rounds_to(libm::sqrt(variance) / 2.0, sd)
                });
                let ours = grimmer(mean, sd, n, 2, None).expect("in reach") == Grimmer::Consistent;
                assert_eq!(ours, brute, "{mean} ({sd})");
            }
        }
    }

    #[test]
    fn out_of_reach_is_said_and_large_numbers_do_not_overflow() {
        let p = |t| Printed::parse(t).expect("number");
        assert_eq!(grimmer(p("1.0"), p("0.5"), 1, 1, None), None);
        assert_eq!(grimmer(p("1.0"), p("-0.5"), 9, 1, None), None);
        for (m, s) in [("123456789012.1", "9876543210.12"), ("0.123456789012", "0.123456789012")] {
            let _ = grimmer(p(m), p(s), 1_000_000, 1_000, None);
            let _ = grimmer(p(m), p(s), 3, 7, Some((i64::MIN, i64::MAX)));
        }
    }
}
