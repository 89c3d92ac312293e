//! A clinic on the command line: a record, a folder beside it, and a patient to begin with.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value as Json;

/// A record somewhere, and a folder for the files beside it.
pub struct Clinic {
    pub folder: PathBuf,
    pub record: String,
}

impl Clinic {
    /// An empty folder of a test; the record lies in it unless it is somewhere else.
    pub fn new(suite: &str, test: &str, record: Option<String>) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(suite).join(test);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let record = record.unwrap_or_else(|| folder.join("a.baihui").display().to_string());
        Self { folder, record }
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    pub fn run(&self, args: &[&str], input: Option<&Json>) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_baihui"));
        command.args(args);
        // Texts are knowledge and in no record.
        if !args.starts_with(&["consent", "text"]) {
            command.args(["--record", &self.record]);
        }
        let mut child = command
            .env("USER", "tester")
            .env("TERM", "dumb")
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        if let Some(input) = input {
            // A command that reads nothing may be gone already.
            let _ = stdin.write_all(input.to_string().as_bytes());
        }
        drop(stdin);
        child.wait_with_output().unwrap()
    }

    fn with(&self, args: &[&str], input: Option<&Json>) -> String {
        let out = self.run(args, input);
        let stderr = String::from_utf8(out.stderr).unwrap();
        assert_eq!((out.status.code(), stderr.as_str()), (Some(0), ""), "{args:?}");
        String::from_utf8(out.stdout).unwrap()
    }

    /// What a command that must succeed writes.
    pub fn good(&self, args: &[&str]) -> String {
        self.with(args, None)
    }

    /// The same as JSON.
    pub fn json(&self, args: &[&str]) -> Json {
        serde_json::from_str(&self.good(args)).unwrap()
    }

    /// What it answers to what it reads.
    pub fn said(&self, args: &[&str], input: &Json) -> Json {
        serde_json::from_str(&self.with(args, Some(input))).unwrap()
    }
}

pub fn text(value: &Json) -> String {
    value.as_str().unwrap().to_owned()
}

/// A patient after a stroke of the left side.
pub const ADD: &[&str] = &[
    "patient",
    "add",
    "--given",
    "Ada",
    "--family",
    "Example",
    "--born",
    "1955-04-03",
    "--diagnosis",
    "ischaemic stroke, left middle cerebral artery",
    "--condition",
    "stroke-arm",
    "--lesion",
    "left",
    "--deficit",
    "right",
    "--onset",
    "2026-08-01",
];
