//! The claims on one head, and how far several heads agree.

use std::collections::BTreeMap;

use baihui_head::{
    Head, Side,
    cortex::{Beneath, Sampling},
};
use serde::Serialize;

use super::{Judge, Judgement, Rule, Verdict};
use crate::{
    beneath::{ZonesError, zones_on},
    evaluate::Names,
    load::Atlas,
    locate::{Refused, Request, wanted},
};

/// What was judged on one head.
#[derive(Clone, Debug, Serialize)]
pub struct OfHead {
    /// Its name.
    pub head: String,
    /// Whether the gyri are the subject's own.
    pub own_cortex: bool,
    /// What the regions are taken from.
    pub parcellation: String,
    /// The claims.
    pub judgements: Vec<Judgement>,
    /// Items with a claim that are not on this head.
    pub refused: Vec<Refused>,
}

/// Judges every claim of the items that a request asks for; `None` where none of them claims a cortex.
///
/// # Errors
/// [`ZonesError`] where the head lacks what every item needs.
pub fn on_head(
    atlas: &Atlas,
    names: &Names,
    head: &Head,
    beneath: &Beneath,
    request: &Request,
    sampling: &Sampling,
    rule: Rule,
) -> Result<Option<OfHead>, ZonesError> {
    // Only what is claimed: the others cost as much and say nothing here.
    let mut request = Request { items: wanted(atlas, request), schools: Vec::new(), ..request.clone() };
    request.items.retain(|&i| atlas.entries[i].item.cortex.is_some());
    if request.items.is_empty() {
        return Ok(None);
    }
    let (zones, refused) = zones_on(atlas, names, head, beneath, &request, sampling)?;
    let mut judge = Judge::new(beneath, *sampling, rule);
    Ok(Some(OfHead {
        head: head.name.clone(),
        own_cortex: beneath.is_own(),
        parcellation: beneath.parcellation().to_owned(),
        judgements: zones.iter().flat_map(|z| judge.judge(z)).collect(),
        refused,
    }))
}

/// One claim on several heads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Across {
    /// Zone.
    pub code: String,
    /// School.
    pub school: String,
    /// Side.
    pub side: Side,
    /// The part of the zone; empty for the whole.
    pub part: String,
    /// The claim in words.
    pub claim: String,
    /// Heads on which it was looked at.
    pub heads: usize,
    /// Heads on which it holds.
    pub holds: usize,
    /// Heads on which it does not.
    pub does_not_hold: usize,
    /// Heads on which it cannot be judged.
    pub cannot_be_judged: usize,
    /// Mean over heads of the mean probability of the projections.
    pub mean: f64,
    /// The least of them.
    pub least: f64,
    /// The largest.
    pub most: f64,
}

impl Across {
    /// The verdict of all heads; `None` where they differ.
    pub fn verdict(&self) -> Option<Verdict> {
        match (self.holds, self.does_not_hold, self.cannot_be_judged) {
            (n, 0, 0) if n > 0 => Some(Verdict::Holds),
            (0, n, 0) if n > 0 => Some(Verdict::DoesNotHold),
            (0, 0, n) if n > 0 => Some(Verdict::CannotBeJudged),
            _ => None,
        }
    }
}

/// Each claim over all heads, in the order in which claims are first met.
pub fn across(all: &[OfHead]) -> Vec<Across> {
    let mut out: Vec<Across> = Vec::new();
    let mut place: BTreeMap<(&str, Side, &str), usize> = BTreeMap::new();
    for j in all.iter().flat_map(|h| &h.judgements) {
        let i = *place.entry((&j.code, j.side, &j.part)).or_insert_with(|| {
            out.push(Across {
                code: j.code.clone(),
                school: j.school.clone(),
                side: j.side,
                part: j.part.clone(),
                claim: j.claim.clone(),
                heads: 0,
                holds: 0,
                does_not_hold: 0,
                cannot_be_judged: 0,
                mean: 0.0,
                least: f64::INFINITY,
                most: 0.0,
            });
            out.len() - 1
        });
        let a = &mut out[i];
        a.heads += 1;
        *match j.verdict {
            Verdict::Holds => &mut a.holds,
            Verdict::DoesNotHold => &mut a.does_not_hold,
            Verdict::CannotBeJudged => &mut a.cannot_be_judged,
        } += 1;
        a.mean += (j.mean() - a.mean) / a.heads as f64;
        a.least = a.least.min(j.mean());
        a.most = a.most.max(j.mean());
    }
    out
}
