//! The file as it may be shown: with `<secret>` in place of every secret.
//!
//! Invariant: what is hidden is hidden by its key, before anything is read, so that a wrong file shows no more than a right
//! one. Variables stay `${NAME}`.

use plumbago_rules::yaml::{Node, Value};

/// Keys whose texts are never shown, wherever they stand.
const SECRETS: &[&str] = &[
    "url",
    "api_url",
    "api_key",
    "routing_key",
    "service_key",
    "slack_api_url",
    "opsgenie_api_key",
    "smtp_auth_password",
    "smtp_auth_secret",
    "auth_password",
    "auth_secret",
    "password",
    "credentials",
    "bearer_token",
    "token",
    "secret",
];

/// Mappings of which no text is shown: headers carry tokens, programs may have them as arguments.
const HIDDEN_WHOLE: &[&str] = &["headers", "http_headers", "exec_configs"];

/// The text with its secrets hidden.
pub(super) fn without_secrets(text: &str, root: &Node) -> String {
    let mut spans = Vec::new();
    collect(root, false, &mut spans);
    spans.sort_unstable();
    let mut shown = String::with_capacity(text.len());
    let mut spans = spans.into_iter().peekable();
    for (index, c) in text.chars().enumerate() {
        while spans.next_if(|(_, end)| *end <= index).is_some() {}
        match spans.peek() {
            Some((start, _)) if *start == index => shown.push_str("<secret>"),
            Some((start, _)) if *start < index => {}
            _ => shown.push(c),
        }
    }
    shown
}

/// Where secrets stand, in characters.
fn collect(node: &Node, is_hidden: bool, spans: &mut Vec<(usize, usize)>) {
    match &node.value {
        Value::Text(text) if is_hidden && !text.is_null() => spans.push((node.mark.index, node.end)),
        Value::Text(_) => {}
        Value::List(list) => list.iter().for_each(|node| collect(node, is_hidden, spans)),
        Value::Map(entries) => {
            for (key, node) in entries {
                let name = key.name.as_str();
                let is_secret = SECRETS.contains(&name) && matches!(node.value, Value::Text(_));
                collect(node, is_hidden || is_secret || HIDDEN_WHOLE.contains(&name), spans);
            }
        }
    }
}
