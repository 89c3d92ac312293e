//! Points of regular acupuncture on many bodies: on the skin, mirrored, in order, and where the standard says.

#![allow(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use std::sync::OnceLock;

use baihui_atlas::{
    body::{BodyAtlas, Located, Locator, built_in},
    language::Mark,
};
use baihui_head::{
    Side,
    body::{self, Body, Sex, Shape},
};
use glam::DVec3;

fn atlas() -> &'static BodyAtlas {
    static ATLAS: OnceLock<BodyAtlas> = OnceLock::new();
    ATLAS.get_or_init(|| {
        built_in().unwrap_or_else(|p| panic!("{}", p.iter().map(|p| format!("{p}\n")).collect::<String>()))
    })
}

fn shape(sex: Sex, age_years: f64, height_cm: f64, weight_kg: Option<f64>) -> Shape {
    Shape { sex, age_years, height_mm: Some(height_cm * 10.0), weight_kg, ..Shape::default() }
}

/// From a child of six to a tall old man.
fn bodies() -> &'static [Body] {
    static BODIES: OnceLock<Vec<Body>> = OnceLock::new();
    BODIES.get_or_init(|| {
        let mut shapes = Vec::new();
        for (age, heights) in [
            (6.0, [108.0, 114.0, 120.0]),
            (10.0, [130.0, 138.0, 146.0]),
            (14.0, [148.0, 158.0, 168.0]),
            (25.0, [158.0, 168.0, 178.0]),
            (40.0, [156.0, 170.0, 184.0]),
            (60.0, [155.0, 168.0, 180.0]),
            (70.0, [154.0, 167.0, 182.0]),
            (85.0, [154.0, 166.0, 190.0]),
        ] {
            for h in heights {
                for sex in [Sex::Female, Sex::Male] {
                    shapes.push(shape(sex, age, h, None));
                }
            }
        }
        shapes.push(shape(Sex::Male, 45.0, 178.0, Some(85.0)));
        shapes.push(shape(Sex::Female, 35.0, 165.0, Some(50.0)));
        assert_eq!(shapes.len(), 50);
        shapes.iter().map(|s| body::built_in().body(s).unwrap_or_else(|e| panic!("{s:?}: {e}"))).collect()
    })
}

fn at(l: &Locator<'_>, name: &str, side: Side) -> DVec3 {
    l.place_named(name, side).unwrap_or_else(|e| panic!("{name} ({side}): {e}")).mm
}

#[test]
fn the_conception_vessel_stays_on_the_midline() {
    let a = atlas();
    let body = baihui_head::body::built_in().body(&Shape::default()).unwrap();
    let channel = a.channels.iter().position(|c| c.id == "CV").unwrap();
    let drawn = Locator::new(a, &body).channels(&[channel]);
    let path: Vec<_> = drawn[0].chains.iter().flat_map(|c| &c.path).collect();
    let farthest = path.iter().map(|p| p.x.abs()).fold(0.0, f64::max);
    assert!(path.len() > 200 && farthest < 1.0, "{farthest} mm beside it, {} places", path.len());
}

#[test]
fn all_361_points_are_there_with_sources() {
    let a = atlas();
    let counts = [11, 20, 45, 21, 9, 19, 67, 27, 9, 23, 44, 14, 28, 24];
    for (channel, count) in counts.into_iter().enumerate() {
        let of = a.points.iter().filter(|p| p.channel == channel);
        let codes: Vec<&str> = of.map(|p| p.point.code.as_str()).collect();
        let id = &a.channels[channel].id;
        let expected: Vec<String> = (1..=count).map(|n| format!("{id}{n}")).collect();
        assert_eq!(codes, expected);
    }
    let two: Vec<&str> =
        a.points.iter().filter(|p| p.constructions.len() > 1).map(|p| p.point.code.as_str()).collect();
    // Six with two locations, and HT2, whose definition and note disagree.
    assert_eq!(two, ["LI19", "LI20", "HT2", "PC8", "PC9", "GB30", "GV26"]);
    // Points of the head are those of the head atlas, and only they.
    let head = baihui_atlas::built_in::atlas(&[]).unwrap();
    for p in a.points.iter().filter(|p| p.point.head) {
        assert!(head.find(&p.point.code).is_some(), "{} is not in the head atlas", p.point.code);
    }
    for p in &a.points {
        assert!(!p.place_sources(a).is_empty(), "{} has no source of its place", p.point.code);
        assert!(p.point.code.starts_with("EX") || p.mark(a) == Mark::Seen, "{}", p.point.code);
        assert!(!p.point.names.pinyin.is_empty() && !p.point.names.hanzi.is_empty(), "{}", p.point.code);
        for s in p.point.caution.iter().flat_map(|c| &c.sources).chain(p.place_sources(a)) {
            assert!(head.references.contains_key(&s.key), "{}: unknown source {}", p.point.code, s.key);
        }
    }
}

#[test]
fn every_point_is_on_the_skin_of_fifty_bodies_and_mirrored() {
    let mut wrong = Vec::new();
    for body in bodies() {
        let l = Locator::new(atlas(), body);
        let all: Vec<Located> = l.all();
        for x in &all {
            let p = &atlas().points[x.point].point;
            let who = format!("{} {} on {:?}", p.code, x.side, body.report.shape);
            let spot = match &x.spot {
                Ok(spot) => spot,
                Err(e) => {
                    wrong.push(format!("{who}: {e}"));
                    continue;
                }
            };
            if spot.at.is_none_or(|at| body.skin.position(at).distance(spot.mm) > 1e-6) {
                wrong.push(format!("{who}: off the skin"));
            }
            let sided =
                if x.side == Side::Midline { spot.mm.x.abs() < 1.0 } else { spot.mm.x * x.side.sign() > 1.0 };
            if !sided {
                wrong.push(format!("{who}: at x = {:.1}", spot.mm.x));
            }
            if x.side == Side::Left {
                let q = l.place_named(&p.code, Side::Right).map_or(DVec3::INFINITY, |s| s.mm);
                let off = spot.mm.distance(DVec3::new(-q.x, q.y, q.z));
                if off > 0.5 {
                    wrong.push(format!("{who}: {off:.2} mm from the mirror image of the right one"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

/// Distance along a limb's axis, in cun of its own stretch.
fn cun_between(l: &Locator<'_>, a: &str, b: &str, ends: [&str; 2], cun: f64) -> (f64, f64) {
    let s = Side::Left;
    let (p, q) = (at(l, ends[0], s), at(l, ends[1], s));
    let axis = (q - p).normalize();
    let one = p.distance(q) / cun;
    ((at(l, b, s) - at(l, a, s)).dot(axis) / one, one)
}

#[test]
fn stated_relations_hold_to_3_mm() {
    let elbow_wrist = ["joint:elbow", "joint:hand"];
    let knee_ankle = ["joint:knee", "joint:ankle"];
    // first point, second point, cun from the first to the second, the stretch that counts them, by WHO 2008.
    let limb: [(&str, &str, f64, [&str; 2], f64); 20] = [
        ("PC6", "PC7", 2.0, elbow_wrist, 12.0),
        ("PC5", "PC7", 3.0, elbow_wrist, 12.0),
        ("PC4", "PC7", 5.0, elbow_wrist, 12.0),
        ("TE5", "TE4", 2.0, elbow_wrist, 12.0),
        ("TE6", "TE5", 1.0, elbow_wrist, 12.0),
        ("LU6", "LU9", 7.0, elbow_wrist, 12.0),
        // The mesh's elbow is bent: LU5's crease is level with the joint only on a straight arm (tests/relations.toml).
        ("joint:elbow", "LU6", 5.0, elbow_wrist, 12.0),
        ("LU8", "LU9", 1.0, elbow_wrist, 12.0),
        ("HT5", "HT7", 1.0, elbow_wrist, 12.0),
        ("HT4", "HT7", 1.5, elbow_wrist, 12.0),
        ("LI10", "LI9", 1.0, elbow_wrist, 12.0),
        ("LI9", "LI8", 1.0, elbow_wrist, 12.0),
        ("ST35", "ST36", 3.0, knee_ankle, 16.0),
        ("ST36", "ST37", 3.0, knee_ankle, 16.0),
        ("ST37", "ST38", 2.0, knee_ankle, 16.0),
        ("BL40", "BL57", 8.0, knee_ankle, 16.0),
        ("BL56", "BL57", 3.0, knee_ankle, 16.0),
        ("GB39", "lateral-malleolus", 3.0, knee_ankle, 16.0),
        ("GB37", "GB39", 2.0, knee_ankle, 16.0),
        ("BL59", "BL60", 3.0, knee_ankle, 16.0),
    ];
    for body in bodies() {
        let l = Locator::new(atlas(), body);
        let who = &body.report.shape;
        for (a, b, cun, ends, total) in limb {
            let (found, one) = cun_between(&l, a, b, ends, total);
            assert!(
                ((found - cun) * one).abs() < 3.0,
                "{a} to {b}: {found:.2} cun of {one:.1} mm on {who:?}"
            );
        }
        // The leg's inner side counts 15 cun from the apex of the patella to the malleolus.
        for (a, b, cun) in
            [("SP6", "medial-malleolus", 3.0), ("SP7", "SP6", 3.0), ("SP9", "SP8", 3.0), ("SP6", "KI8", 1.0)]
        {
            let s = Side::Left;
            let axis = (at(&l, "joint:ankle", s) - at(&l, "joint:knee", s)).normalize();
            let one = (at(&l, "medial-malleolus", s) - at(&l, "joint:knee", s)).dot(axis) / 15.0;
            let found = (at(&l, b, s) - at(&l, a, s)).dot(axis);
            assert!((found - cun * one).abs() < 3.0, "{a} to {b} on {who:?}");
        }
        // Heights on the trunk.
        let z = |n: &str| at(&l, n, Side::Left).z;
        let below = [
            ("CV12", "umbilicus", 4.0, "upper-abdomen"),
            ("CV6", "CV4", 1.5, "lower-abdomen"),
            ("umbilicus", "CV4", 3.0, "lower-abdomen"),
            ("CV22", "CV21", 1.0, "chest"),
            ("ST25", "ST28", 3.0, "lower-abdomen"),
        ];
        for (a, b, cun, stretch) in below {
            let s = &atlas().stretches[stretch];
            let one = (z(&s.from) - z(&s.to)) / s.cun;
            assert!((z(a) - z(b) - cun * one).abs() < 3.0, "{a} over {b} on {who:?}");
        }
        // On the jaw, below the mouth; behind it in the neck, not up at the skull.
        assert!(z("ST5") < z("mouth-corner"), "ST5 on {who:?}");
        assert!(z("SI17") < z("mouth-corner") && z("TE16") < z("mouth-corner"), "SI17, TE16 on {who:?}");
        // Same level, by the notes of the standard.
        for (a, b) in [
            ("ST25", "CV8"),
            ("SP15", "KI16"),
            ("GB26", "CV8"),
            ("CV17", "KI23"),
            ("BL13", "GV12"),
            ("BL23", "GV4"),
            ("BL52", "BL23"),
            ("BL32", "BL28"),
            ("BL54", "BL30"),
            ("ST30", "CV2"),
            ("KI27", "ST13"),
            ("SI14", "BL11"),
        ] {
            assert!((z(a) - z(b)).abs() < 3.0, "{a} {:.1} and {b} {:.1} on {who:?}", z(a), z(b));
        }
        // The neck leans forward: its levels lie across its axis.
        let neck = (at(&l, "joint:neck", Side::Midline) - at(&l, "joint:head", Side::Midline)).normalize();
        for (a, b) in [("ST9", "SI16"), ("LI18", "SI16"), ("LI17", "ST10")] {
            let d = (at(&l, a, Side::Left) - at(&l, b, Side::Left)).dot(neck);
            assert!(d.abs() < 3.0, "{a} and {b} differ by {d:.1} mm on {who:?}");
        }
        // Across: the nipple is 4 cun from the midline, BL23 half as far as BL52.
        let x = |n: &str| at(&l, n, Side::Left).x;
        assert!(
            (x("ST16") - x("nipple")).abs() < 3.0 && (x("KI24") * 2.0 - x("ST16")).abs() < 3.0,
            "{who:?}"
        );
        assert!((x("BL23") * 2.0 - x("BL52")).abs() < 3.0, "{who:?}");
        // Midpoints.
        for (m, a, b) in [
            ("GB21", "c7-spinous", "acromion-edge"),
            ("GB29", "asis", "greater-trochanter"),
            ("SP5", "navicular-tuberosity", "medial-malleolus"),
        ] {
            let s = Side::Left;
            let (p, q, r) = (at(&l, a, s), at(&l, b, s), at(&l, m, s));
            assert!((p.distance(r) - q.distance(r)).abs() < 0.35 * p.distance(q), "{m} on {who:?}");
        }
    }
}

#[test]
fn channels_keep_their_order() {
    // Codes in the order in which they follow each other, away from the trunk or down.
    let down: [&[&str]; 6] = [
        &[
            "CV22", "CV21", "CV20", "CV19", "CV18", "CV17", "CV16", "CV15", "CV14", "CV13", "CV12", "CV11",
            "CV10", "CV9", "CV8", "CV7", "CV6", "CV5", "CV4", "CV3", "CV2",
        ],
        &[
            "BL11", "BL12", "BL13", "BL14", "BL15", "BL16", "BL17", "BL18", "BL19", "BL20", "BL21", "BL22",
            "BL23", "BL24", "BL25", "BL26", "BL27", "BL28", "BL29", "BL30",
        ],
        &[
            "ST13", "ST14", "ST15", "ST16", "ST18", "ST19", "ST20", "ST21", "ST22", "ST23", "ST24", "ST25",
            "ST26", "ST27", "ST28", "ST29", "ST30", "ST31", "ST32", "ST33", "ST34", "ST35", "ST36", "ST37",
            "ST38", "ST39", "ST41",
        ],
        &["GB29", "GB31", "GB32", "GB33", "GB34", "GB36", "GB37", "GB38", "GB39", "GB40"],
        &["BL36", "BL37", "BL38", "BL40", "BL55", "BL56", "BL57", "BL58", "BL59", "BL60", "BL61"],
        &[
            "KI27", "KI26", "KI25", "KI24", "KI23", "KI22", "KI21", "KI20", "KI19", "KI18", "KI17", "KI16",
            "KI15", "KI14", "KI13", "KI12", "KI11", "KI10", "KI9", "KI7", "KI3",
        ],
    ];
    for body in bodies() {
        let l = Locator::new(atlas(), body);
        for chain in down {
            for pair in chain.windows(2) {
                let [a, b] = [at(&l, pair[0], Side::Left).z, at(&l, pair[1], Side::Left).z];
                assert!(
                    a > b,
                    "{} is not above {} on {:?}: {a:.1}, {b:.1}",
                    pair[0],
                    pair[1],
                    body.report.shape
                );
            }
        }
        // Along the arm: farther and farther from the shoulder.
        for chain in [
            &["LU3", "LU4", "LU5", "LU6", "LU7", "LU8", "LU9", "LU10", "LU11"][..],
            &["PC2", "PC3", "PC4", "PC5", "PC6", "PC7", "PC8", "PC9"],
            &["HT2", "HT3", "HT4", "HT5", "HT6", "HT7", "HT8", "HT9"],
        ] {
            let elbow = |n: &str| {
                let s = Side::Left;
                let (e, h, o) =
                    (at(&l, "joint:elbow", s), at(&l, "joint:finger-3-4", s), at(&l, "joint:shoulder", s));
                let p = at(&l, n, s) - e;
                // Before the elbow along the upper arm, behind it along forearm and hand.
                let (up, out) = (p.dot((e - o).normalize()), p.dot((h - e).normalize()));
                if out > 0.0 { out } else { up.min(0.0) }
            };
            for pair in chain.windows(2) {
                assert!(elbow(pair[0]) < elbow(pair[1]) + 1.0, "{pair:?} on {:?}", body.report.shape);
            }
        }
    }
}

#[test]
fn impossible_bodies_are_refused_in_words() {
    let model = body::built_in();
    let refuse = |s: Shape| model.body(&s).err().map(|e| e.to_string()).unwrap_or_default();
    assert_eq!(
        refuse(shape(Sex::Male, 30.0, 1700.0, None)),
        "the height is 1700 cm; expected is 45 to 275 cm; 1700 mm would fit"
    );
    assert!(refuse(shape(Sex::Male, 30.0, 110.0, None)).contains("height of 110.0 cm is not to be had"));
    assert!(refuse(shape(Sex::Male, 30.0, 175.0, Some(900.0))).contains("weight of 900.0 kg"));
    assert!(refuse(shape(Sex::Male, 300.0, 175.0, None)).contains("300 years"));
    assert!(refuse(shape(Sex::Male, 30.0, -2.0, None)).contains("more than 0"));
    assert!(refuse(shape(Sex::Male, 30.0, f64::NAN, None)).contains("more than 0"));
    let long_arm = Shape { forearm_mm: Some(420.0), lower_leg_mm: Some(400.0), ..Shape::default() };
    assert!(refuse(long_arm).contains("not shorter than the lower leg"));
    let longer = Shape { forearm_mm: Some(480.0), ..Shape::default() };
    assert!(refuse(longer).contains("the body model reaches from"));
    let in_mm = Shape { forearm_mm: Some(2500.0), ..Shape::default() };
    assert!(refuse(in_mm).contains("the forearm is 250 cm; expected is 7 to 50 cm; 250 mm would fit"));
    assert!(refuse(shape(Sex::Male, -5.0, 175.0, None)).contains("-5 years"));
    assert!(refuse(shape(Sex::Male, f64::NAN, 175.0, None)).contains("NaN years"));
    assert!(refuse(shape(Sex::Male, 30.0, 175.0, Some(0.0))).contains("the weight is 0; a length"));
    assert!(refuse(shape(Sex::Male, 30.0, 175.0, Some(f64::INFINITY))).contains("the weight is inf"));
    let huge = Shape { trunk_mm: Some(1000.0), height_mm: Some(1700.0), ..Shape::default() };
    assert!(refuse(huge).contains("more than half of the height"));
}

#[test]
fn a_body_reads_what_was_measured() {
    let s = Shape {
        sex: Sex::Female,
        age_years: 50.0,
        height_mm: Some(1650.0),
        weight_kg: Some(62.0),
        forearm_mm: Some(240.0),
        lower_leg_mm: Some(395.0),
        trunk_mm: Some(480.0),
    };
    let r = body::built_in().body(&s).unwrap().report;
    assert!((r.height_mm - 1650.0).abs() < 2.0, "{}", r.height_mm);
    assert!((r.weight_kg - 62.0).abs() < 0.5, "{}", r.weight_kg);
    assert!((r.forearm_mm - 240.0).abs() < 1.0, "{}", r.forearm_mm);
    assert!((r.lower_leg_mm - 395.0).abs() < 1.0, "{}", r.lower_leg_mm);
    assert!((r.trunk_mm - 480.0).abs() < 2.0, "{}", r.trunk_mm);
    // The forearm's cun follows the tape.
    let body = body::built_in().body(&s).unwrap();
    let l = Locator::new(atlas(), &body);
    let one = l.cun_straight("forearm", Side::Left).unwrap();
    assert!((one - 20.0).abs() < 0.2, "{one}");
}
