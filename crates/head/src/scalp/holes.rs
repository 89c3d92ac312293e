//! Border loops of a surface and their filling.

use glam::DVec3;

use crate::surface::{NONE, Surface};

/// The border loops, each in the order in which a face that fills the hole runs along it.
///
/// A vertex where two holes touch ends up in one of them twice; such loops are still closed.
pub fn border_loops(surface: &Surface) -> Vec<Vec<u32>> {
    let faces = surface.faces();
    let mut edges: Vec<(u32, u32)> = Vec::new();
    for (f, face) in faces.iter().enumerate() {
        for k in 0..3 {
            if surface.across(f as u32, k) == NONE {
                edges.push((face[(k + 1) % 3], face[k]));
            }
        }
    }
    edges.sort_unstable();
    let mut used = vec![false; edges.len()];
    let mut loops = Vec::new();
    for start in 0..edges.len() {
        if used[start] {
            continue;
        }
        let mut l = Vec::new();
        let mut e = start;
        loop {
            used[e] = true;
            l.push(edges[e].0);
            let to = edges[e].1;
            let first = edges.partition_point(|x| x.0 < to);
            let Some(next) = (first..edges.len()).take_while(|&i| edges[i].0 == to).find(|&i| !used[i])
            else {
                break;
            };
            e = next;
        }
        loops.push(l);
    }
    loops
}

/// Length of a closed polygon, mm.
pub fn perimeter(points: &[DVec3]) -> f64 {
    (0..points.len()).map(|i| points[i].distance(points[(i + 1) % points.len()])).sum()
}

/// The triangulation of a closed polygon in space with the least area, as triples of places in `points`.
///
/// By dynamic programming over all chords (Barequet & Sharir, Computer Aided Geometric Design 1995;12:207–229),
/// in n³ steps: `None` for fewer than 3 or more than 1000 points, or where `taken` leaves no way. `taken(i, j)`
/// says that the chord from place i to place j (i < j) may not be used, because the surface around the hole
/// has that edge already.
pub fn least_area(points: &[DVec3], taken: impl Fn(usize, usize) -> bool) -> Option<Vec<[usize; 3]>> {
    let n = points.len();
    if !(3..=1000).contains(&n) {
        return None;
    }
    let area = |i: usize, j: usize, k: usize| (points[j] - points[i]).cross(points[k] - points[i]).length();
    let mut cost = vec![0.0; n * n];
    let mut via = vec![0_usize; n * n];
    for span in 2..n {
        for i in 0..n - span {
            let k = i + span;
            let mut best = (f64::INFINITY, i + 1);
            for j in i + 1..k {
                let c = cost[i * n + j] + cost[j * n + k] + area(i, j, k);
                if c < best.0 {
                    best = (c, j);
                }
            }
            // The chord that closes the whole polygon is its own last edge.
            let barred = span < n - 1 && taken(i, k);
            cost[i * n + k] = if barred { f64::INFINITY } else { best.0 };
            via[i * n + k] = best.1;
        }
    }
    if cost[n - 1].is_infinite() {
        return None;
    }
    let mut out = Vec::with_capacity(n - 2);
    let mut stack = vec![(0, n - 1)];
    while let Some((i, k)) = stack.pop() {
        if k > i + 1 {
            let j = via[i * n + k];
            out.push([i, j, k]);
            stack.push((j, k));
            stack.push((i, j));
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes;

    #[test]
    fn a_hole_in_a_ball_is_found_and_closed() {
        let ball = shapes::sphere(100.0, 3);
        let open: Vec<[u32; 3]> = ball
            .faces()
            .iter()
            .copied()
            .filter(|f| f.iter().all(|&v| ball.vertices()[v as usize].z < 60.0))
            .collect();
        let s = Surface::new(ball.vertices().to_vec(), open.clone()).unwrap();
        let loops = border_loops(&s);
        assert_eq!(loops.len(), 1);
        let points: Vec<DVec3> = loops[0].iter().map(|&v| s.vertices()[v as usize]).collect();
        assert!(perimeter(&points) > 2.0 * 3.0 * 70.0);
        let mut faces = open;
        faces.extend(least_area(&points, |_, _| false).unwrap().iter().map(|t| t.map(|i| loops[0][i])));
        let closed = Surface::new(s.vertices().to_vec(), faces).unwrap();
        assert!(closed.is_watertight());
        assert_eq!(closed.euler_characteristic(), 2);
        assert!(closed.signed_volume_mm3() > 0.0);
    }

    #[test]
    fn a_square_has_its_area_whatever_the_diagonal() {
        let p = [DVec3::ZERO, DVec3::X, DVec3::X + DVec3::Y, DVec3::Y];
        let t = least_area(&p, |_, _| false).unwrap();
        let sum: f64 = t.iter().map(|&[a, b, c]| (p[b] - p[a]).cross(p[c] - p[a]).z / 2.0).sum();
        assert!((sum - 1.0).abs() < 1e-12);
        assert_eq!(least_area(&p, |i, j| (i, j) == (0, 2)).unwrap(), [[0, 1, 3], [1, 2, 3]]);
        assert!(least_area(&p, |i, j| j == i + 2).is_none());
        assert!(least_area(&p[..2], |_, _| false).is_none());
    }
}
