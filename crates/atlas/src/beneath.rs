//! What lies beneath the zones of the atlas on one head, and whether it is what their schools claim.
//!
//! The error of a place is that of its landmarks and of the practitioner's hand ([`crate::uncertainty`]). What was
//! not measured of a head's *size* is left out here: skull and brain grow together. What varies between heads of
//! one size is drawn beneath (`baihui_head::cortex::beneath`).

use baihui_head::{
    Head, ShapeSpread, Side,
    cortex::{Beneath, BeneathError, Finding, Place, Sampling, regions::Region},
};
use glam::{DMat3, DVec3};
use serde::Serialize;
use thiserror::Error;

use crate::{
    evaluate::{Names, Refusal},
    language::{Cortex, Fact, Treats},
    load::Atlas,
    locate::{self, Kind, Located, Refused, Request},
    uncertainty::Ellipse,
};

/// Stations along a line and places inside an area over which draws are spread.
const STATIONS: usize = 24;
/// 95 % quantile of χ² with two degrees of freedom, by which ellipses are larger than one standard deviation.
const CHI2_95: f64 = 5.991_464_547_107_98;

/// Why nothing can be said on a head.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ZonesError {
    /// Nothing can be located on it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Its cortex is out of reach.
    #[error(transparent)]
    Beneath(#[from] BeneathError),
}

/// A part of a zone and what lies beneath it.
#[derive(Clone, Debug, Serialize)]
pub struct PartBeneath {
    /// Its name.
    pub name: String,
    /// What the school says that it is for.
    pub function: Option<String>,
    /// What was found.
    pub finding: Finding,
}

/// A zone and what lies beneath it.
#[derive(Clone, Debug, Serialize)]
pub struct ZoneBeneath {
    /// Index of the item in the atlas.
    #[serde(skip)]
    pub item: usize,
    /// The zone as located.
    pub zone: Located,
    /// What the school claims of the cortex beneath.
    pub claim: Option<Cortex>,
    /// The function that the school claims.
    pub function: Option<Fact>,
    /// Beneath the zone as a whole; `None` where the head's map has no value there.
    pub whole: Option<Finding>,
    /// Beneath each named part.
    pub parts: Vec<PartBeneath>,
}

impl ZoneBeneath {
    /// Whether a region is one that the school claims, on the zone's own side (either, for a zone on the midline).
    pub fn is_claimed(&self, region: &Region) -> bool {
        is_claimed(self.claim.as_ref(), self.zone.side, region)
    }

    /// The side on which the zone is needled for a complaint, in words.
    pub fn needled(&self) -> Option<&'static str> {
        Some(match self.zone.treats? {
            Treats::Contralateral => "needled opposite to the complaint",
            Treats::Ipsilateral => "needled on the side of the complaint",
            Treats::Both => "needled on both sides",
            Treats::Midline => "needled on the midline",
        })
    }
}

/// Whether a claim names a region of a hemisphere.
pub(crate) fn is_claimed(claim: Option<&Cortex>, side: Side, region: &Region) -> bool {
    let right_side = side == Side::Midline || region.side == Side::Midline || region.side == side;
    right_side && claim.is_some_and(|c| region.is_within(&c.regions))
}

/// What lies beneath the items that a request asks for.
///
/// # Errors
/// [`ZonesError`] where the head lacks what every item needs, or cannot be compared with a brain.
pub fn zones(
    atlas: &Atlas,
    names: &Names,
    head: &Head,
    request: &Request,
    sampling: &Sampling,
) -> Result<(Vec<ZoneBeneath>, Vec<Refused>), ZonesError> {
    let beneath = Beneath::new(head)?;
    zones_on(atlas, names, head, &beneath, request, sampling)
}

/// The same where the head is prepared already.
///
/// # Errors
/// As [`zones`].
pub fn zones_on(
    atlas: &Atlas,
    names: &Names,
    head: &Head,
    beneath: &Beneath,
    request: &Request,
    sampling: &Sampling,
) -> Result<(Vec<ZoneBeneath>, Vec<Refused>), ZonesError> {
    let sized = Head { spread: ShapeSpread::default(), ..head.clone() };
    let located = locate::locate(atlas, names, &sized, request)?;
    let zones = located.items.into_iter().map(|zone| one(atlas, head, beneath, zone, sampling));
    Ok((zones.collect(), located.refused))
}

fn one(atlas: &Atlas, head: &Head, beneath: &Beneath, zone: Located, sampling: &Sampling) -> ZoneBeneath {
    let item = atlas.find(&zone.code).unwrap_or_default();
    let entry = &atlas.entries[item].item;
    let length = zone.length_mm;
    let whole = beneath.finding(&places(head, &zone, 0.0, length), sampling);
    let parts = zone.parts.iter().filter_map(|p| {
        let finding = beneath.finding(&places(head, &zone, p.from_mm, p.to_mm), sampling)?;
        let function =
            entry.part.iter().find(|e| e.name == p.name)?.function.as_ref().map(|f| f.text.clone());
        Some(PartBeneath { name: p.name.clone(), function, finding })
    });
    let parts = parts.collect();
    ZoneBeneath { item, claim: entry.cortex.clone(), function: entry.function.clone(), whole, parts, zone }
}

/// The places of an item, or of a stretch of a line, with their errors.
pub fn places(head: &Head, zone: &Located, from_mm: f64, to_mm: f64) -> Vec<Place> {
    match (zone.kind, zone.position_mm, &zone.path_mm) {
        (Kind::Point, Some(p), _) => {
            let cov = zone.ellipses.first().map_or(DMat3::ZERO, covariance);
            vec![place(head, DVec3::from_array(p), cov)]
        }
        (Kind::Line, _, Some(path)) => along(head, zone, path, from_mm, to_mm),
        (Kind::Area, _, Some(path)) => inside(head, zone, path),
        _ => Vec::new(),
    }
}

fn along(head: &Head, zone: &Located, path: &[[f64; 3]], from_mm: f64, to_mm: f64) -> Vec<Place> {
    let points: Vec<DVec3> = path.iter().map(|p| DVec3::from_array(*p)).collect();
    let mut arc = vec![0.0];
    for w in points.windows(2) {
        arc.push(arc[arc.len() - 1] + w[0].distance(w[1]));
    }
    // The written path is a little shorter than the line itself.
    let total = arc[arc.len() - 1];
    let stretch = if zone.length_mm > 0.0 { total / zone.length_mm } else { 1.0 };
    let covariances: Vec<DMat3> = zone.ellipses.iter().map(covariance).collect();
    let mut out = Vec::with_capacity(STATIONS);
    for k in 0..STATIONS {
        let f = (k as f64 + 0.5) / STATIONS as f64;
        let s = (from_mm + (to_mm - from_mm) * f) * stretch;
        let i = arc.partition_point(|&a| a <= s).saturating_sub(1).min(points.len().saturating_sub(2));
        let (Some(a), Some(b)) = (points.get(i), points.get(i + 1)) else { continue };
        let d = arc[i + 1] - arc[i];
        let at = if d > 0.0 { a.lerp(*b, ((s - arc[i]) / d).clamp(0.0, 1.0)) } else { *a };
        out.push(place(head, at, interpolated(&covariances, if total > 0.0 { s / total } else { 0.0 })));
    }
    out
}

/// Places spread evenly over the inside of an outline: on rings between its border and its middle.
fn inside(head: &Head, zone: &Located, path: &[[f64; 3]]) -> Vec<Place> {
    let points: Vec<DVec3> = path.iter().map(|p| DVec3::from_array(*p)).collect();
    if points.len() < 3 {
        return Vec::new();
    }
    let centre = points.iter().sum::<DVec3>() / points.len() as f64;
    let covariances: Vec<DMat3> = zone.ellipses.iter().map(covariance).collect();
    let mut out = Vec::with_capacity(STATIONS * 2);
    for k in 0..STATIONS * 2 {
        // Radii by their square root have equal areas; the golden section spreads the angles.
        let radius = ((k as f64 + 0.5) / (STATIONS * 2) as f64).sqrt();
        let turn = (k as f64 * 0.618_033_988_749_894_9).fract();
        let edge = points[((turn * points.len() as f64) as usize).min(points.len() - 1)];
        let at = head.skin.position(head.skin.closest(centre.lerp(edge, radius)).0);
        out.push(place(head, at, interpolated(&covariances, turn)));
    }
    out
}

/// Covariance in space, mm², of a 95 % ellipse on the skin.
fn covariance(e: &Ellipse) -> DMat3 {
    let outer = |axis: [f64; 3], half: f64| {
        let v = DVec3::from_array(axis);
        DMat3::from_cols(v * v.x, v * v.y, v * v.z) * (half * half / CHI2_95)
    };
    outer(e.major_axis, e.major_mm) + outer(e.minor_axis, e.minor_mm)
}

fn interpolated(covariances: &[DMat3], fraction: f64) -> DMat3 {
    match covariances {
        [] => DMat3::ZERO,
        [one] => *one,
        several => {
            let x = fraction.clamp(0.0, 1.0) * (several.len() - 1) as f64;
            let i = (libm::floor(x) as usize).min(several.len() - 2);
            let t = x - i as f64;
            several[i] * (1.0 - t) + several[i + 1] * t
        }
    }
}

/// A place with the covariance seen in its tangent plane (Cholesky's factor of it).
fn place(head: &Head, mm: DVec3, c: DMat3) -> Place {
    let n = head.skin.normal(head.skin.closest(mm).0);
    let u = n.any_orthonormal_vector();
    let v = n.cross(u);
    let (uu, uv, vv) = (u.dot(c * u), u.dot(c * v), v.dot(c * v));
    let l11 = uu.max(0.0).sqrt();
    let l21 = if l11 > 0.0 { uv / l11 } else { 0.0 };
    let l22 = (vv - l21 * l21).max(0.0).sqrt();
    Place { mm, sd_axes_mm: [u * l11 + v * l21, v * l22] }
}

#[cfg(test)]
mod tests {
    use baihui_head::template::template;

    use super::*;

    #[test]
    fn a_place_has_the_covariance_of_its_ellipse() {
        let head = template();
        let at = head.skin.position(head.skin.closest(DVec3::new(-50.0, 0.0, 90.0)).0);
        let n = head.skin.normal(head.skin.closest(at).0);
        let major = n.any_orthonormal_vector();
        let half = CHI2_95.sqrt();
        let e = Ellipse {
            at_mm: at.to_array(),
            major_mm: 7.0 * half,
            minor_mm: 2.0 * half,
            major_axis: major.to_array(),
            minor_axis: n.cross(major).to_array(),
        };
        let [a, b] = place(&head, at, covariance(&e)).sd_axes_mm;
        let along = |d: DVec3| (a.dot(d) * a.dot(d) + b.dot(d) * b.dot(d)).sqrt();
        assert!((along(major) - 7.0).abs() < 1e-9 && (along(n.cross(major)) - 2.0).abs() < 1e-9);
    }
}
