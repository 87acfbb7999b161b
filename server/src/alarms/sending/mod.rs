//! Deliveries become attempts: requests, mails and programs.
//!
//! Invariant: every delivery ends, within its timeout, in an outcome, and no reason shows a secret. Whether something is
//! sent again, and whether programs may run at all, is decided elsewhere.

mod answer;
mod http;
mod mail;
mod process;
mod redirect;
mod secrets;
mod trust;

use std::sync::Arc;
use std::time::Instant;

use plumbago_alerting::{Attempt, Delivery};
use plumbago_protocol::limits;
use tokio::sync::Semaphore;

use http::HttpSender;

/// What deliveries are sent with: connections that are kept, and places for programs. Clones share them.
#[derive(Clone)]
pub(crate) struct Senders {
    http: Arc<HttpSender>,
    /// One permit for each program that may run.
    places: Arc<Semaphore>,
}

impl Senders {
    /// Senders without a connection.
    pub(crate) fn new() -> Senders {
        let places = Arc::new(Semaphore::new(limits::EXEC_PLACES_MAX));
        Senders { http: Arc::new(HttpSender::new()), places }
    }
}

/// Sends a delivery once; `now_ms` is when that begins, in milliseconds since the epoch.
pub(crate) async fn send(senders: &Senders, delivery: Delivery, now_ms: i64) -> Attempt {
    let begun = Instant::now();
    let outcome = match delivery {
        Delivery::Http(delivery) => senders.http.send(&delivery, now_ms).await,
        Delivery::Mail(delivery) => mail::send(&delivery, now_ms).await,
        Delivery::Exec(delivery) => process::run(&delivery, &senders.places).await,
    };
    let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let at_ms = now_ms.saturating_add(i64::try_from(took_ms).unwrap_or(i64::MAX));
    Attempt { at_ms, took_ms, outcome }
}

#[cfg(test)]
mod tests;
