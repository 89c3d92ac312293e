//! Network meta-analysis against stored results of netmeta 3.3-1 and of an independent
//! generalised least-squares computation.

// The counts of compared values are printed.
#![allow(clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use baihui_evidence::network::{
    BinaryArm, BinaryMeasure, Contrast, Contributions, DEFAULT_TOLERANCE, DesignQ, Estimates, Network,
    NetworkFit, Options, SmallValues, Split, Streams, TauEstimator, ZeroCells, contributions, decompose,
    evidence_measures, hat_matrix, p_scores, split_evidence,
};
use baihui_evidence::table::{Kind, Limits, RawTable, RowData, TrialTable};
use serde_json::Value;

fn shared() -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/oracle/nma");
    path.is_dir().then_some(path)
}

fn read(path: &PathBuf) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("readable")).expect("JSON")
}

/// A value of a split, given the sign of its direction.
type Field<'a> = &'a dyn Fn(f64, &Split) -> Option<f64>;

/// Compares and counts; collects every disagreement before failing.
struct Check {
    tolerance: f64,
    compared: usize,
    worst: f64,
    failures: Vec<String>,
}

impl Check {
    fn new(tolerance: f64) -> Self {
        Self { tolerance, compared: 0, worst: 0.0, failures: Vec::new() }
    }

    /// Relative difference; `unit` is the size below which a value is as good as zero (rounding of the reference).
    fn close(&mut self, what: &str, ours: f64, reference: f64, unit: f64) {
        self.compared += 1;
        let error =
            if ours == reference { 0.0 } else { (ours - reference).abs() / reference.abs().max(unit) };
        if error.is_nan() || error > self.tolerance {
            self.failures.push(format!("{what}: {ours:e} against {reference:e} ({error:.1e})"));
        } else {
            self.worst = self.worst.max(error);
        }
    }

    fn finish(self, title: &str) {
        for f in self.failures.iter().take(40) {
            println!("  FAIL {f}");
        }
        println!("{title}: {} values compared, worst relative difference {:.1e}", self.compared, self.worst);
        assert!(self.failures.is_empty(), "{} of {} values differ", self.failures.len(), self.compared);
        assert!(self.compared > 0);
    }
}

fn text(v: &Value) -> String {
    v.as_str().map_or_else(|| v.to_string(), str::to_string)
}

fn num(v: &Value) -> Option<f64> {
    match v {
        Value::Number(n) => n.as_f64(),
        Value::Array(a) if a.len() == 1 => num(&a[0]),
        _ => None,
    }
}

fn contrasts(oracle: &Value) -> Vec<Contrast> {
    oracle["contrasts"]
        .as_array()
        .expect("contrasts")
        .iter()
        .map(|c| Contrast {
            study: text(&c["studlab"]),
            treat1: text(&c["treat1"]),
            treat2: text(&c["treat2"]),
            te: num(&c["TE"]).expect("TE"),
            se: num(&c["seTE"]).expect("seTE"),
        })
        .collect()
}

fn arms(oracle: &Value) -> Vec<BinaryArm> {
    let mut arms: BTreeMap<(String, String), BinaryArm> = BTreeMap::new();
    for c in oracle["contrasts"].as_array().expect("contrasts") {
        for (t, e, n) in [("treat1", "event1", "n1"), ("treat2", "event2", "n2")] {
            let (study, treatment) = (text(&c["studlab"]), text(&c[t]));
            let (Some(events), Some(n)) = (num(&c[e]), num(&c[n])) else { return Vec::new() };
            arms.insert((study.clone(), treatment.clone()), BinaryArm { study, treatment, events, n });
        }
    }
    arms.into_values().collect()
}

fn names(v: &Value) -> Vec<String> {
    v.as_array().expect("names").iter().map(text).collect()
}

/// Treatment indices of a reference's own order in ours.
fn order(network: &Network, labels: &[String]) -> Vec<usize> {
    labels.iter().map(|l| network.treatment_index(l).expect("same treatments")).collect()
}

fn matrix(
    check: &mut Check,
    what: &str,
    reference: &Value,
    unit: f64,
    ours: impl Fn(&str, &str) -> Option<f64>,
) {
    if reference.is_null() {
        return;
    }
    let (rows, cols) = (names(&reference["rows"]), names(&reference["cols"]));
    for (r, row) in rows.iter().zip(reference["values"].as_array().expect("values")) {
        for (c, value) in cols.iter().zip(row.as_array().expect("row")) {
            match (num(value), ours(r, c)) {
                (Some(v), Some(o)) => check.close(&format!("{what}[{r},{c}]"), o, v, unit),
                (Some(v), None) if r != c => {
                    check.failures.push(format!("{what}[{r},{c}]: {v} not computed"));
                }
                (None, Some(o)) if r != c => {
                    check.failures.push(format!("{what}[{r},{c}]: {o} has no reference"));
                }
                _ => {}
            }
        }
    }
}

fn estimates(check: &mut Check, network: &Network, e: &Estimates, te: &Value, se: &Value, what: &str) {
    let at = |name: &str| network.treatment_index(name).expect("treatment");
    matrix(check, &format!("TE {what}"), te, 1e-4, |r, c| Some(e.te(at(r), at(c))));
    matrix(check, &format!("seTE {what}"), se, 1e-4, |r, c| Some(e.se(at(r), at(c))));
}

fn compare_fit(check: &mut Check, network: &Network, fit: &NetworkFit, r: &Value, small: SmallValues) {
    let at = |name: &str| network.treatment_index(name).expect("treatment");
    let unit = 1e-4;
    check.close("Q", fit.q.q, num(&r["Q"]).expect("Q"), 0.0);
    check.close("df", fit.q.df as f64, num(&r["df.Q"]).expect("df"), 0.0);
    check.close("p Q", fit.q.p.expect("df above 0"), num(&r["pval.Q"]).expect("p"), 0.0);
    check.close("I2", fit.i2.expect("df"), num(&r["I2"]).expect("I2"), 1e-4);
    if let (Some(lower), Some(upper), Some(ours)) =
        (num(&r["lower.I2"]), num(&r["upper.I2"]), fit.i2_interval)
    {
        check.close("lower I2", ours.0, lower, 1e-4);
        check.close("upper I2", ours.1, upper, 1e-4);
    }
    check.close("tau2", fit.random.tau2, num(&r["tau2"]).expect("tau2"), 1e-9);
    check.close("tau", fit.random.tau2.sqrt(), num(&r["tau"]).expect("tau"), 1e-4);
    let (trials, pairs) = (network.trial_count(), network.edges().values().sum::<usize>());
    let designs = decompose(network).expect("designs");
    for (key, ours) in [
        ("k", trials as f64),
        ("m", pairs as f64),
        ("n", network.treatments().len() as f64),
        ("Q.het", designs.within.q),
        ("df.het", designs.within.df as f64),
        ("p.het", designs.within.p.expect("df")),
        ("Q.inc", designs.between.q),
        ("df.inc", designs.between.df as f64),
        ("p.inc", designs.between.p.expect("df")),
    ] {
        check.close(key, ours, num(&r[key]).expect("a number"), 1e-4);
    }
    assert_eq!(names(&r["trts"]).iter().collect::<BTreeSet<_>>(), network.treatments().iter().collect());
    estimates(check, network, &fit.common, &r["TE.common"], &r["seTE.common"], "common");
    estimates(check, network, &fit.random, &r["TE.random"], &r["seTE.random"], "random");
    let c = |a: &str, b: &str| fit.random.comparison(at(a), at(b));
    matrix(check, "lower", &r["lower.random"], unit, |a, b| c(a, b).map(|c| c.lower));
    matrix(check, "upper", &r["upper.random"], unit, |a, b| c(a, b).map(|c| c.upper));
    matrix(check, "p", &r["pval.random"], 0.0, |a, b| c(a, b).map(|c| c.p));
    let pi = |a: &str, b: &str| fit.prediction_interval(at(a), at(b));
    matrix(check, "lower predict", &r["lower.predict"], unit, |a, b| pi(a, b).map(|p| p.0));
    matrix(check, "upper predict", &r["upper.predict"], unit, |a, b| pi(a, b).map(|p| p.1));
    for (key, e) in [("pscore.random", &fit.random), ("pscore.common", &fit.common)] {
        let scores = p_scores(e, small);
        for (name, value) in r[key].as_object().into_iter().flatten() {
            check.close(&format!("{key} {name}"), scores[at(name)], num(value).expect("P-score"), 0.0);
        }
    }
    let splits = split_evidence(network, &fit.random);
    let find = |a: &str, b: &str| {
        let (i, j) = (at(a), at(b));
        let s = splits.iter().find(|s| (s.treat1, s.treat2) == (i.min(j), i.max(j)));
        (if i < j { 1.0 } else { -1.0 }, s)
    };
    let pick = |a: &str, b: &str, f: Field<'_>| {
        let (sign, s) = find(a, b);
        s.and_then(|s| f(sign, s))
    };
    matrix(check, "direct", &r["TE.direct.random"], unit, |a, b| {
        pick(a, b, &|g, s| s.direct.map(|d| g * d.te))
    });
    matrix(check, "se direct", &r["seTE.direct.random"], unit, |a, b| {
        pick(a, b, &|_, s| s.direct.map(|d| d.se))
    });
    matrix(check, "indirect", &r["TE.indirect.random"], unit, |a, b| {
        pick(a, b, &|g, s| s.indirect.map(|d| g * d.te))
    });
    matrix(check, "se indirect", &r["seTE.indirect.random"], unit, |a, b| {
        pick(a, b, &|_, s| s.indirect.map(|d| d.se))
    });
    for (key, e) in [("prop.direct.random", &fit.random), ("prop.direct.common", &fit.common)] {
        let splits = split_evidence(network, e);
        for (name, value) in r[key].as_object().into_iter().flatten() {
            let (a, b) = name.split_once(':').expect("a:b");
            let (i, j) = (at(a).min(at(b)), at(a).max(at(b)));
            let s = splits.iter().find(|s| (s.treat1, s.treat2) == (i, j)).expect("pair");
            check.close(&format!("{key} {name}"), s.direct_share, num(value).expect("share"), 1e-4);
        }
    }
    for s in r["netsplit.random"].as_array().into_iter().flatten() {
        let name = text(&s["comparison"]);
        let (a, b) = name.split_once(':').expect("a:b");
        let pairs = network.edges().get(&(at(a).min(at(b)), at(a).max(at(b)))).copied().unwrap_or(0);
        check.close(&format!("netsplit {name} k"), pairs as f64, num(&s["k"]).expect("k"), 0.0);
        let fields: [(&str, Field<'_>); 10] = [
            ("prop", &|_, s| Some(s.direct_share)),
            ("se_indirect", &|_, s| s.indirect.map(|d| d.se)),
            ("nma", &|g, s| Some(g * s.network.te)),
            ("direct", &|g, s| s.direct.map(|d| g * d.te)),
            ("se_direct", &|_, s| s.direct.map(|d| d.se)),
            ("indirect", &|g, s| s.indirect.map(|d| g * d.te)),
            ("diff", &|g, s| s.difference.map(|d| g * d.te)),
            ("se_diff", &|_, s| s.difference.map(|d| d.se)),
            ("z", &|g, s| s.difference.map(|d| g * d.z)),
            ("p", &|_, s| s.difference.map(|d| d.p)),
        ];
        for (key, f) in fields {
            match (num(&s[key]), pick(a, b, f)) {
                (Some(v), Some(o)) => check.close(&format!("netsplit {name} {key}"), o, v, unit),
                (None, None) => {}
                (v, o) => check.failures.push(format!("netsplit {name} {key}: {o:?} against {v:?}")),
            }
        }
    }
}

fn designs(check: &mut Check, network: &Network, r: &Value) {
    if r["Q.decomp"].is_null() {
        return; // It does not depend on tau2 and is not there for ML.
    }
    let d = decompose(network).expect("decomposition");
    for (test, row) in [&d.total, &d.within, &d.between].iter().zip(r["Q.decomp"].as_array().expect("Q")) {
        check.close("Q.decomp Q", test.q, num(&row["Q"]).expect("Q"), 1e-4);
        check.close("Q.decomp df", test.df as f64, num(&row["df"]).expect("df"), 0.0);
        check.close("Q.decomp p", test.p.expect("df"), num(&row["pval"]).expect("p"), 0.0);
    }
    let mut tables = vec![("Q.het.design", &d.designs)];
    if r["Q.inc.detach"].is_array() {
        tables.push(("Q.inc.detach", &d.detached));
    }
    for (key, ours) in tables {
        let rows = r[key].as_array().expect("designs");
        // Ours also lists designs of which the rest informs only a part.
        assert!(rows.len() <= ours.len(), "{key}");
        for row in rows {
            let name = text(&row["design"]);
            let mut design = order(network, &name.split(':').map(str::to_string).collect::<Vec<_>>());
            design.sort_unstable();
            let found: &DesignQ = ours.iter().find(|o| o.design == design).expect("design");
            check.close(&format!("{key} {name} Q"), found.test.q, num(&row["Q"]).expect("Q"), 1e-4);
            check.close(&format!("{key} {name} df"), found.test.df as f64, num(&row["df"]).expect("df"), 0.0);
            if let Some(p) = num(&row["pval"]) {
                check.close(&format!("{key} {name} p"), found.test.p.expect("df"), p, 0.0);
            }
        }
    }
    if let Some(q) = num(&r["Q.inc.random"]["Q"]) {
        check.close("Q.inc.random", d.between_random.q, q, 1e-4);
        check.close("tau.within", d.tau_within, num(&r["Q.inc.random"]["tau.within"]).expect("tau"), 1e-4);
        check.close(
            "p.inc.random",
            d.between_random.p.expect("df"),
            num(&r["Q.inc.random"]["pval"]).expect("p"),
            0.0,
        );
    }
}

fn compare_contributions(
    check: &mut Check,
    network: &Network,
    ours: &Contributions,
    r: &Value,
    what: &str,
    signed: bool,
) {
    let at = |name: &str| {
        let (a, b) = name.split_once(':').expect("a:b");
        (network.treatment_index(a).expect("treatment"), network.treatment_index(b).expect("treatment"))
    };
    matrix(check, what, r, 1e-4, |row, col| {
        let (mut sign, find) = (1.0, |list: &[(usize, usize)], name: &str| {
            let (a, b) = at(name);
            (list.iter().position(|p| *p == (a.min(b), a.max(b))), a > b)
        });
        let (i, flip_row) = find(&ours.rows, row);
        let (j, flip_col) = find(&ours.columns, col);
        if signed && flip_row != flip_col {
            sign = -1.0;
        }
        Some(sign * ours.values[(i?, j?)])
    });
}

const DATASETS: [&str; 4] = ["Senn2013", "smokingcessation", "Woods2010", "Dong2013"];

#[test]
fn contrasts_with_dersimonian_laird_match_netmeta() {
    let Some(dir) = shared() else {
        println!("skipped: no shared reference results");
        return;
    };
    let mut check = Check::new(1e-8);
    for name in DATASETS {
        let oracle = read(&dir.join(format!("{name}.json")));
        let network = Network::from_contrasts(&contrasts(&oracle), &[], DEFAULT_TOLERANCE).expect(name);
        let options = Options { estimator: TauEstimator::Dl, ..Options::default() };
        let fit = network.fit(&options).expect(name);
        let small = if text(&oracle["small_values"]) == "desirable" {
            SmallValues::Desirable
        } else {
            SmallValues::Undesirable
        };
        let before = check.failures.len();
        compare_fit(&mut check, &network, &fit, &oracle["DL"], small);
        designs(&mut check, &network, &oracle["DL"]);
        let hat = hat_matrix(&network, &fit.random);
        compare_contributions(&mut check, &network, &hat, &oracle["DL"]["hat.short.random"], "hat", true);
        let measures = evidence_measures(&network, &fit.random);
        for want in oracle["DL"]["netmeasures"].as_array().into_iter().flatten() {
            let comparison = text(&want["comparison"]);
            let ours = measures.iter().find(|m| {
                let [a, b] = [m.treat1, m.treat2].map(|i| &network.treatments()[i]);
                comparison == format!("{a}:{b}") || comparison == format!("{b}:{a}")
            });
            let ours = ours.expect("the same pairs");
            let direct = num(&want["direct_prop"]).expect("a number");
            check.close(&format!("{comparison} direct"), ours.direct_share, direct, 1e-6);
            let (path, parallel) = (num(&want["meanpath"]), num(&want["minpar"]));
            check.close(&format!("{comparison} path"), ours.mean_path_length, path.expect("a number"), 0.0);
            check.close(
                &format!("{comparison} parallelism"),
                ours.minimal_parallelism,
                parallel.expect("a number"),
                0.0,
            );
        }
        for f in &mut check.failures[before..] {
            f.insert_str(0, &format!("{name} "));
        }
    }
    check.finish("netmeta, contrasts, DL");
}

#[test]
fn arms_match_netmeta() {
    let Some(dir) = shared() else {
        println!("skipped: no shared reference results");
        return;
    };
    let mut check = Check::new(1e-8);
    for name in ["smokingcessation", "Woods2010", "Dong2013"] {
        let oracle = read(&dir.join(format!("{name}.json")));
        let network =
            Network::from_binary_arms(&arms(&oracle), BinaryMeasure::OddsRatio, ZeroCells::AddAlways(0.5))
                .expect(name);
        let fit = network.fit(&Options { estimator: TauEstimator::Dl, ..Options::default() }).expect(name);
        let small = if text(&oracle["small_values"]) == "desirable" {
            SmallValues::Desirable
        } else {
            SmallValues::Undesirable
        };
        compare_fit(&mut check, &network, &fit, &oracle["DL"], small);
    }
    check.finish("netmeta, arms, DL");
}

#[test]
fn dl_and_reml_match_independent_least_squares() {
    let Some(dir) = shared() else {
        println!("skipped: no shared reference results");
        return;
    };
    let all = read(&dir.join("_independent_gls.json"));
    let mut check = Check::new(1e-8);
    for name in DATASETS {
        let oracle = read(&dir.join(format!("{name}.json")));
        let network = Network::from_contrasts(&contrasts(&oracle), &[], DEFAULT_TOLERANCE).expect(name);
        let reference = &all[name];
        let order = order(&network, &names(&reference["treatments"]));
        let plain = network.fit(&Options::default()).expect(name);
        check.close("Q", plain.q.q, num(&reference["Q"]).expect("Q"), 0.0);
        check.close("df", plain.q.df as f64, num(&reference["df"]).expect("df"), 0.0);
        for key in ["DL", "REML"] {
            // Written twice in the file.
            let twice = (num(&reference[format!("tau2_{key}")]), num(&reference[key]["tau2"]));
            check.close("tau2 twice", twice.0.expect("tau2"), twice.1.expect("tau2"), 1e-9);
        }
        for (key, estimator) in [("DL", TauEstimator::Dl), ("REML", TauEstimator::Reml)] {
            let fit = network.fit(&Options { estimator, ..Options::default() }).expect(name);
            println!("{name} {key} tau2 {:.17} reference {}", fit.random.tau2, reference[key]["tau2"]);
            check.close(
                &format!("{name} {key} tau2"),
                fit.random.tau2,
                num(&reference[key]["tau2"]).expect("tau2"),
                1e-9,
            );
            for (a, &i) in order.iter().enumerate() {
                for (b, &j) in order.iter().enumerate() {
                    for (field, ours) in [("TE", fit.random.te(i, j)), ("seTE", fit.random.se(i, j))] {
                        let v = num(&reference[key][field][a][b]).expect("value");
                        check.close(&format!("{name} {key} {field}[{a},{b}]"), ours, v, 1e-4);
                    }
                }
            }
        }
    }
    check.finish("independent GLS, DL and REML");
}

#[test]
fn shortest_path_contributions_match_netmeta() {
    let Some(dir) = shared() else {
        println!("skipped: no shared reference results");
        return;
    };
    let mut check = Check::new(1e-8);
    for name in DATASETS {
        let oracle = read(&dir.join(format!("{name}.json")));
        let network = Network::from_contrasts(&contrasts(&oracle), &[], DEFAULT_TOLERANCE).expect(name);
        let fit = network.fit(&Options { estimator: TauEstimator::Dl, ..Options::default() }).expect(name);
        let ours = contributions(&network, &fit.random, Streams::ShortestPath);
        let r = &oracle["DL"]["contribution.shortestpath.random"];
        compare_contributions(&mut check, &network, &ours, r, &format!("{name} contribution"), false);
    }
    check.finish("netmeta, shortest-path contributions");
}

/// netmeta's REML of contrasts leaves out covariances and so has another tau2; what follows from it agrees here too.
#[test]
fn senn_with_the_tau2_of_netmeta() {
    let Some(dir) = shared() else { return };
    let oracle = read(&dir.join("Senn2013.json"));
    let network = Network::from_contrasts(&contrasts(&oracle), &[], DEFAULT_TOLERANCE).expect("Senn2013");
    for key in ["REML", "ML"] {
        let tau2 = num(&oracle[key]["tau2"]).expect("tau2");
        let given = Options { estimator: TauEstimator::Fixed(tau2), ..Options::default() };
        let fit = network.fit(&given).expect("Senn2013");
        let mut all = Check::new(1e-8);
        compare_fit(&mut all, &network, &fit, &oracle[key], SmallValues::Desirable);
        designs(&mut all, &network, &oracle[key]);
        all.finish(&format!("netmeta Senn2013, {key} with its tau2"));
    }
}

/// The same contrasts as tables, read as a user reads them.
#[test]
fn tables_of_contrasts_hold_the_same() {
    let Some(dir) = shared() else { return };
    let mut check = Check::new(1e-14);
    for name in DATASETS {
        let oracle = contrasts(&read(&dir.join(format!("{name}.json"))));
        let bytes = std::fs::read(dir.join(format!("{name}_contrasts.csv"))).expect("readable");
        let raw = RawTable::from_csv(&bytes, &Limits::default()).expect(name);
        let table = TrialTable::from_raw(&raw, Some(Kind::Contrast), &Limits::default()).expect(name);
        assert_eq!(table.rows.len(), oracle.len(), "{name}");
        for (row, want) in table.rows.iter().zip(&oracle) {
            let RowData::Contrast { treat1, treat2, effect, standard_error } = &row.data else {
                panic!("{name}: no contrast")
            };
            assert_eq!((&row.study, treat1, treat2), (&want.study, &want.treat1, &want.treat2), "{name}");
            check.close(&format!("{name} TE"), *effect, want.te, 0.0);
            check.close(&format!("{name} seTE"), *standard_error, want.se, 0.0);
        }
    }
    check.finish("netmeta, tables of contrasts");
}

/// netmeta stops its likelihoods at its own tolerance, about 1e-6 of tau2: the tighter values are the
/// independent ones above. Only its arm-level input has the covariances of multi-arm trials.
#[test]
fn netmeta_likelihoods_agree_to_its_own_tolerance() {
    let Some(dir) = shared() else {
        println!("skipped: no shared reference results");
        return;
    };
    let mut check = Check::new(1e-5);
    for name in ["smokingcessation", "Woods2010", "Dong2013"] {
        let oracle = read(&dir.join(format!("{name}.json")));
        let network = Network::from_contrasts(&contrasts(&oracle), &[], DEFAULT_TOLERANCE).expect(name);
        for (key, estimator) in [("REML", TauEstimator::Reml), ("ML", TauEstimator::Ml)] {
            let Some(reference) = num(&oracle[key]["tau2"]) else { continue };
            let ours = network.fit(&Options { estimator, ..Options::default() }).expect(name).random.tau2;
            // With netmeta's own tau2 all that follows from it is the same to the last digits.
            let given = Options { estimator: TauEstimator::Fixed(reference), ..Options::default() };
            let small = if text(&oracle["small_values"]) == "desirable" {
                SmallValues::Desirable
            } else {
                SmallValues::Undesirable
            };
            let fit = network.fit(&given).expect(name);
            let mut all = Check::new(1e-8);
            compare_fit(&mut all, &network, &fit, &oracle[key], small);
            designs(&mut all, &network, &oracle[key]);
            all.finish(&format!("netmeta {name}, {key} with its tau2"));
            println!("{name} {key}: tau2 {ours:.12}, netmeta {reference:.12}");
            check.close(&format!("{name} {key} tau2"), ours, reference, 1e-4);
        }
    }
    check.finish("netmeta, ML and REML tau2");
}
