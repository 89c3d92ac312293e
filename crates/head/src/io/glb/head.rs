//! A whole [`Head`] as a GLB and back.

use glam::{DMat4, DVec3};
use serde_json::Value;
use thiserror::Error;

use super::{
    RAS_MM_TO_GLTF, container,
    document::Document,
    gltf_to_ras,
    mesh::{Placed, node_mesh, placed_nodes},
    scene::{GlbScene, Rgba},
};
use crate::{
    head::Head,
    io::{
        MeshError, RawMesh,
        record::{CORTEX, HeadRecord, Parts, RecordError},
    },
    surface::{Surface, SurfaceError},
};

pub use crate::io::record::RECORD_VERSION as EXTRAS_VERSION;

/// Why a GLB is not a head.
#[derive(Debug, Error)]
pub enum GlbError {
    /// It is not a GLB that can be read at all.
    #[error(transparent)]
    Mesh(#[from] MeshError),
    /// A readable GLB, but of something else.
    #[error(
        "GLB, scene: found no `extras.baihui`; expected a head file written by Baihui \
         (a scan from elsewhere needs its landmarks first)"
    )]
    NotAHead,
    /// What `extras.baihui` says cannot be used.
    #[error("GLB, scene extras: {0}")]
    Record(#[from] RecordError),
    /// A part of the head is missing.
    #[error("GLB, nodes: found none named `{0}` with a mesh; expected one")]
    Missing(&'static str),
    /// A part of the head is not a surface.
    #[error("GLB, node `{part}`: {source}")]
    Surface {
        /// "skin", "ears", "brain" or a hemisphere.
        part: &'static str,
        /// What is wrong with it.
        source: SurfaceError,
    },
}

const SKIN: (&str, Rgba) = ("skin", Rgba::rgb(224, 187, 160));
const EARS: (&str, Rgba) = ("ears", Rgba::rgb(216, 174, 148));
const GYRI: Rgba = Rgba::rgb(214, 186, 186);
const BRAIN: (&str, Rgba) = ("brain", Rgba::rgb(203, 175, 178).with_alpha(200));

impl GlbScene {
    /// Adds a head's surfaces as the nodes `skin`, `ears`, `brain`, `cortex-left` and `cortex-right`, and what else it has to the scene's
    /// extras. The file can be read back with [`read_head`], whatever else is drawn in it.
    #[must_use]
    pub fn head(self, head: &Head) -> Self {
        let parts = [(SKIN, Some(&head.skin)), (EARS, head.ears.as_ref()), (BRAIN, head.brain.as_ref())];
        let mut scene = self.group("");
        let hemispheres = head.cortex.iter().flat_map(|c| c.hemispheres());
        let named = hemispheres.filter_map(|h| {
            let name = CORTEX.iter().find(|(side, _)| *side == h.side)?.1;
            Some(((name, GYRI), Some(&h.surface)))
        });
        for ((name, colour), surface) in parts.into_iter().chain(named) {
            if let Some(surface) = surface {
                scene = scene.surface(name, surface, colour);
            }
        }
        scene.extra("baihui", HeadRecord::of(head).to_value())
    }
}

/// Writes a head as one GLB. The same head gives the same bytes. Positions are stored as `f32` (about 1e-5 mm
/// on a head); landmarks as `f64`.
pub fn write_head(head: &Head) -> Vec<u8> {
    GlbScene::new(&head.name).head(head).to_bytes()
}

/// Reads a head from a GLB that [`write_head`] or [`GlbScene::head`] made.
///
/// # Errors
/// [`GlbError`] says what is wrong and where: not a GLB, not a head, a version to come, a surface that is not
/// one.
pub fn read_head(bytes: &[u8]) -> Result<Head, GlbError> {
    let (json, bin) = container::split(bytes)?;
    let mut doc = super::mesh::document(json)?;
    let scene = doc.scene.unwrap_or(0) as usize;
    let value = doc.scenes.get_mut(scene).and_then(|s| s.extras.as_mut()).and_then(|e| e.get_mut("baihui"));
    let record = HeadRecord::from_value(value.map(Value::take).ok_or(GlbError::NotAHead)?)?;
    let nodes = placed_nodes(&doc)?;
    let skin = part(&doc, bin, &nodes, SKIN.0)?.ok_or(GlbError::Missing("skin"))?;
    let ears = part(&doc, bin, &nodes, EARS.0)?;
    let brain = part(&doc, bin, &nodes, BRAIN.0)?;
    let mut cortex = Vec::new();
    for (side, name) in CORTEX {
        cortex.extend(part(&doc, bin, &nodes, name)?.map(|s| (side, s)));
    }
    Ok(record.into_head(Parts { skin, ears, brain, cortex })?)
}

fn part(
    doc: &Document,
    bin: &[u8],
    nodes: &[Placed],
    name: &'static str,
) -> Result<Option<Surface>, GlbError> {
    let named = |p: &&Placed| {
        doc.nodes.get(p.node).is_some_and(|n| n.name.as_deref() == Some(name) && n.mesh.is_some())
    };
    let Some(placed) = nodes.iter().find(named) else { return Ok(None) };
    let mut mesh = node_mesh(doc, bin, placed, &RawMesh::default())?;
    if placed.to_world != RAS_MM_TO_GLTF {
        // Saved again by another program with other nodes: the world frame is still glTF's.
        let to_world: DMat4 = placed.to_world;
        let to_ras = |v: &DVec3| gltf_to_ras(to_world.transform_point3(*v)) * 1000.0;
        mesh.vertices = mesh.vertices.iter().map(to_ras).collect();
    }
    let surface = Surface::new(mesh.vertices, mesh.faces);
    surface.map(Some).map_err(|source| GlbError::Surface { part: name, source })
}
