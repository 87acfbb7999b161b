//! Messages that were expected to be sent beside those that would have been.
//!
//! Invariant: messages are compared in their order; of each, only what is said. Whom to tell is decided by whoever is asked:
//! nothing here knows about receivers.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::alarms::{different, show};
use super::{ExpectedAlarm, TEST_START_SECS};
use crate::{Labels, RuleError, Transition, show_duration};

/// Whoever tells people about the alarms of a test.
pub trait Messenger {
    /// Names of those who may be told.
    fn receivers(&self) -> Vec<String>;

    /// Takes in what is told of alarms at a moment, in milliseconds since the epoch; moments ascend. `flow` is asked again
    /// and again while time passes, and may break off.
    ///
    /// # Errors
    /// It was broken off, or goes no further by itself: it is of no use any more.
    fn hear(
        &mut self,
        transitions: &[Transition],
        at_ms: i64,
        flow: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<(), MessengerHalt>;

    /// All messages that were sent until a moment, that one included, in the order of time.
    ///
    /// # Errors
    /// As for [`Messenger::hear`].
    fn sent(
        &mut self,
        until_ms: i64,
        flow: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<&[TestMessage], MessengerHalt>;
}

/// Why a messenger goes no further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessengerHalt {
    /// Nobody waits for it.
    BrokenOff,
    /// What it is asked for cannot be had.
    Fault(RuleError),
}

/// A message that would have been sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestMessage {
    /// When, in milliseconds since the epoch.
    pub at_ms: i64,
    /// To whom.
    pub receiver: String,
    /// Why: `firing`, `resolved`, `repeat` or `digest`.
    pub reason: &'static str,
    /// `firing` until all of its group is `resolved`.
    pub status: &'static str,
    /// Labels that its alarms share because of the route.
    pub group_labels: Arc<Labels>,
    /// Its alarms.
    pub alerts: Vec<TestAlert>,
}

/// An alarm in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestAlert {
    /// `firing` or `resolved`.
    pub status: &'static str,
    /// Its labels.
    pub labels: Arc<Labels>,
    /// Texts about it.
    pub annotations: Arc<Labels>,
}

/// Which messages are expected: of one receiver or of all of them, after a moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExpectedMessages {
    pub(crate) receiver: Option<String>,
    /// Since the start of the test; those of that moment are left out.
    pub(crate) since_secs: Option<i64>,
    pub(crate) messages: Vec<ExpectedMessage>,
}

/// A message of which only what is said is compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ExpectedMessage {
    /// Since the start of the test.
    pub(crate) at_secs: Option<i64>,
    pub(crate) receiver: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) group_labels: Labels,
    /// All of its alarms, each with its status, if that is said.
    pub(crate) alerts: Option<Vec<(Option<String>, ExpectedAlarm)>>,
}

/// What is otherwise than expected, a line each.
pub(super) fn compare(
    expected: &ExpectedMessages,
    messenger: &mut dyn Messenger,
    at_secs: i64,
    flow: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Vec<String>, MessengerHalt> {
    let known = messenger.receivers();
    let named = expected.messages.iter().filter_map(|message| message.receiver.as_ref());
    for name in expected.receiver.iter().chain(named) {
        if !known.contains(name) {
            return Ok(vec![match crate::nearest::nearest(name, known.iter().map(String::as_str)) {
                Some(near) => format!("there is no receiver {name:?}: did you mean {near:?}?"),
                None => format!("there is no receiver {name:?}"),
            }]);
        }
    }
    let moment = |secs: i64| TEST_START_SECS.saturating_add(secs).saturating_mul(1000);
    let since_ms = expected.since_secs.map_or(i64::MIN, moment);
    let is_wanted = |one: &&TestMessage| {
        one.at_ms > since_ms && expected.receiver.as_ref().is_none_or(|receiver| *receiver == one.receiver)
    };
    let found: Vec<&TestMessage> = messenger.sent(moment(at_secs), flow)?.iter().filter(is_wanted).collect();
    let mut details = Vec::new();
    for (wanted, is) in expected.messages.iter().zip(&found) {
        let differences = differences(wanted, is);
        if !differences.is_empty() {
            details.push(format!("{}: {}", show_message(is), differences.join("; ")));
        }
    }
    let missing = expected.messages.iter().skip(found.len());
    details.extend(missing.map(|wanted| format!("missing     {}", show_expected(wanted))));
    let left = found.iter().skip(expected.messages.len());
    details.extend(left.map(|is| format!("unexpected  {}", show_message(is))));
    Ok(details)
}

fn differences(wanted: &ExpectedMessage, is: &TestMessage) -> Vec<String> {
    let mut found = Vec::new();
    let mut text = |field: &str, wanted: Option<String>, is: String| {
        if let Some(wanted) = wanted.filter(|wanted| *wanted != is) {
            found.push(format!("{field}: expected {wanted}, found {is}"));
        }
    };
    text("at", wanted.at_secs.map(show_secs), relative(is.at_ms));
    text("receiver", wanted.receiver.clone(), is.receiver.clone());
    text("reason", wanted.reason.clone(), is.reason.to_owned());
    text("status", wanted.status.clone(), is.status.to_owned());
    found.extend(different(&wanted.group_labels, &is.group_labels));
    if let Some(alerts) = &wanted.alerts {
        found.extend(different_alerts(alerts, &is.alerts));
    }
    found
}

/// Each expected alarm takes the first one that agrees with it; what is left over is told.
fn different_alerts(wanted: &[(Option<String>, ExpectedAlarm)], is: &[TestAlert]) -> Vec<String> {
    let mut left: Vec<&TestAlert> = is.iter().collect();
    let mut found = Vec::new();
    for (status, alarm) in wanted {
        let agrees = |one: &&TestAlert| {
            status.as_ref().is_none_or(|status| *status == one.status)
                && different(&alarm.labels, &one.labels).is_empty()
                && different(&alarm.annotations, &one.annotations).is_empty()
        };
        match left.iter().position(agrees) {
            Some(at) => _ = left.remove(at),
            None => {
                let texts: Labels =
                    alarm.labels.clone().into_iter().chain(alarm.annotations.clone()).collect();
                let status = status.as_ref().map(|status| format!("{status} ")).unwrap_or_default();
                found.push(format!("missing {status}{}", show(&texts)));
            }
        }
    }
    found.extend(left.into_iter().map(|one| format!("unexpected {} {}", one.status, show(&one.labels))));
    found
}

fn show_secs(secs: i64) -> String {
    show_duration(secs.saturating_mul(1000))
}

/// A moment as the time since the test's start.
fn relative(at_ms: i64) -> String {
    show_duration(at_ms.saturating_sub(TEST_START_SECS.saturating_mul(1000)))
}

fn show_message(is: &TestMessage) -> String {
    let alerts: Vec<String> =
        is.alerts.iter().map(|alert| format!("{} {}", alert.status, show(&alert.labels))).collect();
    let (at, group) = (relative(is.at_ms), show(&is.group_labels));
    format!("at {at} to {}, {}, group {group}, [{}]", is.receiver, is.reason, alerts.join(", "))
}

fn show_expected(wanted: &ExpectedMessage) -> String {
    let text = |name: &str, value: Option<String>| value.map(|value| format!("{name} {value}"));
    let labels = Some(&wanted.group_labels).filter(|labels| !labels.is_empty());
    let parts = [
        text("at", wanted.at_secs.map(show_secs)),
        text("to", wanted.receiver.clone()),
        text("reason", wanted.reason.clone()),
        text("status", wanted.status.clone()),
        text("group", labels.map(show)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "any message".to_owned() } else { parts.join(", ") }
}
