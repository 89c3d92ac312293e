//! A scalp with a labelled cortex beneath it: what every place of the scalp looks down upon.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use glam::DVec3;

use super::{
    Hemisphere,
    project::{Projection, Projector},
    regions::Region,
};
use crate::{
    frame::{HeadFrame, Mni, Point, Side},
    head::Head,
    mni::ToMni,
    surface::Surface,
    template::{self, template_labels},
    volume::LabelVolume,
};

/// Radii within which the nearest label of a volume is looked for, mm; beyond the last there is none.
const LABEL_RADII_MM: [f64; 4] = [2.0, 4.0, 8.0, 12.0];

/// What one vertex of the scalp looks down upon by each method of [`Projection::ALL`]: vertices of the cortex.
pub(crate) type Hits = [u32; Projection::ALL.len()];

/// Scalp and cortex in one frame, with labels.
#[derive(Debug)]
pub struct Underlay {
    pub(crate) projector: Projector,
    /// Region of each vertex of the cortex, as an index into `regions`.
    pub(crate) gyrus: Vec<u16>,
    /// Brodmann area of each vertex; 0 where none is near.
    pub(crate) area: Vec<u16>,
    pub(crate) regions: Vec<Region>,
    /// What the regions are taken from.
    pub(crate) parcellation: String,
    /// Whether regions lie on the person's own surface but were named through the map to MNI space.
    pub(crate) carried: bool,
    /// Filled as places are looked at.
    hits: Vec<OnceLock<Hits>>,
}

/// "No region": the first of every list of regions.
pub(crate) const NO_REGION: u16 = 0;

/// What is said of regions that the person's own surface has through the map to MNI space.
const CARRIED: &str = "AAL on Colin27, carried onto the person's own surface by registration";

/// Adds AAL's regions; gives their numbers by label. AAL's labels are sparse; regions are numbered in their order.
fn aal_regions(regions: &mut Vec<Region>) -> BTreeMap<u16, u16> {
    let names = &template_labels().aal.names;
    let numbered = names.iter().map(|(&label, name)| {
        regions.push(Region::of_aal(name));
        (label, (regions.len() - 1) as u16)
    });
    numbered.collect()
}

/// Regions of the other side by their number, with the region of the same name on this side. A surface knows its
/// hemisphere; a registration that is a few millimetres off at the midline does not change it.
fn other_sides(regions: &[Region], side: Side) -> BTreeMap<u16, u16> {
    let here: BTreeMap<&str, u16> = regions
        .iter()
        .enumerate()
        .filter(|(_, r)| r.side == side)
        .map(|(i, r)| (r.key.as_str(), i as u16))
        .collect();
    let others = regions.iter().enumerate().filter(|(_, r)| r.side == side.mirrored());
    others.filter_map(|(i, r)| Some((i as u16, *here.get(r.key.as_str())?))).collect()
}

fn no_region() -> Region {
    Region { key: String::new(), side: Side::Midline }
}

impl Underlay {
    /// The built-in head's, made once: AAL and Brodmann's areas on the outer surface of Colin27's brain.
    pub fn template() -> Option<Arc<Self>> {
        static TEMPLATE: OnceLock<Option<Arc<Underlay>>> = OnceLock::new();
        TEMPLATE
            .get_or_init(|| {
                let head = template::template();
                let cortex = head.brain?;
                let labels = template_labels();
                let mut regions = vec![no_region()];
                let numbers = aal_regions(&mut regions);
                let at = |volume: &LabelVolume, v: &DVec3| label_near(volume, Point::new(*v));
                let gyrus = cortex
                    .vertices()
                    .iter()
                    .map(|v| numbers.get(&at(&labels.aal, v)).copied().unwrap_or(NO_REGION))
                    .collect();
                let area = cortex.vertices().iter().map(|v| at(&labels.brodmann, v)).collect();
                let parcellation = "AAL on Colin27".to_owned();
                Self::assemble(head.skin, cortex, gyrus, area, regions, (parcellation, false)).map(Arc::new)
            })
            .clone()
    }

    /// That of a head with its own cortical surfaces; Brodmann's areas come through its map to MNI space, and so do
    /// AAL's regions onto a hemisphere that has a surface and no names.
    pub(crate) fn own(head: &Head, to_mni: &ToMni) -> Option<Arc<Self>> {
        let own = head.cortex.as_ref()?;
        let mut regions = vec![no_region()];
        let mut vertices = Vec::new();
        let mut faces: Vec<[u32; 3]> = Vec::new();
        let mut gyrus = Vec::new();
        let atlas = template_labels();
        let mut aal: Option<BTreeMap<u16, u16>> = None;
        let mut named_any = false;
        for Hemisphere { side, surface, labels } in own.hemispheres() {
            let first = vertices.len() as u32;
            vertices.extend_from_slice(surface.vertices());
            faces.extend(surface.faces().iter().map(|f| f.map(|i| i + first)));
            if labels.iter().all(|&l| own.name(l).is_none()) {
                let aal = aal.get_or_insert_with(|| aal_regions(&mut regions));
                let on_side = other_sides(&regions, *side);
                gyrus.extend(surface.vertices().iter().map(|&v| {
                    let label = label_near(&atlas.aal, to_mni.to_mni(Point::new(v)));
                    let found = aal.get(&label).copied().unwrap_or(NO_REGION);
                    on_side.get(&found).copied().unwrap_or(found)
                }));
                continue;
            }
            named_any = true;
            let mut numbers: BTreeMap<u16, u16> = BTreeMap::new();
            for &label in labels {
                let number = match own.name(label) {
                    None => NO_REGION,
                    Some(name) => *numbers.entry(label).or_insert_with(|| {
                        regions.push(Region { key: name.to_owned(), side: *side });
                        (regions.len() - 1) as u16
                    }),
                };
                gyrus.push(number);
            }
        }
        let area = vertices
            .iter()
            .map(|&v| {
                let p: Point<HeadFrame> = Point::new(v);
                label_near(&atlas.brodmann, to_mni.to_mni(p))
            })
            .collect();
        let carried = aal.is_some();
        let parcellation = match (named_any, carried) {
            (true, false) => own.parcellation.clone(),
            (true, true) => format!("{}; on the other side {CARRIED}", own.parcellation),
            (false, _) => CARRIED.to_owned(),
        };
        let cortex = Surface::new(vertices, faces).ok()?;
        Self::assemble(head.skin.clone(), cortex, gyrus, area, regions, (parcellation, carried)).map(Arc::new)
    }

    fn assemble(
        skin: Surface,
        cortex: Surface,
        gyrus: Vec<u16>,
        area: Vec<u16>,
        regions: Vec<Region>,
        (parcellation, carried): (String, bool),
    ) -> Option<Self> {
        let hits = (0..skin.vertices().len()).map(|_| OnceLock::new()).collect();
        let projector = Projector::new(skin, cortex)?;
        Some(Self { projector, gyrus, area, regions, parcellation, carried, hits })
    }

    /// What a vertex of the scalp looks down upon.
    pub(crate) fn hits(&self, vertex: u32) -> &Hits {
        let v = vertex as usize;
        self.hits[v].get_or_init(|| {
            let p = &self.projector;
            Projection::ALL.map(|m| p.beneath(p.skin.vertices()[v], p.normals[v], m))
        })
    }

    /// Position of a vertex of the cortex, mm.
    pub(crate) fn cortex(&self, vertex: u32) -> DVec3 {
        self.projector.cortex.vertices()[vertex as usize]
    }
}

/// The label nearest to a place, looked for in growing balls; 0 where none is near.
fn label_near(volume: &LabelVolume, at: Point<Mni>) -> u16 {
    LABEL_RADII_MM.iter().find_map(|&r| volume.nearest(at, r)).map_or(0, |(label, _)| label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_cortex_is_labelled_on_the_right_side() {
        let u = Underlay::template().unwrap();
        let mut labelled = 0;
        for (v, &g) in u.projector.cortex.vertices().iter().zip(&u.gyrus) {
            let region = &u.regions[usize::from(g)];
            labelled += usize::from(g != NO_REGION);
            // Colin's left occipital pole reaches 8 mm across the median plane; nothing lies 12 mm across.
            if v.x.abs() > 12.0 && region.side != Side::Midline {
                assert_eq!(region.side.sign(), v.x.signum(), "{} at {v}", region.key);
            }
        }
        assert!(labelled * 100 > u.gyrus.len() * 95, "{labelled} of {}", u.gyrus.len());
    }
}
