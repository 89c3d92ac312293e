//! What the head says about the sites of a plan: where they are, and how near to what must not be needled.

use baihui_atlas::{
    Atlas, Location, Names, Request, beneath,
    claims::region_words,
    locate::{self, Located},
    region::{Region as Zone, ends_mm, gap_mm},
};
use baihui_clinic::{
    people::{Patient, facts::Region},
    plan::{Beneath, Frame, Geometry, HeadUsed, OnPerson, Place, SiteKey},
    safety::{
        evaluate::Nearness,
        intake::{Marking, regions},
    },
    side::{Laterality, Side},
};
use baihui_head::{Head, HeadSource, Side as HeadSide, cortex::Sampling};

use crate::error::{CliError, Kind};

/// The head as a plan names it.
pub fn used(head: &Head) -> HeadUsed {
    let source = match head.source {
        HeadSource::Template => "template",
        HeadSource::Tape => "tape",
        HeadSource::Scan => "scan",
        HeadSource::Mri => "mri",
    };
    HeadUsed { name: head.name.clone(), source: source.to_owned() }
}

/// Draws for what lies beneath, and their seed: the same plan says the same.
const SAMPLING: Sampling = Sampling { draws: 1000, seed: 1, between_heads: None };
/// What is less likely is not listed.
const LEAST: f64 = 0.05;

/// Adds what lies beneath each site, where the head can be compared with a brain; a head that cannot says nothing.
pub fn add_beneath(atlas: &Atlas, head: &Head, geometry: &mut Geometry) {
    let mut items: Vec<usize> = geometry.keys().filter_map(|k| atlas.find(&k.code)).collect();
    items.sort_unstable();
    items.dedup();
    let request = Request { items, ..Request::default() };
    let Ok((zones, _)) = beneath::zones(atlas, &Names::of(atlas), head, &request, &SAMPLING) else { return };
    for (key, on_person) in geometry {
        let Some(zone) = zones.iter().find(|z| z.zone.code == key.code && z.zone.side == head_side(key.side))
        else {
            continue;
        };
        let finding = match &key.part {
            None => zone.whole.as_ref(),
            Some(part) => zone.parts.iter().find(|p| p.name == *part).map(|p| &p.finding),
        };
        if let (Some(place), Some(finding)) = (&mut on_person.place, finding) {
            let likely = finding.regions.iter().filter(|s| s.probability >= LEAST);
            place.beneath = likely
                .map(|s| Beneath {
                    name: region_words(&s.region),
                    // As exact as draws are.
                    probability: (s.probability * 1000.0).round() / 1000.0,
                })
                .collect();
        }
    }
}

/// The side of a plan as heads and bodies have it.
pub fn head_side(side: Side) -> HeadSide {
    match side {
        Side::Left => HeadSide::Left,
        Side::Right => HeadSide::Right,
        Side::Midline => HeadSide::Midline,
    }
}

/// Locates sites and measures their distances to the regions that the patient's record marks.
pub fn on_head(
    atlas: &Atlas,
    head: &Head,
    patient: Option<&Patient>,
    keys: &[SiteKey],
) -> Result<Geometry, CliError> {
    let mut items: Vec<usize> = keys.iter().filter_map(|k| atlas.find(&k.code)).collect();
    items.sort_unstable();
    items.dedup();
    if items.is_empty() {
        return Ok(Geometry::new());
    }
    let request = Request { items, chinese: true, ..Request::default() };
    let location = locate::locate(atlas, &Names::of(atlas), head, &request).map_err(|e| {
        CliError::new(Kind::NotLocated, format!("nothing can be located on {}: {e}", head.name))
    })?;
    let on_this_head = keys.iter().filter(|k| atlas.find(&k.code).is_some());
    Ok(on_this_head.map(|k| (k.clone(), one(head, patient, &location, k))).collect())
}

fn one(head: &Head, patient: Option<&Patient>, location: &Location, key: &SiteKey) -> OnPerson {
    let side = head_side(key.side);
    let found = location.items.iter().find(|i| i.code == key.code && i.side == side);
    let part = key.part.as_deref();
    let marked = patient.map(regions).unwrap_or_default();
    let near = marked.iter().map(|m| Nearness {
        region: m.kind.clone(),
        // A site that cannot be located may be anywhere: the distance stays unknown.
        distance_mm: found
            .and_then(|item| zones(&m.place).iter().map(|z| gap_mm(head, item, part, z)).min_by(least)?),
        sd_mm: found.map_or(0.0, |item| item.sd_mm),
        reach_mm: 0.0,
    });
    let refused = location.refused.iter().find(|r| r.code == key.code && r.side == side);
    OnPerson {
        place: found.and_then(|item| place(item, part)),
        refused: refused.map(|r| r.reason.clone()),
        near: near.collect(),
    }
}

/// The nearest first; what is unknown counts as nearer than anything.
fn least(a: &Option<f64>, b: &Option<f64>) -> std::cmp::Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.total_cmp(b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn zones(marking: &Marking) -> Vec<Zone> {
    match marking {
        Marking::Drawn(Region::Disc { center_mm, radius_mm }) => {
            vec![Zone::Disc { center_mm: *center_mm, radius_mm: radius_mm.get() }]
        }
        Marking::Drawn(Region::Polygon { corners_mm }) => {
            vec![Zone::Polygon { corners_mm: corners_mm.clone() }]
        }
        Marking::Side(Laterality::Left) => vec![Zone::Half(HeadSide::Left)],
        Marking::Side(Laterality::Right) => vec![Zone::Half(HeadSide::Right)],
        Marking::Side(_) | Marking::Somewhere => vec![Zone::Whole],
    }
}

fn place(item: &Located, part: Option<&str>) -> Option<Place> {
    let (start_mm, end_mm) = ends_mm(item, part)?;
    let (mut tape, mut tape_zh) = (item.tape.clone(), item.tape_zh.clone());
    if let (Some(name), Some(p)) = (part, item.parts.iter().find(|p| Some(p.name.as_str()) == part)) {
        tape += &format!(" The {name}: {:.0} to {:.0} mm from its start.", p.from_mm, p.to_mm);
        if let Some(zh) = &mut tape_zh {
            *zh += &format!("{name}：距起点{:.0}至{:.0}毫米。", p.from_mm, p.to_mm);
        }
    }
    Some(Place {
        frame: Frame::Head,
        start_mm,
        end_mm: item.position_mm.is_none().then_some(end_mm),
        sd_mm: item.sd_mm,
        sd_least_mm: None,
        sd_about: None,
        tape,
        tape_zh,
        reading: None,
        variant: item.variant.clone(),
        mark: item.mark,
        beneath: Vec::new(),
    })
}
