//! The checker on tables: published estimates, and arms of trials.

use super::{
    ArmSummary, Favours, Finding, Grim, Grimmer, Item, PValue, Printed, PrintedEstimate, PrintedGroup,
    Report, Rule, Scale, conclusion_against_significance, deviation_within_scale,
    direction_against_conclusion, duplicated_arms, grim, grimmer, implausibly_small_sd, p_against_counts,
    p_against_means, percentage_against_count, show, standard_error_against_deviation, t_against_p,
};
use crate::table::{CellProblem, RawRow, RawTable, TableError};
use std::collections::BTreeMap;

/// Cells of a table by any of several column names.
struct View<'a> {
    table: &'a RawTable,
    problems: Vec<CellProblem>,
}

impl<'a> View<'a> {
    fn find(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.table.header.iter().position(|h| h.eq_ignore_ascii_case(name)))
    }

    fn cell(&self, row: &'a RawRow, names: &[&str]) -> &'a str {
        let text = self.find(names).map_or("", |i| row.cells[i].as_str());
        if crate::table::is_missing(text) { "" } else { text }
    }

    fn read<T>(
        &mut self,
        at: usize,
        row: &'a RawRow,
        names: &[&str],
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let cell = self.cell(row, names);
        if cell.is_empty() {
            return None;
        }
        let value = parse(cell);
        if value.is_none() {
            let column = self.find(names).map_or(String::new(), |i| self.table.header[i].clone());
            self.problems.push(CellProblem {
                row: at + 1,
                line: row.line,
                column,
                study: row.cells.first().cloned().unwrap_or_default(),
                found: format!("\"{cell}\""),
                expected: expected.into(),
            });
        }
        value
    }

    fn number(&mut self, at: usize, row: &'a RawRow, names: &[&str]) -> Option<Printed> {
        self.read(at, row, names, "a number as printed", Printed::parse)
    }

    fn whole(&mut self, at: usize, row: &'a RawRow, names: &[&str]) -> Option<u64> {
        self.read(at, row, names, "a whole number", |t| t.parse().ok())
    }

    fn p(&mut self, at: usize, row: &'a RawRow) -> Option<PValue> {
        self.read(at, row, P, "a p-value between 0 and 1, as in 0.03 or <0.01", PValue::parse)
    }

    /// A printed `t` with its degrees of freedom `df` against the p-value of the row.
    fn check_t(&mut self, at: usize, row: &'a RawRow, p: Option<PValue>, item: &mut Item) {
        let t = self.number(at, row, T);
        let df = self.read(at, row, DF, "degrees of freedom above 0", |text| {
            text.parse::<f64>().ok().filter(|df| *df > 0.0 && df.is_finite())
        });
        if let (Some(t), Some(df), Some(p)) = (t, df, p) {
            item.checkable = true;
            item.findings.extend(t_against_p(t, df, p));
        }
    }

    fn subject(&self, row: &'a RawRow) -> String {
        let study = self.cell(row, STUDY);
        let parts = [study, self.cell(row, &["outcome"]), self.cell(row, &["timepoint"])];
        parts.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join(", ")
    }

    fn finish(self, report: Report) -> Result<Report, TableError> {
        if self.problems.is_empty() {
            Ok(report)
        } else {
            Err(TableError::Cells { problems: self.problems, more: 0 })
        }
    }
}

const STUDY: &[&str] = &["id", "review", "study", "trial", "slab", "studlab"];
const ESTIMATE: &[&str] = &["est", "estimate", "effect", "yi"];
const LOWER: &[&str] = &["lo", "lower", "ci.lb", "ci_lower"];
const UPPER: &[&str] = &["hi", "upper", "ci.ub", "ci_upper"];
const T: &[&str] = &["t", "t_value", "tval"];
const DF: &[&str] = &["df", "t_df", "dfs"];
const P: &[&str] = &["p_reported", "p_value", "pval", "p"];

/// Checks whichever kind of table it is.
///
/// # Errors
/// [`TableError`] where the columns of neither kind are there, or a cell is not what its column says.
pub fn check_table(table: &RawTable) -> Result<Report, TableError> {
    let view = View { table, problems: Vec::new() };
    if view.find(LOWER).is_some() && view.find(UPPER).is_some() {
        check_estimates(table)
    } else if view.find(&["n"]).is_some()
        && (view.find(&["events"]).is_some() || view.find(&["mean"]).is_some())
    {
        check_arms(table)
    } else if [T, DF, P].iter().all(|names| view.find(names).is_some())
        && view.find(&["n1i", "n.e"]).is_none()
    {
        check_statistics(table)
    } else {
        check_wide(table)
    }
}

/// Checks printed t statistics: columns `t`, `df` and `p` (or `p_reported`).
///
/// # Errors
/// [`TableError`] for cells that are not what their column says.
pub fn check_statistics(table: &RawTable) -> Result<Report, TableError> {
    let mut view = View { table, problems: Vec::new() };
    let mut report = Report::default();
    for (at, row) in table.rows.iter().enumerate() {
        let p = view.p(at, row);
        let mut item = Item {
            row: at + 1,
            line: row.line,
            subject: view.subject(row),
            checkable: false,
            findings: Vec::new(),
        };
        view.check_t(at, row, p, &mut item);
        report.items.push(item);
    }
    view.finish(report)
}

/// Checks published estimates: columns `est`, `lo`, `hi`, `measure`, and where they exist `p_reported`,
/// `level`, `favours` (`experimental`, `comparator`, `neither`), `higher_is_better` (`true`, `false`), `t` and `df`.
/// Rows without estimate or interval are kept as not checkable.
///
/// # Errors
/// [`TableError`] for missing columns and for cells that are not what their column says.
pub fn check_estimates(table: &RawTable) -> Result<Report, TableError> {
    let mut view = View { table, problems: Vec::new() };
    for (names, what) in
        [(ESTIMATE, "estimate"), (LOWER, "lower bound"), (UPPER, "upper bound"), (&["measure"], "measure")]
    {
        if view.find(names).is_none() {
            return Err(missing(table, &format!("a column `{}` ({what})", names[0])));
        }
    }
    let mut report = Report::default();
    for (at, row) in table.rows.iter().enumerate() {
        let estimate = view.number(at, row, ESTIMATE);
        let lower = view.number(at, row, LOWER);
        let upper = view.number(at, row, UPPER);
        let p = view.p(at, row);
        let scale = view.read(
            at,
            row,
            &["measure"],
            "a measure such as OR, RR, HR, MD, WMD, SMD or RD",
            Scale::of_measure,
        );
        let level = view.read(at, row, &["level"], "a confidence level between 0 and 1", |t| {
            t.parse::<f64>().ok().filter(|l| *l > 0.0 && *l < 1.0)
        });
        let favours = view.read(at, row, &["favours"], "experimental, comparator or neither", Favours::parse);
        let higher = view.read(at, row, &["higher_is_better"], "true or false", |t| t.parse::<bool>().ok());
        let mut item = Item {
            row: at + 1,
            line: row.line,
            subject: view.subject(row),
            checkable: false,
            findings: Vec::new(),
        };
        if let (Some(estimate), Some(lower), Some(upper), Some(scale)) = (estimate, lower, upper, scale) {
            item.checkable = true;
            let printed = PrintedEstimate { scale, estimate, lower, upper, level: level.unwrap_or(0.95), p };
            item.findings = printed.check();
            if let Some(favours) = favours {
                if let Some(higher) = higher {
                    item.findings.extend(direction_against_conclusion(estimate, scale, higher, favours));
                }
                item.findings.extend(conclusion_against_significance(lower, upper, scale, favours));
            }
        }
        view.check_t(at, row, p, &mut item);
        report.items.push(item);
    }
    view.finish(report)
}

fn missing(table: &RawTable, expected: &str) -> TableError {
    let found = table.header.iter().map(|h| format!("`{h}`")).collect::<Vec<_>>().join(", ");
    TableError::MissingColumns { found, expected: expected.to_owned() }
}

/// One arm with what it prints.
struct Arm {
    item: usize,
    n: Option<u64>,
    events: Option<u64>,
    group: Option<(Printed, Printed)>,
    p: Option<PValue>,
}

/// Checks trial arms, one a row: columns `trial`, `n`, and `events` (with `percent` and `p_reported` where
/// printed) or `mean` and `sd` (with `p_reported`, `se`, `items` for whole-number scores, `scale_min` and
/// `scale_max`), also `t` and `df`. Rows of one trial, outcome and time are compared with each other, all rows for duplicates.
///
/// # Errors
/// [`TableError`] for missing columns and for cells that are not what their column says.
pub fn check_arms(table: &RawTable) -> Result<Report, TableError> {
    let mut view = View { table, problems: Vec::new() };
    if view.find(STUDY).is_none() || view.find(&["n"]).is_none() {
        return Err(missing(table, "columns `trial` and `n`"));
    }
    let mut report = Report::default();
    let mut groups: BTreeMap<String, Vec<Arm>> = BTreeMap::new();
    let mut summaries = Vec::new();
    for (at, row) in table.rows.iter().enumerate() {
        let n = view.whole(at, row, &["n"]);
        let events = view.whole(at, row, &["events"]);
        let percent = view.number(at, row, &["percent"]);
        let mean = view.number(at, row, &["mean"]);
        let sd = view.number(at, row, &["sd"]);
        let p = view.p(at, row);
        let items = view.whole(at, row, &["items"]);
        let scale_min = view.number(at, row, &["scale_min"]);
        let scale_max = view.number(at, row, &["scale_max"]);
        let subject = view.subject(row);
        let mut item = Item {
            row: at + 1,
            line: row.line,
            subject: subject.clone(),
            checkable: false,
            findings: Vec::new(),
        };
        if let (Some(n), Some(events)) = (n, events) {
            if events > n {
                item.checkable = true;
                item.findings.push(Finding::new(
                    Rule::PercentageAgainstCount,
                    format!("{events} events among {n} participants are impossible."),
                ));
            } else if let Some(percent) = percent {
                item.checkable = true;
                item.findings.extend(percentage_against_count(events, n, percent));
            }
        }
        if let (Some(n), Some(mean), Some(sd)) = (n, mean, sd) {
            check_group(&mut item, PrintedGroup { mean, sd, n }, items, scale_min.zip(scale_max));
        }
        let se = view.number(at, row, &["se"]);
        if let (Some(n), Some(sd), Some(se)) = (n, sd, se) {
            item.checkable = true;
            item.findings.extend(standard_error_against_deviation(sd, se, n));
        }
        view.check_t(at, row, p, &mut item);
        if let (Some(mean), Some(sd)) = (mean, sd) {
            let arm = view.cell(row, &["arm"]);
            let place = format!("arm {arm}, {}", view.cell(row, &["timepoint"]));
            let outcome = view.cell(row, &["outcome"]).to_owned();
            let study = view.cell(row, STUDY).to_owned();
            summaries.push(ArmSummary { row: at, study, place, outcome, n, mean, sd });
        }
        groups.entry(subject).or_default().push(Arm { item: at, n, events, group: mean.zip(sd), p });
        report.items.push(item);
    }
    for arms in groups.values() {
        compare_arms(arms, &mut report);
    }
    for (row, finding) in duplicated_arms(&summaries) {
        report.items[row].checkable = true;
        report.items[row].findings.push(finding);
    }
    view.finish(report)
}

fn check_group(item: &mut Item, group: PrintedGroup, items: Option<u64>, scale: Option<(Printed, Printed)>) {
    if let Some((lo, hi)) = scale {
        item.checkable = true;
        item.findings.extend(deviation_within_scale(group, lo.value(), hi.value()));
    }
    let Some(items) = items else { return };
    item.checkable = true;
    if let Some(Grim::Inconsistent { below, above }) = grim(group.mean, group.n, items) {
        item.findings.push(Finding::new(
            Rule::Grim,
            format!(
                "No {} whole-number scores have the mean {}: the nearest possible are {} and {}.",
                group.n,
                group.mean,
                show(below),
                show(above)
            ),
        ));
    } else if grimmer(group.mean, group.sd, group.n, items, None) == Some(Grimmer::DeviationInconsistent) {
        item.findings.push(Finding::new(
            Rule::Grimmer,
            format!(
                "No {} whole-number scores have the mean {} with the standard deviation {}.",
                group.n, group.mean, group.sd
            ),
        ));
    }
}

/// A printed p-value stands with the arm that is compared; with two arms on either.
fn compare_arms(arms: &[Arm], report: &mut Report) {
    for (i, b) in arms.iter().enumerate() {
        for a in &arms[..i] {
            let item = &mut report.items[b.item];
            if let (Some((m1, s1)), Some((m2, s2))) = (a.group, b.group) {
                // Sizes do not matter for the overlap.
                let one = PrintedGroup { mean: m1, sd: s1, n: a.n.unwrap_or(0) };
                let two = PrintedGroup { mean: m2, sd: s2, n: b.n.unwrap_or(0) };
                item.checkable = true;
                item.findings.extend(implausibly_small_sd(one, two));
            }
            let p = match arms.len() {
                2 => a.p.or(b.p),
                _ => b.p,
            };
            let (Some(p), Some(n1), Some(n2)) = (p, a.n, b.n) else { continue };
            if let (Some(x1), Some(x2)) = (a.events, b.events)
                && x1 <= n1
                && x2 <= n2
            {
                item.checkable = true;
                item.findings.extend(p_against_counts(x1, n1, x2, n2, p));
            }
            if let (Some((m1, s1)), Some((m2, s2))) = (a.group, b.group) {
                item.checkable = true;
                let one = PrintedGroup { mean: m1, sd: s1, n: n1 };
                let two = PrintedGroup { mean: m2, sd: s2, n: n2 };
                item.findings.extend(p_against_means(one, two, p));
            }
        }
    }
}

/// Checks a table with both groups in a row (metafor's columns), by turning each row into two arms.
fn check_wide(table: &RawTable) -> Result<Report, TableError> {
    let view = View { table, problems: Vec::new() };
    let pick = |names: &[&str]| view.find(names);
    let one =
        [pick(&["n1i", "n.e"]), pick(&["ai", "event.e"]), pick(&["m1i", "mean.e"]), pick(&["sd1i", "sd.e"])];
    let two =
        [pick(&["n2i", "n.c"]), pick(&["ci", "event.c"]), pick(&["m2i", "mean.c"]), pick(&["sd2i", "sd.c"])];
    if one[0].is_none() || two[0].is_none() {
        return Err(missing(
            table,
            "columns to check: `est`, `lo`, `hi` and `measure`; or `trial`, `n` and `events` or `mean`, `sd`; or `n1i`, `n2i` with `ai`, `ci` or `m1i`, `sd1i`, `m2i`, `sd2i`; or `t`, `df` and `p`",
        ));
    }
    // What both groups share, and where it is written in this table.
    let shared: [(&str, &[&str]); 6] = [
        ("outcome", &["outcome"]),
        ("p_reported", P),
        ("items", &["items"]),
        ("scale_min", &["scale_min"]),
        ("scale_max", &["scale_max"]),
        ("df", DF),
    ];
    let mut header = vec!["trial".to_owned()];
    header.extend(shared.iter().map(|(name, _)| (*name).to_owned()));
    header.extend(["t", "n", "events", "mean", "sd", "arm"].map(str::to_owned));
    let mut long = RawTable { header, rows: Vec::new(), separator: table.separator };
    for (at, row) in table.rows.iter().enumerate() {
        let study = view.cell(row, STUDY);
        let study = if study.is_empty() { format!("row {}", at + 1) } else { study.to_owned() };
        for (arm, columns) in [("1", one), ("2", two)] {
            let mut cells = vec![study.clone()];
            cells.extend(shared.iter().map(|(_, names)| view.cell(row, names).to_owned()));
            // One t belongs to both groups: it is checked once.
            cells.push(if arm == "1" { view.cell(row, T).to_owned() } else { String::new() });
            cells.extend(columns.iter().map(|c| c.map_or(String::new(), |i| row.cells[i].clone())));
            cells.push(arm.to_owned());
            long.rows.push(RawRow { line: row.line, cells });
        }
    }
    let halves = check_arms(&long)?;
    let mut report = Report::default();
    for (at, pair) in halves.items.chunks(2).enumerate() {
        let mut item = Item { row: at + 1, ..pair[0].clone() };
        for half in &pair[1..] {
            item.checkable |= half.checkable;
            item.findings.extend(half.findings.iter().cloned());
        }
        report.items.push(item);
    }
    Ok(report)
}
