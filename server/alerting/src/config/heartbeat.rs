//! `heartbeat:`, the address that is called while this server lives, so that somebody outside notices when it does not.

use plumbago_protocol::limits;
use plumbago_rules::yaml::{Faults, Fields, Node, text};

use crate::receivers::{ReadFile, Secret};

/// Whom to tell that this server lives, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Where to.
    pub url: Secret,
    /// How often, in milliseconds.
    pub interval_ms: i64,
}

/// How often where nothing is said.
const INTERVAL_MS: i64 = 60_000;
const INTERVAL_MS_MIN: i64 = 1000;

pub(super) fn read(node: &Node, read_file: &ReadFile<'_>, faults: &mut Faults<'_>) -> Option<Heartbeat> {
    let fields = Fields::of(node, "heartbeat", faults)?;
    fields.refuse_unknown("heartbeat", &["url", "url_file", "interval"], |_| None, faults);
    let interval_ms = fields.duration_ms("interval", limits::RULE_SPAN_SECONDS_MAX * 1000, faults);
    let interval_ms = interval_ms.unwrap_or(INTERVAL_MS);
    if interval_ms < INTERVAL_MS_MIN {
        faults.at(fields.mark, "interval of heartbeat is at least 1s");
    }
    let (place, url) = match (fields.get("url"), fields.get("url_file")) {
        (Some(_), Some(node)) => {
            faults.at(node.mark, "either url or url_file, not both");
            return None;
        }
        (Some(node), None) => (node, text(node, "url", faults)?.to_owned()),
        (None, Some(node)) => match read_file(text(node, "url_file", faults)?) {
            Ok(url) => (node, url.trim().to_owned()),
            Err(reason) => {
                faults.at(node.mark, format!("url_file: {reason}"));
                return None;
            }
        },
        (None, None) => {
            faults.at(fields.mark, "heartbeat has a url");
            return None;
        }
    };
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    if host.is_none_or(|host| host.is_empty() || host.starts_with('/'))
        || !url.bytes().all(|b| b.is_ascii_graphic())
    {
        // Not shown: whoever knows it can keep a dead server looking alive.
        faults.at(place.mark, "url of heartbeat is an address such as https://host/path");
        return None;
    }
    Some(Heartbeat { url: Secret(url), interval_ms })
}
