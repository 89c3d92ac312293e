//! What is printed: the needle sheet, the patient's page, the clinical letter.
//!
//! Pages are data in, PDF out; server and command line give the same bytes for the same patient, plan, session and
//! day. Texts of the pages themselves are in [`words`], in English and Chinese; knowledge stays as the atlas has it.

pub mod gather;
pub mod letter;
pub mod page;
pub mod picture;
pub mod sheet;
pub mod words;

use baihui_atlas::{
    Atlas,
    body::{BodyAtlas, Person},
};
use baihui_clinic::{
    knowledge::Knowledge,
    people::{Diagnosis, Patient},
    plan::{Plan, PlannedNeedle},
    side::{Laterality, Side},
};
use baihui_head::Head;
use baihui_report::{font, pdf::PdfError, stat::html::Part};
use jiff::civil::Date;
use thiserror::Error;

pub use words::Language;
use words::Words;

/// A page cannot be made.
#[derive(Debug, Error)]
pub enum PaperError {
    /// Something on it has no glyph: a name must not be printed with boxes in it.
    #[error("the fonts of this program have no glyph for {}: it cannot be printed rightly", .0.iter().collect::<String>())]
    Glyphs(Vec<char>),
    /// The PDF.
    #[error(transparent)]
    Pdf(#[from] PdfError),
}

/// What every page is made from.
pub struct Subject<'a> {
    /// The patient.
    pub patient: &'a Patient,
    /// The head that stands for the patient's.
    pub head: &'a Head,
    /// The body that stands for the patient's, with the points on it, where it is needed and can be had.
    pub body: Option<(&'a BodyAtlas, &'a Person)>,
    /// The atlas.
    pub atlas: &'a Atlas,
    /// Conditions, techniques, rules, instruments.
    pub knowledge: &'a Knowledge,
    /// Language of the page.
    pub language: Language,
    /// Day of the page.
    pub today: Date,
    /// Name of the clinic; empty where none is kept.
    pub clinic: String,
    /// Whether the person is made up, which the page then says.
    pub invented: bool,
}

impl Subject<'_> {
    fn words(&self) -> &'static Words {
        self.language.words()
    }

    /// Name, date of birth, sex: enough to know whose page it is.
    fn identity(&self) -> String {
        let w = self.words();
        let p = self.patient;
        let born = p.birth_date.map(|d| format!("{} {d}", w.born));
        let sex = p.sex.map(|s| w.sex(s).to_owned());
        [Some(p.name.to_string()), born, sex].into_iter().flatten().collect::<Vec<_>>().join("  ·  ")
    }

    fn condition(&self, id: &str) -> String {
        let Some(c) = self.knowledge.condition(id) else { return id.to_owned() };
        let names = &c.condition.names;
        match self.language {
            Language::Zh if !names.hanzi.is_empty() => names.hanzi.clone(),
            _ => names.en.clone(),
        }
    }

    /// Name of a site; empty where nobody has named it.
    fn site(&self, code: &str) -> String {
        let on_body = || {
            let (points, _) = self.body?;
            Some(&points.points.get(points.find(code)?)?.point.names)
        };
        let on_head = self.atlas.find(code).map(|i| &self.atlas.entries[i].item.names);
        let Some(names) = on_head.or_else(on_body) else { return String::new() };
        match self.language {
            Language::Zh if !names.hanzi.is_empty() => names.hanzi.clone(),
            _ => names.en.clone(),
        }
    }

    fn sides(&self, plan: &Plan) -> String {
        let w = self.words();
        let say = |s: Option<Laterality>| s.map_or(w.not_given, |s| w.laterality(s));
        format!(
            "{}: {}; {}: {} ({})",
            w.lesion,
            say(plan.lesion.map(|l| l.0)),
            w.deficit,
            say(plan.deficit.map(|d| d.0)),
            w.patients_sides
        )
    }

    fn diagnosis(&self, d: &Diagnosis) -> String {
        let w = self.words();
        let mut text = d.text.clone();
        if let Some(id) = &d.condition {
            let name = self.condition(id);
            if name != text {
                text = if text.is_empty() { name } else { format!("{text} ({name})") };
            }
        }
        for (what, side) in [(w.lesion, d.lesion_side.map(|s| s.0)), (w.deficit, d.deficit_side.map(|s| s.0))]
        {
            if let Some(s) = side {
                text += &format!("; {what}: {}", w.laterality(s));
            }
        }
        if let Some(day) = d.onset {
            text += &format!("; {} {day}", w.since);
        }
        text
    }

    fn pdf(&self, title: &str, mut parts: Vec<Part>) -> Result<Vec<u8>, PaperError> {
        if self.invented {
            parts.insert(0, Part::Callout(self.words().invented.to_owned()));
        }
        let missing = without_glyph(title, &parts);
        if !missing.is_empty() {
            return Err(PaperError::Glyphs(missing));
        }
        Ok(baihui_report::pdf::document(title, self.language.code(), &parts)?)
    }
}

/// A number without more decimals than it has, two at most.
fn number(v: f64) -> String {
    let text = format!("{v:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The side of a needle; empty on the midline of a point that has no sides.
fn side(w: &Words, side: Side) -> String {
    match side {
        Side::Left => w.left,
        Side::Right => w.right,
        Side::Midline => w.midline,
    }
    .to_owned()
}

/// How deep, in words.
fn depth(w: &Words, n: &PlannedNeedle) -> String {
    let s = &n.spec;
    let parts = [
        s.inserted_mm.map(|v| format!("{} mm {}", number(v.get()), w.under_skin)),
        s.depth_mm.map(|v| format!("{} mm {}", number(v.get()), w.deep)),
        n.depth_cun.map(|v| format!("{} cun", number(v))),
        s.layer.map(|l| w.layer(l).to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What is done with the needle, in words.
fn stimulation(w: &Words, n: &PlannedNeedle) -> String {
    let Some(s) = &n.stimulation else { return String::new() };
    let manual = s.manual.as_ref().map(|m| {
        let m2 = &m.manipulation;
        let parts = [
            Some(w.method(m2.method).to_owned()),
            m2.per_minute.map(|r| format!("{}/min", number(r.get()))),
            m2.minutes.map(|t| format!("{} min", number(t.get()))),
            m.rounds.map(|r| format!("× {r}")),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    });
    let electro = s.electro.as_ref().map(|e| {
        let c = &e.current;
        let hz: Vec<String> = [c.hz, c.second_hz].into_iter().flatten().map(|h| number(h.get())).collect();
        let parts = [
            Some(w.electric.to_owned()),
            (!hz.is_empty()).then(|| format!("{} Hz", hz.join("/"))),
            c.milliampere.map(|m| format!("{} mA", number(m.get()))),
            c.minutes.map(|t| format!("{} min", number(t.get()))),
            e.with.as_ref().map(|o| format!("{} {o}", w.with)),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    });
    let all: Vec<String> = [manual, electro].into_iter().flatten().collect();
    if all.is_empty() { w.none.to_owned() } else { all.join("; ") }
}

/// Characters of a page that no font has.
fn without_glyph(title: &str, parts: &[Part]) -> Vec<char> {
    let mut texts: Vec<&str> = vec![title];
    for part in parts {
        match part {
            Part::Heading(t) | Part::Text(t) | Part::Callout(t) => texts.push(t),
            Part::List(items) => texts.extend(items.iter().map(String::as_str)),
            Part::Table { caption, header, rows } => {
                texts.push(caption);
                texts.extend(header.iter().chain(rows.iter().flatten()).map(String::as_str));
            }
            // Figures are made of what the atlas has, whose glyphs a test of the fonts looks after.
            Part::Figure { caption, .. } => texts.push(caption),
            Part::Figures(all) => texts.extend(all.iter().map(|(_, caption)| caption.as_str())),
            Part::Link { url, text } => texts.extend([url.as_str(), text.as_str()]),
        }
    }
    let mut missing: Vec<char> =
        texts.iter().flat_map(|t| t.chars()).filter(|c| !c.is_control() && !font::has_glyph(*c)).collect();
    missing.sort_unstable();
    missing.dedup();
    missing
}

#[cfg(test)]
mod tests;
