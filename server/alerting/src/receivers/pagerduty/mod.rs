//! PagerDuty, with its events of version 2: an incident for each group, opened and closed under the same key.
//!
//! Invariant: no event is refused for its length: texts are cut to what PagerDuty takes.

mod body;
mod settings;

pub(crate) use settings::PagerdutySettings;

use super::{Delivery, Surroundings};
use crate::message::Message;

impl PagerdutySettings {
    /// The request for a message.
    pub(super) fn deliver(&self, message: &Message, surroundings: &Surroundings<'_>) -> Delivery {
        let body = body::of(self, message, surroundings);
        Delivery::Http(self.http.post(self.url.clone(), body, message, surroundings))
    }
}

#[cfg(test)]
mod tests;
