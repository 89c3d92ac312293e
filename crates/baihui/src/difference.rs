//! The difference between scalp and regular acupuncture, for a condition or for the two systems as such.
//!
//! Nothing here is an opinion: every number is counted on points and protocols, measured on a body, or stated by a
//! source of the atlas, and says which. What no source states is a blank, and says so.

mod evidence;
mod facts;
mod focus;
mod needling;
pub mod page;
mod points;
mod words;

use std::collections::BTreeMap;

use baihui_atlas::{
    Atlas,
    body::{BodyAtlas, Person},
    language::{Fact, Mark, Source},
};
use baihui_clinic::{
    condition::{Condition, ConditionFile, Protocol},
    knowledge::Knowledge,
    plan::candidate::BODY,
    technique::Region,
};
use baihui_evidence::claim::{Claim, EvidenceBase};
use schemars::JsonSchema;
use serde::Serialize;

pub use evidence::{Found, Kind};
pub use facts::facts;

/// What a comparison is made from.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// Schools of the scalp, and the references.
    pub atlas: &'a Atlas,
    /// Points of regular acupuncture.
    pub points: &'a BodyAtlas,
    /// Conditions, techniques, harm.
    pub clinic: &'a Knowledge,
    /// Trials and reviews.
    pub evidence: &'a EvidenceBase,
    /// Claims of difference.
    pub claims: &'a [Claim],
}

/// The same words in two languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "DifferenceBoth")]
pub struct Both {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

impl Both {
    fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }
}

/// A source as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Cited {
    /// Key in the references.
    pub key: String,
    /// Author, title, year.
    pub title: String,
    /// Address or identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locator: Option<String>,
    /// How well it was checked.
    pub mark: Mark,
    /// What exactly was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// How a number came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "DifferenceOrigin")]
pub enum Origin {
    /// A source states it.
    Stated,
    /// Counted on entries of the atlas.
    Counted,
    /// Measured on a body.
    Measured,
}

/// One statement, traced.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "DifferenceStatement")]
pub struct Statement {
    /// In words and numbers.
    pub text: String,
    /// Lower limit in `unit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper limit in `unit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Unit, as the techniques write it; empty for counts and words.
    pub unit: String,
    /// What it is said of: a protocol, a school, a group of points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// How it came to be.
    pub origin: Origin,
    /// File and entry that it comes from.
    pub entry: String,
    /// Why it is not to be believed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
    /// Sources.
    pub sources: Vec<Cited>,
}

/// One system's part of a row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "DifferenceColumn")]
pub struct Column {
    /// For a patient.
    pub plain: Both,
    /// What is known, statement by statement. Empty: nothing is.
    pub statements: Vec<Statement>,
    /// Statements of this column that exclude each other, in words.
    pub contradictions: Vec<String>,
}

/// One thing in which the systems differ or do not.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "DifferenceAspect")]
pub struct Aspect {
    /// Name: `number`, `where`, `distance`, `angle`, `depth`, `layer`, `rate`, `round`, `retention`, `dose`, `focus`,
    /// `harm`.
    pub id: String,
    /// Title.
    pub title: Both,
    /// Scalp acupuncture.
    pub scalp: Column,
    /// Regular acupuncture.
    pub regular: Column,
}

/// A body system's share of the indications.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "DifferenceShare")]
pub struct Share {
    /// Name.
    pub id: String,
    /// Title.
    pub title: Both,
    /// Phrases of zones of the scalp.
    pub scalp: usize,
    /// Phrases of points of regular acupuncture.
    pub regular: usize,
}

/// Shares of all systems.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "DifferenceFocus")]
pub struct Focus {
    /// System by system.
    pub shares: Vec<Share>,
    /// Sorted phrases: scalp and regular.
    pub sorted: [usize; 2],
    /// Phrases that fit no system: scalp and regular.
    pub unsorted: [usize; 2],
    /// How it was counted.
    pub how: Both,
}

/// Which condition.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "DifferenceSubject")]
pub struct Subject {
    /// Id.
    pub id: String,
    /// Name.
    pub name: Both,
    /// What it is.
    pub about: String,
    /// Titles of the protocols of the scalp.
    pub scalp_protocols: Vec<String>,
    /// Titles of the protocols of regular acupuncture.
    pub regular_protocols: Vec<String>,
}

/// The comparison.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Difference {
    /// The condition; none: the two systems as such.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<Subject>,
    /// On whom distances and millimetres were worked out.
    pub body: String,
    /// What should be read of that body; first what was not given, and what stands in its place.
    pub body_notes: Vec<String>,
    /// Aspects in order.
    pub aspects: Vec<Aspect>,
    /// Focus of both systems.
    pub focus: Focus,
    /// What was found, direct comparisons first.
    pub evidence: Vec<Found>,
    /// In one sentence what the evidence amounts to.
    pub verdict: Both,
    /// Where sources disagree about the condition or the technique.
    pub conflicts: Vec<String>,
    /// What is not known, in words.
    pub blanks: Vec<Both>,
}

/// Why there is no comparison.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no condition \"{id}\"{}", .nearest.as_ref().map(|n| format!("; did you mean \"{n}\"?")).unwrap_or_default())]
pub struct NoSuchCondition {
    /// What was asked for.
    pub id: String,
    /// The nearest that exists.
    pub nearest: Option<String>,
}

/// What every part looks at.
struct Case<'a> {
    world: World<'a>,
    condition: Option<&'a ConditionFile>,
    person: &'a Person,
}

impl<'a> Case<'a> {
    fn protocols(&self, region: Region) -> impl Iterator<Item = &'a Protocol> + use<'a> {
        let all: &'a [Protocol] = self.condition.map_or(&[], |c| &c.protocol);
        all.iter().filter(move |p| (p.school == BODY) == (region == Region::Body))
    }

    /// Codes that the protocols of a region name; none where the systems as such are compared.
    fn codes(&self, region: Region) -> Option<Vec<&'a str>> {
        self.condition?;
        let mut codes: Vec<&str> =
            self.protocols(region).flat_map(|p| &p.site).map(|s| s.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        Some(codes)
    }

    fn file(&self) -> String {
        self.condition.map_or_else(String::new, |c| format!("atlas/conditions/{}.toml", c.condition.id))
    }

    fn cited(&self, sources: &[Source]) -> Vec<Cited> {
        cited(self.world.atlas, sources)
    }
}

/// Sources as they are shown, with their titles.
pub(crate) fn cited(atlas: &Atlas, sources: &[Source]) -> Vec<Cited> {
    let one = |s: &Source| {
        let known = atlas.references.get(&s.key);
        Cited {
            key: s.key.clone(),
            title: known.map_or_else(|| s.key.clone(), |r| r.title.clone()),
            locator: known.and_then(|r| r.locator.clone()),
            mark: s.mark,
            note: s.note.clone(),
        }
    };
    sources.iter().map(one).collect()
}

/// Compares the systems, on a body.
///
/// # Errors
/// [`NoSuchCondition`] names the nearest one.
pub fn compute(
    world: World<'_>,
    condition: Option<&str>,
    person: &Person,
) -> Result<Difference, NoSuchCondition> {
    let condition = match condition {
        None => None,
        Some(id) => Some(world.clinic.condition(id).ok_or_else(|| NoSuchCondition {
            id: id.to_owned(),
            nearest: baihui_atlas::check::nearest(id, world.clinic.conditions.keys()).map(str::to_owned),
        })?),
    };
    let case = Case { world, condition, person };
    let found = evidence::found(&case);
    let (focus, focus_aspect) = focus::focus(&case);
    let mut aspects = points::aspects(&case);
    aspects.extend(needling::aspects(&case));
    aspects.push(focus_aspect);
    aspects.push(needling::harm(&case));
    let blanks = blanks(&aspects, &found, &case);
    let entry = condition.map(|c| &c.condition);
    let mut conflicts: Vec<&Fact> = entry.map_or_else(Vec::new, |c: &Condition| c.conflict.iter().collect());
    conflicts.extend(&world.clinic.techniques.conflict);
    Ok(Difference {
        condition: entry.map(|c| Subject {
            id: c.id.clone(),
            name: Both::new(&c.names.en, &c.names.hanzi),
            about: c.about.clone(),
            scalp_protocols: case.protocols(Region::Head).map(|p| p.title.clone()).collect(),
            regular_protocols: case.protocols(Region::Body).map(|p| p.title.clone()).collect(),
        }),
        body: words::body(&person.body.report),
        body_notes: person.body.report.notes.clone(),
        verdict: evidence::verdict(&found, condition.is_some()),
        aspects,
        focus,
        evidence: found,
        conflicts: conflicts
            .iter()
            .map(|f| {
                let keys: Vec<&str> = f.sources.iter().map(|s| s.key.as_str()).collect();
                format!("{} [{}]", f.text, keys.join(", "))
            })
            .collect(),
        blanks,
    })
}

/// What is not known: columns without a statement, and comparisons that nobody made.
fn blanks(aspects: &[Aspect], found: &[Found], case: &Case<'_>) -> Vec<Both> {
    let mut out = Vec::new();
    for a in aspects {
        for (column, en, zh) in
            [(&a.scalp, "scalp acupuncture", "头皮针"), (&a.regular, "regular acupuncture", "体针")]
        {
            if column.statements.is_empty() {
                out.push(Both::new(
                    format!("{}, {en}: no source seen states it", a.title.en),
                    format!("{}（{zh}）：所见资料均未说明", a.title.zh),
                ));
            }
        }
    }
    if !found.iter().any(|f| f.kind == Kind::Direct) {
        out.push(match case.condition {
            Some(_) => Both::new(
                "no direct comparison of scalp and regular acupuncture for this condition is in the tables",
                "资料表中没有针对该病症直接比较头皮针与体针的研究",
            ),
            None => Both::new("no direct comparison is in the tables", "资料表中没有直接比较"),
        });
    }
    if case.condition.is_some() && case.protocols(Region::Body).next().is_none() {
        out.push(Both::new(
            "no protocol of regular acupuncture for this condition is in the atlas",
            "图谱中没有该病症的体针方案",
        ));
    }
    if case.condition.is_some() && case.protocols(Region::Head).next().is_none() {
        out.push(Both::new(
            "no protocol of scalp acupuncture for this condition is in the atlas",
            "图谱中没有该病症的头皮针方案",
        ));
    }
    out
}

/// Counts of words, in the order of the words.
fn counts<'k>(names: impl Iterator<Item = &'k str>) -> BTreeMap<&'k str, usize> {
    let mut out = BTreeMap::new();
    for n in names {
        *out.entry(n).or_insert(0) += 1;
    }
    out
}
