//! Trial tables: bytes in, typed rows out, and nothing silently dropped.
//!
//! A table may come as CSV (comma, semicolon or tab; decimal point or decimal comma) or as JSON, with
//! the column names of metafor's `escalc()` (`ai`, `bi`, `n1i`, `m1i`, `sd1i`, `yi`, `vi`, ...), of the
//! R packages meta and netmeta (`event.e`, `n.e`, `TE`, `seTE`, `treat1`, ...), of RevMan Web's data rows
//! (`Experimental cases`, `Experimental N`, `GIV Mean`, ...) or with one row per trial arm
//! (`trial`, `arm`, `treatment`, `n`, `events` or `mean`, `sd`). [`revman`] reads the files of RevMan 5.
//!
//! Each value that cannot be understood is reported with its row, column, what was found and what was
//! expected; all of them are reported together. A row whose numbers are *missing* is not an error (trials
//! are often reported so) but is never lost either: it is listed in [`TrialTable::unusable`] with the reason.

mod cells;
mod columns;
pub mod effects;
mod json;
mod number;
pub mod package;
pub mod revman;
mod rows;

use std::collections::BTreeMap;
use std::fmt;

pub use cells::{Cell, RawRow, RawTable};
pub use columns::{Field, Kind};
pub(crate) use number::is_missing;
pub use number::{NumberProblem, parse_number};

/// Limits on foreign bytes. The defaults hold any published review many times over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Greatest size of a file, in bytes.
    pub bytes: usize,
    /// Greatest number of data rows.
    pub rows: usize,
    /// Greatest number of columns.
    pub columns: usize,
    /// Greatest size of one cell, in bytes.
    pub cell_bytes: usize,
    /// Greatest number of problems listed before the rest is only counted.
    pub problems: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 64 << 20, rows: 200_000, columns: 512, cell_bytes: 64 << 10, problems: 100 }
    }
}

/// One cell (or one row) that cannot be used as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellProblem {
    /// Data row, counted from 1 without the header.
    pub row: usize,
    /// Line in the file, counted from 1; for JSON the index of the object, from 1.
    pub line: usize,
    /// Column name as the file writes it.
    pub column: String,
    /// Study label of the row, empty where there is none.
    pub study: String,
    /// What stands there.
    pub found: String,
    /// What was expected, with a way to repair it where one is known.
    pub expected: String,
}

impl fmt::Display for CellProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} (line {}), column `{}`", self.row, self.line, self.column)?;
        if !self.study.is_empty() {
            write!(f, ", study \"{}\"", self.study)?;
        }
        write!(f, ": found {}, expected {}", self.found, self.expected)
    }
}

/// Why a table was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// More bytes, rows or columns than the limits allow.
    #[error("the table has {found} {what}; at most {limit} are read")]
    TooLarge {
        /// What was counted: bytes, rows, columns or bytes in one cell.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// The bytes are not UTF-8.
    #[error("line {line}: the text is not UTF-8; save the table as UTF-8 and try again")]
    NotUtf8 {
        /// Line of the first bad byte.
        line: usize,
    },
    /// The bytes are UTF-16, as some programs save "Unicode text".
    #[error("the text is UTF-16; save the table as CSV in UTF-8 and try again")]
    Utf16,
    /// A byte that no text table holds.
    #[error("line {line}: found a NUL byte; this is not a text table")]
    NulByte {
        /// Line of the byte.
        line: usize,
    },
    /// A quote was opened and never closed.
    #[error("line {line}: a quotation mark is opened here and never closed")]
    UnclosedQuote {
        /// Line where it was opened.
        line: usize,
    },
    /// Text stands after a closing quote.
    #[error("line {line}: text follows a closing quotation mark; write a quote inside quotes as \"\"")]
    TextAfterQuote {
        /// Line of the text.
        line: usize,
    },
    /// No header, or a header without rows.
    #[error("the table has {0}")]
    Empty(&'static str),
    /// A row with more or fewer cells than the header.
    #[error("line {line}: found {found} cells, expected {expected} as in the header")]
    RaggedRow {
        /// Line of the row.
        line: usize,
        /// Cells in the row.
        found: usize,
        /// Cells in the header.
        expected: usize,
    },
    /// Two columns of one name or of one meaning.
    #[error("columns `{first}` and `{second}` both mean {meaning}; keep one")]
    DuplicateColumn {
        /// The first column.
        first: String,
        /// The second column.
        second: String,
        /// What both mean.
        meaning: String,
    },
    /// The columns of no known kind of table are complete.
    #[error("columns are missing: found {found}; expected {expected}")]
    MissingColumns {
        /// The columns there are.
        found: String,
        /// The columns that would make the nearest kind complete.
        expected: String,
    },
    /// One or more cells cannot be read.
    #[error("{}", list_problems(.problems, *.more))]
    Cells {
        /// The first problems, in order of rows.
        problems: Vec<CellProblem>,
        /// How many more there are.
        more: usize,
    },
    /// The XML text is malformed, or no file of RevMan.
    #[error("line {line}: XML: {message}")]
    Xml {
        /// Line.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// The JSON text is malformed or not an array of flat objects.
    #[error("JSON: {0}")]
    Json(String),
}

fn list_problems(problems: &[CellProblem], more: usize) -> String {
    let mut text = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    if more > 0 {
        text.push_str(&format!("\nand {more} more"));
    }
    text
}

/// The numbers of one row, checked for range.
#[derive(Debug, Clone, PartialEq)]
pub enum RowData {
    /// Events and totals of two groups (metafor `ai, n1i, ci, n2i`).
    Counts {
        /// Events in group 1.
        events1: f64,
        /// Participants in group 1.
        n1: f64,
        /// Events in group 2.
        events2: f64,
        /// Participants in group 2.
        n2: f64,
    },
    /// Means and standard deviations of two groups (`m1i, sd1i, n1i, m2i, sd2i, n2i`).
    Means {
        /// Mean of group 1.
        mean1: f64,
        /// Standard deviation of group 1.
        sd1: f64,
        /// Participants in group 1.
        n1: f64,
        /// Mean of group 2.
        mean2: f64,
        /// Standard deviation of group 2.
        sd2: f64,
        /// Participants in group 2.
        n2: f64,
    },
    /// Events and person-time of two groups (`x1i, t1i, x2i, t2i`).
    PersonTime {
        /// Events in group 1.
        events1: f64,
        /// Person-time of group 1.
        time1: f64,
        /// Events in group 2.
        events2: f64,
        /// Person-time of group 2.
        time2: f64,
    },
    /// Events and total of a single group (`xi, ni`).
    Proportion {
        /// Events.
        events: f64,
        /// Participants.
        n: f64,
    },
    /// A correlation (`ri, ni`).
    Correlation {
        /// The correlation coefficient.
        r: f64,
        /// Participants.
        n: f64,
    },
    /// An effect already computed (`yi` with `vi`, `sei` or a confidence interval), on the scale of the
    /// analysis: logarithms for ratios.
    Estimate {
        /// The effect.
        effect: f64,
        /// Its sampling variance.
        variance: f64,
    },
    /// A contrast of two named treatments (`treat1, treat2, TE, seTE`), on the scale of the analysis.
    Contrast {
        /// First treatment.
        treat1: String,
        /// Second treatment.
        treat2: String,
        /// Effect of the first against the second.
        effect: f64,
        /// Its standard error.
        standard_error: f64,
    },
    /// One arm with events.
    ArmCounts {
        /// Treatment of the arm.
        treatment: String,
        /// Events.
        events: f64,
        /// Participants.
        n: f64,
    },
    /// One arm with a mean.
    ArmMeans {
        /// Treatment of the arm.
        treatment: String,
        /// Mean.
        mean: f64,
        /// Standard deviation.
        sd: f64,
        /// Participants.
        n: f64,
    },
}

/// One usable row.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialRow {
    /// Data row, counted from 1.
    pub row: usize,
    /// Line in the file.
    pub line: usize,
    /// Study label; `row N` where the table has none.
    pub study: String,
    /// The numbers.
    pub data: RowData,
    /// All other cells, by column name as written: moderators, notes, sources.
    pub extra: BTreeMap<String, String>,
}

/// A row whose numbers are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusableRow {
    /// Data row, counted from 1.
    pub row: usize,
    /// Line in the file.
    pub line: usize,
    /// Study label.
    pub study: String,
    /// The columns that hold no value.
    pub missing: Vec<String>,
}

impl fmt::Display for UnusableRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "row {} (line {}), study \"{}\": not used, no value in {}",
            self.row,
            self.line,
            self.study,
            self.missing.join(", ")
        )
    }
}

/// A table, read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialTable {
    /// What the rows are.
    pub kind: Kind,
    /// Effects were printed as ratios (column `est` with a `measure` such as RR or OR) and are kept as logarithms.
    pub ratios: bool,
    /// Numbers are written with decimal commas.
    pub decimal_comma: bool,
    /// The measure that the file itself asks for (RevMan).
    pub measure: Option<effects::EffectMeasure>,
    /// The rows that can be analysed, in the order of the file.
    pub rows: Vec<TrialRow>,
    /// The rows whose numbers are missing, in the order of the file.
    pub unusable: Vec<UnusableRow>,
    /// What was understood in another way than the reader may think: decimal commas, computed totals,
    /// columns left aside.
    pub notes: Vec<String>,
}

impl TrialTable {
    /// Reads a CSV table (separator and decimal mark are recognised).
    ///
    /// # Errors
    /// [`TableError`]; for cells, all problems at once with row and column.
    pub fn from_csv(bytes: &[u8], limits: &Limits) -> Result<Self, TableError> {
        rows::typed(&RawTable::from_csv(bytes, limits)?, None, limits)
    }

    /// As [`TrialTable::from_csv`], with the kind of table stated instead of recognised: needed where a
    /// table holds both raw counts and effects (then raw data are preferred) and the effects are wanted.
    ///
    /// # Errors
    /// [`TableError`].
    pub fn from_csv_as(bytes: &[u8], kind: Kind, limits: &Limits) -> Result<Self, TableError> {
        rows::typed(&RawTable::from_csv(bytes, limits)?, Some(kind), limits)
    }

    /// Reads a JSON array of flat objects, one object a row (or an object of columns, as R's
    /// `jsonlite::toJSON(dataframe = "columns")` writes it).
    ///
    /// # Errors
    /// [`TableError`].
    pub fn from_json(bytes: &[u8], limits: &Limits) -> Result<Self, TableError> {
        rows::typed(&RawTable::from_json(bytes, limits)?, None, limits)
    }

    /// Reads CSV or JSON, told apart by the first character.
    ///
    /// # Errors
    /// [`TableError`].
    pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, TableError> {
        rows::typed(&RawTable::from_bytes(bytes, limits)?, None, limits)
    }

    /// Types a table already split into cells.
    ///
    /// # Errors
    /// [`TableError`].
    pub fn from_raw(raw: &RawTable, kind: Option<Kind>, limits: &Limits) -> Result<Self, TableError> {
        rows::typed(raw, kind, limits)
    }
}
