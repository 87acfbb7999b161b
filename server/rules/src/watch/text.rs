//! An event as it is told: title, text and tags rendered for the series that decided.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbago_protocol::limits;
use plumbago_query::Tags;

use super::decide::Happened;
use crate::compiled::{Compiled, Events};
use crate::link::graph_url;
use crate::{Event, EventChange, RuleError, Source, Status, Subject, identity};

/// What an event is told of.
pub(super) struct Told<'a> {
    pub(super) rule: &'a Compiled,
    pub(super) events: &'a Events,
    /// What is watched, as its events go by.
    pub(super) event_key: &'a str,
    pub(super) series: &'a Arc<str>,
    pub(super) tags: &'a Tags,
    pub(super) value: Option<f64>,
    /// The slot that decided, in seconds since the epoch.
    pub(super) slot: i64,
    pub(super) external_url: &'a str,
}

/// What is to be done about what happened.
///
/// # Errors
/// A template that does not render.
pub(super) fn change(told: &Told<'_>, happened: Happened) -> Result<EventChange, RuleError> {
    let key = |start_secs: i64| identity::of_event(&told.rule.identity, told.event_key, start_secs);
    Ok(match happened {
        Happened::Began { open, .. } => {
            EventChange::Store(Box::new(Event { severity: open.severity, ..event(told, open.start_secs)? }))
        }
        Happened::Turned { open, .. } => {
            EventChange::Raise { key: key(open.start_secs), severity: open.severity, value: told.value }
        }
        Happened::Ended { open, end_secs } => {
            EventChange::Close { key: key(open.start_secs), end_ms: end_secs.saturating_mul(1000) }
        }
        Happened::Moment { .. } => {
            let event = event(told, told.slot)?;
            let end_ms = Some(event.start_ms);
            EventChange::Store(Box::new(Event { end_ms, status: Status::Closed, ..event }))
        }
    })
}

fn event(told: &Told<'_>, start_secs: i64) -> Result<Event, RuleError> {
    let Told { rule, events, value, .. } = told;
    let graph_url = graph_url(&told.rule.expression, told.slot, told.external_url);
    let no_labels = BTreeMap::new();
    let subject = Subject {
        series: told.series,
        tags: told.tags,
        value: *value,
        last: *value,
        labels: &no_labels,
        graph_url: &graph_url,
    };
    let labels = rule.rendered_labels(&subject)?;
    let subject = Subject { labels: &labels, ..subject };
    let mut tags = Vec::with_capacity(events.tags.len() + labels.len());
    for template in &events.tags {
        tags.push(rule.render(template, &subject)?);
    }
    tags.extend(labels.iter().map(|(key, value)| format!("{key}={value}")));
    tags.truncate(limits::EVENT_TAGS_MAX);
    let tags = tags.into_iter().map(|tag| Event::cut(tag, limits::EVENT_WORD_BYTES_MAX)).collect();
    Ok(Event {
        id: 0,
        key: Some(identity::of_event(&rule.identity, told.event_key, start_secs)),
        kind: events.rule.event_kind.clone(),
        title: Event::cut(rule.render(&rule.name, &subject)?, limits::EVENT_TITLE_BYTES_MAX),
        text: rule.render(&events.text, &subject)?,
        severity: events.rule.severity,
        tags,
        series: (!told.series.is_empty()).then(|| told.series.to_string()),
        value: *value,
        rule: Some(rule.shown.to_string()),
        start_ms: start_secs.saturating_mul(1000),
        end_ms: None,
        source: Source::Rule,
        status: Status::Open,
        revision: 0,
        parents: Vec::new(),
    })
}
