//! Headers of a mail beside From and To.
//!
//! Invariant: each is one line. The same message has the same Message-ID however often it is sent; all of a group refer to
//! the same one, which makes mail programs show them as one conversation.

use super::address::domain;
use super::settings::EmailSettings;
use crate::message::Message;
use crate::receivers::wording::{Scope, headline};
use crate::receivers::{Surroundings, identity, plain};

/// Longest header in characters.
const HEADER_MAX: usize = 500;

/// What tells this mail from all others: `INSTANCE-17.0123456789abcdef@example.org`.
pub(super) fn message_id(
    settings: &EmailSettings,
    message: &Message,
    surroundings: &Surroundings<'_>,
) -> String {
    let id = surroundings.instance.key_of(message.id);
    let group = identity::of_group(&message.group_key);
    format!("{id}.{}@{}", group.get(..16).unwrap_or_default(), domain(&settings.from))
}

/// Names and values.
pub(super) fn of(
    settings: &EmailSettings,
    message: &Message,
    scope: &Scope<'_>,
    surroundings: &Surroundings<'_>,
) -> Vec<(String, String)> {
    let domain = domain(&settings.from);
    let group = identity::of_group(&message.group_key);
    let thread = format!("<{group}.group@{domain}>");
    let mut headers = vec![
        ("Subject".to_owned(), headline(message)),
        ("Message-ID".to_owned(), format!("<{}>", message_id(settings, message, surroundings))),
        ("In-Reply-To".to_owned(), thread.clone()),
        ("References".to_owned(), thread),
        ("Auto-Submitted".to_owned(), "auto-generated".to_owned()),
    ];
    for (name, phrase) in &settings.headers {
        let value = plain::one_line(&phrase.render(scope, || headline(message)), HEADER_MAX);
        headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        headers.push((name.clone(), value));
    }
    headers
}
