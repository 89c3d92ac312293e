//! `baihui head mri`, `scan` and `points`: files and the terminal around [`crate::person`].

use std::{
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use baihui_head::{
    Side,
    io::{LengthUnit, glb},
    landmark::name,
};
use comfy_table::Cell;

use super::pretty;
use crate::{
    cli::{self, ReportFormat, UnitArg},
    error::CliError,
    files,
    output::{heading, lines, number, table},
    person::{self, File, Given, Made, Typed},
};

/// Largest image or mesh that is read, bytes.
const MAX_IMAGE: u64 = 1 << 31;
/// How deep slices may lie in folders, as scanners and archives export them.
const MAX_DEPTH: usize = 6;
/// Most files of a folder.
const MAX_FILES: usize = 50_000;
/// Largest file of points that is read, bytes.
const MAX_POINTS: u64 = 1 << 28;
/// Largest surface of the brain that is read, bytes.
const MAX_SURFACE: u64 = 1 << 30;

/// Where results go.
struct Wanted<'a> {
    page: Option<PathBuf>,
    output: Option<&'a Path>,
    format: ReportFormat,
}

impl<'a> Wanted<'a> {
    fn new(page: Option<&PathBuf>, output: Option<&'a PathBuf>, format: ReportFormat) -> Self {
        let page = page.cloned().or_else(|| output.map(|o| o.with_extension("html")));
        Self { page, output: output.map(PathBuf::as_path), format }
    }
}

/// `baihui head mri`.
pub fn mri(args: &cli::Mri) -> Result<ExitCode, CliError> {
    let wanted = Wanted::new(args.page.as_ref(), args.output.as_ref(), args.format);
    let mut own = Vec::new();
    for (side, pial, annot) in
        [(Side::Left, &args.pial_left, &args.annot_left), (Side::Right, &args.pial_right, &args.annot_right)]
    {
        if let Some(pial) = pial {
            let annot = annot.as_ref().map(|p| file(p, MAX_SURFACE)).transpose()?;
            own.push((side, file(pial, MAX_SURFACE)?, annot));
        }
    }
    let wish = person::mri::Wish {
        files: image(&args.image)?,
        given: given(&args.given)?,
        series: args.series.clone(),
        flip: args.flip,
        own,
        name: args.name.clone().unwrap_or_default(),
        page: wanted.page.is_some(),
    };
    finish(&person::mri::make(wish, &mut shown())?, &wanted)
}

/// `baihui head scan`.
pub fn scan(args: &cli::Scan) -> Result<ExitCode, CliError> {
    let wanted = Wanted::new(args.page.as_ref(), args.output.as_ref(), args.format);
    let wish = person::scan::Wish {
        file: file(&args.mesh, MAX_IMAGE)?,
        given: given(&args.given)?,
        unit: args.unit.map(|u| match u {
            UnitArg::Mm => LengthUnit::Millimetre,
            UnitArg::Cm => LengthUnit::Centimetre,
            UnitArg::M => LengthUnit::Metre,
            UnitArg::Inch => LengthUnit::Inch,
        }),
        hair_mm: args.hair,
        name: args.name.clone().unwrap_or_default(),
        page: wanted.page.is_some(),
    };
    finish(&person::scan::make(wish, &mut shown())?, &wanted)
}

/// `baihui head points`.
pub fn points(args: &cli::Points) -> Result<ExitCode, CliError> {
    let wanted = Wanted::new(args.page.as_ref(), args.output.as_ref(), args.format);
    let wish = person::points::Wish {
        file: file(&args.file, MAX_POINTS)?,
        given: Given::default(),
        name: args.name.clone().unwrap_or_default(),
        page: wanted.page.is_some(),
    };
    finish(&person::points::make(&wish, &mut shown())?, &wanted)
}

fn file(path: &Path, max: u64) -> Result<File, CliError> {
    Ok(File { name: short(path), bytes: files::read(path, max)?.into() })
}

fn short(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

/// An image file, or every file of a folder.
fn image(path: &Path) -> Result<Vec<File>, CliError> {
    if !path.is_dir() {
        return Ok(vec![file(path, MAX_IMAGE)?]);
    }
    let paths = files::folder(path, MAX_DEPTH, MAX_FILES)?;
    let mut out = Vec::new();
    let mut left = MAX_IMAGE;
    for p in paths {
        // What is not DICOM is not read to its end.
        if files::begins(&p, 132)?.get(128..) == Some(b"DICM") {
            let f =
                file(&p, left).map_err(|e| e.hint("the slices of one examination are read, 2 GB at most"))?;
            left -= f.bytes.len() as u64;
            out.push(f);
        }
    }
    if out.is_empty() {
        return Err(CliError::input(format!(
            "{} has no DICOM slices (files with \"DICM\" at byte 128)",
            path.display()
        ))
        .hint("give a folder of DICOM slices, or one .nii, .nii.gz, .mgh or .mgz file"));
    }
    Ok(out)
}

fn given(args: &cli::Given) -> Result<Given, CliError> {
    let options = [
        ("--nasion", &args.nasion, name::NASION, Side::Midline),
        ("--inion", &args.inion, name::INION, Side::Midline),
        ("--lpa", &args.lpa, name::PREAURICULAR, Side::Left),
        ("--rpa", &args.rpa, name::PREAURICULAR, Side::Right),
    ];
    let mut out =
        Given { file: args.landmarks.as_ref().map(|p| file(p, MAX_POINTS)).transpose()?, typed: Vec::new() };
    for (option, text, name, side) in options {
        if let Some(text) = text {
            out.typed.push(Typed { name, side, at: person::three(option, text)? });
        }
    }
    Ok(out)
}

/// Says on a terminal what is being done, and when. Control-C ends the program: nothing is half written.
fn shown() -> impl FnMut(&str, f64) -> bool {
    let (since, terminal) = (Instant::now(), std::io::stderr().is_terminal());
    move |what, share| {
        if terminal {
            // Nothing can be done about a closed standard error.
            let _ = writeln!(
                std::io::stderr(),
                "{:5.1} s  {:3.0} %  {what}",
                since.elapsed().as_secs_f64(),
                100.0 * share
            );
        }
        true
    }
}

fn finish(made: &Made, wanted: &Wanted<'_>) -> Result<ExitCode, CliError> {
    if let Some(path) = &wanted.page {
        files::write(path, made.page.as_bytes())?;
    }
    if let Some(path) = wanted.output {
        files::write(path, &glb::write_head(&made.head))?;
    }
    let text = match wanted.format {
        ReportFormat::Json => pretty(&made.details)?,
        ReportFormat::Table => account(made, wanted),
    };
    files::emit(None, text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn account(made: &Made, wanted: &Wanted<'_>) -> String {
    let mut t = table(&["landmark", "R", "A", "S", "± mm", "how"]);
    let shown = [
        (name::NASION, Side::Midline, "nasion"),
        (name::INION, Side::Midline, "inion"),
        (name::PREAURICULAR, Side::Left, "preauricular, left"),
        (name::PREAURICULAR, Side::Right, "preauricular, right"),
        ("vertex", Side::Midline, "vertex"),
    ];
    for (name, side, text) in shown {
        let Some(l) = made.head.landmarks.get(name, side) else {
            t.add_row(vec![Cell::new(text), Cell::new("not seen")]);
            continue;
        };
        let p = l.position.mm;
        t.add_row(vec![
            Cell::new(text),
            number(p.x, 1),
            number(p.y, 1),
            number(p.z, 1),
            number(l.sd_mm, 1),
            Cell::new(format!("{:?}", l.origin).to_lowercase()),
        ]);
    }
    let mut out = format!("{}\n{}", made.head.name, lines(&t));
    out += &heading("What was found");
    for [what, value] in &made.found {
        out += &format!("· {what}: {value}\n");
    }
    out += &heading("How it was made");
    let doubts: Vec<String> = made.doubts.iter().map(|d| format!("{}: {}", d.part, d.text)).collect();
    for line in made.head.history.iter().filter(|l| !doubts.contains(l)) {
        out += &format!("· {line}\n");
    }
    out += &heading("Please read");
    for line in &doubts {
        out += &format!("· {line}\n");
    }
    if let Some(page) = &wanted.page {
        out += &format!("\nLook at {} before you trust the head.\n", page.display());
    }
    match wanted.output {
        Some(path) => out += &format!("Written to {0}. Next: baihui locate --head {0}\n", path.display()),
        None => out += "Nothing was written: add -o patient.glb to keep the head.\n",
    }
    out
}
