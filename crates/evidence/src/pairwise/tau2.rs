//! Estimators of the between-study variance, written once for pooling and for meta-regression.
//!
//! All of them are functions of a few sums that the model supplies for a trial value of tau². With
//! `W = diag(1/(v + tau²))` and `P = W - WX(XᵀWX)⁻¹XᵀW` those are traces and quadratic forms of `P`, which cost one
//! pass over the studies. Sources: DerSimonian and Laird 1986; Hedges and Olkin 1985; Hunter and Schmidt 1990,
//! with the small-sample correction of Brannick et al. 2019; Sidik and Jonkman 2005; Paule and Mandel 1982;
//! Morris 1983 (empirical Bayes, the same equation as Paule and Mandel's); Hardy and Thompson 1996 (maximum
//! likelihood); Patterson and Thompson 1971 (restricted maximum likelihood).

use crate::root::brent;
use serde::{Deserialize, Serialize};

/// An estimator of the between-study variance tau².
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tau2Method {
    /// No between-study variance: the common-effect (fixed-effect) model.
    CommonEffect,
    /// DerSimonian and Laird's moment estimator.
    DerSimonianLaird,
    /// Hedges and Olkin's moment estimator, from unweighted squares.
    HedgesOlkin,
    /// Hunter and Schmidt's moment estimator.
    HunterSchmidt,
    /// The same with Brannick's correction for few studies.
    HunterSchmidtCorrected,
    /// Sidik and Jonkman's model-error estimator.
    SidikJonkman,
    /// Paule and Mandel's: the tau² at which Q equals its degrees of freedom.
    PauleMandel,
    /// Morris' empirical Bayes estimator.
    EmpiricalBayes,
    /// Maximum likelihood.
    MaximumLikelihood,
    /// Restricted maximum likelihood.
    Reml,
}

impl Tau2Method {
    /// All estimators.
    pub const ALL: [Tau2Method; 10] = [
        Tau2Method::CommonEffect,
        Tau2Method::DerSimonianLaird,
        Tau2Method::HedgesOlkin,
        Tau2Method::HunterSchmidt,
        Tau2Method::HunterSchmidtCorrected,
        Tau2Method::SidikJonkman,
        Tau2Method::PauleMandel,
        Tau2Method::EmpiricalBayes,
        Tau2Method::MaximumLikelihood,
        Tau2Method::Reml,
    ];

    /// The short code R users know.
    pub const fn code(self) -> &'static str {
        match self {
            Tau2Method::CommonEffect => "EE",
            Tau2Method::DerSimonianLaird => "DL",
            Tau2Method::HedgesOlkin => "HE",
            Tau2Method::HunterSchmidt => "HS",
            Tau2Method::HunterSchmidtCorrected => "HSk",
            Tau2Method::SidikJonkman => "SJ",
            Tau2Method::PauleMandel => "PM",
            Tau2Method::EmpiricalBayes => "EB",
            Tau2Method::MaximumLikelihood => "ML",
            Tau2Method::Reml => "REML",
        }
    }

    /// The name in words.
    pub const fn name(self) -> &'static str {
        match self {
            Tau2Method::CommonEffect => "common effect",
            Tau2Method::DerSimonianLaird => "DerSimonian-Laird",
            Tau2Method::HedgesOlkin => "Hedges-Olkin",
            Tau2Method::HunterSchmidt => "Hunter-Schmidt",
            Tau2Method::HunterSchmidtCorrected => "Hunter-Schmidt with small-sample correction",
            Tau2Method::SidikJonkman => "Sidik-Jonkman",
            Tau2Method::PauleMandel => "Paule-Mandel",
            Tau2Method::EmpiricalBayes => "empirical Bayes",
            Tau2Method::MaximumLikelihood => "maximum likelihood",
            Tau2Method::Reml => "restricted maximum likelihood",
        }
    }
}

/// Sums at one trial value of tau²; `r` are the residuals of weighted least squares.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    /// Sum of weights.
    pub(crate) w1: f64,
    /// Sum of squared weights.
    pub(crate) w2: f64,
    /// tr(P).
    pub(crate) tr_p: f64,
    /// tr(PP).
    pub(crate) tr_pp: f64,
    /// yᵀPy, the weighted residual sum of squares.
    pub(crate) ypy: f64,
    /// yᵀPPy.
    pub(crate) yppy: f64,
    /// yᵀPPPy.
    pub(crate) ypppy: f64,
}

/// Which weights `P` is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Weights {
    /// All 1.
    Equal,
    /// `1/(v + tau²)`.
    Inverse(f64),
}

/// What an estimator of tau² asks of a model.
pub(crate) trait Profile {
    /// Number of studies.
    fn studies(&self) -> f64;
    /// Number of coefficients.
    fn coefficients(&self) -> f64;
    /// The sums at a trial value.
    fn sums(&mut self, tau2: f64) -> Sums;
    /// Residual sum of squares of ordinary least squares, and tr(PV) with equal weights.
    fn unweighted(&mut self) -> (f64, f64);
    /// Mean squared deviation of the estimates from their plain mean.
    fn total_variance(&self) -> f64;
    /// tr(PMPM) with `M = diag(v + tau2)`.
    fn spread(&mut self, weights: Weights, tau2: f64) -> f64;
    /// Log-likelihood and restricted log-likelihood at a trial value, each up to a constant of its own.
    fn likelihoods(&mut self, tau2: f64) -> (f64, f64);
}

/// The iteration did not settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoConvergence;

/// The estimate of tau², never negative.
pub(crate) fn estimate(
    model: &mut impl Profile,
    method: Tau2Method,
    at_zero: &Sums,
) -> Result<f64, NoConvergence> {
    let (k, p) = (model.studies(), model.coefficients());
    let df = k - p;
    let value = match method {
        Tau2Method::CommonEffect => 0.0,
        Tau2Method::DerSimonianLaird => (at_zero.ypy - df) / at_zero.tr_p,
        Tau2Method::HunterSchmidt => (at_zero.ypy - k) / at_zero.w1,
        Tau2Method::HunterSchmidtCorrected => (k / df * at_zero.ypy - k) / at_zero.w1,
        Tau2Method::HedgesOlkin => {
            let (rss, tr_pv) = model.unweighted();
            (rss - tr_pv) / df
        }
        Tau2Method::SidikJonkman => {
            let start = model.total_variance();
            if start == 0.0 { 0.0 } else { start * model.sums(start).ypy / df }
        }
        Tau2Method::PauleMandel | Tau2Method::EmpiricalBayes => solve_q(model, at_zero, df)?,
        Tau2Method::MaximumLikelihood => maximise(model, at_zero, false)?,
        Tau2Method::Reml => maximise(model, at_zero, true)?,
    };
    Ok(value.max(0.0))
}

/// The tau² at which the generalised Q equals `target`, or 0 if it is below it already.
///
/// Q is convex and falls, so Newton's method from the left never overshoots.
pub(crate) fn solve_q(model: &mut impl Profile, at_zero: &Sums, target: f64) -> Result<f64, NoConvergence> {
    if at_zero.ypy <= target {
        return Ok(0.0);
    }
    let (mut tau2, mut sums) = (0.0, *at_zero);
    for _ in 0..500 {
        let step = (sums.ypy - target) / sums.yppy;
        if !step.is_finite() {
            return Err(NoConvergence);
        }
        tau2 += step;
        // Convergence is quadratic: the next step would be below rounding. Rounding can also turn the step round.
        if step <= 1e-9 * tau2 {
            return Ok(tau2);
        }
        // From far below, the step for Q as 1/tau² is longer and still does not pass the solution.
        sums = model.sums(tau2);
    }
    Err(NoConvergence)
}

/// Points of the search for other summits.
const GRID: usize = 48;

/// The highest summit of the likelihood, `found` being one of them, or 0. Studies of very unequal size may give several.
fn highest(model: &mut impl Profile, at_zero: &Sums, restricted: bool, found: f64) -> f64 {
    let score = |s: &Sums| s.yppy - if restricted { s.tr_p } else { s.w1 };
    let pick = |both: (f64, f64)| if restricted { both.1 } else { both.0 };
    let mut best = (found, pick(model.likelihoods(found)));
    let zero = pick(model.likelihoods(0.0));
    if zero > best.1 {
        best = (0.0, zero);
    }
    // From far below the least variance, which is not below 1/w1, to where the likelihood falls for good.
    let typical = (model.studies() - model.coefficients()) / at_zero.tr_p;
    let first = 1e-3 / at_zero.w1;
    let last = 16.0 * (found + model.total_variance() + typical);
    let ratio = libm::pow(last / first, 1.0 / (GRID - 1) as f64);
    let (mut left, mut t) = ((0.0, score(at_zero)), first);
    for _ in 0..GRID {
        let right = (t, score(&model.sums(t)));
        // The summit that is known needs no search.
        if left.1 > 0.0 && right.1 <= 0.0 && !(left.0..=right.0).contains(&found) {
            let root = brent(left, right, |t| Ok::<f64, NoConvergence>(score(&model.sums(t))));
            if let Ok(root) = root {
                let height = pick(model.likelihoods(root));
                if height > best.1 {
                    best = (root, height);
                }
            }
        }
        left = right;
        t *= ratio;
    }
    best.0
}

/// Maximises the (restricted) likelihood by Newton's method, with Fisher's scoring where the likelihood is not
/// concave and halving at the boundary. Where the way there shows that there may be other summits they are compared.
fn maximise(model: &mut impl Profile, at_zero: &Sums, restricted: bool) -> Result<f64, NoConvergence> {
    let score = |s: &Sums| s.yppy - if restricted { s.tr_p } else { s.w1 };
    let df = model.studies() - model.coefficients();
    let mut tau2 = ((at_zero.ypy - df) / at_zero.tr_p).max(0.0);
    if tau2 == 0.0 {
        if score(at_zero) <= 0.0 {
            return Ok(0.0);
        }
        // A moment below zero but a likelihood that rises: start from the typical within-study variance.
        tau2 = 0.1 * df / at_zero.tr_p;
    }
    // A likelihood that falls at 0 has a summit there too; one that is not concave on the way may have others.
    let mut doubtful = score(at_zero) <= 0.0;
    for _ in 0..1000 {
        let sums = model.sums(tau2);
        let slope = score(&sums);
        let expected = if restricted { sums.tr_pp } else { sums.w2 };
        let observed = 2.0 * sums.ypppy - expected;
        // Newton's step where the likelihood is clearly concave, or when it is short; else Fisher's.
        let newton = slope / observed;
        let concave = observed > 0.25 * expected || (observed > 0.0 && newton.abs() <= 0.05 * tau2);
        let step = if concave { newton } else { slope / expected };
        doubtful |= !concave;
        if !step.is_finite() {
            return Err(NoConvergence);
        }
        let next = tau2 + step;
        if next <= 0.0 {
            // Only a likelihood that falls at 0 has its maximum there.
            if score(at_zero) <= 0.0 && tau2 * at_zero.tr_p < 1e-3 * df {
                return Ok(0.0);
            }
            tau2 *= 0.25;
            if tau2 < f64::MIN_POSITIVE {
                return Ok(0.0);
            }
            continue;
        }
        // Newton's steps shrink quadratically, so the one after this would be below rounding; Fisher's do not.
        let settled = step.abs() <= if concave { 1e-9 } else { 1e-15 } * next;
        tau2 = next;
        if settled {
            return Ok(if doubtful { highest(model, at_zero, restricted, tau2) } else { tau2 });
        }
    }
    Err(NoConvergence)
}

/// The large-sample standard error of the estimate; `None` for the common-effect model.
///
/// Moment estimators are `c yᵀPy - constant`, with variance `2c² tr(PMPM)`; the likelihoods give the inverse of
/// their expected information.
pub(crate) fn standard_error(
    model: &mut impl Profile,
    method: Tau2Method,
    tau2: f64,
    at_zero: &Sums,
    at_tau2: &Sums,
) -> Option<f64> {
    let (k, p) = (model.studies(), model.coefficients());
    let df = k - p;
    let moment = |c: f64, trace: f64| Some(c * (2.0 * trace).sqrt());
    match method {
        Tau2Method::CommonEffect => None,
        Tau2Method::DerSimonianLaird => moment(1.0 / at_zero.tr_p, model.spread(Weights::Inverse(0.0), tau2)),
        Tau2Method::HunterSchmidt => moment(1.0 / at_zero.w1, model.spread(Weights::Inverse(0.0), tau2)),
        Tau2Method::HunterSchmidtCorrected => {
            moment(k / df / at_zero.w1, model.spread(Weights::Inverse(0.0), tau2))
        }
        Tau2Method::HedgesOlkin => moment(1.0 / df, model.spread(Weights::Equal, tau2)),
        Tau2Method::SidikJonkman => {
            let start = model.total_variance();
            moment(start / df, model.spread(Weights::Inverse(start), tau2))
        }
        // At the solution PMP = P, so the trace is the degrees of freedom.
        Tau2Method::PauleMandel | Tau2Method::EmpiricalBayes => moment(k / df / at_tau2.w1, df),
        Tau2Method::MaximumLikelihood => Some((2.0 / at_tau2.w2).sqrt()),
        Tau2Method::Reml => Some((2.0 / at_tau2.tr_pp).sqrt()),
    }
}
