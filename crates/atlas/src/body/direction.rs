//! Directions of the body: up, forward, and lateral as the side has it.

use baihui_head::Side;
use glam::DVec3;

/// A direction by name on a side, or nothing where it is no name of a direction. Two names joined by a hyphen give
/// the direction between them.
pub(super) fn named(name: &str, side: Side) -> Option<DVec3> {
    let mut sum = DVec3::ZERO;
    for word in name.split('-') {
        sum += match word {
            "up" => DVec3::Z,
            "down" => -DVec3::Z,
            "forward" => DVec3::Y,
            "backward" => -DVec3::Y,
            "lateral" => DVec3::X * side.sign(),
            "medial" => DVec3::X * -side.sign(),
            _ => return None,
        };
    }
    sum.try_normalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateral_is_away_from_the_midline() {
        assert_eq!(named("lateral", Side::Left), Some(-DVec3::X));
        assert_eq!(named("medial", Side::Right), Some(-DVec3::X));
        assert_eq!(named("medial", Side::Midline), None);
        let both = named("up-forward", Side::Left).unwrap_or_default();
        assert!((both.y - both.z).abs() < 1e-12 && both.z > 0.7);
        assert_eq!(named("knee", Side::Left), None);
    }
}
