//! glTF 2.0 binary (Khronos Group, glTF 2.0 Specification, ISO/IEC 12113:2022).
//!
//! A head file is an ordinary GLB: any viewer shows it. Positions are millimetres, RAS; the matrix of the one
//! root node turns them into glTF's metres, +Y up, face toward +Z. What a viewer has no use for (name, source,
//! history, landmarks, spread) is in `extras.baihui` of the scene.
//!
//! The structures are our own and cover what is written and read here. The `gltf` crate is built for
//! rendering (images, animation, base64) and would be the larger part of this crate; it also leaves the limits
//! and the located errors to be written anyway.

mod accessor;
mod container;
mod document;
mod head;
mod mesh;
mod scene;

pub use head::{EXTRAS_VERSION, GlbError, read_head, write_head};
pub use mesh::read_mesh;
pub use scene::{GlbScene, Rgba};

use glam::{DMat4, DVec3, DVec4};

/// From millimetres, RAS, to glTF's metres: +x (patient's right) is −X, +y (the nose) +Z, +z (the crown) +Y.
pub const RAS_MM_TO_GLTF: DMat4 = DMat4::from_cols(
    DVec4::new(-0.001, 0.0, 0.0, 0.0),
    DVec4::new(0.0, 0.0, 0.001, 0.0),
    DVec4::new(0.0, 0.001, 0.0, 0.0),
    DVec4::new(0.0, 0.0, 0.0, 1.0),
);

/// A glTF direction or position turned to RAS axes; the unit stays metres.
fn gltf_to_ras(v: DVec3) -> DVec3 {
    DVec3::new(-v.x, v.z, v.y)
}
