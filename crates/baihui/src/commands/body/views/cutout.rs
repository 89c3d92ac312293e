//! Cutting a part out of the skin and turning it before the viewer.

use std::collections::BTreeMap;

use baihui_head::{
    Head, HeadSource, Landmarks, ShapeSpread, Surface,
    body::{Body, BodyReport},
};
use glam::{DMat3, DVec3};

use super::Part;

/// The skin of a part, and the turn that brings it before the viewer.
pub struct Cutout {
    /// As the figures want it.
    pub head: Head,
    pub(super) turn: DMat3,
    /// Toward the viewer, in the body's frame.
    pub(super) toward: DVec3,
    pub(super) part: Part,
}

/// A place farther from the part's skin than this does not belong to it, mm.
const ON_MM: f64 = 1.0;
/// Least cosine between the skin's outward direction at a point and the way to the viewer for it to be named: what is
/// seen edge-on belongs to another view.
pub(super) const TURNED: f64 = 0.12;

impl Cutout {
    /// Cuts a part out of a body; nothing where no skin is left.
    pub fn new(body: &Body, part: Part) -> Option<Self> {
        let [toward, up] = part.directions(body);
        let turn = DMat3::from_cols(toward.cross(up), toward, up).transpose();
        let within = part.within(body);
        let depth: Vec<f64> = body.skin.vertices().iter().map(|p| within(*p)).collect();
        let cut = clipped(&body.skin, &depth)?;
        let skin = largest(&cut, |p| turn * p)?;
        Some(Self { head: wrapped(skin, &body.report), turn, toward, part })
    }

    /// A place of the body in the picture's space, if it belongs to the part.
    pub(super) fn place(&self, mm: DVec3) -> Option<DVec3> {
        let p = self.turn * mm;
        (self.head.skin.closest(p).1 < ON_MM).then_some(p)
    }
}

/// The skin where `depth` is above 0: faces that the limit crosses are cut along it, and the cuts are closed, so that
/// nobody looks into a hollow.
fn clipped(skin: &Surface, depth: &[f64]) -> Option<Surface> {
    let v = skin.vertices();
    let mut number: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    let (mut vertices, mut faces) = (Vec::new(), Vec::new());
    let mut rim: BTreeMap<u32, u32> = BTreeMap::new();
    let d = |i: u32| depth.get(i as usize).copied().unwrap_or(-1.0);
    let at = |i: u32| v.get(i as usize).copied().unwrap_or_default();
    for f in skin.faces() {
        // The part of the triangle within, as a polygon of vertices and cuts of edges.
        let mut polygon: Vec<u32> = Vec::with_capacity(4);
        let mut ends: Vec<(u32, bool)> = Vec::with_capacity(2);
        for k in 0..3 {
            let (a, b) = (f[k], f[(k + 1) % 3]);
            if d(a) > 0.0 {
                polygon.push(*number.entry((a, a)).or_insert_with(|| {
                    vertices.push(at(a));
                    vertices.len() as u32 - 1
                }));
            }
            if (d(a) > 0.0) != (d(b) > 0.0) {
                let cut = *number.entry((a.min(b), a.max(b))).or_insert_with(|| {
                    // Not quite at the ends, so that no triangle is without area.
                    let t = (d(a) / (d(a) - d(b))).clamp(0.02, 0.98);
                    vertices.push(at(a).lerp(at(b), t));
                    vertices.len() as u32 - 1
                });
                polygon.push(cut);
                ends.push((cut, d(a) > 0.0));
            }
        }
        for k in 2..polygon.len() {
            faces.push([polygon[0], polygon[k - 1], polygon[k]]);
        }
        // The cut runs from where the polygon leaves the part to where it comes in again; the lid runs against it.
        if let [(p, p_leaves), (q, _)] = ends[..] {
            let (out, back) = if p_leaves { (p, q) } else { (q, p) };
            rim.insert(back, out);
        }
    }
    close(&mut vertices, &mut faces, rim);
    Surface::new(vertices, faces).ok()
}

/// Closes each ring of a rim (from a vertex to the next) by triangles to its middle.
fn close(vertices: &mut Vec<DVec3>, faces: &mut Vec<[u32; 3]>, mut rim: BTreeMap<u32, u32>) {
    while let Some((&first, _)) = rim.first_key_value() {
        let mut ring = vec![first];
        // A rim that ends at an edge of the mesh itself, such as an eye's, stays open.
        let mut next = rim.remove(&first);
        while let Some(v) = next.filter(|&v| v != first) {
            ring.push(v);
            next = rim.remove(&v);
        }
        if next.is_none() || ring.len() < 3 {
            continue;
        }
        let middle = vertices.len() as u32;
        let sum: DVec3 = ring.iter().filter_map(|&i| vertices.get(i as usize)).sum();
        vertices.push(sum / ring.len() as f64);
        for k in 0..ring.len() {
            faces.push([ring[k], ring[(k + 1) % ring.len()], middle]);
        }
    }
}

/// The largest connected piece, moved.
fn largest(skin: &Surface, place: impl Fn(DVec3) -> DVec3) -> Option<Surface> {
    let (of, count) = skin.components();
    let mut sizes = vec![0_usize; count as usize];
    for piece in &of {
        *sizes.get_mut(*piece as usize)? += 1;
    }
    let most = sizes.iter().enumerate().max_by_key(|(_, n)| **n).map(|(i, _)| i as u32)?;
    let mut number = vec![u32::MAX; skin.vertices().len()];
    let (mut vertices, mut faces) = (Vec::new(), Vec::new());
    for (f, _) in skin.faces().iter().zip(&of).filter(|(_, piece)| **piece == most) {
        faces.push(f.map(|i| {
            let n = &mut number[i as usize];
            if *n == u32::MAX {
                *n = vertices.len() as u32;
                vertices.push(place(skin.vertices()[i as usize]));
            }
            *n
        }));
    }
    Surface::new(vertices, faces).ok()
}

/// The skin as the figures want it.
fn wrapped(skin: Surface, report: &BodyReport) -> Head {
    Head {
        name: "body".to_owned(),
        source: HeadSource::Template,
        history: report.notes.clone(),
        skin,
        ears: None,
        brain: None,
        cortex: None,
        to_mni: None,
        landmarks: Landmarks::default(),
        spread: ShapeSpread::default(),
    }
}

#[cfg(test)]
mod tests {
    use baihui_head::{
        Side,
        body::{Shape, built_in},
    };

    use super::*;

    #[test]
    fn cuts_are_closed() {
        let body = built_in().body(&Shape::default()).unwrap();
        for part in [Part::Hand, Part::Foot, Part::LegInner, Part::ArmInner, Part::KneeBack] {
            let skin = Cutout::new(&body, part).unwrap().head.skin;
            let mut edges = std::collections::BTreeMap::new();
            for f in skin.faces() {
                for k in 0..3 {
                    let (a, b) = (f[k], f[(k + 1) % 3]);
                    *edges.entry((a.min(b), a.max(b))).or_insert(0) += 1;
                }
            }
            let open = edges.values().filter(|n| **n == 1).count();
            assert_eq!(open, 0, "{}: {open} open edges", part.slug());
        }
    }

    #[test]
    fn parts_are_cut_out_whole_and_look_the_right_way() {
        let body = built_in().body(&Shape::default()).unwrap();
        for part in Part::ALL {
            let cutout = Cutout::new(&body, part).unwrap();
            let skin = &cutout.head.skin;
            assert_eq!(skin.components().1, 1, "{}", part.slug());
            assert!(skin.faces().len() > 100, "{}: {} faces", part.slug(), skin.faces().len());
        }
        // The palm's creases are before the viewer, and the thumb is shown on the left of a left palm.
        let palm = Cutout::new(&body, Part::Palm).unwrap();
        let tip = body.joint("finger-1-4", Side::Left).unwrap();
        let middle = body.joint("finger-3-1", Side::Left).unwrap();
        // The figure looks along −Y: the viewer's right is −X.
        assert!((palm.turn * tip).x > (palm.turn * middle).x);
    }
}
