//! Constructions in words, and how to find a place on this head with a tape.

use std::collections::BTreeMap;

use baihui_head::Side;

use crate::{
    check::{Name, each_name},
    evaluate::{Choices, Evaluator, Value},
    language::{
        Along, Area, By, Construction, Course, Direction, Fraction, Grid, Join, Length, Line, Move,
        ParallelRule, Place, Run, Sides, UprightPlane,
    },
    load::{Atlas, Shape},
};

/// A language that constructions can be put into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

/// The text of the language in use, of which only that one is written.
macro_rules! say {
    ($words:expr, $en:literal, $zh:literal) => {
        match $words.language {
            Language::En => format!($en),
            Language::Zh => format!($zh),
        }
    };
}

/// Puts constructions into words; with an evaluator also in the millimetres of its head.
pub struct Words<'a, 'b> {
    atlas: &'a Atlas,
    choices: &'a Choices,
    evaluator: Option<&'b mut Evaluator<'a>>,
    side: Side,
    language: Language,
    /// Sentences by item, construction, side and language: most items are built on the same few.
    said: BTreeMap<(usize, usize, Side, Language), String>,
}

impl<'a, 'b> Words<'a, 'b> {
    /// In words only, as a teacher would say it.
    pub fn of(atlas: &'a Atlas, choices: &'a Choices) -> Self {
        Self::new(atlas, choices, None, Side::Right)
    }

    /// With the distances of a head, for a side of it.
    pub fn on(atlas: &'a Atlas, choices: &'a Choices, evaluator: &'b mut Evaluator<'a>, side: Side) -> Self {
        Self::new(atlas, choices, Some(evaluator), side)
    }

    fn new(
        atlas: &'a Atlas,
        choices: &'a Choices,
        evaluator: Option<&'b mut Evaluator<'a>>,
        side: Side,
    ) -> Self {
        Self { atlas, choices, evaluator, side, language: Language::En, said: BTreeMap::new() }
    }

    /// From now on in another language.
    #[must_use]
    pub fn in_language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// From now on for another side.
    #[must_use]
    pub fn for_side(mut self, side: Side) -> Self {
        self.side = side;
        self
    }

    /// One sentence for a construction of an item.
    pub fn construction(&mut self, item: usize, construction: usize) -> String {
        let key = (item, construction, self.side, self.language);
        if let Some(said) = self.said.get(&key) {
            return said.clone();
        }
        let shape = &self.atlas.entries[item].constructions[construction].shape;
        let total = match shape {
            Shape::Line(_) => {
                self.located_mm(item, construction).map(|mm| say!(self, ", {mm:.0} mm", "，长{mm:.0}毫米"))
            }
            Shape::Point(_) | Shape::Area(_) => None,
        };
        let sentence = capital(&self.shape(shape, &total.unwrap_or_default()));
        self.said.insert(key, sentence.clone());
        sentence
    }

    /// Length of an item on the head, mm.
    fn located_mm(&mut self, item: usize, construction: usize) -> Option<f64> {
        let side = match self.atlas.entries[item].item.side {
            Sides::Midline => Side::Midline,
            Sides::Bilateral => self.side,
        };
        let in_force = self.choices.construction(self.atlas, item) == construction;
        let evaluator = self.evaluator.as_mut()?;
        if in_force {
            return evaluator.locate_ref(item, side).ok().map(Value::length_mm);
        }
        evaluator.construct(item, construction, side).ok().map(|v| v.length_mm())
    }

    /// All steps from landmarks to the item, in the order in which they are done.
    pub fn steps(&mut self, item: usize) -> Vec<(String, String)> {
        let mut order = Vec::new();
        let construction = self.choices.construction(self.atlas, item);
        self.collect((item, construction), &mut order);
        order
            .into_iter()
            .map(|(i, c)| (self.atlas.entries[i].item.code.clone(), self.construction(i, c)))
            .collect()
    }

    /// The steps as running text, the item itself last.
    pub fn tape(&mut self, item: usize) -> String {
        let mut steps = self.steps(item);
        let last = steps.pop().map(|(_, text)| text).unwrap_or_default();
        let mut out: Vec<String> =
            steps.into_iter().map(|(code, text)| say!(self, "{code}: {text}.", "{code}：{text}。")).collect();
        out.push(say!(self, "{last}.", "{last}。"));
        out.join(match self.language {
            Language::En => " ",
            Language::Zh => "",
        })
    }

    fn collect(&self, at: (usize, usize), order: &mut Vec<(usize, usize)>) {
        if order.contains(&at) || order.len() > 100 {
            return;
        }
        let mut needs = Vec::new();
        each_name(&self.atlas.entries[at.0].constructions[at.1].shape, &mut |text| {
            let name = Name::parse(text);
            if self.atlas.landmarks.contains_key(name.base) {
                return;
            }
            if let Some(i) = self.atlas.find(name.base) {
                let named = name
                    .variant
                    .and_then(|v| self.atlas.entries[i].constructions.iter().position(|m| m.name == v));
                needs.push((i, named.unwrap_or_else(|| self.choices.construction(self.atlas, i))));
            }
        });
        for n in needs {
            // Circles are mistakes of the atlas and are found when it is read; the chosen variants might make one.
            if n != at {
                self.collect(n, order);
            }
        }
        if !order.contains(&at) {
            order.push(at);
        }
    }

    /// `total` has the length of a line.
    fn shape(&mut self, shape: &Shape, total: &str) -> String {
        match shape {
            Shape::Point(p) => self.place(p),
            Shape::Line(l) => self.line(l, total),
            Shape::Area(Area::Band(b)) => {
                let line = self.line(&b.line, "");
                let half = self.length(b.half_width, None);
                say!(self, "a band reaching {half} to either side of {line}", "{line}两侧各{half}的带状区")
            }
            Shape::Area(Area::Corners(c)) => {
                let corners: Vec<String> = c.iter().map(|p| self.place(p)).collect();
                let corners = corners.join(match self.language {
                    Language::En => ", ",
                    Language::Zh => "、",
                });
                say!(self, "the area between {corners}", "{corners}之间的区域")
            }
            Shape::Area(Area::Around(a)) => {
                let (radius, centre) = (self.length(a.radius, None), self.place(&a.centre));
                say!(self, "all within {radius} of {centre}", "距{centre}{radius}以内")
            }
        }
    }

    /// A place as a noun phrase.
    fn place(&mut self, place: &Place) -> String {
        match place {
            Place::Named(text) => self.name(text),
            Place::Made(c) => match &**c {
                Construction::Grid(g) => self.grid(place, g),
                Construction::Along(a) => self.along(a),
                Construction::Move(m) => self.moved(m),
                Construction::Meet(m) => {
                    let (v, h) = (self.place(&m.vertical), self.place(&m.horizontal));
                    say!(
                        self,
                        "where the vertical through {v} meets the horizontal through {h}",
                        "过{v}的垂线与过{h}的水平线相交处"
                    )
                }
                Construction::Cross(c) => {
                    let (a, b) = (self.line(&c.first, ""), self.line(&c.second, ""));
                    say!(self, "where {a} crosses {b}", "{a}与{b}相交处")
                }
                Construction::On(on) => {
                    let (line, of) = (self.line(&on.line, ""), self.place(&on.of));
                    match on.plane {
                        UprightPlane::Coronal => {
                            say!(
                                self,
                                "on {line}, straight above or below {of}",
                                "{line}上，{of}的正上方或正下方"
                            )
                        }
                        UprightPlane::Sagittal => {
                            say!(
                                self,
                                "on {line}, in the same sagittal plane as {of}",
                                "{line}上，与{of}同一矢状面处"
                            )
                        }
                        UprightPlane::Horizontal => {
                            say!(self, "on {line}, level with {of}", "{line}上，平{of}处")
                        }
                    }
                }
            },
        }
    }

    fn name(&self, text: &str) -> String {
        let name = Name::parse(text);
        let landmark = self.atlas.landmarks.get(name.base);
        if self.language == Language::Zh {
            let side = name.side.map_or("", |s| match s {
                Side::Left => "左",
                Side::Right => "右",
                Side::Midline => "",
            });
            let plain = landmark.map_or(name.base, |l| match l.names.hanzi.as_str() {
                "" => name.base,
                hanzi => hanzi,
            });
            let variant = name.variant.map(|v| format!("（{v}）")).unwrap_or_default();
            return format!("{side}{plain}{variant}");
        }
        let side = name.side.map(|s| format!("{s} ")).unwrap_or_default();
        match landmark {
            Some(l) if !l.names.en.is_empty() => format!("the {side}{}", lower_first(&l.names.en)),
            Some(_) => format!("the {side}{}", name.base),
            None => match name.variant {
                Some(v) => format!("{side}{} ({v})", name.base),
                None => format!("{side}{}", name.base),
            },
        }
    }

    /// `5 cun (118 mm)`; the bare length where it is in cm or there is no head.
    fn length(&self, length: Length, mm: Option<f64>) -> String {
        let plain = length.to_string().trim_start_matches('-').to_owned();
        let text = match self.language {
            Language::En => plain.clone(),
            Language::Zh => units_zh(&plain),
        };
        match mm.map(f64::abs) {
            Some(mm) if !plain.ends_with("cm") => say!(self, "{text} ({mm:.0} mm)", "{text}（{mm:.0}毫米）"),
            _ => text,
        }
    }

    fn s_of(&mut self, place: &Place) -> Option<f64> {
        let side = self.side;
        let evaluator = self.evaluator.as_mut()?;
        let p = evaluator
            .place_value(place, Side::Midline)
            .or_else(|_| evaluator.place_value(place, side))
            .ok()?;
        let mm = evaluator.skin().position(p);
        Some(evaluator.midline().s_of(mm))
    }

    fn grid(&mut self, whole: &Place, grid: &Grid) -> String {
        let hairline = Place::Named("anterior-hairline".to_owned());
        let from = grid.from.as_ref().unwrap_or(&hairline);
        let start = self.place(from);
        let mut out = match (grid.back, grid.forward) {
            (None, None) => say!(self, "at the level of {start}", "平{start}处"),
            (back, forward) => {
                let (l, is_back) = match (back, forward) {
                    (Some(l), _) => (l, l.value >= 0.0),
                    (None, l) => (l.unwrap_or(Length::mm(0.0)), false),
                };
                let ends = (self.s_of(from), self.s_of(whole));
                let mm = match ends {
                    (Some(a), Some(b)) => Some(b - a),
                    _ => None,
                };
                let (l, start) = (self.length(l, mm), self.start(&start));
                if is_back {
                    say!(self, "{start} {l} back along the midline", "{start}沿正中线向后{l}")
                } else {
                    say!(self, "{start} {l} forward along the midline", "{start}沿正中线向前{l}")
                }
            }
        };
        let side = self.to_the_side();
        if let Some(lateral) = grid.lateral {
            let mm = self.lateral_mm(whole);
            let l = self.length(lateral, mm);
            out += &say!(self, ", then {l} {side}", "，再{side}旁开{l}");
        }
        if let Some(over) = &grid.over {
            let over = self.place(over);
            let mm = self.lateral_mm(whole).map(|mm| say!(self, " ({mm:.0} mm)", "（{mm:.0}毫米）"));
            let mm = mm.unwrap_or_default();
            out += &say!(
                self,
                ", then {side} until in the sagittal plane of {over}{mm}",
                "，再{side}至{over}所在矢状面{mm}"
            );
        }
        out
    }

    fn lateral_mm(&mut self, place: &Place) -> Option<f64> {
        let side = self.side;
        let evaluator = self.evaluator.as_mut()?;
        let p = evaluator.place_value(place, side).ok()?;
        let mm = evaluator.skin().position(p);
        evaluator.midline().level(evaluator.skin(), mm, side).ok().map(|l| l.lateral_mm)
    }

    fn to_the_side(&self) -> &'static str {
        match (self.language, self.evaluator.is_some(), self.side) {
            (Language::En, true, Side::Left) => "to the left",
            (Language::En, true, Side::Right) => "to the right",
            (Language::En, ..) => "to the side",
            (Language::Zh, true, Side::Left) => "向左",
            (Language::Zh, true, Side::Right) => "向右",
            (Language::Zh, ..) => "向一侧",
        }
    }

    fn along(&mut self, along: &Along) -> String {
        let join =
            Join { from: along.from.clone(), to: along.to.clone(), by: along.by, via: along.via.clone() };
        let (from, to) = (self.place(&along.from), self.place(&along.to));
        let total = self.line_mm(&Line::Join(join));
        let how = self.by(along.by);
        match (along.at, along.distance) {
            (Some(at), _) => {
                let mm = total.map(|t| (t * at.value(), t));
                let mm =
                    mm.map(|(a, t)| say!(self, " ({a:.0} of {t:.0} mm)", "（全长{t:.0}毫米中的{a:.0}毫米）"));
                let (mm, part) = (mm.unwrap_or_default(), self.fraction(at));
                say!(
                    self,
                    "{part} of the way from {from} to {to}{mm}, {how}",
                    "{from}至{to}连线（{how}）的{part}处{mm}"
                )
            }
            (None, d) => {
                let d = d.unwrap_or(Length::mm(0.0));
                let l = self.length(d, self.mm(d));
                if d.value < 0.0 {
                    say!(
                        self,
                        "{l} before {from} on the line from {from} to {to}, {how}",
                        "{from}至{to}连线（{how}）向{from}外延长{l}处"
                    )
                } else {
                    say!(self, "{l} from {from} toward {to}, {how}", "自{from}向{to}{l}处（{how}）")
                }
            }
        }
    }

    /// Where a way begins; a place that is itself told as a way is gone on from.
    fn start(&self, from: &str) -> String {
        let told = [self.choose("from ", "自"), self.choose("at ", "平")];
        if told.iter().any(|t| from.starts_with(t)) {
            say!(self, "{from}, then", "{from}，再")
        } else {
            say!(self, "from {from}", "自{from}")
        }
    }

    fn by(&self, by: By) -> &'static str {
        let (en, zh) = match by {
            By::Geodesic => ("the shortest way on the skin", "沿头皮最短路径"),
            By::Plane => ("in one plane", "同一平面内"),
            By::Chord => ("under the straight chord", "直线弦下"),
            By::Vertical => ("in the vertical plane", "铅垂面内"),
        };
        self.choose(en, zh)
    }

    fn choose(&self, en: &'static str, zh: &'static str) -> &'static str {
        match self.language {
            Language::En => en,
            Language::Zh => zh,
        }
    }

    fn course(&self, course: Option<Course>) -> &'static str {
        let (en, zh) = match course {
            Some(Course::MidlineParallel) => (", parallel to the midline", "，与正中线平行"),
            Some(Course::Horizontal) => (", horizontally", "，沿水平方向"),
            Some(Course::Coronal) => (", in the vertical plane from side to side", "，在冠状铅垂面内"),
            Some(Course::Sagittal) => (", in the vertical plane from front to back", "，在矢状铅垂面内"),
            Some(Course::Straight) => (", straight on", "，沿直线"),
            None => ("", ""),
        };
        self.choose(en, zh)
    }

    fn turn(&self, deg: Option<f64>) -> String {
        let Some(deg) = deg else { return String::new() };
        let d = deg.abs();
        if deg >= 0.0 {
            say!(self, ", turned {d:.0}° toward the face", "，向面部偏{d:.0}°")
        } else {
            say!(self, ", turned {d:.0}° toward the occiput", "，向枕部偏{d:.0}°")
        }
    }

    fn fraction(&self, f: Fraction) -> String {
        let text = f.to_string();
        match (self.language, text.as_str(), text.split_once('/')) {
            (Language::En, "1/2", _) => "half".to_owned(),
            (Language::Zh, "1/2", _) => "中点".to_owned(),
            (Language::Zh, _, Some((a, b))) => format!("{a}/{b}"),
            _ => text,
        }
    }

    fn mm(&self, length: Length) -> Option<f64> {
        self.evaluator.as_ref()?.local_mm(length)
    }

    /// A length that is measured off from a place in a direction.
    fn mm_from(&mut self, from: &Place, direction: Direction, by: Length) -> Option<f64> {
        let side = self.side;
        self.evaluator.as_mut()?.mm_from(from, direction, by, side)
    }

    fn line_mm(&mut self, line: &Line) -> Option<f64> {
        let side = self.side;
        self.evaluator.as_mut()?.line_value(line, side).ok().map(|c| c.length_mm())
    }

    fn moved(&mut self, m: &Move) -> String {
        let from = self.place(&m.from);
        let mm = self.mm_from(&m.from, m.direction, m.by);
        let (l, way) = (self.length(m.by, mm), self.direction(m.direction));
        let (turn, course) = (self.turn(m.turn_deg), self.course(m.course));
        let start = self.start(&from);
        say!(self, "{start} {l} {way}{turn}{course}", "{start}{way}{l}{turn}{course}")
    }

    fn direction(&self, direction: Direction) -> &'static str {
        let (en, zh) = match (direction, self.evaluator.is_some(), self.side) {
            (Direction::Forward, ..) => ("forward", "向前"),
            (Direction::Back, ..) => ("back", "向后"),
            (Direction::Up, ..) => ("up", "向上"),
            (Direction::Down, ..) => ("down", "向下"),
            (Direction::Lateral, true, Side::Left) => ("to the left", "向左"),
            (Direction::Lateral, true, Side::Right) => ("to the right", "向右"),
            (Direction::Lateral, ..) => ("away from the midline", "向外侧"),
            (Direction::Medial, ..) => ("toward the midline", "向正中线"),
        };
        self.choose(en, zh)
    }

    fn line(&mut self, line: &Line, total: &str) -> String {
        match line {
            Line::Join(j) => {
                let (from, to) = (self.place(&j.from), self.place(&j.to));
                let via = j.via.as_ref().map(|v| self.place(v));
                let via = via.map(|v| say!(self, " by way of {v}", "，经{v}")).unwrap_or_default();
                let by = self.by(j.by);
                say!(
                    self,
                    "the line from {from} to {to}{via}, {by}{total}",
                    "{from}至{to}的连线{via}（{by}）{total}"
                )
            }
            Line::Run(r) => self.run(r, total),
            Line::Parallel(p) => {
                let mm = self.mm(p.offset);
                let (en, zh) = match p.direction {
                    Direction::Forward => ("in front of", "前方"),
                    Direction::Back => ("behind", "后方"),
                    Direction::Up => ("above", "上方"),
                    Direction::Down => ("below", "下方"),
                    Direction::Lateral | Direction::Medial => ("beside", "旁开"),
                };
                let way = self.choose(en, zh);
                let rule = match p.rule {
                    ParallelRule::Perpendicular => self.choose("at right angles to it", "与其垂直量取"),
                    ParallelRule::AlongMidline => self.choose(
                        "the upper end measured along the midline, the lower one horizontally",
                        "上端沿正中线量取，下端水平量取",
                    ),
                };
                let (l, to) = (self.length(p.offset, mm), self.name(&p.to));
                say!(self, "the line {l} {way} {to}, {rule}{total}", "{to}{way}{l}的平行线（{rule}）{total}")
            }
            Line::Named(n) => self.name(n),
        }
    }

    fn run(&mut self, r: &Run, total: &str) -> String {
        let from = self.place(&r.from);
        let to_mm = self.mm_from(&r.from, r.direction, r.by);
        let before_mm = r.before.and_then(|b| self.mm_from(&r.from, r.direction, b));
        let course = self.course(r.course.or(match (r.turn_deg, r.direction) {
            (None, Direction::Forward | Direction::Back) => Some(Course::MidlineParallel),
            _ => None,
        }));
        let turn = self.turn(r.turn_deg);
        let (direction, l) = (self.direction(r.direction), self.run_length(r, to_mm));
        match r.before {
            None => {
                let start = self.start(&from);
                say!(
                    self,
                    "{start} {l} {direction}{turn}{course}{total}",
                    "{start}{direction}{l}{turn}{course}{total}"
                )
            }
            Some(before) => {
                let other = self.length(before, before_mm);
                say!(
                    self,
                    "through {from}: {l} {direction} and {other} the other way{turn}{course}{total}",
                    "过{from}：{direction}{l}，反方向{other}{turn}{course}{total}"
                )
            }
        }
    }

    /// The whole length of a run is given with it; mm of a stretch of the midline would only be near it.
    fn run_length(&self, r: &Run, mm: Option<f64>) -> String {
        let midline = matches!(r.direction, Direction::Forward | Direction::Back)
            && matches!(r.course, None | Some(Course::MidlineParallel));
        self.length(r.by, if midline { None } else { mm })
    }
}

/// The units of a length as Chinese writes them: `1.5 cun` is `1.5寸`.
fn units_zh(text: &str) -> String {
    let units = [
        (" forehead-cun", "寸（眉间至前发际比例）"),
        (" vault-cun", "寸（前后发际比例）"),
        (" front-cun", "寸（两额角发际比例）"),
        (" back-cun", "寸（两乳突比例）"),
        (" cun", "寸"),
        (" cm", "厘米"),
        (" mm", "毫米"),
    ];
    units.iter().fold(text.to_owned(), |t, (en, zh)| t.replace(en, zh))
}

fn capital(s: &str) -> String {
    let mut c = s.chars();
    c.next().map_or_else(String::new, |first| first.to_uppercase().chain(c).collect())
}

/// Lower case at the start unless the word is an abbreviation.
fn lower_first(s: &str) -> String {
    let mut c = s.chars();
    match (c.next(), c.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(c).collect(),
        _ => s.to_owned(),
    }
}

impl Value {
    /// Arc length in mm of a line or an outline; zero for a point.
    pub fn length_mm(&self) -> f64 {
        match self {
            Self::Point(_) => 0.0,
            Self::Line(c) | Self::Area(c) => c.length_mm(),
        }
    }
}

/// On which sides an item is located.
pub fn sides_of(sides: Sides) -> &'static [Side] {
    match sides {
        Sides::Midline => &[Side::Midline],
        Sides::Bilateral => &[Side::Left, Side::Right],
    }
}
