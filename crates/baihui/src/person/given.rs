//! Landmarks and surfaces that the user hands in.

use std::collections::BTreeMap;

use baihui_head::{
    Cortex, Head, Hemisphere, Landmark, Landmarks, Origin, Point, Side, Surface,
    io::{LengthUnit, freesurfer, gifti, points, points::PointSet},
    landmark::name,
};
use glam::DVec3;

use super::File;
use crate::error::CliError;

/// A landmark that was typed or clicked.
#[derive(Clone, Debug)]
pub struct Typed {
    /// Its name in [`baihui_head::landmark::name`].
    pub name: &'static str,
    /// Its side, the patient's.
    pub side: Side,
    /// Its place in the file's own coordinates and unit.
    pub at: DVec3,
}

/// Landmarks placed by hand, in the coordinates of the image or the scan.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// A file with landmarks or points.
    pub file: Option<File>,
    /// Single landmarks; they go before the file's.
    pub typed: Vec<Typed>,
}

/// Reads a file of points.
pub fn point_file(file: &File) -> Result<PointSet, CliError> {
    points::read(&file.bytes, &file.extension()).map_err(|e| file.error(e))
}

/// Landmarks of the options, mm, and the unit that they were given in.
pub struct GivenLandmarks {
    /// The landmarks, mm.
    pub landmarks: Landmarks,
    /// Their unit, if a file or their distances tell it.
    pub unit: Option<LengthUnit>,
}

/// The landmarks of the options, in the coordinates that they were given in; `known` has the names and sds of landmarks.
///
/// With `image_axes` the numbers are the image's, in mm. Otherwise they are a scan's: those of a file in the unit of the
/// file, those of the options in the same, or in the one in which the ears are as far apart as a head's.
pub fn landmarks(
    given: &Given,
    known: &Landmarks,
    image_axes: bool,
    unit: Option<LengthUnit>,
) -> Result<GivenLandmarks, CliError> {
    let mut out = Landmarks::new();
    let mut unit = unit;
    if let Some(file) = &given.file {
        let set = point_file(file)?;
        if image_axes && !set.image_axes {
            return Err(file.error("the format does not say that its coordinates are those of the image")
            .hint("give them as .fcsv or .mrk.json (3D Slicer), as .csv, or as JSON with \"coord_frame\": \"mri\""));
        }
        out = set.landmarks(known, 3.0);
        let own = set.unit.map(|u| u.0);
        if let (Some(wanted), Some(own)) = (unit, own) {
            // The file's numbers are the scan's numbers: in the unit that was asked for.
            out.iter_mut()
                .for_each(|(_, _, l)| l.position = Point::new(l.position.mm * (wanted.mm() / own.mm())));
        }
        unit = unit.or(own);
        if out.is_empty() {
            let found: Vec<&str> = set.points.iter().take(8).map(|p| p.name.as_str()).collect();
            return Err(file
                .error(format!("none of its points is a landmark (first names: {})", found.join(", ")))
            .hint("landmarks are called nasion (NAS, Nz), inion (Iz), LPA, RPA, or as `baihui head show` lists them"));
        }
    }
    let mut typed = Landmarks::new();
    for t in &given.typed {
        let position = Point::new(t.at);
        let sd_mm = known.get(t.name, t.side).map_or(3.0, |l| l.sd_mm);
        let method = "given by hand".to_owned();
        typed.insert(t.name, t.side, Landmark { position, sd_mm, origin: Origin::Picked, method });
    }
    if !image_axes && !typed.is_empty() {
        let ear = |side| typed.mm(name::PREAURICULAR, side).or_else(|| out.mm(name::PREAURICULAR, side));
        if unit.is_none() {
            let apart = ear(Side::Left).zip(ear(Side::Right)).map(|(l, r)| l.distance(r));
            let all = [LengthUnit::Millimetre, LengthUnit::Centimetre, LengthUnit::Metre];
            unit = apart.and_then(|d| all.into_iter().find(|u| (90.0..=200.0).contains(&(d * u.mm()))));
        }
        let mm = unit.map_or(1.0, LengthUnit::mm);
        typed.iter_mut().for_each(|(_, _, l)| l.position = Point::new(l.position.mm * mm));
    }
    for (name, side, l) in typed.iter() {
        out.insert(name, side, l.clone());
    }
    Ok(GivenLandmarks { landmarks: out, unit })
}

/// Three numbers of an option.
pub fn three(option: &str, text: &str) -> Result<DVec3, CliError> {
    let numbers: Option<Vec<f64>> = text
        .split([',', ';', ' '])
        .filter(|w| !w.is_empty())
        .map(|w| w.trim().parse().ok().filter(|v: &f64| v.is_finite()))
        .collect();
    match numbers.as_deref() {
        Some(&[x, y, z]) => Ok(DVec3::new(x, y, z)),
        _ => Err(CliError::usage(format!(
            "{option} is \"{text}\"; expected three numbers, such as 0,86.8,-40"
        ))),
    }
}

/// One side's surface and regions.
pub struct OwnSurface<'a> {
    /// Which side.
    pub side: Side,
    /// Its surface.
    pub pial: &'a File,
    /// Its regions.
    pub annot: Option<&'a File>,
}

/// The person's own cortex, checked to lie within the head.
pub fn cortex(parts: &[OwnSurface<'_>], head: &Head) -> Result<Cortex, CliError> {
    let mut numbers: BTreeMap<String, u16> = BTreeMap::new();
    let mut hemispheres = Vec::new();
    let mut sources = Vec::new();
    for part in parts {
        let surface = own_surface(part.pial)?;
        within(&surface, part, head)?;
        let mut labels = vec![0; surface.vertices().len()];
        if let Some(file) = part.annot {
            let (of, names) = regions(file)?;
            if of.len() != labels.len() {
                return Err(CliError::input(format!(
                    "{} has {} labels, {} has {} vertices; expected as many",
                    file.name,
                    of.len(),
                    part.pial.name,
                    labels.len()
                )));
            }
            for (label, n) in labels.iter_mut().zip(of) {
                if let Some(name) = names.get(&n) {
                    let next = numbers.len() + 1;
                    *label = *numbers.entry(name.clone()).or_insert(u16::try_from(next).unwrap_or(0));
                }
            }
            sources.push(file.name.clone());
        }
        hemispheres.push(Hemisphere { side: part.side, surface, labels });
    }
    let names = numbers.into_iter().map(|(n, l)| (l, n)).collect();
    let parcellation = if sources.is_empty() { "none".to_owned() } else { sources.join(", ") };
    let method = "the person's own pial surfaces, as given".to_owned();
    Cortex::new(hemispheres, parcellation, names, method).map_err(CliError::input)
}

fn own_surface(file: &File) -> Result<Surface, CliError> {
    let bytes = &file.bytes;
    let failed = |e: &dyn ToString| file.error(e.to_string());
    if bytes.starts_with(&[0xff, 0xff, 0xfe]) {
        return Ok(freesurfer::read_surface(bytes).map_err(|e| failed(&e))?.surface);
    }
    let g = gifti::read(bytes).map_err(|e| failed(&e))?;
    g.surface.ok_or_else(|| failed(&"the file holds labels, but no surface"))
}

/// Labels and their names.
fn regions(file: &File) -> Result<(Vec<i32>, BTreeMap<i32, String>), CliError> {
    let bytes = &file.bytes;
    let failed = |e: &dyn ToString| file.error(e.to_string());
    if bytes.starts_with(b"<") || bytes.starts_with(b"\xEF\xBB\xBF<") {
        let g = gifti::read(bytes).map_err(|e| failed(&e))?;
        let labels = g.labels.ok_or_else(|| failed(&"the file holds no labels"))?;
        return Ok((labels, g.names));
    }
    let a = freesurfer::read_annotation(bytes).map_err(|e| failed(&e))?;
    let names = a.names.into_iter().map(|(n, name)| (i32::from(n), name)).collect();
    Ok((a.labels.into_iter().map(i32::from).collect(), names))
}

/// Whether a cortical surface lies within the head and on its side.
fn within(surface: &Surface, part: &OwnSurface<'_>, head: &Head) -> Result<(), CliError> {
    let step = (surface.vertices().len() / 500).max(1);
    let (mut all, mut inside) = (0.0, 0.0);
    for v in surface.vertices().iter().step_by(step) {
        let (at, _) = head.skin.closest(*v);
        all += 1.0;
        inside += f64::from((*v - head.skin.position(at)).dot(head.skin.normal(at)) < 0.0);
    }
    let path = &part.pial.name;
    if inside < 0.98 * all {
        return Err(CliError::input(format!(
            "{path}: {:.0} % of the surface lies outside the head; expected all of it inside",
            100.0 * (1.0 - inside / all)
        ))
        .hint("the surface must be in the image's coordinates: export it in scanner RAS (mris_convert --to-scanner)"));
    }
    if let Some(axes) = head.axes() {
        let middle = surface.vertices().iter().sum::<DVec3>() / surface.vertices().len() as f64;
        let ears: Vec<DVec3> = [Side::Left, Side::Right]
            .iter()
            .filter_map(|s| head.landmarks.mm(name::PREAURICULAR, *s))
            .collect();
        if let [l, r] = ears[..]
            && (middle - (l + r) / 2.0).dot(axes.lateral(part.side)) < 0.0
        {
            return Err(CliError::input(format!(
                "{path} lies on the other side of the head, not on the {}",
                part.side
            ))
            .hint("left and right are the patient's; exchange the two files if they were exchanged"));
        }
    }
    Ok(())
}
