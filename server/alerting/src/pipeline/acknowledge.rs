//! Acknowledgements: somebody knows of an alarm and is not to be told again.
//!
//! Invariant: an acknowledgement keeps repetitions back and nothing else: that an alarm got worse or is over is told. It
//! ends when the alarm is resolved or raised, or at its time.

use std::collections::BTreeMap;

use plumbago_protocol::limits;
use plumbago_rules::Fingerprint;
use serde::{Deserialize, Serialize};

use super::silence::RequestError;

/// Who knows of an alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Who.
    pub who: String,
    /// What they say.
    pub comment: String,
    /// Since when, in milliseconds since the epoch.
    pub at_ms: i64,
    /// Until when, in milliseconds since the epoch; nothing: until the alarm is resolved or raised.
    pub until_ms: Option<i64>,
}

impl Acknowledgement {
    /// One that begins now.
    pub(crate) fn new(
        who: &str,
        comment: &str,
        until_ms: Option<i64>,
        now_ms: i64,
    ) -> Result<Acknowledgement, RequestError> {
        let most = limits::COMMENT_BYTES_MAX;
        if who.is_empty() || who.len() > most || comment.len() > most {
            let message = format!("an acknowledgement says who, and a comment; both at most {most} bytes");
            return Err(RequestError::Wrong(message));
        }
        if until_ms.is_some_and(|until| until <= now_ms) {
            return Err(RequestError::Wrong("an acknowledgement ends in the future".to_owned()));
        }
        Ok(Acknowledgement { who: who.to_owned(), comment: comment.to_owned(), at_ms: now_ms, until_ms })
    }
}

/// All acknowledgements that are in force.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Acknowledgements {
    pub(crate) all: BTreeMap<Fingerprint, Acknowledgement>,
}

impl Acknowledgements {
    pub(crate) fn contains(&self, fingerprint: Fingerprint) -> bool {
        self.all.contains_key(&fingerprint)
    }

    /// When one ends next.
    pub(crate) fn next_ms(&self) -> Option<i64> {
        self.all.values().filter_map(|one| one.until_ms).min()
    }

    /// Those whose time is over.
    pub(crate) fn due(&self, now_ms: i64) -> Vec<Fingerprint> {
        let is_over = |one: &Acknowledgement| one.until_ms.is_some_and(|until| until <= now_ms);
        self.all.iter().filter(|(_, one)| is_over(one)).map(|(fingerprint, _)| *fingerprint).collect()
    }
}
