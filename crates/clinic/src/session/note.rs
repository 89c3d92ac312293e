//! The note that a session writes by itself: plain text, times in minutes since the start.

use std::fmt::Write as _;

use super::{Moment, Needle, Session, event::NeedleState};
use crate::{needle::NeedleSpec, side::Side};

pub(super) fn write(session: &Session) -> String {
    let mut out = String::new();
    // Writing into a string cannot fail.
    let _ = lines(session, &mut out);
    out
}

fn lines(s: &Session, out: &mut String) -> std::fmt::Result {
    let at = |m: Moment| m.ms_since(s.started).map_or("?".to_owned(), |ms| format!("{} min", ms / 60_000));
    writeln!(out, "Session of {} UTC", s.started.at.strftime("%Y-%m-%d %H:%M"))?;
    if let Some(position) = s.start.position {
        writeln!(out, "Position: {}", word(&position))?;
    }
    if !s.start.setting.is_empty() {
        writeln!(out, "Setting: {}", s.start.setting)?;
    }
    if !s.start.without_consent.trim().is_empty() {
        writeln!(out, "No consent in the record; begun because: {}", s.start.without_consent.trim())?;
    }
    match &s.screening {
        None => writeln!(out, "Safety: not checked")?,
        Some(findings) if findings.is_empty() => writeln!(out, "Safety: checked, nothing found")?,
        Some(findings) => {
            for f in findings {
                write!(out, "Safety: {} ({})", f.rule, word(&f.level))?;
                match &f.overridden {
                    Some(reason) => writeln!(out, "; gone on because: {reason}")?,
                    None => writeln!(out)?,
                }
            }
        }
    }
    let out_count = s.needles.len() - s.needles_in().len();
    let counted = s.counted.map_or("not counted".to_owned(), |c| format!("{c} counted"));
    writeln!(out, "Needles: {} in, {out_count} out, {counted}", s.needles.len())?;
    for (number, n) in &s.needles {
        write!(out, "  {number}. {}", needle(&n.done))?;
        differences(n, out)?;
        match &n.de_qi {
            Some(felt) if felt.felt => {
                let kinds: Vec<&str> = felt.kinds.iter().map(String::as_str).collect();
                write!(out, "; de-qi {}", kinds.join(" "))?;
                if let Some(strength) = felt.strength {
                    write!(out, " {strength}/10")?;
                }
            }
            Some(_) => write!(out, "; no de-qi")?,
            None => {}
        }
        write!(out, "; in at {}", at(n.inserted))?;
        if let Some(r) = &n.removed {
            let dwell = r.at.ms_since(n.inserted).map_or("?".to_owned(), |ms| (ms / 60_000).to_string());
            write!(out, ", out after {dwell} min")?;
            if r.state != NeedleState::Whole {
                write!(out, ", {}", word(&r.state))?;
            }
            if r.bled == Some(true) {
                write!(out, ", bled")?;
            }
        }
        writeln!(out)?;
    }
    let not_done = s.not_done();
    if !not_done.is_empty() {
        writeln!(out, "Planned but not done: {}", not_done.join(", "))?;
    }
    for r in &s.rounds {
        let needles: Vec<String> = r.needles.iter().map(ToString::to_string).collect();
        write!(
            out,
            "Manipulation at {}: {} of {}",
            at(r.span.from),
            word(&r.manipulation.method),
            needles.join(", ")
        )?;
        if let Some(rate) = r.manipulation.per_minute {
            write!(out, ", {}/min", rate.get())?;
        }
        if let Some(ms) = r.span.to.and_then(|to| to.ms_since(r.span.from)) {
            write!(out, ", {} s", ms / 1000)?;
        }
        writeln!(out)?;
    }
    for (number, c) in &s.circuits {
        for (from, e) in &c.settings {
            write!(
                out,
                "Current {number} at {}: needles {} and {}, {}",
                at(*from),
                c.needles[0],
                c.needles[1],
                word(&e.wave)
            )?;
            if let Some(hz) = e.hz {
                match e.second_hz {
                    Some(second) => write!(out, ", {}/{} Hz", hz.get(), second.get())?,
                    None => write!(out, ", {} Hz", hz.get())?,
                }
            }
            if let Some(ma) = e.milliampere {
                write!(out, ", {} mA", ma.get())?;
            }
            writeln!(out)?;
        }
    }
    let end = s.closed.unwrap_or(s.started);
    writeln!(out, "Contact time: {} min", s.clocks(end).contact_ms / 60_000)?;
    for r in &s.responses {
        write!(out, "Response: {}", r.measure)?;
        if let (Some(before), Some(after)) = (r.before, r.after) {
            write!(out, " {before} to {after} {}", r.unit)?;
        }
        if !r.text.is_empty() {
            write!(out, " {}", r.text)?;
        }
        writeln!(out)?;
    }
    if s.adverse_events.is_empty() {
        writeln!(out, "Adverse events: none recorded")?;
    }
    for e in s.adverse_events.values().filter_map(|v| v.last()) {
        write!(out, "Adverse event: {}, grade {}, {}", word(&e.code), e.grade, word(&e.causality))?;
        for text in [&e.text, &e.action, &e.outcome].into_iter().filter(|t| !t.is_empty()) {
            write!(out, "; {text}")?;
        }
        writeln!(out)?;
    }
    for r in &s.remarks {
        writeln!(out, "At {}: {}", at(r.at), r.text)?;
    }
    Ok(())
}

fn needle(spec: &NeedleSpec) -> String {
    let mut text = spec.site.code.clone();
    if let Some(part) = &spec.site.part {
        text += &format!(" {part}");
    }
    text += match spec.site.side {
        Side::Left => " left",
        Side::Right => " right",
        Side::Midline => " midline",
    };
    if let Some(direction) = &spec.direction {
        text += &format!(", {direction}");
    }
    if let (Some(diameter), Some(length)) = (spec.diameter_mm, spec.length_mm) {
        text += &format!(", {} x {} mm", diameter.get(), length.get());
    }
    if let Some(angle) = spec.angle_deg {
        text += &format!(", {} deg", angle.get());
    }
    if let Some(inserted) = spec.inserted_mm {
        text += &format!(", {} mm inserted", inserted.get());
    }
    if let Some(depth) = spec.depth_mm {
        text += &format!(", {} mm deep", depth.get());
    }
    text
}

fn differences(n: &Needle, out: &mut String) -> std::fmt::Result {
    if let Some(label) = &n.planned {
        write!(out, " [plan {label}")?;
        if let Some(mm) = n.distance_to_plan_mm {
            write!(out, ", {mm:.1} mm off")?;
        }
        write!(out, "]")?;
    }
    if let Some(why) = &n.deviation {
        write!(out, " [{why}]")?;
    }
    Ok(())
}

/// The word by which JSON knows a variant, with spaces.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(|s| s.replace('-', " "))).unwrap_or_default()
}
