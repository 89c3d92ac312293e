//! `baihui target`: from a place of the brain to the place of the scalp, and how to find it with a tape.

use std::{fmt::Write, path::PathBuf, process::ExitCode};

use baihui_atlas::Names;
use baihui_head::{Side, cortex::Beneath};
use clap::Args as ClapArgs;

use super::{
    beneath::{SideArg, not_on},
    pretty,
};
use crate::{
    cli::{HeadArg, ReportFormat},
    error::{CliError, Kind},
    files,
    output::{lines, number, table},
    target::{Asked, Document, find},
};

/// `baihui target`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  baihui target --mni -37,-21,58
  baihui target --talairach -36,-24,53
  baihui target --region 'precentral gyrus' --part hand --side left
  baihui target --region DLPFC --side right --head patient.glb --format json")]
pub struct Args {
    /// A place of MNI space, mm: right, anterior, superior; x < 0 is the patient's left.
    #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true, conflicts_with_all = ["talairach", "region"])]
    pub mni: Option<String>,
    /// A place in Talairach coordinates, mm (turned into MNI space after Lancaster 2007).
    #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true, conflicts_with = "region")]
    pub talairach: Option<String>,
    /// A region of the brain by name.
    #[arg(long, value_name = "NAME")]
    pub region: Option<String>,
    /// A part of the region: hand (precentral gyrus).
    #[arg(long, value_name = "PART", requires = "region")]
    pub part: Option<String>,
    /// The side of a region; the left unless given.
    #[arg(long, value_enum, requires = "region")]
    pub side: Option<SideArg>,
    /// The head.
    #[command(flatten)]
    pub head: HeadArg,
    /// What to write.
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub format: ReportFormat,
    /// Where to write it.
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    let asked = match (&args.mni, &args.talairach, &args.region) {
        (Some(text), _, _) => Asked::Mni(text),
        (_, Some(text), _) => Asked::Talairach(text),
        (_, _, Some(name)) => {
            Asked::Region { name, part: args.part.as_deref(), side: args.side.map_or(Side::Left, Side::from) }
        }
        _ => {
            return Err(
                CliError::usage("which target?").hint("--mni X,Y,Z, --talairach X,Y,Z or --region NAME")
            );
        }
    };
    let atlas = files::atlas(more)?;
    let head = files::head(&args.head.head)?;
    let beneath = Beneath::new(&head).map_err(|e| not_on(&head)(e.into()))?;
    let document = find(&atlas, &Names::of(&atlas), &head, &beneath, asked, None).map_err(|e| {
        let kind = if e.question { Kind::Usage } else { Kind::NotLocated };
        let error = CliError::new(kind, e.message);
        match e.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    })?;
    let text = match args.format {
        ReportFormat::Json => pretty(&document)?,
        ReportFormat::Table => text(&document),
    };
    files::emit(args.output.as_ref(), text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn text(d: &Document) -> String {
    let xyz = |p: &[f64; 3]| format!("({:.1}, {:.1}, {:.1})", p[0], p[1], p[2]);
    let mut out = format!(
        "{} · coordinates in mm: right, anterior, superior · left and right are the patient's\n",
        d.head
    );
    let _ = writeln!(out, "asked for: {}", d.asked);
    let region = d.region.as_deref().unwrap_or("at the surface, no labelled region within 5 mm");
    let _ = writeln!(out, "target: {} in MNI space, {region}", xyz(&d.target_mni_mm));
    let _ = writeln!(
        out,
        "place on the scalp: {}, {}; {:.0} mm above the target",
        xyz(&d.scalp_mm),
        d.side,
        d.depth_mm
    );
    let _ = writeln!(
        out,
        "lines of sight pass {:.0} mm from it (root mean square); single projections would choose places up to {:.0} mm apart",
        d.line_of_sight_miss_mm, d.projections_apart_mm
    );
    let _ = writeln!(out, "with a tape: {}", d.tape);
    let mut t = table(&["nearest", "of", "side", "mm", "and from there"]);
    for n in std::iter::once(&d.site).chain(&d.nearest) {
        t.add_row(vec![
            n.code.clone().into(),
            n.school.clone().into(),
            n.side.to_string().into(),
            number(n.distance_mm, 0),
            n.way.clone().into(),
        ]);
    }
    out.push('\n');
    out += &lines(&t);
    for r in &d.remarks {
        let _ = writeln!(out, "\n{r}");
    }
    out += "\nmm along the skin; the way is straight, with the head upright.\n";
    out
}
