//! The needle sheet: needle by needle, with the tape's words on this head, and the picture.

use baihui_clinic::{
    plan::{BodyUsed, Check, Frame, Place, Plan},
    safety::State,
};
use baihui_report::{sheet_svg, stat::html::Part};

use super::{
    Language, PaperError, Subject, depth, number, picture, side, stimulation,
    words::{Words, fill},
};

/// The sheet of a plan with its check.
///
/// # Errors
/// [`PaperError`].
pub fn pdf(subject: &Subject<'_>, plan: &Plan, check: &Check) -> Result<Vec<u8>, PaperError> {
    let w = subject.words();
    subject.pdf(&format!("{} · {}", w.sheet, subject.patient.name), parts(subject, plan, check))
}

/// The parts of the sheet.
pub fn parts(subject: &Subject<'_>, plan: &Plan, check: &Check) -> Vec<Part> {
    let w = subject.words();
    let mut parts = vec![Part::Callout(subject.identity()), Part::Text(w.ask_first.to_owned())];
    let standing = match &plan.signature {
        None => w.draft.to_owned(),
        Some(s) => fill(
            w.plan_signed,
            &[
                ("v", &plan.version.to_string()),
                ("by", &s.by),
                ("at", &s.at.strftime("%Y-%m-%d %H:%M UTC").to_string()),
            ],
        ),
    };
    parts.push(if plan.signature.is_none() { Part::Callout(standing) } else { Part::Text(standing) });
    parts.push(Part::Text(format!(
        "{}: {}. {}",
        w.condition,
        subject.condition(&plan.condition),
        subject.sides(plan)
    )));
    parts.push(needles(subject, plan));
    parts.push(Part::Text(w.count.to_owned()));
    parts.push(Part::Heading(w.find.to_owned()));
    parts.push(Part::List(places(subject, plan)));
    if let Some(b) = &plan.body {
        parts.push(Part::Text(body_of(subject, b)));
    }
    let minded = minded(w, plan, check);
    if !minded.is_empty() {
        parts.push(Part::Heading(w.beware.to_owned()));
        parts.push(Part::List(minded));
    }
    if let Some(figure) = picture::figure(subject, plan, w.needles) {
        let source = match plan.head.as_ref().map(|h| h.source.as_str()) {
            Some("template") | None => w.head_source_template,
            Some("tape") => w.head_source_tape,
            Some(_) => w.head_source_other,
        };
        let mut caption = fill(w.head_of, &[("source", source)]);
        if plan.needles.iter().any(|n| n.place.as_ref().is_none_or(|p| p.frame == Frame::Body)) {
            caption = format!("{caption} {}", w.body_sites);
        }
        caption = format!("{caption} {}.", w.patients_sides);
        parts.push(Part::Figure { svg: sheet_svg(&figure), caption });
    }
    let figures = picture::of_body(subject, plan);
    if !figures.is_empty() {
        parts.push(Part::Figures(
            figures
                .into_iter()
                .map(|svg| (svg, format!("{} {}.", w.body_picture, w.patients_sides)))
                .collect(),
        ));
    }
    parts.push(Part::Text(w.device.to_owned()));
    parts
}

fn needles(subject: &Subject<'_>, plan: &Plan) -> Part {
    let w = subject.words();
    let header = ["", w.site, w.side, w.how, w.needle, w.stimulation, w.stays, w.inn, w.out];
    let rows = plan.needles.iter().enumerate().map(|(i, n)| {
        let s = &n.spec;
        let name = subject.site(&s.site.code);
        let part = s.site.part.as_ref().map(|p| format!(" ({p})")).unwrap_or_default();
        let site = format!("{}{part} {name}", s.site.code).trim().to_owned();
        let angle = s.angle_deg.map(|a| format!("{}°", number(a.get())));
        let depth = Some(depth(w, n)).filter(|d| !d.is_empty());
        let direction = s.direction.clone();
        let how: Vec<String> = [angle, depth, direction].into_iter().flatten().collect();
        let size =
            s.diameter_mm.zip(s.length_mm).map(|(d, l)| format!("{} × {}", number(d.get()), number(l.get())));
        vec![
            (i + 1).to_string(),
            site,
            side(w, s.site.side),
            how.join(", "),
            size.unwrap_or_default(),
            stimulation(w, n),
            n.retention_min.map(|t| format!("{} min", number(t.get()))).unwrap_or_default(),
            String::new(),
            String::new(),
        ]
    });
    Part::Table {
        caption: format!("{} ({})", w.needles, plan.needles.len()),
        header: header.iter().map(|h| (*h).to_owned()).collect(),
        rows: rows.collect(),
    }
}

/// How each needle of the head is found on it: the tape's words need a whole line.
fn places(subject: &Subject<'_>, plan: &Plan) -> Vec<String> {
    let w = subject.words();
    let of = |(i, n): (usize, &baihui_clinic::plan::PlannedNeedle)| {
        let site = &n.spec.site;
        let name = format!("{}. {} {}", i + 1, site.code, side(w, site.side));
        match &n.place {
            Some(p) if p.frame == Frame::Body => format!("{name}: {}", on_body(subject, p)),
            Some(p) => format!("{name}: {} (± {:.0} mm)", tape_of(subject, p), p.sd_mm),
            None => format!("{name}: {}", w.by_cun),
        }
    };
    plan.needles.iter().enumerate().map(of).collect()
}

/// The tape's words in the paper's language. A plan that was signed before there were Chinese ones keeps its own.
fn tape_of<'p>(subject: &Subject<'_>, p: &'p Place) -> &'p str {
    let zh = p.tape_zh.as_deref().filter(|_| subject.language == Language::Zh);
    zh.unwrap_or(&p.tape)
}

/// The tape's words for a point of the body, what they are worth, and where that is.
fn on_body(subject: &Subject<'_>, p: &Place) -> String {
    let w = subject.words();
    let zh = subject.language == Language::Zh;
    let tape = tape_of(subject, p);
    let about = p.sd_about.as_ref().map_or("", |a| if zh { &a.zh } else { &a.en });
    let [x, y, z] = p.start_mm.map(|c| format!("{c:.0}"));
    let reading = p.reading.as_ref().map(|_| format!(" ≈ {}", w.reading)).unwrap_or_default();
    format!("{tape} {about}{reading} {}", fill(w.body_frame, &[("x", &x), ("y", &y), ("z", &z)]))
}

/// The body that points of the body were located on, in words.
fn body_of(subject: &Subject<'_>, b: &BodyUsed) -> String {
    let w = subject.words();
    let m = &b.measured;
    let known: Vec<String> = [
        (w.height, m.height_cm, "cm"),
        (w.weight, m.weight_kg, "kg"),
        (w.forearm, m.forearm_cm, "cm"),
        (w.lower_leg, m.lower_leg_cm, "cm"),
        (w.trunk, m.trunk_cm, "cm"),
    ]
    .into_iter()
    .filter_map(|(name, v, unit)| Some(format!("{name} {} {unit}", number(v?))))
    .collect();
    let known = if known.is_empty() { w.nothing_measured.to_owned() } else { w.list(&known) };
    let sex = if b.sex == "female" { w.female } else { w.male };
    let mut text =
        fill(w.body_used, &[("sex", sex), ("age", &format!("{:.0}", b.age_years)), ("known", &known)]);
    if m.height_cm.is_none() || b.assumed.len() > 1 {
        text = format!("{text} {}", w.body_average);
    }
    text
}

/// What the rules say of this plan, with the decisions that were made.
fn minded(w: &Words, plan: &Plan, check: &Check) -> Vec<String> {
    let fires = check.findings.iter().filter(|f| f.outcome == State::Fires);
    fires
        .map(|f| {
            let mut text = f.text.clone();
            if !f.sites.is_empty() {
                text = format!("{}: {text}", f.sites.join(", "));
            }
            for d in plan.decisions.iter().filter(|d| d.rule == f.rule) {
                text += &format!(" — {}", fill(w.decided, &[("by", &d.by), ("reason", &d.reason)]));
            }
            text
        })
        .collect()
}
