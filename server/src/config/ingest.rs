//! `[ingest]`: what one sender may do before it is refused or disconnected.

use std::time::Duration;

use plumbago_protocol::limits::{
    FUTURE_SECONDS_DEFAULT, LINE_BYTES_MAX, PICKLE_FRAME_BYTES_DEFAULT, PICKLE_FRAME_BYTES_MAX,
};

use super::document::Section;
use super::values;

/// Bounds on connections, lines, frames and timestamps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ingest {
    /// Connections open at once, over all listeners that take points.
    pub connections_max: usize,
    /// A connection that sends nothing for this long is closed; `None`: never.
    pub idle_timeout: Option<Duration>,
    /// A longer plaintext line is refused, and the connection goes on after its end.
    pub line_bytes_max: usize,
    /// A longer pickle frame is refused, and the connection goes on after its end.
    pub frame_bytes_max: usize,
    /// A point further in the future than this many seconds is refused.
    pub future_secs_max: i64,
}

impl Default for Ingest {
    fn default() -> Self {
        Self {
            connections_max: 10_000,
            idle_timeout: Some(Duration::from_secs(600)),
            line_bytes_max: LINE_BYTES_MAX,
            frame_bytes_max: PICKLE_FRAME_BYTES_DEFAULT,
            future_secs_max: FUTURE_SECONDS_DEFAULT,
        }
    }
}

impl Ingest {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let defaults = Self::default();
        Self {
            connections_max: section.take_size(
                "connections_max",
                defaults.connections_max,
                values::integer(1..=1_000_000),
            ),
            idle_timeout: section.take_timeout("idle_timeout_secs", defaults.idle_timeout, 86_400),
            line_bytes_max: section.take_size(
                "line_bytes_max",
                defaults.line_bytes_max,
                values::bytes(256..=LINE_BYTES_MAX as u64),
            ),
            frame_bytes_max: section.take_size(
                "frame_bytes_max",
                defaults.frame_bytes_max,
                values::bytes(256..=PICKLE_FRAME_BYTES_MAX as u64),
            ),
            future_secs_max: section.take_secs("future_secs_max", defaults.future_secs_max, 0..=315_360_000),
        }
    }
}
