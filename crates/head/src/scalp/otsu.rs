//! Otsu's threshold (IEEE Trans. Syst. Man Cybern. 1979;9:62–66).

/// The grey value that maximises the variance between the two classes it makes, from a histogram of 256 bins.
///
/// Returns `None` where there are fewer than two different finite values.
pub fn threshold(data: &[f32]) -> Option<f64> {
    const BINS: usize = 256;
    let (lo, hi) =
        data.iter().filter(|v| v.is_finite()).fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), &v| {
            (lo.min(f64::from(v)), hi.max(f64::from(v)))
        });
    if hi.partial_cmp(&lo) != Some(std::cmp::Ordering::Greater) {
        return None;
    }
    let width = (hi - lo) / BINS as f64;
    let mut histogram = [0_u64; BINS];
    for v in data.iter().filter(|v| v.is_finite()) {
        let bin = ((f64::from(*v) - lo) / width) as usize;
        histogram[bin.min(BINS - 1)] += 1;
    }
    let total: f64 = histogram.iter().map(|&n| n as f64).sum();
    let mean: f64 = histogram.iter().enumerate().map(|(b, &n)| b as f64 * n as f64).sum::<f64>() / total;
    let (mut below, mut sum) = (0.0, 0.0);
    let (mut first, mut last, mut most) = (0, 0, f64::NEG_INFINITY);
    for (b, &n) in histogram.iter().enumerate().take(BINS - 1) {
        below += n as f64;
        sum += b as f64 * n as f64;
        let w = below / total;
        if w <= 0.0 || w >= 1.0 {
            continue;
        }
        let d = mean * w - sum / total;
        let between = d * d / (w * (1.0 - w));
        // Between two well separated peaks every bin is as good: take the middle of the plateau.
        if between > most * (1.0 + 1e-12) {
            (first, last, most) = (b, b, between);
        } else if between >= most * (1.0 - 1e-12) {
            last = b;
        }
    }
    Some(lo + width * ((first + last) as f64 / 2.0 + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_peaks_are_parted_between_them() {
        let mut data = vec![10.0_f32; 600];
        data.extend(vec![90.0_f32; 400]);
        data.push(f32::NAN);
        let t = threshold(&data).unwrap();
        assert!((45.0..55.0).contains(&t), "{t}");
    }

    #[test]
    fn one_value_has_no_threshold() {
        assert_eq!(threshold(&[3.0; 9]), None);
        assert_eq!(threshold(&[]), None);
        assert_eq!(threshold(&[f32::NAN]), None);
    }

    /// The definition itself: no threshold at a bin border gives a larger variance between the classes.
    #[test]
    fn it_is_the_best_of_all_thresholds() {
        let data: Vec<f32> = (0..500).map(|i| ((i * i) % 256) as f32).collect();
        let between = |t: f64| {
            let (a, b): (Vec<f64>, Vec<f64>) = data.iter().map(|&v| f64::from(v)).partition(|&v| v < t);
            if a.is_empty() || b.is_empty() {
                return 0.0;
            }
            let m = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
            (a.len() * b.len()) as f64 * (m(&a) - m(&b)).powi(2)
        };
        let t = between(threshold(&data).unwrap());
        for k in 1..256 {
            assert!(between(f64::from(k)) <= t * 1.02);
        }
    }
}
