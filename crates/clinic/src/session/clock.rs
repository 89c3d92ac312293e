//! The two clocks: how long the practitioner was with the patient, and how long each needle was in.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NeedleNumber, Session, Span};

/// A moment by the wall clock and, where there is one, by a clock that never jumps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// Wall clock.
    pub at: Timestamp,
    /// Monotonic clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mono: Option<Mono>,
}

/// A reading of a monotonic clock. Readings of one `run` can be subtracted; others cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mono {
    /// Which run of which device, as a random number.
    pub run: u64,
    /// Milliseconds since some start of that run.
    pub ms: u64,
}

impl Moment {
    /// A moment by the wall clock only.
    #[must_use]
    pub const fn wall(at: Timestamp) -> Self {
        Self { at, mono: None }
    }

    /// Milliseconds since an earlier moment, by the monotonic clock if both have one of the same run, else by the
    /// wall clock. None if the clock went backwards: then nobody knows.
    #[must_use]
    pub fn ms_since(self, earlier: Self) -> Option<u64> {
        match (self.mono, earlier.mono) {
            (Some(to), Some(from)) if to.run == from.run => to.ms.checked_sub(from.ms),
            _ => u64::try_from(self.at.as_millisecond() - earlier.at.as_millisecond()).ok(),
        }
    }
}

impl Span {
    /// Its length in milliseconds as of a moment; none where the clock went backwards.
    #[must_use]
    pub fn ms(&self, now: Moment) -> Option<u64> {
        self.to.unwrap_or(now).ms_since(self.from)
    }
}

/// Times as of a moment, in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Clocks {
    /// How long the practitioner was with the patient.
    pub contact_ms: u64,
    /// Whether the practitioner is with the patient now.
    pub contact_running: bool,
    /// How long each needle was in, or has been in so far; none where the wall clock went backwards.
    pub dwell_ms: BTreeMap<NeedleNumber, Option<u64>>,
    /// Needles that are in.
    pub needles_in: Vec<NeedleNumber>,
}

pub(super) fn read(session: &Session, now: Moment) -> Clocks {
    Clocks {
        contact_ms: session.contact.iter().filter_map(|s| s.ms(now)).sum(),
        contact_running: session.contact.last().is_some_and(|s| s.to.is_none()),
        dwell_ms: session
            .needles
            .iter()
            .map(|(k, n)| (*k, n.removed.as_ref().map_or(now, |r| r.at).ms_since(n.inserted)))
            .collect(),
        needles_in: session.needles_in(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(second: i64, mono: Option<(u64, u64)>) -> Moment {
        Moment { at: Timestamp::from_second(second).unwrap(), mono: mono.map(|(run, ms)| Mono { run, ms }) }
    }

    #[test]
    fn a_jump_of_the_wall_clock_does_not_move_the_dwell_clock() {
        let earlier = moment(1_000, Some((1, 5_000)));
        for wall in [0, 1_000, 1_000_000] {
            assert_eq!(moment(wall, Some((1, 65_000))).ms_since(earlier), Some(60_000));
        }
    }

    #[test]
    fn another_run_falls_back_to_the_wall_clock() {
        let earlier = moment(1_000, Some((1, 5_000)));
        assert_eq!(moment(1_060, Some((2, 1))).ms_since(earlier), Some(60_000));
        assert_eq!(moment(1_060, None).ms_since(earlier), Some(60_000));
        assert_eq!(moment(999, None).ms_since(earlier), None);
        assert_eq!(moment(2_000, Some((1, 4_999))).ms_since(earlier), None);
    }
}
