//! Small-study effects and publication bias of one table.

use super::pairwise::Analysis;
use super::section::{Section, Value};
use baihui_evidence::bias::{
    EggerModel, FailSafeMethod, FillEstimator, Predictor, SelectionModel, Side, TrimAndFill, begg, egger,
    excess_significance, fail_safe, henmi_copas, pet_peese, selection_model, trim_and_fill,
};
use baihui_evidence::pairwise::{Options, TestMethod};

/// The one-sided p value of the step of the selection model: two-sided 0.05 in the favoured direction.
const STEP: f64 = 0.025;

/// p values beyond this count as this in the beta selection model, whose weight may be infinite at 0 and 1.
const LIMIT: f64 = 1e-5;

/// Tests of asymmetry, fail-safe numbers and adjusted estimates.
pub(super) fn sections(a: &Analysis) -> Vec<Section> {
    vec![tests(a), adjusted(a)]
}

/// Trim and fill with L0, the side chosen by the slope; `None` where it cannot be computed.
pub(super) fn filled(a: &Analysis) -> Option<TrimAndFill> {
    let (y, v) = a.vectors();
    trim_and_fill(&y, &v, FillEstimator::L0, None, &a.options).ok()
}

fn tests(a: &Analysis) -> Section {
    let (y, v) = a.vectors();
    let mut rows = Vec::new();
    let mut notes = Vec::new();
    let mut row = |name: &str, statistic: (&str, f64), df: Option<f64>, p: f64| {
        rows.push(vec![
            Value::Text(name.into()),
            Value::Text(statistic.0.into()),
            Value::Number(statistic.1),
            Value::number(df),
            Value::P(p),
        ]);
    };
    let mixed = Options { test: TestMethod::StudentT, ..a.options };
    for (name, model) in [
        ("Egger, weighted regression on the standard error", EggerModel::Classical),
        ("Egger, meta-regression with τ² on the standard error", EggerModel::MetaRegression(mixed)),
    ] {
        match egger(&y, &v, Predictor::StandardError, model) {
            Ok(t) => row(name, ("t", t.slope.statistic()), t.slope.df, t.p_value()),
            Err(error) => notes.push(format!("{name}: not computed, {error}.")),
        }
    }
    match begg(&y, &v, true) {
        Ok(t) => {
            let name =
                if t.exact { "Begg, rank correlation, exact" } else { "Begg, rank correlation, normal" };
            row(name, ("Kendall's τ", t.tau), None, t.p_value);
        }
        Err(error) => notes.push(format!("Begg: not computed, {error}.")),
    }
    match excess_significance(&y, &v, a.pooled.estimate, a.pooled.tau2, 0.05) {
        Ok(t) => {
            row("Excess of significant studies, exact", ("observed", t.observed as f64), None, t.exact_p);
            notes.push(format!(
                "{} of {} studies are significant at 5 %; their power at the pooled effect lets expect {:.2}.",
                t.observed,
                y.len(),
                t.expected
            ));
        }
        Err(error) => notes.push(format!("Excess of significant studies: not computed, {error}.")),
    }
    for method in [FailSafeMethod::Rosenthal { alpha: 0.05 }, FailSafeMethod::Rosenberg { alpha: 0.05 }] {
        if let Ok(f) = fail_safe(&y, &v, method) {
            notes.push(format!(
                "Fail-safe number of {}: {:.0} studies without effect would undo significance at 5 %.",
                f.method, f.studies
            ));
        }
    }
    if y.len() < 10 {
        notes.insert(
            0,
            "Fewer than 10 studies: these tests have little power, and no asymmetry found means little \
             (Sterne et al. 2011)."
                .into(),
        );
    }
    Section {
        key: "bias.tests",
        title: "Small-study effects: tests".into(),
        columns: vec![
            ("term", "test"),
            ("statistic.name", ""),
            ("statistic", "statistic"),
            ("df", "df"),
            ("pval", "p"),
        ],
        rows,
        notes,
    }
}

fn adjusted(a: &Analysis) -> Section {
    let (y, v) = a.vectors();
    let (mut rows, mut notes) = (Vec::new(), Vec::new());
    let mut row = |name: String, x: [f64; 3], p: f64, missing: Option<usize>| {
        let [e, l, u] = x.map(|x| Value::effect(a.measure, x));
        rows.push(vec![
            Value::Text(name),
            e,
            l,
            u,
            if p.is_nan() { Value::None } else { Value::P(p) },
            missing.map_or(Value::None, Value::Count),
        ]);
    };
    let i = a.pooled.interval(0.95);
    row("as pooled".into(), [a.pooled.estimate, i.lower, i.upper], a.pooled.p_value(), None);
    for (name, estimator) in
        [("trim and fill, L0", FillEstimator::L0), ("trim and fill, R0", FillEstimator::R0)]
    {
        match trim_and_fill(&y, &v, estimator, None, &a.options) {
            Ok(t) => {
                let i = t.pooled.interval(0.95);
                let side = if t.side == Side::Left { "left" } else { "right" };
                let name = format!("{name} (side: {side})");
                row(name, [t.pooled.estimate, i.lower, i.upper], t.pooled.p_value(), Some(t.missing));
            }
            Err(error) => notes.push(format!("{name}: not computed, {error}.")),
        }
    }
    match pet_peese(&y, &v) {
        Ok(t) => {
            for (name, c, used) in
                [("PET", &t.pet.limit, !t.uses_peese), ("PEESE", &t.peese.limit, t.uses_peese)]
            {
                let i = c.interval(0.95, "t");
                let chosen = if used { " (the one to read)" } else { "" };
                row(format!("{name}{chosen}"), [c.estimate, i.lower, i.upper], c.p_value(), None);
            }
        }
        Err(error) => notes.push(format!("PET-PEESE: not computed, {error}.")),
    }
    match henmi_copas(&y, &v, 0.95) {
        Ok(t) => {
            row("Henmi and Copas".into(), [t.estimate, t.interval.lower, t.interval.upper], f64::NAN, None);
        }
        Err(error) => notes.push(format!("Henmi and Copas: not computed, {error}.")),
    }
    let favoured = if a.pooled.estimate < 0.0 { Side::Left } else { Side::Right };
    let mut chances = Vec::new();
    for model in [SelectionModel::Steps(vec![STEP]), SelectionModel::Beta { limit: LIMIT }] {
        let name = match model {
            SelectionModel::Steps(_) => format!("selection model, step at p = {STEP}"),
            SelectionModel::Beta { .. } => "selection model, beta".to_owned(),
        };
        match selection_model(&y, &v, &model, favoured) {
            Ok(s) => {
                let margin = 1.959_963_984_540_054 * s.se;
                row(name.clone(), [s.estimate, s.estimate - margin, s.estimate + margin], s.p_value(), None);
                let against = format!("against no selection {}", super::pairwise::p_is(s.lrt_p));
                chances.push(match (&model, s.delta.as_slice()) {
                    (SelectionModel::Beta { .. }, [alpha, beta]) => {
                        format!("Beta selection: α = {alpha:.4}, β = {beta:.4}; {against}.")
                    }
                    (_, delta) => format!(
                        "Step selection: a study with p above {STEP} had {:.3} times the chance of publication; {against}.",
                        delta.last().copied().unwrap_or(f64::NAN)
                    ),
                });
            }
            Err(error) => notes.push(format!("{name}: not computed, {error}.")),
        }
    }
    notes.extend(chances);
    notes.push(format!(
        "Selection models take {} effects as the favoured ones, fit by maximum likelihood and use normal intervals.",
        if favoured == Side::Left { "negative (on the scale of the analysis)" } else { "positive (on the scale of the analysis)" }
    ));
    notes.push(
        "None of these can tell publication bias from other reasons for small studies to differ.".into(),
    );
    Section {
        key: "bias.adjusted",
        title: "Small-study effects: adjusted estimates".into(),
        columns: vec![
            ("term", "method"),
            ("estimate", "estimate"),
            ("ci.lb", "lower"),
            ("ci.ub", "upper"),
            ("pval", "p"),
            ("k0", "filled in"),
        ],
        rows,
        notes,
    }
}
