//! Techniques: what the sources say about needles, angles, manipulation, electricity and time.
//!
//! There is no one right number. `atlas/techniques.toml` holds each source's statement as a range; statements
//! about the same thing that exclude each other are found by [`Techniques::contradictions`] and shown, never
//! averaged.

use std::collections::BTreeMap;

use baihui_atlas::language::{Fact, Names, Source};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Head or rest of the body: what a needle goes into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "NeedleRegion")]
pub enum Region {
    /// Scalp, face and nape: whatever the atlas locates on a head.
    Head,
    /// Everything else.
    Body,
}

/// `atlas/techniques.toml`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Techniques {
    /// What can be stated about a needle, by name.
    #[serde(default)]
    pub parameter: BTreeMap<String, Parameter>,
    /// What each source states.
    #[serde(default)]
    pub statement: Vec<Statement>,
    /// Named methods.
    #[serde(default)]
    pub method: Vec<Method>,
    /// Disagreements that are not of numbers.
    #[serde(default)]
    pub conflict: Vec<Fact>,
}

/// Something that is stated in numbers.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Parameter {
    /// What it is.
    pub about: String,
    /// Unit of all statements about it.
    pub unit: String,
}

/// What a source states about a parameter.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Statement {
    /// The parameter.
    pub parameter: String,
    /// Where it applies.
    pub region: Region,
    /// Lowest value; open below if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Highest value; open above if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// What it is said of, where not of the region as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Points or zones that it is about; all of the region if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<String>,
    /// A school, a method or a trial that it is limited to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Why it must not be taken at its word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
    /// Sources.
    pub sources: Vec<Source>,
}

/// A named way of needling.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "NeedlingMethod")]
pub struct Method {
    /// Short identifier.
    pub id: String,
    /// Names.
    pub names: Names,
    /// Where it is used.
    pub region: Region,
    /// What is done.
    pub steps: Vec<Fact>,
    /// Sources.
    pub sources: Vec<Source>,
}

/// Two statements that exclude each other.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Contradiction {
    /// The parameter.
    pub parameter: String,
    /// Where.
    pub region: Region,
    /// Index of the lower statement.
    pub lower: usize,
    /// Index of the higher statement.
    pub higher: usize,
}

/// How a value stands to what the sources state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Standing {
    /// Nothing is stated about it.
    NothingStated,
    /// Within these statements (indices).
    Within {
        /// Indices into [`Techniques::statement`].
        statements: Vec<usize>,
    },
    /// Outside all that is stated.
    Outside {
        /// Lowest value of any statement.
        low: Option<f64>,
        /// Highest value of any statement.
        high: Option<f64>,
    },
}

impl Statement {
    /// Whether a value lies in the range, ends included.
    pub fn admits(&self, value: f64) -> bool {
        self.low.is_none_or(|low| value >= low) && self.high.is_none_or(|high| value <= high)
    }

    /// Whether it speaks of a site: of all of its region, or of this one by name.
    pub fn speaks_of(&self, site: &str) -> bool {
        self.sites.is_empty() || self.sites.iter().any(|s| s == site)
    }

    fn below(&self, other: &Self) -> bool {
        matches!((self.high, other.low), (Some(high), Some(low)) if high < low)
    }

    /// Range and unit as text.
    pub fn range(&self, unit: &str) -> String {
        match (self.low, self.high) {
            (Some(l), Some(h)) if l == h => format!("{l} {unit}"),
            (Some(l), Some(h)) => format!("{l}–{h} {unit}"),
            (Some(l), None) => format!("at least {l} {unit}"),
            (None, Some(h)) => format!("at most {h} {unit}"),
            (None, None) => String::new(),
        }
    }
}

impl Techniques {
    /// Pairs of statements about the same thing whose ranges do not meet.
    ///
    /// Compared are statements about the same parameter, region and sites; a statement limited to a method is
    /// compared too, because which method is right is part of the dispute.
    pub fn contradictions(&self) -> Vec<Contradiction> {
        let mut out = Vec::new();
        for (i, a) in self.statement.iter().enumerate() {
            for (j, b) in self.statement.iter().enumerate() {
                let alike =
                    a.parameter == b.parameter && a.region == b.region && a.sites == b.sites && a.of == b.of;
                if alike && a.below(b) {
                    out.push(Contradiction {
                        parameter: a.parameter.clone(),
                        region: a.region,
                        lower: i,
                        higher: j,
                    });
                }
            }
        }
        out
    }

    /// Statements about a parameter in a region that speak of a site, with their indices.
    pub fn about<'a>(
        &'a self,
        parameter: &'a str,
        region: Region,
        site: &'a str,
    ) -> impl Iterator<Item = (usize, &'a Statement)> {
        self.statement
            .iter()
            .enumerate()
            .filter(move |(_, s)| s.parameter == parameter && s.region == region && s.speaks_of(site))
    }

    /// How a value stands to the sources. Doubtful statements do not count.
    ///
    /// Where a source speaks of this very site, only such statements count.
    pub fn standing(&self, parameter: &str, region: Region, site: &str, value: f64) -> Standing {
        let all: Vec<_> = self.about(parameter, region, site).filter(|(_, s)| s.doubt.is_none()).collect();
        let own: Vec<_> = all.iter().copied().filter(|(_, s)| !s.sites.is_empty()).collect();
        let counted = if own.is_empty() { all } else { own };
        if counted.is_empty() {
            return Standing::NothingStated;
        }
        let within: Vec<usize> = counted.iter().filter(|(_, s)| s.admits(value)).map(|(i, _)| *i).collect();
        if !within.is_empty() {
            return Standing::Within { statements: within };
        }
        let low = counted.iter().filter_map(|(_, s)| s.low.or(s.high)).min_by(f64::total_cmp);
        let high = counted.iter().filter_map(|(_, s)| s.high.or(s.low)).max_by(f64::total_cmp);
        Standing::Outside { low, high }
    }

    /// A method by its id.
    pub fn method(&self, id: &str) -> Option<&Method> {
        self.method.iter().find(|m| m.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn techniques(text: &str) -> Techniques {
        toml::from_str(text).expect("the example is well formed")
    }

    fn three() -> Techniques {
        techniques(
            r#"
            [parameter.rate]
            about = "turns a minute"
            unit = "per min"
            [[statement]]
            parameter = "rate"
            region = "head"
            low = 90
            high = 90
            sources = []
            [[statement]]
            parameter = "rate"
            region = "head"
            low = 180
            high = 200
            sources = []
            [[statement]]
            parameter = "rate"
            region = "head"
            low = 200
            high = 405
            sources = []
            [[statement]]
            parameter = "rate"
            region = "body"
            high = 60
            sources = []
            "#,
        )
    }

    #[test]
    fn ranges_that_do_not_meet_contradict_and_ranges_that_touch_do_not() {
        let pairs: Vec<_> = three().contradictions().iter().map(|c| (c.lower, c.higher)).collect();
        assert_eq!(pairs, [(0, 1), (0, 2)]);
    }

    #[test]
    fn a_value_is_within_beside_or_unheard_of() {
        let t = three();
        assert_eq!(
            t.standing("rate", Region::Head, "MS6", 200.0),
            Standing::Within { statements: vec![1, 2] }
        );
        assert_eq!(
            t.standing("rate", Region::Head, "MS6", 89.0),
            Standing::Outside { low: Some(90.0), high: Some(405.0) }
        );
        assert_eq!(
            t.standing("rate", Region::Body, "LI4", 61.0),
            Standing::Outside { low: Some(60.0), high: Some(60.0) }
        );
        assert_eq!(t.standing("rate", Region::Body, "LI4", 60.0), Standing::Within { statements: vec![3] });
        assert_eq!(t.standing("depth", Region::Head, "MS6", 1.0), Standing::NothingStated);
    }

    #[test]
    fn what_is_said_of_a_point_goes_before_what_is_said_of_the_region() {
        let mut t = three();
        t.statement.push(Statement {
            sites: vec!["GB20".to_owned()],
            low: Some(30.0),
            high: Some(30.0),
            ..t.statement[0].clone()
        });
        assert_eq!(
            t.standing("rate", Region::Head, "GB20", 90.0),
            Standing::Outside { low: Some(30.0), high: Some(30.0) }
        );
        assert_eq!(t.standing("rate", Region::Head, "GB20", 30.0), Standing::Within { statements: vec![4] });
        assert_eq!(t.standing("rate", Region::Head, "MS6", 90.0), Standing::Within { statements: vec![0] });
    }

    #[test]
    fn a_doubtful_statement_admits_nothing() {
        let mut t = three();
        t.statement[0].doubt = Some("a misprint".to_owned());
        assert!(matches!(t.standing("rate", Region::Head, "MS6", 90.0), Standing::Outside { .. }));
    }
}
