//! Encryption of a record's file with a passphrase, by SQLCipher: every page of the file and of its log.
//!
//! The key is derived from the passphrase by SQLCipher (PBKDF2 with HMAC-SHA512, 256,000 rounds, a salt of the file),
//! pages are encrypted with AES-256 and authenticated. A program that was built without the feature `encryption` says so.

use std::{fmt, io::Read as _, path::Path};

use super::StoreError;

/// Whether this program was built with encryption.
pub const AVAILABLE: bool = cfg!(feature = "encryption");

/// What every SQLite file that is not encrypted begins with.
const PLAIN: &[u8; 16] = b"SQLite format 3\0";

/// A passphrase. Overwritten in memory when it goes; never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Passphrase(Vec<u8>);

impl Passphrase {
    /// A passphrase as it was typed.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for one that is empty or holds a zero.
    pub fn new(text: &str) -> Result<Self, StoreError> {
        if text.is_empty() {
            return Err(StoreError::Invalid("a passphrase has at least one character".into()));
        }
        if text.contains('\0') {
            return Err(StoreError::Invalid("a passphrase cannot hold a zero".into()));
        }
        Ok(Self(text.as_bytes().to_vec()))
    }

    /// As a literal of SQL.
    pub(super) fn literal(&self) -> String {
        format!("'{}'", String::from_utf8_lossy(&self.0).replace('\'', "''"))
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

impl Drop for Passphrase {
    fn drop(&mut self) {
        self.0.fill(0);
        // Keeps the compiler from leaving the last write out.
        std::hint::black_box(&self.0);
    }
}

/// How a file looks from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// There is none, or it is empty.
    Nothing,
    /// A database that is not encrypted.
    Plain,
    /// Something else: an encrypted record, or no record.
    Opaque,
}

/// Looks at the beginning of a file.
///
/// # Errors
/// [`StoreError::File`] if it is there and cannot be read.
pub fn look(path: &Path) -> Result<Look, StoreError> {
    let failed = |source| StoreError::File { path: path.display().to_string(), source };
    let mut file = match std::fs::File::open(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Look::Nothing),
        other => other.map_err(failed)?,
    };
    let mut begin = Vec::new();
    file.by_ref().take(16).read_to_end(&mut begin).map_err(failed)?;
    Ok(match begin.as_slice() {
        [] => Look::Nothing,
        b if b == PLAIN => Look::Plain,
        _ => Look::Opaque,
    })
}

/// Whether a file and a passphrase, or none, fit each other as far as that is seen from outside.
pub(super) fn fits(path: &Path, passphrase: Option<&Passphrase>) -> Result<(), StoreError> {
    let name = path.display();
    match (look(path)?, passphrase) {
        (_, Some(_)) if !AVAILABLE => Err(StoreError::Invalid(
            "a passphrase is given, but this program was built without encryption; build it with \
             `--features encryption`"
                .into(),
        )),
        (Look::Plain, Some(_)) => Err(StoreError::NotARecord(format!(
            "{name} is not encrypted, but a passphrase is given; leave it out, or encrypt the record with \
             `baihui record passphrase`"
        ))),
        (Look::Opaque, None) if AVAILABLE => Err(StoreError::NotARecord(format!(
            "{name} is not a record, or it is encrypted and needs its passphrase"
        ))),
        (Look::Opaque, None) => Err(StoreError::NotARecord(format!(
            "{name} is not a record, or it is encrypted; this program was built without encryption"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_is_quoted_and_never_shown() {
        let p = Passphrase::new("it's \"quoted\"; DROP").expect("a passphrase");
        assert_eq!(p.literal(), "'it''s \"quoted\"; DROP'");
        assert_eq!(format!("{p:?}"), "Passphrase(..)");
        assert!(Passphrase::new("").is_err() && Passphrase::new("a\0b").is_err());
    }
}
