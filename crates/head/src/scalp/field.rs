//! Smooth vector fields on a mesh.
//!
//! One functional serves fairing of a patch, blending of two shapes and spreading of displacements from where
//! they are known: Σ wᵢ |uᵢ − dᵢ|² + s Σ |(Lu)ᵢ|², with L the uniform graph Laplacian (uᵢ minus the mean of its
//! neighbours). The second term is the discrete thin-plate energy (Kobbelt et al., SIGGRAPH 1998); its minimum
//! joins fixed surroundings with a common tangent. Solved by conjugate gradients in a fixed order.

use glam::DVec3;

/// The neighbours of each vertex, in ascending order.
pub fn neighbours(vertices: usize, faces: &[[u32; 3]]) -> Vec<Vec<u32>> {
    let mut links = vec![Vec::new(); vertices];
    for f in faces {
        for k in 0..3 {
            links[f[k] as usize].push(f[(k + 1) % 3]);
            links[f[k] as usize].push(f[(k + 2) % 3]);
        }
    }
    for l in &mut links {
        l.sort_unstable();
        l.dedup();
    }
    links
}

/// The field u that minimises Σ wᵢ |uᵢ − dᵢ|² + s Σ |(Lu)ᵢ|².
///
/// `links` as [`neighbours`] gives them; an infinite weight holds a vertex at `target`. The three slices have
/// one entry for each vertex. Vertices without neighbours keep their target.
pub fn smooth(links: &[Vec<u32>], target: &[DVec3], weight: &[f64], stiffness: f64) -> Vec<DVec3> {
    let n = links.len().min(target.len()).min(weight.len());
    let fixed: Vec<bool> = (0..n).map(|i| weight[i].is_infinite() || links[i].is_empty()).collect();
    let laplacian = |u: &[DVec3]| -> Vec<DVec3> {
        (0..n)
            .map(|i| {
                if links[i].is_empty() {
                    return DVec3::ZERO;
                }
                let sum: DVec3 = links[i].iter().map(|&j| u[j as usize]).sum();
                u[i] - sum / links[i].len() as f64
            })
            .collect()
    };
    let transposed = |y: &[DVec3]| -> Vec<DVec3> {
        (0..n)
            .map(|i| {
                y[i] - links[i].iter().map(|&j| y[j as usize] / links[j as usize].len() as f64).sum::<DVec3>()
            })
            .collect()
    };
    let apply = |u: &[DVec3]| -> Vec<DVec3> {
        let mut out = transposed(&laplacian(u));
        for i in 0..n {
            out[i] = if fixed[i] { DVec3::ZERO } else { out[i] * stiffness + u[i] * weight[i] };
        }
        out
    };
    let diagonal: Vec<f64> = (0..n)
        .map(|i| {
            if fixed[i] {
                return 1.0;
            }
            let around: f64 = links[i]
                .iter()
                .map(|&j| 1.0 / (links[j as usize].len() as f64 * links[j as usize].len() as f64))
                .sum();
            stiffness * (1.0 + around) + weight[i]
        })
        .collect();
    let mut u = target[..n].to_vec();
    let start = apply(&u);
    let mut r: Vec<DVec3> =
        (0..n).map(|i| if fixed[i] { DVec3::ZERO } else { target[i] * weight[i] - start[i] }).collect();
    let precondition = |r: &[DVec3]| -> Vec<DVec3> { (0..n).map(|i| r[i] / diagonal[i]).collect() };
    let dot = |a: &[DVec3], b: &[DVec3]| -> f64 { a.iter().zip(b).map(|(x, y)| x.dot(*y)).sum() };
    let mut z = precondition(&r);
    let mut p = z.clone();
    let mut rz = dot(&r, &z);
    let goal = rz * 1e-14;
    for _ in 0..20_000 {
        if rz.partial_cmp(&goal) != Some(std::cmp::Ordering::Greater) {
            break;
        }
        let ap = apply(&p);
        let step = rz / dot(&p, &ap);
        if !step.is_finite() {
            break;
        }
        for i in 0..n {
            u[i] += p[i] * step;
            r[i] -= ap[i] * step;
        }
        z = precondition(&r);
        let next = dot(&r, &z);
        let beta = next / rz;
        rz = next;
        for i in 0..n {
            p[i] = z[i] + p[i] * beta;
        }
    }
    u
}

/// Moves the vertices where `free` is true so that they continue their surroundings smoothly.
pub fn fair(vertices: &[DVec3], faces: &[[u32; 3]], free: &[bool]) -> Vec<DVec3> {
    let links = neighbours(vertices.len(), faces);
    let weight: Vec<f64> = free.iter().map(|&f| if f { 0.0 } else { f64::INFINITY }).collect();
    smooth(&links, vertices, &weight, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grid of n × n vertices, regular triangles' connectivity.
    fn grid(n: usize, f: impl Fn(f64, f64) -> DVec3) -> (Vec<DVec3>, Vec<[u32; 3]>) {
        let v = (0..n * n).map(|i| f((i % n) as f64, (i / n) as f64)).collect();
        let mut faces = Vec::new();
        for j in 0..n - 1 {
            for i in 0..n - 1 {
                let a = (i + n * j) as u32;
                let (b, c, d) = (a + 1, a + n as u32, a + n as u32 + 1);
                faces.extend([[a, b, d], [a, d, c]]);
            }
        }
        (v, faces)
    }

    #[test]
    fn a_dent_in_a_plane_is_faired_away() {
        let (mut v, f) = grid(15, |x, y| DVec3::new(x, y, 0.3 * x - 0.1 * y));
        let free: Vec<bool> =
            (0..225).map(|i| (4..11).contains(&(i % 15)) && (4..11).contains(&(i / 15))).collect();
        let plane = v.clone();
        for (p, _) in v.iter_mut().zip(&free).filter(|&(_, &x)| x) {
            p.z -= 5.0;
        }
        for (p, q) in fair(&v, &f, &free).iter().zip(&plane) {
            assert!(p.distance(*q) < 1e-5, "{p} {q}");
        }
    }

    #[test]
    fn weights_and_stiffness_trade_off() {
        let (v, f) = grid(21, |x, y| DVec3::new(x, y, 0.0));
        let links = neighbours(v.len(), &f);
        let noisy: Vec<DVec3> =
            (0..v.len()).map(|i| DVec3::Z * (if i * 7919 % 2 == 0 { 1.0 } else { -1.0 })).collect();
        let near = smooth(&links, &noisy, &vec![1.0; v.len()], 1e-9);
        let far = smooth(&links, &noisy, &vec![1.0; v.len()], 1e4);
        assert!(near.iter().zip(&noisy).all(|(a, b)| a.distance(*b) < 1e-6));
        assert!(far.iter().all(|u| u.length() < 0.3));
    }
}
