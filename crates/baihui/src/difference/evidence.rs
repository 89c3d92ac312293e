//! What was found, direct comparisons first.

use baihui_clinic::condition::Says;
use baihui_evidence::{
    claim::{EvidenceRef, ResolvedEvidence, Stance},
    table::RawTable,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Both, Case, Origin, Statement};

/// What was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "DifferenceKind")]
pub enum Kind {
    /// Scalp with regular acupuncture, or scalp added to it.
    Direct,
    /// Scalp acupuncture with something else.
    Scalp,
    /// Regular or any acupuncture with something else.
    Regular,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "DifferenceFound")]
pub struct Found {
    /// What was compared.
    pub kind: Kind,
    /// Reference into the evidence tables.
    pub reference: String,
    /// What was found.
    pub finding: String,
    /// `for`, `mixed`, `null`, `against` or `not-seen`: for direct comparisons of the scalp against the rest.
    pub says: String,
    /// What it means, where the atlas says.
    pub why: String,
    /// Participants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participants: Option<u64>,
    /// What it was compared with.
    pub control: String,
    /// Risk of bias, or the words of the review.
    pub quality: String,
    /// Contradictions among the printed numbers.
    pub faults: Vec<String>,
    /// Address of the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Reference of the source in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cited: Option<String>,
}

/// A table's cells of one column for rows that another column picks.
fn cell<'t>(t: &'t RawTable, key: &str, name: &str, column: &str) -> Option<&'t str> {
    t.rows.iter().find(|r| t.get(r, key) == name).map(|r| t.get(r, column))
}

fn word(says: Says) -> &'static str {
    match says {
        Says::For => "for",
        Says::Mixed => "mixed",
        Says::Null => "null",
        Says::Against => "against",
        Says::NotSeen => "not-seen",
    }
}

/// Whether a treatment is acupuncture elsewhere than on the scalp.
fn regular(treatment: &str) -> bool {
    let t = treatment.to_lowercase();
    t.contains("acupuncture") && !t.contains("scalp") && !t.contains("sham")
}

/// Everything known, direct comparisons first.
pub(super) fn found(case: &Case<'_>) -> Vec<Found> {
    let mut out = match case.condition {
        Some(c) => {
            let mut out = Vec::new();
            for link in &c.condition.evidence {
                out.extend(pooled_directly(case, &link.r#ref, &link.why));
                out.push(one(case, &link.r#ref, word(link.says), &link.why));
            }
            out
        }
        None => all_direct(case),
    };
    out.sort_by_key(|f| f.kind);
    let mut seen = Vec::new();
    out.retain(|f| {
        let new = !seen.contains(&f.reference);
        seen.push(f.reference.clone());
        new
    });
    out
}

/// Estimates of a review in which scalp acupuncture stands against acupuncture elsewhere.
fn pooled_directly(case: &Case<'_>, reference: &str, why: &str) -> Vec<Found> {
    let Some(review) = reference.strip_prefix("review:") else { return Vec::new() };
    let Some(t) = case.world.evidence.table("estimates") else { return Vec::new() };
    t.rows
        .iter()
        .filter(|r| {
            t.get(r, "review") == review && t.get(r, "scope") == "scalp" && regular(t.get(r, "comparator"))
        })
        .map(|r| {
            let reference = format!("estimate:{review}/{}/{}", t.get(r, "comparator"), t.get(r, "outcome"));
            one(case, &reference, stance(t.get(r, "lo"), t.get(r, "hi"), t.get(r, "measure")), why)
        })
        .collect()
}

/// What an interval says of the scalp against its comparator.
fn stance(lo: &str, hi: &str, measure: &str) -> &'static str {
    let null = if ["RR", "OR", "HR"].contains(&measure) { 1.0 } else { 0.0 };
    match (lo.parse::<f64>(), hi.parse::<f64>()) {
        (Ok(lo), Ok(hi)) if lo <= null && hi >= null => "null",
        (Ok(_), Ok(_)) => "for",
        _ => "not-seen",
    }
}

/// Every direct comparison of the tables.
fn all_direct(case: &Case<'_>) -> Vec<Found> {
    let base = case.world.evidence;
    let mut out = Vec::new();
    if let Some(t) = base.table("estimates") {
        let mut reviews: Vec<&str> = t.rows.iter().map(|r| t.get(r, "review")).collect();
        reviews.dedup();
        for review in reviews {
            out.extend(pooled_directly(case, &format!("review:{review}"), ""));
        }
    }
    if let Some(t) = base.table("trials") {
        for r in t.rows.iter().filter(|r| t.get(r, "versus").starts_with("body")) {
            let says = match t.get(r, "result") {
                "positive" => "for",
                "null" => "null",
                "mixed" => "mixed",
                "negative" => "against",
                _ => "not-seen",
            };
            out.push(one(case, &format!("trial:{}", t.get(r, "trial")), says, ""));
        }
    }
    // What the claim of focus says of a piece of evidence explains it here too.
    let known: Vec<&EvidenceRef> = case.world.claims.iter().flat_map(|c| &c.evidence).collect();
    for f in &mut out {
        if let Some(e) = known.iter().find(|e| e.reference == f.reference && !e.why.is_empty()) {
            f.why.clone_from(&e.why);
        }
    }
    out
}

fn one(case: &Case<'_>, reference: &str, says: &str, why: &str) -> Found {
    let base = case.world.evidence;
    let asked = EvidenceRef { reference: reference.to_owned(), stance: Stance::Unclear, why: why.to_owned() };
    let resolved = base.resolve(&asked).unwrap_or_else(|problem| ResolvedEvidence {
        reference: reference.to_owned(),
        stance: Stance::Unclear,
        finding: problem,
        why: why.to_owned(),
        participants: None,
        control: String::new(),
        quality: String::new(),
        faults: Vec::new(),
        source: None,
    });
    Found {
        kind: kind(case, reference),
        reference: reference.to_owned(),
        finding: resolved.finding,
        says: says.to_owned(),
        why: resolved.why,
        participants: resolved.participants,
        control: resolved.control,
        quality: resolved.quality,
        faults: resolved.faults,
        link: resolved.source.as_ref().map(|s| s.link.clone()).filter(|l| !l.is_empty()),
        cited: resolved.source.as_ref().map(|s| s.reference.clone()).filter(|r| !r.is_empty()),
    }
}

fn kind(case: &Case<'_>, reference: &str) -> Kind {
    let base = case.world.evidence;
    let get = |table: &str, key: &str, name: &str, column: &str| {
        base.table(table).and_then(|t| cell(t, key, name, column)).unwrap_or_default().to_owned()
    };
    match reference.split_once(':') {
        Some(("estimate", _)) if reference.split('/').skip(1).any(regular) => Kind::Direct,
        Some(("trial", name)) => {
            if get("trials", "trial", name, "versus").starts_with("body") {
                Kind::Direct
            } else if get("trials", "trial", name, "scalp") == "yes" {
                Kind::Scalp
            } else {
                Kind::Regular
            }
        }
        Some((_, name)) => {
            let review = name.split('/').next().unwrap_or_default();
            if get("reviews", "review", review, "scope") == "scalp" { Kind::Scalp } else { Kind::Regular }
        }
        None => Kind::Regular,
    }
}

/// In one sentence what the direct comparisons amount to.
pub(super) fn verdict(found: &[Found], condition: bool) -> Both {
    let direct: Vec<&Found> = found.iter().filter(|f| f.kind == Kind::Direct).collect();
    let n = |word: &str| direct.iter().filter(|f| f.says == word).count();
    let (better, worse, null, mixed, unseen) = (n("for"), n("against"), n("null"), n("mixed"), n("not-seen"));
    let (whom, whom_zh) = if condition { ("for this condition ", "针对该病症") } else { ("", "") };
    if direct.is_empty() {
        return Both::new(
            format!(
                "Nobody whose work was seen has compared the two {whom}directly: which is better is not known."
            ),
            format!("所见资料中没有{whom_zh}的直接比较：孰优孰劣尚不清楚。"),
        );
    }
    let mut parts = vec![format!("{better} found the scalp better"), format!("{null} found no difference")];
    let mut parts_zh = vec![format!("{better}项认为头皮针较优"), format!("{null}项认为无差别")];
    if mixed > 0 {
        parts.push(format!("{mixed} found both"));
        parts_zh.push(format!("{mixed}项结果不一"));
    }
    if worse > 0 {
        parts.push(format!("{worse} found the scalp worse"));
        parts_zh.push(format!("{worse}项认为头皮针较差"));
    }
    if unseen > 0 {
        parts.push(format!("of {unseen} the numbers were not seen"));
        parts_zh.push(format!("{unseen}项未见数据"));
    }
    let all = direct.len();
    let weak = direct.iter().filter(|f| weak(f)).count();
    let word = if all == 1 { "direct comparison" } else { "direct comparisons" };
    Both::new(
        format!(
            "{all} {word} {whom}in the tables: {}. Of {all}, {weak} had fewer than {SMALL} participants, a quality called low or one that was not seen.",
            parts.join(", ")
        ),
        format!(
            "资料表中有{all}项{whom_zh}直接比较：{}。其中{weak}项样本少于{SMALL}人，或质量低、或质量未见。",
            parts_zh.join("，")
        ),
    )
}

/// Below so many participants a trial is called small here: a choice of ours.
const SMALL: u64 = 100;

fn weak(f: &Found) -> bool {
    f.participants.is_some_and(|n| n < SMALL)
        || ["low", "high", "not assessed", "not seen"].iter().any(|w| f.quality.contains(w))
        || f.quality.is_empty()
}

/// What reviews and trials of the scalp say about adverse events, condition by condition.
pub(super) fn harms(case: &Case<'_>) -> Vec<Statement> {
    let base = case.world.evidence;
    let named = |review: &str| match case.condition {
        None => true,
        Some(c) => c.condition.evidence.iter().any(|e| e.r#ref.ends_with(&format!(":{review}"))),
    };
    let statement = |text: String, of: &str, reference: String| Statement {
        text,
        low: None,
        high: None,
        unit: String::new(),
        of: Some(of.to_owned()),
        origin: Origin::Stated,
        entry: format!("evidence, {reference}"),
        doubt: None,
        sources: Vec::new(),
    };
    let mut out = Vec::new();
    if let Some(t) = base.table("estimates") {
        for r in &t.rows {
            let (review, outcome) = (t.get(r, "review"), t.get(r, "outcome"));
            if t.get(r, "scope") == "scalp" && outcome.contains("adverse") && named(review) {
                out.push(statement(
                    format!(
                        "{} against {}: {} {} [{}, {}]; {}",
                        t.get(r, "experimental"),
                        t.get(r, "comparator"),
                        t.get(r, "measure"),
                        t.get(r, "est"),
                        t.get(r, "lo"),
                        t.get(r, "hi"),
                        t.get(r, "note")
                    ),
                    t.get(r, "condition"),
                    format!("estimate:{review}"),
                ));
            }
        }
    }
    if let Some(t) = base.table("reviews") {
        for r in &t.rows {
            let words = t.get(r, "quality_words");
            if t.get(r, "scope") == "scalp" && words.contains("adverse") && named(t.get(r, "review")) {
                out.push(statement(
                    words.to_owned(),
                    t.get(r, "condition"),
                    format!("review:{}", t.get(r, "review")),
                ));
            }
        }
    }
    out
}
