//! The shaded head: an orthographic z-buffer in software, the same bytes on every machine.
//!
//! Skin and ears are drawn with interpolated normals into depth buffers of twice the picture's resolution,
//! shaded, and averaged. Creases are darkened and ridges lightened by the difference between the depth and
//! its local mean (Luft, Colditz & Deussen, "Image enhancement by unsharp masking the depth buffer", ACM
//! Trans Graph 25(3):1206-1213, 2006). The skin's depth also answers what a viewer can see.

use std::sync::{Arc, OnceLock};

use baihui_head::{Head, Surface, share::over_cores};
use glam::{DVec2, DVec3, Vec3};

use crate::{
    camera::{Camera, View},
    image,
};

/// Samples along one side of a picture element.
const SAMPLES: usize = 2;
/// Most picture elements of a head.
const MAX_ELEMENTS: f64 = 1e6;
/// Depth of what is not covered.
const NOTHING: f32 = f32::NEG_INFINITY;
/// Share of the ear's colour where it lies over the skin; the rest is the skin behind it.
const EAR_OPACITY: f32 = 0.72;
/// How far beneath the seen surface an item may lie and still be seen, mm: chords of curves, ellipses drawn on
/// the tangent plane.
const DEPTH_TOLERANCE_MM: f64 = 2.0;
/// Radius within which the farthest seen depth counts, mm, so that items on the contour are seen.
const CONTOUR_TOLERANCE_MM: f64 = 0.6;

/// Rows of picture elements that are drawn at once: what they need stays in the processor's cache.
const BAND: usize = 16;

/// A surface as the camera sees it.
struct Projected {
    /// Vertices: x and y in samples, depth in mm.
    at: Vec<DVec3>,
    /// Vertex normals in the camera's directions.
    normals: Vec<Vec3>,
    /// Faces that touch each band, with the inverse of twice their signed area.
    bands: Vec<Vec<([u32; 3], f64)>>,
}

impl Projected {
    fn new(surface: &Surface, camera: &Camera, per_px: f64, rows: usize) -> Self {
        let project = |&v: &DVec3| {
            let p = camera.project(v);
            DVec3::new(p.x * per_px, p.y * per_px, p.z)
        };
        let at: Vec<DVec3> = surface.vertices().iter().map(project).collect();
        let normals = surface.vertex_normals().iter().map(|&n| camera.rotate(n).as_vec3()).collect();
        // The far half of a closed surface is never seen. Seen from outside, faces run against the clock; in a
        // picture whose y points down their area is negative.
        let closed = surface.border_edges() == 0;
        let high = (BAND * SAMPLES) as f64;
        let mut bands = vec![Vec::new(); rows.div_ceil(BAND)];
        for f in surface.faces() {
            let [a, b, c] = f.map(|i| at[i as usize]);
            let area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
            if area < 0.0 || (area > 0.0 && !closed) {
                let first = (a.y.min(b.y).min(c.y) / high).max(0.0) as usize;
                let last = (a.y.max(b.y).max(c.y) / high).max(0.0) as usize;
                let last = last.min(bands.len() - 1);
                for band in bands.iter_mut().take(last + 1).skip(first) {
                    band.push((*f, 1.0 / area));
                }
            }
        }
        Self { at, normals, bands }
    }
}

/// One layer of a band at sample resolution.
struct Layer {
    width: usize,
    /// The band's first row in the picture, and its rows.
    rows: [usize; 2],
    depth: Vec<f32>,
    normal: Vec<Vec3>,
}

impl Layer {
    fn new(width: usize) -> Self {
        let n = width * BAND * SAMPLES;
        Self { width, rows: [0; 2], depth: vec![NOTHING; n], normal: vec![Vec3::ZERO; n] }
    }

    /// Draws a band of a surface, nearest wins.
    fn draw(&mut self, surface: &Projected, band: usize) {
        self.rows = [band * BAND * SAMPLES, (band + 1) * BAND * SAMPLES];
        self.depth.fill(NOTHING);
        for &(f, inverse) in &surface.bands[band] {
            let corners = f.map(|i| surface.at[i as usize]);
            self.triangle(corners, f.map(|i| surface.normals[i as usize]), inverse);
        }
    }

    fn triangle(&mut self, [a, b, c]: [DVec3; 3], [na, nb, nc]: [Vec3; 3], inverse: f64) {
        // Samples lie at half-integers.
        let first = |v: f64| (v - 0.5).ceil().max(0.0) as usize;
        let last = |v: f64, limit: usize| ((v - 0.5).floor() + 1.0).clamp(0.0, limit as f64) as usize;
        let lo = a.min(b).min(c);
        let hi = a.max(b).max(c);
        // Barycentric weights are linear in x and y: value at the origin, slopes.
        let (bx, by) = ((c.y - a.y) * inverse, -(c.x - a.x) * inverse);
        let (cx, cy) = (-(b.y - a.y) * inverse, (b.x - a.x) * inverse);
        for y in first(lo.y).max(self.rows[0])..last(hi.y, self.rows[1]) {
            let dy = y as f64 + 0.5 - a.y;
            // At dx = 0; the weights at dx are these plus their slope times dx.
            let (wb, wc) = (dy * by, dy * cy);
            let mut span = [lo.x - a.x, hi.x - a.x];
            for (w, slope) in [(wb, bx), (wc, cx), (1.0 - wb - wc, -bx - cx)] {
                if slope > 0.0 {
                    span[0] = span[0].max(-w / slope);
                } else if slope < 0.0 {
                    span[1] = span[1].min(-w / slope);
                } else if w < 0.0 {
                    span[1] = f64::NEG_INFINITY;
                }
            }
            let row = (y - self.rows[0]) * self.width;
            for x in first(span[0] + a.x)..last(span[1] + a.x, self.width) {
                let dx = x as f64 + 0.5 - a.x;
                let (b1, c1) = (wb + dx * bx, wc + dx * cx);
                let a1 = 1.0 - b1 - c1;
                let z = (a1 * a.z + b1 * b.z + c1 * c.z) as f32;
                let i = row + x;
                if z > self.depth[i] {
                    self.depth[i] = z;
                    self.normal[i] = na * a1 as f32 + nb * b1 as f32 + nc * c1 as f32;
                }
            }
        }
    }
}

/// The picture of a head without items, and what can be seen on it.
#[derive(Clone)]
pub struct Backdrop {
    /// The camera that shows it.
    pub camera: Camera,
    /// Width and height of [`Self::shade`], in picture elements.
    pub pixels: [usize; 2],
    raster: Arc<Raster>,
    /// Picture elements in one px.
    density: f64,
}

/// The picture elements, row by row from the left upper corner.
struct Raster {
    shade: Vec<[f32; 2]>,
    /// Depth of the skin in mm, the farthest sample of each element.
    skin: Vec<f32>,
    /// As a `data:` address, once it is asked for.
    uri: OnceLock<String>,
}

impl Backdrop {
    /// Draws a head at `density` picture elements per px of the camera, or fewer if there would be more than 10⁶.
    pub fn new(head: &Head, camera: Camera, density: f64) -> Self {
        // Large pictures (and a head of 1e9 mm) cost resolution, not time and memory.
        let area = camera.size.max(DVec2::ONE).element_product();
        let density =
            density.min(libm::sqrt(MAX_ELEMENTS / area)).min(MAX_ELEMENTS / camera.size.max_element());
        let pixels = [camera.size.x, camera.size.y].map(|s| ((s * density).ceil() as usize).max(1));
        let per_px = density * SAMPLES as f64;
        let skin = Projected::new(&head.skin, &camera, per_px, pixels[1]);
        let ears = head.ears.as_ref().map(|e| Projected::new(e, &camera, per_px, pixels[1]));
        let elements = Elements::new(&skin, ears.as_ref(), pixels);
        let per_mm = (camera.scale * density) as f32;
        let shade = elements.shade(per_mm, |x, y, depth| {
            let at = DVec2::new(x as f64 + 0.5, y as f64 + 0.5) / density;
            camera.fade(at.extend(f64::from(depth))) as f32
        });
        let raster = Arc::new(Raster { shade, skin: elements.skin, uri: OnceLock::new() });
        Self { camera, pixels, raster, density }
    }

    /// The same picture elements shown larger or smaller, at another number of px per mm.
    #[must_use]
    pub fn at_scale(&self, scale: f64) -> Self {
        let density = self.density * self.camera.scale / scale;
        Self { camera: self.camera.at_scale(scale), density, ..self.clone() }
    }

    /// Tone of each picture element, 0 (dark) to 1, and the share of it that is covered, 0 to 1.
    pub fn shade(&self) -> &[[f32; 2]] {
        &self.raster.shade
    }

    /// The picture as a `data:` address.
    pub(crate) fn uri(&self) -> &str {
        self.raster.uri.get_or_init(|| image::data_uri(self))
    }

    /// Depth of the skin at a position in px, `None` beside the head.
    fn depth_at(&self, at: DVec2) -> Option<f32> {
        let p = at * self.density;
        let inside = p.x >= 0.0 && p.y >= 0.0 && p.x < self.pixels[0] as f64 && p.y < self.pixels[1] as f64;
        if !inside {
            return None;
        }
        let d = self.raster.skin[p.y as usize * self.pixels[0] + p.x as usize];
        (d > NOTHING).then_some(d)
    }

    /// Whether the skin covers a position in px.
    pub fn covers(&self, at: DVec2) -> bool {
        self.depth_at(at).is_some()
    }

    /// Whether a point on the skin (mm, head frame) is on the side toward the viewer. The ears do not hide it.
    pub fn sees(&self, mm: DVec3) -> bool {
        const AROUND: [[f64; 2]; 9] = [
            [0.0, 0.0],
            [1.0, 0.0],
            [-1.0, 0.0],
            [0.0, 1.0],
            [0.0, -1.0],
            [0.7, 0.7],
            [-0.7, 0.7],
            [0.7, -0.7],
            [-0.7, -0.7],
        ];
        let p = self.camera.project(mm);
        if !p.is_finite() {
            return false;
        }
        let r = CONTOUR_TOLERANCE_MM * self.camera.scale;
        AROUND.iter().any(|&[x, y]| {
            self.depth_at(p.truncate() + DVec2::new(x, y) * r)
                .is_none_or(|seen| p.z >= f64::from(seen) - DEPTH_TOLERANCE_MM)
        })
    }
}

/// A head in all five views, without items: what many figures of it are drawn on.
pub struct Backdrops([Backdrop; 5]);

impl Backdrops {
    /// Draws a head at `scale` px per mm, `density` picture elements in each, shared out over the cores.
    pub fn new(head: &Head, scale: f64, density: f64) -> Self {
        let drawn = over_cores(View::ALL.len(), |i| {
            Backdrop::new(head, Camera::new(head, View::ALL[i], scale), density)
        });
        let mut drawn = drawn.into_iter();
        // One for each view.
        Self(View::ALL.map(|view| {
            drawn.next().unwrap_or_else(|| Backdrop::new(head, Camera::new(head, view, scale), density))
        }))
    }

    /// A view at `scale` px per mm.
    pub fn at_scale(&self, view: View, scale: f64) -> Backdrop {
        let n = View::ALL.iter().position(|&v| v == view).unwrap_or(0);
        self.0[n].at_scale(scale)
    }
}

/// The picture's elements before creases and fading.
struct Elements {
    size: [usize; 2],
    /// Tone by light alone.
    tone: Vec<f32>,
    /// Mean depth of the covered samples, mm.
    depth: Vec<f32>,
    /// Share of the element that is covered, 0 to 1.
    cover: Vec<f32>,
    /// Depth of the skin alone, the farthest sample, mm.
    skin: Vec<f32>,
}

impl Elements {
    fn new(skin: &Projected, ears: Option<&Projected>, size: [usize; 2]) -> Self {
        let [w, h] = size;
        let zero = || vec![0.0; w * h];
        let mut out = Self { size, tone: zero(), depth: zero(), cover: zero(), skin: vec![NOTHING; w * h] };
        let mut skin_layer = Layer::new(w * SAMPLES);
        let mut ear_layer = ears.map(|_| Layer::new(w * SAMPLES));
        for band in 0..h.div_ceil(BAND) {
            skin_layer.draw(skin, band);
            let mut over = None;
            if let (Some(layer), Some(ears)) = (&mut ear_layer, ears)
                && !ears.bands[band].is_empty()
            {
                layer.draw(ears, band);
                over = Some(&*layer);
            }
            for y in 0..BAND.min(h - band * BAND) {
                for x in 0..w {
                    out.element((band * BAND + y) * w + x, x, y, &skin_layer, over);
                }
            }
        }
        out
    }

    /// Takes the samples of element `p` together; `x` and `y` are its place in the band.
    fn element(&mut self, p: usize, x: usize, y: usize, skin: &Layer, ears: Option<&Layer>) {
        let mut normals = [Vec3::ZERO; 2];
        // Samples with skin, with an ear in front, with either.
        let mut counts = [0.0_f32; 3];
        let (mut sum, mut farthest) = (0.0, f32::INFINITY);
        for sy in 0..SAMPLES {
            for sx in 0..SAMPLES {
                let i = (y * SAMPLES + sy) * skin.width + x * SAMPLES + sx;
                let mut nearest = skin.depth[i];
                if nearest > NOTHING {
                    normals[0] += skin.normal[i];
                    counts[0] += 1.0;
                    farthest = farthest.min(nearest);
                }
                if let Some(ears) = ears
                    && ears.depth[i] > NOTHING
                    && ears.depth[i] >= nearest
                {
                    nearest = ears.depth[i];
                    // The far side of an ear's shell is lit like the near one.
                    let n = ears.normal[i];
                    normals[1] += if n.z < 0.0 { -n } else { n };
                    counts[1] += 1.0;
                }
                if nearest > NOTHING {
                    sum += nearest;
                    counts[2] += 1.0;
                }
            }
        }
        let [on_skin, on_ear, any] = counts;
        if any == 0.0 {
            return;
        }
        self.depth[p] = sum / any;
        self.cover[p] = any / (SAMPLES * SAMPLES) as f32;
        let ear_tone = if on_ear > 0.0 { light(normals[1]) } else { 0.0 };
        self.tone[p] = if on_skin > 0.0 {
            self.skin[p] = farthest;
            let skin_tone = light(normals[0]);
            skin_tone + (ear_tone - skin_tone) * EAR_OPACITY * (on_ear / any)
        } else {
            ear_tone
        };
    }

    /// Tone and cover of each element. `fade` has the share that is seen at x, y and a depth.
    fn shade(&self, per_mm: f32, fade: impl Fn(usize, usize, f32) -> f32) -> Vec<[f32; 2]> {
        // Two scales: folds of the ear, lips and lids; sockets, temples, nape.
        let fine = blur(&self.depth, &self.cover, self.size, ((1.6 * per_mm) as usize).max(1));
        let broad = blur(&self.depth, &self.cover, self.size, ((7.0 * per_mm) as usize).max(2));
        let shade = |p: usize| {
            if self.cover[p] == 0.0 {
                return [0.0; 2];
            }
            // mm that the place lies deeper than its surroundings.
            let depth = self.depth[p];
            let crease = 0.10 * soft(fine[p] - depth, 1.2) + 0.16 * soft(broad[p] - depth, 6.0);
            let cover = self.cover[p] * fade(p % self.size[0], p / self.size[0], depth);
            [(self.tone[p] - crease).clamp(0.0, 1.0), cover]
        };
        (0..self.tone.len()).map(shade).collect()
    }
}

/// Mean over a square of side 2 r + 1, weighted by `cover`: running sums, rows then columns.
fn blur(depth: &[f32], cover: &[f32], [w, h]: [usize; 2], r: usize) -> Vec<f32> {
    let square = |src: &[f32]| {
        let mut rows = vec![0.0; src.len()];
        for (src, out) in src.chunks_exact(w).zip(rows.chunks_exact_mut(w)) {
            // f64: the sum is built up and taken down over a whole row.
            let mut sum: f64 = src.iter().take(r).map(|&v| f64::from(v)).sum();
            for i in 0..w {
                if i + r < w {
                    sum += f64::from(src[i + r]);
                }
                out[i] = sum as f32;
                if i >= r {
                    sum -= f64::from(src[i - r]);
                }
            }
        }
        // All columns at once, a row at a time, in the order of memory.
        let mut out = vec![0.0; src.len()];
        let mut sums = vec![0.0_f64; w];
        let row = |y: usize| &rows[y * w..(y + 1) * w];
        for y in 0..h.min(r) {
            sums.iter_mut().zip(row(y)).for_each(|(s, &v)| *s += f64::from(v));
        }
        for y in 0..h {
            if y + r < h {
                sums.iter_mut().zip(row(y + r)).for_each(|(s, &v)| *s += f64::from(v));
            }
            out[y * w..(y + 1) * w].iter_mut().zip(&sums).for_each(|(o, &s)| *o = s as f32);
            if y >= r {
                sums.iter_mut().zip(row(y - r)).for_each(|(s, &v)| *s -= f64::from(v));
            }
        }
        out
    };
    let weighted: Vec<f32> = depth.iter().zip(cover).map(|(d, c)| d * c).collect();
    let (sum, weight) = (square(&weighted), square(cover));
    sum.iter().zip(&weight).map(|(s, w)| if *w > 1e-3 { s / w } else { 0.0 }).collect()
}

/// x / (limit + |x|): linear near 0, within ±1.
fn soft(x: f32, limit: f32) -> f32 {
    x / (limit + x.abs())
}

/// Tone of a surface with a normal in the camera's directions: a key light from the viewer's upper left, a weak
/// fill from the right, the sky, and a darker contour.
fn light(normal: Vec3) -> f32 {
    let n = normal.normalize_or_zero();
    // The far side of an open surface is lit like the near side.
    let n = if n.z < 0.0 { -n } else { n };
    const KEY: Vec3 = Vec3::new(-0.45, 0.55, 0.703_562_4);
    const FILL: Vec3 = Vec3::new(0.8, 0.1, 0.591_608);
    let key = ((n.dot(KEY) + 0.35) / 1.35).max(0.0);
    let fill = n.dot(FILL).max(0.0);
    let sky = 0.5 + 0.5 * n.y;
    let rim = (1.0 - n.z.abs()) * (1.0 - n.z.abs());
    0.20 + 0.52 * key + 0.13 * fill + 0.13 * sky - 0.28 * rim * rim
}

#[cfg(test)]
mod tests {
    use baihui_head::{HeadSource, Landmarks, ShapeSpread};

    use super::*;
    use crate::camera::View;

    /// A ball of radius 90 mm with latitude-longitude triangles, as a head without landmarks.
    fn ball() -> Head {
        let n = 120_usize;
        let at = |i: usize, j: usize| {
            let (a, b) =
                (core::f64::consts::PI / n as f64 * i as f64, core::f64::consts::PI / n as f64 * j as f64);
            DVec3::new(libm::sin(a) * libm::cos(b), libm::sin(a) * libm::sin(b), libm::cos(a)) * 90.0
        };
        let mut v = vec![at(0, 0)];
        for i in 1..n {
            v.extend((0..2 * n).map(|j| at(i, j)));
        }
        v.push(at(n, 0));
        let ring = |i: usize, j: usize| (1 + (i - 1) * 2 * n + j % (2 * n)) as u32;
        let last = (v.len() - 1) as u32;
        let mut f = Vec::new();
        for j in 0..2 * n {
            f.push([0, ring(1, j), ring(1, j + 1)]);
            f.push([last, ring(n - 1, j + 1), ring(n - 1, j)]);
            for i in 1..n - 1 {
                f.push([ring(i, j), ring(i + 1, j), ring(i + 1, j + 1)]);
                f.push([ring(i, j), ring(i + 1, j + 1), ring(i, j + 1)]);
            }
        }
        Head {
            name: "ball".to_owned(),
            source: HeadSource::Scan,
            history: Vec::new(),
            skin: Surface::new(v, f).unwrap(),
            ears: None,
            brain: None,
            cortex: None,
            to_mni: None,
            landmarks: Landmarks::new(),
            spread: ShapeSpread::default(),
        }
    }

    #[test]
    fn a_ball_covers_its_disc_and_has_its_depth() {
        let head = ball();
        let camera = Camera::new(&head, View::Front, 2.0);
        let backdrop = Backdrop::new(&head, camera, 1.0);
        let covered: f64 = backdrop.shade().iter().map(|s| f64::from(s[1])).sum();
        let disc = core::f64::consts::PI * 180.0 * 180.0;
        assert!((covered / disc - 1.0).abs() < 2e-3, "{covered} of {disc}");
        for d in [DVec2::ZERO, DVec2::new(60.0, 20.0), DVec2::new(-30.0, -70.0)] {
            let at = camera.project(DVec3::ZERO).truncate() + d * 2.0;
            let want = libm::sqrt(8100.0 - d.length_squared());
            let got = f64::from(backdrop.depth_at(at).unwrap());
            assert!((got - want).abs() < 0.6, "{got} mm, not {want}");
        }
    }

    #[test]
    fn a_ball_shows_its_near_half() {
        let head = ball();
        for view in View::ALL {
            let backdrop = Backdrop::new(&head, Camera::new(&head, view, 2.0), 1.0);
            let toward = view.directions(&baihui_head::Axes::RAS)[2];
            for &v in head.skin.vertices() {
                let facing = v.dot(toward) / 90.0;
                if facing > 0.0 {
                    assert!(backdrop.sees(v), "{v:?} in {view:?}");
                } else if facing < -0.2 {
                    assert!(!backdrop.sees(v), "{v:?} in {view:?}");
                }
            }
        }
    }

    #[test]
    fn the_key_light_comes_from_the_upper_left() {
        assert!(light(Vec3::new(-0.5, 0.5, 0.7)) > light(Vec3::new(0.5, -0.5, 0.7)) + 0.2);
        assert_eq!(light(Vec3::Z), light(-Vec3::Z));
        let n = (Vec3::new(-0.45, 0.55, 0.703_562_4).length() - 1.0).abs();
        let m = (Vec3::new(0.8, 0.1, 0.591_608).length() - 1.0).abs();
        assert!(n < 1e-6 && m < 1e-6);
    }
}
