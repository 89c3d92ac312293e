//! The distributions against values computed with 60 digits (`tests/data/dist_reference.py`).

#![allow(clippy::unwrap_used)] // helpers of tests may panic

use baihui_evidence::dist::{Beta, ChiSquared, FisherF, Gamma, NoncentralT, Normal, StudentT};
use proptest::prelude::*;

/// Largest relative difference allowed.
const TOLERANCE: f64 = 1e-12;

/// One distribution behind the five functions, so that the table can be walked.
trait Five {
    fn call(&self, function: &str, x: f64) -> f64;
}

macro_rules! five {
    ($($t:ty),*) => {$(impl Five for $t {
        fn call(&self, function: &str, x: f64) -> f64 {
            match function {
                "cdf" => self.cdf(x),
                "sf" => self.sf(x),
                "pdf" => self.pdf(x),
                "ln_pdf" => self.ln_pdf(x),
                "quantile" => self.quantile(x),
                "quantile_upper" => self.quantile_upper(x),
                other => panic!("unknown function {other}"),
            }
        }
    })*};
}
five!(Normal, StudentT, ChiSquared, FisherF, Beta, Gamma, NoncentralT);

fn make(name: &str, a: f64, b: f64) -> Box<dyn Five> {
    match name {
        "normal" => Box::new(Normal::new(a, b).unwrap()),
        "student_t" => Box::new(StudentT::new(a).unwrap()),
        "chi_squared" => Box::new(ChiSquared::new(a).unwrap()),
        "fisher_f" => Box::new(FisherF::new(a, b).unwrap()),
        "beta" => Box::new(Beta::new(a, b).unwrap()),
        "noncentral_t" => Box::new(NoncentralT::new(a, b).unwrap()),
        other => panic!("unknown distribution {other}"),
    }
}

#[test]
fn every_reference_value_is_reproduced() {
    let table = include_str!("data/dist_reference.csv");
    let (mut count, mut worst, mut failures) = (0, (0.0, String::new()), Vec::new());
    for line in table.lines().skip(1) {
        let f: Vec<&str> = line.split(',').collect();
        let number = |i: usize| f[i].parse::<f64>().unwrap_or(0.0);
        let got = make(f[0], number(2), number(3)).call(f[1], number(4));
        let want = number(5);
        let relative = if want == 0.0 { got.abs() } else { ((got - want) / want).abs() };
        count += 1;
        if relative > worst.0 {
            worst = (relative, line.to_owned());
        }
        if relative.is_nan() || relative > TOLERANCE {
            failures.push(format!("{line}: got {got:e}, relative difference {relative:.2e}"));
        }
    }
    println!("dist: {count} values compared, worst relative difference {:.2e} ({})", worst.0, worst.1);
    assert!(count > 800, "the table is shorter than it should be: {count}");
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn gamma_of_half_df_and_scale_two_is_chi_squared() {
    for df in [0.7, 5.0, 300.0] {
        let (g, c) = (Gamma::new(df / 2.0, 2.0).unwrap(), ChiSquared::new(df).unwrap());
        for function in ["cdf", "sf", "pdf", "ln_pdf"] {
            assert_eq!(g.call(function, df * 1.2), c.call(function, df * 1.2));
        }
        assert_eq!(g.quantile(0.3), c.quantile(0.3));
    }
}

#[test]
fn arguments_outside_have_defined_answers() {
    let t = StudentT::new(4.0).unwrap();
    for bad in [-0.1, 1.1, f64::NAN] {
        assert!(t.quantile(bad).is_nan());
        assert!(ChiSquared::new(2.0).unwrap().quantile(bad).is_nan());
        assert!(FisherF::new(2.0, 3.0).unwrap().quantile_upper(bad).is_nan());
        assert!(NoncentralT::new(2.0, 3.0).unwrap().quantile_upper(bad).is_nan());
    }
    assert_eq!(t.quantile(1.0), f64::INFINITY);
    assert_eq!(t.quantile(0.0), f64::NEG_INFINITY);
    assert_eq!(ChiSquared::new(2.0).unwrap().quantile(1.0), f64::INFINITY);
    assert_eq!(ChiSquared::new(2.0).unwrap().cdf(-3.0), 0.0);
    assert_eq!(FisherF::new(2.0, 5.0).unwrap().sf(f64::INFINITY), 0.0);
    assert_eq!(Beta::new(2.0, 5.0).unwrap().cdf(1.5), 1.0);
    assert!(StudentT::new(f64::NAN).is_err());
    assert!(StudentT::new(0.0).is_err());
    assert!(Normal::new(0.0, -1.0).is_err());
    assert!(Beta::new(f64::INFINITY, 1.0).is_err());
}

#[test]
fn infinite_degrees_of_freedom_are_the_limits() {
    let z = Normal::STANDARD;
    let t = StudentT::new(f64::INFINITY).unwrap();
    assert_eq!(t.quantile(0.975), z.quantile(0.975));
    assert_eq!(t.sf(3.0), z.sf(3.0));
    let (f, c) = (FisherF::new(3.0, f64::INFINITY).unwrap(), ChiSquared::new(3.0).unwrap());
    assert_eq!(f.sf(2.5), c.sf(7.5));
}

proptest! {
    #[test]
    fn quantile_inverts_cdf(ln_df in -0.7f64..13.8, ln_df2 in -0.7f64..13.8, p in 1e-6f64..0.999_999) {
        let (d1, d2) = (ln_df.exp(), ln_df2.exp());
        for d in [make("student_t", d1, 0.0), make("chi_squared", d1, 0.0), make("fisher_f", d1, d2),
                  make("beta", d1, d2)] {
            let x = d.call("quantile", p);
            // The rounding of x itself moves the tail by density times x times half a unit.
            let slack = 1e-12 + d.call("pdf", x).min(1e12) * x.abs() * 4e-16;
            prop_assert!((d.call("cdf", x) - p).abs() < slack, "{d1} {d2} {p}: {x}");
            prop_assert!((d.call("cdf", x) + d.call("sf", x) - 1.0).abs() < 1e-13);
        }
    }

    #[test]
    fn f_with_one_numerator_df_is_t_squared(ln_df in -0.7f64..12.0, t in 0.01f64..30.0) {
        let df = ln_df.exp();
        let (a, b) = (FisherF::new(1.0, df).unwrap().sf(t * t), StudentT::new(df).unwrap().two_sided(t));
        // t * t is rounded: the tail sees at most half a unit in the last place times (1 + t^2).
        prop_assert!((a / b - 1.0).abs() < 1e-13 * (1.0 + t * t), "{} {}", a, b);
    }

    #[test]
    fn noncentral_t_mirrors(df in 0.6f64..300.0, delta in -6.0f64..6.0, x in -10.0f64..10.0) {
        let (a, b) = (NoncentralT::new(df, delta).unwrap().cdf(x), NoncentralT::new(df, -delta).unwrap().sf(-x));
        prop_assert!((a - b).abs() <= 1e-13 * a.abs().max(1e-200));
    }
}
