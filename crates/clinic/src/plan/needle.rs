//! One planned needle.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Candidate, CandidateSite, Geometry, Place, SiteKey};
use crate::{
    condition::SideRule,
    needle::{Electro, Manipulation, NeedleSpec, Site},
    quantity::{DiameterMm, InsertionDeg, Milliampere, Minutes, NeedleMm},
    safety::{NeedleFacts, evaluate::Nearness},
    technique::Region,
};

/// A needle as planned: where and how ([`NeedleSpec`], the same words as for what was done), and why.
///
/// What is `None` has not been decided yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PlanNeedle")]
pub struct PlannedNeedle {
    /// Its name in the plan: `n1`, `n2`, ...
    pub id: String,
    /// Where it goes and how.
    pub spec: NeedleSpec,
    /// Head or body.
    pub region: Region,
    /// Protocol that it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Side rule of that protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<SideRule>,
    /// Where the site is on this person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Points toward the top of the head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upward: Option<bool>,
    /// Depth of the tip in the patient's own cun of that stretch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth_cun: Option<f64>,
    /// Response that is sought: `de-qi`, `movement of the limb`, `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
    /// Stimulation; `Some` with neither kind is a statement too: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stimulation: Option<Stimulation>,
    /// How long it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_min: Option<Minutes>,
    /// Stays in the body: thread, pellet, press needle.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub embedded: bool,
}

/// Stimulation of a needle.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Stimulation {
    /// By hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manual: Option<Manual>,
    /// By electricity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub electro: Option<Current>,
}

/// Stimulation by hand, in rounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manual {
    /// What is done in a round; its minutes are those of one round.
    pub manipulation: Manipulation,
    /// Number of rounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounds: Option<u32>,
    /// Pause between rounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_min: Option<Minutes>,
}

/// Electricity between this needle and another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Current {
    /// The current.
    pub current: Electro,
    /// The other needle of the pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
}

impl PlannedNeedle {
    /// A needle at a site, with nothing else decided.
    pub fn at(key: SiteKey, school: &str, region: Region) -> Self {
        let site = Site {
            school: school.to_owned(),
            code: key.code,
            part: key.part,
            variant: None,
            side: key.side,
            position_mm: None,
        };
        let spec = NeedleSpec {
            site,
            direction: None,
            diameter_mm: None,
            length_mm: None,
            angle_deg: None,
            inserted_mm: None,
            depth_mm: None,
            layer: None,
            product: None,
        };
        Self {
            id: String::new(),
            spec,
            region,
            protocol: None,
            rule: None,
            place: None,
            upward: None,
            depth_cun: None,
            response: None,
            stimulation: None,
            retention_min: None,
            embedded: false,
        }
    }

    /// The same, at the place that geometry gives for its site. The position of a site is one of the head: a place of
    /// the body keeps its own coordinates, so that nobody takes them for the head's.
    #[must_use]
    pub fn placed(mut self, place: Option<Place>) -> Self {
        self.spec.site.variant = place.as_ref().and_then(|p| p.variant.clone());
        self.spec.site.position_mm = place.as_ref().and_then(Place::on_head_mm);
        self.place = place;
        self
    }

    /// The needle that a candidate proposes at one of its sites; none where the side is not known.
    pub fn of(candidate: &Candidate, site: &CandidateSite) -> Option<Self> {
        let key = site.key()?;
        let mut needle = Self::at(key, &candidate.school, site.region);
        needle.protocol = Some(candidate.protocol.clone());
        needle.rule = Some(site.rule);
        Some(needle.placed(site.on_person.as_ref().and_then(|h| h.place.clone())))
    }

    /// What it is matched by.
    pub fn key(&self) -> SiteKey {
        let site = &self.spec.site;
        SiteKey { code: site.code.clone(), part: site.part.clone(), side: site.side }
    }

    /// Its electricity.
    pub fn electro(&self) -> Option<&Electro> {
        self.stimulation.as_ref()?.electro.as_ref().map(|c| &c.current)
    }

    /// The needle that its electricity runs to.
    pub fn partner(&self) -> Option<&str> {
        self.stimulation.as_ref()?.electro.as_ref()?.with.as_deref()
    }

    /// Its stimulation by hand.
    pub fn manual(&self) -> Option<&Manual> {
        self.stimulation.as_ref()?.manual.as_ref()
    }

    /// What the rules of safety look at, with the distances that geometry gives for its site.
    ///
    /// A needle that starts at a point reaches beyond it by its length under the skin; one along a line stays on
    /// the line.
    pub fn facts(&self, geometry: &Geometry) -> NeedleFacts {
        let found = geometry.get(&self.key());
        let along_line = found.and_then(|h| h.place.as_ref()).is_some_and(|p| p.end_mm.is_some());
        let spec = &self.spec;
        let reach_mm = if along_line { 0.0 } else { spec.inserted_mm.map_or(0.0, NeedleMm::get) };
        let near = found.map(|h| h.near.as_slice()).unwrap_or_default();
        NeedleFacts {
            id: self.id.clone(),
            site: spec.site.code.clone(),
            part: spec.site.part.clone(),
            side: spec.site.side,
            region: self.region,
            depth_mm: spec.depth_mm.map(NeedleMm::get),
            depth_cun: self.depth_cun,
            diameter_mm: spec.diameter_mm.map(DiameterMm::get),
            angle_deg: spec.angle_deg.map(InsertionDeg::get),
            electro: self.electro().is_some(),
            current_ma: self.electro().and_then(|e| e.milliampere).map(Milliampere::get),
            electro_min: self.electro().and_then(|e| e.minutes).map(Minutes::get),
            embedded: self.embedded,
            upward: self.upward,
            near: near.iter().map(|n| Nearness { reach_mm, ..n.clone() }).collect(),
        }
    }
}
