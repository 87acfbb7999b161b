//! How many messages a receiver gets: sixty a minute, then one every five minutes that tells of all others.
//!
//! Invariant: the end of something that was sent is never withheld, and what is withheld is counted and told.

use plumbago_protocol::limits;
use serde::{Deserialize, Serialize};

use crate::message::MessageId;

const MINUTE_MS: i64 = 60_000;

/// How long withheld messages wait for their digest, in milliseconds.
const DIGEST_MS: i64 = 5 * MINUTE_MS;

/// How long a digest waits for the one before it to be sent, in milliseconds.
const WAIT_MS: i64 = MINUTE_MS;

/// The pace of one place that messages go to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pace {
    /// When the minute began in which messages are counted.
    minute_ms: i64,
    /// Messages in it.
    count: u32,
    /// Messages that were withheld since the last digest.
    pub(crate) withheld: u64,
    /// When the next digest is due.
    pub(crate) digest_ms: Option<i64>,
    /// The digest that is not sent yet.
    #[serde(skip)]
    pub(crate) digest: Option<MessageId>,
}

impl Pace {
    /// Whether one more message may go; if so, it is counted.
    pub(crate) fn admit(&mut self, now_ms: i64) -> bool {
        // Also if the clock was set back.
        if !(0..MINUTE_MS).contains(&now_ms.saturating_sub(self.minute_ms)) {
            self.minute_ms = now_ms;
            self.count = 0;
        }
        let is_admitted = self.count < limits::MESSAGES_PER_MINUTE_MAX;
        self.count = self.count.saturating_add(u32::from(is_admitted));
        is_admitted
    }

    /// A message is left to the next digest.
    pub(crate) fn withhold(&mut self, now_ms: i64) {
        self.withheld = self.withheld.saturating_add(1);
        self.digest_ms.get_or_insert(now_ms.saturating_add(DIGEST_MS));
    }

    /// The digest is made. Returns how many messages it stands for.
    pub(crate) fn told(&mut self) -> u64 {
        self.digest_ms = None;
        std::mem::take(&mut self.withheld)
    }

    /// The digest before is not sent yet: this one waits for it, since digests do not supersede each other.
    pub(crate) fn wait(&mut self, now_ms: i64) {
        self.digest_ms = Some(now_ms.saturating_add(WAIT_MS));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_a_minute_and_a_digest_after_five() {
        let mut pace = Pace::default();
        let start = 1_000_000;
        assert!((0..60).all(|at| pace.admit(start + at)));
        assert!(!pace.admit(start + 59_999));
        pace.withhold(start + 100);
        pace.withhold(start + 59_999);
        assert_eq!((pace.withheld, pace.digest_ms), (2, Some(start + 100 + 300_000)));
        assert!(pace.admit(start + 60_000), "another minute");
        assert_eq!((pace.told(), pace.digest_ms), (2, None));
        assert!((0..59).all(|_| pace.admit(start + 119_999)));
        assert!(!pace.admit(start + 119_999));
        assert!(pace.admit(start), "the clock was set back");
    }
}
