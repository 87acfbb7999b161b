//! Opsgenie: an alert for each group, created and closed under the same alias.
//!
//! Invariant: no request is refused for its length: texts are cut to what Opsgenie takes.

mod body;
mod settings;

#[cfg(test)]
pub(super) use settings::KEYS;
pub(crate) use settings::OpsgenieSettings;

use super::http_settings::set_header;
use super::{Delivery, Secret, Surroundings, identity};
use crate::message::{AlarmStatus, Message};

impl OpsgenieSettings {
    /// The request for a message.
    pub(super) fn deliver(&self, message: &Message, surroundings: &Surroundings<'_>) -> Delivery {
        let alias = identity::of_group(&message.group_key);
        let root = self.url.0.trim_end_matches('/');
        let (url, body) = match message.status() {
            AlarmStatus::Firing => {
                (format!("{root}/v2/alerts"), body::to_create(self, &alias, message, surroundings))
            }
            AlarmStatus::Resolved => {
                let url = format!("{root}/v2/alerts/{alias}/close?identifierType=alias");
                (url, body::to_close(self, message, surroundings))
            }
        };
        let mut delivery = self.http.post(Secret(url), body, message, surroundings);
        set_header(&mut delivery.headers, "authorization", &format!("GenieKey {}", self.api_key.0));
        Delivery::Http(delivery)
    }
}

#[cfg(test)]
mod tests;
