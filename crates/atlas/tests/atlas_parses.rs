//! The shipped atlas says only what the zone language can say, cites only what it lists, and names each thing once.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use baihui_atlas::{
    Choices, File, built_in,
    language::{
        Area, Construction, Item, LandmarkFile, Line, Mark, Place, ReferenceFile, SchoolFile, SettingFile,
        Sides, Source,
    },
};

fn atlas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../atlas")
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> T {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn schools() -> Vec<(String, SchoolFile)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(atlas().join("schools"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 4, "schools are missing: {paths:?}");
    paths.iter().map(|p| (p.file_stem().unwrap().to_string_lossy().into_owned(), read(p))).collect()
}

/// Every list of sources of an item, with a word on where it stands.
fn sources_of(item: &Item) -> Vec<(String, &[Source])> {
    let mut all = vec![("item".to_owned(), item.sources.as_slice())];
    for v in &item.variant {
        all.push((format!("variant {}", v.name), &v.sources));
    }
    for p in &item.part {
        if let Some(f) = &p.function {
            all.push((format!("part {}", p.name), &f.sources));
        }
    }
    if let Some(c) = &item.cortex {
        all.push(("cortex".to_owned(), &c.sources));
    }
    for f in item.function.iter().chain(&item.indication).chain(&item.conflict) {
        all.push((format!("\"{}\"", f.text), &f.sources));
    }
    all
}

type Made<'a> = (String, Option<&'a Place>, Option<&'a Line>, Option<&'a Area>);

/// The constructions of an item: (variant or "", place, line, area).
fn constructions(item: &Item) -> Vec<Made<'_>> {
    let mut all = Vec::new();
    if item.place.is_some() || item.line.is_some() || item.area.is_some() {
        all.push((String::new(), item.place.as_ref(), item.line.as_ref(), item.area.as_ref()));
    }
    for v in &item.variant {
        all.push((v.name.clone(), v.place.as_ref(), v.line.as_ref(), v.area.as_ref()));
    }
    all
}

#[derive(Default)]
struct Names {
    places: Vec<String>,
    lines: Vec<String>,
}

impl Names {
    fn place(&mut self, place: &Place) {
        match place {
            Place::Named(name) => self.places.push(name.clone()),
            Place::Made(made) => match made.as_ref() {
                Construction::Grid(g) => {
                    assert!(!(g.back.is_some() && g.forward.is_some()), "back and forward at once: {g:?}");
                    assert!(!(g.lateral.is_some() && g.over.is_some()), "lateral and over at once: {g:?}");
                    g.from.iter().chain(&g.over).for_each(|p| self.place(p));
                }
                Construction::Along(a) => {
                    assert!(a.at.is_some() != a.distance.is_some(), "at or distance, one of them: {a:?}");
                    [Some(&a.from), Some(&a.to), a.via.as_ref()]
                        .into_iter()
                        .flatten()
                        .for_each(|p| self.place(p));
                }
                Construction::Move(m) => self.place(&m.from),
                Construction::Meet(m) => {
                    self.place(&m.vertical);
                    self.place(&m.horizontal);
                }
                Construction::Cross(c) => {
                    self.line(&c.first);
                    self.line(&c.second);
                }
                Construction::On(o) => {
                    self.line(&o.line);
                    self.place(&o.of);
                }
            },
        }
    }

    fn line(&mut self, line: &Line) {
        match line {
            Line::Join(j) => {
                [Some(&j.from), Some(&j.to), j.via.as_ref()]
                    .into_iter()
                    .flatten()
                    .for_each(|p| self.place(p));
            }
            Line::Run(r) => self.place(&r.from),
            Line::Parallel(p) => self.lines.push(p.to.clone()),
            Line::Named(n) => self.lines.push(n.clone()),
        }
    }

    fn area(&mut self, area: &Area) {
        match area {
            Area::Band(b) => self.line(&b.line),
            Area::Corners(c) => c.iter().for_each(|p| self.place(p)),
            Area::Around(a) => self.place(&a.centre),
        }
    }
}

/// All data files of a folder and of the folders in it, but for the list of sources.
fn texts(folder: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            all.push_str(&texts(&path));
        } else if path.extension().is_some_and(|e| e == "toml") && !path.ends_with("references.toml") {
            all.push_str(&fs::read_to_string(&path).expect("the file can be read"));
        }
    }
    all
}

#[test]
fn every_file_parses_and_every_source_is_listed() {
    let references: ReferenceFile = read(&atlas().join("references.toml"));
    let landmarks: LandmarkFile = read(&atlas().join("landmarks.toml"));
    let settings: SettingFile = read(&atlas().join("settings.toml"));
    let schools = schools();

    let mut cited = BTreeSet::new();
    let mut check = |place: &str, sources: &[Source]| {
        assert!(!sources.is_empty(), "{place}: no source");
        for s in sources {
            assert!(references.reference.contains_key(&s.key), "{place}: unknown source {}", s.key);
            // These two are not publications; the mark has to say so.
            assert_eq!(
                s.key == "ATLAS",
                s.mark == Mark::Derived,
                "{place}: {} is marked {:?}",
                s.key,
                s.mark
            );
            if s.key == "BACKGROUND" {
                assert_eq!(s.mark, Mark::Background, "{place}");
            }
            cited.insert(s.key.clone());
        }
    };
    for (name, l) in &landmarks.landmark {
        check(name, &l.sources);
    }
    for (name, s) in &settings.setting {
        check(name, &s.sources);
        assert!(s.option.contains_key(&s.default), "setting {name}: default {} is no option", s.default);
        assert!(s.option.len() > 1, "setting {name} leaves no choice");
    }
    for (file, school) in &schools {
        assert_eq!(file, &school.school.id, "a school's file bears its id");
        check(file, &school.school.sources);
        for item in &school.item {
            for (place, sources) in sources_of(item) {
                check(&format!("{file}: {}: {place}", item.code), sources);
            }
        }
    }
    // Conditions, techniques, safety, instruments and the body have types and checks of their own; that they cite a
    // source is seen from the text.
    let elsewhere = texts(&atlas());
    let listed = fs::read_to_string(atlas().join("references.toml")).unwrap();
    let named = |key: &str| {
        // In a data file, or in what another source says of how it was checked.
        elsewhere.contains(&format!("\"{key}\"")) || listed.matches(key).count() > 1
    };
    let idle: Vec<_> = references.reference.keys().filter(|k| !cited.contains(*k) && !named(k)).collect();
    assert!(idle.is_empty(), "sources that nothing cites: {idle:?}");
}

#[test]
fn the_compiled_in_atlas_has_no_problem() {
    let atlas = built_in::atlas(&[]).unwrap_or_else(|p| panic!("{p:#?}"));
    let on_disk: usize = schools().iter().map(|(_, s)| s.item.len()).sum();
    assert_eq!(atlas.entries.len(), on_disk);
}

fn readme() -> String {
    fs::read_to_string(atlas().join("README.md")).unwrap()
}

#[test]
fn the_worked_example_of_the_readme_is_a_school() {
    let readme = readme();
    let blocks: Vec<&str> = readme.split("```toml\n").skip(1).filter_map(|b| b.split("```").next()).collect();
    let school = blocks.iter().find(|b| b.starts_with("[school]")).unwrap();
    let references = blocks.iter().find(|b| b.starts_with("[reference.")).unwrap();
    let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
    let more = [file("my-schools/example.toml", school), file("my-schools/references.toml", references)];
    let atlas = built_in::atlas(&more).unwrap_or_else(|p| panic!("{p:#?}"));
    assert!(atlas.school("example").is_some() && atlas.find("EXAMPLE-LINE").is_some());
    assert!(atlas.references.contains_key("MYBOOK") && atlas.references.contains_key("WHO2008"));
    // A mistake in it is found, with its line.
    let wrong = school.replace("from = \"EXAMPLE-1\", lateral", "from = \"EXAMPEL-1\", lateral");
    let problems = built_in::atlas(&[file("my-schools/example.toml", &wrong)]).unwrap_err();
    let line = wrong.lines().position(|l| l.contains("EXAMPEL")).unwrap() + 1;
    assert_eq!((problems.len(), problems[0].line), (1, line), "{problems:#?}");
    assert!(problems[0].hint.as_ref().unwrap().contains("EXAMPLE-1"));
}

#[test]
fn the_examples_of_the_grammar_are_grammatical() {
    let readme = readme();
    let mut text =
        String::from("[school]\nid = \"x\"\nnames = { en = \"x\" }\nabout = \"x\"\nsources = []\n");
    let mut kinds = BTreeSet::new();
    for (i, example) in readme.split('`').filter(|s| s.starts_with("{ ") && s.ends_with(" }")).enumerate() {
        let word = example[2..].split_whitespace().next().unwrap();
        let field = match word {
            "grid" | "along" | "move" | "meet" | "on" | "cross" => "place",
            "join" | "run" | "parallel" | "named" => "line",
            "band" | "corners" | "around" => "area",
            other => panic!("what is {other}?"),
        };
        kinds.insert(word);
        text.push_str(&format!(
            "[[item]]\ncode = \"X{i}\"\nnames = {{}}\nside = \"bilateral\"\nsources = []\n{field} = {example}\n"
        ));
    }
    assert_eq!(kinds.len(), 13, "every construction has an example: {kinds:?}");
    built_in::atlas(&[File { path: "x.toml".to_owned(), text }]).unwrap_or_else(|p| panic!("{p:#?}"));
}

#[test]
fn the_readme_lists_every_decision_truly() {
    let readme = readme();
    let (_, decisions) = readme.split_once("## The twelve decisions").unwrap();
    let atlas = built_in::atlas(&[]).unwrap();
    let mut numbers = Vec::new();
    let mut listed = BTreeSet::new();
    for row in decisions.lines().filter(|l| l.starts_with("| ")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        numbers.extend(cells[1].parse::<usize>().ok());
        for (cell, default) in [(cells[3], true), (cells[4], false)] {
            for choice in cell.split('`').skip(1).step_by(2).filter(|c| c.contains('=')) {
                let mut choices = Choices::default();
                choices.add(&atlas, choice).unwrap_or_else(|e| panic!("{choice}: {e}"));
                let is_default = choices.variants.iter().all(|(i, c)| atlas.entries[*i].default == *c)
                    && choices.settings.iter().all(|(s, o)| atlas.settings[s].default == *o);
                // MS12 follows GV17 and stands beside it.
                if choice != "MS12=eop" {
                    assert_eq!(is_default, default, "{choice} stands in the wrong column");
                }
                listed.insert(choice.to_owned());
            }
        }
    }
    assert_eq!(numbers, (1..=12).collect::<Vec<_>>());
    for (name, setting) in &atlas.settings {
        for option in setting.option.keys() {
            assert!(listed.contains(&format!("{name}={option}")), "{name}={option} is not in the table");
        }
    }
}

#[test]
fn codes_are_unique_and_choices_are_whole() {
    let mut seen = BTreeMap::new();
    for (file, school) in schools() {
        for item in school.item {
            let at = format!("{file}: {}", item.code);
            if let Some(other) = seen.insert(item.code.to_lowercase(), file.clone()) {
                panic!("{at} stands in {other} too");
            }
            let undisputed = [item.place.is_some(), item.line.is_some(), item.area.is_some()];
            let count = undisputed.iter().filter(|b| **b).count();
            if item.variant.is_empty() {
                assert_eq!(count, 1, "{at}: one construction");
                assert!(item.default.is_none() && item.reason.is_none(), "{at}: default without variants");
            } else {
                assert_eq!(count, 0, "{at}: variants and an undisputed construction");
                assert!(item.variant.len() > 1, "{at}: a single variant is no choice");
                let default = item.default.as_ref().unwrap_or_else(|| panic!("{at}: no default"));
                assert!(item.variant.iter().any(|v| v.name == *default), "{at}: default {default}");
                assert!(item.reason.as_ref().is_some_and(|r| !r.is_empty()), "{at}: no reason");
                let names: BTreeSet<_> = item.variant.iter().map(|v| &v.name).collect();
                assert_eq!(names.len(), item.variant.len(), "{at}: a variant's name twice");
                // All variants are of one kind: a point does not become a line.
                let kinds: BTreeSet<_> = item
                    .variant
                    .iter()
                    .map(|v| [v.place.is_some(), v.line.is_some(), v.area.is_some()])
                    .collect();
                assert_eq!(kinds.len(), 1, "{at}: variants of different kinds");
                assert_eq!(kinds.iter().flatten().filter(|b| **b).count(), 1, "{at}: one construction each");
            }
            for (earlier, later) in item.part.iter().zip(item.part.iter().skip(1)) {
                assert_eq!(earlier.to.value(), later.from.value(), "{at}: parts leave a gap");
            }
            for part in &item.part {
                assert!(part.from.value() < part.to.value(), "{at}: part {} is empty", part.name);
            }
            assert!(!item.names.en.is_empty() && !item.names.pinyin.is_empty(), "{at}: names");
        }
    }
}

#[test]
fn every_name_leads_somewhere_and_none_in_a_circle() {
    let landmarks: LandmarkFile = read(&atlas().join("landmarks.toml"));
    // A node is an item's variant; the plain code means the default.
    let mut nodes: BTreeMap<String, (Names, Sides)> = BTreeMap::new();
    let mut plain: BTreeMap<String, String> = BTreeMap::new();
    for (_, school) in schools() {
        for item in &school.item {
            for (variant, place, line, area) in constructions(item) {
                let mut names = Names::default();
                place.iter().for_each(|p| names.place(p));
                line.iter().for_each(|l| names.line(l));
                area.iter().for_each(|a| names.area(a));
                let node =
                    if variant.is_empty() { item.code.clone() } else { format!("{}/{variant}", item.code) };
                let default = item.default.as_deref().unwrap_or("");
                if variant == default {
                    plain.insert(item.code.clone(), node.clone());
                }
                nodes.insert(node, (names, item.side));
            }
        }
    }
    let resolve = |name: &str| -> Option<String> {
        if nodes.contains_key(name) { Some(name.to_owned()) } else { plain.get(name).cloned() }
    };
    for (node, (names, side)) in &nodes {
        for written in &names.places {
            let (prefix, name) =
                written.split_once(':').map_or((None, written.as_str()), |(p, n)| (Some(p), n));
            assert!(prefix.is_none_or(|p| p == "left" || p == "right"), "{node}: {written}");
            let of = landmarks
                .landmark
                .get(name)
                .map(|l| l.side)
                .or_else(|| resolve(name).and_then(|n| nodes.get(&n)).map(|n| n.1))
                .unwrap_or_else(|| panic!("{node}: nothing is called {name}"));
            match (side, of) {
                (Sides::Midline, Sides::Bilateral) => {
                    assert!(prefix.is_some(), "{node}: {written} needs left: or right:");
                }
                (_, Sides::Midline) => assert!(prefix.is_none(), "{node}: {written} has no side"),
                _ => {}
            }
        }
        for written in &names.lines {
            assert!(resolve(written).is_some(), "{node}: no line is called {written}");
        }
        // Walk from this node; coming back to it is a circle.
        let mut todo: Vec<String> = vec![node.clone()];
        let mut visited = BTreeSet::new();
        while let Some(at) = todo.pop() {
            let Some((names, _)) = nodes.get(&at) else { continue };
            for name in names.places.iter().chain(&names.lines) {
                let name = name.split_once(':').map_or(name.as_str(), |(_, n)| n);
                if let Some(next) = resolve(name) {
                    assert!(next != *node, "{node} leads back to itself through {at}");
                    if visited.insert(next.clone()) {
                        todo.push(next);
                    }
                }
            }
        }
    }
}
