//! One of a receiver's `*_configs`, whatever its kind.
//!
//! Invariant: [`Integration::deliver`] is pure and total: any message becomes bytes, and the same one the same bytes.

use plumbago_rules::yaml::{Faults, Fields};

use super::alertmanager::{AlertmanagerSettings, REPOST_MS};
use super::email::EmailSettings;
use super::exec::ExecSettings;
use super::globals::Context;
use super::opsgenie::OpsgenieSettings;
use super::pagerduty::PagerdutySettings;
use super::slack::SlackSettings;
use super::webhook::WebhookSettings;
use super::{Delivery, Surroundings};
use crate::message::Message;

/// The keys of a receiver that list things to send to, in the order in which [`crate::ReceiverPlace`] counts them.
pub const INTEGRATION_KEYS: [&str; 7] = [
    "webhook_configs",
    "email_configs",
    "slack_configs",
    "pagerduty_configs",
    "opsgenie_configs",
    "exec_configs",
    "alertmanager_configs",
];

/// Something that messages are sent to. `Debug` shows no secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Integration(Kind);

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Webhook(WebhookSettings),
    Email(EmailSettings),
    Slack(SlackSettings),
    Pagerduty(PagerdutySettings),
    Opsgenie(OpsgenieSettings),
    Exec(ExecSettings),
    Alertmanager(AlertmanagerSettings),
}

impl Integration {
    /// Reads one entry of the list under `key`, which is one of [`INTEGRATION_KEYS`]; nothing if it has faults, or for
    /// another key.
    pub fn read(
        key: &str,
        fields: &Fields<'_>,
        context: &Context<'_>,
        faults: &mut Faults<'_>,
    ) -> Option<Integration> {
        let kind = match key {
            "webhook_configs" => Kind::Webhook(WebhookSettings::read(fields, context, faults)?),
            "email_configs" => Kind::Email(EmailSettings::read(fields, context, faults)?),
            "slack_configs" => Kind::Slack(SlackSettings::read(fields, context, faults)?),
            "pagerduty_configs" => Kind::Pagerduty(PagerdutySettings::read(fields, context, faults)?),
            "opsgenie_configs" => Kind::Opsgenie(OpsgenieSettings::read(fields, context, faults)?),
            "exec_configs" => Kind::Exec(ExecSettings::read(fields, context, faults)?),
            "alertmanager_configs" => {
                Kind::Alertmanager(AlertmanagerSettings::read(fields, context, faults)?)
            }
            _ => return None,
        };
        Some(Integration(kind))
    }

    /// Its kind as Alertmanager's metrics and logs call it: `webhook`, `email`, `slack`, …
    pub fn name(&self) -> &'static str {
        match &self.0 {
            Kind::Webhook(_) => "webhook",
            Kind::Email(_) => "email",
            Kind::Slack(_) => "slack",
            Kind::Pagerduty(_) => "pagerduty",
            Kind::Opsgenie(_) => "opsgenie",
            Kind::Exec(_) => "exec",
            Kind::Alertmanager(_) => "alertmanager",
        }
    }

    /// Whether it wants to be told of what is resolved.
    pub fn sends_resolved(&self) -> bool {
        match &self.0 {
            Kind::Webhook(settings) => settings.sends_resolved,
            Kind::Email(settings) => settings.sends_resolved,
            Kind::Slack(settings) => settings.sends_resolved,
            Kind::Pagerduty(settings) => settings.sends_resolved,
            Kind::Opsgenie(settings) => settings.sends_resolved,
            Kind::Exec(settings) => settings.sends_resolved,
            Kind::Alertmanager(settings) => settings.sends_resolved,
        }
    }

    /// How often what fires has to be sent again although nothing has changed, in milliseconds; for most kinds, never.
    pub fn repost_ms(&self) -> Option<i64> {
        matches!(self.0, Kind::Alertmanager(_)).then_some(REPOST_MS)
    }

    /// Whether pictures are part of what it is sent; others get an address.
    pub fn holds_pictures(&self) -> bool {
        matches!(self.0, Kind::Email(_))
    }

    /// Whether it runs a program.
    pub fn runs_program(&self) -> bool {
        matches!(self.0, Kind::Exec(_))
    }

    /// What a message becomes for it.
    pub fn deliver(&self, message: &Message, surroundings: &Surroundings<'_>) -> Delivery {
        match &self.0 {
            Kind::Webhook(settings) => settings.deliver(message, surroundings),
            Kind::Email(settings) => settings.deliver(message, surroundings),
            Kind::Slack(settings) => settings.deliver(message, surroundings),
            Kind::Pagerduty(settings) => settings.deliver(message, surroundings),
            Kind::Opsgenie(settings) => settings.deliver(message, surroundings),
            Kind::Exec(settings) => settings.deliver(message, surroundings),
            Kind::Alertmanager(settings) => settings.deliver(message, surroundings),
        }
    }
}
