//! How far from a point a needle may come to stand, as far as figures exist.
//!
//! Two causes have figures. *The hand*: how far marks of the same point by many people lie apart; measured at a few
//! points, on one or two people, and without any method in common, so that it holds the landmark that is felt, the way
//! cun are counted and the hand itself. *Lengths*: where a length was not taken with a tape, the mesh has what height
//! and sex make likely, and people of one height differ. What has no figure is named ([`Lack`]) and not guessed: a
//! landmark that a rule had to read from words, a stretch of which nobody has published how it varies.

use std::{collections::BTreeMap, f64::consts::PI};

use baihui_head::{
    Side,
    body::{Measure, Shape},
};
use serde::{Deserialize, Serialize};

use super::{
    language::Place,
    locate::Locator,
    words::{Sentence, say},
};
use crate::language::Source;

/// −2 ln 0.05: the 95 % quantile of χ² with two degrees of freedom.
const CHI2_95: f64 = 5.991_464_547_107_98;
/// A rule refers to points that refer to points; deeper than this it is no rule of ours.
const DEEPEST: usize = 12;

/// `spread.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpreadFile {
    /// Marks of one point by many people.
    #[serde(default)]
    pub hand: Vec<Hand>,
    /// The best that was reached.
    pub ruler: Option<Ruler>,
    /// Lengths between people of one height and sex.
    #[serde(default)]
    pub length: Vec<Length>,
    /// Height between people of one sex.
    pub height: Option<Height>,
}

/// How far marks of a point lay apart.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Hand {
    /// Code of the point.
    pub point: String,
    /// Area of the ellipses of one and of two standard deviations, cm².
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field_cm2: Option<[f64; 2]>,
    /// Or mean and standard deviation of the distance from the place that a tape gave, mm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance_mm: Option<[f64; 2]>,
    /// Marks.
    pub n: u32,
    /// Whose marks, on whom.
    pub who: String,
    /// Sources.
    pub sources: Vec<Source>,
}

impl Hand {
    /// Standard deviation along each of two directions, mm: the radius of a circle of the ellipse's area, or the root
    /// mean square distance over √2.
    pub fn sd_mm(&self) -> f64 {
        match (self.field_cm2, self.distance_mm) {
            (Some([one, _]), _) => libm::sqrt(one * 100.0 / PI),
            (None, Some([mean, sd])) => libm::sqrt((mean * mean + sd * sd) / 2.0),
            (None, None) => f64::NAN,
        }
    }
}

/// The best that was reached.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ruler {
    /// Area that held 95 % of the marks, cm².
    #[serde(rename = "field-95-cm2")]
    pub field_95_cm2: f64,
    /// Whose marks.
    pub who: String,
    /// Sources.
    pub sources: Vec<Source>,
}

/// How a length varies between people of the same height and sex.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Length {
    /// Stretches that it stands for.
    pub stretches: Vec<String>,
    /// The tape measure that makes it known.
    pub measure: Measure,
    /// Standard deviation, as a part of the length.
    pub relative_sd: f64,
    /// How the figure follows from what is printed.
    pub how: String,
    /// Who was measured.
    pub who: String,
    /// Sources.
    pub sources: Vec<Source>,
}

/// How height varies between people of one sex.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Height {
    /// Standard deviation, as a part of the height.
    pub relative_sd: f64,
    /// How the figure follows from what is printed.
    pub how: String,
    /// Who was measured.
    pub who: String,
    /// Sources.
    pub sources: Vec<Source>,
}

impl SpreadFile {
    /// What is wrong with the figures by themselves.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut out = Vec::new();
        for h in &self.hand {
            let sd = h.sd_mm();
            if !(sd > 0.5 && sd < 60.0) || h.n == 0 || (h.field_cm2.is_some() && h.distance_mm.is_some()) {
                out.push(format!("{}: exactly one of field-cm2 and distance-mm, of somebody", h.point));
            }
        }
        let relative =
            self.length.iter().map(|l| l.relative_sd).chain(self.height.iter().map(|h| h.relative_sd));
        for r in relative.filter(|r| !(*r > 0.0 && *r < 0.3)) {
            out.push(format!("a relative-sd of {r} is no spread of a length between people"));
        }
        let sources = (self.hand.iter().map(|h| &h.sources))
            .chain(self.length.iter().map(|l| &l.sources))
            .chain(self.height.iter().map(|h| &h.sources))
            .chain(self.ruler.iter().map(|r| &r.sources));
        if sources.into_iter().any(Vec::is_empty) {
            out.push("a figure without a source".to_owned());
        }
        out
    }

    /// Every source that it cites.
    pub(super) fn sources(&self) -> impl Iterator<Item = &Source> {
        (self.hand.iter().flat_map(|h| &h.sources))
            .chain(self.length.iter().flat_map(|l| &l.sources))
            .chain(self.height.iter().flat_map(|h| &h.sources))
            .chain(self.ruler.iter().flat_map(|r| &r.sources))
    }

    /// Standard deviation that a ruler reached, mm.
    fn ruler_mm(&self) -> f64 {
        self.ruler.as_ref().map_or(0.0, |r| libm::sqrt(r.field_95_cm2 * 100.0 / (PI * CHI2_95)))
    }

    /// The largest standard deviation that was found at any point, mm.
    fn worst_mm(&self) -> f64 {
        self.hand.iter().map(Hand::sd_mm).fold(self.ruler_mm(), f64::max)
    }
}

/// What an uncertainty does not hold, because no figure was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Lack {
    /// Nobody has published how far marks of this point lie apart.
    Hand,
    /// The rule had to choose a number that its source does not give.
    Reading,
    /// Nobody has published how this stretch varies between people of one height.
    Stretch {
        /// Its name.
        stretch: String,
    },
}

/// How far from the point a needle may come to stand.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Standard deviation of hands along each of two directions, mm: what a ruler from marked landmarks reached, and
    /// what was found at this point, or else the largest at any point.
    pub hand_mm: [f64; 2],
    /// Standard deviation from lengths that were not taken on this person, mm.
    pub length_mm: f64,
    /// Tape measures that would make it smaller.
    pub unmeasured: Vec<Measure>,
    /// Whether height was not known either.
    pub height_unknown: bool,
    /// What is not in it.
    pub lacks: Vec<Lack>,
}

impl Spread {
    /// At least and at most, mm, of what has figures.
    pub fn sd_mm(&self) -> [f64; 2] {
        self.hand_mm.map(|h| libm::hypot(h, self.length_mm))
    }

    /// In words, with what is not in it.
    pub fn words(&self) -> Sentence {
        let [a, b] = self.sd_mm();
        let here = !self.lacks.contains(&Lack::Hand);
        let mut out = say(
            format!(
                "± {a:.0} mm at best (a ruler from marked landmarks), ± {b:.0} mm as {}",
                if here {
                    "doctors placed this point"
                } else {
                    "doctors placed the worst of nine other points"
                }
            ),
            format!(
                "最好±{a:.0}毫米（由标记的骨性标志用尺量取），{}±{b:.0}毫米",
                if here { "医生实际定此穴为" } else { "医生定另外九穴中最差者为" }
            ),
        );
        if self.length_mm >= 0.5 {
            out.en += &format!("; {:.0} mm of it from lengths not measured here", self.length_mm);
            out.zh += &format!("；其中{:.0}毫米来自未测量的长度", self.length_mm);
            let names: Vec<&str> = self.unmeasured.iter().map(|m| m.name()).collect();
            if !names.is_empty() {
                out.en += &format!(" (measure the {})", names.join(" and the "));
                let zh: Vec<&str> = self.unmeasured.iter().map(|m| chinese(*m)).collect();
                out.zh += &format!("（请量{}）", zh.join("和"));
            } else if self.height_unknown {
                out.en += " (measure the height)";
                out.zh += "（请量身高）";
            }
        }
        let mut lacks: Vec<(&str, &str)> = Vec::new();
        if self.lacks.contains(&Lack::Reading) {
            lacks.push(("the landmark, which the rule reads from words", "该穴依文字推定的标志"));
        }
        if self.lacks.iter().any(|l| matches!(l, Lack::Stretch { .. })) {
            lacks.push(("how this stretch differs between people of one height", "同身高者此段长度之差"));
        }
        if !lacks.is_empty() {
            let (en, zh): (Vec<&str>, Vec<&str>) = lacks.into_iter().unzip();
            out.en += &format!("; not in it, because no figure was found: {}", en.join("; "));
            out.zh += &format!("；未计入（未找到数据）：{}", zh.join("；"));
        }
        out.en += ".";
        out.zh += "。";
        out
    }
}

fn chinese(m: Measure) -> &'static str {
    match m {
        Measure::Forearm => "前臂",
        Measure::LowerLeg => "小腿",
        Measure::Trunk => "躯干",
    }
}

/// Cun that lead from what is felt to a point, by stretch.
type Cuns<'a> = BTreeMap<&'a str, f64>;

impl<'a> Locator<'a> {
    /// How far from one place of a point a needle may come to stand, on a body that was shaped to this.
    ///
    /// Points of the head are asked of the head atlas, not here: nothing. The side only picks the limb.
    pub fn spread(&self, point: usize, construction: usize, side: Side) -> Option<Spread> {
        let p = self.atlas().points.get(point)?;
        let place = &p.constructions.get(construction)?.place;
        let file = &self.atlas().spread;
        let shape = &self.body().report.shape;
        let here: Vec<f64> = file.hand.iter().filter(|h| h.point == p.point.code).map(Hand::sd_mm).collect();
        let mut lacks = Vec::new();
        if here.is_empty() {
            lacks.push(Lack::Hand);
        }
        if p.point.reading.is_some() {
            lacks.push(Lack::Reading);
        }
        let most = here.into_iter().reduce(f64::max).unwrap_or_else(|| file.worst_mm());
        let mut cuns = Cuns::new();
        self.cuns(place, 1.0, 0, &mut cuns);
        let (mut variance, mut unmeasured) = (0.0, Vec::new());
        for (stretch, cun) in cuns.into_iter().filter(|(_, c)| c.abs() > 1e-9) {
            let Ok(one) = self.cun_straight(stretch, side) else { continue };
            let (relative, lack) = self.relative_sd(stretch, shape, &mut unmeasured);
            lacks.extend(lack);
            variance += libm::pow(cun * one * relative, 2.0);
        }
        lacks.sort();
        lacks.dedup();
        unmeasured.sort_unstable();
        unmeasured.dedup();
        Some(Spread {
            hand_mm: [file.ruler_mm().min(most), most],
            length_mm: libm::sqrt(variance),
            unmeasured,
            height_unknown: shape.height_mm.is_none(),
            lacks,
        })
    }

    /// Stretches that a point is counted in, in words, with one cun of each on this body, mm.
    pub fn own_cun(&self, point: usize, construction: usize, side: Side) -> Vec<(String, f64)> {
        let place = self.atlas().points.get(point).and_then(|p| p.constructions.get(construction));
        let mut cuns = Cuns::new();
        if let Some(c) = place {
            self.cuns(&c.place, 1.0, 0, &mut cuns);
        }
        let of = |(name, _): (&str, f64)| {
            let s = self.atlas().stretches.get(name)?;
            Some((s.about.clone(), self.cun_straight(name, side).ok()?))
        };
        cuns.into_iter().filter(|(_, c)| c.abs() > 1e-9).filter_map(of).collect()
    }

    /// How a stretch of this person may differ from the mesh's, as a part of it.
    fn relative_sd(&self, stretch: &str, shape: &Shape, ask: &mut Vec<Measure>) -> (f64, Option<Lack>) {
        let file = &self.atlas().spread;
        let height = match (shape.height_mm, &file.height) {
            (None, Some(h)) => h.relative_sd,
            _ => 0.0,
        };
        match file.length.iter().find(|l| l.stretches.iter().any(|s| s == stretch)) {
            Some(l) if shape.measure(l.measure).is_some() => (0.0, None),
            Some(l) => {
                ask.push(l.measure);
                (libm::hypot(l.relative_sd, height), None)
            }
            None => (height, Some(Lack::Stretch { stretch: stretch.to_owned() })),
        }
    }

    /// Adds the cun of a rule. Landmarks are felt on the person and end the way; points are followed.
    fn cuns(&self, place: &'a Place, weight: f64, depth: usize, out: &mut Cuns<'a>) {
        if depth > DEEPEST {
            return;
        }
        let mut add = |stretch: &'a str, cun: f64| *out.entry(stretch).or_insert(0.0) += weight * cun;
        let mut follow: Vec<(&'a str, f64)> = Vec::new();
        match place {
            Place::Named(n) => follow.push((n, weight)),
            Place::Limb(l) => match l.cun() {
                Some(c) => {
                    add(c.of, c.cun);
                    follow.push((c.from, weight));
                }
                None => match (&l.level, &l.levels) {
                    (Some(level), _) => follow.push((level, weight)),
                    (None, Some([a, b])) => {
                        let part = l.part.map_or(0.5, crate::language::Fraction::value);
                        follow.extend([(a.as_str(), weight * (1.0 - part)), (b.as_str(), weight * part)]);
                    }
                    (None, None) => {}
                },
            },
            Place::Trunk(t) => {
                if let Some(c) = t.cun() {
                    add(c.of, c.cun);
                    follow.push((c.from, weight));
                }
                if let Some(l) = t.lateral {
                    add(if t.trunk == super::language::Face::Back { "back-width" } else { "chest-width" }, l);
                }
            }
            Place::Between(b) => {
                let part = b.part.value();
                follow.extend([
                    (b.between[0].as_str(), weight * (1.0 - part)),
                    (b.between[1].as_str(), weight * part),
                ]);
            }
            Place::Move(m) => {
                add(&m.of, m.cun);
                follow.push((&m.from, weight));
            }
            Place::Ray(_) | Place::Drop(_) => {}
        }
        for (name, weight) in follow {
            let bare = name.strip_prefix("left:").or_else(|| name.strip_prefix("right:")).unwrap_or(name);
            let (code, variant) = bare.split_once('/').map_or((bare, None), |(c, v)| (c, Some(v)));
            if bare.starts_with("joint:") || self.atlas().landmarks.contains_key(bare) {
                continue;
            }
            let point = self.atlas().find(code).and_then(|i| self.atlas().points.get(i));
            let made = point.and_then(|p| match variant {
                Some(v) => p.constructions.iter().find(|c| c.name == v),
                None => p.constructions.first(),
            });
            if let Some(c) = made {
                self.cuns(&c.place, weight, depth + 1, out);
            }
        }
    }
}
