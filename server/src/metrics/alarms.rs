//! Alarms and their notifications on the page of metrics.
//!
//! Owns names and helps; what is counted belongs to the desk.

use super::text::{Kind, TextPage};
use crate::alarms::{CANARY_BOUNDS_SECS, Desk};

/// Writes what is known of alarms and notifications at a moment in milliseconds since the epoch.
pub(super) fn write_alarms(page: &mut TextPage, desk: &Desk, now_ms: i64) {
    let counters = desk.counters();
    let summary = desk.summary();
    let oldest_ms = summary.oldest_ms.unwrap_or(now_ms);
    let oldest_secs = now_ms.saturating_sub(oldest_ms).max(0) as f64 / 1e3;
    let gauges = [
        ("plumbago_silences_active", "Silences in force.", summary.silences as f64),
        (
            "plumbago_outbox_messages",
            "Messages that wait to be sent, or are being sent.",
            summary.outbox as f64,
        ),
        ("plumbago_outbox_oldest_seconds", "How long ago the oldest of them was decided.", oldest_secs),
        (
            "plumbago_notifications_in_flight",
            "Messages that are being sent.",
            counters.in_flight.get() as f64,
        ),
        (
            "plumbago_notifications_withheld",
            "Messages of which the next digests tell.",
            summary.withheld as f64,
        ),
    ];
    for (name, help, value) in gauges {
        page.single(name, Kind::Gauge, help, value);
    }
    let help = "What became of messages, by receiver: queued, superseded, withheld, sent, retried, refused and so on.";
    let mut family = page.family("plumbago_notifications_total", Kind::Counter, help);
    for (receiver, what, count) in counters.told() {
        family.sample(&[("receiver", &receiver), ("outcome", &what)], count as f64);
    }
    let singles = [
        (
            "plumbago_alarms_rebuilt_total",
            "Times that what was decided could not be stored, and was decided again.",
            &counters.rebuilt,
        ),
        (
            "plumbago_alarm_requests_refused_total",
            "Requests about alarms that were refused.",
            &counters.refused,
        ),
        ("plumbago_heartbeats_sent_total", "Heartbeats that arrived.", &counters.heartbeats_sent),
        ("plumbago_heartbeats_failed_total", "Heartbeats that did not arrive.", &counters.heartbeats_failed),
    ];
    for (name, help, counter) in singles {
        page.single(name, Kind::Counter, help, counter.get() as f64);
    }
    let help = "Mails whose picture was drawn, and those that went without: failed or late.";
    let mut family = page.family("plumbago_alarm_pictures_total", Kind::Counter, help);
    for (outcome, counter) in [
        ("drawn", &counters.pictures_drawn),
        ("failed", &counters.pictures_failed),
        ("late", &counters.pictures_late),
    ] {
        family.sample(&[("outcome", outcome)], counter.get() as f64);
    }
    let cpu = desk.cpu().total().as_secs_f64();
    let help =
        "Processor time of the threads that run rules, tell about alarms and store both; ingest apart.";
    page.single("plumbago_rules_cpu_seconds_total", Kind::Counter, help, cpu);
    write_canary(page, desk);
}

fn write_canary(page: &mut TextPage, desk: &Desk) {
    let canary = desk.counters().canary();
    let help = "From the moment a canary's point was stored to its notification.";
    let mut family = page.histogram("plumbago_canary_seconds", help);
    let mut below = 0;
    let bounds = CANARY_BOUNDS_SECS.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
    for (bound, count) in bounds.zip(canary.counts) {
        below += count;
        family.sample_of("_bucket", &[("le", &bound)], below as f64);
    }
    family.sample_of("_sum", &[], canary.sum_secs).sample_of("_count", &[], below as f64);
}
