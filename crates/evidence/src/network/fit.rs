//! Network meta-analysis: common and random effects, heterogeneity, intervals.

use nalgebra::DMatrix;

use super::data::{Network, Note};
use super::error::NetworkError;
use super::model::{Design, Solution, solve};
use super::tau2::{Problem, TauEstimator, estimate, q_profile};
use crate::dist::{ChiSquared, Normal, StudentT};
use crate::pairwise::i_squared_interval;

/// Distribution behind a prediction interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PredictionDf {
    /// Student's t with the degrees of freedom of Q, Σ(arms − 1) − (treatments − 1);
    /// no interval if there are none.
    OfQ,
    /// Student's t with these degrees of freedom.
    StudentT(f64),
    /// The normal distribution.
    Normal,
}

/// How a network is analysed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Estimator of the between-trial variance.
    pub estimator: TauEstimator,
    /// Confidence level, such as 0.95.
    pub level: f64,
    /// Distribution of the prediction interval.
    pub prediction: PredictionDf,
}

impl Default for Options {
    /// REML, 95 %, prediction by t with the degrees of freedom of Q.
    fn default() -> Self {
        Self { estimator: TauEstimator::Reml, level: 0.95, prediction: PredictionDf::OfQ }
    }
}

/// A chi-squared test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquaredTest {
    /// The statistic.
    pub q: f64,
    /// Degrees of freedom.
    pub df: usize,
    /// p-value; none without degrees of freedom.
    pub p: Option<f64>,
}

impl ChiSquaredTest {
    pub(crate) fn new(q: f64, df: usize) -> Self {
        let p = if df == 0 { None } else { ChiSquared::new(df as f64).ok().map(|d| d.sf(q)) };
        Self { q: if df == 0 { 0.0 } else { q }, df, p }
    }
}

/// One estimated comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Effect of the first treatment minus effect of the second.
    pub te: f64,
    /// Its standard error.
    pub se: f64,
    /// Lower confidence limit.
    pub lower: f64,
    /// Upper confidence limit.
    pub upper: f64,
    /// te / se.
    pub z: f64,
    /// Two-sided p-value, normal.
    pub p: f64,
}

impl Comparison {
    pub(crate) fn new(te: f64, se: f64, level: f64) -> Self {
        let q = Normal::STANDARD.quantile_upper((1.0 - level) / 2.0);
        let z = te / se;
        Self { te, se, lower: te - q * se, upper: te + q * se, z, p: 2.0 * Normal::STANDARD.sf(z.abs()) }
    }
}

/// All comparisons of a network for one between-trial variance.
#[derive(Debug, Clone)]
pub struct Estimates {
    /// The between-trial variance τ² (0: common effect).
    pub tau2: f64,
    /// Effects of the treatments, centred: only differences have a meaning.
    pub effects: Vec<f64>,
    /// Confidence level of the intervals.
    pub level: f64,
    pub(crate) plus: DMatrix<f64>,
    quantile: f64,
}

impl Estimates {
    pub(crate) fn new(solution: &Solution, tau2: f64, level: f64) -> Self {
        Self {
            tau2,
            effects: solution.effects.clone(),
            level,
            plus: solution.plus.clone(),
            quantile: Normal::STANDARD.quantile_upper((1.0 - level) / 2.0),
        }
    }

    /// Effect of treatment `i` minus effect of treatment `j`.
    #[must_use]
    pub fn te(&self, i: usize, j: usize) -> f64 {
        self.effects[i] - self.effects[j]
    }

    /// Variance of [`Self::te`]: the effective resistance between the two.
    #[must_use]
    pub fn variance(&self, i: usize, j: usize) -> f64 {
        (self.plus[(i, i)] + self.plus[(j, j)] - self.plus[(i, j)] - self.plus[(j, i)]).max(0.0)
    }

    /// Standard error of [`Self::te`].
    #[must_use]
    pub fn se(&self, i: usize, j: usize) -> f64 {
        self.variance(i, j).sqrt()
    }

    /// The comparison of two different treatments; none for a treatment with itself.
    #[must_use]
    pub fn comparison(&self, i: usize, j: usize) -> Option<Comparison> {
        if i == j {
            return None;
        }
        let (te, se) = (self.te(i, j), self.se(i, j));
        let z = te / se;
        Some(Comparison {
            te,
            se,
            lower: te - self.quantile * se,
            upper: te + self.quantile * se,
            z,
            p: 2.0 * Normal::STANDARD.sf(z.abs()),
        })
    }
}

/// The result of a network meta-analysis.
#[derive(Debug, Clone)]
pub struct NetworkFit {
    /// Treatments in the order of all indices.
    pub treatments: Vec<String>,
    /// Common-effect estimates.
    pub common: Estimates,
    /// Random-effects estimates.
    pub random: Estimates,
    /// How τ² was found.
    pub estimator: TauEstimator,
    /// Total heterogeneity and inconsistency, common-effect weights.
    pub q: ChiSquaredTest,
    /// I² = max(0, (Q − df)/Q), a fraction (Higgins & Thompson 2002, doi 10.1002/sim.1186); none without df.
    pub i2: Option<f64>,
    /// Test-based confidence interval of I² (same paper); none with fewer than two df.
    pub i2_interval: Option<(f64, f64)>,
    /// Distribution of the prediction intervals.
    pub prediction: PredictionDf,
    /// Remarks on the data.
    pub notes: Vec<Note>,
}

impl NetworkFit {
    /// Interval in which the true difference of treatments `i` and `j` in a new
    /// trial is expected: te ± q √(se² + τ²), q from [`NetworkFit::prediction`]
    /// (Riley, Higgins & Deeks 2011, doi 10.1136/bmj.d549).
    ///
    /// None for a treatment with itself or when there are no degrees of freedom.
    #[must_use]
    pub fn prediction_interval(&self, i: usize, j: usize) -> Option<(f64, f64)> {
        if i == j {
            return None;
        }
        let tail = (1.0 - self.random.level) / 2.0;
        let q = match self.prediction {
            PredictionDf::Normal => Normal::STANDARD.quantile_upper(tail),
            PredictionDf::StudentT(df) => StudentT::new(df).ok()?.quantile_upper(tail),
            PredictionDf::OfQ => StudentT::new(self.q.df as f64).ok()?.quantile_upper(tail),
        };
        let half = q * (self.random.variance(i, j) + self.random.tau2).sqrt();
        let te = self.random.te(i, j);
        Some((te - half, te + half))
    }
}

impl Network {
    /// Degrees of freedom of Q: Σ(arms − 1) − (treatments − 1), for a connected network.
    #[must_use]
    pub fn degrees_of_freedom(&self) -> usize {
        let rows: usize = self.trials.iter().map(|t| t.rows.len()).sum();
        (rows + 1).saturating_sub(self.treatments.len())
    }

    /// Q-profile interval of the between-trial variance (Viechtbauer 2007, doi 10.1002/sim.2514); `None` without degrees
    /// of freedom of Q.
    ///
    /// # Errors
    /// As [`Network::fit`].
    pub fn tau2_interval(&self, level: f64) -> Result<Option<(f64, f64)>, NetworkError> {
        check_level(level)?;
        self.check_connected()?;
        let design = Design::Treatments(self.treatments.len());
        q_profile(Problem { trials: &self.trials, design, df: self.degrees_of_freedom() }, level)
    }

    /// Analyses the network by generalised least squares on the graph of its treatments
    /// (Rücker 2012, doi 10.1002/jrsm.1058).
    ///
    /// # Errors
    /// [`NetworkError::Disconnected`] with the parts by name; a parameter out of range; a singular system.
    pub fn fit(&self, options: &Options) -> Result<NetworkFit, NetworkError> {
        check_level(options.level)?;
        if let PredictionDf::StudentT(df) = options.prediction
            && !(df.is_finite() && df > 0.0)
        {
            return Err(NetworkError::Parameter {
                name: "prediction df",
                value: df,
                problem: "must be above zero",
            });
        }
        self.check_connected()?;
        let df = self.degrees_of_freedom();
        let design = Design::Treatments(self.treatments.len());
        let at_zero = solve(design, self.trials.iter(), 0.0)?;
        let tau2 = estimate(Problem { trials: &self.trials, design, df }, options.estimator)?;
        let at_tau2 = solve(design, self.trials.iter(), tau2)?;
        Ok(NetworkFit {
            treatments: self.treatments.clone(),
            common: Estimates::new(&at_zero, 0.0, options.level),
            random: Estimates::new(&at_tau2, tau2, options.level),
            estimator: options.estimator,
            q: ChiSquaredTest::new(at_zero.q, df),
            i2: (df > 0).then(|| i_squared(at_zero.q, df)),
            i2_interval: i_squared_interval(at_zero.q, df as f64, options.level),
            prediction: options.prediction,
            notes: self.notes.clone(),
        })
    }
}

pub(crate) fn check_level(level: f64) -> Result<(), NetworkError> {
    if level > 0.0 && level < 1.0 {
        Ok(())
    } else {
        Err(NetworkError::Parameter { name: "level", value: level, problem: "must lie between 0 and 1" })
    }
}

fn i_squared(q: f64, df: usize) -> f64 {
    if q > 0.0 { ((q - df as f64) / q).max(0.0) } else { 0.0 }
}
