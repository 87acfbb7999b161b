//! The keys of `slack_configs`.

use plumbago_rules::yaml::{Faults, Fields, Value};

use crate::receivers::Secret;
use crate::receivers::globals::{Context, elsewhere, phrase, url};
use crate::receivers::http_settings::{HTTP_KEYS, HttpSettings};
use crate::receivers::wording::{PLAIN, Phrase, SLACK};

pub(in crate::receivers) const KEYS: [&str; 20] = [
    "api_url",
    "api_url_file",
    "channel",
    "username",
    "icon_emoji",
    "icon_url",
    "link_names",
    "color",
    "title",
    "title_link",
    "pretext",
    "text",
    "fallback",
    "footer",
    "fields",
    "short_fields",
    "mrkdwn_in",
    "send_resolved",
    HTTP_KEYS[0],
    HTTP_KEYS[1],
];

const LACKING: &[(&str, &str)] = &[
    ("app_token", "messages go to an incoming webhook"),
    ("app_token_file", "messages go to an incoming webhook"),
    ("app_url", "messages go to an incoming webhook"),
    ("actions", "buttons ask for an application at Slack"),
    ("callback_id", "buttons ask for an application at Slack"),
    ("update_message", "an incoming webhook cannot change what was said"),
    ("message_text", "use pretext"),
    ("image_url", "pictures of alarms are put there"),
    ("thumb_url", "pictures of alarms are put there"),
];

/// Where a channel is, and what it is told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SlackSettings {
    pub(super) url: Secret,
    pub(super) http: HttpSettings,
    pub(super) channel: Option<String>,
    pub(super) username: Option<Phrase>,
    pub(super) icon_emoji: Option<String>,
    pub(super) icon_url: Option<String>,
    pub(super) link_names: bool,
    pub(super) color: Phrase,
    pub(super) title: Phrase,
    pub(super) title_link: Phrase,
    pub(super) pretext: Phrase,
    pub(super) text: Phrase,
    pub(super) fallback: Phrase,
    pub(super) footer: Phrase,
    pub(super) fields: Vec<SlackField>,
    pub(crate) sends_resolved: bool,
}

/// A small table's cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SlackField {
    pub(super) title: Phrase,
    pub(super) value: Phrase,
    pub(super) is_short: bool,
}

impl SlackSettings {
    /// Reads one of `slack_configs`.
    pub(crate) fn read(fields: &Fields<'_>, context: &Context<'_>, faults: &mut Faults<'_>) -> Option<Self> {
        fields.refuse_unknown("slack_configs", &KEYS, elsewhere(LACKING), faults);
        let http = HttpSettings::read_of(fields, context, faults);
        let table = table(fields, faults);
        let owned = |name: &str, faults: &mut Faults<'_>| fields.text(name, faults).map(str::to_owned);
        let url = match fields.get("api_url").or_else(|| fields.get("api_url_file")) {
            Some(_) => url(fields, "api_url", context.read_file, faults),
            None => context.globals.slack_api_url.clone(),
        };
        if fields.get("api_url").is_none() && fields.get("api_url_file").is_none() && url.is_none() {
            faults.at(fields.mark, "slack_configs has no api_url, and global has no slack_api_url");
        }
        let username = fields.get("username").map(|_| phrase(fields, "username", &PLAIN, faults));
        let mut escaped = |name| phrase(fields, name, &SLACK, faults);
        let (pretext, text, title) = (escaped("pretext"), escaped("text"), escaped("title"));
        let (footer, color, fallback) = (escaped("footer"), escaped("color"), escaped("fallback"));
        Some(SlackSettings {
            http,
            channel: owned("channel", faults),
            username: username.flatten().filter(|phrase| !phrase.is_ours()),
            icon_emoji: owned("icon_emoji", faults),
            icon_url: owned("icon_url", faults),
            link_names: fields.boolean("link_names", faults).unwrap_or(false),
            color: color?,
            title: title?,
            title_link: phrase(fields, "title_link", &PLAIN, faults)?,
            pretext: pretext?,
            text: text?,
            fallback: fallback?,
            footer: footer?,
            fields: table,
            sends_resolved: fields.boolean("send_resolved", faults).unwrap_or(false),
            url: url?,
        })
    }
}

fn table(fields: &Fields<'_>, faults: &mut Faults<'_>) -> Vec<SlackField> {
    let is_short = fields.boolean("short_fields", faults).unwrap_or(false);
    let Some(node) = fields.get("fields") else { return Vec::new() };
    let Value::List(list) = &node.value else {
        faults.at(node.mark, format!("fields is a list of title and value, not {}", node.kind()));
        return Vec::new();
    };
    let mut cells = Vec::new();
    for node in list {
        let Some(cell) = Fields::of(node, "each of fields", faults) else { continue };
        cell.refuse_unknown("fields", &["title", "value", "short"], |_| None, faults);
        if cell.get("title").is_none() || cell.get("value").is_none() {
            faults.at(cell.mark, "each of fields has a title and a value");
            continue;
        }
        let title = phrase(&cell, "title", &SLACK, faults);
        let value = phrase(&cell, "value", &SLACK, faults);
        let is_short = cell.boolean("short", faults).unwrap_or(is_short);
        cells.extend(title.zip(value).map(|(title, value)| SlackField { title, value, is_short }));
    }
    cells
}
