//! The clinical letter: diagnoses, the plan, what was done, outcomes against published important changes, harm.

use baihui_clinic::{
    instrument::change::{Direction, Reach, ThresholdKind},
    outcome::{Measured, Outcome},
    plan::Plan,
    session::{Session, event::AdverseEvent, note_word},
};
use baihui_report::stat::html::Part;

use super::{PaperError, Subject, number, side, words::fill};

/// What a letter is about beside the patient.
pub struct Course<'a> {
    /// The session that it reports on.
    pub session: &'a Session,
    /// The plan that it followed, if it followed one.
    pub plan: Option<&'a Plan>,
    /// All sessions of the patient, oldest first.
    pub sessions: &'a [Session],
    /// All outcomes of the patient, oldest first.
    pub outcomes: &'a [Outcome],
    /// Name of whoever treats.
    pub practitioner: String,
}

/// The letter.
///
/// # Errors
/// [`PaperError`].
pub fn pdf(subject: &Subject<'_>, course: &Course<'_>) -> Result<Vec<u8>, PaperError> {
    subject.pdf(subject.words().letter, parts(subject, course))
}

/// The parts of the letter.
pub fn parts(subject: &Subject<'_>, c: &Course<'_>) -> Vec<Part> {
    let w = subject.words();
    let mut parts = Vec::new();
    if !subject.clinic.is_empty() {
        parts.push(Part::Text(subject.clinic.clone()));
    }
    parts.push(Part::Text(subject.today.to_string()));
    parts.push(Part::Callout(format!("{}: {}", w.letter_about, subject.identity())));
    if c.session.signature.is_none() {
        parts.push(Part::Text(w.letter_unsigned.to_owned()));
    }
    let diagnoses: Vec<String> = subject.patient.diagnoses.iter().map(|d| subject.diagnosis(d)).collect();
    if !diagnoses.is_empty() {
        parts.push(Part::Heading(w.letter_diagnoses.to_owned()));
        parts.push(Part::List(diagnoses));
    }
    let day = c.session.started.at.strftime("%Y-%m-%d").to_string();
    parts.push(Part::Heading(fill(w.letter_session, &[("at", &day)])));
    if let Some(plan) = c.plan {
        parts.push(Part::Text(format!(
            "{}: {}. {}",
            w.condition,
            subject.condition(&plan.condition),
            subject.sides(plan)
        )));
    }
    let note = c
        .session
        .signature
        .as_ref()
        .map_or_else(|| c.session.note_in(subject.language.of_atlas()), |s| s.note.clone());
    parts.extend(note.lines().map(str::trim).filter(|l| !l.is_empty()).map(|l| Part::Text(l.to_owned())));
    for a in &c.session.amendments {
        parts.push(Part::Text(format!("{}: {} ({})", a.at.strftime("%Y-%m-%d"), a.text, a.reason)));
    }
    parts.push(sessions(subject, c.sessions));
    parts.push(Part::Heading(w.letter_outcomes.to_owned()));
    let rows = outcomes(subject, c.outcomes);
    if rows.is_empty() {
        parts.push(Part::Text(w.letter_none.to_owned()));
    } else {
        let header = [w.date, w.visit, w.instrument, w.score, w.change, w.against, w.rater];
        parts.push(Part::Table {
            caption: String::new(),
            header: header.iter().map(|h| (*h).to_owned()).collect(),
            rows,
        });
        parts.push(Part::Text(w.letter_caveat.to_owned()));
    }
    parts.push(Part::Heading(w.harm.to_owned()));
    let harm = harm(subject, c.sessions);
    parts.push(if harm.is_empty() { Part::Text(w.no_harm.to_owned()) } else { Part::List(harm) });
    parts.push(Part::Text(w.letter_closing.to_owned()));
    parts.push(Part::Text(w.page_blank.to_owned()));
    parts.push(Part::Text(c.practitioner.clone()));
    parts
}

fn sessions(subject: &Subject<'_>, all: &[Session]) -> Part {
    let w = subject.words();
    let rows = all.iter().map(|s| {
        let mut sites: Vec<String> = Vec::new();
        for n in s.needles.values() {
            let site = &n.done.site;
            let text = format!("{} {}", site.code, side(w, site.side));
            if !sites.contains(&text) {
                sites.push(text);
            }
        }
        vec![s.started.at.strftime("%Y-%m-%d").to_string(), s.needles.len().to_string(), w.list(&sites)]
    });
    Part::Table {
        caption: format!("{} ({})", w.letter_course, all.len()),
        header: [w.date, w.needles, w.zones].iter().map(|h| (*h).to_owned()).collect(),
        rows: rows.collect(),
    }
}

/// Each outcome with its change since the first of the same instrument and version, and what sources say of that.
fn outcomes(subject: &Subject<'_>, all: &[Outcome]) -> Vec<Vec<String>> {
    let w = subject.words();
    let total = |o: &Outcome| match &o.result {
        Measured::Instrument { instrument, version, scores, .. } => {
            Some((instrument.clone(), version.clone(), *scores.get("total")?))
        }
        _ => None,
    };
    all.iter()
        .map(|o| {
            let id = o.name();
            let known = subject.knowledge.instrument(id);
            let short = known.map_or_else(|| id.to_owned(), |i| i.short.clone());
            let blinded = o.blinded.map_or("", |b| if b { w.yes } else { w.no }).to_owned();
            let date = o.at.strftime("%Y-%m-%d").to_string();
            let Some((instrument, version, score)) = total(o) else {
                let what = match &o.result {
                    Measured::Lab { value, unit, .. } => format!("{} {unit}", number(*value)),
                    _ => w.missing.to_owned(),
                };
                return vec![date, o.visit.clone(), short, what, String::new(), String::new(), blinded];
            };
            let first = all.iter().find_map(|f| {
                total(f).filter(|(i, v, _)| *i == instrument && *v == version).map(|(_, _, s)| (f.at, s))
            });
            let (mut change, mut against) = (String::new(), String::new());
            if let (Some(i), Some((at, before))) = (known, first)
                && at < o.at
            {
                let m = i.meaning(before, score);
                let direction = match m.direction {
                    Direction::Better => w.better,
                    Direction::Worse => w.worse,
                    Direction::Same => w.same,
                };
                change =
                    format!("{}{} ({direction})", if m.change > 0.0 { "+" } else { "" }, number(m.change));
                let said = m.against.iter().map(|r| {
                    let t = &i.threshold[r.threshold];
                    let kind = match t.kind {
                        ThresholdKind::Mcid => "MCID",
                        ThresholdKind::Mdc => "MDC",
                    };
                    let sign = match r.reached {
                        Reach::Below => "<",
                        Reach::Within => "≈",
                        Reach::Above => "≥",
                    };
                    let range = if t.low == t.high {
                        number(t.low)
                    } else {
                        format!("{}–{}", number(t.low), number(t.high))
                    };
                    format!("{sign} {kind} {range}")
                });
                against = said.collect::<Vec<_>>().join("; ");
            }
            vec![date, o.visit.clone(), short, number(score), change, against, blinded]
        })
        .collect()
}

fn harm(subject: &Subject<'_>, all: &[Session]) -> Vec<String> {
    let w = subject.words();
    let word = |e: &AdverseEvent| note_word(subject.language.of_atlas(), &e.code);
    let of = |s: &Session| {
        let day = s.started.at.strftime("%Y-%m-%d").to_string();
        let last: Vec<String> = s
            .adverse_events
            .values()
            .filter_map(|reports| reports.last())
            .map(|e| format!("{day}: {}, {} {}", word(e), w.grade, e.grade))
            .collect();
        last
    };
    all.iter().flat_map(of).collect()
}
