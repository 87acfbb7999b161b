//! The ways in, and the name each one carries in counters and logs.

/// Where points come from: a kind of listener, or the server's own rules. The label is part of the metrics' contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ListenerKind {
    /// Lines over TCP.
    Plaintext,
    /// Pickle frames over TCP.
    Pickle,
    /// Lines in datagrams.
    Udp,
    /// Points that `record` rules made.
    Rules,
}

impl ListenerKind {
    /// All kinds, in the order of their discriminants.
    pub(crate) const ALL: [ListenerKind; 4] =
        [ListenerKind::Plaintext, ListenerKind::Pickle, ListenerKind::Udp, ListenerKind::Rules];

    /// The value of the label `listener`.
    pub(crate) fn label(self) -> &'static str {
        match self {
            ListenerKind::Plaintext => "plaintext",
            ListenerKind::Pickle => "pickle",
            ListenerKind::Udp => "udp",
            ListenerKind::Rules => "rules",
        }
    }
}
