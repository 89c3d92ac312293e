//! Points in lines of text.

use glam::DVec3;

use super::{Kind, Raw};
use crate::io::{
    LengthUnit, Place,
    foreign::FileError,
    text::{Lines, number, shown, words},
};

fn wrong(format: &'static str, line: usize, found: String, expected: &str) -> FileError {
    FileError::new(format, Place::Line(line), found, expected)
}

/// Three numbers.
fn three(format: &'static str, line: usize, at: &[&[u8]]) -> Result<DVec3, FileError> {
    let mut p = [0.0; 3];
    if at.len() < 3 {
        return Err(wrong(format, line, format!("{} numbers", at.len()), "x, y and z"));
    }
    for (p, w) in p.iter_mut().zip(at) {
        *p = number(w).ok_or_else(|| wrong(format, line, shown(w), "a number"))?;
    }
    Ok(DVec3::from_array(p))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

/// 3D Slicer's fiducials. Directions by `CoordinateSystem`: 0 or RAS, 1 or LPS.
pub(super) fn fcsv(bytes: &[u8]) -> Result<Raw, FileError> {
    const FORMAT: &str = "fcsv";
    let mut lps = None;
    let mut columns: Vec<String> =
        "id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label".split(',').map(str::to_owned).collect();
    let mut points = Vec::new();
    for (n, line) in Lines::new(bytes) {
        let line = line.trim_ascii();
        if let Some(comment) = line.strip_prefix(b"#") {
            let comment = text(comment);
            if let Some((key, value)) = comment.split_once('=') {
                match (key.trim(), value.trim()) {
                    ("CoordinateSystem", "0" | "RAS") => lps = Some(false),
                    ("CoordinateSystem", "1" | "LPS") => lps = Some(true),
                    ("CoordinateSystem", other) => {
                        return Err(wrong(
                            FORMAT,
                            n,
                            format!("CoordinateSystem {other}"),
                            "RAS (0) or LPS (1)",
                        ));
                    }
                    ("columns", list) => columns = list.split(',').map(|c| c.trim().to_owned()).collect(),
                    _ => {}
                }
            }
            continue;
        }
        if line.is_empty() {
            continue;
        }
        let fields: Vec<&[u8]> = line.split(|&b| b == b',').collect();
        let column = |name: &str| columns.iter().position(|c| c == name).and_then(|i| fields.get(i).copied());
        let xyz: Vec<&[u8]> =
            ["x", "y", "z"].iter().filter_map(|c| column(c)).map(<[u8]>::trim_ascii).collect();
        let p = three(FORMAT, n, &xyz)?;
        points.push((column("label").map(text).unwrap_or_default(), Kind::Named, p));
    }
    let Some(lps) = lps else {
        return Err(wrong(
            FORMAT,
            1,
            "no CoordinateSystem".to_owned(),
            "a line \"# CoordinateSystem = LPS\" or RAS",
        ));
    };
    if lps {
        points.iter_mut().for_each(|(_, _, p)| *p *= DVec3::new(-1.0, -1.0, 1.0));
    }
    Ok(Raw { points, unit: Some(LengthUnit::Millimetre), image_axes: true })
}

/// ASA's electrodes: `Positions`, then `Labels`; newer files have `label : x y z`.
pub(super) fn elc(bytes: &[u8]) -> Result<Raw, FileError> {
    const FORMAT: &str = "elc";
    let (mut part, mut unit) = ("", None);
    let (mut positions, mut labels): (Vec<(Option<String>, DVec3)>, Vec<String>) = (Vec::new(), Vec::new());
    for (n, line) in Lines::new(bytes) {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let all: Vec<&[u8]> = words(line).collect();
        match all[0] {
            b"UnitPosition" => {
                unit = Some(match all.get(1).copied().unwrap_or_default() {
                    b"mm" => LengthUnit::Millimetre,
                    b"cm" => LengthUnit::Centimetre,
                    b"m" => LengthUnit::Metre,
                    other => return Err(wrong(FORMAT, n, shown(other), "mm, cm or m")),
                });
            }
            b"Positions" => part = "positions",
            b"Labels" => part = "labels",
            w if w.starts_with(b"Number") || w.starts_with(b"Reference") || w.starts_with(b"Unit") => {
                part = "";
            }
            _ if part == "positions" => {
                let colon = line.iter().position(|&b| b == b':');
                let (label, rest) = colon.map_or((None, line), |c| (Some(text(&line[..c])), &line[c + 1..]));
                let xyz: Vec<&[u8]> = words(rest).collect();
                positions.push((label, three(FORMAT, n, &xyz)?));
            }
            _ if part == "labels" => labels.extend(all.iter().map(|w| text(w))),
            _ => {}
        }
        if positions.len() > super::MAX_POINTS {
            break;
        }
    }
    let named = positions.into_iter().enumerate().map(|(i, (own, p))| {
        let name = own.or_else(|| labels.get(i).cloned()).unwrap_or_default();
        (name, Kind::Named, p)
    });
    Ok(Raw { points: named.collect(), unit, image_axes: false })
}

/// BESA's and EGI's `name x y z`.
pub(super) fn sfp(bytes: &[u8]) -> Result<Raw, FileError> {
    const FORMAT: &str = "sfp";
    let mut points = Vec::new();
    for (n, line) in Lines::new(bytes) {
        let all: Vec<&[u8]> = words(line).collect();
        if let Some((name, xyz)) = all.split_first()
            && !name.starts_with(b"#")
        {
            points.push((text(name), Kind::Named, three(FORMAT, n, xyz)?));
        }
    }
    Ok(Raw { points, unit: None, image_axes: false })
}

/// BIDS electrodes: columns by name; `n/a` is passed over.
pub(super) fn tsv(bytes: &[u8]) -> Result<Raw, FileError> {
    const FORMAT: &str = "electrodes.tsv";
    let mut rows = Lines::new(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes));
    let head: Vec<String> =
        rows.next().map(|(_, l)| l.split(|&b| b == b'\t').map(text).collect()).unwrap_or_default();
    let column = |name: &str| {
        head.iter()
            .position(|c| c.eq_ignore_ascii_case(name))
            .ok_or_else(|| wrong(FORMAT, 1, format!("no column \"{name}\""), "the columns name, x, y and z"))
    };
    // MNE's montages say "label".
    let named = column("name").or_else(|e| column("label").map_err(|_| e))?;
    let (name, xyz) = (named, [column("x")?, column("y")?, column("z")?]);
    let mut points = Vec::new();
    for (n, line) in rows {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let fields: Vec<&[u8]> = line.split(|&b| b == b'\t').map(<[u8]>::trim_ascii).collect();
        let values: Vec<&[u8]> = xyz.iter().filter_map(|&c| fields.get(c).copied()).collect();
        if values.iter().any(|v| v.eq_ignore_ascii_case(b"n/a")) {
            continue;
        }
        let p = three(FORMAT, n, &values)?;
        points.push((fields.get(name).map(|f| text(f)).unwrap_or_default(), Kind::Named, p));
    }
    Ok(Raw { points, unit: None, image_axes: false })
}

/// Polhemus' head shapes and electrodes: `%F` lines are nasion, left and right; x runs to the nose, y to the left.
pub(super) fn polhemus(bytes: &[u8]) -> Result<Raw, FileError> {
    const FORMAT: &str = "Polhemus";
    let mut points: Vec<(String, Kind, DVec3)> = Vec::new();
    let mut fiducials = ["nasion", "LPA", "RPA"].into_iter();
    let ras = |p: DVec3| DVec3::new(-p.y, p.x, p.z);
    let (mut name, mut started) = (None, false);
    for (n, line) in Lines::new(bytes) {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"//") {
            continue;
        }
        if let Some(rest) = line.strip_prefix(b"%") {
            let all: Vec<&[u8]> = words(rest).collect();
            match all.split_first() {
                Some((&b"F", xyz)) => {
                    let label = fiducials.next().unwrap_or("fiducial");
                    points.push((label.to_owned(), Kind::Named, ras(three(FORMAT, n, xyz)?)));
                    started = true;
                    // What was named before is the file or the person.
                    name = None;
                }
                Some((&b"N", rest)) => name = rest.first().map(|w| text(w)),
                _ => {}
            }
            continue;
        }
        let all: Vec<&[u8]> = words(line).collect();
        // Counts stand in lines of one or two numbers.
        if started && all.len() == 3 {
            let p = ras(three(FORMAT, n, &all)?);
            points.push(match name.take() {
                Some(label) => (label, Kind::Named, p),
                None => (String::new(), Kind::Shape, p),
            });
        }
    }
    Ok(Raw { points, unit: None, image_axes: false })
}

/// MNE's `category number x y z`.
pub(super) fn hpts(bytes: &[u8]) -> Result<Raw, FileError> {
    const FORMAT: &str = "hpts";
    let mut points = Vec::new();
    for (n, line) in Lines::new(bytes) {
        let all: Vec<&[u8]> = words(line).collect();
        let Some((&category, rest)) = all.split_first() else { continue };
        if category.starts_with(b"#") {
            continue;
        }
        let Some((&id, xyz)) = rest.split_first() else {
            return Err(wrong(FORMAT, n, shown(line), "a category, a number, x, y and z"));
        };
        let p = three(FORMAT, n, xyz)?;
        match category.to_ascii_lowercase().as_slice() {
            b"cardinal" => {
                let label = match id {
                    b"1" | b"lpa" => "LPA",
                    b"2" | b"nasion" => "nasion",
                    b"3" | b"rpa" => "RPA",
                    other => return Err(wrong(FORMAT, n, shown(other), "1 (LPA), 2 (nasion) or 3 (RPA)")),
                };
                points.push((label.to_owned(), Kind::Named, p));
            }
            b"eeg" => points.push((format!("EEG{}", text(id)), Kind::Named, p)),
            b"extra" => points.push((String::new(), Kind::Shape, p)),
            // Coils are not on the skin.
            _ => {}
        }
    }
    Ok(Raw { points, unit: None, image_axes: false })
}
