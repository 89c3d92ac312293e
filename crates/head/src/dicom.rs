//! A series of DICOM slices, from bytes to a [`Volume`].
//!
//! | part | what it does |
//! |---|---|
//! | `file` | one file: the fields that place its pixels, and where those are |
//! | `pixels` | grey values of a frame: plain, big-endian, RLE |
//! | this | files into series, slices in order along their normal, axes to right, anterior, superior |
//!
//! Positions come from ImagePositionPatient and ImageOrientationPatient alone (PS3.3, C.7.6.2.1.1), never from slice
//! numbers, SliceLocation or SpacingBetweenSlices, which scanners fill in as they like. DICOM's axes are left, posterior,
//! superior; both first ones are turned round. Nothing that names the patient is read.

use std::{collections::BTreeMap, fmt};

use glam::{DMat3, DVec3};
use serde::Serialize;

use crate::{
    nifti::MAX_VOXELS,
    progress::{Interrupted, Progress, step},
    volume::{Grid, Volume},
};

mod error;
mod file;
mod pixels;

pub use error::DicomError;
use file::{Frame, Image};

/// A file: its name, for messages, and its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Name.
    pub name: &'a str,
    /// Bytes.
    pub bytes: &'a [u8],
}

/// A series of the files that were handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Series {
    /// SeriesInstanceUID.
    pub uid: String,
    /// SeriesNumber, as it stands there.
    pub number: String,
    /// SeriesDescription.
    pub description: String,
    /// How many slices it has.
    pub slices: usize,
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = if self.number.is_empty() { "without a number" } else { &self.number };
        write!(f, "{number} \"{}\" ({} slices, {})", self.description, self.slices, self.uid)
    }
}

/// An image from slices.
#[derive(Clone, Debug)]
pub struct Dicom {
    /// The image, mm, RAS.
    pub volume: Volume,
    /// The series that it was made of. Its description may name the patient: for messages only.
    pub series: Series,
    /// What was passed over: files without pixels, copies of slices, other series. Without names.
    pub notes: Vec<String>,
}

/// Distance between two slices that are the same place, mm.
const SAME_MM: f64 = 0.01;
/// A series that covers less than this along any axis cannot be a head, mm.
const HEAD_MM: f64 = 100.0;

/// Whether bytes are a DICOM file.
pub fn is_dicom(bytes: &[u8]) -> bool {
    file::is_dicom(bytes)
}

/// Reads the series called `wanted` (its number or its UID), or the only one that could be a head.
///
/// # Errors
/// [`DicomError`] names file, field, what was found and what was expected. Where `progress` wants no more:
/// `Ok(Err(Interrupted))`.
pub fn read(
    sources: &[Source<'_>],
    wanted: Option<&str>,
    progress: &mut Progress<'_>,
) -> Result<Result<Dicom, Interrupted>, DicomError> {
    let mut all: BTreeMap<String, Vec<Image<'_>>> = BTreeMap::new();
    let (mut without, mut unreadable) = (0, None);
    for (n, source) in sources.iter().enumerate() {
        if n % 64 == 0
            && let Err(stop) =
                step(progress, "reading the slices' places", 0.3 * n as f64 / sources.len() as f64)
        {
            return Ok(Err(stop));
        }
        if !is_dicom(source.bytes) {
            without += 1;
            continue;
        }
        match file::read(*source) {
            Ok(Some(image)) => all.entry(image.series.clone()).or_default().push(image),
            Ok(None) => without += 1,
            // A report or a picture of another kind in the folder is no reason to stop; a broken slice of the series
            // that is read is, and shows as a gap.
            Err(e) => {
                without += 1;
                unreadable.get_or_insert(e);
            }
        }
    }
    if all.is_empty() {
        return Err(unreadable.unwrap_or(DicomError::NoImage { files: sources.len() }));
    }
    let (name, images) = choose(&mut all, wanted)?;
    let mut notes = Vec::new();
    let mut note = |n: usize, one: &str, many: &str| {
        if n > 0 {
            notes.push(format!("{n} {}", if n == 1 { one } else { many }));
        }
    };
    note(
        without,
        "file without a usable image was passed over",
        "files without a usable image were passed over",
    );
    note(all.len(), "other series was passed over", "other series were passed over");
    let stack = match Stack::of(&name, &images) {
        Ok(s) => s,
        // A slice that could not be read explains the gap better than the gap does.
        Err(e) => return Err(unreadable.unwrap_or(e)),
    };
    note(stack.copies, "copy of a slice was passed over", "copies of slices were passed over");
    let grid = stack.grid();
    let mut data = Vec::with_capacity(grid.len());
    for (n, &(image, frame)) in stack.order.iter().enumerate() {
        if n % 32 == 0 {
            let share = 0.3 + 0.7 * n as f64 / stack.order.len() as f64;
            if let Err(stop) = step(progress, "reading the slices", share) {
                return Ok(Err(stop));
            }
        }
        data.extend(pixels::decode(&images[image], frame)?);
    }
    Ok(Ok(Dicom { volume: Volume { grid, data }, series: describe(&name, &images), notes }))
}

fn describe(uid: &str, images: &[Image<'_>]) -> Series {
    let first = images.first();
    Series {
        uid: uid.to_owned(),
        number: first.map(|i| i.number.clone()).unwrap_or_default(),
        description: first.map(|i| i.description.clone()).unwrap_or_default(),
        slices: images.iter().map(|i| i.frames.len()).sum(),
    }
}

/// Takes the series that is meant out of all.
fn choose<'a>(
    all: &mut BTreeMap<String, Vec<Image<'a>>>,
    wanted: Option<&str>,
) -> Result<(String, Vec<Image<'a>>), DicomError> {
    let mut found: Vec<Series> = all.iter().map(|(uid, images)| describe(uid, images)).collect();
    found.sort_by(|a, b| (a.number.len(), &a.number, &a.uid).cmp(&(b.number.len(), &b.number, &b.uid)));
    let meant: Vec<Series> = match wanted {
        Some(w) => found.iter().filter(|s| s.uid == w || s.number == w).cloned().collect(),
        None if found.len() == 1 => found.clone(),
        None => found.iter().filter(|s| all.get(&s.uid).is_some_and(|i| may_be_head(i))).cloned().collect(),
    };
    match &meant[..] {
        [one] => Ok((one.uid.clone(), all.remove(&one.uid).unwrap_or_default())),
        [] => match wanted {
            Some(w) => Err(DicomError::NoSeries { wanted: w.chars().take(64).collect(), found }),
            None => Err(DicomError::Several(found)),
        },
        _ => Err(DicomError::Several(meant)),
    }
}

/// Whether a series covers a head; a localizer or a stack of a few slices does not.
fn may_be_head(images: &[Image<'_>]) -> bool {
    let Some(first) = images.first() else { return false };
    let Some(f) = first.frames.first() else { return false };
    let normal = f.along_row.cross(f.along_column);
    let (mut lo, mut hi) = (f64::INFINITY, f64::NEG_INFINITY);
    for frame in images.iter().flat_map(|i| &i.frames) {
        if frame.along_row.dot(f.along_row) < 0.99 || frame.along_column.dot(f.along_column) < 0.99 {
            return false;
        }
        lo = lo.min(frame.position.dot(normal));
        hi = hi.max(frame.position.dot(normal));
    }
    let slices: usize = images.iter().map(|i| i.frames.len()).sum();
    let [columns, rows] = first.size.map(|n| n as f64);
    slices >= 12 && hi - lo >= HEAD_MM && columns * f.spacing[1] >= HEAD_MM && rows * f.spacing[0] >= HEAD_MM
}

/// Slices in order.
#[derive(Debug)]
struct Stack {
    /// Image and frame, along the normal.
    order: Vec<(usize, usize)>,
    first: Frame,
    /// From one slice to the next, DICOM's axes, mm.
    step: DVec3,
    size: [usize; 2],
    copies: usize,
}

impl Stack {
    fn of(series: &str, images: &[Image<'_>]) -> Result<Self, DicomError> {
        let wrong = |what: String| DicomError::Stack { series: series.to_owned(), what };
        let mut seen = std::collections::BTreeSet::new();
        let mut order: Vec<(usize, usize)> = Vec::new();
        let mut copies = 0;
        for (n, image) in images.iter().enumerate() {
            // The same slice stored twice is one slice.
            if !image.instance.is_empty() && !seen.insert(image.instance.as_str()) {
                copies += 1;
                continue;
            }
            order.extend((0..image.frames.len()).map(|f| (n, f)));
        }
        let Some(&(i, f)) = order.first() else { return Err(wrong("it has no slice".to_owned())) };
        let (head, size) = (images[i].frames[f], images[i].size);
        let frame = |&(i, f): &(usize, usize)| images[i].frames[f];
        for at in &order {
            let (image, f) = (&images[at.0], frame(at));
            if image.size != size {
                return Err(wrong(format!(
                    "Rows (0028,0010) and Columns (0028,0011) are {} × {} in {} and {} × {} in {}; expected one size",
                    size[1], size[0], images[i].file, image.size[1], image.size[0], image.file
                )));
            }
            if f.along_row.dot(head.along_row) < 0.9999 || f.along_column.dot(head.along_column) < 0.9999 {
                return Err(wrong(format!(
                    "ImageOrientationPatient (0020,0037) differs between {} and {}; expected one direction (a localizer has several)",
                    images[i].file, image.file
                )));
            }
            if (0..2).any(|k| (f.spacing[k] / head.spacing[k] - 1.0).abs() > 0.01) {
                return Err(wrong(format!(
                    "PixelSpacing (0028,0030) differs between {} and {}; expected one",
                    images[i].file, image.file
                )));
            }
        }
        if order.len() < 2 {
            return Err(wrong(
                "it has one slice; expected all slices of a head (give the folder, not a file)".to_owned(),
            ));
        }
        let voxels = order.len() as u64 * size[0] as u64 * size[1] as u64;
        if voxels > MAX_VOXELS as u64 {
            return Err(DicomError::TooLarge { found: voxels });
        }
        let normal = head.along_row.cross(head.along_column).normalize_or_zero();
        let along = |at: &(usize, usize)| frame(at).position.dot(normal);
        order.sort_by(|a, b| along(a).total_cmp(&along(b)).then(a.cmp(b)));
        let gaps: Vec<f64> = order.windows(2).map(|w| along(&w[1]) - along(&w[0])).collect();
        if let Some(n) = gaps.iter().position(|g| *g < SAME_MM) {
            let (a, b) = (&images[order[n].0], &images[order[n + 1].0]);
            let differs = a.kinds.iter().zip(&b.kinds).find(|(x, y)| x.1 != y.1);
            let by = differs.map_or_else(String::new, |(x, y)| {
                format!("; they differ in {}: \"{}\" and \"{}\"", x.0, x.1, y.1)
            });
            return Err(wrong(format!(
                "{} and {} lie at the same place (ImagePositionPatient (0020,0032)){by}. Expected one image; keep the slices of \
                 one of them in a folder of its own",
                a.file, b.file
            )));
        }
        let mut sorted = gaps.clone();
        sorted.sort_by(f64::total_cmp);
        let usual = sorted[sorted.len() / 2];
        if let Some(n) = gaps.iter().position(|g| (g - usual).abs() > (0.1 * usual).max(0.02)) {
            let missing = libm::round(gaps[n] / usual) - 1.0;
            let (a, b) = (&images[order[n].0], &images[order[n + 1].0]);
            return Err(wrong(if missing >= 1.0 {
                format!(
                    "{missing:.0} of its slices {} missing: {} and {} are {:.2} mm apart, the others {usual:.2} mm \
                     (ImagePositionPatient (0020,0032))",
                    if missing < 1.5 { "is" } else { "are" },
                    a.file,
                    b.file,
                    gaps[n]
                )
            } else {
                format!(
                    "its slices are not evenly spaced: {} and {} are {:.2} mm apart, others {usual:.2} mm (ImagePositionPatient \
                     (0020,0032))",
                    a.file, b.file, gaps[n]
                )
            }));
        }
        let n = order.len() - 1;
        let (first, last) = (frame(&order[0]), frame(&order[n]));
        let step = (last.position - first.position) / n as f64;
        for (k, at) in order.iter().enumerate() {
            let off = frame(at).position - (first.position + step * k as f64);
            if off.length() > (0.2 * usual).max(0.1) {
                return Err(wrong(format!(
                    "{} lies {:.2} mm off the line of the others (ImagePositionPatient (0020,0032))",
                    images[at.0].file,
                    off.length()
                )));
            }
        }
        if step.normalize_or_zero().dot(normal) < 0.9999 {
            return Err(wrong(
                "its slices are shifted against each other (ImagePositionPatient (0020,0032)): a tilted stack is not read".to_owned(),
            ));
        }
        Ok(Self { order, first, step, size, copies })
    }

    /// Voxel to mm in RAS: DICOM's first two axes point to the left and to the back.
    fn grid(&self) -> Grid {
        let ras = |v: DVec3| DVec3::new(-v.x, -v.y, v.z);
        let f = &self.first;
        Grid {
            dims: [self.size[0], self.size[1], self.order.len()],
            linear: DMat3::from_cols(
                ras(f.along_row * f.spacing[1]),
                ras(f.along_column * f.spacing[0]),
                ras(self.step),
            ),
            offset: ras(f.position),
        }
    }
}
