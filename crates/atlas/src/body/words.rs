//! The rule of a place as a sentence, with this body's millimetres.

use baihui_head::Side;

use super::{
    language::{Between, Face, Moved, OnLimb, OnTrunk, Place, Ray},
    locate::Locator,
};

/// A sentence in two languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sentence {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

pub(super) fn say(en: impl Into<String>, zh: impl Into<String>) -> Sentence {
    Sentence { en: en.into(), zh: zh.into() }
}

impl Sentence {
    fn and(mut self, other: &Self) -> Self {
        if !other.en.is_empty() {
            self.en += &format!(", {}", other.en);
            self.zh += &format!("，{}", other.zh);
        }
        self
    }
}

/// Joints of the mesh that rules name.
const JOINTS: [(&str, &str, &str); 12] = [
    ("elbow", "the middle of the elbow", "肘关节中心"),
    ("hand", "the middle of the wrist", "腕关节中心"),
    ("shoulder", "the middle of the shoulder joint", "肩关节中心"),
    ("knee", "the middle of the knee", "膝关节中心"),
    ("ankle", "the middle of the ankle", "踝关节中心"),
    ("upper-leg", "the middle of the hip joint", "髋关节中心"),
    ("pelvis", "the middle of the pelvis", "骨盆中心"),
    ("neck", "the root of the neck", "颈根"),
    ("head", "the base of the skull", "颅底"),
    ("eye", "the centre of the eye", "眼球中心"),
    ("ground", "the ground", "地面"),
    ("mouth", "the mouth", "口"),
];

/// Words for the ways round a limb, by 45 degrees from the front.
const ROUND: [[(&str, &str); 8]; 3] = [
    // Leg, neck, trunk.
    [
        ("on the front", "前面"),
        ("on the front and outer side", "前外侧"),
        ("on the outer side", "外侧"),
        ("on the back and outer side", "后外侧"),
        ("on the back", "后面"),
        ("on the back and inner side", "后内侧"),
        ("on the inner side", "内侧"),
        ("on the front and inner side", "前内侧"),
    ],
    // Arm and hand: front is the palmar side, lateral the thumb's.
    [
        ("on the palmar side", "掌侧"),
        ("on the palmar side toward the thumb", "掌桡侧"),
        ("on the thumb side", "桡侧"),
        ("on the back toward the thumb", "背桡侧"),
        ("on the back", "背侧"),
        ("on the back toward the little finger", "背尺侧"),
        ("on the little finger side", "尺侧"),
        ("on the palmar side toward the little finger", "掌尺侧"),
    ],
    // Foot: front is upward, lateral outward.
    [
        ("on the top", "足背"),
        ("on the top toward the outer side", "足背外侧"),
        ("on the outer side", "外侧"),
        ("on the sole toward the outer side", "足底外侧"),
        ("on the sole", "足底"),
        ("on the sole toward the inner side", "足底内侧"),
        ("on the inner side", "内侧"),
        ("on the top toward the inner side", "足背内侧"),
    ],
];

fn number(x: f64) -> String {
    if (x - x.round()).abs() < 1e-9 { format!("{x:.0}") } else { format!("{x}") }
}

fn cun_mm(cun: f64, mm: Option<f64>) -> Sentence {
    let cun = number(cun.abs());
    match mm {
        Some(mm) => say(format!("{cun} cun ({:.0} mm)", mm.abs()), format!("{cun}寸（{:.0}毫米）", mm.abs())),
        None => say(format!("{cun} cun"), format!("{cun}寸")),
    }
}

impl Locator<'_> {
    /// How a point is found, by one of its constructions; nothing for points of the head.
    pub fn words(&self, point: usize, construction: usize, side: Side) -> Option<Sentence> {
        let p = self.atlas().points.get(point)?;
        let s = self.sentence(&p.constructions.get(construction)?.place, side);
        let mut letters = s.en.chars();
        let first = letters.next()?.to_uppercase().collect::<String>();
        Some(say(format!("{first}{}.", letters.as_str()), format!("{}。", s.zh)))
    }

    /// A place by its name, as a reader says it.
    fn name(&self, name: &str) -> Sentence {
        let (side, bare) = match name.split_once(':') {
            Some(("left", rest)) => (Some(("left", "左")), rest),
            Some(("right", rest)) => (Some(("right", "右")), rest),
            _ => (None, name),
        };
        let plain = if let Some(joint) = bare.strip_prefix("joint:") {
            match JOINTS.iter().find(|j| j.0 == joint) {
                Some((_, en, zh)) => say(*en, *zh),
                None => digit(joint),
            }
        } else if let Some(l) = self.atlas().landmarks.get(bare) {
            let zh = if l.names.hanzi.is_empty() { l.names.en.clone() } else { l.names.hanzi.clone() };
            let mut en = l.names.en.clone();
            // Only what begins as a word, not as C7 or an abbreviation, is put in lower case.
            if en.chars().nth(1).is_some_and(char::is_lowercase)
                && let Some(c) = en.chars().next()
            {
                en.replace_range(..c.len_utf8(), &c.to_lowercase().collect::<String>());
            }
            say(format!("the {en}"), zh)
        } else {
            say(bare, bare)
        };
        match side {
            Some((en, zh)) => {
                say(format!("{en} {}", plain.en.trim_start_matches("the ")), format!("{zh}{}", plain.zh))
            }
            None => plain,
        }
    }

    fn sentence(&self, place: &Place, side: Side) -> Sentence {
        match place {
            Place::Named(name) => {
                let n = self.name(name);
                say(format!("at {}", n.en), format!("{}处", n.zh))
            }
            Place::Trunk(rule) => self.on_trunk_words(rule, side),
            Place::Limb(rule) => self.on_limb_words(rule, side),
            Place::Between(Between { between: [a, b], part }) => {
                let (a, b) = (self.name(a), self.name(b));
                let f = part.value();
                if (f - 0.5).abs() < 1e-9 {
                    say(
                        format!("midway between {} and {}", a.en, b.en),
                        format!("{}与{}连线中点", a.zh, b.zh),
                    )
                } else {
                    say(
                        format!("{:.0} % of the way from {} to {}", f * 100.0, a.en, b.en),
                        format!("{}至{}连线的{:.0}%处", a.zh, b.zh, f * 100.0),
                    )
                }
            }
            Place::Move(Moved { from, direction, cun, of }) => {
                let length = cun_mm(*cun, self.cun_straight(of, side).ok().map(|one| one * cun));
                let from = self.name(from);
                let (en, zh) = match super::direction::named(direction, side) {
                    Some(_) => (direction.replace('-', " and "), chinese(direction)),
                    None => {
                        let to = self.name(direction);
                        (format!("toward {}", to.en), format!("向{}", to.zh))
                    }
                };
                say(format!("{} {en} from {}", length.en, from.en), format!("{}{zh}{}", from.zh, length.zh))
            }
            Place::Ray(Ray { ray, toward, .. }) => {
                let from = self.name(ray);
                match toward {
                    Some(t) => {
                        let t = self.name(t);
                        say(
                            format!("where the line from {} toward {} meets the skin", from.en, t.en),
                            format!("自{}向{}方向的体表处", from.zh, t.zh),
                        )
                    }
                    None => say(format!("on the skin over {}", from.en), format!("{}表面", from.zh)),
                }
            }
            Place::Drop(rule) => {
                let (a, b) = (self.name(&rule.drop), self.name(&rule.to));
                say(format!("below {}, at the height of {}", a.en, b.en), format!("{}下方平{}", a.zh, b.zh))
            }
        }
    }

    fn on_trunk_words(&self, rule: &OnTrunk, side: Side) -> Sentence {
        let height = match (rule.cun(), &rule.level) {
            (Some(c), _) => {
                let mm = self.cun_along(c.of, -glam::DVec3::Z, side).ok().map(|one| one * c.cun);
                let (length, from) = (cun_mm(c.cun, mm), self.name(c.from));
                let (en, zh) = if c.cun >= 0.0 { ("below", "下") } else { ("above", "上") };
                if c.cun == 0.0 {
                    say(format!("level with {}", from.en), format!("平{}", from.zh))
                } else {
                    say(format!("{} {en} {}", length.en, from.en), format!("{}{zh}{}", from.zh, length.zh))
                }
            }
            (None, Some(level)) => {
                let n = self.name(level);
                say(format!("level with {}", n.en), format!("平{}", n.zh))
            }
            (None, None) => Sentence::default(),
        };
        let (face, width) = match rule.trunk {
            Face::Front => (say("on the front", "前面"), "chest-width"),
            Face::Back => (say("on the back", "背面"), "back-width"),
            Face::Side => {
                let under = rule.under.as_deref().unwrap_or("axilla-centre");
                let n = self.name(under);
                return say("on the side of the trunk", "躯干侧面")
                    .and(&height)
                    .and(&say(format!("in the vertical of {}", n.en), format!("{}垂线上", n.zh)));
            }
            Face::Corner => {
                return height.and(&say("where the front turns to the side", "前面转向侧面处"));
            }
        };
        let across = match (&rule.beside, rule.lateral) {
            (Some(b), _) => {
                let n = self.name(b);
                say(format!("straight above or below {}", n.en), format!("{}直上或直下", n.zh))
            }
            (None, Some(l)) if l != 0.0 => {
                let length = cun_mm(l, self.cun_straight(width, side).ok().map(|one| one * l));
                say(format!("{} to the side of the midline", length.en), format!("正中线旁开{}", length.zh))
            }
            _ => say("on the midline", "正中线上"),
        };
        face.and(&height).and(&across)
    }

    fn on_limb_words(&self, rule: &OnLimb, side: Side) -> Sentence {
        let level = if let Some(c) = rule.cun() {
            let (length, from) =
                (cun_mm(c.cun, self.limb_cun_mm(rule, side).map(|one| one * c.cun)), self.name(c.from));
            let (en, zh) =
                if c.cun >= 0.0 { ("beyond", "远端") } else { ("nearer to the trunk than", "近端") };
            say(format!("{} {en} {}", length.en, from.en), format!("{}{zh}{}", from.zh, length.zh))
        } else if let Some(l) = &rule.level {
            let n = self.name(l);
            say(format!("level with {}", n.en), format!("平{}", n.zh))
        } else {
            let part = rule.part.map_or(0.5, crate::language::Fraction::value) * 100.0;
            match &rule.levels {
                Some([a, b]) => {
                    let (a, b) = (self.name(a), self.name(b));
                    say(
                        format!("at {part:.0} % of the way from {} to {}", a.en, b.en),
                        format!("{}至{}的{part:.0}%水平", a.zh, b.zh),
                    )
                }
                None => {
                    let d = digit(&rule.limb);
                    say(
                        format!("at {part:.0} % of the length of {}", d.en),
                        format!("{}全长的{part:.0}%处", d.zh),
                    )
                }
            }
        };
        let round = if let Some([a, b]) = &rule.line {
            let (a, b) = (self.name(a), self.name(b));
            say(format!("on the line from {} to {}", a.en, b.en), format!("{}与{}连线上", a.zh, b.zh))
        } else if let Some([a, b]) = &rule.middle {
            let (a, b) = (self.name(a), self.name(b));
            say(format!("midway between {} and {}", a.en, b.en), format!("{}与{}之间", a.zh, b.zh))
        } else {
            let turn = rule.turn_deg.unwrap_or(0.0).rem_euclid(360.0);
            let set = match rule.limb.as_str() {
                l if ["upper-arm", "elbow", "wrist", "metacarpal", "finger", "thumb", "hand"]
                    .iter()
                    .any(|s| l.starts_with(s)) =>
                {
                    1
                }
                l if ["foot", "metatarsal", "toe"].iter().any(|s| l.starts_with(s)) => 2,
                _ => 0,
            };
            let (en, zh) = ROUND[set][((turn / 45.0).round() as usize) % 8];
            say(en, zh)
        };
        level.and(&round)
    }
}

/// `finger-3-4` as a reader says it.
fn digit(name: &str) -> Sentence {
    const FINGERS: [(&str, &str); 5] = [
        ("thumb", "拇指"),
        ("index finger", "食指"),
        ("middle finger", "中指"),
        ("ring finger", "无名指"),
        ("little finger", "小指"),
    ];
    const TOES: [(&str, &str); 5] = [
        ("great toe", "大趾"),
        ("second toe", "第二趾"),
        ("third toe", "第三趾"),
        ("fourth toe", "第四趾"),
        ("little toe", "小趾"),
    ];
    let mut parts = name.split('-');
    let (kind, which) =
        (parts.next().unwrap_or_default(), parts.next().and_then(|n| n.parse::<usize>().ok()));
    let of =
        |set: &[(&'static str, &'static str); 5]| which.and_then(|n| set.get(n.wrapping_sub(1))).copied();
    match (kind, of(&FINGERS), of(&TOES)) {
        ("finger", Some((en, zh)), _) => say(format!("the {en}"), zh),
        ("metacarpal", Some((en, zh)), _) => say(format!("the metacarpal of the {en}"), format!("{zh}掌骨")),
        ("toe", _, Some((en, zh))) => say(format!("the {en}"), zh),
        ("metatarsal" | "foot", _, Some((en, zh))) => {
            say(format!("the metatarsal of the {en}"), format!("{zh}跖骨"))
        }
        _ => say(format!("the {}", name.replace('-', " ")), name),
    }
}

fn chinese(direction: &str) -> String {
    let one = |w: &str| match w {
        "up" => "上",
        "down" => "下",
        "forward" => "前",
        "backward" => "后",
        "lateral" => "外",
        "medial" => "内",
        _ => "",
    };
    direction.split('-').map(one).collect()
}
