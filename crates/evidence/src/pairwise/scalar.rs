//! The model with one mean: sums in a single pass without allocation.
//!
//! The pass takes residuals from the previous weighted mean and corrects the sums for its shift, so that no second
//! pass is needed and nothing cancels: the shift gets small as the iteration settles.

use super::tau2::{Profile, Sums, Weights};

/// Studies of one comparison.
#[derive(Debug)]
pub(crate) struct Scalar<'a> {
    y: &'a [f64],
    v: &'a [f64],
    /// Weighted mean at the last trial value.
    pub(crate) mean: f64,
    /// Sum of cubed weights at the last trial value.
    pub(crate) w3: f64,
}

const LANES: usize = 4;

impl<'a> Scalar<'a> {
    /// The studies, with the mean of the estimates as first reference.
    pub(crate) fn new(y: &'a [f64], v: &'a [f64]) -> Scalar<'a> {
        Scalar { y, v, mean: y.iter().sum::<f64>() / y.len() as f64, w3: 0.0 }
    }

    fn mean_of_estimates(&self) -> f64 {
        self.y.iter().sum::<f64>() / self.y.len() as f64
    }
}

/// Running sums over some of the studies.
#[derive(Clone, Copy, Default)]
struct Lane {
    w1: f64,
    w2: f64,
    w3: f64,
    a1: f64,
    a2: f64,
    a3: f64,
    b1: f64,
    b2: f64,
    b3: f64,
}

impl Lane {
    #[inline(always)]
    fn add(&mut self, w: f64, r: f64) {
        let (ww, wr) = (w * w, w * r);
        self.w1 += w;
        self.w2 += ww;
        self.w3 += ww * w;
        self.a1 += wr;
        self.a2 += w * wr;
        self.a3 += ww * wr;
        self.b1 += wr * r;
        self.b2 += wr * wr;
        self.b3 += wr * wr * w;
    }
}

impl Profile for Scalar<'_> {
    fn studies(&self) -> f64 {
        self.y.len() as f64
    }

    fn coefficients(&self) -> f64 {
        1.0
    }

    #[inline]
    fn sums(&mut self, tau2: f64) -> Sums {
        let centre = self.mean;
        let mut lanes = [Lane::default(); LANES];
        let (ys, vs) = (self.y.chunks_exact(LANES), self.v.chunks_exact(LANES));
        let (y_rest, v_rest) = (ys.remainder(), vs.remainder());
        for (y, v) in ys.zip(vs) {
            for i in 0..LANES {
                lanes[i].add(1.0 / (v[i] + tau2), y[i] - centre);
            }
        }
        for (y, v) in y_rest.iter().zip(v_rest) {
            lanes[0].add(1.0 / (v + tau2), y - centre);
        }
        let total = |f: fn(&Lane) -> f64| (f(&lanes[0]) + f(&lanes[1])) + (f(&lanes[2]) + f(&lanes[3]));
        let (w1, w2, w3) = (total(|l| l.w1), total(|l| l.w2), total(|l| l.w3));
        let (a1, a2) = (total(|l| l.a1), total(|l| l.a2));
        let (b1, b2, b3) = (total(|l| l.b1), total(|l| l.b2), total(|l| l.b3));
        let shift = a1 / w1;
        self.mean = centre + shift;
        self.w3 = w3;
        // Sums of w^m r with r from the new mean: a_m - shift w_m; of w^m r²: b_m - 2 shift a_m + shift² w_m.
        let ypy = b1 - shift * a1;
        let yppy = b2 - 2.0 * shift * a2 + shift * shift * w2;
        let second = a2 - shift * w2;
        let cubed = b3 - 2.0 * shift * total(|l| l.a3) + shift * shift * w3;
        Sums {
            w1,
            w2,
            tr_p: w1 - w2 / w1,
            tr_pp: w2 - 2.0 * w3 / w1 + (w2 / w1) * (w2 / w1),
            ypy,
            yppy,
            ypppy: cubed - second * second / w1,
        }
    }

    fn unweighted(&mut self) -> (f64, f64) {
        let k = self.studies();
        let mean = self.mean_of_estimates();
        let rss = self.y.iter().map(|y| (y - mean) * (y - mean)).sum();
        (rss, self.v.iter().sum::<f64>() * (1.0 - 1.0 / k))
    }

    fn total_variance(&self) -> f64 {
        let mean = self.mean_of_estimates();
        self.y.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>() / self.studies()
    }

    fn spread(&mut self, weights: Weights, tau2: f64) -> f64 {
        let (mut w1, mut first, mut second, mut third) = (0.0, 0.0, 0.0, 0.0);
        for v in self.v {
            let w = match weights {
                Weights::Equal => 1.0,
                Weights::Inverse(t) => 1.0 / (v + t),
            };
            let wm = w * (v + tau2);
            w1 += w;
            first += wm * wm;
            second += w * wm * wm;
            third += w * wm;
        }
        first - 2.0 * second / w1 + (third / w1) * (third / w1)
    }

    fn likelihoods(&mut self, tau2: f64) -> (f64, f64) {
        let s = self.sums(tau2);
        let ln_total: f64 = self.v.iter().map(|v| libm::log(v + tau2)).sum();
        let full = -0.5 * (ln_total + s.ypy);
        (full, full - 0.5 * libm::log(s.w1))
    }
}
