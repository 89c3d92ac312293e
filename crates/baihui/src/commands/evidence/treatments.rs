//! A table of contrasts or arms as a network.

use super::pairwise::p_is;
use super::section::{Section, Value, number};
use super::{EvidenceError, table};
use baihui_evidence::network::{
    BinaryArm, BinaryMeasure, ComponentRules, ContinuousArm, ContinuousMeasure, Contrast, DEFAULT_TOLERANCE,
    Network, NetworkError, NetworkFit, Options, SmallValues, Streams, TauEstimator, ZeroCells, contributions,
    decompose, evidence_measures, p_scores, ranking, split_evidence,
};
use baihui_evidence::table::{Kind, RowData};
use baihui_report::stat::{Look, league, network};
use clap::Args;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How a network is wanted.
#[derive(Debug, Clone, Args)]
pub(crate) struct HowNetwork {
    /// Measure of arms: OR, RR, RD, MD or SMD. Of contrasts: OR, RR, HR, IRR or ROM say that they are logarithms of it.
    #[arg(long)]
    pub(super) measure: Option<String>,
    /// Estimator of tau²: EE (common effect), DL, ML or REML.
    #[arg(long, default_value = "REML")]
    pub(super) method: String,
    /// Add this to the cells of trials with an empty cell (nothing is added unless you say so).
    #[arg(long, value_name = "NUMBER")]
    pub(super) add: Option<f64>,
    /// Small effects are good (scores of complaints, unwanted events).
    #[arg(long)]
    pub(super) small_is_good: bool,
}

/// Further analyses of a network.
#[derive(Debug, Clone, Args)]
pub(crate) struct AlsoNetwork {
    /// Component network: a treatment such as "scalp+rehab" is the sum of its parts, between which stands this sign.
    #[arg(long, value_name = "SIGN", num_args = 0..=1, require_equals = true, default_missing_value = "+")]
    pub(super) components: Option<char>,
    /// Component that is taken to have no effect, such as sham.
    #[arg(long, value_name = "NAME", requires = "components")]
    pub(super) inactive: Option<String>,
    /// What each direct comparison contributes to each network estimate, in percent.
    #[arg(long)]
    pub(super) contributions: bool,
}

/// The trials of a table as a network.
pub(super) struct Trials {
    name: String,
    network: Network,
    options: Options,
    small: SmallValues,
    log: bool,
    measure: String,
    participants: BTreeMap<String, f64>,
    unused: Vec<String>,
}

impl Trials {
    pub(super) fn of(path: &Path, how: &HowNetwork) -> Result<Self, EvidenceError> {
        let name = path.display().to_string();
        let table = table(path)?;
        let refused = |source: NetworkError| refused(&name, source);
        let unknown = |code: &str, known: &str| {
            EvidenceError::Argument(format!("the measure {code} does not fit this table; there are {known}"))
        };
        let code = how.measure.as_deref().map(str::to_ascii_uppercase);
        let mut arm_sizes: Vec<(&str, &str, f64)> = Vec::new();
        let (network, log, measure) = match table.kind {
            Kind::Contrast => {
                let (log, label) = match code.as_deref() {
                    None => (false, "effect".to_owned()),
                    Some(code @ ("OR" | "RR" | "HR" | "IRR" | "ROM")) => (true, code.to_owned()),
                    Some(code @ ("MD" | "SMD" | "RD")) => (false, code.to_owned()),
                    Some(code) => return Err(unknown(code, "OR, RR, HR, IRR, ROM, MD, SMD and RD")),
                };
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
                (Network::from_contrasts(&contrasts, &[], DEFAULT_TOLERANCE).map_err(refused)?, log, label)
            }
            Kind::ArmCounts => {
                let code = code.unwrap_or_else(|| "OR".into());
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
                        RowData::ArmCounts { treatment, events, n } => {
                            arm_sizes.push((&r.study, treatment, *n));
                            Some(BinaryArm {
                                study: r.study.clone(),
                                treatment: treatment.clone(),
                                events: *events,
                                n: *n,
                            })
                        }
                        _ => None,
                    })
                    .collect();
                let zeros = how.add.map_or(ZeroCells::Refuse, ZeroCells::Add);
                (Network::from_binary_arms(&arms, m, zeros).map_err(refused)?, code != "RD", code)
            }
            Kind::ArmMeans => {
                let code = code.unwrap_or_else(|| "MD".into());
                let m = match code.as_str() {
                    "MD" => ContinuousMeasure::MeanDifference,
                    "SMD" => ContinuousMeasure::StandardizedMeanDifference,
                    _ => return Err(unknown(&code, "MD and SMD")),
                };
                let arms: Vec<ContinuousArm> = table
                    .rows
                    .iter()
                    .filter_map(|r| match &r.data {
                        RowData::ArmMeans { treatment, mean, sd, n } => {
                            arm_sizes.push((&r.study, treatment, *n));
                            Some(ContinuousArm {
                                study: r.study.clone(),
                                treatment: treatment.clone(),
                                mean: *mean,
                                sd: *sd,
                                n: *n,
                            })
                        }
                        _ => None,
                    })
                    .collect();
                (Network::from_continuous_arms(&arms, m).map_err(refused)?, false, code)
            }
            _ => {
                return Err(EvidenceError::Argument(format!(
                    "{name}: a network needs the columns treat1, treat2, TE and seTE, or trial, treatment, n and events or mean, sd"
                )));
            }
        };
        // Persons of trials that tell nothing are not in the network.
        let used: BTreeSet<&str> = network.studies().collect();
        let mut participants: BTreeMap<String, f64> = BTreeMap::new();
        for (_, treatment, n) in arm_sizes.iter().filter(|(study, _, _)| used.contains(study)) {
            *participants.entry((*treatment).to_owned()).or_default() += n;
        }
        let estimator = estimator(&how.method)?;
        let unused = network.notes().iter().map(ToString::to_string);
        let unused = unused.chain(table.unusable.iter().map(ToString::to_string)).collect();
        Ok(Self {
            name,
            options: Options { estimator, ..Options::default() },
            small: if how.small_is_good { SmallValues::Desirable } else { SmallValues::Undesirable },
            log,
            measure,
            participants,
            unused,
            network,
        })
    }

    /// Fits the network.
    pub(super) fn analysed(self) -> Result<Analysis, EvidenceError> {
        let refused = |source: NetworkError| refused(&self.name, source);
        self.network.check_connected().map_err(refused)?;
        let fit = self.network.fit(&self.options).map_err(refused)?;
        let scores = p_scores(&fit.random, self.small);
        let order = ranking(&scores);
        Ok(Analysis { trials: self, fit, scores, order })
    }

    /// The additive model of the components. It needs no connected network: common components link its parts.
    pub(super) fn components(&self, also: &AlsoNetwork) -> Result<Option<Section>, EvidenceError> {
        let Some(separator) = also.components else { return Ok(None) };
        let rules = ComponentRules { separator, inactive: also.inactive.clone(), interactions: Vec::new() };
        let fit = self.network.fit_components(&rules, &self.options).map_err(|e| refused(&self.name, e))?;
        let rows = fit
            .components
            .iter()
            .zip(&fit.random_components)
            .filter_map(|(name, effect)| {
                let c = effect.as_ref()?;
                let mut row = vec![Value::Text(name.clone())];
                row.extend([c.te, c.lower, c.upper].map(|x| self.effect(x)));
                row.push(Value::P(c.p));
                Some(row)
            })
            .collect();
        let mut notes = vec![format!(
            "A treatment is taken as the sum of its parts{}; τ² = {}.",
            also.inactive.as_ref().map_or(String::new(), |i| format!(", {i} as without effect")),
            number(fit.random.tau2)
        )];
        if let Some(p) = fit.q.p {
            notes.push(format!("Q of the additive model: {:.4}, df = {}, {}.", fit.q.q, fit.q.df, p_is(p)));
        }
        match fit.q_difference {
            Some(d) => notes.extend(d.p.map(|p| {
                format!(
                    "What additivity costs against the network: Q = {:.4}, df = {}, {}.",
                    d.q,
                    d.df,
                    p_is(p)
                )
            })),
            None => notes
                .push("The network itself is not connected: whether effects add up cannot be tested.".into()),
        }
        let untold = fit.inestimable();
        if !untold.is_empty() {
            notes.push(format!("The trials cannot tell apart: {}.", untold.join(", ")));
        }
        Ok(Some(Section {
            key: "components",
            title: format!("Components ({}, {})", self.measure, self.model()),
            columns: vec![
                ("component", "component"),
                ("TE", "estimate"),
                ("lower", "lower"),
                ("upper", "upper"),
                ("pval", "p"),
            ],
            rows,
            notes,
        }))
    }

    fn effect(&self, x: f64) -> Value {
        Value::Effect { analysis: x, shown: self.shown(x) }
    }

    /// The model in words.
    fn model(&self) -> &'static str {
        match self.options.estimator {
            TauEstimator::Fixed(_) => "common effect",
            TauEstimator::Dl => "random effects, DL",
            TauEstimator::Ml => "random effects, ML",
            TauEstimator::Reml => "random effects, REML",
        }
    }

    fn shown(&self, x: f64) -> f64 {
        if self.log { libm::exp(x) } else { x }
    }
}

fn refused(path: &str, source: NetworkError) -> EvidenceError {
    let hint = match source {
        NetworkError::ZeroCell { .. } => {
            "; --add 0.5 adds a half to the cells of such trials, and nothing is added unless you say so"
        }
        NetworkError::Disconnected { .. } => {
            "; where treatments share components, --components may link them"
        }
        _ => "",
    };
    EvidenceError::Network { path: path.to_owned(), source, hint }
}

fn estimator(code: &str) -> Result<TauEstimator, EvidenceError> {
    match code.to_ascii_uppercase().as_str() {
        "EE" | "CE" | "FE" => Ok(TauEstimator::Fixed(0.0)),
        "DL" => Ok(TauEstimator::Dl),
        "ML" => Ok(TauEstimator::Ml),
        "REML" => Ok(TauEstimator::Reml),
        _ => Err(EvidenceError::Argument(format!(
            "the method {code} is not known for networks; there are EE, DL, ML and REML"
        ))),
    }
}

/// An analysed network.
pub(super) struct Analysis {
    pub(super) trials: Trials,
    fit: NetworkFit,
    scores: Vec<f64>,
    order: Vec<usize>,
}

impl Analysis {
    pub(super) fn network_figure(&self, look: Look) -> Result<String, EvidenceError> {
        let treatments = self.trials.network.treatments();
        let counts = self.trials.network.node_counts();
        let known = !self.trials.participants.is_empty();
        let figure = network::Network {
            title: "Treatments compared".into(),
            nodes: treatments
                .iter()
                .zip(counts)
                .map(|(t, trials)| network::Node {
                    label: t.clone(),
                    participants: if known {
                        self.trials.participants.get(t).copied().unwrap_or(0.0)
                    } else {
                        trials as f64
                    },
                })
                .collect(),
            edges: self
                .trials
                .network
                .edges()
                .into_iter()
                .map(|((a, b), trials)| network::Edge { between: [a, b], trials })
                .collect(),
            footer: std::iter::once(format!(
                "{} trials. Area of nodes: {}; width and number of edges: trials.",
                self.trials.network.trial_count(),
                if known { "participants" } else { "trials" }
            ))
            .chain(self.trials.unused.iter().cloned())
            .collect(),
        };
        Ok(network::svg(&figure, look)?)
    }

    pub(super) fn league_figure(&self, look: Look) -> Result<String, EvidenceError> {
        let cell = |i: usize, j: usize| {
            self.fit.random.comparison(i, j).map(|c| league::Cell {
                estimate: self.trials.shown(c.te),
                lower: self.trials.shown(c.lower),
                upper: self.trials.shown(c.upper),
            })
        };
        let figure = league::League {
            title: format!("League table ({}, {}), best first", self.trials.measure, self.trials.model()),
            treatments: self.order.iter().map(|&i| self.fit.treatments[i].clone()).collect(),
            cells: self.order.iter().map(|&i| self.order.iter().map(|&j| cell(i, j)).collect()).collect(),
            null: if self.trials.log { 1.0 } else { 0.0 },
            decimals: 2,
            footer: vec!["Network estimates with 95 % intervals.".into(), self.good().into()],
        };
        Ok(league::svg(&figure, look)?)
    }

    pub(super) fn figures(&self) -> Result<Vec<(&'static str, String)>, EvidenceError> {
        let look = Look::default();
        Ok(vec![("network.svg", self.network_figure(look)?), ("league.svg", self.league_figure(look)?)])
    }
}

impl Analysis {
    /// Which direction counts as good: a ranking means nothing without it.
    fn good(&self) -> &'static str {
        match self.trials.small {
            SmallValues::Desirable => "Small effects count as good.",
            SmallValues::Undesirable => "Large effects count as good.",
        }
    }

    /// How much of each network estimate comes over each direct comparison.
    fn contributions(&self) -> Section {
        let names = &self.fit.treatments;
        let found = contributions(&self.trials.network, &self.fit.random, Streams::RandomWalk);
        let pair = |(i, j): &(usize, usize)| Value::Text(format!("{}:{}", names[*i], names[*j]));
        let rows = found.rows.iter().enumerate().flat_map(|(r, row)| {
            let values = found.values.row(r);
            let shares: Vec<(usize, f64)> =
                values.iter().copied().enumerate().filter(|(_, x)| *x > 5e-5).collect();
            shares.into_iter().map(move |(c, x)| (row, c, x))
        });
        Section {
            key: "contributions",
            title: "What each direct comparison contributes".into(),
            columns: vec![("estimate.of", "estimate of"), ("direct", "direct comparison"), ("percent", "%")],
            rows: rows
                .map(|(row, c, x)| vec![pair(row), pair(&found.columns[c]), Value::Number(100.0 * x)])
                .collect(),
            notes: vec![
                "By random walks along the flow of evidence (Davies et al. 2022); shares below 0.005 % are not listed."
                    .into(),
            ],
        }
    }

    /// P-scores, all comparisons with their evidence, inconsistency.
    pub(super) fn sections(&self, also: &AlsoNetwork) -> Vec<Section> {
        let names = &self.fit.treatments;
        let text = |i: usize| Value::Text(names[i].clone());
        let common = matches!(self.trials.options.estimator, TauEstimator::Fixed(_));
        let mut notes = vec![self.good().to_owned()];
        if common {
            notes.push("Common effect: τ² is taken as 0.".into());
        } else {
            let exact = if matches!(self.trials.options.estimator, TauEstimator::Dl) {
                "DL, generalised to networks"
            } else if matches!(self.trials.options.estimator, TauEstimator::Ml) {
                "ML, exact with multi-arm trials"
            } else {
                "REML, exact with multi-arm trials"
            };
            notes.push(format!("τ² = {} ({exact}).", number(self.fit.random.tau2)));
        }
        if let Ok(Some((lower, upper))) = self.trials.network.tau2_interval(0.95)
            && !common
        {
            notes.push(format!("95 % interval of τ² by Q-profile: {} to {}.", number(lower), number(upper)));
        }
        let q = &self.fit.q;
        if let Some(p) = q.p {
            let i2 = self.fit.i2.map_or(String::new(), |i2| format!("; I² = {:.2} % (from Q)", 100.0 * i2));
            notes.push(format!("Q = {:.4}, df = {}, {}{i2}.", q.q, q.df, p_is(p)));
        }
        if let Ok(d) = decompose(&self.trials.network) {
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
        notes.extend(self.trials.unused.iter().cloned());
        let scores = Section {
            key: "pscores",
            title: "P-scores, best first".into(),
            columns: vec![("treatment", "treatment"), ("pscore", "P-score")],
            rows: self.order.iter().map(|&i| vec![text(i), Value::Number(self.scores[i])]).collect(),
            notes,
        };
        let measures = evidence_measures(&self.trials.network, &self.fit.random);
        let mut comparisons = Vec::new();
        for (a, &i) in self.order.iter().enumerate() {
            for &j in &self.order[a + 1..] {
                let measure = measures.iter().find(|m| (m.treat1, m.treat2) == (i.min(j), i.max(j)));
                let Some(c) = self.fit.random.comparison(i, j) else { continue };
                let prediction = self.fit.prediction_interval(i, j);
                comparisons.push(vec![
                    text(i),
                    text(j),
                    self.trials.effect(c.te),
                    self.trials.effect(c.lower),
                    self.trials.effect(c.upper),
                    Value::P(c.p),
                    prediction.map_or(Value::None, |p| self.trials.effect(p.0)),
                    prediction.map_or(Value::None, |p| self.trials.effect(p.1)),
                    Value::number(measure.map(|m| m.direct_share)),
                    Value::number(measure.map(|m| m.mean_path_length)),
                    Value::number(measure.map(|m| m.minimal_parallelism)),
                ]);
            }
        }
        let comparisons = Section {
            key: "comparisons",
            title: format!("Network estimates ({}), {}, 95 % intervals", self.trials.measure, self.trials.model()),
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
        let splits = split_evidence(&self.trials.network, &self.fit.random);
        let rows: Vec<Vec<Value>> = splits
            .iter()
            .filter_map(|s| {
                let (d, direct, indirect) = (s.difference?, s.direct?, s.indirect?);
                Some(vec![
                    text(s.treat1),
                    text(s.treat2),
                    self.trials.effect(direct.te),
                    self.trials.effect(indirect.te),
                    self.trials.effect(d.te),
                    self.trials.effect(d.lower),
                    self.trials.effect(d.upper),
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
                    ("difference", if self.trials.log { "ratio of both" } else { "difference" }),
                    ("lower", "lower"),
                    ("upper", "upper"),
                    ("pval", "p"),
                ],
                rows,
                notes: Vec::new(),
            });
        }
        if also.contributions {
            out.push(self.contributions());
        }
        out
    }

    /// What was analysed, in one line.
    pub(super) fn heading(&self) -> String {
        format!(
            "{}: {} treatments, {} trials, {}",
            self.trials.name,
            self.fit.treatments.len(),
            self.trials.network.trial_count(),
            self.trials.measure
        )
    }
}
