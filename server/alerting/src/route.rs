//! Which alarms go to whom, and how they are grouped on the way.
//!
//! Invariant: the routes are a tree in a list, parents before their children, the root first; it matches everything, so
//! that every alarm has a route. A route's key does not depend on its place among its brothers.

use std::sync::Arc;

use plumbago_rules::Labels;

use crate::matcher::{Matcher, all_match, quoted};

/// One route with what it inherits filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its conditions and those of its parents, as in Alertmanager's `groupKey`: `{}/{team="db"}`.
    pub key: Arc<str>,
    /// What an alarm's labels must meet; of the root, nothing.
    pub matchers: Vec<Matcher>,
    /// Who is told.
    pub receiver: Arc<str>,
    /// What makes alarms one group.
    pub group_by: GroupBy,
    /// How long the first message of a group waits for more alarms, in milliseconds.
    pub group_wait_ms: i64,
    /// How long a further one waits, in milliseconds.
    pub group_interval_ms: i64,
    /// After how long the same is said again, in milliseconds.
    pub repeat_interval_ms: i64,
    /// Time intervals in which nothing is said.
    pub mute_intervals: Vec<Arc<str>>,
    /// Time intervals outside of which nothing is said; none: always.
    pub active_intervals: Vec<Arc<str>>,
    /// Whether later brothers are tried as well.
    pub continues: bool,
    /// Its children, by their places in the list.
    pub children: Vec<usize>,
}

/// Labels that make alarms one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// These.
    Labels(Vec<String>),
    /// All: each alarm is a group of its own.
    All,
}

impl GroupBy {
    /// The labels that a group shares because of this.
    pub fn group_labels(&self, labels: &Labels) -> Labels {
        match self {
            GroupBy::All => labels.clone(),
            GroupBy::Labels(names) => {
                let found = names.iter().filter_map(|name| labels.get_key_value(name));
                found.map(|(name, value)| (name.clone(), value.clone())).collect()
            }
        }
    }
}

impl Route {
    /// A first route with Alertmanager's defaults: everything is one group.
    pub(crate) fn root(receiver: Arc<str>) -> Route {
        Route {
            key: ROOT_KEY.into(),
            matchers: Vec::new(),
            receiver,
            group_by: GroupBy::Labels(Vec::new()),
            group_wait_ms: 30_000,
            group_interval_ms: 300_000,
            repeat_interval_ms: 4 * 3_600_000,
            mute_intervals: Vec::new(),
            active_intervals: Vec::new(),
            continues: false,
            children: Vec::new(),
        }
    }

    /// The group that labels belong to by this route, as Alertmanager's `groupKey`, and the labels that it shares.
    pub fn group_of(&self, labels: &Labels) -> (String, Labels) {
        let shared = self.group_by.group_labels(labels);
        (format!("{}:{}", self.key, shown_labels(&shared)), shared)
    }
}

/// The routes that an alarm with these labels takes, by their places in the list; at least one.
pub(crate) fn matching(routes: &[Route], labels: &Labels) -> Vec<usize> {
    let mut found = Vec::new();
    descend(routes, 0, labels, &mut found);
    found
}

/// The file's nesting bounds how deep this goes.
fn descend(routes: &[Route], place: usize, labels: &Labels, found: &mut Vec<usize>) -> bool {
    let Some(route) = routes.get(place).filter(|route| all_match(&route.matchers, labels)) else {
        return false;
    };
    let before = found.len();
    for child in &route.children {
        let continues = routes.get(*child).is_some_and(|route| route.continues);
        if descend(routes, *child, labels, found) && !continues {
            break;
        }
    }
    if found.len() == before {
        found.push(place);
    }
    true
}

/// Labels as Alertmanager shows them in keys.
pub(crate) fn shown_labels(labels: &Labels) -> String {
    let each: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
    format!("{{{}}}", each.join(", "))
}

/// A child's key.
pub(crate) fn child_key(parent: &str, matchers: &[Matcher]) -> Arc<str> {
    let each: Vec<String> = matchers.iter().map(Matcher::to_string).collect();
    format!("{parent}/{{{}}}", each.join(",")).into()
}

/// The root's key.
const ROOT_KEY: &str = "{}";
