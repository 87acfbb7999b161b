//! The keys that only `alert` rules have.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use plumbago_protocol::{canonical, limits};

use super::common::template;
use super::fault::Faults;
use super::fields::{Fields, text};
use super::tree::{Mark, Node, Value};
use super::when;
use crate::rule::{AlertCheck, AlertRule, Check, EventCount};
use crate::template::Template;
use crate::{SEVERITY_LABEL, Search, Test};

/// The keys of an alert rule.
pub(crate) const KEYS: &[&str] = &[
    "alert",
    "expr",
    "on",
    "when",
    "clear",
    "for",
    "keep_firing_for",
    "labels",
    "annotations",
    "nodata_after",
    "nodata_forget",
    "delay",
    "limit",
    "debug",
    "update_entries_limit",
];

/// The keys of `on`.
pub(crate) const ON_KEYS: &[&str] = &["match", "count", "within", "by"];

/// Keys that are about series.
const OF_SERIES: [&str; 5] = ["expr", "when", "clear", "nodata_after", "nodata_forget"];

/// When a series without a value is forgotten, in seconds, where nothing is said.
const FORGET_SECS_DEFAULT: i64 = 86_400;

/// What a rule reads if it is an alert rule over events: `None` for every other one, `Some(None)` with a fault in it.
pub(super) fn over(
    fields: &Fields<'_>,
    kind: &str,
    faults: &mut Faults<'_>,
) -> Option<Option<(EventCount, Mark)>> {
    let node = fields.get("on").filter(|_| kind == "alert")?;
    for key in OF_SERIES {
        if let Some(mark) = fields.key_mark(key) {
            faults.at(mark, format!("{key} is about series, and this rule is on events"));
        }
    }
    Some(on(node, faults))
}

/// Reads what only an alert rule has, and checks its name.
pub(super) fn read(
    fields: &Fields<'_>,
    name: Option<(&Node, &str)>,
    over: Option<(EventCount, Mark)>,
    faults: &mut Faults<'_>,
) -> Option<AlertRule> {
    if let Some((node, name)) = name {
        check_name(node, name, faults);
    }
    let seconds = |key: &str, least: i64, faults: &mut Faults<'_>| {
        fields.duration_secs(key, least, limits::RULE_SPAN_SECONDS_MAX, faults)
    };
    let check = match over {
        Some((count, _)) => Some(AlertCheck::Events(count)),
        None if fields.get("on").is_some() => None,
        None => check(fields, faults),
    };
    let is_leveled = matches!(fields.get("when").map(|node| &node.value), Some(Value::Map(_)));
    let severity = labels_mark(fields, SEVERITY_LABEL).filter(|_| is_leveled);
    if let Some(mark) = severity {
        faults.at(mark, "the levels of when give the severity");
    }
    let for_secs = seconds("for", 0, faults).unwrap_or(0);
    let keep_firing_for_secs = seconds("keep_firing_for", 0, faults).unwrap_or(0);
    let nodata_after_secs = seconds("nodata_after", 0, faults);
    let nodata_forget_secs = seconds("nodata_forget", 1, faults).unwrap_or(FORGET_SECS_DEFAULT);
    if let (Some(after), Some(mark)) = (nodata_after_secs, fields.key_mark("nodata_after"))
        && after >= nodata_forget_secs
    {
        faults.at(mark, "nodata_after is shorter than nodata_forget, after which a series is forgotten");
    }
    let annotations = fields.get("annotations").map(|node| annotations(node, faults)).unwrap_or_default();
    let check = check?;
    let rule = AlertRule {
        check,
        for_secs,
        keep_firing_for_secs,
        annotations,
        nodata_after_secs,
        nodata_forget_secs,
    };
    Some(rule)
}

fn check_name(node: &Node, name: &str, faults: &mut Faults<'_>) {
    if Template::compile(name).map_or(true, |template| template.constant().is_none()) {
        faults.at(node.mark, "the name of an alert is a plain text: it is no template");
    } else if name.trim().is_empty() || name.len() > limits::EVENT_WORD_BYTES_MAX {
        let most = limits::EVENT_WORD_BYTES_MAX;
        faults.at(node.mark, format!("the name of an alert has 1 to {most} bytes"));
    }
}

/// A condition, or none.
fn check(fields: &Fields<'_>, faults: &mut Faults<'_>) -> Option<AlertCheck> {
    match when::read(fields, faults)? {
        Check::Level(threshold) => Some(AlertCheck::Level(threshold)),
        Check::Present => Some(AlertCheck::Present),
        Check::Change { .. } | Check::Absent | Check::Appears | Check::Vanishes => {
            let mark = fields.get("when").map_or(fields.mark, |node| node.mark);
            faults.at(
                mark,
                "when of an alert is a condition as \"> 90\" or a map of levels: NoData tells of series without values, \
                 and events of changes can be counted with on",
            );
            None
        }
    }
}

fn labels_mark(fields: &Fields<'_>, label: &str) -> Option<Mark> {
    match &fields.get("labels")?.value {
        Value::Map(entries) => entries.iter().find(|(key, _)| key.name == label).map(|(key, _)| key.mark),
        _ => None,
    }
}

/// Names and templates.
fn annotations(node: &Node, faults: &mut Faults<'_>) -> BTreeMap<String, String> {
    let Some(fields) = Fields::of(node, "annotations", faults) else { return BTreeMap::new() };
    let mut annotations = BTreeMap::new();
    for (key, node) in fields.entries() {
        if key.name.is_empty() || key.name.len() > limits::EVENT_WORD_BYTES_MAX {
            let most = limits::EVENT_WORD_BYTES_MAX;
            faults.at(key.mark, format!("the name of an annotation has 1 to {most} bytes"));
            continue;
        }
        let Some(written) = text(node, &key.name, faults) else { continue };
        if template(node, written, faults).is_some() {
            annotations.insert(key.name.clone(), written.to_owned());
        }
    }
    annotations
}

/// `on: {match: …, count: …, within: …, by: [...]}`.
fn on(node: &Node, faults: &mut Faults<'_>) -> Option<(EventCount, Mark)> {
    let fields = Fields::of(node, "on", faults)?;
    fields.refuse_unknown("on", ON_KEYS, |_| None, faults);
    let search = search(&fields, faults);
    let count = match fields.get("count") {
        Some(node) => match fields.count("count", limits::EVENTS_COUNTED_MAX, faults) {
            Some(0) => {
                faults.at(node.mark, "count is at least 1");
                None
            }
            count => count,
        },
        None => Some(1),
    };
    let within_secs = fields.duration_secs("within", 1, limits::RULE_SPAN_SECONDS_MAX, faults);
    if fields.get("within").is_none() {
        faults.at(fields.mark, "on has the key within: how far back events are counted");
    }
    let by = match fields.get("by").map(|node| &node.value) {
        Some(Value::List(_)) => fields.texts("by", faults),
        Some(_) => fields.get("by").zip(fields.text("by", faults)).into_iter().collect(),
        None => Vec::new(),
    };
    let is_tag = |tag: &str| tag != "name" && canonical(&format!("x;{tag}=y")).is_ok();
    for (node, tag) in by.iter().filter(|(_, tag)| !is_tag(tag)) {
        faults.at(node.mark, format!("{tag:?} cannot be the name of a tag"));
    }
    let by = by.into_iter().map(|(_, tag)| tag.to_owned()).collect();
    let (search, mark) = search?;
    let count = u64::try_from(count?).unwrap_or(u64::MAX);
    Some((EventCount { search: search.to_owned(), count, within_secs: within_secs?, by }, mark))
}

/// A search without times: `within` says which ones are counted.
fn search<'n>(fields: &Fields<'n>, faults: &mut Faults<'_>) -> Option<(&'n str, Mark)> {
    let Some(node) = fields.get("match") else {
        faults.at(fields.mark, "on has the key match: which events are counted");
        return None;
    };
    let written = text(node, "match", faults)?.trim_end();
    let search = match Search::parse(written, 0, &TimeZone::UTC) {
        Ok(search) => search,
        Err(error) => {
            faults.within(node, error.column.saturating_sub(1), format!("match, {error}"));
            return None;
        }
    };
    if search.terms.iter().any(|term| matches!(term.test, Test::Since(_) | Test::Until(_))) {
        faults.at(node.mark, "match has no since and until: within says how far back events are counted");
        return None;
    }
    Some((written, node.mark))
}
