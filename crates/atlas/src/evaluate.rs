//! Atlas × head: where everything is on this head.
//!
//! An [`Evaluator`] holds one head (or one random draw of it), one choice of variants and settings, and remembers
//! every construction that it has worked out, so that items that build on each other cost once.

mod hairline;
mod place;
mod shape;

use std::{
    collections::{BTreeMap, HashMap},
    hash::{Hash, Hasher},
    sync::Arc,
};

use baihui_head::{
    Axes, Curve, Head, Landmarks, Side, Surface, SurfacePoint,
    cun::{Hairline, Midline, Transverse},
    curve::{
        CurveError,
        geodesic::{self, Care},
        plane_cut,
    },
    landmark::name,
    ten_five,
};
use glam::DVec3;
use thiserror::Error;

use crate::{
    check::{Name, nearest},
    language::{By, Direction, Length, Line, Place},
    load::{Atlas, Shape},
};

/// Why an item cannot be located on a head.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum Refusal {
    /// The head lacks a landmark.
    #[error("the head has no landmark \"{name}\" ({side})")]
    NoLandmark {
        /// Its name.
        name: String,
        /// The side.
        side: Side,
    },
    /// The midline or the upright pose cannot be drawn.
    #[error("{0}")]
    NoFrame(String),
    /// A cun scale is missing.
    #[error("{scale} cun cannot be measured on this head: {missing}")]
    NoCun {
        /// Which scale.
        scale: &'static str,
        /// What is missing for it.
        missing: &'static str,
    },
    /// A curve cannot be drawn.
    #[error("{what}: {source}")]
    Curve {
        /// What was being drawn.
        what: String,
        /// Why it cannot be.
        source: CurveError,
    },
    /// Two curves or planes do not meet.
    #[error("{0}")]
    NoMeeting(String),
    /// Variants chosen by the user refer to each other in a circle.
    #[error("{0} is constructed from itself with the variants that were chosen")]
    Circle(String),
    /// It builds on an item that is refused.
    #[error("{code} cannot be located: {because}")]
    Because {
        /// The item that it needs.
        code: String,
        /// Why that one is refused.
        because: Box<Refusal>,
    },
}

/// Choice among the disputed constructions and settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Construction index per item; absent: the default.
    pub variants: BTreeMap<usize, usize>,
    /// Option per setting; absent: the default.
    pub settings: BTreeMap<String, String>,
}

/// Why a choice is not one.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{message}")]
pub struct ChoiceError {
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub hint: Option<String>,
}

impl Choices {
    /// Adds a choice written as `ZONE=NAME` or `setting=option`.
    ///
    /// # Errors
    /// [`ChoiceError`] names what exists.
    pub fn add(&mut self, atlas: &Atlas, text: &str) -> Result<(), ChoiceError> {
        let wrong = |message: String, hint: Option<String>| ChoiceError { message, hint };
        let (left, right) = text.split_once('=').ok_or_else(|| {
            wrong(
                format!("\"{text}\" is not a choice"),
                Some("write ZONE=VARIANT, for example GV20=ear-apex".to_owned()),
            )
        })?;
        let (left, right) = (left.trim(), right.trim());
        if let Some(setting) = atlas.settings.get(left) {
            if !setting.option.contains_key(right) {
                let names: Vec<&str> = setting.option.keys().map(String::as_str).collect();
                return Err(wrong(
                    format!("the setting {left} has no option \"{right}\""),
                    Some(format!("its options are: {}", names.join(", "))),
                ));
            }
            self.settings.insert(left.to_owned(), right.to_owned());
            return Ok(());
        }
        let index = atlas.find(left).ok_or_else(|| {
            let known = atlas.settings.keys().chain(atlas.entries.iter().map(|e| &e.item.code));
            wrong(
                format!("\"{left}\" is neither an item nor a setting of the atlas"),
                nearest(left, known).map(|n| format!("did you mean {n}?")),
            )
        })?;
        let entry = &atlas.entries[index];
        let position = entry.constructions.iter().position(|m| m.name == right && !right.is_empty());
        let names: Vec<&str> =
            entry.constructions.iter().map(|m| m.name.as_str()).filter(|n| !n.is_empty()).collect();
        let found = position.ok_or_else(|| {
            wrong(
                format!("{} has no variant \"{right}\"", entry.item.code),
                Some(if names.is_empty() {
                    format!("the construction of {} is undisputed in the atlas", entry.item.code)
                } else {
                    format!("its variants are: {}", names.join(", "))
                }),
            )
        })?;
        self.variants.insert(index, found);
        Ok(())
    }

    /// The construction of an item that is in force.
    pub fn construction(&self, atlas: &Atlas, item: usize) -> usize {
        self.variants.get(&item).copied().unwrap_or(atlas.entries[item].default)
    }

    /// The option of a setting that is in force; empty for a setting that the atlas does not have.
    pub fn setting<'a>(&'a self, atlas: &'a Atlas, name: &str) -> &'a str {
        self.settings
            .get(name)
            .or_else(|| atlas.settings.get(name).map(|s| &s.default))
            .map_or("", String::as_str)
    }
}

/// What an item is on a head.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A point.
    Point(SurfacePoint),
    /// A line, from its start to its end.
    Line(Arc<Curve>),
    /// An area by its closed outline.
    Area(Arc<Curve>),
}

/// What a curve between places depends on, beside the head: the way, both ends, and the place between, bit for bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Joined(By, [(u32, [u64; 3]); 3]);

impl Hash for Joined {
    /// By the ends alone, a word each: what differs in the rest only is compared.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [(_, from), (_, to), _] = self.1;
        state.write_u64(from[0] ^ to[0].rotate_left(32));
    }
}

impl Joined {
    fn new(by: By, from: SurfacePoint, to: SurfacePoint, via: Option<SurfacePoint>) -> Self {
        let bits = |p: SurfacePoint| (p.face, p.bary.map(f64::to_bits));
        Self(by, [bits(from), bits(to), via.map_or((u32::MAX, [0; 3]), bits)])
    }
}

/// Work on one head with one set of choices.
#[derive(Debug)]
pub struct Evaluator<'a> {
    atlas: &'a Atlas,
    choices: &'a Choices,
    skin: &'a Surface,
    landmarks: Vec<Slot>,
    names: &'a Names,
    axes: Axes,
    midline: Midline,
    vertical_cun: Option<f64>,
    /// Step at which lines that are not sections or geodesics are constructed, mm.
    step_mm: f64,
    /// Corners of a disc.
    disc: usize,
    /// How geodesics are looked for.
    care: Care,
    memo: Vec<Memo>,
    /// Curves between places. Only ever asked for one: it has no order.
    joined: HashMap<Joined, Arc<Curve>>,
    used: Mask,
}

/// That step as a fraction of the nasion–inion arc (about 6 mm), so that scaling a head scales its zones.
const STEP: f64 = 1.0 / 60.0;

/// How much longer the steps are on a measuring skin.
const COARSELY: f64 = 2.5;

/// Corners of the outline of a disc.
const DISC: usize = 24;

/// A landmark on the skin, per side: left, right, midline.
type Slot = [Option<SurfacePoint>; 3];

#[derive(Clone, Debug, Default)]
enum Memo {
    #[default]
    Unknown,
    Working,
    /// The result and the landmarks that it was constructed from.
    Done(Result<Value, Refusal>, Mask),
}

/// A set of landmarks by slot: index in [`Names::landmarks`] times three, plus the side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mask([u64; 8]);

impl Mask {
    fn set(&mut self, slot: usize) {
        match self.0.get_mut(slot / 64) {
            Some(word) => *word |= 1 << (slot % 64),
            // More landmarks than bits: then everything depends on everything.
            None => self.0 = [u64::MAX; 8],
        }
    }

    fn add(&mut self, other: Self) {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a |= b;
        }
    }

    /// Whether a slot is in the set.
    pub fn has(&self, slot: usize) -> bool {
        self.0.get(slot / 64).map_or(self.0[0] == u64::MAX, |word| word >> (slot % 64) & 1 == 1)
    }
}

/// Landmarks that the pose, the midline or the cun are taken from: what every construction may depend on.
pub const FRAME_LANDMARKS: [&str; 10] = [
    name::NASION,
    name::INION,
    name::PREAURICULAR,
    name::ORBITALE,
    name::PORION,
    name::GLABELLA,
    name::ANTERIOR_HAIRLINE,
    name::POSTERIOR_HAIRLINE,
    "hairline-corner",
    "mastoid-tip",
];

/// Every name that the atlas uses in a construction, resolved once.
#[derive(Debug, Default)]
pub struct Names {
    landmarks: Vec<String>,
    /// Only ever asked for one name: it has no order.
    targets: HashMap<String, Target>,
}

#[derive(Clone, Copy, Debug)]
struct Target {
    side: Option<Side>,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Landmark(usize),
    /// Item, and construction if the name gives a variant.
    Item(usize, Option<usize>),
}

impl Names {
    /// Resolves all names of an atlas.
    pub fn of(atlas: &Atlas) -> Self {
        let landmarks: Vec<String> = atlas.landmarks.keys().cloned().collect();
        let mut targets = HashMap::new();
        for entry in &atlas.entries {
            for made in &entry.constructions {
                crate::check::each_name(&made.shape, &mut |text| {
                    let name = Name::parse(text);
                    let what = match landmarks.iter().position(|l| l == name.base) {
                        Some(i) => Some(What::Landmark(i)),
                        None => atlas.find(name.base).map(|i| {
                            let named = name.variant.and_then(|v| {
                                atlas.entries[i].constructions.iter().position(|m| m.name == v)
                            });
                            What::Item(i, named)
                        }),
                    };
                    if let Some(what) = what {
                        targets.insert(text.to_owned(), Target { side: name.side, what });
                    }
                });
            }
        }
        Self { landmarks, targets }
    }

    /// Landmark names in the order of [`drop_landmarks`].
    pub fn landmarks(&self) -> &[String] {
        &self.landmarks
    }
}

fn slot(side: Side) -> usize {
    match side {
        Side::Left => 0,
        Side::Right => 1,
        Side::Midline => 2,
    }
}

/// The landmarks that the atlas knows, on the skin, in the order of [`Names::landmarks`].
pub fn drop_landmarks(names: &Names, landmarks: &Landmarks, skin: &Surface) -> Vec<Slot> {
    let at = |n: &str, side| landmarks.mm(n, side).map(|mm| skin.closest(mm).0);
    names.landmarks.iter().map(|n| [at(n, Side::Left), at(n, Side::Right), at(n, Side::Midline)]).collect()
}

impl<'a> Evaluator<'a> {
    /// Prepares a head: upright axes, midline and cun.
    ///
    /// # Errors
    /// [`Refusal::NoFrame`] where nasion, inion or a preauricular point is missing or the midline cannot be drawn.
    pub fn new(
        atlas: &'a Atlas,
        names: &'a Names,
        choices: &'a Choices,
        head: &'a Head,
    ) -> Result<Self, Refusal> {
        let landmarks = drop_landmarks(names, &head.landmarks, &head.skin);
        Self::with_landmarks(atlas, names, choices, &head.skin, landmarks)
    }

    /// The same from landmarks that are on the skin already (a random draw).
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_landmarks(
        atlas: &'a Atlas,
        names: &'a Names,
        choices: &'a Choices,
        skin: &'a Surface,
        mut landmarks: Vec<Slot>,
    ) -> Result<Self, Refusal> {
        let find = |n: &'static str, side: Side| {
            let i = names.landmarks.iter().position(|l| l == n);
            i.and_then(|i| landmarks[i][slot(side)]).ok_or(Refusal::NoLandmark { name: n.to_owned(), side })
        };
        let fiducials = ten_five::Fiducials {
            nasion: find(name::NASION, Side::Midline)?,
            inion: find(name::INION, Side::Midline)?,
            lpa: find(name::PREAURICULAR, Side::Left)?,
            rpa: find(name::PREAURICULAR, Side::Right)?,
        };
        let mm = |p: SurfacePoint| skin.position(p);
        let middle =
            |n: &'static str| Some((mm(find(n, Side::Left).ok()?) + mm(find(n, Side::Right).ok()?)) / 2.0);
        let anterior = match (middle(name::ORBITALE), middle(name::PORION), choices.setting(atlas, "upright"))
        {
            (Some(orbitale), Some(porion), "frankfurt" | "") => orbitale - porion,
            _ => mm(fiducials.nasion) - (mm(fiducials.lpa) + mm(fiducials.rpa)) / 2.0,
        };
        let axes =
            Axes::from_right_anterior(mm(fiducials.rpa) - mm(fiducials.lpa), anterior).ok_or_else(|| {
                Refusal::NoFrame("the preauricular points and the nasion are on one line".to_owned())
            })?;
        let (median, over_mm) = median(skin, &fiducials)?;
        let rule = choices.setting(atlas, "bald-hairline");
        let middles = hairline::by_rule(rule, skin, &median, &find)?;
        for (n, p) in
            [(name::ANTERIOR_HAIRLINE, middles.anterior), (name::POSTERIOR_HAIRLINE, middles.posterior)]
        {
            if let (Some(i), Some(p)) = (names.landmarks.iter().position(|l| l == n), p) {
                landmarks[i][slot(Side::Midline)] = Some(p);
            }
        }
        let find = |n: &'static str, side: Side| {
            let i = names.landmarks.iter().position(|l| l == n);
            i.and_then(|i| landmarks[i][slot(side)]).ok_or(Refusal::NoLandmark { name: n.to_owned(), side })
        };
        let midline =
            midline(skin, (median, over_mm), axes, &find, choices.setting(atlas, "transverse-scale"));
        let cun = midline.cun();
        let vertical_cun = match choices.setting(atlas, "vertical-cun") {
            "forehead" => cun.map(|c| c.forehead),
            "front" => cun.and_then(|c| c.front),
            "back" => cun.and_then(|c| c.back),
            _ => cun.map(|c| c.vault),
        };
        let memo = vec![Memo::Unknown; atlas.entries.len() * 3];
        Ok(Self {
            atlas,
            choices,
            skin,
            landmarks,
            names,
            axes,
            midline,
            vertical_cun,
            step_mm: over_mm * STEP,
            disc: DISC,
            care: Care::Taut,
            memo,
            joined: HashMap::new(),
            used: Mask::default(),
        })
    }

    /// Upright axes of the head.
    pub fn axes(&self) -> Axes {
        self.axes
    }

    /// The midline with its cun.
    pub fn midline(&self) -> &Midline {
        &self.midline
    }

    /// The skin.
    pub fn skin(&self) -> &'a Surface {
        self.skin
    }

    /// Locates an item on a side by the construction in force.
    ///
    /// # Errors
    /// [`Refusal`] says what is missing.
    pub fn locate(&mut self, item: usize, side: Side) -> Result<Value, Refusal> {
        let key = item * 3 + slot(side);
        match &self.memo[key] {
            Memo::Done(result, mask) => {
                self.used.add(*mask);
                return result.clone();
            }
            Memo::Working => return Err(Refusal::Circle(self.atlas.entries[item].item.code.clone())),
            Memo::Unknown => {}
        }
        self.work_out(item, side);
        match &self.memo[key] {
            Memo::Done(result, _) => result.clone(),
            Memo::Unknown | Memo::Working => unreachable!("worked out above"),
        }
    }

    /// Constructs an item and remembers it.
    fn work_out(&mut self, item: usize, side: Side) {
        let key = item * 3 + slot(side);
        self.memo[key] = Memo::Working;
        let outer = std::mem::take(&mut self.used);
        let construction = self.choices.construction(self.atlas, item);
        let result = self.construct(item, construction, side);
        self.memo[key] = Memo::Done(result, self.used);
        self.used.add(outer);
    }

    /// The same head, for measuring how items move rather than where they are: lines that are constructed step by
    /// step take longer steps, and geodesics are looked for with less care.
    #[must_use]
    pub fn coarsely(mut self) -> Self {
        self.step_mm *= COARSELY;
        self.disc = DISC / 3;
        self.care = Care::Brief;
        self
    }

    /// The same head with one landmark elsewhere; the landmark must not be one of [`FRAME_LANDMARKS`]. What was not
    /// constructed from it stays as it was.
    #[must_use]
    pub fn with_landmark(&self, landmark: usize, side: Side, to: SurfacePoint) -> Self {
        let moved = landmark * 3 + slot(side);
        let mut landmarks = self.landmarks.clone();
        landmarks[landmark][slot(side)] = Some(to);
        let stays = |m: &Memo| matches!(m, Memo::Done(_, mask) if !mask.has(moved));
        Self {
            landmarks,
            midline: self.midline.clone(),
            memo: self.memo.iter().map(|m| if stays(m) { m.clone() } else { Memo::Unknown }).collect(),
            joined: self.joined.clone(),
            used: Mask::default(),
            ..*self
        }
    }

    /// The landmarks that a located item was constructed from, beside those of the frame.
    pub fn depends_on(&mut self, item: usize, side: Side) -> Mask {
        let _ = self.locate_ref(item, side);
        match &self.memo[item * 3 + slot(side)] {
            Memo::Done(_, mask) => *mask,
            Memo::Unknown | Memo::Working => Mask::default(),
        }
    }

    /// [`Self::locate`] without a copy of the result.
    ///
    /// # Errors
    /// [`Refusal`] says what is missing.
    pub fn locate_ref(&mut self, item: usize, side: Side) -> Result<&Value, &Refusal> {
        let key = item * 3 + slot(side);
        if !matches!(self.memo[key], Memo::Done(..)) {
            // A circle is found, and remembered, on the way.
            self.work_out(item, side);
        }
        match &self.memo[key] {
            Memo::Done(result, _) => result.as_ref(),
            Memo::Unknown | Memo::Working => unreachable!("worked out above"),
        }
    }

    /// Works out a place of the zone language.
    ///
    /// # Errors
    /// [`Refusal`] says what is missing.
    pub fn place_value(&mut self, place: &Place, side: Side) -> Result<SurfacePoint, Refusal> {
        self.place(place, side)
    }

    /// Works out a line of the zone language.
    ///
    /// # Errors
    /// [`Refusal`] says what is missing.
    pub fn line_value(&mut self, line: &Line, side: Side) -> Result<Arc<Curve>, Refusal> {
        self.line(line, side)
    }

    /// A length that does not run along the midline or across it, in mm of this head.
    pub fn local_mm(&self, length: Length) -> Option<f64> {
        self.length_mm(length).ok()
    }

    /// A length that is measured off from a place in a direction, in mm of this head: to the side in the transverse
    /// cun of the place's level, else as [`Self::local_mm`].
    pub fn mm_from(&mut self, from: &Place, direction: Direction, by: Length, side: Side) -> Option<f64> {
        let from = self.place(from, side).ok()?;
        self.directed_mm(from, direction, by).ok()
    }

    /// Locates an item by a certain construction, whatever the choice in force.
    ///
    /// # Errors
    /// [`Refusal`] says what is missing.
    pub fn construct(&mut self, item: usize, construction: usize, side: Side) -> Result<Value, Refusal> {
        let atlas = self.atlas;
        match &atlas.entries[item].constructions[construction].shape {
            Shape::Point(p) => self.place(p, side).map(Value::Point),
            Shape::Line(l) => self.line(l, side).map(Value::Line),
            Shape::Area(a) => self.area(a, side).map(|c| Value::Area(Arc::new(c))),
        }
    }

    fn position(&self, p: SurfacePoint) -> DVec3 {
        self.skin.position(p)
    }
}

/// The median section from the nasion over the vertex and down the neck, and the arc from nasion to inion in mm.
fn median(skin: &Surface, fiducials: &ten_five::Fiducials) -> Result<(Curve, f64), Refusal> {
    let frame = |e: ten_five::TenFiveError| Refusal::NoFrame(e.to_string());
    let reference = ten_five::reference(skin, fiducials).map_err(frame)?;
    let over = reference.sagittal;
    // On down the neck, for the posterior hairline and what lies below it.
    // Fractions of the arc: about 150 mm and 5 mm.
    const NECK: f64 = 5.0 / 12.0;
    const DIRECTION_HALF: f64 = 1.0 / 72.0;
    let [n, c, i] = [fiducials.nasion, reference.cz, fiducials.inion].map(|p| skin.position(p));
    let end = over.length_mm();
    let neck = plane_cut::walk(
        skin,
        fiducials.inion,
        (c - n).cross(i - n),
        over.mean_direction_at(end, end * DIRECTION_HALF),
        plane_cut::Stop::After(end * NECK),
    );
    Ok(match neck {
        Ok(neck) => (over.then(&neck), end),
        // A head that was cut off there.
        Err(_) => (over, end),
    })
}

/// The median section with the cun on it.
fn midline(
    skin: &Surface,
    (curve, over_mm): (Curve, f64),
    axes: Axes,
    find: &dyn Fn(&'static str, Side) -> Result<SurfacePoint, Refusal>,
    transverse: &str,
) -> Midline {
    let mm = |n: &'static str, side| find(n, side).ok().map(|p| skin.position(p));
    let width = |n: &'static str, via: SurfacePoint| {
        let (l, r) = (find(n, Side::Left).ok()?, find(n, Side::Right).ok()?);
        let curve = plane_cut::through(skin, l, via, r).ok()?;
        Some(curve.length_mm())
    };
    let hairline = (|| {
        Some(Hairline {
            glabella: mm(name::GLABELLA, Side::Midline)?,
            anterior: mm(name::ANTERIOR_HAIRLINE, Side::Midline)?,
            posterior: mm(name::POSTERIOR_HAIRLINE, Side::Midline)?,
            front_width_mm: find(name::ANTERIOR_HAIRLINE, Side::Midline)
                .ok()
                .and_then(|via| width("hairline-corner", via)),
            back_width_mm: find(name::INION, Side::Midline).ok().and_then(|via| {
                let (l, r) = (find("mastoid-tip", Side::Left).ok()?, find("mastoid-tip", Side::Right).ok()?);
                let halves = [geodesic::taut(skin, l, via).ok()?, geodesic::taut(skin, via, r).ok()?];
                Some(halves.iter().map(Curve::length_mm).sum())
            }),
        })
    })();
    let transverse = match transverse {
        "front" => Transverse::Front,
        "back" => Transverse::Back,
        _ => Transverse::Interpolated,
    };
    Midline::new(curve, over_mm, axes, hairline, transverse)
}
