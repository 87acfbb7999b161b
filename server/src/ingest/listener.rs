//! The three ways in, and the name each one carries in counters and logs.

/// A kind of listener. The label is part of the metrics' contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ListenerKind {
    /// Lines over TCP.
    Plaintext,
    /// Pickle frames over TCP.
    Pickle,
    /// Lines in datagrams.
    Udp,
}

impl ListenerKind {
    /// All kinds, in the order of their discriminants.
    pub(crate) const ALL: [ListenerKind; 3] =
        [ListenerKind::Plaintext, ListenerKind::Pickle, ListenerKind::Udp];

    /// The value of the label `listener`.
    pub(crate) fn label(self) -> &'static str {
        match self {
            ListenerKind::Plaintext => "plaintext",
            ListenerKind::Pickle => "pickle",
            ListenerKind::Udp => "udp",
        }
    }
}
