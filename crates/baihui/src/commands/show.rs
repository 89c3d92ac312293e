//! `baihui atlas show`: one item as a page that a teacher would like.

use std::{path::PathBuf, process::ExitCode};

use baihui_atlas::{
    Atlas, Choices, Entry, Evaluator, Names, Request,
    compare::{self, VariantShift},
    language::{Fact, Source, Treats},
    locate::{self, Location},
    words::{Words, sides_of},
};
use baihui_head::Head;
use baihui_report::{Theme, View, view, xml::escape};
use serde_json::json;

use super::{item_index, pretty};
use crate::{
    cli::PageFormat,
    error::{CliError, Kind},
    files, output, picture,
};

/// Everything that the page says.
struct Page<'a> {
    atlas: &'a Atlas,
    entry: &'a Entry,
    head: &'a Head,
    location: Location,
    /// Each construction in words.
    constructions: Vec<String>,
    shifts: Vec<VariantShift>,
    /// Steps with the tape on the side shown.
    steps: Vec<(String, String)>,
}

/// Runs the command.
pub fn run(
    more: &[PathBuf],
    item: &str,
    head: &str,
    format: PageFormat,
    out: Option<&PathBuf>,
) -> Result<ExitCode, CliError> {
    let atlas = files::atlas(more)?;
    let index = item_index(&atlas, item)?;
    let head = files::head(head)?;
    let names = Names::of(&atlas);
    let choices = Choices::default();
    let request = Request { items: vec![index], ..Request::default() };
    let refused = |e: baihui_atlas::Refusal| CliError::new(Kind::NotLocated, e);
    let location = locate::locate(&atlas, &names, &head, &request).map_err(refused)?;
    let entry = &atlas.entries[index];
    let constructions =
        (0..entry.constructions.len()).map(|c| Words::of(&atlas, &choices).construction(index, c)).collect();
    let shifts = compare::variants(&atlas, &names, &choices, &head, &[index]).map_err(refused)?;
    let side = sides_of(entry.item.side)[0];
    let mut evaluator = Evaluator::new(&atlas, &names, &choices, &head).map_err(refused)?;
    let steps = Words::on(&atlas, &choices, &mut evaluator, side).steps(index);
    let page = Page { atlas: &atlas, entry, head: &head, location, constructions, shifts, steps };
    let text = match format {
        PageFormat::Text => page.text(),
        PageFormat::Html => page.html(),
        PageFormat::Json => page.json()?,
    };
    files::emit(out, text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn sources(list: &[Source]) -> String {
    let one = |s: &Source| match &s.note {
        Some(note) => format!("{} ({}: {note})", s.key, s.mark.words()),
        None => format!("{} ({})", s.key, s.mark.words()),
    };
    list.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn treats(t: Treats) -> &'static str {
    match t {
        Treats::Contralateral => "the side opposite to the complaint",
        Treats::Ipsilateral => "the side of the complaint",
        Treats::Both => "both sides",
        Treats::Midline => "the midline",
    }
}

/// One block of the page: a heading and its lines.
type Block = (&'static str, Vec<String>);

impl Page<'_> {
    fn title(&self) -> String {
        let n = &self.entry.item.names;
        let names: Vec<&str> = [n.en.as_str(), n.pinyin.as_str(), n.hanzi.as_str()]
            .into_iter()
            .filter(|s| !s.is_empty())
            .collect();
        format!("{} · {}", self.entry.item.code, names.join(" · "))
    }

    fn subtitle(&self) -> String {
        let school = &self.atlas.schools[self.entry.school];
        let mut s = format!("{} · {}", self.entry.constructions[0].shape.kind(), school.names.en);
        if let Some(set) = &self.entry.item.set {
            s += &format!(" · set {set}");
        }
        if school.off {
            s += " · unverified: known from background only";
        }
        s
    }

    /// The page's contents, the same for every format.
    fn blocks(&self) -> Vec<Block> {
        let it = &self.entry.item;
        let mut blocks: Vec<Block> = Vec::new();
        blocks.push(("Construction", self.construction_lines()));
        if !it.part.is_empty() {
            let part = |p: &baihui_atlas::language::Part| {
                let function = p.function.as_ref().map(fact).unwrap_or_default();
                format!("{}: from {} to {} of its length. {function}", p.name, p.from, p.to)
            };
            blocks.push(("Parts", it.part.iter().map(part).collect()));
        }
        blocks.push(("On this head", self.place_lines()));
        let steps = self.steps.iter().map(|(code, text)| format!("{code}: {text}")).collect();
        blocks.push(("With a tape", steps));
        if let Some(t) = it.treats {
            blocks.push(("Needled on", vec![treats(t).to_owned()]));
        }
        if let Some(c) = &it.cortex {
            blocks.push((
                "Cortex: what the school claims",
                vec![format!("{} — {}", c.text, sources(&c.sources))],
            ));
        }
        if let Some(f) = &it.function {
            blocks.push(("Function: what the school claims", vec![fact(f)]));
        }
        for (title, facts) in
            [("Indications in the school's books", &it.indication), ("Where sources disagree", &it.conflict)]
        {
            if !facts.is_empty() {
                blocks.push((title, facts.iter().map(fact).collect()));
            }
        }
        if let Some(note) = &it.note {
            blocks.push(("Note", vec![note.clone()]));
        }
        blocks.push(("Sources", self.reference_lines()));
        blocks
    }

    fn construction_lines(&self) -> Vec<String> {
        let e = self.entry;
        if e.item.variant.is_empty() {
            return vec![format!("{}. — {}", self.constructions[0], sources(&e.item.sources))];
        }
        let mut out: Vec<String> = e
            .constructions
            .iter()
            .zip(&self.constructions)
            .enumerate()
            .map(|(c, (made, words))| {
                let shift = self.shifts.iter().find(|s| s.variant == made.name);
                let moved = match shift {
                    None => "default".to_owned(),
                    Some(VariantShift { refused: Some(r), .. }) => format!("not on this head: {r}"),
                    Some(s) => {
                        let (mean, most) = (s.mean_mm.unwrap_or(0.0), s.max_mm.unwrap_or(0.0));
                        match s.direction.as_deref().filter(|d| !d.is_empty()) {
                            Some(d) => format!("{mean:.1} mm {d} of the default"),
                            None => format!("{mean:.1} mm from the default on average, {most:.1} mm at most"),
                        }
                    }
                };
                let mark = e.mark(c).words();
                format!(
                    "{} ({moved}; {mark}): {}. {words}. — {}",
                    made.name,
                    made.about,
                    sources(&made.sources)
                )
            })
            .collect();
        if let Some(reason) = &e.item.reason {
            out.push(format!("Why {} is the default: {reason}", e.constructions[e.default].name));
        }
        out
    }

    fn place_lines(&self) -> Vec<String> {
        let mut out = Vec::new();
        for i in &self.location.items {
            let xyz = |p: &[f64; 3]| format!("({:.1}, {:.1}, {:.1})", p[0], p[1], p[2]);
            let place = match (&i.position_mm, &i.path_mm) {
                (Some(p), _) => xyz(p),
                (None, Some(path)) => match (path.first(), path.last()) {
                    (Some(a), Some(b)) => format!("{} to {}, {:.0} mm long", xyz(a), xyz(b), i.length_mm),
                    _ => String::new(),
                },
                (None, None) => String::new(),
            };
            let s = &i.sd_parts_mm;
            out.push(format!(
                "{}: {place} ± {:.1} mm (landmarks {:.1}, placing {:.1}, head size {:.1})",
                i.side, i.sd_mm, s.landmarks, s.placing, s.between_heads
            ));
        }
        for r in &self.location.refused {
            out.push(format!("{}: not on this head: {}", r.side, r.reason));
        }
        out.push(format!("{}; mm right, anterior, superior; sides are the patient's", self.head.name));
        out
    }

    fn reference_lines(&self) -> Vec<String> {
        let mut keys: Vec<&str> =
            baihui_atlas::check::sources(&self.entry.item).iter().map(|s| s.key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.into_iter()
            .filter_map(|k| {
                let r = self.atlas.references.get(k)?;
                let locator = r.locator.as_ref().map(|l| format!(" {l}")).unwrap_or_default();
                Some(format!("{k}: {}.{locator} Seen: {}", r.title.trim_end_matches('.'), r.seen))
            })
            .collect()
    }

    fn text(&self) -> String {
        let mut out = output::heading(&self.title()).trim_start().to_owned();
        out += &format!("{}\n", self.subtitle());
        for (title, lines) in self.blocks() {
            out += &output::heading(title);
            for line in lines {
                out += &wrapped(&line, 100);
            }
        }
        out
    }

    fn html(&self) -> String {
        let mut body = format!(
            "<h1>{}</h1>\n<p class=\"sub\">{}</p>\n",
            escape(&self.title()),
            escape(&self.subtitle())
        );
        let figure = picture::figure(self.atlas, self.head, &self.location, &[], Theme::Auto, true);
        body += "<div class=\"views\">\n";
        for (k, v) in View::ALL.into_iter().enumerate() {
            let mut figure = figure.clone();
            figure.options.id = format!("bh{k}");
            figure.options.width_px = 420.0;
            // The name is the page's title; beside each view it would only make the head small.
            figure.options.labels = view::LabelText::Code;
            figure.options.title = format!("{v:?}");
            body += &format!("<figure>{}</figure>\n", view::svg(&figure, v));
        }
        body += "</div>\n";
        for (title, lines) in self.blocks() {
            body += &format!("<h2>{}</h2>\n<ul>\n", escape(title));
            for line in lines {
                body += &format!("<li>{}</li>\n", escape(&line));
            }
            body += "</ul>\n";
        }
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n\
             <style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n",
            escape(&self.title())
        )
    }

    fn json(&self) -> Result<String, CliError> {
        let it = &self.entry.item;
        pretty(&json!({
            "code": it.code,
            "school": self.atlas.schools[self.entry.school].id,
            "names": it.names,
            "aliases": it.aliases,
            "kind": self.entry.constructions[0].shape.kind(),
            "side": it.side,
            "treats": it.treats,
            "constructions": self.entry.constructions.iter().zip(&self.constructions).map(|(m, words)| json!({
                "variant": m.name, "about": m.about, "words": words, "sources": m.sources,
            })).collect::<Vec<_>>(),
            "default": self.entry.constructions[self.entry.default].name,
            "reason": it.reason,
            "variants_on_this_head": self.shifts,
            "parts": it.part,
            "cortex": it.cortex,
            "function": it.function,
            "indications": it.indication,
            "conflicts": it.conflict,
            "note": it.note,
            "tape": self.steps,
            "located": self.location.items,
            "refused": self.location.refused,
        }))
    }
}

fn fact(f: &Fact) -> String {
    format!("{} — {}", f.text, sources(&f.sources))
}

/// A bulleted line, wrapped at a width in characters.
fn wrapped(line: &str, width: usize) -> String {
    let mut out = String::from("  · ");
    let mut column = 4;
    for word in line.split_whitespace() {
        let n = word.chars().count();
        if column + n > width && column > 4 {
            out.push_str("\n    ");
            column = 4;
        } else if column > 4 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += n;
    }
    out.push('\n');
    out
}

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --quiet: #555; }
@media (prefers-color-scheme: dark) { :root { --ink: #eaeaea; --paper: #161616; --quiet: #aaa; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 1100px; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.7rem; margin: 0; } h2 { font-size: 1.1rem; margin: 1.6rem 0 .3rem; }
.sub { color: var(--quiet); margin-top: .2rem; }
ul { padding-left: 1.2rem; margin: 0; } li { margin: .2rem 0; }
.views { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 1rem; }
figure { margin: 0; } figure svg { width: 100%; height: auto; }
";
