//! Minimising a function of a dozen numbers without derivatives.

/// Lowers `f` from `x` by pattern search (Hooke & Jeeves, J. ACM 1961;8:212–229): every coordinate is tried up and
/// down by its step; a round that helped is repeated as one long move; steps are halved when nothing helps.
///
/// `steps` are the first steps, one a coordinate; a step of 0 holds the coordinate. Ends after `halvings` halvings or
/// `most` evaluations, and returns the value reached. The order of trials is fixed, so equal inputs give equal results.
pub fn minimise(
    x: &mut [f64],
    steps: &[f64],
    halvings: u32,
    most: usize,
    mut f: impl FnMut(&[f64]) -> f64,
) -> f64 {
    let n = x.len().min(steps.len());
    let mut steps: Vec<f64> = steps[..n].to_vec();
    let mut best = f(x);
    let mut calls = 1;
    let mut halved = 0;
    let mut base = x.to_vec();
    while halved <= halvings && calls < most {
        let before = best;
        explore(x, &steps, &mut best, &mut calls, &mut f);
        if best < before {
            // The way of this round once more, as long as it helps.
            while calls < most {
                let mut ahead: Vec<f64> = x.iter().zip(&base).map(|(now, then)| 2.0 * now - then).collect();
                let mut value = f(&ahead);
                calls += 1;
                explore(&mut ahead, &steps, &mut value, &mut calls, &mut f);
                if value >= best {
                    break;
                }
                base.copy_from_slice(x);
                x.copy_from_slice(&ahead);
                best = value;
            }
            base.copy_from_slice(x);
        } else {
            steps.iter_mut().for_each(|s| *s /= 2.0);
            halved += 1;
        }
    }
    best
}

fn explore(
    x: &mut [f64],
    steps: &[f64],
    best: &mut f64,
    calls: &mut usize,
    f: &mut impl FnMut(&[f64]) -> f64,
) {
    for (i, &step) in steps.iter().enumerate() {
        if step == 0.0 {
            continue;
        }
        let here = x[i];
        for sign in [1.0, -1.0] {
            x[i] = here + sign * step;
            let value = f(x);
            *calls += 1;
            if value < *best {
                *best = value;
                break;
            }
            x[i] = here;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilted_valley_is_followed_to_its_end() {
        let mut x = [5.0, -7.0, 2.0];
        let f = |x: &[f64]| {
            (x[0] + x[1] - 1.0) * (x[0] + x[1] - 1.0) * 10.0
                + (x[0] - x[1] - 3.0) * (x[0] - x[1] - 3.0)
                + (x[2] - 4.0) * (x[2] - 4.0)
        };
        let value = minimise(&mut x, &[1.0; 3], 20, 100_000, f);
        assert!(value < 1e-8, "{value} at {x:?}");
        assert!((x[0] - 2.0).abs() < 1e-3 && (x[1] + 1.0).abs() < 1e-3);
    }

    #[test]
    fn a_step_of_zero_holds_a_coordinate() {
        let mut x = [5.0, 5.0];
        minimise(&mut x, &[1.0, 0.0], 10, 1000, |x| x[0] * x[0] + x[1] * x[1]);
        assert_eq!(x[1], 5.0);
        assert!(x[0].abs() < 1e-2);
    }

    #[test]
    fn a_function_without_a_value_ends() {
        let mut x = [1.0];
        assert!(minimise(&mut x, &[1.0], 5, 100, |_| f64::NAN).is_nan());
    }
}
