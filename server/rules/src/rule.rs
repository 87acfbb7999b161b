//! Rules as they were written, once they are known to be right.
//!
//! Invariant: every expression here parses and plans, every template compiles, every duration is positive where it has to
//! be; reading files and saying what is wrong in them is left to `files`.

use std::collections::BTreeMap;
use std::sync::Arc;

/// All rules of a server, in the order of their files' names and of their places in them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleSet {
    /// The groups.
    pub groups: Vec<Group>,
}

impl RuleSet {
    /// The rules of this name, as written, without all others; nothing if there are none.
    pub fn only(&self, name: &str) -> RuleSet {
        let mut set = self.clone();
        set.groups.iter_mut().for_each(|group| group.rules.retain(|rule| *rule.name == *name));
        set.groups.retain(|group| !group.rules.is_empty());
        set
    }
}

/// Rules that share a schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The file that it stands in, without its folder.
    pub file: Arc<str>,
    /// Its name, unique within its file.
    pub name: Arc<str>,
    /// Seconds between evaluations; `None`: each slot of the result.
    pub interval_secs: Option<i64>,
    /// How far back an evaluation looks, in seconds, before functions widen it.
    pub window_secs: i64,
    /// How long after its end a slot counts as closed, in milliseconds; `None`: learned.
    pub delay_ms: Option<i64>,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The line in its file, from 1.
    pub line: usize,
    /// The name as written: the template of `record:` or `event:`, the plain text of `alert:`.
    pub name: Arc<str>,
    /// The expression as written; of an alert rule over events, the search.
    pub expression: Arc<str>,
    /// A `delay:` of its own, in milliseconds.
    pub delay_ms: Option<i64>,
    /// Most results of one evaluation.
    pub limit: usize,
    /// The group's labels and its own, its own ones winning; templates as written.
    pub labels: BTreeMap<String, String>,
    /// What it makes.
    pub kind: Kind,
}

impl Rule {
    /// The expression that it evaluates; an alert rule over events has none.
    pub fn reads(&self) -> Option<&str> {
        match &self.kind {
            Kind::Alert(AlertRule { check: AlertCheck::Events(_), .. }) => None,
            _ => Some(&self.expression),
        }
    }
}

/// What a rule makes.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Points of derived series.
    Record(RecordRule),
    /// Events.
    Event(EventRule),
    /// Alarms.
    Alert(AlertRule),
}

/// What only a `record` rule has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordRule {
    /// Tags of the source that the derived series keeps.
    pub keep_tags: Vec<String>,
    /// Whether its own results are left out of what the expression matches.
    pub exclude_self: bool,
}

/// What only an `event` rule has; texts are templates as written.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRule {
    /// What is watched for.
    pub check: Check,
    /// How long it has to hold, in seconds.
    pub for_secs: i64,
    /// Series whose renderings of this agree are watched as one, such as those of a host: `{{ node(1) }}`.
    pub by: Option<String>,
    /// The event's kind.
    pub event_kind: String,
    /// The event's severity, where the condition's level does not give it.
    pub severity: crate::Severity,
    /// The event's text.
    pub text: String,
    /// The event's tags, words or `key=value`.
    pub tags: Vec<String>,
}

/// What only an `alert` rule has; texts are templates as written.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertRule {
    /// What is watched for.
    pub check: AlertCheck,
    /// How long it has to hold, in seconds.
    pub for_secs: i64,
    /// How long the alarm goes on after it is over, in seconds.
    pub keep_firing_for_secs: i64,
    /// Texts about the alarm, by name.
    pub annotations: BTreeMap<String, String>,
    /// After how many seconds without a value a series is silent; 0: it never is. `None`: five steps, at least two
    /// minutes, where there is a condition.
    pub nodata_after_secs: Option<i64>,
    /// After how many seconds without a value a series is forgotten.
    pub nodata_forget_secs: i64,
}

/// What an alert rule watches for.
#[derive(Clone, Debug, PartialEq)]
pub enum AlertCheck {
    /// No `when`: a value, whatever it is; null is unknown, a series that is not in the answer is over.
    Present,
    /// `when: "> 90"`, or a map of levels, with its `clear`.
    Level(Threshold),
    /// `on`: so many events.
    Events(EventCount),
}

/// So many events within a time.
#[derive(Clone, Debug, PartialEq)]
pub struct EventCount {
    /// Which events, as a search for events is written.
    pub search: String,
    /// How many of them.
    pub count: u64,
    /// That began within so many seconds before T.
    pub within_secs: i64,
    /// Tags whose values are counted apart.
    pub by: Vec<String>,
}

/// What an event rule watches for.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// No `when`: a value, whatever it is; null is unknown, a series that is not in the answer is over.
    Present,
    /// `when: "> 90"`, or a map of levels, with its `clear`.
    Level(Threshold),
    /// `when: changes`, `"changes by > 10"` or `"changes by > 20%"`: from one known value to the next.
    Change {
        /// The change that counts; `None`: any.
        by: Option<Condition>,
        /// Whether the change is a percentage of the value before.
        percent: bool,
    },
    /// `when: absent`: no value.
    Absent,
    /// `when: appears`: a first value ever, or after having vanished.
    Appears,
    /// `when: vanishes`: no value any more, after there were some.
    Vanishes,
}

/// A condition, or one for each level, and when it is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// The conditions from the lowest level to the highest; one without a level is the rule's own severity.
    pub levels: Vec<(Option<crate::Severity>, Condition)>,
    /// When a level is over, one for each of `levels`.
    pub clear: Vec<Condition>,
}

/// A comparison with a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Condition {
    /// How.
    pub comparison: Comparison,
    /// With what; finite.
    pub number: f64,
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
}
