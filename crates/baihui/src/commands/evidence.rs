//! `baihui evidence` and `baihui claim`: pooling, networks, checks, figures, reports and claims.

mod bias;
mod checked;
mod claim;
mod error;
mod figures;
mod files;
mod moderators;
mod pairwise;
mod section;
mod sensitivity;
mod single;
mod treatments;

use baihui_evidence::claim::{Claim, EvidenceBase, QuestionResult};
use baihui_evidence::network::NetworkError;
use baihui_evidence::pairwise::PredictionMethod;
use baihui_report::Theme;
use checked::{check, diff};
use clap::{Args, Subcommand, ValueEnum};
pub(crate) use error::EvidenceError;
use files::{file_error, folder, raw_table, read, table, trials, write_figure, write_file};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The claims and the evidence tables that are compiled in.
pub(crate) fn built_in() -> Result<(Vec<Claim>, EvidenceBase), EvidenceError> {
    let data = claim::Data::default();
    Ok((data.claims()?, data.evidence()?))
}

/// A question of a claim as a forest plot.
pub(crate) fn claim_figure(q: &QuestionResult, theme: Theme) -> Result<String, EvidenceError> {
    claim::question_figure(q, theme)
}

/// What to do with evidence.
#[derive(Debug, Subcommand)]
pub(crate) enum EvidenceCommand {
    /// Pool the studies of a table (metafor's column names; CSV, RevMan's CSV and .rm5, or JSON).
    #[command(after_help = "Examples:
  baihui evidence pool trials.csv
  baihui evidence pool trials.csv --measure OR --method DL --test z
  baihui evidence pool trials.csv --mods ablat,year --subgroup alloc
  baihui evidence pool trials.csv --bias --format csv > bias.csv
  baihui evidence pool rare.csv --rare
  baihui evidence pool review.rm5 --outcome 1.2
  baihui evidence pool effects.csv --cluster study

Tables and CSV: `estimate`, `se`, `ci.lb`, `ci.ub` are on the scale of the analysis (logarithms for ratios) in CSV
and JSON, with `shown.estimate` beside them; the text shows ratios as ratios.")]
    Pool {
        /// Tables to pool, each by itself.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        how: How,
        #[command(flatten)]
        also: pairwise::Also,
        /// Print JSON: the same as --format json.
        #[arg(long)]
        json: bool,
        /// What to print.
        #[arg(long, value_enum, default_value = "table")]
        format: Printed,
    },
    /// Network meta-analysis of contrasts (treat1, treat2, TE, seTE) or of arms (trial, treatment, n, events or mean, sd).
    #[command(after_help = "Examples:
  baihui evidence network arms.csv --measure RR
  baihui evidence network contrasts.csv --measure OR --method DL --small-is-good
  baihui evidence network arms.csv --components --inactive sham   # scalp+rehab is scalp and rehab
  baihui evidence network rare.csv --add 0.5 --contributions --format csv")]
    Network {
        /// The table.
        file: PathBuf,
        #[command(flatten)]
        how: treatments::HowNetwork,
        #[command(flatten)]
        also: treatments::AlsoNetwork,
        /// Write the network figure and the league table, as SVG, into this folder.
        #[arg(long, value_name = "FOLDER")]
        figures: Option<PathBuf>,
        /// Print JSON: the same as --format json.
        #[arg(long)]
        json: bool,
        /// What to print.
        #[arg(long, value_enum, default_value = "table")]
        format: Printed,
    },
    /// Check printed numbers against each other; a folder with datapackage.json is checked against its schema too.
    #[command(after_help = "Columns:
  est, lo, hi, measure           estimates; p, level, favours, higher_is_better where printed
  trial, n, events               arms; percent, p
  trial, n, mean, sd             arms; p, se, items (whole-number items of the score: GRIM and GRIMMER),
                                 scale_min, scale_max
  n1i, m1i, sd1i, n2i, ...       both arms in a row, metafor's names; p, items, scale_min, scale_max
  t, df, p                       test statistics, alone or beside any of the above")]
    Check {
        /// Tables or folders.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Draw a figure as SVG (or PNG, by the ending of the output).
    Plot {
        /// Which figure.
        figure: figures::Kind,
        /// The table.
        file: PathBuf,
        /// Where to write it; standard output without.
        #[arg(short, long)]
        output: Option<PathBuf>,
        #[command(flatten)]
        how: How,
        /// Forest: with the groups of this column, each with its pooled effect.
        #[arg(long, value_name = "COLUMN", visible_alias = "byvar")]
        subgroup: Option<String>,
        /// Funnel: with the studies that trim and fill adds.
        #[arg(long, visible_alias = "trimfill")]
        trim_and_fill: bool,
        /// League table: small effects are good.
        #[arg(long)]
        small_is_good: bool,
        #[command(flatten)]
        look: figures::LookArgs,
    },
    /// Everything about one table as one HTML or PDF file, by the ending of the output.
    #[command(after_help = "Examples:
  baihui evidence report trials.csv -o report.html
  baihui evidence report trials.csv --subgroup alloc --mods ablat -o report.pdf")]
    Report {
        /// The table.
        file: PathBuf,
        /// Where to write it (.html or .pdf); standard output, as HTML, without.
        #[arg(short, long)]
        output: Option<PathBuf>,
        #[command(flatten)]
        how: How,
        #[command(flatten)]
        also: pairwise::Also,
        /// Title; the name of the file without.
        #[arg(long)]
        title: Option<String>,
    },
    /// Statistics of a single patient: change, phases, blocks, recovery.
    #[command(subcommand)]
    Single(single::SingleCommand),
    /// Say what changed between two versions of the evidence folder.
    Diff {
        /// The folder before.
        before: PathBuf,
        /// The folder after.
        after: PathBuf,
        /// Claims to recompute.
        #[arg(long, value_name = "FOLDER")]
        claims: Option<PathBuf>,
    },
}

/// What to do with claims.
#[derive(Debug, Subcommand)]
pub(crate) enum ClaimCommand {
    /// List the claims with their verdicts.
    List {
        #[command(flatten)]
        data: claim::Data,
    },
    /// Show a claim: who makes it, what is for and against it, what is computed, the verdict.
    Show {
        /// Name of the claim, as `blood-flow`.
        name: String,
        /// Print JSON instead of text.
        #[arg(long)]
        json: bool,
        /// Also write it as one HTML file, with figures.
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
        #[command(flatten)]
        data: claim::Data,
    },
}

/// How to pool.
#[derive(Debug, Clone, Args)]
pub(crate) struct How {
    /// Effect measure: RR, OR, PETO, RD, AS, MD, SMD, SMDH, ROM, IRR, IRD, PR, PLN, PLO, PFT, COR, ZCOR or GEN.
    #[arg(long)]
    measure: Option<String>,
    /// Estimator of tau²: EE (common effect), DL, HE, HS, HSk, SJ, PM, EB, ML or REML.
    #[arg(long, default_value = "REML")]
    method: String,
    /// Test of the mean.
    #[arg(long, value_enum, default_value = "adhoc")]
    test: Test,
    /// Add this to the cells of studies with an empty cell (nothing is added unless you say so).
    #[arg(long, value_name = "NUMBER")]
    add: Option<f64>,
    /// Prediction interval that is printed and drawn, by its code in the R package meta; JSON and CSV have all of them.
    #[arg(long, value_enum, ignore_case = true, default_value = "HTS")]
    predict: Predict,
    /// RevMan's .rm5: the outcome to take, by number (as 1.2) or by a part of its name.
    #[arg(long, value_name = "OUTCOME")]
    outcome: Option<String>,
}

/// What to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Printed {
    /// For people.
    Table,
    /// For programs, full precision.
    Json,
    /// Comma-separated values, full precision, one row a result.
    Csv,
}

/// Prediction intervals by the codes of the R package meta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Predict {
    /// t, k-2 df (Higgins, Thompson and Spiegelhalter; RevMan).
    #[value(name = "HTS")]
    Hts,
    /// t, k-1 df (Veroniki et al.).
    #[value(name = "V")]
    V,
    /// Normal (Skipka; metafor with test="z").
    #[value(name = "S")]
    S,
    /// Knapp-Hartung, k-1 df (metafor with test="knha").
    #[value(name = "HK")]
    Hk,
    /// Knapp-Hartung, k-2 df (Partlett and Riley).
    #[value(name = "HK-PR")]
    HkPr,
    /// Kenward-Roger (REML only).
    #[value(name = "KR")]
    Kr,
    /// Kenward-Roger, one df less (REML only).
    #[value(name = "KR-PR")]
    KrPr,
    /// Print all of them; HTS is drawn.
    #[value(name = "all")]
    All,
}

impl Predict {
    fn method(self) -> PredictionMethod {
        match self {
            Self::Hts | Self::All => PredictionMethod::T2,
            Self::V => PredictionMethod::T1,
            Self::S => PredictionMethod::Normal,
            Self::Hk => PredictionMethod::KnappHartungT1,
            Self::HkPr => PredictionMethod::KnappHartungT2,
            Self::Kr => PredictionMethod::KenwardRoger,
            Self::KrPr => PredictionMethod::KenwardRogerMinusOne,
        }
    }
}

/// Tests of the pooled effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Test {
    /// Wald, normal distribution.
    Z,
    /// Wald, t distribution.
    T,
    /// Knapp-Hartung.
    Knha,
    /// Knapp-Hartung, never narrower than Wald.
    Adhoc,
    /// Kenward-Roger (REML only).
    Kr,
}

/// Runs a command on standard output.
///
/// # Errors
/// [`EvidenceError`]. A check that finds failures is no error: it ends with exit code 1.
pub(crate) fn run(command: EvidenceCommand) -> Result<ExitCode, EvidenceError> {
    run_to(command, &mut std::io::stdout().lock())
}

/// Runs a claim command on standard output.
///
/// # Errors
/// [`EvidenceError`].
pub(crate) fn run_claim(command: ClaimCommand) -> Result<ExitCode, EvidenceError> {
    claim::run(command, &mut std::io::stdout().lock())
}

fn run_to(command: EvidenceCommand, out: &mut dyn Write) -> Result<ExitCode, EvidenceError> {
    match command {
        EvidenceCommand::Pool { files, how, also, json, format } => {
            let format = if json { Printed::Json } else { format };
            let mut sections = Vec::new();
            for (i, file) in files.iter().enumerate() {
                if i > 0 && format == Printed::Table {
                    writeln!(out)?;
                }
                pool(file, &how, &also, format, &mut sections, out)?;
            }
            if format == Printed::Csv {
                out.write_all(section::csv(&sections).as_bytes())?;
            }
        }
        EvidenceCommand::Network { file, how, also, figures, json, format } => {
            let format = if json { Printed::Json } else { format };
            network(&file, &how, &also, figures.as_deref(), format, out)?;
        }
        EvidenceCommand::Check { paths } => return check(&paths, out),
        EvidenceCommand::Plot { figure, file, output, how, subgroup, trim_and_fill, small_is_good, look } => {
            let with = figures::With { subgroup, trim_and_fill, small_is_good };
            let svg = figures::draw(figure, &file, &how, &with, &look)?;
            write_figure(output.as_deref(), &svg, out)?;
        }
        EvidenceCommand::Report { file, output, how, also, title } => {
            let pdf =
                output.as_ref().and_then(|p| p.extension()).is_some_and(|e| e.eq_ignore_ascii_case("pdf"));
            let bytes = figures::report(&file, &how, also, title.as_deref(), pdf)?;
            match output {
                Some(path) => write_file(&path, &bytes)?,
                None => out.write_all(&bytes)?,
            }
        }
        EvidenceCommand::Single(command) => single::run(command, out)?,
        EvidenceCommand::Diff { before, after, claims } => diff(&before, &after, claims.as_deref(), out)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Analyses a network and prints it.
fn network(
    file: &Path,
    how: &treatments::HowNetwork,
    also: &treatments::AlsoNetwork,
    figures: Option<&Path>,
    format: Printed,
    out: &mut dyn Write,
) -> Result<(), EvidenceError> {
    let trials = treatments::Trials::of(file, how)?;
    let components = trials.components(also)?;
    let (heading, mut sections) = match trials.analysed() {
        Ok(analysis) => {
            if let Some(folder) = figures {
                std::fs::create_dir_all(folder).map_err(|e| file_error(folder, e))?;
                for (name, svg) in analysis.figures()? {
                    write_file(&folder.join(name), svg.as_bytes())?;
                }
            }
            (analysis.heading(), analysis.sections(also))
        }
        // Parts that no trial links may still share components.
        Err(EvidenceError::Network { source: source @ NetworkError::Disconnected { .. }, .. })
            if components.is_some() && figures.is_none() =>
        {
            (format!("{}: {source}", file.display()), Vec::new())
        }
        Err(error) => return Err(error),
    };
    sections.extend(components);
    match format {
        Printed::Table => {
            writeln!(out, "{heading}")?;
            for section in &sections {
                write!(out, "{}", section.text())?;
            }
        }
        Printed::Csv => out.write_all(section::csv(&sections).as_bytes())?,
        Printed::Json => {
            let all: serde_json::Map<String, serde_json::Value> =
                sections.iter().map(|s| (s.key.to_owned(), s.json())).collect();
            writeln!(out, "{}", serde_json::Value::Object(all))?;
        }
    }
    Ok(())
}

/// Pools one table and prints it; for CSV the sections are kept.
fn pool(
    file: &Path,
    how: &How,
    also: &pairwise::Also,
    format: Printed,
    kept: &mut Vec<section::Section>,
    out: &mut dyn Write,
) -> Result<(), EvidenceError> {
    let name = file.display().to_string();
    let table = trials(file, how)?;
    let analysis = match pairwise::Analysis::of_table(name.clone(), table.clone(), how) {
        Ok(analysis) => analysis,
        // Mantel-Haenszel and Peto need no effect of any single study: what stops the others does not stop them.
        Err(error @ (EvidenceError::Effects { .. } | EvidenceError::Pool { .. })) if also.rare => {
            let mut section = also.rare_section(&name, &table)?.into_iter().next();
            if let Some(section) = &mut section {
                section.notes.push(format!("The inverse-variance methods are not possible: {error}."));
            }
            match format {
                Printed::Csv => kept.extend(section),
                Printed::Table => {
                    write!(out, "{name}{}", section.map_or(String::new(), |s| s.text()))?;
                }
                Printed::Json => {
                    let rare = section.map(|s| s.json());
                    writeln!(out, "{}", serde_json::json!({ "file": name, "analyses": { "rare": rare } }))?;
                }
            }
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let sections = also.sections(&analysis)?;
    match format {
        Printed::Json => writeln!(out, "{}", analysis.json(&sections))?,
        Printed::Table => {
            write!(out, "{analysis}")?;
            for section in &sections {
                write!(out, "{}", section.text())?;
            }
        }
        Printed::Csv => {
            kept.push(analysis.section());
            kept.push(analysis.heterogeneity());
            kept.extend(sections);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(subcommand)]
        command: EvidenceCommand,
    }

    fn said(arguments: &[&str]) -> Result<(String, ExitCode), String> {
        let cli = Cli::try_parse_from(std::iter::once("evidence").chain(arguments.iter().copied()))
            .map_err(|e| e.to_string())?;
        let mut out = Vec::new();
        let code = run_to(cli.command, &mut out).map_err(|e| e.to_string())?;
        Ok((String::from_utf8(out).map_err(|e| e.to_string())?, code))
    }

    /// A file that is removed again.
    struct Temp(PathBuf);

    impl Temp {
        fn new(name: &str, text: &str) -> Self {
            let path = std::env::temp_dir().join(format!("baihui-evidence-{}-{name}", std::process::id()));
            std::fs::write(&path, text).expect("a temporary file");
            Self(path)
        }

        fn path(&self) -> &str {
            self.0.to_str().expect("a plain path")
        }
    }

    impl Drop for Temp {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    /// Thirteen trials of vaccination against tuberculosis, as metadat's dat.bcg gives them.
    const BCG: &str = "trial,author,tpos,tneg,cpos,cneg\n1,Aronson,4,119,11,128\n2,Ferguson & Simes,6,300,29,274\n\
        3,Rosenthal et al,3,228,11,209\n4,Hart & Sutherland,62,13536,248,12619\n5,Frimodt-Moller et al,33,5036,47,5761\n\
        6,Stein & Aronson,180,1361,372,1079\n7,Vandiviere et al,8,2537,10,619\n8,TPT Madras,505,87886,499,87892\n\
        9,Coetzee & Berjak,29,7470,45,7232\n10,Rosenthal et al,17,1699,65,1600\n11,Comstock et al,186,50448,141,27197\n\
        12,Comstock & Webster,5,2493,3,2338\n13,Comstock et al,27,16886,29,17825\n";

    #[test]
    fn pool_gives_the_published_result() {
        let file = Temp::new("bcg.csv", BCG);
        let (text, _) = said(&["pool", file.path(), "--test", "z"]).expect("pooled");
        // metafor: RR 0.4894 [0.3441, 0.6962], tau² 0.3132, I² 92.22 %, Q 152.2330.
        for part in
            ["0.4894", "0.3441", "0.6962", "0.3132", "92.22", "152.23", "restricted maximum likelihood"]
        {
            assert!(text.contains(part), "missing {part} in\n{text}");
        }
        let (json, _) = said(&["pool", file.path(), "--json"]).expect("pooled");
        let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(value["studies"].as_array().map(Vec::len), Some(13));
        let bad = said(&["pool", file.path(), "--measure", "XX"]).expect_err("refused");
        assert!(bad.contains("XX") && bad.contains("SMD"), "{bad}");
    }

    #[test]
    fn damage_is_named_with_file_row_and_column() {
        let file = Temp::new("bad.csv", "study,m1i,sd1i,n1i,m2i,sd2i,n2i\nA,1,-2,10,2,1,10\n");
        let bad = said(&["pool", file.path()]).expect_err("refused");
        assert!(bad.contains("bad.csv") && bad.contains("row 1") && bad.contains("`sd1i`"), "{bad}");
        let zero = Temp::new("zero.csv", "study,ai,n1i,ci,n2i\nA,0,20,3,20\nB,1,20,3,20\n");
        let bad = said(&["pool", zero.path()]).expect_err("refused: nothing is added unless asked");
        assert!(bad.contains("study \"A\""), "{bad}");
        assert!(said(&["pool", zero.path(), "--add", "0.5"]).is_ok());
        let one = Temp::new("one.csv", "study,yi,vi\nA,0.1,0.2\n");
        assert!(said(&["pool", one.path()]).expect_err("refused").contains("at least 2"));
        assert!(said(&["pool", "/nowhere/at/all.csv"]).expect_err("refused").contains("all.csv"));
    }

    #[test]
    fn every_figure_can_be_drawn_from_a_table() {
        let file = Temp::new("figures.csv", BCG);
        for figure in ["forest", "funnel", "baujat", "labbe", "cumulative"] {
            let (svg, _) = said(&["plot", figure, file.path(), "--width", "column"])
                .unwrap_or_else(|e| panic!("{figure}: {e}"));
            assert!(svg.starts_with("<svg") && svg.contains("85mm"), "{figure}");
        }
        let arms = Temp::new(
            "arms.csv",
            "trial,treatment,n,mean,sd\nA,x,20,1,1\nA,y,20,2,1\nB,y,20,2,1\nB,z,20,2.5,1\nC,x,20,1.1,1\nC,z,20,2.2,1\n",
        );
        for figure in ["network", "league"] {
            let (svg, _) = said(&["plot", figure, arms.path()]).unwrap_or_else(|e| panic!("{figure}: {e}"));
            assert!(svg.starts_with("<svg"), "{figure}");
        }
        let (page, _) = said(&["report", file.path(), "--title", "BCG"]).expect("a page");
        assert!(page.contains("<h1>BCG</h1>") && page.matches("<svg").count() >= 4);
        let (text, _) = said(&["network", arms.path(), "--small-is-good"]).expect("a network");
        assert!(text.contains("P-score") && text.contains("Q"), "{text}");
    }

    #[test]
    fn the_shipped_folder_obeys_its_schema_and_its_misprints_are_found() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../evidence");
        let (text, code) = said(&["check", folder]).expect("checked");
        assert!(text.contains("0 cells break the schema"), "{text}");
        assert!(text.contains("125 checked, 113 pass, 12 fail"), "{text}");
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::FAILURE));
        let (text, _) = said(&[
            "diff",
            folder,
            folder,
            "--claims",
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../atlas/claims"),
        ])
        .expect("compared");
        assert_eq!(text, "0 changes\n");
    }
}
