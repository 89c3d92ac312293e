//! Reading the files of the atlas.

use std::{collections::BTreeMap, fmt};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    check,
    language::{
        Area, Counterpart, CounterpartFile, Item, LandmarkEntry, LandmarkFile, Line, Mark, Place, Reference,
        ReferenceFile, School, SchoolFile, Setting, SettingFile, Source,
    },
};

/// Largest file that is read, in bytes.
pub const MAX_FILE: usize = 4 << 20;

/// One file of the atlas, as handed over by whoever does the reading.
#[derive(Clone, Debug)]
pub struct File {
    /// Path as the user knows it; its last parts decide what the file is.
    pub path: String,
    /// Contents.
    pub text: String,
}

/// Something wrong in a file of the atlas.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// Path of the file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What was found and what was expected.
    pub message: String,
    /// How to put it right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n    hint: {hint}")?;
        }
        Ok(())
    }
}

/// An item with the school and the file that it comes from.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Index into [`Atlas::schools`].
    pub school: usize,
    /// The item.
    pub item: Item,
    /// File it was read from.
    pub file: String,
    /// Its constructions: variants in the order of the file; one unnamed if undisputed.
    pub constructions: Vec<Made>,
    /// Index of the default among `constructions`.
    pub default: usize,
}

/// One construction of an item.
#[derive(Clone, Debug)]
pub struct Made {
    /// Name of the variant; empty if the item has only one construction.
    pub name: String,
    /// What it says.
    pub about: String,
    /// The construction.
    pub shape: Shape,
    /// Its sources.
    pub sources: Vec<Source>,
}

/// A point, a line or an area.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A point.
    Point(Place),
    /// A line.
    Line(Line),
    /// An area.
    Area(Area),
}

impl Shape {
    /// `point`, `line` or `area`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Point(_) => "point",
            Self::Line(_) => "line",
            Self::Area(_) => "area",
        }
    }
}

impl Entry {
    /// The weakest mark among the sources of a construction.
    pub fn mark(&self, construction: usize) -> Mark {
        let made = &self.constructions[construction];
        // The best source that supports a construction counts.
        made.sources.iter().map(|s| s.mark).min().unwrap_or(Mark::Background)
    }
}

/// The knowledge: landmarks, schools, settings and sources.
#[derive(Clone, Debug, Default)]
pub struct Atlas {
    /// Schools in the order of their files.
    pub schools: Vec<School>,
    /// Items of all schools, in order.
    pub entries: Vec<Entry>,
    /// Landmarks in words.
    pub landmarks: BTreeMap<String, LandmarkEntry>,
    /// Choices that concern many items.
    pub settings: BTreeMap<String, Setting>,
    /// Zones of different schools that a source equates.
    pub counterparts: Vec<Counterpart>,
    /// Sources.
    pub references: BTreeMap<String, Reference>,
    codes: BTreeMap<String, usize>,
}

impl Atlas {
    /// Reads files; a path ending in `landmarks.toml`, `settings.toml`, `counterparts.toml` or
    /// `references.toml` is that, any other
    /// `.toml` is a school.
    ///
    /// # Errors
    /// Every problem that can be found without a head, in order of file and line.
    pub fn load(files: &[File]) -> Result<Self, Vec<Problem>> {
        let mut atlas = Self::default();
        let mut problems = Vec::new();
        for file in files {
            if file.text.len() > MAX_FILE {
                problems.push(Problem {
                    file: file.path.clone(),
                    line: 1,
                    message: format!("the file has {} bytes; at most {MAX_FILE} are read", file.text.len()),
                    hint: None,
                });
                continue;
            }
            let result = match file.path.rsplit(['/', '\\']).next().unwrap_or_default() {
                "landmarks.toml" => parse::<LandmarkFile>(file).map(|f| atlas.landmarks.extend(f.landmark)),
                "settings.toml" => parse::<SettingFile>(file).map(|f| atlas.settings.extend(f.setting)),
                "counterparts.toml" => {
                    parse::<CounterpartFile>(file).map(|f| atlas.counterparts.extend(f.counterpart))
                }
                "references.toml" => {
                    parse::<ReferenceFile>(file).map(|f| atlas.references.extend(f.reference))
                }
                _ => parse::<SchoolFile>(file).map(|f| atlas.add_school(f, file, &mut problems)),
            };
            if let Err(problem) = result {
                problems.push(problem);
            }
        }
        // Mistakes of grammar first: what refers to a file that could not be read is not worth listing.
        if problems.is_empty() {
            check::references(&atlas, files, &mut problems);
        }
        problems.sort();
        if problems.is_empty() { Ok(atlas) } else { Err(problems) }
    }

    fn add_school(&mut self, file: SchoolFile, source: &File, problems: &mut Vec<Problem>) {
        let school = self.schools.len();
        if let Some(twin) = self.schools.iter().find(|s| s.id == file.school.id) {
            problems.push(Problem {
                file: source.path.clone(),
                line: line_of(&source.text, &format!("\"{}\"", twin.id)),
                message: format!("a school with the id \"{}\" exists already", twin.id),
                hint: Some("give the school an id of its own".to_owned()),
            });
        }
        self.schools.push(file.school);
        for item in file.item {
            match entry(item, school, source) {
                Ok(entry) => {
                    let code = entry.item.code.clone();
                    if let Some(&twin) = self.codes.get(&code) {
                        problems.push(Problem {
                            file: source.path.clone(),
                            line: last_line_of(&source.text, &format!("code = \"{code}\"")),
                            message: format!(
                                "the code {code} is used already in {}",
                                self.entries[twin].file
                            ),
                            hint: Some(
                                "codes are unique in the whole atlas; put the school's name in front"
                                    .to_owned(),
                            ),
                        });
                        continue;
                    }
                    self.codes.insert(code, self.entries.len());
                    self.entries.push(entry);
                }
                Err(problem) => problems.push(problem),
            }
        }
    }

    /// Index of an item by its code, whatever the case.
    pub fn find(&self, code: &str) -> Option<usize> {
        self.codes
            .get(code)
            .copied()
            .or_else(|| self.entries.iter().position(|e| e.item.code.eq_ignore_ascii_case(code)))
    }

    /// Items whose code, name, alias or set contains the words, best matches first.
    pub fn search(&self, words: &str) -> Vec<usize> {
        let words = words.trim().to_lowercase();
        let plain = |s: &str| unaccented(&s.to_lowercase());
        let key = unaccented(&words);
        let mut found: Vec<(u8, usize)> = Vec::new();
        for (i, e) in self.entries.iter().enumerate() {
            let it = &e.item;
            let names = [&it.names.en, &it.names.pinyin, &it.names.hanzi];
            let mut all = names.into_iter().chain(&it.aliases).chain(&it.set).map(|s| plain(s));
            let code = plain(&it.code);
            let rank = if code == key {
                0
            } else if names.iter().any(|n| plain(n) == key) || it.aliases.iter().any(|a| plain(a) == key) {
                1
            } else if code.contains(&key) {
                2
            } else if all.any(|n| n.contains(&key)) {
                3
            } else {
                continue;
            };
            found.push((rank, i));
        }
        found.sort();
        found.into_iter().map(|(_, i)| i).collect()
    }

    /// The statement that two items are counterparts, in either order.
    pub fn counterpart(&self, a: &str, b: &str) -> Option<&Counterpart> {
        self.counterparts.iter().find(|c| (c.a == a && c.b == b) || (c.a == b && c.b == a))
    }

    /// Index of a school by its id.
    pub fn school(&self, id: &str) -> Option<usize> {
        self.schools.iter().position(|s| s.id.eq_ignore_ascii_case(id))
    }
}

/// Pinyin tone marks removed, so that `baihui` finds `Bǎihuì`.
pub(crate) fn unaccented(s: &str) -> String {
    s.chars()
        .map(|c| match c {
            'ā' | 'á' | 'ǎ' | 'à' => 'a',
            'ē' | 'é' | 'ě' | 'è' => 'e',
            'ī' | 'í' | 'ǐ' | 'ì' => 'i',
            'ō' | 'ó' | 'ǒ' | 'ò' => 'o',
            'ū' | 'ú' | 'ǔ' | 'ù' | 'ü' | 'ǖ' | 'ǘ' | 'ǚ' | 'ǜ' => 'u',
            c => c,
        })
        .collect()
}

/// Reads one file by its own type.
///
/// # Errors
/// The first mistake of grammar, with its line and a hint where one is known.
pub fn parse<T: DeserializeOwned>(file: &File) -> Result<T, Problem> {
    toml::from_str(&file.text).map_err(|e| {
        let line = e.span().map_or(1, |s| line_at(&file.text, s.start));
        let message = e.message().trim().to_owned();
        let hint = hint_for(&message);
        Problem { file: file.path.clone(), line, message, hint }
    })
}

fn hint_for(message: &str) -> Option<String> {
    let hint = if message.contains("missing field `sources`") {
        "every fact names its source: sources = [{ key = \"...\", mark = \"seen\" }]"
    } else if message.contains("missing field") {
        "add it; atlas/README.md has a whole school as an example"
    } else if message.contains("unknown field") {
        "check the spelling; the fields are listed in atlas/README.md"
    } else if message.contains("unknown variant") {
        "check the spelling; the words of the zone language are listed in atlas/README.md"
    } else if message.starts_with("invalid type") && message.ends_with("expected a string") {
        "texts stand in quotation marks; a length has a unit: \"1.5 cun\", \"2 cm\""
    } else {
        return None;
    };
    Some(hint.to_owned())
}

/// Collects the constructions of an item.
fn entry(item: Item, school: usize, file: &File) -> Result<Entry, Problem> {
    let problem = |message: String, hint: &str| Problem {
        file: file.path.clone(),
        line: line_of(&file.text, &format!("code = \"{}\"", item.code)),
        message: format!("{}: {message}", item.code),
        hint: Some(hint.to_owned()),
    };
    let single = |place: &Option<Place>, line: &Option<Line>, area: &Option<Area>| {
        let shapes: Vec<Shape> =
            [place.clone().map(Shape::Point), line.clone().map(Shape::Line), area.clone().map(Shape::Area)]
                .into_iter()
                .flatten()
                .collect();
        (shapes.len(), shapes.into_iter().next())
    };
    let mut constructions = Vec::new();
    match (single(&item.place, &item.line, &item.area), item.variant.is_empty()) {
        ((1, Some(shape)), true) => constructions.push(Made {
            name: String::new(),
            about: String::new(),
            shape,
            sources: item.sources.clone(),
        }),
        ((0, _), false) => {
            for v in &item.variant {
                let (1, Some(shape)) = single(&v.place, &v.line, &v.area) else {
                    return Err(problem(
                        format!("the variant \"{}\" needs exactly one of place, line and area", v.name),
                        "write for example place = \"GV20\"",
                    ));
                };
                if constructions.iter().any(|m: &Made| m.name == v.name) {
                    return Err(problem(
                        format!("two variants are called \"{}\"", v.name),
                        "give each variant a name of its own",
                    ));
                }
                constructions.push(Made {
                    name: v.name.clone(),
                    about: v.about.clone(),
                    shape,
                    sources: v.sources.clone(),
                });
            }
        }
        ((0, _), true) => {
            return Err(problem(
                "it has no construction".to_owned(),
                "give it place, line or area, or [[item.variant]] entries",
            ));
        }
        ((n, _), _) => {
            return Err(problem(
                format!("it has {n} constructions of its own and {} variants", item.variant.len()),
                "an item has exactly one of place, line and area, or variants only",
            ));
        }
    }
    let default = match (&item.default, item.variant.len()) {
        (None, 0) => 0,
        (Some(_), 0) => {
            return Err(problem(
                "it names a default but has no variants".to_owned(),
                "remove default, or add [[item.variant]] entries",
            ));
        }
        (None, _) => {
            return Err(problem(
                "it has variants but no default".to_owned(),
                "add default = \"...\" and reason = \"...\"",
            ));
        }
        (Some(name), _) => match constructions.iter().position(|m| &m.name == name) {
            Some(i) => i,
            None => {
                let names: Vec<&str> = constructions.iter().map(|m| m.name.as_str()).collect();
                return Err(problem(
                    format!("the default \"{name}\" is none of its variants"),
                    &format!("the variants are: {}", names.join(", ")),
                ));
            }
        },
    };
    if !item.variant.is_empty() && item.reason.as_deref().is_none_or(|r| r.trim().is_empty()) {
        return Err(problem(
            "a default among disputed variants needs a reason".to_owned(),
            "add reason = \"...\": why this variant and not another",
        ));
    }
    let kinds: Vec<&str> = constructions.iter().map(|m| m.shape.kind()).collect();
    if kinds.iter().any(|k| *k != kinds[0]) {
        return Err(problem(
            format!("its variants are of different kinds ({})", kinds.join(", ")),
            "all variants of an item are points, or all lines, or all areas",
        ));
    }
    Ok(Entry { school, file: file.path.clone(), constructions, default, item })
}

/// Line (from 1) of a byte offset.
pub fn line_at(text: &str, byte: usize) -> usize {
    text.as_bytes()[..byte.min(text.len())].iter().filter(|&&b| b == b'\n').count() + 1
}

/// Line of the first occurrence of some text; 1 where it does not occur.
pub(crate) fn line_of(text: &str, needle: &str) -> usize {
    text.find(needle).map_or(1, |b| line_at(text, b))
}

fn last_line_of(text: &str, needle: &str) -> usize {
    text.rfind(needle).map_or(1, |b| line_at(text, b))
}
