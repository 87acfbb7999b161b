//! Stored events, counted within a time.
//!
//! Invariant: an event counts by its start alone, and never for the rule that made it: an alarm is no reason for itself.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use plumbago_protocol::limits;

use super::mark::Mark;
use crate::compiled::{Alerts, Compiled};
use crate::{AlertCheck, Event, Fingerprint, Labels, RuleError, Subject, World};

/// How many events there are by what they are counted under; nothing for what has none.
pub(super) fn counts(
    rule: &Compiled,
    alert: &Alerts,
    at_secs: i64,
    world: &World<'_>,
) -> Result<BTreeMap<Fingerprint, (Mark, u64)>, RuleError> {
    let AlertCheck::Events(wanted) = &alert.rule.check else { return Ok(BTreeMap::new()) };
    let mut by_tags: BTreeMap<Vec<String>, u64> = BTreeMap::new();
    let mut count = 0_usize;
    let until_ms = at_secs.saturating_mul(1000);
    let from_ms = at_secs.saturating_sub(wanted.within_secs).saturating_mul(1000);
    let mut visit = |event: &Event| {
        if event.rule.as_deref() == Some(&*rule.shown) {
            return ControlFlow::Continue(());
        }
        count += 1;
        let values = wanted.by.iter().map(|tag| tag_of(event, tag).to_owned()).collect();
        *by_tags.entry(values).or_default() += 1;
        if count > limits::EVENTS_COUNTED_MAX { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let visited = world.events.visit(&alert.search, from_ms, until_ms, &mut visit);
    visited.map_err(|error| RuleError {
        message: format!("events cannot be counted: {error}"),
        is_fault: !matches!(error, plumbago_query::SourceError::BadRequest(_)),
    })?;
    if count > limits::EVENTS_COUNTED_MAX {
        let message = format!("more than {} events are to be counted", limits::EVENTS_COUNTED_MAX);
        return Err(RuleError { message, is_fault: false });
    }
    let mut counts = BTreeMap::new();
    for (values, count) in by_tags {
        let own: Labels = wanted.by.iter().cloned().zip(values).collect();
        let mark = Mark::of_rule(rule, alert, own, Subject::default())?;
        if counts.insert(mark.fingerprint, (mark, count)).is_some() {
            let message = "events that are counted apart have the same labels; nothing is decided".to_owned();
            return Err(RuleError { message, is_fault: false });
        }
    }
    Ok(counts)
}

/// The value of a tag `key=value`; empty if there is none.
fn tag_of<'e>(event: &'e Event, key: &str) -> &'e str {
    let value = |tag: &'e String| tag.split_once('=').filter(|(own, _)| *own == key).map(|(_, value)| value);
    event.tags.iter().find_map(value).unwrap_or_default()
}
