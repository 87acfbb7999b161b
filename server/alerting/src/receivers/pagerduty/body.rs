//! What PagerDuty is sent.

use std::collections::BTreeMap;

use serde::Serialize;

use super::PagerdutySettings;
use crate::message::{AlarmStatus, Message};
use crate::receivers::plain::{lines, one_line, within_bytes};
use crate::receivers::wording::{Phrase, Scope, headline, plain_text};
use crate::receivers::{Surroundings, identity, link, moment};

/// Longest summary in characters.
const SUMMARY_MAX: usize = 1024;
/// Longest other text in characters.
const WORD_MAX: usize = 255;
/// Longest detail in bytes: with the others it stays below the 512 KB of an event.
const DETAIL_BYTES_MAX: usize = 32 << 10;
/// Most details of the file that are sent.
const DETAILS_MAX: usize = 8;

#[derive(Serialize)]
struct Body<'a> {
    routing_key: &'a str,
    event_action: &'static str,
    dedup_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Payload>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    images: Vec<Image<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link>,
    client: String,
    client_url: String,
}

#[derive(Serialize)]
struct Payload {
    summary: String,
    source: String,
    severity: &'static str,
    timestamp: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    component: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    group: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    class: String,
    custom_details: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Image<'a> {
    src: &'a str,
}

#[derive(Serialize)]
struct Link {
    href: String,
    text: &'static str,
}

/// The body for a message: one that opens, or one that closes.
pub(super) fn of(
    settings: &PagerdutySettings,
    message: &Message,
    surroundings: &Surroundings<'_>,
) -> Vec<u8> {
    let scope = Scope::of(message, surroundings);
    let is_firing = message.status() == AlarmStatus::Firing;
    let start_page = || link::start_page(surroundings);
    let client_url = settings.client_url.render(&scope, start_page);
    let links = message.alarms.first().filter(|_| is_firing);
    let picture = surroundings.picture_url().filter(|_| is_firing);
    let body = Body {
        routing_key: &settings.routing_key.0,
        event_action: if is_firing { "trigger" } else { "resolve" },
        dedup_key: identity::of_group(&message.group_key),
        payload: is_firing.then(|| payload(settings, &scope, message, surroundings)),
        images: picture.map(|src| Image { src }).into_iter().collect(),
        links: links
            .map(|alarm| Link { href: link::of_alarm(alarm, surroundings), text: "graph" })
            .into_iter()
            .collect(),
        client: one_line(&settings.client.render(&scope, || "Plumbago".to_owned()), WORD_MAX),
        client_url: if link::is_safe(&client_url) { client_url } else { start_page() },
    };
    serde_json::to_vec(&body).unwrap_or_default()
}

fn payload(
    settings: &PagerdutySettings,
    scope: &Scope<'_>,
    message: &Message,
    surroundings: &Surroundings<'_>,
) -> Payload {
    let word = |phrase: &Phrase, ours: &dyn Fn() -> String| one_line(&phrase.render(scope, ours), WORD_MAX);
    let firing = message.alarms.iter().filter(|alarm| alarm.status == AlarmStatus::Firing);
    let since = firing.map(|alarm| alarm.starts_at_ms).min().unwrap_or(message.decided_ms);
    let mut details = BTreeMap::new();
    details.insert("alarms".to_owned(), plain_text(message, surroundings));
    for (name, phrase) in settings.details.iter().take(DETAILS_MAX) {
        details.insert(one_line(name, WORD_MAX), phrase.render(scope, String::new));
    }
    for text in details.values_mut() {
        *text = within_bytes(lines(text, DETAIL_BYTES_MAX), DETAIL_BYTES_MAX);
    }
    Payload {
        summary: not_empty(
            one_line(&settings.description.render(scope, || headline(message)), SUMMARY_MAX),
            "alarm",
        ),
        source: not_empty(word(&settings.source, &|| link::start_page(surroundings)), "plumbago"),
        severity: severity(&word(&settings.severity, &|| worst_level(message))),
        timestamp: moment::rfc3339(since),
        component: word(&settings.component, &String::new),
        group: word(&settings.group, &String::new),
        class: word(&settings.class, &String::new),
        custom_details: details,
    }
}

/// Fields that PagerDuty wants are never empty.
fn not_empty(text: String, otherwise: &str) -> String {
    if text.is_empty() { otherwise.to_owned() } else { text }
}

/// The worst `severity` of what fires.
fn worst_level(message: &Message) -> String {
    let firing = message.alarms.iter().filter(|alarm| alarm.status == AlarmStatus::Firing);
    let levels = firing.filter_map(|alarm| alarm.labels.get("severity"));
    let rank = |level: &&str| ["info", "warning", "error", "critical"].iter().position(|one| one == level);
    levels.map(|level| severity(level)).max_by_key(rank).unwrap_or("error").to_owned()
}

/// One of PagerDuty's four severities for a word.
fn severity(word: &str) -> &'static str {
    match word.to_ascii_lowercase().as_str() {
        "critical" | "crit" | "fatal" | "emergency" | "page" | "disaster" | "high" => "critical",
        "warning" | "warn" | "minor" | "medium" => "warning",
        "info" | "information" | "notice" | "none" | "debug" | "low" => "info",
        _ => "error",
    }
}
