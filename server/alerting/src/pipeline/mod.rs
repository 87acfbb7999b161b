//! The stages between alarms and messages, one a file. Their order stands in `notifier.rs`.

pub(crate) mod acknowledge;
pub(crate) mod cap;
pub(crate) mod group;
pub(crate) mod inhibit;
pub(crate) mod mute;
pub(crate) mod outbox;
pub(crate) mod silence;

pub(crate) use group::GroupId;
