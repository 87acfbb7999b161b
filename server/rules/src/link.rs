//! Links to what a rule has seen.

use std::fmt::Write;

/// How far before and behind a slot a graph reaches, in seconds.
const GRAPH_SECS: i64 = 3600;

/// Where an expression can be looked at, around a slot; empty if the server's own address is not known.
pub(crate) fn graph_url(expression: &str, slot_secs: i64, external_url: &str) -> String {
    if external_url.is_empty() {
        return String::new();
    }
    let mut url = format!("{external_url}/render?target=");
    for byte in expression.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => url.push(char::from(byte)),
            // Writing to a String cannot fail.
            _ => _ = write!(url, "%{byte:02X}"),
        }
    }
    let (from, until) = (slot_secs.saturating_sub(GRAPH_SECS), slot_secs.saturating_add(GRAPH_SECS));
    format!("{url}&from={from}&until={until}")
}
