//! A table of contrasts or arms as a network.

use super::pairwise::p_is;
use super::section::{Section, Value};
use super::{EvidenceError, table};
use baihui_evidence::network::{
    BinaryArm, BinaryMeasure, ContinuousArm, ContinuousMeasure, Contrast, DEFAULT_TOLERANCE, Network,
    NetworkError, NetworkFit, Options, SmallValues, ZeroCells, decompose, evidence_measures, p_scores,
    ranking, split_evidence,
};
use baihui_evidence::table::{Kind, RowData};
use baihui_report::stat::{Look, league, network};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// An analysed network.
pub(super) struct Analysis {
    name: String,
    network: Network,
    fit: NetworkFit,
    scores: Vec<f64>,
    order: Vec<usize>,
    log: bool,
    measure: String,
    participants: BTreeMap<String, f64>,
    unused: Vec<String>,
}

impl Analysis {
    pub(super) fn of(path: &Path, measure: Option<&str>, small_is_good: bool) -> Result<Self, EvidenceError> {
        let name = path.display().to_string();
        let table = table(path)?;
        let refused = |source: NetworkError| EvidenceError::Network { path: name.clone(), source };
        let unknown = |code: &str, known: &str| {
            EvidenceError::Argument(format!("the measure {code} does not fit this table; there are {known}"))
        };
        let mut participants: BTreeMap<String, f64> = BTreeMap::new();
        let (network, log, label) = match table.kind {
            Kind::Contrast => {
                let contrasts: Vec<Contrast> = table
                    .rows
                    .iter()
                    .filter_map(|r| match &r.data {
                        RowData::Contrast { treat1, treat2, effect, standard_error } => Some(Contrast {
                            study: r.study.clone(),
                            treat1: treat1.clone(),
                            treat2: treat2.clone(),
                            te: *effect,
                            se: *standard_error,
                        }),
                        _ => None,
                    })
                    .collect();
                let n = Network::from_contrasts(&contrasts, &[], DEFAULT_TOLERANCE).map_err(refused)?;
                (n, false, "effect".to_owned())
            }
            Kind::ArmCounts => {
                let code = measure.unwrap_or("OR").to_ascii_uppercase();
                let m = match code.as_str() {
                    "OR" => BinaryMeasure::OddsRatio,
                    "RR" => BinaryMeasure::RiskRatio,
                    "RD" => BinaryMeasure::RiskDifference,
                    _ => return Err(unknown(&code, "OR, RR and RD")),
                };
                let arms: Vec<BinaryArm> = table
                    .rows
                    .iter()
                    .filter_map(|r| match &r.data {
                        RowData::ArmCounts { treatment, events, n } => Some(BinaryArm {
                            study: r.study.clone(),
                            treatment: treatment.clone(),
                            events: *events,
                            n: *n,
                        }),
                        _ => None,
                    })
                    .collect();
                for arm in &arms {
                    *participants.entry(arm.treatment.clone()).or_default() += arm.n;
                }
                let n = Network::from_binary_arms(&arms, m, ZeroCells::Refuse).map_err(refused)?;
                (n, code != "RD", code)
            }
            Kind::ArmMeans => {
                let code = measure.unwrap_or("MD").to_ascii_uppercase();
                let m = match code.as_str() {
                    "MD" => ContinuousMeasure::MeanDifference,
                    "SMD" => ContinuousMeasure::StandardizedMeanDifference,
                    _ => return Err(unknown(&code, "MD and SMD")),
                };
                let arms: Vec<ContinuousArm> = table
                    .rows
                    .iter()
                    .filter_map(|r| match &r.data {
                        RowData::ArmMeans { treatment, mean, sd, n } => Some(ContinuousArm {
                            study: r.study.clone(),
                            treatment: treatment.clone(),
                            mean: *mean,
                            sd: *sd,
                            n: *n,
                        }),
                        _ => None,
                    })
                    .collect();
                for arm in &arms {
                    *participants.entry(arm.treatment.clone()).or_default() += arm.n;
                }
                (Network::from_continuous_arms(&arms, m).map_err(refused)?, false, code)
            }
            _ => {
                return Err(EvidenceError::Argument(format!(
                    "{name}: a network needs the columns treat1, treat2, TE and seTE, or trial, treatment, n and events or mean, sd"
                )));
            }
        };
        network.check_connected().map_err(refused)?;
        let fit = network.fit(&Options::default()).map_err(refused)?;
        let small = if small_is_good { SmallValues::Desirable } else { SmallValues::Undesirable };
        let scores = p_scores(&fit.random, small);
        let order = ranking(&scores);
        let unused = table.unusable.iter().map(ToString::to_string).collect();
        Ok(Self { name, network, fit, scores, order, log, measure: label, participants, unused })
    }

    fn shown(&self, x: f64) -> f64 {
        if self.log { libm::exp(x) } else { x }
    }

    pub(super) fn network_figure(&self, look: Look) -> Result<String, EvidenceError> {
        let treatments = self.network.treatments();
        let counts = self.network.node_counts();
        let known = !self.participants.is_empty();
        let figure = network::Network {
            title: "Treatments compared".into(),
            nodes: treatments
                .iter()
                .zip(counts)
                .map(|(t, trials)| network::Node {
                    label: t.clone(),
                    participants: if known {
                        self.participants.get(t).copied().unwrap_or(0.0)
                    } else {
                        trials as f64
                    },
                })
                .collect(),
            edges: self
                .network
                .edges()
                .into_iter()
                .map(|((a, b), trials)| network::Edge { between: [a, b], trials })
                .collect(),
            footer: vec![format!(
                "{} trials. Area of nodes: {}; width and number of edges: trials.",
                self.network.trial_count(),
                if known { "participants" } else { "trials" }
            )],
        };
        Ok(network::svg(&figure, look)?)
    }

    pub(super) fn league_figure(&self, look: Look) -> Result<String, EvidenceError> {
        let cell = |i: usize, j: usize| {
            self.fit.random.comparison(i, j).map(|c| league::Cell {
                estimate: self.shown(c.te),
                lower: self.shown(c.lower),
                upper: self.shown(c.upper),
            })
        };
        let figure = league::League {
            title: format!("League table ({}, random effects, REML), best first", self.measure),
            treatments: self.order.iter().map(|&i| self.fit.treatments[i].clone()).collect(),
            cells: self.order.iter().map(|&i| self.order.iter().map(|&j| cell(i, j)).collect()).collect(),
            null: if self.log { 1.0 } else { 0.0 },
            decimals: 2,
            footer: vec!["Network estimates with 95 % intervals.".into()],
        };
        Ok(league::svg(&figure, look)?)
    }

    pub(super) fn figures(&self) -> Result<Vec<(&'static str, String)>, EvidenceError> {
        let look = Look::default();
        Ok(vec![("network.svg", self.network_figure(look)?), ("league.svg", self.league_figure(look)?)])
    }
}

impl Analysis {
    fn effect(&self, x: f64) -> Value {
        Value::Effect { analysis: x, shown: self.shown(x) }
    }

    /// P-scores, all comparisons with their evidence, inconsistency.
    pub(super) fn sections(&self) -> Vec<Section> {
        let names = &self.fit.treatments;
        let text = |i: usize| Value::Text(names[i].clone());
        let mut notes =
            vec![format!("τ² = {:.6} (REML, exact with multi-arm trials).", self.fit.random.tau2)];
        if let Ok(Some((lower, upper))) = self.network.tau2_interval(0.95) {
            notes.push(format!("95 % interval of τ² by Q-profile: {lower:.4} to {upper:.4}."));
        }
        let q = &self.fit.q;
        if let Some(p) = q.p {
            let i2 = self.fit.i2.map_or(String::new(), |i2| format!("; I² = {:.2} % (from Q)", 100.0 * i2));
            notes.push(format!("Q = {:.4}, df = {}, {}{i2}.", q.q, q.df, p_is(p)));
        }
        if let Ok(d) = decompose(&self.network) {
            for (what, test) in [
                ("within designs (heterogeneity)", d.within),
                ("between designs (inconsistency)", d.between),
                ("between designs, allowing for heterogeneity within", d.between_random),
            ] {
                if let Some(p) = test.p {
                    notes.push(format!("Q {what}: {:.4}, df = {}, {}.", test.q, test.df, p_is(p)));
                }
            }
        }
        notes.extend(self.unused.iter().cloned());
        let scores = Section {
            key: "pscores",
            title: "P-scores, best first".into(),
            columns: vec![("treatment", "treatment"), ("pscore", "P-score")],
            rows: self.order.iter().map(|&i| vec![text(i), Value::Number(self.scores[i])]).collect(),
            notes,
        };
        let measures = evidence_measures(&self.network, &self.fit.random);
        let mut comparisons = Vec::new();
        for (a, &i) in self.order.iter().enumerate() {
            for &j in &self.order[a + 1..] {
                let measure = measures.iter().find(|m| (m.treat1, m.treat2) == (i.min(j), i.max(j)));
                let Some(c) = self.fit.random.comparison(i, j) else { continue };
                let prediction = self.fit.prediction_interval(i, j);
                comparisons.push(vec![
                    text(i),
                    text(j),
                    self.effect(c.te),
                    self.effect(c.lower),
                    self.effect(c.upper),
                    Value::P(c.p),
                    prediction.map_or(Value::None, |p| self.effect(p.0)),
                    prediction.map_or(Value::None, |p| self.effect(p.1)),
                    Value::number(measure.map(|m| m.direct_share)),
                    Value::number(measure.map(|m| m.mean_path_length)),
                    Value::number(measure.map(|m| m.minimal_parallelism)),
                ]);
            }
        }
        let comparisons = Section {
            key: "comparisons",
            title: "Network estimates, random effects, 95 % intervals".into(),
            columns: vec![
                ("treat1", "treatment"),
                ("treat2", "against"),
                ("TE", "estimate"),
                ("lower", "lower"),
                ("upper", "upper"),
                ("pval", "p"),
                ("lower.predict", "prediction"),
                ("upper.predict", "to"),
                ("prop.direct", "direct share"),
                ("meanpath", "mean path"),
                ("minpar", "parallelism"),
            ],
            rows: comparisons,
            notes: vec![
                "Direct share of the evidence, mean path length (above 2: very indirect) and minimal parallelism after \
                 König, Krahn and Binder (2013)."
                    .into(),
            ],
        };
        let splits = split_evidence(&self.network, &self.fit.random);
        let rows: Vec<Vec<Value>> = splits
            .iter()
            .filter_map(|s| {
                let (d, direct, indirect) = (s.difference?, s.direct?, s.indirect?);
                Some(vec![
                    text(s.treat1),
                    text(s.treat2),
                    self.effect(direct.te),
                    self.effect(indirect.te),
                    self.effect(d.te),
                    self.effect(d.lower),
                    self.effect(d.upper),
                    Value::P(d.p),
                ])
            })
            .collect();
        let mut out = vec![scores, comparisons];
        if !rows.is_empty() {
            out.push(Section {
                key: "netsplit",
                title: "Direct against indirect evidence".into(),
                columns: vec![
                    ("treat1", "treatment"),
                    ("treat2", "against"),
                    ("direct", "direct"),
                    ("indirect", "indirect"),
                    ("difference", if self.log { "ratio of both" } else { "difference" }),
                    ("lower", "lower"),
                    ("upper", "upper"),
                    ("pval", "p"),
                ],
                rows,
                notes: Vec::new(),
            });
        }
        out
    }
}

impl fmt::Display for Analysis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} treatments, {} trials, {}",
            self.name,
            self.fit.treatments.len(),
            self.network.trial_count(),
            self.measure
        )?;
        for section in self.sections() {
            f.write_str(&section.text())?;
        }
        Ok(())
    }
}
