//! Published distances to what must not be reached: the data, and mistakes in it as a user makes them.

use std::collections::BTreeMap;

use baihui_atlas::{
    File,
    body::{self, BodyAtlas, depth::SafeDepth},
};

fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../atlas/body")
}

fn files() -> Vec<File> {
    let mut files: Vec<File> = std::fs::read_dir(folder())
        .expect("the folder is there")
        .map(|e| e.expect("an entry").path())
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .map(|p| File { path: p.display().to_string(), text: std::fs::read_to_string(p).expect("text") })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

#[test]
fn every_distance_has_a_listed_source_and_contradictions_stand_side_by_side() {
    let atlas = body::built_in().expect("no problems");
    let head = baihui_atlas::built_in::atlas(&[]).expect("no problems");
    assert_eq!(atlas.unlisted_sources(&head.references), []);
    assert!(atlas.depths.len() >= 40);
    let of = |code: &str| -> Vec<&SafeDepth> { atlas.depths_of(code) };
    // The least distance comes first: 14.6 mm by ultrasound before 56 mm by MRI.
    let gb21 = of("GB21");
    assert_eq!(gb21[0].mean_mm, Some(14.6));
    assert!(gb21.iter().any(|d| d.mean_mm == Some(56.0)));
    assert!(
        gb21.windows(2).all(|w| {
            w[0].least_mm().unwrap_or(f64::INFINITY) <= w[1].least_mm().unwrap_or(f64::INFINITY)
        })
    );
    // A range beats a mean less two standard deviations.
    assert_eq!(of("GV16")[0].least_mm(), Some(30.02));
    assert!(of("ST36").is_empty(), "nothing is made up for a point without a study");
}

/// Whatever can hurt a lung by the points' own cautions is in the group that the safety rules screen.
#[test]
fn the_screen_of_the_lung_holds_every_point_with_that_caution() {
    let atlas = body::built_in().expect("no problems");
    let text = std::fs::read_to_string(folder().join("../safety.toml")).expect("the rules");
    let rules: toml::Table = text.parse().expect("TOML");
    let group = |name: &str| -> Vec<String> {
        let codes = rules["group"][name]["codes"].as_array().expect("codes");
        codes.iter().map(|c| c.as_str().expect("a code").to_owned()).collect()
    };
    let lung = group("pneumothorax");
    let mut kinds: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for p in &atlas.points {
        for c in &p.point.caution {
            kinds.entry(c.kind.words().to_owned()).or_default().push(&p.point.code);
        }
    }
    for code in kinds["lung"].iter().filter(|c| !c.starts_with("EX")) {
        assert!(lung.iter().any(|l| l == code), "{code} is not screened");
    }
    for code in &lung {
        assert!(kinds["lung"].contains(&code.as_str()), "{code} has no caution of its own");
    }
    for name in ["pregnancy-points", "abdomen-lumbosacral"] {
        for code in group(name) {
            assert!(kinds["pregnancy"].contains(&code.as_str()), "{code} has no caution in pregnancy");
        }
    }
}

#[test]
fn mistakes_are_named() {
    for (from, to, expected) in [
        ("mean-mm = 49.71", "mean-mm = 9.71", "lies outside"),
        ("range-mm = [36.29, 67.35]", "range-mm = [67.35, 36.29]", "is no range"),
        ("sd-mm = 6.32", "sd-mm = 632", "no depth between"),
        ("point = \"GV16\"", "point = \"GV61\"", "no point \"GV61\""),
        ("method = \"mri\"", "method = \"mir\"", "unknown variant"),
        ("n = 51", "n = 0", "nobody was measured"),
        ("n = 51", "people = 51", "unknown field"),
    ] {
        let mut files = files();
        let f = files.iter_mut().find(|f| f.path.ends_with("safe-depth.toml")).expect("the file");
        assert!(f.text.contains(from), "{from}");
        f.text = f.text.replacen(from, to, 1);
        let problems = BodyAtlas::load(&files).expect_err(to);
        let hit = problems.iter().find(|p| p.message.contains(expected));
        let hit = hit.unwrap_or_else(|| panic!("{to}: {problems:?}"));
        assert!(hit.file.ends_with("safe-depth.toml") && hit.line >= 1, "{hit}");
    }
}
