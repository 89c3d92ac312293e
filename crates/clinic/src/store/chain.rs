//! The audit log as a chain: each line carries a hash of itself and of the line before.
//!
//! SHA-256 over the previous hash and the fields, each with its length before it, so that no two lines can be
//! written differently and read the same. A line about a write carries the hash of what was written, so that the
//! chain vouches for the content as well; that hash is salted, and when a person is erased the salt goes too.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::db::Row;

/// SHA-256.
pub(crate) type Hash = [u8; 32];

/// The hash before the first line.
pub(crate) const GENESIS: Hash = [0; 32];

/// A line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditLine {
    /// Number, from 1, without gaps.
    pub seq: i64,
    /// When, in milliseconds since 1970, UTC.
    pub at_ms: i64,
    /// Who: identifier of a practitioner.
    pub actor: String,
    /// What was done: `create`, `change`, `read`, `list`, `erase`, `backup` ...
    pub action: String,
    /// To what kind of thing.
    pub kind: String,
    /// To which.
    pub id: String,
    /// Whose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    /// More, such as `version 3`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Hash of what was written, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Hash of this line, in hexadecimal digits.
    pub hash: String,
}

impl AuditLine {
    /// When; none if the number is no instant.
    #[must_use]
    pub fn at(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.at_ms).ok()
    }
}

/// A line before it has a place in the chain.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) at_ms: i64,
    pub(crate) actor: String,
    pub(crate) action: &'static str,
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) patient: Option<String>,
    pub(crate) detail: String,
    pub(crate) content: Option<Hash>,
}

/// A line as it is kept.
pub(crate) struct Kept {
    pub(crate) seq: i64,
    pub(crate) at_ms: i64,
    pub(crate) actor: String,
    pub(crate) action: String,
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) patient: Option<String>,
    pub(crate) detail: String,
    pub(crate) content: Option<Vec<u8>>,
    pub(crate) hash: Vec<u8>,
}

impl Kept {
    pub(crate) fn read(row: &Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            seq: row.int(0)?,
            at_ms: row.int(1)?,
            actor: row.text(2)?,
            action: row.text(3)?,
            kind: row.text(4)?,
            id: row.text(5)?,
            patient: row.opt_text(6)?,
            detail: row.text(7)?,
            content: row.opt_bytes(8)?,
            hash: row.bytes(9)?,
        })
    }

    pub(crate) fn hash_after(&self, previous: &[u8]) -> Hash {
        link(
            previous,
            self.seq,
            self.at_ms,
            [&self.actor, &self.action, &self.kind, &self.id],
            self.patient.as_deref(),
            &self.detail,
            self.content.as_deref(),
        )
    }

    pub(crate) fn shown(self) -> AuditLine {
        AuditLine {
            seq: self.seq,
            at_ms: self.at_ms,
            actor: self.actor,
            action: self.action,
            kind: self.kind,
            id: self.id,
            patient: self.patient,
            detail: self.detail,
            content: self.content.as_deref().map(hex),
            hash: hex(&self.hash),
        }
    }
}

impl Line {
    /// Its hash as number `seq` after a line with the hash `previous`.
    pub(crate) fn hash_after(&self, previous: &[u8], seq: i64) -> Hash {
        link(
            previous,
            seq,
            self.at_ms,
            [&self.actor, self.action, &self.kind, &self.id],
            self.patient.as_deref(),
            &self.detail,
            self.content.as_ref().map(<[u8; 32]>::as_slice),
        )
    }
}

fn link(
    previous: &[u8],
    seq: i64,
    at_ms: i64,
    names: [&str; 4],
    patient: Option<&str>,
    detail: &str,
    content: Option<&[u8]>,
) -> Hash {
    let mut h = Sha256::new();
    h.update(b"baihui audit 1");
    let mut field = |bytes: &[u8]| {
        h.update((bytes.len() as u64).to_le_bytes());
        h.update(bytes);
    };
    field(previous);
    field(&seq.to_le_bytes());
    field(&at_ms.to_le_bytes());
    for name in names {
        field(name.as_bytes());
    }
    // A field that is absent is not the same as an empty one.
    for option in [patient.map(str::as_bytes), content] {
        field(&[u8::from(option.is_some())]);
        field(option.unwrap_or_default());
    }
    field(detail.as_bytes());
    h.finalize().into()
}

/// Hash of what is written, with the salt that makes it impossible to guess once both are gone.
pub(crate) fn content_hash(salt: &[u8], json: &[u8]) -> Hash {
    let mut h = Sha256::new();
    h.update(b"baihui entry 1");
    h.update((salt.len() as u64).to_le_bytes());
    h.update(salt);
    h.update(json);
    h.finalize().into()
}

/// Hash of plain bytes.
pub(crate) fn plain_hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// Hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut s, b| {
        // Writing into a string cannot fail.
        let _ = write!(s, "{b:02x}");
        s
    })
}

/// Bytes of hexadecimal digits.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks(2)
        .map(|pair| {
            let [high, low] = pair else { return None };
            let digit = |d: u8| char::from(d).to_digit(16);
            u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Line {
        Line {
            at_ms: 5,
            actor: "a".into(),
            action: "read",
            kind: "patient".into(),
            id: "x".into(),
            patient: Some("x".into()),
            detail: String::new(),
            content: None,
        }
    }

    #[test]
    fn every_field_changes_the_hash() {
        let base = line().hash_after(&GENESIS, 1);
        let changes: [fn(&mut Line); 9] = [
            |l| l.at_ms = 6,
            |l| l.actor = "b".into(),
            |l| l.action = "list",
            |l| l.kind = "plan".into(),
            |l| l.id = "y".into(),
            |l| l.patient = None,
            |l| l.patient = Some(String::new()),
            |l| l.detail = "v".into(),
            |l| l.content = Some([0; 32]),
        ];
        let mut seen = vec![base, line().hash_after(&GENESIS, 2), line().hash_after(&[1; 32], 1)];
        for change in changes {
            let mut l = line();
            change(&mut l);
            seen.push(l.hash_after(&GENESIS, 1));
        }
        let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
        assert_eq!(distinct.len(), seen.len());
    }

    #[test]
    fn text_cannot_move_from_one_field_to_the_next() {
        let (mut a, mut b) = (line(), line());
        (a.kind, a.id) = ("pa".into(), "tient".into());
        (b.kind, b.id) = ("pat".into(), "ient".into());
        assert_ne!(a.hash_after(&GENESIS, 1), b.hash_after(&GENESIS, 1));
        assert_ne!(content_hash(b"ab", b"c"), content_hash(b"a", b"bc"));
    }

    #[test]
    fn hexadecimal_digits_lead_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(unhex(&hex(&bytes)), Some(bytes));
        assert_eq!((unhex("0"), unhex("0g"), unhex("é")), (None, None, None));
    }
}
