//! `baihui head mri`.

use std::{
    io::{IsTerminal, Write},
    path::Path,
    process::ExitCode,
    time::Instant,
};

use baihui_head::{
    Side,
    io::{glb, mgh},
    mri::{self, MriError, MriHead, Seen},
    nifti, template,
    volume::Volume,
};
use comfy_table::Cell;
use serde_json::json;

use super::{
    given::{self, OwnSurface},
    pretty,
    quality::Quality,
};
use crate::{
    cli::{Mri, ReportFormat},
    error::CliError,
    files,
    output::{heading, lines, number, table},
};

/// Largest image file that is read, bytes.
const MAX_IMAGE: u64 = 1 << 31;

/// Says on a terminal what is being done, and how long the step before took.
pub(super) struct Progress {
    since: Instant,
    shown: bool,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), shown: std::io::stderr().is_terminal() }
    }

    pub(super) fn step(&mut self, what: &str) {
        if self.shown {
            // Nothing can be done about a closed standard error.
            let _ = writeln!(std::io::stderr(), "{:5.1} s  {what}", self.since.elapsed().as_secs_f64());
        }
    }
}

/// Runs the command.
pub fn run(args: &Mri) -> Result<ExitCode, CliError> {
    let mut progress = Progress::new();
    let template = template::template();
    let landmarks = given::landmarks(&args.given, &template.landmarks, true, None)?.landmarks;
    progress.step("reading the image");
    let (image, format) = read(&args.image)?;
    let options = mri::Options { landmarks, flip: args.flip, name: args.name.clone().unwrap_or_default() };
    let mut made = mri::build(&image, &options, |step| progress.step(step)).map_err(|e| {
        let hint = hint(&e);
        CliError::input(format!("{}: {e}", args.image.display())).maybe_hint(hint)
    })?;
    let file = args.image.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    made.head.history.insert(0, format!("Read from {file} ({format})."));
    let own: Vec<OwnSurface<'_>> =
        [(Side::Left, &args.pial_left, &args.annot_left), (Side::Right, &args.pial_right, &args.annot_right)]
            .into_iter()
            .filter_map(|(side, pial, annot)| {
                Some(OwnSurface { side, pial: pial.as_deref()?, annot: annot.as_deref() })
            })
            .collect();
    if !own.is_empty() {
        progress.step("reading the person's own surfaces");
        made.head.cortex = Some(given::cortex(&own, &made.head)?);
    }
    let page = args.page.clone().or_else(|| args.output.as_ref().map(|o| o.with_extension("html")));
    if let Some(path) = &page {
        progress.step("drawing the page");
        files::write(path, quality(&made).html().as_bytes())?;
    }
    if let Some(path) = &args.output {
        files::write(path, &glb::write_head(&made.head))?;
    }
    let text = match args.format {
        ReportFormat::Json => pretty(&json(&made))?,
        ReportFormat::Table => account(&made, args, page.as_deref()),
    };
    files::emit(None, text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Reads an image by its name and its first bytes.
fn read(path: &Path) -> Result<(Volume, &'static str), CliError> {
    if path.is_dir() {
        return super::dicom::read(path).map(|v| (v, "DICOM"));
    }
    let bytes = files::read(path, MAX_IMAGE)?;
    let failed = |e: &dyn ToString| CliError::input(format!("{}: {}", path.display(), e.to_string()));
    let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    if [".mgz", ".mgh", ".mgh.gz"].iter().any(|e| name.ends_with(e)) {
        return Ok((mgh::read(&bytes).map_err(|e| failed(&e))?, "MGH"));
    }
    if name.ends_with(".dcm") || name.ends_with(".ima") {
        return Err(
            failed(&"one DICOM slice is no head").hint("give the folder with all slices of the series")
        );
    }
    let n = nifti::read(&bytes).map_err(|e| {
        failed(&e).hint("images are read as .nii, .nii.gz, .mgh, .mgz, or a folder of DICOM slices")
    })?;
    let format = match n.orientation {
        nifti::Orientation::Sform(_) => "NIfTI, orientation by its sform",
        nifti::Orientation::Qform(_) => "NIfTI, orientation by its qform",
    };
    Ok((n.volume, format))
}

fn hint(e: &MriError) -> Option<String> {
    let hint = match e {
        MriError::Orientation { .. } => {
            "the header is wrong, or the image was turned without it; convert the image again from the scanner's files"
        }
        MriError::Stripped { .. } => {
            "use the image before brain extraction (in FreeSurfer T1.mgz, not brainmask.mgz)"
        }
        MriError::NoHead { .. } | MriError::Drape(_) => {
            "a T1-weighted image of the whole head is needed: at least from the eyebrows to the crown"
        }
        MriError::Landmark { .. } => "coordinates are the image's own, in mm; minus is left, back, down",
        _ => return None,
    };
    Some(hint.to_owned())
}

fn quality(made: &MriHead) -> Quality<'_> {
    let g = &made.image.grid;
    let size = g.voxel_mm();
    let row = |a: &str, b: String| [a.to_owned(), b];
    let found = vec![
        row(
            "image",
            format!(
                "{} × {} × {} voxels of {:.2} × {:.2} × {:.2} mm (right, anterior, superior)",
                g.dims[0], g.dims[1], g.dims[2], size[0], size[1], size[2]
            ),
        ),
        row("similarity to the built-in head’s image", format!("{:.3} (1 is none)", made.score)),
        row("best similarity with the axes turned", format!("{:.3}", made.next_score)),
        row("grey value between air and skin, evened", format!("{:.1}", made.threshold)),
        row("distance of the head’s skin from the scalp", format!("{:.2} mm root mean square", made.rms_mm)),
        row("skin that was seen", format!("{:.0} %", 100.0 * seen_share(made))),
    ];
    let doubts = made.doubts.iter().map(|d| format!("{}: {}", d.part, d.text)).collect();
    Quality { head: &made.head, image: Some((&made.image, &made.scalp)), found, doubts }
}

fn seen_share(made: &MriHead) -> f64 {
    made.drawn.iter().sum::<f64>() / made.drawn.len().max(1) as f64
}

fn json(made: &MriHead) -> serde_json::Value {
    let by = |state: Seen| -> Vec<serde_json::Value> {
        made.seen
            .iter()
            .filter(|s| s.2 == state)
            .map(|(n, side, _)| json!({ "name": n, "side": side }))
            .collect()
    };
    json!({
        "name": made.head.name,
        "source": made.head.source,
        "score": made.score,
        "next_score": made.next_score,
        "rms_mm": made.rms_mm,
        "seen_share": seen_share(made),
        "landmarks": made.head.landmarks,
        "continued": by(Seen::Continued),
        "left_out": by(Seen::Lost),
        "doubts": made.doubts,
        "history": made.head.history,
    })
}

fn account(made: &MriHead, args: &Mri, page: Option<&Path>) -> String {
    let mut t = table(&["landmark", "R", "A", "S", "± mm", "how"]);
    let shown = [
        ("nasion", Side::Midline, "nasion"),
        ("inion", Side::Midline, "inion"),
        ("preauricular", Side::Left, "preauricular, left"),
        ("preauricular", Side::Right, "preauricular, right"),
        ("vertex", Side::Midline, "vertex"),
    ];
    for (name, side, text) in shown {
        let Some(l) = made.head.landmarks.get(name, side) else {
            t.add_row(vec![Cell::new(text), Cell::new("not in the image")]);
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
    let mut out = format!("{}\n", made.head.name);
    out += &lines(&t);
    out += &format!(
        "\nThe head's skin lies {:.2} mm from the scalp of the image (root mean square); {:.0} % of it was seen.\n",
        made.rms_mm,
        100.0 * seen_share(made)
    );
    out += &heading("Please read");
    for d in &made.doubts {
        out += &format!("· {}: {}\n", d.part, d.text);
    }
    if let Some(page) = page {
        out += &format!("\nLook at {} before you trust the head.\n", page.display());
    }
    match &args.output {
        Some(path) => out += &format!("Written to {0}. Next: baihui locate --head {0}\n", path.display()),
        None => out += "Nothing was written: add -o patient.glb to keep the head.\n",
    }
    out
}
