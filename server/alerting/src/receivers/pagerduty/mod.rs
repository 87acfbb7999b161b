//! PagerDuty, with its events of version 2: an incident for each group, opened and closed under the same key.
//!
//! Invariant: no event is refused for its length: texts are cut to what PagerDuty takes.

mod body;
mod settings;

#[cfg(test)]
pub(super) use settings::KEYS;
pub(crate) use settings::PagerdutySettings;

use super::{Delivery, Surroundings};
use crate::message::Message;

impl PagerdutySettings {
    /// The request for a message.
    pub(super) fn deliver(&self, message: &Message, surroundings: &Surroundings<'_>) -> Delivery {
        let body = body::of(self, message, surroundings);
        let mut delivery = self.http.post(self.url.clone(), body, message, surroundings);
        delivery.secrets.push(self.routing_key.clone());
        Delivery::Http(delivery)
    }
}

#[cfg(test)]
mod tests;
