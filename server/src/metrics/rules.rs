//! The rules of derived metrics and events on the page of metrics.
//!
//! Owns names and helps; what is counted belongs to the rules' thread.

use super::text::{Kind, TextPage};
use crate::rule_runner::RuleBoard;
use plumbago_rules::{Alarm, AlarmState};

/// Writes how the rules do at a moment in milliseconds since the epoch.
pub(super) fn write_rules(page: &mut TextPage, board: &RuleBoard, now_ms: i64) {
    let (shown, counts) = (board.read(), board.counts());
    let is_ok = f64::from(u8::from(shown.all_faults().next().is_none()));
    let help = "1 while what runs is what the files said when they were read last; 0 while something in them is wrong.";
    page.single("plumbago_config_ok", Kind::Gauge, help, is_ok);
    page.single("plumbago_rules", Kind::Gauge, "Rules that run.", shown.rules.len() as f64);
    let lag = shown.lag_ms(now_ms) as f64 / 1e3;
    let help = "Time since the rule that is furthest behind was due.";
    page.single("plumbago_rules_lag_seconds", Kind::Gauge, help, lag);
    let is_firing = |alarm: &&Alarm| alarm.state == AlarmState::Firing;
    let firing = shown.alarms.iter().filter(is_firing).count();
    page.family("plumbago_alarms", Kind::Gauge, "Alarms of rules, by how they stand.")
        .sample(&[("state", "pending")], (shown.alarms.len() - firing) as f64)
        .sample(&[("state", "firing")], firing as f64);
    let counters = [
        ("plumbago_rule_evaluations_total", "Evaluations of rules, each slot once.", &counts.evaluations),
        (
            "plumbago_rule_failures_total",
            "Evaluations of rules that decided nothing, because of an error.",
            &counts.failures,
        ),
        (
            "plumbago_rule_points_total",
            "Points that rules stored, those computed again included.",
            &counts.points,
        ),
        (
            "plumbago_rule_late_points_total",
            "Points that came after a recording rule had read their slot, which is computed again.",
            &counts.late_points,
        ),
        (
            "plumbago_rule_late_points_not_recomputed_total",
            "Late points of too many series at once: nothing is computed again for them.",
            &counts.late_points_not_recomputed,
        ),
        (
            "plumbago_rule_recomputed_total",
            "Evaluations that were done again, because of late points.",
            &counts.recomputed,
        ),
    ];
    for (name, help, counter) in counters {
        page.single(name, Kind::Counter, help, counter.get() as f64);
    }
}
