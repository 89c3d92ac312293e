//! Claim against finding: does a zone lie over the part of the brain that its school says?
//!
//! The rule. Let p be the probability that the cortex beneath a place of the zone belongs to the claimed regions, with
//! all errors (landmarks, placing, variation between heads), by each of the four projections; and let the ceiling be
//! what the best place on this scalp attains with the same errors. No zone can do better than the ceiling: gyri are
//! about as wide as the errors.
//! - *holds*: p is at least two thirds of the ceiling by every projection;
//! - *does not hold*: p is at most one third of it by every projection;
//! - *cannot be judged*: between these, or the projections disagree, or the claim names no region, or even the
//!   ceiling is below a quarter, so that the scalp does not reach the region. [`Why`] says which.

mod across;

use std::collections::BTreeMap;

use baihui_head::{
    Side,
    cortex::{Beneath, Sampling, regions},
};
use serde::Serialize;

pub use across::{Across, OfHead, across, on_head};

use crate::beneath::{ZoneBeneath, is_claimed};

/// Thresholds of the rule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rule {
    /// Least share of the ceiling at which a claim holds.
    pub holds: f64,
    /// Largest share of the ceiling at which it does not.
    pub fails: f64,
    /// Least ceiling at which there is anything to judge.
    pub reach: f64,
}

impl Default for Rule {
    fn default() -> Self {
        Self { holds: 2.0 / 3.0, fails: 1.0 / 3.0, reach: 0.25 }
    }
}

/// The verdict on a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It does not.
    DoesNotHold,
    /// It cannot be judged.
    CannotBeJudged,
}

impl Verdict {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::DoesNotHold => "does not hold",
            Self::CannotBeJudged => "cannot be judged",
        }
    }
}

/// Why a claim cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The probability lies between the thresholds, or on different sides of one by projection.
    Between,
    /// No place on the scalp lies over the region with a probability worth judging.
    OutOfReach,
    /// The head's own parcellation has no such region (FreeSurfer's surfaces have no cerebellum).
    NotInParcellation,
    /// The claim names no region of the brain.
    Unnamed,
}

impl Why {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Between => "the region is met neither mostly nor rarely, or the projections disagree",
            Self::OutOfReach => "no place on the scalp lies over the region surely enough",
            Self::NotInParcellation => "the head's own parcellation has no such region",
            Self::Unnamed => "the claim names no region of the brain",
        }
    }
}

/// A claim and its test.
#[derive(Clone, Debug, Serialize)]
pub struct Judgement {
    /// Zone.
    pub code: String,
    /// Its English name.
    pub name: String,
    /// School.
    pub school: String,
    /// Side.
    pub side: Side,
    /// The part of the zone; empty for the whole.
    pub part: String,
    /// The claim in words.
    pub claim: String,
    /// Plain names of the regions that it names.
    pub regions: Vec<String>,
    /// Probability of the claimed regions by each projection (normal, nearest, balloon, centre).
    pub probability: Vec<f64>,
    /// Share of the zone over the claimed regions on the brain as it is, without errors.
    pub nominal: f64,
    /// What the best place on this scalp attains.
    pub ceiling: f64,
    /// What lies beneath instead or besides, most probable first: plain name with its side, probability.
    pub found: Vec<(String, f64)>,
    /// The verdict.
    pub verdict: Verdict,
    /// Why there is none, where it cannot be judged.
    pub why: Option<Why>,
    /// The numbers in words.
    pub reason: String,
}

impl Judgement {
    /// Mean probability over the projections.
    pub fn mean(&self) -> f64 {
        self.probability.iter().sum::<f64>() / self.probability.len().max(1) as f64
    }
}

/// How many regions a judgement lists.
const LISTED: usize = 4;

/// What the best place on a scalp attains for a set of regions on a side.
pub type Ceilings = BTreeMap<(Vec<String>, Side), f64>;

/// Judges claims on one head; ceilings are worked out once for each set of regions.
#[derive(Debug)]
pub struct Judge<'a> {
    beneath: &'a Beneath,
    sampling: Sampling,
    rule: Rule,
    ceilings: Ceilings,
}

impl<'a> Judge<'a> {
    /// A judge with a rule.
    pub fn new(beneath: &'a Beneath, sampling: Sampling, rule: Rule) -> Self {
        // Places are compared with the same deviates, so that few of them are enough.
        let draws = sampling.draws.min(CEILING_DRAWS);
        Self { beneath, sampling: Sampling { draws, ..sampling }, rule, ceilings: Ceilings::new() }
    }

    /// With ceilings that another judge of the same head and sampling has worked out.
    #[must_use]
    pub fn knowing(self, ceilings: Ceilings) -> Self {
        Self { ceilings, ..self }
    }

    /// The ceilings that are known by now.
    pub fn into_ceilings(self) -> Ceilings {
        self.ceilings
    }

    /// The judgements on a zone: the whole, then its parts. Empty for a zone whose school claims no cortex.
    pub fn judge(&mut self, zone: &ZoneBeneath) -> Vec<Judgement> {
        let Some(claim) = &zone.claim else { return Vec::new() };
        if claim.regions.is_empty() && claim.text.starts_with("none") {
            return Vec::new();
        }
        let ceiling = if claim.regions.is_empty() { 0.0 } else { self.ceiling(zone) };
        let known = self.beneath.regions().iter().any(|r| zone.is_claimed(r));
        let whole = zone.whole.iter().map(|f| (String::new(), f));
        let parts = zone.parts.iter().map(|p| (p.name.clone(), &p.finding));
        whole
            .chain(parts)
            .map(|(part, finding)| {
                let probability = finding.probability(|r| zone.is_claimed(r));
                let claimed = finding.nominal.iter().filter(|s| zone.is_claimed(&s.region));
                // An empty sum of f64 is −0.
                let nominal = claimed.map(|s| s.probability).sum::<f64>() + 0.0;
                let found = finding.regions.iter().take(LISTED);
                let named = match (claim.regions.is_empty(), known) {
                    (true, _) => Err(Why::Unnamed),
                    (false, false) => Err(Why::NotInParcellation),
                    (false, true) => Ok(()),
                };
                let (verdict, why, mut reason) = self.verdict(named, &probability, ceiling);
                let other = finding.regions.iter().find(|s| !zone.is_claimed(&s.region));
                if let Some(s) = other.filter(|_| verdict != Verdict::Holds && !claim.regions.is_empty()) {
                    let percent = 100.0 * s.probability;
                    reason += &format!("; the {} is met with {percent:.0} %", region_words(&s.region));
                }
                Judgement {
                    code: zone.zone.code.clone(),
                    name: zone.zone.names.en.clone(),
                    school: zone.zone.school.clone(),
                    side: zone.zone.side,
                    part,
                    claim: claim.text.clone(),
                    regions: claim.regions.iter().map(|r| regions::plain(r).to_owned()).collect(),
                    probability,
                    nominal,
                    ceiling,
                    found: found.map(|s| (region_words(&s.region), s.probability)).collect(),
                    verdict,
                    why,
                    reason,
                }
            })
            .collect()
    }

    fn ceiling(&mut self, zone: &ZoneBeneath) -> f64 {
        let regions = zone.claim.as_ref().map(|c| c.regions.clone()).unwrap_or_default();
        let key = (regions, zone.zone.side);
        if let Some(&c) = self.ceilings.get(&key) {
            return c;
        }
        let is = |r: &regions::Region| is_claimed(zone.claim.as_ref(), zone.zone.side, r);
        // At the best place there is no landmark to miss: the hand's error alone.
        let sd = zone.zone.sd_parts_mm.placing;
        let c = self.beneath.ceiling(is, sd, &self.sampling).map_or(0.0, |(_, p)| p);
        self.ceilings.insert(key, c);
        c
    }

    fn verdict(&self, named: Result<(), Why>, p: &[f64], ceiling: f64) -> (Verdict, Option<Why>, String) {
        let percent = |x: f64| format!("{:.0} %", 100.0 * x);
        if let Err(why) = named {
            return (Verdict::CannotBeJudged, Some(why), why.words().to_owned());
        }
        let low = p.iter().copied().fold(f64::INFINITY, f64::min);
        let high = p.iter().copied().fold(0.0, f64::max);
        let range = if percent(low) == percent(high) {
            percent(low)
        } else {
            format!("{} to {} by projection", percent(low), percent(high))
        };
        if ceiling < self.rule.reach {
            let most = percent(ceiling);
            return (
                Verdict::CannotBeJudged,
                Some(Why::OutOfReach),
                format!("{range}; the best place on the scalp reaches only {most}"),
            );
        }
        let best = format!("{range}; the best place on the scalp reaches {}", percent(ceiling));
        if low >= self.rule.holds * ceiling {
            (Verdict::Holds, None, best)
        } else if high <= self.rule.fails * ceiling {
            (Verdict::DoesNotHold, None, best)
        } else {
            let reason = format!("{best}: neither most nor little of that by every projection");
            (Verdict::CannotBeJudged, Some(Why::Between), reason)
        }
    }
}

/// Draws for each place that is tried for a ceiling.
const CEILING_DRAWS: usize = 150;

/// "left precentral gyrus"; "no region" for none.
pub fn region_words(region: &regions::Region) -> String {
    match (region.key.is_empty(), region.side) {
        (true, _) => "no labelled region".to_owned(),
        (false, Side::Midline) => region.plain().to_owned(),
        (false, side) => format!("{side} {}", region.plain()),
    }
}
