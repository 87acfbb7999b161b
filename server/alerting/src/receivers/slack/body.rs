//! What Slack is sent.

use serde::Serialize;

use super::SlackSettings;
use crate::message::{AlarmStatus, Message};
use crate::receivers::plain::{escape_slack, lines, one_line};
use crate::receivers::wording::{Paragraph, Phrase, Scope, headline, left_out, paragraphs};
use crate::receivers::{Surroundings, link};

/// Longest texts in characters: what Slack shows without cutting.
const TITLE_MAX: usize = 600;
const TEXT_MAX: usize = 6000;
const DESCRIPTION_MAX: usize = 500;
const WORD_MAX: usize = 200;
/// Most facts that are shown of one alarm.
const FACTS_MAX: usize = 12;

#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon_emoji: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon_url: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    link_names: bool,
    attachments: [Attachment<'a>; 1],
}

#[derive(Serialize)]
struct Attachment<'a> {
    color: String,
    title: String,
    title_link: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pretext: String,
    text: String,
    fallback: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    footer: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Field>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_url: Option<&'a str>,
    mrkdwn_in: [&'static str; 3],
}

#[derive(Serialize)]
struct Field {
    title: String,
    value: String,
    short: bool,
}

/// The body for a message.
pub(super) fn of(settings: &SlackSettings, message: &Message, surroundings: &Surroundings<'_>) -> Vec<u8> {
    let scope = Scope::of(message, surroundings);
    let ours = || escape_slack(&headline(message)).into_owned();
    let line = |phrase: &Phrase, ours: &dyn Fn() -> String| one_line(&phrase.render(&scope, ours), TITLE_MAX);
    let text = |phrase: &Phrase, ours: &dyn Fn() -> String| lines(&phrase.render(&scope, ours), TEXT_MAX);
    let cells = settings.fields.iter().map(|field| Field {
        title: line(&field.title, &String::new),
        value: text(&field.value, &String::new),
        short: field.is_short,
    });
    let attachment = Attachment {
        color: line(&settings.color, &|| color(message).to_owned()),
        title: line(&settings.title, &ours),
        title_link: title_link(settings, &scope, message, surroundings),
        pretext: text(&settings.pretext, &String::new),
        text: text(&settings.text, &|| default_text(message, surroundings)),
        fallback: line(&settings.fallback, &ours),
        footer: line(&settings.footer, &String::new),
        fields: cells.collect(),
        image_url: surroundings.picture_url(),
        mrkdwn_in: ["fallback", "pretext", "text"],
    };
    let body = Body {
        channel: settings.channel.as_deref(),
        username: settings.username.as_ref().map(|phrase| line(phrase, &String::new)),
        icon_emoji: settings.icon_emoji.as_deref(),
        icon_url: settings.icon_url.as_deref(),
        link_names: settings.link_names,
        attachments: [attachment],
    };
    serde_json::to_vec(&body).unwrap_or_default()
}

/// Red, orange or green.
fn color(message: &Message) -> &'static str {
    let mut firing = message.alarms.iter().filter(|alarm| alarm.status == AlarmStatus::Firing).peekable();
    if firing.peek().is_none() {
        return "good";
    }
    let are_warnings =
        firing.all(|alarm| alarm.labels.get("severity").is_some_and(|level| level == "warning"));
    if are_warnings { "warning" } else { "danger" }
}

/// The file's if it leads to the web, else the first alarm's graph.
fn title_link(
    settings: &SlackSettings,
    scope: &Scope<'_>,
    message: &Message,
    surroundings: &Surroundings<'_>,
) -> String {
    let ours = || match message.alarms.first() {
        Some(alarm) => link::of_alarm(alarm, surroundings),
        None => link::start_page(surroundings),
    };
    let rendered = settings.title_link.render(scope, ours);
    if link::is_safe(&rendered) { rendered } else { ours() }
}

fn default_text(message: &Message, surroundings: &Surroundings<'_>) -> String {
    let mut text = String::new();
    for paragraph in paragraphs(message, surroundings) {
        let part = of_paragraph(&paragraph);
        // What would be cut in the middle of a link is left out whole.
        if text.chars().count().saturating_add(part.chars().count()) > TEXT_MAX {
            text.push_str("and more");
            return text;
        }
        text.push_str(&part);
    }
    text.extend(left_out(message));
    text
}

fn of_paragraph(paragraph: &Paragraph) -> String {
    let state = if paragraph.is_firing { "FIRING" } else { "RESOLVED" };
    let word = |text: &str| escape_slack(&one_line(text, WORD_MAX)).into_owned();
    let mut text = format!("*{state}* <{}|{}>", paragraph.link, escape_slack(&link_text(&paragraph.name)));
    if !paragraph.summary.is_empty() {
        text.push_str(&format!(": {}", escape_slack(&one_line(&paragraph.summary, DESCRIPTION_MAX))));
    }
    text.push('\n');
    if !paragraph.description.is_empty() {
        text.push_str(&escape_slack(&lines(&paragraph.description, DESCRIPTION_MAX)));
        text.push('\n');
    }
    let facts = paragraph.facts.iter().take(FACTS_MAX);
    let facts: Vec<String> = facts.map(|(name, value)| format!("{}: {}", word(name), word(value))).collect();
    text.push_str(&facts.join(" · "));
    if let Some(runbook) = &paragraph.runbook {
        text.push_str(&format!(" · <{}|runbook>", escape_slack(runbook)));
    }
    text.push_str("\n\n");
    text
}

/// A link is never without a text.
fn link_text(name: &str) -> String {
    if name.is_empty() { "alarm".to_owned() } else { one_line(name, WORD_MAX).replace('|', "/") }
}
