//! `baihui claims`: every claim about the cortex against what lies beneath, as a table and as one figure.

pub(crate) mod figure;

use std::{fmt::Write, path::PathBuf, process::ExitCode};

use baihui_atlas::{
    Names, Request,
    claims::{self, Across, Judgement, OfHead, Rule, Verdict, Why},
};
use baihui_head::cortex::{Beneath, Projection};
use baihui_report::{Theme, pdf, stat::Look};
use clap::{Args as ClapArgs, ValueEnum};

use super::{
    beneath::{SamplingArgs, not_on},
    choices,
    locate::to_png,
    pretty, school_index,
};
use crate::{
    error::{CliError, Kind},
    files,
    output::{heading, lines, right, table},
};

/// `baihui claims`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  baihui claims
  baihui claims --format csv -o claims.csv
  baihui claims --format svg -o claims.svg
  baihui claims --head anna.glb --head ben.glb --format csv
  baihui claims --head heads/ --format pdf -o claims.pdf

The rule: a claim holds where the claimed regions are met with at least two thirds of the probability that the best
place on the scalp attains with the same errors, by each of four projections; it does not hold at one third or
less by each; anything else cannot be judged.")]
pub struct Args {
    /// A head, or a folder of heads; may be repeated [default: template].
    #[arg(long, value_name = "HEAD|FOLDER")]
    pub head: Vec<String>,
    /// Only this school. May be repeated.
    #[arg(long, value_name = "NAME")]
    pub school: Vec<String>,
    /// Use this variant of a zone, or this option of a setting. May be repeated.
    #[arg(long, value_name = "ZONE=NAME")]
    pub variant: Vec<String>,
    /// Also the named parts of zones.
    #[arg(long)]
    pub parts: bool,
    /// Least share of the best place's probability at which a claim holds.
    #[arg(long, default_value_t = 2.0 / 3.0, value_name = "SHARE")]
    pub holds: f64,
    /// Largest share at which it does not hold.
    #[arg(long, default_value_t = 1.0 / 3.0, value_name = "SHARE")]
    pub fails: f64,
    /// How draws are made.
    #[command(flatten)]
    pub sampling: SamplingArgs,
    /// What to write.
    #[arg(long, value_enum, default_value_t = ClaimsFormat::Table)]
    pub format: ClaimsFormat,
    /// Where to write it.
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
}

/// Formats of the table of claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ClaimsFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// Comma-separated values, one row a claim.
    Csv,
    /// The figure.
    Svg,
    /// The figure.
    Png,
    /// The figure on a page of its own size.
    Pdf,
}

/// Runs the command.
pub fn run(args: &Args, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    let (holds, fails) = (args.holds, args.fails);
    if !(0.0..=1.0).contains(&holds) || !(0.0..=1.0).contains(&fails) || fails >= holds {
        return Err(CliError::usage(format!(
            "--holds {holds} and --fails {fails}: both are shares from 0 to 1, and --fails is the smaller"
        )));
    }
    let atlas = files::atlas(more)?;
    let names = Names::of(&atlas);
    let sampling = args.sampling.sampling();
    let rule = Rule { holds, fails, ..Rule::default() };
    let request = Request {
        schools: args.school.iter().map(|s| school_index(&atlas, s)).collect::<Result<_, _>>()?,
        choices: choices(&atlas, &args.variant)?,
        ..Request::default()
    };
    let template = vec!["template".to_owned()];
    let mut all: Vec<OfHead> = Vec::new();
    for head in files::heads(if args.head.is_empty() { &template } else { &args.head })? {
        let beneath = Beneath::new(&head).map_err(|e| not_on(&head)(e.into()))?;
        let found = claims::on_head(&atlas, &names, &head, &beneath, &request, &sampling, rule);
        let mut found = found
            .map_err(not_on(&head))?
            .ok_or_else(|| CliError::new(Kind::NotLocated, "none of these schools claims a cortex"))?;
        found.judgements.retain(|j| args.parts || j.part.is_empty());
        found.head = unlike(&found.head, &all);
        all.push(found);
    }
    let across = claims::across(&all);
    let bytes = match args.format {
        ClaimsFormat::Table => text(&all, &across, &rule).into_bytes(),
        ClaimsFormat::Json => {
            let document =
                serde_json::json!({ "rule": rule, "seed": sampling.seed, "heads": all, "across": across });
            pretty(&document)?.into_bytes()
        }
        ClaimsFormat::Csv => csv(&all)?,
        ClaimsFormat::Svg => figure::svg(&all, &across, &rule, &sampling, Look::default())?.into_bytes(),
        ClaimsFormat::Png => to_png(&figure::svg(&all, &across, &rule, &sampling, Look::default())?)?,
        ClaimsFormat::Pdf => {
            let light = Look { theme: Theme::Light, ..Look::default() };
            let page = pdf::Page::of(figure::svg(&all, &across, &rule, &sampling, light)?);
            let failed = |e| CliError::new(Kind::Output, format!("the figure cannot be written: {e}"));
            pdf::write(figure::TITLE, "en", &[page.map_err(failed)?]).map_err(failed)?
        }
    };
    files::emit(args.output.as_ref(), &bytes)?;
    Ok(ExitCode::SUCCESS)
}

/// A name that no head before has.
fn unlike(name: &str, all: &[OfHead]) -> String {
    let taken = |n: &str| all.iter().any(|h| h.head == n);
    let numbered = (2..).map(|k| format!("{name} ({k})"));
    std::iter::once(name.to_owned()).chain(numbered).find(|n| !taken(n)).unwrap_or_default()
}

fn percent(p: f64) -> String {
    format!("{:.0}", 100.0 * p)
}

/// A number of a claim that names a region; a dash for others.
fn number(j: &Judgement, text: String) -> String {
    if j.regions.is_empty() { "–".to_owned() } else { text }
}

fn range(j: &Judgement) -> [f64; 2] {
    let low = j.probability.iter().copied().fold(1.0, f64::min);
    [low, j.probability.iter().copied().fold(0.0, f64::max)]
}

/// "33 claims: 10 hold, 2 do not, 21 cannot be judged".
fn counts(judgements: &[Judgement]) -> String {
    let n = |v| judgements.iter().filter(|j| j.verdict == v).count();
    let mut out = format!(
        "{} claims: {} hold, {} do not hold, {} cannot be judged",
        judgements.len(),
        n(Verdict::Holds),
        n(Verdict::DoesNotHold),
        n(Verdict::CannotBeJudged)
    );
    for why in [Why::Between, Why::OutOfReach, Why::NotInParcellation, Why::Unnamed] {
        let n = judgements.iter().filter(|j| j.why == Some(why)).count();
        if n > 0 {
            let _ = write!(out, "\n  {n} of these: {}", why.words());
        }
    }
    out
}

fn text(all: &[OfHead], across: &[Across], rule: &Rule) -> String {
    let mut out = String::new();
    for h in all {
        out += &heading(&format!("{} · {} · % by four projections, with all errors", h.head, h.parcellation));
        let mut t = table(&[
            "zone", "side", "part", "claimed", "met", "range", "best", "exact", "verdict", "beneath",
        ]);
        for j in &h.judgements {
            let [low, high] = range(j);
            let found: Vec<String> =
                j.found.iter().take(2).map(|(n, p)| format!("{n} {}", percent(*p))).collect();
            t.add_row(vec![
                j.code.clone().into(),
                j.side.to_string().into(),
                j.part.clone().into(),
                j.claim.clone().into(),
                right(number(j, percent(j.mean()))),
                right(number(j, format!("{}–{}", percent(low), percent(high)))),
                right(number(j, percent(j.ceiling))),
                right(number(j, percent(j.nominal))),
                j.verdict.words().into(),
                found.join(", ").into(),
            ]);
        }
        out += &lines(&t);
        let _ = writeln!(out, "{}", counts(&h.judgements));
        for r in &h.refused {
            let _ = writeln!(out, "not on this head: {} {}: {}", r.code, r.side, r.reason);
        }
    }
    if all.len() > 1 {
        out += &agreement(all.len(), across);
    }
    let _ = writeln!(
        out,
        "\nmet: probability of the claimed regions, mean of the projections. best: what the best place on the scalp\n\
         attains with the same errors. exact: share of the zone over them without errors, on the brain drawn.\n\
         holds: at least {:.0} % of best by every projection; does not hold: at most {:.0} % of it by every one.",
        100.0 * rule.holds,
        100.0 * rule.fails
    );
    out
}

/// How far the heads agree.
fn agreement(heads: usize, across: &[Across]) -> String {
    let mut out = heading(&format!("{heads} heads"));
    let mut t = table(&["zone", "side", "part", "holds", "does not", "not judged", "met %"]);
    for a in across {
        t.add_row(vec![
            a.code.clone().into(),
            a.side.to_string().into(),
            a.part.clone().into(),
            right(a.holds.to_string()),
            right(a.does_not_hold.to_string()),
            right(a.cannot_be_judged.to_string()),
            right(format!("{}–{}", percent(a.least), percent(a.most))),
        ]);
    }
    out += &lines(&t);
    let same = across.iter().filter(|a| a.verdict().is_some()).count();
    let _ = writeln!(out, "the heads agree on {same} of {} claims", across.len());
    out
}

fn csv(all: &[OfHead]) -> Result<Vec<u8>, CliError> {
    let failed = |e: csv::Error| CliError::new(Kind::Output, format!("the table cannot be written: {e}"));
    let mut w = csv::Writer::from_writer(Vec::new());
    let mut heads: Vec<String> =
        ["head", "code", "school", "side", "part", "claim", "claimed_regions", "probability"]
            .map(str::to_owned)
            .to_vec();
    heads.extend(Projection::ALL.map(|m| format!("probability_{}", m.name())));
    heads.extend(["ceiling", "share_without_errors", "verdict", "why", "reason", "found"].map(str::to_owned));
    w.write_record(&heads).map_err(failed)?;
    for h in all {
        for j in &h.judgements {
            let found: Vec<String> = j.found.iter().map(|(n, p)| format!("{n} {p:.3}")).collect();
            let mut row = vec![
                h.head.clone(),
                j.code.clone(),
                j.school.clone(),
                j.side.to_string(),
                j.part.clone(),
                j.claim.clone(),
                j.regions.join("; "),
                format!("{:.4}", j.mean()),
            ];
            row.extend(j.probability.iter().map(|p| format!("{p:.4}")));
            row.extend([
                format!("{:.4}", j.ceiling),
                format!("{:.4}", j.nominal),
                j.verdict.words().to_owned(),
                j.why.map_or_else(String::new, |w| w.words().to_owned()),
                j.reason.clone(),
                found.join("; "),
            ]);
            w.write_record(&row).map_err(failed)?;
        }
    }
    w.into_inner().map_err(|e| CliError::new(Kind::Output, format!("the table cannot be written: {e}")))
}
