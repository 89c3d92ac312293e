//! The same numbers in two places.

use super::{Finding, Printed, Rule};

/// The fewest significant digits of mean and deviation together for which equality is worth a word: with
/// four digits a chance agreement is about one in some thousands.
const LEAST_DIGITS: usize = 4;

/// Mean and deviation of one arm, with where they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArmSummary {
    /// Index of the row the finding is to be attached to.
    pub row: usize,
    /// Study.
    pub study: String,
    /// Arm, outcome and time, for the sentence.
    pub place: String,
    /// Outcome: equal numbers are only compared within one outcome.
    pub outcome: String,
    /// Participants, where known.
    pub n: Option<u64>,
    /// Mean.
    pub mean: Printed,
    /// Standard deviation.
    pub sd: Printed,
}

fn digits(x: Printed) -> usize {
    x.scaled().unsigned_abs().to_string().trim_start_matches('0').len()
}

/// Pairs of arms with the same mean and deviation (and the same size, where both are known). Arms whose
/// numbers have fewer than four digits together, or no spread, are passed over: they agree by chance.
/// Returns the row of the later arm with each finding.
#[must_use]
pub fn duplicated_arms(arms: &[ArmSummary]) -> Vec<(usize, Finding)> {
    let mut out = Vec::new();
    for (i, b) in arms.iter().enumerate() {
        if b.sd.scaled() == 0 || digits(b.mean) + digits(b.sd) < LEAST_DIGITS {
            continue;
        }
        let same = |a: &&ArmSummary| {
            a.outcome == b.outcome
                && a.mean == b.mean
                && a.sd == b.sd
                && (a.n.is_none() || b.n.is_none() || a.n == b.n)
        };
        if let Some(a) = arms[..i].iter().find(same) {
            out.push((
                b.row,
                Finding::new(
                    Rule::DuplicatedArms,
                    format!(
                        "{} ({}) and {} ({}) have the same mean {} and deviation {}; one may be a copy of the other.",
                        a.study, a.place, b.study, b.place, b.mean, b.sd
                    ),
                ),
            ));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(row: usize, study: &str, n: Option<u64>, mean: &str, sd: &str) -> ArmSummary {
        let p = |t| Printed::parse(t).expect("number");
        ArmSummary {
            row,
            study: study.into(),
            place: "arm 1".into(),
            outcome: "Fugl-Meyer".into(),
            n,
            mean: p(mean),
            sd: p(sd),
        }
    }

    #[test]
    fn copies_are_seen_and_chance_is_not() {
        let arms = [
            arm(0, "A", Some(30), "52.3", "11.7"),
            arm(1, "B", Some(30), "52.3", "11.7"),
            arm(2, "C", Some(31), "52.3", "11.7"),
            arm(3, "D", None, "52.3", "11.7"),
            arm(4, "E", Some(30), "5", "1"),
            arm(5, "F", Some(30), "5", "1"),
            arm(6, "G", Some(30), "52.30", "11.7"),
        ];
        let rows: Vec<usize> = duplicated_arms(&arms).iter().map(|(row, _)| *row).collect();
        assert_eq!(rows, [1, 3], "another size, few digits and another precision are no copies");
    }
}
