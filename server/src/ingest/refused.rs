//! What was refused: counted by listener and reason, the last few of each kept to be read.
//!
//! Memory is bounded: a fixed number of entries for each reason, each with a bounded text; reasons are a closed set
//! of static words. Refusing never ends a connection; that is the connection's own affair.

use super::listener::ListenerKind;
use parking_lot::Mutex;
use plumbago_protocol::limits::{REFUSED_KEPT_PER_REASON_MAX, REFUSED_TEXT_BYTES_MAX};
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

/// One refused input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Rejected {
    /// When, in seconds since the epoch.
    pub(crate) time: i64,
    /// Who sent it.
    pub(crate) peer: String,
    /// What was sent, cut and with invalid UTF-8 replaced.
    pub(crate) text: String,
    /// One sentence that says what is wrong with it.
    pub(crate) error: String,
}

/// What is known about one reason on one listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ReasonReport {
    /// The listener's label.
    pub(crate) listener: &'static str,
    /// The reason's word, as in `plumbago_points_refused_total`.
    pub(crate) reason: &'static str,
    /// How many were refused since the start.
    pub(crate) count: u64,
    /// The last of them, oldest first.
    pub(crate) recent: Vec<Rejected>,
}

#[derive(Debug, Default)]
struct ReasonLog {
    count: u64,
    recent: VecDeque<Rejected>,
}

/// All refusals of one server.
#[derive(Debug, Default)]
pub(crate) struct RefusedLog {
    reasons: Mutex<BTreeMap<(ListenerKind, &'static str), ReasonLog>>,
}

impl RefusedLog {
    /// Counts one refused input and keeps the beginning of its text.
    pub(crate) fn record(
        &self,
        listener: ListenerKind,
        reason: &'static str,
        error: &dyn std::fmt::Display,
        peer: SocketAddr,
        text: &[u8],
        time: i64,
    ) {
        let rejected =
            Rejected { time, peer: peer.to_string(), text: excerpt(text), error: error.to_string() };
        let mut reasons = self.reasons.lock();
        let log = reasons.entry((listener, reason)).or_default();
        log.count += 1;
        if log.recent.len() == REFUSED_KEPT_PER_REASON_MAX {
            log.recent.pop_front();
        }
        log.recent.push_back(rejected);
    }

    /// The counts alone, by listener and reason.
    pub(crate) fn counts(&self) -> Vec<(ListenerKind, &'static str, u64)> {
        let reasons = self.reasons.lock();
        reasons.iter().map(|(&(listener, reason), log)| (listener, reason, log.count)).collect()
    }

    /// Everything, for `/api/v1/ingest/rejected`.
    pub(crate) fn report(&self) -> Vec<ReasonReport> {
        let reasons = self.reasons.lock();
        reasons
            .iter()
            .map(|(&(listener, reason), log)| ReasonReport {
                listener: listener.label(),
                reason,
                count: log.count,
                recent: log.recent.iter().cloned().collect(),
            })
            .collect()
    }
}

/// The beginning of `text` that a person can read: invalid UTF-8 replaced, a trailing carriage return dropped, and
/// an ellipsis where it was cut.
fn excerpt(text: &[u8]) -> String {
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    let cut = text.len().min(REFUSED_TEXT_BYTES_MAX);
    let mut out = String::from_utf8_lossy(&text[..cut]).into_owned();
    if cut < text.len() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 4000))
    }

    #[test]
    fn the_last_few_are_kept_and_all_are_counted() {
        let log = RefusedLog::default();
        for number in 0..50 {
            let text = format!("line {number}");
            log.record(ListenerKind::Udp, "value", &"not a number", peer(), text.as_bytes(), number);
        }
        log.record(ListenerKind::Plaintext, "value", &"not a number", peer(), b"x\r", 7);
        assert_eq!(log.counts(), [(ListenerKind::Plaintext, "value", 1), (ListenerKind::Udp, "value", 50)]);
        let report = log.report();
        assert_eq!(report[0].recent[0].text, "x");
        assert_eq!(report[1].recent.len(), REFUSED_KEPT_PER_REASON_MAX);
        let first_kept = 50 - REFUSED_KEPT_PER_REASON_MAX;
        assert_eq!(report[1].recent[0].text, format!("line {first_kept}"));
        assert_eq!(report[1].recent[REFUSED_KEPT_PER_REASON_MAX - 1].text, "line 49");
    }

    #[test]
    fn a_long_or_invalid_text_is_cut_and_repaired() {
        assert_eq!(excerpt(b"a\xffb"), "a\u{fffd}b");
        let long = excerpt(&[b'x'; 5000]);
        assert_eq!(long.chars().count(), REFUSED_TEXT_BYTES_MAX + 1);
        assert!(long.ends_with('…'));
    }
}
