//! Consent: what the patient agreed to, to which words, and whether it still stands.
//!
//! Treatment, research and pictures are asked for separately. A consent is never changed: it is withdrawn, and a new
//! one is given. Who wrote it down, and who its withdrawal, stands in the versions of the record.

use std::collections::BTreeMap;

use baihui_atlas::language::Source;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{id::Id, people::PatientId};

/// Identifier of a consent.
pub type ConsentId = Id<Consent>;

/// What the patient agreed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Who.
    pub patient: PatientId,
    /// To what; research and pictures are asked for separately.
    pub to: ConsentTo,
    /// Which text, by its version.
    pub version: String,
    /// Language of the text, as a BCP 47 tag.
    pub language: String,
    /// SHA-256 of the text that was read ([`ConsentText::sha256`]), as lower-case hexadecimal digits; none for a
    /// text on paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_sha256: Option<String>,
    /// When it was signed.
    pub given_at: Timestamp,
    /// By whom, if not by the patient.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub given_by: String,
    /// When it was withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn_at: Option<Timestamp>,
}

/// What a consent is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentTo {
    /// Treatment.
    Treatment,
    /// Use in research.
    Research,
    /// Pictures.
    Photo,
}

impl ConsentTo {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Treatment, Self::Research, Self::Photo];

    /// The word for it, as in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Treatment => "treatment",
            Self::Research => "research",
            Self::Photo => "photo",
        }
    }
}

impl Consent {
    /// What may become of a consent: nothing but its withdrawal, once.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn follows(&self, before: Option<&Self>) -> Result<(), String> {
        if self.version.trim().is_empty() || self.language.trim().is_empty() {
            return Err("a consent names the version and the language of the text that was agreed to".into());
        }
        if self.withdrawn_at.is_some_and(|at| at < self.given_at) {
            return Err("a consent cannot be withdrawn before it was given".into());
        }
        match before {
            None => Ok(()),
            Some(b) if b.withdrawn_at.is_some() => {
                Err("a consent that was withdrawn stays so; a new one is given".into())
            }
            Some(b) if (Self { withdrawn_at: None, ..self.clone() }) != *b => {
                Err("a consent is not changed; it is withdrawn, and a new one is given".into())
            }
            Some(_) => Ok(()),
        }
    }

    /// Whether it stands at an instant.
    #[must_use]
    pub fn stands(&self, at: Timestamp) -> bool {
        self.given_at <= at && self.withdrawn_at.is_none_or(|w| at < w)
    }
}

/// Whether one of a patient's consents to something stands at an instant.
pub fn stands<'a>(consents: impl IntoIterator<Item = &'a Consent>, to: ConsentTo, at: Timestamp) -> bool {
    consents.into_iter().any(|c| c.to == to && c.stands(at))
}

/// `atlas/consent.toml`: texts that can be agreed to. A clinic puts its own beside them, or instead.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConsentFile {
    /// The texts.
    #[serde(default)]
    pub text: Vec<ConsentText>,
}

/// A text that can be agreed to, in one language.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConsentText {
    /// What it is for.
    pub to: ConsentTo,
    /// Its version, the same in all languages; texts of a later version sort later.
    pub version: String,
    /// Language, as a BCP 47 tag.
    pub language: String,
    /// Title.
    pub title: String,
    /// What is read and agreed to.
    pub paragraphs: Vec<String>,
    /// Where the figures in it come from.
    #[serde(default)]
    pub sources: Vec<Source>,
}

impl ConsentText {
    /// SHA-256 over title and paragraphs, line by line, as lower-case hexadecimal digits.
    #[must_use]
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        for line in std::iter::once(&self.title).chain(&self.paragraphs) {
            hash.update(line.as_bytes());
            hash.update(b"\n");
        }
        hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// The newest text for something in a language: `zh-CN` takes `zh` where there is no nearer one.
#[must_use]
pub fn text<'a>(texts: &'a [ConsentText], to: ConsentTo, language: &str) -> Option<&'a ConsentText> {
    let mut wanted = language;
    loop {
        let fits = texts.iter().filter(|t| t.to == to && t.language.eq_ignore_ascii_case(wanted));
        if let Some(text) = fits.max_by(|a, b| a.version.cmp(&b.version)) {
            return Some(text);
        }
        wanted = wanted.rsplit_once('-')?.0;
    }
}

/// The text of a version in a language, where the program has it.
#[must_use]
pub fn edition<'a>(
    texts: &'a [ConsentText],
    to: ConsentTo,
    version: &str,
    language: &str,
) -> Option<&'a ConsentText> {
    texts.iter().find(|t| t.to == to && t.version == version && t.language.eq_ignore_ascii_case(language))
}

/// The newest consent of a patient to each thing, whether it stands or not.
#[must_use]
pub fn newest(consents: &[Consent]) -> BTreeMap<ConsentTo, &Consent> {
    let mut newest: BTreeMap<ConsentTo, &Consent> = BTreeMap::new();
    for c in consents {
        if newest.get(&c.to).is_none_or(|n| n.given_at <= c.given_at) {
            newest.insert(c.to, c);
        }
    }
    newest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(to: ConsentTo, at: i64) -> Consent {
        Consent {
            patient: PatientId::from_uuid(uuid::Uuid::nil()),
            to,
            version: "2026-1".into(),
            language: "en".into(),
            text_sha256: None,
            given_at: Timestamp::from_second(at).unwrap_or_default(),
            given_by: String::new(),
            withdrawn_at: None,
        }
    }

    fn at(s: i64) -> Timestamp {
        Timestamp::from_second(s).unwrap_or_default()
    }

    #[test]
    fn a_consent_stands_from_when_it_was_given_until_it_is_withdrawn() {
        let mut c = given(ConsentTo::Treatment, 100);
        assert!(!c.stands(at(99)) && c.stands(at(100)) && c.stands(at(10_000)));
        c.withdrawn_at = Some(at(200));
        assert!(c.stands(at(199)) && !c.stands(at(200)));
        assert!(!stands([&c], ConsentTo::Research, at(150)) && stands([&c], ConsentTo::Treatment, at(150)));
    }

    #[test]
    fn nothing_becomes_of_a_consent_but_its_withdrawal() {
        let c = given(ConsentTo::Photo, 100);
        assert_eq!(c.follows(None), Ok(()));
        let gone = Consent { withdrawn_at: Some(at(200)), ..c.clone() };
        assert_eq!(gone.follows(Some(&c)), Ok(()));
        let early = Consent { withdrawn_at: Some(at(99)), ..c.clone() };
        assert!(early.follows(Some(&c)).is_err());
        assert!(c.follows(Some(&gone)).is_err_and(|e| e.contains("stays so")));
        let later = Consent { withdrawn_at: Some(at(300)), ..c.clone() };
        assert!(later.follows(Some(&gone)).is_err());
        for other in [
            Consent { to: ConsentTo::Research, ..c.clone() },
            Consent { version: "2".into(), ..c.clone() },
            Consent { language: "zh".into(), ..c.clone() },
            Consent { given_by: "a daughter".into(), ..c.clone() },
            Consent { given_at: at(101), ..c.clone() },
            Consent { text_sha256: Some("0".into()), ..c.clone() },
        ] {
            assert!(other.follows(Some(&c)).is_err(), "{other:?}");
        }
        assert!(Consent { version: " ".into(), ..c.clone() }.follows(None).is_err());
        assert!(Consent { language: String::new(), ..c }.follows(None).is_err());
    }

    #[test]
    fn the_text_is_the_newest_in_the_nearest_language() {
        let t = |language: &str, version: &str| ConsentText {
            to: ConsentTo::Treatment,
            version: version.into(),
            language: language.into(),
            title: format!("{language} {version}"),
            paragraphs: vec!["One.".into()],
            sources: Vec::new(),
        };
        let all = [t("en", "2026-1"), t("en", "2026-2"), t("zh", "2026-1")];
        let found = |language: &str| text(&all, ConsentTo::Treatment, language).map(|t| t.title.as_str());
        assert_eq!(found("en-GB"), Some("en 2026-2"));
        assert_eq!(found("zh-Hans-CN"), Some("zh 2026-1"));
        assert_eq!(found("ZH"), Some("zh 2026-1"));
        assert_eq!(found("de"), None);
        assert!(text(&all, ConsentTo::Photo, "en").is_none());
        assert_ne!(all[0].sha256(), all[1].sha256());
        let moved = ConsentText { title: "en 2026-1\nOne.".into(), paragraphs: vec![], ..all[0].clone() };
        assert_eq!(moved.sha256(), all[0].sha256(), "only words count, not how they are divided");
    }

    #[test]
    fn the_newest_of_each_is_shown() {
        let (old, new) = (given(ConsentTo::Treatment, 1), given(ConsentTo::Treatment, 2));
        let all = [new.clone(), old, given(ConsentTo::Photo, 3)];
        let n = newest(&all);
        assert_eq!(n.len(), 2);
        assert_eq!(n[&ConsentTo::Treatment], &new);
    }
}
