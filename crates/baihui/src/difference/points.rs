//! How many points, where, and how far from the head.

use baihui_atlas::{
    Atlas,
    body::{
        Locator,
        language::{Needle, Place},
    },
    language::{Item, Sides},
};
use baihui_clinic::{condition::SideRule, technique::Region};
use baihui_head::{Side, body::Body};
use glam::DVec3;

use super::{Aspect, Both, Case, Column, Origin, Statement, counts, words};

/// Bodies of definitions that are no school of the scalp: points of the channels and extra points.
const NO_SCHOOL: [&str; 2] = ["who2008", "extra"];

/// Zones of the schools of the scalp that are shown by default.
pub(super) fn scalp_items(atlas: &Atlas) -> impl Iterator<Item = &Item> {
    atlas
        .entries
        .iter()
        .filter(|e| {
            let school = &atlas.schools[e.school];
            !school.off && !NO_SCHOOL.contains(&school.id.as_str())
        })
        .map(|e| &e.item)
}

/// A point of regular acupuncture on the body.
pub(super) struct OnBody<'a> {
    pub code: &'a str,
    pub needle: &'a [Needle],
    pub channel: usize,
    /// Part of the body.
    pub part: &'static str,
    /// Straight distance from the crown, mm; none where the point lies on the head itself.
    pub from_crown_mm: Option<f64>,
}

/// Points of regular acupuncture: those that the protocols name, or all of the fourteen channels.
pub(super) fn on_body<'a>(case: &Case<'a>) -> Vec<OnBody<'a>> {
    let atlas = case.world.points;
    let locator = Locator::of(atlas, case.person);
    let chosen: Vec<usize> = match case.codes(Region::Body) {
        Some(codes) => codes.iter().filter_map(|c| atlas.find(c)).collect(),
        None => (0..atlas.points.len()).filter(|&i| !atlas.points[i].point.code.starts_with("EX")).collect(),
    };
    let crown = crown(&case.person.body);
    let of = |i: usize| {
        let p = &atlas.points[i];
        let side = if p.point.side == Sides::Midline { Side::Midline } else { Side::Left };
        let spot = locator.place_named(&p.point.code, side).ok();
        let part = match (&spot, p.point.head) {
            (_, true) | (None, _) => "head",
            (Some(s), _) => part(&case.person.body, p.constructions.first().map(|c| &c.place), s.mm),
        };
        OnBody {
            code: &p.point.code,
            needle: &p.point.needle,
            channel: p.channel,
            part,
            from_crown_mm: spot.filter(|_| part != "head").map(|s| s.mm.distance(crown)),
        }
    };
    chosen.into_iter().map(of).collect()
}

/// The highest place of the skin.
fn crown(body: &Body) -> DVec3 {
    body.skin.vertices().iter().copied().max_by(|a, b| a.z.total_cmp(&b.z)).unwrap_or_default()
}

/// Head, trunk, arm or leg: by the rule of the place, otherwise by the nearest bone.
fn part(body: &Body, place: Option<&Place>, p: DVec3) -> &'static str {
    let side = if p.x < 0.0 { Side::Left } else { Side::Right };
    let joint = |name: &str| body.joint(name, side).unwrap_or_default();
    if p.z > joint("head").z {
        return "head";
    }
    if matches!(place, Some(Place::Trunk(_))) {
        return "trunk";
    }
    let chains: [(&str, &[&str]); 3] = [
        ("arm", &["shoulder", "elbow", "hand", "finger-3-4"]),
        ("leg", &["upper-leg", "knee", "ankle", "toe-2-4"]),
        ("trunk", &["pelvis", "neck"]),
    ];
    let near = |chain: &[&str]| {
        chain
            .windows(2)
            .map(|w| {
                let (a, b) = (joint(w[0]), joint(w[1]));
                let t = ((p - a).dot(b - a) / (b - a).length_squared().max(1.0)).clamp(0.0, 1.0);
                p.distance(a.lerp(b, t))
            })
            .fold(f64::INFINITY, f64::min)
    };
    // The trunk is wide: what lies inside the shoulder joints and above the hips belongs to it.
    if p.x.abs() < joint("shoulder").x.abs() - 15.0 && p.z > joint("upper-leg").z + 20.0 {
        return "trunk";
    }
    chains.iter().min_by(|a, b| near(a.1).total_cmp(&near(b.1))).map_or("trunk", |c| c.0)
}

/// The aspects `number`, `where` and `distance`.
pub(super) fn aspects(case: &Case<'_>) -> Vec<Aspect> {
    let body = on_body(case);
    vec![number(case), places(case, &body), distance(case, &body)]
}

/// The least and the most of some counts.
fn range(of: impl Iterator<Item = usize>) -> Option<(usize, usize)> {
    of.fold(None, |r, n| Some(r.map_or((n, n), |(a, b): (usize, usize)| (a.min(n), b.max(n)))))
}

fn number(case: &Case<'_>) -> Aspect {
    let (scalp, regular) = match case.condition {
        Some(_) => (by_protocol(case, Region::Head), by_protocol(case, Region::Body)),
        None => (by_school(case.world.atlas), by_channel(case)),
    };
    Aspect { id: "number".to_owned(), title: Both::new("How many points", "穴位数目"), scalp, regular }
}

fn by_protocol(case: &Case<'_>, region: Region) -> Column {
    let statements: Vec<Statement> = case
        .protocols(region)
        .map(|p| {
            let codes: Vec<String> = p
                .site
                .iter()
                .map(|s| {
                    s.part.as_ref().map_or_else(|| s.code.clone(), |part| format!("{} ({part})", s.code))
                })
                .collect();
            Statement {
                text: format!("{}: {}", words::count(codes.len(), "site"), codes.join(", ")),
                low: Some(codes.len() as f64),
                high: Some(codes.len() as f64),
                unit: String::new(),
                of: Some(p.title.clone()),
                origin: Origin::Counted,
                entry: format!("{}, protocol {}", case.file(), p.id),
                doubt: None,
                sources: case.cited(&p.sources),
            }
        })
        .collect();
    let plain = match range(case.protocols(region).map(|p| p.site.len())) {
        None => words::unknown(),
        Some((a, b)) => {
            let n = statements.len();
            let both = case.protocols(region).flat_map(|p| &p.site).any(|s| s.side == SideRule::Bilateral);
            let (both_en, both_zh) =
                if both { ("; some of them on both sides", "，部分双侧") } else { ("", "") };
            let each = if n == 1 { "" } else { " each" };
            Both::new(
                format!(
                    "{} by {}{each}{both_en}.",
                    words::span(a, b, "place is needled", "places are needled"),
                    words::count(n, "protocol"),
                ),
                format!("按{n}个方案，各取穴{}处{both_zh}。", words::span_zh(a as f64, b as f64)),
            )
        }
    };
    Column { plain, statements, contradictions: Vec::new() }
}

fn by_school(atlas: &Atlas) -> Column {
    let statements: Vec<Statement> = atlas
        .schools
        .iter()
        .enumerate()
        .filter(|(_, s)| !s.off && !NO_SCHOOL.contains(&s.id.as_str()))
        .map(|(k, s)| {
            let n = atlas.entries.iter().filter(|e| e.school == k).count();
            Statement {
                text: words::count(n, "zone"),
                low: Some(n as f64),
                high: Some(n as f64),
                unit: String::new(),
                of: Some(s.names.en.clone()),
                origin: Origin::Counted,
                entry: format!("atlas/schools/{}.toml", s.id),
                doubt: None,
                sources: super::cited(atlas, &s.sources),
            }
        })
        .collect();
    let total: usize = scalp_items(atlas).count();
    let n = statements.len();
    Column {
        plain: Both::new(
            format!(
                "{n} schools together know {total} zones, points and lines of the scalp; a school has between {}.",
                {
                    let (a, b) =
                        range(statements.iter().filter_map(|s| s.low).map(|x| x as usize)).unwrap_or((0, 0));
                    format!("{a} and {b}")
                }
            ),
            format!("{n}个流派共有{total}个头皮穴区、穴线与穴点。"),
        ),
        statements,
        contradictions: Vec::new(),
    }
}

fn by_channel(case: &Case<'_>) -> Column {
    let atlas = case.world.points;
    let statements: Vec<Statement> = atlas
        .channels
        .iter()
        .enumerate()
        .map(|(k, c)| {
            let n = atlas.points.iter().filter(|p| p.channel == k).count();
            Statement {
                text: words::count(n, "point"),
                low: Some(n as f64),
                high: Some(n as f64),
                unit: String::new(),
                of: Some(format!("{} {}", c.id, c.names.en)),
                origin: Origin::Counted,
                entry: format!("atlas/body/{}.toml", c.id.to_lowercase()),
                doubt: None,
                sources: case.cited(&c.place_sources),
            }
        })
        .collect();
    let extra = atlas.points.iter().filter(|p| p.point.code.starts_with("EX")).count();
    let all = atlas.points.len() - extra;
    Column {
        plain: Both::new(
            format!(
                "{all} points on fourteen channels, and extra points ({extra} of them here); a treatment uses a few."
            ),
            format!("十四经共{all}穴，另有经外奇穴（此处{extra}个）；每次治疗只取其中数穴。"),
        ),
        statements,
        contradictions: Vec::new(),
    }
}

fn places(case: &Case<'_>, body: &[OnBody<'_>]) -> Aspect {
    let measured = |text: String, of: &str, entry: &str| Statement {
        text,
        low: None,
        high: None,
        unit: String::new(),
        of: Some(of.to_owned()),
        origin: Origin::Counted,
        entry: entry.to_owned(),
        doubt: None,
        sources: Vec::new(),
    };
    let total = body.len();
    let parts = counts(body.iter().map(|p| p.part));
    let mut order: Vec<(&str, usize)> = parts.iter().map(|(k, n)| (*k, *n)).collect();
    order.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let statements: Vec<Statement> = order
        .iter()
        .map(|(part, n)| {
            let codes: Vec<&str> = body.iter().filter(|p| p.part == *part).map(|p| p.code).collect();
            let shown =
                if case.condition.is_some() { format!(": {}", codes.join(", ")) } else { String::new() };
            measured(
                format!("{n} of {total} on {}{shown}", words::part(part).en),
                &words::part(part).en,
                "the points' rules on this body (atlas/body)",
            )
        })
        .collect();
    let list = |en: bool| {
        let one = |(part, n): &(&str, usize)| {
            let p = words::part(part);
            if en { format!("{n} on {}", p.en) } else { format!("{}{n}穴", p.zh) }
        };
        order.iter().map(one).collect::<Vec<_>>().join(if en { ", " } else { "、" })
    };
    let regular = if body.is_empty() {
        Column { plain: words::unknown(), ..Column::default() }
    } else {
        Column {
            // The points of one condition need not be all over the body.
            plain: if case.condition.is_some() {
                Both::new(format!("On the body: {}.", list(true)), format!("在身体上：{}。", list(false)))
            } else {
                Both::new(
                    format!("All over the body: {}.", list(true)),
                    format!("遍及全身：{}。", list(false)),
                )
            },
            statements,
            contradictions: Vec::new(),
        }
    };
    let n = match case.codes(Region::Head) {
        Some(codes) => codes.len(),
        None => scalp_items(case.world.atlas).count(),
    };
    let scalp = if n == 0 {
        Column { plain: words::unknown(), ..Column::default() }
    } else {
        Column {
            plain: Both::new(
                "All on the head, beneath the hair for the most part.",
                "全部在头部，多在发际以内。",
            ),
            statements: vec![measured(
                format!("{n} of {n} on the head"),
                "the head",
                if case.condition.is_some() { "the protocols' sites" } else { "atlas/schools/*.toml" },
            )],
            contradictions: Vec::new(),
        }
    };
    Aspect { id: "where".to_owned(), title: Both::new("Where", "部位"), scalp, regular }
}

fn distance(case: &Case<'_>, body: &[OnBody<'_>]) -> Aspect {
    let mut far: Vec<(f64, &str)> = body.iter().filter_map(|p| Some((p.from_crown_mm?, p.code))).collect();
    far.sort_by(|a, b| a.0.total_cmp(&b.0));
    let near = body.len() - far.len();
    let regular = match (far.first(), far.get(far.len() / 2), far.last()) {
        (Some(first), Some(middle), Some(last)) => {
            let statement = |text: String, mm: f64| Statement {
                text,
                low: Some(mm.round()),
                high: Some(mm.round()),
                unit: "mm".to_owned(),
                of: None,
                origin: Origin::Measured,
                entry: "straight from the crown to the point on this body".to_owned(),
                doubt: None,
                sources: Vec::new(),
            };
            let mut statements = vec![
                statement(format!("nearest {}: {:.0} mm", first.1, first.0), first.0),
                statement(format!("half of them nearer than {:.0} mm", middle.0), middle.0),
                statement(format!("farthest {}: {:.0} mm", last.1, last.0), last.0),
            ];
            if near > 0 {
                statements.push(Statement {
                    unit: String::new(),
                    low: None,
                    high: None,
                    ..statement(format!("{near} more on the head itself"), 0.0)
                });
            }
            let cm = |mm: f64| (mm / 10.0).round();
            Column {
                plain: Both::new(
                    format!(
                        "From {} to {} cm below the crown of the head on this body, half of the points within {} cm.",
                        cm(first.0),
                        cm(last.0),
                        cm(middle.0)
                    ),
                    format!(
                        "在该人体上距头顶{}至{}厘米，半数在{}厘米以内。",
                        cm(first.0),
                        cm(last.0),
                        cm(middle.0)
                    ),
                ),
                statements,
                contradictions: Vec::new(),
            }
        }
        _ => Column { plain: words::unknown(), ..Column::default() },
    };
    let any = case.codes(Region::Head).is_none_or(|c| !c.is_empty());
    let scalp = if any {
        Column {
            plain: Both::new("None: the needles are in the scalp.", "无距离：针在头皮。"),
            statements: vec![Statement {
                text: "0 mm: on the head".to_owned(),
                low: Some(0.0),
                high: Some(0.0),
                unit: "mm".to_owned(),
                of: None,
                origin: Origin::Measured,
                entry: "every zone is located on the skin of the head".to_owned(),
                doubt: None,
                sources: Vec::new(),
            }],
            contradictions: Vec::new(),
        }
    } else {
        Column { plain: words::unknown(), ..Column::default() }
    };
    Aspect {
        id: "distance".to_owned(),
        title: Both::new("Distance from the head", "距头部远近"),
        scalp,
        regular,
    }
}
