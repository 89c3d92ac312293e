//! What could be needled: the protocols of a condition, school by school and regular acupuncture beside them.

use baihui_atlas::{
    Atlas,
    language::{Fact, Mark, Sides, Source},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Geometry, OnPerson, PlannedNeedle, SiteKey};
use crate::{
    condition::{EvidenceLink, NeedsSide, Protocol, SideRule, Site, best_mark},
    knowledge::Knowledge,
    safety::{Answers, Finding, evaluate},
    side::{DeficitSide, LesionSide, Side},
    technique::Region,
};

/// School of regular acupuncture in protocols.
pub const BODY: &str = "body";

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Request {
    /// The condition, by id.
    pub condition: String,
    /// Where the lesion is.
    pub lesion: Option<LesionSide>,
    /// Where the body is affected.
    pub deficit: Option<DeficitSide>,
    /// Only these schools; all without any.
    pub schools: Vec<String>,
    /// What was answered about the patient.
    pub answers: Answers,
}

/// A plan cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// There is no such condition.
    #[error("there is no condition \"{id}\"{}", .nearest.as_ref().map(|n| format!("; did you mean \"{n}\"?")).unwrap_or_default())]
    NoSuchCondition {
        /// What was asked for.
        id: String,
        /// The nearest that exists.
        nearest: Option<String>,
    },
    /// The condition has a side, and none was given.
    #[error(
        "{condition} is one-sided: give the side of the deficit, the side of the lesion or both (the patient's)"
    )]
    SideNeeded {
        /// The condition.
        condition: String,
    },
}

/// The candidates for a condition.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Candidates {
    /// The condition.
    pub condition: String,
    /// What the evidence says.
    pub evidence: Vec<EvidenceLink>,
    /// Where sources disagree about the condition.
    pub conflict: Vec<Fact>,
    /// Candidates in the order of the condition's file.
    pub candidates: Vec<Candidate>,
}

/// One protocol on this patient.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Candidate {
    /// The protocol, by id.
    pub protocol: String,
    /// Its title.
    pub title: String,
    /// School of the atlas, or `body`.
    pub school: String,
    /// Its sites, one for each side that is needled.
    pub sites: Vec<CandidateSite>,
    /// Methods by id.
    pub methods: Vec<String>,
    /// Doses as the sources state them.
    pub regimen: Vec<Fact>,
    /// Where sources disagree.
    pub conflict: Vec<Fact>,
    /// Remarks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The best mark among its sources.
    pub mark: Mark,
    /// Sources.
    pub sources: Vec<Source>,
    /// What speaks against it on this patient, by the rules of safety, if every site were needled.
    pub against: Vec<Finding>,
}

/// A site of a candidate on one side.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CandidateSite {
    /// Code.
    pub code: String,
    /// Part of a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The side rule.
    pub rule: SideRule,
    /// The side that follows from it; none where it does not follow.
    pub side: Option<Side>,
    /// Why no side follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unresolved: Option<String>,
    /// Head or body.
    pub region: Region,
    /// What it is added for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only_if: Option<String>,
    /// Remarks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The best mark among its sources.
    pub mark: Mark,
    /// What geometry says of the site on this person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_person: Option<OnPerson>,
}

impl CandidateSite {
    /// What it is matched by, if its side is known.
    pub fn key(&self) -> Option<SiteKey> {
        Some(SiteKey { code: self.code.clone(), part: self.part.clone(), side: self.side? })
    }
}

/// Sites of a condition's protocols with their sides: what geometry has to look at.
///
/// # Errors
/// As [`candidates`].
pub fn sites_to_locate(
    knowledge: &Knowledge,
    atlas: &Atlas,
    request: &Request,
) -> Result<Vec<SiteKey>, PlanError> {
    let all = candidates(knowledge, atlas, request, &Geometry::new())?;
    let mut keys: Vec<SiteKey> =
        all.candidates.iter().flat_map(|c| &c.sites).filter_map(CandidateSite::key).collect();
    keys.sort();
    keys.dedup();
    Ok(keys)
}

/// The candidates of a condition, with their sides resolved, where each site is on this person, and what the rules
/// of safety say against each.
///
/// # Errors
/// [`PlanError`] for an unknown condition, or a one-sided one without any side.
pub fn candidates(
    knowledge: &Knowledge,
    atlas: &Atlas,
    request: &Request,
    geometry: &Geometry,
) -> Result<Candidates, PlanError> {
    let entry = knowledge.condition(&request.condition).ok_or_else(|| PlanError::NoSuchCondition {
        id: request.condition.clone(),
        nearest: baihui_atlas::check::nearest(&request.condition, knowledge.conditions.keys())
            .map(str::to_owned),
    })?;
    let sided = request.lesion.is_some() || request.deficit.is_some();
    if entry.condition.laterality == NeedsSide::OneSided && !sided {
        return Err(PlanError::SideNeeded { condition: entry.condition.names.en.clone() });
    }
    let wanted = |p: &&Protocol| request.schools.is_empty() || request.schools.contains(&p.school);
    let candidates = entry.protocol.iter().filter(wanted).map(|p| {
        let sites = p.site.iter().flat_map(|s| sites(knowledge, atlas, request, geometry, p, s)).collect();
        let mut candidate = Candidate {
            protocol: p.id.clone(),
            title: p.title.clone(),
            school: p.school.clone(),
            sites,
            methods: p.methods.clone(),
            regimen: p.regimen.clone(),
            conflict: p.conflict.clone(),
            note: p.note.clone(),
            mark: best_mark(&p.sources),
            sources: p.sources.clone(),
            against: Vec::new(),
        };
        let needles: Vec<_> = candidate
            .sites
            .iter()
            .filter_map(|s| PlannedNeedle::of(&candidate, s))
            .enumerate()
            .map(|(i, n)| PlannedNeedle { id: format!("n{}", i + 1), ..n }.facts(geometry))
            .collect();
        candidate.against = evaluate(&knowledge.safety, &request.answers, &needles);
        candidate
    });
    Ok(Candidates {
        condition: entry.condition.id.clone(),
        evidence: entry.condition.evidence.clone(),
        conflict: entry.condition.conflict.clone(),
        candidates: candidates.collect(),
    })
}

/// A site of a protocol, once for each side, or once without a side and with the reason.
fn sites(
    knowledge: &Knowledge,
    atlas: &Atlas,
    request: &Request,
    geometry: &Geometry,
    protocol: &Protocol,
    site: &Site,
) -> Vec<CandidateSite> {
    let (region, paired) = knowledge.where_is(atlas, &site.code).unwrap_or((Region::Body, Sides::Bilateral));
    let one = |side: Option<Side>, unresolved: Option<String>| {
        let mut one = CandidateSite {
            code: site.code.clone(),
            part: site.part.clone(),
            rule: site.side,
            side,
            unresolved,
            region,
            only_if: site.only_if.clone(),
            note: site.note.clone(),
            mark: protocol.mark_of(site),
            on_person: None,
        };
        one.on_person = one.key().and_then(|key| geometry.get(&key).cloned());
        one
    };
    match site.side.resolve(paired, request.lesion, request.deficit) {
        Ok(sides) => sides.into_iter().map(|s| one(Some(s), None)).collect(),
        Err(e) => vec![one(None, Some(e.to_string()))],
    }
}
