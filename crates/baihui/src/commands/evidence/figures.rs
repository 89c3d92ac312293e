//! Figures and the page of one table.

use super::pairwise::{Also, Analysis};
use super::{EvidenceError, How, bias, moderators, sensitivity, treatments};
use baihui_evidence::bias::Side;
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
    pub(super) fn look(self) -> Look {
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

/// What a figure is drawn with.
#[derive(Debug, Clone, Default)]
pub(super) struct With {
    /// Column of the groups of a forest plot.
    pub(super) subgroup: Option<String>,
    /// Studies that trim and fill adds to a funnel plot.
    pub(super) trim_and_fill: bool,
    /// League table: small effects are good.
    pub(super) small_is_good: bool,
}

/// Draws one figure of a table.
pub(super) fn draw(
    kind: Kind,
    path: &Path,
    how: &How,
    with: &With,
    look: &LookArgs,
) -> Result<String, EvidenceError> {
    let look = look.look();
    match kind {
        Kind::Network | Kind::League => {
            let how = treatments::HowNetwork {
                measure: how.measure.clone(),
                method: how.method.clone(),
                add: how.add,
                small_is_good: with.small_is_good,
            };
            let a = treatments::Trials::of(path, &how)?.analysed()?;
            if kind == Kind::Network { a.network_figure(look) } else { a.league_figure(look) }
        }
        _ => {
            let a = Analysis::of(path, how)?;
            let title = path.file_stem().map_or(String::new(), |s| s.to_string_lossy().into_owned());
            match kind {
                Kind::Funnel => funnel_of(&a, &title, with.trim_and_fill, look),
                Kind::Baujat => baujat_of(&a, &title, look),
                Kind::Labbe => labbe_of(&a, &title, look)?.ok_or_else(|| {
                    EvidenceError::Argument(
                        "a L'Abbé plot needs events of two groups (ai, n1i, ci, n2i)".into(),
                    )
                }),
                Kind::Cumulative => cumulative_of(&a, &title, None, look),
                _ => forest_of(&a, &title, with.subgroup.as_deref(), look),
            }
        }
    }
}

/// Hyphens in front of numbers as minus signs, as the figures write their own.
fn with_minus(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let negative = c == '-' && !before.is_alphanumeric() && rest.peek().is_some_and(char::is_ascii_digit);
        out.push(if negative { '−' } else { c });
        before = c;
    }
    out
}

fn forest_of(a: &Analysis, title: &str, subgroup: Option<&str>, look: Look) -> Result<String, EvidenceError> {
    let (_, v) = a.vectors();
    let z = 1.959_963_984_540_054;
    let weights = a.pooled.weights_percent(&v);
    let study = |i: usize| {
        let s = &a.studies[i];
        let margin = z * s.effect.standard_error();
        let [estimate, lower, upper] =
            [s.effect.estimate, s.effect.estimate - margin, s.effect.estimate + margin].map(|x| a.shown(x));
        forest::Row::Study {
            label: s.study.clone(),
            cells: Analysis::cells(&s.data).iter().map(|c| with_minus(c)).collect(),
            effect: forest::Interval { estimate, lower, upper },
            weight_percent: Some(weights[i]),
        }
    };
    let mut rows = Vec::new();
    let mut between = None;
    match subgroup {
        None => rows.extend((0..a.studies.len()).map(study)),
        Some(by) => {
            let found = moderators::groups(a, by)?;
            for g in &found.groups {
                rows.push(forest::Row::Heading(g.level.clone()));
                rows.extend(g.rows.iter().map(|i| study(*i)));
                match &g.pooled {
                    Some(p) => {
                        let i = p.interval(0.95);
                        let [estimate, lower, upper] = [p.estimate, i.lower, i.upper].map(|x| a.shown(x));
                        rows.push(forest::Row::Pooled {
                            label: if g.rows.len() == 1 {
                                "One study".into()
                            } else if look.width == Width::Column {
                                "Pooled".into()
                            } else {
                                format!("Pooled (τ² {:.3}, I² {:.0} %)", p.tau2, 100.0 * p.i2_from_tau2())
                            },
                            effect: forest::Interval { estimate, lower, upper },
                            prediction: None,
                        });
                    }
                    None => rows.push(forest::Row::Without {
                        label: "Not pooled".into(),
                        reason: g.reason.clone().unwrap_or_default(),
                    }),
                }
            }
            rows.push(forest::Row::Heading("All".into()));
            between = Some(moderators::between(&found));
        }
    }
    rows.extend(a.table.unusable.iter().map(|u| forest::Row::Without {
        label: u.study.clone(),
        reason: format!("no value in {}", u.missing.join(", ")),
    }));
    let [estimate, lower, upper] = a.pooled_shown();
    rows.push(forest::Row::Pooled {
        // In a narrow figure the methods stand in the lines below.
        label: if look.width == Width::Column {
            "Pooled".into()
        } else {
            format!("Pooled ({}, {})", a.pooled.tau2_method.code(), a.pooled.test.name())
        },
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
        footer: a.notes().iter().chain(&between).map(|line| with_minus(line)).collect(),
    };
    Ok(forest::svg(&figure, look)?)
}

fn funnel_of(a: &Analysis, title: &str, fill: bool, look: Look) -> Result<String, EvidenceError> {
    let mut footer = Vec::new();
    let filled = if fill { bias::filled(a) } else { None };
    if let Some(t) = &filled {
        let i = t.pooled.interval(0.95);
        let [e, l, u] = [t.pooled.estimate, i.lower, i.upper].map(|x| a.shown(x));
        let side = if t.side == Side::Left { "left" } else { "right" };
        footer.push(format!(
            "Trim and fill (L0): {} added on the {side}; pooled with them {e:.3} [{l:.3}, {u:.3}].",
            if t.missing == 1 { "1 study".to_owned() } else { format!("{} studies", t.missing) }
        ));
    }
    let imputed: Vec<funnel::Point> = filled
        .iter()
        .flat_map(|t| t.filled_y.iter().zip(&t.filled_v))
        .map(|(y, v)| funnel::Point {
            label: "added by trim and fill".into(),
            effect: *y,
            standard_error: v.sqrt(),
            imputed: true,
        })
        .collect();
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
            .chain(imputed)
            .collect(),
        pooled: a.pooled.estimate,
        footer,
    };
    Ok(funnel::svg(&figure, look)?)
}

fn baujat_of(a: &Analysis, title: &str, look: Look) -> Result<String, EvidenceError> {
    let (y, v) = a.vectors();
    let found = influence(&y, &v, &a.options).map_err(|source| EvidenceError::Pool {
        path: a.name.clone(),
        source,
        unused: String::new(),
    })?;
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

fn cumulative_of(a: &Analysis, title: &str, by: Option<&str>, look: Look) -> Result<String, EvidenceError> {
    let (order, basis) = sensitivity::order(a, by)?;
    let years = moderators::column(a, "year").ok();
    let (y, v) = a.vectors();
    let steps = cumulative(&y, &v, &order, &a.options).map_err(|source| EvidenceError::Pool {
        path: a.name.clone(),
        source,
        unused: String::new(),
    })?;
    let rows = order
        .iter()
        .zip(steps)
        .map(|(&i, p)| {
            let interval = p.interval(0.95);
            let [estimate, lower, upper] = [p.estimate, interval.lower, interval.upper].map(|x| a.shown(x));
            let year = years.as_ref().and_then(|years| years[i].as_ref());
            let study = &a.studies[i].study;
            // Most names of studies hold the year already.
            let year = year.filter(|year| !study.contains(year.as_str()));
            let year = year.map_or(String::new(), |year| format!(" ({year})"));
            forest::Row::Step {
                label: format!("+ {study}{year}"),
                effect: forest::Interval { estimate, lower, upper },
            }
        })
        .collect();
    let figure = forest::Forest {
        title: format!("{title}: pooled effect as studies are added"),
        measure: a.measure.label().to_owned(),
        log: a.measure.is_log(),
        null: a.measure.null(),
        columns: Vec::new(),
        rows,
        favours: [String::new(), String::new()],
        footer: vec![format!("{basis}; {}, {}.", a.pooled.tau2_method.name(), a.pooled.test.name())],
    };
    Ok(forest::svg(&figure, look)?)
}

/// Everything about one table as a page: HTML, or PDF.
pub(super) fn report(
    path: &Path,
    how: &How,
    also: Also,
    title: Option<&str>,
    pdf: bool,
) -> Result<Vec<u8>, EvidenceError> {
    let a = Analysis::of(path, how)?;
    let stem = path.file_stem().map_or(String::new(), |s| s.to_string_lossy().into_owned());
    let title = title.unwrap_or(&stem);
    // Paper is white; a browser follows its reader.
    let look = Look { width: Width::Page, theme: if pdf { Theme::Light } else { Theme::Auto } };
    let [e, l, u] = a.pooled_shown();
    let by = also.cumulative.clone();
    let groups = also.subgroup.clone();
    let also = also.everything();
    let mut sections = also.sections(&a)?.into_iter();
    let mut of = |keys: &[&str]| -> Vec<Part> {
        // The sections come in a fixed order; each is taken where it belongs.
        let mut parts = Vec::new();
        while let Some(next) = sections.as_slice().first() {
            if !keys.contains(&next.key) {
                break;
            }
            parts.extend(next.parts());
            sections.next();
        }
        parts
    };
    let mut parts = vec![
        Part::Callout(format!(
            "{}: {e:.3} [{l:.3}, {u:.3}] from {} studies, {}.",
            a.measure.label(),
            a.studies.len(),
            super::pairwise::p_is(a.pooled.p_value())
        )),
        Part::Heading("Studies".into()),
        Part::Figure { svg: forest_of(&a, title, None, look)?, caption: "Forest plot.".into() },
    ];
    for by in &groups {
        parts.push(Part::Heading(format!("Groups of {by}")));
        parts.push(Part::Figure {
            svg: forest_of(&a, &format!("{title}, by {by}"), Some(by), look)?,
            caption: format!("Forest plot by {by}."),
        });
    }
    let found = of(&["subgroups", "regression", "cluster"]);
    if !found.is_empty() {
        parts.push(Part::Heading("Moderators and dependence".into()));
        parts.extend(found);
    }
    parts.push(Part::Heading("Influence and order".into()));
    if a.studies.len() > 2 {
        parts.push(Part::Figure { svg: baujat_of(&a, title, look)?, caption: "Baujat plot.".into() });
    }
    parts.extend(of(&["leave1out", "influence"]));
    parts.push(Part::Figure {
        svg: cumulative_of(&a, title, by.as_deref(), look)?,
        caption: "Cumulative meta-analysis.".into(),
    });
    parts.extend(of(&["cumulative"]));
    parts.push(Part::Heading("Small studies".into()));
    parts.push(Part::Figure {
        svg: funnel_of(&a, title, true, look)?,
        caption: "Funnel plot with contours of significance about no effect.".into(),
    });
    parts.extend(of(&["bias.tests", "bias.adjusted"]));
    if let Some(svg) = labbe_of(&a, title, look)? {
        parts.push(Part::Heading("Risks".into()));
        parts.push(Part::Figure { svg, caption: "L'Abbé plot.".into() });
    }
    parts.extend(of(&["rare"]));
    Ok(if pdf {
        baihui_report::pdf::document(title, "en", &parts)?
    } else {
        page(title, "en", &parts).into_bytes()
    })
}
