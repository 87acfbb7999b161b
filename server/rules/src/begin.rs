//! Taking over from an earlier run: where each rule goes on, and what becomes of rules that are gone.
//!
//! Invariant: the same rows and the same rules begin in the same way, however often that is tried.

use std::collections::BTreeSet;

use crate::alert::{self, Alarms};
use crate::compiled::{Compiled, Makes};
use crate::progress::Progress;
use crate::saved::{self, Cursor, Saved};
use crate::watch::{Known, State, Watched};
use crate::{Check, EventChange, Options, Outcome, identity};

/// Why alarms end whose rule is gone.
const RULE_REMOVED: &str = "rule removed";

/// Where every rule begins, and what has to be done about it.
pub(crate) fn begin(
    rules: &[Compiled],
    mut saved: Saved,
    now_ms: i64,
    options: &Options,
) -> (Vec<Progress>, Outcome) {
    let now = now_ms.div_euclid(1000);
    let mut outcome = Outcome::default();
    let mut all = Vec::with_capacity(rules.len());
    for rule in rules {
        let known = saved.cursors.remove(&rule.identity);
        let watched = saved.watched.remove(&rule.identity).unwrap_or_default();
        let alarms = saved.alarms.remove(&rule.identity).unwrap_or_default();
        let is_new = known.is_none();
        let cursor = known.unwrap_or(Cursor { since: now, until: now, steps: Vec::new(), looked: false });
        if is_new {
            outcome.rows.push(saved::cursor_row(&rule.identity, Some(&cursor)));
        }
        let kept = fitting(rule, watched, &cursor, &mut outcome);
        let alarms = match &rule.makes {
            Makes::Alarms(_) => alarms,
            Makes::Points(_) | Makes::Events(_) => {
                resolve(&rule.identity, &alarms, cursor.until, &mut outcome);
                Alarms::default()
            }
        };
        let reach = if rule.is_record() { options.reach_secs } else { options.catch_up_secs };
        let until = cursor.until.max(now.saturating_sub(reach));
        all.push(Progress::new(Cursor { until, ..cursor }, kept, alarms));
    }
    remove(saved, &mut outcome);
    (all, outcome)
}

/// What is watched in a way that the rule still watches; the rest is forgotten, and its events end.
fn fitting(rule: &Compiled, watched: Watched, cursor: &Cursor, outcome: &mut Outcome) -> Watched {
    let check = match &rule.makes {
        Makes::Events(events) => Some(&events.rule.check),
        Makes::Points(_) | Makes::Alarms(_) => None,
    };
    let fits = |state: &State| match (&state.known, check) {
        (Known::Levels { levels, .. }, Some(Check::Level(threshold))) => {
            levels.len() == threshold.levels.len()
        }
        (Known::Levels { levels, .. }, Some(Check::Present)) => levels.len() == 1,
        (Known::Value(_), Some(Check::Change { .. })) => true,
        (Known::Once(_), Some(Check::Absent | Check::Appears | Check::Vanishes)) => true,
        _ => false,
    };
    let (kept, gone): (Watched, Watched) = watched.into_iter().partition(|(_, state)| fits(state));
    end(&rule.identity, gone, cursor.until, outcome);
    kept
}

/// The rules that are gone.
fn remove(saved: Saved, outcome: &mut Outcome) {
    let Saved { cursors, mut watched, mut alarms, .. } = saved;
    for (rule, cursor) in cursors {
        resolve(&rule, &alarms.remove(&rule).unwrap_or_default(), cursor.until, outcome);
        end(&rule, watched.remove(&rule).unwrap_or_default(), cursor.until, outcome);
        outcome.rows.push(saved::cursor_row(&rule, None));
    }
    for (rule, orphans) in watched {
        end(&rule, orphans, 0, outcome);
    }
    for (rule, orphans) in alarms {
        resolve(&rule, &orphans, 0, outcome);
    }
}

/// Forgets alarms; those that are told end where the rule had come to.
fn resolve(rule: &str, alarms: &Alarms, until_secs: i64, outcome: &mut Outcome) {
    for told in alarms.told() {
        let change = alert::end(rule, told, until_secs, Some(RULE_REMOVED), &mut outcome.alarms);
        outcome.events.extend(change);
    }
    let (fingerprints, sources) = alarms.keys();
    let rows = fingerprints.into_iter().map(|fingerprint| saved::alarm_row(rule, fingerprint, None));
    outcome.rows.extend(rows.chain(sources.iter().map(|prefix| saved::silent_row(rule, prefix, None))));
}

/// Forgets what was watched; events that went on end where the rule had come to.
fn end(rule: &str, watched: Watched, until_secs: i64, outcome: &mut Outcome) {
    let keys: BTreeSet<_> = watched.keys().cloned().collect();
    for key in keys {
        if let Some(open) = watched.get(&key).and_then(State::open) {
            let end_ms = until_secs.max(open.start_secs).saturating_mul(1000);
            let key = identity::of_event(rule, &key, open.start_secs);
            outcome.events.push(EventChange::Close { key, end_ms });
        }
        outcome.rows.push(saved::watched_row(rule, &key, None));
    }
}
