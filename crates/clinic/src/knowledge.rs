//! The knowledge of the clinic, read from `atlas/`: conditions, techniques, safety, instruments, laboratory values.
//!
//! Bytes in, values or problems with file, line and hint out; the crate reads no files by itself. What is compiled
//! in comes from [`built_in()`].

pub mod check;

use std::collections::BTreeMap;

use baihui_atlas::{
    Atlas, File, Problem,
    language::{Names, Sides, Source},
    load,
};
use rust_embed::RustEmbed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    condition::ConditionFile,
    consent::{ConsentFile, ConsentText},
    instrument::{Instrument, InstrumentFile},
    lab::Labs,
    safety::{SafetyRules, cases::CaseFile},
    side::Side,
    technique::{Region, Techniques},
};

#[derive(RustEmbed)]
#[folder = "../../atlas"]
#[include = "conditions/*.toml"]
#[include = "instruments/*.toml"]
#[include = "techniques.toml"]
#[include = "safety.toml"]
#[include = "safety-cases.toml"]
#[include = "labs.toml"]
#[include = "consent.toml"]
#[include = "body-codes.toml"]
#[include = "snomed-gps.toml"]
struct Folder;

/// Everything that plans are made from and checked against.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    /// Conditions with their protocols, by id.
    pub conditions: BTreeMap<String, ConditionFile>,
    /// Techniques.
    pub techniques: Techniques,
    /// Rules of safety.
    pub safety: SafetyRules,
    /// A case and a near miss for each rule.
    pub cases: CaseFile,
    /// Instruments by id.
    pub instruments: BTreeMap<String, Instrument>,
    /// Laboratory values and velocities.
    pub labs: Labs,
    /// Texts that can be agreed to.
    pub consent: ConsentFile,
    /// Codes of points of the body.
    pub body_codes: BodyCodes,
    /// Displays of SNOMED codes.
    pub snomed: SnomedFile,
}

/// `atlas/body-codes.toml`: which codes of points exist, and which are on the midline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BodyCodes {
    /// Channels by the letters of their points.
    #[serde(default)]
    pub channel: BTreeMap<String, Channel>,
    /// Extra points by code.
    #[serde(default)]
    pub extra: BTreeMap<String, ExtraPoint>,
}

/// A channel.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Channel {
    /// English name.
    pub name: String,
    /// Number of points; their codes are the letters and 1 to this.
    pub points: u32,
    /// On the midline or on both sides.
    pub side: Sides,
    /// Sources.
    pub sources: Vec<Source>,
}

/// An extra point, or a group of points that is needled as one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExtraPoint {
    /// Names.
    pub names: Names,
    /// Head or body.
    pub region: Region,
    /// On the midline or on both sides.
    pub side: Sides,
    /// Sources.
    pub sources: Vec<Source>,
}

/// `atlas/snomed-gps.toml`: the codes that conditions and adverse events use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SnomedFile {
    /// Displays by code.
    #[serde(default)]
    pub display: BTreeMap<String, String>,
}

/// Whether a file belongs to this knowledge and not to the schools, by its path.
pub fn is_mine(path: &str) -> bool {
    kind(path).is_some()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Condition,
    Instrument,
    Techniques,
    Safety,
    Cases,
    Labs,
    Consent,
    BodyCodes,
    Snomed,
}

fn kind(path: &str) -> Option<Kind> {
    let mut parts = path.rsplit(['/', '\\']);
    let name = parts.next().unwrap_or_default();
    Some(match (name, parts.next().unwrap_or_default()) {
        ("techniques.toml", _) => Kind::Techniques,
        ("safety.toml", _) => Kind::Safety,
        ("safety-cases.toml", _) => Kind::Cases,
        ("labs.toml", _) => Kind::Labs,
        ("consent.toml", _) => Kind::Consent,
        ("body-codes.toml", _) => Kind::BodyCodes,
        ("snomed-gps.toml", _) => Kind::Snomed,
        (_, "conditions") => Kind::Condition,
        (_, "instruments") => Kind::Instrument,
        _ => return None,
    })
}

/// The files that are compiled in, in order of their paths.
pub fn files() -> Vec<File> {
    let mut paths: Vec<String> = Folder::iter().map(|p| p.into_owned()).collect();
    paths.sort();
    let file = |path: String| {
        let text = String::from_utf8_lossy(&Folder::get(&path)?.data).into_owned();
        Some(File { path: format!("atlas/{path}"), text })
    };
    paths.into_iter().filter_map(file).collect()
}

/// The knowledge that is compiled in, with further files after it.
///
/// # Errors
/// Every problem found; a test proves that the compiled-in files have none.
pub fn built_in(atlas: &Atlas, more: &[File]) -> Result<Knowledge, Vec<Problem>> {
    let mut all = files();
    all.extend_from_slice(more);
    Knowledge::load(&all, atlas)
}

impl Knowledge {
    /// Reads files and checks them against each other and against the atlas. Files that are not of this
    /// knowledge ([`is_mine`]) are passed over.
    ///
    /// # Errors
    /// Every problem, in order of file and line.
    pub fn load(files: &[File], atlas: &Atlas) -> Result<Self, Vec<Problem>> {
        let mut all = Self::default();
        let mut problems = Vec::new();
        for file in files {
            let Some(kind) = kind(&file.path) else { continue };
            if file.text.len() > load::MAX_FILE {
                problems.push(check::at(
                    file,
                    "",
                    format!("the file has more than {} bytes", load::MAX_FILE),
                ));
                continue;
            }
            if let Err(problem) = all.add(kind, file, &mut problems) {
                problems.push(problem);
            }
        }
        // Mistakes of grammar first: what refers to a file that could not be read is not worth listing.
        if problems.is_empty() {
            check::all(&all, files, atlas, &mut problems);
        }
        problems.sort();
        problems.dedup();
        if problems.is_empty() { Ok(all) } else { Err(problems) }
    }

    fn add(&mut self, kind: Kind, file: &File, problems: &mut Vec<Problem>) -> Result<(), Problem> {
        let mut twice = |what: &str, id: &str| {
            let near = format!("\"{id}\"");
            problems.push(check::at(file, &near, format!("{what} \"{id}\" exists already")));
        };
        match kind {
            Kind::Condition => {
                let read: ConditionFile = load::parse(file)?;
                let id = read.condition.id.clone();
                if self.conditions.insert(id.clone(), read).is_some() {
                    twice("the condition", &id);
                }
            }
            Kind::Instrument => {
                let read: InstrumentFile = load::parse(file)?;
                let id = read.instrument.id.clone();
                if self.instruments.insert(id.clone(), read.instrument).is_some() {
                    twice("the instrument", &id);
                }
            }
            Kind::Techniques => {
                let read: Techniques = load::parse(file)?;
                self.techniques.parameter.extend(read.parameter);
                self.techniques.statement.extend(read.statement);
                self.techniques.method.extend(read.method);
                self.techniques.conflict.extend(read.conflict);
            }
            Kind::Safety => {
                let read: SafetyRules = load::parse(file)?;
                for name in read.fact.keys().filter(|name| self.safety.fact.contains_key(*name)) {
                    twice("the fact", name);
                }
                for name in read.group.keys().filter(|name| self.safety.group.contains_key(*name)) {
                    twice("the group", name);
                }
                self.safety.fact.extend(read.fact);
                self.safety.group.extend(read.group);
                self.safety.rule.extend(read.rule);
                self.safety.adverse_event.extend(read.adverse_event);
            }
            Kind::Cases => {
                let read: CaseFile = load::parse(file)?;
                for id in read.case.keys().filter(|id| self.cases.case.contains_key(*id)) {
                    twice("the case", id);
                }
                self.cases.case.extend(read.case);
            }
            Kind::Labs => {
                let read: Labs = load::parse(file)?;
                self.labs.lab.extend(read.lab);
                self.labs.doppler.extend(read.doppler);
            }
            Kind::Consent => {
                let read: ConsentFile = load::parse(file)?;
                for t in &read.text {
                    let same =
                        |o: &&ConsentText| (o.to, &o.version, &o.language) == (t.to, &t.version, &t.language);
                    if read.text.iter().chain(&self.consent.text).filter(same).count() > 1 {
                        twice("the text", &t.version);
                    }
                }
                self.consent.text.extend(read.text);
            }
            Kind::BodyCodes => {
                let read: BodyCodes = load::parse(file)?;
                self.body_codes.channel.extend(read.channel);
                self.body_codes.extra.extend(read.extra);
            }
            Kind::Snomed => {
                let read: SnomedFile = load::parse(file)?;
                self.snomed.display.extend(read.display);
            }
        }
        Ok(())
    }

    /// A condition by id.
    pub fn condition(&self, id: &str) -> Option<&ConditionFile> {
        self.conditions.get(id)
    }

    /// An instrument by id, whatever the case.
    pub fn instrument(&self, id: &str) -> Option<&Instrument> {
        self.instruments.get(id).or_else(|| {
            self.instruments
                .values()
                .find(|i| i.id.eq_ignore_ascii_case(id) || i.short.eq_ignore_ascii_case(id))
        })
    }

    /// Whether a site is on the head, and whether it exists on both sides; `None` for a code that does not exist.
    ///
    /// What the atlas locates is on the head.
    pub fn where_is(&self, atlas: &Atlas, code: &str) -> Option<(Region, Sides)> {
        if let Some(item) = atlas.find(code).map(|i| &atlas.entries[i].item).filter(|i| i.code == code) {
            return Some((Region::Head, item.side));
        }
        if let Some(extra) = self.body_codes.extra.get(code) {
            return Some((extra.region, extra.side));
        }
        let split = code.find(|c: char| c.is_ascii_digit())?;
        let (letters, number) = code.split_at(split);
        let channel = self.body_codes.channel.get(letters)?;
        let number: u32 = number.parse().ok().filter(|_| !number.starts_with('0'))?;
        (1..=channel.points).contains(&number).then_some((Region::Body, channel.side))
    }

    /// The sides on which a site exists.
    pub fn sides_of(&self, atlas: &Atlas, code: &str) -> Vec<Side> {
        match self.where_is(atlas, code) {
            None => Vec::new(),
            Some((_, Sides::Midline)) => vec![Side::Midline],
            Some((_, Sides::Bilateral)) => vec![Side::Left, Side::Right],
        }
    }
}
