//! The keys of `webhook_configs`.

use plumbago_rules::yaml::{Faults, Fields, Value, text};

use crate::receivers::globals::{Context, elsewhere, phrase, url};
use crate::receivers::http_settings::{HTTP_KEYS, HttpSettings, is_header_value};
use crate::receivers::wording::{JSON, PLAIN, Phrase};
use crate::receivers::{Header, Secret};

pub(in crate::receivers) const KEYS: [&str; 8] =
    ["url", "url_file", "max_alerts", "body", "headers", "send_resolved", HTTP_KEYS[0], HTTP_KEYS[1]];

const LACKING: &[(&str, &str)] = &[("payload", "use body, a text with a template")];

/// Headers that belong to the request itself.
const RESERVED: [&str; 8] = [
    "content-length",
    "host",
    "connection",
    "transfer-encoding",
    "idempotency-key",
    "te",
    "upgrade",
    "expect",
];

/// Where a webhook is, and what it is told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WebhookSettings {
    pub(super) url: Secret,
    pub(super) http: HttpSettings,
    /// Most alarms in the standard body; 0: all.
    pub(super) alarms_max: usize,
    /// Instead of the standard body.
    pub(super) body: Phrase,
    pub(super) headers: Vec<Header>,
    pub(crate) sends_resolved: bool,
}

impl WebhookSettings {
    /// Reads one of `webhook_configs`.
    pub(crate) fn read(fields: &Fields<'_>, context: &Context<'_>, faults: &mut Faults<'_>) -> Option<Self> {
        fields.refuse_unknown("webhook_configs", &KEYS, elsewhere(LACKING), faults);
        let http = HttpSettings::read_of(fields, context, faults);
        let alarms_max = fields.count("max_alerts", usize::MAX, faults).unwrap_or(0);
        let headers = headers(fields, faults);
        // A body of another type has no quotes to break out of.
        let content_type = headers.iter().find(|header| header.name == "content-type");
        let is_json = content_type.is_none_or(|header| header.value.to_ascii_lowercase().contains("json"));
        let body = phrase(fields, "body", if is_json { &JSON } else { &PLAIN }, faults);
        let sends_resolved = fields.boolean("send_resolved", faults).unwrap_or(true);
        if fields.get("url").is_none() && fields.get("url_file").is_none() {
            faults.at(fields.mark, "webhook_configs has no url");
        }
        let url = url(fields, "url", context.read_file, faults)?;
        Some(WebhookSettings { url, http, alarms_max, body: body?, headers, sends_resolved })
    }
}

fn headers(fields: &Fields<'_>, faults: &mut Faults<'_>) -> Vec<Header> {
    let Some(node) = fields.get("headers") else { return Vec::new() };
    let Value::Map(entries) = &node.value else {
        faults.at(node.mark, format!("headers is a mapping of names and values, not {}", node.kind()));
        return Vec::new();
    };
    let mut headers = Vec::new();
    for (key, node) in entries {
        let name = key.name.to_ascii_lowercase();
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if name.is_empty() || !is_name {
            faults.at(key.mark, "a header's name has letters, digits and - only");
        } else if RESERVED.contains(&name.as_str()) {
            faults.at(key.mark, format!("the header {name} is set by the request itself"));
        } else if let Some(value) = text(node, &key.name, faults) {
            if is_header_value(value) {
                headers.push(Header { name, value: value.to_owned() });
            } else {
                faults.at(node.mark, format!("the value of the header {name} is printable ASCII"));
            }
        }
    }
    headers
}
