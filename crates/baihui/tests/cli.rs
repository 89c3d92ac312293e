//! The program as it is used: files, exit codes, errors, and plain text where nobody sees colours.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value as Json;

/// A folder of one test, emptied first.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn command(args: &[&str]) -> Command {
    let mut c = Command::new(env!("CARGO_BIN_EXE_baihui"));
    c.args(args)
        .stdin(Stdio::null())
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env("TERM", "xterm-256color");
    c
}

fn run(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Standard output of a command that must succeed, without colours and without a word on standard error.
fn good(args: &[&str]) -> String {
    let out = run(args);
    let (stdout, stderr) = (text(&out.stdout), text(&out.stderr));
    assert_eq!(out.status.code(), Some(0), "{args:?}: {stderr}");
    assert!(!stdout.contains('\u{1b}'), "{args:?} writes colours into a pipe");
    assert_eq!(stderr, "", "{args:?}");
    stdout.to_owned()
}

/// Standard error of a command that must fail with a code, and must not panic.
fn bad(args: &[&str], code: i32) -> String {
    let out = run(args);
    let stderr = text(&out.stderr);
    assert_eq!(out.status.code(), Some(code), "{args:?}: {stderr}");
    assert!(!stderr.contains("panicked") && !stderr.contains('\u{1b}'), "{args:?}: {stderr}");
    assert!(out.stdout.is_empty(), "{args:?} fails but writes a result");
    stderr.to_owned()
}

fn json(args: &[&str]) -> Json {
    serde_json::from_str(&good(args)).unwrap()
}

#[test]
fn locate_writes_each_format() {
    let folder = folder("formats");
    let path = |name: &str| folder.join(name).display().to_string();
    let ask = |format: &str, to: &str| {
        let said = good(&["locate", "--zone", "MS6", "--zone", "GV20", "--format", format, "-o", to]);
        assert_eq!(said, "");
        fs::read(to).unwrap()
    };
    let table = ask("table", &path("deep/er/zones.txt"));
    assert!(
        text(&table).contains("MS6") && text(&table).contains("百会") && !text(&table).contains('\u{1b}')
    );
    let value: Json = serde_json::from_slice(&ask("json", &path("zones.json"))).unwrap();
    let codes: Vec<&str> =
        value["items"].as_array().unwrap().iter().map(|i| i["code"].as_str().unwrap()).collect();
    assert_eq!(codes.iter().filter(|c| **c == "MS6").count(), 2);
    assert_eq!(codes.iter().filter(|c| **c == "GV20").count(), 1);
    let csv = ask("csv", &path("zones.csv"));
    let rows: Vec<&str> = text(&csv).lines().collect();
    assert_eq!(rows.len(), 4, "{rows:?}");
    assert!(rows[0].starts_with("code,"), "{}", rows[0]);
    let svg = ask("svg", &path("zones.svg"));
    assert!(text(&svg).contains("<svg") && text(&svg).trim_end().ends_with("</svg>"));
    let glb = ask("glb", &path("zones.glb"));
    assert_eq!(&glb[..4], b"glTF");
    assert_eq!(u32::from_le_bytes(glb[8..12].try_into().unwrap()) as usize, glb.len());
    // The one picture that is rendered here: it takes seconds.
    let png = ask("png", &path("zones.png"));
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!(&png[png.len() - 8..png.len() - 4], b"IEND");
}

#[test]
fn a_variant_moves_what_is_built_on_it() {
    let plain = json(&["locate", "--zone", "MS7", "--zone", "GV20", "--format", "json"]);
    let other = json(&[
        "locate",
        "--zone",
        "MS7",
        "--zone",
        "GV20",
        "--variant",
        "GV20=ear-apex",
        "--format",
        "json",
    ]);
    assert_eq!(other["choices"]["GV20"], "ear-apex");
    let gv20 =
        |v: &Json| v["items"].as_array().unwrap().iter().find(|i| i["code"] == "GV20").cloned().unwrap();
    assert_eq!(gv20(&plain)["variant"], "cun-5");
    assert_eq!(gv20(&other)["variant"], "ear-apex");
    assert_ne!(gv20(&plain)["position_mm"], gv20(&other)["position_mm"]);
    let ms6 = json(&["locate", "--zone", "MS6", "--variant", "GV20=ear-apex", "--format", "json"]);
    assert_eq!(ms6["items"].as_array().unwrap().len(), 2);
    // The same command gives the same bytes.
    let again = ["locate", "--zone", "MS6", "--format", "json", "--draws", "5", "--seed", "3"];
    assert_eq!(good(&again), good(&again));
}

#[test]
fn electrode_sites_come_on_request() {
    let v = json(&["locate", "--zone", "GV20", "--system", "10-20", "--format", "json"]);
    let names: Vec<&str> =
        v["sites"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 19);
    assert!(names.contains(&"Cz") && names.contains(&"T7"), "{names:?}");
}

#[test]
fn a_wrong_command_line_is_2() {
    for (args, says) in [
        (&["locate", "--zone", "MS66", "--format", "json"][..], "MS6"),
        (&["locate", "--school", "jiaoo", "--format", "json"], "the schools are"),
        (&["locate", "--variant", "GV20=ear-apx", "--format", "json"], "ear-apex"),
        (&["locate", "--variant", "GV20", "--format", "json"], "ZONE=VARIANT"),
        (&["locate", "--format", "pdf"], "possible values"),
        (&["locate", "--draws", "1", "--format", "json"], "1 is not in"),
        (&["locate", "--seed", "1", "--format", "json"], "--draws"),
        (&["atlas", "show", "nothing-like-it"], "atlas list"),
        (&["atlas", "list", "--find", "nothing-like-it"], "try a code"),
        (&["head", "export", "-o", "head.xyz"], "xyz"),
        (&["frobnicate"], "unrecognized"),
    ] {
        let stderr = bad(args, 2);
        assert!(stderr.contains(says), "{args:?}: {stderr}");
    }
}

#[test]
fn a_file_that_cannot_be_used_is_3_and_named() {
    let folder = folder("damaged");
    let path = |name: &str| folder.join(name).display().to_string();
    let whole = path("whole.glb");
    assert_eq!(good(&["head", "export", "-o", &whole]), "");
    let bytes = fs::read(&whole).unwrap();
    let damage: [(&str, Vec<u8>); 6] = [
        ("empty.glb", Vec::new()),
        ("cut.glb", bytes[..bytes.len() / 2].to_vec()),
        ("header.glb", bytes[..12].to_vec()),
        ("other.glb", b"this is no head at all, and long enough for a header".to_vec()),
        ("zeros.glb", [&bytes[..20], &vec![0; bytes.len() - 20]].concat()),
        ("magic.glb", [b"gltf", &bytes[4..]].concat()),
    ];
    for (name, bytes) in damage {
        let file = path(name);
        fs::write(&file, bytes).unwrap();
        for args in [
            &["locate", "--zone", "GV20", "--format", "json", "--head", &file][..],
            &["head", "show", "--head", &file],
        ] {
            let stderr = bad(args, 3);
            assert!(stderr.contains(name), "{args:?}: {stderr}");
        }
    }
    let absent = path("absent.glb");
    assert!(bad(&["head", "measure", "--head", &absent], 3).contains("absent.glb"));
    assert!(bad(&["head", "show", "--head", &folder.display().to_string()], 3).contains("damaged"));
    let latin = path("latin.toml");
    fs::write(&latin, b"about = \"caf\xe9\"").unwrap();
    assert!(
        bad(&["locate", "--zone", "GV20", "--format", "json", "--atlas", &latin], 3).contains("latin.toml")
    );
}

#[test]
fn a_zone_that_the_head_cannot_carry_is_4() {
    let folder = folder("bare");
    let path = |name: &str| folder.join(name).display().to_string();
    let whole = path("whole.glb");
    good(&["head", "export", "-o", &whole]);
    let mut bytes = fs::read(&whole).unwrap();
    // A landmark under another name, of the same length so that the file stays sound, is a landmark that is missing.
    let (from, to) = (b"\"c7-spinous\"", b"\"c7-spinouz\"");
    let mut found = 0;
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
            found += 1;
        }
    }
    assert_eq!(found, 1);
    let bare = path("bare.glb");
    fs::write(&bare, &bytes).unwrap();
    let stderr = bad(&["locate", "--zone", "GV14", "--format", "json", "--head", &bare], 4);
    assert!(stderr.contains("c7-spinous"), "{stderr}");
    let v: Json = serde_json::from_str(&good(&[
        "locate", "--zone", "GV14", "--zone", "GV20", "--format", "json", "--head", &bare,
    ]))
    .unwrap();
    assert_eq!((v["items"].as_array().unwrap().len(), v["refused"].as_array().unwrap().len()), (1, 1));
}

#[test]
fn a_result_that_cannot_be_written_is_5() {
    let folder = folder("unwritable");
    fs::write(folder.join("file"), "in the way").unwrap();
    let to = folder.join("file/zones.csv").display().to_string();
    assert!(bad(&["locate", "--zone", "GV20", "--format", "csv", "-o", &to], 5).contains("zones.csv"));
}

#[test]
fn errors_are_json_on_request() {
    for (args, kind, code) in [
        (&["--json", "locate", "--zone", "MS66", "--format", "json"][..], "usage", 2),
        // What the parser of the command line finds, too.
        (&["--json", "locate", "--format", "jpeg"], "usage", 2),
        (&["locate", "--zoen", "GV20", "--json"], "usage", 2),
        (&["locate", "--json", "--head", "absent.glb", "--zone", "GV20", "--format", "json"], "input", 3),
    ] {
        let error: Json = serde_json::from_str(&bad(args, code)).unwrap();
        assert_eq!(
            (error["exit"].as_i64(), error["error"]["kind"].as_str()),
            (Some(i64::from(code)), Some(kind))
        );
        assert!(!error["error"]["message"].as_str().unwrap().is_empty());
    }
}

#[test]
fn the_atlas_is_checked_and_a_mistake_is_1() {
    let folder = folder("check");
    assert!(good(&["atlas", "check"]).contains("no problems"));
    let path = folder.join("own.toml").display().to_string();
    fs::write(&path, "[school]\nid = \"own\"\nabuot = \"x\"\n").unwrap();
    let out = run(&["atlas", "check", "--atlas", &path]);
    assert_eq!(out.status.code(), Some(1));
    let said = text(&out.stdout);
    assert!(said.contains("own.toml:3: ") && said.contains("abuot") && said.contains("hint:"), "{said}");
    let out = run(&["--json", "atlas", "check", "--atlas", &path]);
    let value: Json = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((out.status.code(), value["problems"][0]["line"].as_u64()), (Some(1), Some(3)));
}

#[test]
fn an_own_school_is_read_from_a_folder() {
    let folder = folder("own");
    let readme = include_str!("../../../atlas/README.md");
    let own = readme.split("## Adding a school").nth(1).unwrap().split("```toml\n").nth(1).unwrap();
    fs::write(folder.join("example.toml"), own.split("```").next().unwrap()).unwrap();
    let v = json(&[
        "locate",
        "--atlas",
        &folder.display().to_string(),
        "--school",
        "example",
        "--format",
        "json",
    ]);
    assert_eq!(v["items"].as_array().unwrap().len(), 5);
}

#[test]
fn the_atlas_is_shown_listed_and_compared() {
    let page = good(&["atlas", "show", "MS6"]);
    for part in ["MS6", "顶颞前斜线", "GV21", "GB6"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let list = good(&["atlas", "list", "--find", "运动区"]);
    assert!(list.contains("JIAO-motor"), "{list}");
    let schools = good(&["atlas", "compare", "--school", "ms", "--school", "jiao"]);
    assert!(schools.contains("MS6") && schools.contains("JIAO-motor"), "{schools}");
    let variants = good(&["atlas", "compare", "--variants", "--zone", "GV20"]);
    assert!(variants.contains("ear-apex"), "{variants}");
    let v = json(&["atlas", "compare", "--variants", "--zone", "GV20", "--format", "json"]);
    let shift = v["variants"].as_array().unwrap().iter().find(|s| s["variant"] == "ear-apex").unwrap();
    assert!(shift["mean_mm"].as_f64().unwrap() > 0.0, "{shift}");
    let v = json(&["atlas", "show", "GV20", "--format", "json"]);
    assert_eq!(v["code"], "GV20");
}

#[test]
fn completions_and_schemas_are_printed() {
    let bash = good(&["completions", "bash"]);
    assert!(bash.contains("_baihui()") && bash.contains("complete -F"), "{}", &bash[..200]);
    let schema = json(&["schema", "locate"]);
    for key in ["head", "items", "refused"] {
        assert!(schema["properties"][key].is_object(), "{key}");
    }
    assert!(json(&["schema", "school"])["properties"]["item"].is_object());
    for args in [&["--help"][..], &["locate", "--help"], &["head", "--help"], &["atlas", "compare", "--help"]]
    {
        assert!(good(args).contains("Usage"));
    }
}

#[test]
fn a_head_is_shown_measured_and_exported() {
    let folder = folder("head");
    assert!(good(&["head", "show"]).contains("nasion"));
    let mm = json(&["head", "measure", "--format", "json"]);
    let arc = mm["mm"]["nasion–inion arc"].as_f64().unwrap();
    assert!((250.0..450.0).contains(&arc), "{arc} mm");
    for (extension, starts) in [("glb", &b"glTF"[..]), ("ply", b"ply"), ("stl", b""), ("obj", b"")] {
        let path = folder.join(format!("head.{extension}"));
        good(&["head", "export", "-o", &path.display().to_string()]);
        let bytes = fs::read(&path).unwrap();
        assert!(bytes.len() > 100_000 && bytes.starts_with(starts), "{extension}");
    }
    // What was exported is the same head.
    let own = folder.join("head.glb").display().to_string();
    assert_eq!(json(&["head", "measure", "--format", "json", "--head", &own])["mm"], mm["mm"]);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child =
        command(&["schema", "school"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    let status = child.wait().unwrap();
    assert!(status.success() && stderr.is_empty(), "{status}: {stderr}");
    // Help and errors go the way of clap and of our own report.
    for args in [&["--help"][..], &["locate", "--format", "json"]] {
        let mut child = command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert!(!stderr.contains("panicked"), "{args:?}: {stderr}");
        assert!(child.wait().unwrap().code().is_some(), "{args:?} was killed");
    }
    let mut child = command(&["locate", "--zone", "MS66"]).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(2));
}
