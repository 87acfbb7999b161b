//! What happened to an alarm, as it is told: transitions with their texts, and the same as events.
//!
//! Invariant: an alarm is told as firing once until it is told as resolved. An annotation that does not render never keeps
//! an alarm from being told: its text says what is wrong.

use std::sync::Arc;

use plumbago_protocol::limits;
use plumbago_query::Tags;

use super::level::Standing;
use super::mark::Mark;
use super::state::Told;
use crate::compiled::{Alerts, Compiled};
use crate::link::graph_url;
use crate::{
    AlarmChange, Event, EventChange, Labels, SEVERITY_LABEL, Severity, Source, Status, Subject, Transition,
    identity,
};

/// The kind of events that alarms make.
const EVENT_KIND: &str = "alarm";
/// The annotation that becomes an event's title.
const SUMMARY: &str = "summary";
/// The annotation that becomes an event's text.
const DESCRIPTION: &str = "description";

/// What an alarm is about.
#[derive(Clone, Debug)]
pub(super) struct About<'a> {
    pub(super) mark: &'a Mark,
    pub(super) series: Option<&'a Arc<str>>,
    pub(super) tags: &'a Tags,
}

/// Takes down what is told in one slot.
pub(super) struct Teller<'a> {
    pub(super) rule: &'a Compiled,
    pub(super) alert: &'a Alerts,
    pub(super) external_url: &'a str,
    pub(super) transitions: Vec<Transition>,
    pub(super) events: Vec<EventChange>,
}

impl Teller<'_> {
    /// An alarm that is to be told, its annotations those of the rule.
    pub(super) fn told(
        &self,
        about: &About<'_>,
        severity: Option<Severity>,
        starts_secs: i64,
        at_secs: i64,
        value: Option<f64>,
    ) -> Told {
        let labels = leveled(&about.mark.labels, severity);
        let annotations = self.annotations(about, &labels, at_secs, value);
        Told {
            fingerprint: about.mark.fingerprint,
            labels,
            annotations: Arc::new(annotations),
            wording: Arc::clone(&self.alert.wording),
            severity,
            starts_secs,
            fired_secs: None,
            value_bits: value.map(f64::to_bits),
            series: about.series.cloned(),
            expression: Arc::clone(&self.rule.expression),
            bounds: Arc::clone(&self.alert.bounds),
            rule: Arc::clone(&self.rule.shown),
        }
    }

    fn annotations(&self, about: &About<'_>, labels: &Labels, at_secs: i64, value: Option<f64>) -> Labels {
        let graph_url = graph_url(&self.rule.expression, at_secs, self.external_url);
        let subject = Subject {
            series: about.series.map_or("", |series| series),
            tags: about.tags,
            value,
            last: value,
            labels,
            graph_url: &graph_url,
        };
        let render = |(name, template): &(String, crate::Template)| {
            let text = template.render(&subject).unwrap_or_else(|error| format!("[{name}: {error}]"));
            (name.clone(), text)
        };
        self.alert.annotations.iter().map(render).collect()
    }

    /// Brings what was told of an alarm to where it stands now; answers what is told of it from now on.
    pub(super) fn follow(
        &mut self,
        about: &About<'_>,
        told: Option<Box<Told>>,
        standing: Standing,
        at_secs: i64,
        value: Option<f64>,
    ) -> Option<Box<Told>> {
        let is_firing = told.as_ref().is_some_and(|told| told.fired_secs.is_some());
        match (told, standing) {
            (told, Standing::Idle) => {
                if let Some(told) = told {
                    self.end(*told, at_secs, value, None);
                }
                None
            }
            (Some(told), Standing::Pending { .. }) if is_firing => {
                self.end(*told, at_secs, value, None);
                self.follow(about, None, standing, at_secs, value)
            }
            (Some(told), Standing::Pending { .. }) => Some(self.reworded(about, told, at_secs, value)),
            (None, Standing::Pending { since, severity }) => {
                let told = self.told(about, severity, since, at_secs, value);
                self.transitions.push(told.transition(AlarmChange::Pending, at_secs));
                Some(Box::new(told))
            }
            (Some(told), Standing::Firing { severity, .. }) if is_firing && told.severity == severity => {
                Some(self.reworded(about, told, at_secs, value))
            }
            (Some(told), Standing::Firing { severity, .. }) if is_firing => {
                Some(self.leveled(about, *told, severity, at_secs, value))
            }
            (_, Standing::Firing { since, severity }) => {
                let told = self.told(about, severity, since, at_secs, value);
                Some(Box::new(self.fire(told, at_secs)))
            }
        }
    }

    /// It fires.
    pub(super) fn fire(&mut self, told: Told, at_secs: i64) -> Told {
        let told = Told { fired_secs: Some(at_secs), ..told };
        self.transitions.push(told.transition(AlarmChange::Fired, at_secs));
        self.events.push(EventChange::Store(Box::new(event(&self.rule.identity, &told, at_secs))));
        told
    }

    /// It fires at another level.
    pub(super) fn leveled(
        &mut self,
        about: &About<'_>,
        told: Told,
        severity: Option<Severity>,
        at_secs: i64,
        value: Option<f64>,
    ) -> Box<Told> {
        let fresh = self.told(about, severity, told.starts_secs, at_secs, value);
        let now = Told { fired_secs: told.fired_secs, ..fresh };
        match severity > told.severity {
            true => self.raised(&now, at_secs),
            false => self.turned(&now, AlarmChange::Lowered, at_secs),
        }
        Box::new(now)
    }

    /// It fires at a higher level, which it has already.
    pub(super) fn raised(&mut self, told: &Told, at_secs: i64) {
        self.turned(told, AlarmChange::Raised, at_secs);
    }

    fn turned(&mut self, told: &Told, change: AlarmChange, at_secs: i64) {
        self.transitions.push(told.transition(change, at_secs));
        let (key, severity) = (event_key(&self.rule.identity, told), severity_of(told));
        self.events.push(EventChange::Raise { key, severity, value: told.value() });
    }

    /// The same, unless the rule has other annotations than it was told with.
    fn reworded(
        &mut self,
        about: &About<'_>,
        told: Box<Told>,
        at_secs: i64,
        value: Option<f64>,
    ) -> Box<Told> {
        if told.wording == self.alert.wording {
            return told;
        }
        let annotations = Arc::new(self.annotations(about, &told.labels, at_secs, value));
        let has_changed = annotations != told.annotations;
        let value_bits = value.map(f64::to_bits);
        let told = Told { annotations, wording: Arc::clone(&self.alert.wording), value_bits, ..*told };
        if has_changed {
            self.transitions.push(told.transition(AlarmChange::Reworded, at_secs));
        }
        Box::new(told)
    }

    /// It is over, or never fired.
    pub(super) fn end(&mut self, told: Told, at_secs: i64, value: Option<f64>, by: Option<&str>) {
        let told = Told { value_bits: value.map(f64::to_bits), ..told };
        self.events.extend(end(&self.rule.identity, &told, at_secs, by, &mut self.transitions));
    }
}

/// The event that an alarm is, from when it fired.
pub(super) fn event(rule: &str, told: &Told, fired_secs: i64) -> Event {
    let annotation = |name: &str| told.annotations.get(name).filter(|text| !text.is_empty()).cloned();
    let title = || {
        let name = told.labels.get(super::mark::NAME_LABEL).map_or("", String::as_str);
        told.series.as_ref().map_or(name.to_owned(), |series| format!("{name}: {series}"))
    };
    let is_tag = |name: &str| name != "name" && name != "series";
    let tags = told.labels.iter().filter(|(name, _)| is_tag(name));
    let tags = tags.map(|(name, value)| Event::cut(format!("{name}={value}"), limits::EVENT_WORD_BYTES_MAX));
    // By which all events of one alarm are found.
    let tags = std::iter::once(format!("fingerprint={}", told.fingerprint)).chain(tags);
    let title = annotation(SUMMARY).unwrap_or_else(title);
    let text = annotation(DESCRIPTION).unwrap_or_default();
    Event {
        id: 0,
        key: Some(identity_of(rule, told, fired_secs)),
        kind: EVENT_KIND.to_owned(),
        title: Event::cut(title, limits::EVENT_TITLE_BYTES_MAX),
        text: Event::cut(text, limits::EVENT_TEXT_BYTES_MAX),
        severity: severity_of(told),
        tags: tags.take(limits::EVENT_TAGS_MAX).collect(),
        series: told.series.as_ref().map(|series| series.to_string()),
        value: told.value(),
        rule: Some(told.rule.to_string()),
        start_ms: told.starts_secs.saturating_mul(1000),
        end_ms: None,
        source: Source::Alarm,
        status: Status::Open,
        revision: 0,
        parents: Vec::new(),
    }
}

/// An alarm is over: what is told of it, and what becomes of its event.
pub(crate) fn end(
    rule: &str,
    told: &Told,
    at_secs: i64,
    by: Option<&str>,
    transitions: &mut Vec<Transition>,
) -> Option<EventChange> {
    if told.fired_secs.is_none() {
        transitions.push(told.transition(AlarmChange::Calmed, at_secs));
        return None;
    }
    let end_ms = at_secs.max(told.starts_secs).saturating_mul(1000);
    let change = AlarmChange::Resolved { ends_at_ms: end_ms, by: by.map(str::to_owned) };
    transitions.push(told.transition(change, at_secs));
    Some(EventChange::Close { key: event_key(rule, told), end_ms })
}

fn event_key(rule: &str, told: &Told) -> String {
    identity_of(rule, told, told.fired_secs.unwrap_or(told.starts_secs))
}

/// An alarm fires once in a slot, while what it fires for may have begun before an earlier one was told as over.
fn identity_of(rule: &str, told: &Told, fired_secs: i64) -> String {
    identity::of_event(rule, &told.fingerprint.to_string(), fired_secs)
}

/// As events have it: the level, or the label of that name; where there is neither, somebody should look.
fn severity_of(told: &Told) -> Severity {
    let label = || told.labels.get(SEVERITY_LABEL).and_then(|name| Severity::named(name));
    told.severity.or_else(label).unwrap_or(Severity::Warning)
}

/// Labels as they are shown at a level.
pub(super) fn leveled(labels: &Arc<Labels>, severity: Option<Severity>) -> Arc<Labels> {
    let Some(severity) = severity else { return Arc::clone(labels) };
    let mut labels = (**labels).clone();
    labels.insert(SEVERITY_LABEL.to_owned(), severity.name().to_owned());
    Arc::new(labels)
}
