//! What is written about requests: an id for each, the access log, and the slow ones with what they asked for.
//!
//! A line of the access log is written when the answer has left, or its connection has ended, so that it tells the bytes
//! that were sent. Nothing of a header but the id, and no secret, comes into it.

use super::call::Call;
use super::flow::Outgoing;
use super::shown::shown;
use crate::alarms::PICTURE_PATH;
use crate::config::Log;
use crate::tally::Tally;
use bytes::Bytes;
use hyper::Method;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use plumbago_protocol::limits::REQUEST_ID_BYTES_MAX;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// The header that carries it, both ways.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Most targets of a slow query that are shown.
const TARGETS_SHOWN_MAX: usize = 20;

/// What a request is called in logs, here and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(Arc<str>);

impl RequestId {
    /// The caller's, if it is a sane one; else one that no other request has.
    pub(super) fn of(headers: &HeaderMap) -> RequestId {
        let theirs = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
        RequestId(theirs.filter(|id| is_sane(id)).map_or_else(fresh, Arc::from))
    }

    /// The id as a header's value.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_sane(id: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(&byte);
    !id.is_empty() && id.len() <= REQUEST_ID_BYTES_MAX && id.bytes().all(sound)
}

/// Not to be guessed from another one, and different after a restart.
fn fresh() -> Arc<str> {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{:016x}", KEY.hash_one(COUNT.fetch_add(1, Ordering::Relaxed))).into()
}

/// A line of the access log that is being collected.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) id: RequestId,
    pub(super) peer: SocketAddr,
    pub(super) method: Method,
    pub(super) route: &'static str,
    pub(super) path: String,
    pub(super) started: Instant,
    pub(super) who: Option<Arc<str>>,
    pub(super) tally: Arc<Tally>,
    pub(super) status: u16,
}

impl Line {
    fn write(&self, sent_bytes: u64) {
        tracing::info!(
            target: "access",
            method = %self.method,
            path = %self.path,
            route = self.route,
            status = self.status,
            ms = milliseconds(self.started.elapsed()),
            series = self.tally.series(),
            points = self.tally.points(),
            read_bytes = self.tally.bytes(),
            sent_bytes,
            peer = %self.peer,
            who = self.who.as_deref().unwrap_or("-"),
            id = %self.id,
            "request"
        );
    }
}

/// The body of an answer, and the line that is written when it has left.
#[derive(Debug)]
pub(crate) struct Sent {
    body: Outgoing,
    bytes: u64,
    line: Option<Box<Line>>,
}

impl Sent {
    /// A body; without a line nothing is written.
    pub(super) fn new(body: Outgoing, line: Option<Line>) -> Sent {
        Sent { body, bytes: 0, line: line.map(Box::new) }
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        if let Some(line) = self.line.take() {
            line.write(self.bytes);
        }
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &frame {
            self.bytes = self.bytes.saturating_add(frame.data_ref().map_or(0, |data| data.len() as u64));
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Writes what a query asked for, if it took as long as the settings say.
pub(super) fn note_slow(settings: &Log, call: &Call, waited: Duration, ran: Duration) {
    let took = waited.saturating_add(ran);
    if settings.slow_query.is_none_or(|slow| took < slow) {
        return;
    }
    let asked = ["target", "target[]", "query", "expr", "q"].iter().flat_map(|name| call.params.all(name));
    let asked: Vec<String> = asked.take(TARGETS_SHOWN_MAX).map(|text| shown(text.as_bytes())).collect();
    let parameter = |name| shown(call.params.last(name).unwrap_or("-").as_bytes());
    tracing::warn!(
        target: "slow_query",
        path = %shown_path(&call.path),
        asked = %asked.join(" | "),
        from = %parameter("from"),
        until = %parameter("until"),
        ms = milliseconds(took),
        waited_ms = milliseconds(waited),
        series = call.tally.series(),
        points = call.tally.points(),
        read_bytes = call.tally.bytes(),
        "slow query"
    );
}

/// A path as the log shows it: what opens something by itself is not written down.
pub(super) fn shown_path(path: &str) -> String {
    match path.strip_prefix(PICTURE_PATH) {
        Some(_) => format!("{PICTURE_PATH}…"),
        None => shown(path.as_bytes()),
    }
}

fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &'static str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, HeaderValue::from_static(text));
        RequestId::of(&headers).to_string()
    }

    #[test]
    fn a_sane_id_is_kept_and_another_replaced() {
        assert_eq!(id("4bf92f35-77b3/4d.a:1_2+3="), "4bf92f35-77b3/4d.a:1_2+3=");
        for odd in
            ["", "a b", "a\"b", "0123456789012345678901234567890123456789012345678901234567890123456789"]
        {
            let fresh = id(odd);
            assert_eq!(fresh.len(), 16, "{odd}");
        }
        assert_ne!(id(""), id(""));
    }

    #[test]
    fn milliseconds_keep_three_digits() {
        assert_eq!(milliseconds(Duration::from_nanos(1_234_567)), 1.235);
    }
}
