//! Programs: a list of arguments, no shell, no templates; the webhook's standard body on standard input.

mod settings;

pub(crate) use settings::ExecSettings;
#[cfg(test)]
pub(super) use settings::KEYS;

use super::webhook::standard_body;
use super::{Delivery, ExecDelivery, Surroundings};
use crate::message::Message;

impl ExecSettings {
    /// The run for a message.
    pub(super) fn deliver(&self, message: &Message, surroundings: &Surroundings<'_>) -> Delivery {
        Delivery::Exec(ExecDelivery {
            argv: self.argv.clone(),
            stdin: standard_body(message, surroundings, self.alarms_max, None),
            timeout: self.timeout,
        })
    }
}

#[cfg(test)]
mod tests;
