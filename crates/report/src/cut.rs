//! Where a head is cut off: the flat lid at its lower end, which pictures fade out.

use baihui_head::Head;
use glam::DVec3;

use crate::camera::axes;

/// Share of the head's height, from below, in which the lid is looked for.
const LOWEST: f64 = 0.12;
/// Least cosine between a face of the lid and straight down.
const DOWNWARD: f64 = 0.7;
/// How far, root mean square, the lid's faces may lie from their plane, as a share of the radius of a disc of
/// their area. A ball has 0.1.
const FLAT: f64 = 0.08;
/// Distances above the lid's highest parts at which the head is invisible and whole, mm.
const FADE_MM: [f64; 2] = [7.0, 30.0];

/// The plane of a lid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cut {
    /// A point on it, mm.
    point: DVec3,
    /// Unit normal into the head.
    up: DVec3,
    /// How far the lid's parts rise above the plane, mm: twice their root mean square.
    rise: f64,
}

impl Cut {
    /// The lid of a head's skin, `None` where its lower end is not flat or is open.
    pub(crate) fn of(head: &Head) -> Option<Self> {
        let superior = axes(head).superior;
        let heights = head.skin.vertices().iter().map(|v| v.dot(superior));
        let (lo, hi) = heights.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), h| (lo.min(h), hi.max(h)));
        let limit = lo + LOWEST * (hi - lo);
        // Corners and area vector of each face of the lid.
        let lid: Vec<([DVec3; 3], DVec3)> = (0..head.skin.faces().len() as u32)
            .filter_map(|f| {
                let [a, b, c] = head.skin.corners(f);
                let middle = (a + b + c) / 3.0;
                let area = (b - a).cross(c - a);
                let downward = -area.dot(superior) > DOWNWARD * area.length();
                (middle.dot(superior) < limit && downward).then_some(([a, b, c], area))
            })
            .collect();
        let weight: f64 = lid.iter().map(|(_, a)| a.length()).sum();
        let up = -lid.iter().map(|(_, a)| *a).sum::<DVec3>().try_normalize()?;
        let point = lid.iter().map(|([a, b, c], n)| (a + b + c) / 3.0 * n.length()).sum::<DVec3>() / weight;
        let off = |p: &DVec3| (p - point).dot(up);
        let square: f64 =
            lid.iter().map(|(p, n)| p.iter().map(|p| off(p) * off(p)).sum::<f64>() / 3.0 * n.length()).sum();
        let rough = libm::sqrt(square / weight);
        // The weights are twice the areas.
        let radius = libm::sqrt(weight / core::f64::consts::TAU);
        (rough < FLAT * radius).then_some(Self { point, up, rise: 2.0 * rough })
    }

    /// Height above the lid's highest parts, mm.
    fn height(&self, p: DVec3) -> f64 {
        (p - self.point).dot(self.up) - self.rise
    }

    /// Whether a position is high enough to be seen at all.
    pub(crate) fn shows(&self, p: DVec3) -> bool {
        self.height(p) > FADE_MM[0]
    }

    /// How much of the head is seen at a position, 0 to 1.
    pub(crate) fn fade(&self, p: DVec3) -> f64 {
        let t = ((self.height(p) - FADE_MM[0]) / (FADE_MM[1] - FADE_MM[0])).clamp(0.0, 1.0);
        t * t * (3.0 - 2.0 * t)
    }
}

#[cfg(test)]
mod tests {
    use baihui_head::{HeadSource, Landmarks, ShapeSpread, Surface};

    use super::*;

    /// A square tower of 200 mm whose lower end is tilted or pointed.
    fn tower(corner_heights: [f64; 4], tip: f64) -> Head {
        let at = [(-60.0, -60.0), (60.0, -60.0), (60.0, 60.0), (-60.0, 60.0)];
        let mut v: Vec<DVec3> =
            at.iter().zip(corner_heights).map(|(&(x, y), z)| DVec3::new(x, y, z)).collect();
        v.extend(at.map(|(x, y)| DVec3::new(x, y, 200.0)));
        v.push(DVec3::new(0.0, 0.0, tip));
        let mut f = vec![[4, 5, 6], [4, 6, 7]];
        for i in 0..4_u32 {
            let j = (i + 1) % 4;
            f.extend([[i, j, j + 4], [i, j + 4, i + 4], [j, i, 8]]);
        }
        Head {
            name: "tower".to_owned(),
            source: HeadSource::Scan,
            history: Vec::new(),
            skin: Surface::new(v, f).unwrap(),
            ears: None,
            brain: None,
            cortex: None,
            to_mni: None,
            landmarks: Landmarks::new(),
            spread: ShapeSpread::default(),
        }
    }

    #[test]
    fn a_tilted_lid_is_found_and_faded() {
        let cut = Cut::of(&tower([0.0, 0.0, 20.0, 20.0], 10.0)).unwrap();
        let up = DVec3::new(0.0, -20.0, 120.0).normalize();
        assert!((cut.up - up).length() < 1e-9, "{:?}", cut.up);
        let on = DVec3::new(30.0, 60.0, 20.0);
        assert!(!cut.shows(on) && cut.fade(on) == 0.0);
        assert!(cut.shows(on + up * 8.0) && cut.fade(on + up * 31.0) == 1.0);
        let half = cut.fade(on + up * 18.5);
        assert!((half - 0.5).abs() < 1e-9, "{half}");
    }

    #[test]
    fn a_pointed_end_is_no_lid() {
        assert_eq!(Cut::of(&tower([25.0; 4], 0.0)), None);
    }
}
