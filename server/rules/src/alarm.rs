//! One change of one alarm: what an alert rule tells those who notify.
//!
//! Invariant: an alarm is its labels, and two alarms with the same labels are one; the fingerprint stands for them. Times
//! of a transition are slots of series, so that two servers with the same points tell the same. Whom to tell is left to
//! others.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Names and values of labels, in the order of their names.
pub type Labels = BTreeMap<String, String>;

/// The label that a level of `when` sets, and that is then no part of an alarm's identity.
pub const SEVERITY_LABEL: &str = "severity";

/// What makes an alarm the same: Prometheus's fingerprint of its labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Fingerprint(pub u64);

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;
/// Ends each name and each value; no byte of valid UTF-8.
const SEPARATOR: u8 = 0xff;

impl Fingerprint {
    /// The fingerprint of labels.
    ///
    /// ```
    /// use plumbago_rules::{Fingerprint, Labels};
    /// assert_eq!(Fingerprint::of(&Labels::new()).to_string(), "cbf29ce484222325");
    /// ```
    pub fn of(labels: &Labels) -> Fingerprint {
        let bytes = labels.iter().flat_map(|(name, value)| {
            let name = name.bytes().chain([SEPARATOR]);
            name.chain(value.bytes()).chain([SEPARATOR])
        });
        Fingerprint(bytes.fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME)))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> String {
        fingerprint.to_string()
    }
}

/// A text that is no fingerprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FingerprintError;

impl fmt::Display for FingerprintError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a fingerprint is 16 hexadecimal digits")
    }
}

impl std::error::Error for FingerprintError {}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Fingerprint, FingerprintError> {
        let is_hexadecimal = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = is_hexadecimal.then(|| u64::from_str_radix(text, 16).ok()).flatten();
        number.map(Fingerprint).ok_or(FingerprintError)
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = FingerprintError;

    fn try_from(text: String) -> Result<Fingerprint, FingerprintError> {
        text.parse()
    }
}

/// A number that a rule compares values with, for pictures of what it watches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// The number; finite.
    pub value: f64,
    /// What begins there, such as `critical > 90`.
    pub label: String,
}

/// One change of one alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// Which alarm.
    pub fingerprint: Fingerprint,
    /// Its labels as they are shown: `severity` among them, if there is one.
    pub labels: Arc<Labels>,
    /// Texts about it, as they are now.
    pub annotations: Arc<Labels>,
    /// What happened.
    pub change: AlarmChange,
    /// The slot that decided it, in milliseconds since the epoch.
    pub at_ms: i64,
    /// The first slot in which the condition held, in milliseconds since the epoch.
    pub starts_at_ms: i64,
    /// The value that decided it, where there is one.
    pub value: Option<f64>,
    /// The series that it is about; of an alarm over events, nothing.
    pub series: Option<Arc<str>>,
    /// The expression of its rule as written, for links to a graph; of an alarm over events, its search.
    pub expression: Arc<str>,
    /// What its rule compares values with; of an alarm over events, nothing.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub bounds: Arc<[Bound]>,
    /// The rule, as an event's `rule` says it: `file/group/rule`.
    pub rule: Arc<str>,
    /// Whether the slot was due before this process began to look.
    pub is_replayed: bool,
}

/// What happened to an alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlarmChange {
    /// Its condition holds, not yet long enough.
    Pending,
    /// Its condition held no longer before it was long enough.
    Calmed,
    /// It fires.
    Fired,
    /// It fires, at a higher level than before.
    Raised,
    /// It fires, at a lower level than before.
    Lowered,
    /// It fires no longer.
    Resolved {
        /// The first slot in which it did not, in milliseconds since the epoch.
        ends_at_ms: i64,
        /// Why, in a few words, such as `rule removed`; nothing: its condition is over.
        by: Option<String>,
    },
    /// Its annotations are others now; nobody is told because of that.
    Reworded,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_those_of_prometheus() {
        // FNV-1a over name, 0xff, value, 0xff of each label in order: known from Prometheus's own tests of label sets.
        let labels = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Labels>()
        };
        assert_eq!(Fingerprint::of(&labels(&[])), Fingerprint(14_695_981_039_346_656_037));
        let one = Fingerprint::of(&labels(&[("name", "garland, briggs"), ("fear", "love is not enough")]));
        assert_eq!(one, Fingerprint(5_799_056_148_416_392_346));
        assert_ne!(Fingerprint::of(&labels(&[("a", "bc")])), Fingerprint::of(&labels(&[("ab", "c")])));
    }

    #[test]
    fn fingerprints_are_read_as_they_are_shown() {
        let fingerprint = Fingerprint(0x00ab_cdef_0123_4567);
        assert_eq!(fingerprint.to_string(), "00abcdef01234567");
        assert_eq!("00abcdef01234567".parse(), Ok(fingerprint));
        for wrong in ["", "abcdef01234567", "00abcdef0123456g", "+0abcdef01234567"] {
            assert!(wrong.parse::<Fingerprint>().is_err(), "{wrong}");
        }
    }
}
