//! Subgroups, meta-regression and dependent effects of one table.

use super::EvidenceError;
use super::pairwise::{Analysis, p_is};
use super::section::{Section, Value, number};
use baihui_evidence::multilevel::{Correction, robust, three_level};
use baihui_evidence::pairwise::{Options, PoolError, TestMethod, pool};
use baihui_evidence::regression::{
    Moderator, RegressionError, Subgroups, dummies, fit, permutation_test, subgroups,
};
use baihui_evidence::table::parse_number;

/// The cells of a column for every study that was pooled, and the studies that have none.
pub(super) fn column(a: &Analysis, name: &str) -> Result<Vec<Option<String>>, EvidenceError> {
    let names = a.table.rows.first().map(|r| r.extra.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let Some(key) =
        names.iter().find(|n| *n == name).or_else(|| names.iter().find(|n| n.eq_ignore_ascii_case(name)))
    else {
        return Err(EvidenceError::Argument(format!(
            "{}: there is no column {name} beside those of the effects; there are {}",
            a.name,
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        )));
    };
    Ok(a.studies
        .iter()
        .map(|s| {
            let cell = a.table.rows.iter().find(|r| r.row == s.row)?.extra.get(key)?.trim();
            let missing = ["", "na", "nan", "n/a", ".", "-"].iter().any(|m| cell.eq_ignore_ascii_case(m));
            (!missing).then(|| cell.to_owned())
        })
        .collect())
}

fn left_out(a: &Analysis, complete: &[bool], what: &str) -> Option<String> {
    let names: Vec<&str> =
        a.studies.iter().zip(complete).filter(|(_, c)| !**c).map(|(s, _)| s.study.as_str()).collect();
    (!names.is_empty()).then(|| format!("Left out, no value in {what}: {}.", names.join(", ")))
}

fn refused(a: &Analysis, error: RegressionError) -> EvidenceError {
    EvidenceError::Regression { path: a.name.clone(), source: error }
}

/// Levels of every study by one column, those without a value under a name of their own.
pub(super) fn levels(a: &Analysis, by: &str) -> Result<Vec<String>, EvidenceError> {
    Ok(column(a, by)?.into_iter().map(|c| c.unwrap_or_else(|| format!("{by} not given"))).collect())
}

/// The groups of one column, pooled.
pub(super) fn groups(a: &Analysis, by: &str) -> Result<Subgroups, EvidenceError> {
    let (y, v) = a.vectors();
    subgroups(&y, &v, &levels(a, by)?, &a.options).map_err(|e| refused(a, e))
}

/// The test of the difference of groups in words.
pub(super) fn between(found: &Subgroups) -> String {
    if found.df < 1.0 {
        return "Between groups: nothing to compare, only one group has an estimate.".into();
    }
    format!(
        "Between groups: Q = {:.4}, df = {}, {}; each group has its own τ².",
        found.q_between,
        found.df,
        p_is(found.p_value)
    )
}

/// Each group pooled, and the test of their difference.
pub(super) fn subgroup_section(a: &Analysis, by: &str) -> Result<Section, EvidenceError> {
    let found = groups(a, by)?;
    let (mut rows, mut notes) = (Vec::new(), Vec::new());
    for g in &found.groups {
        let mut row = vec![Value::Text(g.level.clone()), Value::Count(g.rows.len())];
        match &g.pooled {
            Some(p) => {
                let i = p.interval(0.95);
                row.extend([p.estimate, i.lower, i.upper].map(|x| Value::effect(a.measure, x)));
                let several = g.rows.len() > 1;
                row.extend([
                    Value::P(p.p_value()),
                    Value::number(several.then_some(p.tau2)),
                    Value::number(several.then_some(100.0 * p.i2_from_tau2())),
                ]);
            }
            None => {
                row.extend(std::iter::repeat_n(Value::None, 6));
                notes.push(format!(
                    "{}: not pooled, {}.",
                    g.level,
                    g.reason.as_deref().unwrap_or("too few studies")
                ));
            }
        }
        rows.push(row);
    }
    notes.push(between(&found));
    let alone: Vec<&str> =
        found.groups.iter().filter(|g| g.rows.len() == 1).map(|g| g.level.as_str()).collect();
    if !alone.is_empty() {
        notes.push(format!("One study only, its own effect and normal interval: {}.", alone.join(", ")));
    }
    Ok(Section {
        key: "subgroups",
        title: format!("Subgroups by {by}"),
        columns: vec![
            ("level", "group"),
            ("k", "studies"),
            ("estimate", "estimate"),
            ("ci.lb", "lower"),
            ("ci.ub", "upper"),
            ("pval", "p"),
            ("tau2", "τ²"),
            ("I2", "I² %"),
        ],
        rows,
        notes,
    })
}

/// Moderators, which studies have all of them, and notes.
type Moderators = (Vec<Moderator>, Vec<bool>, Vec<String>);

/// The moderators of a list of columns, and which studies have all of them.
fn moderators(a: &Analysis, columns: &[String]) -> Result<Moderators, EvidenceError> {
    let mut parsed = Vec::new();
    let mut complete = vec![true; a.studies.len()];
    for name in columns {
        // As in R, factor(x) takes numbers as names.
        let inner = name.strip_prefix("factor(").and_then(|n| n.strip_suffix(')'));
        let cells = column(a, inner.unwrap_or(name).trim())?;
        for (done, cell) in complete.iter_mut().zip(&cells) {
            *done &= cell.is_some();
        }
        parsed.push((inner.unwrap_or(name).trim().to_owned(), inner.is_some(), cells));
    }
    let (mut out, mut notes) = (Vec::new(), Vec::new());
    for (name, factor, cells) in parsed {
        let kept: Vec<String> = cells
            .into_iter()
            .zip(&complete)
            .filter(|(_, c)| **c)
            .map(|(cell, _)| cell.unwrap_or_default())
            .collect();
        let numbers: Option<Vec<f64>> =
            kept.iter().map(|c| parse_number(c, a.table.decimal_comma).ok()).collect();
        match numbers {
            Some(values) if !factor => out.push(Moderator::new(&name, values)),
            _ => {
                let mut sorted = kept.clone();
                sorted.sort_unstable();
                sorted.dedup();
                if !factor && sorted.iter().any(|c| parse_number(c, a.table.decimal_comma).is_ok()) {
                    let words: Vec<&String> =
                        sorted.iter().filter(|c| parse_number(c, a.table.decimal_comma).is_err()).collect();
                    return Err(EvidenceError::Argument(format!(
                        "{}: the column {name} holds both numbers and words ({}); write factor({name}) to take all as names",
                        a.name,
                        words.iter().take(3).map(|w| w.as_str()).collect::<Vec<_>>().join(", ")
                    )));
                }
                if let Some(first) = sorted.first() {
                    notes.push(format!("{name}: the reference is {first}."));
                }
                out.extend(dummies(&name, &kept));
            }
        }
    }
    Ok((out, complete, notes))
}

fn kept<T: Clone>(all: &[T], complete: &[bool]) -> Vec<T> {
    all.iter().zip(complete).filter(|(_, c)| **c).map(|(x, _)| x.clone()).collect()
}

/// Meta-regression on several columns.
pub(super) fn regression_section(a: &Analysis, columns: &[String]) -> Result<Section, EvidenceError> {
    let (mods, complete, mut notes) = moderators(a, columns)?;
    let (y, v) = a.vectors();
    let (y, v) = (kept(&y, &complete), kept(&v, &complete));
    if a.options.test == TestMethod::KenwardRoger {
        return Err(EvidenceError::Argument(
            "--test kr is defined for a single mean; use --test knha with --mods".into(),
        ));
    }
    let r = fit(&y, &v, &mods, true, &a.options).map_err(|e| refused(a, e))?;
    let rows = r
        .coefficients
        .iter()
        .map(|c| {
            let i = c.interval(0.95, r.test.name());
            vec![
                Value::Text(c.term.clone()),
                Value::Number(c.estimate),
                Value::Number(c.se),
                Value::Number(c.statistic()),
                Value::number(c.df),
                Value::P(c.p_value()),
                Value::Number(i.lower),
                Value::Number(i.upper),
            ]
        })
        .collect();
    notes.insert(
        0,
        format!(
            "{} studies; residual τ² = {} ({}), I² = {:.2} %, H² = {:.2}; test: {}.",
            r.studies,
            number(r.tau2),
            r.tau2_method.name(),
            100.0 * r.i2(),
            r.h2(),
            r.test.name()
        ),
    );
    if let Some(r2) = r.r2 {
        notes.push(format!("R² = {:.2} % of the heterogeneity.", 100.0 * r2));
    }
    notes.push(format!(
        "Residual heterogeneity: QE = {:.4}, df = {}, {}.",
        r.q_residual,
        r.q_df,
        p_is(r.q_p_value())
    ));
    if let Ok(t) = r.omnibus() {
        notes.push(match t.denominator_df {
            Some(df2) => {
                format!("All moderators: F({}, {df2}) = {:.4}, {}.", t.df, t.statistic, p_is(t.p_value))
            }
            None => {
                format!("All moderators: QM = {:.4}, df = {}, {}.", t.statistic, t.df, p_is(t.p_value))
            }
        });
    }
    if let Ok(t) = permutation_test(&y, &v, &mods, &a.options) {
        notes.push(format!(
            "Exact permutation test of all moderators ({} orders): {}.",
            t.permutations,
            p_is(t.omnibus)
        ));
    }
    if y.len() < 10 * mods.len() {
        notes.push(format!(
            "Fewer than 10 studies for each of {} coefficients: expect overfitting.",
            mods.len()
        ));
    }
    if a.measure.is_log() {
        notes.push("Coefficients are differences of logarithms.".into());
    }
    notes.extend(left_out(a, &complete, &columns.join(" or ")));
    Ok(Section {
        key: "regression",
        title: format!("Meta-regression on {}", columns.join(", ")),
        columns: vec![
            ("term", "term"),
            ("estimate", "estimate"),
            ("se", "se"),
            ("statistic", if r.coefficients.first().is_some_and(|c| c.df.is_some()) { "t" } else { "z" }),
            ("df", "df"),
            ("pval", "p"),
            ("ci.lb", "lower"),
            ("ci.ub", "upper"),
        ],
        rows,
        notes,
    })
}

/// Several effects of one study: the three-level model, and robust standard errors.
pub(super) fn cluster_section(a: &Analysis, by: &str) -> Result<Section, EvidenceError> {
    let is_study = !a.table.rows.iter().any(|r| r.extra.contains_key(by));
    let cells =
        if is_study && ["study", "slab", "trial", "studlab"].iter().any(|n| n.eq_ignore_ascii_case(by)) {
            a.studies.iter().map(|s| Some(s.study.clone())).collect()
        } else {
            column(a, by)?
        };
    let complete: Vec<bool> = cells.iter().map(Option::is_some).collect();
    let (y, v) = a.vectors();
    let (y, v) = (kept(&y, &complete), kept(&v, &complete));
    let names: Vec<String> = cells.into_iter().flatten().collect();
    let (mut rows, mut notes) = (Vec::new(), Vec::new());
    let mut row = |name: String, x: [f64; 3], se: f64, df: f64, p: f64| {
        let [e, l, u] = x.map(|x| Value::effect(a.measure, x));
        rows.push(vec![Value::Text(name), e, Value::Number(se), l, u, Value::Number(df), Value::P(p)]);
    };
    match three_level(&y, &v, &names) {
        Ok(t) => {
            let i = t.interval(0.95);
            row("three-level, REML".into(), [t.estimate, i.lower, i.upper], t.se, t.df, t.p_value());
            let i = t.robust_interval(0.95);
            let robust = [t.estimate, i.lower, i.upper];
            row("three-level, cluster-robust CR1".into(), robust, t.robust_se, t.df, t.robust_p_value());
            notes.push(format!(
                "{} effects of {} clusters; variance between clusters {}, within {}, intraclass correlation {:.4}.",
                t.effects,
                t.studies,
                number(t.between),
                number(t.within),
                t.intraclass_correlation()
            ));
        }
        // Without several effects in a cluster the two variances cannot be told apart, but robust errors still can.
        Err(RegressionError::Pool(error @ PoolError::Unsupported { .. })) => {
            notes.push(format!("Three-level model: not computed, {error}."));
        }
        Err(error) => return Err(refused(a, error)),
    }
    // With the τ² of those effects that have a cluster: all of them, as a rule.
    let tau2 = pool(&y, &v, &a.options).map_err(|e| refused(a, e.into()))?.tau2;
    for correction in [Correction::Cr1, Correction::Cr2] {
        let found = robust(&y, &v, &[], tau2, &names, correction).map_err(|e| refused(a, e))?;
        for c in &found {
            let i = c.interval(0.95, correction);
            let name = format!("random effects, {}", correction.name());
            row(name, [c.estimate, i.lower, i.upper], c.se, c.df, c.p_value());
            if correction == Correction::Cr2 && c.df < 4.0 {
                notes.push(
                    "Fewer than 4 degrees of freedom: the robust test cannot be trusted (Tipton 2015)."
                        .into(),
                );
            }
        }
    }
    notes.extend(left_out(a, &complete, by));
    notes.push(
        "Robust: the weights of the model named, with standard errors that hold whatever the dependence within a cluster."
            .into(),
    );
    Ok(Section {
        key: "cluster",
        title: format!("Dependent effects, clusters by {by}"),
        columns: vec![
            ("term", "method"),
            ("estimate", "estimate"),
            ("se", "se"),
            ("ci.lb", "lower"),
            ("ci.ub", "upper"),
            ("df", "df"),
            ("pval", "p"),
        ],
        rows,
        notes,
    })
}

/// Rows in the order of a column: by number where all are numbers, else by name.
pub(super) fn order_of(cells: &[Option<String>], decimal_comma: bool) -> Vec<usize> {
    let numbers: Option<Vec<f64>> =
        cells.iter().map(|c| parse_number(c.as_deref()?, decimal_comma).ok()).collect();
    let mut order: Vec<usize> = (0..cells.len()).collect();
    match numbers {
        Some(x) => order.sort_by(|&i, &j| x[i].total_cmp(&x[j])),
        None => order.sort_by(|&i, &j| cells[i].cmp(&cells[j])),
    }
    order
}

/// What the analysis uses, for the notes of the sections.
pub(super) fn methods(options: &Options) -> String {
    format!("{}, {}", options.tau2.name(), options.test.name())
}
