//! What a message needs to know of the server that sends it, beside what it says.
//!
//! Invariant: nothing in it is a secret. What is to be sent depends on the message, the settings and this alone.

/// The server around a message.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// Where people reach this server, such as `https://graphite.example.org`: it begins every link.
    pub external_url: &'a str,
    /// What tells this server from others, for the `Idempotency-Key`.
    pub server_name: &'a str,
    /// Now, in milliseconds since the epoch.
    pub now_ms: i64,
    /// A graph of what the message is about.
    pub picture: Option<&'a Picture>,
}

/// A graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its bytes, for mails.
    pub png: Vec<u8>,
    /// Where it can be loaded from, for what is read elsewhere.
    pub url: Option<String>,
}

impl Surroundings<'_> {
    /// The external URL without a slash at its end.
    pub(super) fn root(&self) -> &str {
        self.external_url.trim_end_matches('/')
    }
}
