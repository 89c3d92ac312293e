//! Finding patients, warning of doubles, and the page of one patient.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Store, StoreError, Stored, Summary, db::Arg, error::while_doing, sql};
use crate::{
    access::{Actor, Permission},
    people::{Patient, PatientId},
};

/// What to look for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Search {
    /// Beginnings of words of the name, a date of birth (`1950-02-28`), a number of the patient; all must fit.
    pub text: String,
    /// At most so many.
    pub limit: u32,
}

/// A patient that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// Who.
    #[serde(flatten)]
    pub patient: Summary,
    /// Why it may be the same person, when doubles were looked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<String>,
}

/// Everything that a patient's page shows first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PatientPage {
    /// The patient.
    pub patient: Stored<Patient>,
    /// Sessions, plans, outcomes, consents, files: by kind, newest first.
    pub things: Vec<Summary>,
    /// Kinds of which more is kept than is among `things`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<Kind>,
}

/// Most words that one patient is found by; a longer name is cut.
const WORDS: usize = 64;

/// Words to find a patient by: in lower case, each with a letter for what it is. Scripts without spaces are cut at
/// every sign, so that any part of a name leads to it.
pub(super) fn words(patient: &Patient) -> Vec<String> {
    let mut words = BTreeSet::new();
    for part in [&patient.name.family, &patient.name.given, &patient.name.other] {
        for word in name_words(part) {
            words.insert(format!("n{word}"));
        }
    }
    if let Some(date) = patient.birth_date {
        words.insert(format!("b{date}"));
    }
    for identifier in &patient.identifiers {
        words.insert(format!("i{}", identifier.value.trim().to_lowercase()));
    }
    for phone in &patient.contact.phone {
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        if digits.len() >= 5 {
            words.insert(format!("p{digits}"));
        }
    }
    words.into_iter().map(|w| w.chars().take(100).collect()).take(WORDS).collect()
}

fn name_words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let mut words = Vec::new();
    for word in lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
        if word.chars().any(is_ideograph) {
            let signs: Vec<char> = word.chars().collect();
            words.extend((0..signs.len()).map(|i| signs[i..].iter().collect::<String>()));
        } else {
            words.push(word.to_owned());
        }
    }
    words
}

/// Hanzi, kana and hangul: scripts that write names without spaces.
fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30ff | 0x3400..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff)
}

/// From a beginning to the first word that no longer begins so. No byte of UTF-8 is 0xff.
fn range(beginning: &str) -> (Vec<u8>, Vec<u8>) {
    let from = beginning.as_bytes().to_vec();
    let mut to = from.clone();
    to.push(0xff);
    (from, to)
}

impl Store {
    /// Patients that fit all words. Without words: those saved last.
    ///
    /// # Errors
    /// [`StoreError::Denied`], [`StoreError::Database`].
    pub async fn find_patients(&self, actor: &Actor, search: &Search) -> Result<Vec<Found>, StoreError> {
        actor.may(Permission::ReadPatient)?;
        let limit = if search.limit == 0 { 50 } else { search.limit.min(1000) };
        let terms = terms(&search.text);
        if terms.is_empty() {
            let all = self.list::<Patient>(actor, limit, 0).await?;
            return Ok(all.into_iter().map(|patient| Found { patient, because: Vec::new() }).collect());
        }
        let mut ids: Option<BTreeSet<String>> = None;
        for alternatives in &terms {
            let mut fit = BTreeSet::new();
            match &ids {
                // The longest word first names the candidates; the others only need to be asked about these.
                None => {
                    for term in alternatives {
                        let (from, to) = range(term);
                        let args = [Arg::Bytes(&from), Arg::Bytes(&to), Arg::Int(10_000)];
                        let rows =
                            self.db.rows(sql::WORD_RANGE, &args).await.map_err(while_doing("searched"))?;
                        for row in rows {
                            fit.insert(row.text(0).map_err(while_doing("searched"))?);
                        }
                    }
                }
                Some(candidates) => {
                    for id in candidates {
                        if self.has_word(id, alternatives).await? {
                            fit.insert(id.clone());
                        }
                    }
                }
            }
            ids = Some(fit);
        }
        let mut found = Vec::new();
        for id in ids.unwrap_or_default().into_iter().take(limit as usize) {
            if let Some(patient) = self.head_of(&id).await? {
                found.push(Found { patient, because: Vec::new() });
            }
        }
        self.note_list(actor, &found).await?;
        Ok(found)
    }

    async fn has_word(&self, id: &str, alternatives: &[String]) -> Result<bool, StoreError> {
        for term in alternatives {
            let (from, to) = range(term);
            let args = [Arg::Text(id), Arg::Bytes(&from), Arg::Bytes(&to)];
            if !self.db.rows(sql::HAS_WORD, &args).await.map_err(while_doing("searched"))?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn head_of(&self, id: &str) -> Result<Option<Summary>, StoreError> {
        let rows =
            self.db.rows(sql::HEADS_OF_PATIENT, &[Arg::Text(id)]).await.map_err(while_doing("read"))?;
        for row in &rows {
            let summary = Summary::read(row)?;
            if summary.kind == super::Kind::Patient {
                return Ok(Some(summary));
            }
        }
        Ok(None)
    }

    async fn note_list(&self, actor: &Actor, found: &[Found]) -> Result<(), StoreError> {
        let lines: Vec<_> = found
            .iter()
            .map(|f| self.line(actor, "list", "patient", f.patient.id.clone(), Some(f.patient.id.clone())))
            .collect();
        if lines.is_empty() { Ok(()) } else { self.note(lines).await }
    }

    /// Patients who may be the same person: the same number, or a word of the name together with the date of birth
    /// or the telephone.
    ///
    /// # Errors
    /// [`StoreError::Denied`], [`StoreError::Database`].
    pub async fn doubles(&self, actor: &Actor, patient: &Patient) -> Result<Vec<Found>, StoreError> {
        actor.may(Permission::ReadPatient)?;
        let words = words(patient);
        let of = |letter: char| words.iter().filter(move |w| w.starts_with(letter));
        let mut found: std::collections::BTreeMap<String, BTreeSet<&'static str>> =
            std::collections::BTreeMap::new();
        for (letter, because) in
            [('i', "the same number"), ('b', "the same date of birth"), ('p', "the same telephone")]
        {
            for word in of(letter) {
                // The whole word: the range ends before any longer one.
                let (from, mut to) = (word.as_bytes(), word.as_bytes().to_vec());
                to.push(0);
                let args = [Arg::Bytes(from), Arg::Bytes(&to), Arg::Int(1000)];
                let rows = self.db.rows(sql::WORD_RANGE, &args).await.map_err(while_doing("searched"))?;
                for row in rows {
                    found.entry(row.text(0).map_err(while_doing("searched"))?).or_default().insert(because);
                }
            }
        }
        let names: Vec<String> = of('n').cloned().collect();
        let mut doubles = Vec::new();
        for (id, mut because) in found {
            if self.has_word(&id, &names).await? {
                because.insert("a like name");
            } else if !because.contains("the same number") {
                continue;
            }
            if let Some(summary) = self.head_of(&id).await? {
                let because = because.into_iter().map(str::to_owned).collect();
                doubles.push(Found { patient: summary, because });
            }
        }
        self.note_list(actor, &doubles).await?;
        Ok(doubles)
    }

    /// The page of a patient: the patient, and a line on everything that is kept of them.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Erased`], [`StoreError::Denied`], [`StoreError::Database`].
    pub async fn patient_page(&self, actor: &Actor, id: PatientId) -> Result<PatientPage, StoreError> {
        actor.may(Permission::ReadPatient)?;
        let patient = self.patient_of_page(id).await?;
        let text = id.to_string();
        let rows =
            self.db.rows(sql::HEADS_OF_PATIENT, &[Arg::Text(&text)]).await.map_err(while_doing("read"))?;
        let mut things = Vec::with_capacity(rows.len());
        for row in &rows {
            let thing = Summary::read(row)?;
            if thing.kind != Kind::Patient {
                things.push(thing);
            }
        }
        self.note_page(actor, text, "page".to_owned()).await?;
        Ok(PatientPage { patient, things, more: Vec::new() })
    }

    /// The page of a patient with the newest things of each kind, at most `each` of them; [`Store::things`] has the others.
    ///
    /// # Errors
    /// As [`Store::patient_page`].
    pub async fn patient_front(
        &self,
        actor: &Actor,
        id: PatientId,
        each: u32,
    ) -> Result<PatientPage, StoreError> {
        actor.may(Permission::ReadPatient)?;
        let patient = self.patient_of_page(id).await?;
        let (mut things, mut more) = (Vec::new(), Vec::new());
        for kind in Kind::OF_PATIENT {
            // One more than is shown tells whether there are others.
            let mut found = self.things_of(id, kind, each.saturating_add(1), 0).await?;
            if found.len() > each as usize {
                found.truncate(each as usize);
                more.push(kind);
            }
            things.extend(found);
        }
        self.note_page(actor, id.to_string(), "page".to_owned()).await?;
        Ok(PatientPage { patient, things, more })
    }

    /// A part of what is kept of a patient of one kind, newest first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Erased`], [`StoreError::Denied`], [`StoreError::Database`].
    pub async fn things(
        &self,
        actor: &Actor,
        id: PatientId,
        kind: Kind,
        limit: u32,
        skip: u32,
    ) -> Result<Vec<Summary>, StoreError> {
        actor.may(Permission::ReadPatient)?;
        self.patient_of_page(id).await?;
        let things = self.things_of(id, kind, limit, skip).await?;
        self.note_page(actor, id.to_string(), format!("{} from {skip}", kind.word())).await?;
        Ok(things)
    }

    async fn patient_of_page(&self, id: PatientId) -> Result<Stored<Patient>, StoreError> {
        let found = self.newest::<Patient>(id).await?;
        found.ok_or_else(|| StoreError::NotFound { kind: "patient", id: id.to_string() })
    }

    async fn things_of(
        &self,
        id: PatientId,
        kind: Kind,
        limit: u32,
        skip: u32,
    ) -> Result<Vec<Summary>, StoreError> {
        let id = id.to_string();
        let part = [Arg::Int(i64::from(limit.min(1000))), Arg::Int(i64::from(skip))];
        let args = [[Arg::Text(&id), Arg::Text(kind.word())], part].concat();
        let rows = self.db.rows(sql::HEADS_OF_PATIENT_PART, &args).await.map_err(while_doing("read"))?;
        rows.iter().map(Summary::read).collect()
    }

    async fn note_page(&self, actor: &Actor, patient: String, what: String) -> Result<(), StoreError> {
        let mut line = self.line(actor, "read", "patient", patient.clone(), Some(patient));
        line.detail = what;
        self.note(vec![line]).await
    }
}

/// What is looked for: of each word, the beginnings that fit it.
fn terms(text: &str) -> Vec<Vec<String>> {
    let mut terms: Vec<Vec<String>> = text
        .split_whitespace()
        .map(|word| {
            let lower = word.to_lowercase();
            let mut alternatives = vec![format!("i{lower}")];
            if lower.starts_with(|c: char| c.is_ascii_digit()) {
                alternatives.push(format!("b{lower}"));
                alternatives
                    .push(format!("p{}", lower.chars().filter(char::is_ascii_digit).collect::<String>()));
            }
            // Of a hyphenated name its first part leads to the patient.
            alternatives.extend(name_words(word).into_iter().take(1).map(|w| format!("n{w}")));
            alternatives
        })
        .collect();
    terms.sort_by_key(|a| std::cmp::Reverse(a.first().map_or(0, String::len)));
    terms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::PersonName;

    #[test]
    fn any_part_of_a_name_in_hanzi_leads_to_it() {
        let mut p = Patient::named(PersonName::new("Fang", "Wang-Li"));
        p.name.other = "王小芳".into();
        p.contact.phone = vec!["+49 (30) 12 34".into(), "12".into()];
        p.birth_date = Some(jiff::civil::date(1950, 2, 28));
        assert_eq!(
            words(&p),
            ["b1950-02-28", "nfang", "nli", "nwang", "n小芳", "n王小芳", "n芳", "p49301234"]
        );
    }

    #[test]
    fn a_range_ends_where_words_no_longer_begin_so() {
        let (from, to) = range("nwang");
        for inside in ["nwang", "nwanger", "nwang\u{10ffff}"] {
            assert!(inside.as_bytes() >= &from[..] && inside.as_bytes() < &to[..]);
        }
        for outside in ["nwan", "nwanh", "nwand"] {
            assert!(outside.as_bytes() < &from[..] || outside.as_bytes() >= &to[..], "{outside}");
        }
    }
}
