//! The numbers behind a condition's evidence: what the tables hold for each reference, null results beside the others.
//!
//! Estimates of reviews are as printed, with what contradicts itself in them; estimates of single trials are worked
//! out from their arms. Nothing is pooled here, and where no number was seen, none is shown.

use baihui_clinic::condition::{EvidenceLink, Says};
use baihui_evidence::{
    check::check_estimates,
    claim::EvidenceBase,
    effect_size::{Correction, MeansMeasure, TableMeasure, TwoByTwo, TwoMeans},
    table::{RawRow, RawTable},
};
use schemars::JsonSchema;
use serde::Serialize;

/// What stands behind one reference of a condition.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Numbers {
    /// `review:ID`, `trial:ID`, `estimate:ID`, `mechanism:ID` or `claim:ID`.
    pub r#ref: String,
    /// Which way it points for the condition.
    pub says: Says,
    /// What it says here, in words.
    pub why: String,
    /// Year of publication.
    pub year: Option<u32>,
    /// What it is compared with, and whether that was a sham.
    pub control: String,
    /// Whether anything was compared with a sham; none where that is not known.
    pub sham: Option<bool>,
    /// Trials of a review.
    pub trials: Option<u64>,
    /// Participants.
    pub participants: Option<u64>,
    /// Risk of bias of a trial, or quality of the trials of a review, as far as it was judged.
    pub bias: String,
    /// The numbers.
    pub estimates: Vec<Estimate>,
    /// Where it was read.
    pub source: String,
}

/// One estimate.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Estimate {
    /// What was measured.
    pub outcome: String,
    /// Treatment.
    pub experimental: String,
    /// What it is compared with.
    pub comparator: String,
    /// RR, OR, MD, WMD, SMD; empty where only a direction was printed.
    pub measure: String,
    /// The estimate.
    pub estimate: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<[f64; 2]>,
    /// p-value as printed.
    pub p: String,
    /// Heterogeneity, percent.
    pub i2: Option<f64>,
    /// Trials in it.
    pub trials: Option<u64>,
    /// Participants in it.
    pub participants: Option<u64>,
    /// Printed by the source, or worked out from the arms.
    pub computed: bool,
    /// What the interval allows to say.
    pub reading: Reading,
    /// Where the printed numbers contradict themselves.
    pub faults: Vec<String>,
}

/// What an interval allows to say about the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// The interval lies on the side of the treatment.
    Better,
    /// It lies on the side of the comparator.
    Worse,
    /// It holds no effect.
    NoDifference,
    /// There is no interval, or it is not known which way is better.
    NotKnown,
}

impl Reading {
    /// As a reader would say it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Better => "better than the comparator",
            Self::Worse => "worse than the comparator",
            Self::NoDifference => "no difference shown",
            Self::NotKnown => "no interval seen",
        }
    }

    fn of(measure: &str, interval: Option<[f64; 2]>, higher_is_better: Option<bool>) -> Self {
        let null = if matches!(measure, "RR" | "OR") { 1.0 } else { 0.0 };
        match (interval, higher_is_better) {
            (None, _) => Self::NotKnown,
            (Some([lo, hi]), _) if lo <= null && null <= hi => Self::NoDifference,
            (Some(_), None) => Self::NotKnown,
            (Some([lo, _]), Some(higher)) if (lo > null) == higher => Self::Better,
            (Some(_), Some(_)) => Self::Worse,
        }
    }
}

impl Estimate {
    /// In one line: `FMA upper: WMD 6.35 (4.11 to 8.59), better than the comparator`.
    pub fn text(&self) -> String {
        let mut text = format!("{}, {} against {}: ", self.outcome, self.experimental, self.comparator);
        match (self.estimate, self.interval) {
            (Some(e), Some([lo, hi])) => {
                text += &format!("{} {} ({} to {})", self.measure, number(e), number(lo), number(hi));
            }
            (Some(e), None) => text += &format!("{} {}", self.measure, number(e)),
            (None, _) => text += "no size seen",
        }
        if !self.p.is_empty() {
            text += &format!(", p {}", self.p);
        }
        if let Some(i2) = self.i2 {
            text += &format!(", I² {i2} %");
        }
        if let Some(n) = self.trials {
            text += &format!(", {n} trials");
        }
        if let Some(n) = self.participants {
            text += &format!(", {n} people");
        }
        if self.reading != Reading::NotKnown {
            text += &format!("; {}", self.reading.words());
        }
        if self.computed {
            text += " (worked out from the arms)";
        }
        text
    }
}

/// Two decimals, or more for small numbers, without trailing zeros.
fn number(x: f64) -> String {
    let text = if x.abs() < 0.1 { format!("{x:.3}") } else { format!("{x:.2}") };
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short.is_empty() || short == "-0" { "0".to_owned() } else { short.to_owned() }
}

/// The numbers of every reference of a condition, in their order.
pub fn of(base: &EvidenceBase, links: &[EvidenceLink]) -> Vec<Numbers> {
    links.iter().map(|link| one(base, link)).collect()
}

fn one(base: &EvidenceBase, link: &EvidenceLink) -> Numbers {
    let mut out = Numbers {
        r#ref: link.r#ref.clone(),
        says: link.says,
        why: link.why.clone(),
        year: None,
        control: String::new(),
        sham: None,
        trials: None,
        participants: None,
        bias: String::new(),
        estimates: Vec::new(),
        source: String::new(),
    };
    let (kind, id) = link.r#ref.split_once(':').unwrap_or_default();
    match kind {
        "trial" => trial(base, id, &mut out),
        "review" | "estimate" => review(base, id, &mut out),
        "mechanism" => {
            if let Some((t, row)) = row(base, "mechanisms", "finding_id", id) {
                out.participants = t.get(row, "participants").parse().ok();
                t.get(row, "control").clone_into(&mut out.control);
                out.bias = format!("weight of the finding: {}", t.get(row, "weight"));
                out.source = source(base, t.get(row, "source"));
            }
        }
        _ => {}
    }
    out
}

fn row<'a>(
    base: &'a EvidenceBase,
    table: &str,
    column: &str,
    value: &str,
) -> Option<(&'a RawTable, &'a RawRow)> {
    let t = base.table(table)?;
    Some((t, t.rows.iter().find(|r| t.get(r, column) == value)?))
}

fn source(base: &EvidenceBase, key: &str) -> String {
    base.source(key).map(|s| s.text()).unwrap_or_default()
}

fn review(base: &EvidenceBase, id: &str, out: &mut Numbers) {
    // An estimate may be named by its review and further cells of its row.
    let mut parts = id.split('/');
    let name = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    if let Some((t, row)) = row(base, "reviews", "review", name) {
        let get = |c| t.get(row, c);
        out.year = get("year").parse().ok();
        out.trials = get("trials").parse().ok();
        out.participants = get("participants").parse().ok();
        let quality = get("quality").replace('-', " ");
        out.bias = match get("quality_words") {
            "" => format!("quality of the trials: {quality}"),
            words => format!("quality of the trials: {quality} ({words})"),
        };
        out.source = source(base, get("source"));
    }
    let Some(t) = base.table("estimates") else { return };
    let columns = ["condition", "experimental", "comparator", "outcome"];
    let wanted = |r: &&RawRow| {
        t.get(r, "review") == name && rest.iter().all(|p| columns.iter().any(|c| t.get(r, c) == *p))
    };
    let mut comparators = Vec::new();
    for row in t.rows.iter().filter(wanted) {
        let estimate = printed(t, row);
        if !comparators.contains(&estimate.comparator) {
            comparators.push(estimate.comparator.clone());
        }
        out.estimates.push(estimate);
    }
    if !comparators.is_empty() {
        out.sham = Some(comparators.iter().any(|c| c.to_lowercase().contains("sham")));
        out.control = comparators.join("; ");
    }
}

fn printed(t: &RawTable, row: &RawRow) -> Estimate {
    let get = |c| t.get(row, c);
    let value = |c: &str| t.get(row, c).parse::<f64>().ok();
    let measure = get("measure").to_owned();
    let interval = value("lo").zip(value("hi")).map(|(lo, hi)| [lo, hi]);
    let higher = match get("higher_is_better") {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    };
    let single = RawTable { header: t.header.clone(), rows: vec![row.clone()], separator: t.separator };
    let faults = check_estimates(&single)
        .map(|r| r.items.iter().flat_map(|i| &i.findings).map(|f| f.sentence.clone()).collect())
        .unwrap_or_default();
    Estimate {
        outcome: get("outcome").to_owned(),
        experimental: get("experimental").to_owned(),
        comparator: get("comparator").to_owned(),
        reading: Reading::of(&measure, interval, higher),
        measure,
        estimate: value("est"),
        interval,
        p: get("p_reported").to_owned(),
        i2: value("i2"),
        trials: get("trials").parse().ok(),
        participants: get("participants").parse().ok(),
        computed: false,
        faults,
    }
}

fn trial(base: &EvidenceBase, id: &str, out: &mut Numbers) {
    let Some((t, row)) = row(base, "trials", "trial", id) else { return };
    let get = |c| t.get(row, c);
    out.year = get("year").parse().ok();
    out.participants = get("analysed").parse().or_else(|_| get("randomised").parse()).ok();
    out.sham = Some(get("sham") != "none");
    out.control = match (get("sham"), get("comparison")) {
        ("none", comparison) => format!("{comparison}; no sham"),
        (sham, comparison) => format!("{comparison}; {sham}"),
    };
    let bias = base.risk_of_bias(id, None);
    let known: Vec<String> =
        bias.domains.values().map(|(judgement, why)| format!("{}: {why}", judgement.words())).collect();
    out.bias = if known.is_empty() {
        "risk of bias not judged".to_owned()
    } else {
        format!("risk of bias, as far as judged: {}", known.join(" "))
    };
    if get("blinding") == "not-seen" {
        out.bias += "; blinding not seen";
    }
    out.source = source(base, get("source"));
    out.estimates = arms(base, id);
}

/// Effects of a trial, from its arms: each arm against the last one.
fn arms(base: &EvidenceBase, id: &str) -> Vec<Estimate> {
    let mut out = Vec::new();
    for (name, by) in [("arms-events", &["outcome"][..]), ("arms-means", &["outcome", "timepoint"])] {
        let Some(t) = base.table(name) else { continue };
        let mut groups: Vec<Vec<&RawRow>> = Vec::new();
        for row in t.rows.iter().filter(|r| t.get(r, "trial") == id) {
            match groups.iter_mut().find(|g| by.iter().all(|c| t.get(g[0], c) == t.get(row, c))) {
                Some(group) => group.push(row),
                None => groups.push(vec![row]),
            }
        }
        for group in &groups {
            let Some((last, others)) = group.split_last() else { continue };
            // What was before the treatment is no effect of it.
            if matches!(t.get(last, "timepoint"), "before" | "baseline") {
                continue;
            }
            out.extend(others.iter().filter_map(|one| contrast(t, one, last)));
        }
    }
    out
}

fn contrast(t: &RawTable, one: &RawRow, two: &RawRow) -> Option<Estimate> {
    let value = |r: &RawRow, c: &str| t.get(r, c).parse::<f64>().ok();
    let n = [value(one, "n")?, value(two, "n")?];
    let (measure, effect) = if let (Some(e1), Some(e2)) = (value(one, "events"), value(two, "events")) {
        let table = TwoByTwo::from_totals(e1, n[0], e2, n[1]).ok()?;
        ("RR", TableMeasure::RiskRatio.effect(&table, Correction::WhereZero(0.5)).ok()?)
    } else {
        let data = TwoMeans {
            mean1: value(one, "mean")?,
            sd1: value(one, "sd")?,
            n1: n[0],
            mean2: value(two, "mean")?,
            sd2: value(two, "sd")?,
            n2: n[1],
        };
        ("MD", MeansMeasure::MeanDifference.effect(&data).ok()?)
    };
    // 1.959964: the upper 2.5 % of the normal distribution.
    let margin = 1.959_963_984_540_054 * effect.standard_error();
    let shown = |x: f64| if measure == "RR" { x.exp() } else { x };
    let interval = [shown(effect.estimate - margin), shown(effect.estimate + margin)];
    let p = [one, two].iter().map(|r| t.get(r, "p_reported")).find(|p| !p.is_empty()).unwrap_or_default();
    Some(Estimate {
        outcome: match t.get(one, "timepoint") {
            "" => t.get(one, "outcome").to_owned(),
            when => format!("{} ({when})", t.get(one, "outcome")),
        },
        experimental: t.get(one, "treatment").to_owned(),
        comparator: t.get(two, "treatment").to_owned(),
        measure: measure.to_owned(),
        estimate: Some(shown(effect.estimate)),
        // The tables of arms do not say which way is better; only "no difference" can be read off.
        reading: Reading::of(measure, Some(interval), None),
        interval: Some(interval),
        p: p.to_owned(),
        i2: None,
        trials: None,
        participants: Some(n.iter().fold(0, |sum, n| sum + *n as u64)),
        computed: true,
        faults: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(r#ref: &str) -> Numbers {
        let (_, base) = crate::commands::evidence::built_in().expect("the tables obey their schema");
        let link = EvidenceLink { r#ref: r#ref.to_owned(), says: Says::Mixed, why: String::new() };
        of(&base, &[link]).remove(0)
    }

    #[test]
    fn a_review_shows_its_estimates_as_printed_with_the_null_results() {
        let n = numbers("review:SAischVIP");
        assert_eq!((n.trials, n.participants, n.sham), (Some(13), Some(1395), Some(false)));
        assert!(n.bias.contains("low"), "{}", n.bias);
        let readings: Vec<Reading> = n.estimates.iter().map(|e| e.reading).collect();
        assert_eq!(readings, [Reading::Better, Reading::Better, Reading::NoDifference]);
        assert_eq!(n.estimates[1].interval, Some([-4.0, -1.92]));
        assert_eq!(
            n.estimates[2].text(),
            "effective rate, SA against body acupuncture: RR 1.1 (0.93 to 1.28), 5 trials; no difference shown"
        );
    }

    #[test]
    fn an_estimate_without_numbers_shows_none() {
        let n = numbers("review:Huang2021");
        assert!(n.estimates.iter().all(|e| e.estimate.is_none() && e.reading == Reading::NotKnown));
        assert!(n.estimates[0].text().contains("no size seen, p <0.001"));
    }

    #[test]
    fn a_trial_is_worked_out_from_its_arms() {
        // By hand: (45/50) / (34/50); se of ln RR = sqrt(1/45 - 1/50 + 1/34 - 1/50).
        let e = &numbers("trial:VertigoCblInf").estimates[0];
        let se = (1.0_f64 / 45.0 - 0.02 + 1.0 / 34.0 - 0.02).sqrt();
        let rr = 45.0_f64 / 34.0;
        assert!((e.estimate.unwrap_or_default() - rr).abs() < 1e-12);
        let [lo, hi] = e.interval.unwrap_or_default();
        assert!(
            (lo - rr * (-1.959_964 * se).exp()).abs() < 1e-6
                && (hi - rr * (1.959_964 * se).exp()).abs() < 1e-6
        );
        assert!(e.computed && e.participants == Some(100));
        let n = numbers("trial:Hsing2012");
        assert_eq!((n.sham, n.participants, n.estimates.len()), (Some(true), Some(62), 0));
    }

    #[test]
    fn a_lower_score_may_be_the_better_one() {
        for (measure, interval, higher, reading) in [
            ("MD", [-3.0, -1.0], Some(false), Reading::Better),
            ("MD", [-3.0, -1.0], Some(true), Reading::Worse),
            ("RR", [1.2, 1.8], Some(true), Reading::Better),
            ("RR", [1.2, 1.8], Some(false), Reading::Worse),
            ("RR", [0.2, 0.8], Some(false), Reading::Better),
            ("OR", [0.8, 1.2], Some(true), Reading::NoDifference),
            ("SMD", [0.0, 1.2], Some(true), Reading::NoDifference),
            ("SMD", [0.1, 1.2], None, Reading::NotKnown),
        ] {
            assert_eq!(
                Reading::of(measure, Some(interval), higher),
                reading,
                "{measure} {interval:?} {higher:?}"
            );
        }
        assert_eq!(Reading::of("MD", None, Some(true)), Reading::NotKnown);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [1.1, -4.0, 0.0, 0.043_21, -0.001, 12.345].map(number),
            ["1.1", "-4", "0", "0.043", "-0.001", "12.35"]
        );
    }
}
