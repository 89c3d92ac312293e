//! Axes: limits, ticks at round numbers, linear or logarithmic.

use super::number;

/// A scale from values to px.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    /// Logarithmic.
    pub(super) log: bool,
    /// Limits on the scale of the values.
    pub(super) limits: [f64; 2],
    /// Position of the limits in px.
    pub(super) px: [f64; 2],
}

impl Axis {
    fn on(&self, x: f64) -> f64 {
        if self.log { libm::log(x.max(f64::MIN_POSITIVE)) } else { x }
    }

    /// Position of a value.
    pub(super) fn at(&self, x: f64) -> f64 {
        let (a, b) = (self.on(self.limits[0]), self.on(self.limits[1]));
        let share = if b > a { (self.on(x) - a) / (b - a) } else { 0.5 };
        self.px[0] + share * (self.px[1] - self.px[0])
    }

    /// Position of a value, kept within the axis.
    pub(super) fn clamped(&self, x: f64) -> f64 {
        let (lo, hi) = (self.px[0].min(self.px[1]), self.px[0].max(self.px[1]));
        self.at(x).clamp(lo, hi)
    }

    pub(super) fn contains(&self, x: f64) -> bool {
        (self.limits[0]..=self.limits[1]).contains(&x)
    }

    /// Round values inside the limits, at most `most`, with their texts.
    pub(super) fn ticks(&self, most: usize) -> Vec<(f64, String)> {
        if self.log { self.log_ticks(most) } else { self.linear_ticks(most) }
    }

    fn linear_ticks(&self, most: usize) -> Vec<(f64, String)> {
        let span = self.limits[1] - self.limits[0];
        if !(span > 0.0 && span.is_finite()) {
            return vec![(self.limits[0], number(self.limits[0], 2))];
        }
        let mut exponent = libm::floor(libm::log10(span / most.max(1) as f64)) as i32 - 1;
        loop {
            for step in [1.0, 2.0, 5.0] {
                let unit = step * libm::pow(10.0, f64::from(exponent));
                let first = libm::ceil(self.limits[0] / unit - 1e-9);
                let last = libm::floor(self.limits[1] / unit + 1e-9);
                if last - first < most as f64 {
                    let decimals = usize::try_from(-exponent).unwrap_or(0);
                    let count = (last - first).max(-1.0) as i64;
                    return (0..=count)
                        .map(|i| {
                            let v = (first + i as f64) * unit;
                            (v, number(v, decimals))
                        })
                        .collect();
                }
            }
            exponent += 1;
        }
    }

    fn log_ticks(&self, most: usize) -> Vec<(f64, String)> {
        let low = libm::floor(libm::log10(self.limits[0])) as i32;
        let high = libm::ceil(libm::log10(self.limits[1])) as i32;
        let sets: [&[f64]; 4] = [
            &[1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0],
            &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
            &[1.0, 2.0, 5.0],
            &[1.0],
        ];
        for set in sets {
            let values: Vec<f64> = (low..=high)
                .flat_map(|e| set.iter().map(move |s| s * libm::pow(10.0, f64::from(e))))
                .filter(|v| self.contains(*v))
                .collect();
            if values.len() <= most && values.len() >= 2 {
                return values.into_iter().map(|v| (v, plain(v))).collect();
            }
        }
        // Very wide: decades, thinned. Very narrow: no round value inside; mark the ends.
        let decades: Vec<i32> =
            (low..=high).filter(|e| self.contains(libm::pow(10.0, f64::from(*e)))).collect();
        if decades.len() >= 2 {
            let every = decades.len().div_ceil(most.max(1));
            return decades
                .into_iter()
                .step_by(every)
                .map(|e| {
                    let v = libm::pow(10.0, f64::from(e));
                    (v, plain(v))
                })
                .collect();
        }
        self.linear_ticks(most.min(4))
    }
}

/// A round number without superfluous zeros.
fn plain(v: f64) -> String {
    if !(1e-4..1e6).contains(&v) {
        return format!("{v:e}");
    }
    let decimals = (2.0 - libm::floor(libm::log10(v))).max(0.0) as usize;
    let text = format!("{v:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Limits that hold all values, widened by a share on both sides (on the logarithmic scale for ratios).
pub(super) fn hull(values: impl Iterator<Item = f64>, log: bool, margin: f64) -> [f64; 2] {
    let on = |x: f64| if log { libm::log(x.max(f64::MIN_POSITIVE)) } else { x };
    let (mut lo, mut hi) = (f64::INFINITY, f64::NEG_INFINITY);
    for v in values.filter(|v| v.is_finite()).map(on) {
        lo = lo.min(v);
        hi = hi.max(v);
    }
    if lo > hi {
        (lo, hi) = (0.0, 1.0);
    }
    let span = if hi > lo { hi - lo } else { (hi.abs() * 0.2).max(0.1) };
    let (lo, hi) = (lo - margin * span, hi + margin * span);
    if log { [libm::exp(lo), libm::exp(hi)] } else { [lo, hi] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(log: bool, lo: f64, hi: f64) -> Axis {
        Axis { log, limits: [lo, hi], px: [0.0, 100.0] }
    }

    fn texts(a: Axis, most: usize) -> Vec<String> {
        a.ticks(most).into_iter().map(|t| t.1).collect()
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(texts(axis(false, -1.1, 2.3), 5), ["−1", "0", "1", "2"]);
        assert_eq!(texts(axis(false, 0.0, 0.31), 5), ["0.0", "0.1", "0.2", "0.3"]);
        assert_eq!(texts(axis(true, 0.4, 6.0), 5), ["0.5", "1", "2", "5"]);
        for (log, lo, hi) in [
            (true, 1e-9, 1e12),
            (true, 1.01, 1.02),
            (false, 3.0, 3.0),
            (false, -1e300, 1e300),
            (false, 1e-12, 2e-12),
        ] {
            let t = axis(log, lo, hi).ticks(6);
            assert!(!t.is_empty() && t.len() <= 7, "{lo} {hi}: {t:?}");
        }
    }

    #[test]
    fn positions() {
        let a = axis(true, 0.1, 10.0);
        assert!((a.at(1.0) - 50.0).abs() < 1e-9 && a.clamped(100.0) == 100.0);
        let [lo, hi] = hull([1.0, 4.0].into_iter(), true, 0.5);
        assert!((lo - 0.5).abs() < 1e-9 && (hi - 8.0).abs() < 1e-9);
    }
}
