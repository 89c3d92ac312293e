//! Mistakes in files of the atlas: each is reported with file, line and a hint; none makes the program panic.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use baihui_atlas::{Atlas, File, Names, Problem, Request, built_in, load::MAX_FILE, locate, words::sides_of};
use baihui_head::{Head, template};
use proptest::prelude::*;

const PATH: &str = "my-schools/clinic.toml";

/// A school without a mistake; line numbers in the tests count from its first line.
const GOOD: &str = r#"[school]
id = "clinic"
names = { en = "Clinic" }
about = "A clinic."
sources = [{ key = "ATLAS", mark = "derived" }]

[[item]]
code = "CLINIC-1"
names = { en = "First" }
side = "midline"
place = { grid = { from = "GV20", forward = "1 cm" } }
sources = [{ key = "ATLAS", mark = "derived" }]

[[item]]
code = "CLINIC-2"
names = { en = "Second" }
side = "bilateral"
default = "level"
reason = "Quicker."
sources = [{ key = "ATLAS", mark = "derived" }]

[[item.variant]]
name = "level"
about = "to the side"
place = { grid = { from = "CLINIC-1", lateral = "2 cm" } }
sources = [{ key = "ATLAS", mark = "derived" }]

[[item.variant]]
name = "ear"
about = "toward the ear"
place = { along = { from = "CLINIC-1", to = "ear-apex", distance = "2 cm" } }
sources = [{ key = "ATLAS", mark = "derived" }]

[[item]]
code = "CLINIC-LINE"
names = { en = "Line" }
side = "bilateral"
line = { join = { from = "CLINIC-1", to = "TE20" } }
sources = [{ key = "ATLAS", mark = "derived" }]

[[item.part]]
name = "upper half"
from = "0"
to = "1/2"
"#;

fn file(path: &str, text: impl Into<String>) -> File {
    File { path: path.to_owned(), text: text.into() }
}

fn problems(text: impl Into<String>) -> Vec<Problem> {
    built_in::atlas(&[file(PATH, text)]).err().unwrap_or_default()
}

/// The school after one replacement, and the line on which it was made.
fn damaged(from: &str, to: &str) -> (String, usize) {
    assert_eq!(GOOD.matches(from).count(), 1, "{from:?} must stand once");
    let line = GOOD[..GOOD.find(from).unwrap()].matches('\n').count() + 1;
    (GOOD.replacen(from, to, 1), line)
}

#[test]
fn the_school_that_is_damaged_below_is_good() {
    assert_eq!(problems(GOOD), []);
}

/// What is replaced, by what, how many lines below the replacement the mistake is reported, what the message says,
/// what the hint says.
type Case = (&'static str, &'static str, isize, &'static str, &'static str);

const CASES: &[Case] = &[
    // Unknown field and unknown words.
    ("about = \"A clinic.\"", "abuot = \"A clinic.\"", 0, "abuot", "spelling"),
    ("side = \"midline\"", "side = \"middle\"", 0, "middle", "spelling"),
    ("forward = \"1 cm\"", "foward = \"1 cm\"", 0, "foward", "spelling"),
    ("place = { along = {", "place = { alongside = {", 0, "alongside", "spelling"),
    // Units.
    ("lateral = \"2 cm\"", "lateral = \"2 cmm\"", 0, "2 cmm", "cun"),
    ("lateral = \"2 cm\"", "lateral = \"two cm\"", 0, "two cm", "cun"),
    ("lateral = \"2 cm\"", "lateral = \"inf cm\"", 0, "inf cm", "cun"),
    ("lateral = \"2 cm\"", "lateral = 2", 0, "2", "cun"),
    ("to = \"1/2\"", "to = \"half\"", 0, "half", "1/"),
    // Names that lead nowhere.
    ("to = \"ear-apex\"", "to = \"ear-apx\"", 0, "ear-apx", "ear-apex"),
    ("from = \"GV20\"", "from = \"GV2O\"", 0, "GV2O", "GV2"),
    ("from = \"GV20\"", "from = \"GV20/ear-apx\"", 0, "ear-apx", "ear-apex"),
    ("to = \"TE20\"", "to = \"MS6\"", 0, "a point is needed", "point"),
    (
        "line = { join = { from = \"CLINIC-1\", to = \"TE20\" } }",
        "line = { named = \"GV20\" }",
        0,
        "a line is needed",
        "line",
    ),
    // Sources.
    (
        "side = \"midline\"\nplace = { grid = { from = \"GV20\", forward = \"1 cm\" } }\nsources = [{ key = \"ATLAS\"",
        "side = \"midline\"\nplace = { grid = { from = \"GV20\", forward = \"1 cm\" } }\nsources = [{ key = \"ATLASS\"",
        2,
        "ATLASS",
        "ATLAS",
    ),
    // Constructions.
    (
        "side = \"midline\"\n",
        "side = \"midline\"\nline = { named = \"MS5\" }\n",
        -2,
        "2 constructions",
        "exactly one",
    ),
    ("place = { grid = { from = \"GV20\", forward = \"1 cm\" } }\n", "", -3, "no construction", "place"),
    (
        "place = { grid = { from = \"CLINIC-1\", lateral = \"2 cm\" } }",
        "place = \"GV20\"\narea = { around = { centre = \"GV20\", radius = \"1 cm\" } }",
        -10,
        "exactly one",
        "place",
    ),
    (
        "place = { grid = { from = \"CLINIC-1\", lateral = \"2 cm\" } }",
        "line = { join = { from = \"GV20\", to = \"ear-apex\" } }",
        -10,
        "different kinds",
        "all variants",
    ),
    ("distance = \"2 cm\"", "distance = \"2 cm\", at = \"1/2\"", -2, "either at", "at = "),
    ("distance = \"2 cm\"", "by = \"plane\"", -2, "either at", "at = "),
    ("forward = \"1 cm\"", "forward = \"1 cm\", back = \"1 cm\"", -3, "not both", "remove"),
    // Variants.
    ("default = \"level\"\n", "", -3, "no default", "default"),
    ("default = \"level\"", "default = \"levle\"", -3, "levle", "level"),
    ("reason = \"Quicker.\"\n", "", -4, "needs a reason", "reason"),
    ("reason = \"Quicker.\"", "reason = \"  \"", -4, "needs a reason", "reason"),
    ("name = \"ear\"", "name = \"level\"", -14, "two variants", "own"),
    ("side = \"midline\"", "side = \"midline\"\ndefault = \"x\"", -2, "no variants", "remove"),
    // Twice the same.
    ("code = \"CLINIC-1\"", "code = \"GV20\"", 0, "used already", "unique"),
    ("code = \"CLINIC-LINE\"", "code = \"CLINIC-2\"", 0, "used already", "unique"),
    ("id = \"clinic\"", "id = \"jiao\"", 0, "exists already", "own"),
    // Parts and sides.
    ("from = \"0\"\nto = \"1/2\"", "from = \"1/2\"\nto = \"1/4\"", -1, "runs from", "toward"),
    ("from = \"GV20\"", "from = \"ear-apex\"", 0, "both sides", "left:"),
    ("from = \"GV20\"", "from = \"CLINIC-2\"", 0, "both sides", "left:"),
];

#[test]
fn each_mistake_is_reported_with_file_line_and_hint() {
    let mut wrong = Vec::new();
    for &(from, to, below, message, hint) in CASES {
        let (text, line) = damaged(from, to);
        let found = problems(text);
        let wanted = line as isize + below;
        let fits = |p: &&Problem| {
            p.file == PATH
                && p.line as isize == wanted
                && p.message.contains(message)
                // What is right is said in the hint, or in the message itself.
                && (p.hint.as_deref().unwrap_or_default().contains(hint) || p.message.contains(hint))
        };
        if !found.iter().any(|p| fits(&p)) {
            wrong.push(format!(
                "{from:?} → {to:?}: wanted line {wanted}, {message:?}, {hint:?}; got {found:#?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
}

#[test]
fn a_missing_source_is_reported_with_how_to_write_one() {
    let text = GOOD.replacen("place = { grid = { from = \"GV20\", forward = \"1 cm\" } }\nsources = [{ key = \"ATLAS\", mark = \"derived\" }]", "place = \"GV20\"", 1);
    let found = problems(text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].message.contains("sources") && found[0].hint.as_ref().unwrap().contains("key ="),
        "{found:?}"
    );
    assert_eq!(found[0].line, 7, "{found:?}");
    let text = GOOD.replacen("{ key = \"ATLAS\", mark = \"derived\" }", "{ mark = \"derived\" }", 1);
    let found = problems(text);
    assert_eq!((found.len(), found[0].line), (1, 5), "{found:?}");
    assert!(found[0].message.contains("key"), "{found:?}");
}

#[test]
fn a_circle_is_reported_once_with_its_way() {
    let (text, _) = damaged("from = \"GV20\"", "from = \"left:CLINIC-2\"");
    let found = problems(text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].message.contains("CLINIC-1 → CLINIC-2 → CLINIC-1"), "{found:?}");
    assert_eq!((found[0].file.as_str(), found[0].line), (PATH, 8));
    let (text, _) = damaged("from = \"GV20\"", "from = \"CLINIC-1\"");
    let found = problems(text);
    assert_eq!((found.len(), found[0].line), (1, 8), "{found:?}");
    assert!(found[0].message.contains("from itself"), "{found:?}");
}

#[test]
fn several_mistakes_are_reported_together_and_in_order() {
    let text = GOOD
        .replacen("from = \"GV20\"", "from = \"GV99\"", 1)
        .replacen("to = \"ear-apex\"", "to = \"ear-apx\"", 1)
        .replacen("to = \"TE20\"", "to = \"TE2000\"", 1);
    let found = problems(text);
    let lines: Vec<usize> = found.iter().map(|p| p.line).collect();
    assert_eq!(lines, [11, 31, 38], "{found:#?}");
}

#[test]
fn what_is_no_toml_at_all_is_reported() {
    for (text, line) in [
        ("", 1),
        ("\n\n\n", 1),
        ("PK\u{3}\u{4}\u{0}\u{0}binary", 1),
        ("{\"school\": {}}", 1),
        ("[school\nid = 1", 1),
        ("[school]\nid = \"a\"\nid = \"b\"\n", 3),
        ("[school]\nid = \"open\n", 2),
        ("<html>", 1),
    ] {
        let found = problems(text);
        assert_eq!(found.len(), 1, "{text:?}: {found:?}");
        assert_eq!((found[0].file.as_str(), found[0].line), (PATH, line), "{text:?}: {found:?}");
        assert!(!found[0].message.is_empty());
    }
}

#[test]
fn a_huge_file_is_refused_by_its_size() {
    let found = problems(format!("{GOOD}# {}", "x".repeat(MAX_FILE)));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].message.contains("bytes"), "{found:?}");
}

#[test]
fn deep_nesting_is_refused() {
    for depth in [100, 10_000, 200_000] {
        let open = "{ move = { direction = \"up\", by = \"1 cm\", from = ".repeat(depth);
        let close = " } }".repeat(depth);
        let (text, _) = damaged(
            "place = { grid = { from = \"GV20\", forward = \"1 cm\" } }",
            &format!("place = {open}\"GV20\"{close}"),
        );
        assert!(!problems(text).is_empty(), "depth {depth}");
        let (text, _) = damaged(
            "place = { grid = { from = \"GV20\", forward = \"1 cm\" } }",
            &format!("place = {}", "[".repeat(depth)),
        );
        assert!(!problems(text).is_empty(), "depth {depth}");
    }
}

#[test]
fn a_long_chain_of_items_is_no_danger() {
    let mut text = String::from(GOOD);
    for k in 0..3_000 {
        let from = if k == 0 { "CLINIC-1".to_owned() } else { format!("CHAIN-{}", k - 1) };
        text += &format!(
            "[[item]]\ncode = \"CHAIN-{k}\"\nnames = {{}}\nside = \"midline\"\nplace = \"{from}\"\nsources = [{{ key = \"ATLAS\", mark = \"derived\" }}]\n"
        );
    }
    let run = std::thread::Builder::new().stack_size(8 << 20).spawn(move || {
        // Either it is read and located, or it is a problem; both are answers.
        if let Ok(atlas) = built_in::atlas(&[file(PATH, text)]) {
            let names = Names::of(&atlas);
            let items = vec![atlas.find("CHAIN-2999").unwrap()];
            let head = template::template();
            let location =
                locate::locate(&atlas, &names, &head, &Request { items, ..Request::default() }).unwrap();
            assert_eq!(location.items.len() + location.refused.len(), 1);
        }
    });
    run.unwrap().join().unwrap();
}

fn located(atlas: &Atlas, head: &Head, school: &str) -> locate::Location {
    let schools = vec![atlas.school(school).unwrap()];
    locate::locate(atlas, &Names::of(atlas), head, &Request { schools, ..Request::default() }).unwrap()
}

#[test]
fn a_length_beyond_every_head_is_refused_or_stays_on_it() {
    let head = template::template();
    for length in ["1e300 cm", "-1e300 cm", "99999 cun", "0 cm", "-0 mm", "1e-300 cm"] {
        for (from, to) in [
            ("forward = \"1 cm\"", format!("forward = \"{length}\"")),
            ("lateral = \"2 cm\"", format!("lateral = \"{length}\"")),
            (
                "place = { grid = { from = \"GV20\", forward = \"1 cm\" } }",
                format!(
                    "place = {{ move = {{ from = \"GV20\", direction = \"back\", by = \"{length}\" }} }}"
                ),
            ),
            (
                "line = { join = { from = \"CLINIC-1\", to = \"TE20\" } }",
                format!("line = {{ run = {{ from = \"TE20\", direction = \"up\", by = \"{length}\" }} }}"),
            ),
            (
                "line = { join = { from = \"CLINIC-1\", to = \"TE20\" } }",
                format!(
                    "line = {{ parallel = {{ to = \"MS6\", offset = \"{length}\", direction = \"back\", rule = \"perpendicular\" }} }}"
                ),
            ),
            (
                "line = { join = { from = \"CLINIC-1\", to = \"TE20\" } }\nsources = [{ key = \"ATLAS\", mark = \"derived\" }]\n\n[[item.part]]\nname = \"upper half\"\nfrom = \"0\"\nto = \"1/2\"\n",
                format!(
                    "area = {{ around = {{ centre = \"TE20\", radius = \"{length}\" }} }}\nsources = [{{ key = \"ATLAS\", mark = \"derived\" }}]\n"
                ),
            ),
        ] {
            let (text, _) = damaged(from, &to);
            let Ok(atlas) = built_in::atlas(&[file(PATH, text)]) else { continue };
            let location = located(&atlas, &head, "clinic");
            for i in &location.items {
                let all = i.path_mm.iter().flatten().chain(&i.position_mm).flatten();
                assert!(all.into_iter().all(|x| x.is_finite()), "{to}: {}", i.code);
                assert!(i.length_mm.is_finite() && i.length_mm < 1e4, "{to}: {} {} mm", i.code, i.length_mm);
            }
        }
    }
}

#[test]
fn the_school_of_the_readme_is_located() {
    let readme = include_str!("../../../atlas/README.md");
    let section = readme.split("## Adding a school").nth(1).unwrap();
    let text = section.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let own = [file("my-schools/example.toml", text)];
    let atlas = built_in::atlas(&own).unwrap_or_else(|p| panic!("{p:#?}"));
    let location = located(&atlas, &template::template(), "example");
    assert!(location.refused.is_empty(), "{:?}", location.refused);
    let wanted: usize = atlas
        .entries
        .iter()
        .filter(|e| atlas.schools[e.school].id == "example")
        .map(|e| sides_of(e.item.side).len())
        .sum();
    assert_eq!((location.items.len(), wanted), (5, 5));
    // By the file's own words: 1 cm in front of GV20, then 2 cm to the side.
    let at = |code: &str, x: f64| {
        let found = location.items.iter().find(|i| i.code == code && i.position_mm.unwrap()[0] * x >= 0.0);
        glam::DVec3::from_array(found.unwrap().position_mm.unwrap())
    };
    let gv20 = {
        let items = vec![atlas.find("GV20").unwrap()];
        let names = Names::of(&atlas);
        let head = template::template();
        let l = locate::locate(&atlas, &names, &head, &Request { items, ..Request::default() }).unwrap();
        glam::DVec3::from_array(l.items[0].position_mm.unwrap())
    };
    let first = location.items.iter().find(|i| i.code == "EXAMPLE-1").unwrap().position_mm.unwrap();
    let first = glam::DVec3::from_array(first);
    assert!((first.distance(gv20) - 10.0).abs() < 0.3 && first.y > gv20.y, "{first} {gv20}");
    for side in [-1.0, 1.0] {
        let d = at("EXAMPLE-2", side).distance(first);
        assert!((d - 20.0).abs() < 0.5, "{d} mm to the side");
    }
    // And the source file that the section goes on to describe.
    let reference = section.split("```toml\n").nth(2).unwrap().split("```").next().unwrap();
    let cited = text.replacen("key = \"ATLAS\"", "key = \"MYBOOK\"", 1);
    let own = [file("my-schools/example.toml", cited.clone()), file("my-schools/references.toml", reference)];
    built_in::atlas(&own).unwrap_or_else(|p| panic!("{p:#?}"));
    assert!(built_in::atlas(&[file("my-schools/example.toml", cited)]).is_err());
}

/// Reads the atlas with one of its files changed; where it still reads, resolving its names must not panic either.
fn read_with(index: usize, text: String) {
    let mut files = built_in::files();
    let path = files[index].path.clone();
    files[index].text = text;
    match Atlas::load(&files) {
        Ok(atlas) => drop(Names::of(&atlas)),
        Err(problems) => {
            assert!(!problems.is_empty());
            let longest = files.iter().map(|f| f.text.lines().count()).max().unwrap_or(0);
            for p in problems {
                assert!(p.line >= 1 && p.line <= longest + 1, "{path}: {p}");
                assert!(!p.message.is_empty() && files.iter().any(|f| f.path == p.file), "{path}: {p:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn damaged_files_never_panic(
        index in 0..built_in::files().len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..6_u8, any::<char>()), 1..4),
    ) {
        let mut chars: Vec<char> = built_in::files()[index].text.chars().collect();
        for (at, kind, c) in edits {
            if chars.is_empty() { break; }
            let at = at.index(chars.len());
            match kind {
                0 => chars[at] = c,
                1 => { chars.remove(at); }
                2 => chars.insert(at, c),
                3 => chars.truncate(at),
                // A stretch is written twice, or left out.
                4 => { let end = (at + 200).min(chars.len()); let twice = chars[at..end].to_vec(); chars.splice(at..at, twice); }
                _ => { let end = (at + 40).min(chars.len()); chars.drain(at..end); }
            }
        }
        read_with(index, chars.into_iter().collect());
    }

    #[test]
    fn swapped_words_never_panic(
        index in 0..built_in::files().len(),
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
    ) {
        // Files that still read as TOML but say something else: one quoted text in the place of another.
        let text = built_in::files()[index].text.clone();
        let parts: Vec<&str> = text.split('"').collect();
        let quoted: Vec<usize> = (1..parts.len()).step_by(2).collect();
        let (from, to) = (quoted[from.index(quoted.len())], quoted[to.index(quoted.len())]);
        let swapped: Vec<&str> = (0..parts.len()).map(|k| parts[if k == to { from } else { k }]).collect();
        read_with(index, swapped.join("\""));
    }
}
