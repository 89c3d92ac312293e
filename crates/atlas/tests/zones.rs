//! What a user relies on: every zone is on the skin, on its side, and follows the head; or is refused by name.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use std::collections::{BTreeMap, BTreeSet};

use baihui_atlas::{
    Atlas, Choices, Evaluator, Location, Names, Refusal, Request, Value, built_in,
    evaluate::FRAME_LANDMARKS,
    language::Sides,
    locate::{self, Kind},
    uncertainty::{Draws, Method},
    words::sides_of,
};
use baihui_head::{Curve, Head, Landmarks, Point, Side, Surface, template};
use glam::DVec3;
use serde_json::Value as Json;

struct Bench {
    atlas: Atlas,
    names: Names,
    choices: Choices,
    head: Head,
}

impl Bench {
    fn new() -> Self {
        let atlas = built_in::atlas(&[]).unwrap();
        let names = Names::of(&atlas);
        Self { names, atlas, choices: Choices::default(), head: template::template() }
    }

    fn evaluator<'a>(&'a self, head: &'a Head) -> Evaluator<'a> {
        Evaluator::new(&self.atlas, &self.names, &self.choices, head).unwrap()
    }

    fn locate(&self, request: &Request) -> Location {
        locate::locate(&self.atlas, &self.names, &self.head, request).unwrap()
    }

    fn items(&self, codes: &[&str]) -> Vec<usize> {
        codes.iter().map(|c| self.atlas.find(c).unwrap_or_else(|| panic!("no {c}"))).collect()
    }

    /// Item, construction, side: everything that the atlas can be asked for.
    fn everything(&self) -> Vec<(usize, usize, Side)> {
        let mut all = Vec::new();
        for (i, e) in self.atlas.entries.iter().enumerate() {
            for c in 0..e.constructions.len() {
                all.extend(sides_of(e.item.side).iter().map(|&s| (i, c, s)));
            }
        }
        all
    }

    fn label(&self, (i, c, side): (usize, usize, Side)) -> String {
        let e = &self.atlas.entries[i];
        format!("{}/{} {side}", e.item.code, e.constructions[c].name)
    }
}

/// A head after a map of space; `turned` where the map turns right into left.
fn mapped(head: &Head, turned: bool, f: impl Fn(DVec3) -> DVec3) -> Head {
    let vertices = head.skin.vertices().iter().map(|&v| f(v)).collect();
    let faces = head.skin.faces().iter().map(|&[a, b, c]| if turned { [a, c, b] } else { [a, b, c] });
    let mut landmarks = Landmarks::new();
    for (name, side, l) in head.landmarks.iter() {
        let mut moved = l.clone();
        moved.position = Point::new(f(l.position.mm));
        landmarks.insert(name, if turned { side.mirrored() } else { side }, moved);
    }
    Head {
        skin: Surface::new(vertices, faces.collect()).unwrap(),
        ears: None,
        brain: None,
        cortex: None,
        to_mni: None,
        landmarks,
        ..head.clone()
    }
}

fn outline_distance(a: &Curve, b: &Curve, f: &dyn Fn(DVec3) -> DVec3) -> f64 {
    a.points().iter().map(|&p| b.closest(f(p)).1).fold(0.0, f64::max)
}

/// How far the second value is from the first one mapped, mm: lines station by station, areas by their outline.
fn distance_mm(
    (a, skin_a): (&Value, &Surface),
    (b, skin_b): (&Value, &Surface),
    f: &dyn Fn(DVec3) -> DVec3,
) -> f64 {
    match (a, b) {
        (Value::Point(a), Value::Point(b)) => f(skin_a.position(*a)).distance(skin_b.position(*b)),
        (Value::Line(a), Value::Line(b)) => (0..=20)
            .map(|k| f64::from(k) / 20.0)
            .map(|t| f(a.position_at(t * a.length_mm())).distance(b.position_at(t * b.length_mm())))
            .fold(0.0, f64::max),
        (Value::Area(a), Value::Area(b)) => outline_distance(a, b, f),
        _ => f64::INFINITY,
    }
}

fn mean_x(points: &[[f64; 3]]) -> f64 {
    points.iter().map(|p| p[0]).sum::<f64>() / points.len() as f64
}

#[test]
fn every_default_item_is_located_or_refused_by_name() {
    let bench = Bench::new();
    let location = bench.locate(&Request::default());
    let mut got: BTreeSet<(&str, Side)> = location.items.iter().map(|i| (i.code.as_str(), i.side)).collect();
    let landmarks: Vec<&String> = bench.atlas.landmarks.keys().collect();
    for r in &location.refused {
        assert!(
            landmarks.iter().any(|l| r.reason.contains(l.as_str())),
            "{} {}: {}",
            r.code,
            r.side,
            r.reason
        );
        assert!(got.insert((&r.code, r.side)), "{} {} is both located and refused", r.code, r.side);
    }
    let wanted: BTreeSet<(&str, Side)> = bench
        .atlas
        .entries
        .iter()
        .filter(|e| !bench.atlas.schools[e.school].off)
        .flat_map(|e| sides_of(e.item.side).iter().map(|&s| (e.item.code.as_str(), s)))
        .collect();
    assert!(wanted.len() > 150, "{}", wanted.len());
    assert_eq!(got, wanted);
    println!("{} located, {} refused on the built-in head", location.items.len(), location.refused.len());
}

#[test]
fn places_are_on_the_skin_and_on_their_side() {
    let bench = Bench::new();
    let schools = (0..bench.atlas.schools.len()).collect();
    let location = bench.locate(&Request { schools, ..Request::default() });
    let skin = &bench.head.skin;
    for i in &location.items {
        let (points, most) = match (&i.position_mm, &i.path_mm) {
            (Some(p), None) => (vec![*p], 1e-6),
            (None, Some(path)) => (path.clone(), 0.5),
            other => panic!("{}: {other:?}", i.code),
        };
        assert_eq!(i.kind == Kind::Point, i.position_mm.is_some(), "{}", i.code);
        for p in &points {
            let off = skin.closest(DVec3::from_array(*p)).1;
            assert!(off < most, "{} {}: {off} mm off the skin", i.code, i.side);
        }
        let x = mean_x(&points);
        match i.side {
            Side::Left => assert!(x < 0.0, "{} left: mean x {x}", i.code),
            Side::Right => assert!(x > 0.0, "{} right: mean x {x}", i.code),
            Side::Midline => assert!(x.abs() < 4.0, "{} midline: mean x {x}", i.code),
        }
        assert!(i.sd_mm.is_finite() && i.sd_mm > 0.0, "{}: sd {}", i.code, i.sd_mm);
        assert!(i.length_mm.is_finite() && (i.kind == Kind::Point) == (i.length_mm == 0.0), "{}", i.code);
    }
}

#[test]
fn a_mirrored_head_has_mirrored_zones() {
    let bench = Bench::new();
    let flip = |p: DVec3| DVec3::new(-p.x, p.y, p.z);
    let other = mapped(&bench.head, true, flip);
    let (mut here, mut there) = (bench.evaluator(&bench.head), bench.evaluator(&other));
    let mut compared = 0;
    let mut wrong = Vec::new();
    for key @ (i, c, side) in bench.everything() {
        let (a, b) = (here.construct(i, c, side), there.construct(i, c, side.mirrored()));
        match (a, b) {
            (Ok(a), Ok(b)) => {
                let d = distance_mm((&a, &bench.head.skin), (&b, &other.skin), &flip);
                let lengths = (a.length_mm() - b.length_mm()).abs();
                if [d, lengths].into_iter().any(|x| x.is_nan() || x >= 1e-6) {
                    wrong.push(format!("{}: {d} mm apart, {lengths} mm longer", bench.label(key)));
                }
                compared += 1;
            }
            (Err(_), Err(_)) => {}
            (a, b) => wrong.push(format!("{}: {:?} but {:?}", bench.label(key), a.is_ok(), b.is_ok())),
        }
    }
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 250, "{compared}");
}

/// The construction in force and all that it is built from, as text; and the landmarks with their sides.
fn built_from(
    atlas: &Atlas,
    (item, construction): (usize, usize),
    side: Side,
    text: &mut String,
    landmarks: &mut BTreeSet<(String, Side)>,
) {
    let shape = format!("{:?}", atlas.entries[item].constructions[construction].shape);
    // Names are the only strings of the language, so they stand in quotation marks.
    let names: Vec<String> = shape.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    *text += &shape;
    for name in names {
        let (at, rest) = match name.split_once(':') {
            Some(("left", rest)) => (Side::Left, rest),
            Some(("right", rest)) => (Side::Right, rest),
            _ => (side, name.as_str()),
        };
        let (base, variant) = rest.split_once('/').map_or((rest, None), |(b, v)| (b, Some(v)));
        let here = |sides: Sides| if sides == Sides::Midline { Side::Midline } else { at };
        if let Some(landmark) = atlas.landmarks.get(base) {
            landmarks.insert((base.to_owned(), here(landmark.side)));
        } else {
            let i = atlas.find(base).unwrap_or_else(|| panic!("{base} in {shape}"));
            let e = &atlas.entries[i];
            let c =
                variant.and_then(|v| e.constructions.iter().position(|m| m.name == v)).unwrap_or(e.default);
            built_from(atlas, (i, c), here(e.item.side), text, landmarks);
        }
    }
}

#[test]
fn cun_grow_with_the_head_and_centimetres_do_not() {
    const FACTOR: f64 = 1.1;
    let bench = Bench::new();
    let grow = |p: DVec3| p * FACTOR;
    let big = mapped(&bench.head, false, grow);
    let (mut here, mut there) = (bench.evaluator(&bench.head), bench.evaluator(&big));
    let (mut proportional, mut absolute) = (0, 0);
    let mut wrong = Vec::new();
    for key @ (i, c, side) in bench.everything() {
        let (mut text, mut landmarks) = (String::new(), BTreeSet::new());
        built_from(&bench.atlas, (i, c), side, &mut text, &mut landmarks);
        let (Ok(a), Ok(b)) = (here.construct(i, c, side), there.construct(i, c, side)) else { continue };
        if !text.contains("unit: Mm") {
            proportional += 1;
            let d = distance_mm((&a, &bench.head.skin), (&b, &big.skin), &grow);
            // All that is constructed step by step has steps in proportion to the head. A geodesic stops at the first
            // of several that differ by rounding.
            let most = 1e-6;
            if d.is_nan() || d >= most {
                wrong.push(format!("{}: {d} mm apart", bench.label(key)));
            }
        }
        let own = format!("{:?}", bench.atlas.entries[i].constructions[c].shape);
        if own.starts_with("Line(Run") && own.contains("unit: Mm") {
            absolute += 1;
            let change = (a.length_mm() - b.length_mm()).abs();
            if change.is_nan() || change >= 0.05 {
                wrong.push(format!("{}: {} and {} mm", bench.label(key), a.length_mm(), b.length_mm()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(proportional > 120 && absolute > 20, "{proportional} {absolute}");
}

type Found = BTreeMap<(usize, Side), Result<Value, Refusal>>;

fn all_found(bench: &Bench, head: &Head) -> Found {
    let mut evaluator = bench.evaluator(head);
    let mut found = BTreeMap::new();
    for (i, e) in bench.atlas.entries.iter().enumerate() {
        for &side in sides_of(e.item.side) {
            found.insert((i, side), evaluator.locate(i, side));
        }
    }
    found
}

#[test]
fn without_a_landmark_only_what_needs_it_is_refused() {
    let bench = Bench::new();
    let full = all_found(&bench, &bench.head);
    let needs: BTreeMap<(usize, Side), BTreeSet<(String, Side)>> = full
        .keys()
        .map(|&(i, side)| {
            let mut landmarks = BTreeSet::new();
            let made = (i, bench.atlas.entries[i].default);
            built_from(&bench.atlas, made, side, &mut String::new(), &mut landmarks);
            ((i, side), landmarks)
        })
        .collect();
    let mut head = bench.head.clone();
    let all: Vec<(String, Side)> = head.landmarks.iter().map(|(n, s, _)| (n.to_owned(), s)).collect();
    let (mut removed, mut refused) = (0, 0);
    for (name, side) in all {
        if FRAME_LANDMARKS.contains(&name.as_str()) || !bench.atlas.landmarks.contains_key(&name) {
            continue;
        }
        let kept = head.landmarks.remove(&name, side).unwrap();
        removed += 1;
        for (key, value) in all_found(&bench, &head) {
            let label = format!("{} {} without {name} ({side})", bench.atlas.entries[key.0].item.code, key.1);
            if needs[&key].contains(&(name.clone(), side)) {
                refused += 1;
                let reason = value.expect_err(&label).to_string();
                assert!(reason.contains(&name), "{label}: {reason}");
            } else {
                assert!(value == full[&key], "{label} changed: {value:?}");
            }
        }
        head.landmarks.insert(&name, side, kept);
    }
    assert!(removed > 15 && refused > 50, "{removed} removed, {refused} refused");
}

#[test]
fn without_a_fiducial_nothing_is_located_and_the_reason_names_it() {
    let bench = Bench::new();
    let fiducials = [
        ("nasion", Side::Midline),
        ("inion", Side::Midline),
        ("preauricular", Side::Left),
        ("preauricular", Side::Right),
    ];
    for (name, side) in fiducials {
        let mut head = bench.head.clone();
        head.landmarks.remove(name, side).unwrap();
        let refusal = locate::locate(&bench.atlas, &bench.names, &head, &Request::default()).unwrap_err();
        assert_eq!(refusal, Refusal::NoLandmark { name: name.to_owned(), side });
    }
}

#[test]
fn without_a_hairline_what_is_measured_in_cun_is_refused() {
    let bench = Bench::new();
    let mut head = bench.head.clone();
    head.landmarks.remove("anterior-hairline", Side::Midline).unwrap();
    let found = all_found(&bench, &head);
    for code in ["GV24", "GV20", "BL7"] {
        let i = bench.atlas.find(code).unwrap();
        let side = sides_of(bench.atlas.entries[i].item.side)[0];
        let reason = found[&(i, side)].as_ref().expect_err(code).to_string();
        assert!(reason.contains("hairline"), "{code}: {reason}");
    }
    // The tip of the spine of C7 needs no hairline.
    assert!(found[&(bench.atlas.find("GV14").unwrap(), Side::Midline)].is_ok());
}

#[test]
fn parts_are_in_order_and_fill_the_line() {
    let bench = Bench::new();
    let location = bench.locate(&Request::default());
    let mut lines = 0;
    for i in location.items.iter().filter(|i| !i.parts.is_empty()) {
        lines += 1;
        for p in &i.parts {
            assert!(0.0 <= p.from_mm && p.from_mm < p.to_mm && p.to_mm <= i.length_mm + 1e-9, "{}", i.code);
        }
        for pair in i.parts.windows(2) {
            assert!(pair[0].to_mm <= pair[1].from_mm + 1e-9, "{}: {pair:?}", i.code);
        }
    }
    assert!(lines >= 4, "{lines}");
    for code in ["MS6", "MS7", "JIAO-motor", "JIAO-sensory"] {
        for i in location.items.iter().filter(|i| i.code == code) {
            let path = i.path_mm.as_ref().unwrap();
            let parts = &i.parts;
            assert_eq!(parts.first().unwrap().from_mm, 0.0, "{code}");
            assert!((parts.last().unwrap().to_mm - i.length_mm).abs() < 1e-9, "{code}");
            // The first fifth is the leg's, at the crown: the line runs down from there.
            assert!(path[0][2] > path[path.len() - 1][2] + 30.0, "{code} does not run down");
            assert!((parts[0].to_mm / i.length_mm - 0.2).abs() < 1e-9, "{code}: {parts:?}");
        }
    }
}

const DOZEN: [&str; 12] = [
    "GV20",
    "GV24",
    "GB8",
    "BL9",
    "ST8",
    "GB13",
    "MS1",
    "MS5",
    "MS6",
    "JIAO-motor",
    "JIAO-foot",
    "JIAO-optic",
];

#[test]
fn first_order_agrees_with_random_heads() {
    let bench = Bench::new();
    let items = bench.items(&DOZEN);
    let ask = |method| {
        let draws = Draws { method, ..Draws::default() };
        bench.locate(&Request { items: items.clone(), draws, ..Request::default() })
    };
    let (first, random) = (ask(Method::FirstOrder), ask(Method::MonteCarlo { draws: 300, seed: 20_240_501 }));
    assert_eq!(first.items.len(), random.items.len());
    let mut wrong = Vec::new();
    for (a, b) in first.items.iter().zip(&random.items) {
        let (x, y) = (a.sd_parts_mm.landmarks, b.sd_parts_mm.landmarks);
        println!("{:12} {:8} first order {x:6.3} mm, 300 heads {y:6.3} mm", a.code, a.side.to_string());
        if y.is_nan() || y <= 0.1 || (x / y - 1.0).abs() >= 0.15 {
            wrong.push(format!("{} {}: {x} and {y} mm", a.code, a.side));
        }
        assert_eq!(a.sd_parts_mm.placing, b.sd_parts_mm.placing);
        assert_eq!(a.position_mm, b.position_mm);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn landmarks_that_are_known_exactly_add_nothing() {
    let mut bench = Bench::new();
    for (_, _, landmark) in bench.head.landmarks.iter_mut() {
        landmark.sd_mm = 0.0;
    }
    // Few draws, where a sum that did not begin at nothing would show most.
    for method in [Method::FirstOrder, Method::MonteCarlo { draws: 3, seed: 1 }] {
        let draws = Draws { method, ..Draws::default() };
        let found = bench.locate(&Request { items: bench.items(&DOZEN), draws, ..Request::default() });
        for item in &found.items {
            assert!(item.sd_parts_mm.landmarks < 1e-6, "{}: {}", item.code, item.sd_parts_mm.landmarks);
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let bench = Bench::new();
    let ask = |seed| {
        let draws = Draws { method: Method::MonteCarlo { draws: 12, seed }, ..Draws::default() };
        let request = Request { items: bench.items(&DOZEN), draws, ..Request::default() };
        let mut location = bench.locate(&request);
        // What differs must be the numbers, not the seed that is written beside them.
        location.uncertainty = Method::FirstOrder;
        serde_json::to_string(&location).unwrap()
    };
    let first = ask(7);
    assert!(first == ask(7));
    assert!(first != ask(8));
}

/// Checks a value against a schema: references, types, required and unknown properties, constants, alternatives.
fn fits(root: &Json, schema: &Json, value: &Json, at: &str) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#'));
        fits(root, target.ok_or_else(|| format!("no {reference}"))?, value, at)?;
    }
    for word in ["oneOf", "anyOf"] {
        if let Some(options) = schema[word].as_array() {
            let fitting = options.iter().filter(|o| fits(root, o, value, at).is_ok()).count();
            if fitting == 0 || (word == "oneOf" && fitting > 1) {
                return Err(format!("{at}: {value} fits {fitting} of {word}"));
            }
        }
    }
    if let Some(constant) = schema.get("const")
        && constant != value
    {
        return Err(format!("{at}: {value} is not {constant}"));
    }
    if let Some(options) = schema["enum"].as_array()
        && !options.contains(value)
    {
        return Err(format!("{at}: {value} is none of {options:?}"));
    }
    let types: Vec<&str> = match &schema["type"] {
        Json::String(t) => vec![t],
        Json::Array(ts) => ts.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |t: &&str| match *t {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        _ => value.is_null(),
    };
    if !types.is_empty() && !types.iter().any(is) {
        return Err(format!("{at}: {value} is not of type {types:?}"));
    }
    if let Some(object) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            if !object.contains_key(name) {
                return Err(format!("{at}: {name} is missing"));
            }
        }
        for (name, inner) in object {
            if let Some(s) = schema["properties"].get(name) {
                fits(root, s, inner, &format!("{at}.{name}"))?;
            } else if let Some(s) = schema.get("additionalProperties").filter(|s| s.is_object()) {
                fits(root, s, inner, &format!("{at}.{name}"))?;
            } else if schema["properties"].is_object() && schema["$ref"].is_null() {
                return Err(format!("{at}: {name} is not in the schema"));
            }
        }
    }
    if let Some(list) = value.as_array() {
        let count = list.len() as u64;
        if schema["minItems"].as_u64().is_some_and(|n| count < n)
            || schema["maxItems"].as_u64().is_some_and(|n| count > n)
        {
            return Err(format!("{at}: {count} entries"));
        }
        if schema["items"].is_object() {
            list.iter()
                .enumerate()
                .try_for_each(|(k, v)| fits(root, &schema["items"], v, &format!("{at}[{k}]")))?;
        }
    }
    Ok(())
}

#[test]
fn the_json_fits_its_schema() {
    let bench = Bench::new();
    let schools = (0..bench.atlas.schools.len()).collect();
    let mut request = Request { schools, ..Request::default() };
    request.choices.add(&bench.atlas, "GV20=ear-apex").unwrap();
    let json = serde_json::to_value(bench.locate(&request)).unwrap();
    let schema = serde_json::to_value(schemars::schema_for!(Location)).unwrap();
    fits(&schema, &schema, &json, "location").unwrap();
    let monte_carlo = serde_json::to_value(Method::MonteCarlo { draws: 3, seed: 1 }).unwrap();
    let mut other = json.clone();
    other["uncertainty"] = monte_carlo;
    fits(&schema, &schema, &other, "location").unwrap();
    // What the brief interface promises, whatever the schema says.
    for item in json["items"].as_array().unwrap() {
        for key in ["code", "school", "kind", "side", "frame", "length_mm", "sd_mm", "tape", "sources"] {
            assert!(!item[key].is_null(), "{key} in {item}");
        }
    }
    // The checker itself sees what is wrong.
    for (pointer, bad) in [
        ("/items/0/side", serde_json::json!("Left")),
        ("/items/0/sd_mm", serde_json::json!("4")),
        ("/items/0/kind", serde_json::json!("volume")),
        ("/items/0/code", Json::Null),
    ] {
        let mut damaged = json.clone();
        *damaged.pointer_mut(pointer).unwrap() = bad;
        assert!(fits(&schema, &schema, &damaged, "location").is_err(), "{pointer}");
    }
}
