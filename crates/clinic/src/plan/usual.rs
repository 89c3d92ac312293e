//! What a practitioner usually does, so that a plan from a protocol needs no typing.
//!
//! A technique fills only what a needle does not say yet. It comes from the practitioner's own habit, or, where
//! none is kept, from one book that states it: [`Techniques::stated`]. Nothing is averaged between books.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Account, Manual, PlannedNeedle, Stimulation};
use crate::{
    needle::{Layer, Manipulation, Method, Product},
    quantity::{DiameterMm, InsertionDeg, Minutes, NeedleMm, PerMinute},
    technique::{Region, Statement, Techniques},
};

/// What a practitioner usually does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Usual {
    /// On the head.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<Technique>,
    /// On the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Technique>,
    /// What is said of every plan alike; style and reasoning belong to a plan and are not kept here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
}

/// How a needle is set, wherever it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Technique {
    /// Diameter of the needle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diameter_mm: Option<DiameterMm>,
    /// Length of the needle's body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length_mm: Option<NeedleMm>,
    /// Angle to the skin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub angle_deg: Option<InsertionDeg>,
    /// How much of the needle is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inserted_mm: Option<NeedleMm>,
    /// How deep the tip lies below the skin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth_mm: Option<NeedleMm>,
    /// Layer in which the tip lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<Layer>,
    /// Maker, material; a lot is of one day and is not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<Product>,
    /// Response that is sought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
    /// Stimulation; the partner of a pair belongs to a plan and is not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stimulation: Option<Stimulation>,
    /// How long the needle stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_min: Option<Minutes>,
}

/// A technique with the source that states it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stated {
    /// The technique.
    pub technique: Technique,
    /// Key of the source. Where it states a range, the lower end was taken.
    pub source: String,
}

impl Usual {
    /// The technique of a region.
    #[must_use]
    pub fn technique(&self, region: Region) -> Option<&Technique> {
        match region {
            Region::Head => self.head.as_ref(),
            Region::Body => self.body.as_ref(),
        }
    }
}

impl Technique {
    /// What a needle does, without what belongs to its site, its plan or its day.
    #[must_use]
    pub fn of(n: &PlannedNeedle) -> Self {
        let s = &n.spec;
        let mut stimulation = n.stimulation.clone();
        if let Some(e) = stimulation.as_mut().and_then(|s| s.electro.as_mut()) {
            e.with = None;
        }
        Self {
            diameter_mm: s.diameter_mm,
            length_mm: s.length_mm,
            angle_deg: s.angle_deg,
            inserted_mm: s.inserted_mm,
            depth_mm: s.depth_mm,
            layer: s.layer,
            product: s.product.clone().map(|p| Product { lot: String::new(), ..p }),
            response: n.response.clone(),
            stimulation,
            retention_min: n.retention_min,
        }
    }

    /// Fills what a needle does not say.
    pub fn fill(&self, n: &mut PlannedNeedle) {
        fn or<T: Clone>(at: &mut Option<T>, from: &Option<T>) {
            if at.is_none() {
                at.clone_from(from);
            }
        }
        // A depth belongs to a layer: one is not taken from here and the other left from there.
        if n.spec.depth_mm.is_none() && n.spec.layer.is_none() && n.depth_cun.is_none() {
            n.spec.depth_mm = self.depth_mm;
            n.spec.layer = self.layer;
        }
        let s = &mut n.spec;
        or(&mut s.diameter_mm, &self.diameter_mm);
        or(&mut s.length_mm, &self.length_mm);
        or(&mut s.angle_deg, &self.angle_deg);
        or(&mut s.inserted_mm, &self.inserted_mm);
        or(&mut s.product, &self.product);
        or(&mut n.response, &self.response);
        or(&mut n.stimulation, &self.stimulation);
        or(&mut n.retention_min, &self.retention_min);
    }
}

impl Account {
    /// Fills what is not stated.
    pub fn fill(&mut self, from: &Self) {
        let texts = [
            (&mut self.style, &from.style),
            (&mut self.reasoning, &from.reasoning),
            (&mut self.variation, &from.variation),
            (&mut self.needle_make, &from.needle_make),
            (&mut self.frequency, &from.frequency),
            (&mut self.other_interventions, &from.other_interventions),
            (&mut self.setting, &from.setting),
            (&mut self.practitioner, &from.practitioner),
        ];
        for (at, from) in texts {
            if at.as_deref().is_none_or(|t| t.trim().is_empty()) {
                at.clone_from(from);
            }
        }
        self.sessions = self.sessions.or(from.sessions);
    }
}

impl Techniques {
    /// The technique of the one source that states most about a region as a whole; none where no source states a
    /// needle for it.
    ///
    /// Statements about single sites, methods or illnesses and doubtful ones are left out.
    #[must_use]
    pub fn stated(&self, region: Region) -> Option<Stated> {
        let general = |s: &&Statement| {
            s.region == region
                && s.sites.is_empty()
                && s.of.is_none()
                && s.method.is_none()
                && s.doubt.is_none()
        };
        let all: Vec<&Statement> = self.statement.iter().filter(general).collect();
        let mut keys: Vec<&str> = Vec::new();
        for s in &all {
            for source in &s.sources {
                if !keys.contains(&source.key.as_str()) {
                    keys.push(&source.key);
                }
            }
        }
        let of = |key: &str| -> Vec<&Statement> {
            all.iter().copied().filter(|s| s.sources.iter().any(|x| x.key == key)).collect()
        };
        // The first of those that state most, in the order of the file.
        let best = keys.iter().rev().max_by_key(|k| of(k).len())?;
        let low = |parameter: &str| {
            of(best).into_iter().find(|s| s.parameter == parameter).and_then(|s| s.low.or(s.high))
        };
        let turns = low("turns-per-min").and_then(|v| PerMinute::new(v).ok());
        let manual = turns.map(|per_minute| Manual {
            manipulation: Manipulation {
                method: Method::Rotation,
                per_minute: Some(per_minute),
                minutes: low("round-min").and_then(|v| Minutes::new(v).ok()),
                amplitude_mm: None,
                intent: None,
                text: String::new(),
            },
            rounds: None,
            pause_min: None,
        });
        let technique = Technique {
            diameter_mm: low("diameter-mm").and_then(|v| DiameterMm::new(v).ok()),
            length_mm: low("length-mm").and_then(|v| NeedleMm::new(v).ok()),
            angle_deg: low("angle-deg").and_then(|v| InsertionDeg::new(v).ok()),
            inserted_mm: low("insertion-mm").and_then(|v| NeedleMm::new(v).ok()),
            depth_mm: low("depth-mm").and_then(|v| NeedleMm::new(v).ok()),
            stimulation: manual.map(|m| Stimulation { manual: Some(m), electro: None }),
            retention_min: low("retention-min").and_then(|v| Minutes::new(v).ok()),
            ..Technique::default()
        };
        (technique != Technique::default()).then(|| Stated { technique, source: (*best).to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{knowledge, plan::SiteKey, side::Side};

    #[test]
    fn a_proposal_is_what_one_source_states() {
        let atlas = baihui_atlas::built_in::atlas(&[]).unwrap();
        let k = knowledge::built_in(&atlas, &[]).unwrap();
        for region in [Region::Head, Region::Body] {
            let stated = k.techniques.stated(region).unwrap();
            let mut n =
                PlannedNeedle::at(SiteKey { code: "MS6".into(), part: None, side: Side::Left }, "ms", region);
            stated.technique.fill(&mut n);
            let values = [
                ("diameter-mm", n.spec.diameter_mm.map(DiameterMm::get)),
                ("length-mm", n.spec.length_mm.map(NeedleMm::get)),
                ("angle-deg", n.spec.angle_deg.map(InsertionDeg::get)),
                ("insertion-mm", n.spec.inserted_mm.map(NeedleMm::get)),
                ("retention-min", n.retention_min.map(Minutes::get)),
            ];
            let said = values.iter().filter(|(_, v)| v.is_some()).count();
            assert!(said >= 3, "{region:?}: {stated:?}");
            for (parameter, value) in values {
                let Some(value) = value else { continue };
                let by_it = k
                    .techniques
                    .about(parameter, region, "MS6")
                    .any(|(_, s)| s.sources.iter().any(|x| x.key == stated.source) && s.admits(value));
                assert!(by_it, "{parameter} {value} is not of {}", stated.source);
            }
        }
    }

    #[test]
    fn what_a_needle_says_stays() {
        let key = SiteKey { code: "MS6".into(), part: None, side: Side::Left };
        let mut n = PlannedNeedle::at(key, "ms", Region::Head);
        n.spec.layer = Some(Layer::LooseAreolar);
        n.retention_min = Some(Minutes::new(20.0).unwrap());
        let technique = Technique {
            depth_mm: Some(NeedleMm::new(30.0).unwrap()),
            retention_min: Some(Minutes::new(45.0).unwrap()),
            angle_deg: Some(InsertionDeg::new(15.0).unwrap()),
            ..Technique::default()
        };
        technique.fill(&mut n);
        assert_eq!(n.retention_min.map(Minutes::get), Some(20.0));
        assert_eq!(n.spec.depth_mm, None, "a depth of another layer is not taken");
        assert_eq!(n.spec.angle_deg.map(InsertionDeg::get), Some(15.0));
        let mut again = n.clone();
        Technique::of(&n).fill(&mut again);
        assert_eq!(again, n);
    }
}
