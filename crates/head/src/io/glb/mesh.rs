//! Any GLB as triangles: the nodes of its scene with their transforms applied.

use glam::{DMat4, DQuat, DVec3};

use super::{
    accessor::elements,
    container::{malformed, split},
    document::{Document, Node, Primitive},
};
use crate::{
    io::{Format, LengthUnit, MeshError, Place, RawMesh},
    surface::MAX_ELEMENTS,
};

/// Extensions that change only how a mesh looks, or that are read here (quantized attributes).
const HARMLESS: [&str; 4] = ["KHR_materials_", "KHR_texture_", "KHR_mesh_quantization", "EXT_texture_"];

/// A node of the scene and the transform from its own frame to the world.
pub(super) struct Placed {
    pub(super) node: usize,
    pub(super) to_world: DMat4,
}

/// Reads every triangle of the default scene of a GLB.
///
/// Positions are in metres, as glTF lays down, in the axes of the scene (+Y up): they are those that another program
/// shows for the file, so that landmarks taken there fit.
/// Points and lines are passed over; morph targets and skins are not applied.
///
/// # Errors
/// [`MeshError`] for bytes that are not a GLB, references that lead nowhere, data that is compressed or lies
/// outside the file, more than [`MAX_ELEMENTS`] vertices or triangles, and a scene without a triangle.
pub fn read_mesh(bytes: &[u8]) -> Result<RawMesh, MeshError> {
    let (json, bin) = split(bytes)?;
    let doc = document(json)?;
    let mut out = RawMesh { unit: Some(LengthUnit::Metre), ..RawMesh::default() };
    let mut coloured = false;
    let mut colours = Vec::new();
    for placed in placed_nodes(&doc)? {
        let part = node_mesh(&doc, bin, &placed, &out)?;
        let first = out.vertices.len() as u32;
        // A transform that mirrors turns the faces inside out (specification, section 3.7.4).
        let mirrored = placed.to_world.determinant() < 0.0;
        let turn = |[a, b, c]: [u32; 3]| if mirrored { [a, c, b] } else { [a, b, c] };
        out.faces.extend(part.faces.into_iter().map(|f| turn(f.map(|i| i + first))));
        let world = part.vertices.iter().map(|&v| placed.to_world.transform_point3(v));
        out.vertices.extend(world);
        coloured |= part.colours.is_some();
        match part.colours {
            Some(c) => colours.extend(c),
            None if coloured => colours.resize(out.vertices.len(), [255; 3]),
            None => {}
        }
        if coloured && colours.len() < out.vertices.len() {
            // Parts before the first coloured one are white.
            let missing = out.vertices.len() - colours.len();
            colours.splice(0..0, std::iter::repeat_n([255; 3], missing));
        }
    }
    if out.faces.is_empty() {
        return Err(MeshError::Empty { format: Format::Glb });
    }
    out.colours = coloured.then_some(colours);
    Ok(out)
}

/// The JSON part, checked for what this reader cannot do.
pub(super) fn document(json: &[u8]) -> Result<Document, MeshError> {
    let doc: Document = serde_json::from_slice(json)
        .map_err(|e| malformed(Place::Part("JSON chunk".into()), e.to_string(), "glTF 2.0 JSON"))?;
    if !doc.asset.version.starts_with("2.") {
        let found = format!("version {:?}", doc.asset.version);
        return Err(malformed(Place::Part("asset".into()), found, "version 2.x"));
    }
    match doc.extensions_required.iter().find(|e| !HARMLESS.iter().any(|h| e.starts_with(h))) {
        Some(extension) => Err(MeshError::Unsupported {
            format: Format::Glb,
            place: Place::Part("extensionsRequired".into()),
            what: extension.clone(),
            hint: "export the mesh without compression or extensions",
        }),
        None => Ok(doc),
    }
}

/// The nodes of the default scene that carry a mesh, parents before children, in the order of the file.
pub(super) fn placed_nodes(doc: &Document) -> Result<Vec<Placed>, MeshError> {
    let roots: Vec<u32> = match doc.scenes.get(doc.scene.unwrap_or(0) as usize) {
        Some(scene) => scene.nodes.clone(),
        None if doc.scene.is_some() => {
            let found = format!("scene {}", doc.scene.unwrap_or(0));
            let expected = format!("one of {} scenes", doc.scenes.len());
            return Err(malformed(Place::Part("scene".into()), found, expected));
        }
        // No scene at all is allowed: the file is then a library of nodes, of which the roots are shown.
        None => {
            let mut root = vec![true; doc.nodes.len()];
            for c in doc.nodes.iter().flat_map(|n| &n.children) {
                if let Some(r) = root.get_mut(*c as usize) {
                    *r = false;
                }
            }
            (0..doc.nodes.len() as u32).filter(|&i| root[i as usize]).collect()
        }
    };
    let mut seen = vec![false; doc.nodes.len()];
    let mut stack: Vec<(u32, DMat4)> = roots.into_iter().rev().map(|n| (n, DMat4::IDENTITY)).collect();
    let mut out = Vec::new();
    while let Some((index, parent)) = stack.pop() {
        let place = || Place::Part(format!("node {index}"));
        let Some(node) = doc.nodes.get(index as usize) else {
            return Err(malformed(place(), "no such node", format!("one of {} nodes", doc.nodes.len())));
        };
        if std::mem::replace(&mut seen[index as usize], true) {
            return Err(malformed(
                place(),
                "a second parent, or itself among its ancestors",
                "a tree of nodes",
            ));
        }
        let to_world = parent * local(node);
        if !to_world.is_finite() {
            return Err(malformed(place(), "a transform that is not finite", "finite numbers"));
        }
        if node.mesh.is_some() {
            out.push(Placed { node: index as usize, to_world });
        }
        stack.extend(node.children.iter().rev().map(|&c| (c, to_world)));
    }
    Ok(out)
}

fn local(node: &Node) -> DMat4 {
    if let Some(m) = node.matrix {
        return DMat4::from_cols_array(&m);
    }
    let scale = node.scale.map_or(DVec3::ONE, DVec3::from_array);
    // A file rounds its quaternions; an unnormalised one would scale the mesh.
    let q = node.rotation.map_or(DQuat::IDENTITY, DQuat::from_array);
    let q = if q.length_squared() > 0.0 && q.is_finite() { q.normalize() } else { DQuat::IDENTITY };
    let translation = node.translation.map_or(DVec3::ZERO, DVec3::from_array);
    DMat4::from_scale_rotation_translation(scale, q, translation)
}

/// The triangles of a node's mesh in the node's own frame; `before` is what was read already, for the limits.
pub(super) fn node_mesh(
    doc: &Document,
    bin: &[u8],
    placed: &Placed,
    before: &RawMesh,
) -> Result<RawMesh, MeshError> {
    let mut out = RawMesh::default();
    let index = doc.nodes.get(placed.node).and_then(|n| n.mesh).unwrap_or(u32::MAX);
    let Some(mesh) = doc.meshes.get(index as usize) else {
        let place = Place::Part(format!("node {}", placed.node));
        let expected = format!("one of {} meshes", doc.meshes.len());
        return Err(malformed(place, format!("mesh {index}"), expected));
    };
    let mut colours: Vec<[u8; 3]> = Vec::new();
    let mut coloured = false;
    for (k, primitive) in mesh.primitives.iter().enumerate() {
        let place = || Place::Part(format!("mesh {index}, primitive {k}"));
        let mode = primitive.mode.unwrap_or(4);
        if mode < 4 {
            continue;
        }
        let Some(position) = primitive.attributes.position else {
            return Err(malformed(place(), "no POSITION", "a position for each vertex"));
        };
        let positions = elements(doc, bin, position)?;
        too_large("vertices", before.vertices.len() + out.vertices.len() + positions.count)?;
        let Some(vertices) = positions.positions() else {
            return Err(malformed(place(), "POSITION of another type", "VEC3"));
        };
        let corners = corners(doc, bin, primitive, vertices.len(), &place)?;
        let triangles = triangles(mode, &corners)
            .ok_or_else(|| malformed(place(), format!("mode {mode}"), "a mode from 0 to 6"))?;
        too_large("triangles", before.faces.len() + out.faces.len() + triangles.len())?;
        let first = out.vertices.len() as u32;
        if let Some(colour) = primitive.attributes.colour {
            let found = elements(doc, bin, colour)?;
            let values = found.colours().filter(|c| c.len() == vertices.len()).ok_or_else(|| {
                malformed(place(), "COLOR_0 of another type or length", "RGB or RGBA for each vertex")
            })?;
            coloured = true;
            colours.resize(first as usize, [255; 3]);
            colours.extend(values);
        }
        out.vertices.extend(vertices);
        out.faces.extend(triangles.into_iter().map(|f| f.map(|i| i + first)));
    }
    if coloured {
        colours.resize(out.vertices.len(), [255; 3]);
        out.colours = Some(colours);
    }
    Ok(out)
}

fn too_large(what: &'static str, found: usize) -> Result<(), MeshError> {
    match found > MAX_ELEMENTS {
        true => Err(MeshError::TooLarge { format: Format::Glb, what, found: found as u64 }),
        false => Ok(()),
    }
}

fn corners(
    doc: &Document,
    bin: &[u8],
    primitive: &Primitive,
    vertices: usize,
    place: &dyn Fn() -> Place,
) -> Result<Vec<u32>, MeshError> {
    let Some(accessor) = primitive.indices else {
        return Ok((0..vertices as u32).collect());
    };
    let indices = elements(doc, bin, accessor)?
        .indices()
        .ok_or_else(|| malformed(place(), "indices of another type", "unsigned SCALAR"))?;
    match indices.iter().find(|&&i| i as usize >= vertices) {
        Some(i) => Err(malformed(place(), format!("index {i}"), format!("one of {vertices} vertices"))),
        None => Ok(indices),
    }
}

/// Triangles of a list, strip or fan (specification, section 3.7.2.1); `None` for another mode.
fn triangles(mode: u32, c: &[u32]) -> Option<Vec<[u32; 3]>> {
    Some(match mode {
        4 => c.as_chunks().0.to_vec(),
        5 => c
            .windows(3)
            .enumerate()
            .map(|(i, w)| if i % 2 == 0 { [w[0], w[1], w[2]] } else { [w[0], w[2], w[1]] })
            .collect(),
        6 => c.get(1..).unwrap_or_default().windows(2).map(|w| [c[0], w[0], w[1]]).collect(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_strips_and_fans() {
        assert_eq!(triangles(4, &[0, 1, 2, 3, 4, 5, 6]), Some(vec![[0, 1, 2], [3, 4, 5]]));
        assert_eq!(triangles(5, &[0, 1, 2, 3]), Some(vec![[0, 1, 2], [1, 3, 2]]));
        assert_eq!(triangles(6, &[9, 1, 2, 3]), Some(vec![[9, 1, 2], [9, 2, 3]]));
        assert_eq!(triangles(6, &[]), Some(vec![]));
        assert_eq!(triangles(7, &[0, 1, 2]), None);
    }
}
