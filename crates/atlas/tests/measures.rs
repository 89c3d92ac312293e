//! What the sources say in numbers, read off the built-in head: lengths in centimetres and cun, and where lines begin.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use std::sync::Arc;

use baihui_atlas::{Atlas, Choices, Evaluator, Names, Value, built_in};
use baihui_head::{Curve, Head, Landmark, Point, Side, template};

/// Half a hair's breadth in curves of many triangles.
const TOLERANCE_MM: f64 = 0.1;

struct Bench {
    atlas: Atlas,
    head: Head,
    names: Names,
    choices: Choices,
}

impl Bench {
    fn new() -> Self {
        let atlas = built_in::atlas(&[]).unwrap();
        let names = Names::of(&atlas);
        Self { names, atlas, head: template::template(), choices: Choices::default() }
    }

    fn evaluator(&self) -> Evaluator<'_> {
        Evaluator::new(&self.atlas, &self.names, &self.choices, &self.head).unwrap()
    }

    /// A construction by `CODE` or `CODE/variant`.
    fn value<'a>(&'a self, evaluator: &mut Evaluator<'a>, name: &str, side: Side) -> Value {
        let (code, variant) = name.split_once('/').unwrap_or((name, ""));
        let item = self.atlas.find(code).unwrap_or_else(|| panic!("no {code}"));
        let entry = &self.atlas.entries[item];
        let construction =
            entry.constructions.iter().position(|m| m.name == variant).unwrap_or(entry.default);
        evaluator.construct(item, construction, side).unwrap_or_else(|r| panic!("{name}: {r}"))
    }

    fn line<'a>(&'a self, evaluator: &mut Evaluator<'a>, name: &str, side: Side) -> Arc<Curve> {
        match self.value(evaluator, name, side) {
            Value::Line(c) => c,
            other => panic!("{name} is no line: {other:?}"),
        }
    }

    /// Arc length along the midline.
    fn level<'a>(&'a self, evaluator: &mut Evaluator<'a>, name: &str) -> f64 {
        match self.value(evaluator, name, Side::Midline) {
            Value::Point(p) => evaluator.midline().curve().closest(self.head.skin.position(p)).0,
            other => panic!("{name} is no point: {other:?}"),
        }
    }
}

#[test]
fn jiaos_lines_are_as_long_as_the_textbook_says() {
    let bench = Bench::new();
    let mut e = bench.evaluator();
    let stated_mm = [
        ("JIAO-vertigo-hearing", 40.0),
        ("JIAO-speech-2", 30.0),
        ("JIAO-speech-2/behind", 30.0),
        ("JIAO-speech-3", 40.0),
        ("JIAO-praxis-vertical", 30.0),
        ("JIAO-praxis-anterior", 30.0),
        ("JIAO-praxis-posterior", 30.0),
        ("JIAO-foot", 30.0),
        ("JIAO-foot/4-cm", 40.0),
        ("JIAO-optic", 40.0),
        ("JIAO-balance", 40.0),
        ("JIAO-stomach", 20.0),
        ("JIAO-thoracic", 40.0),
        ("JIAO-reproduction", 20.0),
        ("JIAO-liver", 20.0),
        ("JIAO-intestine", 20.0),
    ];
    for side in [Side::Left, Side::Right] {
        for (name, mm) in stated_mm {
            let length = bench.line(&mut e, name, side).length_mm();
            assert!((length - mm).abs() < TOLERANCE_MM, "{name} {side:?}: {length} mm, stated {mm}");
        }
    }
    let length = bench.line(&mut e, "JIAO-nasopharynx", Side::Midline).length_mm();
    assert!((length - 40.0).abs() < TOLERANCE_MM, "{length}");
}

#[test]
fn the_vision_area_goes_up_and_the_balance_area_down() {
    let bench = Bench::new();
    let mut e = bench.evaluator();
    let up = e.axes().superior;
    for (name, sign) in [("JIAO-optic", 1.0), ("JIAO-balance", -1.0), ("JIAO-speech-2", -1.0), ("MS14", -1.0)]
    {
        let line = bench.line(&mut e, name, Side::Left);
        let rise = (line.position_at(line.length_mm()) - line.position_at(0.0)).dot(up) * sign;
        assert!(rise > 0.5 * line.length_mm(), "{name} rises {rise} mm the right way");
    }
}

#[test]
fn governor_vessel_by_cun() {
    let bench = Bench::new();
    let mut e = bench.evaluator();
    let cun = e.midline().cun().unwrap();
    // Cun behind the mid-anterior hairline, as printed.
    let printed = [
        ("GV24", 0.5),
        ("GV23", 1.0),
        ("GV22", 2.0),
        ("GV21", 3.5),
        ("EX-HN1-anterior", 4.0),
        ("GV20/cun-5", 5.0),
        ("EX-HN1-posterior", 6.0),
        ("GV19", 6.5),
        ("GV18", 8.0),
        ("GV17/cun", 9.5),
        ("GV16", 11.0),
    ];
    let first = bench.level(&mut e, "GV24") - 0.5 * cun.vault;
    for (name, y) in printed {
        let s = bench.level(&mut e, name);
        assert!((s - first - y * cun.vault).abs() < TOLERANCE_MM, "{name}: {} cun", (s - first) / cun.vault);
    }
    // WHO's other wordings of the same rule.
    let front = bench.head.landmarks.mm("anterior-hairline", Side::Midline).unwrap();
    let back = bench.head.landmarks.mm("posterior-hairline", Side::Midline).unwrap();
    let curve = e.midline().curve();
    let middle = (curve.closest(front).0 + curve.closest(back).0) / 2.0;
    let gv20 = bench.level(&mut e, "GV20/cun-5");
    assert!((middle - gv20 - cun.vault).abs() < TOLERANCE_MM, "1 cun in front of the middle of the vault");
    let between = (gv20 + bench.level(&mut e, "GV22")) / 2.0;
    assert!((bench.level(&mut e, "GV21") - between).abs() < TOLERANCE_MM, "GV21 halfway from GV20 to GV22");
    // The forehead's half of MS1 has the forehead's cun.
    let ms1 = bench.line(&mut e, "MS1", Side::Midline).length_mm();
    assert!((ms1 - 0.5 * (cun.vault + cun.forehead)).abs() < 0.3, "MS1 {ms1}");
}

#[test]
fn rules_for_an_unclear_hairline() {
    let mut bench = Bench::new();
    let arc = |bench: &Bench, e: &mut Evaluator<'_>, name: &str| {
        let mm = bench.head.landmarks.mm(name, Side::Midline).unwrap();
        e.midline().curve().closest(mm).0
    };
    let zero = |bench: &Bench| {
        let e = bench.evaluator();
        (e.midline().at_cun(0.0).unwrap(), e.midline().at_cun(12.0).unwrap())
    };
    let measured = zero(&bench);
    let mut e = bench.evaluator();
    let (glabella, gv14) = (arc(&bench, &mut e, "glabella"), arc(&bench, &mut e, "c7-spinous"));
    drop(e);
    for (rule, mm) in [("jiao-5cm", 50.0), ("jiao-6cm", 60.0)] {
        bench.choices = Choices::default();
        bench.choices.add(&bench.atlas, &format!("bald-hairline={rule}")).unwrap();
        let (front, back) = zero(&bench);
        assert!((front - glabella - mm).abs() < TOLERANCE_MM, "{rule}: {} mm", front - glabella);
        assert!((back - measured.1).abs() < TOLERANCE_MM, "{rule} moves the posterior hairline");
        // Jiao's own areas at the hairline follow.
        let mut e = bench.evaluator();
        let line = bench.line(&mut e, "JIAO-nasopharynx", Side::Midline);
        let middle = e.midline().curve().closest(line.position_at(line.length_mm() / 2.0)).0;
        assert!((middle - front).abs() < TOLERANCE_MM, "{rule}: {middle}");
    }
    bench.choices = Choices::default();
    bench.choices.add(&bench.atlas, "bald-hairline=eighteen-cun").unwrap();
    match Evaluator::new(&bench.atlas, &bench.names, &bench.choices, &bench.head) {
        Ok(e) => {
            let cun = e.midline().cun().unwrap();
            assert!((cun.forehead - cun.vault).abs() < TOLERANCE_MM, "one cun from the brows to GV14");
            assert!((cun.vault - (gv14 - glabella) / 18.0).abs() < TOLERANCE_MM, "{cun:?}");
        }
        Err(refusal) => assert!(refusal.to_string().contains("GV14"), "{refusal}"),
    }
    bench.head.landmarks.remove("c7-spinous", Side::Midline);
    let refusal = Evaluator::new(&bench.atlas, &bench.names, &bench.choices, &bench.head).unwrap_err();
    assert!(refusal.to_string().contains("c7-spinous"), "{refusal}");
}

#[test]
fn arcs_between_the_ears_run_over_the_head() {
    let bench = Bench::new();
    let mut e = bench.evaluator();
    let up = e.axes().superior;
    let ear = bench.head.landmarks.mm("ear-apex", Side::Left).unwrap().dot(up);
    for name in ["GV20/ear-apex", "YNSA-bregma", "JIAO-midpoint", "JIAO-midpoint/ear-apex"] {
        let Value::Point(p) = bench.value(&mut e, name, Side::Midline) else { panic!("{name}") };
        let p = bench.head.skin.position(p);
        assert!(p.dot(up) > ear + 60.0, "{name} at {p}");
        assert!(e.midline().curve().closest(p).1 < 3.0, "{name} lies off the midline: {p}");
    }
}

/// WHO 2008 places these by the ear: in front of it between tragus and jaw, behind it, never beneath the auricle.
#[test]
fn points_around_the_ear_lie_where_the_standard_has_them() {
    let bench = Bench::new();
    let mut e = bench.evaluator();
    let axes = e.axes();
    let (ahead, up) = (|p: glam::DVec3| p.dot(axes.anterior), |p: glam::DVec3| p.dot(axes.superior));
    for side in [Side::Left, Side::Right] {
        let mut at = |name: &str| match bench.value(&mut e, name, side) {
            Value::Point(p) => bench.head.skin.position(p),
            _ => panic!("{name} is no point"),
        };
        let mark = |name: &str| bench.head.landmarks.mm(name, side).unwrap();
        // In front: from below upward, behind the jaw's condyle and in front of the tragus.
        let row = ["GB2", "SI19", "TE21", "TE22"].map(&mut at);
        assert!(row.windows(2).all(|w| up(w[0]) < up(w[1])), "{side}: {row:?}");
        for p in &row[..3] {
            assert!(
                ahead(*p) > ahead(mark("tragus")) && ahead(*p) < ahead(mark("mandibular-condyle")),
                "{side}: {p}"
            );
        }
        // Behind the lobe, in front of the lower end of the mastoid, lower than the tragus.
        let te17 = at("TE17");
        assert!(
            ahead(te17) > ahead(at("GB12")) && ahead(te17) < ahead(mark("intertragic-notch")),
            "{side}: {te17}"
        );
        assert!(up(te17) < up(mark("intertragic-notch")), "{side}: {te17}");
        // The centre of the mastoid: WHO's other words for TE18.
        let te18 = at("TE18");
        assert!(te18.distance(mark("mastoid-centre")) < 10.0, "{side}: {te18}");
        // Behind the straight line from the hindmost to the highest place of the root: its curve lies farther back.
        let (back, top) = (mark("ear-root-posterior"), mark("ear-root-superior"));
        let te19 = at("TE19");
        let part = (up(te19) - up(back)) / (up(top) - up(back));
        assert!((0.2..1.0).contains(&part), "{side}: TE19 at {part:.2} of the root's upper half");
        assert!(ahead(te19) < ahead(back.lerp(top, part)) - 2.0, "{side}: {te19}");
        // Behind the ear, above and behind the mastoid.
        for name in ["GB10", "GB11"] {
            let p = at(name);
            assert!(
                ahead(p) < ahead(back) + 3.0 && up(p) > up(mark("mastoid-centre")),
                "{side}: {name} at {p}"
            );
        }
        assert!(up(at("TE20")) > up(top) - 3.0 && ahead(at("TE20")) > ahead(back), "{side}");
    }
}

#[test]
fn parallels_of_the_motor_area_begin_on_the_midline() {
    let mut bench = Bench::new();
    // The place of the temple hair does not matter here: halfway from the brow to the ear on both sides.
    for side in [Side::Left, Side::Right] {
        let marks = &bench.head.landmarks;
        let brow = marks.get("brow-lateral", side).unwrap().clone();
        let middle = (brow.position.mm + marks.mm("ear-apex", side).unwrap()) / 2.0;
        let skin = &bench.head.skin;
        let position = Point::new(skin.position(skin.closest(middle).0));
        bench.head.landmarks.insert("temple-hairline-anterior", side, Landmark { position, ..brow });
    }
    let mut e = bench.evaluator();
    let level = |curve: &Curve, e: &Evaluator<'_>| e.midline().curve().closest(curve.position_at(0.0)).0;
    for side in [Side::Left, Side::Right] {
        let motor_line = bench.line(&mut e, "JIAO-motor", side);
        let motor = level(&motor_line, &e);
        // At a right angle 15 mm need more along the midline, by 1/sin of the angle (50 to 90 degrees).
        for (name, mm) in [("JIAO-sensory", 15.0), ("JIAO-chorea", -15.0), ("JIAO-vasomotor", -30.0)] {
            let line = bench.line(&mut e, name, side);
            let off = e.midline().curve().closest(line.position_at(0.0)).1;
            assert!(off < 1.0, "{name} begins {off} mm off the midline");
            let ratio = (level(&line, &e) - motor) / mm;
            assert!((1.0..1.35).contains(&ratio), "{name}: {ratio} of the offset along the midline");
            // The middle of the parallel lies at the offset.
            let middle = line.position_at(line.length_mm() * 0.5);
            let distance = motor_line.closest(middle).1;
            assert!((distance - f64::abs(mm)).abs() < 1.5, "{name}: {distance} mm from the motor area");
            let along = bench.line(&mut e, &format!("{name}/along-midline"), side);
            let ratio = (level(&along, &e) - motor) / mm;
            assert!((ratio - 1.0).abs() < 0.02, "{name}/along-midline: {ratio}");
        }
    }
}
