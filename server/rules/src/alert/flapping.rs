//! An alarm that changes too often: one alarm says so instead of it, until it has been steady for as long.
//!
//! Invariant: while that alarm fires, the other one is told as neither pending nor firing, though its levels are followed
//! as ever; afterwards it is told as it stands then.

use super::level::Standing;
use super::mark::Mark;
use super::state::{State, Told};
use super::tell::{About, Teller, leveled};
use crate::{AlertRule, Severity};

/// The label that names how many changes it took.
pub(super) const LABEL: &str = "flapping";
/// The annotation that counts them.
const ANNOTATION: &str = "flapping";
/// So many changes are too many.
const CHANGES: usize = 5;
/// Within so many times the longest of `for`, the step and a minute.
const SPANS: i64 = 10;
const SPAN_SECS_MIN: i64 = 60;

/// Within how long so many changes are too many, and after how long without one it is over; in seconds.
fn window_secs(rule: &AlertRule, step_secs: i64) -> i64 {
    rule.for_secs.max(step_secs).max(SPAN_SECS_MIN).saturating_mul(SPANS)
}

/// Takes note of where an alarm stands after a slot in which something was known.
pub(super) fn follow(
    teller: &mut Teller<'_>,
    about: &About<'_>,
    state: &mut State,
    standings: (Standing, Standing),
    slot: i64,
    value: Option<f64>,
) {
    let window = window_secs(&teller.alert.rule, state.step_secs);
    let (before, after) = standings;
    let has_changed = before.fires() != after.fires();
    if has_changed {
        state.changes.push(slot);
        let surplus = state.changes.len().saturating_sub(CHANGES);
        state.changes.drain(..surplus);
    }
    let last = state.changes.last().copied();
    let is_steady = last.is_some_and(|last| slot.saturating_sub(last) >= window);
    match state.flapping.take() {
        Some(flapping) if is_steady => {
            teller.end(flapping.0, slot, value, None);
            state.changes.clear();
        }
        Some(flapping) if has_changed => {
            let (told, count) = *flapping;
            let told = again(teller, told, count.saturating_add(1), after, (slot, value));
            state.flapping = Some(Box::new((told, count.saturating_add(1))));
        }
        Some(flapping) => state.flapping = Some(flapping),
        None if has_changed && is_too_often(&state.changes, window) => {
            if let Some(told) = state.alarm.take() {
                let by = matches!(after, Standing::Firing { .. }).then_some("flapping");
                teller.end(*told, slot, value, by);
            }
            let count = state.changes.len() as u64;
            let told = begin(teller, about, state, (before, after), (slot, value));
            state.flapping = Some(Box::new((told, count)));
        }
        None if is_steady => state.changes.clear(),
        None => {}
    }
}

fn is_too_often(changes: &[i64], window_secs: i64) -> bool {
    match (changes.first(), changes.last()) {
        (Some(first), Some(last)) => changes.len() >= CHANGES && last.saturating_sub(*first) <= window_secs,
        _ => false,
    }
}

fn begin(
    teller: &mut Teller<'_>,
    about: &About<'_>,
    state: &State,
    standings: (Standing, Standing),
    (slot, value): (i64, Option<f64>),
) -> Told {
    let mut labels = (*about.mark.labels).clone();
    labels.insert(LABEL.to_owned(), CHANGES.to_string());
    let mark = Mark::of(labels);
    let highest = level(standings.0).max(level(standings.1));
    let starts_secs = state.changes.first().copied().unwrap_or(slot);
    let about = About { mark: &mark, ..about.clone() };
    let told = teller.told(&about, highest, starts_secs, slot, value);
    let told = counted(told, CHANGES as u64);
    teller.fire(told, slot)
}

/// One more change; at a higher level than before, it is raised.
fn again(
    teller: &mut Teller<'_>,
    told: Told,
    count: u64,
    after: Standing,
    (slot, value): (i64, Option<f64>),
) -> Told {
    let mut told = counted(told, count);
    told.value_bits = value.map(f64::to_bits);
    if level(after) > told.severity {
        told.severity = level(after);
        told.labels = leveled(&told.labels, told.severity);
        teller.raised(&told, slot);
    } else {
        teller.transitions.push(told.transition(crate::AlarmChange::Reworded, slot));
    }
    told
}

fn level(standing: Standing) -> Option<Severity> {
    standing.fires().flatten()
}

fn counted(told: Told, count: u64) -> Told {
    let mut annotations = (*told.annotations).clone();
    annotations.insert(ANNOTATION.to_owned(), format!("{count} changes"));
    Told { annotations: std::sync::Arc::new(annotations), ..told }
}
