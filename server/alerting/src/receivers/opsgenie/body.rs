//! What Opsgenie is sent.

use std::collections::BTreeMap;

use serde::Serialize;

use super::OpsgenieSettings;
use crate::message::{AlarmStatus, Message};
use crate::receivers::plain::{lines, one_line};
use crate::receivers::wording::{Phrase, Scope, headline, plain_text};
use crate::receivers::{Surroundings, link};

/// Lengths in characters that Opsgenie takes.
const MESSAGE_MAX: usize = 130;
const DESCRIPTION_MAX: usize = 15_000;
const SOURCE_MAX: usize = 100;
const ENTITY_MAX: usize = 512;
const NOTE_MAX: usize = 25_000;
const TAG_MAX: usize = 50;
const TAGS_MAX: usize = 20;
const ACTION_MAX: usize = 50;
const ACTIONS_MAX: usize = 10;
/// Of all details together.
const DETAILS_CHARACTERS_MAX: usize = 8000;
const DETAIL_MAX: usize = 500;

#[derive(Serialize)]
struct Creation<'a> {
    alias: &'a str,
    message: String,
    description: String,
    details: BTreeMap<String, String>,
    source: String,
    priority: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    responders: Vec<BTreeMap<&'static str, &'a str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    actions: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    entity: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
}

#[derive(Serialize)]
struct Closing {
    source: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
}

/// The body that creates an alert, or tells more of one that there is.
pub(super) fn to_create(
    settings: &OpsgenieSettings,
    alias: &str,
    message: &Message,
    surroundings: &Surroundings<'_>,
) -> Vec<u8> {
    let scope = Scope::of(message, surroundings);
    let shown = one_line(&settings.message.render(&scope, || headline(message)), MESSAGE_MAX);
    let text = settings.description.render(&scope, || plain_text(message, surroundings));
    let responders = settings.responders.iter().map(|responder| {
        BTreeMap::from([(responder.by, responder.value.as_str()), ("type", responder.kind.as_str())])
    });
    let body = Creation {
        alias,
        message: if shown.is_empty() { "alarm".to_owned() } else { shown },
        description: lines(&text, DESCRIPTION_MAX),
        details: details(message, surroundings),
        source: source(settings, &scope, surroundings),
        priority: priority(&settings.priority.render(&scope, || level(message))),
        responders: responders.collect(),
        tags: words(&settings.tags, &scope, TAG_MAX, TAGS_MAX),
        actions: words(&settings.actions, &scope, ACTION_MAX, ACTIONS_MAX),
        entity: one_line(&settings.entity.render(&scope, String::new), ENTITY_MAX),
        note: lines(&settings.note.render(&scope, String::new), NOTE_MAX),
    };
    serde_json::to_vec(&body).unwrap_or_default()
}

/// The body that closes it.
pub(super) fn to_close(
    settings: &OpsgenieSettings,
    message: &Message,
    surroundings: &Surroundings<'_>,
) -> Vec<u8> {
    let scope = Scope::of(message, surroundings);
    let note = lines(&settings.note.render(&scope, String::new), NOTE_MAX);
    serde_json::to_vec(&Closing { source: source(settings, &scope, surroundings), note }).unwrap_or_default()
}

fn source(settings: &OpsgenieSettings, scope: &Scope<'_>, surroundings: &Surroundings<'_>) -> String {
    one_line(&settings.source.render(scope, || link::start_page(surroundings)), SOURCE_MAX)
}

/// The words of a list with commas.
fn words(phrase: &Phrase, scope: &Scope<'_>, characters_max: usize, words_max: usize) -> Vec<String> {
    let text = phrase.render(scope, String::new);
    let words = text.split(',').map(|word| one_line(word, characters_max)).filter(|word| !word.is_empty());
    words.take(words_max).collect()
}

/// Labels that all alarms share, as many as there is room for, and where to look.
fn details(message: &Message, surroundings: &Surroundings<'_>) -> BTreeMap<String, String> {
    let mut details = BTreeMap::new();
    let mut room = DETAILS_CHARACTERS_MAX;
    let link = message.alarms.first().map(|alarm| ("graph".to_owned(), link::of_alarm(alarm, surroundings)));
    let picture = surroundings.picture_url().map(|url| ("picture".to_owned(), url.to_owned()));
    let common = message.common_labels();
    let labels = common.iter().map(|(name, value)| (one_line(name, DETAIL_MAX), one_line(value, DETAIL_MAX)));
    for (name, value) in labels.chain(link).chain(picture) {
        let Some(left) = room.checked_sub(name.chars().count().saturating_add(value.chars().count())) else {
            break;
        };
        room = left;
        details.insert(name, value);
    }
    details
}

/// The worst `severity` of what fires.
fn level(message: &Message) -> String {
    let firing = message.alarms.iter().filter(|alarm| alarm.status == AlarmStatus::Firing);
    let levels = firing.filter_map(|alarm| alarm.labels.get("severity"));
    levels.min_by_key(|level| priority(level)).cloned().unwrap_or_default()
}

/// One of Opsgenie's five priorities for a word.
fn priority(word: &str) -> &'static str {
    match word.trim().to_ascii_lowercase().as_str() {
        "p1" | "critical" | "fatal" | "emergency" | "disaster" | "page" => "P1",
        "p2" | "error" | "high" => "P2",
        "p4" | "low" | "minor" => "P4",
        "p5" | "info" | "information" | "notice" | "none" | "debug" => "P5",
        _ => "P3",
    }
}
