//! `baihui claim`: the claims that are compiled in, or those of a folder.

use super::{ClaimCommand, EvidenceError, folder, read, write_file};
use baihui_evidence::check::show_number;
use baihui_evidence::claim::{Claim, ClaimKind, ClaimReport, EvidenceBase, QuestionResult, Stance};
use baihui_evidence::table::package::Package;
use baihui_evidence::table::{Limits, RawTable, TableError};
use baihui_report::Theme;
use baihui_report::stat::html::{Part, page};
use baihui_report::stat::{Look, Width, forest};
use clap::Args;
use rust_embed::RustEmbed;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(RustEmbed)]
#[folder = "../../atlas/claims"]
#[include = "*.toml"]
struct Claims;

#[derive(RustEmbed)]
#[folder = "../../evidence"]
#[include = "*.csv"]
#[include = "datapackage.json"]
struct Tables;

/// Where claims and evidence come from.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Data {
    /// Folder of claims instead of those compiled in.
    #[arg(long, value_name = "FOLDER")]
    claims: Option<PathBuf>,
    /// Folder of evidence instead of that compiled in.
    #[arg(long, value_name = "FOLDER")]
    evidence: Option<PathBuf>,
}

impl Data {
    pub(super) fn claims(&self) -> Result<Vec<Claim>, EvidenceError> {
        match &self.claims {
            Some(path) => from_folder(path),
            None => {
                let mut names: Vec<String> = Claims::iter().map(std::borrow::Cow::into_owned).collect();
                names.sort();
                let files = names.iter().filter_map(|n| Claims::get(n));
                Ok(files.map(|f| Claim::from_toml(&f.data)).collect::<Result<_, _>>()?)
            }
        }
    }

    pub(super) fn evidence(&self) -> Result<EvidenceBase, EvidenceError> {
        let refused = |path: &str, source: TableError| EvidenceError::Table { path: path.to_owned(), source };
        if let Some(path) = &self.evidence {
            let (package, tables) = folder(path)?;
            return EvidenceBase::new(&package, tables).map_err(|e| refused(&path.display().to_string(), e));
        }
        let get = |name: &str| {
            Tables::get(name)
                .map(|f| f.data)
                .ok_or_else(|| EvidenceError::Argument(format!("evidence/{name} is not compiled in")))
        };
        let limits = Limits::default();
        let package = Package::from_json(&get("datapackage.json")?, &limits)
            .map_err(|e| refused("evidence/datapackage.json", e))?;
        let mut tables = BTreeMap::new();
        for resource in &package.resources {
            let table = RawTable::from_csv(&get(&resource.path)?, &limits)
                .map_err(|e| refused(&format!("evidence/{}", resource.path), e))?;
            tables.insert(resource.name.clone(), table);
        }
        EvidenceBase::new(&package, tables).map_err(|e| refused("evidence", e))
    }
}

/// The claims of a folder, in order of their file names.
pub(super) fn from_folder(path: &Path) -> Result<Vec<Claim>, EvidenceError> {
    let entries = std::fs::read_dir(path)
        .map_err(|source| EvidenceError::File { path: path.display().to_string(), source })?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|p| {
            Claim::from_toml(&read(p)?).map_err(|e| EvidenceError::Argument(format!("{}: {e}", p.display())))
        })
        .collect()
}

/// Runs a claim command.
pub(super) fn run(command: ClaimCommand, out: &mut dyn Write) -> Result<ExitCode, EvidenceError> {
    match command {
        ClaimCommand::List { data } => {
            let claims = data.claims()?;
            let width = claims.iter().map(|c| c.id.len()).max().unwrap_or(0);
            for (kind, title) in [
                (ClaimKind::Benefit, "Benefits"),
                (ClaimKind::Difference, "Differences from body acupuncture"),
            ] {
                writeln!(out, "{title}")?;
                for c in claims.iter().filter(|c| c.kind == kind) {
                    writeln!(
                        out,
                        "  {:width$}  {}; certainty {} ({})",
                        c.id,
                        c.verdict.word.words(),
                        c.verdict.certainty,
                        c.date
                    )?;
                }
            }
        }
        ClaimCommand::Show { name, json, html, data } => {
            let claims = data.claims()?;
            let claim = claims.iter().find(|c| c.id == name).ok_or_else(|| {
                let names: Vec<&str> = claims.iter().map(|c| c.id.as_str()).collect();
                EvidenceError::Argument(format!(
                    "there is no claim \"{name}\"; there are {}",
                    names.join(", ")
                ))
            })?;
            let report = claim.report(&data.evidence()?)?;
            if json {
                let text = serde_json::to_string_pretty(&report).map_err(|e| {
                    EvidenceError::Argument(format!("the claim cannot be written as JSON: {e}"))
                })?;
                writeln!(out, "{text}")?;
            } else {
                writeln!(out, "{report}")?;
            }
            if let Some(path) = html {
                write_file(&path, html_page(&report)?.as_bytes())?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A claim as one page.
fn html_page(report: &ClaimReport) -> Result<String, EvidenceError> {
    let c = &report.claim;
    let mut parts = vec![
        Part::Text(c.claim.clone()),
        Part::Callout(format!(
            "Verdict of {}: {}; certainty {}. {}",
            c.date,
            c.verdict.word.words(),
            c.verdict.certainty,
            c.verdict.text
        )),
        Part::Heading("Claimed by".into()),
    ];
    for by in &c.claimed_by {
        parts.push(Part::Text(format!("{}: {}", by.who, by.what)));
        if let Some(s) = report.sources.get(&by.source) {
            parts.push(Part::Link {
                url: s.link.clone(),
                text: if s.link.is_empty() { s.reference.clone() } else { s.link.clone() },
            });
        }
    }
    parts.push(Part::Heading("What is known".into()));
    let stance = |s: Stance| match s {
        Stance::For => "for",
        Stance::Against => "against",
        Stance::Mixed => "both ways",
        Stance::Unclear => "undecided",
    };
    parts.push(Part::Table {
        caption: "Studies and reviews".into(),
        header: ["Points", "Finding", "n", "Compared with", "Quality", "What it means", "Source"]
            .map(str::to_owned)
            .to_vec(),
        rows: report
            .evidence
            .iter()
            .map(|e| {
                let mut finding = e.finding.clone();
                for fault in &e.faults {
                    finding.push_str(&format!(" Printed numbers contradict each other: {fault}"));
                }
                vec![
                    stance(e.stance).to_owned(),
                    finding,
                    e.participants.map_or(String::new(), |n| n.to_string()),
                    e.control.clone(),
                    e.quality.clone(),
                    e.why.clone(),
                    e.source.as_ref().map_or(String::new(), |s| s.link.clone()),
                ]
            })
            .collect(),
    });
    for q in &report.questions {
        parts.push(Part::Heading(q.title.clone()));
        parts.push(Part::Figure { svg: question_figure(q, Theme::Auto)?, caption: q.reason.clone() });
        parts.push(Part::List(q.faults.iter().chain(&q.warnings).cloned().collect()));
    }
    parts.push(Part::Heading("Why this certainty".into()));
    let reasons = c.grading.down.iter().map(|s| format!("−{}: {}", s.steps, s.reason));
    let more = c.grading.up.iter().map(|s| format!("+{}: {}", s.steps, s.reason));
    parts.push(Part::List(reasons.chain(more).collect()));
    parts.push(Part::Heading("What would change the verdict".into()));
    parts.push(Part::List(report.would_change()));
    Ok(page(&c.title, "en", &parts))
}

pub(super) fn question_figure(q: &QuestionResult, theme: Theme) -> Result<String, EvidenceError> {
    let mut rows: Vec<forest::Row> = q
        .rows
        .iter()
        .map(|r| forest::Row::Study {
            label: r.trial.clone(),
            cells: r.treatments.iter().zip(&r.arms).map(|(t, a)| format!("{t} {a}")).collect(),
            effect: forest::Interval { estimate: r.estimate, lower: r.interval[0], upper: r.interval[1] },
            weight_percent: r.weight_percent,
        })
        .collect();
    let mut footer = Vec::new();
    if let Some(p) = &q.pooled {
        rows.push(forest::Row::Pooled {
            label: format!("Pooled ({})", p.tau2_method),
            effect: forest::Interval { estimate: p.estimate, lower: p.interval[0], upper: p.interval[1] },
            prediction: p.prediction,
        });
        footer.push(format!(
            "τ² = {}, I² = {} % (from τ²), Q = {}; interval: {}.",
            show_number(p.tau2),
            show_number(100.0 * p.i2),
            show_number(p.q),
            p.interval_method
        ));
    } else {
        footer.push("Not pooled.".into());
    }
    let words = q.measure.words();
    let mut measure: String = words.chars().take(1).flat_map(char::to_uppercase).collect();
    measure.extend(words.chars().skip(1));
    let figure = forest::Forest {
        title: q.title.clone(),
        measure,
        log: q.measure.is_ratio(),
        null: q.measure.null(),
        columns: vec!["Experimental".into(), "Control".into()],
        rows,
        favours: [String::new(), String::new()],
        footer,
    };
    Ok(forest::svg(&figure, Look { width: Width::Page, theme })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data() -> Data {
        Data { claims: None, evidence: None }
    }

    fn said(command: ClaimCommand) -> Result<String, String> {
        let mut out = Vec::new();
        run(command, &mut out).map_err(|e| e.to_string())?;
        String::from_utf8(out).map_err(|e| e.to_string())
    }

    #[test]
    fn the_list_names_all_eight() {
        let text = said(ClaimCommand::List { data: data() }).expect("a list");
        assert_eq!(text.lines().filter(|l| l.starts_with("  ")).count(), 8, "{text}");
    }

    #[test]
    fn every_claim_can_be_shown_in_every_form() {
        for claim in data().claims().expect("claims") {
            let show = |json| ClaimCommand::Show { name: claim.id.clone(), json, html: None, data: data() };
            let text = said(show(false)).unwrap_or_else(|e| panic!("{}: {e}", claim.id));
            assert!(text.contains(&claim.title) && text.contains("Verdict:"));
            let json = said(show(true)).expect("JSON");
            assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{}", claim.id);
            let report = claim.report(&data().evidence().expect("evidence")).expect("a report");
            let page = html_page(&report).expect("a page");
            assert_eq!(page.matches("<svg").count(), claim.question.len(), "{}", claim.id);
        }
        let unknown = ClaimCommand::Show { name: "magic".into(), json: false, html: None, data: data() };
        assert!(said(unknown).expect_err("refused").contains("blood-flow"));
    }
}
