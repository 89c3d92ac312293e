//! Results as tables: one form that is printed as text, CSV, JSON and on pages alike.

use baihui_evidence::table::effects::EffectMeasure;
use baihui_report::stat::html::Part;
use serde_json::{Map, Value as Json, json};
use std::fmt::Write as _;

/// A cell.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// Words.
    Text(String),
    /// A number on the scale of the analysis, and what is shown of it (a ratio for its logarithm).
    Effect { analysis: f64, shown: f64 },
    /// A number.
    Number(f64),
    /// A count.
    Count(usize),
    /// A p value.
    P(f64),
    /// Nothing.
    None,
}

impl Value {
    pub(super) fn effect(measure: EffectMeasure, x: f64) -> Self {
        Self::Effect { analysis: x, shown: measure.shown(x) }
    }

    pub(super) fn number(x: Option<f64>) -> Self {
        x.map_or(Self::None, Self::Number)
    }

    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Effect { shown: x, .. } | Self::Number(x) => number(*x),
            Self::Count(n) => n.to_string(),
            Self::P(p) => super::pairwise::p_text(*p),
            Self::None => String::new(),
        }
    }

    fn json(&self) -> Json {
        match self {
            Self::Text(text) => json!(text),
            Self::Effect { analysis: x, .. } | Self::Number(x) | Self::P(x) => json!(x),
            Self::Count(n) => json!(n),
            Self::None => Json::Null,
        }
    }

    fn csv(&self) -> String {
        match self {
            Self::Effect { analysis: x, .. } | Self::Number(x) | Self::P(x) => x.to_string(),
            other => other.text(),
        }
    }
}

/// Four decimals; more where a small number would lose its digits, none for whole and for large ones.
pub(super) fn number(x: f64) -> String {
    let size = x.abs();
    if !x.is_finite() {
        "not defined".into()
    } else if size != 0.0 && size < 1e-3 {
        format!("{x:.3e}")
    } else if size >= 1e5 || x == x.trunc() {
        format!("{x:.0}")
    } else {
        format!("{x:.4}")
    }
}

/// One analysis.
#[derive(Debug, Clone)]
pub(super) struct Section {
    /// Name in CSV and JSON.
    pub(super) key: &'static str,
    /// Heading.
    pub(super) title: String,
    /// Columns: the name in CSV and JSON (metafor's, where it has one) and the heading.
    pub(super) columns: Vec<(&'static str, &'static str)>,
    /// Rows.
    pub(super) rows: Vec<Vec<Value>>,
    /// What must be said with it.
    pub(super) notes: Vec<String>,
}

impl Section {
    /// For the terminal.
    pub(super) fn text(&self) -> String {
        let mut out = format!("\n{}\n", self.title);
        let cells: Vec<Vec<String>> = self.rows.iter().map(|r| r.iter().map(Value::text).collect()).collect();
        let used: Vec<usize> =
            (0..self.columns.len()).filter(|c| cells.iter().any(|r| !r[*c].is_empty())).collect();
        let width = |c: usize| {
            let widest = cells.iter().map(|r| r[c].chars().count()).max().unwrap_or(0);
            widest.max(self.columns[c].1.chars().count()).min(64)
        };
        let words = |c: usize| self.rows.iter().all(|r| matches!(r[c], Value::Text(_) | Value::None));
        let line = |out: &mut String, cell: &dyn Fn(usize) -> String| {
            let mut line = String::from(" ");
            for &c in &used {
                let width = width(c);
                let _ = if words(c) {
                    write!(line, " {:width$} ", cell(c))
                } else {
                    write!(line, " {:>width$} ", cell(c))
                };
            }
            let _ = writeln!(out, "{}", line.trim_end());
        };
        if !cells.is_empty() {
            line(&mut out, &|c| self.columns[c].1.to_owned());
        }
        for row in &cells {
            line(&mut out, &|c| row[c].clone());
        }
        for note in &self.notes {
            let _ = writeln!(out, "  {note}");
        }
        out
    }

    /// For programs: full precision, on the scale of the analysis, and `shown.*` where that differs.
    pub(super) fn json(&self) -> Json {
        let rows = self.rows.iter().map(|row| {
            let mut object = Map::new();
            for ((key, _), value) in self.columns.iter().zip(row) {
                object.insert((*key).to_owned(), value.json());
                if let Value::Effect { analysis, shown } = value
                    && analysis != shown
                {
                    object.insert(format!("shown.{key}"), json!(shown));
                }
            }
            Json::Object(object)
        });
        json!({ "title": self.title, "rows": rows.collect::<Vec<_>>(), "notes": self.notes })
    }

    /// For pages.
    pub(super) fn parts(&self) -> Vec<Part> {
        let used: Vec<usize> =
            (0..self.columns.len()).filter(|c| self.rows.iter().any(|r| !r[*c].text().is_empty())).collect();
        let mut parts = Vec::new();
        if !self.rows.is_empty() {
            parts.push(Part::Table {
                caption: self.title.clone(),
                header: used.iter().map(|c| self.columns[*c].1.to_owned()).collect(),
                rows: self.rows.iter().map(|r| used.iter().map(|c| r[*c].text()).collect()).collect(),
            });
        }
        if !self.notes.is_empty() {
            parts.push(Part::List(self.notes.clone()));
        }
        parts
    }
}

/// All analyses as one rectangular CSV: the columns of all, empty where an analysis has none of a name.
pub(super) fn csv(sections: &[Section]) -> String {
    let mut names: Vec<String> = vec!["analysis".into()];
    let mut lines: Vec<Vec<(usize, String)>> = Vec::new();
    let mut index = |name: String| {
        names.iter().position(|n| *n == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        })
    };
    for section in sections {
        for row in &section.rows {
            let mut line = vec![(0, section.key.to_owned())];
            for ((key, _), value) in section.columns.iter().zip(row) {
                line.push((index((*key).to_owned()), value.csv()));
                if let Value::Effect { analysis, shown } = value
                    && analysis != shown
                {
                    line.push((index(format!("shown.{key}")), shown.to_string()));
                }
            }
            lines.push(line);
        }
    }
    let quoted = |text: &str| {
        if text.contains(['"', ',', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let mut out = names.iter().map(|n| quoted(n)).collect::<Vec<_>>().join(",") + "\n";
    for line in lines {
        let mut cells = vec![String::new(); names.len()];
        for (at, text) in line {
            cells[at] = quoted(&text);
        }
        out += &cells.join(",");
        out.push('\n');
    }
    out
}
