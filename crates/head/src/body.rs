//! The body: skin and joints of a person, shaped from a parametric human.
//!
//! [`Model`] is the built-in human (MakeHuman's base mesh hm08 with a few of its targets, CC0; see
//! `template/README.md`); [`Shape`] says whose body; [`Model::body`] makes it. Coordinates are millimetres, +x the
//! person's right, +y forward, +z up, the origin where the mesh has it (near the pelvis, on the midline). The arms
//! are held away from the trunk, the palms turned back, as the mesh has them.

mod join;
mod model;
mod shape;
mod solve;

pub use join::{Carry, JoinError, Joined, Size};
pub use model::{Model, ModelError, built_in};
pub use shape::{Length, Measure, Sex, Shape, ShapeError};

use std::collections::BTreeMap;

use glam::DVec3;
use serde::Serialize;

use crate::{
    frame::Side,
    surface::{Surface, SurfacePoint},
};

/// One person's skin and joints.
#[derive(Clone, Debug)]
pub struct Body {
    /// The skin: the mesh hm08, quads split so that left and right are mirror images.
    pub skin: Surface,
    /// How it was shaped.
    pub report: BodyReport,
    joints: BTreeMap<String, DVec3>,
    mirror: Vec<u16>,
    face_of: Vec<u32>,
}

/// What a body was shaped to, and what it measures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BodyReport {
    /// What was asked for.
    pub shape: Shape,
    /// Height from sole to crown, mm.
    pub height_mm: f64,
    /// Volume of the skin times 980 kg/m³, kg: the density that the package anny assumes.
    pub weight_kg: f64,
    /// From the elbow joint to the wrist joint, mm.
    pub forearm_mm: f64,
    /// From the knee joint to the ankle joint, mm.
    pub lower_leg_mm: f64,
    /// Height of the suprasternal notch over the pubic symphysis, mm.
    pub trunk_mm: f64,
    /// By what factor the whole body was scaled beyond what the targets reach.
    pub scale: f64,
    /// What the user should know.
    pub notes: Vec<String>,
}

impl Body {
    /// A joint by its name without side (`knee`, `finger-3-1`), on a side; joints of the midline have one place.
    pub fn joint(&self, name: &str, side: Side) -> Option<DVec3> {
        let sided = match side {
            Side::Left => self.joints.get(&format!("l-{name}")),
            Side::Right => self.joints.get(&format!("r-{name}")),
            Side::Midline => None,
        };
        sided.or_else(|| self.joints.get(name)).copied()
    }

    /// A vertex of the mesh, named on the left, on a side.
    pub fn vertex(&self, left: u32, side: Side) -> Option<SurfacePoint> {
        let v = match side {
            Side::Right => u32::from(*self.mirror.get(left as usize)?),
            _ => left,
        };
        let face = *self.face_of.get(v as usize)?;
        let corners = self.skin.faces().get(face as usize)?;
        let mut bary = [0.0; 3];
        *bary.get_mut(corners.iter().position(|&c| c == v)?)? = 1.0;
        Some(SurfacePoint { face, bary })
    }

    /// Vertex that lies opposite, on the other side.
    pub fn opposite(&self, vertex: u32) -> Option<u32> {
        self.mirror.get(vertex as usize).map(|&m| u32::from(m))
    }

    /// Names and positions of all joints, mm; `l-` and `r-` in front say the side.
    pub fn joints(&self) -> impl Iterator<Item = (&str, DVec3)> {
        self.joints.iter().map(|(n, p)| (n.as_str(), *p))
    }
}
