//! `GET /api/v1/events/stream`: events as they are stored and changed, as server-sent events.
//!
//! Invariant: every message carries the number of its change, and numbers ascend; a reader that comes back with the last
//! one it saw misses nothing, but sees an event that was changed several times as it is in the end. A reader that is too
//! slow is told so and dropped: nothing waits for it.

use super::super::App;
use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::flow::{Flow, Pieces};
use super::pages::{By, PAGE_EVENTS, next};
use super::{check_parameters, search};
use crate::events::StoredEvent;
use bytes::Bytes;
use hyper::header::CACHE_CONTROL;
use plumbago_protocol::limits;
use plumbago_rules::{Search, write_line};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// How often a reader hears that the stream lives, when nothing happens.
const HEARTBEAT_WAIT: Duration = Duration::from_secs(15);

/// How long a reader may leave a message where it is.
const SLOW_WAIT: Duration = Duration::from_secs(30);

/// Why a stream ends.
enum End {
    /// The reader went away, or the server stops.
    Over,
    /// The reader is too slow, or the store fails; in one line.
    Dropped(String),
}

/// Begins the answer.
pub(in super::super) fn stream(app: &Arc<App>, call: &Call) -> Result<(Answer, Flow), Fault> {
    check_parameters(call, &["q", "last_event_id"])?;
    let search = search(app, call)?;
    let last = call.header("last-event-id").or_else(|| call.params.last_filled("last_event_id"));
    let last = last.map(|text| {
        text.parse::<u64>().map_err(|_| {
            Fault::bad_request(format!(
                "Last-Event-ID: expected the id of an event of this stream, found {text:?}"
            ))
        })
    });
    let last = last.transpose()?;
    let most = i64::try_from(limits::EVENT_STREAMS_MAX).unwrap_or(i64::MAX);
    if app.events.counters().streams.get() >= most {
        return Err(Fault::unavailable(format!("{most} streams of events are open; try again later")));
    }
    // From here on nothing is missed: what is stored while the past is read waits in the channel.
    let news = app.events.subscribe();
    let (pieces, flow) = Flow::new();
    tokio::spawn(run(app.clone(), search, last, news, pieces));
    let answer = Answer::new("text/event-stream", Bytes::new()).with_header(CACHE_CONTROL, "no-store");
    Ok((answer, flow))
}

async fn run(
    app: Arc<App>,
    search: Search,
    last: Option<u64>,
    news: Receiver<Arc<StoredEvent>>,
    pieces: Pieces,
) {
    let counters = app.events.counters().clone();
    let _open = counters.streams.hold();
    let mut health = app.health.watch();
    let reader = Reader { pieces, search };
    let end = tokio::select! {
        () = health.until_stopping() => End::Over,
        end = reader.follow(&app, last, news) => end,
    };
    if let End::Dropped(reason) = end {
        counters.streams_dropped.increment();
        tracing::info!("a stream of events was dropped: {reason}");
        let message = serde_json::json!({"reason": reason});
        // There may be no room for it: then the end alone has to tell.
        let _ = reader.pieces.try_send(Ok(Bytes::from(format!("event: dropped\ndata: {message}\n\n"))));
    }
}

struct Reader {
    pieces: Pieces,
    search: Search,
}

impl Reader {
    async fn follow(&self, app: &Arc<App>, last: Option<u64>, mut news: Receiver<Arc<StoredEvent>>) -> End {
        // A first line at once: whoever waits for the answer's head has it.
        if let Err(end) = self.send(": events follow\n\n".to_owned()).await {
            return end;
        }
        let mut last = match last {
            None => 0,
            Some(last) => match self.catch_up(app, last).await {
                Ok(last) => last,
                Err(end) => return end,
            },
        };
        loop {
            let message = match tokio::time::timeout(HEARTBEAT_WAIT, news.recv()).await {
                Err(_elapsed) => ": nothing happened\n\n".to_owned(),
                Ok(Err(RecvError::Closed)) => return End::Over,
                Ok(Err(RecvError::Lagged(missed))) => {
                    return End::Dropped(format!("the reader is {missed} changes behind"));
                }
                Ok(Ok(stored)) => {
                    if stored.change <= last {
                        continue;
                    }
                    last = stored.change;
                    match self.message(&stored) {
                        Some(message) => message,
                        None => continue,
                    }
                }
            };
            if let Err(end) = self.send(message).await {
                return end;
            }
        }
    }

    /// Sends what changed after `last`, and returns the number of the last change.
    async fn catch_up(&self, app: &Arc<App>, mut last: u64) -> Result<u64, End> {
        loop {
            let page = next(app, By::Change, last).await.map_err(|error| End::Dropped(error.to_string()))?;
            let text: String = page.iter().filter_map(|stored| self.message(stored)).collect();
            if !text.is_empty() {
                self.send(text).await?;
            }
            last = page.last().map_or(last, |stored| stored.change);
            if page.len() < PAGE_EVENTS {
                return Ok(last);
            }
        }
    }

    fn message(&self, stored: &StoredEvent) -> Option<String> {
        let kind = if stored.event.revision == 0 { "stored" } else { "changed" };
        let StoredEvent { change, event } = stored;
        self.search
            .matches(event)
            .then(|| format!("id: {change}\nevent: {kind}\ndata: {}\n\n", write_line(event)))
    }

    async fn send(&self, text: String) -> Result<(), End> {
        match tokio::time::timeout(SLOW_WAIT, self.pieces.send(Ok(Bytes::from(text)))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_gone)) => Err(End::Over),
            Err(_elapsed) => {
                Err(End::Dropped(format!("the reader took nothing for {} s", SLOW_WAIT.as_secs())))
            }
        }
    }
}
