//! How the brain beneath the same place of the scalp varies from head to head.
//!
//! `data/between-heads.csv` has a covariance for each of the 10-20 sites and four landmarks, over 17 people. Between
//! them it is a mean with Gaussian weights of the distance. The table's single number a site (the root of the sum
//! of the three variances) is nearly all along the skin, but not evenly so: front to back it is about twice that
//! from side to side. `docs/cortex.md` has the comparison with one number for the whole head on heads left out.

use std::sync::OnceLock;

use glam::{DMat3, DVec3};

use crate::frame::{Mni, Point};

/// Standard deviation of the weights of sites, mm: best on heads and on sites left out (20 to 50 were tried).
const REACH_MM: f64 = 30.0;
const TABLE: &str = include_str!("../../data/between-heads.csv");

/// Variation between heads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Variation {
    /// The same everywhere: standard deviation, mm along each of two directions on the scalp.
    Uniform(f64),
    /// As 17 heads varied, by place and direction.
    Sites,
}

impl Variation {
    /// Covariance, mm² in MNI axes, about a place of the scalp.
    pub fn covariance(&self, at: Point<Mni>) -> DMat3 {
        match *self {
            Self::Uniform(sd) => DMat3::from_diagonal(DVec3::splat(sd * sd)),
            Self::Sites => by_sites(at.mm),
        }
    }

    /// Two vectors in the plane of two perpendicular unit vectors whose outer products add up to the covariance
    /// seen in that plane (its factor after Cholesky), mm.
    pub fn axes(&self, at: Point<Mni>, [u, v]: [DVec3; 2]) -> [DVec3; 2] {
        if let Self::Uniform(sd) = *self {
            return [u * sd, v * sd];
        }
        let c = self.covariance(at);
        let (uu, uv, vv) = (u.dot(c * u), u.dot(c * v), v.dot(c * v));
        let l11 = uu.max(0.0).sqrt();
        let l21 = if l11 > 0.0 { uv / l11 } else { 0.0 };
        [u * l11 + v * l21, v * (vv - l21 * l21).max(0.0).sqrt()]
    }

    /// Whether it is a finite number of at least 0.
    pub fn is_finite(&self) -> bool {
        match self {
            Self::Uniform(sd) => sd.is_finite() && *sd >= 0.0,
            Self::Sites => true,
        }
    }
}

fn by_sites(at: DVec3) -> DMat3 {
    let sites = sites();
    // Far from every site all weights would be 0: the nearest is the measure.
    let nearest = sites.iter().map(|s| s.0.distance_squared(at)).fold(f64::INFINITY, f64::min);
    let mut sum = DMat3::ZERO;
    let mut total = 0.0;
    for (site, covariance) in sites {
        let far = site.distance_squared(at) - nearest;
        let weight = libm::exp(-far / (2.0 * REACH_MM * REACH_MM));
        sum += *covariance * weight;
        total += weight;
    }
    sum * (1.0 / total)
}

/// Position, mm, and covariance, mm², of each site; those beside the midline on both sides.
fn sites() -> &'static [(DVec3, DMat3)] {
    static SITES: OnceLock<Vec<(DVec3, DMat3)>> = OnceLock::new();
    SITES.get_or_init(|| {
        let mut out = Vec::new();
        for line in TABLE.lines().filter(|l| !l.starts_with('#')).skip(1) {
            let numbers: Vec<f64> = line.split(',').skip(1).filter_map(|f| f.trim().parse().ok()).collect();
            let &[x, y, z, xx, yy, zz, xy, xz, yz] = numbers.as_slice() else { continue };
            let matrix = |xy: f64, xz: f64| {
                DMat3::from_cols(DVec3::new(xx, xy, xz), DVec3::new(xy, yy, yz), DVec3::new(xz, yz, zz))
            };
            out.push((DVec3::new(x, y, z), matrix(xy, xz)));
            if x != 0.0 {
                out.push((DVec3::new(-x, y, z), matrix(-xy, -xz)));
            }
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_published_deviations() {
        assert_eq!(sites().len(), 23);
        // Root of the sum of variances against the published column SD; sides are pooled here.
        for (at, sd) in [
            (DVec3::new(0.0, 80.0, -41.4), 5.95),
            (DVec3::new(0.0, -120.5, -21.5), 14.23),
            (DVec3::new(0.0, 53.3, 70.6), 10.3),
            (DVec3::new(0.0, -12.7, 101.4), 7.5),
            (DVec3::new(-63.5, -13.9, 69.8), (9.7 + 8.8) / 2.0),
            (DVec3::new(30.0, -112.8, 18.3), (12.6 + 13.5) / 2.0),
        ] {
            let (_, c) = sites().iter().find(|s| s.0.distance(at) < 0.1).unwrap();
            let rss = (c.x_axis.x + c.y_axis.y + c.z_axis.z).sqrt();
            assert!((rss - sd).abs() < 0.3, "{at}: {rss} for {sd}");
        }
    }

    #[test]
    fn it_is_a_covariance_everywhere_and_the_same_on_both_sides() {
        for i in 0..400 {
            let (a, b) = (f64::from(i) * 0.7, f64::from(i) * 0.31);
            let n = DVec3::new(libm::sin(a) * libm::cos(b), libm::cos(a) * libm::cos(b), libm::sin(b));
            let p = n * (70.0 + f64::from(i % 7) * 30.0);
            let c = Variation::Sites.covariance(Point::new(p));
            let m = Variation::Sites.covariance(Point::new(DVec3::new(-p.x, p.y, p.z)));
            for d in [DVec3::X, DVec3::Y, DVec3::Z, n, DVec3::new(1.0, -2.0, 0.5)] {
                let variance = d.dot(c * d);
                let e = DVec3::new(-d.x, d.y, d.z);
                assert!(variance > 0.0 && variance < 200.0 * d.length_squared(), "{p}: {variance}");
                assert!((variance - e.dot(m * e)).abs() < 1e-9, "{p} is not its mirror image");
            }
            let u = n.any_orthonormal_vector();
            let v = n.cross(u);
            let [x, y] = Variation::Sites.axes(Point::new(p), [u, v]);
            for d in [u, v, u + v] {
                let want = d.dot(c * d);
                assert!((x.dot(d).powi(2) + y.dot(d).powi(2) - want).abs() < 1e-9 * want.max(1.0));
            }
        }
        // Far away it does not vanish.
        let far = Variation::Sites.covariance(Point::ras(0.0, 4000.0, 0.0));
        assert!(far.is_finite() && far.y_axis.y > 1.0);
    }

    #[test]
    fn at_c3_it_is_wider_front_to_back_than_side_to_side() {
        let n = DVec3::new(-0.7, -0.1, 0.7).normalize();
        let back = (DVec3::Y - n * n.y).normalize();
        let [x, y] = Variation::Sites.axes(Point::ras(-63.0, -14.0, 70.0), [back, n.cross(back)]);
        let along = |d: DVec3| (x.dot(d).powi(2) + y.dot(d).powi(2)).sqrt();
        assert!(along(back) > 1.4 * along(n.cross(back)), "{} {}", along(back), along(n.cross(back)));
    }
}
