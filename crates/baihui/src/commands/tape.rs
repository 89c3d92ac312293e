//! `baihui head tape`.

use std::process::ExitCode;

use baihui_head::{
    io::glb,
    tape::{self, Dimension, Entry, HairlineRule, HairlineState, Input, Sex, TapeReport},
    template,
};
use comfy_table::Cell;

use super::pretty;
use crate::{
    cli::{self, ReportFormat, Tape},
    error::CliError,
    files,
    output::{heading, lines, number, table},
};

/// Runs the command.
pub fn run(args: &Tape) -> Result<ExitCode, CliError> {
    let input = input(args)?;
    let refused = |e: tape::TapeError| {
        let hint = "`baihui help head tape` says how each measure is taken";
        CliError::input(e).hint(hint)
    };
    let checked = tape::check(&input).map_err(refused)?;
    let (mut head, report) = tape::build(&template::template(), &checked).map_err(refused)?;
    if let Some(name) = &args.name {
        head.name.clone_from(name);
    }
    if let Some(path) = &args.output {
        files::write(path, &glb::write_head(&head))?;
    }
    let text = match args.format {
        ReportFormat::Json => pretty(&report)?,
        ReportFormat::Table => account(&report, args),
    };
    files::emit(None, text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn input(args: &Tape) -> Result<Input, CliError> {
    let mut input = Input {
        sex: args.sex.map(|s| match s {
            cli::SexArg::Female => Sex::Female,
            cli::SexArg::Male => Sex::Male,
        }),
        age_years: args.age,
        hairline: match args.hairline {
            cli::HairlineArg::Present => HairlineState::Present,
            cli::HairlineArg::Receded => HairlineState::Receded,
            cli::HairlineArg::Bald => HairlineState::Bald,
        },
        hairline_rule: match args.hairline_rule {
            cli::RuleArg::Population => HairlineRule::Population,
            cli::RuleArg::EighteenCun => HairlineRule::EighteenCun,
            cli::RuleArg::Jiao5Cm => HairlineRule::Jiao5Cm,
            cli::RuleArg::Jiao6Cm => HairlineRule::Jiao6Cm,
        },
        tape_sd_mm: args.tape_sd_mm,
        ..Input::default()
    };
    let given = [
        (Dimension::Circumference, &args.circumference),
        (Dimension::NasionInion, &args.nasion_inion),
        (Dimension::Preauricular, &args.ear_ear),
        (Dimension::GlabellaHairline, &args.glabella_hairline),
        (Dimension::HairlineHairline, &args.hairline_hairline),
        (Dimension::Length, &args.length),
        (Dimension::Breadth, &args.breadth),
    ];
    for (dimension, text) in given {
        if let Some(text) = text {
            let entry: Entry = text.parse().map_err(|e| CliError::input(format!("the {dimension}: {e}")))?;
            input.set(dimension, Some(entry));
        }
    }
    Ok(input)
}

fn account(report: &TapeReport, args: &Tape) -> String {
    let mut t = table(&["measure", "measured", "head reads", "± mm"]);
    for row in &report.rows {
        let measured = row.measured_mm.map_or_else(|| Cell::new("estimated"), |mm| number(mm, 1));
        t.add_row(vec![
            Cell::new(row.dimension.name()),
            measured.set_alignment(comfy_table::CellAlignment::Right),
            number(row.head_mm, 1),
            number(row.sd_mm, 1),
        ]);
    }
    let mut out = lines(&t);
    out += &format!(
        "\nLargest difference from what was measured: {:.2} mm. Shape: {:.1} standard deviations from the average head.\n",
        report.worst_mm, report.unusual
    );
    if !report.notes.is_empty() {
        out += &heading("Please read");
        for note in &report.notes {
            out += &format!("· {note}\n");
        }
    }
    match &args.output {
        Some(path) => {
            let path = path.display();
            out += &format!("\nWritten to {path}. Next: baihui locate --head {path}\n");
        }
        None => out += "\nNothing was written: add -o patient.glb to keep the head.\n",
    }
    out
}
