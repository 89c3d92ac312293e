//! Likelihood of a mixed model, its derivatives in the variances, and predictions, group by group.

use std::collections::BTreeMap;

use nalgebra::{DMatrix, DVector};

use super::MixedModel;

struct Group {
    label: String,
    y: DVector<f64>,
    x: DMatrix<f64>,
    z: DMatrix<f64>,
}

/// The rows of the model by group.
pub(super) struct Groups {
    groups: Vec<Group>,
    rows: usize,
}

/// Residual variance and covariance of the random effects.
#[derive(Debug, Clone)]
pub(super) struct Variances {
    pub(super) sigma2: f64,
    pub(super) g: DMatrix<f64>,
}

/// What inference needs. Variance parameters are σ² and the free entries of G; V_r is the derivative of V.
pub(super) struct Terms {
    pub(super) beta: DVector<f64>,
    /// (X'V⁻¹X)⁻¹.
    pub(super) phi: DMatrix<f64>,
    /// X'V⁻¹V_rV⁻¹X.
    pub(super) slopes: Vec<DMatrix<f64>>,
    /// X'V⁻¹V_rV⁻¹V_sV⁻¹X, row by row.
    pub(super) second: Vec<DMatrix<f64>>,
    /// tr(PV_rPV_s): twice the expected restricted information.
    pub(super) expected: DMatrix<f64>,
    /// Observed information of the restricted likelihood.
    pub(super) observed_restricted: DMatrix<f64>,
    /// Observed information of the likelihood with β profiled out.
    pub(super) observed: DMatrix<f64>,
    /// Gradient of the restricted log-likelihood.
    gradient_restricted: DVector<f64>,
    /// Gradient of the log-likelihood.
    gradient: DVector<f64>,
    /// tr(V⁻¹V_rV⁻¹V_s).
    expected_full: DMatrix<f64>,
}

/// The free entries of G.
fn entries(q: usize, diagonal: bool) -> Vec<(usize, usize)> {
    (0..q).flat_map(|j| (j..q).map(move |i| (i, j))).filter(|(i, j)| !diagonal || i == j).collect()
}

impl Groups {
    pub(super) fn new(model: &MixedModel) -> Self {
        let mut index: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (i, g) in model.group.iter().enumerate() {
            index.entry(g).or_default().push(i);
        }
        let groups = index
            .into_iter()
            .map(|(label, rows)| Group {
                label: label.to_string(),
                y: DVector::from_fn(rows.len(), |i, _| model.y[rows[i]]),
                x: DMatrix::from_fn(rows.len(), model.fixed.len(), |i, j| model.fixed[j].values[rows[i]]),
                z: DMatrix::from_fn(rows.len(), model.random.len(), |i, j| model.random[j].values[rows[i]]),
            })
            .collect();
        Self { groups, rows: model.y.len() }
    }

    pub(super) fn len(&self) -> usize {
        self.groups.len()
    }

    /// −2 log-likelihood with β and σ² profiled out, for G = σ² Λ Λ', and that σ².
    pub(super) fn profile(&self, lambda: &DMatrix<f64>, restricted: bool) -> Option<(f64, f64)> {
        let p = self.groups.first()?.x.ncols();
        let q = lambda.nrows();
        let mut normal = DMatrix::<f64>::zeros(p, p);
        let mut right = DVector::<f64>::zeros(p);
        let mut square = 0.0;
        let mut ln_det = 0.0;
        for g in &self.groups {
            // V/σ² = I + ZΛΛ'Z'; its inverse by the small matrix I + Λ'Z'ZΛ.
            let zl = &g.z * lambda;
            let small = DMatrix::identity(q, q) + zl.transpose() * &zl;
            let cholesky = small.cholesky()?;
            ln_det += 2.0 * cholesky.l_dirty().diagonal().iter().map(|d| libm::log(*d)).sum::<f64>();
            let (zx, zy) = (zl.transpose() * &g.x, zl.transpose() * &g.y);
            let (wx, wy) = (cholesky.solve(&zx), cholesky.solve(&zy));
            normal += g.x.transpose() * &g.x - zx.transpose() * wx;
            right += g.x.transpose() * &g.y - zx.transpose() * &wy;
            square += g.y.norm_squared() - zy.dot(&wy);
        }
        let scale = normal.diagonal().max();
        let cholesky = normal.cholesky()?;
        let diagonal = cholesky.l_dirty().diagonal();
        if diagonal.iter().any(|d| d * d <= 1e-13 * scale) {
            return None;
        }
        let beta = cholesky.solve(&right);
        let rss = square - right.dot(&beta);
        let df = (self.rows - if restricted { p } else { 0 }) as f64;
        let mut deviance = ln_det + df * (1.0 + libm::log(2.0 * std::f64::consts::PI * rss / df));
        if restricted {
            deviance += 2.0 * diagonal.iter().map(|d| libm::log(*d)).sum::<f64>();
        }
        Some((deviance, rss / df))
    }

    /// (Restricted) log-likelihood.
    pub(super) fn ln_likelihood(&self, v: &Variances, restricted: bool) -> Option<f64> {
        let mut total = 0.0;
        let p = self.groups.first()?.x.ncols();
        let mut normal = DMatrix::<f64>::zeros(p, p);
        let mut right = DVector::<f64>::zeros(p);
        let mut square = 0.0;
        for g in &self.groups {
            let cholesky = covariance(g, v).cholesky()?;
            total += 2.0 * cholesky.l_dirty().diagonal().iter().map(|d| libm::log(*d)).sum::<f64>();
            let (wx, wy) = (cholesky.solve(&g.x), cholesky.solve(&g.y));
            normal += g.x.transpose() * wx;
            right += g.x.transpose() * &wy;
            square += g.y.dot(&wy);
        }
        let cholesky = normal.cholesky()?;
        if restricted {
            total += 2.0 * cholesky.l_dirty().diagonal().iter().map(|d| libm::log(*d)).sum::<f64>();
        }
        total += square - right.dot(&cholesky.solve(&right));
        let df = (self.rows - if restricted { p } else { 0 }) as f64;
        Some(-0.5 * (total + df * libm::log(2.0 * std::f64::consts::PI)))
    }

    /// Everything that inference and scoring need at given variances.
    pub(super) fn terms(&self, v: &Variances, diagonal: bool) -> Option<Terms> {
        let p = self.groups.first()?.x.ncols();
        let free = entries(v.g.nrows(), diagonal);
        let r = free.len() + 1;
        let mut normal = DMatrix::<f64>::zeros(p, p);
        let mut right = DVector::<f64>::zeros(p);
        let mut parts = Vec::with_capacity(self.groups.len());
        for g in &self.groups {
            let inverse = covariance(g, v).cholesky()?.inverse();
            let wx = &inverse * &g.x;
            normal += g.x.transpose() * &wx;
            right += wx.transpose() * &g.y;
            parts.push((inverse, wx));
        }
        let cholesky = normal.cholesky()?;
        let beta = cholesky.solve(&right);
        let phi = cholesky.inverse();
        let mut slopes = vec![DMatrix::<f64>::zeros(p, p); r];
        let mut second = vec![DMatrix::<f64>::zeros(p, p); r * r];
        let mut traces = DVector::<f64>::zeros(r);
        let mut expected_full = DMatrix::<f64>::zeros(r, r);
        let mut data = DVector::<f64>::zeros(r);
        let mut curve = DMatrix::<f64>::zeros(r, r);
        let mut cross = vec![DVector::<f64>::zeros(p); r];
        for (g, (inverse, wx)) in self.groups.iter().zip(&parts) {
            let e = inverse * (&g.y - &g.x * &beta);
            let derivative: Vec<DMatrix<f64>> = (0..r).map(|k| derivative(g, k, &free)).collect();
            let wd: Vec<DMatrix<f64>> = derivative.iter().map(|d| inverse * d).collect();
            let de: Vec<DVector<f64>> = derivative.iter().map(|d| d * &e).collect();
            for a in 0..r {
                traces[a] += wd[a].trace();
                data[a] += e.dot(&de[a]);
                let dwx = &derivative[a] * wx;
                slopes[a] += wx.transpose() * &dwx;
                cross[a] += wx.transpose() * &de[a];
                let w_de = inverse * &de[a];
                for b in 0..r {
                    expected_full[(a, b)] += wd[a].component_mul(&wd[b].transpose()).sum();
                    curve[(a, b)] += w_de.dot(&de[b]);
                    second[a * r + b] += dwx.transpose() * inverse * &derivative[b] * wx;
                }
            }
        }
        let mut expected = expected_full.clone();
        let mut observed = DMatrix::zeros(r, r);
        let mut observed_restricted = DMatrix::zeros(r, r);
        let mut gradient = DVector::zeros(r);
        let mut gradient_restricted = DVector::zeros(r);
        for a in 0..r {
            gradient[a] = 0.5 * (data[a] - traces[a]);
            gradient_restricted[a] = gradient[a] + 0.5 * (&phi * &slopes[a]).trace();
            for b in 0..r {
                expected[(a, b)] += -2.0 * (&phi * &second[a * r + b]).trace()
                    + (&phi * &slopes[a] * &phi * &slopes[b]).trace();
                let ypvpvpy = curve[(a, b)] - (cross[a].transpose() * &phi * &cross[b])[(0, 0)];
                observed[(a, b)] = ypvpvpy - 0.5 * expected_full[(a, b)];
                observed_restricted[(a, b)] = ypvpvpy - 0.5 * expected[(a, b)];
            }
        }
        Some(Terms {
            beta,
            phi,
            slopes,
            second,
            expected,
            observed_restricted,
            observed,
            gradient_restricted,
            gradient,
            expected_full,
        })
    }

    /// Fisher scoring from a point close to an inner maximum; returns the start if it leads nowhere better.
    pub(super) fn polish(&self, start: Variances, diagonal: bool, restricted: bool) -> Variances {
        let Some(first) = self.ln_likelihood(&start, restricted) else { return start };
        let slack = 1e-9 * (1.0 + first.abs());
        let free = entries(start.g.nrows(), diagonal);
        let mut now = start.clone();
        for _ in 0..60 {
            let Some(t) = self.terms(&now, diagonal) else { return start };
            let (information, gradient) = if restricted {
                (0.5 * &t.expected, &t.gradient_restricted)
            } else {
                (0.5 * &t.expected_full, &t.gradient)
            };
            let Some(step) = information.lu().solve(gradient) else { return start };
            let mut next = now.clone();
            next.sigma2 += step[0];
            for (k, &(i, j)) in free.iter().enumerate() {
                next.g[(i, j)] += step[k + 1];
                if i != j {
                    next.g[(j, i)] += step[k + 1];
                }
            }
            let inside = next.sigma2 > 0.0 && next.g.clone().cholesky().is_some();
            if !inside {
                return start;
            }
            let size = next.sigma2.max(next.g.diagonal().max());
            let moved = step.iter().fold(0.0_f64, |a, s| a.max(s.abs()));
            now = next;
            if moved <= 1e-15 * size {
                break;
            }
        }
        match self.ln_likelihood(&now, restricted) {
            Some(last) if last >= first - slack => now,
            _ => start,
        }
    }

    /// Predicted random effects G Z'V⁻¹(y − Xβ) of each group.
    pub(super) fn predict(&self, v: &Variances, beta: &DVector<f64>) -> BTreeMap<String, Vec<f64>> {
        self.groups
            .iter()
            .filter_map(|g| {
                let e = covariance(g, v).cholesky()?.solve(&(&g.y - &g.x * beta));
                let b = &v.g * g.z.transpose() * e;
                Some((g.label.clone(), b.iter().copied().collect()))
            })
            .collect()
    }
}

fn covariance(g: &Group, v: &Variances) -> DMatrix<f64> {
    let n = g.y.len();
    &g.z * &v.g * g.z.transpose() + DMatrix::identity(n, n) * v.sigma2
}

/// Derivative of V in the k-th parameter.
fn derivative(g: &Group, k: usize, free: &[(usize, usize)]) -> DMatrix<f64> {
    let n = g.y.len();
    if k == 0 {
        return DMatrix::identity(n, n);
    }
    let (i, j) = free[k - 1];
    let outer = g.z.column(i) * g.z.column(j).transpose();
    if i == j { outer } else { &outer + outer.transpose() }
}
