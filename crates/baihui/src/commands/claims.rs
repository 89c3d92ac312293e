//! `baihui claims`: every claim about the cortex against what lies beneath, as a table and as one figure.

use std::{fmt::Write, path::PathBuf, process::ExitCode};

use baihui_atlas::{
    Names, Request,
    beneath::zones_on,
    claims::{Judge, Judgement, Rule, Verdict},
};
use baihui_head::cortex::{Beneath, Projection};
use baihui_report::stat::{
    Look,
    claims::{Chart, Row, Tone},
};
use clap::{Args as ClapArgs, ValueEnum};
use serde::Serialize;

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

The rule: a claim holds where the claimed regions are met with at least two thirds of the probability that the best
place on the scalp attains with the same errors, by each of four projections; it does not hold at one third or
less by each; anything else cannot be judged.")]
pub struct Args {
    /// A head; may be repeated [default: template].
    #[arg(long, value_name = "HEAD")]
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
}

#[derive(Serialize)]
struct OfHead {
    head: String,
    own_cortex: bool,
    parcellation: String,
    judgements: Vec<Judgement>,
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
    let sampling = args.sampling.sampling()?;
    let rule = Rule { holds, fails, ..Rule::default() };
    let request = Request {
        schools: args.school.iter().map(|s| school_index(&atlas, s)).collect::<Result<_, _>>()?,
        choices: choices(&atlas, &args.variant)?,
        ..Request::default()
    };
    let template = vec!["template".to_owned()];
    let mut all = Vec::new();
    for name in if args.head.is_empty() { &template } else { &args.head } {
        let head = files::head(name)?;
        let beneath = Beneath::new(&head).map_err(|e| not_on(&head)(e.into()))?;
        // Only what is claimed: the others cost as much and say nothing here.
        let mut wanted = request.clone();
        wanted.items = baihui_atlas::locate::wanted(&atlas, &request);
        wanted.items.retain(|&i| atlas.entries[i].item.cortex.is_some());
        wanted.schools.clear();
        if wanted.items.is_empty() {
            return Err(CliError::new(Kind::NotLocated, "none of these schools claims a cortex"));
        }
        let (zones, _) =
            zones_on(&atlas, &names, &head, &beneath, &wanted, &sampling).map_err(not_on(&head))?;
        let mut judge = Judge::new(&beneath, sampling, rule);
        let mut judgements: Vec<Judgement> = zones.iter().flat_map(|z| judge.judge(z)).collect();
        judgements.retain(|j| args.parts || j.part.is_empty());
        all.push(OfHead {
            head: head.name.clone(),
            own_cortex: beneath.is_own(),
            parcellation: beneath.parcellation().to_owned(),
            judgements,
        });
    }
    let bytes = match args.format {
        ClaimsFormat::Table => text(&all, &rule).into_bytes(),
        ClaimsFormat::Json => {
            pretty(&serde_json::json!({ "rule": rule, "seed": sampling.seed, "heads": all }))?.into_bytes()
        }
        ClaimsFormat::Csv => csv(&all)?,
        ClaimsFormat::Svg => figure(&all, &rule)?.into_bytes(),
        ClaimsFormat::Png => to_png(&figure(&all, &rule)?)?,
    };
    files::emit(args.output.as_ref(), &bytes)?;
    Ok(ExitCode::SUCCESS)
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

fn counts(judgements: &[Judgement]) -> String {
    let verdicts = [Verdict::Holds, Verdict::DoesNotHold, Verdict::CannotBeJudged];
    let n = |v| judgements.iter().filter(|j| j.verdict == v).count();
    let one = |v: Verdict| format!("{} {}", n(v), v.words());
    format!("{} claims: {}", judgements.len(), verdicts.map(one).join(", "))
}

fn text(all: &[OfHead], rule: &Rule) -> String {
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
            let mut claimed: String = j.claim.chars().take(44).collect();
            if claimed.len() < j.claim.len() {
                claimed.push('…');
            }
            t.add_row(vec![
                j.code.clone().into(),
                j.side.to_string().into(),
                j.part.clone().into(),
                claimed.into(),
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

fn csv(all: &[OfHead]) -> Result<Vec<u8>, CliError> {
    let failed = |e: csv::Error| CliError::new(Kind::Output, format!("the table cannot be written: {e}"));
    let mut w = csv::Writer::from_writer(Vec::new());
    let mut heads: Vec<String> =
        ["head", "code", "school", "side", "part", "claim", "claimed_regions", "probability"]
            .map(str::to_owned)
            .to_vec();
    heads.extend(Projection::ALL.map(|m| format!("probability_{}", m.name())));
    heads.extend(["ceiling", "share_without_errors", "verdict", "reason", "found"].map(str::to_owned));
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
                j.reason.clone(),
                found.join("; "),
            ]);
            w.write_record(&row).map_err(failed)?;
        }
    }
    w.into_inner().map_err(|e| CliError::new(Kind::Output, format!("the table cannot be written: {e}")))
}

fn figure(all: &[OfHead], rule: &Rule) -> Result<String, CliError> {
    let mut rows = Vec::new();
    for h in all {
        for j in h.judgements.iter().filter(|j| !j.regions.is_empty()) {
            let [low, high] = range(j);
            let part = if j.part.is_empty() { String::new() } else { format!(" {}", j.part) };
            let head = if all.len() > 1 { format!(" · {}", h.head) } else { String::new() };
            let found = j.found.first().map_or_else(String::new, |(n, p)| format!("{n} {} %", percent(*p)));
            rows.push(Row {
                label: format!("{}{part} {}{head}", j.code, j.side),
                claim: j.claim.clone(),
                low,
                high,
                mean: j.mean(),
                ceiling: j.ceiling,
                tone: match j.verdict {
                    Verdict::Holds => Tone::Holds,
                    Verdict::DoesNotHold => Tone::Fails,
                    Verdict::CannotBeJudged => Tone::Open,
                },
                verdict: j.verdict.words().to_owned(),
                found,
            });
        }
    }
    rows.sort_by(|a, b| b.mean.total_cmp(&a.mean));
    let unnamed = all.iter().flat_map(|h| &h.judgements).filter(|j| j.regions.is_empty());
    let unnamed: Vec<String> = unnamed.map(|j| format!("{} {}", j.code, j.side)).collect();
    let mut footer = vec![
        format!(
            "Dot and bar: mean and range of four projections. Line: what the best place on the scalp attains with the \
             same errors. Holds: at least {:.0} % of it by every projection; does not hold: at most {:.0} %.",
            100.0 * rule.holds,
            100.0 * rule.fails
        ),
        "Errors: landmarks, placing (sd 4.0 mm), variation between heads. Left and right are the patient's."
            .to_owned(),
    ];
    if !unnamed.is_empty() {
        footer.push(format!("Claims that name no region of the brain: {}.", unnamed.join(", ")));
    }
    let heads: Vec<&str> = all.iter().map(|h| h.head.as_str()).collect();
    let title = format!("Does the zone lie over the cortex that is claimed? {}", heads.join(", "));
    baihui_report::stat::claims::svg(&Chart { title, rows, footer }, Look::default())
        .map_err(|e| CliError::new(Kind::Output, format!("the figure cannot be drawn: {e}")))
}
