//! A real Alertmanager: alarms as its API takes them, posted again each minute, so that it drops them by itself should
//! this server be gone.
//!
//! Invariant: what fires has an end that lies a few posts ahead; what is resolved has its own.

mod body;
mod settings;

pub(crate) use settings::AlertmanagerSettings;
#[cfg(test)]
pub(super) use settings::KEYS;

use super::{Delivery, Secret, Surroundings};
use crate::message::Message;

/// How often what fires is posted again, in milliseconds.
pub(super) const REPOST_MS: i64 = 60_000;

impl AlertmanagerSettings {
    /// The request for a message.
    pub(super) fn deliver(&self, message: &Message, surroundings: &Surroundings<'_>) -> Delivery {
        let url = Secret(format!("{}/api/v2/alerts", self.url.0.trim_end_matches('/')));
        Delivery::Http(self.http.post(url, body::of(message, surroundings), message, surroundings))
    }
}

#[cfg(test)]
mod tests;
