//! `POST /api/v1/events/import`: events as lines of JSON, of any number.
//!
//! Invariant: memory holds one batch and one line. Lines are stored in order; the first one that is wrong ends the import
//! with its number, and what came before it stays. Doing it again stores nothing twice.

use super::super::App;
use super::super::answer::{Answer, Fault};
use super::{body_fault, refused};
use crate::events::{Change, Effect};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::Incoming;
use plumbago_protocol::limits;
use plumbago_rules::{BodyError, read_line};
use std::sync::Arc;
use std::time::Duration;

/// Events of one transaction.
const BATCH_EVENTS: usize = 500;

/// How long the next piece of the body may take.
const PIECE_TIME_MAX: Duration = Duration::from_secs(30);

/// Takes the lines of a body that is still being received.
pub(in super::super) async fn import(app: &Arc<App>, body: Incoming) -> Result<Answer, Fault> {
    let mut import = Import { app, lines: 0, batch: Vec::new(), stored: 0, existing: 0 };
    import.run(body).await?;
    let Import { lines, stored, existing, .. } = import;
    tracing::info!("{stored} events imported, {existing} were there already");
    Ok(Answer::json(serde_json::json!({"lines": lines, "stored": stored, "existing": existing}).to_string()))
}

struct Import<'a> {
    app: &'a Arc<App>,
    lines: u64,
    batch: Vec<Change>,
    stored: u64,
    existing: u64,
}

impl Import<'_> {
    async fn run(&mut self, mut body: Incoming) -> Result<(), Fault> {
        let mut waiting = BytesMut::new();
        loop {
            let piece = match tokio::time::timeout(PIECE_TIME_MAX, body.frame()).await {
                Ok(None) => break,
                Ok(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
                Ok(Some(Err(error))) => {
                    return Err(Fault::bad_request(format!("the request's body cannot be read: {error}")));
                }
                Err(_elapsed) => {
                    let message = format!("nothing came for {} s", PIECE_TIME_MAX.as_secs());
                    return Err(self.told(Fault::new(StatusCode::REQUEST_TIMEOUT, message)));
                }
            };
            self.take(&mut waiting, &piece).await?;
        }
        if !waiting.is_empty() {
            self.line(&waiting)?;
        }
        self.store().await
    }

    async fn take(&mut self, waiting: &mut BytesMut, piece: &Bytes) -> Result<(), Fault> {
        let mut rest = &piece[..];
        while let Some(end) = memchr::memchr(b'\n', rest) {
            waiting.extend_from_slice(&rest[..end]);
            rest = &rest[end + 1..];
            let line = waiting.split();
            self.line(&line)?;
            if self.batch.len() >= BATCH_EVENTS {
                self.store().await?;
            }
        }
        waiting.extend_from_slice(rest);
        if waiting.len() > limits::EVENT_BODY_BYTES_MAX {
            self.lines += 1;
            let most = limits::EVENT_BODY_BYTES_MAX;
            return Err(self
                .told(Fault::new(StatusCode::PAYLOAD_TOO_LARGE, format!("expected at most {most} bytes"))));
        }
        Ok(())
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Fault> {
        self.lines += 1;
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let event = read_line(line).map_err(|error: BodyError| self.told(body_fault(self.app, error)))?;
        self.batch.push(Change::Import(Box::new(event)));
        Ok(())
    }

    async fn store(&mut self) -> Result<(), Fault> {
        let changes = std::mem::take(&mut self.batch);
        if changes.is_empty() {
            return Ok(());
        }
        let effects =
            self.app.events.change(changes).await.map_err(|error| self.told(refused(self.app, error)))?;
        for effect in &effects {
            match effect {
                Effect::Stored(_) => self.stored += 1,
                _ => self.existing += 1,
            }
        }
        Ok(())
    }

    /// The fault with where it happened, and what was stored before.
    fn told(&self, fault: Fault) -> Fault {
        let message = format!(
            "line {}: {}; {} events were stored before it, and doing it again stores none twice",
            self.lines, fault.message, self.stored
        );
        Fault { message, ..fault }
    }
}
