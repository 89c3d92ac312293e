//! Figures and the page of one table.

use super::pairwise::Analysis;
use super::{EvidenceError, How, treatments};
use baihui_evidence::cumulative::cumulative;
use baihui_evidence::effect_size::TableMeasure;
use baihui_evidence::influence::influence;
use baihui_evidence::table::RowData;
use baihui_evidence::table::effects::EffectMeasure;
use baihui_report::Theme;
use baihui_report::stat::html::{Part, page};
use baihui_report::stat::{Look, Width, baujat, forest, funnel, labbe};
use clap::{Args, ValueEnum};
use std::path::Path;

/// Kinds of figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Studies with their pooled effect.
    Forest,
    /// Effects against precision, with contours of significance.
    Funnel,
    /// Contribution to heterogeneity against influence.
    Baujat,
    /// Risk with against risk without treatment.
    Labbe,
    /// The pooled effect as studies are added, by year or in the order of the table.
    Cumulative,
    /// The network of treatments.
    Network,
    /// The league table.
    League,
}

/// How figures look.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct LookArgs {
    /// Width.
    #[arg(long, value_enum, default_value = "page")]
    width: WidthArg,
    /// Page colour.
    #[arg(long, value_enum, default_value = "light")]
    theme: ThemeArg,
}

/// Width of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WidthArg {
    /// 85 mm.
    Column,
    /// 180 mm.
    Page,
}

/// Theme of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ThemeArg {
    /// White page.
    Light,
    /// Dark page.
    Dark,
    /// As the viewer asks.
    Auto,
}

impl LookArgs {
    fn look(self) -> Look {
        Look {
            width: match self.width {
                WidthArg::Column => Width::Column,
                WidthArg::Page => Width::Page,
            },
            theme: match self.theme {
                ThemeArg::Light => Theme::Light,
                ThemeArg::Dark => Theme::Dark,
                ThemeArg::Auto => Theme::Auto,
            },
        }
    }
}

/// Draws one figure of a table.
pub(super) fn draw(kind: Kind, path: &Path, how: &How, look: &LookArgs) -> Result<String, EvidenceError> {
    let look = look.look();
    match kind {
        Kind::Network => treatments::Analysis::of(path, how.measure.as_deref(), false)?.network_figure(look),
        Kind::League => treatments::Analysis::of(path, how.measure.as_deref(), false)?.league_figure(look),
        _ => {
            let a = Analysis::of(path, how)?;
            let title = path.file_stem().map_or(String::new(), |s| s.to_string_lossy().into_owned());
            match kind {
                Kind::Funnel => funnel_of(&a, &title, look),
                Kind::Baujat => baujat_of(&a, &title, look),
                Kind::Labbe => labbe_of(&a, &title, look)?.ok_or_else(|| {
                    EvidenceError::Argument(
                        "a L'Abbé plot needs events of two groups (ai, n1i, ci, n2i)".into(),
                    )
                }),
                Kind::Cumulative => cumulative_of(&a, &title, look),
                _ => forest_of(&a, &title, look),
            }
        }
    }
}

fn forest_of(a: &Analysis, title: &str, look: Look) -> Result<String, EvidenceError> {
    let (_, v) = a.vectors();
    let z = 1.959_963_984_540_054;
    let mut rows: Vec<forest::Row> = a
        .studies
        .iter()
        .zip(a.pooled.weights_percent(&v))
        .map(|(s, w)| {
            let margin = z * s.effect.standard_error();
            let [estimate, lower, upper] =
                [s.effect.estimate, s.effect.estimate - margin, s.effect.estimate + margin]
                    .map(|x| a.shown(x));
            forest::Row::Study {
                label: s.study.clone(),
                cells: Analysis::cells(&s.data),
                effect: forest::Interval { estimate, lower, upper },
                weight_percent: Some(w),
            }
        })
        .collect();
    rows.extend(a.table.unusable.iter().map(|u| forest::Row::Without {
        label: u.study.clone(),
        reason: format!("no value in {}", u.missing.join(", ")),
    }));
    let [estimate, lower, upper] = a.pooled_shown();
    rows.push(forest::Row::Pooled {
        label: format!("Pooled ({}, {})", a.pooled.tau2_method.code(), a.pooled.test.name()),
        effect: forest::Interval { estimate, lower, upper },
        prediction: a.prediction(),
    });
    let two_groups = a.studies.first().is_some_and(|s| Analysis::cells(&s.data).len() == 2);
    let figure = forest::Forest {
        title: title.to_owned(),
        measure: a.measure.label().to_owned(),
        log: a.measure.is_log(),
        null: a.measure.null(),
        columns: if two_groups { vec!["Group 1".into(), "Group 2".into()] } else { Vec::new() },
        rows,
        favours: [String::new(), String::new()],
        footer: a.notes(),
    };
    Ok(forest::svg(&figure, look)?)
}

fn funnel_of(a: &Analysis, title: &str, look: Look) -> Result<String, EvidenceError> {
    let mut footer = Vec::new();
    if a.studies.len() < 10 {
        footer.push("Fewer than 10 studies: asymmetry cannot be read.".into());
    }
    let figure = funnel::Funnel {
        title: title.to_owned(),
        measure: a.measure.label().to_owned(),
        log: a.measure.is_log(),
        points: a
            .studies
            .iter()
            .map(|s| funnel::Point {
                label: s.study.clone(),
                effect: s.effect.estimate,
                standard_error: s.effect.standard_error(),
                imputed: false,
            })
            .collect(),
        pooled: a.pooled.estimate,
        footer,
    };
    Ok(funnel::svg(&figure, look)?)
}

fn baujat_of(a: &Analysis, title: &str, look: Look) -> Result<String, EvidenceError> {
    let (y, v) = a.vectors();
    let found = influence(&y, &v, &a.options)
        .map_err(|source| EvidenceError::Pool { path: a.name.clone(), source })?;
    let points = a.studies.iter().zip(found).map(|(s, i)| baujat::Point {
        label: s.study.clone(),
        contribution: i.baujat_heterogeneity,
        influence: i.baujat_influence,
    });
    let figure = baujat::Baujat { title: title.to_owned(), points: points.collect(), footer: Vec::new() };
    Ok(baujat::svg(&figure, look)?)
}

/// `None` where the table does not hold events of two groups.
fn labbe_of(a: &Analysis, title: &str, look: Look) -> Result<Option<String>, EvidenceError> {
    let points: Vec<labbe::Point> = a
        .studies
        .iter()
        .filter_map(|s| match s.data {
            RowData::Counts { events1, n1, events2, n2 } => {
                Some(labbe::Point { label: s.study.clone(), treated: [events1, n1], control: [events2, n2] })
            }
            _ => None,
        })
        .collect();
    if points.is_empty() {
        return Ok(None);
    }
    let e = a.pooled_shown()[0];
    let pooled = match a.measure {
        EffectMeasure::Table(TableMeasure::RiskRatio) => Some(labbe::Effect::RiskRatio(e)),
        EffectMeasure::Table(TableMeasure::OddsRatio | TableMeasure::Peto) => {
            Some(labbe::Effect::OddsRatio(e))
        }
        EffectMeasure::Table(TableMeasure::RiskDifference) => Some(labbe::Effect::RiskDifference(e)),
        _ => None,
    };
    let figure = labbe::Labbe {
        title: title.to_owned(),
        axes: ["Risk in group 2".into(), "Risk in group 1".into()],
        points,
        pooled,
        footer: vec!["Area of circles: participants. Dashed: pooled effect.".into()],
    };
    Ok(Some(labbe::svg(&figure, look)?))
}

/// By year where every study has one, else in the order of the table.
fn cumulative_of(a: &Analysis, title: &str, look: Look) -> Result<String, EvidenceError> {
    let year = |row: usize| -> Option<i32> {
        let r = a.table.rows.iter().find(|r| r.row == row)?;
        r.extra.iter().find(|(k, _)| k.eq_ignore_ascii_case("year")).and_then(|(_, v)| v.parse().ok())
    };
    let years: Option<Vec<i32>> = a.studies.iter().map(|s| year(s.row)).collect();
    let mut order: Vec<usize> = (0..a.studies.len()).collect();
    if let Some(years) = &years {
        order.sort_by_key(|&i| years[i]);
    }
    let (y, v) = a.vectors();
    let steps = cumulative(&y, &v, &order, &a.options)
        .map_err(|source| EvidenceError::Pool { path: a.name.clone(), source })?;
    let rows = order
        .iter()
        .zip(steps)
        .map(|(&i, p)| {
            let interval = p.interval(0.95);
            let [estimate, lower, upper] = [p.estimate, interval.lower, interval.upper].map(|x| a.shown(x));
            let year = years.as_ref().map_or(String::new(), |years| format!(" ({})", years[i]));
            forest::Row::Step {
                label: format!("+ {}{year}", a.studies[i].study),
                effect: forest::Interval { estimate, lower, upper },
            }
        })
        .collect();
    let basis = if years.is_some() { "year of publication" } else { "order of the table" };
    let figure = forest::Forest {
        title: format!("{title}: pooled effect as studies are added"),
        measure: a.measure.label().to_owned(),
        log: a.measure.is_log(),
        null: a.measure.null(),
        columns: Vec::new(),
        rows,
        favours: [String::new(), String::new()],
        footer: vec![format!("By {basis}; {}, {}.", a.pooled.tau2_method.name(), a.pooled.test.name())],
    };
    Ok(forest::svg(&figure, look)?)
}

/// Everything about one table as a page.
pub(super) fn report(path: &Path, how: &How, title: Option<&str>) -> Result<String, EvidenceError> {
    let a = Analysis::of(path, how)?;
    let stem = path.file_stem().map_or(String::new(), |s| s.to_string_lossy().into_owned());
    let title = title.unwrap_or(&stem);
    let look = Look { width: Width::Page, theme: Theme::Auto };
    let [e, l, u] = a.pooled_shown();
    let mut parts = vec![
        Part::Callout(format!(
            "{}: {e:.3} [{l:.3}, {u:.3}] from {} studies, p {}.",
            a.measure.label(),
            a.studies.len(),
            super::pairwise::p_text(a.pooled.p_value())
        )),
        Part::Heading("Studies".into()),
        Part::Figure { svg: forest_of(&a, title, look)?, caption: "Forest plot.".into() },
        Part::List(a.notes()),
        Part::Heading("Small studies".into()),
        Part::Figure {
            svg: funnel_of(&a, title, look)?,
            caption: "Funnel plot with contours of significance about no effect.".into(),
        },
        Part::Heading("Influence".into()),
    ];
    if a.studies.len() > 2 {
        parts.push(Part::Figure { svg: baujat_of(&a, title, look)?, caption: "Baujat plot.".into() });
    }
    parts.push(Part::Figure {
        svg: cumulative_of(&a, title, look)?,
        caption: "Cumulative meta-analysis.".into(),
    });
    if let Some(svg) = labbe_of(&a, title, look)? {
        parts.push(Part::Heading("Risks".into()));
        parts.push(Part::Figure { svg, caption: "L'Abbé plot.".into() });
    }
    Ok(page(title, "en", &parts))
}
