//! Mistakes that a file by itself does not show: names that lead nowhere, circles, sources that do not exist.

use crate::{
    language::{Area, Construction, Fact, Item, Line, Place, Sides, Source},
    load::{Atlas, File, Made, Problem, Shape, line_of},
};

/// A name in a construction, taken apart: `left:GV20/ear-apex`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name<'a> {
    /// `left`, `right`, or the side under construction.
    pub side: Option<baihui_head::Side>,
    /// Landmark or code.
    pub base: &'a str,
    /// Variant, if named.
    pub variant: Option<&'a str>,
}

impl<'a> Name<'a> {
    /// Takes a name apart.
    pub fn parse(text: &'a str) -> Self {
        let (side, rest) = match text.split_once(':') {
            Some(("left", rest)) => (Some(baihui_head::Side::Left), rest),
            Some(("right", rest)) => (Some(baihui_head::Side::Right), rest),
            _ => (None, text),
        };
        let (base, variant) = match rest.split_once('/') {
            Some((b, v)) => (b, Some(v)),
            None => (rest, None),
        };
        Self { side, base, variant }
    }
}

/// What a place or line refers to by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wants {
    Point,
    Line,
}

/// Calls `f` for each name in a shape, with what it must be.
fn names_in(shape: &Shape, f: &mut dyn FnMut(&str, Wants)) {
    match shape {
        Shape::Point(p) => in_place(p, f),
        Shape::Line(l) => in_line(l, f),
        Shape::Area(Area::Band(b)) => in_line(&b.line, f),
        Shape::Area(Area::Corners(c)) => c.iter().for_each(|p| in_place(p, f)),
        Shape::Area(Area::Around(a)) => in_place(&a.centre, f),
    }
}

/// Calls `f` for each name in a shape.
pub(crate) fn each_name(shape: &Shape, f: &mut dyn FnMut(&str)) {
    names_in(shape, &mut |name, _| f(name));
}

fn in_place(place: &Place, f: &mut dyn FnMut(&str, Wants)) {
    match place {
        Place::Named(name) => f(name, Wants::Point),
        Place::Made(c) => match &**c {
            Construction::Grid(g) => g.from.iter().chain(&g.over).for_each(|p| in_place(p, f)),
            Construction::Along(a) => {
                [Some(&a.from), Some(&a.to), a.via.as_ref()]
                    .into_iter()
                    .flatten()
                    .for_each(|p| in_place(p, f));
            }
            Construction::Move(m) => in_place(&m.from, f),
            Construction::Meet(m) => [&m.vertical, &m.horizontal].into_iter().for_each(|p| in_place(p, f)),
            Construction::Cross(c) => [&c.first, &c.second].into_iter().for_each(|l| in_line(l, f)),
            Construction::On(on) => {
                in_line(&on.line, f);
                in_place(&on.of, f);
            }
        },
    }
}

fn in_line(line: &Line, f: &mut dyn FnMut(&str, Wants)) {
    match line {
        Line::Join(j) => {
            [Some(&j.from), Some(&j.to), j.via.as_ref()].into_iter().flatten().for_each(|p| in_place(p, f));
        }
        Line::Run(r) => in_place(&r.from, f),
        Line::Parallel(p) => f(&p.to, Wants::Line),
        Line::Named(n) => f(n, Wants::Line),
    }
}

/// Finds unknown names, variants and sources, circles, contradictory fields and sides that cannot be.
pub(crate) fn references(atlas: &Atlas, files: &[File], problems: &mut Vec<Problem>) {
    let text_of = |file: &str| files.iter().find(|f| f.path == file).map_or("", |f| f.text.as_str());
    for (index, entry) in atlas.entries.iter().enumerate() {
        let text = text_of(&entry.file);
        let mut report = |needle: &str, message: String, hint: Option<String>| {
            let code_line = line_of(text, &format!("code = \"{}\"", entry.item.code));
            // The first place after the item's code where the offending words stand.
            let start = text.lines().take(code_line.saturating_sub(1)).map(|l| l.len() + 1).sum::<usize>();
            let line = text
                .get(start..)
                .and_then(|t| t.find(needle))
                .map_or(code_line, |at| crate::load::line_at(text, start + at));
            problems.push(Problem {
                file: entry.file.clone(),
                line,
                message: format!("{}: {message}", entry.item.code),
                hint,
            });
        };
        for made in &entry.constructions {
            names_in(&made.shape, &mut |name, wants| {
                if let Some((message, hint)) = wrong_name(atlas, name, wants, entry.item.side) {
                    report(&format!("\"{name}\""), message, hint);
                }
            });
            for (message, hint) in contradictions(made) {
                report(&made.name, message, Some(hint));
            }
        }
        for part in &entry.item.part {
            if part.from.value() >= part.to.value() {
                report(
                    &part.name,
                    format!("the part \"{}\" runs from {} to {}", part.name, part.from, part.to),
                    Some("a part runs from the start of the line toward its end".to_owned()),
                );
            }
        }
        for source in sources(&entry.item) {
            if !atlas.references.contains_key(&source.key) {
                report(
                    &format!("\"{}\"", source.key),
                    format!("the source \"{}\" is not in references.toml", source.key),
                    nearest(&source.key, atlas.references.keys()).map(|n| format!("did you mean \"{n}\"?")),
                );
            }
        }
        if let Some(circle) = circle(atlas, index) {
            report("code", format!("it is constructed from itself: {circle}"), None);
        }
    }
    for school in &atlas.schools {
        let id = format!("id = \"{}\"", school.id);
        unknown_sources(
            atlas,
            &school.sources,
            &school.id,
            files.iter().find(|f| f.text.contains(&id)),
            problems,
        );
    }
    let named = |end: &str| files.iter().find(|f| f.path.ends_with(end));
    for (name, landmark) in &atlas.landmarks {
        unknown_sources(atlas, &landmark.sources, name, named("landmarks.toml"), problems);
    }
    for (name, setting) in &atlas.settings {
        unknown_sources(atlas, &setting.sources, name, named("settings.toml"), problems);
    }
    let counterparts = files.iter().find(|f| f.path.ends_with("counterparts.toml"));
    for pair in &atlas.counterparts {
        unknown_sources(atlas, &pair.sources, &format!("{} and {}", pair.a, pair.b), counterparts, problems);
        for code in [&pair.a, &pair.b] {
            if atlas.find(code).is_none() {
                problems.push(Problem {
                    file: counterparts.map_or_else(String::new, |f| f.path.clone()),
                    line: counterparts.map_or(1, |f| line_of(&f.text, &format!("\"{code}\""))),
                    message: format!("the counterpart \"{code}\" is not an item of the atlas"),
                    hint: nearest(code, atlas.entries.iter().map(|e| &e.item.code))
                        .map(|n| format!("did you mean \"{n}\"?")),
                });
            }
        }
    }
    for (name, setting) in &atlas.settings {
        if !setting.option.contains_key(&setting.default) {
            let file = files.iter().find(|f| f.path.ends_with("settings.toml"));
            problems.push(Problem {
                file: file.map_or_else(String::new, |f| f.path.clone()),
                line: file.map_or(1, |f| line_of(&f.text, &format!("[setting.{name}]"))),
                message: format!("the default \"{}\" of {name} is none of its options", setting.default),
                hint: None,
            });
        }
    }
}

/// Sources of a school, a landmark or a setting that do not exist.
fn unknown_sources(
    atlas: &Atlas,
    sources: &[Source],
    owner: &str,
    file: Option<&File>,
    problems: &mut Vec<Problem>,
) {
    for source in sources.iter().filter(|s| !atlas.references.contains_key(&s.key)) {
        problems.push(Problem {
            file: file.map_or_else(String::new, |f| f.path.clone()),
            line: file.map_or(1, |f| line_of(&f.text, &format!("\"{}\"", source.key))),
            message: format!("{owner}: the source \"{}\" is not in references.toml", source.key),
            hint: nearest(&source.key, atlas.references.keys()).map(|n| format!("did you mean \"{n}\"?")),
        });
    }
}

fn wrong_name(atlas: &Atlas, text: &str, wants: Wants, side: Sides) -> Option<(String, Option<String>)> {
    let name = Name::parse(text);
    if let Some(landmark) = atlas.landmarks.get(name.base) {
        if wants == Wants::Line {
            return Some((format!("\"{text}\" is a landmark, but a line is needed here"), None));
        }
        if landmark.side == Sides::Bilateral && side == Sides::Midline && name.side.is_none() {
            return Some((
                format!("the landmark \"{text}\" exists on both sides, but the item is on the midline"),
                Some(format!("write \"left:{text}\" or \"right:{text}\"")),
            ));
        }
        return None;
    }
    let Some(target) = atlas.find(name.base).map(|i| &atlas.entries[i]) else {
        let known = atlas.landmarks.keys().chain(atlas.entries.iter().map(|e| &e.item.code));
        return Some((
            format!("\"{}\" is neither a landmark nor an item of the atlas", name.base),
            nearest(name.base, known).map(|n| format!("did you mean \"{n}\"?")),
        ));
    };
    let kind = target.constructions[0].shape.kind();
    match (wants, kind) {
        (Wants::Point, "point") | (Wants::Line, "line") => {}
        (Wants::Point, _) => {
            return Some((format!("\"{text}\" is a {kind}, but a point is needed here"), None));
        }
        (Wants::Line, _) => {
            return Some((format!("\"{text}\" is a {kind}, but a line is needed here"), None));
        }
    }
    if target.item.side == Sides::Bilateral && side == Sides::Midline && name.side.is_none() {
        return Some((
            format!("\"{text}\" exists on both sides, but the item is on the midline"),
            Some(format!("write \"left:{text}\" or \"right:{text}\"")),
        ));
    }
    let variant = name.variant?;
    if target.constructions.iter().any(|m| m.name == variant) {
        return None;
    }
    let names: Vec<&str> =
        target.constructions.iter().map(|m| m.name.as_str()).filter(|n| !n.is_empty()).collect();
    let hint = if names.is_empty() {
        format!("{} has no variants", name.base)
    } else {
        format!("its variants are: {}", names.join(", "))
    };
    Some((format!("{} has no variant \"{variant}\"", name.base), Some(hint)))
}

/// Fields that exclude or need each other.
fn contradictions(made: &Made) -> Vec<(String, String)> {
    fn place(p: &Place, out: &mut Vec<(String, String)>) {
        let Place::Made(c) = p else { return };
        match &**c {
            Construction::Grid(g) => {
                if g.back.is_some() && g.forward.is_some() {
                    out.push(("a grid goes back or forward, not both".to_owned(), "remove one".to_owned()));
                }
                if g.lateral.is_some() && g.over.is_some() {
                    out.push((
                        "a grid has lateral (a distance) or over (a place), not both".to_owned(),
                        "remove one, or make two variants of them".to_owned(),
                    ));
                }
                g.from.iter().chain(&g.over).for_each(|p| place(p, out));
            }
            Construction::Along(a) => {
                if a.at.is_some() == a.distance.is_some() {
                    out.push((
                        "a place along a curve needs either at (a fraction) or distance (a length)"
                            .to_owned(),
                        "write for example at = \"1/2\"".to_owned(),
                    ));
                }
                place(&a.from, out);
                place(&a.to, out);
            }
            Construction::Move(m) => place(&m.from, out),
            Construction::Meet(m) => {
                place(&m.vertical, out);
                place(&m.horizontal, out);
            }
            Construction::On(on) => place(&on.of, out),
            Construction::Cross(_) => {}
        }
    }
    let mut out = Vec::new();
    match &made.shape {
        Shape::Point(p) => place(p, &mut out),
        Shape::Line(Line::Join(j)) => {
            place(&j.from, &mut out);
            place(&j.to, &mut out);
        }
        Shape::Line(Line::Run(r)) => place(&r.from, &mut out),
        Shape::Area(Area::Corners(c)) if c.len() < 3 => out.push((
            format!("an area has at least 3 corners, this has {}", c.len()),
            "add corners, in order round the area".to_owned(),
        )),
        _ => {}
    }
    out
}

/// Every source that an item names.
pub fn sources(item: &Item) -> Vec<&Source> {
    let facts: Vec<&Fact> = item
        .indication
        .iter()
        .chain(&item.conflict)
        .chain(&item.function)
        .chain(item.part.iter().filter_map(|p| p.function.as_ref()))
        .collect();
    item.sources
        .iter()
        .chain(item.variant.iter().flat_map(|v| &v.sources))
        .chain(facts.into_iter().flat_map(|f| &f.sources))
        .chain(item.cortex.iter().flat_map(|c| &c.sources))
        .collect()
}

/// A chain of constructions that leads from a construction back to itself.
fn circle(atlas: &Atlas, start: usize) -> Option<String> {
    // Depth first over (item, construction); the atlas is small and chains are short.
    fn visit(
        atlas: &Atlas,
        at: (usize, usize),
        start: usize,
        path: &mut Vec<(usize, usize)>,
        done: &mut std::collections::BTreeSet<(usize, usize)>,
    ) -> Option<String> {
        if path.contains(&at) {
            // Reported once, at the first member of the circle.
            let first = path.iter().map(|p| p.0).min();
            return (first == Some(start) && path[0] == at).then(|| {
                let names = path.iter().chain([&at]).map(|p| atlas.entries[p.0].item.code.as_str());
                names.collect::<Vec<_>>().join(" → ")
            });
        }
        if !done.insert(at) {
            return None;
        }
        path.push(at);
        let mut next = Vec::new();
        names_in(&atlas.entries[at.0].constructions[at.1].shape, &mut |name, _| {
            let name = Name::parse(name);
            if atlas.landmarks.contains_key(name.base) {
                return;
            }
            if let Some(i) = atlas.find(name.base) {
                let e = &atlas.entries[i];
                let c = name
                    .variant
                    .and_then(|v| e.constructions.iter().position(|m| m.name == v))
                    .unwrap_or(e.default);
                next.push((i, c));
            }
        });
        for n in next {
            if let Some(found) = visit(atlas, n, start, path, done) {
                return Some(found);
            }
        }
        path.pop();
        None
    }
    (0..atlas.entries[start].constructions.len()).find_map(|c| {
        visit(atlas, (start, c), start, &mut Vec::new(), &mut std::collections::BTreeSet::new())
    })
}

/// The known name closest to a misspelt one, if it is close (Levenshtein distance up to a third of its length).
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a String>) -> Option<&'a str> {
    let word = word.to_lowercase();
    known
        .map(|k| (distance(&word, &k.to_lowercase()), k.as_str()))
        .filter(|(d, k)| *d <= 1.max(k.chars().count() / 3))
        .min()
        .map(|(_, k)| k)
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let substitution = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = substitution.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
