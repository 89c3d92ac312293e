//! The cortex seen through the scalp: its shaded surface, the borders of its regions, their names, and lines that run
//! on it.

use std::fmt::Write;

use baihui_head::{Head, Surface};
use glam::{DVec2, DVec3};

use crate::{
    image,
    raster::Backdrop,
    trace::runs,
    xml::{escape, px},
};

/// A cortex with its regions, in the head's frame.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// Its surface.
    pub surface: Surface,
    /// Region of each vertex, an index into `names`.
    pub regions: Vec<u16>,
    /// What is written on each region; nothing where empty.
    pub names: Vec<String>,
    /// Lines on the cortex: zones as they are projected.
    pub paths: Vec<Vec<DVec3>>,
}

/// How much of the scalp's picture is left over the cortex.
const OPACITY: f64 = 0.72;
/// Least share of the picture's area that a region must show to be named.
const NAMED: f64 = 0.015;

impl Overlay {
    /// SVG over a backdrop whose picture begins at `offset`; `size` is that of type, px.
    pub(crate) fn svg(&self, head: &Head, skin: &Backdrop, density: f64, offset: DVec2, size: f64) -> String {
        let inner = Head {
            skin: self.surface.clone(),
            ears: None,
            brain: None,
            cortex: None,
            to_mni: None,
            name: head.name.clone(),
            source: head.source,
            history: Vec::new(),
            landmarks: head.landmarks.clone(),
            spread: head.spread,
        };
        let cortex = Backdrop::new(&inner, skin.camera, density);
        let per_px = cortex.pixels[0] as f64 / cortex.camera.size.x;
        let mut out = format!(
            r#"<image class="bh-cortex" x="{}" y="{}" width="{}" height="{}" opacity="{OPACITY}" preserveAspectRatio="none" href="{}"/>"#,
            px(offset.x),
            px(offset.y),
            px(cortex.camera.size.x),
            px(cortex.pixels[1] as f64 / per_px),
            image::data_uri(&cortex)
        );
        out.push_str(&self.borders(&cortex, offset));
        for path in &self.paths {
            for run in runs(&cortex, path, false).iter().filter(|r| r.seen && r.course.len() > 1) {
                let course: Vec<DVec2> = run.course.iter().map(|p| *p + offset).collect();
                let _ = write!(
                    out,
                    r##"<path d="{}" fill="none" stroke="#1a1a1a" stroke-width="1.6" stroke-dasharray="1.2 2.6" stroke-linecap="round"/>"##,
                    crate::draw::path(&course, false)
                );
            }
        }
        out.push_str(&self.labels(&cortex, offset, size));
        out
    }

    /// Short segments across the faces whose corners belong to different regions.
    fn borders(&self, cortex: &Backdrop, offset: DVec2) -> String {
        let v = self.surface.vertices();
        let region = |i: u32| self.regions.get(i as usize).copied().unwrap_or_default();
        let mut d = String::new();
        for f in self.surface.faces() {
            let mut ends: Vec<DVec3> = Vec::new();
            for k in 0..3 {
                let (a, b) = (f[k], f[(k + 1) % 3]);
                if region(a) != region(b) {
                    ends.push((v[a as usize] + v[b as usize]) / 2.0);
                }
            }
            // Three regions meet: lines from the middle.
            let centre = f.iter().map(|&i| v[i as usize]).sum::<DVec3>() / 3.0;
            if ends.is_empty() || !cortex.sees(centre) {
                continue;
            }
            let at = |p: DVec3| cortex.camera.project(p).truncate() + offset;
            let pairs: Vec<[DVec3; 2]> = match ends[..] {
                [a, b] => vec![[a, b]],
                _ => ends.iter().map(|e| [centre, *e]).collect(),
            };
            for [a, b] in pairs {
                let (a, b) = (at(a), at(b));
                let _ = write!(d, "M{} {}L{} {}", px(a.x), px(a.y), px(b.x), px(b.y));
            }
        }
        format!(r##"<path d="{d}" fill="none" stroke="#5b3a3a" stroke-width="1" stroke-linecap="round"/>"##)
    }

    /// The name of each region that shows enough, at its visible vertex nearest to the middle of what is seen.
    fn labels(&self, cortex: &Backdrop, offset: DVec2, size: f64) -> String {
        let n = self.names.len();
        let (mut sum, mut seen) = (vec![DVec2::ZERO; n], vec![Vec::new(); n]);
        for (&v, &r) in self.surface.vertices().iter().zip(&self.regions) {
            let r = usize::from(r);
            if self.names.get(r).is_some_and(|n| !n.is_empty()) && cortex.sees(v) {
                let p = cortex.camera.project(v).truncate();
                sum[r] += p;
                seen[r].push(p);
            }
        }
        let all: usize = seen.iter().map(Vec::len).sum();
        let mut out = String::new();
        let mut taken: Vec<(DVec2, f64)> = Vec::new();
        // The largest first: a small neighbour gives way.
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by_key(|&r| std::cmp::Reverse(seen[r].len()));
        let type_px = size * 0.82;
        for r in order {
            if (seen[r].len() as f64) < NAMED * all as f64 || seen[r].is_empty() {
                continue;
            }
            let middle = sum[r] / seen[r].len() as f64;
            let Some(at) =
                seen[r].iter().copied().min_by(|a, b| a.distance(middle).total_cmp(&b.distance(middle)))
            else {
                continue;
            };
            let wide = crate::font::width_px(&self.names[r], type_px, crate::font::Weight::Regular);
            let clash = |(t, w): &(DVec2, f64)| {
                (t.y - at.y).abs() < type_px * 1.15 && (t.x - at.x).abs() < (wide + w) / 2.0
            };
            if taken.iter().any(clash) {
                continue;
            }
            taken.push((at, wide));
            let p = at + offset;
            let _ = write!(
                out,
                r##"<text x="{}" y="{}" text-anchor="middle" style="font-size:{}px;fill:#3a2020;paint-order:stroke;stroke:#fff;stroke-opacity:.75;stroke-width:2.4px">{}</text>"##,
                px(p.x),
                px(p.y + type_px * 0.35),
                px(type_px),
                escape(&self.names[r])
            );
        }
        out
    }
}
