//! The comparison as text and as one page with pictures.

use baihui_atlas::{
    Names, Request,
    body::{Located, Locator, Person},
    locate,
};
use baihui_clinic::technique::Region;
use baihui_head::Head;
use baihui_report::{Theme, View, stat::html::Part, view};
use std::fmt::Write as _;

use super::{Aspect, Both, Case, Cited, Column, Difference, Kind, Statement, World};
use crate::{
    commands::body::views::{self, Cutout, Part as Shown},
    output::heading,
    picture,
};

/// Languages of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Chinese. What the atlas says in English only stays in English.
    Zh,
}

impl Language {
    /// As HTML names it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-Hans",
        }
    }

    fn of(self, both: &Both) -> String {
        match self {
            Self::En => both.en.clone(),
            Self::Zh => both.zh.clone(),
        }
    }

    fn say(self, en: &'static str, zh: &'static str) -> String {
        match self {
            Self::En => en.to_owned(),
            Self::Zh => zh.to_owned(),
        }
    }
}

/// The title.
pub fn title(d: &Difference, l: Language) -> String {
    let start = l.say("Scalp and regular acupuncture", "头皮针与体针");
    match &d.condition {
        None => start,
        Some(c) => format!("{start}: {}", l.of(&c.name)),
    }
}

fn cited(c: &Cited) -> String {
    let note = c.note.as_ref().map_or(String::new(), |n| format!(": {n}"));
    format!("{} ({}{note})", c.key, c.mark.words())
}

fn line(s: &Statement) -> String {
    let mut out = s.text.clone();
    if let Some(of) = s.of.as_ref().filter(|of| !s.text.starts_with(of.as_str())) {
        let _ = write!(out, " – {of}");
    }
    if let Some(doubt) = &s.doubt {
        let _ = write!(out, " [not believed: {doubt}]");
    }
    let sources: Vec<String> = s.sources.iter().map(cited).collect();
    let from = if sources.is_empty() { s.entry.clone() } else { sources.join("; ") };
    let _ = write!(out, " [{from}]");
    out
}

/// On whose body millimetres were worked out, and what was not known of it.
fn whose(d: &Difference, l: Language) -> String {
    let body = format!("{}: {}", l.say("Millimetres on the body of", "毫米数所依人体"), d.body);
    std::iter::once(&body).chain(&d.body_notes).cloned().collect::<Vec<_>>().join("; ")
}

/// For the terminal; with `all` every statement, otherwise the plain sentences.
pub fn text(d: &Difference, l: Language, all: bool) -> String {
    let mut out = format!("{}\n{}\n", title(d, l), l.of(&d.verdict));
    for a in &d.aspects {
        out += &heading(&l.of(&a.title));
        for (name, column) in sides(a, l) {
            let _ = writeln!(out, "{name}: {}", l.of(&column.plain));
            if all {
                for s in &column.statements {
                    let _ = writeln!(out, "    · {}", line(s));
                }
            } else if !column.statements.is_empty() {
                let keys: Vec<&str> = unique(column);
                let from = if keys.is_empty() { column.statements[0].entry.clone() } else { keys.join(", ") };
                let _ = writeln!(out, "    [{from}]");
            }
            for c in &column.contradictions {
                let _ = writeln!(out, "    ≠ {c}");
            }
        }
    }
    out += &heading(&l.say("Evidence, direct comparisons first", "证据（直接比较在前）"));
    for f in &d.evidence {
        let _ = writeln!(out, "{} · {} · {}", kind(f.kind, l), f.says, f.finding);
        let n = f.participants.map_or(String::new(), |n| format!("{n} participants; "));
        let _ = writeln!(out, "    {n}{}{}", f.quality, why(&f.why));
        for fault in &f.faults {
            let _ = writeln!(out, "    ! {fault}");
        }
        if let Some(link) = f.link.as_ref().or(f.cited.as_ref()) {
            let _ = writeln!(out, "    {link}");
        }
    }
    if !d.conflicts.is_empty() {
        out += &heading(&l.say("Where the sources disagree", "各家分歧"));
        for c in &d.conflicts {
            let _ = writeln!(out, "≠ {c}");
        }
    }
    out += &heading(&l.say("Not known", "未知"));
    for b in &d.blanks {
        let _ = writeln!(out, "? {}", l.of(b));
    }
    let _ = writeln!(out, "\n{}", whose(d, l));
    if !all {
        out += &l.say("--all shows every statement with its source.\n", "--all 列出每条说法及其来源。\n");
    }
    out
}

fn why(why: &str) -> String {
    if why.is_empty() { String::new() } else { format!(" – {why}") }
}

fn unique(column: &Column) -> Vec<&str> {
    let mut keys: Vec<&str> =
        column.statements.iter().flat_map(|s| &s.sources).map(|s| s.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn sides(a: &Aspect, l: Language) -> [(String, &Column); 2] {
    [(l.say("scalp", "头皮针"), &a.scalp), (l.say("regular", "体针"), &a.regular)]
}

fn kind(k: Kind, l: Language) -> String {
    match k {
        Kind::Direct => l.say("scalp with regular", "头皮针与体针"),
        Kind::Scalp => l.say("scalp with something else", "头皮针与其他"),
        Kind::Regular => l.say("regular or any acupuncture", "体针或任何针刺"),
    }
}

/// Pictures of the places: the head with the scalp's zones, the body from the front and from behind.
pub struct Pictures {
    /// Zones of the protocols, or the standard lines.
    pub head: String,
    /// Points from the front.
    pub front: String,
    /// Points from behind.
    pub back: String,
}

/// Draws the places of a comparison.
pub fn pictures(
    world: World<'_>,
    condition: Option<&str>,
    head: &Head,
    person: &Person,
    theme: Theme,
) -> Pictures {
    Pictures {
        head: head_svg(world, condition, head, person, theme),
        front: body_svg(world, condition, person, true, theme),
        back: body_svg(world, condition, person, false, theme),
    }
}

/// The scalp's zones of a comparison on a head; the standard lines where there is no condition.
pub fn head_svg(
    world: World<'_>,
    condition: Option<&str>,
    head: &Head,
    person: &Person,
    theme: Theme,
) -> String {
    let case = Case { world, condition: condition.and_then(|id| world.clinic.condition(id)), person };
    let items: Vec<usize> = match case.codes(Region::Head) {
        Some(codes) => codes.iter().filter_map(|c| world.atlas.find(c)).collect(),
        None => (0..world.atlas.entries.len())
            .filter(|&i| world.atlas.schools[world.atlas.entries[i].school].id == "ms")
            .collect(),
    };
    if items.is_empty() {
        return String::new();
    }
    let request = Request { items, ..Request::default() };
    let located = locate::locate(world.atlas, &Names::of(world.atlas), head, &request).ok();
    located.map_or_else(String::new, |location| {
        let mut figure = picture::figure(world.atlas, head, &location, &[], theme, false);
        figure.options.title = "Scalp".to_owned();
        figure.options.id = "difference-head".to_owned();
        figure.options.width_px = 720.0;
        view::svg(&figure, View::Left)
    })
}

/// The points of regular acupuncture of a comparison on a body.
pub fn body_svg(
    world: World<'_>,
    condition: Option<&str>,
    person: &Person,
    front: bool,
    theme: Theme,
) -> String {
    let case = Case { world, condition: condition.and_then(|id| world.clinic.condition(id)), person };
    let locator = Locator::of(world.points, person);
    let points: Vec<Located> = match case.codes(Region::Body) {
        Some(codes) => codes
            .iter()
            .filter_map(|c| world.points.find(c))
            .flat_map(|i| locator.point(i).into_iter().filter(|l| l.construction == 0))
            .collect(),
        None => locator.all(),
    };
    if points.is_empty() {
        return String::new();
    }
    let part = if front { Shown::Front } else { Shown::Back };
    // On a page a picture is narrow: letters that are for a screen of its own could not be read there.
    let used = if points.len() <= 60 { views::Use::Sheet } else { views::Use::Screen };
    Cutout::new(&person.body, part).map_or_else(String::new, |cutout| {
        views::svg(world.points, &cutout, &points, &[], &person.body, theme, used)
    })
}

/// The parts of the page.
pub fn parts(d: &Difference, pictures: &Pictures, l: Language) -> Vec<Part> {
    let mut out = vec![Part::Callout(l.of(&d.verdict))];
    if let Some(c) = &d.condition {
        if !c.about.is_empty() {
            out.push(Part::Text(c.about.clone()));
        }
        let row = |name: String, list: &[String]| {
            vec![name, if list.is_empty() { l.say("none in the atlas", "图谱中无") } else { list.join("; ") }]
        };
        out.push(Part::Table {
            caption: l.say("Protocols that are compared", "所比较的方案"),
            header: vec![String::new(), l.say("protocols", "方案")],
            rows: vec![
                row(l.say("scalp", "头皮针"), &c.scalp_protocols),
                row(l.say("regular", "体针"), &c.regular_protocols),
            ],
        });
    }
    out.push(Part::Table {
        caption: l.say("Side by side", "对照"),
        header: vec![
            String::new(),
            l.say("Scalp acupuncture", "头皮针"),
            l.say("Regular acupuncture", "体针"),
        ],
        rows: d
            .aspects
            .iter()
            .map(|a| vec![l.of(&a.title), l.of(&a.scalp.plain), l.of(&a.regular.plain)])
            .collect(),
    });
    for (svg, caption) in [
        (
            &pictures.head,
            l.say(
                "Zones of the scalp that are compared, from the patient's left",
                "所比较的头皮穴区（左侧面）",
            ),
        ),
        (&pictures.front, l.say("Points of regular acupuncture, from the front", "体针腧穴（正面）")),
        (&pictures.back, l.say("Points of regular acupuncture, from behind", "体针腧穴（背面）")),
    ] {
        if !svg.is_empty() {
            out.push(Part::Figure { svg: svg.clone(), caption });
        }
    }
    out.push(Part::Heading(l.say("What it is used for", "主要用途")));
    out.push(Part::Figure { svg: focus_svg(d, l, Theme::Auto), caption: l.of(&d.focus.how) });
    out.push(Part::Heading(l.say("What was found, direct comparisons first", "证据（直接比较在前）")));
    out.push(Part::Table {
        caption: String::new(),
        header: vec![
            l.say("compared", "比较"),
            l.say("points to the scalp?", "是否支持头皮针"),
            l.say("finding", "结果"),
            l.say("participants", "人数"),
            l.say("how good", "质量"),
            l.say("source", "来源"),
        ],
        rows: d
            .evidence
            .iter()
            .map(|f| {
                let mut quality = f.quality.clone();
                for fault in &f.faults {
                    quality += &format!(" ⚠ {fault}");
                }
                vec![
                    kind(f.kind, l),
                    f.says.clone(),
                    format!("{}{}", f.finding, why(&f.why)),
                    f.participants.map_or_else(String::new, |n| n.to_string()),
                    quality,
                    f.link.as_deref().map_or_else(|| f.cited.clone().unwrap_or_default(), host),
                ]
            })
            .collect(),
    });
    out.push(Part::Heading(l.say("Every statement with its source", "每条说法及其来源")));
    for a in &d.aspects {
        for (name, column) in sides(a, l) {
            if column.statements.is_empty() {
                continue;
            }
            out.push(Part::Text(format!("{}, {name}", l.of(&a.title))));
            let mut list: Vec<String> = column.statements.iter().map(line).collect();
            list.extend(column.contradictions.iter().map(|c| format!("≠ {c}")));
            out.push(Part::List(list));
        }
    }
    if !d.conflicts.is_empty() {
        out.push(Part::Heading(l.say("Where the sources disagree", "各家分歧")));
        out.push(Part::List(d.conflicts.clone()));
    }
    out.push(Part::Heading(l.say("Not known", "未知")));
    out.push(Part::List(d.blanks.iter().map(|b| l.of(b)).collect()));
    out.push(Part::Heading(l.say("Sources", "来源")));
    out.push(Part::List(sources(d)));
    out.push(Part::Text(whose(d, l)));
    out.push(Part::Text(l.say(
        "Not a medical device. Needling is for qualified practitioners.",
        "本软件不是医疗器械。针刺须由有资质的人员施行。",
    )));
    out
}

/// An address without its way, for tables; whole addresses stand in the list of sources.
fn host(link: &str) -> String {
    link.split("//").nth(1).unwrap_or(link).split('/').next().unwrap_or(link).to_owned()
}

fn sources(d: &Difference) -> Vec<String> {
    let columns = d.aspects.iter().flat_map(|a| [&a.scalp, &a.regular]);
    let mut all: Vec<&Cited> = columns.flat_map(|c| &c.statements).flat_map(|s| &s.sources).collect();
    all.sort_by(|a, b| a.key.cmp(&b.key));
    all.dedup_by(|a, b| a.key == b.key);
    let stated = all.iter().map(|c| {
        let place = c.locator.as_ref().map_or(String::new(), |p| format!(" – {p}"));
        format!("{}: {}{place}", c.key, c.title)
    });
    let found = d.evidence.iter().filter_map(|f| Some(format!("{}: {}", f.reference, f.link.as_ref()?)));
    stated.chain(found).collect()
}

/// Shares of the indications as paired bars.
pub fn focus_svg(d: &Difference, l: Language, theme: Theme) -> String {
    use baihui_report::{font, xml::escape};
    const ROW: f64 = 40.0;
    const LEFT: f64 = 250.0;
    const BAR: f64 = 360.0;
    let f = &d.focus;
    let percent = |n: usize, k: usize| n as f64 * 100.0 / f.sorted[k].max(1) as f64;
    let most = f.shares.iter().map(|s| percent(s.scalp, 0).max(percent(s.regular, 1))).fold(1.0, f64::max);
    let height = 46.0 + ROW * f.shares.len() as f64 + 8.0;
    let mut body = String::new();
    for (k, (name, class)) in
        [(l.say("scalp", "头皮针"), "a"), (l.say("regular", "体针"), "b")].into_iter().enumerate()
    {
        let x = LEFT + 130.0 * k as f64;
        let _ = write!(
            body,
            r#"<rect class="{class}" x="{x}" y="14" width="14" height="14" rx="2"/><text class="i" x="{}" y="26">{}</text>"#,
            x + 20.0,
            escape(&name)
        );
    }
    for (i, s) in f.shares.iter().enumerate() {
        let y = 46.0 + ROW * i as f64;
        let title = font::fit(&l.of(&s.title), 14.0, font::Weight::Regular, LEFT - 16.0);
        let _ = write!(
            body,
            r#"<text class="i" x="{}" y="{}" text-anchor="end">{}</text>"#,
            LEFT - 10.0,
            y + 20.0,
            escape(&title)
        );
        for (k, (n, class)) in [(s.scalp, "a"), (s.regular, "b")].into_iter().enumerate() {
            let (p, top) = (percent(n, k), y + 14.0 * k as f64);
            let w = (BAR * p / most).max(if n > 0 { 1.5 } else { 0.0 });
            let _ = write!(
                body,
                r#"<rect class="{class}" x="{LEFT}" y="{top}" width="{w:.1}" height="12" rx="2"/><text class="s" x="{:.1}" y="{}">{p:.0} % ({n})</text>"#,
                LEFT + w + 6.0,
                top + 10.5,
            );
        }
    }
    let dark = ".i{fill:#eceff3}.s{fill:#a8b1bc}.a{fill:#56b4e9}.b{fill:#e69f00}";
    let dark = match theme {
        Theme::Light => String::new(),
        Theme::Dark => dark.to_owned(),
        Theme::Auto => format!("@media (prefers-color-scheme:dark){{{dark}}}"),
    };
    let heading = escape(&l.say("Share of the listed uses by body system", "主治用语按身体系统的比例"));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"720\" height=\"{height}\" viewBox=\"0 0 720 {height}\" role=\"img\" \
         aria-label=\"{heading}\"><style>text{{font-family:{};font-size:14px}}.s{{font-size:11.5px;fill:#56606b}}.i{{fill:#1b1f24}}\
         .a{{fill:#0072b2}}.b{{fill:#d55e00}}{dark}</style>{body}</svg>",
        font::FAMILY
    )
}
