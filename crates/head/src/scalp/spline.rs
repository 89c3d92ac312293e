//! Thin-plate spline warps of space (Bookstein, IEEE PAMI 1989;11:567–585; in three dimensions with |r|).

use glam::{DMat3, DVec3};
use thiserror::Error;

/// Why no warp could be made.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum SplineError {
    /// Too few pairs.
    #[error("{found} pairs of points; a warp of space needs at least 4 that are not in one plane")]
    TooFew {
        /// Pairs given.
        found: usize,
    },
    /// The points are in one plane, repeated, or not finite.
    #[error("the points lie in one plane, coincide or are not finite, so that they fix no warp")]
    Singular,
}

/// A smooth map of space: affine far away, bent near its centres.
#[derive(Clone, Debug)]
pub struct Spline {
    centres: Vec<DVec3>,
    weights: Vec<DVec3>,
    linear: DMat3,
    offset: DVec3,
}

impl Spline {
    /// The map with the least bending that takes `from[i]` to `to[i]`, both in mm.
    ///
    /// `slack[i]` (mm, ≥ 0) relaxes a pair: 0 is met exactly, more gives way to smoothness. A missing slack is 0.
    ///
    /// # Errors
    /// [`SplineError`] for fewer than four pairs, or points in one plane.
    pub fn fit(from: &[DVec3], to: &[DVec3], slack: &[f64]) -> Result<Self, SplineError> {
        let n = from.len().min(to.len());
        if n < 4 {
            return Err(SplineError::TooFew { found: n });
        }
        // Coordinates are shifted and scaled to order one, so that the affine columns weigh like the others.
        let mean = from[..n].iter().sum::<DVec3>() / n as f64;
        let scale = from[..n].iter().map(|p| p.distance(mean)).fold(0.0, f64::max);
        if !(scale > 0.0 && scale.is_finite()) {
            return Err(SplineError::Singular);
        }
        let unit = |p: DVec3| (p - mean) / scale;
        let size = n + 4;
        let mut a = vec![0.0; size * size];
        let mut b = vec![DVec3::ZERO; size];
        for i in 0..n {
            for j in 0..i {
                // −|r| is conditionally positive definite; the sign is that of the slack's diagonal.
                let k = -unit(from[i]).distance(unit(from[j]));
                a[i * size + j] = k;
                a[j * size + i] = k;
            }
            a[i * size + i] = slack.get(i).copied().unwrap_or(0.0) / scale;
            let p = unit(from[i]);
            for (c, v) in [1.0, p.x, p.y, p.z].into_iter().enumerate() {
                a[i * size + n + c] = v;
                a[(n + c) * size + i] = v;
            }
            b[i] = to[i];
        }
        solve(&mut a, &mut b, size).ok_or(SplineError::Singular)?;
        let linear = DMat3::from_cols(b[n + 1], b[n + 2], b[n + 3]) * (1.0 / scale);
        let offset = b[n] - linear * mean;
        let weights: Vec<DVec3> = b[..n].iter().map(|w| *w * (-1.0 / scale)).collect();
        if !(linear.is_finite() && offset.is_finite() && weights.iter().all(|w| w.is_finite())) {
            return Err(SplineError::Singular);
        }
        Ok(Self { centres: from[..n].to_vec(), weights, linear, offset })
    }

    /// Where a point goes, mm.
    pub fn apply(&self, p: DVec3) -> DVec3 {
        let bent: DVec3 = self.centres.iter().zip(&self.weights).map(|(c, w)| *w * c.distance(p)).sum();
        self.linear * p + self.offset + bent
    }
}

/// Solves A·x = b in place (b becomes x) by elimination with row pivoting; `None` where A is singular.
fn solve(a: &mut [f64], b: &mut [DVec3], n: usize) -> Option<()> {
    for c in 0..n {
        let p = (c..n).max_by(|&i, &j| a[i * n + c].abs().total_cmp(&a[j * n + c].abs()))?;
        if a[p * n + c].abs().partial_cmp(&1e-12) != Some(std::cmp::Ordering::Greater) {
            return None;
        }
        if p != c {
            for k in 0..n {
                a.swap(p * n + k, c * n + k);
            }
            b.swap(p, c);
        }
        let (upper, lower) = a.split_at_mut((c + 1) * n);
        let pivot = &upper[c * n..];
        let bc = b[c];
        for (r, row) in lower.chunks_exact_mut(n).enumerate() {
            let f = row[c] / pivot[c];
            if f != 0.0 {
                for k in c..n {
                    row[k] -= f * pivot[k];
                }
                b[c + 1 + r] -= bc * f;
            }
        }
    }
    for c in (0..n).rev() {
        let mut x = b[c];
        for k in c + 1..n {
            x -= b[k] * a[c * n + k];
        }
        b[c] = x / a[c * n + c];
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(n: usize) -> Vec<DVec3> {
        (0..n)
            .map(|i| {
                let t = i as f64;
                DVec3::new(
                    libm::sin(t * 1.7) * 80.0,
                    libm::cos(t * 2.3) * 90.0,
                    libm::sin(t * 3.1 + 1.0) * 70.0,
                )
            })
            .collect()
    }

    #[test]
    fn an_affine_map_is_found_everywhere() {
        let m = DMat3::from_cols(
            DVec3::new(1.1, 0.1, 0.0),
            DVec3::new(-0.1, 0.9, 0.2),
            DVec3::new(0.0, 0.1, 1.0),
        );
        let t = DVec3::new(4.0, -7.0, 12.0);
        let from = cloud(30);
        let to: Vec<DVec3> = from.iter().map(|&p| m * p + t).collect();
        let s = Spline::fit(&from, &to, &[0.5; 30]).unwrap();
        let p = DVec3::new(300.0, -20.0, 10.0);
        assert!(s.apply(p).distance(m * p + t) < 1e-6);
    }

    #[test]
    fn pairs_are_met_and_slack_loosens_them() {
        let from = cloud(25);
        let to: Vec<DVec3> = from.iter().map(|p| *p + DVec3::X * libm::sin(p.y / 20.0) * 5.0).collect();
        let exact = Spline::fit(&from, &to, &[]).unwrap();
        let loose = Spline::fit(&from, &to, &[300.0; 25]).unwrap();
        let miss = |s: &Spline| from.iter().zip(&to).map(|(a, b)| s.apply(*a).distance(*b)).sum::<f64>();
        assert!(miss(&exact) < 1e-6);
        assert!(miss(&loose) > 1.0);
    }

    #[test]
    fn what_fixes_no_warp_is_refused() {
        let flat: Vec<DVec3> = cloud(10).iter().map(|p| DVec3::new(p.x, p.y, 0.0)).collect();
        assert_eq!(Spline::fit(&flat, &flat, &[]).unwrap_err(), SplineError::Singular);
        assert_eq!(Spline::fit(&flat[..3], &flat[..3], &[]).unwrap_err(), SplineError::TooFew { found: 3 });
        let mut bad = cloud(10);
        bad[3].x = f64::NAN;
        assert!(Spline::fit(&bad, &bad, &[]).is_err());
    }
}
