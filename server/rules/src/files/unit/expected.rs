//! What a test expects: points, events and alarms by a moment.

use super::{Reader, list, needed, time};
use crate::Labels;
use crate::files::fault::Faults;
use crate::files::fields::{Fields, text};
use crate::files::tree::Node;
use crate::unit::{Expectation, Expected, ExpectedAlarm, ExpectedEnd, ExpectedEvent};

const RECORD_KEYS: &[&str] = &["eval_time", "series", "exp_points"];
const EVENTS_KEYS: &[&str] = &["eval_time", "kind", "exp_events"];
const EVENT_KEYS: &[&str] = &["title", "kind", "severity", "start", "end", "tags", "series", "value", "text"];
const ALARMS_KEYS: &[&str] = &["eval_time", "alertname", "exp_alerts"];
const ALARM_KEYS: &[&str] = &["exp_labels", "exp_annotations"];
const SEVERITIES: [&str; 4] = ["info", "warning", "error", "critical"];

impl Reader {
    /// Points of a series.
    pub(super) fn points(&mut self, node: &Node, faults: &mut Faults<'_>) -> Option<Expectation> {
        let fields = Fields::of(node, "a record_test", faults)?;
        fields.refuse_unknown("a record_test", RECORD_KEYS, |_| None, faults);
        let at_secs = moment(&fields, "a record_test", faults);
        let series = needed(&fields, "a record_test", "series", faults);
        let points = needed(&fields, "a record_test", "exp_points", faults);
        let values = points.and_then(|(node, text)| self.values(node, text, faults))?;
        let expected = Expected::Points { series: series?.1.to_owned(), values };
        Some(Expectation { line: fields.mark.line, at_secs: at_secs?, expected })
    }
}

/// Events, all there are or those of one kind.
pub(super) fn events(node: &Node, faults: &mut Faults<'_>) -> Option<Expectation> {
    let fields = Fields::of(node, "an event_test", faults)?;
    fields.refuse_unknown("an event_test", EVENTS_KEYS, |_| None, faults);
    let at_secs = moment(&fields, "an event_test", faults);
    let kind = fields.text("kind", faults).map(str::to_owned);
    if fields.get("exp_events").is_none() {
        faults.at(fields.mark, "an event_test has the key exp_events, a list that may be empty");
    }
    let nodes = list(&fields, "exp_events", faults);
    let events = nodes.iter().filter_map(|node| event(node, faults)).collect();
    Some(Expectation {
        line: fields.mark.line,
        at_secs: at_secs?,
        expected: Expected::Events { kind, events },
    })
}

pub(super) fn moment(fields: &Fields<'_>, what: &str, faults: &mut Faults<'_>) -> Option<i64> {
    needed(fields, what, "eval_time", faults)?;
    time(fields, "eval_time", faults)
}

fn event(node: &Node, faults: &mut Faults<'_>) -> Option<ExpectedEvent> {
    let fields = Fields::of(node, "an expected event", faults)?;
    fields.refuse_unknown("an expected event", EVENT_KEYS, |_| None, faults);
    let severity = severity(&fields, faults);
    let tags = fields
        .get("tags")
        .map(|_| fields.texts("tags", faults).into_iter().map(|(_, tag)| tag.to_owned()).collect());
    let mut own = |key: &str| fields.text(key, faults).map(str::to_owned);
    let (title, kind, text, series) = (own("title"), own("kind"), own("text"), own("series"));
    Some(ExpectedEvent {
        title,
        kind,
        severity,
        text,
        series,
        tags,
        value: number(&fields, "value", faults),
        start_secs: time(&fields, "start", faults),
        end: end(&fields, faults),
    })
}

/// The name of a severity.
pub(super) fn severity(fields: &Fields<'_>, faults: &mut Faults<'_>) -> Option<String> {
    let severity = fields.text("severity", faults).map(str::to_owned);
    if let (Some(node), Some(found)) = (fields.get("severity"), &severity)
        && !SEVERITIES.contains(&found.as_str())
    {
        faults.at(node.mark, format!("severity is one of {}, not {found:?}", SEVERITIES.join(", ")));
    }
    severity
}

/// Alarms that fire, all there are or those of one name.
pub(super) fn alarms(node: &Node, faults: &mut Faults<'_>) -> Option<Expectation> {
    const WHAT: &str = "an alert_rule_test";
    let fields = Fields::of(node, WHAT, faults)?;
    fields.refuse_unknown(WHAT, ALARMS_KEYS, |_| None, faults);
    let at_secs = moment(&fields, WHAT, faults);
    let name = fields.text("alertname", faults).map(str::to_owned);
    if fields.get("exp_alerts").is_none() {
        faults.at(fields.mark, "an alert_rule_test has the key exp_alerts, a list that may be empty");
    }
    let nodes = list(&fields, "exp_alerts", faults);
    let alarms = nodes.iter().filter_map(|node| alarm(node, faults)).collect();
    Some(Expectation {
        line: fields.mark.line,
        at_secs: at_secs?,
        expected: Expected::Alarms { name, alarms },
    })
}

fn alarm(node: &Node, faults: &mut Faults<'_>) -> Option<ExpectedAlarm> {
    let fields = Fields::of(node, "an expected alert", faults)?;
    fields.refuse_unknown("an expected alert", ALARM_KEYS, |_| None, faults);
    let labels = texts(&fields, "exp_labels", faults);
    let annotations = texts(&fields, "exp_annotations", faults);
    Some(ExpectedAlarm { labels, annotations })
}

/// Names with texts.
pub(super) fn texts(fields: &Fields<'_>, key: &str, faults: &mut Faults<'_>) -> Labels {
    let Some(node) = fields.get(key) else { return Labels::new() };
    let Some(fields) = Fields::of(node, key, faults) else { return Labels::new() };
    let entries = fields.entries().iter();
    entries
        .filter_map(|(key, node)| Some((key.name.clone(), text(node, &key.name, faults)?.to_owned())))
        .collect()
}

fn number(fields: &Fields<'_>, key: &str, faults: &mut Faults<'_>) -> Option<f64> {
    let node = fields.get(key)?;
    let written = text(node, key, faults)?;
    let number = written.parse::<f64>().ok().filter(|number| number.is_finite());
    if number.is_none() {
        faults.at(node.mark, format!("{key} is a number, not {written:?}"));
    }
    number
}

/// `open`, or a time.
fn end(fields: &Fields<'_>, faults: &mut Faults<'_>) -> Option<ExpectedEnd> {
    let written = text(fields.get("end")?, "end", faults)?;
    if written == "open" {
        return Some(ExpectedEnd::Open);
    }
    time(fields, "end", faults).map(ExpectedEnd::At)
}
