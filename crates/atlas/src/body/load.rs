//! The knowledge as read from files, and what can be found wrong without a body.

use std::collections::BTreeMap;

use rust_embed::RustEmbed;
use serde::de::DeserializeOwned;

use super::course::{Course, CourseFile};
use super::depth::{DepthFile, SafeDepth};
use super::language::{
    Channel, ChannelFile, Landmark, LandmarkFile, Limb, LimbFile, Place, Point, Stretch, StretchFile,
};
use super::spread::SpreadFile;
use crate::{
    language::{Mark, Source},
    load::{File, Problem, line_at, line_of},
};

#[derive(RustEmbed)]
#[folder = "../../atlas/body"]
#[include = "*.toml"]
struct Folder;

/// Order of the channels, as the day's flow of qi has them, then the two vessels and the extra points.
const ORDER: [&str; 15] =
    ["LU", "LI", "ST", "SP", "HT", "SI", "BL", "KI", "PC", "TE", "GB", "LR", "GV", "CV", "EX"];

/// Points, landmarks, limbs and stretches.
#[derive(Clone, Debug, Default)]
pub struct BodyAtlas {
    /// Channels in order.
    pub channels: Vec<Channel>,
    /// Points in order of channel and number.
    pub points: Vec<BodyPoint>,
    /// Landmarks.
    pub landmarks: BTreeMap<String, Landmark>,
    /// Limbs.
    pub limbs: BTreeMap<String, Limb>,
    /// Stretches.
    pub stretches: BTreeMap<String, Stretch>,
    /// Published distances to what must not be reached, in the order of the file.
    pub depths: Vec<SafeDepth>,
    /// How far hands and lengths may be off, as far as figures exist.
    pub spread: SpreadFile,
    /// Courses of the channels by their ids.
    pub courses: BTreeMap<String, Course>,
    codes: BTreeMap<String, usize>,
}

/// A point with its channel and its constructions.
#[derive(Clone, Debug)]
pub struct BodyPoint {
    /// Index into [`BodyAtlas::channels`].
    pub channel: usize,
    /// The entry.
    pub point: Point,
    /// Its places: variants, the default first; one without a name where nothing is disputed; none where the head
    /// atlas has it or where it is not on the skin.
    pub constructions: Vec<Construction>,
}

/// One place of a point.
#[derive(Clone, Debug)]
pub struct Construction {
    /// Name of the variant, or nothing.
    pub name: String,
    /// Who says so.
    pub about: String,
    /// The rule.
    pub place: Place,
}

impl BodyPoint {
    /// Sources of its place.
    pub fn place_sources<'a>(&'a self, atlas: &'a BodyAtlas) -> &'a [Source] {
        match &self.point.place_sources {
            Some(s) => s,
            None => &atlas.channels[self.channel].place_sources,
        }
    }

    /// The best mark among the sources of its place.
    pub fn mark(&self, atlas: &BodyAtlas) -> Mark {
        self.place_sources(atlas).iter().map(|s| s.mark).min().unwrap_or(Mark::Background)
    }
}

/// The atlas of the body that is compiled in.
///
/// # Errors
/// Every problem found; a test proves that there is none.
pub fn built_in() -> Result<BodyAtlas, Vec<Problem>> {
    let mut paths: Vec<String> = Folder::iter().map(std::borrow::Cow::into_owned).collect();
    paths.sort();
    let files: Vec<File> = paths
        .into_iter()
        .filter_map(|path| {
            let file = Folder::get(&path)?;
            let text = String::from_utf8_lossy(&file.data).into_owned();
            Some(File { path: format!("atlas/body/{path}"), text })
        })
        .collect();
    BodyAtlas::load(&files)
}

impl BodyAtlas {
    /// Reads files; `landmarks.toml`, `limbs.toml`, `stretches.toml`, `courses.toml`, `safe-depth.toml` and
    /// `spread.toml` are that, any other is a channel.
    ///
    /// # Errors
    /// Every problem that can be found without a body, in order of file and line.
    pub fn load(files: &[File]) -> Result<Self, Vec<Problem>> {
        let mut atlas = Self::default();
        let mut problems = Vec::new();
        let mut channels: Vec<(usize, ChannelFile, &File)> = Vec::new();
        for file in files {
            let result = match file.path.rsplit(['/', '\\']).next().unwrap_or_default() {
                "landmarks.toml" => parse::<LandmarkFile>(file).map(|f| atlas.landmarks.extend(f.landmark)),
                "limbs.toml" => parse::<LimbFile>(file).map(|f| atlas.limbs.extend(f.limb)),
                "courses.toml" => parse::<CourseFile>(file).map(|f| atlas.courses.extend(f.course)),
                "stretches.toml" => parse::<StretchFile>(file).map(|f| atlas.stretches.extend(f.stretch)),
                "safe-depth.toml" => parse::<DepthFile>(file).map(|f| {
                    told(&f.depth, file, &mut problems);
                    atlas.depths.extend(f.depth);
                }),
                "spread.toml" => parse::<SpreadFile>(file).map(|f| {
                    problems.extend(f.faults().into_iter().map(|message| Problem {
                        file: file.path.clone(),
                        line: 1,
                        message,
                        hint: Some("see atlas/body/README.md, \"How far off\"".to_owned()),
                    }));
                    atlas.spread = f;
                }),
                _ => parse::<ChannelFile>(file).map(|f| {
                    let rank = ORDER.iter().position(|c| *c == f.channel.id).unwrap_or(ORDER.len());
                    channels.push((rank, f, file));
                }),
            };
            if let Err(p) = result {
                problems.push(p);
            }
        }
        channels.sort_by_key(|(rank, ..)| *rank);
        for (_, channel, file) in channels {
            atlas.add(channel, file, &mut problems);
        }
        if problems.is_empty() {
            atlas.check(files, &mut problems);
        }
        problems.sort();
        if problems.is_empty() { Ok(atlas) } else { Err(problems) }
    }

    fn add(&mut self, file: ChannelFile, source: &File, problems: &mut Vec<Problem>) {
        let channel = self.channels.len();
        self.channels.push(file.channel);
        for point in file.point {
            let mut problem = |message: String| {
                problems.push(Problem {
                    file: source.path.clone(),
                    line: line_of(&source.text, &format!("code = \"{}\"", point.code)),
                    message: format!("{}: {message}", point.code),
                    hint: Some("see atlas/body/README.md".to_owned()),
                });
            };
            let ways = usize::from(point.head)
                + usize::from(point.inside.is_some() || point.place.is_some())
                + usize::from(!point.variant.is_empty());
            if ways != 1 {
                problem("it needs exactly one of place (or inside), variants and head = true".to_owned());
                continue;
            }
            let mut constructions: Vec<Construction> = point
                .variant
                .iter()
                .map(|v| Construction {
                    name: v.name.clone(),
                    about: v.about.clone(),
                    place: v.place.clone(),
                })
                .collect();
            if let Some(place) = &point.place {
                constructions.push(Construction {
                    name: String::new(),
                    about: String::new(),
                    place: place.clone(),
                });
            }
            if !point.variant.is_empty() {
                match constructions.iter().position(|c| Some(&c.name) == point.default.as_ref()) {
                    Some(i) => constructions[..=i].rotate_right(1),
                    None => problem("its default is none of its variants".to_owned()),
                }
            }
            if self.codes.insert(point.code.clone(), self.points.len()).is_some() {
                problem("the code is used twice".to_owned());
            }
            for n in &point.needle {
                if let Some([a, b]) = n.depth_cun
                    && !(a > 0.0 && a <= b && b <= 5.0)
                {
                    problem(format!("a depth of {a} to {b} cun is no range"));
                }
            }
            self.points.push(BodyPoint { channel, point, constructions });
        }
    }

    /// Resolves every name.
    fn check(&self, files: &[File], problems: &mut Vec<Problem>) {
        for d in self.depths.iter().filter(|d| !self.codes.contains_key(&d.point)) {
            let near = format!("point = \"{}\"", d.point);
            let file = files.iter().find(|f| f.text.contains(&near));
            problems.push(Problem {
                file: file.map_or_else(String::new, |f| f.path.clone()),
                line: file.map_or(1, |f| line_of(&f.text, &near)),
                message: format!("there is no point \"{}\"", d.point),
                hint: None,
            });
        }
        let spread = files.iter().find(|f| f.path.ends_with("spread.toml"));
        let unknown =
            (self.spread.hand.iter().map(|h| &h.point)).filter(|p| !self.codes.contains_key(*p)).chain(
                self.spread
                    .length
                    .iter()
                    .flat_map(|l| &l.stretches)
                    .filter(|s| !self.stretches.contains_key(*s)),
            );
        for name in unknown {
            problems.push(Problem {
                file: spread.map_or_else(String::new, |f| f.path.clone()),
                line: spread.map_or(1, |f| line_of(&f.text, &format!("\"{name}\""))),
                message: format!("there is no point or stretch \"{name}\""),
                hint: None,
            });
        }
        let mut tell = |owner: &str, message: String| {
            let (file, line) = files
                .iter()
                .find_map(|f| {
                    let at = f
                        .text
                        .find(&format!("code = \"{owner}\""))
                        .or_else(|| f.text.find(&format!(".{owner}]")))?;
                    Some((f.path.clone(), line_at(&f.text, at)))
                })
                .unwrap_or_default();
            problems.push(Problem { file, line, message: format!("{owner}: {message}"), hint: None });
        };
        let places = self
            .points
            .iter()
            .flat_map(|p| p.constructions.iter().map(|c| (p.point.code.as_str(), &c.place)))
            .chain(self.landmarks.iter().filter_map(|(n, l)| Some((n.as_str(), l.place.as_ref()?))));
        for (owner, place) in places {
            for name in place.names() {
                if !self.knows(name) {
                    tell(owner, format!("there is no landmark or point \"{name}\""));
                }
            }
            let (limb, stretch) = match place {
                Place::Limb(l) => (Some(&l.limb), l.of.as_ref()),
                Place::Trunk(t) => (None, t.of.as_ref()),
                Place::Move(m) => (None, Some(&m.of)),
                _ => (None, None),
            };
            if let Some(l) = limb.filter(|l| !self.limbs.contains_key(*l)) {
                tell(owner, format!("there is no limb \"{l}\""));
            }
            if let Some(s) = stretch.filter(|s| !self.stretches.contains_key(*s)) {
                tell(owner, format!("there is no stretch \"{s}\""));
            }
        }
        for (id, course) in &self.courses {
            if !self.channels.iter().any(|c| c.id == *id) {
                tell(id, "there is no such channel".to_owned());
            }
            for code in course.spelled().iter().flatten() {
                if self.find(code).is_none() {
                    tell(id, format!("there is no point \"{code}\""));
                }
            }
        }
        for (name, l) in &self.landmarks {
            if l.vertex.is_some() == l.place.is_some() {
                tell(name, "it needs exactly one of vertex and place".to_owned());
            }
        }
        for (name, s) in &self.stretches {
            for end in [&s.from, &s.to] {
                if !self.knows(end) {
                    tell(name, format!("there is no landmark \"{end}\""));
                }
            }
            if s.cun.is_nan() || s.cun <= 0.0 {
                tell(name, format!("a stretch of {} cun is none", s.cun));
            }
        }
    }

    /// Whether a name is a joint, a landmark, a point or a variant of one.
    fn knows(&self, name: &str) -> bool {
        let name = name.strip_prefix("left:").or_else(|| name.strip_prefix("right:")).unwrap_or(name);
        if name.starts_with("joint:") || self.landmarks.contains_key(name) {
            return true;
        }
        let (code, variant) = name.split_once('/').map_or((name, None), |(c, v)| (c, Some(v)));
        self.codes.get(code).is_some_and(|&i| {
            let c = &self.points[i].constructions;
            variant.map_or(!c.is_empty(), |v| c.iter().any(|c| c.name == v))
        })
    }

    /// Index of a point by its code, whatever the case.
    pub fn find(&self, code: &str) -> Option<usize> {
        self.codes
            .get(code)
            .copied()
            .or_else(|| self.points.iter().position(|p| p.point.code.eq_ignore_ascii_case(code)))
    }

    /// Points whose code, name, class or indication contains the words; those with the code or a name first.
    pub fn search(&self, words: &str) -> Vec<usize> {
        let key = crate::load::unaccented(&words.trim().to_lowercase());
        let plain = |s: &str| crate::load::unaccented(&s.to_lowercase());
        let mut found: Vec<(u8, usize)> = Vec::new();
        for (i, p) in self.points.iter().enumerate() {
            let p = &p.point;
            let names = [&p.names.en, &p.names.pinyin, &p.names.hanzi];
            let rank = if plain(&p.code) == key {
                0
            } else if names.iter().any(|n| plain(n) == key) {
                1
            } else if names.iter().any(|n| plain(n).contains(&key)) {
                2
            } else if p.class.iter().chain(&p.indication).any(|s| plain(s).contains(&key)) {
                3
            } else {
                continue;
            };
            found.push((rank, i));
        }
        found.sort_unstable();
        found.into_iter().map(|(_, i)| i).collect()
    }
}

/// What is wrong with findings of depth by themselves.
fn told(depths: &[SafeDepth], file: &File, problems: &mut Vec<Problem>) {
    let mut line = 0;
    for d in depths {
        // The entries of a file come in its order.
        let near = format!("point = \"{}\"", d.point);
        line = file.text.lines().skip(line).position(|l| l.trim() == near).map_or(line, |i| line + i + 1);
        problems.extend(d.faults().into_iter().map(|message| Problem {
            file: file.path.clone(),
            line: line.max(1),
            message: format!("{}: {message}", d.point),
            hint: Some("see atlas/body/README.md, \"Safe depth\"".to_owned()),
        }));
    }
}

fn parse<T: DeserializeOwned>(file: &File) -> Result<T, Problem> {
    toml::from_str(&file.text).map_err(|e| Problem {
        file: file.path.clone(),
        line: e.span().map_or(1, |s| line_at(&file.text, s.start)),
        message: e.message().trim().to_owned(),
        hint: Some("the language is described in atlas/body/README.md".to_owned()),
    })
}
