//! Requests over HTTP that were refused for who sent them or when, by reason.

use super::counters::Counter;

/// A reason; its word is part of the metrics' contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HttpRefusal {
    /// The connection came from a network that `allow_from` does not list.
    Network,
    /// Nothing was shown where something is needed.
    CredentialMissing,
    /// A token, user or password that is nobody's.
    CredentialWrong,
    /// Whoever asked may do other things.
    Scope,
    /// The server was called by a name that is none of its own.
    Host,
    /// A page of a foreign origin.
    Origin,
    /// There was no place for the query, nor to wait for one.
    Busy,
}

impl HttpRefusal {
    /// All of them.
    pub(crate) const ALL: [HttpRefusal; 7] = [
        HttpRefusal::Network,
        HttpRefusal::CredentialMissing,
        HttpRefusal::CredentialWrong,
        HttpRefusal::Scope,
        HttpRefusal::Host,
        HttpRefusal::Origin,
        HttpRefusal::Busy,
    ];

    /// The value of the label `reason`.
    pub(crate) fn label(self) -> &'static str {
        match self {
            HttpRefusal::Network => "network",
            HttpRefusal::CredentialMissing => "credential_missing",
            HttpRefusal::CredentialWrong => "credential_wrong",
            HttpRefusal::Scope => "scope",
            HttpRefusal::Host => "host",
            HttpRefusal::Origin => "origin",
            HttpRefusal::Busy => "busy",
        }
    }
}

/// One counter a reason.
#[derive(Debug, Default)]
pub(crate) struct HttpRefusals([Counter; HttpRefusal::ALL.len()]);

impl HttpRefusals {
    /// Counts one.
    pub(crate) fn count(&self, reason: HttpRefusal) {
        self.0[reason as usize].increment();
    }

    /// How many there were.
    pub(crate) fn get(&self, reason: HttpRefusal) -> u64 {
        self.0[reason as usize].get()
    }
}
