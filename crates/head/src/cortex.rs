//! The cortex of one head: the subject's own surfaces where there are any, and what lies beneath a place.
//!
//! | module | what it does |
//! |---|---|
//! | [`Cortex`] | a subject's own cortical surfaces with their parcellation, as kept in a head file |
//! | [`Projection`] | four ways from a place of the scalp to the cortex |
//! | [`beneath`] | regions beneath places of the scalp, with probabilities |
//! | [`target`] | the place of the scalp above a place of the brain |
//! | [`regions`] | what regions are called |

pub mod beneath;
mod buckets;
mod parcellations;
mod project;
pub mod regions;
pub mod target;
mod underlay;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use beneath::{Beneath, BeneathError, Finding, Place, Sampling};
pub use project::{BALLOON_MM, Projection};
pub use target::{Above, TargetError};
pub use underlay::Underlay;

use crate::{frame::Side, surface::Surface};

/// Most names that a parcellation may have.
pub const MAX_NAMES: usize = 4096;

/// Why surfaces and labels are not a cortex.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum CortexError {
    /// No hemisphere, a midline one, or one of them twice.
    #[error("the cortex has the hemispheres {found:?}; expected the left, the right, or both, each once")]
    Sides {
        /// Sides as given.
        found: Vec<Side>,
    },
    /// The labels do not belong to the surface.
    #[error("the {side} hemisphere has {vertices} vertices and {labels} labels; expected one label a vertex")]
    Labels {
        /// Which hemisphere.
        side: Side,
        /// Its vertices.
        vertices: usize,
        /// Its labels.
        labels: usize,
    },
    /// Too many names.
    #[error("the parcellation has {found} names; at most {MAX_NAMES} are read")]
    Names {
        /// How many.
        found: usize,
    },
}

/// One hemisphere of a subject's own cortex.
#[derive(Clone, Debug)]
pub struct Hemisphere {
    /// Left or right: the patient's.
    pub side: Side,
    /// The pial surface, mm, in the frame of the head that owns it; outward faces.
    pub surface: Surface,
    /// Label of each vertex; 0 is "no region".
    pub labels: Vec<u16>,
}

/// A subject's own cortical surface with its parcellation.
#[derive(Clone, Debug)]
pub struct Cortex {
    hemispheres: Vec<Hemisphere>,
    /// What the labels are: "aparc (Desikan–Killiany)".
    pub parcellation: String,
    /// Names by label, without the side.
    pub names: BTreeMap<u16, String>,
    /// How surface and labels were made, in words, with the source.
    pub method: String,
}

impl Cortex {
    /// Checks hemispheres and names; the left hemisphere is put first.
    ///
    /// # Errors
    /// [`CortexError`] names what does not fit.
    pub fn new(
        mut hemispheres: Vec<Hemisphere>,
        parcellation: String,
        names: BTreeMap<u16, String>,
        method: String,
    ) -> Result<Self, CortexError> {
        hemispheres.sort_by_key(|h| h.side);
        let sides: Vec<Side> = hemispheres.iter().map(|h| h.side).collect();
        if !matches!(sides[..], [Side::Left] | [Side::Right] | [Side::Left, Side::Right]) {
            return Err(CortexError::Sides { found: sides });
        }
        for h in &hemispheres {
            let (vertices, labels) = (h.surface.vertices().len(), h.labels.len());
            if vertices != labels {
                return Err(CortexError::Labels { side: h.side, vertices, labels });
            }
        }
        if names.len() > MAX_NAMES {
            return Err(CortexError::Names { found: names.len() });
        }
        Ok(Self { hemispheres, parcellation, names, method })
    }

    /// The hemispheres, left before right.
    pub fn hemispheres(&self) -> &[Hemisphere] {
        &self.hemispheres
    }

    /// The hemisphere of a side.
    pub fn hemisphere(&self, side: Side) -> Option<&Hemisphere> {
        self.hemispheres.iter().find(|h| h.side == side)
    }

    /// Name of a label; `None` for 0 and for labels without one.
    pub fn name(&self, label: u16) -> Option<&str> {
        self.names.get(&label).filter(|_| label != 0).map(String::as_str)
    }
}

/// What a cortex is besides its surfaces, as a head file keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CortexRecord {
    parcellation: String,
    names: BTreeMap<u16, String>,
    method: String,
    labels: Vec<LabelsRecord>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct LabelsRecord {
    side: Side,
    labels: Vec<u16>,
}

impl CortexRecord {
    pub(crate) fn of(cortex: &Cortex) -> Self {
        let labels = |h: &Hemisphere| LabelsRecord { side: h.side, labels: h.labels.clone() };
        Self {
            parcellation: cortex.parcellation.clone(),
            names: cortex.names.clone(),
            method: cortex.method.clone(),
            labels: cortex.hemispheres.iter().map(labels).collect(),
        }
    }

    /// With the surfaces that were found in the file, by side.
    pub(crate) fn with(self, mut surfaces: Vec<(Side, Surface)>) -> Result<Cortex, CortexError> {
        let mut hemispheres = Vec::new();
        for LabelsRecord { side, labels } in self.labels {
            let Some(i) = surfaces.iter().position(|(s, _)| *s == side) else {
                return Err(CortexError::Labels { side, vertices: 0, labels: labels.len() });
            };
            hemispheres.push(Hemisphere { side, surface: surfaces.swap_remove(i).1, labels });
        }
        Cortex::new(hemispheres, self.parcellation, self.names, self.method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes;

    fn hemisphere(side: Side, labels: usize) -> Hemisphere {
        Hemisphere { side, surface: shapes::cube(10.0), labels: vec![1; labels] }
    }

    fn cortex(hemispheres: Vec<Hemisphere>) -> Result<Cortex, CortexError> {
        let names = BTreeMap::from([(1, "precentral".to_owned())]);
        Cortex::new(hemispheres, "test".to_owned(), names, String::new())
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        let n = shapes::cube(10.0).vertices().len();
        let both = cortex(vec![hemisphere(Side::Right, n), hemisphere(Side::Left, n)]).unwrap();
        assert_eq!(both.hemispheres()[0].side, Side::Left);
        assert_eq!((both.name(1), both.name(0)), (Some("precentral"), None));
        assert!(matches!(cortex(vec![]), Err(CortexError::Sides { .. })));
        let twice = vec![hemisphere(Side::Left, n), hemisphere(Side::Left, n)];
        assert!(matches!(cortex(twice), Err(CortexError::Sides { .. })));
        assert!(matches!(cortex(vec![hemisphere(Side::Midline, n)]), Err(CortexError::Sides { .. })));
        assert!(matches!(cortex(vec![hemisphere(Side::Left, n + 1)]), Err(CortexError::Labels { .. })));
    }
}
