//! The beta weight function of Citkowicz and Vevea (2017, Psychol Methods 22:28): the chance of publication is
//! `p^(α-1) (1-p)^(β-1)`.
//!
//! An exponent below 1 makes the weight infinite at p = 0 (or 1), and with it, for large τ², the mean weight. The p
//! values are therefore held within [limit, 1 - limit]; beyond, the weight is constant. The mean weight of a study has
//! no closed form: it is integrated over `z = y/se` between the limits by Gauss and Legendre's rule on short panels
//! (the integrand is analytic there), with normal tails outside.

use crate::dist::Normal;
use crate::dist::special::LN_SQRT_2PI;
use libm::{cos, exp, log};

/// Nodes of one panel.
const NODES: usize = 20;
/// Widest panel, in z.
const PANEL: f64 = 1.1;

/// Everything about the weight that does not depend on the parameters.
pub(super) struct Weights {
    /// z of the limits.
    end: f64,
    /// Logarithms of limit and of 1 - limit.
    ln_ends: (f64, f64),
    /// Nodes: z, logarithm of the rule's weight, ln Q(z), ln P(z).
    nodes: Vec<[f64; 4]>,
    /// Of every study: ln Q and ln P at its z, held within the limits.
    studies: Vec<(f64, f64)>,
}

/// Nodes and weights on (-1, 1), by Newton's method on the Legendre polynomial.
fn gauss_legendre() -> Vec<(f64, f64)> {
    let n = NODES as f64;
    (0..NODES)
        .map(|i| {
            let mut x = cos(std::f64::consts::PI * (i as f64 + 0.75) / (n + 0.5));
            let mut slope = 1.0;
            for _ in 0..20 {
                let (mut p, mut before) = (1.0, 0.0);
                for k in 0..NODES {
                    let k = k as f64;
                    (p, before) = (((2.0 * k + 1.0) * x * p - k * before) / (k + 1.0), p);
                }
                slope = n * (x * p - before) / (x * x - 1.0);
                let step = p / slope;
                x -= step;
                if step.abs() < 1e-15 {
                    break;
                }
            }
            (x, 2.0 / ((1.0 - x * x) * slope * slope))
        })
        .collect()
}

impl Weights {
    /// For studies and a limit strictly between 0 and 0.5.
    pub(super) fn new(y: &[f64], v: &[f64], limit: f64) -> Self {
        let normal = Normal::STANDARD;
        let end = normal.quantile_upper(limit);
        let panels = (2.0 * end / PANEL).ceil().max(1.0);
        let half = end / panels;
        let rule = gauss_legendre();
        let mut nodes = Vec::with_capacity(panels as usize * NODES);
        for panel in 0..panels as usize {
            let centre = -end + half * (2 * panel + 1) as f64;
            for (x, w) in &rule {
                let z = centre + half * x;
                nodes.push([z, log(w * half), log(normal.sf(z)), log(normal.sf(-z))]);
            }
        }
        let studies = y
            .iter()
            .zip(v)
            .map(|(y, v)| {
                let z = (y / v.sqrt()).clamp(-end, end);
                (log(normal.sf(z)), log(normal.sf(-z)))
            })
            .collect();
        Self { end, ln_ends: (log(limit), libm::log1p(-limit)), nodes, studies }
    }

    /// `Σ ln w(p) - ln E[w]` over the studies.
    pub(super) fn ln_relative(&self, v: &[f64], mean: f64, tau2: f64, alpha: f64, beta: f64) -> f64 {
        let normal = Normal::STANDARD;
        let (a, b) = (alpha - 1.0, beta - 1.0);
        let (small, large) = self.ln_ends;
        let (ln_low_p, ln_high_p) = (a * small + b * large, a * large + b * small);
        let weights: Vec<(f64, f64)> =
            self.nodes.iter().map(|[z, w, q, p]| (*z, w + a * q + b * p)).collect();
        let mut total = 0.0;
        let mut logs = vec![0.0; weights.len()];
        for (v, (q, p)) in v.iter().zip(&self.studies) {
            let (se, sd) = (v.sqrt(), (v + tau2).sqrt());
            let mut top = ln_low_p.max(ln_high_p);
            for (log, (z, w)) in logs.iter_mut().zip(&weights) {
                let r = (se * z - mean) / sd;
                *log = w - 0.5 * r * r - LN_SQRT_2PI;
                top = top.max(*log);
            }
            let inside: f64 = logs.iter().map(|l| exp(l - top)).sum();
            let outside = exp(ln_low_p - top) * normal.sf((se * self.end - mean) / sd)
                + exp(ln_high_p - top) * normal.sf((se * self.end + mean) / sd);
            total += a * q + b * p - top - log(inside * se / sd + outside);
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Minus the logarithm of the product of the mean weights, with the studies' own weights taken off.
    fn ln_mean(v: &[f64], mean: f64, tau2: f64, alpha: f64, beta: f64, limit: f64) -> f64 {
        // At p = 1/2 the weight is 2^(2 - α - β).
        let w = Weights::new(&vec![0.0; v.len()], v, limit);
        let own = v.len() as f64 * (2.0 - alpha - beta) * std::f64::consts::LN_2;
        own - w.ln_relative(v, mean, tau2, alpha, beta)
    }

    #[test]
    fn the_rule_integrates_polynomials() {
        let sum = |f: fn(f64) -> f64| gauss_legendre().iter().map(|(x, w)| w * f(*x)).sum::<f64>();
        assert!((sum(|_| 1.0) - 2.0).abs() < 1e-14);
        assert!((sum(|x| x.powi(38)) - 2.0 / 39.0).abs() < 1e-14);
        assert!(sum(|x| x.powi(7)).abs() < 1e-15);
    }

    #[test]
    fn mean_weights_have_closed_forms() {
        let v = [0.04, 0.25, 1.0];
        // No selection: the density integrates to 1.
        for tau2 in [0.0, 0.1, 50.0] {
            assert!(ln_mean(&v, 0.3, tau2, 1.0, 1.0, 1e-5).abs() < 1e-13, "{tau2}");
        }
        // Without an effect and without tau², p is uniform: E[w] is the beta function but for the ends.
        for (a, b) in [(2.0, 3.0), (1.0, 4.0), (2.5, 1.5)] {
            let want = libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
            let got = ln_mean(&v, 0.0, 0.0, a, b, 1e-15);
            assert!((got - 3.0 * want).abs() < 1e-12, "{a} {b}: {got}");
        }
        // α = 2, β = 1: E[p] = P(Z > y/se) = Φ(-μ / sqrt(2v + τ²)).
        let got = ln_mean(&v, 0.4, 0.3, 2.0, 1.0, 1e-15);
        let want: f64 = v.iter().map(|v| log(Normal::STANDARD.sf(0.4 / (2.0 * v + 0.3f64).sqrt()))).sum();
        assert!((got - want).abs() < 1e-12, "{got} {want}");
        // α = 0, μ = 0, τ² = 0: ∫ dp/p from the limit is -ln(limit), and the flat end adds 1.
        let got = ln_mean(&[0.5], 0.0, 0.0, 0.0, 1.0, 1e-5);
        // The weight stays constant above 1 - limit, too.
        let want = log(-log(1e-5) + libm::log1p(-1e-5) + 1.0 + 1e-5 / (1.0 - 1e-5));
        assert!((got - want).abs() < 1e-12, "{got} {want}");
    }
}
