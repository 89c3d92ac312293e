//! Pictures in 3D: surfaces, tubes, lines and spheres in millimetres, RAS, as a GLB for any viewer.

use std::collections::BTreeMap;

use glam::DVec3;
use serde_json::{Map, Value};

use super::{
    RAS_MM_TO_GLTF,
    container::join,
    document::{
        Accessor, Asset, Attributes, Buffer, BufferView, Document, Material, Mesh, Node, Pbr, Primitive,
        Scene,
    },
};
use crate::surface::Surface;

mod shapes;

/// A colour as on a screen (sRGB) and its opacity, each 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rgba(pub [u8; 4]);

impl Rgba {
    /// An opaque colour.
    pub const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue, 255])
    }

    /// The same colour with another opacity, 0 (clear) to 255 (opaque).
    #[must_use]
    pub const fn with_alpha(self, alpha: u8) -> Self {
        let [r, g, b, _] = self.0;
        Self([r, g, b, alpha])
    }
}

/// sRGB byte to linear 0..=1 (IEC 61966-2-1).
fn to_linear(byte: u8) -> f64 {
    let c = f64::from(byte) / 255.0;
    if c <= 0.040_45 { c / 12.92 } else { libm::pow((c + 0.055) / 1.055, 2.4) }
}

/// Linear 0..=1 to an sRGB byte (IEC 61966-2-1).
pub(super) fn to_srgb(linear: f64) -> u8 {
    let c = if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * libm::pow(linear, 1.0 / 2.4) - 0.055 };
    // `as` saturates and takes NaN to 0.
    (c * 255.0).round() as u8
}

/// Builds a GLB item by item; the same calls give the same bytes.
///
/// All positions are millimetres, RAS. An item with a coordinate that is not finite, or with nothing to draw,
/// is left out and counted in [`GlbScene::skipped`].
///
/// ```
/// use baihui_head::io::glb::{GlbScene, Rgba};
/// use glam::DVec3;
/// let red = Rgba::rgb(213, 94, 0);
/// let bytes = GlbScene::new("zones")
///     .group("MS")
///     .tube("MS5", &[DVec3::new(0.0, 40.0, 95.0), DVec3::new(0.0, 10.0, 100.0)], 1.0, red, None)
///     .sphere("GV20", DVec3::new(0.0, 0.0, 100.0), 2.0, red, None)
///     .to_bytes();
/// assert!(bytes.starts_with(b"glTF"));
/// ```
#[derive(Debug)]
pub struct GlbScene {
    doc: Document,
    bin: Vec<u8>,
    extras: Map<String, Value>,
    materials: BTreeMap<(Rgba, bool), u32>,
    /// Unit sphere accessors (positions, normals, indices), written when the first sphere is.
    unit_sphere: Option<[u32; 3]>,
    /// One mesh of the unit sphere for each colour.
    spheres: BTreeMap<Rgba, u32>,
    groups: BTreeMap<String, u32>,
    parent: u32,
    skipped: usize,
}

/// Index of the root node, whose matrix turns millimetres, RAS, into glTF's frame.
const ROOT: u32 = 0;

/// glTF lengths are 32-bit; a little is kept for the JSON.
const MAX_BIN_BYTES: usize = u32::MAX as usize - (256 << 20);

impl GlbScene {
    /// An empty scene. `name` is the name of the scene and of its root node.
    pub fn new(name: &str) -> Self {
        let root = Node {
            name: Some(name.to_owned()),
            matrix: Some(RAS_MM_TO_GLTF.to_cols_array()),
            ..Node::default()
        };
        let scene = Scene { name: Some(name.to_owned()), nodes: vec![ROOT], extras: None };
        let asset = Asset {
            version: "2.0".into(),
            generator: Some(concat!("baihui ", env!("CARGO_PKG_VERSION")).into()),
        };
        Self {
            doc: Document {
                asset,
                scene: Some(0),
                scenes: vec![scene],
                nodes: vec![root],
                ..Document::default()
            },
            bin: Vec::new(),
            extras: Map::new(),
            materials: BTreeMap::new(),
            unit_sphere: None,
            spheres: BTreeMap::new(),
            groups: BTreeMap::new(),
            parent: ROOT,
            skipped: 0,
        }
    }

    /// Puts the items that follow into a node of this name under the root; an empty name returns to the root.
    #[must_use]
    pub fn group(mut self, name: &str) -> Self {
        self.parent = match self.groups.get(name) {
            _ if name.is_empty() => ROOT,
            Some(&node) => node,
            None => {
                let node = self.push_node(ROOT, Node { name: Some(name.to_owned()), ..Node::default() });
                self.groups.insert(name.to_owned(), node);
                node
            }
        };
        self
    }

    /// Adds a member to the scene's `extras`.
    #[must_use]
    pub fn extra(mut self, key: &str, value: Value) -> Self {
        self.extras.insert(key.to_owned(), value);
        self
    }

    /// Adds a surface.
    #[must_use]
    pub fn surface(self, name: &str, surface: &Surface, colour: Rgba) -> Self {
        self.mesh(name, surface.vertices(), surface.faces(), colour, None)
    }

    /// Adds triangles (counter-clockwise from outside) with normals averaged at the vertices.
    #[must_use]
    pub fn mesh(
        mut self,
        name: &str,
        vertices: &[DVec3],
        faces: &[[u32; 3]],
        colour: Rgba,
        extras: Option<Value>,
    ) -> Self {
        if faces.iter().flatten().any(|&i| i as usize >= vertices.len()) {
            self.skipped += 1;
            return self;
        }
        // Normals of what is stored, so that a file that was read is written the same.
        let stored: Vec<DVec3> =
            vertices.iter().map(|v| DVec3::from_array(stored(*v).map(f64::from))).collect();
        let normals = shapes::vertex_normals(&stored, faces);
        self.shaded(name, vertices, &normals, faces, colour, extras)
    }

    /// Adds a polyline as a round tube. A path whose last point is its first is closed.
    #[must_use]
    pub fn tube(
        mut self,
        name: &str,
        path: &[DVec3],
        radius_mm: f64,
        colour: Rgba,
        extras: Option<Value>,
    ) -> Self {
        match shapes::tube(path, radius_mm) {
            Some(t) => self.shaded(name, &t.vertices, &t.normals, &t.faces, colour, extras),
            None => {
                self.skipped += 1;
                self
            }
        }
    }

    /// Adds a polyline as a line of one pixel.
    #[must_use]
    pub fn line(mut self, name: &str, path: &[DVec3], colour: Rgba, extras: Option<Value>) -> Self {
        if path.len() < 2 || !all_finite(path) || !self.has_room(path.len() * 12) {
            self.skipped += 1;
            return self;
        }
        let position = self.positions(path);
        let material = self.material(colour, false);
        let attributes = Attributes { position: Some(position), ..Attributes::default() };
        let primitive =
            Primitive { attributes, indices: None, material: Some(material), mode: Some(MODE_LINE_STRIP) };
        self.push_mesh_node(name, primitive, extras);
        self
    }

    /// Adds a sphere.
    #[must_use]
    pub fn sphere(
        mut self,
        name: &str,
        centre: DVec3,
        radius_mm: f64,
        colour: Rgba,
        extras: Option<Value>,
    ) -> Self {
        if !centre.is_finite() || !radius_mm.is_finite() || radius_mm <= 0.0 || !self.has_room(1 << 20) {
            self.skipped += 1;
            return self;
        }
        let [position, normal, indices] = match self.unit_sphere {
            Some(accessors) => accessors,
            None => {
                let (vertices, faces) = shapes::unit_sphere();
                // On the unit sphere the position is the normal.
                let accessors = [self.positions(&vertices), self.normals(&vertices), self.indices(&faces)];
                self.unit_sphere = Some(accessors);
                accessors
            }
        };
        let mesh = match self.spheres.get(&colour) {
            Some(&mesh) => mesh,
            None => {
                let material = self.material(colour, true);
                let attributes = Attributes { position: Some(position), normal: Some(normal), colour: None };
                let primitive = Primitive {
                    attributes,
                    indices: Some(indices),
                    material: Some(material),
                    mode: Some(MODE_TRIANGLES),
                };
                let mesh = self.push_mesh("sphere", primitive);
                self.spheres.insert(colour, mesh);
                mesh
            }
        };
        let node = Node {
            name: Some(name.to_owned()),
            translation: Some(centre.to_array()),
            scale: Some([radius_mm; 3]),
            mesh: Some(mesh),
            extras,
            ..Node::default()
        };
        self.push_node(self.parent, node);
        self
    }

    /// How many items were left out because they could not be drawn.
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// The file.
    pub fn to_bytes(mut self) -> Vec<u8> {
        if !self.extras.is_empty()
            && let Some(scene) = self.doc.scenes.first_mut()
        {
            scene.extras = Some(Value::Object(self.extras));
        }
        if !self.bin.is_empty() {
            self.doc.buffers.push(Buffer { uri: None, byte_length: self.bin.len() as u64 });
        }
        // Cannot fail: the document has string keys only, and serde_json writes a number that is not finite
        // as null. No such number gets in.
        let json = serde_json::to_vec(&self.doc).unwrap_or_default();
        join(json, self.bin)
    }

    fn shaded(
        mut self,
        name: &str,
        vertices: &[DVec3],
        normals: &[DVec3],
        faces: &[[u32; 3]],
        colour: Rgba,
        extras: Option<Value>,
    ) -> Self {
        let room = self.has_room(vertices.len() * 24 + faces.len() * 12);
        if faces.is_empty() || !all_finite(vertices) || !room {
            self.skipped += 1;
            return self;
        }
        let attributes = Attributes {
            position: Some(self.positions(vertices)),
            normal: Some(self.normals(normals)),
            colour: None,
        };
        let indices = Some(self.indices(faces));
        let material = Some(self.material(colour, true));
        let primitive = Primitive { attributes, indices, material, mode: Some(MODE_TRIANGLES) };
        self.push_mesh_node(name, primitive, extras);
        self
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.bin.len() + bytes <= MAX_BIN_BYTES
    }

    fn push_node(&mut self, parent: u32, node: Node) -> u32 {
        let index = self.doc.nodes.len() as u32;
        self.doc.nodes.push(node);
        if let Some(p) = self.doc.nodes.get_mut(parent as usize) {
            p.children.push(index);
        }
        index
    }

    fn push_mesh(&mut self, name: &str, primitive: Primitive) -> u32 {
        self.doc.meshes.push(Mesh { name: Some(name.to_owned()), primitives: vec![primitive] });
        self.doc.meshes.len() as u32 - 1
    }

    fn push_mesh_node(&mut self, name: &str, primitive: Primitive, extras: Option<Value>) {
        let mesh = self.push_mesh(name, primitive);
        let node = Node { name: Some(name.to_owned()), mesh: Some(mesh), extras, ..Node::default() };
        self.push_node(self.parent, node);
    }

    /// A matt material; lines are given in full colour, without shading to lose.
    fn material(&mut self, colour: Rgba, shaded: bool) -> u32 {
        if let Some(&m) = self.materials.get(&(colour, shaded)) {
            return m;
        }
        let [r, g, b, a] = colour.0;
        let material = Material {
            name: Some(format!("#{r:02x}{g:02x}{b:02x}{a:02x}")),
            pbr_metallic_roughness: Pbr {
                base_color_factor: Some([to_linear(r), to_linear(g), to_linear(b), f64::from(a) / 255.0]),
                metallic_factor: Some(0.0),
                roughness_factor: Some(if shaded { 0.8 } else { 1.0 }),
            },
            alpha_mode: (a < 255).then(|| "BLEND".to_owned()),
            // A cut or open surface is seen from its inside too.
            double_sided: true,
        };
        self.doc.materials.push(material);
        let index = self.doc.materials.len() as u32 - 1;
        self.materials.insert((colour, shaded), index);
        index
    }

    fn view(&mut self, start: usize, target: u32) -> u32 {
        self.doc.buffer_views.push(BufferView {
            buffer: 0,
            byte_offset: start as u64,
            byte_length: (self.bin.len() - start) as u64,
            byte_stride: None,
            target: Some(target),
        });
        self.doc.buffer_views.len() as u32 - 1
    }

    fn accessor(&mut self, accessor: Accessor) -> u32 {
        self.doc.accessors.push(accessor);
        self.doc.accessors.len() as u32 - 1
    }

    fn vec3(&mut self, values: impl ExactSizeIterator<Item = [f32; 3]>, bounds: bool) -> u32 {
        let start = self.bin.len();
        let count = values.len() as u64;
        self.bin.reserve(values.len() * 12);
        let (mut min, mut max) = ([f32::INFINITY; 3], [f32::NEG_INFINITY; 3]);
        for v in values {
            for k in 0..3 {
                min[k] = min[k].min(v[k]);
                max[k] = max[k].max(v[k]);
                self.bin.extend_from_slice(&v[k].to_le_bytes());
            }
        }
        let buffer_view = Some(self.view(start, TARGET_VERTICES));
        self.accessor(Accessor {
            buffer_view,
            component_type: 5126,
            count,
            kind: "VEC3".into(),
            min: bounds.then(|| min.to_vec()),
            max: bounds.then(|| max.to_vec()),
            ..Accessor::default()
        })
    }

    fn positions(&mut self, values: &[DVec3]) -> u32 {
        self.vec3(values.iter().map(|v| stored(*v)), true)
    }

    fn normals(&mut self, values: &[DVec3]) -> u32 {
        // A vertex of no face has no normal; glTF wants a unit vector all the same.
        let unit = |v: &DVec3| if v.length_squared() > 0.25 { *v } else { DVec3::Z };
        self.vec3(values.iter().map(|v| unit(v).to_array().map(|c| c as f32)), false)
    }

    fn indices(&mut self, faces: &[[u32; 3]]) -> u32 {
        let start = self.bin.len();
        self.bin.reserve(faces.len() * 12);
        for i in faces.iter().flatten() {
            self.bin.extend_from_slice(&i.to_le_bytes());
        }
        let buffer_view = Some(self.view(start, TARGET_INDICES));
        self.accessor(Accessor {
            buffer_view,
            component_type: 5125,
            count: faces.len() as u64 * 3,
            kind: "SCALAR".into(),
            ..Accessor::default()
        })
    }
}

const MODE_LINE_STRIP: u32 = 3;
const MODE_TRIANGLES: u32 = 4;
const TARGET_VERTICES: u32 = 34962;
const TARGET_INDICES: u32 = 34963;

/// A position as the file has it. A finite f64 beyond f32 would become infinite; nothing to be looked at is
/// that large, but no file is invalid either.
fn stored(v: DVec3) -> [f32; 3] {
    v.to_array().map(|c| (c as f32).clamp(f32::MIN, f32::MAX))
}

fn all_finite(points: &[DVec3]) -> bool {
    points.iter().all(|p| p.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn srgb_round_trips_every_byte() {
        for b in 0..=255 {
            assert_eq!(to_srgb(to_linear(b)), b);
        }
        // Mid grey of IEC 61966-2-1: sRGB 188 is close to half of the light.
        assert!((to_linear(188) - 0.5).abs() < 0.005);
        assert_eq!(to_srgb(f64::NAN), 0);
    }

    #[test]
    fn what_cannot_be_drawn_is_counted() {
        let c = Rgba::rgb(1, 2, 3);
        let nan = DVec3::new(0.0, f64::NAN, 0.0);
        let scene = GlbScene::new("x")
            .sphere("a", nan, 1.0, c, None)
            .sphere("b", DVec3::ZERO, 0.0, c, None)
            .tube("c", &[DVec3::ZERO], 1.0, c, None)
            .tube("d", &[DVec3::ZERO, nan], 1.0, c, None)
            .line("e", &[DVec3::ZERO], c, None)
            .mesh("f", &[DVec3::ZERO; 3], &[[0, 1, 3]], c, None);
        assert_eq!(scene.skipped(), 6);
        let (json, bin) =
            super::super::container::split(&scene.to_bytes()).map(|(j, b)| (j.to_vec(), b.to_vec())).unwrap();
        assert!(bin.is_empty());
        let doc: Document = serde_json::from_slice(&json).unwrap();
        assert_eq!(doc.nodes.len(), 1);
    }

    #[test]
    fn groups_are_made_once_and_spheres_share_their_triangles() {
        let c = Rgba::rgb(1, 2, 3);
        let build = || {
            GlbScene::new("x")
                .group("A")
                .sphere("a", DVec3::X, 1.0, c, None)
                .group("")
                .sphere("b", DVec3::Y, 1.0, c.with_alpha(100), None)
                .group("A")
                .sphere("c", DVec3::Z, 2.0, c, None)
                .to_bytes()
        };
        let bytes = build();
        assert_eq!(bytes, build());
        let (json, _) = super::super::container::split(&bytes).unwrap();
        let doc: Document = serde_json::from_slice(json).unwrap();
        assert_eq!(doc.meshes.len(), 2);
        assert_eq!(doc.accessors.len(), 3);
        assert_eq!(doc.materials[1].alpha_mode.as_deref(), Some("BLEND"));
        let group = doc.nodes.iter().find(|n| n.name.as_deref() == Some("A")).unwrap();
        assert_eq!(group.children.len(), 2);
    }
}
