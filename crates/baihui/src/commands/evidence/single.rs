//! Statistics of a single patient from a table.

use super::section::{Section, Value, csv};
use super::{EvidenceError, Printed, raw_table, write_figure};
use baihui_evidence::outcome_stats::{
    ImportantChange, OutcomeError, Verdict, classify_change, fit_recovery, minimal_detectable_change,
    reliable_change,
};
use baihui_evidence::single_case::{
    Alternative, Assignments, Baseline, Improvement, NapError, PairedBlock, Phases, SingleCaseError,
    StartScheme, ird, multiple_baseline_test, nap, paired_blocks, pand, pem, piecewise_ols, pnd, smd,
    start_point_test, tau, tau_bc, tau_u,
};
use baihui_evidence::table::{RawTable, parse_number};
use baihui_report::stat::{StatFigureError, single_case};
use clap::{Args, Subcommand, ValueEnum};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What to say of a single patient.
#[derive(Debug, Subcommand)]
pub(crate) enum SingleCommand {
    /// Change from before to after: reliable? important? (columns patient, before, after)
    #[command(after_help = "Examples:
  baihui evidence single change scores.csv --sd 7.5 --reliability 0.8
  baihui evidence single change fma.csv --sd 12 --reliability 0.95 --mcid 5.25 --mcid-source 'Page 2012, chronic stroke'

The smallest important change depends on scale, phase and severity: it is never assumed, and its source is printed.")]
    Change {
        /// The table.
        file: PathBuf,
        /// Standard deviation of the scale in its norm sample, in points.
        #[arg(long, value_name = "POINTS")]
        sd: f64,
        /// Test-retest reliability of the scale, 0 to 1.
        #[arg(long, value_name = "R")]
        reliability: f64,
        /// Smallest important improvement, in points.
        #[arg(long, value_name = "POINTS", requires = "mcid_source")]
        mcid: Option<f64>,
        /// Smallest important worsening, in points, where it differs.
        #[arg(long, value_name = "POINTS", requires = "mcid")]
        mcid_worse: Option<f64>,
        /// Where the smallest important change comes from.
        #[arg(long, value_name = "TEXT")]
        mcid_source: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// A baseline and a treatment phase: overlap, Tau-U, level and slope, randomisation test (columns phase, value; time,
    /// case)
    #[command(after_help = "Examples:
  baihui evidence single phases diary.csv --better down
  baihui evidence single phases diary.csv --starts 5,6,7,8,9 -o chart.svg
  baihui evidence single phases four-cases.csv --permuted

A randomisation test is made only of what was randomised: --starts for the start points that were drawn from, --permuted
where the start points were shared out among the cases by lot.")]
    Phases {
        /// The table.
        file: PathBuf,
        /// Sessions (from 1) from which the start of treatment was drawn by lot.
        #[arg(long, value_name = "N,...", value_delimiter = ',', conflicts_with = "permuted")]
        starts: Vec<usize>,
        /// The start points were shared out among the cases by lot (multiple baselines).
        #[arg(long)]
        permuted: bool,
        /// Seed of random assignments where there are too many to try.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        chart: Chart,
    },
    /// Blocks of an n-of-1 trial, order by lot: paired t and randomisation test (columns block, treatment, value)
    #[command(after_help = "Example:
  baihui evidence single blocks n-of-1.csv")]
    Blocks {
        /// The table.
        file: PathBuf,
        /// Seed of random assignments where there are too many to try.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        #[command(flatten)]
        common: Common,
    },
    /// Course of recovery: exponential approach to a plateau with its bands (columns time, value)
    #[command(after_help = "Example:
  baihui evidence single recovery fma.csv --range 0,66 -o recovery.svg")]
    Recovery {
        /// The table.
        file: PathBuf,
        /// Ends of the scale; the bands are cut there.
        #[arg(
            long,
            value_name = "LOW,HIGH",
            value_delimiter = ',',
            num_args = 1,
            allow_hyphen_values = true
        )]
        range: Vec<f64>,
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        chart: Chart,
    },
}

/// What all have.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// Which direction is better.
    #[arg(long, value_enum, default_value = "up")]
    better: Better,
    /// Print JSON: the same as --format json.
    #[arg(long)]
    json: bool,
    /// What to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Printed,
}

/// The chart.
#[derive(Debug, Clone, Args)]
pub(crate) struct Chart {
    /// Write the chart here (.svg or .png).
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Name of the outcome on the chart.
    #[arg(long, default_value = "Score")]
    outcome_name: String,
    #[command(flatten)]
    look: super::figures::LookArgs,
}

/// Direction of improvement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Better {
    /// Larger values are better.
    Up,
    /// Smaller values are better.
    Down,
}

impl Better {
    fn improvement(self) -> Improvement {
        match self {
            Self::Up => Improvement::Increase,
            Self::Down => Improvement::Decrease,
        }
    }
}

const LEVEL: f64 = 0.95;
/// Assignments tried one by one before they are sampled, and the number of samples.
const MAX_EXACT: u64 = 200_000;
const DRAWS: u64 = 20_000;

pub(super) fn run(command: SingleCommand, out: &mut dyn Write) -> Result<(), EvidenceError> {
    let (sections, common) = match command {
        SingleCommand::Change { file, sd, reliability, mcid, mcid_worse, mcid_source, common } => {
            let important = mcid.map(|improvement| ImportantChange {
                improvement,
                worsening: mcid_worse,
                direction: common.better.improvement(),
            });
            (vec![change(&file, sd, reliability, important.zip(mcid_source))?], common)
        }
        SingleCommand::Phases { file, starts, permuted, seed, common, chart } => {
            let cases = cases(&file)?;
            let sections = phases(&file, &cases, &starts, permuted, seed, common.better)?;
            if let Some(path) = &chart.output {
                if cases.len() > 1 {
                    return Err(EvidenceError::Argument(format!(
                        "{}: one chart shows one case; there are {}",
                        file.display(),
                        cases.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ")
                    )));
                }
                write_figure(Some(path), &phase_chart(&cases[0], &title(&file), &chart)?, out)?;
            }
            (sections, common)
        }
        SingleCommand::Blocks { file, seed, common } => (vec![blocks(&file, seed)?], common),
        SingleCommand::Recovery { file, range, common, chart } => {
            let bounds = match range.as_slice() {
                [] => None,
                [low, high] => Some((*low, *high)),
                _ => return Err(EvidenceError::Argument("--range needs two numbers, as 0,66".into())),
            };
            (vec![recovery(&file, bounds, &chart, out)?], common)
        }
    };
    let format = if common.json { Printed::Json } else { common.format };
    match format {
        Printed::Table => {
            for section in &sections {
                write!(out, "{}", section.text().trim_start_matches('\n'))?;
            }
        }
        Printed::Csv => out.write_all(csv(&sections).as_bytes())?,
        Printed::Json => {
            let all: serde_json::Map<String, serde_json::Value> =
                sections.iter().map(|s| (s.key.to_owned(), s.json())).collect();
            writeln!(out, "{}", serde_json::Value::Object(all))?;
        }
    }
    Ok(())
}

fn title(path: &Path) -> String {
    path.file_stem().map_or(String::new(), |s| s.to_string_lossy().into_owned())
}

fn wrong(path: &Path, message: impl std::fmt::Display) -> EvidenceError {
    EvidenceError::Single { path: path.display().to_string(), message: message.to_string() }
}

/// A table with columns looked up by the names that people use.
struct Columns<'a> {
    path: &'a Path,
    table: RawTable,
    comma: bool,
}

impl<'a> Columns<'a> {
    fn read(path: &'a Path) -> Result<Self, EvidenceError> {
        let table = raw_table(path)?;
        if table.rows.is_empty() {
            return Err(wrong(path, "there are no rows"));
        }
        // Where the separator is no comma, a comma is a decimal mark.
        let comma = table.separator.is_some_and(|s| s != ',');
        Ok(Self { path, table, comma })
    }

    fn find(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|n| self.table.header.iter().position(|h| h.trim().eq_ignore_ascii_case(n)))
    }

    fn need(&self, names: &[&str]) -> Result<usize, EvidenceError> {
        self.find(names).ok_or_else(|| {
            wrong(
                self.path,
                format!(
                    "there is no column `{}` (or {}); there are {}",
                    names[0],
                    names[1..].join(", "),
                    self.table.header.join(", ")
                ),
            )
        })
    }

    fn number(&self, row: usize, column: usize) -> Result<f64, EvidenceError> {
        let raw = &self.table.rows[row];
        let cell = raw.cells.get(column).map_or("", String::as_str);
        parse_number(cell, self.comma).map_err(|problem| {
            wrong(
                self.path,
                format!(
                    "row {} (line {}), column `{}`: found {}, expected {problem}",
                    row + 1,
                    raw.line,
                    self.table.header[column],
                    if cell.is_empty() { "nothing".to_owned() } else { format!("\"{cell}\"") }
                ),
            )
        })
    }

    fn text(&self, row: usize, column: usize) -> String {
        self.table.rows[row].cells.get(column).map_or(String::new(), |c| c.trim().to_owned())
    }
}

const VALUE: &[&str] = &["value", "values", "score", "y", "outcome"];
const TIME: &[&str] = &["time", "mt", "session", "day", "week", "days", "weeks"];
const CASE: &[&str] = &["case", "patient", "id", "subject"];

fn change(
    path: &Path,
    sd: f64,
    reliability: f64,
    important: Option<(ImportantChange, String)>,
) -> Result<Section, EvidenceError> {
    let t = Columns::read(path)?;
    let (before, after) =
        (t.need(&["before", "pre", "baseline", "x1"])?, t.need(&["after", "post", "end", "x2"])?);
    let name = t.find(CASE);
    let of = |e: OutcomeError| wrong(path, e);
    let limit = minimal_detectable_change(sd, reliability, LEVEL).map_err(of)?;
    let mut rows = Vec::new();
    for i in 0..t.table.rows.len() {
        let (x1, x2) = (t.number(i, before)?, t.number(i, after)?);
        let r = reliable_change(x1, x2, sd, reliability, LEVEL)
            .map_err(|e| wrong(path, format!("row {}: {e}", i + 1)))?;
        let verdict = match &important {
            None => String::new(),
            Some((important, _)) => match classify_change(x1, x2, important, limit.mdc).map_err(of)? {
                Verdict::Improved => "improved",
                Verdict::ImprovedWithinError => "improved, but within measurement error",
                Verdict::Unchanged => "no important change",
                Verdict::WorseWithinError => "worse, but within measurement error",
                Verdict::Worse => "worse",
            }
            .to_owned(),
        };
        rows.push(vec![
            Value::Text(name.map_or_else(|| format!("row {}", i + 1), |c| t.text(i, c))),
            Value::Number(x1),
            Value::Number(x2),
            Value::Number(x2 - x1),
            Value::Number(r.rci),
            Value::Text(if r.reliable { "yes" } else { "no" }.into()),
            Value::Text(verdict),
        ]);
    }
    let mut notes = vec![
        format!(
            "SD {sd}, reliability {reliability}: standard error of measurement {:.4}, minimal detectable change (95 %) {:.4}.",
            limit.sem, limit.mdc
        ),
        "Reliable: |RCI| above 1.96 (Jacobson and Truax 1991).".into(),
    ];
    if let Some((important, source)) = important {
        notes.push(format!("Smallest important improvement {} ({source}).", important.improvement));
    }
    Ok(Section {
        key: "change",
        title: "Change of single patients".into(),
        columns: vec![
            ("patient", "patient"),
            ("before", "before"),
            ("after", "after"),
            ("change", "change"),
            ("rci", "RCI"),
            ("reliable", "reliable"),
            ("verdict", "important"),
        ],
        rows,
        notes,
    })
}

/// One patient in two phases.
struct Case {
    name: String,
    a: Vec<[f64; 2]>,
    b: Vec<[f64; 2]>,
    labels: [String; 2],
}

/// The cases of a table in order of appearance: all of phase A, then all of phase B, each in order of time.
fn cases(path: &Path) -> Result<Vec<Case>, EvidenceError> {
    let t = Columns::read(path)?;
    let (phase, value) = (t.need(&["phase", "condition"])?, t.need(VALUE)?);
    let (time, case) = (t.find(TIME), t.find(CASE));
    let mut out: Vec<Case> = Vec::new();
    for i in 0..t.table.rows.len() {
        let name = case.map_or_else(|| "case".to_owned(), |c| t.text(i, c));
        let at = out.iter().position(|c| c.name == name).unwrap_or_else(|| {
            let labels = [String::new(), String::new()];
            out.push(Case { name: name.clone(), a: Vec::new(), b: Vec::new(), labels });
            out.len() - 1
        });
        let case = &mut out[at];
        let position = (case.a.len() + case.b.len() + 1) as f64;
        let point = [time.map_or(Ok(position), |c| t.number(i, c))?, t.number(i, value)?];
        let label = t.text(i, phase);
        let refused = |what: &str| {
            wrong(
                path,
                format!(
                    "row {} (line {}), column `{}`: {what}",
                    i + 1,
                    t.table.rows[i].line,
                    t.table.header[phase]
                ),
            )
        };
        if label.is_empty() {
            return Err(refused("found nothing, expected the name of a phase, as A or B"));
        }
        if case.labels[0].is_empty() {
            case.labels[0] = label.clone();
        }
        if label == case.labels[0] {
            if !case.b.is_empty() {
                return Err(refused("the baseline comes back; only two phases, A then B, are analysed"));
            }
            case.a.push(point);
        } else {
            if case.labels[1].is_empty() {
                case.labels[1] = label.clone();
            }
            if label != case.labels[1] {
                return Err(refused(&format!("a third phase \"{label}\"; only two, A then B, are analysed")));
            }
            case.b.push(point);
        }
        let all: Vec<f64> = case.a.iter().chain(&case.b).map(|p| p[0]).collect();
        if all.windows(2).any(|w| w[1] <= w[0]) {
            return Err(wrong(
                path,
                format!("row {}: time {} does not follow the time before it", i + 1, point[0]),
            ));
        }
    }
    if let Some(case) = out.iter().find(|c| c.b.is_empty()) {
        return Err(wrong(
            path,
            format!("{}: there is one phase, \"{}\"; two are needed", case.name, case.labels[0]),
        ));
    }
    Ok(out)
}

fn phases(
    path: &Path,
    cases: &[Case],
    starts: &[usize],
    permuted: bool,
    seed: u64,
    better: Better,
) -> Result<Vec<Section>, EvidenceError> {
    let of = |e: SingleCaseError| wrong(path, e);
    let values = |points: &[[f64; 2]]| points.iter().map(|p| p[1]).collect::<Vec<f64>>();
    let series = |c: &Case| c.a.iter().chain(&c.b).map(|p| p[1]).collect::<Vec<f64>>();
    let mut rows = Vec::new();
    let mut notes = Vec::new();
    for case in cases {
        let p = Phases::new(&values(&case.a), &values(&case.b), better.improvement()).map_err(of)?;
        let mut row = |index: &str, estimate: f64, se: Option<f64>, interval: Option<(f64, f64)>| {
            rows.push(vec![
                Value::Text(case.name.clone()),
                Value::Text(index.into()),
                Value::Number(estimate),
                Value::number(se),
                Value::number(interval.map(|i| i.0)),
                Value::number(interval.map(|i| i.1)),
            ]);
        };
        let n = nap(&p, NapError::Unbiased, LEVEL).map_err(of)?;
        row("NAP", n.estimate, n.se, Some(n.interval));
        let t = tau(&p, NapError::Unbiased, LEVEL).map_err(of)?;
        row("Tau", t.estimate, t.se, Some(t.interval));
        match tau_bc(&p, NapError::Unbiased, LEVEL) {
            Ok(t) => row("Tau-BC (baseline trend taken off)", t.estimate, t.se, Some(t.interval)),
            Err(e) => notes.push(format!("{}: Tau-BC not computed, {e}.", case.name)),
        }
        row("Tau-U (A against B, less trend A)", tau_u(&p), None, None);
        row("PND", pnd(&p), None, None);
        row("PEM", pem(&p), None, None);
        row("PAND", pand(&p), None, None);
        row("IRD", ird(&p), None, None);
        match smd(&p, LEVEL) {
            Ok(e) => row("standardised mean difference (SD of A)", e.estimate, Some(e.se), Some(e.interval)),
            Err(e) => notes.push(format!("{}: standardised mean difference not computed, {e}.", case.name)),
        }
        if let Ok(fit) = piecewise_ols(&series(case), case.a.len() + 1) {
            row(
                "change of level (piecewise line)",
                fit.level_change.estimate,
                Some(fit.level_change.se),
                None,
            );
            row(
                "change of slope (piecewise line)",
                fit.slope_change.estimate,
                Some(fit.slope_change.se),
                None,
            );
        }
    }
    notes.push(
        "Overlap does not tell treatment from trend: read NAP and Tau beside Tau-BC. Tau-U has no fixed range \
         (Tarlow 2017). Indices are turned so that more is better; the lines are on the scale as measured."
            .into(),
    );
    let title = cases.iter().map(|c| {
        format!("{}: {} measurements of {}, {} of {}", c.name, c.a.len(), c.labels[0], c.b.len(), c.labels[1])
    });
    let mut out = vec![Section {
        key: "phases",
        title: title.collect::<Vec<_>>().join("; "),
        columns: vec![
            ("case", "case"),
            ("term", "index"),
            ("estimate", "estimate"),
            ("se", "se"),
            ("ci.lb", "lower"),
            ("ci.ub", "upper"),
        ],
        rows,
        notes,
    }];
    let alternative = match better {
        Better::Up => Alternative::Greater,
        Better::Down => Alternative::Less,
    };
    let result = if permuted {
        let baselines: Vec<Baseline> =
            cases.iter().map(|c| Baseline { y: series(c), start: c.a.len() + 1 }).collect();
        let assignments = Assignments { max_exact: MAX_EXACT, draws: DRAWS, seed };
        Some((
            "start points shared out by lot (Wampold and Worsham 1986)",
            multiple_baseline_test(&baselines, &StartScheme::Permuted, alternative, assignments)
                .map_err(of)?,
        ))
    } else if starts.is_empty() {
        None
    } else {
        let [case] = cases else {
            return Err(wrong(path, "--starts is for one case; several need --permuted"));
        };
        Some((
            "random start of treatment (Edgington 1975)",
            start_point_test(&series(case), starts, case.a.len() + 1, alternative).map_err(of)?,
        ))
    };
    match result {
        Some((design, r)) => out.push(Section {
            key: "randomisation",
            title: "Randomisation test".into(),
            columns: vec![
                ("design", "design"),
                ("statistic", "mean B − mean A"),
                ("assignments", "assignments"),
                ("pval", "p"),
            ],
            rows: vec![vec![
                Value::Text(design.into()),
                Value::Number(r.statistic),
                Value::Number(r.possible),
                Value::P(r.p),
            ]],
            notes: vec![if r.exact {
                format!(
                    "All {} assignments were tried; p cannot be below {:.4}.",
                    r.examined,
                    1.0 / r.possible
                )
            } else {
                format!("{} random assignments, seed {seed}.", r.examined)
            }],
        }),
        None => {
            if let Some(first) = out.first_mut() {
                first.notes.push(
                    "No randomisation test: nothing is said of what was randomised (--starts or --permuted)."
                        .into(),
                );
            }
        }
    }
    Ok(out)
}

fn phase_chart(case: &Case, title: &str, chart: &Chart) -> Result<String, StatFigureError> {
    let [a, b] = &case.labels;
    single_case::svg(
        &single_case::SingleCase {
            title: title.to_owned(),
            time: "Time".into(),
            outcome: chart.outcome_name.clone(),
            phases: vec![
                single_case::Phase { label: a.clone(), points: case.a.clone() },
                single_case::Phase { label: b.clone(), points: case.b.clone() },
            ],
            band: None,
            footer: Vec::new(),
        },
        chart.look.look(),
    )
}

fn blocks(path: &Path, seed: u64) -> Result<Section, EvidenceError> {
    let t = Columns::read(path)?;
    let block = t.need(&["block", "cycle", "pair"])?;
    let treatment = t.need(&["treatment", "condition", "arm", "phase"])?;
    let value = t.need(VALUE)?;
    let mut names: Vec<String> = (0..t.table.rows.len()).map(|i| t.text(i, treatment)).collect();
    names.sort_unstable();
    names.dedup();
    let [a, b] = names.as_slice() else {
        return Err(wrong(
            path,
            format!("two treatments are compared; there are {}: {}", names.len(), names.join(", ")),
        ));
    };
    // Means of each treatment in each block, blocks in the order of the table.
    let mut found: Vec<(String, [(f64, f64); 2])> = Vec::new();
    for i in 0..t.table.rows.len() {
        let name = t.text(i, block);
        let at = found.iter().position(|f| f.0 == name).unwrap_or_else(|| {
            found.push((name.clone(), [(0.0, 0.0); 2]));
            found.len() - 1
        });
        let cell = &mut found[at].1[usize::from(t.text(i, treatment) == *b)];
        cell.0 += t.number(i, value)?;
        cell.1 += 1.0;
    }
    let mut pairs = Vec::new();
    for (name, [first, second]) in &found {
        for (label, (_, n)) in [(a, first), (b, second)] {
            if *n == 0.0 {
                return Err(wrong(path, format!("block {name} has no value of {label}")));
            }
        }
        pairs.push(PairedBlock { a: first.0 / first.1, b: second.0 / second.1 });
    }
    let assignments = Assignments { max_exact: MAX_EXACT, draws: DRAWS, seed };
    let r = paired_blocks(&pairs, LEVEL, assignments).map_err(|e| wrong(path, e))?;
    let rows = vec![vec![
        Value::Text(format!("{a} − {b}")),
        Value::Count(pairs.len()),
        Value::Number(r.mean),
        Value::Number(r.interval.0),
        Value::Number(r.interval.1),
        Value::Number(r.t),
        Value::Number(r.df),
        Value::P(r.p),
        Value::P(r.randomisation.p),
    ]];
    Ok(Section {
        key: "blocks",
        title: "Blocks of an n-of-1 trial".into(),
        columns: vec![
            ("term", "difference"),
            ("blocks", "blocks"),
            ("estimate", "mean"),
            ("ci.lb", "lower"),
            ("ci.ub", "upper"),
            ("statistic", "t"),
            ("df", "df"),
            ("pval", "p of t"),
            ("pval.randomisation", "p by lot"),
        ],
        rows,
        notes: vec![format!(
            "p by lot: {} orders of the blocks{}, two-sided; valid only where the order within each block was drawn.",
            r.randomisation.examined,
            if r.randomisation.exact { ", all tried" } else { ", sampled" }
        )],
    })
}

fn recovery(
    path: &Path,
    bounds: Option<(f64, f64)>,
    chart: &Chart,
    out: &mut dyn Write,
) -> Result<Section, EvidenceError> {
    let t = Columns::read(path)?;
    let (time, value) = (t.need(TIME)?, t.need(VALUE)?);
    let mut points = Vec::new();
    for i in 0..t.table.rows.len() {
        points.push([t.number(i, time)?, t.number(i, value)?]);
    }
    points.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let (times, scores): (Vec<f64>, Vec<f64>) = points.iter().map(|p| (p[0], p[1])).unzip();
    let fit = fit_recovery(&times, &scores, bounds, LEVEL).map_err(|e| wrong(path, e))?;
    let rows = [
        ("plateau", fit.plateau, fit.se[0]),
        ("at time 0", fit.start, fit.se[1]),
        ("rate", fit.rate, fit.se[2]),
    ]
    .map(|(name, x, se)| vec![Value::Text(name.into()), Value::Number(x), Value::Number(se)]);
    if let Some(file) = &chart.output {
        let (first, last) = (times[0], times[times.len() - 1]);
        let band = (0..=80).map(|i| {
            let at = first + (last - first) * f64::from(i) / 80.0;
            let p = fit.at(at);
            [at, p.prediction.0, p.fit, p.prediction.1]
        });
        let figure = single_case::SingleCase {
            title: title(path),
            time: t.table.header[time].clone(),
            outcome: chart.outcome_name.clone(),
            phases: vec![single_case::Phase { label: "Measured".into(), points }],
            band: Some(single_case::Band {
                label: "95 % prediction band of a single measurement, exponential recovery".into(),
                points: band.collect(),
            }),
            footer: Vec::new(),
        };
        write_figure(Some(file), &single_case::svg(&figure, chart.look.look())?, out)?;
    }
    Ok(Section {
        key: "recovery",
        title: "Course of recovery: plateau − (plateau − start) exp(−rate × time)".into(),
        columns: vec![("term", ""), ("estimate", "estimate"), ("se", "se")],
        rows: rows.into(),
        notes: vec![
            format!("Residual standard deviation {:.4} on {} degrees of freedom.", fit.sigma, fit.df),
            "A fitted course describes; without a control it does not tell treatment from spontaneous recovery.".into(),
        ],
    })
}
