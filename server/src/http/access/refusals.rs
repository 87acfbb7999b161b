//! Failed logins in the log: who came from where, never with what.
//!
//! Invariant: at most one line a second, however many there are; what was left out is counted in the next one.

use parking_lot::Mutex;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Time between two lines.
const LINE_INTERVAL: Duration = Duration::from_secs(1);

/// When the last line was, and how many were left out since.
#[derive(Debug, Default)]
pub(super) struct LoginLog(Mutex<(Option<Instant>, u64)>);

impl LoginLog {
    /// Notes a login that failed: `what` says what was shown, without secrets.
    pub(super) fn note(&self, peer: SocketAddr, what: &str) {
        if let Some(left_out) = self.turn(Instant::now()) {
            let others =
                if left_out > 0 { format!("; {left_out} more since the last line") } else { String::new() };
            tracing::warn!("login refused: {what}, from {peer}{others}");
        }
    }

    /// How many were left out, if this one has its line.
    fn turn(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock();
        let (last, left_out) = &mut *state;
        if last.is_some_and(|last| now.saturating_duration_since(last) < LINE_INTERVAL) {
            *left_out += 1;
            return None;
        }
        *last = Some(now);
        Some(std::mem::take(left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_one_line_a_second() {
        let (log, start) = (LoginLog::default(), Instant::now());
        assert_eq!(log.turn(start), Some(0));
        assert_eq!(log.turn(start), None);
        assert_eq!(log.turn(start + LINE_INTERVAL / 2), None);
        assert_eq!(log.turn(start + LINE_INTERVAL), Some(2));
    }
}
