//! The shaded head: an orthographic z-buffer in software, the same bytes on every machine.
//!
//! Skin and ears are drawn with interpolated normals into depth buffers of twice the picture's resolution,
//! shaded, and averaged. Creases are darkened and ridges lightened by the difference between the depth and
//! its local mean (Luft, Colditz & Deussen, "Image enhancement by unsharp masking the depth buffer", ACM
//! Trans Graph 25(3):1206-1213, 2006). The skin's depth also answers what a viewer can see.

use baihui_head::{Head, Surface};
use glam::{DVec2, DVec3, Vec3};

use crate::camera::Camera;

/// Samples along one side of a picture element.
const SAMPLES: usize = 2;
/// Most picture elements along one side.
const MAX_SIDE: f64 = 4000.0;
/// Depth of what is not covered.
const NOTHING: f32 = f32::NEG_INFINITY;
/// Share of the ear's colour where it lies over the skin; the rest is the skin behind it.
const EAR_OPACITY: f32 = 0.72;
/// How far beneath the seen surface an item may lie and still be seen, mm: chords of curves, ellipses drawn on
/// the tangent plane.
const DEPTH_TOLERANCE_MM: f64 = 2.0;
/// Radius within which the farthest seen depth counts, mm, so that items on the contour are seen.
const CONTOUR_TOLERANCE_MM: f64 = 1.2;

/// One layer of the picture at sample resolution.
struct Layer {
    width: usize,
    height: usize,
    depth: Vec<f32>,
    normal: Vec<Vec3>,
}

impl Layer {
    fn new(width: usize, height: usize) -> Self {
        let n = width * height;
        Self { width, height, depth: vec![NOTHING; n], normal: vec![Vec3::ZERO; n] }
    }

    /// Draws a surface, nearest wins. `per_px` is the number of samples in one px of the camera.
    fn draw(&mut self, surface: &Surface, camera: &Camera, per_px: f64) {
        let at: Vec<DVec3> = surface
            .vertices()
            .iter()
            .map(|&v| {
                let p = camera.project(v);
                DVec3::new(p.x * per_px, p.y * per_px, p.z)
            })
            .collect();
        let normals: Vec<Vec3> =
            surface.vertex_normals().iter().map(|&n| camera.rotate(n).as_vec3()).collect();
        for f in surface.faces() {
            self.triangle(f.map(|i| at[i as usize]), f.map(|i| normals[i as usize]));
        }
    }

    fn triangle(&mut self, [a, b, c]: [DVec3; 3], [na, nb, nc]: [Vec3; 3]) {
        let area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
        if area == 0.0 {
            return;
        }
        let lo = a.min(b).min(c);
        let hi = a.max(b).max(c);
        // Samples lie at half-integers.
        let y0 = (lo.y - 0.5).ceil().max(0.0) as usize;
        let y1 = ((hi.y - 0.5).floor() + 1.0).clamp(0.0, self.height as f64) as usize;
        let x0 = (lo.x - 0.5).ceil().max(0.0) as usize;
        let x1 = ((hi.x - 0.5).floor() + 1.0).clamp(0.0, self.width as f64) as usize;
        let inverse = 1.0 / area;
        // Barycentric weights of b and c are linear in x and y.
        let (bx, by) = ((c.y - a.y) * inverse, -(c.x - a.x) * inverse);
        let (cx, cy) = (-(b.y - a.y) * inverse, (b.x - a.x) * inverse);
        for y in y0..y1 {
            let dy = y as f64 + 0.5 - a.y;
            for x in x0..x1 {
                let dx = x as f64 + 0.5 - a.x;
                let wb = dx * bx + dy * by;
                let wc = dx * cx + dy * cy;
                let wa = 1.0 - wb - wc;
                if wa < 0.0 || wb < 0.0 || wc < 0.0 {
                    continue;
                }
                let z = (wa * a.z + wb * b.z + wc * c.z) as f32;
                let i = y * self.width + x;
                if z > self.depth[i] {
                    self.depth[i] = z;
                    self.normal[i] = na * wa as f32 + nb * wb as f32 + nc * wc as f32;
                }
            }
        }
    }
}

/// The picture of a head without items, and what can be seen on it.
pub struct Backdrop {
    /// The camera that made it.
    pub camera: Camera,
    /// Width and height of `shade`, in picture elements.
    pub pixels: [usize; 2],
    /// Tone of each picture element, 0 (dark) to 1, and the share of it that is covered, 0 to 1.
    pub shade: Vec<[f32; 2]>,
    /// Depth of the skin in mm at sample resolution.
    depth: Vec<f32>,
    samples: [usize; 2],
    per_px: f64,
}

impl Backdrop {
    /// Draws a head at `density` picture elements per px of the camera.
    pub fn new(head: &Head, camera: Camera, density: f64) -> Self {
        // Absurd sizes (a head of 1e9 mm) cost resolution, not memory.
        let density = density.min(MAX_SIDE / camera.size.max_element().max(1.0));
        let pixels = [camera.size.x, camera.size.y].map(|s| ((s * density).ceil() as usize).max(1));
        let samples = pixels.map(|p| p * SAMPLES);
        let per_px = density * SAMPLES as f64;
        let mut skin = Layer::new(samples[0], samples[1]);
        skin.draw(&head.skin, &camera, per_px);
        let mut ears = None;
        if let Some(surface) = &head.ears {
            let mut layer = Layer::new(samples[0], samples[1]);
            layer.draw(surface, &camera, per_px);
            ears = Some(layer);
        }
        let per_mm = camera.scale * density;
        let shade = shade(&skin, ears.as_ref(), pixels, per_mm as f32);
        Self { camera, pixels, shade, depth: skin.depth, samples, per_px }
    }

    /// Depth of the skin at a position in px, `None` beside the head.
    fn depth_at(&self, at: DVec2) -> Option<f32> {
        let p = at * self.per_px;
        let inside = p.x >= 0.0 && p.y >= 0.0 && p.x < self.samples[0] as f64 && p.y < self.samples[1] as f64;
        if !inside {
            return None;
        }
        let d = self.depth[p.y as usize * self.samples[0] + p.x as usize];
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

/// Mean depth of the covered samples of each picture element, and how many are covered (0 to 1).
fn coarse(skin: &Layer, ears: Option<&Layer>, [w, h]: [usize; 2]) -> (Vec<f32>, Vec<f32>) {
    let mut depth = vec![0.0; w * h];
    let mut cover = vec![0.0; w * h];
    for y in 0..h {
        for x in 0..w {
            let (mut sum, mut n) = (0.0, 0.0);
            for sy in 0..SAMPLES {
                for sx in 0..SAMPLES {
                    let i = (y * SAMPLES + sy) * skin.width + x * SAMPLES + sx;
                    let d = ears.map_or(skin.depth[i], |e| skin.depth[i].max(e.depth[i]));
                    if d > NOTHING {
                        sum += d;
                        n += 1.0;
                    }
                }
            }
            if n > 0.0 {
                depth[y * w + x] = sum / n;
                cover[y * w + x] = n / (SAMPLES * SAMPLES) as f32;
            }
        }
    }
    (depth, cover)
}

/// Mean over a square of side 2 r + 1, weighted by `cover`: two running sums, rows then columns.
fn blur(depth: &[f32], cover: &[f32], [w, h]: [usize; 2], r: usize) -> Vec<f32> {
    let run = |src: &[f32], out: &mut [f32], n: usize, stride: usize| {
        // f64: the sum is built up and taken down over a whole row.
        let mut sum = 0.0_f64;
        for i in 0..n.min(r) {
            sum += f64::from(src[i * stride]);
        }
        for i in 0..n {
            if i + r < n {
                sum += f64::from(src[(i + r) * stride]);
            }
            out[i * stride] = sum as f32;
            if i >= r {
                sum -= f64::from(src[(i - r) * stride]);
            }
        }
    };
    let square = |src: Vec<f32>| {
        let mut rows = vec![0.0; src.len()];
        for y in 0..h {
            run(&src[y * w..], &mut rows[y * w..], w, 1);
        }
        let mut out = vec![0.0; src.len()];
        for x in 0..w {
            run(&rows[x..], &mut out[x..], h, w);
        }
        out
    };
    let sum = square(depth.iter().zip(cover).map(|(d, c)| d * c).collect());
    let weight = square(cover.to_vec());
    sum.iter().zip(&weight).map(|(s, w)| if *w > 1e-3 { s / w } else { 0.0 }).collect()
}

/// Tone and cover of each picture element.
fn shade(skin: &Layer, ears: Option<&Layer>, size: [usize; 2], per_mm: f32) -> Vec<[f32; 2]> {
    let [w, h] = size;
    let (depth, cover) = coarse(skin, ears, size);
    // Two scales: folds of the ear, lips and lids; sockets, temples, nape.
    let fine = blur(&depth, &cover, size, ((1.6 * per_mm) as usize).max(1));
    let broad = blur(&depth, &cover, size, ((7.0 * per_mm) as usize).max(2));
    let mut out = vec![[0.0; 2]; w * h];
    for y in 0..h {
        for x in 0..w {
            let p = y * w + x;
            if cover[p] == 0.0 {
                continue;
            }
            // mm that the place lies deeper than its surroundings.
            let crease =
                0.10 * soft(fine[p] - depth[p], 1.2) + 0.16 * soft(broad[p] - depth[p], 6.0);
            let mut tone = 0.0;
            let mut n = 0.0;
            for sy in 0..SAMPLES {
                for sx in 0..SAMPLES {
                    let i = (y * SAMPLES + sy) * skin.width + x * SAMPLES + sx;
                    let under = (skin.depth[i] > NOTHING).then(|| light(skin.normal[i]));
                    let over = ears
                        .filter(|e| e.depth[i] > NOTHING && e.depth[i] >= skin.depth[i])
                        .map(|e| light(e.normal[i]));
                    let t = match (under, over) {
                        (Some(u), Some(o)) => u + (o - u) * EAR_OPACITY,
                        (Some(t), None) | (None, Some(t)) => t,
                        (None, None) => continue,
                    };
                    tone += t;
                    n += 1.0;
                }
            }
            if n > 0.0 {
                out[p] = [(tone / n - crease).clamp(0.0, 1.0), cover[p]];
            }
        }
    }
    out
}

/// x / (1 + |x| / limit) / limit: linear near 0, at most ±1.
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
