//! What a radiographer wants to see before a head from an image is trusted: slices with the outline of the skin and the
//! landmarks, as SVG.

use std::fmt::Write as _;

use baihui_head::{Surface, volume::Volume};
use base64::{Engine, engine::general_purpose::STANDARD};
use glam::{DVec2, DVec3};

use crate::xml::escape;

/// A slice across one axis of the image's space.
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
    fn directions(self) -> [DVec3; 3] {
        match self {
            Self::Sagittal => [DVec3::X, DVec3::NEG_Y, DVec3::Z],
            Self::Coronal => [DVec3::Y, DVec3::NEG_X, DVec3::Z],
            Self::Axial => [DVec3::Z, DVec3::NEG_X, DVec3::Y],
        }
    }

    /// Name and what is at the viewer's left and right.
    fn words(self) -> (&'static str, [&'static str; 2]) {
        match self {
            Self::Sagittal => ("Sagittal", ["front", "back"]),
            Self::Coronal => ("Coronal", ["patient’s right", "patient’s left"]),
            Self::Axial => ("Axial", ["patient’s right", "patient’s left"]),
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
}

/// Marks this near to a slice are drawn on it, mm.
const NEAR_MM: f64 = 12.0;

/// A slice through `at` (mm): the image as grey, sections of the surfaces as outlines (the first in the accent colour,
/// the others dashed), and the marks within 12 mm, with their distance from the slice.
///
/// Grey runs from 0 to the image's 99th percentile. `px_per_mm` is the scale of the SVG; one picture element of the
/// embedded image is a millimetre.
pub fn slice(
    image: &Volume,
    surfaces: &[&Surface],
    marks: &[Mark],
    plane: Plane,
    at: DVec3,
    px_per_mm: f64,
) -> String {
    let [across, right, up] = plane.directions();
    let flat = |p: DVec3| DVec2::new(p.dot(right), -p.dot(up));
    // Bounds of what is looked at: the head, not all of its air.
    let (mut lo, mut hi) = (DVec2::INFINITY, DVec2::NEG_INFINITY);
    let corners = (0..8).map(|c| {
        let n = DVec3::new(f64::from(c & 1), f64::from(c >> 1 & 1), f64::from(c >> 2));
        let last = image.grid.dims.map(|d| d as f64 - 1.0);
        flat(image.grid.to_mm(n * DVec3::from_array(last)))
    });
    let (mut image_lo, mut image_hi) = (DVec2::INFINITY, DVec2::NEG_INFINITY);
    for c in corners {
        image_lo = image_lo.min(c);
        image_hi = image_hi.max(c);
    }
    for s in surfaces.iter().take(1) {
        for v in s.vertices() {
            lo = lo.min(flat(*v));
            hi = hi.max(flat(*v));
        }
    }
    let (lo, hi) = ((lo - 8.0).max(image_lo - 2.0).floor(), (hi + 8.0).min(image_hi + 40.0).ceil());
    let (w, h) = ((hi.x - lo.x).clamp(1.0, 600.0) as usize, (hi.y - lo.y).clamp(1.0, 600.0) as usize);
    let top = percentile(&image.data);
    let base = across * at.dot(across);
    let mut grey = Vec::with_capacity(w * h);
    for y in 0..h {
        for x in 0..w {
            let (u, v) = (lo.x + x as f64 + 0.5, lo.y + y as f64 + 0.5);
            let value = image.sample(base + right * u - up * v, 0.0) / top;
            grey.push((value.clamp(0.0, 1.0) * 255.0) as u8);
        }
    }
    let s = px_per_mm;
    let (name, sides) = plane.words();
    let (pw, ph) = (w as f64 * s, h as f64 * s);
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
    for (n, surface) in surfaces.iter().enumerate() {
        let mut d = String::new();
        for (a, b) in section(surface, base, across) {
            let (a, b) = (to_px(a), to_px(b));
            let _ = write!(d, "M{:.1} {:.1}L{:.1} {:.1}", a.x, a.y, b.x, b.y);
        }
        let (colour, dash) = if n == 0 { ("#ffb000", "") } else { ("#56b4e9", " stroke-dasharray=\"3 3\"") };
        let _ =
            writeln!(out, "<path d=\"{d}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.3\"{dash}/>");
    }
    for m in marks {
        let off = (m.at - base).dot(across);
        if off.abs() <= NEAR_MM {
            let p = to_px(m.at);
            // Labels stay on the picture.
            let end = if p.x > pw * 0.6 { ("end", -7.0) } else { ("start", 7.0) };
            let away = if off.abs() >= 1.0 { format!(" ({:.0} mm off)", off.abs()) } else { String::new() };
            let _ = writeln!(
                out,
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"4\" fill=\"none\" stroke=\"#ff5a5f\" stroke-width=\"2\"/><text x=\"{:.1}\" y=\"{:.1}\" fill=\"#ffd9da\" stroke=\"#000\" stroke-width=\"2.5\" paint-order=\"stroke\" font-size=\"11\" font-family=\"sans-serif\" text-anchor=\"{}\">{}{}</text>",
                p.x,
                p.y,
                p.x + end.1,
                p.y + 4.0,
                end.0,
                escape(&m.name),
                escape(&away)
            );
        }
    }
    let _ = write!(
        out,
        "<g font-family=\"sans-serif\" font-size=\"11\" fill=\"#ddd\"><text x=\"4\" y=\"{y:.0}\">{}</text><text x=\"{:.0}\" y=\"{y:.0}\" text-anchor=\"middle\">{name} at {:.0} mm</text><text x=\"{:.0}\" y=\"{y:.0}\" text-anchor=\"end\">{}</text></g>\n</svg>\n",
        sides[0],
        pw / 2.0,
        at.dot(across),
        pw - 4.0,
        sides[1],
        y = ph + 14.0
    );
    out
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
            Mark { name: "left <ear>".to_owned(), at: DVec3::new(-80.0, 0.0, 0.0) },
            Mark { name: "far".to_owned(), at: DVec3::new(0.0, 70.0, 0.0) },
        ];
        let svg = slice(&image, &[&ball], &marks, Plane::Coronal, DVec3::ZERO, 1.0);
        let doc = roxmltree::Document::parse(&svg).unwrap();
        let circles: Vec<_> = doc.descendants().filter(|n| n.has_tag_name("circle")).collect();
        assert_eq!(circles.len(), 1);
        // The patient's left is on the viewer's right.
        let cx: f64 = circles[0].attribute("cx").unwrap().parse().unwrap();
        let width: f64 = doc.root_element().attribute("width").unwrap().parse().unwrap();
        assert!(cx > 0.8 * width, "{cx} of {width}");
        assert!(svg.contains("left &lt;ear&gt;") && !svg.contains("far"));
    }
}
