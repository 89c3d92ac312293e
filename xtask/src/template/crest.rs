//! The highest place of something nearly flat, told so that it does not hang on how its surface is divided.
//!
//! The highest vertex of a level rim is an accident of the triangles: another division of the same rim puts it a
//! centimetre away. The middle of all that lies within a depth below the highest place moves only as far as the
//! shape itself does.

use glam::DVec3;

/// A line as pieces between two ends each, or a surface as triangles: what can be cut by a plane.
pub(crate) type Pieces<const N: usize> = Vec<[DVec3; N]>;

/// The pieces of an open line.
pub(crate) fn line(points: &[DVec3]) -> Pieces<2> {
    points.windows(2).map(|w| [w[0], w[1]]).collect()
}

/// What of pieces of a line lies beyond a height along `up`.
pub(crate) fn beyond(pieces: &Pieces<2>, up: DVec3, height: f64) -> Pieces<2> {
    pieces
        .iter()
        .filter_map(|&[a, b]| {
            let (ha, hb) = (a.dot(up) - height, b.dot(up) - height);
            let cut = || a + (b - a) * (ha / (ha - hb));
            match (ha > 0.0, hb > 0.0) {
                (true, true) => Some([a, b]),
                (true, false) => Some([a, cut()]),
                (false, true) => Some([cut(), b]),
                (false, false) => None,
            }
        })
        .collect()
}

/// The middle, by length, of what lies within `depth_mm` of the farthest place of a line along `up`.
pub(crate) fn of_line(pieces: &Pieces<2>, up: DVec3, depth_mm: f64) -> Option<DVec3> {
    let high = beyond(pieces, up, farthest(pieces.iter().flatten(), up) - depth_mm);
    middle(high.iter().map(|[a, b]| ((*a + *b) / 2.0, a.distance(*b))))
}

/// The middle, by area, of what lies within `depth_mm` of the farthest place of a surface along `up`.
pub(crate) fn of_surface(triangles: &Pieces<3>, up: DVec3, depth_mm: f64) -> Option<DVec3> {
    let height = farthest(triangles.iter().flatten(), up) - depth_mm;
    middle(triangles.iter().flat_map(|t| {
        let mut corners = Vec::with_capacity(4);
        for i in 0..3 {
            let (a, b) = (t[i], t[(i + 1) % 3]);
            let (ha, hb) = (a.dot(up) - height, b.dot(up) - height);
            if ha > 0.0 {
                corners.push(a);
            }
            if (ha > 0.0) != (hb > 0.0) {
                corners.push(a + (b - a) * (ha / (ha - hb)));
            }
        }
        let fan: Vec<(DVec3, f64)> = (2..corners.len())
            .map(|i| {
                let [a, b, c] = [corners[0], corners[i - 1], corners[i]];
                ((a + b + c) / 3.0, (b - a).cross(c - a).length() / 2.0)
            })
            .collect();
        fan
    }))
}

fn farthest<'a>(points: impl Iterator<Item = &'a DVec3>, up: DVec3) -> f64 {
    points.map(|p| p.dot(up)).fold(f64::NEG_INFINITY, f64::max)
}

fn middle(parts: impl Iterator<Item = (DVec3, f64)>) -> Option<DVec3> {
    let (sum, weight) = parts.fold((DVec3::ZERO, 0.0), |(s, w), (p, q)| (s + p * q, w + q));
    (weight > 0.0).then(|| sum / weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces of a closed line.
    fn ring(points: &[DVec3]) -> Pieces<2> {
        (0..points.len()).map(|i| [points[i], points[(i + 1) % points.len()]]).collect()
    }

    /// A flat arc, divided into `n` and turned by `shift` of a step.
    fn arc(n: usize, shift: f64) -> Vec<DVec3> {
        (0..n)
            .map(|i| {
                let a = std::f64::consts::TAU * (i as f64 + shift) / n as f64;
                DVec3::new(20.0 * libm::cos(a), 0.0, 4.0 * libm::sin(a))
            })
            .collect()
    }

    #[test]
    fn the_crest_of_a_flat_ring_stays_where_it_is_however_it_is_divided() {
        for n in [40, 57, 113] {
            for shift in [0.0, 0.3, 0.5, 0.9] {
                let p = of_line(&ring(&arc(n, shift)), DVec3::Z, 1.0).unwrap();
                assert!(p.x.abs() < 0.15, "{n} parts turned by {shift}: {p}");
                // The mean height of an arc within a millimetre of its top: two thirds of the depth.
                assert!((p.z - 3.66).abs() < 0.06, "{n} parts turned by {shift}: {p}");
            }
        }
    }

    #[test]
    fn the_crest_of_a_roof_is_the_middle_of_its_ridge() {
        // Two slopes that meet along x = 0 to 10, the one divided, the other not.
        let p = |x: f64, y: f64| DVec3::new(x, y, 5.0 - y.abs());
        let quad =
            |x0: f64, x1: f64, y: f64| [[p(x0, 0.0), p(x1, 0.0), p(x1, y)], [p(x0, 0.0), p(x1, y), p(x0, y)]];
        let roof: Pieces<3> = [quad(0.0, 10.0, 3.0), quad(0.0, 2.0, -3.0), quad(2.0, 10.0, -3.0)]
            .into_iter()
            .flatten()
            .collect();
        let top = of_surface(&roof, DVec3::Z, 1.0).unwrap();
        assert!(top.distance(DVec3::new(5.0, 0.0, 4.5)) < 1e-12, "{top}");
    }

    #[test]
    fn cut_lines_keep_their_length() {
        let whole = line(&[DVec3::ZERO, DVec3::Z * 3.0, DVec3::new(4.0, 0.0, 3.0)]);
        let length = |p: &Pieces<2>| p.iter().map(|[a, b]| a.distance(*b)).sum::<f64>();
        assert_eq!(length(&beyond(&whole, DVec3::Z, 1.0)), 6.0);
        assert_eq!(length(&beyond(&whole, DVec3::NEG_Z, -1.0)), 1.0);
    }
}
