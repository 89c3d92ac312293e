//! A head from digitised points.

use baihui_head::{
    Origin,
    io::{
        LengthUnit,
        points::{Digitised, Kind, PointSet, landmark_of},
    },
    points, template,
};
use glam::{DAffine3, DVec3};
use serde_json::json;

use super::{Doubt, File, Given, Made, Progress, given, pairs, quality::Quality, step};
use crate::error::CliError;

/// What the user hands in and wants.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The points.
    pub file: File,
    /// Landmarks placed by hand, in the file's own coordinates and unit. They go before those of the file.
    pub given: Given,
    /// Name of the head.
    pub name: String,
    /// Whether the page is wanted.
    pub page: bool,
}

/// Makes the head.
///
/// # Errors
/// Says which file and which field cannot be used, or that `progress` wanted no more.
pub fn make(wish: &Wish, progress: &mut Progress<'_>) -> Result<Made, CliError> {
    let file = &wish.file;
    step(progress, "reading the points", 0.0)?;
    let mut set = given::point_file(file)?;
    let mm = set.unit.map_or(1.0, |(unit, _): (LengthUnit, bool)| unit.mm());
    replace(&mut set, &wish.given, mm);
    let unit = set
        .unit
        .map(|(u, stated)| format!("{u} ({})", if stated { "as stated" } else { "by the size of a head" }));
    step(progress, "warping the built-in head to the points", 0.1)?;
    let mut made = points::build(&template::template(), &set, &wish.name).map_err(|e| file.error(e))?;
    for t in &wish.given.typed {
        if let Some(l) = made.head.landmarks.get_mut(t.name, t.side) {
            l.origin = Origin::Picked;
            l.method = "given by hand".to_owned();
        }
    }
    let from_file = made.to_head * DAffine3::from_scale(DVec3::splat(mm));
    made.head.history.insert(0, format!("Read from {}, in {}.", file.name, unit.clone().unwrap_or_default()));
    let found = pairs(vec![
        ("named points", made.named.to_string()),
        ("points of the head’s shape", made.shape.to_string()),
        ("points left out, off the head", made.left_out.to_string()),
        ("distance of the points from the head’s skin", format!("{:.1} mm root mean square", made.rms_mm)),
    ]);
    let doubts = vec![
        Doubt {
            part: "shape".to_owned(),
            text: "the built-in head, warped to a few places: between the points nothing was measured"
                .to_owned(),
        },
        Doubt { part: "left and right".to_owned(), text: "taken from the names of the points".to_owned() },
    ];
    let mut page = String::new();
    if wish.page {
        step(progress, "drawing the page", 0.9)?;
        page = Quality { head: &made.head, image: None, found: &found, doubts: &doubts }.html();
    }
    let details = json!({
        "name": made.head.name,
        "source": made.head.source,
        "named_points": made.named,
        "shape_points": made.shape,
        "left_out": made.left_out,
        "rms_mm": made.rms_mm,
        "unit": unit,
        "landmarks": made.head.landmarks,
        "doubts": doubts,
        "history": made.head.history,
    });
    Ok(Made { head: made.head, found, doubts, details, from_file, page })
}

/// Puts landmarks that were placed by hand in the place of the file's.
fn replace(set: &mut PointSet, given: &Given, unit_mm: f64) {
    for t in &given.typed {
        let of = |p: &Digitised| p.kind == Kind::Named && landmark_of(&p.name) == Some((t.name, t.side));
        let mm = t.at * unit_mm;
        match set.points.iter_mut().find(|p| of(p)) {
            Some(p) => p.mm = mm,
            None => {
                set.points.push(Digitised { name: format!("{} {}", t.name, t.side), kind: Kind::Named, mm });
            }
        }
    }
}
