//! Angle, depth, layer, manipulation, retention, dose and harm, as sources state them and points have them.

use baihui_atlas::body::{Locator, language::Angle};
use baihui_clinic::{
    plan::candidate::BODY,
    technique::{Region, Statement as Technique},
};
use baihui_head::Side;

use super::{
    Aspect, Both, Case, Column, Origin, Statement, counts,
    facts::{self, Said, facts},
    points::on_body,
    words,
};

/// The aspects from `angle` to `dose`.
pub(super) fn aspects(case: &Case<'_>) -> Vec<Aspect> {
    vec![angle(case), depth(case), layer(case), rate(case), round(case), retention(case), dose(case)]
}

fn aspect(id: &str, title: Both, scalp: Column, regular: Column) -> Aspect {
    Aspect { id: id.to_owned(), title, scalp, regular }
}

/// Statements of some parameters about a region: those about it as a whole, and those about sites of the protocols.
fn stated(case: &Case<'_>, parameters: &[&str], region: Region) -> Column {
    let all = &case.world.clinic.techniques;
    let codes = case.codes(region);
    let wanted = |s: &&Technique| {
        parameters.contains(&s.parameter.as_str())
            && s.region == region
            && (s.sites.is_empty()
                || codes.as_ref().is_some_and(|c| s.sites.iter().any(|x| c.contains(&x.as_str()))))
    };
    let unit = |s: &Technique| all.parameter.get(&s.parameter).map_or("", |p| p.unit.as_str());
    let one = |s: &Technique| Statement {
        text: format!(
            "{}{}",
            s.range(unit(s)),
            if parameters.len() > 1 { format!(" ({})", about(case, s)) } else { String::new() }
        ),
        low: s.low,
        high: s.high,
        unit: unit(s).to_owned(),
        of: [s.of.clone(), s.method.clone(), (!s.sites.is_empty()).then(|| s.sites.join(", "))]
            .into_iter()
            .flatten()
            .reduce(|a, b| format!("{a}; {b}")),
        origin: Origin::Stated,
        entry: format!("atlas/techniques.toml, {}", s.parameter),
        doubt: s.doubt.clone(),
        sources: case.cited(&s.sources),
    };
    let said: Vec<&Technique> = all.statement.iter().filter(wanted).collect();
    let contradictions = all
        .contradictions()
        .iter()
        .filter_map(|c| {
            let (a, b) = (all.statement.get(c.lower)?, all.statement.get(c.higher)?);
            let mine = said.iter().any(|s| std::ptr::eq(*s, a)) && said.iter().any(|s| std::ptr::eq(*s, b));
            mine.then(|| {
                let keys =
                    |s: &Technique| s.sources.iter().map(|x| x.key.clone()).collect::<Vec<_>>().join(", ");
                format!("{} ({}) against {} ({})", a.range(unit(a)), keys(a), b.range(unit(b)), keys(b))
            })
        })
        .collect();
    Column { plain: words::unknown(), statements: said.into_iter().map(one).collect(), contradictions }
}

fn about(case: &Case<'_>, s: &Technique) -> String {
    case.world.clinic.techniques.parameter.get(&s.parameter).map_or_else(String::new, |p| p.about.clone())
}

/// Least lower and greatest upper limit of statements in a unit that can be believed. What is said of a method, a
/// condition or a point alone counts only where nothing is said in general, unless `every` is asked for.
fn limits(column: &Column, unit: &str, every: bool) -> Option<(f64, f64)> {
    let believed = |s: &&Statement| s.unit == unit && s.doubt.is_none();
    let general = column.statements.iter().any(|s| believed(&s) && s.of.is_none());
    let all = column.statements.iter().filter(|s| believed(s) && (every || !general || s.of.is_none()));
    let low = all.clone().filter_map(|s| s.low.or(s.high)).min_by(f64::total_cmp)?;
    let high = all.filter_map(|s| s.high.or(s.low)).max_by(f64::total_cmp)?;
    Some((low, high))
}

fn between(l: (f64, f64)) -> String {
    if l.0 == l.1 { words::number(l.0) } else { format!("{} to {}", words::number(l.0), words::number(l.1)) }
}

/// A plain sentence from the limits of a column, or that nothing is known.
fn plain(column: &mut Column, unit: &str, en: &str, zh: &str) {
    if let Some(l) = limits(column, unit, false) {
        let disagree = if column.contradictions.is_empty() { "" } else { " The sources disagree." };
        let disagree_zh = if column.contradictions.is_empty() { "" } else { "各家说法不一。" };
        column.plain = Both::new(
            format!("{}{disagree}", en.replace("{}", &between(l))),
            format!("{}{disagree_zh}", zh.replace("{}", &words::span_zh(l.0, l.1))),
        );
    }
}

fn angle(case: &Case<'_>) -> Aspect {
    let mut scalp = stated(case, &["angle-deg"], Region::Head);
    plain(
        &mut scalp,
        "deg",
        "Nearly flat: {} degrees to the skin as the sources state it.",
        "近于平刺：各家所述与皮肤成{}度。",
    );
    let mut regular = stated(case, &["angle-deg"], Region::Body);
    let body = on_body(case);
    let first = counts(body.iter().filter_map(|p| Some(p.needle.first()?.angle.words())));
    let total: usize = first.values().sum();
    for (class, n) in &first {
        regular.statements.push(Statement {
            text: format!("{class} at {n} of {total} points (first way)"),
            low: None,
            high: None,
            unit: String::new(),
            of: Some((*class).to_owned()),
            origin: Origin::Counted,
            entry: "atlas/body/*.toml, needle".to_owned(),
            doubt: None,
            sources: sources_of_needles(case),
        });
    }
    if total > 0 {
        let n = |a: Angle| first.get(a.words()).copied().unwrap_or(0);
        let (straight, oblique, flat) = (n(Angle::Perpendicular), n(Angle::Oblique), n(Angle::Horizontal));
        regular.plain = Both::new(
            format!("Straight in at {straight} of {total} points, slanting at {oblique}, flat at {flat}."),
            format!("{total}穴中直刺{straight}穴，斜刺{oblique}穴，平刺{flat}穴。"),
        );
    }
    aspect("angle", Both::new("Angle of the needle", "进针角度"), scalp, regular)
}

/// Sources of the needling of the channels that were counted, each once.
fn sources_of_needles(case: &Case<'_>) -> Vec<super::Cited> {
    let atlas = case.world.points;
    let mut out: Vec<super::Cited> = Vec::new();
    for p in on_body(case) {
        for c in case.cited(&atlas.channels[p.channel].needle_sources) {
            if !out.iter().any(|o| o.key == c.key) {
                out.push(c);
            }
        }
    }
    out
}

fn depth(case: &Case<'_>) -> Aspect {
    let mut scalp = stated(case, &["insertion-mm", "depth-mm", "depth-cun"], Region::Head);
    let along: Vec<&Statement> =
        scalp.statements.iter().filter(|s| s.entry.ends_with("insertion-mm")).collect();
    let low = along.iter().filter_map(|s| s.low).min_by(f64::total_cmp);
    let high = along.iter().filter_map(|s| s.high).max_by(f64::total_cmp);
    if let (Some(a), Some(b)) = (low, high) {
        scalp.plain = Both::new(
            format!(
                "{} mm are led along under the scalp; the tip stays a few millimetres below the skin.",
                between((a, b))
            ),
            format!("沿头皮下推进{}毫米，针尖仅在皮下数毫米。", words::span_zh(a, b)),
        );
    }
    let mut regular = stated(case, &["depth-mm", "depth-cun"], Region::Body);
    let locator = Locator::of(case.world.points, case.person);
    let body = on_body(case);
    let ranges: Vec<(&str, [f64; 2])> =
        body.iter().filter_map(|p| Some((p.code, p.needle.iter().find_map(|n| n.depth_cun)?))).collect();
    let low = ranges.iter().map(|r| r.1[0]).min_by(f64::total_cmp);
    let high = ranges.iter().map(|r| r.1[1]).max_by(f64::total_cmp);
    if let (Some(a), Some(b), Ok(cun)) = (low, high, locator.cun_straight("finger-cun", Side::Left)) {
        let shown = if case.condition.is_some() {
            let one = |(code, [a, b]): &(&str, [f64; 2])| format!("{code} {}", between((*a, *b)));
            format!(" ({})", ranges.iter().map(one).collect::<Vec<_>>().join(", "))
        } else {
            String::new()
        };
        regular.statements.insert(
            0,
            Statement {
                text: format!(
                    "{} cun at {} points{shown}: {} mm by this body's finger-cun of {cun:.1} mm",
                    between((a, b)),
                    ranges.len(),
                    between(((a * cun).round(), (b * cun).round()))
                ),
                low: Some(a),
                high: Some(b),
                unit: "cun".to_owned(),
                of: None,
                origin: Origin::Counted,
                entry: "atlas/body/*.toml, needle".to_owned(),
                doubt: None,
                sources: sources_of_needles(case),
            },
        );
        // Where it is shallow and where deep is said of all points together only.
        let (where_en, where_zh) = match case.condition {
            Some(_) => ("", ""),
            None => (", shallow over chest and back, deep in buttock and thigh", "，胸背宜浅，臀股可深"),
        };
        let (low, high) = ((a * cun).round(), (b * cun).round());
        regular.plain = Both::new(
            format!(
                "Textbooks print {} mm on this body{where_en}. A printed depth is no permission.",
                between((low, high))
            ),
            format!(
                "教材所载深度在该人体上为{}毫米{where_zh}。书载深度并非安全许可。",
                words::span_zh(low, high)
            ),
        );
    }
    aspect("depth", Both::new("Depth of the needle", "进针深度"), scalp, regular)
}

fn layer(case: &Case<'_>) -> Aspect {
    let column = |region| said(case, &facts().layer, region, "atlas/difference.toml, layer");
    let title = Both::new("Layer in which the needle lies", "针所在层次");
    aspect("layer", title, column(Region::Head), column(Region::Body))
}

/// A column from what `difference.toml` says of a region.
fn said(case: &Case<'_>, all: &[Said], region: Region, entry: &str) -> Column {
    let (here, plain) = facts::said(all, region);
    let one = |l: &Said| Statement {
        text: l.text.clone(),
        low: None,
        high: None,
        unit: String::new(),
        of: l.about.clone(),
        origin: Origin::Stated,
        entry: entry.to_owned(),
        doubt: None,
        sources: case.cited(&l.sources),
    };
    Column {
        plain: plain.unwrap_or_else(words::unknown),
        statements: here.map(one).collect(),
        contradictions: Vec::new(),
    }
}

fn rate(case: &Case<'_>) -> Aspect {
    let mut scalp = stated(case, &["turns-per-min", "lifts-per-min"], Region::Head);
    plain(
        &mut scalp,
        "/min",
        "Turned to and fro {} times a minute; lifting and thrusting is mostly forbidden.",
        "每分钟捻转{}次；多数资料不主张提插。",
    );
    let mut regular = stated(case, &["turns-per-min", "lifts-per-min"], Region::Body);
    if let Some((_, high)) = limits(&regular, "/min", false) {
        regular.plain = Both::new(
            format!(
                "Lifted and thrust at most {} times a minute; how fast it is turned no source seen states.",
                words::number(high)
            ),
            format!("每分钟提插不超过{}次；捻转频率所见资料未说明。", words::number(high)),
        );
    }
    aspect("rate", Both::new("How fast the needle is moved", "行针频率"), scalp, regular)
}

fn round(case: &Case<'_>) -> Aspect {
    let mut scalp = stated(case, &["round-min"], Region::Head);
    plain(
        &mut scalp,
        "min",
        "For {} minutes at a time, repeated in a session.",
        "每次行针{}分钟，一次治疗中重复数次。",
    );
    let regular = stated(case, &["round-min"], Region::Body);
    aspect("round", Both::new("How long it is moved", "行针时间"), scalp, regular)
}

fn retention(case: &Case<'_>) -> Aspect {
    let mut scalp = stated(case, &["retention-min"], Region::Head);
    if let Some((low, high)) = limits(&scalp, "min", true) {
        scalp.plain = Both::new(
            format!(
                "From {} minutes to {}: the schools differ more here than anywhere else.",
                words::number(low),
                if high >= 180.0 {
                    format!("{} hours", words::number(high / 60.0))
                } else {
                    format!("{} minutes", words::number(high))
                }
            ),
            format!(
                "留针{}分钟至{}，各家差别最大。",
                words::number(low),
                if high >= 180.0 {
                    format!("{}小时", words::number(high / 60.0))
                } else {
                    format!("{}分钟", words::number(high))
                }
            ),
        );
    }
    let mut regular = stated(case, &["retention-min"], Region::Body);
    plain(&mut regular, "min", "{} minutes.", "留针{}分钟。");
    aspect("retention", Both::new("How long the needles stay", "留针时间"), scalp, regular)
}

fn dose(case: &Case<'_>) -> Aspect {
    let column = |region: Region| {
        let mut c = stated(case, &["sessions-per-week", "sessions-per-course"], region);
        // Regimens of the protocols stand in words.
        for p in case.protocols(region) {
            for f in &p.regimen {
                c.statements.insert(
                    0,
                    Statement {
                        text: f.text.clone(),
                        low: None,
                        high: None,
                        unit: String::new(),
                        of: Some(p.title.clone()),
                        origin: Origin::Stated,
                        entry: format!("{}, protocol {}, regimen", case.file(), p.id),
                        doubt: None,
                        sources: case.cited(&f.sources),
                    },
                );
            }
        }
        // Without a condition the regimens of all conditions count.
        if case.condition.is_none() {
            for file in case.world.clinic.conditions.values() {
                for p in file.protocol.iter().filter(|p| (p.school == BODY) == (region == Region::Body)) {
                    for f in &p.regimen {
                        c.statements.push(Statement {
                            text: f.text.clone(),
                            low: None,
                            high: None,
                            unit: String::new(),
                            of: Some(format!("{}: {}", file.condition.names.en, p.title)),
                            origin: Origin::Stated,
                            entry: format!("atlas/conditions/{}.toml, protocol {}", file.condition.id, p.id),
                            doubt: None,
                            sources: case.cited(&f.sources),
                        });
                    }
                }
            }
        }
        let words = c.statements.iter().filter(|s| s.unit.is_empty()).count();
        plain(&mut c, "/week", "{} sessions a week.", "每周{}次。");
        if limits(&c, "/week", false).is_none() && words > 0 {
            c.plain = Both::new(
                format!("Stated protocol by protocol ({words} of them do): see the statements."),
                format!("各方案分别说明（{words}条），见详列。"),
            );
        }
        c
    };
    aspect("dose", Both::new("How often", "疗程与频次"), column(Region::Head), column(Region::Body))
}

/// The aspect `harm`.
pub(super) fn harm(case: &Case<'_>) -> Aspect {
    let column = |region| said(case, &facts().harm, region, "atlas/difference.toml, harm");
    let mut scalp = column(Region::Head);
    scalp.statements.extend(super::evidence::harms(case));
    aspect("harm", Both::new("Harm", "不良事件"), scalp, column(Region::Body))
}
