//! `atlas/difference.toml`: body systems, harm, and the layer of the needle.

use std::sync::OnceLock;

use baihui_atlas::{
    File,
    language::{Names, Source},
    load,
};
use baihui_clinic::technique::Region;
use serde::Deserialize;

use super::Both;

/// The file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// Body systems in the order in which they are tried.
    pub system: Vec<System>,
    /// Layers.
    pub layer: Vec<Said>,
    /// What is known of harm.
    pub harm: Vec<Said>,
}

/// A body system.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Name.
    pub id: String,
    /// Names for people.
    pub names: Names,
    /// Beginnings of words that belong to it.
    pub words: Vec<String>,
    /// Phrases that contain one of these do not belong to it.
    #[serde(default)]
    pub not: Vec<String>,
}

/// Something said of a system of acupuncture.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Scalp or the rest.
    pub region: Region,
    /// In words.
    pub text: String,
    /// Of whom.
    #[serde(default)]
    pub about: Option<String>,
    /// For a patient.
    #[serde(default)]
    pub plain: Option<Names>,
    /// Sources.
    pub sources: Vec<Source>,
}

/// What is said of a region, and the first of it that is put plainly.
pub(super) fn said(all: &[Said], region: Region) -> (impl Iterator<Item = &Said>, Option<Both>) {
    let here = all.iter().filter(move |s| s.region == region);
    let plain = here.clone().find_map(|s| s.plain.as_ref()).map(|n| Both::new(&n.en, &n.hanzi));
    (here, plain)
}

/// The file that is compiled in.
///
/// # Panics
/// Never on input: the bytes are part of the program, and a test reads them.
#[expect(clippy::expect_used, reason = "the bytes are compiled in and tested")]
pub fn facts() -> &'static Facts {
    static FACTS: OnceLock<Facts> = OnceLock::new();
    FACTS.get_or_init(|| {
        let text = include_str!("../../../../atlas/difference.toml").to_owned();
        load::parse(&File { path: "atlas/difference.toml".to_owned(), text })
            .expect("difference.toml is well formed")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_well_formed_and_its_sources_exist() {
        let atlas = baihui_atlas::built_in::atlas(&[]).unwrap_or_default();
        let f = facts();
        assert_eq!(f.system.len(), 9);
        for s in f.layer.iter().chain(&f.harm).flat_map(|s| &s.sources) {
            assert!(atlas.references.contains_key(&s.key), "unknown source {}", s.key);
        }
    }
}
