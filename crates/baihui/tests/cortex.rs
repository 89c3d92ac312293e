//! `beneath`, `target`, `claims` and `guide` as they are used.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value as Json;

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_baihui")).args(args).output().unwrap()
}

fn good(args: &[&str]) -> String {
    let out = run(args);
    assert_eq!(out.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn bad(args: &[&str], code: i32) -> String {
    let out = run(args);
    let stderr = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(code), "{args:?}: {stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    stderr
}

#[test]
fn beneath_says_what_is_claimed_what_is_found_and_how_sure() {
    let text = good(&["beneath", "MS6", "--side", "left"]);
    for part in ["claimed: motor area", "upper 1/5", "BA6", "by projection", "between heads ", "the claim "] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("MS6 right"));
    let json: Json =
        serde_json::from_str(&good(&["beneath", "MS6", "--format", "json", "--draws", "200"])).unwrap();
    assert_eq!(json["zones"].as_array().unwrap().len(), 2);
    assert_eq!(json["zones"][0]["whole"]["methods"].as_array().unwrap().len(), 4);
    let csv = good(&["beneath", "GV20", "--format", "csv"]);
    assert!(csv.starts_with("code,school,side,part,projection") && csv.contains("GV20,who2008,midline"));
    assert_eq!(csv, good(&["beneath", "GV20", "--format", "csv"]), "the same seed, the same bytes");
    bad(&["beneath"], 2);
    bad(&["beneath", "MS99"], 2);
    bad(&["beneath", "GV20", "--side", "left"], 4);
    bad(&["beneath", "GV20", "--between-heads", "-3"], 2);
    bad(&["beneath", "GV20", "--between-heads", "some"], 2);
    // One number is the same in every direction; that of 17 people is not.
    let uniform = good(&["beneath", "GV20", "--between-heads", "6.2"]);
    assert!(uniform.contains("between heads 6.2 (6.2 in one direction, 6.2 in the other)"), "{uniform}");
    assert_eq!(good(&["beneath", "GV20", "--between-heads", "sites"]), good(&["beneath", "GV20"]));
}

#[test]
fn a_target_has_a_place_on_its_own_side_or_a_reason() {
    for (x, side) in [("-37", "left"), ("37", "right")] {
        let text = good(&["target", "--mni", &format!("{x},-21,58"), "--format", "json"]);
        let json: Json = serde_json::from_str(&text).unwrap();
        assert_eq!(json["side"], side);
        assert_eq!(json["scalp_mm"][0].as_f64().unwrap() < 0.0, side == "left");
        assert!(json["tape"].as_str().unwrap().contains(&format!("patient's {side}")));
        assert!(json["region"].as_str().unwrap().contains(side));
        let schools: Vec<&str> =
            json["nearest"].as_array().unwrap().iter().map(|n| n["school"].as_str().unwrap()).collect();
        assert!(schools.contains(&"ms") && schools.contains(&"jiao") && schools.contains(&"who2008"));
    }
    assert!(bad(&["target", "--mni", "-10,-20,8"], 4).contains("thalamus"));
    assert!(bad(&["target", "--mni", "0,0,150"], 4).contains("outside the brain"));
    assert!(bad(&["target", "--mni", "1,2"], 2).contains("three numbers"));
    assert!(bad(&["target", "--region", "precentral gyrsu"], 2).contains("precentral gyrus"));
    assert!(bad(&["target", "--region", "insula"], 4).contains("does not reach the surface"));
    // White matter 60 mm deep, another part than is known, names that fit several regions or none.
    assert!(bad(&["target", "--mni", "-25,-25,20"], 4).contains("beneath the brain's surface"));
    assert!(bad(&["target", "--region", "precentral gyrus", "--part", "leg"], 2).contains("paracentral"));
    assert!(bad(&["target", "--region", "postcentral gyrus", "--part", "hand"], 2).contains("no position"));
    assert!(bad(&["target", "--region", "occipital"], 2).contains("superior occipital gyrus"));
    assert!(bad(&["target", "--region", "hippopotamus"], 2).contains("hippocampus"));
    assert!(bad(&["target", "--region", "qqqq"], 2).contains("the regions are"));
    assert!(bad(&["target", "--region", "cuneus", "--side", "midline"], 2).contains("left and a right"));
    bad(&["target", "--region", "cuneus", "--mni", "1,2,3"], 2);
    bad(&["target", "--part", "hand"], 2);
    assert!(bad(&["target", "--mni", "nan,1,2"], 4).contains("finite"));
    // Talairach's numbers of a place at the top of the brain lie beneath its surface as MNI numbers; at the side they
    // cannot be told apart.
    let deep = good(&["target", "--mni", "0,-20,58", "--format", "json"]);
    assert!(deep.contains("if the numbers are Talairach"), "{deep}");
    let side = good(&["target", "--mni", "-66,-20,0", "--format", "json"]);
    assert!(!side.contains("Talairach"), "{side}");
    let hand = good(&["target", "--region", "M1", "--part", "hand", "--side", "right"]);
    assert!(hand.contains("right precentral gyrus, hand") && hand.contains("Jang 2022"), "{hand}");
    bad(&["target"], 2);
}

#[test]
fn the_guide_is_a_closed_shell_and_the_strip_is_to_scale() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cortex");
    fs::create_dir_all(&folder).unwrap();
    let stl = folder.join("guide.stl");
    // A coarse grid needs a thick wall.
    let sizes = ["--grid", "2", "--wall", "4"];
    let mut args = vec!["guide", "--zones", "MS6", "--side", "left", "-o", stl.to_str().unwrap()];
    args.extend(sizes);
    good(&args);
    assert!(fs::metadata(&stl).unwrap().len() > 100_000);
    let svg = folder.join("strip.svg");
    good(&["guide", "--strip", "--zones", "MS6", "--side", "left", "-o", svg.to_str().unwrap()]);
    let text = fs::read_to_string(&svg).unwrap();
    assert!(text.contains("width=\"297mm\"") && text.contains("MS6 left"));
    let pdf = folder.join("strip.pdf");
    good(&["guide", "--strip", "--zones", "MS6", "--side", "left", "-o", pdf.to_str().unwrap()]);
    let bytes = fs::read(&pdf).unwrap();
    assert!(bytes.starts_with(b"%PDF") && bytes.len() > 2000);
    assert!(
        bad(&["guide", "--zones", "MS6", "--wall", "0.1", "-o", stl.to_str().unwrap()], 2)
            .contains("the wall")
    );
    bad(&["guide", "--zones", "GV16", "-o", stl.to_str().unwrap()], 4);
}

#[test]
fn claims_are_all_there_with_a_verdict_each() {
    let csv = good(&["claims", "--school", "ms", "--format", "csv"]);
    assert!(csv.contains("MS6,ms,left"));
    for line in csv.lines().skip(1) {
        assert!(["holds", "does not hold", "cannot be judged"].iter().any(|v| line.contains(v)), "{line}");
    }
    let svg = good(&["claims", "--school", "ms", "--format", "svg"]);
    assert!(svg.contains("MS6 ") && !svg.contains('…'), "words are cut");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("claims");
    fs::create_dir_all(&folder).unwrap();
    let pdf = folder.join("claims.pdf");
    good(&["claims", "--school", "ms", "--format", "pdf", "-o", pdf.to_str().unwrap()]);
    assert!(fs::read(&pdf).unwrap().starts_with(b"%PDF"));
    bad(&["claims", "--holds", "0.2", "--fails", "0.5"], 2);
    bad(&["claims", "--school", "who2008"], 4);
}

#[test]
fn claims_on_several_heads_say_how_far_they_agree() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("heads");
    fs::create_dir_all(&folder).unwrap();
    for (name, circumference) in [("small", "530"), ("large", "600")] {
        let file = folder.join(format!("{name}.glb"));
        good(&["head", "tape", "--circumference", circumference, "-o", file.to_str().unwrap()]);
    }
    fs::write(folder.join("other.glb"), b"not a head").unwrap();
    let folder = folder.to_str().unwrap();
    let args = ["claims", "--head", folder, "--head", "template", "--school", "ms", "--draws", "200"];
    let out = run(&args);
    assert_eq!(out.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&out.stderr).contains("other.glb"), "what is no head is named");
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.contains("3 heads") && text.contains("the heads agree on"), "{text}");
    let csv = good(&[&args[..], &["--format", "csv"]].concat());
    let heads: std::collections::BTreeSet<String> =
        csv::Reader::from_reader(csv.as_bytes()).records().map(|r| r.unwrap()[0].to_owned()).collect();
    assert_eq!(heads.len(), 3, "each head has a name of its own: {heads:?}");
    let json: Json = serde_json::from_str(&good(&[&args[..], &["--format", "json"]].concat())).unwrap();
    for a in json["across"].as_array().unwrap() {
        let n = |key: &str| a[key].as_u64().unwrap();
        assert_eq!(n("holds") + n("does_not_hold") + n("cannot_be_judged"), 3, "{a}");
        assert!(a["least"].as_f64() <= a["mean"].as_f64() && a["mean"].as_f64() <= a["most"].as_f64());
    }
    let svg = good(&[&args[..], &["--format", "svg"]].concat());
    assert!(svg.contains("3 heads") && !svg.contains('…'));
    let empty = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-heads");
    fs::create_dir_all(&empty).unwrap();
    assert!(bad(&["claims", "--head", empty.to_str().unwrap()], 3).contains("no head"));
}
