//! The keys of `opsgenie_configs`.

use plumbago_rules::yaml::{Faults, Fields, Value};

use crate::receivers::Secret;
use crate::receivers::globals::{Context, elsewhere, phrase, secret, url};
use crate::receivers::http_settings::{HTTP_KEYS, HttpSettings, is_header_value};
use crate::receivers::wording::{PLAIN, Phrase};

/// Where Opsgenie is; its European service is at another address.
const URL: &str = "https://api.opsgenie.com/";

pub(in crate::receivers) const KEYS: [&str; 15] = [
    "api_key",
    "api_key_file",
    "api_url",
    "message",
    "description",
    "source",
    "tags",
    "note",
    "priority",
    "entity",
    "actions",
    "responders",
    "send_resolved",
    HTTP_KEYS[0],
    HTTP_KEYS[1],
];

const LACKING: &[(&str, &str)] = &[
    ("details", "the labels that all alarms share are sent"),
    ("update_alerts", "what changes is sent as another creation under the same alias"),
];

/// Where alerts are created, and what they say.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OpsgenieSettings {
    pub(super) url: Secret,
    pub(super) api_key: Secret,
    pub(super) http: HttpSettings,
    pub(super) message: Phrase,
    pub(super) description: Phrase,
    pub(super) source: Phrase,
    pub(super) tags: Phrase,
    pub(super) note: Phrase,
    pub(super) priority: Phrase,
    pub(super) entity: Phrase,
    pub(super) actions: Phrase,
    pub(super) responders: Vec<Responder>,
    pub(crate) sends_resolved: bool,
}

/// Who is called; just one of id, name and username.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Responder {
    /// `id`, `name` or `username`.
    pub(super) by: &'static str,
    pub(super) value: String,
    /// `team`, `user`, `escalation` or `schedule`.
    pub(super) kind: String,
}

impl OpsgenieSettings {
    /// Reads one of `opsgenie_configs`.
    pub(crate) fn read(fields: &Fields<'_>, context: &Context<'_>, faults: &mut Faults<'_>) -> Option<Self> {
        fields.refuse_unknown("opsgenie_configs", &KEYS, elsewhere(LACKING), faults);
        let http = HttpSettings::read_of(fields, context, faults);
        let own = secret(fields, "api_key", context.read_file, faults);
        let node = fields.get("api_key").or_else(|| fields.get("api_key_file"));
        let api_key = if node.is_some() { own } else { context.globals.opsgenie_api_key.clone() };
        if node.is_none() && api_key.is_none() {
            faults.at(fields.mark, "opsgenie_configs has no api_key, and global has no opsgenie_api_key");
        }
        if api_key.as_ref().is_some_and(|key| !is_header_value(&key.0)) {
            faults.at(node.map_or(fields.mark, |node| node.mark), "api_key is printable ASCII");
            return None;
        }
        let url = match fields.get("api_url") {
            Some(_) => url(fields, "api_url", context.read_file, faults),
            None => Some(context.globals.opsgenie_api_url.clone().unwrap_or_else(|| Secret(URL.to_owned()))),
        };
        let responders = responders(fields, faults);
        let mut plain = |name| phrase(fields, name, &PLAIN, faults);
        let (message, description, source) = (plain("message"), plain("description"), plain("source"));
        let (tags, note, priority) = (plain("tags"), plain("note"), plain("priority"));
        let (entity, actions) = (plain("entity"), plain("actions"));
        Some(OpsgenieSettings {
            http,
            message: message?,
            description: description?,
            source: source?,
            tags: tags?,
            note: note?,
            priority: priority?,
            entity: entity?,
            actions: actions?,
            responders,
            sends_resolved: fields.boolean("send_resolved", faults).unwrap_or(true),
            url: url?,
            api_key: api_key?,
        })
    }
}

fn responders(fields: &Fields<'_>, faults: &mut Faults<'_>) -> Vec<Responder> {
    let Some(node) = fields.get("responders") else { return Vec::new() };
    let Value::List(list) = &node.value else {
        faults.at(node.mark, format!("responders is a list, not {}", node.kind()));
        return Vec::new();
    };
    list.iter()
        .filter_map(|node| responder(&Fields::of(node, "each of responders", faults)?, faults))
        .collect()
}

fn responder(fields: &Fields<'_>, faults: &mut Faults<'_>) -> Option<Responder> {
    fields.refuse_unknown("responders", &["id", "name", "username", "type"], |_| None, faults);
    let kind = fields.text("type", faults).unwrap_or_default();
    if !["team", "user", "escalation", "schedule"].contains(&kind) {
        let mark = fields.get("type").map_or(fields.mark, |node| node.mark);
        faults.at(mark, "the type of a responder is team, user, escalation or schedule");
        return None;
    }
    let by = ["id", "name", "username"].into_iter().filter(|by| fields.get(by).is_some());
    let [by] = by.collect::<Vec<_>>()[..] else {
        faults.at(fields.mark, "a responder has just one of id, name and username");
        return None;
    };
    Some(Responder { by, value: fields.text(by, faults)?.to_owned(), kind: kind.to_owned() })
}
