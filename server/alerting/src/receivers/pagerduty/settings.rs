//! The keys of `pagerduty_configs`.

use std::collections::BTreeMap;

use plumbago_rules::yaml::{Faults, Fields, Value};

use crate::receivers::Secret;
use crate::receivers::globals::{Context, elsewhere, phrase, phrase_of, secret, url};
use crate::receivers::http_settings::{HTTP_KEYS, HttpSettings};
use crate::receivers::wording::{PLAIN, Phrase};

/// Where events of version 2 go.
const URL: &str = "https://events.pagerduty.com/v2/enqueue";

pub(in crate::receivers) const KEYS: [&str; 15] = [
    "routing_key",
    "routing_key_file",
    "url",
    "client",
    "client_url",
    "description",
    "severity",
    "details",
    "source",
    "component",
    "class",
    "group",
    "send_resolved",
    HTTP_KEYS[0],
    HTTP_KEYS[1],
];

const LACKING: &[(&str, &str)] = &[
    ("service_key", "it belongs to events of version 1; use the routing_key of an integration of version 2"),
    (
        "service_key_file",
        "it belongs to events of version 1; use the routing_key of an integration of version 2",
    ),
    ("images", "pictures of alarms are put there"),
    ("links", "links lead to the alarms' graphs"),
];

/// Where incidents are opened, and what they say.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PagerdutySettings {
    pub(super) url: Secret,
    pub(super) routing_key: Secret,
    pub(super) http: HttpSettings,
    pub(super) client: Phrase,
    pub(super) client_url: Phrase,
    pub(super) description: Phrase,
    pub(super) severity: Phrase,
    pub(super) source: Phrase,
    pub(super) component: Phrase,
    pub(super) class: Phrase,
    pub(super) group: Phrase,
    pub(super) details: BTreeMap<String, Phrase>,
    pub(crate) sends_resolved: bool,
}

impl PagerdutySettings {
    /// Reads one of `pagerduty_configs`.
    pub(crate) fn read(fields: &Fields<'_>, context: &Context<'_>, faults: &mut Faults<'_>) -> Option<Self> {
        fields.refuse_unknown("pagerduty_configs", &KEYS, elsewhere(LACKING), faults);
        let http = HttpSettings::read_of(fields, context, faults);
        let has_key = fields.get("routing_key").is_some() || fields.get("routing_key_file").is_some();
        if !has_key {
            faults.at(fields.mark, "pagerduty_configs has no routing_key");
        }
        let routing_key = secret(fields, "routing_key", context.read_file, faults);
        let url = match fields.get("url") {
            Some(_) => url(fields, "url", context.read_file, faults),
            None => Some(context.globals.pagerduty_url.clone().unwrap_or_else(|| Secret(URL.to_owned()))),
        };
        let details = details(fields, faults);
        let mut plain = |name| phrase(fields, name, &PLAIN, faults);
        let (client, client_url) = (plain("client"), plain("client_url"));
        let (description, severity, source) = (plain("description"), plain("severity"), plain("source"));
        let (component, class, group) = (plain("component"), plain("class"), plain("group"));
        Some(PagerdutySettings {
            http,
            client: client?,
            client_url: client_url?,
            description: description?,
            severity: severity?,
            source: source?,
            component: component?,
            class: class?,
            group: group?,
            details,
            sends_resolved: fields.boolean("send_resolved", faults).unwrap_or(true),
            url: url?,
            routing_key: routing_key?,
        })
    }
}

fn details(fields: &Fields<'_>, faults: &mut Faults<'_>) -> BTreeMap<String, Phrase> {
    let Some(node) = fields.get("details") else { return BTreeMap::new() };
    let Value::Map(entries) = &node.value else {
        faults.at(node.mark, format!("details is a mapping of names and texts, not {}", node.kind()));
        return BTreeMap::new();
    };
    let read = entries.iter().filter_map(|(key, node)| {
        Some((key.name.clone(), phrase_of(node, "each of details", &PLAIN, faults)?))
    });
    read.collect()
}
