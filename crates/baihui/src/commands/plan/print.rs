//! Plans as text.

use baihui_clinic::{
    condition::Says,
    knowledge::Knowledge,
    plan::{BodyUsed, Candidate, CandidateSite, Candidates, Change, Check, Frame, Place, Plan, StrictaState},
    safety::{Block, Finding, Level, State},
    technique::Standing,
};
use comfy_table::Cell;

use crate::{
    numbers::Numbers,
    output::{heading, lines, table},
};

/// Candidates side by side.
pub fn candidates(knowledge: &Knowledge, all: &Candidates, numbers: &[Numbers]) -> String {
    let mut out = String::new();
    if let Some(c) = knowledge.condition(&all.condition).map(|c| &c.condition) {
        out += &heading(&format!("{} {}", c.names.en, c.names.hanzi));
        out += &format!("{}\n", c.about);
        out.extend(c.note.iter().map(|n| format!("{n}\n")));
    }
    for c in &all.candidates {
        out += &candidate(knowledge, c);
    }
    if !numbers.is_empty() {
        out += &heading("What the evidence says");
        numbers.iter().for_each(|n| out += &evidence(n));
    }
    if !all.conflict.is_empty() {
        out += &heading("Where sources disagree");
        all.conflict.iter().for_each(|f| out += &format!("{}\n", f.text));
    }
    out += "\nA candidate is no plan: a plan is a draft until a practitioner signs it.\n";
    out
}

/// One piece of evidence with its numbers, null results like the others.
fn evidence(n: &Numbers) -> String {
    let says = match n.says {
        Says::NotSeen => "not seen".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    let mut out = format!("{says:8} {} ({})\n", n.why, n.r#ref);
    let mut line = |text: &str| {
        if !text.is_empty() {
            out += &format!("         {text}\n");
        }
    };
    for e in &n.estimates {
        line(&e.text());
        e.faults.iter().for_each(|f| line(&format!("  the printed numbers contradict themselves: {f}")));
    }
    let sham = match n.sham {
        Some(true) => "sham-controlled; ",
        Some(false) => "no sham; ",
        None => "",
    };
    line(&format!("{sham}{}", n.bias));
    out
}

fn candidate(knowledge: &Knowledge, c: &Candidate) -> String {
    let mut out = heading(&format!("{} [{}, {}; {}]", c.title, c.school, c.protocol, c.mark.words()));
    let mut t = table(&["site", "part", "side", "rule", "check", "where"]);
    for s in &c.sites {
        t.add_row(vec![
            Cell::new(&s.code),
            Cell::new(s.part.as_deref().unwrap_or("")),
            Cell::new(s.side.map_or_else(|| "?".to_owned(), |side| format!("{side:?}").to_lowercase())),
            Cell::new(s.rule.words()),
            Cell::new(s.mark.words()),
            Cell::new(place(s)),
        ]);
    }
    out += &lines(&t);
    for s in &c.sites {
        let beneath = s
            .on_person
            .as_ref()
            .and_then(|h| h.place.as_ref())
            .map(|p| p.beneath.as_slice())
            .unwrap_or_default();
        if let (Some(key), false) = (s.key(), beneath.is_empty()) {
            let words: Vec<String> =
                beneath.iter().map(|b| format!("{} {:.0} %", b.name, 100.0 * b.probability)).collect();
            out += &format!("{key} lies over: {}\n", words.join(", "));
        }
        out.extend(s.unresolved.iter().map(|u| format!("{}: {u}\n", s.code)));
        out.extend(s.only_if.iter().map(|o| format!("{}: only for {o}\n", s.code)));
        out.extend(s.note.iter().map(|n| format!("{}: {n}\n", s.code)));
    }
    let names: Vec<&str> = c
        .methods
        .iter()
        .filter_map(|m| knowledge.techniques.method(m))
        .map(|m| m.names.en.as_str())
        .collect();
    if !names.is_empty() {
        out += &format!("Methods: {}\n", names.join(", "));
    }
    c.regimen.iter().for_each(|f| out += &format!("Dose: {}\n", f.text));
    c.conflict.iter().for_each(|f| out += &format!("Disputed: {}\n", f.text));
    out.extend(c.note.iter().map(|n| format!("Note: {n}\n")));
    let fires = |f: &&Finding| f.outcome == State::Fires;
    c.against.iter().filter(fires).for_each(|f| out += &finding(f));
    let asks: std::collections::BTreeSet<&str> = c
        .against
        .iter()
        .filter_map(|f| if let State::Unanswered { asks } = &f.outcome { Some(asks) } else { None })
        .flatten()
        // What is not yet known of a needle is settled in the plan.
        .filter(|a| !a.contains(" of n"))
        .map(String::as_str)
        .collect();
    if !asks.is_empty() {
        out += &format!("Not yet asked: {}\n", asks.into_iter().collect::<Vec<_>>().join(", "));
    }
    out
}

fn place(s: &CandidateSite) -> String {
    match s.on_person.as_ref() {
        None => String::new(),
        Some(h) => match (&h.place, &h.refused) {
            (Some(p), _) => {
                let [x, y, z] = p.start_mm;
                match (p.frame, p.sd_least_mm) {
                    (Frame::Head, _) => format!("({x:.0}, {y:.0}, {z:.0}) mm ± {:.0}", p.sd_mm),
                    (Frame::Body, least) => format!(
                        "body ({x:.0}, {y:.0}, {z:.0}) mm ± {:.0} to {:.0}{}",
                        least.unwrap_or(p.sd_mm),
                        p.sd_mm,
                        if p.reading.is_some() { " ≈" } else { "" }
                    ),
                }
            }
            (None, Some(why)) => why.clone(),
            (None, None) => "not located".to_owned(),
        },
    }
}

fn finding(f: &Finding) -> String {
    let level = match f.level {
        Level::Stop => "STOP",
        Level::Decide => "DECIDE",
        Level::Caution => "caution",
    };
    let sites = if f.sites.is_empty() { String::new() } else { format!(" [{}]", f.sites.join(", ")) };
    let mut out = format!("{level}: {}{sites} ({})\n", f.text, f.rule);
    f.disputed.iter().for_each(|d| out += &format!("  disputed: {d}\n"));
    let keys: Vec<String> = f.sources.iter().map(|s| format!("{} ({})", s.key, s.mark.words())).collect();
    if !keys.is_empty() {
        out += &format!("  sources: {}\n", keys.join(", "));
    }
    if let State::Unanswered { asks } = &f.outcome {
        out += &format!("  to be decided, needs: {}\n", asks.join(", "));
    }
    out
}

/// A plan needle by needle.
pub fn plan(knowledge: &Knowledge, plan: &Plan) -> String {
    let state = match &plan.signature {
        None => "draft".to_owned(),
        Some(s) if plan.is_intact() => format!("signed by {} on {}", s.by, s.at),
        Some(s) => format!("CHANGED after {} signed it on {}", s.by, s.at),
    };
    let name =
        knowledge.condition(&plan.condition).map_or(plan.condition.as_str(), |c| &c.condition.names.en);
    let mut out = heading(&format!("{name}, version {}: {state}", plan.version));
    let side = |s: Option<baihui_clinic::side::Laterality>| {
        s.map_or_else(|| "not given".to_owned(), |s| format!("{s:?}").to_lowercase())
    };
    out += &format!(
        "lesion: {}; deficit: {} (the patient's sides)\n",
        side(plan.lesion.map(|l| l.0)),
        side(plan.deficit.map(|d| d.0))
    );
    let mut t = table(&["needle", "site", "angle", "depth", "in", "needle type", "stays", "tape"]);
    for n in &plan.needles {
        let mm = |v: Option<f64>, unit: &str| v.map_or_else(|| "-".to_owned(), |v| format!("{v} {unit}"));
        let s = &n.spec;
        let kind = s.diameter_mm.zip(s.length_mm).map(|(d, l)| format!("{} × {} mm", d.get(), l.get()));
        t.add_row(vec![
            Cell::new(&n.id),
            Cell::new(n.key().to_string()),
            Cell::new(mm(s.angle_deg.map(|a| a.get()), "deg")),
            Cell::new(mm(s.depth_mm.map(|a| a.get()), "mm")),
            Cell::new(mm(s.inserted_mm.map(|a| a.get()), "mm")),
            Cell::new(kind.unwrap_or_else(|| "-".to_owned())),
            Cell::new(mm(n.retention_min.map(|a| a.get()), "min")),
            Cell::new(n.place.as_ref().map_or_else(String::new, instruction)),
        ]);
    }
    out += &lines(&t);
    if let Some(b) = &plan.body {
        out += &body(b);
    }
    let tech = &knowledge.techniques;
    out += &heading("What the sources state");
    for (name, parameter) in &tech.parameter {
        let regions: std::collections::BTreeSet<_> = plan.needles.iter().map(|n| n.region).collect();
        for region in regions {
            let stated: Vec<String> = tech
                .statement
                .iter()
                .filter(|s| s.parameter == *name && s.region == region && s.doubt.is_none())
                .filter(|s| plan.needles.iter().any(|n| n.region == region && s.speaks_of(&n.spec.site.code)))
                .map(|s| {
                    let of =
                        s.sites.first().map_or_else(String::new, |_| format!(" at {}", s.sites.join(", ")));
                    let keys: Vec<&str> = s.sources.iter().map(|x| x.key.as_str()).collect();
                    format!("{}{of} ({})", s.range(&parameter.unit), keys.join(", "))
                })
                .collect();
            if !stated.is_empty() {
                out += &format!("{} ({region:?}): {}\n", parameter.about, stated.join("; "));
            }
        }
    }
    out
}

/// The tape's words; on the body with what they are worth.
fn instruction(p: &Place) -> String {
    let [x, y, z] = p.start_mm;
    match (p.frame, &p.sd_about) {
        (Frame::Head, _) | (_, None) => p.tape.clone(),
        (Frame::Body, Some(about)) => {
            format!("{}\nbody frame: right {x:.0}, front {y:.0}, up {z:.0} mm\n{}", p.tape, about.en)
        }
    }
}

/// The body that points of the body were located on.
fn body(b: &BodyUsed) -> String {
    let m = &b.measured;
    let known: Vec<String> = [
        ("height", m.height_cm, "cm"),
        ("weight", m.weight_kg, "kg"),
        ("forearm", m.forearm_cm, "cm"),
        ("lower leg", m.lower_leg_cm, "cm"),
        ("trunk", m.trunk_cm, "cm"),
    ]
    .into_iter()
    .filter_map(|(name, v, unit)| Some(format!("{name} {} {unit}", v?)))
    .collect();
    let known = if known.is_empty() { "nothing was measured".to_owned() } else { known.join(", ") };
    let mut out = format!("Body: {}, {:.0} years; {known}\n", b.sex, b.age_years);
    b.assumed.iter().for_each(|a| out += &format!("  assumed: {a}\n"));
    out
}

/// A check.
pub fn check(knowledge: &Knowledge, c: &Check) -> String {
    let mut out = String::new();
    out +=
        if c.signable { "A practitioner can sign this plan.\n" } else { "This plan cannot be signed yet.\n" };
    if !c.findings.is_empty() {
        out += &heading("Safety and sides");
        c.findings.iter().for_each(|f| out += &finding(f));
    }
    let asks: std::collections::BTreeSet<&String> = c
        .blocks
        .iter()
        .filter_map(|b| if let Block::Answer { asks, .. } = b { Some(asks) } else { None })
        .flatten()
        .collect();
    if !asks.is_empty() {
        out += &heading("To be answered");
        for name in asks {
            let question = knowledge.safety.fact.get(name).map_or("", |q| q.question.as_str());
            out += &format!("{name}: {question}\n");
        }
    }
    if !c.ranges.is_empty() {
        out += &heading("Outside everything that the sources state");
        for r in &c.ranges {
            let range = match &r.standing {
                Standing::Outside { low, high } => {
                    let end = |v: &Option<f64>| v.map_or_else(String::new, |v| v.to_string());
                    format!("{}–{}", end(low), end(high))
                }
                _ => String::new(),
            };
            out += &format!("{}: {} {} {} (sources: {range})\n", r.needle, r.parameter, r.value, r.unit);
        }
    }
    if !c.faults.is_empty() {
        out += &heading("Mistakes in the plan");
        c.faults.iter().for_each(|f| out += &format!("{f}\n"));
    }
    out += &heading("STRICTA");
    for i in &c.stricta {
        let text = match &i.state {
            StrictaState::Stated { text } => text.clone(),
            StrictaState::Missing { what } => format!("MISSING: {what}"),
            StrictaState::NotApplicable { why } => format!("does not apply: {why}"),
        };
        out += &format!("{:3} {}: {text}\n", i.id, i.about);
    }
    out
}

/// Changes between versions.
pub fn changes(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "No difference.\n".to_owned();
    }
    let value =
        |v: &Option<serde_json::Value>| v.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    changes
        .iter()
        .map(|c| match c {
            Change::Added { needle } => format!("+ {needle}\n"),
            Change::Removed { needle } => format!("- {needle}\n"),
            Change::Changed { needle, field, before, after } => {
                let owner = needle.as_ref().map_or_else(|| "plan".to_owned(), ToString::to_string);
                format!("~ {owner}: {field}: {} → {}\n", value(before), value(after))
            }
        })
        .collect()
}
