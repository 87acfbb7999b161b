//! What a test expects people to be told.

use super::expected::{moment, texts};
use super::{list, time};
use crate::files::fault::Faults;
use crate::files::fields::Fields;
use crate::files::tree::Node;
use crate::unit::{Expectation, Expected, ExpectedAlarm, ExpectedMessage, ExpectedMessages};

const WHAT: &str = "a notification_test";
const KEYS: &[&str] = &["eval_time", "receiver", "since", "exp_notifications"];
const MESSAGE_KEYS: &[&str] = &["at", "receiver", "reason", "status", "group_labels", "exp_alerts"];
const ALERT_KEYS: &[&str] = &["status", "exp_labels", "exp_annotations"];
const REASONS: &[&str] = &["firing", "resolved", "repeat", "digest"];
const STATUSES: &[&str] = &["firing", "resolved"];

/// Messages, all there are or those to one receiver.
pub(super) fn messages(node: &Node, faults: &mut Faults<'_>) -> Option<Expectation> {
    let fields = Fields::of(node, WHAT, faults)?;
    fields.refuse_unknown(WHAT, KEYS, |_| None, faults);
    let at_secs = moment(&fields, WHAT, faults);
    let receiver = fields.text("receiver", faults).map(str::to_owned);
    let since_secs = time(&fields, "since", faults);
    if fields.get("exp_notifications").is_none() {
        faults.at(fields.mark, "a notification_test has the key exp_notifications, a list that may be empty");
    }
    let nodes = list(&fields, "exp_notifications", faults);
    let messages = nodes.iter().filter_map(|node| message(node, faults)).collect();
    let expected = Expected::Messages(ExpectedMessages { receiver, since_secs, messages });
    Some(Expectation { line: fields.mark.line, at_secs: at_secs?, expected })
}

fn message(node: &Node, faults: &mut Faults<'_>) -> Option<ExpectedMessage> {
    let fields = Fields::of(node, "an expected notification", faults)?;
    fields.refuse_unknown("an expected notification", MESSAGE_KEYS, |_| None, faults);
    let alerts = fields.get("exp_alerts").map(|_| {
        let nodes = list(&fields, "exp_alerts", faults);
        nodes.iter().filter_map(|node| alert(node, faults)).collect()
    });
    Some(ExpectedMessage {
        at_secs: time(&fields, "at", faults),
        receiver: fields.text("receiver", faults).map(str::to_owned),
        reason: word(&fields, "reason", REASONS, faults),
        status: word(&fields, "status", STATUSES, faults),
        group_labels: texts(&fields, "group_labels", faults),
        alerts,
    })
}

fn alert(node: &Node, faults: &mut Faults<'_>) -> Option<(Option<String>, ExpectedAlarm)> {
    let fields = Fields::of(node, "an expected alert", faults)?;
    fields.refuse_unknown("an expected alert", ALERT_KEYS, |_| None, faults);
    let status = word(&fields, "status", STATUSES, faults);
    let labels = texts(&fields, "exp_labels", faults);
    let annotations = texts(&fields, "exp_annotations", faults);
    Some((status, ExpectedAlarm { labels, annotations }))
}

/// One of some words.
fn word(fields: &Fields<'_>, key: &str, known: &[&str], faults: &mut Faults<'_>) -> Option<String> {
    let found = fields.text(key, faults)?.to_owned();
    if let Some(node) = fields.get(key).filter(|_| !known.contains(&found.as_str())) {
        faults.at(node.mark, format!("{key} is one of {}, not {found:?}", known.join(", ")));
    }
    Some(found)
}
