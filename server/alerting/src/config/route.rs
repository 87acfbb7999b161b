//! `route:` and its `routes:`.

use std::sync::Arc;

use plumbago_protocol::limits;
use plumbago_rules::show_duration;
use plumbago_rules::yaml::{Faults, Fields, Mark, Node, Value};

use super::matchers;
use crate::route::{GroupBy, Route, child_key};

const KEYS: &[&str] = &[
    "receiver",
    "group_by",
    "group_wait",
    "group_interval",
    "repeat_interval",
    "matchers",
    "match",
    "match_re",
    "continue",
    "mute_time_intervals",
    "active_time_intervals",
    "routes",
];

/// A name that a route uses, and where.
pub(super) struct Use {
    pub(super) name: Arc<str>,
    pub(super) mark: Mark,
    pub(super) is_receiver: bool,
}

/// The routes, and the names they use.
#[derive(Default)]
pub(super) struct Routes {
    pub(super) list: Vec<Route>,
    pub(super) uses: Vec<Use>,
}

/// Reads the tree under `route`.
pub(super) fn read(node: &Node, faults: &mut Faults<'_>) -> Routes {
    let mut routes = Routes::default();
    let defaults = Route::root("".into());
    routes.read_one(node, defaults, true, faults);
    routes
}

impl Routes {
    /// Reads a route and what is below; what it does not say itself is as its parent has it. Returns its place.
    fn read_one(
        &mut self,
        node: &Node,
        parent: Route,
        is_root: bool,
        faults: &mut Faults<'_>,
    ) -> Option<usize> {
        let fields = Fields::of(node, "a route", faults)?;
        fields.refuse_unknown("a route", KEYS, |_| None, faults);
        if self.list.len() >= limits::ROUTES_MAX {
            faults.at(fields.mark, format!("at most {} routes", limits::ROUTES_MAX));
            return None;
        }
        let matchers = matchers::read(&fields, ["matchers", "match", "match_re"], faults);
        if is_root {
            root_only(&fields, faults);
        }
        let receiver = self.used(&fields, "receiver", true, faults).pop();
        let route = Route {
            key: if is_root { parent.key } else { child_key(&parent.key, &matchers) },
            matchers,
            receiver: receiver.unwrap_or(parent.receiver),
            group_by: group_by(&fields, faults).unwrap_or(parent.group_by),
            group_wait_ms: span(&fields, "group_wait", 0, faults).unwrap_or(parent.group_wait_ms),
            group_interval_ms: span(&fields, "group_interval", limits::GROUP_INTERVAL_MS_MIN, faults)
                .unwrap_or(parent.group_interval_ms),
            repeat_interval_ms: span(&fields, "repeat_interval", limits::REPEAT_INTERVAL_MS_MIN, faults)
                .unwrap_or(parent.repeat_interval_ms),
            mute_intervals: self.used(&fields, "mute_time_intervals", false, faults),
            active_intervals: self.used(&fields, "active_time_intervals", false, faults),
            continues: fields.boolean("continue", faults).unwrap_or(false),
            children: Vec::new(),
        };
        let place = self.list.len();
        let children = fields.get("routes");
        self.list.push(route);
        for child in children.map_or(&[][..], |node| list(node, "routes", faults)) {
            let Some(parent) = self.list.get(place).cloned() else { break };
            let child = self.read_one(child, parent, false, faults);
            if let (Some(child), Some(route)) = (child, self.list.get_mut(place)) {
                route.children.push(child);
            }
        }
        Some(place)
    }

    /// Names under a key, one text or a list, to be looked up when everything is read.
    fn used(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        is_receiver: bool,
        faults: &mut Faults<'_>,
    ) -> Vec<Arc<str>> {
        let found = match fields.get(key) {
            Some(node) if is_receiver => Vec::from_iter(fields.text(key, faults).map(|text| (node, text))),
            _ => fields.texts(key, faults),
        };
        let names = found.into_iter().map(|(node, text)| {
            let name: Arc<str> = text.into();
            self.uses.push(Use { name: name.clone(), mark: node.mark, is_receiver });
            name
        });
        names.collect()
    }
}

/// The root matches everything at any time, or some alarm would have no route.
fn root_only(fields: &Fields<'_>, faults: &mut Faults<'_>) {
    let elsewhere =
        ["matchers", "match", "match_re", "continue", "mute_time_intervals", "active_time_intervals"];
    for key in elsewhere {
        if let Some(mark) = fields.key_mark(key) {
            faults.at(
                mark,
                format!("the first route is for every alarm: {key} belongs into one of its routes"),
            );
        }
    }
    if fields.get("receiver").is_none() {
        faults.at(fields.mark, "the first route names a receiver");
    }
}

fn group_by(fields: &Fields<'_>, faults: &mut Faults<'_>) -> Option<GroupBy> {
    let mark = fields.key_mark("group_by")?;
    let texts = fields.texts("group_by", faults);
    let mut names: Vec<String> = texts.iter().map(|(_, name)| (*name).to_owned()).collect();
    if names.iter().any(|name| name == "...") {
        if names.len() > 1 {
            faults.at(mark, "\"...\" stands for all labels, and so stands alone");
        }
        return Some(GroupBy::All);
    }
    names.sort();
    if names.windows(2).any(|pair| pair.first() == pair.last()) {
        faults.at(mark, "group_by names a label twice");
    }
    Some(GroupBy::Labels(names))
}

/// A duration in milliseconds.
fn span(fields: &Fields<'_>, key: &str, least: i64, faults: &mut Faults<'_>) -> Option<i64> {
    let most = limits::RULE_SPAN_SECONDS_MAX.saturating_mul(1000);
    let span = fields.duration_ms(key, most, faults)?;
    if span < least {
        faults.at(fields.get(key)?.mark, format!("{key} is at least {}", show_duration(least)));
        return None;
    }
    Some(span)
}

/// The entries of a list.
pub(super) fn list<'n>(node: &'n Node, key: &str, faults: &mut Faults<'_>) -> &'n [Node] {
    match &node.value {
        Value::List(list) => list,
        Value::Text(text) if text.is_null() => &[],
        _ => {
            faults.at(node.mark, format!("{key} is a list, not {}", node.kind()));
            &[]
        }
    }
}
