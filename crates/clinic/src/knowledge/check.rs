//! Mistakes that one file by itself does not show: names that lead nowhere, facts without a source, rules without
//! a case.

use baihui_atlas::{
    Atlas, File, Problem,
    check::nearest,
    language::{Fact, Sides, Source},
    load::line_at,
};

use super::Knowledge;
use crate::{
    condition::{ConditionFile, Protocol, SideRule},
    instrument::{self, Instrument},
    safety::{
        cases,
        facts_of_kind::{self, Wanted},
        language::When,
    },
};

/// A problem at the first line that holds some words; at line 1 if none does.
pub(super) fn at(file: &File, near: &str, message: String) -> Problem {
    let line = file.text.find(near).map_or(1, |b| line_at(&file.text, b));
    Problem { file: file.path.clone(), line, message, hint: None }
}

/// One file under check, with the place reached in it.
struct Checked<'a> {
    file: Option<&'a File>,
    atlas: &'a Atlas,
    problems: &'a mut Vec<Problem>,
    /// Words after which the next problem is looked for.
    after: String,
}

impl Checked<'_> {
    fn say(&mut self, near: &str, message: String, hint: Option<String>) {
        let Some(file) = self.file else {
            self.problems.push(Problem { file: String::new(), line: 1, message, hint });
            return;
        };
        let start = file.text.find(&self.after).unwrap_or(0);
        let byte = file.text.get(start..).and_then(|t| t.find(near)).map_or(start, |b| start + b);
        let line = line_at(&file.text, byte);
        self.problems.push(Problem { file: file.path.clone(), line, message, hint });
    }

    fn sources(&mut self, owner: &str, sources: &[Source]) {
        if sources.is_empty() {
            let hint = "write sources = [{ key = \"...\", mark = \"seen\" }]";
            self.say("", format!("{owner}: it names no source"), Some(hint.to_owned()));
        }
        for s in sources.iter().filter(|s| !self.atlas.references.contains_key(&s.key)) {
            let hint =
                nearest(&s.key, self.atlas.references.keys()).map(|n| format!("did you mean \"{n}\"?"));
            let message = format!("{owner}: the source \"{}\" is not in references.toml", s.key);
            self.say(&format!("\"{}\"", s.key), message, hint);
        }
    }

    fn facts(&mut self, owner: &str, facts: &[Fact]) {
        for fact in facts {
            self.sources(owner, &fact.sources);
        }
    }

    fn unknown<'k>(&mut self, owner: &str, what: &str, name: &str, known: impl Iterator<Item = &'k String>) {
        let hint = nearest(name, known).map(|n| format!("did you mean \"{n}\"?"));
        self.say(&format!("\"{name}\""), format!("{owner}: there is no {what} \"{name}\""), hint);
    }
}

/// Every check.
pub(super) fn all(k: &Knowledge, files: &[File], atlas: &Atlas, problems: &mut Vec<Problem>) {
    let mut c = Checked { file: None, atlas, problems, after: String::new() };
    let in_folder = |folder: &str, words: &str| {
        let inside = |f: &&File| f.path.rsplit(['/', '\\']).nth(1) == Some(folder) && f.text.contains(words);
        files.iter().rfind(inside)
    };
    let named = |name: &str, words: &str| {
        let fits = |f: &&File| f.path.rsplit(['/', '\\']).next() == Some(name) && f.text.contains(words);
        files.iter().rfind(fits)
    };
    for entry in k.conditions.values() {
        c.file = in_folder("conditions", &format!("id = \"{}\"", entry.condition.id));
        condition(k, entry, &mut c);
    }
    for i in k.instruments.values() {
        c.file = in_folder("instruments", &format!("id = \"{}\"", i.id));
        one_instrument(i, &mut c);
    }
    c.file = named("techniques.toml", "");
    techniques(k, &mut c);
    for rule in &k.safety.rule {
        c.after = format!("id = \"{}\"", rule.id);
        c.file = named("safety.toml", &c.after);
        c.sources(&rule.id, &rule.sources);
        c.facts(&rule.id, &rule.conflict);
        if k.safety.rule.iter().filter(|r| r.id == rule.id).count() > 1 {
            c.say("", format!("two rules are called \"{}\"", rule.id), None);
        }
        conditions_of_rule(k, &rule.id, &rule.when, &mut c);
    }
    for (name, group) in &k.safety.group {
        c.after = format!("[group.{name}]");
        c.file = named("safety.toml", &c.after);
        c.sources(name, &group.sources);
        for code in group.codes.iter().filter(|code| k.where_is(atlas, code).is_none()) {
            c.unknown(name, "point or zone", code, atlas.entries.iter().map(|e| &e.item.code));
        }
    }
    for event in &k.safety.adverse_event {
        c.after = format!("id = \"{}\"", event.id);
        c.file = named("safety.toml", &c.after);
        c.sources(&event.id, &event.sources);
        for code in event.snomed_gps.iter().filter(|code| !k.snomed.display.contains_key(*code)) {
            c.unknown(&event.id, "SNOMED code", code, k.snomed.display.keys());
        }
    }
    for (id, message) in cases::faults(&k.safety, &k.cases) {
        let (case, rule) = (format!("[case.{id}."), format!("id = \"{id}\""));
        (c.file, c.after) = match named("safety-cases.toml", &case) {
            Some(file) => (Some(file), case),
            None => (named("safety.toml", &rule), rule),
        };
        let hint = "every rule has a case that fires it and a near miss that differs in one thing, in \
                    safety-cases.toml";
        c.say("", format!("{id}: {message}"), Some(hint.to_owned()));
    }
    c.file = named("consent.toml", "");
    for t in &k.consent.text {
        let owner = format!("consent to {} ({})", t.to.word(), t.language);
        // A text states figures or it does not; where it does, their sources must exist.
        if !t.sources.is_empty() {
            c.sources(&owner, &t.sources);
        }
        if t.title.trim().is_empty() || t.paragraphs.iter().all(|p| p.trim().is_empty()) {
            c.say("", format!("{owner}: there is nothing to agree to"), None);
        }
    }
    c.file = named("labs.toml", "");
    for (id, lab) in &k.labs.lab {
        c.after = format!("[lab.{id}]");
        c.sources(id, &lab.sources);
        c.sources(id, &lab.loinc.sources);
        c.facts(id, &lab.range);
        c.facts(id, &lab.conflict);
        if !lab.loinc.check_digit_is_right() {
            c.say("loinc", format!("{id}: the check digit of the LOINC code is wrong"), None);
        }
    }
    c.after = "[[doppler]]".to_owned();
    k.labs.doppler.iter().for_each(|d| c.sources(&d.artery, &d.sources));
    (c.file, c.after) = (named("body-codes.toml", ""), String::new());
    k.body_codes.channel.iter().for_each(|(id, x)| c.sources(id, &x.sources));
    k.body_codes.extra.iter().for_each(|(id, x)| c.sources(id, &x.sources));
}

fn one_instrument(i: &Instrument, c: &mut Checked<'_>) {
    c.after = String::new();
    for (near, message) in instrument::faults(i) {
        c.say(&near, format!("{}: {message}", i.short), None);
    }
    c.sources(&i.short, &i.sources);
    c.sources(&format!("{}: licence", i.short), &i.licence.sources);
    c.facts(&i.short, &i.conflict);
    i.threshold.iter().for_each(|t| c.sources(&format!("{}: threshold", i.short), &t.sources));
    if let Some(l) = &i.loinc {
        c.sources(&format!("{}: LOINC", i.short), &l.sources);
    }
}

fn condition(k: &Knowledge, entry: &ConditionFile, c: &mut Checked<'_>) {
    let it = &entry.condition;
    c.after = String::new();
    c.sources(&it.id, &it.sources);
    c.facts(&it.id, &it.conflict);
    for code in it.snomed.iter().filter(|code| !k.snomed.display.contains_key(*code)) {
        c.unknown(&it.id, "SNOMED code", code, k.snomed.display.keys());
    }
    for id in it.instruments.iter().filter(|id| !k.instruments.contains_key(*id)) {
        c.unknown(&it.id, "instrument", id, k.instruments.keys());
    }
    for link in &it.evidence {
        let kind = link.r#ref.split_once(':').map(|(kind, _)| kind);
        if !matches!(kind, Some("review" | "trial" | "estimate" | "mechanism" | "claim")) {
            let hint = "write review:, trial:, estimate:, mechanism: or claim: and an id of evidence/ or of \
                        atlas/claims/";
            let message = format!("{}: \"{}\" is no reference to evidence", it.id, link.r#ref);
            c.say(&format!("\"{}\"", link.r#ref), message, Some(hint.to_owned()));
        }
    }
    for (n, p) in entry.protocol.iter().enumerate() {
        c.after = format!("id = \"{}\"", p.id);
        let owner = format!("{}, {}", it.id, p.id);
        if entry.protocol[..n].iter().any(|o| o.id == p.id) {
            c.say("", format!("{owner}: two protocols have this id"), None);
        }
        protocol(k, p, &owner, c);
    }
}

fn protocol(k: &Knowledge, p: &Protocol, owner: &str, c: &mut Checked<'_>) {
    let atlas = c.atlas;
    c.sources(owner, &p.sources);
    c.facts(owner, &p.regimen);
    c.facts(owner, &p.conflict);
    if p.school != crate::plan::candidate::BODY && atlas.school(&p.school).is_none() {
        c.unknown(owner, "school", &p.school, atlas.schools.iter().map(|s| &s.id));
    }
    for id in p.methods.iter().filter(|id| k.techniques.method(id).is_none()) {
        c.unknown(owner, "method", id, k.techniques.method.iter().map(|m| &m.id));
    }
    for site in &p.site {
        let Some((_, sides)) = k.where_is(atlas, &site.code) else {
            let known = atlas.entries.iter().map(|e| &e.item.code).chain(k.body_codes.extra.keys());
            c.unknown(owner, "point or zone", &site.code, known);
            continue;
        };
        if (sides == Sides::Midline) != (site.side == SideRule::Midline) {
            let message = format!("{owner}: {} has the side rule \"{}\"", site.code, site.side.words());
            let hint = match sides {
                Sides::Midline => "it lies on the midline: side = \"midline\"",
                Sides::Bilateral => {
                    "it exists on both sides: contralateral, ipsilateral, lesion-side or bilateral"
                }
            };
            c.say(&format!("\"{}\"", site.code), message, Some(hint.to_owned()));
        }
        if !site.sources.is_empty() {
            c.sources(owner, &site.sources);
        }
        let Some(part) = &site.part else { continue };
        let parts = atlas.find(&site.code).map_or(&[][..], |i| atlas.entries[i].item.part.as_slice());
        if parts.iter().all(|p| p.name != *part) {
            c.unknown(owner, &format!("part of {}", site.code), part, parts.iter().map(|p| &p.name));
        }
    }
}

fn techniques(k: &Knowledge, c: &mut Checked<'_>) {
    let t = &k.techniques;
    c.after = String::new();
    for (n, s) in t.statement.iter().enumerate() {
        let owner = format!("statement {} ({})", n + 1, s.parameter);
        c.sources(&owner, &s.sources);
        if !t.parameter.contains_key(&s.parameter) {
            c.unknown(&owner, "parameter", &s.parameter, t.parameter.keys());
        }
        let bad = match (s.low, s.high) {
            (None, None) => Some("it states no number"),
            (Some(low), Some(high)) if low > high => Some("its range ends before it begins"),
            _ => None,
        };
        if let Some(bad) = bad {
            c.say(&format!("parameter = \"{}\"", s.parameter), format!("{owner}: {bad}"), None);
        }
        for code in s.sites.iter().filter(|code| k.where_is(c.atlas, code).is_none()) {
            c.unknown(&owner, "point or zone", code, c.atlas.entries.iter().map(|e| &e.item.code));
        }
    }
    for m in &t.method {
        c.sources(&m.id, &m.sources);
        c.facts(&m.id, &m.steps);
    }
    c.facts("techniques", &t.conflict);
}

/// Facts and groups that a rule names.
fn conditions_of_rule(k: &Knowledge, rule: &str, when: &When, c: &mut Checked<'_>) {
    when.each(&mut |simple| {
        let (name, wanted) = match simple {
            When::Yes(name) => (name, Wanted::Flag),
            When::Number(test) => (&test.fact, Wanted::Number(test.bounds())),
            When::Choice(test) => (&test.fact, Wanted::Choice(&test.any_of)),
            When::Needle(test) => {
                for group in test.group.iter().filter(|g| !k.safety.group.contains_key(*g)) {
                    c.unknown(rule, "group", group, k.safety.group.keys());
                }
                return;
            }
            When::All(_) | When::Any(_) | When::Not(_) => return,
        };
        match k.safety.fact.get(name) {
            None => c.unknown(rule, "fact", name, k.safety.fact.keys()),
            Some(question) => {
                if let Some(fault) = facts_of_kind::fault(question, &wanted) {
                    c.say(&format!("\"{name}\""), format!("{rule}: {name} {fault}"), None);
                }
            }
        }
    });
}
