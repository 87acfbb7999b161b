//! The heartbeat: somebody outside is called as long as alarms are told, and notices when that ends.
//!
//! Invariant: it is sent only while what it stands for works: rules are not far behind, and what they decide can be
//! stored.

use std::sync::Arc;
use std::time::Duration;

use plumbago_alerting::{Delivery, Heartbeat, HttpDelivery, Outcome};

use super::desk::Desk;
use super::sending::{Senders, send};
use crate::rule_runner::RuleBoard;

/// How long an attempt may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How often to look whether the file has a heartbeat now.
const LOOK_WAIT: Duration = Duration::from_secs(5);
/// Rules that are further behind are not well.
const LAG_MS_MAX: i64 = 60_000;

/// Sends heartbeats for as long as it is polled.
pub(super) async fn beat(desk: Arc<Desk>, senders: Senders, board: Arc<RuleBoard>) {
    loop {
        let Some(Heartbeat { url, interval_ms }) = desk.alerting().heartbeat.clone() else {
            tokio::time::sleep(LOOK_WAIT).await;
            continue;
        };
        if is_well(&desk, &board) {
            let body = b"{\"status\":\"alive\"}".to_vec();
            let delivery = Delivery::Http(HttpDelivery {
                url,
                headers: Vec::new(),
                body,
                timeout: TIMEOUT,
                is_insecure: false,
                follows_redirects: true,
                secrets: Vec::new(),
            });
            let attempt = send(&senders, delivery, desk.clock().now_ms()).await;
            match attempt.outcome {
                Outcome::Sent => desk.counters().heartbeats_sent.increment(),
                Outcome::Retry { reason, .. } | Outcome::Refused { reason } | Outcome::Unclear { reason } => {
                    desk.counters().heartbeats_failed.increment();
                    tracing::warn!("the heartbeat did not arrive: {reason}");
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(u64::try_from(interval_ms).unwrap_or(0).max(1000))).await;
    }
}

fn is_well(desk: &Desk, board: &RuleBoard) -> bool {
    let lag_ms = board.read().lag_ms(desk.clock().now_ms());
    lag_ms <= LAG_MS_MAX && desk.trouble().is_none()
}
