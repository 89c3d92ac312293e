//! `baihui body` as it is used.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value as Json;

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_baihui")).args(args).stdin(Stdio::null()).output().unwrap()
}

fn good(args: &[&str]) -> String {
    let out = run(args);
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn bad(args: &[&str], code: i32) -> String {
    let out = run(args);
    assert_eq!(out.status.code(), Some(code), "{args:?}");
    String::from_utf8(out.stderr).unwrap()
}

#[test]
fn points_are_located_in_each_format() {
    let text = good(&["body", "locate", "--channel", "PC", "--height", "168", "--sex", "female"]);
    assert!(text.contains("PC6") && text.contains("内关") && text.contains("168.0 cm"), "{text}");
    let json: Json =
        serde_json::from_str(&good(&["body", "locate", "--point", "ST36", "--format", "json"])).unwrap();
    let points = json["points"].as_array().unwrap();
    assert_eq!(points.len(), 2);
    let x = |i: usize| points[i]["position_mm"][0].as_f64().unwrap();
    assert!(x(0) < 0.0 && x(1) > 0.0, "left, then right");
    let csv = good(&["body", "locate", "--format", "csv"]);
    assert!(csv.lines().count() > 590, "{} lines", csv.lines().count());
    assert!(csv.lines().skip(1).all(|l| l.contains("left") || l.contains("right") || l.contains("midline")));

    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("body");
    fs::create_dir_all(&folder).unwrap();
    for (format, magic) in [("svg", &b"<svg"[..]), ("png", b"\x89PNG"), ("glb", b"glTF")] {
        let path = folder.join(format!("points.{format}"));
        let path = path.to_str().unwrap();
        good(&["body", "locate", "--point", "CV12", "--point", "ST25", "--format", format, "-o", path]);
        let bytes = fs::read(path).unwrap();
        assert!(bytes.windows(magic.len()).take(200).any(|w| w == magic), "{format}");
    }
}

#[test]
fn a_point_is_shown_with_its_sources() {
    let text = good(&["body", "show", "足三里"]);
    for part in
        ["ST36", "Zúsānlǐ", "he-sea", "perpendicular", "WHO2008 (source seen)", "COMP-A (secondary source)"]
    {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let gb30: Json = serde_json::from_str(&good(&["body", "show", "GB30", "--format", "json"])).unwrap();
    assert_eq!(gb30["located"].as_array().unwrap().len(), 4, "two places, two sides");
    // Two statements that disagree are two places, with how far they lie apart on this body.
    let ht2: Json = serde_json::from_str(&good(&["body", "show", "HT2", "--format", "json"])).unwrap();
    let (first, second) = (&ht2["rules"][0], &ht2["rules"][1]);
    assert_eq!((&first["variant"], &second["variant"]), (&Json::from("cun-3"), &Json::from("third")));
    let mm = second["apart_mm"].as_f64().unwrap();
    assert!(first["apart_mm"].is_null() && (4.0..12.0).contains(&mm), "{mm}");
    assert!(good(&["body", "show", "HT2"]).contains(&format!("{mm:.1} mm from cun-3 on this body")));
    assert!(good(&["body", "show", "GV20"]).contains("baihui atlas show GV20"));
    assert!(good(&["body", "show", "GV28"]).contains("inside the mouth"));
    assert!(bad(&["body", "show", "nausea and more"], 2).contains("no point of the body is called"));
}

#[test]
fn what_cannot_be_is_refused_in_words() {
    for (field, value, code, says) in [
        ("--height", "17", 2, "the height is 17; expected is 45 to 275 cm"),
        ("--height", "1.7", 2, "170 cm would fit"),
        ("--height", "-170", 2, "the height is -170; expected is 45 to 275 cm"),
        ("--height", "17m", 2, "\"m\" is not a unit that is known here"),
        ("--height", "NaN", 2, "\"NaN\" does not begin with a number"),
        ("--height", "110", 3, "a height of 110.0 cm is not to be had at this sex and age"),
        ("--forearm", "25.5mm", 2, "25.5 cm would fit"),
        ("--lower-leg", "4", 2, "the lower leg is 4; expected is 8 to 70 cm"),
        ("--trunk", "5", 2, "the trunk is 5; expected is 15 to 100 cm"),
        ("--weight", "0", 3, "the weight is 0"),
        ("--weight", "-60", 3, "the weight is -60"),
        ("--weight", "600", 3, "a weight of 600.0 kg is not to be had"),
        ("--weight", "9 stone", 2, "\"9 stone\" is no weight; expected is kg, as 61 or 61kg"),
        ("--age", "25y", 2, "\"25y\" is no age; expected is years, as 52"),
        ("--weight", "NaN", 3, "the weight is NaN"),
        ("--age", "-5", 3, "an age of -5 years"),
        ("--age", "300", 3, "an age of 300 years is beyond the body model, which knows 1 to 90 years"),
        ("--age", "NaN", 3, "an age of NaN years"),
        ("--sex", "other", 2, "possible values: female, male"),
    ] {
        let text = bad(&["body", "show", "ST36", field, value], code);
        assert!(text.contains(says), "{field} {value}: {text}");
    }
    // Millimetres are recognised by their size.
    let text = good(&["body", "locate", "--point", "PC6", "--height", "1700", "--forearm", "250"]);
    assert!(text.contains("170.0 cm") && text.contains("forearm 25.0"), "{text}");
    // What nobody said is said.
    assert!(
        text.contains("sex was not given: the mesh is a man's")
            && text.contains("age was not given: 25 years")
    );
    let known = good(&["body", "locate", "--point", "PC6", "--sex", "male", "--age", "25"]);
    assert!(!known.contains("sex was not given") && !known.contains("age was not given"), "{known}");
    assert!(
        good(&["body", "locate", "--point", "PC6", "--age", "3", "--weight", "8kg"])
            .contains("a child's height")
    );
    let compared = good(&["compare", "--condition", "insomnia", "--age", "40"]);
    assert!(compared.contains("sex was not given") && !compared.contains("age was not given"), "{compared}");
    assert!(bad(&["body", "locate", "--forearm", "45", "--lower-leg", "40"], 3).contains("not shorter than"));
    // A point of the head has its place too: the head atlas's.
    assert!(good(&["body", "locate", "--point", "GV20"]).contains("百会"));
    assert!(bad(&["body", "locate", "--channel", "XX"], 2).contains("there is no channel"));
}
