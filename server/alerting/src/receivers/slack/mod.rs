//! Slack, and what takes Slack's incoming webhooks: one attachment a message.
//!
//! Invariant: `& < >` of names and texts are escaped, so that they make no links, mentions or calls to a channel.

mod body;
mod settings;

#[cfg(test)]
pub(super) use settings::KEYS;
pub(crate) use settings::SlackSettings;

use super::{Delivery, Surroundings};
use crate::message::Message;

impl SlackSettings {
    /// The request for a message.
    pub(super) fn deliver(&self, message: &Message, surroundings: &Surroundings<'_>) -> Delivery {
        let body = body::of(self, message, surroundings);
        Delivery::Http(self.http.post(self.url.clone(), body, message, surroundings))
    }
}

#[cfg(test)]
mod tests;
