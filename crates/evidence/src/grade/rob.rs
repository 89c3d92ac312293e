//! The five domains of RoB 2 and what they come to together.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A domain of RoB 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BiasDomain {
    /// The randomisation process.
    Randomisation,
    /// Deviations from the intended treatment.
    Deviations,
    /// Missing outcome data.
    MissingData,
    /// Measurement of the outcome.
    Measurement,
    /// Selection of the reported result.
    Reporting,
}

impl BiasDomain {
    /// All five, in the order of the tool.
    pub const ALL: [Self; 5] =
        [Self::Randomisation, Self::Deviations, Self::MissingData, Self::Measurement, Self::Reporting];

    /// Reads the name used in the tables.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "randomisation" => Self::Randomisation,
            "deviations" => Self::Deviations,
            "missing-data" => Self::MissingData,
            "measurement" => Self::Measurement,
            "reporting" => Self::Reporting,
            _ => return None,
        })
    }
}

/// A judgement of RoB 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    /// Low risk.
    Low,
    /// Some concerns.
    SomeConcerns,
    /// High risk.
    High,
}

impl Judgement {
    /// Reads the name used in the tables.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "low" => Self::Low,
            "some-concerns" => Self::SomeConcerns,
            "high" => Self::High,
            _ => return None,
        })
    }

    /// The word as written.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::SomeConcerns => "some concerns",
            Self::High => "high",
        }
    }
}

/// Judgements of one result, each with its reason. A domain that is not there was not assessed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RiskOfBias {
    /// Domain to judgement and reason.
    pub domains: BTreeMap<BiasDomain, (Judgement, String)>,
}

impl RiskOfBias {
    /// The overall judgement by the rule of RoB 2: high where a domain is high, some concerns where a domain
    /// has some, low only where all five are low. `None` where domains are missing and none is high: then it
    /// is not known. (RoB 2 also lets several concerns together count as high; that is a judgement and is
    /// left to people.)
    #[must_use]
    pub fn overall(&self) -> Option<Judgement> {
        let worst = self.domains.values().map(|(j, _)| *j).max()?;
        if worst == Judgement::High || self.domains.len() == BiasDomain::ALL.len() {
            Some(worst)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn low_needs_all_five_domains() {
        let with = |list: &[(BiasDomain, Judgement)]| RiskOfBias {
            domains: list.iter().map(|(d, j)| (*d, (*j, String::new()))).collect(),
        };
        let all = |j| with(&BiasDomain::ALL.map(|d| (d, j)));
        assert_eq!(with(&[]).overall(), None);
        assert_eq!(with(&[(BiasDomain::Measurement, Judgement::Low)]).overall(), None);
        assert_eq!(with(&[(BiasDomain::Measurement, Judgement::High)]).overall(), Some(Judgement::High));
        assert_eq!(all(Judgement::Low).overall(), Some(Judgement::Low));
        let mut mixed = all(Judgement::Low);
        mixed.domains.insert(BiasDomain::Reporting, (Judgement::SomeConcerns, String::new()));
        assert_eq!(mixed.overall(), Some(Judgement::SomeConcerns));
    }
}
