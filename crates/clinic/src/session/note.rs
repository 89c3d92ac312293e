//! The note that a session writes by itself: plain text, times in minutes since the start.

use std::fmt::Write as _;

use baihui_atlas::words::Language;

use super::{Moment, Needle, Session, event::NeedleState};
use crate::{needle::NeedleSpec, side::Side};

/// The word by which JSON knows a variant (of a position, a level, a method, an adverse event …), in a language.
pub fn word(language: Language, value: &impl serde::Serialize) -> String {
    let word = serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned));
    let word = word.unwrap_or_default();
    match language {
        Language::En => word.replace('-', " "),
        Language::Zh => {
            WORDS.iter().find(|(known, _)| *known == word).map_or(word, |(_, zh)| (*zh).to_owned())
        }
    }
}

/// Writes one of two texts with the same holes.
macro_rules! say {
    ($out:expr, $language:expr, $en:literal, $zh:literal) => {
        match $language {
            Language::En => write!($out, $en),
            Language::Zh => write!($out, $zh),
        }
    };
}

pub(super) fn write(session: &Session, language: Language) -> String {
    let mut out = String::new();
    // Writing into a string cannot fail.
    let _ = lines(session, language, &mut out);
    out
}

fn lines(s: &Session, l: Language, out: &mut String) -> std::fmt::Result {
    let at = |m: Moment| {
        let Some(ms) = m.ms_since(s.started) else { return "?".to_owned() };
        match l {
            Language::En => format!("{} min", ms / 60_000),
            Language::Zh => format!("第 {} 分钟", ms / 60_000),
        }
    };
    let start = s.started.at.strftime("%Y-%m-%d %H:%M");
    say!(out, l, "Session of {start} UTC\n", "治疗时间 {start}（UTC）\n")?;
    if let Some(position) = s.start.position {
        let position = word(l, &position);
        say!(out, l, "Position: {position}\n", "体位：{position}\n")?;
    }
    if !s.start.setting.is_empty() {
        let setting = &s.start.setting;
        say!(out, l, "Setting: {setting}\n", "环境：{setting}\n")?;
    }
    let why = s.start.without_consent.trim();
    if !why.is_empty() {
        say!(
            out,
            l,
            "No consent in the record; begun because: {why}\n",
            "病历中无同意书；仍开始治疗的原因：{why}\n"
        )?;
    }
    safety(s, l, out)?;
    needles(s, l, out, &at)?;
    let not_done = s.not_done();
    if !not_done.is_empty() {
        let list = not_done.join(match l {
            Language::En => ", ",
            Language::Zh => "、",
        });
        say!(out, l, "Planned but not done: {list}\n", "计划而未做：{list}\n")?;
    }
    stimulation(s, l, out, &at)?;
    let end = s.closed.unwrap_or(s.started);
    let contact = s.clocks(end).contact_ms / 60_000;
    say!(out, l, "Contact time: {contact} min\n", "接触时间：{contact} 分钟\n")?;
    for r in &s.responses {
        let measure = &r.measure;
        say!(out, l, "Response: {measure}", "反应：{measure}")?;
        if let (Some(before), Some(after)) = (r.before, r.after) {
            let unit = &r.unit;
            say!(out, l, " {before} to {after} {unit}", " {before} 至 {after} {unit}")?;
        }
        if !r.text.is_empty() {
            write!(out, " {}", r.text)?;
        }
        writeln!(out)?;
    }
    if s.adverse_events.is_empty() {
        say!(out, l, "Adverse events: none recorded\n", "不良事件：未记录到\n")?;
    }
    for e in s.adverse_events.values().filter_map(|v| v.last()) {
        let (code, grade, causality) = (word(l, &e.code), e.grade, word(l, &e.causality));
        say!(
            out,
            l,
            "Adverse event: {code}, grade {grade}, {causality}",
            "不良事件：{code}，{grade} 级，因果关系{causality}"
        )?;
        for text in [&e.text, &e.action, &e.outcome].into_iter().filter(|t| !t.is_empty()) {
            say!(out, l, "; {text}", "；{text}")?;
        }
        writeln!(out)?;
    }
    for r in &s.remarks {
        let (at, text) = (at(r.at), &r.text);
        say!(out, l, "At {at}: {text}\n", "{at}：{text}\n")?;
    }
    Ok(())
}

fn safety(s: &Session, l: Language, out: &mut String) -> std::fmt::Result {
    match &s.screening {
        None => say!(out, l, "Safety: not checked\n", "安全：未检查\n"),
        Some(findings) if findings.is_empty() => {
            say!(out, l, "Safety: checked, nothing found\n", "安全：已检查，无发现\n")
        }
        Some(findings) => {
            for f in findings {
                let (rule, level) = (&f.rule, word(l, &f.level));
                say!(out, l, "Safety: {rule} ({level})", "安全：{rule}（{level}）")?;
                if let Some(reason) = &f.overridden {
                    say!(out, l, "; gone on because: {reason}", "；仍继续的原因：{reason}")?;
                }
                writeln!(out)?;
            }
            Ok(())
        }
    }
}

fn needles(s: &Session, l: Language, out: &mut String, at: &impl Fn(Moment) -> String) -> std::fmt::Result {
    let (all, removed) = (s.needles.len(), s.needles.len() - s.needles_in().len());
    match s.counted {
        None => say!(
            out,
            l,
            "Needles: {all} in, {removed} out, not counted\n",
            "针：刺入 {all}，取出 {removed}，未清点\n"
        )?,
        Some(c) => say!(
            out,
            l,
            "Needles: {all} in, {removed} out, {c} counted\n",
            "针：刺入 {all}，取出 {removed}，清点 {c}\n"
        )?,
    }
    for (number, n) in &s.needles {
        write!(out, "  {number}. {}", needle(&n.done, l))?;
        differences(n, l, out)?;
        match &n.de_qi {
            Some(felt) if felt.felt => {
                let kinds: Vec<String> = felt.kinds.iter().map(|k| word(l, k)).collect();
                let kinds = kinds.join(match l {
                    Language::En => " ",
                    Language::Zh => "、",
                });
                say!(out, l, "; de-qi {kinds}", "；得气 {kinds}")?;
                if let Some(strength) = felt.strength {
                    write!(out, " {strength}/10")?;
                }
            }
            Some(_) => say!(out, l, "; no de-qi", "；未得气")?,
            None => {}
        }
        let inserted = at(n.inserted);
        say!(out, l, "; in at {inserted}", "；{inserted}刺入")?;
        if let Some(r) = &n.removed {
            let dwell = r.at.ms_since(n.inserted).map_or("?".to_owned(), |ms| (ms / 60_000).to_string());
            say!(out, l, ", out after {dwell} min", "，留针 {dwell} 分钟后取出")?;
            if r.state != NeedleState::Whole {
                let state = word(l, &r.state);
                say!(out, l, ", {state}", "，{state}")?;
            }
            if r.bled == Some(true) {
                say!(out, l, ", bled", "，出血")?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Rounds of manipulation and electricity.
fn stimulation(
    s: &Session,
    l: Language,
    out: &mut String,
    at: &impl Fn(Moment) -> String,
) -> std::fmt::Result {
    for r in &s.rounds {
        let needles: Vec<String> = r.needles.iter().map(ToString::to_string).collect();
        let (from, method, needles) = (at(r.span.from), word(l, &r.manipulation.method), needles.join(", "));
        say!(
            out,
            l,
            "Manipulation at {from}: {method} of {needles}",
            "{from}行针：{method} 第 {needles} 针"
        )?;
        if let Some(rate) = r.manipulation.per_minute {
            let rate = rate.get();
            say!(out, l, ", {rate}/min", "，{rate} 次/分")?;
        }
        if let Some(ms) = r.span.to.and_then(|to| to.ms_since(r.span.from)) {
            let seconds = ms / 1000;
            say!(out, l, ", {seconds} s", "，{seconds} 秒")?;
        }
        writeln!(out)?;
    }
    for (number, c) in &s.circuits {
        for (from, e) in &c.settings {
            let (from, [a, b], wave) = (at(*from), c.needles, word(l, &e.wave));
            say!(
                out,
                l,
                "Current {number} at {from}: needles {a} and {b}, {wave}",
                "{from}第 {number} 路通电：第 {a} 针与第 {b} 针，{wave}"
            )?;
            if let Some(hz) = e.hz {
                let second = e.second_hz.map_or_else(String::new, |second| format!("/{}", second.get()));
                let hz = hz.get();
                say!(out, l, ", {hz}{second} Hz", "，{hz}{second} Hz")?;
            }
            if let Some(ma) = e.milliampere {
                let ma = ma.get();
                say!(out, l, ", {ma} mA", "，{ma} mA")?;
            }
            writeln!(out)?;
        }
    }
    Ok(())
}

fn needle(spec: &NeedleSpec, l: Language) -> String {
    let mut text = spec.site.code.clone();
    if let Some(part) = &spec.site.part {
        text += &match l {
            Language::En => format!(" {part}"),
            // Parts of a zone are named by where they lie in it; names beside that stay.
            Language::Zh => {
                format!(" {}", part.replace("upper", "上").replace("middle", "中").replace("lower", "下"))
            }
        };
    }
    text += match (l, spec.site.side) {
        (Language::En, Side::Left) => " left",
        (Language::En, Side::Right) => " right",
        (Language::En, Side::Midline) => " midline",
        (Language::Zh, Side::Left) => " 左",
        (Language::Zh, Side::Right) => " 右",
        (Language::Zh, Side::Midline) => " 正中",
    };
    // Writing into a string cannot fail.
    let _ = measures(spec, l, &mut text);
    text
}

fn measures(spec: &NeedleSpec, l: Language, text: &mut String) -> std::fmt::Result {
    if let Some(direction) = &spec.direction {
        match (l, direction.strip_prefix("toward ")) {
            (Language::Zh, Some(to)) => write!(text, "，向 {to}")?,
            _ => say!(text, l, ", {direction}", "，{direction}")?,
        }
    }
    if let (Some(diameter), Some(length)) = (spec.diameter_mm, spec.length_mm) {
        let (diameter, length) = (diameter.get(), length.get());
        say!(text, l, ", {diameter} x {length} mm", "，{diameter} x {length} mm")?;
    }
    if let Some(angle) = spec.angle_deg {
        let angle = angle.get();
        say!(text, l, ", {angle} deg", "，{angle} 度")?;
    }
    if let Some(inserted) = spec.inserted_mm {
        let inserted = inserted.get();
        say!(text, l, ", {inserted} mm inserted", "，进针 {inserted} mm")?;
    }
    if let Some(depth) = spec.depth_mm {
        let depth = depth.get();
        say!(text, l, ", {depth} mm deep", "，深 {depth} mm")?;
    }
    Ok(())
}

fn differences(n: &Needle, l: Language, out: &mut String) -> std::fmt::Result {
    if let Some(label) = &n.planned {
        say!(out, l, " [plan {label}", " [方案 {label}")?;
        if let Some(mm) = n.distance_to_plan_mm {
            say!(out, l, ", {mm:.1} mm off", "，偏离 {mm:.1} mm")?;
        }
        write!(out, "]")?;
    }
    if let Some(why) = &n.deviation {
        write!(out, " [{why}]")?;
    }
    Ok(())
}

/// Chinese of the words by which JSON knows positions, levels, methods and what happened.
const WORDS: &[(&str, &str)] = &[
    ("supine", "仰卧"),
    ("prone", "俯卧"),
    ("left-side", "左侧卧"),
    ("right-side", "右侧卧"),
    ("sitting", "坐位"),
    ("upright", "站立"),
    ("caution", "注意"),
    ("decide", "须决定"),
    ("stop", "禁止"),
    ("whole", "完整"),
    ("bent", "弯针"),
    ("broken", "断针"),
    ("part-retained", "部分残留"),
    ("rotation", "捻转"),
    ("lift-thrust", "提插"),
    ("drawing-qi", "抽气"),
    ("thrusting-qi", "进气"),
    ("scraping", "刮柄"),
    ("flicking", "弹柄"),
    ("continuous", "连续波"),
    ("dense-disperse", "疏密波"),
    ("intermittent", "断续波"),
    ("other", "其他"),
    ("bleeding", "出血"),
    ("haematoma-skin", "血肿"),
    ("haematoma-subgaleal", "帽状腱膜下血肿"),
    ("pain", "疼痛"),
    ("stuck-needle", "滞针"),
    ("bent-needle", "弯针"),
    ("broken-needle", "断针"),
    ("forgotten-needle", "遗针"),
    ("syncope", "晕针"),
    ("seizure", "抽搐发作"),
    ("dizziness", "头晕"),
    ("headache", "头痛"),
    ("nausea", "恶心"),
    ("fatigue", "疲乏"),
    ("aggravation", "症状加重"),
    ("skin-infection", "皮肤感染"),
    ("allergy", "过敏"),
    ("burn", "灼伤"),
    ("nerve-injury", "神经损伤"),
    ("pneumothorax", "气胸"),
    ("organ-injury", "脏器损伤"),
    ("intracranial-or-spinal", "颅内或脊髓损伤"),
    ("certain", "肯定"),
    ("probable", "很可能"),
    ("possible", "可能"),
    ("unlikely", "不太可能"),
    ("unclassified", "待分类"),
    ("unassessable", "无法判断"),
    // What is felt, as it is usually recorded; any other word stays as it was written.
    ("sore", "酸"),
    ("numb", "麻"),
    ("distended", "胀"),
    ("heavy", "重"),
    ("aching", "酸痛"),
    ("tingling", "麻刺感"),
    ("warm", "热"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use schemars::{JsonSchema, schema_for};

    /// The words of an enumeration, as its schema lists them.
    fn variants<T: JsonSchema>() -> Vec<String> {
        fn collect(v: &serde_json::Value, out: &mut Vec<String>) {
            match v {
                serde_json::Value::Object(o) => {
                    out.extend(o.get("const").and_then(|c| c.as_str()).map(str::to_owned));
                    for x in o.get("enum").and_then(|e| e.as_array()).into_iter().flatten() {
                        out.extend(x.as_str().map(str::to_owned));
                    }
                    o.values().for_each(|x| collect(x, out));
                }
                serde_json::Value::Array(a) => a.iter().for_each(|x| collect(x, out)),
                _ => {}
            }
        }
        let mut out = Vec::new();
        collect(&serde_json::to_value(schema_for!(T)).unwrap(), &mut out);
        assert!(!out.is_empty());
        out
    }

    #[test]
    fn every_word_of_a_note_has_chinese() {
        use crate::{
            needle::{Method, Wave},
            session::event::{AdverseCode, Causality, Level, NeedleState, Position},
        };
        let all = [
            variants::<Position>(),
            variants::<Level>(),
            variants::<NeedleState>(),
            variants::<Method>(),
            variants::<Wave>(),
            variants::<AdverseCode>(),
            variants::<Causality>(),
        ];
        for word in all.concat() {
            assert!(!super::word(Language::Zh, &word).is_ascii(), "{word}");
            assert_eq!(super::word(Language::En, &word), word.replace('-', " "));
        }
        assert_eq!(word(Language::Zh, &"as somebody put it"), "as somebody put it");
    }
}
