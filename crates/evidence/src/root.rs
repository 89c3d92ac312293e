//! Roots of functions of one variable.

/// Root of `f` between `left` and `right`, given as (x, f(x)) with f of opposite sign, to the last digits
/// (Brent 1973, Algorithms for Minimization without Derivatives, ch. 4).
pub(crate) fn brent<Error>(
    left: (f64, f64),
    right: (f64, f64),
    mut f: impl FnMut(f64) -> Result<f64, Error>,
) -> Result<f64, Error> {
    let (mut a, mut fa) = left;
    let (mut b, mut fb) = right;
    let (mut c, mut fc) = (a, fa);
    let mut d = b - a;
    let mut e = d;
    for _ in 0..300 {
        if fb.abs() > fc.abs() {
            (a, fa) = (b, fb);
            (b, fb) = (c, fc);
            (c, fc) = (a, fa);
        }
        let tolerance = 2.0 * f64::EPSILON * b.abs() + f64::MIN_POSITIVE;
        let m = 0.5 * (c - b);
        if m.abs() <= tolerance || fb == 0.0 {
            break;
        }
        if e.abs() >= tolerance && fa.abs() > fb.abs() {
            let s = fb / fa;
            let (mut p, mut q) = if a == c {
                (2.0 * m * s, 1.0 - s)
            } else {
                let q = fa / fc;
                let r = fb / fc;
                (s * (2.0 * m * q * (q - r) - (b - a) * (r - 1.0)), (q - 1.0) * (r - 1.0) * (s - 1.0))
            };
            if p > 0.0 {
                q = -q;
            } else {
                p = -p;
            }
            if 2.0 * p < (3.0 * m * q - (tolerance * q).abs()).min((e * q).abs()) {
                e = d;
                d = p / q;
            } else {
                d = m;
                e = m;
            }
        } else {
            d = m;
            e = m;
        }
        (a, fa) = (b, fb);
        b += if d.abs() > tolerance { d } else { tolerance.copysign(m) };
        fb = f(b)?;
        if (fb > 0.0) == (fc > 0.0) {
            (c, fc) = (a, fa);
            d = b - a;
            e = d;
        }
    }
    Ok(b)
}

#[cfg(test)]
mod tests {
    use super::brent;
    use std::convert::Infallible;

    #[test]
    fn finds_roots_to_the_last_digits() {
        let Ok(x) = brent((0.0, -2.0), (3.0, 7.0), |x| Ok::<_, Infallible>(x * x - 2.0));
        assert!((x - std::f64::consts::SQRT_2).abs() < 4e-16);
        let Ok(x) = brent((-5.0, -125.0), (3.0, 27.0), |x: f64| Ok::<_, Infallible>(x * x * x));
        assert!(x.abs() < 1e-5);
    }
}
