//! Webhooks: a POST with Alertmanager's body of version 4, or with one that the file describes.

mod body;
mod settings;

pub(super) use body::standard_body;
#[cfg(test)]
pub(super) use settings::KEYS;
pub(crate) use settings::WebhookSettings;

use super::http_settings::set_header;
use super::wording::Scope;
use super::{Delivery, Surroundings};
use crate::message::Message;

impl WebhookSettings {
    /// The request for a message.
    pub(super) fn deliver(&self, message: &Message, surroundings: &Surroundings<'_>) -> Delivery {
        let scope = Scope::of(message, surroundings);
        let body = match self.body.try_render(&scope) {
            Some(Ok(body)) => body.into_bytes(),
            Some(Err(reason)) => standard_body(message, surroundings, self.alarms_max, Some(&reason)),
            None => standard_body(message, surroundings, self.alarms_max, None),
        };
        let mut delivery = self.http.post(self.url.clone(), body, message, surroundings);
        for header in &self.headers {
            set_header(&mut delivery.headers, &header.name, &header.value);
        }
        Delivery::Http(delivery)
    }
}

#[cfg(test)]
mod tests;
