//! Views of a head, checked on the SVG that comes out.

#![allow(clippy::unwrap_used)] // In a test a panic is the report.

mod common;

use baihui_head::{Head, Side};
use baihui_report::{
    Theme, View, png, sheet_svg, svg,
    view::{Arrow, Emphasis, Figure, Hidden, Item, Kind, LabelText},
};
use common::{line, point, ring, synthetic};
use glam::{DVec2, DVec3};
use resvg::usvg;
use roxmltree::{Document, Node};

/// x, y of a text in the page, through the groups' translations.
fn position(node: Node, x: f64, y: f64) -> DVec2 {
    let mut at = DVec2::new(x, y);
    for a in node.ancestors() {
        if let Some(t) = a.attribute("transform") {
            let v: Vec<f64> = t
                .trim_start_matches("translate(")
                .trim_end_matches(')')
                .split_whitespace()
                .map(|w| w.parse().unwrap())
                .collect();
            at += DVec2::new(v[0], v[1]);
        }
    }
    at
}

fn number(node: Node, name: &str) -> f64 {
    node.attribute(name).unwrap().parse().unwrap()
}

fn texts<'a>(doc: &'a Document<'a>) -> impl Iterator<Item = (String, Node<'a, 'a>)> {
    doc.descendants()
        .filter(|n| n.has_tag_name("text"))
        .map(|n| (n.descendants().filter(Node::is_text).map(|t| t.text().unwrap()).collect::<String>(), n))
}

/// Centres of the circles of points whose tip begins with a code.
fn circles(doc: &Document, code: &str) -> Vec<DVec2> {
    doc.descendants()
        .filter(|n| n.has_tag_name("circle"))
        .filter(|n| {
            let tip = n.parent().and_then(|p| p.children().find(|c| c.has_tag_name("title")));
            tip.and_then(|t| t.text()).is_some_and(|t| t.starts_with(&format!("{code} ")))
        })
        .map(|n| position(n, number(n, "cx"), number(n, "cy")))
        .collect()
}

fn labels(doc: &Document) -> Vec<String> {
    doc.descendants().filter_map(|n| n.attribute("data-code")).map(str::to_owned).collect()
}

/// The place on the skin in a direction from the middle of the head.
fn skin(head: &Head, direction: DVec3) -> DVec3 {
    let d = direction.normalize();
    let (p, _) = head.skin.ray(d * 400.0, -d, 500.0).unwrap();
    head.skin.position(p)
}

/// A reproducible sequence of numbers in 0..1 (Lehmer's generator with the multiplier 48271).
struct Numbers(u64);
impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0 * 48271 % 2_147_483_647;
        self.0 as f64 / 2_147_483_647.0
    }
    fn direction(&mut self) -> DVec3 {
        loop {
            let d = DVec3::new(self.next(), self.next(), self.next()) * 2.0 - DVec3::ONE;
            if d.length() > 0.1 && d.length() < 1.0 {
                return d.normalize();
            }
        }
    }
}

#[test]
fn left_and_right_are_where_the_words_say() {
    let head = synthetic();
    let at = |x: f64, y: f64, z: f64| skin(&head, DVec3::new(x, y, z));
    // Off the midline to the patient's left and right, seen from front, back and above alike.
    for (view, y, z) in [(View::Front, 1.0, 0.2), (View::Back, -1.0, 0.2), (View::Top, 0.1, 1.0)] {
        let left = at(-0.4, y, z);
        let right = at(0.4, y, z);
        assert!(left.x < -20.0 && right.x > 20.0);
        let figure = Figure::new(&head, vec![point("L", "", "g", left), point("R", "", "g", right)]);
        let text = svg(&figure, view);
        let doc = Document::parse(&text).unwrap();
        let caption = |word: &str| {
            let (_, n) = texts(&doc).find(|(t, _)| t.contains(word)).unwrap();
            position(n, number(n, "x"), number(n, "y")).x
        };
        let (l, r) = (circles(&doc, "L")[0].x, circles(&doc, "R")[0].x);
        let (cl, cr) = (caption("patient's left"), caption("patient's right"));
        assert_eq!(l < r, cl < cr, "{view:?}: {l} {r} {cl} {cr}");
        let middle = f64::midpoint(cl, cr);
        assert_eq!(l < middle, cl < middle);
        assert_eq!(r < middle, cr < middle);
        // And absolutely: only from the front is the patient's left on the viewer's right.
        assert_eq!(l > r, view == View::Front);
    }
}

#[test]
fn side_views_show_the_side_that_they_name() {
    let head = synthetic();
    let items = vec![
        point("L", "", "g", skin(&head, DVec3::new(-1.0, 0.2, 0.3))),
        point("R", "", "g", skin(&head, DVec3::new(1.0, 0.2, 0.3))),
        point("N", "", "g", skin(&head, DVec3::new(0.0, 1.0, 0.0))),
        point("I", "", "g", skin(&head, DVec3::new(0.0, -1.0, 0.0))),
    ];
    let figure = Figure::new(&head, items);
    for (view, here, there, word) in
        [(View::Left, "L", "R", "patient's left side"), (View::Right, "R", "L", "patient's right side")]
    {
        let text = svg(&figure, view);
        let doc = Document::parse(&text).unwrap();
        assert_eq!(circles(&doc, here).len(), 1);
        assert!(circles(&doc, there).is_empty(), "{view:?} shows {there}");
        assert!(texts(&doc).any(|(t, _)| t == word));
        // The nose points to the caption "front"; both midline points are seen on the contour.
        let caption = |word: &str| {
            let (_, n) = texts(&doc).find(|(t, _)| t.contains(word)).unwrap();
            number(n, "x")
        };
        let (nose, inion) = (circles(&doc, "N")[0].x, circles(&doc, "I")[0].x);
        assert_eq!(nose < inion, caption("front") < caption("back"));
        assert_eq!(nose < inion, view == View::Left);
    }
}

#[test]
fn what_peeps_over_the_midline_is_drawn_but_not_labelled_as_the_near_side() {
    let head = synthetic();
    let crown =
        |x: f64, side: Side| Item { side, ..point("P", "", "g", skin(&head, DVec3::new(x, 0.0, 1.0))) };
    let figure = Figure::new(&head, vec![crown(-0.02, Side::Left), crown(0.02, Side::Right)]);
    for (view, named) in [(View::Left, 1), (View::Right, 1), (View::Top, 2)] {
        let drawn = svg(&figure, view);
        let doc = Document::parse(&drawn).unwrap();
        assert_eq!(circles(&doc, "P").len(), 2, "{view:?}");
        assert_eq!(labels(&doc).iter().filter(|l| l.as_str() == "P").count(), named, "{view:?}");
    }
}

#[test]
fn a_label_between_two_marks_is_well_nearer_to_its_own() {
    let head = synthetic();
    // Six in a row across the crown, as far apart as a label is wide.
    let items: Vec<Item> = (0..6)
        .map(|i| {
            point(&format!("GB{i}"), "", "g", skin(&head, DVec3::new(f64::from(i) * 0.1 - 0.25, 0.1, 1.0)))
        })
        .collect();
    let mut figure = Figure::new(&head, items);
    figure.options.labels = LabelText::Code;
    let drawn = svg(&figure, View::Top);
    let marks: Vec<(String, DVec2)> = {
        let doc = Document::parse(&drawn).unwrap();
        (0..6).map(|i| format!("GB{i}")).map(|c| (c.clone(), circles(&doc, &c)[0])).collect()
    };
    let (texts, _) = boxes(&drawn);
    for (code, at) in &marks {
        for (_, b) in texts.iter().filter(|(t, _)| t == code) {
            let to = |p: DVec2| {
                let inside = p.clamp(
                    DVec2::new(b.left().into(), b.top().into()),
                    DVec2::new(b.right().into(), b.bottom().into()),
                );
                p.distance(inside)
            };
            let own = to(*at);
            let other =
                marks.iter().filter(|(c, _)| c != code).map(|(_, p)| to(*p)).fold(f64::INFINITY, f64::min);
            // In a column it has a leader.
            assert!(
                own > 20.0 || other > own + 4.0,
                "{code}: {own:.1} px from its own mark, {other:.1} from another"
            );
        }
    }
}

/// Boxes of all texts as the renderer sets them, with their content.
fn boxes(svg: &str) -> (Vec<(String, usvg::Rect)>, usvg::Size) {
    let mut fontdb = usvg::fontdb::Database::new();
    for f in [baihui_report::font::REGULAR, baihui_report::font::BOLD, baihui_report::font::HANZI] {
        fontdb.load_font_data(f.to_vec());
    }
    let options = usvg::Options { fontdb: std::sync::Arc::new(fontdb), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(svg, &options).unwrap();
    fn walk(group: &usvg::Group, out: &mut Vec<(String, usvg::Rect)>) {
        for node in group.children() {
            match node {
                usvg::Node::Group(g) => walk(g, out),
                usvg::Node::Text(t) => {
                    let words = t.chunks().iter().map(|c| c.text()).collect();
                    out.push((words, t.abs_bounding_box()));
                }
                _ => {}
            }
        }
    }
    let mut out = Vec::new();
    walk(tree.root(), &mut out);
    (out, tree.size())
}

fn assert_no_collisions(svg: &str, what: &str) {
    let (boxes, size) = boxes(svg);
    for (i, (a, ra)) in boxes.iter().enumerate() {
        assert!(
            ra.left() >= 0.0 && ra.top() >= 0.0 && ra.right() <= size.width() && ra.bottom() <= size.height(),
            "{what}: {a} leaves the page: {ra:?} of {size:?}"
        );
        for (b, rb) in &boxes[..i] {
            // Ink boxes of neighbouring lines may share a fraction of a px (descenders).
            let x = ra.right().min(rb.right()) - ra.left().max(rb.left());
            let y = ra.bottom().min(rb.bottom()) - ra.top().max(rb.top());
            assert!(x <= 0.0 || y <= 4.0, "{what}: {a} and {b} overlap by {x} × {y}");
        }
    }
}

#[test]
fn labels_are_complete_apart_and_on_the_page() {
    let head = synthetic();
    let mut numbers = Numbers(20);
    for (n, text) in [
        (1, LabelText::Auto),
        (12, LabelText::Auto),
        (60, LabelText::Code),
        (60, LabelText::CodeAndName),
        (220, LabelText::Code),
    ] {
        let items: Vec<Item> = (0..n)
            .map(|i| {
                let group = ["a", "b", "c"][i % 3];
                point(&format!("P{i}"), "Baihui 百会 name", group, skin(&head, numbers.direction()))
            })
            .collect();
        let mut figure = Figure::new(&head, items);
        figure.options.labels = text;
        figure.options.density = 0.5;
        for view in View::ALL {
            let drawn = svg(&figure, view);
            assert_no_collisions(&drawn, &format!("{n} items, {view:?}, {text:?}"));
            let doc = Document::parse(&drawn).unwrap();
            let found = labels(&doc);
            let toward = baihui_report::View::directions(view, &head.axes().unwrap())[2];
            for item in &figure.items {
                let Kind::Point { at, .. } = item.kind else { continue };
                let facing = head.skin.normal(head.skin.closest(at).0).dot(toward);
                let times = found.iter().filter(|c| **c == item.code).count();
                // The nose hides little; near the contour both answers are right.
                if facing > 0.2 {
                    assert_eq!(times, 1, "{} in {view:?}", item.code);
                } else if facing < -0.2 {
                    assert_eq!(times, 0, "{} at {at} in {view:?}, {facing}", item.code);
                }
            }
        }
    }
}

#[test]
fn every_label_is_beside_its_point_or_joined_to_it() {
    let head = synthetic();
    let mut numbers = Numbers(7);
    let items: Vec<Item> =
        (0..90).map(|i| point(&format!("P{i}"), "", "a", skin(&head, numbers.direction()))).collect();
    let figure = Figure::new(&head, items);
    let drawn = svg(&figure, View::Left);
    let doc = Document::parse(&drawn).unwrap();
    let leaders: Vec<Vec<DVec2>> = doc
        .descendants()
        .filter(|n| n.attribute("class") == Some("bh-leader"))
        .map(|n| {
            let d = n.attribute("d").unwrap();
            d.split(['M', 'L'])
                .filter(|s| !s.is_empty())
                .map(|s| {
                    let v: Vec<f64> = s.split_whitespace().map(|w| w.parse().unwrap()).collect();
                    position(n, v[0], v[1])
                })
                .collect()
        })
        .collect();
    for (i, a) in leaders.iter().enumerate() {
        for b in &leaders[..i] {
            let side = |p: DVec2, q: DVec2, r: DVec2| (q - p).perp_dot(r - p);
            let cross = side(a[0], a[1], b[0]) * side(a[0], a[1], b[1]) < 0.0
                && side(b[0], b[1], a[0]) * side(b[0], b[1], a[1]) < 0.0;
            assert!(!cross, "leaders cross: {a:?} {b:?}");
        }
    }
    let mut joined = 0;
    for (_, n) in texts(&doc).filter(|(_, n)| n.has_attribute("data-code")) {
        let code = n.attribute("data-code").unwrap();
        let at = circles(&doc, code)[0];
        let text = position(n, number(n, "x"), number(n, "y"));
        if let Some(l) =
            leaders.iter().find(|l| (l[2].y - text.y).abs() < 6.0 && (l[2].x - text.x).abs() < 20.0)
        {
            assert!(l[0].distance(at) < 0.2, "{code}: leader ends at {:?}, point at {at:?}", l[0]);
            joined += 1;
        } else {
            assert!(text.distance(at) < 40.0, "{code} at {at:?} has its label at {text:?}");
        }
    }
    assert_eq!(joined, leaders.len());
}

#[test]
fn the_far_side_is_hidden_and_the_ear_hides_nothing() {
    let head = synthetic();
    let arc = |y: f64| {
        let ends = [DVec3::new(-1.0, 0.3 * y, 0.3), DVec3::new(0.0, y, 0.3), DVec3::new(1.0, 0.3 * y, 0.3)]
            .map(|d| skin(&head, d));
        let mut item = line(&head, "A", "", "g", ends[0], ends[1], &[0.5]);
        if let (Kind::Line { path, .. }, Kind::Line { path: more, .. }) =
            (&mut item.kind, line(&head, "A", "", "g", ends[1], ends[2], &[]).kind)
        {
            path.extend(more);
        }
        item
    };
    let drawn = |items: Vec<Item>, view: View, hidden: Hidden| {
        let mut figure = Figure::new(&head, items);
        figure.options.hidden = hidden;
        figure.options.density = 0.5;
        svg(&figure, view)
    };
    let front = vec![arc(1.0)];
    let strokes = |svg: &str| svg.matches("stroke-width=\"2.3\"").count();
    assert_eq!(strokes(&drawn(front.clone(), View::Front, Hidden::Omit)), 1);
    assert_eq!(strokes(&drawn(front.clone(), View::Back, Hidden::Omit)), 0);
    assert!(drawn(front.clone(), View::Back, Hidden::Faint).contains("stroke-dasharray=\"1.5 3\""));
    assert!(!drawn(front, View::Front, Hidden::Faint).contains("stroke-dasharray=\"1.5 3\""));
    // Under the plate that stands for the left ear.
    let behind = skin(&head, DVec3::new(-1.0, -0.13, -0.2));
    let doc = drawn(vec![point("E", "", "g", behind)], View::Left, Hidden::Omit);
    assert_eq!(circles(&Document::parse(&doc).unwrap(), "E").len(), 1);
}

#[test]
fn parts_ellipses_areas_and_arrows_are_drawn() {
    let head = synthetic();
    let a = skin(&head, DVec3::new(-0.3, 0.3, 1.0));
    let b = skin(&head, DVec3::new(-1.0, 0.2, 0.2));
    let mut with_ellipse = point("P", "Point", "p", a);
    with_ellipse.kind = Kind::Point { at: a, ellipse: Some(ring(&head, a, 8.0)) };
    let mut area = point("F", "Area", "f", b);
    area.kind = Kind::Area { outline: ring(&head, b, 12.0), closed: true };
    area.emphasis = Emphasis::Strong;
    let fifths = line(&head, "M", "Line", "m", a, b, &[0.2, 0.6]);
    let mut figure = Figure::new(&head, vec![with_ellipse, area, fifths]);
    figure.arrows.push(Arrow { from: a, to: b, text: "81.4 mm".to_owned() });
    let drawn = svg(&figure, View::Left);
    // A tick is a casing and a stroke.
    assert_eq!(drawn.matches("stroke-width=\"1.7\"").count(), 2);
    assert_eq!(drawn.matches("fill-opacity=\".16\"").count(), 1);
    assert_eq!(drawn.matches("fill-opacity=\".26\"").count(), 1);
    let doc = Document::parse(&drawn).unwrap();
    let mut found = labels(&doc);
    found.sort();
    assert_eq!(found, ["81.4 mm", "F", "M", "P"]);
    assert_no_collisions(&drawn, "mixed");
}

#[test]
fn hostile_and_empty_input_gives_a_picture() {
    let mut head = synthetic();
    let nan = DVec3::splat(f64::NAN);
    let mut items = vec![
        point("<script>alert(1)</script>&\"'\u{0}\u{1}", "a\nb]]>", "\"><g", DVec3::new(0.0, 0.0, 110.0)),
        point("far", "", "g", DVec3::splat(1e300)),
        point("nan", "", "g", nan),
        point(&"W".repeat(5000), &"very long ".repeat(500), "g", DVec3::new(0.0, 30.0, 105.0)),
        point("", "", "", DVec3::new(0.0, -30.0, 105.0)),
    ];
    let empty = |kind: Kind| Item { kind, ..point("e", "", "g", DVec3::ZERO) };
    items.push(empty(Kind::Line { path: vec![], parts: vec![0.5, f64::NAN, 9.0, -1.0] }));
    items.push(empty(Kind::Line { path: vec![nan, nan, DVec3::X], parts: vec![0.5] }));
    items.push(empty(Kind::Line { path: vec![DVec3::Z * 110.0; 5], parts: vec![0.5] }));
    items.push(empty(Kind::Area { outline: vec![], closed: true }));
    items.push(empty(Kind::Area { outline: vec![DVec3::Z * 110.0; 2], closed: true }));
    items.push(empty(Kind::Point { at: DVec3::Z * 110.0, ellipse: Some(vec![nan; 9]) }));
    for landmarks in [true, false] {
        if !landmarks {
            head.landmarks = baihui_head::Landmarks::new();
        }
        let mut figure = Figure::new(&head, items.clone());
        figure.arrows.push(Arrow { from: nan, to: DVec3::ZERO, text: "x".to_owned() });
        figure.options.title = "<&>".to_owned();
        figure.options.id = "a\"b".to_owned();
        for view in View::ALL {
            let drawn = svg(&figure, view);
            let doc = Document::parse(&drawn).unwrap();
            assert!(!doc.descendants().any(|n| n.has_tag_name("script")));
            // Base 64 may spell anything.
            let vectors: String = drawn.split('"').filter(|part| !part.starts_with("data:")).collect();
            assert!(!vectors.contains("NaN") && !vectors.contains("inf"), "{vectors}");
            assert_no_collisions(&drawn, "hostile");
        }
        Document::parse(&sheet_svg(&figure)).unwrap();
    }
    for width in [0.0, 1.0, 200.0] {
        let mut figure = Figure::new(&head, Vec::new());
        figure.options.width_px = width;
        Document::parse(&svg(&figure, View::Top)).unwrap();
    }
}

#[test]
fn the_svg_is_accessible_themed_and_the_same_each_time() {
    let head = synthetic();
    let items = vec![point("GV20", "Baihui 百会", "who", DVec3::new(0.0, 0.0, 110.0))];
    let mut figure = Figure::new(&head, items);
    let drawn = svg(&figure, View::Top);
    assert_eq!(drawn, svg(&figure.clone(), View::Top));
    let doc = Document::parse(&drawn).unwrap();
    let root = doc.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    for id in root.attribute("aria-labelledby").unwrap().split(' ') {
        let named = doc.descendants().find(|n| n.attribute("id") == Some(id)).unwrap();
        assert!(!named.text().unwrap().is_empty());
    }
    assert!(doc.descendants().any(|n| n.has_tag_name("desc") && n.text().unwrap().contains("GV20")));
    assert!(texts(&doc).any(|(t, _)| t.contains("GV20") && t.contains("Baihui 百会")));
    assert!(!drawn.contains("prefers-color-scheme"));
    figure.options.theme = Theme::Auto;
    assert!(svg(&figure, View::Top).contains("@media (prefers-color-scheme:dark)"));
    figure.options.theme = Theme::Dark;
    assert_ne!(svg(&figure, View::Top), drawn);
}

#[test]
fn the_scale_bar_is_true() {
    let head = synthetic();
    // 60 mm apart on the crown, level in the view from above.
    let (a, b) = (skin(&head, DVec3::new(-30.0, 0.0, 100.0)), skin(&head, DVec3::new(30.0, 0.0, 100.0)));
    let figure = Figure::new(&head, vec![point("A", "", "g", a), point("B", "", "g", b)]);
    let drawn = svg(&figure, View::Top);
    let doc = Document::parse(&drawn).unwrap();
    let px = circles(&doc, "A")[0].distance(circles(&doc, "B")[0]);
    let (words, _) = texts(&doc).find(|(t, _)| t.ends_with(" mm")).unwrap();
    let mm: f64 = words.trim_end_matches(" mm").parse().unwrap();
    let bar = doc.descendants().find(|n| n.attribute("class") == Some("bh-rule")).unwrap();
    let d = bar.attribute("d").unwrap();
    let length: f64 = d.split('h').nth(1).unwrap().split('M').next().unwrap().parse().unwrap();
    assert!(
        (length / mm - px / (b.x - a.x)).abs() < 0.01,
        "{length} px for {mm} mm, {px} px for {}",
        b.x - a.x
    );
}

#[test]
fn png_shows_the_head_and_the_marks() {
    let head = synthetic();
    let at = skin(&head, DVec3::new(-1.0, 0.5, 0.6));
    let figure = Figure::new(&head, vec![point("P", "", "g", at)]);
    let drawn = svg(&figure, View::Left);
    let image = resvg::tiny_skia::Pixmap::decode_png(&png(&drawn, 2.0).unwrap()).unwrap();
    let doc = Document::parse(&drawn).unwrap();
    assert_eq!(f64::from(image.width()), 2.0 * number(doc.root_element(), "width"));
    let at = circles(&doc, "P")[0] * 2.0;
    let p = image.pixel(at.x as u32, at.y as u32).unwrap();
    assert_eq!((p.red(), p.green(), p.blue()), (0x00, 0x72, 0xb2));
    let skin = image.pixel(at.x as u32 + 80, at.y as u32 + 80).unwrap();
    assert!(skin.red() > skin.blue() && skin.red() > 120 && skin.blue() < 240, "{skin:?}");
}

#[test]
fn the_sheet_has_five_views_and_a_key() {
    let head = synthetic();
    let items = vec![
        point("GV20", "Baihui 百会", "who", skin(&head, DVec3::Z)),
        point("GB8", "Shuaigu 率谷", "who", skin(&head, DVec3::new(-1.0, 0.0, 0.3))),
        point("GB8", "Shuaigu 率谷", "who", skin(&head, DVec3::new(1.0, 0.0, 0.3))),
    ];
    let figure = Figure::new(&head, items);
    let drawn = sheet_svg(&figure);
    let doc = Document::parse(&drawn).unwrap();
    assert_eq!(doc.descendants().filter(|n| n.has_tag_name("image")).count(), 5);
    for word in ["Front", "Back", "Top", "patient's left side", "patient's right side"] {
        assert_eq!(texts(&doc).filter(|(t, _)| t == word).count(), 1, "{word}");
    }
    assert_eq!(texts(&doc).filter(|(t, _)| t.contains("Shuaigu 率谷")).count(), 1);
    let mut ids: Vec<&str> = doc.descendants().filter_map(|n| n.attribute("id")).collect();
    let n = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), n, "identifiers repeat");
    assert_no_collisions(&drawn, "sheet");
}

#[test]
fn a_long_code_is_not_cut_on_a_sheet() {
    let head = synthetic();
    let mut items = Vec::new();
    for (i, word) in ["anterior", "posterior", "lateral", "taiyang"].into_iter().enumerate() {
        for j in 0..6 {
            let at = skin(&head, DVec3::new(f64::from(j) * 0.05 - 0.1, 0.2 + i as f64 * 0.05, 1.0));
            items.push(point(&format!("Yuntongzhen-{word}"), "Yūntòngzhēn 晕痛针", "jin", at));
        }
    }
    let figure = Figure::new(&head, items);
    let svg = sheet_svg(&figure);
    let doc = Document::parse(&svg).unwrap();
    let cut: Vec<String> = texts(&doc).map(|t| t.0).filter(|t| t.contains('…')).collect();
    assert!(cut.is_empty(), "{cut:?}");
    assert_no_collisions(&svg, "long codes");
}

#[test]
fn real_scalp_fits_in_250_kb_without_collisions() {
    let Some((head, sites)) = common::colin() else {
        println!("skipped: ../shared/data/colin_atlasviewer is not there");
        return;
    };
    let items: Vec<Item> = sites
        .iter()
        .step_by(3)
        .map(|(n, p)| point(n, "", "10-5", head.skin.position(head.skin.closest(*p).0)))
        .collect();
    let figure = Figure::new(&head, items);
    for view in View::ALL {
        let drawn = svg(&figure, view);
        assert!(drawn.len() < 250_000, "{view:?}: {} bytes", drawn.len());
        assert_no_collisions(&drawn, "Colin27");
        // Odd numbers are on the left, even ones on the right: an independent witness of the side.
        let doc = Document::parse(&drawn).unwrap();
        for (code, left) in
            [("C3", true), ("C4", false), ("T7", true), ("T8", false), ("F3", true), ("F4", false)]
        {
            if !circles(&doc, code).is_empty() {
                match view {
                    View::Left => assert!(left, "{code} in {view:?}"),
                    View::Right => assert!(!left, "{code} in {view:?}"),
                    _ => {
                        let (_, n) = texts(&doc).find(|(t, _)| t.contains("patient's left")).unwrap();
                        let caption = position(n, number(n, "x"), 0.0).x;
                        let (_, n) = texts(&doc).find(|(t, _)| t.contains("patient's right")).unwrap();
                        let other = position(n, number(n, "x"), 0.0).x;
                        let x = circles(&doc, code)[0].x;
                        assert_eq!((x - caption).abs() < (x - other).abs(), left, "{code} in {view:?}");
                    }
                }
            }
        }
    }
}
