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

/// Puts constructions into words; with an evaluator also in the millimetres of its head.
pub struct Words<'a, 'b> {
    atlas: &'a Atlas,
    choices: &'a Choices,
    evaluator: Option<&'b mut Evaluator<'a>>,
    side: Side,
    /// Sentences by item, construction and side: most items are built on the same few.
    said: BTreeMap<(usize, usize, Side), String>,
}

impl<'a, 'b> Words<'a, 'b> {
    /// In words only, as a teacher would say it.
    pub fn of(atlas: &'a Atlas, choices: &'a Choices) -> Self {
        Self { atlas, choices, evaluator: None, side: Side::Right, said: BTreeMap::new() }
    }

    /// With the distances of a head, for a side of it.
    pub fn on(atlas: &'a Atlas, choices: &'a Choices, evaluator: &'b mut Evaluator<'a>, side: Side) -> Self {
        Self { atlas, choices, evaluator: Some(evaluator), side, said: BTreeMap::new() }
    }

    /// From now on for another side.
    #[must_use]
    pub fn for_side(mut self, side: Side) -> Self {
        self.side = side;
        self
    }

    /// One sentence for a construction of an item.
    pub fn construction(&mut self, item: usize, construction: usize) -> String {
        let key = (item, construction, self.side);
        if let Some(said) = self.said.get(&key) {
            return said.clone();
        }
        let shape = &self.atlas.entries[item].constructions[construction].shape;
        let total = match shape {
            Shape::Line(_) => self.located_mm(item, construction).map(|mm| format!(", {mm:.0} mm")),
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
        let mut out: Vec<String> = steps.into_iter().map(|(code, text)| format!("{code}: {text}.")).collect();
        out.push(format!("{last}."));
        out.join(" ")
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
                format!("a band reaching {} to either side of {line}", b.half_width)
            }
            Shape::Area(Area::Corners(c)) => {
                let corners: Vec<String> = c.iter().map(|p| self.place(p)).collect();
                format!("the area between {}", corners.join(", "))
            }
            Shape::Area(Area::Around(a)) => format!("all within {} of {}", a.radius, self.place(&a.centre)),
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
                    format!("where the vertical through {v} meets the horizontal through {h}")
                }
                Construction::Cross(c) => {
                    let (a, b) = (self.line(&c.first, ""), self.line(&c.second, ""));
                    format!("where {a} crosses {b}")
                }
                Construction::On(on) => {
                    let plane = match on.plane {
                        UprightPlane::Coronal => "straight above or below",
                        UprightPlane::Sagittal => "in the same sagittal plane as",
                        UprightPlane::Horizontal => "level with",
                    };
                    let (line, of) = (self.line(&on.line, ""), self.place(&on.of));
                    format!("on {line}, {plane} {of}")
                }
            },
        }
    }

    fn name(&self, text: &str) -> String {
        let name = Name::parse(text);
        let side = name.side.map(|s| format!("{s} ")).unwrap_or_default();
        match self.atlas.landmarks.get(name.base) {
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
        let text = length.to_string().trim_start_matches('-').to_owned();
        match mm {
            Some(mm) if !text.ends_with("cm") => format!("{text} ({:.0} mm)", mm.abs()),
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
            (None, None) => format!("at the level of {start}"),
            (back, forward) => {
                let (l, way) = match (back, forward) {
                    (Some(l), _) => (l, if l.value < 0.0 { "forward" } else { "back" }),
                    (None, l) => (l.unwrap_or(Length::mm(0.0)), "forward"),
                };
                let ends = (self.s_of(from), self.s_of(whole));
                let mm = match ends {
                    (Some(a), Some(b)) => Some(b - a),
                    _ => None,
                };
                format!("from {start} {} {way} along the midline", self.length(l, mm))
            }
        };
        let side = self.to_the_side();
        if let Some(lateral) = grid.lateral {
            let mm = self.lateral_mm(whole);
            out += &format!(", then {} {side}", self.length(lateral, mm));
        }
        if let Some(over) = &grid.over {
            let over = self.place(over);
            let mm = self.lateral_mm(whole).map(|mm| format!(" ({mm:.0} mm)")).unwrap_or_default();
            out += &format!(", then {side} until in the sagittal plane of {over}{mm}");
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
        match (self.evaluator.is_some(), self.side) {
            (true, Side::Left) => "to the left",
            (true, Side::Right) => "to the right",
            _ => "to the side",
        }
    }

    fn along(&mut self, along: &Along) -> String {
        let join =
            Join { from: along.from.clone(), to: along.to.clone(), by: along.by, via: along.via.clone() };
        let (from, to) = (self.place(&along.from), self.place(&along.to));
        let total = self.line_mm(&Line::Join(join));
        let how = by_words(along.by);
        match (along.at, along.distance) {
            (Some(at), _) => {
                let mm = total.map(|t| format!(" ({:.0} of {t:.0} mm)", t * at.value())).unwrap_or_default();
                format!("{} of the way from {from} to {to}{mm}, {how}", fraction_words(at))
            }
            (None, d) => {
                let d = d.unwrap_or(Length::mm(0.0));
                let mm = self.mm(d);
                if d.value < 0.0 {
                    format!("{} before {from} on the line from {from} to {to}, {how}", self.length(d, mm))
                } else {
                    format!("{} from {from} toward {to}, {how}", self.length(d, mm))
                }
            }
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
        let turn = m.turn_deg.map(turn_words).unwrap_or_default();
        format!(
            "from {from} {} {}{turn}{}",
            self.length(m.by, mm),
            self.direction(m.direction),
            course_words(m.course)
        )
    }

    fn direction(&self, direction: Direction) -> &'static str {
        match (direction, self.evaluator.is_some(), self.side) {
            (Direction::Forward, ..) => "forward",
            (Direction::Back, ..) => "back",
            (Direction::Up, ..) => "up",
            (Direction::Down, ..) => "down",
            (Direction::Lateral, true, Side::Left) => "to the left",
            (Direction::Lateral, true, Side::Right) => "to the right",
            (Direction::Lateral, ..) => "away from the midline",
            (Direction::Medial, ..) => "toward the midline",
        }
    }

    fn line(&mut self, line: &Line, total: &str) -> String {
        match line {
            Line::Join(j) => {
                let (from, to) = (self.place(&j.from), self.place(&j.to));
                let via = match &j.via {
                    Some(v) => format!(" by way of {}", self.place(v)),
                    None => String::new(),
                };
                format!("the line from {from} to {to}{via}, {}{total}", by_words(j.by))
            }
            Line::Run(r) => self.run(r, total),
            Line::Parallel(p) => {
                let mm = self.mm(p.offset);
                let way = match p.direction {
                    Direction::Forward => "in front of",
                    Direction::Back => "behind",
                    Direction::Up => "above",
                    Direction::Down => "below",
                    Direction::Lateral | Direction::Medial => "beside",
                };
                let rule = match p.rule {
                    ParallelRule::Perpendicular => "at right angles to it",
                    ParallelRule::AlongMidline => {
                        "the upper end measured along the midline, the lower one horizontally"
                    }
                };
                format!("the line {} {way} {}, {rule}{total}", self.length(p.offset, mm), self.name(&p.to))
            }
            Line::Named(n) => self.name(n),
        }
    }

    fn run(&mut self, r: &Run, total: &str) -> String {
        let from = self.place(&r.from);
        let to_mm = self.mm_from(&r.from, r.direction, r.by);
        let before_mm = r.before.and_then(|b| self.mm_from(&r.from, r.direction, b));
        let course = course_words(r.course.or(match (r.turn_deg, r.direction) {
            (None, Direction::Forward | Direction::Back) => Some(Course::MidlineParallel),
            _ => None,
        }));
        let turn = r.turn_deg.map(turn_words).unwrap_or_default();
        let direction = self.direction(r.direction);
        match r.before {
            None => format!("from {from} {} {direction}{turn}{course}{total}", self.run_length(r, to_mm)),
            Some(before) => format!(
                "through {from}: {} {direction} and {} the other way{turn}{course}{total}",
                self.run_length(r, to_mm),
                self.length(before, before_mm)
            ),
        }
    }

    /// The whole length of a run is given with it; mm of a stretch of the midline would only be near it.
    fn run_length(&self, r: &Run, mm: Option<f64>) -> String {
        let midline = matches!(r.direction, Direction::Forward | Direction::Back)
            && matches!(r.course, None | Some(Course::MidlineParallel));
        self.length(r.by, if midline { None } else { mm })
    }
}

fn by_words(by: By) -> &'static str {
    match by {
        By::Geodesic => "the shortest way on the skin",
        By::Plane => "in one plane",
        By::Chord => "under the straight chord",
        By::Vertical => "in the vertical plane",
    }
}

fn course_words(course: Option<Course>) -> &'static str {
    match course {
        Some(Course::MidlineParallel) => ", parallel to the midline",
        Some(Course::Horizontal) => ", horizontally",
        Some(Course::Coronal) => ", in the vertical plane from side to side",
        Some(Course::Sagittal) => ", in the vertical plane from front to back",
        Some(Course::Straight) => ", straight on",
        None => "",
    }
}

fn turn_words(deg: f64) -> String {
    if deg >= 0.0 {
        format!(", turned {deg:.0}° toward the face")
    } else {
        format!(", turned {:.0}° toward the occiput", -deg)
    }
}

fn fraction_words(f: Fraction) -> String {
    match f.to_string().as_str() {
        "1/2" => "half".to_owned(),
        text => text.to_owned(),
    }
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
