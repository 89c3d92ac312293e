//! What is wanted of a person's files, and the work that it comes to.

use baihui_head::{Head, Side, io::LengthUnit, landmark::name};
use glam::DVec3;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{heads, jobs::Finished, problem::Problem};
use crate::{
    error::CliError,
    person::{self, File, Given, Made, Typed},
};

/// What a head is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MadeOf {
    /// A magnetic resonance image.
    Mri,
    /// A surface scan.
    Scan,
    /// Digitised points.
    Points,
}

const IMAGES: [&str; 8] = [".nii", ".nii.gz", ".mgz", ".mgh", ".mgh.gz", ".dcm", ".ima", ".zip"];
const SCANS: [&str; 4] = [".ply", ".obj", ".stl", ".glb"];
const POINTS: [&str; 11] =
    [".hsp", ".elc", ".sfp", ".fcsv", ".json", ".csv", ".tsv", ".elp", ".hpts", ".bvct", ".xml"];

impl MadeOf {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Mri => "mri",
            Self::Scan => "scan",
            Self::Points => "points",
        }
    }

    /// By the names and the first bytes of the files.
    fn of(files: &[File]) -> Option<Self> {
        let first = files.first()?;
        if files.len() > 1 || first.bytes.get(128..132) == Some(b"DICM") {
            return Some(Self::Mri);
        }
        let name = first.name.to_lowercase();
        let ends = |of: &[&str]| of.iter().any(|e| name.ends_with(e));
        match () {
            () if ends(&IMAGES) => Some(Self::Mri),
            () if ends(&SCANS) => Some(Self::Scan),
            () if ends(&POINTS) => Some(Self::Points),
            () => None,
        }
    }
}

/// Landmarks that are confirmed by eye. The side is in the name: a left one is never a right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confirmed {
    /// Nasion.
    Nasion,
    /// Inion.
    Inion,
    /// Left preauricular point, the patient's left.
    PreauricularLeft,
    /// Right preauricular point, the patient's right.
    PreauricularRight,
}

impl Confirmed {
    /// All, in the order in which they are looked at.
    pub const ALL: [Self; 4] = [Self::Nasion, Self::Inion, Self::PreauricularLeft, Self::PreauricularRight];

    /// Name and side as heads have them.
    pub fn of_head(self) -> (&'static str, Side) {
        match self {
            Self::Nasion => (name::NASION, Side::Midline),
            Self::Inion => (name::INION, Side::Midline),
            Self::PreauricularLeft => (name::PREAURICULAR, Side::Left),
            Self::PreauricularRight => (name::PREAURICULAR, Side::Right),
        }
    }
}

/// A landmark that somebody has placed or confirmed.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Placed {
    /// Which.
    landmark: Confirmed,
    /// Where on the head that was made, mm, RAS.
    position_mm: [f64; 3],
}

/// What is wanted of the files.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Wanted {
    /// What the files are; told by their names if absent.
    kind: Option<MadeOf>,
    /// Name of the head.
    name: Option<String>,
    /// Unit of a scan, where its size does not tell.
    unit: Option<Unit>,
    /// Thickness of hair or cap on a scan, mm, 0 to 60.
    hair_mm: Option<f64>,
    /// Whether the header of an image has exchanged left and right.
    flip: bool,
    /// Which DICOM series: its number or its UID.
    series: Option<String>,
    /// Landmarks as they shall be, on the head that this job made before.
    landmarks: Vec<Placed>,
}

/// A unit of length.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Millimetre.
    Mm,
    /// Centimetre.
    Cm,
    /// Metre.
    M,
    /// Inch.
    Inch,
}

impl From<Unit> for LengthUnit {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::Mm => Self::Millimetre,
            Unit::Cm => Self::Centimetre,
            Unit::M => Self::Metre,
            Unit::Inch => Self::Inch,
        }
    }
}

/// What is to be done, apart from the job, so that work holds no lock.
pub struct Work {
    /// What the head is made of.
    pub of: MadeOf,
    files: Vec<File>,
    given: Given,
    wanted: Wanted,
    unit: Option<LengthUnit>,
}

impl Work {
    /// What is to be done with some files; `made` is the head that was made of them before.
    pub fn new(files: &[File], made: Option<&Finished>, wanted: Wanted) -> Result<Self, Problem> {
        let known = wanted.kind.or_else(|| MadeOf::of(files));
        let of = known.ok_or_else(|| {
            let name = files.first().map_or("", |f| f.name.as_str());
            let list = |of: &[&str]| of.join(", ");
            Problem::input(format!(
                "\"{name}\" is not named as an image ({}), a scan ({}) or digitised points ({})",
                list(&IMAGES),
                list(&SCANS),
                list(&POINTS)
            ))
            .field("file")
        })?;
        if of != MadeOf::Mri && files.len() > 1 {
            return Err(Problem::input(format!("{} files; expected one", files.len())).field("file"));
        }
        let given = given(made, &wanted.landmarks)?;
        let unit = wanted.unit.map(Into::into).or_else(|| made?.unit);
        Ok(Self { of, files: files.to_vec(), given, wanted, unit })
    }

    /// Does it.
    pub fn make(self, progress: &mut person::Progress<'_>) -> Result<Made, CliError> {
        let Self { of, mut files, given, wanted, unit } = self;
        let name: String = wanted.name.unwrap_or_default().trim().chars().take(120).collect();
        let mut first = || files.pop().unwrap_or_default();
        match of {
            MadeOf::Mri => {
                let series = wanted.series.filter(|s| !s.trim().is_empty());
                let flip = wanted.flip;
                let wish =
                    person::mri::Wish { files, given, series, flip, own: Vec::new(), name, page: true };
                person::mri::make(wish, progress)
            }
            MadeOf::Scan => {
                let hair_mm = wanted.hair_mm.unwrap_or(0.0);
                let wish = person::scan::Wish { file: first(), given, unit, hair_mm, name, page: true };
                person::scan::make(wish, progress)
            }
            MadeOf::Points => {
                let wish = person::points::Wish { file: first(), given, name, page: true };
                person::points::make(&wish, progress)
            }
        }
    }
}

/// Landmarks on a head as landmarks in its file.
fn given(made: Option<&Finished>, placed: &[Placed]) -> Result<Given, Problem> {
    let mut given = Given::default();
    let Some(first) = placed.first() else { return Ok(given) };
    let wrong = |text: String| Problem::input(text).field("landmarks");
    let made = made.ok_or_else(|| {
        let (name, _) = first.landmark.of_head();
        wrong(format!("{name} is placed on a head that this job has not made yet"))
    })?;
    let head = &made.loaded.head;
    let to_file = made.from_file.inverse();
    for p in placed {
        let (name, side) = p.landmark.of_head();
        heads::on_skin(head, p.position_mm).map_err(|e| e.field("landmarks"))?;
        if given.typed.iter().any(|t| (t.name, t.side) == (name, side)) {
            return Err(wrong(format!("{name} ({side}) is given twice")));
        }
        let at = DVec3::from_array(p.position_mm);
        if is_across(head, side, at) {
            return Err(wrong(format!(
                "{name} ({side}) lies on the other side of the head; left and right are the patient's"
            )));
        }
        given.typed.push(Typed { name, side, at: to_file.transform_point3(at) });
    }
    Ok(given)
}

/// Whether a place lies on the other side of the head than it should: a wrong side is the worst of errors.
fn is_across(head: &Head, side: Side, at: DVec3) -> bool {
    let ear = |side| head.landmarks.mm(name::PREAURICULAR, side);
    let (Some(axes), Some(left), Some(right)) = (head.axes(), ear(Side::Left), ear(Side::Right)) else {
        return false;
    };
    side != Side::Midline && (at - (left + right) / 2.0).dot(axes.lateral(side)) <= 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_name_and_content() {
        let file = |name: &str, bytes: &[u8]| File { name: name.to_owned(), bytes: bytes.to_vec().into() };
        let of = |name: &str| MadeOf::of(&[file(name, b"x")]);
        assert_eq!(of("T1.NII.GZ"), Some(MadeOf::Mri));
        assert_eq!(of("slices.zip"), Some(MadeOf::Mri));
        assert_eq!(of("head.PLY"), Some(MadeOf::Scan));
        assert_eq!(of("a.mrk.json"), Some(MadeOf::Points));
        assert_eq!(of("letter.pdf"), None);
        let mut slice = vec![0; 128];
        slice.extend(b"DICM");
        assert_eq!(MadeOf::of(&[file("IM0001", &slice)]), Some(MadeOf::Mri));
    }

    #[test]
    fn a_left_ear_is_not_on_the_right() {
        let head = baihui_head::template::template();
        let left = head.landmarks.mm(name::PREAURICULAR, Side::Left).unwrap();
        assert!(!is_across(&head, Side::Left, left) && is_across(&head, Side::Right, left));
        assert!(!is_across(&head, Side::Midline, left));
    }
}
