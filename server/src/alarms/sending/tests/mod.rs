//! Sending, against servers on this machine that fail in every way that they can.

mod fake_http;
mod fake_smtp;
mod http;
mod mail;
mod process;
mod tls;

use std::time::Duration;

use plumbago_alerting::{Attempt, Delivery, Header, HttpDelivery, Outcome, Secret};

use super::{Senders, send};

/// The first moment of 2026.
const NOW_MS: i64 = 1_767_225_600_000;

fn post(url: &str) -> HttpDelivery {
    let header = |name: &str, value: &str| Header { name: name.to_owned(), value: value.to_owned() };
    HttpDelivery {
        url: Secret(url.to_owned()),
        headers: vec![
            header("content-type", "application/json"),
            header("idempotency-key", "graph-1-17"),
            header("authorization", "Bearer tok-s3cret"),
        ],
        body: b"{\"routing_key\":\"key-s3cret\"}".to_vec(),
        secrets: vec![Secret("key-s3cret".to_owned())],
        timeout: Duration::from_secs(20),
        is_insecure: false,
        follows_redirects: true,
    }
}

async fn outcome_of(delivery: HttpDelivery) -> Outcome {
    attempt(Delivery::Http(delivery)).await.outcome
}

async fn attempt(delivery: Delivery) -> Attempt {
    let attempt = send(&Senders::new(), delivery, NOW_MS).await;
    assert_eq!(attempt.at_ms, NOW_MS + i64::try_from(attempt.took_ms).expect("a short time"));
    attempt
}

fn reason(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Sent => "",
        Outcome::Retry { reason, .. } | Outcome::Unclear { reason, .. } | Outcome::Refused { reason } => {
            reason
        }
    }
}
