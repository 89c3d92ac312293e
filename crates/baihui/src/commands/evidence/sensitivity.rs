//! How a result depends on single studies and on their order; methods for rare events.

use super::EvidenceError;
use super::moderators::{column, methods, order_of};
use super::pairwise::{Analysis, p_is};
use super::section::{Section, Value};
use baihui_evidence::cumulative::cumulative;
use baihui_evidence::effect_size::TwoByTwo;
use baihui_evidence::influence::{influence, leave_one_out};
use baihui_evidence::pairwise::Pooled;
use baihui_evidence::rare::{
    RareError, RareMethod, cochran_test, mantel_haenszel_test, pool_tables, tarone_test,
};
use baihui_evidence::table::effects::EffectMeasure;
use baihui_evidence::table::{RowData, TrialTable};

const POOLED: [(&str, &str); 7] = [
    ("estimate", "estimate"),
    ("ci.lb", "lower"),
    ("ci.ub", "upper"),
    ("pval", "p"),
    ("tau2", "τ²"),
    ("I2", "I² %"),
    ("Q", "Q"),
];

fn pooled_cells(measure: EffectMeasure, p: &Pooled) -> Vec<Value> {
    let i = p.interval(0.95);
    let mut row: Vec<Value> =
        [p.estimate, i.lower, i.upper].map(|x| Value::effect(measure, x)).into_iter().collect();
    row.extend([
        Value::P(p.p_value()),
        Value::Number(p.tau2),
        Value::Number(100.0 * p.i2_from_tau2()),
        Value::Number(p.q),
    ]);
    row
}

/// Each study left out in turn.
pub(super) fn leave_one_out_section(a: &Analysis) -> Result<Section, EvidenceError> {
    let (y, v) = a.vectors();
    let found = leave_one_out(&y, &v, &a.options).map_err(|source| EvidenceError::Pool {
        path: a.name.clone(),
        source,
        unused: String::new(),
    })?;
    let mut notes = vec![format!("{}.", methods(&a.options))];
    let turned: Vec<&str> = a
        .studies
        .iter()
        .zip(&found)
        .filter(|(_, p)| (p.p_value() < 0.05) != (a.pooled.p_value() < 0.05))
        .map(|(s, _)| s.study.as_str())
        .collect();
    notes.push(if turned.is_empty() {
        "Whether p is below 0.05 depends on no single study.".into()
    } else {
        format!("Whether p is below 0.05 depends on {}.", turned.join(", "))
    });
    let rows = a.studies.iter().zip(&found).map(|(s, p)| {
        let mut row = vec![Value::Text(s.study.clone())];
        row.extend(pooled_cells(a.measure, p));
        row
    });
    Ok(Section {
        key: "leave1out",
        title: "Leave one out".into(),
        columns: std::iter::once(("omitted", "without")).chain(POOLED).collect(),
        rows: rows.collect(),
        notes,
    })
}

/// Diagnostics of every study.
pub(super) fn influence_section(a: &Analysis) -> Result<Section, EvidenceError> {
    let (y, v) = a.vectors();
    let found = influence(&y, &v, &a.options).map_err(|source| EvidenceError::Pool {
        path: a.name.clone(),
        source,
        unused: String::new(),
    })?;
    let rows = a.studies.iter().zip(&found).map(|(s, i)| {
        vec![
            Value::Text(s.study.clone()),
            Value::Number(i.standardised_residual),
            Value::Number(i.dffits),
            Value::Number(i.dfbetas),
            Value::Number(i.cooks_distance),
            Value::Number(i.covariance_ratio),
            Value::Number(i.tau2_without),
            Value::Number(i.q_without),
            Value::Number(i.leverage),
            Value::Text(if i.influential(found.len()) { "yes" } else { "" }.into()),
        ]
    });
    Ok(Section {
        key: "influence",
        title: "Influence of single studies".into(),
        columns: vec![
            ("study", "study"),
            ("rstudent", "residual"),
            ("dffits", "DFFITS"),
            ("dfbs", "DFBETAS"),
            ("cook.d", "Cook's d"),
            ("cov.r", "cov. ratio"),
            ("tau2.del", "τ² without"),
            ("QE.del", "Q without"),
            ("hat", "leverage"),
            ("influential", "influential"),
        ],
        rows: rows.collect(),
        notes: vec![
            "Influential: |DFFITS| above 3/√(k−1), Cook's distance beyond the median of χ²₁, leverage above 3/k, or \
             |DFBETAS| above 1 (Viechtbauer and Cheung 2010). Residuals are those from the fit without the study."
                .into(),
        ],
    })
}

/// The order in which studies are added, and what it is: a column, else the year, else the table.
pub(super) fn order(a: &Analysis, by: Option<&str>) -> Result<(Vec<usize>, String), EvidenceError> {
    let comma = a.table.decimal_comma;
    if let Some(by) = by.filter(|b| !b.is_empty()) {
        return Ok((order_of(&column(a, by)?, comma), format!("By {by}")));
    }
    match column(a, "year") {
        Ok(cells) if cells.iter().all(Option::is_some) => {
            Ok((order_of(&cells, comma), "By year of publication".into()))
        }
        _ => Ok(((0..a.studies.len()).collect(), "In the order of the table".into())),
    }
}

/// The pooled result after each study.
pub(super) fn cumulative_section(a: &Analysis, by: Option<&str>) -> Result<Section, EvidenceError> {
    let (y, v) = a.vectors();
    let (order, basis) = order(a, by)?;
    let steps = cumulative(&y, &v, &order, &a.options).map_err(|source| EvidenceError::Pool {
        path: a.name.clone(),
        source,
        unused: String::new(),
    })?;
    let rows = order.iter().zip(&steps).map(|(&i, p)| {
        let mut row = vec![Value::Text(a.studies[i].study.clone()), Value::Count(p.studies)];
        row.extend(pooled_cells(a.measure, p));
        row
    });
    Ok(Section {
        key: "cumulative",
        title: "Cumulative".into(),
        columns: [("added", "added"), ("k", "studies")].into_iter().chain(POOLED).collect(),
        rows: rows.collect(),
        notes: vec![format!("{basis}; {}; the first step is the first study alone.", methods(&a.options))],
    })
}

/// The methods that pool the tables of events themselves; `None` where the table has no events of two groups.
pub(super) fn rare_section(table: &TrialTable) -> Result<Option<Section>, RareError> {
    let mut tables = Vec::new();
    let mut names = Vec::new();
    for row in &table.rows {
        if let RowData::Counts { events1, n1, events2, n2 } = row.data {
            tables.push(
                TwoByTwo::from_totals(events1, n1, events2, n2)
                    .map_err(|error| baihui_evidence::effect_size::RowError { row: tables.len(), error })?,
            );
            names.push(row.study.as_str());
        }
    }
    if tables.is_empty() {
        return Ok(None);
    }
    let (mut rows, mut notes) = (Vec::new(), Vec::new());
    for method in [
        RareMethod::MantelHaenszelOddsRatio,
        RareMethod::MantelHaenszelRiskRatio,
        RareMethod::MantelHaenszelRiskDifference,
        RareMethod::Peto,
    ] {
        match pool_tables(&tables, method) {
            Ok(r) => {
                let (lower, upper) = r.limits(0.95);
                let shown = |x: f64| {
                    let shown =
                        if method == RareMethod::MantelHaenszelRiskDifference { x } else { libm::exp(x) };
                    Value::Effect { analysis: x, shown }
                };
                rows.push(vec![
                    Value::Text(method.name().into()),
                    shown(r.estimate),
                    Value::Number(r.se),
                    shown(lower),
                    shown(upper),
                    Value::P(r.p_value()),
                    Value::Number(r.q),
                    Value::Number(r.q_df),
                    Value::P(r.q_p_value()),
                ]);
                if !r.uninformative.is_empty() && method != RareMethod::MantelHaenszelRiskRatio {
                    notes.push(format!(
                        "{}: no information from {} (no event, or events in everybody).",
                        method.name(),
                        r.uninformative.iter().map(|i| names[*i]).collect::<Vec<_>>().join(", ")
                    ));
                }
            }
            Err(error) => notes.push(format!("{}: not computed, {error}.", method.name())),
        }
    }
    for found in [
        mantel_haenszel_test(&tables, false),
        mantel_haenszel_test(&tables, true),
        cochran_test(&tables, false),
        tarone_test(&tables),
    ]
    .into_iter()
    .flatten()
    {
        let of = if found.name == "Tarone" { " (one odds ratio for all)" } else { "" };
        notes.push(format!(
            "{}{of}: χ² = {:.4}, df = {}, {}.",
            found.name,
            found.statistic,
            found.df,
            p_is(found.p_value)
        ));
    }
    notes.push(
        "Common effect; nothing is added to empty cells; Q is of the studies whose own effect exists.".into(),
    );
    Ok(Some(Section {
        key: "rare",
        title: "Methods for rare events".into(),
        columns: vec![
            ("term", "method"),
            ("estimate", "estimate"),
            ("se", "se"),
            ("ci.lb", "lower"),
            ("ci.ub", "upper"),
            ("pval", "p"),
            ("Q", "Q"),
            ("Q.df", "df"),
            ("Q.pval", "p of Q"),
        ],
        rows,
        notes,
    }))
}
