//! What a reader should know before believing a pooled number.

use super::{Judgement, RiskOfBias};
use crate::check::show;
use std::fmt;

/// Events below which a pooled binary result is imprecise however narrow its interval (GRADE guidelines 6,
/// Guyatt et al. 2011, J Clin Epidemiol 64:1283: the rule of thumb of 300 events).
const FEW_EVENTS: f64 = 300.0;
/// The same for participants with a continuous outcome (400).
const FEW_PARTICIPANTS: f64 = 400.0;
/// Trials below which tests for funnel asymmetry have too little power to be read (Sterne et al. 2011,
/// BMJ 343:d4002).
const FEW_FOR_FUNNEL: usize = 10;

/// A trial as far as a reader's trust depends on it.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialFacts {
    /// Trial.
    pub trial: String,
    /// Whether the control was a sham.
    pub sham: bool,
    /// Whether those who assessed the outcome were blinded, where known.
    pub assessor_blinded: Option<bool>,
    /// Whether allocation was random, where known.
    pub randomised: Option<bool>,
    /// Participants.
    pub participants: f64,
    /// Events, for binary outcomes.
    pub events: Option<f64>,
    /// Risk of bias as far as assessed.
    pub bias: RiskOfBias,
}

/// A body of evidence: trials of one comparison and one outcome.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BodyOfEvidence {
    /// Outcome as named.
    pub outcome: String,
    /// The trials.
    pub trials: Vec<TrialFacts>,
    /// Pooled risk ratio and odds ratio of the same data, where both can be had.
    pub ratios: Option<(f64, f64)>,
    /// Interval of the effect and of a new study's effect, with the value of no effect.
    pub intervals: Option<([f64; 2], [f64; 2], f64)>,
}

/// Kind of a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WarningKind {
    /// No trial has a sham control.
    NoSham,
    /// Assessors were not blinded, or it is not known.
    NotBlinded,
    /// Allocation was not random, or it is not known.
    NotRandomised,
    /// The outcome is an "effective rate".
    EffectiveRate,
    /// RR and OR differ so much that they must not be read for each other.
    RatiosDiffer,
    /// A single trial.
    OneTrial,
    /// Too few people or events.
    Small,
    /// Too few trials to look for missing ones.
    SmallStudyEffectsUnknown,
    /// A new trial might well find nothing.
    PredictionIncludesNull,
    /// Trials at high risk of bias.
    HighRisk,
}

/// A warning in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Kind.
    pub kind: WarningKind,
    /// The sentence.
    pub sentence: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// True for the composite that Chinese trials call (total) effective rate.
#[must_use]
pub fn is_effective_rate(outcome: &str) -> bool {
    let o = outcome.to_lowercase();
    o.contains("effective") || o.contains("marked response") || o.contains("efficacy rate")
}

/// All warnings about a body of evidence, in a fixed order.
#[must_use]
pub fn warnings(body: &BodyOfEvidence) -> Vec<Warning> {
    let mut out = Vec::new();
    let mut say = |kind, sentence: String| out.push(Warning { kind, sentence });
    let k = body.trials.len();
    if k == 0 {
        return out;
    }
    let names = |keep: &dyn Fn(&TrialFacts) -> bool| {
        body.trials.iter().filter(|t| keep(t)).map(|t| t.trial.as_str()).collect::<Vec<_>>()
    };
    if k == 1 {
        say(
            WarningKind::OneTrial,
            "There is a single trial; nothing can be said of how results differ between trials.".into(),
        );
    }
    let sham = names(&|t| t.sham).len();
    if sham == 0 {
        say(
            WarningKind::NoSham,
            "No trial has a sham control: expectation and attention cannot be told from the needle.".into(),
        );
    } else if sham < k {
        say(WarningKind::NoSham, format!("Only {sham} of {k} trials have a sham control."));
    }
    let blinded = names(&|t| t.assessor_blinded == Some(true)).len();
    if blinded < k {
        say(WarningKind::NotBlinded, format!("Blinded assessment is known of {blinded} of {k} trials."));
    }
    let not_random = names(&|t| t.randomised == Some(false));
    if not_random.is_empty() {
        let known = names(&|t| t.randomised == Some(true)).len();
        if known < k {
            say(WarningKind::NotRandomised, format!("Random allocation is known of {known} of {k} trials."));
        }
    } else {
        say(WarningKind::NotRandomised, format!("Allocation was not random in {}.", not_random.join(", ")));
    }
    let high = names(&|t| t.bias.overall() == Some(Judgement::High));
    if !high.is_empty() {
        say(WarningKind::HighRisk, format!("At high risk of bias: {}.", high.join(", ")));
    }
    if is_effective_rate(&body.outcome) {
        say(
            WarningKind::EffectiveRate,
            "The outcome is an \"effective rate\": a composite that each trial defines for itself, judged by people who know the treatment, and high in both groups.".into(),
        );
    }
    if let Some((rr, or)) = body.ratios
        && rr > 0.0
        && or > 0.0
        && libm::fabs(libm::log(or)) > 1.5 * libm::fabs(libm::log(rr)) + 1e-12
    {
        say(
            WarningKind::RatiosDiffer,
            format!(
                "Events are common here, so the odds ratio ({}) is far from the risk ratio ({}); an odds ratio is not \"times as likely\".",
                show(or),
                show(rr)
            ),
        );
    }
    let events: Option<f64> = body.trials.iter().map(|t| t.events).sum();
    let people: f64 = body.trials.iter().map(|t| t.participants).sum();
    match events {
        Some(events) if events < FEW_EVENTS => {
            say(
                WarningKind::Small,
                format!(
                    "{} events among {people} people in all; fewer than {FEW_EVENTS} events are called imprecise whatever the interval.",
                    events
                ),
            );
        }
        None if people < FEW_PARTICIPANTS => {
            say(
                WarningKind::Small,
                format!(
                    "{people} people in all; fewer than {FEW_PARTICIPANTS} are called imprecise whatever the interval."
                ),
            );
        }
        _ => {}
    }
    if k < FEW_FOR_FUNNEL {
        say(
            WarningKind::SmallStudyEffectsUnknown,
            format!(
                "With {k} trials, tests for unpublished trials cannot be read (at least {FEW_FOR_FUNNEL} are needed): their absence is not known, not shown."
            ),
        );
    }
    if let Some((confidence, prediction, null)) = body.intervals {
        let excludes = |i: [f64; 2]| i[0] > null || i[1] < null;
        if excludes(confidence) && !excludes(prediction) {
            say(WarningKind::PredictionIncludesNull, "The average effect differs from none, but the prediction interval does not: the next trial may well find nothing or the opposite.".into());
        }
    }
    out
}

/// What would change the verdict, from what is missing.
#[must_use]
pub fn would_change(warnings: &[Warning]) -> Vec<String> {
    let has = |kind| warnings.iter().any(|w| w.kind == kind);
    let mut out = Vec::new();
    if has(WarningKind::NoSham) || has(WarningKind::NotBlinded) {
        out.push("a trial with a sham control and blinded assessors".to_owned());
    }
    if has(WarningKind::NotRandomised) || has(WarningKind::HighRisk) {
        out.push("trials with concealed random allocation and a registered primary outcome".to_owned());
    }
    if has(WarningKind::EffectiveRate) {
        out.push("results on a validated scale in place of the \"effective rate\"".to_owned());
    }
    if has(WarningKind::Small) || has(WarningKind::OneTrial) {
        out.push(
            "more participants: the number at which the interval alone decides has not been reached"
                .to_owned(),
        );
    }
    if has(WarningKind::SmallStudyEffectsUnknown) {
        out.push(
            "registered trials whose results are all published, so that missing ones can be counted"
                .to_owned(),
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::BiasDomain;

    fn trial(sham: bool, n: f64, events: Option<f64>) -> TrialFacts {
        TrialFacts {
            trial: "T".into(),
            sham,
            assessor_blinded: Some(sham),
            randomised: Some(true),
            participants: n,
            events,
            bias: RiskOfBias::default(),
        }
    }

    fn kinds(body: &BodyOfEvidence) -> Vec<WarningKind> {
        warnings(body).iter().map(|w| w.kind).collect()
    }

    #[test]
    fn a_large_blinded_body_has_nothing_to_warn_of() {
        let body = BodyOfEvidence {
            outcome: "dead or dependent".into(),
            trials: (0..12).map(|_| trial(true, 200.0, Some(60.0))).collect(),
            ratios: Some((0.9, 0.87)),
            intervals: Some(([0.8, 0.95], [0.75, 0.98], 1.0)),
        };
        assert_eq!(kinds(&body), []);
        assert!(would_change(&[]).is_empty());
    }

    #[test]
    fn each_weakness_is_named() {
        let mut bad = trial(false, 60.0, Some(40.0));
        bad.assessor_blinded = None;
        bad.randomised = Some(false);
        bad.bias.domains.insert(BiasDomain::Randomisation, (Judgement::High, "in order of visiting".into()));
        let body = BodyOfEvidence {
            outcome: "total effective rate".into(),
            trials: vec![bad],
            ratios: Some((1.4, 7.0)),
            intervals: Some(([1.1, 1.8], [0.7, 2.8], 1.0)),
        };
        use WarningKind as K;
        assert_eq!(
            kinds(&body),
            [
                K::OneTrial,
                K::NoSham,
                K::NotBlinded,
                K::NotRandomised,
                K::HighRisk,
                K::EffectiveRate,
                K::RatiosDiffer,
                K::Small,
                K::SmallStudyEffectsUnknown,
                K::PredictionIncludesNull
            ]
        );
        assert_eq!(would_change(&warnings(&body)).len(), 5);
    }
}
