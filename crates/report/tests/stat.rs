//! Statistical figures: readable at both widths, in both themes, with names of any length.

use baihui_report::font::{Weight, width_px};
use baihui_report::stat::{
    Look, StatFigureError, Width, baujat, forest, funnel, html, labbe, league, network, single_case,
};
use baihui_report::{Theme, png};
use proptest::prelude::*;

/// A text of a figure with the rectangle that it covers.
#[derive(Debug)]
struct Text {
    content: String,
    area: [f64; 4],
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[start..].split('"').next()
}

/// All texts, and width and height of the picture.
fn texts(svg: &str) -> (Vec<Text>, f64, f64) {
    let view = attribute(svg, "viewBox").expect("a viewBox");
    let numbers: Vec<f64> = view.split(' ').map(|n| n.parse().expect("a number")).collect();
    let size: f64 = svg
        .split("font-size:")
        .nth(1)
        .and_then(|s| s.split("px").next())
        .expect("a size")
        .parse()
        .expect("a number");
    let mut out = Vec::new();
    for part in svg.split("<text ").skip(1) {
        let (tag, rest) = part.split_once('>').expect("a closed tag");
        let tag = format!(" {tag}");
        let content = rest.split("</text>").next().expect("an end");
        let content =
            content.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        let n = |name| attribute(&tag, name).expect("a coordinate").parse::<f64>().expect("a number");
        let weight = if attribute(&tag, "class").is_some_and(|c| c.ends_with(" b")) {
            Weight::Bold
        } else {
            Weight::Regular
        };
        let w = width_px(&content, size, weight);
        let left = match attribute(&tag, "text-anchor") {
            Some("middle") => n("x") - w / 2.0,
            Some("end") => n("x") - w,
            _ => n("x"),
        };
        // The height of small letters and their tails: what must stay free for reading.
        out.push(Text { content, area: [left, n("y") - 0.72 * size, left + w, n("y") + 0.2 * size] });
    }
    (out, numbers[2], numbers[3])
}

/// No text leaves the page or covers another.
fn assert_readable(what: &str, svg: &str) {
    let (texts, w, h) = texts(svg);
    for (i, a) in texts.iter().enumerate() {
        let [l, t, r, b] = a.area;
        assert!(
            l >= -0.6 && t >= -0.6 && r <= w + 0.6 && b <= h + 0.6,
            "{what}: \"{}\" leaves the page: {:?} of {w} x {h}",
            a.content,
            a.area
        );
        for other in &texts[..i] {
            let o = other.area;
            let apart = l >= o[2] - 0.2 || o[0] >= r - 0.2 || t >= o[3] - 0.2 || o[1] >= b - 0.2;
            assert!(apart, "{what}: \"{}\" {:?} covers \"{}\" {:?}", a.content, a.area, other.content, o);
        }
    }
}

fn looks() -> [Look; 4] {
    [
        Look { width: Width::Page, theme: Theme::Light },
        Look { width: Width::Column, theme: Theme::Light },
        Look { width: Width::Page, theme: Theme::Dark },
        Look { width: Width::Column, theme: Theme::Auto },
    ]
}

fn interval(estimate: f64, lower: f64, upper: f64) -> forest::Interval {
    forest::Interval { estimate, lower, upper }
}

fn study(label: &str, e: f64, l: f64, u: f64, weight: f64) -> forest::Row {
    forest::Row::Study {
        label: label.into(),
        cells: vec!["30/31".into(), "26/30".into()],
        effect: interval(e, l, u),
        weight_percent: Some(weight),
    }
}

fn forest_figure() -> forest::Forest {
    forest::Forest {
        title: "Scalp against body acupuncture, total effective rate".into(),
        measure: "Risk ratio".into(),
        log: true,
        null: 1.0,
        columns: vec!["Scalp".into(), "Body".into()],
        rows: vec![
            forest::Row::Heading("Stroke".into()),
            study("Wang 2016 acute cerebral infarction", 1.117, 0.957, 1.303, 30.0),
            study("PUMCH 2006", 1.4, 1.063, 1.843, 20.0),
            study("Very wide", 4.6, 0.085, 93.9, 2.0),
            forest::Row::Without { label: "Hsing 2012".into(), reason: "arm means were not seen".into() },
            forest::Row::Heading("Vertigo".into()),
            study("Cerebellar infarction", 1.324, 1.071, 1.635, 48.0),
            forest::Row::Pooled {
                label: "Random effects (REML, Knapp-Hartung)".into(),
                effect: interval(1.21, 1.02, 1.44),
                prediction: Some([0.7, 2.1]),
            },
        ],
        favours: ["favours body acupuncture".into(), "favours scalp acupuncture".into()],
        footer: vec![
            "τ² = 0.0123, I² = 42 % (from τ²), Q = 5.1, df = 3, p = 0.16".into(),
            "Not pooled in the record: the trials differ in condition and comparator.".into(),
        ],
    }
}

fn funnel_figure(pooled: f64, log: bool) -> funnel::Funnel {
    let point = |effect, standard_error, imputed| funnel::Point {
        label: "A & B <2020>".into(),
        effect,
        standard_error,
        imputed,
    };
    funnel::Funnel {
        title: "Vaccination against tuberculosis: small studies".into(),
        measure: "Log risk ratio, shown as risk ratio".into(),
        log,
        points: vec![
            point(-0.9, 0.57, false),
            point(-1.5, 0.44, false),
            point(-0.3, 0.1, false),
            point(0.05, 0.06, false),
            point(0.4, 0.5, true),
        ],
        pooled,
        footer: vec![],
    }
}

fn network_figure(n: usize, long: bool) -> network::Network {
    network::Network {
        title: "Treatments compared".into(),
        nodes: (0..n)
            .map(|i| network::Node {
                label: if long {
                    format!("scalp acupuncture + rehabilitation number {i} with electricity")
                } else {
                    format!("SA{i}")
                },
                participants: 20.0 + 40.0 * i as f64,
            })
            .collect(),
        edges: (0..n)
            .flat_map(|i| {
                (0..i)
                    .filter(move |j| (i * 7 + j * 3) % 3 != 0)
                    .map(move |j| network::Edge { between: [i, j], trials: 1 + (i + j) % 5 })
            })
            .collect(),
        footer: vec!["Area of nodes: participants; width of edges: trials.".into()],
    }
}

fn league_figure(n: usize) -> league::League {
    league::League {
        title: "League table".into(),
        treatments: (0..n)
            .map(|i| {
                [
                    "scalp + rehabilitation",
                    "body",
                    "sham",
                    "electroacupuncture of the scalp",
                    "drug",
                    "rehabilitation",
                ][i % 6]
                    .into()
            })
            .collect(),
        cells: (0..n)
            .map(|i| {
                (0..n)
                    .map(|j| {
                        (i != j).then(|| {
                            let e = i as f64 - j as f64;
                            league::Cell { estimate: e, lower: e - 1.2, upper: e + 1.2 }
                        })
                    })
                    .collect()
            })
            .collect(),
        null: 0.0,
        decimals: 2,
        footer: vec![],
    }
}

fn baujat_figure(n: usize) -> baujat::Baujat {
    baujat::Baujat {
        title: "Which study makes the heterogeneity".into(),
        points: (0..n)
            .map(|i| baujat::Point {
                label: format!("Study {i}"),
                contribution: (i * i % 17) as f64 / 3.0,
                influence: (i * 5 % 7) as f64 / 9.0,
            })
            .collect(),
        footer: vec![],
    }
}

fn labbe_figure() -> labbe::Labbe {
    let p = |label: &str, a, n, c, m| labbe::Point { label: label.into(), treated: [a, n], control: [c, m] };
    labbe::Labbe {
        title: "Responders with and without".into(),
        axes: ["Risk with body acupuncture".into(), "Risk with scalp acupuncture".into()],
        points: vec![
            p("Wang 2016", 30.0, 31.0, 26.0, 30.0),
            p("PUMCH 2006", 56.0, 60.0, 18.0, 27.0),
            p("Vertigo", 45.0, 50.0, 34.0, 50.0),
            p("Du", 44.0, 50.0, 49.0, 53.0),
        ],
        pooled: Some(labbe::Effect::OddsRatio(2.0)),
        footer: vec![],
    }
}

fn case_figure() -> single_case::SingleCase {
    let phase = |label: &str, start: usize, values: &[f64]| single_case::Phase {
        label: label.into(),
        points: values.iter().enumerate().map(|(i, v)| [(start + i) as f64, *v]).collect(),
    };
    single_case::SingleCase {
        title: "Fugl-Meyer upper limb, one patient".into(),
        time: "Week".into(),
        outcome: "Fugl-Meyer upper limb (0 to 66)".into(),
        phases: vec![
            phase("A baseline", 1, &[20.0, 20.0, 26.0, 25.0, 22.0, 23.0]),
            phase("B scalp acupuncture", 7, &[28.0, 25.0, 24.0, 27.0, 30.0, 30.0, 29.0]),
        ],
        band: Some(single_case::Band {
            label: "95 % prediction band from the baseline".into(),
            points: (1..=13)
                .map(|t| {
                    let m = 21.0 + 0.4 * f64::from(t);
                    [f64::from(t), m - 6.0, m, m + 6.0]
                })
                .collect(),
        }),
        footer: vec![],
    }
}

fn all(look: Look) -> Vec<(&'static str, String)> {
    vec![
        ("forest", forest::svg(&forest_figure(), look).expect("drawn")),
        ("funnel", funnel::svg(&funnel_figure(-0.7, true), look).expect("drawn")),
        ("funnel-far", funnel::svg(&funnel_figure(30.0, false), look).expect("drawn")),
        ("network", network::svg(&network_figure(7, false), look).expect("drawn")),
        ("network-long", network::svg(&network_figure(9, true), look).expect("drawn")),
        ("network-many", network::svg(&network_figure(40, false), look).expect("drawn")),
        ("league", league::svg(&league_figure(5), look).expect("drawn")),
        ("league-many", league::svg(&league_figure(20), look).expect("drawn")),
        ("baujat", baujat::svg(&baujat_figure(13), look).expect("drawn")),
        ("baujat-many", baujat::svg(&baujat_figure(200), look).expect("drawn")),
        ("labbe", labbe::svg(&labbe_figure(), look).expect("drawn")),
        ("case", single_case::svg(&case_figure(), look).expect("drawn")),
    ]
}

#[test]
fn no_text_covers_another_or_leaves_the_page() {
    for look in looks() {
        for (name, svg) in all(look) {
            assert_readable(&format!("{name} {look:?}"), &svg);
        }
    }
}

#[test]
fn every_figure_is_an_svg_of_its_width_that_can_be_drawn() {
    let out = std::env::var_os("STAT_FIGURES").map(std::path::PathBuf::from);
    for look in looks() {
        for (name, svg) in all(look) {
            // A league table grows rather than letting text overlap.
            if !name.starts_with("league") {
                assert!(svg.contains(&format!("width=\"{}mm\"", look.width.mm())), "{name}");
            }
            assert!(svg.contains("<title>") && svg.contains("<desc>"), "{name}");
            let bytes = png(&svg, 2.0).unwrap_or_else(|e| panic!("{name}: {e}"));
            if let Some(folder) = &out {
                let file = format!("{name}-{:?}-{:?}.png", look.width, look.theme);
                std::fs::write(folder.join(file), bytes).expect("written");
            }
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert_eq!(all(looks()[0]), all(looks()[0]));
}

#[test]
fn every_character_of_the_figures_has_a_glyph() {
    for (name, svg) in all(looks()[0]) {
        for t in texts(&svg).0 {
            for ch in t.content.chars() {
                assert!(baihui_report::font::has_glyph(ch), "{name}: {ch:?} in \"{}\"", t.content);
            }
        }
    }
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let look = Look::default();
    let mut f = forest_figure();
    f.rows[1] = study("A", -1.0, 0.5, 2.0, 10.0);
    assert!(matches!(forest::svg(&f, look), Err(StatFigureError::Number { .. })));
    f.rows[1] = study("A", 1.0, f64::NAN, 2.0, 10.0);
    assert!(matches!(forest::svg(&f, look), Err(StatFigureError::Number { .. })));
    f.rows.clear();
    assert!(matches!(forest::svg(&f, look), Err(StatFigureError::Empty(_))));
    let mut n = network_figure(3, false);
    n.edges.push(network::Edge { between: [0, 9], trials: 1 });
    assert!(matches!(network::svg(&n, look), Err(StatFigureError::Shape(_))));
    assert!(matches!(network::svg(&network_figure(61, false), look), Err(StatFigureError::TooMany { .. })));
    let mut l = labbe_figure();
    l.points[0].treated = [5.0, 4.0];
    assert!(matches!(labbe::svg(&l, look), Err(StatFigureError::Number { .. })));
    let mut g = league_figure(3);
    g.cells.pop();
    assert!(matches!(league::svg(&g, look), Err(StatFigureError::Shape(_))));
    let mut s = case_figure();
    s.phases.swap(0, 1);
    assert!(matches!(single_case::svg(&s, look), Err(StatFigureError::Shape(_))));
    let mut b = baujat_figure(2);
    b.points[0].influence = f64::INFINITY;
    assert!(matches!(baujat::svg(&b, look), Err(StatFigureError::Number { .. })));
}

#[test]
fn one_page_holds_everything_and_text_cannot_break_out() {
    let svg = forest::svg(&forest_figure(), Look { width: Width::Page, theme: Theme::Auto }).expect("drawn");
    let page = html::page(
        "Scalp <or> body & \"both\"",
        "en",
        &[
            html::Part::Callout("<script>alert(1)</script>".into()),
            html::Part::Figure { svg, caption: "Forest plot".into() },
            html::Part::Link { url: "javascript:alert(1)".into(), text: "source".into() },
            html::Part::Link { url: "https://doi.org/10.1000/1".into(), text: "source".into() },
        ],
    );
    assert!(!page.contains("<script") && !page.contains("href=\"javascript"));
    assert!(page.contains("href=\"https://doi.org/10.1000/1\""));
    assert!(
        !page.contains("src=") && !page.contains("@import") && !page.contains("url("),
        "needs nothing else"
    );
    assert!(
        page.contains("#f1 .bg{") && page.contains("{#f1 .bg{"),
        "style sheets keep to their figure, in both themes"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Forest plots of any numbers and names are readable.
    #[test]
    fn any_forest_is_readable(
        rows in prop::collection::vec(("[A-Za-z0-9 ,.&<>-]{0,60}", -8.0f64..8.0, 0.001f64..6.0, 0.0f64..100.0), 1..12),
        log in any::<bool>(),
        favours in "[a-z ]{0,50}",
    ) {
        let off = |x: f64| if log { x.exp() } else { x * 100.0 };
        let f = forest::Forest {
            title: "Any".into(),
            measure: "Standardised mean difference".into(),
            log,
            null: if log { 1.0 } else { 0.0 },
            columns: vec!["a".into(), "b".into()],
            rows: rows.iter().map(|(label, m, s, w)| study(label, off(*m), off(m - s), off(m + s), *w)).collect(),
            favours: [favours.clone(), favours],
            footer: vec![],
        };
        for look in looks() {
            assert_readable("any forest", &forest::svg(&f, look).expect("drawn"));
        }
    }
}

#[test]
fn a_pdf_has_text_that_can_be_selected_and_is_always_the_same() {
    use baihui_report::pdf::{Page, PdfError, Placed, document, write};
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"200\" height=\"60\"><style>.a{fill:#0072b2}</style>\
        <rect class=\"a\" width=\"50\" height=\"20\"/><text x=\"10\" y=\"40\" font-size=\"14\" \
        font-family=\"'Noto Sans','Noto Sans CJK SC'\">Needle here 百会</text></svg>";
    let page = |scale: f64| Page {
        width_mm: 100.0,
        height_mm: 50.0,
        pictures: vec![Placed { svg: svg.into(), x_mm: 5.0, y_mm: 5.0, scale }],
    };
    let pdf = write("A sheet", "en", &[page(1.0), page(0.5)]).expect("a PDF");
    assert!(pdf.starts_with(b"%PDF-") && pdf.len() > 2_000);
    assert_eq!(pdf, write("A sheet", "en", &[page(1.0), page(0.5)]).expect("a PDF"));
    let count = |needle: &[u8]| pdf.windows(needle.len()).filter(|w| *w == needle).count();
    // One subset of each font, with the table that maps its glyphs back to characters.
    assert!(count(b"/ToUnicode") >= 2);
    assert!(matches!(write("A", "en", &[page(f64::NAN)]), Err(PdfError::Size { page: 1, .. })));
    let mut broken = page(1.0);
    broken.pictures[0].svg = "<svg".into();
    assert!(matches!(write("A", "en", &[page(1.0), broken]), Err(PdfError::Picture { page: 2, .. })));
    let report = document("Title", "en", &[html::Part::Text("Words.".into())]).expect("a report");
    assert!(report.starts_with(b"%PDF-"));
}
