//! What a message needs to know of the server that sends it, beside what it says.
//!
//! Invariant: nothing in it is a secret. What is to be sent depends on the message, the settings and this alone.

use crate::instance::InstanceId;

/// The server around a message.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// Where people reach this server, such as `https://graphite.example.org`: it begins every link.
    pub external_url: &'a str,
    /// What tells this server from others, for the `Idempotency-Key`.
    pub instance: InstanceId,
    /// Now, in milliseconds since the epoch.
    pub now_ms: i64,
    /// A graph of what the message is about.
    pub picture: Option<&'a Picture>,
}

/// A graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// Its bytes, for mails.
    pub png: Option<Vec<u8>>,
    /// Where it can be loaded from, for what is read elsewhere.
    pub url: Option<String>,
}

impl<'a> Surroundings<'a> {
    /// Where the picture can be loaded from.
    pub(super) fn picture_url(&self) -> Option<&'a str> {
        self.picture.and_then(|picture| picture.url.as_deref())
    }

    /// The external URL without a slash at its end.
    pub(super) fn root(&self) -> &str {
        self.external_url.trim_end_matches('/')
    }
}
