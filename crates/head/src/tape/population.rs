//! Population figures: ANSUR II and hairlines.

use std::sync::LazyLock;

use serde::Deserialize;

use super::{input::Sex, matrix::Matrix};

/// The dimensions of ANSUR II that are used, in the order of the data.
pub(super) const DIMENSIONS: usize = 4;

#[derive(Deserialize)]
struct File {
    ansur2: Ansur2,
    hairline: Hairlines,
    glabella: Glabella,
    limits: Limits,
}

#[derive(Deserialize)]
struct Ansur2 {
    men: Group,
    women: Group,
}

/// One group: circumference, length, breadth and height above the tragion, mm.
#[derive(Deserialize)]
pub(super) struct Group {
    pub(super) mean: [f64; DIMENSIONS],
    sd: [f64; DIMENSIONS],
    pub(super) min: [f64; DIMENSIONS],
    pub(super) max: [f64; DIMENSIONS],
    r: [f64; 6],
}

#[derive(Deserialize)]
struct Hairlines {
    men: Hairline,
    women: Hairline,
}

#[derive(Deserialize)]
struct Hairline {
    means: [f64; 2],
    sd: f64,
}

#[derive(Deserialize)]
struct Glabella {
    above_nasion: [f64; 2],
}

#[derive(Deserialize)]
struct Limits {
    smallest_share: f64,
    sds: f64,
    nasion_inion: [f64; 2],
    preauricular: [f64; 2],
    hairline_hairline: [f64; 2],
    glabella_hairline: [f64; 2],
}

static DATA: LazyLock<File> = LazyLock::new(|| {
    // The file is part of the program; a test reads it.
    toml::from_str(include_str!("../../data/population.toml"))
        .unwrap_or_else(|e| unreachable!("data/population.toml: {e}"))
});

/// Means and covariance of the four dimensions, mm and mm².
pub(super) struct Prior {
    pub(super) mean: [f64; DIMENSIONS],
    pub(super) covariance: Matrix,
}

impl Group {
    fn covariance(&self) -> Matrix {
        const PAIRS: [(usize, usize); 6] = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)];
        let mut c =
            Matrix::from_fn(
                DIMENSIONS,
                DIMENSIONS,
                |i, j| {
                    if i == j { self.sd[i] * self.sd[i] } else { 0.0 }
                },
            );
        for ((i, j), r) in PAIRS.into_iter().zip(self.r) {
            c[(i, j)] = r * self.sd[i] * self.sd[j];
            c[(j, i)] = c[(i, j)];
        }
        c
    }
}

/// Men, women.
/// Mean circumference of adults' heads, mm (ANSUR II); of both sexes where none is given.
pub fn mean_circumference_mm(sex: Option<Sex>) -> f64 {
    prior(sex).mean[0]
}

pub(super) fn groups() -> [&'static Group; 2] {
    [&DATA.ansur2.men, &DATA.ansur2.women]
}

/// The distribution for a sex; of an equal mixture of both where it is not known.
pub(super) fn prior(sex: Option<Sex>) -> Prior {
    let [m, f] = groups();
    match sex {
        Some(Sex::Male) => Prior { mean: m.mean, covariance: m.covariance() },
        Some(Sex::Female) => Prior { mean: f.mean, covariance: f.covariance() },
        None => {
            let (cm, cf) = (m.covariance(), f.covariance());
            let mean = std::array::from_fn(|i| (m.mean[i] + f.mean[i]) / 2.0);
            // Variance within plus variance between two groups of equal weight.
            let covariance = Matrix::from_fn(DIMENSIONS, DIMENSIONS, |i, j| {
                (cm[(i, j)] + cf[(i, j)]) / 2.0 + (m.mean[i] - f.mean[i]) * (m.mean[j] - f.mean[j]) / 4.0
            });
            Prior { mean, covariance }
        }
    }
}

/// Glabella to mid-anterior hairline, mm: the mean of two studies, and an sd that holds both the spread between
/// persons and the difference between the studies.
pub(super) fn glabella_hairline(sex: Option<Sex>) -> (f64, f64) {
    let one = |h: &Hairline| {
        let mean = (h.means[0] + h.means[1]) / 2.0;
        let between = (h.means[0] - h.means[1]) / 2.0;
        (mean, (h.sd * h.sd + between * between).sqrt())
    };
    let (m, f) = (one(&DATA.hairline.men), one(&DATA.hairline.women));
    match sex {
        Some(Sex::Male) => m,
        Some(Sex::Female) => f,
        None => {
            let between = (m.0 - f.0) / 2.0;
            ((m.0 + f.0) / 2.0, ((m.1 * m.1 + f.1 * f.1) / 2.0 + between * between).sqrt())
        }
    }
}

/// Nasion to glabella along the midline, mm, where a head has no glabella of its own.
pub(super) fn nasion_glabella() -> f64 {
    let [a, b] = DATA.glabella.above_nasion;
    (a + b) / 2.0
}

/// Smallest and largest value that is let through: circumference, length, breadth, height of the head, mm.
fn ansur_limits(i: usize, child: bool) -> (f64, f64) {
    let g = groups();
    let of = |f: fn(&Group) -> &[f64; DIMENSIONS]| g.map(|g| f(g)[i]);
    let (min, mean, sd) = (of(|g| &g.min), of(|g| &g.mean), of(|g| &g.sd));
    let l = &DATA.limits;
    let margin = l.sds * sd[0].max(sd[1]);
    let lowest = if child { l.smallest_share * min[0].min(min[1]) } else { mean[0].min(mean[1]) - margin };
    (lowest, mean[0].max(mean[1]) + margin)
}

/// Which limits.
#[derive(Clone, Copy)]
pub(super) enum Limit {
    /// One of the four dimensions of ANSUR II.
    Ansur(usize),
    /// Nasion to inion.
    NasionInion,
    /// Ear to ear.
    Preauricular,
    /// Glabella to hairline.
    GlabellaHairline,
    /// Hairline to hairline.
    HairlineHairline,
}

/// Smallest and largest value that is let through, mm; for a person under 18 where `child`, else for an adult.
pub(super) fn limits(which: Limit, child: bool) -> (f64, f64) {
    let l = &DATA.limits;
    let (lo, hi) = ansur_limits(0, child);
    let share = |[a, b]: [f64; 2]| (a * lo, b * hi);
    match which {
        Limit::Ansur(i) => ansur_limits(i, child),
        Limit::NasionInion => share(l.nasion_inion),
        Limit::Preauricular => share(l.preauricular),
        Limit::HairlineHairline => share(l.hairline_hairline),
        Limit::GlabellaHairline => (l.glabella_hairline[0], l.glabella_hairline[1]),
    }
}

/// Smallest and largest share of the circumference that an arc over the head can have.
pub(super) fn arc_share(preauricular: bool) -> [f64; 2] {
    if preauricular { DATA.limits.preauricular } else { DATA.limits.nasion_inion }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_file_is_read_and_its_covariances_are_positive() {
        for sex in [Some(Sex::Male), Some(Sex::Female), None] {
            let p = prior(sex);
            // Leading minors of a covariance are positive; solve refuses a singular one.
            for n in 1..=DIMENSIONS {
                let sub = Matrix::from_fn(n, n, |i, j| p.covariance[(i, j)]);
                let unit = Matrix::from_fn(n, 1, |i, _| f64::from(i == n - 1));
                assert!(sub.solve(&unit).unwrap()[(n - 1, 0)] > 0.0);
            }
            assert!(p.mean[0] > 2.0 * p.mean[1]);
        }
        let unknown = prior(None).covariance[(0, 0)];
        assert!(unknown > prior(Some(Sex::Male)).covariance[(0, 0)]);
        assert_eq!(prior(Some(Sex::Female)).covariance[(0, 0)], 19.36 * 19.36);
    }

    #[test]
    fn limits_hold_every_adult_and_a_newborn() {
        assert!(limits(Limit::Ansur(0), true).0 < 314.9);
        for i in 0..DIMENSIONS {
            let (lo, hi) = limits(Limit::Ansur(i), false);
            for g in groups() {
                assert!(lo < g.min[i] && hi > g.max[i], "{i}: {lo} {hi}");
            }
            assert!(limits(Limit::Ansur(i), true).0 < lo);
        }
    }
}
