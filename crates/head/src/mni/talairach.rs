//! Talairach coordinates and MNI space.

use glam::{DMat3, DVec3};

use crate::frame::{Mni, Point};

/// Rows of the map from MNI space to Talairach coordinates, pooled over programs, and its offset in mm (Lancaster
/// et al., Human Brain Mapping 2007;28:1194–1205; the numbers as its authors give them out with `icbm_other2tal`).
const ROWS: [[f64; 3]; 3] = [[0.9357, 0.0029, -0.0072], [-0.0065, 0.9396, -0.0726], [0.0103, 0.0752, 0.8967]];
const OFFSET: DVec3 = DVec3::new(-1.0423, -1.3940, 3.6475);

/// Talairach coordinates, mm, of a place of MNI space.
pub fn from_mni(p: Point<Mni>) -> DVec3 {
    DMat3::from_cols_array_2d(&ROWS).transpose() * p.mm + OFFSET
}

/// The place of MNI space with these Talairach coordinates, mm.
pub fn to_mni(talairach: DVec3) -> Point<Mni> {
    Point::new(DMat3::from_cols_array_2d(&ROWS).transpose().inverse() * (talairach - OFFSET))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_and_the_brain_of_talairach_is_smaller() {
        let p = Point::ras(-37.0, -21.0, 58.0);
        assert!(to_mni(from_mni(p)).distance_mm(p) < 1e-9);
        assert!(from_mni(p).length() < p.mm.length());
        // By hand from the printed rows.
        let x = 0.9357 * -37.0 + 0.0029 * -21.0 - 0.0072 * 58.0 - 1.0423;
        assert!((from_mni(p).x - x).abs() < 1e-12);
    }
}
