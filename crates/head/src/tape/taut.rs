//! A stretched tape: it bridges hollows, so its length is that of the convex hull.

use glam::{DVec2, DVec3};

/// The coordinates of points in a plane with unit normal `normal` through `origin`.
pub(super) fn in_plane(points: &[DVec3], origin: DVec3, normal: DVec3) -> Vec<DVec2> {
    let u = normal.any_orthonormal_vector();
    let v = normal.cross(u);
    points.iter().map(|p| DVec2::new((*p - origin).dot(u), (*p - origin).dot(v))).collect()
}

/// Perimeter of the convex hull of points in a plane (Andrew's monotone chain, 1979).
pub(super) fn hull_perimeter(mut points: Vec<DVec2>) -> f64 {
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    points.dedup();
    if points.len() < 2 {
        return 0.0;
    }
    let mut length = 0.0;
    let mut half = |order: &mut dyn Iterator<Item = DVec2>| {
        let mut chain: Vec<DVec2> = Vec::new();
        for p in order {
            while let [.., a, b] = chain[..] {
                if (b - a).perp_dot(p - b) > 0.0 {
                    break;
                }
                chain.pop();
            }
            chain.push(p);
        }
        length += chain.windows(2).map(|w| w[0].distance(w[1])).sum::<f64>();
    };
    half(&mut points.iter().copied());
    half(&mut points.iter().rev().copied());
    length
}

/// Length of a tape stretched over a curve from its first to its last point, mm.
///
/// The curve lies in one plane and winds one way round the head; where it dips inward the tape bridges it.
pub(super) fn taut_length(points: &[DVec3]) -> f64 {
    let (Some(&first), Some(&last)) = (points.first(), points.last()) else { return 0.0 };
    // The way round is the sign of the area that the curve sweeps about the middle of its chord.
    let middle = (first + last) / 2.0;
    let swept: DVec3 = points.windows(2).map(|w| (w[0] - middle).cross(w[1] - middle)).sum();
    let Some(normal) = swept.try_normalize() else { return first.distance(last) };
    let mut chain: Vec<DVec2> = Vec::with_capacity(points.len());
    for p in in_plane(points, middle, normal) {
        while let [.., a, b] = chain[..] {
            // Turning with the head is a bulge; turning against it is a hollow.
            if (b - a).perp_dot(p - b) >= 0.0 {
                break;
            }
            chain.pop();
        }
        chain.push(p);
    }
    chain.windows(2).map(|w| w[0].distance(w[1])).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circle(n: usize, from: f64, to: f64) -> Vec<DVec3> {
        (0..=n)
            .map(|i| {
                let a = from + (to - from) * i as f64 / n as f64;
                DVec3::new(10.0 * libm::cos(a), 0.0, 10.0 * libm::sin(a))
            })
            .collect()
    }

    #[test]
    fn a_hollow_is_bridged_and_a_bulge_is_followed() {
        let pi = std::f64::consts::PI;
        let mut half = circle(180, 0.0, pi);
        let round = taut_length(&half);
        assert!((round - 10.0 * pi).abs() < 2e-3, "{round}");
        // A dent over ten degrees: the tape takes the chord.
        for p in &mut half[85..=95] {
            *p *= 0.9;
        }
        let chord = 2.0 * 10.0 * libm::sin(6.0_f64.to_radians());
        let expected = round - (round * 12.0 / 180.0) + chord;
        assert!((taut_length(&half) - expected).abs() < 1e-9);
        let surface: f64 = half.windows(2).map(|w| w[0].distance(w[1])).sum();
        assert!(surface > taut_length(&half) + 1.0);
        half.reverse();
        assert!((taut_length(&half) - expected).abs() < 1e-9);
    }

    #[test]
    fn the_hull_of_a_star_is_its_outer_polygon() {
        let mut points = Vec::new();
        for i in 0..10 {
            let a = std::f64::consts::TAU * f64::from(i) / 10.0;
            let r = if i % 2 == 0 { 5.0 } else { 2.0 };
            points.push(DVec2::new(r * libm::cos(a), r * libm::sin(a)));
        }
        let expected = 5.0 * 2.0 * 5.0 * libm::sin(std::f64::consts::PI / 5.0);
        assert!((hull_perimeter(points) - expected).abs() < 1e-12);
        assert_eq!(hull_perimeter(vec![DVec2::ONE; 3]), 0.0);
    }
}
