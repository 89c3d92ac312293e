//! Minimum of a function of a few variables without derivatives.

/// Nelder-Mead simplex (Nelder & Mead 1965, doi 10.1093/comjnl/7.4.308), restarted from its best point until it
/// gains nothing more.
pub(super) fn minimise(start: &[f64], f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let mut best = start.to_vec();
    let mut value = f(&best);
    for round in 0..8 {
        let step = if round == 0 { 0.5 } else { 0.05 };
        let (next, lower) = once(&best, step, &f);
        let gain = value - lower;
        if lower <= value {
            best = next;
            value = lower;
        }
        if round > 0 && (gain <= 1e-12 * (1.0 + value.abs()) || !gain.is_finite()) {
            break;
        }
    }
    best
}

fn once(start: &[f64], step: f64, f: &impl Fn(&[f64]) -> f64) -> (Vec<f64>, f64) {
    let n = start.len();
    let mut points: Vec<(Vec<f64>, f64)> = (0..=n)
        .map(|k| {
            let mut x = start.to_vec();
            if k > 0 {
                x[k - 1] += step;
            }
            let v = f(&x);
            (x, v)
        })
        .collect();
    for _ in 0..400 * n.max(1) {
        points.sort_by(|a, b| a.1.total_cmp(&b.1));
        let spread = (points[n].1 - points[0].1).abs();
        let width = (0..n)
            .map(|i| points.iter().map(|p| (p.0[i] - points[0].0[i]).abs()).fold(0.0, f64::max))
            .fold(0.0, f64::max);
        if spread <= 1e-14 * (1.0 + points[0].1.abs()) && width <= 1e-9 {
            break;
        }
        let centre: Vec<f64> =
            (0..n).map(|i| points[..n].iter().map(|p| p.0[i]).sum::<f64>() / n as f64).collect();
        let along = |t: f64| -> (Vec<f64>, f64) {
            let x: Vec<f64> = centre.iter().zip(&points[n].0).map(|(c, w)| c + t * (c - w)).collect();
            let v = f(&x);
            (x, v)
        };
        let reflected = along(1.0);
        if reflected.1 < points[0].1 {
            let expanded = along(2.0);
            points[n] = if expanded.1 < reflected.1 { expanded } else { reflected };
        } else if reflected.1 < points[n - 1].1 {
            points[n] = reflected;
        } else {
            let contracted = if reflected.1 < points[n].1 { along(0.5) } else { along(-0.5) };
            if contracted.1 < reflected.1.min(points[n].1) {
                points[n] = contracted;
            } else {
                let anchor = points[0].0.clone();
                for p in &mut points[1..] {
                    for (x, a) in p.0.iter_mut().zip(&anchor) {
                        *x = 0.5 * (*x + a);
                    }
                    p.1 = f(&p.0);
                }
            }
        }
    }
    points.sort_by(|a, b| a.1.total_cmp(&b.1));
    points.swap_remove(0)
}
