//! A head from a magnetic resonance image.

use baihui_head::{
    Side,
    io::mgh,
    mri::{self, MriError, MriHead, Seen},
    nifti, template,
    volume::Volume,
};
use glam::DAffine3;
use serde_json::json;

use super::{
    Doubt, File, Given, Made, Progress, archive, given, interrupted, pairs, part, quality::Quality, step,
};
use crate::error::CliError;

/// What the user hands in and wants.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The image: one NIfTI or MGH file, the slices of a DICOM series, or an archive (.zip) of either.
    pub files: Vec<File>,
    /// Landmarks placed by hand, in the image's mm.
    pub given: Given,
    /// Which DICOM series: its number or its SeriesInstanceUID.
    pub series: Option<String>,
    /// Whether the header has exchanged left and right.
    pub flip: bool,
    /// The person's own pial surfaces, each with its regions if there are any: left, right.
    pub own: Vec<(Side, File, Option<File>)>,
    /// Name of the head.
    pub name: String,
    /// Whether the page is wanted.
    pub page: bool,
}

/// Makes the head.
///
/// # Errors
/// Says which file and which field cannot be used, or that `progress` wanted no more.
pub fn make(mut wish: Wish, progress: &mut Progress<'_>) -> Result<Made, CliError> {
    let template = template::template();
    let landmarks = given::landmarks(&wish.given, &template.landmarks, true, None)?.landmarks;
    step(progress, "reading the image", 0.0)?;
    let files = archive::unpacked(std::mem::take(&mut wish.files))?;
    let Read { image, name, history } = read(files, wish.series.as_deref(), &mut part(progress, 0.0, 0.03))?;
    let options = mri::Options { landmarks, flip: wish.flip, name: wish.name.clone() };
    let mut made = mri::build(&image, &options, &mut part(progress, 0.03, 0.9)).map_err(|e| {
        if matches!(e, MriError::Interrupted(_)) {
            return interrupted();
        }
        let error = CliError::input(format!("{name}: {e}")).maybe_hint(hint(&e));
        if matches!(e, MriError::Landmark { .. }) { error.field("landmarks") } else { error }
    })?;
    drop(image);
    made.head.history.splice(0..0, history);
    if !wish.own.is_empty() {
        step(progress, "reading the person's own surfaces", 0.9)?;
        let own: Vec<given::OwnSurface<'_>> = wish
            .own
            .iter()
            .map(|(side, pial, annot)| given::OwnSurface { side: *side, pial, annot: annot.as_ref() })
            .collect();
        made.head.cortex = Some(given::cortex(&own, &made.head)?);
    }
    let found = found(&made);
    let doubts: Vec<Doubt> =
        made.doubts.iter().map(|d| Doubt { part: d.part.clone(), text: d.text.clone() }).collect();
    let mut page = String::new();
    if wish.page {
        step(progress, "drawing the page", 0.92)?;
        let scalp = Some((&made.image, &made.scalp));
        page = Quality { head: &made.head, image: scalp, found: &found, doubts: &doubts }.html();
    }
    let details = details(&made);
    Ok(Made { head: made.head, found, doubts, details, from_file: DAffine3::IDENTITY, page })
}

/// An image that was read.
struct Read {
    image: Volume,
    /// What messages call it.
    name: String,
    history: Vec<String>,
}

/// Reads an image by its name and its first bytes.
fn read(files: Vec<File>, series: Option<&str>, progress: &mut Progress<'_>) -> Result<Read, CliError> {
    let Some(file) = files.first() else { return Err(CliError::input("no image was given")) };
    let slice =
        |f: &File| f.bytes.get(128..132) == Some(b"DICM") || ["dcm", "ima"].contains(&f.extension().as_str());
    if files.len() > 1 || slice(file) {
        return dicom(&files, series, progress);
    }
    let name = file.name.to_lowercase();
    let (image, format) = if [".mgz", ".mgh", ".mgh.gz"].iter().any(|e| name.ends_with(e)) {
        (mgh::read(&file.bytes).map_err(|e| file.error(e))?, "MGH")
    } else {
        let n = nifti::read(&file.bytes).map_err(|e| {
            file.error(e)
                .hint("images are read as .nii, .nii.gz, .mgh, .mgz, or DICOM slices in a folder or a .zip")
        })?;
        let format = match n.orientation {
            nifti::Orientation::Sform(_) => "NIfTI, orientation by its sform",
            nifti::Orientation::Qform(_) => "NIfTI, orientation by its qform",
        };
        (n.volume, format)
    };
    let history = vec![format!("Read from {} ({format}).", file.name)];
    Ok(Read { image, name: file.name.clone(), history })
}

/// Reads slices. What is kept says nothing of the patient: files of a scanner are often called after them.
#[cfg(feature = "dicom")]
fn dicom(files: &[File], series: Option<&str>, progress: &mut Progress<'_>) -> Result<Read, CliError> {
    use baihui_head::dicom::{self, DicomError, Source};
    let sources: Vec<Source<'_>> = files.iter().map(|f| Source { name: &f.name, bytes: &f.bytes }).collect();
    let read = dicom::read(&sources, series, progress).map_err(|e| {
        let hint = match e {
            DicomError::Several(_) | DicomError::NoSeries { .. } => {
                Some("say which with --series and its number or UID".to_owned())
            }
            DicomError::NoImage { .. } => Some(
                "a folder must hold the slices of one examination, as the scanner exported them".to_owned(),
            ),
            _ => None,
        };
        let series = matches!(e, DicomError::Several(_) | DicomError::NoSeries { .. });
        let error = CliError::input(&e).maybe_hint(hint);
        if series { error.field("series") } else { error }
    })?;
    let read = read.map_err(|_| interrupted())?;
    let mut history = vec![format!(
        "Read from a DICOM series of {} slices, orientation by ImagePositionPatient and ImageOrientationPatient.",
        read.series.slices
    )];
    if !read.notes.is_empty() {
        history.push(format!("DICOM: {}.", read.notes.join("; ")));
    }
    Ok(Read { image: read.volume, name: "the DICOM series".to_owned(), history })
}

#[cfg(not(feature = "dicom"))]
fn dicom(_: &[File], _: Option<&str>, _: &mut Progress<'_>) -> Result<Read, CliError> {
    Err(CliError::input("this program was built without DICOM (feature \"dicom\")")
        .hint("convert the series to NIfTI (dcm2niix)"))
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

fn found(made: &MriHead) -> Vec<[String; 2]> {
    let g = &made.image.grid;
    let size = g.voxel_mm();
    pairs(vec![
        (
            "image",
            format!(
                "{} × {} × {} voxels of {:.2} × {:.2} × {:.2} mm (right, anterior, superior)",
                g.dims[0], g.dims[1], g.dims[2], size[0], size[1], size[2]
            ),
        ),
        ("similarity to the built-in head’s image", format!("{:.3} (1 is none)", made.score)),
        ("best similarity with the axes turned", format!("{:.3}", made.next_score)),
        ("grey value between air and skin, evened", format!("{:.1}", made.threshold)),
        ("distance of the head’s skin from the scalp", format!("{:.2} mm root mean square", made.rms_mm)),
        ("skin that was seen", format!("{:.0} %", 100.0 * seen_share(made))),
    ])
}

fn seen_share(made: &MriHead) -> f64 {
    made.drawn.iter().sum::<f64>() / made.drawn.len().max(1) as f64
}

fn details(made: &MriHead) -> serde_json::Value {
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
