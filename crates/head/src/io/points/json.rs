//! Points as JSON: 3D Slicer's markups, BIDS coordinate systems, fiducials by name, Baihui's landmarks.

use glam::DVec3;
use serde_json::{Map, Value};

use super::{Kind, Raw, sided};
use crate::{
    io::{LengthUnit, Place, foreign::FileError},
    landmark::Landmarks,
};

const FORMAT: &str = "JSON points";

fn wrong(part: &str, found: impl Into<String>, expected: &str) -> FileError {
    FileError::new(FORMAT, Place::Part(part.to_owned()), found, expected)
}

pub(super) fn read(bytes: &[u8]) -> Result<Raw, FileError> {
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|e| FileError::new(FORMAT, Place::Line(e.line()), e.to_string(), "JSON"))?;
    match value {
        Value::Array(_) => own(value),
        Value::Object(o) if o.contains_key("markups") => markups(&o),
        Value::Object(mut o) if o.contains_key("landmarks") => own(o.remove("landmarks").unwrap_or_default()),
        Value::Object(o) => named(&o),
        _ => Err(wrong("the top", "a bare value", "an object or a list")),
    }
}

/// Baihui's own list of landmarks.
fn own(value: Value) -> Result<Raw, FileError> {
    let l: Landmarks = serde_json::from_value(value).map_err(|e| {
        wrong("the list", e.to_string(), "landmarks as `baihui head show --format json` writes them")
    })?;
    let points = l.iter().map(|(n, s, l)| (sided(n, s), Kind::Named, l.position.mm)).collect();
    Ok(Raw { points, unit: Some(LengthUnit::Millimetre), image_axes: true })
}

fn xyz(part: &str, v: &Value) -> Result<DVec3, FileError> {
    let list: Option<Vec<f64>> = v.as_array().and_then(|a| a.iter().map(Value::as_f64).collect());
    match list.as_deref() {
        Some(&[x, y, z]) => Ok(DVec3::new(x, y, z)),
        _ => Err(wrong(part, v.to_string().chars().take(60).collect::<String>(), "three numbers")),
    }
}

/// 3D Slicer's `.mrk.json`.
fn markups(o: &Map<String, Value>) -> Result<Raw, FileError> {
    let mut points = Vec::new();
    for list in o.get("markups").and_then(Value::as_array).into_iter().flatten() {
        let turn = match list.get("coordinateSystem").and_then(Value::as_str) {
            Some("LPS" | "1") => DVec3::new(-1.0, -1.0, 1.0),
            Some("RAS" | "0") => DVec3::ONE,
            other => {
                return Err(wrong("markups.coordinateSystem", format!("{other:?}"), "\"LPS\" or \"RAS\""));
            }
        };
        for p in list.get("controlPoints").and_then(Value::as_array).into_iter().flatten() {
            let name = p.get("label").and_then(Value::as_str).unwrap_or_default().to_owned();
            let at = xyz("markups.controlPoints.position", p.get("position").unwrap_or(&Value::Null))?;
            points.push((name, Kind::Named, at * turn));
        }
    }
    Ok(Raw { points, unit: Some(LengthUnit::Millimetre), image_axes: true })
}

fn unit(part: &str, v: Option<&Value>) -> Result<Option<LengthUnit>, FileError> {
    Ok(match v.map(|v| v.as_str().unwrap_or_default()) {
        None | Some("n/a") => None,
        Some("mm" | "millimetres" | "millimeters") => Some(LengthUnit::Millimetre),
        Some("cm") => Some(LengthUnit::Centimetre),
        Some("m" | "metres" | "meters") => Some(LengthUnit::Metre),
        Some(other) => return Err(wrong(part, other.chars().take(30).collect::<String>(), "mm, cm or m")),
    })
}

/// BIDS' coordsystem.json, or names with three numbers each.
fn named(o: &Map<String, Value>) -> Result<Raw, FileError> {
    for (key, units) in [
        ("AnatomicalLandmarkCoordinates", "AnatomicalLandmarkCoordinateUnits"),
        ("FiducialsCoordinates", "FiducialsCoordinateUnits"),
    ] {
        if let Some(list) = o.get(key).and_then(Value::as_object).filter(|l| !l.is_empty()) {
            let mut points = Vec::new();
            for (name, v) in list {
                points.push((name.clone(), Kind::Named, xyz(&format!("{key}.{name}"), v)?));
            }
            return Ok(Raw { points, unit: unit(units, o.get(units))?, image_axes: false });
        }
    }
    let unit = unit("unit", o.get("unit").or_else(|| o.get("units")))?;
    // MNE's word for coordinates of the person's own image.
    let image_axes = o
        .get("coord_frame")
        .and_then(Value::as_str)
        .is_some_and(|f| f.eq_ignore_ascii_case("mri") || f == "RAS");
    let mut points = Vec::new();
    for (name, v) in o.iter().filter(|(_, v)| v.is_array()) {
        points.push((name.clone(), Kind::Named, xyz(name, v)?));
    }
    if points.is_empty() {
        return Err(wrong("the top", "no point", "names with three numbers each"));
    }
    Ok(Raw { points, unit, image_axes })
}
