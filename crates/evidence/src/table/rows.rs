//! Cells to typed rows: ranges, totals and spreads checked, problems collected.

use super::columns::Columns;
use super::number::is_missing;
use super::{
    CellProblem, Field, Kind, Limits, RawRow, RawTable, RowData, TableError, TrialRow, TrialTable,
    UnusableRow, parse_number,
};
use std::collections::BTreeMap;

/// 97.5 % point of the standard normal distribution, for confidence intervals given in place of standard errors.
const Z_95: f64 = 1.959_963_984_540_054;

pub(super) fn typed(raw: &RawTable, wanted: Option<Kind>, limits: &Limits) -> Result<TrialTable, TableError> {
    let columns = Columns::recognise(raw, wanted)?;
    let decimal_comma = uses_decimal_comma(raw, &columns);
    let mut notes = columns.notes.clone();
    if decimal_comma {
        notes.push("numbers are written with decimal commas and were read so".into());
    }
    let mut reader = Reader {
        raw,
        columns: &columns,
        decimal_comma,
        problems: Vec::new(),
        used_ci: false,
        ratios: printed_ratios(raw, &columns)?,
    };
    let mut rows = Vec::new();
    let mut unusable = Vec::new();
    for (i, row) in raw.rows.iter().enumerate() {
        let mut at = At { row: i + 1, raw: row, study: reader.study(i + 1, row), missing: Vec::new() };
        let before = reader.problems.len();
        let data = reader.data(&mut at);
        if reader.problems.len() > before {
            continue;
        }
        match data {
            Some(data) => rows.push(TrialRow {
                row: at.row,
                line: row.line,
                study: at.study,
                data,
                extra: reader.extra(row),
            }),
            None => unusable.push(UnusableRow {
                row: at.row,
                line: row.line,
                study: at.study,
                missing: at.missing,
            }),
        }
    }
    if reader.used_ci {
        notes.push(
            "variances were computed from the 95 % confidence intervals by the normal distribution: (upper - lower) / (2 * 1.96)"
                .into(),
        );
    }
    let ratios = reader.ratios;
    if ratios {
        notes.push("effects were printed as ratios and are analysed as logarithms".into());
    }
    let mut problems = reader.problems;
    if !problems.is_empty() {
        let more = problems.len().saturating_sub(limits.problems);
        problems.truncate(limits.problems);
        return Err(TableError::Cells { problems, more });
    }
    Ok(TrialTable { kind: columns.kind, ratios, decimal_comma, measure: None, rows, unusable, notes })
}

/// A table uses decimal commas where it is not separated by commas, some number cell has a comma, and none
/// has a point.
fn uses_decimal_comma(raw: &RawTable, columns: &Columns) -> bool {
    if !matches!(raw.separator, Some(';' | '\t')) {
        return false;
    }
    let text_fields = [Field::Study, Field::Treat1, Field::Treat2, Field::Treatment];
    let mut commas = false;
    for (field, &i) in &columns.index {
        if text_fields.contains(field) {
            continue;
        }
        for row in &raw.rows {
            if row.cells[i].contains('.') && !is_missing(&row.cells[i]) {
                return false;
            }
            commas |= row.cells[i].contains(',');
        }
    }
    commas
}

/// Whether the effects are ratios as papers print them: a column `est`, `estimate` or `effect` (not metafor's `yi`,
/// which is a logarithm already) beside a column `measure` that says so. Effects of different measures in one table
/// are refused: a risk ratio and an odds ratio are not two values of one thing.
fn printed_ratios(raw: &RawTable, columns: &Columns) -> Result<bool, TableError> {
    let Some(measure) = raw.header.iter().position(|h| h.eq_ignore_ascii_case("measure")) else {
        return Ok(false);
    };
    if columns.kind != Kind::Estimate {
        return Ok(false);
    }
    let mut first: Option<(&str, &RawRow)> = None;
    for (i, row) in raw.rows.iter().enumerate() {
        let cell = row.cells[measure].as_str();
        match first {
            _ if cell.is_empty() => {}
            None => first = Some((cell, row)),
            Some((name, _)) if name.eq_ignore_ascii_case(cell) => {}
            Some((name, at)) => {
                let problem = CellProblem {
                    row: i + 1,
                    line: row.line,
                    column: raw.header[measure].clone(),
                    study: columns.index.get(&Field::Study).map_or(String::new(), |&s| row.cells[s].clone()),
                    found: format!("\"{cell}\""),
                    expected: format!(
                        "{name}, the measure of line {}; different measures are never mixed, pool them apart",
                        at.line
                    ),
                };
                return Err(TableError::Cells { problems: vec![problem], more: 0 });
            }
        }
    }
    let ratio = first
        .is_some_and(|(m, _)| matches!(m.to_ascii_uppercase().as_str(), "RR" | "OR" | "HR" | "IRR" | "ROM"));
    let printed = columns.index.get(&Field::Effect).is_some_and(|&i| {
        ["est", "estimate", "effect"].iter().any(|n| raw.header[i].eq_ignore_ascii_case(n))
    });
    Ok(ratio && printed)
}

struct At<'a> {
    row: usize,
    raw: &'a RawRow,
    study: String,
    missing: Vec<String>,
}

struct Reader<'a> {
    raw: &'a RawTable,
    columns: &'a Columns,
    decimal_comma: bool,
    problems: Vec<CellProblem>,
    used_ci: bool,
    ratios: bool,
}

/// What a number must satisfy, besides being one.
#[derive(Clone, Copy, PartialEq)]
enum Range {
    Any,
    /// Zero or more: events. Fractions are allowed (imputed or weighted counts) as metafor allows them.
    NotNegative,
    /// More than zero: group sizes, person-time, standard errors.
    Positive,
    /// Zero or more; zero is kept (it becomes an error where a variance is needed).
    Deviation,
    /// Between -1 and 1.
    Correlation,
    /// More than zero: ratios.
    Ratio,
}

impl Range {
    fn complaint(self, value: f64) -> Option<&'static str> {
        match self {
            Self::Any => None,
            Self::NotNegative if value < 0.0 => Some("a count of 0 or more"),
            Self::Positive if value == 0.0 => Some(
                "more than 0 (an arm without participants or spread cannot be analysed; remove the row or correct it)",
            ),
            Self::Positive if value < 0.0 => Some("more than 0"),
            Self::Ratio if value <= 0.0 => {
                Some("a ratio above 0 (is this a logarithm? then call the column yi)")
            }
            Self::Deviation if value < 0.0 => Some("a standard deviation of 0 or more"),
            Self::Correlation if !(-1.0..=1.0).contains(&value) => Some("a correlation between -1 and 1"),
            _ => None,
        }
    }
}

impl Reader<'_> {
    /// The cell of a column by its name, where it is not empty.
    fn cell<'b>(&self, raw: &'b RawRow, name: &str) -> Option<&'b str> {
        let at = self.raw.header.iter().position(|h| h.trim().eq_ignore_ascii_case(name))?;
        raw.cells.get(at).map(|c| c.trim()).filter(|c| !is_missing(c))
    }

    fn study(&self, row: usize, raw: &RawRow) -> String {
        let label = self.columns.index.get(&Field::Study).map_or("", |&i| raw.cells[i].as_str());
        // A mere number beside an author says less than author and year.
        if (label.is_empty() || label.bytes().all(|b| b.is_ascii_digit()))
            && let Some(author) = self.cell(raw, "author")
        {
            return match self.cell(raw, "year") {
                Some(year) => format!("{author} {year}"),
                None => author.to_owned(),
            };
        }
        if label.is_empty() { format!("row {row}") } else { label.to_owned() }
    }

    fn extra(&self, row: &RawRow) -> BTreeMap<String, String> {
        let study = self.columns.index.get(&Field::Study);
        self.raw
            .header
            .iter()
            .zip(&row.cells)
            .enumerate()
            .filter(|(i, _)| Some(i) != study)
            .map(|(_, (name, cell))| (name.clone(), cell.clone()))
            .collect()
    }

    fn complain(&mut self, at: &At<'_>, field: Field, found: String, expected: impl Into<String>) {
        let column = self.columns.index.get(&field).map_or(field.name(), |&i| self.raw.header[i].as_str());
        self.problems.push(CellProblem {
            row: at.row,
            line: at.raw.line,
            column: column.to_owned(),
            study: at.study.clone(),
            found,
            expected: expected.into(),
        });
    }

    /// A number, or `None` where it is missing (noted in `at`) or wrong (noted in the problems).
    fn number(&mut self, at: &mut At<'_>, field: Field, range: Range) -> Option<f64> {
        let &i = self.columns.index.get(&field)?;
        let cell = at.raw.cells[i].as_str();
        if is_missing(cell) {
            at.missing.push(self.raw.header[i].clone());
            return None;
        }
        match parse_number(cell, self.decimal_comma) {
            Err(problem) => {
                self.complain(at, field, format!("\"{cell}\""), format!("{problem} ({})", field.describe()));
                None
            }
            Ok(value) => match range.complaint(value) {
                Some(expected) => {
                    self.complain(at, field, cell.to_owned(), expected);
                    None
                }
                None => Some(value),
            },
        }
    }

    /// Ratios and their bounds are positive.
    fn bound_range(&self) -> Range {
        if self.ratios { Range::Ratio } else { Range::Any }
    }

    fn text(&mut self, at: &mut At<'_>, field: Field) -> Option<String> {
        let &i = self.columns.index.get(&field)?;
        let cell = &at.raw.cells[i];
        if cell.is_empty() {
            self.complain(at, field, "nothing".into(), field.describe());
            return None;
        }
        Some(cell.clone())
    }

    /// Events and total of a group, from the total or from the non-events; where both are there they must agree.
    fn events_and_total(
        &mut self,
        at: &mut At<'_>,
        events: Field,
        rest: Field,
        total: Field,
    ) -> Option<(f64, f64)> {
        let x = self.number(at, events, Range::NotNegative);
        let missing_before = at.missing.len();
        let n = if self.columns.has(total) { self.number(at, total, Range::Positive) } else { None };
        let m = if self.columns.has(rest) { self.number(at, rest, Range::NotNegative) } else { None };
        let x = x?;
        if let (Some(n), Some(m)) = (n, m)
            && (x + m - n).abs() > 1e-9 * n
        {
            self.complain(
                at,
                total,
                format!("{n}"),
                format!("{} = events {x} + non-events {m}; correct one of the three", x + m),
            );
            return None;
        }
        let total_value = n.or_else(|| m.map(|m| x + m))?;
        // One of total and non-events was enough; the other may be blank.
        at.missing.truncate(missing_before);
        if total_value <= 0.0 {
            self.complain(at, events, "0 events and 0 non-events".into(), "an arm with participants");
            return None;
        }
        if x > total_value {
            self.complain(
                at,
                events,
                format!("{x} events"),
                format!("at most {total_value}, the participants of the arm (are these percentages?)"),
            );
            return None;
        }
        Some((x, total_value))
    }

    /// Whether a printed variance and a printed standard error may be of one number, each within half a unit of its last
    /// digit: a variance of 0.001 and a standard error of 0.027 are.
    fn same_but_rounded(&self, at: &At<'_>, variance: f64, standard_error: f64) -> bool {
        let half = |field: Field| {
            let cell = self.columns.index.get(&field).map_or("", |&i| at.raw.cells[i].trim());
            let digits = cell.find(['.', ',']).map_or(0, |point| cell.len() - point - 1);
            // An exponent makes the digits finer than they look: then nothing is excused.
            if cell.contains(['e', 'E']) { 0.0 } else { 0.5 * libm::pow(10.0, -(digits as f64)) }
        };
        let (dv, ds) = (half(Field::Variance), half(Field::StandardError));
        let low = (standard_error - ds).max(0.0);
        let high = standard_error + ds;
        low * low <= variance + dv && high * high >= variance - dv
    }

    fn spread(&mut self, at: &mut At<'_>, effect: Option<f64>) -> Option<f64> {
        let before = at.missing.len();
        let variance = if self.columns.has(Field::Variance) {
            self.number(at, Field::Variance, Range::Positive)
        } else {
            None
        };
        let se = if self.columns.has(Field::StandardError) {
            self.number(at, Field::StandardError, Range::Positive)
        } else {
            None
        };
        let bounds = if self.columns.has(Field::Lower) && self.columns.has(Field::Upper) {
            let lower = self.number(at, Field::Lower, self.bound_range());
            let upper = self.number(at, Field::Upper, self.bound_range());
            lower.zip(upper)
        } else {
            None
        };
        if let (Some(v), Some(s)) = (variance, se)
            && (s * s - v).abs() > 0.02 * v.max(s * s)
            && !self.same_but_rounded(at, v, s)
        {
            self.complain(
                at,
                Field::Variance,
                format!("{v}"),
                format!("the square of the standard error, {:.4e}; is this column a standard error?", s * s),
            );
            return None;
        }
        if let Some((lower, upper)) = bounds {
            if upper <= lower {
                self.complain(
                    at,
                    Field::Upper,
                    format!("{upper}"),
                    format!("more than the lower bound {lower}"),
                );
                return None;
            }
            if let Some(effect) = effect
                && !(lower..=upper).contains(&effect)
            {
                self.complain(
                    at,
                    Field::Effect,
                    format!("{effect}"),
                    format!("a value inside its confidence interval [{lower}, {upper}]"),
                );
                return None;
            }
        }
        let on = |x: f64| if self.ratios { libm::log(x) } else { x };
        let from_bounds = bounds.map(|(lower, upper)| ((on(upper) - on(lower)) / (2.0 * Z_95)).powi(2));
        let value = variance.or_else(|| se.map(|s| s * s)).or_else(|| {
            self.used_ci |= from_bounds.is_some();
            from_bounds
        })?;
        at.missing.truncate(before);
        Some(value)
    }

    fn data(&mut self, at: &mut At<'_>) -> Option<RowData> {
        match self.columns.kind {
            Kind::Counts => {
                let one = self.events_and_total(at, Field::Events1, Field::NonEvents1, Field::N1);
                let two = self.events_and_total(at, Field::Events2, Field::NonEvents2, Field::N2);
                let ((events1, n1), (events2, n2)) = (one?, two?);
                Some(RowData::Counts { events1, n1, events2, n2 })
            }
            Kind::Means => {
                let mean1 = self.number(at, Field::Mean1, Range::Any);
                let sd1 = self.number(at, Field::Sd1, Range::Deviation);
                let n1 = self.number(at, Field::N1, Range::Positive);
                let mean2 = self.number(at, Field::Mean2, Range::Any);
                let sd2 = self.number(at, Field::Sd2, Range::Deviation);
                let n2 = self.number(at, Field::N2, Range::Positive);
                Some(RowData::Means { mean1: mean1?, sd1: sd1?, n1: n1?, mean2: mean2?, sd2: sd2?, n2: n2? })
            }
            Kind::PersonTime => {
                let field = |x, fallback| if self.columns.has(x) { x } else { fallback };
                let (x1, x2) =
                    (field(Field::EventsX1, Field::Events1), field(Field::EventsX2, Field::Events2));
                let events1 = self.number(at, x1, Range::NotNegative);
                let time1 = self.number(at, Field::Time1, Range::Positive);
                let events2 = self.number(at, x2, Range::NotNegative);
                let time2 = self.number(at, Field::Time2, Range::Positive);
                Some(RowData::PersonTime {
                    events1: events1?,
                    time1: time1?,
                    events2: events2?,
                    time2: time2?,
                })
            }
            Kind::Proportion => {
                let (events, n) =
                    self.events_and_total(at, Field::EventsSingle, Field::NonEventsSingle, Field::NSingle)?;
                Some(RowData::Proportion { events, n })
            }
            Kind::Correlation => {
                let r = self.number(at, Field::Correlation, Range::Correlation);
                let n = self.number(at, Field::NSingle, Range::Positive);
                Some(RowData::Correlation { r: r?, n: n? })
            }
            Kind::Estimate => {
                let effect = self.number(at, Field::Effect, self.bound_range());
                let variance = self.spread(at, effect);
                let effect = if self.ratios { libm::log(effect?) } else { effect? };
                Some(RowData::Estimate { effect, variance: variance? })
            }
            Kind::Contrast => {
                let treat1 = self.text(at, Field::Treat1);
                let treat2 = self.text(at, Field::Treat2);
                let effect = self.number(at, Field::Effect, Range::Any);
                let variance = self.spread(at, effect);
                let (treat1, treat2) = (treat1?, treat2?);
                if treat1 == treat2 {
                    self.complain(
                        at,
                        Field::Treat2,
                        format!("\"{treat2}\""),
                        "a treatment other than the first",
                    );
                    return None;
                }
                Some(RowData::Contrast { treat1, treat2, effect: effect?, standard_error: variance?.sqrt() })
            }
            Kind::ArmCounts => {
                let treatment = self.text(at, Field::Treatment);
                let pair = self.events_and_total(at, Field::Events, Field::NonEventsSingle, Field::NSingle);
                let (events, n) = pair?;
                Some(RowData::ArmCounts { treatment: treatment?, events, n })
            }
            Kind::ArmMeans => {
                let treatment = self.text(at, Field::Treatment);
                let mean = self.number(at, Field::Mean, Range::Any);
                let sd = self.number(at, Field::Sd, Range::Deviation);
                let n = self.number(at, Field::NSingle, Range::Positive);
                Some(RowData::ArmMeans { treatment: treatment?, mean: mean?, sd: sd?, n: n? })
            }
        }
    }
}
