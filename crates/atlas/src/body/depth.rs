//! Published distances from the skin at a point to what a needle must not reach.
//!
//! These are findings about other people, kept as printed with everything that limits them. They are shown as such
//! and never used to compute a depth.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{BodyAtlas, language::Danger};
use crate::language::{Reference, Source};

/// What is said wherever such a distance is shown.
pub const NO_PERMISSION: &str = "Measured in other people: never a permission to needle so deep.";

/// `safe-depth.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepthFile {
    /// Findings.
    pub depth: Vec<SafeDepth>,
}

/// One finding: one point, one structure, one group of people, one method. Millimetres.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SafeDepth {
    /// Code of the point.
    pub point: String,
    /// What must not be reached, as the source names it.
    pub avoid: String,
    /// Of what kind that is.
    pub kind: Danger,
    /// Along which line it was measured.
    pub direction: String,
    /// Mean distance from the skin, mm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_mm: Option<f64>,
    /// Standard deviation between people, mm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sd_mm: Option<f64>,
    /// Least and greatest distance found, mm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range_mm: Option<[f64; 2]>,
    /// Depth that the authors advise to keep to, mm; kept because it is published, not because it is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advised_mm: Option<[f64; 2]>,
    /// What was found, where it is no distance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
    /// People measured (of `who`); nothing where it was not seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u32>,
    /// Who was measured.
    pub who: String,
    /// How it was measured.
    pub method: Method,
    /// What speaks against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict: Option<String>,
    /// Sources.
    pub sources: Vec<Source>,
}

/// How a distance was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Magnetic resonance.
    Mri,
    /// Computed tomography.
    Ct,
    /// Ultrasound.
    Ultrasound,
    /// Dissection or sections of the dead.
    Cadaver,
    /// The text seen does not say.
    NotSeen,
}

impl Method {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Mri => "MRI",
            Self::Ct => "CT",
            Self::Ultrasound => "ultrasound",
            Self::Cadaver => "cadavers",
            Self::NotSeen => "method not seen",
        }
    }
}

impl SafeDepth {
    /// The numbers in words, such as `mean 49.7, sd 6.3, 36.3 to 67.4 mm`; nothing where there is only a finding.
    pub fn numbers(&self) -> Option<String> {
        let mut parts = Vec::new();
        if let Some(m) = self.mean_mm {
            parts.push(format!("mean {}", short(m)));
        }
        if let Some(s) = self.sd_mm {
            parts.push(format!("sd {}", short(s)));
        }
        if let Some([a, b]) = self.range_mm {
            parts.push(format!("{} to {}", short(a), short(b)));
        }
        (!parts.is_empty()).then(|| format!("{} mm", parts.join(", ")))
    }

    /// The least distance that this finding makes likely, mm: the least found, else the mean less twice its standard
    /// deviation, else the mean.
    pub fn least_mm(&self) -> Option<f64> {
        self.range_mm
            .map(|[a, _]| a)
            .or_else(|| Some(2.0f64.mul_add(-self.sd_mm?, self.mean_mm?)))
            .or(self.mean_mm)
    }

    /// What is wrong with it by itself.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut out = Vec::new();
        let plausible = |mm: f64| mm.is_finite() && (0.0..=300.0).contains(&mm);
        let lengths = [self.mean_mm, self.sd_mm].into_iter().flatten();
        let pairs = [self.range_mm, self.advised_mm].into_iter().flatten();
        for mm in lengths.chain(pairs.clone().flatten()).filter(|mm| !plausible(*mm)) {
            out.push(format!("{mm} mm is no depth between 0 and 300 mm"));
        }
        for [a, b] in pairs.filter(|[a, b]| a >= b) {
            out.push(format!("{a} to {b} mm is no range"));
        }
        if let (Some(mean), Some([a, b])) = (self.mean_mm, self.range_mm)
            && !(a..=b).contains(&mean)
        {
            out.push(format!("the mean of {mean} mm lies outside {a} to {b} mm"));
        }
        if self.sd_mm.is_some() && self.mean_mm.is_none() {
            out.push("a standard deviation without a mean".to_owned());
        }
        if self.numbers().is_none() && self.advised_mm.is_none() && self.finding.is_none() {
            out.push("it needs mean-mm, range-mm, advised-mm or finding".to_owned());
        }
        if self.sources.is_empty() {
            out.push("it names no source".to_owned());
        }
        if self.n == Some(0) {
            out.push("nobody was measured: leave n out where it was not seen".to_owned());
        }
        out
    }
}

/// At most one decimal, as a millimetre of anatomy deserves.
fn short(mm: f64) -> String {
    let text = format!("{mm:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

impl BodyAtlas {
    /// Findings for a point, those with the least distance first.
    pub fn depths_of(&self, code: &str) -> Vec<&SafeDepth> {
        let mut found: Vec<&SafeDepth> = self.depths.iter().filter(|d| d.point == code).collect();
        let key = |d: &SafeDepth| d.least_mm().unwrap_or(f64::INFINITY);
        found.sort_by(|a, b| key(a).total_cmp(&key(b)));
        found
    }

    /// Sources that points, their needling and their depths cite and `references.toml` does not list, each with who
    /// cites it.
    pub fn unlisted_sources(&self, references: &BTreeMap<String, Reference>) -> Vec<(String, String)> {
        let mut out = Vec::new();
        let mut look = |owner: &str, sources: &[Source]| {
            for s in sources.iter().filter(|s| !references.contains_key(&s.key)) {
                out.push((owner.to_owned(), s.key.clone()));
            }
        };
        for c in &self.channels {
            look(&c.id, &c.place_sources);
            look(&c.id, &c.needle_sources);
            look(&c.id, &c.text_sources);
        }
        for p in &self.points {
            look(&p.point.code, p.place_sources(self));
            p.point.needle.iter().for_each(|n| look(&p.point.code, &n.sources));
            p.point.caution.iter().for_each(|c| look(&p.point.code, &c.sources));
            p.point.beneath.iter().for_each(|b| look(&p.point.code, &b.sources));
        }
        self.depths.iter().for_each(|d| look(&d.point, &d.sources));
        self.spread.sources().for_each(|s| look("spread.toml", std::slice::from_ref(s)));
        out
    }
}
