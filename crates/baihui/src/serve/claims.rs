//! Claims of the field with what speaks for and against each.

use baihui_evidence::claim::{
    ClaimKind, ClaimReport, QuestionResult, ResolvedEvidence, SourceEntry, Stance, VerdictWord,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    problem::Problem,
    state::App,
    table::{Access, Bytes, Doc, Nothing, Table},
};
use crate::commands::evidence::claim_figure;

/// Adds the routes.
pub fn routes(table: &mut Table) {
    let doc = |id, summary| Doc { id, tag: "evidence", summary, access: Access::Everybody };
    table.get("/api/claims", doc("claims", "Claims with their verdicts"), claims);
    table.get(
        "/api/claims/{claim}",
        doc("claim", "One claim: who makes it, what speaks for and against it"),
        claim,
    );
    table.file(
        "/api/claims/{claim}/figures/{question}",
        doc("claimFigure", "A question of a claim as a forest plot"),
        "image/svg+xml",
        figure,
    );
}

/// What kind of claim it is.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KindView {
    /// A benefit of scalp acupuncture.
    Benefit,
    /// A difference between scalp and body acupuncture.
    Difference,
}

/// The verdict in one word.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictView {
    /// Shown beyond reasonable doubt.
    Shown,
    /// More likely than not.
    Likely,
    /// Evidence points both ways or is too little.
    Unclear,
    /// Nothing that would show it has been seen.
    NotShown,
    /// Evidence speaks against it.
    Contradicted,
    /// True by definition or description.
    Descriptive,
}

/// Which way a piece of evidence points.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StanceView {
    /// Supports the claim.
    For,
    /// Speaks against it, or finds nothing.
    Against,
    /// Both.
    Mixed,
    /// Bears on it without deciding.
    Unclear,
}

/// A claim in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClaimRow {
    /// Name.
    id: String,
    /// Kind.
    kind: KindView,
    /// Title.
    title: String,
    /// The claim, in one sentence.
    claim: String,
    /// Day of the verdict.
    date: String,
    /// Verdict.
    verdict: VerdictView,
    /// Certainty: high, moderate, low or very low.
    certainty: String,
    /// The verdict in plain words.
    text: String,
    /// Pieces of evidence.
    evidence: usize,
}

/// Who claims it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClaimedByView {
    /// Author or school.
    who: String,
    /// What they say, in our words.
    what: String,
    /// Source, where one was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<SourceView>,
}

/// A source.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SourceView {
    /// Address; empty where none is known.
    link: String,
    /// Reference in words.
    reference: String,
    /// Whose page was read.
    place: String,
}

/// A piece of evidence.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EvidenceView {
    /// Reference into the tables.
    reference: String,
    /// Which way it points.
    stance: StanceView,
    /// What was found.
    finding: String,
    /// What it means for the claim.
    why: String,
    /// Participants or animals.
    #[serde(skip_serializing_if = "Option::is_none")]
    participants: Option<u64>,
    /// What it is compared with.
    control: String,
    /// Risk of bias or quality.
    quality: String,
    /// Contradictions among the printed numbers.
    faults: Vec<String>,
    /// Source.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<SourceView>,
}

/// A question that is computed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct QuestionView {
    /// Name; the figure's address ends in it.
    id: String,
    /// The question.
    title: String,
    /// Why the trials are pooled or not.
    reason: String,
    /// The pooled effect in words and numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pooled: Option<String>,
    /// Trial by trial, in words and numbers.
    trials: Vec<String>,
    /// What a reader should know.
    warnings: Vec<String>,
    /// Contradictions among the printed numbers.
    faults: Vec<String>,
}

/// A claim with everything that is known about it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClaimView {
    /// As in the list.
    #[serde(flatten)]
    row: ClaimRow,
    /// Who claims it.
    claimed_by: Vec<ClaimedByView>,
    /// Evidence in the order of the file.
    known: Vec<EvidenceView>,
    /// Questions with their answers.
    questions: Vec<QuestionView>,
    /// Why the certainty is what it is.
    grading: Vec<String>,
    /// What would change the verdict.
    would_change: Vec<String>,
}

fn row(c: &baihui_evidence::claim::Claim) -> ClaimRow {
    ClaimRow {
        id: c.id.clone(),
        kind: match c.kind {
            ClaimKind::Benefit => KindView::Benefit,
            ClaimKind::Difference => KindView::Difference,
        },
        title: c.title.clone(),
        claim: c.claim.clone(),
        date: c.date.clone(),
        verdict: match c.verdict.word {
            VerdictWord::Shown => VerdictView::Shown,
            VerdictWord::Likely => VerdictView::Likely,
            VerdictWord::Unclear => VerdictView::Unclear,
            VerdictWord::NotShown => VerdictView::NotShown,
            VerdictWord::Contradicted => VerdictView::Contradicted,
            VerdictWord::Descriptive => VerdictView::Descriptive,
        },
        certainty: c.verdict.certainty.to_string(),
        text: c.verdict.text.clone(),
        evidence: c.evidence.len(),
    }
}

fn claims(app: &App, _: Nothing) -> Result<Vec<ClaimRow>, Problem> {
    Ok(app.claims.iter().map(row).collect())
}

/// Which claim.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimParams {
    /// Name.
    claim: String,
}

fn report(app: &App, id: &str) -> Result<ClaimReport, Problem> {
    let claim = app.claims.iter().find(|c| c.id == id).ok_or_else(|| {
        let names: Vec<&str> = app.claims.iter().map(|c| c.id.as_str()).collect();
        Problem::not_found(format!("there is no claim \"{id}\""))
            .hint(format!("there are: {}", names.join(", ")))
    })?;
    claim.report(&app.evidence).map_err(Problem::internal)
}

fn claim(app: &App, p: ClaimParams) -> Result<ClaimView, Problem> {
    let r = report(app, &p.claim)?;
    let c = &r.claim;
    let claimed_by = c.claimed_by.iter().map(|by| ClaimedByView {
        who: by.who.clone(),
        what: by.what.clone(),
        source: r.sources.get(&by.source).map(source),
    });
    let down = c.grading.down.iter().map(|s| format!("−{}: {}", s.steps, s.reason));
    let up = c.grading.up.iter().map(|s| format!("+{}: {}", s.steps, s.reason));
    Ok(ClaimView {
        row: row(c),
        claimed_by: claimed_by.collect(),
        known: r.evidence.iter().map(evidence).collect(),
        questions: r.questions.iter().map(question).collect(),
        grading: down.chain(up).collect(),
        would_change: r.would_change(),
    })
}

fn source(s: &SourceEntry) -> SourceView {
    SourceView { link: s.link.clone(), reference: s.reference.clone(), place: s.place.clone() }
}

fn evidence(e: &ResolvedEvidence) -> EvidenceView {
    EvidenceView {
        reference: e.reference.clone(),
        stance: match e.stance {
            Stance::For => StanceView::For,
            Stance::Against => StanceView::Against,
            Stance::Mixed => StanceView::Mixed,
            Stance::Unclear => StanceView::Unclear,
        },
        finding: e.finding.clone(),
        why: e.why.clone(),
        participants: e.participants,
        control: e.control.clone(),
        quality: e.quality.clone(),
        faults: e.faults.clone(),
        source: e.source.as_ref().map(source),
    }
}

fn question(q: &QuestionResult) -> QuestionView {
    let number = baihui_evidence::check::show_number;
    let trials = q.rows.iter().map(|t| {
        format!(
            "{}: {} {} [{}, {}]",
            t.trial,
            q.measure.words(),
            number(t.estimate),
            number(t.interval[0]),
            number(t.interval[1])
        )
    });
    QuestionView {
        id: q.id.clone(),
        title: q.title.clone(),
        reason: q.reason.clone(),
        pooled: q.pooled.as_ref().map(|p| format!("{} {p}", q.measure.words())),
        trials: trials.collect(),
        warnings: q.warnings.clone(),
        faults: q.faults.clone(),
    }
}

/// Which figure.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FigureParams {
    /// Name of the claim.
    claim: String,
    /// Name of the question.
    question: String,
    /// Colours.
    #[serde(default)]
    theme: super::figures::ThemeParam,
}

fn figure(app: &App, p: FigureParams) -> Result<Bytes, Problem> {
    let r = report(app, &p.claim)?;
    let q = r
        .questions
        .iter()
        .find(|q| q.id == p.question)
        .ok_or_else(|| Problem::not_found(format!("the claim has no question \"{}\"", p.question)))?;
    let svg = claim_figure(q, p.theme.into()).map_err(Problem::internal)?;
    Ok(Bytes { media: "image/svg+xml", bytes: svg.into_bytes() })
}
