//! The course as a picture and on paper.

use baihui_clinic::{
    instrument::{Better, change::ThresholdKind},
    outcome::MissingReason,
    timeline::Measure,
};
use baihui_report::{
    pdf::{self, PdfError},
    stat::{
        Look, StatFigureError,
        course::{self, Mark, Panel, Value, Words},
        html::Part,
    },
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CourseView, SeriesView, plain, threshold_words};

/// Language of a figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

impl Language {
    fn pick<'a>(self, en: &'a str, zh: &'a str) -> &'a str {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }
}

/// Most labels of the axis of time.
const MOST_TICKS: usize = 8;

/// Days since 1970 by the wall clock of a place, with their fraction.
fn days(at: Timestamp, tz: &TimeZone) -> f64 {
    let offset = tz.to_offset(at).seconds();
    (at.as_second() as f64 + f64::from(offset)) / 86_400.0
}

fn date(at: Timestamp, tz: &TimeZone) -> String {
    at.to_zoned(tz.clone()).date().to_string()
}

/// Round dates between two days, at most [`MOST_TICKS`].
fn ticks(from: f64, to: f64) -> Vec<(f64, String)> {
    let epoch = Date::constant(1970, 1, 1);
    let day = |d: f64| {
        // Dates that jiff cannot hold were refused long before.
        epoch.checked_add(jiff::Span::new().try_days(d as i64).unwrap_or_default()).unwrap_or(epoch)
    };
    let number = |d: Date| f64::from(epoch.until(d).map_or(0, |s| s.get_days()));
    let span = to - from;
    for step in [1.0, 2.0, 7.0, 14.0] {
        if span / step < MOST_TICKS as f64 {
            // Weeks begin on a Monday; 1970-01-05 was one.
            let origin = if step < 7.0 { 0.0 } else { 4.0 };
            let first = ((from - origin) / step).ceil() * step + origin;
            let count = ((to - first) / step).floor().max(-1.0) as i64;
            return (0..=count).map(|k| first + k as f64 * step).map(|d| (d, day(d).to_string())).collect();
        }
    }
    let first = day(from.floor());
    let months = span / 30.0;
    let step = [1_i16, 2, 3, 6, 12, 24, 60, 120]
        .into_iter()
        .find(|s| months / f64::from(*s) < MOST_TICKS as f64)
        .unwrap_or(600);
    let index = first.year() * 12 + i16::from(first.month()) - 1;
    let start = index.div_euclid(step) * step;
    (0..=MOST_TICKS as i16 + 1)
        .filter_map(|k| start.checked_add(k.checked_mul(step)?))
        .filter_map(|m| Date::new(m.div_euclid(12), i8::try_from(m.rem_euclid(12) + 1).ok()?, 1).ok())
        .map(|d| (number(d), format!("{:04}-{:02}", d.year(), d.month())))
        .filter(|(d, _)| *d >= from && *d <= to)
        .collect()
}

fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Why a value is missing, in words.
pub fn reason(reason: MissingReason, language: Language) -> &'static str {
    let (en, zh) = match reason {
        MissingReason::NotAttended => ("did not come", "未到"),
        MissingReason::Refused => ("refused", "拒绝"),
        MissingReason::Unable => ("could not do it", "无法完成"),
        MissingReason::NotOffered => ("not offered", "未安排"),
        MissingReason::Withdrawn => ("left the treatment", "退出治疗"),
        MissingReason::Died => ("died", "去世"),
        MissingReason::Other => ("another reason", "其他原因"),
    };
    if language == Language::Zh { zh } else { en }
}

fn name(s: &SeriesView, language: Language) -> String {
    let Some(i) = &s.instrument else {
        let unit = if s.series.unit.is_empty() { String::new() } else { format!(", {}", s.series.unit) };
        let edition =
            if s.series.edition.is_empty() { String::new() } else { format!(" ({})", s.series.edition) };
        return format!("{}{unit}{edition}", s.series.name);
    };
    let better = match i.better {
        Better::Higher => language.pick("higher is better", "越高越好"),
        Better::Lower => language.pick("lower is better", "越低越好"),
    };
    let range = match i.max {
        Some(max) => format!("{}–{}", plain(i.min), plain(max)),
        None => i.unit.clone(),
    };
    format!("{} · {} ({range}, {better})", i.short, language.pick(&i.en, &i.hanzi))
}

fn panel(s: &SeriesView, tz: &TimeZone, language: Language) -> Panel {
    let values = s.series.measurements.iter().map(|m| Value {
        at: days(m.at, tz),
        value: m.value,
        tip: format!("{} · {}{}", date(m.at, tz), plain(m.value), visit(&m.visit)),
    });
    let before = s.change.as_ref().map(|c| c.from.value);
    let mut thresholds = Vec::new();
    if let (Some(i), Some(before)) = (&s.instrument, before) {
        let sign = if i.better == Better::Higher { 1.0 } else { -1.0 };
        for (k, t) in i.thresholds.iter().enumerate() {
            let error = t.kind == ThresholdKind::Mdc;
            // Drawn for the better; for the worse the page says it in words.
            if t.only == Some(baihui_clinic::instrument::change::Direction::Worse) {
                continue;
            }
            let values = if error {
                [before - t.low, before + t.low]
            } else {
                [before + sign * t.low, before + sign * t.high]
            };
            let letter = char::from_u32(u32::from(b'a') + u32::try_from(k % 26).unwrap_or(0)).unwrap_or('a');
            thresholds.push(course::Threshold {
                letter: letter.to_string(),
                label: threshold_words(t),
                values,
                error,
            });
        }
    }
    Panel {
        name: name(s, language),
        values: values.collect(),
        before,
        thresholds,
        missing: s
            .series
            .missing
            .iter()
            .map(|m| Mark {
                at: days(m.at, tz),
                text: "×".to_owned(),
                tip: format!("{} · {}{}", date(m.at, tz), reason(m.reason, language), visit(&m.visit)),
            })
            .collect(),
        ends: match &s.instrument {
            Some(i) => [Some(i.min), i.max],
            None => [None, None],
        },
    }
}

fn visit(visit: &str) -> String {
    if visit.is_empty() { String::new() } else { format!(" · {visit}") }
}

/// The course as SVG. The name of the patient is not in it: a picture travels.
///
/// # Errors
/// [`StatFigureError`] where there is nothing with a date, or too many outcomes for one picture.
pub fn svg(
    view: &CourseView,
    tz: &TimeZone,
    language: Language,
    look: Look,
) -> Result<String, StatFigureError> {
    let panels: Vec<Panel> = view.series.iter().map(|s| panel(s, tz, language)).collect();
    let sessions: Vec<Mark> = view
        .sessions
        .iter()
        .map(|s| Mark {
            at: days(s.at, tz),
            text: String::new(),
            tip: format!("{} · {}", date(s.at, tz), s.sites.iter().cloned().collect::<Vec<_>>().join(", ")),
        })
        .collect();
    let harm: Vec<Mark> = view
        .harm
        .iter()
        .map(|h| Mark {
            at: days(h.at, tz),
            text: h.grade.to_string(),
            tip: format!("{} · {} · {}", date(h.at, tz), word(&h.code), h.grade),
        })
        .collect();
    let times = || {
        let marks = sessions.iter().chain(&harm).chain(panels.iter().flat_map(|p| &p.missing)).map(|m| m.at);
        marks.chain(panels.iter().flat_map(|p| &p.values).map(|v| v.at))
    };
    let (from, to) = (times().fold(f64::INFINITY, f64::min), times().fold(f64::NEG_INFINITY, f64::max));
    let span = (to - from).max(1.0);
    let ticks = if from.is_finite() { ticks(from - 0.04 * span, to + 0.04 * span) } else { Vec::new() };
    let before = match (view.start.is_some(), language) {
        (true, Language::En) => "before treatment",
        (false, Language::En) => "first value",
        (true, Language::Zh) => "治疗前",
        (false, Language::Zh) => "第一个数值",
    };
    let words = match language {
        Language::En => Words { before: before.into(), ..Words::default() },
        Language::Zh => Words {
            sessions: "治疗".into(),
            harm: "不良事件".into(),
            missing: "未测".into(),
            before: before.into(),
            disputed: "浅色：各来源对该变化是否重要意见不一。".into(),
            reached: "深色：各来源均认为重要。".into(),
        },
    };
    let footer = view.warnings.first().filter(|_| language == Language::En).map(|w| w.text.clone());
    let figure = course::Course {
        title: language.pick("Outcomes, sessions and harm over time", "结局、治疗与不良事件").to_owned(),
        time: language.pick("date", "日期").to_owned(),
        ticks,
        start: view.start.map(|s| days(s, tz)),
        panels,
        sessions,
        harm,
        footer: footer.into_iter().collect(),
        words,
    };
    course::svg(&figure, look)
}

/// The course on paper, in English: the picture, what changed by each source, what was done when, what must be said.
///
/// # Errors
/// [`PdfError`]; a course without a date has no picture and says so.
pub fn paper(view: &CourseView, tz: &TimeZone) -> Result<Vec<u8>, PdfError> {
    let title = format!("Course of {}", view.name);
    pdf::document(&title, "en", &parts(view, tz))
}

/// The parts of the page.
pub fn parts(view: &CourseView, tz: &TimeZone) -> Vec<Part> {
    let mut parts = vec![Part::Text(format!("As of {}.", date(view.as_of, tz)))];
    match svg(view, tz, Language::En, Look::default()) {
        Ok(svg) => parts.push(Part::Figure { svg, caption: String::new() }),
        Err(e) => parts.push(Part::Text(format!("No picture: {e}."))),
    }
    for w in &view.warnings {
        parts.push(Part::Callout(w.text.clone()));
    }
    for s in &view.series {
        parts.push(Part::Heading(name(s, Language::En)));
        if let Some(c) = &s.change {
            parts.push(Part::Text(change_words(s, c, tz)));
        }
        if let Some(against) = against(s) {
            parts.push(against);
        }
        if let Some(o) = &s.overlap {
            parts.push(Part::Text(format!(
                "{} values before and {} after the first session: nonoverlap of all pairs {:.2} (95 % interval {:.2} to \
                 {:.2}; 0.5 is no change); Tau without the trend of the values before {:.2} ({:.2} to {:.2}; 0 is no change).",
                o.before, o.after, o.nap.estimate, o.nap.low, o.nap.high, o.tau_bc.estimate, o.tau_bc.low, o.tau_bc.high
            )));
        }
        if !s.series.missing.is_empty() {
            let gaps = s.series.missing.iter();
            parts.push(Part::List(
                gaps.map(|m| format!("{}: not measured, {}", date(m.at, tz), reason(m.reason, Language::En)))
                    .collect(),
            ));
        }
        if !s.warnings.is_empty() {
            parts.push(Part::List(s.warnings.iter().map(|w| w.text.clone()).collect()));
        }
    }
    if !view.sessions.is_empty() {
        let rows = view.sessions.iter().map(|s| {
            vec![
                date(s.at, tz),
                s.sites.iter().cloned().collect::<Vec<_>>().join(", "),
                s.needles.to_string(),
                s.retained_min.map_or_else(String::new, |m| format!("{m:.0}")),
                s.rounds.to_string(),
                word(&s.phase),
            ]
        });
        parts.push(Part::Table {
            caption: "What was done".to_owned(),
            header: ["date", "sites", "needles", "retained, min", "rounds", ""].map(str::to_owned).into(),
            rows: rows.collect(),
        });
    }
    let harm = view.harm.iter().map(|h| {
        vec![date(h.at, tz), word(&h.code), h.grade.to_string(), word(&h.causality), h.text.clone()]
    });
    let rows: Vec<Vec<String>> = harm.collect();
    if rows.is_empty() {
        parts.push(Part::Text("No harm was reported. What nobody reports is not here.".to_owned()));
    } else {
        parts.push(Part::Table {
            caption: "Harm".to_owned(),
            header: ["date", "what", "grade", "caused by needling", "in words"].map(str::to_owned).into(),
            rows,
        });
    }
    parts
}

/// The change in one sentence.
pub fn change_words(s: &SeriesView, c: &super::ChangeView, tz: &TimeZone) -> String {
    let sign = if c.change > 0.0 { "+" } else { "" };
    let direction = c.meaning.as_ref().map_or("", |m| match m.direction {
        baihui_clinic::instrument::change::Direction::Better => ", for the better",
        baihui_clinic::instrument::change::Direction::Worse => ", for the worse",
        baihui_clinic::instrument::change::Direction::Same => ", no change",
    });
    let unit = match s.series.measure {
        Measure::Instrument => String::new(),
        _ => format!(" {}", s.series.unit),
    };
    format!(
        "From {}{unit} ({}) to {}{unit} ({}): {sign}{}{unit}{direction}.",
        plain(c.from.value),
        date(c.from.at, tz),
        plain(c.to.value),
        date(c.to.at, tz),
        plain(c.change)
    )
}

fn against(s: &SeriesView) -> Option<Part> {
    let (i, meaning) = (s.instrument.as_ref()?, s.change.as_ref()?.meaning.as_ref()?);
    if meaning.against.is_empty() {
        return None;
    }
    let rows = meaning.against.iter().map(|r| {
        vec![threshold_words(&i.thresholds[r.threshold]), format!("the change is {} it", word(&r.reached))]
    });
    Some(Part::Table {
        caption: "The change against each source (MCID: matters to patients; MDC: more than error)"
            .to_owned(),
        header: vec!["threshold".to_owned(), "change".to_owned()],
        rows: rows.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_dates_and_few() {
        let at = |text: &str| {
            let d: Date = text.parse().unwrap();
            f64::from(Date::constant(1970, 1, 1).until(d).unwrap().get_days())
        };
        let texts =
            |a: &str, b: &str| -> Vec<String> { ticks(at(a), at(b)).into_iter().map(|t| t.1).collect() };
        assert_eq!(texts("2026-01-01", "2026-01-03"), ["2026-01-01", "2026-01-02", "2026-01-03"]);
        assert_eq!(texts("2026-01-01", "2026-01-29")[0], "2026-01-05", "a Monday");
        assert_eq!(
            texts("2025-11-15", "2026-04-02"),
            ["2025-12", "2026-01", "2026-02", "2026-03", "2026-04"]
        );
        assert_eq!(texts("2020-01-01", "2026-01-01").len(), 7);
        for (a, b) in
            [("1901-05-05", "2026-01-01"), ("2026-01-01", "2026-01-01"), ("0001-01-01", "9999-01-01")]
        {
            assert!(texts(a, b).len() <= MOST_TICKS + 2, "{a} {b}");
        }
    }
}
