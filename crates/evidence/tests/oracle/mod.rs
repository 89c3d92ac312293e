//! Reading reference results and counting comparisons with them.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::print_stdout)] // each test uses a part; helpers of tests may panic

use serde_json::Value;
use std::path::PathBuf;

/// The folder of reference results, if it is there.
pub fn folder() -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/oracle");
    if path.is_dir() {
        Some(path)
    } else {
        println!("skipped: no reference results beside the workspace (../shared/oracle)");
        None
    }
}

/// A JSON file of the folder.
pub fn json(name: &str) -> Option<Value> {
    let text = std::fs::read_to_string(folder()?.join(name)).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

/// A number, or NaN where the file has none.
pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

/// A list of numbers; a bare number is a list of one.
pub fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().map(number).collect(),
        Value::Null => Vec::new(),
        other => vec![number(other)],
    }
}

/// Counts compared values and remembers what differs.
pub struct Comparison {
    name: String,
    tolerance: f64,
    /// Values compared.
    pub count: usize,
    worst: (f64, String),
    failures: Vec<String>,
    explained: Vec<String>,
}

impl Comparison {
    /// For one file, with the largest relative difference allowed.
    pub fn new(name: &str, tolerance: f64) -> Comparison {
        Comparison {
            name: name.to_owned(),
            tolerance,
            count: 0,
            worst: (0.0, String::new()),
            failures: Vec::new(),
            explained: Vec::new(),
        }
    }

    /// Compares a value with the reference; a reference that is no number is not counted.
    pub fn value(&mut self, what: &str, got: f64, want: &Value) {
        if let Some(want) = want.as_f64() {
            self.close(what, got, want, 0.0);
        }
    }

    /// Compares with an absolute floor for values that are zero up to rounding.
    pub fn close(&mut self, what: &str, got: f64, want: f64, floor: f64) {
        self.count += 1;
        let difference = (got - want).abs();
        let relative = if difference <= floor { 0.0 } else { difference / want.abs().max(1e-300) };
        if relative > self.worst.0 {
            self.worst = (relative, what.to_owned());
        }
        if relative.is_nan() || relative > self.tolerance {
            self.failures.push(format!("{what}: got {got:e}, reference {want:e}, relative {relative:.2e}"));
        }
    }

    /// Records a value that differs for a known reason; `allowed` is the relative difference the reason explains.
    pub fn explained(&mut self, what: &str, got: f64, want: f64, allowed: f64, reason: &str) {
        self.count += 1;
        let relative = if got == want { 0.0 } else { ((got - want) / want).abs() };
        if relative.is_nan() || relative > allowed {
            self.failures.push(format!("{what}: got {got:e}, reference {want:e}, relative {relative:.2e}"));
        } else if relative > self.tolerance {
            self.explained.push(format!("{what}: {relative:.1e} ({reason})"));
        }
    }

    /// Records a difference in kind (for example a value we refuse to compute).
    pub fn note(&mut self, text: String) {
        self.explained.push(text);
    }

    /// Prints the count and fails if anything differed, or if fewer than `least` values were compared.
    pub fn finish(self, least: usize) {
        println!(
            "{}: {} values compared, worst relative difference {:.2e} ({})",
            self.name, self.count, self.worst.0, self.worst.1
        );
        for line in &self.explained {
            println!("  explained: {line}");
        }
        let shown = self.failures.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
        assert!(self.failures.is_empty(), "{}: {} values differ:\n{shown}", self.name, self.failures.len());
        assert!(self.count >= least, "{}: only {} values compared, expected {least}", self.name, self.count);
    }
}
