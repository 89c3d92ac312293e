//! What a radiographer wants to see before a head from an image is trusted: slices with the outline of the skin and the
//! landmarks, as SVG.

use std::fmt::Write as _;

use baihui_head::{Surface, volume::Volume};
use base64::{Engine, engine::general_purpose::STANDARD};
use glam::{DVec2, DVec3};

use crate::xml::escape;

/// A slice across one axis of the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plane {
    /// Across left-right, seen from the patient's left: the nose points to the viewer's left.
    Sagittal,
    /// Across front-back, seen from the front: the patient's left is on the viewer's right.
    Coronal,
    /// Across bottom-top, seen from below as in radiology: the patient's left is on the viewer's right.
    Axial,
}

impl Plane {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Sagittal, Self::Coronal, Self::Axial];

    /// Direction across the slice, toward the viewer's right, and up.
    fn directions(self, [right, anterior, superior]: [DVec3; 3]) -> [DVec3; 3] {
        match self {
            Self::Sagittal => [right, -anterior, superior],
            Self::Coronal => [anterior, -right, superior],
            Self::Axial => [superior, -right, anterior],
        }
    }

    /// Name and what is at the viewer's left and right.
    fn words(self) -> (&'static str, [&'static str; 2]) {
        match self {
            Self::Sagittal => ("Sagittal", ["front", "back"]),
            Self::Coronal => ("Coronal", ["patient's right", "patient's left"]),
            Self::Axial => ("Axial", ["patient's right", "patient's left"]),
        }
    }
}

/// A mark on the slices.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// What it is.
    pub name: String,
    /// Position, mm.
    pub at: DVec3,
    /// Standard deviation, mm; a ring of 1.96 times that is drawn.
    pub sd_mm: f64,
}

/// Where a slice is cut, and how much of it is shown.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    /// Which plane.
    pub plane: Plane,
    /// A place that it goes through, mm.
    pub at: DVec3,
    /// Directions to the head's right, front and top, at right angles to each other.
    pub axes: [DVec3; 3],
    /// Half the edge of a square about `at`, mm; the whole head without.
    pub window_mm: Option<f64>,
    /// Scale of the SVG.
    pub px_per_mm: f64,
}

/// Marks this near to a slice are drawn on it, mm.
const NEAR_MM: f64 = 12.0;

/// A slice: the image as grey, sections of the surfaces as outlines (the first in the accent colour, the others
/// dashed), and the marks within 12 mm, with their distance from the slice and a ring of 95 %.
///
/// Grey runs from 0 to the image's 99th percentile. One picture element of the embedded image is a millimetre, in a
/// window a third of it.
pub fn slice(image: &Volume, surfaces: &[&Surface], marks: &[Mark], cut: &Cut) -> String {
    let Cut { plane, at, px_per_mm: s, .. } = *cut;
    let [across, right, up] = plane.directions(cut.axes);
    let flat = |p: DVec3| DVec2::new(p.dot(right), -p.dot(up));
    let (lo, hi) = bounds(image, surfaces, cut, flat);
    let per_mm = if cut.window_mm.is_some() { 3.0 } else { 1.0 };
    let size = ((hi - lo) * per_mm).clamp(DVec2::ONE, DVec2::splat(600.0));
    let (w, h) = (size.x as usize, size.y as usize);
    let top = percentile(&image.data);
    let level = at.dot(across);
    let base = across * level;
    let mut grey = Vec::with_capacity(w * h);
    for y in 0..h {
        for x in 0..w {
            let (u, v) = (lo.x + (x as f64 + 0.5) / per_mm, lo.y + (y as f64 + 0.5) / per_mm);
            let value = image.sample(base + right * u - up * v, 0.0) / top;
            grey.push((value.clamp(0.0, 1.0) * 255.0) as u8);
        }
    }
    let (name, sides) = plane.words();
    let (pw, ph) = (w as f64 * s / per_mm, h as f64 * s / per_mm);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {pw:.0} {total:.0}\" width=\"{pw:.0}\" role=\"img\" aria-label=\"{name}\">\n<rect width=\"{pw:.0}\" height=\"{total:.0}\" fill=\"#000\"/>\n",
        total = ph + 20.0
    );
    if let Some(png) = encode(&grey, w, h) {
        let _ = writeln!(
            out,
            "<image width=\"{pw:.0}\" height=\"{ph:.0}\" preserveAspectRatio=\"none\" href=\"data:image/png;base64,{}\"/>",
            STANDARD.encode(png)
        );
    }
    let to_px = |p: DVec3| (flat(p) - lo) * s;
    let frame = DVec2::new(pw, ph);
    for (n, surface) in surfaces.iter().enumerate() {
        let mut d = String::new();
        for (a, b) in section(surface, base, across) {
            let (a, b) = (to_px(a), to_px(b));
            if a.max(b).cmpge(DVec2::ZERO).all() && a.min(b).cmple(frame).all() {
                let _ = write!(d, "M{:.1} {:.1}L{:.1} {:.1}", a.x, a.y, b.x, b.y);
            }
        }
        let (colour, dash) = if n == 0 { ("#ffb000", "") } else { ("#56b4e9", " stroke-dasharray=\"3 3\"") };
        let _ =
            writeln!(out, "<path d=\"{d}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.3\"{dash}/>");
    }
    for m in marks {
        let off = (m.at - base).dot(across);
        let p = to_px(m.at);
        if off.abs() <= NEAR_MM && p.cmpge(DVec2::ZERO).all() && p.cmple(frame).all() {
            mark(&mut out, m, p, off, pw, s);
        }
    }
    let bar_mm = if cut.window_mm.is_some() { 10.0 } else { 50.0 };
    let (x1, x0) = (pw - 8.0, pw - 8.0 - bar_mm * s);
    let _ = writeln!(
        out,
        "<path d=\"M{x0:.1} {y:.1}H{x1:.1}\" stroke=\"#ddd\" stroke-width=\"2\"/><text x=\"{:.1}\" y=\"{:.1}\" fill=\"#ddd\" font-size=\"10\" font-family=\"sans-serif\" text-anchor=\"middle\">{bar_mm:.0} mm</text>",
        (x0 + x1) / 2.0,
        ph - 12.0,
        y = ph - 8.0
    );
    // A small picture has no room for three words below it.
    let middle = if pw > 320.0 { format!("{name} at {level:.0} mm") } else { String::new() };
    let _ = write!(
        out,
        "<g font-family=\"sans-serif\" font-size=\"11\" fill=\"#ddd\"><text x=\"4\" y=\"{y:.0}\">{}</text><text x=\"{:.0}\" y=\"{y:.0}\" text-anchor=\"middle\">{middle}</text><text x=\"{:.0}\" y=\"{y:.0}\" text-anchor=\"end\">{}</text></g>\n</svg>\n",
        sides[0],
        pw / 2.0,
        pw - 4.0,
        sides[1],
        y = ph + 14.0
    );
    out
}

/// What is looked at, mm to the viewer's right and down: the head, not all of its air.
fn bounds(image: &Volume, surfaces: &[&Surface], cut: &Cut, flat: impl Fn(DVec3) -> DVec2) -> (DVec2, DVec2) {
    if let Some(half) = cut.window_mm {
        let middle = flat(cut.at);
        return (middle - half, middle + half);
    }
    let around = |points: &mut dyn Iterator<Item = DVec3>| {
        points.fold((DVec2::INFINITY, DVec2::NEG_INFINITY), |(lo, hi), p| (lo.min(flat(p)), hi.max(flat(p))))
    };
    let last = image.grid.dims.map(|d| d as f64 - 1.0);
    let (image_lo, image_hi) = around(&mut (0..8).map(|c| {
        let n = DVec3::new(f64::from(c & 1), f64::from(c >> 1 & 1), f64::from(c >> 2));
        image.grid.to_mm(n * DVec3::from_array(last))
    }));
    let (lo, hi) = around(&mut surfaces.iter().take(1).flat_map(|s| s.vertices().iter().copied()));
    ((lo - 8.0).max(image_lo - 2.0).floor(), (hi + 8.0).min(image_hi + 40.0).ceil())
}

/// A cross, its ring of 95 %, and its name.
fn mark(out: &mut String, m: &Mark, p: DVec2, off_mm: f64, width: f64, px_per_mm: f64) {
    // Labels stay on the picture.
    let (anchor, x) = if p.x > width * 0.6 { ("end", p.x - 8.0) } else { ("start", p.x + 8.0) };
    let away = if off_mm.abs() >= 1.0 { format!(" ({:.0} mm off)", off_mm.abs()) } else { String::new() };
    let _ = writeln!(
        out,
        "<path d=\"M{x0:.1} {y:.1}H{x1:.1}M{x:.1} {y0:.1}V{y1:.1}\" stroke=\"#ff5a5f\" stroke-width=\"1.6\"/>",
        x = p.x,
        y = p.y,
        x0 = p.x - 5.0,
        x1 = p.x + 5.0,
        y0 = p.y - 5.0,
        y1 = p.y + 5.0
    );
    if m.sd_mm > 0.0 {
        let _ = writeln!(
            out,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{:.1}\" fill=\"none\" stroke=\"#ff5a5f\" stroke-dasharray=\"2 2\"/>",
            p.x,
            p.y,
            1.96 * m.sd_mm * px_per_mm
        );
    }
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{:.1}\" fill=\"#ffd9da\" stroke=\"#000\" stroke-width=\"2.5\" paint-order=\"stroke\" font-size=\"11\" font-family=\"sans-serif\" text-anchor=\"{anchor}\">{}{}</text>",
        p.y - 7.0,
        escape(&m.name),
        escape(&away)
    );
}

fn percentile(data: &[f32]) -> f64 {
    let step = (data.len() / 100_000).max(1);
    let mut v: Vec<f32> = data.iter().step_by(step).copied().filter(|v| *v > 0.0).collect();
    v.sort_by(f32::total_cmp);
    v.get(v.len() * 99 / 100).map_or(1.0, |&v| f64::from(v)).max(1e-9)
}

/// Where a plane cuts a surface: one segment a face.
fn section(surface: &Surface, origin: DVec3, normal: DVec3) -> Vec<(DVec3, DVec3)> {
    let mut out = Vec::new();
    for f in 0..surface.faces().len() as u32 {
        let c = surface.corners(f);
        let d = c.map(|p| (p - origin).dot(normal));
        let mut ends = Vec::with_capacity(2);
        for k in 0..3 {
            let (a, b) = (d[k], d[(k + 1) % 3]);
            if (a > 0.0) != (b > 0.0) {
                ends.push(c[k].lerp(c[(k + 1) % 3], a / (a - b)));
            }
        }
        if let [a, b] = ends[..] {
            out.push((a, b));
        }
    }
    out
}

fn encode(grey: &[u8], width: usize, height: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(grey).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use baihui_head::{shapes, volume::Grid};
    use glam::DMat3;

    #[test]
    fn a_ball_is_cut_in_a_ring_and_marks_are_where_they_are() {
        let ball = shapes::sphere(80.0, 4);
        let ring = section(&ball, DVec3::ZERO, DVec3::X);
        let length: f64 = ring.iter().map(|(a, b)| a.distance(*b)).sum();
        assert!((length / (2.0 * std::f64::consts::PI * 80.0) - 1.0).abs() < 0.01, "{length}");
        let grid = Grid {
            dims: [100, 100, 100],
            linear: DMat3::from_diagonal(DVec3::splat(2.0)),
            offset: DVec3::splat(-99.0),
        };
        let image = Volume { grid, data: vec![1.0; 1_000_000] };
        let marks = [
            Mark { name: "left <ear>".to_owned(), at: DVec3::new(-80.0, 0.0, 0.0), sd_mm: 3.0 },
            Mark { name: "far".to_owned(), at: DVec3::new(0.0, 70.0, 0.0), sd_mm: 3.0 },
        ];
        let cut = Cut {
            plane: Plane::Coronal,
            at: DVec3::ZERO,
            axes: [DVec3::X, DVec3::Y, DVec3::Z],
            window_mm: None,
            px_per_mm: 1.0,
        };
        let svg = slice(&image, &[&ball], &marks, &cut);
        let doc = roxmltree::Document::parse(&svg).unwrap();
        let circles: Vec<_> = doc.descendants().filter(|n| n.has_tag_name("circle")).collect();
        assert_eq!(circles.len(), 1);
        // The patient's left is on the viewer's right.
        let cx: f64 = circles[0].attribute("cx").unwrap().parse().unwrap();
        let width: f64 = doc.root_element().attribute("width").unwrap().parse().unwrap();
        assert!(cx > 0.8 * width, "{cx} of {width}");
        assert!(svg.contains("left &lt;ear&gt;") && !svg.contains("far"));
        // A window shows what is in it.
        let cut = Cut { at: DVec3::new(80.0, 0.0, 0.0), window_mm: Some(20.0), ..cut };
        let svg = slice(&image, &[&ball], &marks, &cut);
        assert!(roxmltree::Document::parse(&svg).is_ok() && !svg.contains("ear") && svg.contains("10 mm"));
    }
}
