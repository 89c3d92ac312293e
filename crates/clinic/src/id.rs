//! Identifiers: an [`Id`] says in its type what it identifies.

use std::{cmp::Ordering, fmt, hash, marker::PhantomData, str::FromStr};

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// The identifier of a `T`: a UUID of version 7, which sorts by the time it was made.
///
/// Written as a UUID in JSON. It carries nothing of a person, so that it may stay when the person is erased.
pub struct Id<T> {
    uuid: Uuid,
    of: PhantomData<fn() -> T>,
}

/// The text is not a UUID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not an identifier; expected a UUID such as 018f2f3e-0000-7000-8000-000000000000")]
pub struct BadId {
    /// What was found.
    pub text: String,
}

impl<T> Id<T> {
    /// A new identifier from an instant and random bits, both of which the caller supplies.
    #[must_use]
    pub fn new(at: Timestamp, random: [u8; 10]) -> Self {
        // Instants before 1970 have no place in a UUID; the random bits still keep it unique.
        let ms = u64::try_from(at.as_millisecond()).unwrap_or(0);
        Self::from_uuid(uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid())
    }

    /// The identifier that a UUID is.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self { uuid, of: PhantomData }
    }

    /// The UUID.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }

    /// The same identifier, taken for one of something else: for code that handles all kinds alike.
    #[must_use]
    pub const fn cast<U>(self) -> Id<U> {
        Id::from_uuid(self.uuid)
    }
}

// Derives would ask the same of `T`.
impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}
impl<T> hash::Hash for Id<T> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uuid.fmt(f)
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({})", self.uuid)
    }
}
impl<T> FromStr for Id<T> {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        Uuid::try_parse(text)
            .map(Self::from_uuid)
            .map_err(|_| BadId { text: text.chars().take(80).collect() })
    }
}
impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.uuid.serialize(s)
    }
}
impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Uuid::deserialize(d).map(Self::from_uuid)
    }
}
impl<T> JsonSchema for Id<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Uuid::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Thing;

    #[test]
    fn identifiers_sort_by_the_time_they_were_made() {
        let at = |s| Id::<Thing>::new(Timestamp::from_second(s).unwrap(), [0xff; 10]);
        let later = Id::<Thing>::new(Timestamp::from_second(1_800_000_001).unwrap(), [0; 10]);
        assert!(at(1_800_000_000) < later);
        assert_eq!(at(5).uuid().get_version_num(), 7);
    }

    #[test]
    fn text_and_json_lead_back_to_the_same_identifier() {
        let id = Id::<Thing>::new(Timestamp::from_second(1_800_000_000).unwrap(), [7; 10]);
        assert_eq!(id.to_string().parse::<Id<Thing>>(), Ok(id));
        assert_eq!(serde_json::from_str::<Id<Thing>>(&serde_json::to_string(&id).unwrap()).unwrap(), id);
        assert!("MS6".parse::<Id<Thing>>().is_err());
    }
}
