//! The figure of `baihui claims`.

use baihui_atlas::claims::{Across, Judgement, OfHead, Rule, Verdict, Why};
use baihui_head::{Side, cortex::Sampling, mni::Variation};
use baihui_report::stat::{
    Look,
    claims::{Chart, Mark, Row, Section, Tone},
};

use crate::error::{CliError, Kind};

/// What the figure answers.
pub(crate) const TITLE: &str = "Does the zone lie over the cortex that its school claims?";

/// Regions named in a row.
const NAMED: usize = 2;

/// Where a claim stands in the figure.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Same(Verdict, Option<Why>),
    Differs,
}

/// All heads' judgements on one zone and side.
struct Claim<'a> {
    place: Place,
    of: Vec<&'a Judgement>,
    across: &'a Across,
}

impl Claim<'_> {
    fn mark(&self) -> Mark {
        let several = self.of.len() > 1;
        let means: Vec<f64> = self.of.iter().map(|j| j.mean()).collect();
        let range: Vec<f64> = self.of.iter().flat_map(|j| j.probability.iter().copied()).collect();
        let spread = if several { &means } else { &range };
        Mark {
            side: match self.across.side {
                Side::Left => "L",
                Side::Right => "R",
                Side::Midline => "M",
            }
            .to_owned(),
            low: spread.iter().copied().fold(f64::INFINITY, f64::min),
            high: spread.iter().copied().fold(0.0, f64::max),
            ceiling: self.of.iter().map(|j| j.ceiling).sum::<f64>() / self.of.len().max(1) as f64,
            means,
        }
    }

    fn last(&self, with_side: bool) -> String {
        let side = if with_side { format!("{}: ", self.mark().side) } else { String::new() };
        if self.of.len() > 1 {
            let a = self.across;
            let parts =
                [(a.holds, "holds"), (a.does_not_hold, "does not"), (a.cannot_be_judged, "not judged")];
            let said: Vec<String> =
                parts.iter().filter(|p| p.0 > 0).map(|(n, what)| format!("{what} on {n}")).collect();
            return format!("{side}{}", said.join(", "));
        }
        let own = format!("{} ", self.across.side);
        let found = self.of.iter().flat_map(|j| j.found.iter().take(NAMED));
        let one = |(name, p): &(String, f64)| {
            format!("{} {:.0}\u{a0}%", name.strip_prefix(&own).unwrap_or(name), 100.0 * p)
        };
        format!("{side}{}", found.map(one).collect::<Vec<_>>().join(", "))
    }
}

/// Draws it.
pub(crate) fn svg(
    all: &[OfHead],
    across: &[Across],
    rule: &Rule,
    sampling: &Sampling,
    look: Look,
) -> Result<String, CliError> {
    let claims: Vec<Claim<'_>> = across
        .iter()
        .map(|a| {
            let same = |j: &&Judgement| j.code == a.code && j.side == a.side && j.part == a.part;
            let of: Vec<&Judgement> = all.iter().flat_map(|h| &h.judgements).filter(same).collect();
            let why = of.first().and_then(|j| j.why).filter(|w| of.iter().all(|j| j.why == Some(*w)));
            let place = a.verdict().map_or(Place::Differs, |v| Place::Same(v, why));
            Claim { place, of, across: a }
        })
        .collect();
    let heads = all.len();
    let every = if heads > 1 { format!(" on all {heads} heads") } else { String::new() };
    let percent = |x: f64| format!("{:.0} %", 100.0 * x);
    let open = |why| Place::Same(Verdict::CannotBeJudged, why);
    let order = [
        (
            Place::Same(Verdict::Holds, None),
            format!("Holds{every}"),
            format!("at least {} of what the best place on the scalp attains", percent(rule.holds)),
            Tone::Holds,
        ),
        (
            Place::Same(Verdict::DoesNotHold, None),
            format!("Does not hold{every}"),
            format!("at most {} of it", percent(rule.fails)),
            Tone::Fails,
        ),
        (Place::Differs, "The heads differ".to_owned(), String::new(), Tone::Open),
        (
            open(Some(Why::Between)),
            format!("Cannot be judged{every}"),
            "between these, or on both sides of a threshold by projection".to_owned(),
            Tone::Open,
        ),
        (
            open(Some(Why::OutOfReach)),
            format!("Cannot be judged{every}"),
            format!("the best place on the scalp attains less than {}", percent(rule.reach)),
            Tone::Open,
        ),
        (
            open(Some(Why::NotInParcellation)),
            format!("Cannot be judged{every}"),
            Why::NotInParcellation.words().to_owned(),
            Tone::Open,
        ),
        (open(None), format!("Cannot be judged{every}"), "for different reasons".to_owned(), Tone::Open),
    ];
    let sections = order.into_iter().map(|(place, title, about, tone)| {
        let of: Vec<&Claim<'_>> = claims.iter().filter(|c| c.place == place).collect();
        Section { title: format!("{title}: {}", of.len()), about, tone, rows: rows(&of) }
    });
    let sections: Vec<Section> = sections.collect();
    let unnamed: Vec<String> = claims
        .iter()
        .filter(|c| c.place == open(Some(Why::Unnamed)))
        .map(|c| format!("{} {}", c.across.code, c.across.side))
        .collect();
    let chart = Chart {
        title: TITLE.to_owned(),
        holds: rule.holds,
        fails: rule.fails,
        last: if heads > 1 { "Verdicts by head" } else { "Most often beneath" }.to_owned(),
        sections,
        footer: footer(all, rule, sampling, &unnamed),
    };
    baihui_report::stat::claims::svg(&chart, look)
        .map_err(|e| CliError::new(Kind::Output, format!("the figure cannot be drawn: {e}")))
}

/// Sides of a zone share a row; the zone that meets its claim most surely comes first.
fn rows(claims: &[&Claim<'_>]) -> Vec<Row> {
    let mut groups: Vec<Vec<&Claim<'_>>> = Vec::new();
    for &c in claims {
        let same = |g: &Vec<&Claim<'_>>| {
            g.first().is_some_and(|f| f.across.code == c.across.code && f.across.part == c.across.part)
        };
        match groups.iter_mut().find(|g| same(g)) {
            Some(g) => g.push(c),
            None => groups.push(vec![c]),
        }
    }
    let mean = |g: &[&Claim<'_>]| g.iter().map(|c| c.across.mean).sum::<f64>() / g.len().max(1) as f64;
    groups.sort_by(|a, b| mean(b).total_cmp(&mean(a)));
    groups
        .into_iter()
        .map(|g| {
            let name = g[0].of.first().map_or("", |j| j.name.as_str());
            let part = if g[0].across.part.is_empty() { "" } else { ", " };
            Row {
                zone: format!("{} {name}{part}{}", g[0].across.code, g[0].across.part),
                claim: g[0].across.claim.clone(),
                marks: g.iter().map(|c| c.mark()).collect(),
                found: g.iter().map(|c| c.last(g.len() > 1)).collect::<Vec<_>>().join("; "),
            }
        })
        .collect()
}

fn footer(all: &[OfHead], rule: &Rule, sampling: &Sampling, unnamed: &[String]) -> Vec<String> {
    let marks = if all.len() > 1 {
        "Dots: heads, each the mean of four projections; bar: their range."
    } else {
        "Dot and bar: mean and range of four projections."
    };
    let between = match (sampling.between_heads, all.iter().all(|h| h.own_cortex)) {
        (Some(Variation::Uniform(mm)), _) => format!("variation between heads ({mm} mm)"),
        (None, true) => "no variation between heads: the brains are the subjects' own".to_owned(),
        (Some(Variation::Sites), _) | (None, false) => "variation between heads (as in 17 people)".to_owned(),
    };
    let mut out = vec![
        format!(
            "{marks} Black line: what the best place on this scalp attains with the same errors; grey band: from {:.0} % \
             of that on, where a claim holds by every projection; thin line: {:.0} % of it, below which it does not.",
            100.0 * rule.holds,
            100.0 * rule.fails
        ),
        format!(
            "Errors drawn {} times: landmarks, placing (sd 4.0 mm), {between}. L and R are the patient's left and \
             right.",
            sampling.draws
        ),
        format!(
            "{}: {}.",
            if all.len() > 1 { "Heads" } else { "Head" },
            all.iter().map(|h| format!("{} ({})", h.head, h.parcellation)).collect::<Vec<_>>().join(", ")
        ),
    ];
    if !unnamed.is_empty() {
        out.push(format!("Not drawn, since the claim names no region of the brain: {}.", unnamed.join(", ")));
    }
    out
}
