//! What templates in settings may name, once for each way of escaping.

use std::borrow::Cow;

use plumbago_rules::Vocabulary;

use crate::receivers::plain::{escape_html, escape_json, escape_slack};

const NAMES: &[&str] = &[
    "receiver",
    "status",
    "alerts",
    "firing",
    "resolved",
    "truncated",
    "group_key",
    "group_labels",
    "group_values",
    "common_labels",
    "common_values",
    "common_annotations",
    "external_url",
    "picture_url",
    "headline",
    "text",
];

const PIPES: &[(&str, &str)] = &[
    ("toUpper", "upper"),
    ("toLower", "lower"),
    ("title", "title"),
    ("trimSpace", "trim"),
    ("len", "length"),
    ("join", "join"),
    ("humanize", "humanize"),
    ("humanizeDuration", "humanizeDuration"),
    ("printf", "printf"),
];

const FORMS: &str = ".Receiver, .Status, .Alerts, .Alerts.Firing, .Alerts.Resolved, .GroupLabels.x, .CommonLabels.x, \
     .CommonAnnotations.x, .ExternalURL and the pipes toUpper, toLower, title, trimSpace, len, join, humanize, \
     humanizeDuration, printf";

/// For texts that are escaped later, or need not be.
pub(crate) static PLAIN: Vocabulary = with(|text| Cow::Borrowed(text));

/// For HTML.
pub(crate) static HTML: Vocabulary = with(escape_html);

/// For Slack's texts.
pub(crate) static SLACK: Vocabulary = with(escape_slack);

/// For the inside of JSON strings.
pub(crate) static JSON: Vocabulary = with(escape_json);

const fn with(escape: for<'a> fn(&'a str) -> Cow<'a, str>) -> Vocabulary {
    Vocabulary { names: NAMES, go_path, go_pipes: PIPES, go_forms: FORMS, escape }
}

fn go_path(path: &[&str]) -> Option<String> {
    let ours = match path {
        ["Receiver"] => "receiver",
        ["Status"] => "status",
        ["Alerts"] => "alerts",
        ["Alerts", "Firing"] => "firing",
        ["Alerts", "Resolved"] => "resolved",
        ["GroupKey"] => "group_key",
        ["ExternalURL"] => "external_url",
        ["GroupLabels", "SortedPairs", "Values"] | ["GroupLabels", "Values"] => "group_values",
        ["CommonLabels", "SortedPairs", "Values"] | ["CommonLabels", "Values"] => "common_values",
        ["GroupLabels", label] => return Some(format!("group_labels[\"{label}\"]")),
        ["CommonLabels", label] => return Some(format!("common_labels[\"{label}\"]")),
        ["CommonAnnotations", name] => return Some(format!("common_annotations[\"{name}\"]")),
        _ => return None,
    };
    Some(ours.to_owned())
}
