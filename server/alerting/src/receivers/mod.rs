//! Kinds of receivers, a folder each: what their settings are, and what a message becomes for them.
//!
//! Invariant: names, tags and texts of alarms are data. Whatever is in them, they are escaped for where they go. Nothing
//! here decides whether or when something is sent, and nothing sends it.

mod alertmanager;
mod delivery;
mod email;
mod exec;
mod globals;
mod graph;
mod http_settings;
mod identity;
mod integration;
mod link;
mod moment;
mod opsgenie;
mod pagerduty;
mod plain;
#[cfg(test)]
mod samples;
mod slack;
mod surroundings;
#[cfg(test)]
mod tests;
mod webhook;
mod wording;

pub use delivery::{
    Attempt, Delivery, ExecDelivery, Header, HttpDelivery, InlinePicture, MailDelivery, Outcome, Secret,
};
pub use globals::{Context, GLOBAL_KEYS, Globals, ReadFile};
pub use graph::AlarmGraph;
pub use integration::{INTEGRATION_KEYS, Integration};
pub use link::of_alarm as link_of;
pub use surroundings::{Picture, Surroundings};
