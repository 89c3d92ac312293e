//! Column tables as data: a Frictionless *Tabular Data Package* (`datapackage.json`) says for each file
//! which columns it has, of which type, with which values and keys; this checks tables against it.
//!
//! Understood of the Table Schema: `string`, `number`, `integer`, `year`, `boolean`; the constraints
//! `required`, `enum`, `minimum`, `maximum`, `unique`; `primaryKey` and `foreignKeys`. Anything else in a
//! field's `constraints` is refused rather than ignored.

use super::number::is_missing;
use super::{CellProblem, Limits, RawTable, TableError, parse_number};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// A package: its tables.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Package {
    /// Short name.
    pub name: String,
    /// Title in words.
    #[serde(default)]
    pub title: String,
    /// The tables.
    pub resources: Vec<Resource>,
}

/// One table of a package.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Resource {
    /// Name by which foreign keys refer to it.
    pub name: String,
    /// File name relative to the package.
    pub path: String,
    /// What it holds.
    #[serde(default)]
    pub description: String,
    /// Its columns.
    pub schema: Schema,
}

/// Columns and keys of a table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Schema {
    /// Columns, in the order of the file.
    pub fields: Vec<FieldRule>,
    /// Columns whose values together are unique.
    #[serde(default)]
    pub primary_key: Vec<String>,
    /// Columns that refer to other tables.
    #[serde(default)]
    pub foreign_keys: Vec<ForeignKey>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct FieldRule {
    /// Column name.
    pub name: String,
    /// Type of the values.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// What it holds, with units.
    #[serde(default)]
    pub description: String,
    /// Limits on the values.
    #[serde(default)]
    pub constraints: Constraints,
}

/// Type of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// Any text.
    String,
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// A year of four digits.
    Year,
    /// `true` or `false`.
    Boolean,
}

/// Limits on the values of a column.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constraints {
    /// The cell may not be empty.
    #[serde(default)]
    pub required: bool,
    /// The values allowed.
    #[serde(default, rename = "enum")]
    pub one_of: Vec<String>,
    /// Least value.
    pub minimum: Option<f64>,
    /// Greatest value.
    pub maximum: Option<f64>,
    /// No value occurs twice.
    #[serde(default)]
    pub unique: bool,
}

/// A column that refers to a column of another table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ForeignKey {
    /// The column here.
    pub fields: String,
    /// Where it points.
    pub reference: Reference,
}

/// Target of a foreign key.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Reference {
    /// Table name; empty for the same table.
    pub resource: String,
    /// Column there.
    pub fields: String,
}

impl Package {
    /// Reads `datapackage.json`.
    ///
    /// # Errors
    /// [`TableError::Json`] where the text is malformed or holds a rule that is not understood, and
    /// [`TableError::TooLarge`].
    pub fn from_json(bytes: &[u8], limits: &Limits) -> Result<Self, TableError> {
        if bytes.len() > limits.bytes {
            return Err(TableError::TooLarge { what: "bytes", found: bytes.len(), limit: limits.bytes });
        }
        serde_json::from_slice(bytes).map_err(|e| TableError::Json(e.to_string()))
    }

    /// Checks all tables, given by resource name. Returns every problem, by table, in order of rows.
    #[must_use]
    pub fn check(&self, tables: &BTreeMap<String, RawTable>) -> Vec<(String, CellProblem)> {
        let mut problems = Vec::new();
        for resource in &self.resources {
            match tables.get(&resource.name) {
                Some(table) => {
                    let mut found = Vec::new();
                    resource.check_columns(table, &mut found);
                    if found.is_empty() {
                        resource.check_cells(table, &mut found);
                        resource.check_keys(table, tables, &mut found);
                    }
                    problems.extend(found.into_iter().map(|p| (resource.path.clone(), p)));
                }
                None => problems.push((
                    resource.path.clone(),
                    problem(0, 0, "", "", "no such file", "the file that datapackage.json names"),
                )),
            }
        }
        problems
    }
}

fn problem(row: usize, line: usize, column: &str, study: &str, found: &str, expected: &str) -> CellProblem {
    CellProblem {
        row,
        line,
        column: column.into(),
        study: study.into(),
        found: found.into(),
        expected: expected.into(),
    }
}

impl Resource {
    fn check_columns(&self, table: &RawTable, out: &mut Vec<CellProblem>) {
        let expected: Vec<&str> = self.schema.fields.iter().map(|f| f.name.as_str()).collect();
        for name in &table.header {
            if !expected.contains(&name.as_str()) {
                out.push(problem(
                    0,
                    1,
                    name,
                    "",
                    "a column that the schema does not know",
                    &expected.join(", "),
                ));
            }
        }
        for name in expected {
            if table.column(name).is_none() {
                out.push(problem(0, 1, name, "", "no such column", "a column that the schema names"));
            }
        }
    }

    fn check_cells(&self, table: &RawTable, out: &mut Vec<CellProblem>) {
        for field in &self.schema.fields {
            let mut seen = BTreeSet::new();
            for (i, row) in table.rows.iter().enumerate() {
                let cell = table.get(row, &field.name);
                let label = row.cells.first().map_or("", String::as_str);
                let mut complain = |expected: &str| {
                    let found = if cell.is_empty() { "nothing".to_owned() } else { format!("\"{cell}\"") };
                    out.push(problem(i + 1, row.line, &field.name, label, &found, expected));
                };
                if cell.is_empty() {
                    if field.constraints.required {
                        complain("a value");
                    }
                    continue;
                }
                if let Some(expected) = field.complaint(cell) {
                    complain(&expected);
                } else if field.constraints.unique && !seen.insert(cell) {
                    complain("a value that occurs once");
                }
            }
        }
    }

    fn check_keys(&self, table: &RawTable, tables: &BTreeMap<String, RawTable>, out: &mut Vec<CellProblem>) {
        let key = &self.schema.primary_key;
        let mut seen = BTreeSet::new();
        for (i, row) in table.rows.iter().enumerate() {
            let label = row.cells.first().map_or("", String::as_str);
            if !key.is_empty() {
                let values: Vec<&str> = key.iter().map(|k| table.get(row, k)).collect();
                let text = values.join(" | ");
                if !seen.insert(values) {
                    out.push(problem(
                        i + 1,
                        row.line,
                        &key.join("+"),
                        label,
                        &text,
                        "a key that occurs once",
                    ));
                }
            }
            for foreign in &self.schema.foreign_keys {
                let cell = table.get(row, &foreign.fields);
                if cell.is_empty() {
                    continue;
                }
                let target = if foreign.reference.resource.is_empty() {
                    Some(table)
                } else {
                    tables.get(&foreign.reference.resource)
                };
                let known = target
                    .is_some_and(|t| t.rows.iter().any(|r| t.get(r, &foreign.reference.fields) == cell));
                if !known {
                    out.push(problem(
                        i + 1,
                        row.line,
                        &foreign.fields,
                        label,
                        &format!("\"{cell}\""),
                        &format!(
                            "a `{}` of table `{}`",
                            foreign.reference.fields, foreign.reference.resource
                        ),
                    ));
                }
            }
        }
    }
}

impl FieldRule {
    fn complaint(&self, cell: &str) -> Option<String> {
        let c = &self.constraints;
        if !c.one_of.is_empty() && !c.one_of.iter().any(|v| v == cell) {
            return Some(format!("one of {}", c.one_of.join(", ")));
        }
        let number = match self.kind {
            FieldType::String => return None,
            FieldType::Boolean => {
                return (!matches!(cell, "true" | "false")).then(|| "true or false".to_owned());
            }
            FieldType::Number | FieldType::Integer | FieldType::Year => {
                if is_missing(cell) {
                    return Some("a number or an empty cell".into());
                }
                match parse_number(cell, false) {
                    Ok(n) => n,
                    Err(e) => return Some(e.to_string()),
                }
            }
        };
        let digits = cell.bytes().all(|b| b.is_ascii_digit());
        match self.kind {
            FieldType::Year if !(digits && cell.len() == 4) => return Some("a year of four digits".into()),
            FieldType::Integer if number.fract() != 0.0 => return Some("a whole number".into()),
            _ => {}
        }
        if c.minimum.is_some_and(|m| number < m) {
            return Some(format!("at least {}", c.minimum.unwrap_or_default()));
        }
        if c.maximum.is_some_and(|m| number > m) {
            return Some(format!("at most {}", c.maximum.unwrap_or_default()));
        }
        None
    }
}
