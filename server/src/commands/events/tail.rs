//! `plumbago events tail`: events as they are stored and changed, until it is interrupted.
//!
//! Invariant: when the connection breaks it is made again from the last event that was seen, so that none is missed.

use super::{client, shown, wait};
use crate::cli::EventsTailArgs;
use crate::commands::CommandError;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::Method;
use hyper::body::Incoming;
use hyper::header::HeaderName;
use plumbago_protocol::limits;
use plumbago_rules::{Event, write_line};
use std::io::Write;
use std::time::Duration;

/// How long to wait before a broken connection is made again.
const RECONNECT_WAIT: Duration = Duration::from_secs(1);

/// Longest line of a stream: an event in JSON, every sign of it escaped.
const LINE_BYTES_MAX: usize = 8 * limits::EVENT_BODY_BYTES_MAX;

/// Prints events until the server can no longer be reached.
pub(super) fn tail(args: &EventsTailArgs, out: &mut dyn Write) -> Result<(), CommandError> {
    wait(async {
        let mut last = args.after.map(|id| id.to_string());
        loop {
            follow(args, &mut last, out).await?;
            tokio::time::sleep(RECONNECT_WAIT).await;
        }
    })
}

async fn follow(
    args: &EventsTailArgs,
    last: &mut Option<String>,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let path = format!("/api/v1/events/stream?{}", client::encode(&[("q", &args.query.join(" "))]));
    let seen = last.clone();
    let headers: Vec<(HeaderName, &str)> =
        seen.iter().map(|id| (HeaderName::from_static("last-event-id"), id.as_str())).collect();
    let answer = client::send(args.server.url(), Method::GET, &path, &headers, Bytes::new()).await?;
    let mut lines = Lines { body: answer.into_body(), waiting: BytesMut::new() };
    while let Some(line) = lines.next().await {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        if let Some(id) = text.strip_prefix("id: ") {
            *last = Some(id.to_owned());
        } else if let Some(data) = text.strip_prefix("data: ") {
            match serde_json::from_str::<Event>(data) {
                Ok(event) if args.json => writeln!(out, "{}", write_line(&event))?,
                Ok(event) => writeln!(out, "{}", shown::line(&event))?,
                Err(_) => writeln!(out, "{data}")?,
            }
            out.flush()?;
        }
    }
    Ok(())
}

/// The lines of a body that never ends.
struct Lines {
    body: Incoming,
    waiting: BytesMut,
}

impl Lines {
    /// The next line; `None` where the connection ended, or sends what is no stream of events.
    async fn next(&mut self) -> Option<BytesMut> {
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.waiting) {
                return Some(self.waiting.split_to(end + 1));
            }
            if self.waiting.len() > LINE_BYTES_MAX {
                return None;
            }
            let frame = self.body.frame().await?.ok()?;
            self.waiting.extend_from_slice(&frame.into_data().unwrap_or_default());
        }
    }
}
