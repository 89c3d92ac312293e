//! Column names: what the tools of the field call what, and which columns make a table complete.

use super::{RawTable, TableError};
use std::collections::BTreeMap;

/// The meaning of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each variant is described by its `describe` text")]
pub enum Field {
    Study,
    Events1,
    NonEvents1,
    N1,
    Events2,
    NonEvents2,
    N2,
    Mean1,
    Sd1,
    Mean2,
    Sd2,
    Time1,
    Time2,
    EventsX1,
    EventsX2,
    EventsSingle,
    NonEventsSingle,
    NSingle,
    Correlation,
    Effect,
    Variance,
    StandardError,
    Lower,
    Upper,
    Treat1,
    Treat2,
    Treatment,
    Arm,
    Events,
    Mean,
    Sd,
}

impl Field {
    /// What the column holds, in words.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Study => "study label",
            Self::Events1 => "events in group 1",
            Self::NonEvents1 => "non-events in group 1",
            Self::N1 => "participants in group 1",
            Self::Events2 => "events in group 2",
            Self::NonEvents2 => "non-events in group 2",
            Self::N2 => "participants in group 2",
            Self::Mean1 => "mean of group 1",
            Self::Sd1 => "standard deviation of group 1",
            Self::Mean2 => "mean of group 2",
            Self::Sd2 => "standard deviation of group 2",
            Self::Time1 => "person-time of group 1",
            Self::Time2 => "person-time of group 2",
            Self::EventsX1 => "events over the person-time of group 1",
            Self::EventsX2 => "events over the person-time of group 2",
            Self::EventsSingle => "events in a single group",
            Self::NonEventsSingle => "non-events in a single group",
            Self::NSingle => "participants",
            Self::Correlation => "correlation coefficient",
            Self::Effect => "effect",
            Self::Variance => "sampling variance of the effect",
            Self::StandardError => "standard error of the effect",
            Self::Lower => "lower bound of the confidence interval",
            Self::Upper => "upper bound of the confidence interval",
            Self::Treat1 => "first treatment of a contrast",
            Self::Treat2 => "second treatment of a contrast",
            Self::Treatment => "treatment of the arm",
            Self::Arm => "number of the arm",
            Self::Events => "events in the arm",
            Self::Mean => "mean of the arm",
            Self::Sd => "standard deviation of the arm",
        }
    }

    /// The name that error messages propose (metafor's, where it has one).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Study => "slab",
            Self::Events1 => "ai",
            Self::NonEvents1 => "bi",
            Self::N1 => "n1i",
            Self::Events2 => "ci",
            Self::NonEvents2 => "di",
            Self::N2 => "n2i",
            Self::Mean1 => "m1i",
            Self::Sd1 => "sd1i",
            Self::Mean2 => "m2i",
            Self::Sd2 => "sd2i",
            Self::Time1 => "t1i",
            Self::Time2 => "t2i",
            Self::EventsX1 => "x1i",
            Self::EventsX2 => "x2i",
            Self::EventsSingle => "xi",
            Self::NonEventsSingle => "mi",
            Self::NSingle => "ni",
            Self::Correlation => "ri",
            Self::Effect => "yi",
            Self::Variance => "vi",
            Self::StandardError => "sei",
            Self::Lower => "ci.lb",
            Self::Upper => "ci.ub",
            Self::Treat1 => "treat1",
            Self::Treat2 => "treat2",
            Self::Treatment => "treatment",
            Self::Arm => "arm",
            Self::Events => "events",
            Self::Mean => "mean",
            Self::Sd => "sd",
        }
    }
}

/// What the rows of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Events and totals of two groups.
    Counts,
    /// Means and deviations of two groups.
    Means,
    /// Events and person-time of two groups.
    PersonTime,
    /// One group with events.
    Proportion,
    /// Correlations.
    Correlation,
    /// Effects with variances.
    Estimate,
    /// Contrasts of named treatments.
    Contrast,
    /// One row an arm, with events.
    ArmCounts,
    /// One row an arm, with means.
    ArmMeans,
}

/// The field that a column name means. Case, blanks, dots, hyphens and underscores do not matter.
pub(super) fn field_of(name: &str) -> Option<Field> {
    let key: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    Some(match key.as_str() {
        "slab" | "study" | "studlab" | "trial" | "studyid" | "studyname" => Field::Study,
        "ai" | "tpos" | "evente" | "events1" | "event1" | "experimentalcases" | "experimentalevents" => {
            Field::Events1
        }
        "bi" | "tneg" => Field::NonEvents1,
        "n1i" | "n1" | "ne" | "total1" | "experimentaln" | "experimentaltotal" => Field::N1,
        "ci" | "cpos" | "eventc" | "events2" | "event2" | "controlcases" | "controlevents" => Field::Events2,
        "di" | "cneg" => Field::NonEvents2,
        "n2i" | "n2" | "nc" | "total2" | "controln" | "controltotal" => Field::N2,
        "m1i" | "meane" | "mean1" | "experimentalmean" => Field::Mean1,
        "sd1i" | "sde" | "sd1" | "experimentalsd" => Field::Sd1,
        "m2i" | "meanc" | "mean2" | "controlmean" => Field::Mean2,
        "sd2i" | "sdc" | "sd2" | "controlsd" => Field::Sd2,
        "x1i" => Field::EventsX1,
        "t1i" | "timee" => Field::Time1,
        "x2i" => Field::EventsX2,
        "t2i" | "timec" => Field::Time2,
        "xi" => Field::EventsSingle,
        "mi" => Field::NonEventsSingle,
        "ni" | "n" | "total" => Field::NSingle,
        "ri" | "cor" => Field::Correlation,
        "yi" | "te" | "givmean" | "est" | "estimate" | "effect" => Field::Effect,
        "vi" | "variance" => Field::Variance,
        "sei" | "sete" | "givse" | "se" => Field::StandardError,
        "cilb" | "lower" | "lo" | "cistart" => Field::Lower,
        "ciub" | "upper" | "hi" | "ciend" => Field::Upper,
        "treat1" => Field::Treat1,
        "treat2" => Field::Treat2,
        "treatment" | "treat" | "treatmentcode" => Field::Treatment,
        "arm" => Field::Arm,
        "events" | "event" | "responders" => Field::Events,
        "mean" => Field::Mean,
        "sd" => Field::Sd,
        _ => return None,
    })
}

/// Columns of a table by meaning, and the kind they make.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub(super) kind: Kind,
    pub(super) index: BTreeMap<Field, usize>,
    pub(super) notes: Vec<String>,
}

impl Columns {
    pub(super) fn recognise(raw: &RawTable, wanted: Option<Kind>) -> Result<Self, TableError> {
        let mut index = BTreeMap::new();
        let mut double: BTreeMap<Field, (usize, usize)> = BTreeMap::new();
        for (i, name) in raw.header.iter().enumerate() {
            if let Some(field) = field_of(name) {
                if let Some(&first) = index.get(&field) {
                    double.entry(field).or_insert((first, i));
                } else {
                    index.insert(field, i);
                }
            }
        }
        let kind = match wanted {
            Some(kind) if complete(kind, &index) => kind,
            Some(kind) => return Err(missing(raw, &[kind], &index)),
            None => ORDER
                .iter()
                .copied()
                .find(|k| complete(*k, &index))
                .ok_or_else(|| missing(raw, &nearest(&index), &index))?,
        };
        // Where a row is a study, of two columns of labels the one that says so names it; the other stays a moderator. In
        // rows of arms or contrasts the label holds trials together, and must be clear.
        let mut labels = None;
        if let Some(&(a, b)) = double.get(&Field::Study)
            && !matches!(kind, Kind::ArmCounts | Kind::ArmMeans | Kind::Contrast)
        {
            let rank = |i: usize| {
                let name = raw.header[i].trim().to_ascii_lowercase();
                ["slab", "study", "studlab"].iter().position(|n| *n == name).unwrap_or(3)
            };
            if rank(a) != rank(b) {
                let (best, other) = if rank(a) < rank(b) { (a, b) } else { (b, a) };
                index.insert(Field::Study, best);
                double.remove(&Field::Study);
                labels = Some((best, other));
            }
        }
        // A doubled meaning matters only for columns that this kind reads (`trial` beside `study`, say).
        for field in used(kind) {
            if let Some(&(a, b)) = double.get(field) {
                return Err(TableError::DuplicateColumn {
                    first: raw.header[a].clone(),
                    second: raw.header[b].clone(),
                    meaning: field.describe().to_owned(),
                });
            }
        }
        let mut notes = Vec::new();
        if let Some((best, other)) = labels {
            notes.push(format!(
                "studies are named by column `{}`, not by `{}`",
                raw.header[best], raw.header[other]
            ));
        }
        if kind != Kind::Estimate
            && complete(Kind::Estimate, &index)
            && wanted.is_none()
            && kind != Kind::Contrast
        {
            notes.push(format!(
                "the table holds both raw data and effects; the raw data are used and column `{}` is left aside",
                raw.header[index[&Field::Effect]]
            ));
        }
        Ok(Self { kind, index, notes })
    }

    pub(super) fn has(&self, field: Field) -> bool {
        self.index.contains_key(&field)
    }
}

/// Raw data come before effects: effects can be computed from them and not the other way round.
const ORDER: [Kind; 9] = [
    Kind::Contrast,
    Kind::Counts,
    Kind::Means,
    Kind::PersonTime,
    Kind::ArmCounts,
    Kind::ArmMeans,
    Kind::Estimate,
    Kind::Correlation,
    Kind::Proportion,
];

fn used(kind: Kind) -> &'static [Field] {
    use Field as F;
    match kind {
        Kind::Counts => &[F::Study, F::Events1, F::NonEvents1, F::N1, F::Events2, F::NonEvents2, F::N2],
        Kind::Means => &[F::Study, F::Mean1, F::Sd1, F::N1, F::Mean2, F::Sd2, F::N2],
        Kind::PersonTime => &[F::Study, F::EventsX1, F::Time1, F::EventsX2, F::Time2],
        Kind::Proportion => &[F::Study, F::EventsSingle, F::NonEventsSingle, F::NSingle],
        Kind::Correlation => &[F::Study, F::Correlation, F::NSingle],
        Kind::Estimate => &[F::Study, F::Effect, F::Variance, F::StandardError, F::Lower, F::Upper],
        Kind::Contrast => &[F::Study, F::Treat1, F::Treat2, F::Effect, F::StandardError, F::Variance],
        Kind::ArmCounts => &[F::Study, F::Treatment, F::Events, F::NSingle],
        Kind::ArmMeans => &[F::Study, F::Treatment, F::Mean, F::Sd, F::NSingle],
    }
}

/// Groups of fields, each satisfied by any one of its alternatives.
fn needs(kind: Kind) -> Vec<Vec<Vec<Field>>> {
    use Field as F;
    let one = |f: F| vec![vec![f]];
    let spread = || vec![vec![F::Variance], vec![F::StandardError], vec![F::Lower, F::Upper]];
    match kind {
        Kind::Counts => vec![
            one(F::Events1),
            vec![vec![F::N1], vec![F::NonEvents1]],
            one(F::Events2),
            vec![vec![F::N2], vec![F::NonEvents2]],
        ],
        Kind::Means => vec![one(F::Mean1), one(F::Sd1), one(F::N1), one(F::Mean2), one(F::Sd2), one(F::N2)],
        Kind::PersonTime => vec![
            vec![vec![F::EventsX1], vec![F::Events1]],
            one(F::Time1),
            vec![vec![F::EventsX2], vec![F::Events2]],
            one(F::Time2),
        ],
        Kind::Proportion => vec![one(F::EventsSingle), vec![vec![F::NSingle], vec![F::NonEventsSingle]]],
        Kind::Correlation => vec![one(F::Correlation), one(F::NSingle)],
        Kind::Estimate => vec![one(F::Effect), spread()],
        Kind::Contrast => vec![
            one(F::Treat1),
            one(F::Treat2),
            one(F::Effect),
            vec![vec![F::StandardError], vec![F::Variance]],
        ],
        Kind::ArmCounts => vec![one(F::Study), one(F::Treatment), one(F::Events), one(F::NSingle)],
        Kind::ArmMeans => vec![one(F::Study), one(F::Treatment), one(F::Mean), one(F::Sd), one(F::NSingle)],
    }
}

fn complete(kind: Kind, index: &BTreeMap<Field, usize>) -> bool {
    needs(kind).iter().all(|group| group.iter().any(|alt| alt.iter().all(|f| index.contains_key(f))))
}

/// The kinds of which the most is there; with nothing recognised, the three commonest.
fn nearest(index: &BTreeMap<Field, usize>) -> Vec<Kind> {
    let score = |kind: Kind| {
        let groups = needs(kind);
        let met = groups.iter().filter(|g| g.iter().flatten().any(|f| index.contains_key(f))).count();
        // In per mille, so that kinds with few groups and with many can be compared.
        met * 1000 / groups.len()
    };
    let best = ORDER.iter().map(|k| score(*k)).max().unwrap_or(0);
    if best == 0 {
        return vec![Kind::Counts, Kind::Means, Kind::Estimate];
    }
    ORDER.iter().copied().filter(|k| score(*k) == best).take(2).collect()
}

fn missing(raw: &RawTable, kinds: &[Kind], index: &BTreeMap<Field, usize>) -> TableError {
    let expected = kinds
        .iter()
        .map(|kind| {
            needs(*kind)
                .iter()
                .filter(|g| !g.iter().any(|alt| alt.iter().all(|f| index.contains_key(f))))
                .map(|g| {
                    g.iter()
                        .map(|alt| {
                            alt.iter()
                                .map(|f| format!("`{}` ({})", f.name(), f.describe()))
                                .collect::<Vec<_>>()
                                .join(" with ")
                        })
                        .collect::<Vec<_>>()
                        .join(" or ")
                })
                .collect::<Vec<_>>()
                .join(", ")
        })
        .collect::<Vec<_>>()
        .join("; or else ");
    let found = raw.header.iter().map(|h| format!("`{h}`")).collect::<Vec<_>>().join(", ");
    TableError::MissingColumns { found, expected }
}
