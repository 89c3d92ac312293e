//! Special functions the distributions are built from.
//!
//! Densities of the gamma and beta families are written, as Loader (2000, "Fast and accurate computation of
//! binomial probabilities") proposed, with the error of Stirling's formula and a deviance term, so that nothing
//! large is ever subtracted from something large.

use libm::{exp, log, log1p, sqrt};

/// ln sqrt(2 pi).
pub const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;
/// 1 / sqrt(2 pi).
pub const INV_SQRT_2PI: f64 = 0.398_942_280_401_432_7;

/// `u - ln(1 + u)` for `u > -1`, without cancellation near 0.
pub fn u_minus_log1p(u: f64) -> f64 {
    if !(-0.6..=1.2).contains(&u) {
        return u - log1p(u);
    }
    // With s = u/(2+u): ln(1+u) = 2 atanh(s) and u - 2s = u s.
    let s = u / (2.0 + u);
    let s2 = s * s;
    let (mut sum, mut power) = (0.0, 1.0);
    for reciprocal in ODD_RECIPROCALS {
        let next = sum + power * reciprocal;
        if next == sum {
            break;
        }
        sum = next;
        power *= s2;
    }
    s * (u - 2.0 * s2 * sum)
}

/// 1/3, 1/5, 1/7, ...: s² is at most 0.19 where the series is used, so that two dozen terms are enough.
const ODD_RECIPROCALS: [f64; 32] = {
    let mut table = [0.0; 32];
    let mut i = 0;
    while i < table.len() {
        table[i] = 1.0 / (2 * i + 3) as f64;
        i += 1;
    }
    table
};

/// [`stirling_error`] at 0, 1/2, 1, ... 10, to 40 digits and rounded (mpmath): the degrees of freedom of nearly every
/// t, F and chi-squared test are whole, so that these are the arguments that occur.
const STIRLING_HALVES: [f64; 21] = [
    -LN_SQRT_2PI,
    0.153_426_409_720_027_35,
    0.081_061_466_795_327_26,
    0.054_814_121_051_917_65,
    0.041_340_695_955_409_3,
    0.033_162_873_519_936_287,
    0.027_677_925_684_998_34,
    0.023_746_163_656_297_496,
    0.020_790_672_103_765_093,
    0.018_488_450_532_673_187,
    0.016_644_691_189_821_193,
    0.015_134_973_221_917_38,
    0.013_876_128_823_070_748,
    0.012_810_465_242_920_227,
    0.011_896_709_945_891_77,
    0.011_104_559_758_206_917,
    0.010_411_265_261_972_096,
    0.009_799_416_126_158_803,
    0.009_255_462_182_712_733,
    0.008_768_700_134_139_385,
    0.008_330_563_433_362_87,
];

/// Stirling series for `ln Gamma(z+1) - (z + 1/2) ln z + z - ln sqrt(2 pi)`, for `z >= 10`
/// (Bernoulli numbers over 2k(2k-1); NIST Digital Library of Mathematical Functions 5.11.1).
fn stirling_series(z: f64) -> f64 {
    const C: [f64; 10] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
        -3617.0 / 122_400.0,
        43_867.0 / 244_188.0,
        -174_611.0 / 125_400.0,
    ];
    let w = 1.0 / (z * z);
    C.iter().rev().fold(0.0, |sum, c| sum * w + c) / z
}

/// The error of Stirling's formula, `ln Gamma(z+1) - (z + 1/2) ln z + z - ln sqrt(2 pi)`, for `z > 0`.
pub fn stirling_error(z: f64) -> f64 {
    if z >= 10.0 {
        return stirling_series(z);
    }
    let twice = 2.0 * z;
    if twice == twice.trunc() && twice >= 0.0 {
        return STIRLING_HALVES[twice as usize];
    }
    // error(z) - error(z+1) = (z + 1/2) ln(1 + 1/z) - 1, which for s = 1/(2z+1) is s^2/3 + s^4/5 + ...
    let (mut z, mut sum) = (z, 0.0);
    while z < 10.0 {
        sum += if z < 0.5 {
            (z + 0.5) * log1p(1.0 / z) - 1.0
        } else {
            let s = 1.0 / (2.0 * z + 1.0);
            let s2 = s * s;
            let (mut step, mut power, mut k) = (0.0, s2, 3.0);
            loop {
                let next = step + power / k;
                if next == step {
                    break step;
                }
                step = next;
                power *= s2;
                k += 2.0;
            }
        };
        z += 1.0;
    }
    sum + stirling_series(z)
}

/// Natural logarithm of the gamma function for `z > 0`; absolute error a few units in the last place of the
/// larger of 1 and the result.
pub fn ln_gamma(z: f64) -> f64 {
    if z > 1e17 {
        return z * (log(z) - 1.0);
    }
    // Gamma(z) = Gamma(z+1)/z
    stirling_error(z) + (z - 0.5) * log(z) - z + LN_SQRT_2PI
}

/// `Gamma(z + 1/2) / Gamma(z)` for `z > 0`, accurate to a few units in the last place for any size of `z`.
pub fn gamma_ratio_half(z: f64) -> f64 {
    // From Gamma(w+1) = sqrt(2 pi) w^(w+1/2) e^(-w) exp(error(w)) at w = z + 1/2 and w = z.
    sqrt(z) * exp(stirling_error(z + 0.5) - stirling_error(z) - z * u_minus_log1p(0.5 / z))
}

/// The term `a ln(a/m) + m - a >= 0` of a density with parameter `a` at `m = a + dev`, where `dev` is given
/// directly because it is known more exactly than `m - a`.
pub(crate) fn deviance(a: f64, m: f64, dev: f64) -> f64 {
    let u = dev / a;
    if u < -0.6 {
        // m is much smaller than a: 1 + u would lose m.
        return a * (u - log(m / a));
    }
    a * u_minus_log1p(u)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stirling_error_at_one_is_one_minus_ln_sqrt_two_pi() {
        assert!((stirling_error(1.0) - (1.0 - LN_SQRT_2PI)).abs() < 2e-16);
    }

    #[test]
    fn the_table_of_halves_continues_the_recurrence() {
        for (i, value) in STIRLING_HALVES.iter().enumerate().skip(1) {
            // A neighbour that is no half goes through the recurrence.
            let z = 0.5 * i as f64;
            let near = stirling_error(z * (1.0 + 4.0 * f64::EPSILON));
            assert!((near - value).abs() < 1e-15, "{z}: {near} {value}");
        }
    }

    #[test]
    fn ln_gamma_of_integers_is_the_logarithm_of_the_factorial() {
        let mut factorial = 1.0f64;
        for n in 1..150 {
            let want = factorial.ln();
            assert!((ln_gamma(f64::from(n)) - want).abs() <= 1e-14 * want.max(1.0), "{n}");
            factorial *= f64::from(n);
        }
    }

    #[test]
    fn half_ratio_squares_to_pi_where_it_should() {
        // Gamma(1)/Gamma(1/2) = 1/sqrt(pi)
        assert!((gamma_ratio_half(0.5) - 0.564_189_583_547_756_3).abs() < 2e-16);
        // Product of successive ratios: Gamma(z+1)/Gamma(z) = z
        for z in [0.3, 2.75, 40.0, 1e6] {
            let product = gamma_ratio_half(z) * gamma_ratio_half(z + 0.5);
            assert!((product / z - 1.0).abs() < 1e-14, "{z} {product}");
        }
    }

    #[test]
    fn u_minus_log1p_is_continuous_where_the_formula_changes() {
        for edge in [-0.6f64, 1.2] {
            let (a, b) = (u_minus_log1p(edge - 1e-13), u_minus_log1p(edge + 1e-13));
            assert!(((a - b) / a).abs() < 1e-11);
        }
        assert_eq!(u_minus_log1p(0.0), 0.0);
    }
}
