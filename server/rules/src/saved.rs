//! Rows of saved state: their keys and their bytes.
//!
//! Invariant: a row stands for itself; rows of one step belong together, but none refers to another one. Rows of others in
//! the same table are left alone. A row that cannot be read is an error, since going on without it would decide things
//! twice or leave a hole.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::alert::{self, Alarms, Told};
use crate::watch::{State, Watched};
use crate::{Fingerprint, Row, RuleError};

const CURSOR: &str = "rules/cursor/";
const WATCHED: &str = "rules/watched/";
const ALARM: &str = "rules/alarm/";
const SILENT: &str = "rules/silent/";
const BEHIND: &str = "rules/behind";
const DELAY: &str = "rules/delay/";
const LATE: &str = "rules/late/";

/// How far a rule has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// No T up to this one is the rule's, since it did not exist; in seconds since the epoch.
    pub(crate) since: i64,
    /// Every T up to this one is done.
    pub(crate) until: i64,
    /// The steps of the last answer in seconds, ascending.
    pub(crate) steps: Vec<i64>,
    /// Whether it was evaluated at least once.
    pub(crate) looked: bool,
}

/// What an earlier run left.
#[derive(Debug, Default)]
pub(crate) struct Saved {
    /// By the rule's identity.
    pub(crate) cursors: BTreeMap<String, Cursor>,
    /// By the rule's identity.
    pub(crate) watched: BTreeMap<String, Watched>,
    /// By the rule's identity.
    pub(crate) alarms: BTreeMap<String, Alarms>,
    /// The alarm of rules that are behind.
    pub(crate) behind: Option<Told>,
    /// By the group's identity, in milliseconds.
    pub(crate) delays: BTreeMap<String, i64>,
    /// By the rule's identity: the first and the last T that were to be computed once more.
    pub(crate) late: BTreeMap<String, (i64, i64)>,
}

impl Saved {
    /// Reads rows of any kind; those of others are skipped.
    ///
    /// # Errors
    /// A row of rules whose bytes are no state of rules.
    pub(crate) fn read<'a>(rows: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Saved, RuleError> {
        let mut saved = Saved::default();
        for (key, bytes) in rows {
            if let Some(rule) = key.strip_prefix(CURSOR) {
                saved.cursors.insert(rule.to_owned(), parsed(key, bytes)?);
            } else if let Some(group) = key.strip_prefix(DELAY) {
                saved.delays.insert(group.to_owned(), parsed(key, bytes)?);
            } else if let Some(rule) = key.strip_prefix(LATE) {
                saved.late.insert(rule.to_owned(), parsed(key, bytes)?);
            } else if let Some((rule, watched)) =
                key.strip_prefix(WATCHED).and_then(|rest| rest.split_once('/'))
            {
                let state: State = parsed(key, bytes)?;
                saved.watched.entry(rule.to_owned()).or_default().insert(Arc::from(watched), state);
            } else if let Some((rule, fingerprint)) =
                key.strip_prefix(ALARM).and_then(|rest| rest.split_once('/'))
            {
                let fingerprint: Fingerprint =
                    fingerprint.parse().map_err(|error| unreadable(key, &error))?;
                saved.alarms.entry(rule.to_owned()).or_default().set(fingerprint, Some(parsed(key, bytes)?));
            } else if let Some((rule, prefix)) =
                key.strip_prefix(SILENT).and_then(|rest| rest.split_once('/'))
            {
                saved
                    .alarms
                    .entry(rule.to_owned())
                    .or_default()
                    .set_source(prefix, Some(parsed(key, bytes)?));
            } else if key == BEHIND {
                saved.behind = Some(parsed(key, bytes)?);
            }
        }
        Ok(saved)
    }
}

/// The row of a rule's progress.
pub(crate) fn cursor_row(rule: &str, cursor: Option<&Cursor>) -> Row {
    (format!("{CURSOR}{rule}"), cursor.map(bytes))
}

/// The row of something that a rule watches.
pub(crate) fn watched_row(rule: &str, key: &str, state: Option<&State>) -> Row {
    (format!("{WATCHED}{rule}/{key}"), state.map(bytes))
}

/// The row of what an alert rule remembers of a series.
pub(crate) fn alarm_row(rule: &str, fingerprint: Fingerprint, state: Option<&alert::State>) -> Row {
    (format!("{ALARM}{rule}/{fingerprint}"), state.map(bytes))
}

/// The row of a silent source.
pub(crate) fn silent_row(rule: &str, prefix: &str, told: Option<&Told>) -> Row {
    (format!("{SILENT}{rule}/{prefix}"), told.map(bytes))
}

/// The row of the alarm of rules that are behind.
pub(crate) fn behind_row(told: Option<&Told>) -> Row {
    (BEHIND.to_owned(), told.map(bytes))
}

/// The row of a group's learned delay.
pub(crate) fn delay_row(group: &str, delay_ms: Option<i64>) -> Row {
    (format!("{DELAY}{group}"), delay_ms.as_ref().map(bytes))
}

/// The row of the T of a rule that are to be computed once more: the first and the last of them.
pub(crate) fn late_row(rule: &str, span: Option<(i64, i64)>) -> Row {
    (format!("{LATE}{rule}"), span.as_ref().map(bytes))
}

fn bytes<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("maps with text as keys, lists, texts and integers are always JSON")
}

fn parsed<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<T, RuleError> {
    serde_json::from_slice(bytes).map_err(|error| unreadable(key, &error))
}

fn unreadable(key: &str, error: &dyn std::fmt::Display) -> RuleError {
    RuleError {
        message: format!("the saved state {key:?} cannot be read: {error}; it may be a newer program's"),
        is_fault: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Severity;
    use crate::watch::{Known, Level, Open};

    #[test]
    fn what_is_saved_is_read_back_and_rows_of_others_are_left_alone() {
        let cursor = Cursor { since: 5, until: 70, steps: vec![10, 60], looked: true };
        let state = State {
            series: "web.a;host=x/y".into(),
            step_secs: 10,
            missing_since: Some(-10),
            known: Known::Levels {
                levels: vec![Level::Idle, Level::Pending(3), Level::Active(1)],
                open: Some(Open { start_secs: 1, severity: Severity::Critical }),
            },
        };
        let value = State { known: Known::Value(f64::MIN_POSITIVE.to_bits()), ..state.clone() };
        let rows = [
            cursor_row("r", Some(&cursor)),
            watched_row("r", "a/b;c=d", Some(&state)),
            watched_row("r", "", Some(&value)),
            delay_row("g", Some(1200)),
            late_row("r", Some((-60, 120))),
            ("alarms/x".to_owned(), Some(b"not ours".to_vec())),
        ];
        let rows = rows.iter().map(|(key, value)| (key.as_str(), value.as_deref().unwrap_or_default()));
        let saved = Saved::read(rows).unwrap();
        assert_eq!(saved.cursors.get("r"), Some(&cursor));
        assert_eq!(saved.watched["r"].get("a/b;c=d"), Some(&state));
        assert_eq!(saved.watched["r"].get(""), Some(&value));
        assert_eq!(saved.delays["g"], 1200);
        assert_eq!(saved.late["r"], (-60, 120));
    }

    #[test]
    fn a_row_that_cannot_be_read_is_named() {
        let error = Saved::read([("rules/cursor/abc", &b"{\"until\":"[..])]).unwrap_err();
        assert!(error.to_string().contains("\"rules/cursor/abc\""), "{error}");
    }
}
