//! Tape heads: what is asked for comes out, by rules that can be worked out by hand.

#![expect(clippy::unwrap_used, reason = "a test whose data are wrong has failed")]

use std::sync::LazyLock;

use baihui_head::{
    Head, HeadSource, Landmark, Landmarks, Origin, Point, ShapeSpread, Side, Surface,
    landmark::name,
    shapes,
    tape::{self, Dimension, Entry, HairlineRule, HairlineState, Input, Note, Sex, TapeError, TapeReport},
    template::template,
};
use glam::DVec3;
use proptest::prelude::*;

static TEMPLATE: LazyLock<Head> = LazyLock::new(template);

fn input(given: &[(Dimension, f64)]) -> Input {
    let mut input = Input { sex: Some(Sex::Male), ..Input::default() };
    for &(d, mm) in given {
        input.set(d, Some(Entry::mm(mm)));
    }
    input
}

fn built(input: &Input) -> (Head, TapeReport) {
    tape::build(&TEMPLATE, &tape::check(input).unwrap()).unwrap()
}

use Dimension::{
    Breadth, Circumference, GlabellaHairline, HairlineHairline, Length, NasionInion, Preauricular,
};

const USUAL: [(Dimension, f64); 3] = [(Circumference, 570.0), (NasionInion, 350.0), (Preauricular, 360.0)];

/// A head with the four fiducials and nothing else.
fn bare(skin: Surface, [nasion, inion, lpa, rpa]: [DVec3; 4]) -> Head {
    let mut landmarks = Landmarks::new();
    for (n, side, p) in [
        (name::NASION, Side::Midline, nasion),
        (name::INION, Side::Midline, inion),
        (name::PREAURICULAR, Side::Left, lpa),
        (name::PREAURICULAR, Side::Right, rpa),
    ] {
        let position = Point::new(skin.position(skin.closest(p).0));
        landmarks.insert(
            n,
            side,
            Landmark { position, sd_mm: 1.0, origin: Origin::Picked, method: String::new() },
        );
    }
    Head {
        name: "bare".to_owned(),
        source: HeadSource::Scan,
        history: Vec::new(),
        skin,
        ears: None,
        brain: None,
        cortex: None,
        to_mni: None,
        landmarks,
        spread: ShapeSpread::default(),
    }
}

#[test]
fn a_sphere_reads_its_circles() {
    let r = 90.0;
    // Nasion and inion lie so far below the equator that the glabella (11.45 mm above the nasion where a head
    // has none) and the point opposite lie on it.
    let a = 11.45 / r;
    let low = |y: f64| DVec3::new(0.0, y * libm::cos(a), -libm::sin(a)) * r;
    let head = bare(shapes::sphere(r, 6), [low(1.0), low(-1.0), -DVec3::X * r, DVec3::X * r]);
    let t = tape::measure(&head).unwrap();
    let pi = std::f64::consts::PI;
    // The polyhedron is inscribed: with 6 levels its sections fall short by less than 1e-4.
    for (what, found, expected) in [
        ("circumference", t.circumference_mm, 2.0 * pi * r),
        ("nasion–inion", t.nasion_inion_mm, (pi + 2.0 * a) * r),
        ("ear–ear", t.preauricular_mm, pi * r),
        ("breadth", t.breadth_mm, 2.0 * r),
        ("length", t.length_mm, 2.0 * r),
        // Upright is the plane of the nasion and the ears, tilted by a; the top is the sphere's in any tilt.
        ("height", t.height_mm, r),
    ] {
        let off = (found / expected - 1.0).abs();
        assert!(off < 1e-3, "{what}: {found} for {expected}");
    }
    assert_eq!(t.glabella_hairline_mm, None);
}

#[test]
fn readings_grow_with_the_head() {
    let head = &*TEMPLATE;
    let scaled = |k: f64| {
        let v = head.skin.vertices().iter().map(|p| *p * k).collect();
        let mut big = head.clone();
        big.skin = head.skin.with_vertices(v).unwrap();
        for (_, _, l) in big.landmarks.iter_mut() {
            l.position = Point::new(l.position.mm * k);
        }
        tape::measure(&big).unwrap()
    };
    let (one, two) = (tape::measure(head).unwrap(), scaled(1.25));
    for d in Dimension::ALL {
        let (a, b) = (one.get(d).unwrap(), two.get(d).unwrap());
        assert!((b / a - 1.25).abs() < 1e-6, "{d}: {a} {b}");
    }
}

#[test]
fn what_was_measured_is_read_again_and_everything_moves_along() {
    let mut all = USUAL.to_vec();
    all.extend([(Length, 196.0), (Breadth, 152.0), (GlabellaHairline, 58.0), (HairlineHairline, 340.0)]);
    let (head, report) = built(&input(&all));
    assert!(report.worst_mm < 0.05, "{report:#?}");
    let again = tape::measure(&head).unwrap();
    for (d, mm) in all {
        assert!((again.get(d).unwrap() - mm).abs() < 0.05, "{d}");
    }
    assert!(head.skin.is_watertight() && head.skin.signed_volume_mm3() > 1e6);
    assert_eq!(head.source, HeadSource::Tape);
    assert_eq!(head.landmarks.len(), TEMPLATE.landmarks.len());
    for (n, side, l) in head.landmarks.iter() {
        assert!(head.skin.closest(l.position.mm).1 < 1e-6, "{n} {side} is off the skin");
    }
    assert_eq!(head.ears.is_some(), TEMPLATE.ears.is_some());
    if let (Some(before), Some(after)) = (&TEMPLATE.brain, &head.brain) {
        // The brain shrinks with the skull: it stays inside.
        let inside = |b: &Surface, s: &Surface| {
            let ((bl, bh), (sl, sh)) = (b.bounds(), s.bounds());
            bl.cmpgt(sl).all() && bh.cmplt(sh).all()
        };
        assert!(inside(before, &TEMPLATE.skin) && inside(after, &head.skin));
    }
}

#[test]
fn no_face_is_turned_over() {
    let (head, _) = built(&input(&USUAL));
    for f in 0..head.skin.faces().len() as u32 {
        let turn = head.skin.face_normal(f).dot(TEMPLATE.skin.face_normal(f));
        assert!(turn > 0.5, "face {f}");
    }
}

#[test]
fn the_same_numbers_give_the_same_bytes() {
    let bytes = || {
        let (h, _) = built(&input(&USUAL));
        h.skin.vertices().iter().flat_map(|v| v.to_array().map(f64::to_bits)).collect::<Vec<_>>()
    };
    assert_eq!(bytes(), bytes());
}

/// The average person of ANSUR II comes out of no knowledge but a circumference at its mean, and what one
/// dimension says of the others is the regression of ANSUR II (computed here by hand).
#[test]
fn what_was_not_measured_follows_the_regression_of_the_population() {
    for (sex, mean, sd, r) in [
        (Sex::Male, [574.37, 199.5, 154.33, 131.15], [16.05, 7.02, 5.53, 6.16], [0.823, 0.554, 0.387]),
        (Sex::Female, [561.12, 189.82, 147.77, 126.48], [19.36, 7.45, 5.19, 6.55], [0.757, 0.494, 0.375]),
    ] {
        for z in [0.0, 1.5, -2.0] {
            let mut i = input(&[(Circumference, mean[0] + z * sd[0])]);
            i.sex = Some(sex);
            let (head, report) = built(&i);
            let t = tape::measure(&head).unwrap();
            // The model is linear at the average head; two sd away that costs half a millimetre.
            for (k, found) in [(1, t.length_mm), (2, t.breadth_mm), (3, t.height_mm)] {
                let expected = mean[k] + r[k - 1] * z * sd[k];
                assert!(
                    (found - expected).abs() < 0.7,
                    "{sex:?} z {z} dimension {k}: {found} for {expected}"
                );
            }
            let left = |k: usize| sd[k] * libm::sqrt(1.0 - r[k - 1] * r[k - 1]);
            let rows = |d| report.rows.iter().find(|x| x.dimension == d).unwrap().sd_mm;
            for (k, found) in [
                (1, rows(Length)),
                (2, rows(Breadth)),
                (3, report.height_mm.1),
                (1, head.spread.length * t.length_mm),
                (2, head.spread.breadth * t.breadth_mm),
            ] {
                assert!((found / left(k) - 1.0).abs() < 0.1, "{sex:?} sd of {k}: {found} for {}", left(k));
            }
        }
    }
}

/// nirs-toolbox issue 30: a sign error in the sizes made round heads oval.
#[test]
fn a_round_head_stays_round_and_each_reading_pulls_the_right_way() {
    let with = |d: Dimension, by: f64| {
        let given: Vec<_> = USUAL.iter().map(|&(x, mm)| (x, if x == d { mm + by } else { mm })).collect();
        let t = tape::measure(&built(&input(&given)).0).unwrap();
        (t.length_mm, t.breadth_mm, t.height_mm)
    };
    let (l, b, h) = with(Circumference, 0.0);
    let (l1, b1, _) = with(Circumference, 12.0);
    assert!(l1 > l + 1.0 && b1 > b - 1.0 && l1 + b1 > l + b + 4.0, "{l} {b} → {l1} {b1}");
    let (_, _, h2) = with(NasionInion, 10.0);
    assert!(h2 > h + 1.0, "a longer nasion–inion arc makes the head higher: {h} → {h2}");
    let (_, b3, h3) = with(Preauricular, 10.0);
    assert!(b3 > b && h3 > h, "a longer ear–ear arc makes it broader and higher: {b} {h} → {b3} {h3}");
    // Length and breadth as given, over a range of cephalic indices, none of them mirrored about the mean.
    for (l, b) in [(180.0, 158.0), (190.0, 150.0), (205.0, 148.0)] {
        let mut given = USUAL.to_vec();
        given[0].1 = std::f64::consts::PI * ((l + b) / 2.0) * 1.03;
        given.extend([(Length, l), (Breadth, b)]);
        let t = tape::measure(&built(&input(&given)).0).unwrap();
        assert!((t.breadth_mm / t.length_mm - b / l).abs() < 1e-3);
    }
    // All five readings of the template, scaled: the template's proportions, scaled.
    let own = tape::measure(&TEMPLATE).unwrap();
    let k = 0.93;
    let five = [Circumference, NasionInion, Preauricular, Length, Breadth];
    let given: Vec<_> = five.iter().map(|&d| (d, own.get(d).unwrap() * k)).collect();
    let (head, _) = built(&input(&given));
    let (lo, hi) = head.skin.bounds();
    let (lo0, hi0) = TEMPLATE.skin.bounds();
    let ratio = (hi - lo) / (hi0 - lo0);
    assert!((ratio.x - k).abs() < 0.03 && (ratio.y - k).abs() < 0.03, "{ratio}");
}

#[test]
fn more_measurements_leave_less_open() {
    let spread = |n: usize| {
        let mut given = USUAL[..n.min(3)].to_vec();
        if n > 3 {
            given.extend([(Length, 198.0), (Breadth, 152.0)]);
        }
        built(&input(&given)).0.spread
    };
    let (one, three, five) = (spread(1), spread(3), spread(5));
    for (a, b) in [(one, three), (three, five)] {
        assert!(b.length <= a.length + 1e-9 && b.breadth <= a.breadth + 1e-9 && b.height <= a.height + 1e-9);
    }
    assert!(five.length < 1e-6 && five.breadth < 1e-6 && one.height > 0.02, "{one:?} {three:?} {five:?}");
    let mut unsure = input(&USUAL);
    unsure.tape_sd_mm = Some(5.0);
    assert!(built(&unsure).0.spread.height > three.height);
    // The sex narrows it.
    let mut unknown = input(&USUAL[..1]);
    unknown.sex = None;
    assert!(built(&unknown).0.spread.height > one.height);
}

#[test]
fn hairlines_go_where_they_were_measured_or_where_the_rule_says() {
    let glabella_hairline = |i: &Input| {
        let (head, report) = built(i);
        (tape::measure(&head).unwrap().glabella_hairline_mm.unwrap(), head, report)
    };
    let mut i = input(&USUAL);
    let (mm, first, _) = glabella_hairline(&i);
    // (66.5 + 61.4) / 2, men.
    assert!((mm - 63.95).abs() < 0.05, "{mm}");
    let hairline = first.landmarks.get(name::ANTERIOR_HAIRLINE, Side::Midline).unwrap();
    assert_eq!(hairline.origin, Origin::Population);
    assert!(hairline.sd_mm > 3.2);
    let row = |r: &TapeReport, d| r.rows.iter().find(|x| x.dimension == d).unwrap().sd_mm;
    let (head, report) = built(&i);
    assert!((row(&report, GlabellaHairline) - hairline.sd_mm).abs() < 1e-9);
    assert!(row(&report, HairlineHairline) > hairline.sd_mm);
    assert!(
        head.history.iter().all(|h| !h.starts_with("Larger")),
        "the template's account is marked as its own"
    );

    i.hairline = HairlineState::Bald;
    for (rule, expected) in
        [(HairlineRule::Jiao5Cm, 50.0), (HairlineRule::Jiao6Cm, 60.0), (HairlineRule::Population, 63.95)]
    {
        i.hairline_rule = rule;
        let (mm, _, report) = glabella_hairline(&i);
        assert!((mm - expected).abs() < 0.05, "{rule:?}: {mm}");
        let said = report.notes.iter().find_map(|n| match n {
            Note::Hairline { others, .. } => Some(others.len()),
            _ => None,
        });
        assert!(said.unwrap() >= 2, "the other rules are named");
    }
    i.set(GlabellaHairline, Some(Entry::mm(70.0)));
    assert!((glabella_hairline(&i).0 - 70.0).abs() < 0.05, "a measured hairline goes before every rule");

    let mut far = input(&USUAL);
    far.set(HairlineHairline, Some(Entry::mm(500.0)));
    let error = tape::build(&TEMPLATE, &tape::check(&far).unwrap()).unwrap_err();
    assert!(matches!(error, TapeError::Hairline { which: "posterior", .. }), "{error}");
}

#[test]
fn the_eighteen_cun_rule_needs_the_seventh_vertebra() {
    let mut i = input(&USUAL);
    i.hairline = HairlineState::Bald;
    i.hairline_rule = HairlineRule::EighteenCun;
    let found = tape::build(&TEMPLATE, &tape::check(&i).unwrap());
    if TEMPLATE.landmarks.get("c7-spinous", Side::Midline).is_some() {
        let (head, _) = found.unwrap();
        let t = tape::measure(&head).unwrap();
        // 3 cun of 18 before, 12 between, by one stretched tape each.
        let (a, b) = (t.glabella_hairline_mm.unwrap(), t.hairline_hairline_mm.unwrap());
        assert!((b / a - 4.0).abs() < 0.15, "{a} {b}");
    } else {
        assert_eq!(found.unwrap_err(), TapeError::Rule("c7-spinous"));
    }
}

#[test]
fn a_reading_that_does_not_go_with_the_others_is_named() {
    let mut given = USUAL.to_vec();
    given[1].1 += 60.0;
    let (_, report) = built(&input(&given));
    let odd: Vec<_> = report
        .notes
        .iter()
        .filter_map(|n| match n {
            Note::Odd { dimension, .. } => Some(*dimension),
            _ => None,
        })
        .collect();
    assert!(odd.contains(&NasionInion), "{:?}", report.notes);
    assert!(!built(&input(&USUAL)).1.notes.iter().any(|n| matches!(n, Note::Odd { .. })));
}

#[test]
fn a_template_without_an_inion_is_refused() {
    let mut head = TEMPLATE.clone();
    head.landmarks.remove(name::INION, Side::Midline);
    let error = tape::build(&head, &tape::check(&input(&USUAL)).unwrap()).unwrap_err();
    assert!(error.to_string().contains("inion"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Within the spread of adults every triple is reached, and its digital tape reads the same.
    #[test]
    fn any_adult_is_reached(c in -2.5..2.5_f64, a in -2.0..2.0_f64, b in -2.0..2.0_f64, woman: bool) {
        let (mean, sd) = if woman { (561.12, 19.36) } else { (574.37, 16.05) };
        let circumference = mean + c * sd;
        // The arcs are six tenths of the circumference, give or take.
        let mut i = input(&[
            (Circumference, circumference),
            (NasionInion, circumference * (0.62 + 0.012 * a)),
            (Preauricular, circumference * (0.63 + 0.012 * b)),
        ]);
        i.sex = Some(if woman { Sex::Female } else { Sex::Male });
        let (head, report) = built(&i);
        prop_assert!(report.worst_mm < 0.05);
        prop_assert!(head.skin.signed_volume_mm3() > 0.0);
    }
}
