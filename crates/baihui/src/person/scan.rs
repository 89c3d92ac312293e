//! A head from a surface scan.

use baihui_head::{
    io::{self, Format, LengthUnit},
    repair::{RepairOptions, UnitOrigin, repair},
    scan::{self, ScanError},
    template,
};
use glam::{DAffine3, DVec3};
use serde_json::json;

use super::{Doubt, File, Given, Made, Progress, given, interrupted, pairs, part, quality::Quality, step};
use crate::error::CliError;

/// What the user hands in and wants.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The mesh.
    pub file: File,
    /// Landmarks placed by hand, in the scan's own coordinates and unit.
    pub given: Given,
    /// Unit of the scan, where its size does not tell.
    pub unit: Option<LengthUnit>,
    /// Thickness of hair or cap, mm.
    pub hair_mm: f64,
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
    // Half a gigabyte is not rare: gone as soon as it is read.
    let bytes = std::mem::take(&mut wish.file.bytes);
    let Wish { file, unit, .. } = &wish;
    let format = Format::from_extension(&file.extension()).ok_or_else(|| {
        file.error("not named as a mesh").hint("scans are read as .ply, .obj, .stl or .glb")
    })?;
    let template = template::template();
    let given = given::landmarks(&wish.given, &template.landmarks, false, *unit)?;
    step(progress, "reading the scan", 0.0)?;
    let mut raw = io::read_mesh(&bytes, format).map_err(|e| file.error(e))?;
    drop(bytes);
    if let Some(unit) = given.unit {
        let near: Vec<glam::DVec3> =
            given.landmarks.iter().map(|(_, _, l)| l.position.mm / unit.mm()).collect();
        raw = scan::crop(raw, &near, unit.mm());
    }
    let (raw, thinned) = scan::thin(raw, scan::ENOUGH);
    step(progress, "joining and turning the triangles", 0.1)?;
    let mut repaired = repair(raw, RepairOptions { unit: given.unit }).map_err(|e| {
        file.error(e).hint("--unit mm, cm, m or inch says in what the file is; the head must be most of the scan, or landmarks given").field("unit")
    })?;
    if unit.is_none() && given.unit.is_some() {
        repaired.report.unit_origin = Some(UnitOrigin::Landmarks);
    }
    let unit_mm = repaired.report.unit.map_or(1.0, LengthUnit::mm);
    let options =
        scan::Options { landmarks: given.landmarks, hair_mm: wish.hair_mm, name: wish.name.clone() };
    let mut made = scan::build(&template, &repaired.surface, &options, &mut part(progress, 0.3, 0.9))
        .map_err(|e| match e {
            ScanError::Interrupted(_) => interrupted(),
            e @ ScanError::Hair(_) => file.error(e).field("hair_mm"),
            e @ (ScanError::NoHead { .. } | ScanError::NoFace { .. }) => {
                file.error(e).hint("give nasion and both preauricular points in the scan's own coordinates, or scan again with little but the head")
            }
            e => file.error(e).hint(
                "landmarks are in the scan's own coordinates: nasion, LPA and RPA (left and right are the patient's)",
            ).field("landmarks"),
        })?;
    made.head.history.insert(0, format!("Read from {}.", file.name));
    let thinned = thinned.map(|t| {
        format!(
            "Of {} triangles, {} were made, by taking together what lies within {:.3} of the file's units: as fine as a head needs.",
            t.from, repaired.report.read_faces, t.cell
        )
    });
    for (n, s) in thinned.into_iter().chain(repaired.report.sentences()).enumerate() {
        made.head.history.insert(1 + n, s);
    }
    let found = pairs(vec![
        ("triangles of the scan", made.scan.faces().len().to_string()),
        ("distance of the head’s skin from the scan", format!("{:.2} mm root mean square", made.rms_mm)),
        ("skin that was seen", format!("{:.0} %", 100.0 * made.seen_share)),
    ]);
    let doubts: Vec<Doubt> =
        made.doubts.iter().map(|(part, text)| Doubt { part: part.clone(), text: text.clone() }).collect();
    let mut page = String::new();
    if wish.page {
        step(progress, "drawing the page", 0.92)?;
        page = Quality { head: &made.head, image: None, found: &found, doubts: &doubts }.html();
    }
    let details = json!({
        "name": made.head.name,
        "source": made.head.source,
        "rms_mm": made.rms_mm,
        "seen_share": made.seen_share,
        "unit": repaired.report.unit,
        "landmarks": made.head.landmarks,
        "doubts": doubts,
        "history": made.head.history,
    });
    let from_file = made.to_head * DAffine3::from_scale(DVec3::splat(unit_mm));
    Ok(Made { head: made.head, found, doubts, details, from_file, page })
}
