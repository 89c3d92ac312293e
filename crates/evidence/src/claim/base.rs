//! The evidence tables together, and what a reference into them leads to.

use super::{EvidenceRef, Stance};
use crate::check::{Finding, check_estimates};
use crate::grade::{BiasDomain, Judgement, RiskOfBias};
use crate::table::package::Package;
use crate::table::{CellProblem, RawRow, RawTable, TableError};
use serde::Serialize;
use std::collections::BTreeMap;

/// All tables of the evidence package, checked against its schema.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidenceBase {
    tables: BTreeMap<String, RawTable>,
}

/// A source as shown to a reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceEntry {
    /// Best address: the DOI, else the page read.
    pub link: String,
    /// Reference or identifier in words.
    pub reference: String,
    /// Whose page was read.
    pub place: String,
}

/// A piece of evidence, looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResolvedEvidence {
    /// The reference.
    pub reference: String,
    /// Which way it points.
    pub stance: Stance,
    /// What was found, from the table.
    pub finding: String,
    /// What it means for the claim.
    pub why: String,
    /// Participants or animals, where known.
    pub participants: Option<u64>,
    /// What it is compared with: `sham` or something weaker.
    pub control: String,
    /// Risk of bias or quality, as far as known.
    pub quality: String,
    /// Contradictions among the printed numbers.
    pub faults: Vec<String>,
    /// Source.
    pub source: Option<SourceEntry>,
}

impl SourceEntry {
    /// Address in angle brackets, or the reference in round ones where no address is known.
    #[must_use]
    pub fn text(&self) -> String {
        match (self.link.is_empty(), self.reference.is_empty()) {
            (false, _) => format!("<{}>", self.link),
            (true, false) => format!("({})", self.reference),
            (true, true) => String::new(),
        }
    }
}

impl EvidenceBase {
    /// Takes the tables by resource name, if they obey the schema.
    ///
    /// # Errors
    /// [`TableError::Cells`] with every cell that does not, its column prefixed with the file.
    pub fn new(package: &Package, tables: BTreeMap<String, RawTable>) -> Result<Self, TableError> {
        let problems: Vec<CellProblem> = package
            .check(&tables)
            .into_iter()
            .map(|(file, p)| CellProblem { column: format!("{file}: {}", p.column), ..p })
            .collect();
        if problems.is_empty() { Ok(Self { tables }) } else { Err(TableError::Cells { problems, more: 0 }) }
    }

    /// A table by resource name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&RawTable> {
        self.tables.get(name)
    }

    pub(super) fn row(&self, table: &str, column: &str, value: &str) -> Option<(&RawTable, &RawRow)> {
        let t = self.tables.get(table)?;
        let row = t.rows.iter().find(|r| t.get(r, column) == value)?;
        Some((t, row))
    }

    /// A source by its key.
    #[must_use]
    pub fn source(&self, key: &str) -> Option<SourceEntry> {
        let (t, row) = self.row("sources", "source", key)?;
        let get = |c| t.get(row, c);
        let link = if get("doi").is_empty() {
            get("url").to_owned()
        } else {
            format!("https://doi.org/{}", get("doi"))
        };
        let mut reference: Vec<String> = Vec::new();
        if !get("reference").is_empty() {
            reference.push(get("reference").to_owned());
        }
        if !get("pubmed").is_empty() {
            reference.push(format!("PMID {}", get("pubmed")));
        }
        Some(SourceEntry { link, reference: reference.join("; "), place: get("place").to_owned() })
    }

    /// Risk of bias of a trial's outcome, as far as assessed.
    #[must_use]
    pub fn risk_of_bias(&self, trial: &str, outcome: Option<&str>) -> RiskOfBias {
        let mut bias = RiskOfBias::default();
        let Some(t) = self.tables.get("risk-of-bias") else { return bias };
        for row in &t.rows {
            let here = t.get(row, "trial") == trial && outcome.is_none_or(|o| t.get(row, "outcome") == o);
            if let (true, Some(domain), Some(judgement)) =
                (here, BiasDomain::parse(t.get(row, "domain")), Judgement::parse(t.get(row, "judgement")))
            {
                let reason = t.get(row, "reason").to_owned();
                let worst = bias.domains.entry(domain).or_insert_with(|| (judgement, reason.clone()));
                if judgement > worst.0 {
                    *worst = (judgement, reason);
                }
            }
        }
        bias
    }

    /// Looks up a reference.
    pub fn resolve(&self, e: &EvidenceRef) -> Result<ResolvedEvidence, String> {
        let (kind, name) = e
            .reference
            .split_once(':')
            .ok_or("has no kind; write trial:, mechanism:, review: or estimate:")?;
        match kind {
            "trial" => self.resolve_trial(e, name),
            "mechanism" => self.resolve_mechanism(e, name),
            "review" => self.resolve_review(e, name),
            "estimate" => self.resolve_estimate(e, name),
            _ => {
                Err(format!("has the unknown kind `{kind}`; write trial:, mechanism:, review: or estimate:"))
            }
        }
    }

    fn entry(&self, e: &EvidenceRef, t: &RawTable, row: &RawRow, finding: String) -> ResolvedEvidence {
        ResolvedEvidence {
            reference: e.reference.clone(),
            stance: e.stance,
            finding,
            why: e.why.clone(),
            participants: None,
            control: String::new(),
            quality: String::new(),
            faults: Vec::new(),
            source: self.source(t.get(row, "source")),
        }
    }

    fn resolve_trial(&self, e: &EvidenceRef, name: &str) -> Result<ResolvedEvidence, String> {
        let (t, row) = self.row("trials", "trial", name).ok_or("is not in trials.csv")?;
        let get = |c| t.get(row, c);
        let mut finding = format!("{} ({}): {}", get("comparison"), get("condition"), get("finding"));
        if !get("note").is_empty() {
            finding.push_str(&format!(" ({})", get("note")));
        }
        let bias = self.risk_of_bias(name, None);
        let quality = match bias.overall() {
            Some(j) => {
                let reasons: Vec<&str> =
                    bias.domains.values().filter(|(d, _)| *d == j).map(|(_, r)| r.as_str()).collect();
                format!("risk of bias {}: {}", j.words(), reasons.join(" "))
            }
            None => "risk of bias not assessed in full".to_owned(),
        };
        let control = if get("sham") == "none" {
            format!("no sham; against {}", versus(get("versus")))
        } else {
            get("sham").to_owned()
        };
        Ok(ResolvedEvidence {
            participants: get("randomised").parse().ok(),
            control,
            quality,
            ..self.entry(e, t, row, finding)
        })
    }

    fn resolve_mechanism(&self, e: &EvidenceRef, name: &str) -> Result<ResolvedEvidence, String> {
        let (t, row) = self.row("mechanisms", "finding_id", name).ok_or("is not in mechanisms.csv")?;
        let get = |c| t.get(row, c);
        let species = if get("species") == "animal" { "animals, " } else { "" };
        Ok(ResolvedEvidence {
            participants: get("participants").parse().ok(),
            control: get("control").to_owned(),
            quality: format!("weight: {}", get("weight")),
            ..self.entry(e, t, row, format!("{species}{}: {}", get("method"), get("finding")))
        })
    }

    fn resolve_review(&self, e: &EvidenceRef, name: &str) -> Result<ResolvedEvidence, String> {
        let (t, row) = self.row("reviews", "review", name).ok_or("is not in reviews.csv")?;
        let get = |c| t.get(row, c);
        let trials =
            if get("trials").is_empty() { String::new() } else { format!(", {} studies", get("trials")) };
        let words = if get("quality_words").is_empty() { "no verdict seen" } else { get("quality_words") };
        Ok(ResolvedEvidence {
            participants: get("participants").parse().ok(),
            control: "review".into(),
            quality: format!("quality of the trials: {}", get("quality").replace("not-seen", "not seen")),
            ..self.entry(e, t, row, format!("review on {}{trials}: {words}", get("condition")))
        })
    }

    fn resolve_estimate(&self, e: &EvidenceRef, name: &str) -> Result<ResolvedEvidence, String> {
        let t = self.tables.get("estimates").ok_or("there is no estimates.csv")?;
        let mut parts = name.split('/');
        let review = parts.next().unwrap_or_default();
        let rest: Vec<&str> = parts.collect();
        let matches: Vec<usize> = t
            .rows
            .iter()
            .enumerate()
            .filter(|(_, r)| {
                t.get(r, "review") == review
                    && rest.iter().all(|p| {
                        ["condition", "experimental", "comparator", "outcome"]
                            .iter()
                            .any(|c| t.get(r, c) == *p)
                    })
            })
            .map(|(i, _)| i)
            .collect();
        let [at] = matches[..] else {
            return Err(format!(
                "matches {} rows of estimates.csv; name one, as REVIEW/comparator/outcome",
                matches.len()
            ));
        };
        let row = &t.rows[at];
        let get = |c| t.get(row, c);
        let mut finding = format!(
            "{} against {}, {} ({})",
            get("experimental"),
            get("comparator"),
            get("outcome"),
            get("condition")
        );
        if !get("est").is_empty() {
            finding.push_str(&format!(": {} {}", get("measure"), get("est")));
            if !get("lo").is_empty() {
                finding.push_str(&format!(" [{}, {}]", get("lo"), get("hi")));
            }
        }
        if !get("p_reported").is_empty() {
            finding.push_str(&format!(", p {}", get("p_reported")));
        }
        if !get("trials").is_empty() {
            finding.push_str(&format!(", {} trials", get("trials")));
        }
        let single = RawTable { header: t.header.clone(), rows: vec![row.clone()], separator: t.separator };
        let faults = check_estimates(&single)
            .map(|r| r.items.iter().flat_map(|i| &i.findings).map(|f: &Finding| f.sentence.clone()).collect())
            .unwrap_or_default();
        Ok(ResolvedEvidence {
            participants: get("participants").parse().ok(),
            control: "pooled by a review".into(),
            quality: get("note").to_owned(),
            faults,
            ..self.entry(e, t, row, finding)
        })
    }
}

fn versus(code: &str) -> &str {
    match code {
        "body" => "body acupuncture",
        "body-added" => "body acupuncture alone",
        "drug" => "drug",
        "added" => "usual treatment alone",
        "scalp" => "another scalp acupuncture",
        "uncontrolled" => "nothing",
        other => other,
    }
}
