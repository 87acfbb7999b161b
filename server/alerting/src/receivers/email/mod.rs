//! E-mail: a text and an HTML form of each message, threaded by group.
//!
//! Invariant: no header has CR or LF, whatever alarms are called; in the HTML every name and text is escaped.

mod address;
mod headers;
mod html;
mod settings;

pub(crate) use settings::EmailSettings;
#[cfg(test)]
pub(super) use settings::KEYS;

use super::wording::{Scope, headline, plain_text};
use super::{Delivery, InlinePicture, MailDelivery, Surroundings, plain};
use crate::message::Message;

/// What the HTML calls the picture. Before it is sent that becomes a content id of this mail alone, since programs that
/// show a conversation may take a picture of the same id for the same picture.
const PICTURE: &str = "graph";
/// Longest body in bytes, of each form.
const BODY_BYTES_MAX: usize = 256 << 10;

impl EmailSettings {
    /// The mail for a message.
    pub(super) fn deliver(&self, message: &Message, surroundings: &Surroundings<'_>) -> Delivery {
        let scope = Scope::of(message, surroundings);
        let picture = surroundings.picture.and_then(|picture| picture.png.as_ref());
        let ours = || format!("{}\n\n{}", headline(message), plain_text(message, surroundings));
        let text = self.text.render(&scope, ours);
        let html = match self.html.try_render(&scope) {
            Some(Ok(html)) => html,
            Some(Err(reason)) => html::of(message, surroundings, picture.is_some(), Some(&reason)),
            None => html::of(message, surroundings, picture.is_some(), None),
        };
        let html = plain::within_bytes(html, BODY_BYTES_MAX);
        let (html, pictures) = match picture {
            Some(png) => {
                let name = format!("{PICTURE}.{}", headers::message_id(self, message, surroundings));
                (named(&html, &name), vec![InlinePicture { name, png: png.clone() }])
            }
            None => (html, Vec::new()),
        };
        Delivery::Mail(MailDelivery {
            smarthost: self.smarthost.clone(),
            hello: self.hello.clone(),
            login: self.login.clone(),
            is_tls_required: self.is_tls_required,
            is_insecure: self.is_insecure,
            from: self.from.clone(),
            to: self.to.clone(),
            headers: headers::of(self, message, &scope, surroundings),
            text: plain::within_bytes(plain::lines(&text, BODY_BYTES_MAX), BODY_BYTES_MAX),
            html,
            pictures,
        })
    }
}

/// The HTML with the picture under its content id.
fn named(html: &str, name: &str) -> String {
    let named = |html: &str, quote: char| {
        html.replace(&format!("cid:{PICTURE}{quote}"), &format!("cid:{name}{quote}"))
    };
    named(&named(html, '"'), '\'')
}

#[cfg(test)]
mod tests;
