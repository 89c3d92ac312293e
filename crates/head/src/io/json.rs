//! A whole [`Head`] as JSON: for programs that would rather not read glTF, and for looking at landmarks.
//!
//! The members of the GLB's `extras.baihui`, and beside them `skin`, `ears`, `brain`, `cortex-left` and
//! `cortex-right` as
//! `{"vertices_mm": [[x, y, z], …], "faces": [[a, b, c], …]}`. Positions are `f64` and come back exactly.

use glam::DVec3;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::record::{CORTEX, HeadRecord, Parts, RecordError};
use crate::{
    frame::Side,
    head::Head,
    surface::{Surface, SurfaceError},
};

/// Why JSON is not a head.
#[derive(Debug, Error)]
pub enum JsonError {
    /// Not JSON, or a member of the wrong kind.
    #[error("head JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// What it says of the head cannot be used.
    #[error("head JSON: {0}")]
    Record(#[from] RecordError),
    /// A part of the head is not a surface.
    #[error("head JSON, `{part}`: {source}")]
    Surface {
        /// "skin", "ears", "brain" or a hemisphere.
        part: &'static str,
        /// What is wrong with it.
        source: SurfaceError,
    },
}

#[derive(Serialize)]
struct MeshOut<'a> {
    vertices_mm: &'a [DVec3],
    faces: &'a [[u32; 3]],
}

#[derive(Deserialize)]
struct MeshIn {
    vertices_mm: Vec<DVec3>,
    faces: Vec<[u32; 3]>,
}

#[derive(Serialize)]
struct Out<'a> {
    #[serde(flatten)]
    record: HeadRecord,
    skin: MeshOut<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ears: Option<MeshOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    brain: Option<MeshOut<'a>>,
    #[serde(rename = "cortex-left", skip_serializing_if = "Option::is_none")]
    cortex_left: Option<MeshOut<'a>>,
    #[serde(rename = "cortex-right", skip_serializing_if = "Option::is_none")]
    cortex_right: Option<MeshOut<'a>>,
}

/// The surfaces are read straight into numbers; only the rest passes through a [`Value`].
#[derive(Deserialize)]
struct In {
    skin: MeshIn,
    ears: Option<MeshIn>,
    brain: Option<MeshIn>,
    #[serde(rename = "cortex-left")]
    cortex_left: Option<MeshIn>,
    #[serde(rename = "cortex-right")]
    cortex_right: Option<MeshIn>,
    #[serde(flatten)]
    record: serde_json::Map<String, Value>,
}

fn mesh(surface: &Surface) -> MeshOut<'_> {
    MeshOut { vertices_mm: surface.vertices(), faces: surface.faces() }
}

/// Writes a head as JSON. The same head gives the same bytes.
pub fn write_head(head: &Head) -> Vec<u8> {
    let hemisphere = |side| Some(mesh(&head.cortex.as_ref()?.hemisphere(side)?.surface));
    let out = Out {
        record: HeadRecord::of(head),
        skin: mesh(&head.skin),
        ears: head.ears.as_ref().map(mesh),
        brain: head.brain.as_ref().map(mesh),
        cortex_left: hemisphere(Side::Left),
        cortex_right: hemisphere(Side::Right),
    };
    // Cannot fail: string keys and plain numbers only.
    serde_json::to_vec(&out).unwrap_or_default()
}

/// Reads a head that [`write_head`] wrote.
///
/// # Errors
/// [`JsonError`] with line and column where the JSON itself is at fault.
pub fn read_head(bytes: &[u8]) -> Result<Head, JsonError> {
    let In { skin, ears, brain, cortex_left, cortex_right, record } = serde_json::from_slice(bytes)?;
    let record = HeadRecord::from_value(Value::Object(record))?;
    let surface = |part, m: MeshIn| {
        Surface::new(m.vertices_mm, m.faces).map_err(|source| JsonError::Surface { part, source })
    };
    let skin = surface("skin", skin)?;
    let ears = ears.map(|m| surface("ears", m)).transpose()?;
    let brain = brain.map(|m| surface("brain", m)).transpose()?;
    let mut cortex = Vec::new();
    for ((side, name), mesh) in CORTEX.into_iter().zip([cortex_left, cortex_right]) {
        cortex.extend(mesh.map(|m| surface(name, m)).transpose()?.map(|s| (side, s)));
    }
    Ok(record.into_head(Parts { skin, ears, brain, cortex })?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        cortex::{Cortex, Hemisphere},
        frame::Point,
        head::{HeadSource, ShapeSpread},
        landmark::{Landmark, Landmarks, Origin},
        mni::{Affine, MniMap, MniRecord},
        shapes,
    };

    fn cortex() -> Cortex {
        let half = |side: Side| {
            let surface = shapes::bumpy_sphere(50.0, 1);
            let labels = (0..surface.vertices().len() as u16).map(|v| v % 3).collect();
            Hemisphere { side, surface, labels }
        };
        let names = BTreeMap::from([(1, "precentral".to_owned()), (2, "insula".to_owned())]);
        Cortex::new(vec![half(Side::Right), half(Side::Left)], "test".into(), names, "by rule".into())
            .unwrap()
    }

    fn head() -> Head {
        let mut landmarks = Landmarks::new();
        let position = Point::ras(0.1 + 0.2, 1.0 / 3.0, -90.0);
        let method = "picked".to_owned();
        landmarks.insert(
            "nasion",
            Side::Midline,
            Landmark { position, sd_mm: 1.5, origin: Origin::Picked, method },
        );
        Head {
            name: "a".into(),
            source: HeadSource::Mri,
            history: vec!["x".into()],
            skin: shapes::bumpy_sphere(90.0, 2),
            ears: None,
            brain: Some(shapes::sphere(60.0, 1)),
            cortex: Some(cortex()),
            to_mni: Some(MniRecord {
                map: MniMap::Affine(Affine { offset_mm: [0.1, 1.0 / 3.0, 0.0], ..Affine::IDENTITY }),
                sd_mm: 3.3,
                method: "registered".into(),
            }),
            landmarks,
            spread: ShapeSpread { breadth: 0.1, length: 0.2, height: 0.3 },
        }
    }

    #[test]
    fn a_head_comes_back_to_the_last_bit() {
        let head = head();
        let bytes = write_head(&head);
        let back = read_head(&bytes).unwrap();
        assert_eq!(back.skin.vertices(), head.skin.vertices());
        assert_eq!(back.skin.faces(), head.skin.faces());
        assert_eq!(back.landmarks, head.landmarks);
        assert_eq!((back.spread, back.source, back.ears.is_none()), (head.spread, head.source, true));
        assert_eq!(back.brain.as_ref().unwrap().faces(), head.brain.as_ref().unwrap().faces());
        assert_eq!(back.to_mni, head.to_mni);
        let (mine, theirs) = (head.cortex.as_ref().unwrap(), back.cortex.as_ref().unwrap());
        assert_eq!((&mine.names, &mine.parcellation), (&theirs.names, &theirs.parcellation));
        for (a, b) in mine.hemispheres().iter().zip(theirs.hemispheres()) {
            assert_eq!((a.side, &a.labels), (b.side, &b.labels));
            assert_eq!(a.surface.vertices(), b.surface.vertices());
        }
        assert!(write_head(&back) == bytes);
    }

    #[test]
    fn damage_is_refused_with_its_place() {
        let good = String::from_utf8(write_head(&head())).unwrap();
        let error = |text: &str| read_head(text.as_bytes()).unwrap_err().to_string();
        assert!(error(&good[..good.len() / 2]).contains("at line 1 column"));
        assert!(
            error(&good.replacen("\"version\":1", "\"version\":7", 1))
                .contains("found version 7; expected 1")
        );
        assert!(
            error(&good.replacen("\"faces\":[[", "\"faces\":[[99", 1))
                .contains("`skin`: face 0 names vertex 99")
        );
        assert!(error(&good.replacen("\"skin\"", "\"face\"", 1)).contains("missing field `skin`"));
        assert!(error(&good.replacen("1.5", "-1.5", 1)).contains("sd_mm of nasion (midline) = -1.5"));
        assert!(error(&good.replacen("\"mm\"", "\"cm\"", 1)).contains("found `unit` = \"cm\""));
        assert!(error(&good.replacen("1.5", "1e999", 1)).contains("number out of range"));
        assert!(error(&good.replacen("3.3", "-3.3", 1)).contains("`to_mni`"));
        let gone = good.replacen("\"cortex-right\"", "\"cortex-wrong\"", 1);
        assert!(error(&gone).contains("the right hemisphere has 0 vertices"));
    }
}
