//! The patient's page: plain words, the own head, the next visit.

use baihui_clinic::{plan::Plan, quantity::Minutes, technique::Region};
use baihui_report::{stat::html::Part, view};

use super::{PaperError, Subject, number, picture, side, words::fill};

/// The page of a plan.
///
/// `next` is the next visit in words; a line to write on without.
///
/// # Errors
/// [`PaperError`].
pub fn pdf(subject: &Subject<'_>, plan: &Plan, next: Option<&str>) -> Result<Vec<u8>, PaperError> {
    subject.pdf(subject.words().page, parts(subject, plan, next))
}

/// The parts of the page.
pub fn parts(subject: &Subject<'_>, plan: &Plan, next: Option<&str>) -> Vec<Part> {
    let w = subject.words();
    let mut parts = vec![
        Part::Callout(format!("{} {}", w.page_for, subject.identity())),
        Part::Heading(w.page_what.to_owned()),
        Part::Text(subject.condition(&plan.condition)),
        Part::Heading(w.page_where.to_owned()),
    ];
    let names = |region: Region| {
        let mut names: Vec<String> = Vec::new();
        for n in plan.needles.iter().filter(|n| n.region == region) {
            let code = &n.spec.site.code;
            let name = Some(subject.site(code)).filter(|s| !s.is_empty()).unwrap_or_else(|| code.clone());
            let text = format!("{name} ({})", side(w, n.spec.site.side));
            if !names.contains(&text) {
                names.push(text);
            }
        }
        names
    };
    let (head, body) = (names(Region::Head), names(Region::Body));
    let zones = if head.is_empty() { w.none.to_owned() } else { w.list(&head) };
    parts.push(Part::Text(fill(w.page_lines, &[("n", &plan.needles.len().to_string()), ("zones", &zones)])));
    if !body.is_empty() {
        parts.push(Part::Text(fill(w.page_body, &[("points", &w.list(&body))])));
    }
    if let Some(mut figure) = picture::figure(subject, plan, "") {
        figure.options.width_px = 380.0;
        figure.options.title = w.page_where.to_owned();
        let svg = view::svg(&figure, picture::best_view(subject, plan));
        let own = plan.head.as_ref().is_some_and(|h| h.source != "template");
        let caption = if own { w.page_picture } else { w.page_picture_template };
        parts.push(Part::Figure { svg, caption: caption.to_owned() });
    }
    parts.push(Part::Heading(w.page_how.to_owned()));
    parts.push(Part::List(happens(subject, plan)));
    parts.push(Part::Heading(w.page_known.to_owned()));
    parts.push(Part::Text(w.page_known_honest.to_owned()));
    let ask = asked_again(subject);
    if !ask.is_empty() {
        parts.push(Part::Heading(w.page_tell.to_owned()));
        parts.push(Part::List(ask));
    }
    parts.push(Part::Heading(w.page_next.to_owned()));
    parts.push(Part::Text(next.map(str::trim).filter(|t| !t.is_empty()).unwrap_or(w.page_blank).to_owned()));
    if !subject.clinic.is_empty() {
        parts.push(Part::Text(subject.clinic.clone()));
    }
    parts
}

fn happens(subject: &Subject<'_>, plan: &Plan) -> Vec<String> {
    let w = subject.words();
    let mut out = Vec::new();
    let longest = plan.needles.iter().filter_map(|n| n.retention_min).map(Minutes::get).fold(0.0, f64::max);
    if longest > 0.0 {
        out.push(fill(w.page_stay, &[("min", &number(longest))]));
    }
    if plan.needles.iter().any(|n| n.manual().is_some()) {
        out.push(w.page_hand.to_owned());
    }
    if plan.needles.iter().any(|n| n.electro().is_some()) {
        out.push(w.page_electric.to_owned());
    }
    out.push(w.page_count.to_owned());
    if let Some(n) = plan.account.sessions {
        out.push(fill(w.page_sessions, &[("n", &n.to_string())]));
    }
    if let Some(text) = &plan.account.frequency {
        out.push(fill(w.page_often, &[("text", text)]));
    }
    out
}

/// What a patient can know and notice; the other questions of a visit are the practitioner's to answer.
const PATIENT_KNOWS: [&str; 6] =
    ["pregnant", "anticoagulant", "antiplatelet", "epilepsy", "high-fever", "unfit-today"];

/// Questions that are asked at every visit and that the patient can answer. Answers are never printed: others read it.
fn asked_again(subject: &Subject<'_>) -> Vec<String> {
    let questions = subject.knowledge.safety.questions();
    let each = questions.iter().filter(|(name, q)| q.each_visit && PATIENT_KNOWS.contains(name));
    each.map(|(_, q)| super::words::question(subject.language, q)).collect()
}
