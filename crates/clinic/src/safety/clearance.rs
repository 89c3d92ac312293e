//! What must happen before a plan can be signed.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    evaluate::{Finding, State},
    language::Level,
};
use crate::people::Role;

/// A practitioner's decision about a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The rule that it is about.
    pub rule: String,
    /// The sites that it was made for, as the finding lists them. It does not carry over to others.
    #[serde(default)]
    pub sites: Vec<String>,
    /// Why it is done nevertheless.
    pub reason: String,
    /// Who decided.
    pub by: String,
    /// As what.
    pub role: Role,
    /// When.
    pub at: Timestamp,
}

/// Why a plan cannot be signed yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Block {
    /// A stop. Nothing but a change of the plan removes it.
    Stop {
        /// The rule.
        rule: String,
        /// The sites, or empty for the patient as a whole.
        sites: Vec<String>,
    },
    /// A practitioner has to decide and to write down why.
    Decide {
        /// The rule.
        rule: String,
        /// The sites, or empty.
        sites: Vec<String>,
        /// What is wrong with the decision that was made, if one was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fault: Option<Fault>,
    },
    /// A question must be answered.
    Answer {
        /// The rule that waits for it.
        rule: String,
        /// What is asked.
        asks: Vec<String>,
    },
}

/// What is wrong with a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// No reason is written down.
    NoReason,
    /// Whoever made it may not.
    NotAPractitioner,
    /// It was made for other sites.
    OtherSites,
}

impl Decision {
    /// What is wrong with it for a finding, if anything.
    fn fault(&self, finding: &Finding) -> Option<Fault> {
        if self.role != Role::Practitioner {
            Some(Fault::NotAPractitioner)
        } else if self.reason.trim().is_empty() {
            Some(Fault::NoReason)
        } else if finding.sites.iter().any(|s| !self.sites.contains(s)) {
            Some(Fault::OtherSites)
        } else {
            None
        }
    }
}

/// What stands in the way of signing, in the order of the findings. Cautions never do, nor do questions that
/// only a caution waits for.
pub fn blocks(findings: &[Finding], decisions: &[Decision]) -> Vec<Block> {
    findings.iter().filter_map(|f| block(f, decisions)).collect()
}

fn block(finding: &Finding, decisions: &[Decision]) -> Option<Block> {
    let rule = || finding.rule.clone();
    match (&finding.outcome, finding.level) {
        (_, Level::Caution) => None,
        (State::Unanswered { asks }, _) => Some(Block::Answer { rule: rule(), asks: asks.clone() }),
        // Decisions are not even looked at.
        (State::Fires, Level::Stop) => Some(Block::Stop { rule: rule(), sites: finding.sites.clone() }),
        (State::Fires, Level::Decide) => {
            let mut faults = decisions.iter().filter(|d| d.rule == finding.rule).map(|d| d.fault(finding));
            let first = faults.next();
            if first == Some(None) || faults.any(|f| f.is_none()) {
                return None;
            }
            Some(Block::Decide { rule: rule(), sites: finding.sites.clone(), fault: first.flatten() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(level: Level, outcome: State, sites: &[&str]) -> Finding {
        Finding {
            rule: "r".to_owned(),
            level,
            outcome,
            needles: Vec::new(),
            sites: sites.iter().map(|s| (*s).to_owned()).collect(),
            text: String::new(),
            disputed: Vec::new(),
            sources: Vec::new(),
        }
    }

    fn decision(role: Role, reason: &str, sites: &[&str]) -> Decision {
        Decision {
            rule: "r".to_owned(),
            sites: sites.iter().map(|s| (*s).to_owned()).collect(),
            reason: reason.to_owned(),
            by: "p1".to_owned(),
            role,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn no_decision_of_anybody_lifts_a_stop() {
        let stop = finding(Level::Stop, State::Fires, &["MS6 left"]);
        for role in [Role::Owner, Role::Practitioner, Role::Assistant, Role::Student, Role::Researcher] {
            let d = decision(role, "a good reason", &["MS6 left"]);
            assert!(
                matches!(blocks(std::slice::from_ref(&stop), &[d])[..], [Block::Stop { .. }]),
                "{role:?}"
            );
        }
    }

    #[test]
    fn a_decide_needs_a_practitioner_a_reason_and_the_same_sites() {
        let f = [finding(Level::Decide, State::Fires, &["LI4 left", "LI4 right"])];
        let both = &["LI4 left", "LI4 right"][..];
        let fault = |d: &[Decision]| match &blocks(&f, d)[..] {
            [Block::Decide { fault, .. }] => Some(*fault),
            [] => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(fault(&[]), Some(None));
        assert_eq!(fault(&[decision(Role::Assistant, "x", both)]), Some(Some(Fault::NotAPractitioner)));
        assert_eq!(fault(&[decision(Role::Practitioner, " \n", both)]), Some(Some(Fault::NoReason)));
        assert_eq!(fault(&[decision(Role::Practitioner, "x", &both[..1])]), Some(Some(Fault::OtherSites)));
        assert_eq!(fault(&[decision(Role::Practitioner, "x", both)]), None);
        // A bad decision does not spoil a good one, before or after it.
        let (good, bad) = (decision(Role::Practitioner, "x", both), decision(Role::Student, "x", both));
        assert_eq!(fault(&[bad.clone(), good.clone()]), None);
        assert_eq!(fault(&[good.clone(), bad]), None);
        // One about another rule is none.
        assert_eq!(fault(&[Decision { rule: "other".to_owned(), ..good }]), Some(None));
    }

    #[test]
    fn open_questions_block_unless_only_a_caution_waits_for_them() {
        let open = || State::Unanswered { asks: vec!["pregnant".to_owned()] };
        for (level, expected) in [(Level::Stop, 1), (Level::Decide, 1), (Level::Caution, 0)] {
            let d = decision(Role::Practitioner, "x", &[]);
            let found = blocks(&[finding(level, open(), &[])], &[d]);
            assert_eq!(found.len(), expected, "{level:?}");
            assert!(found.iter().all(|b| matches!(b, Block::Answer { asks, .. } if asks == &["pregnant"])));
        }
        assert!(blocks(&[finding(Level::Caution, State::Fires, &[])], &[]).is_empty());
    }
}
