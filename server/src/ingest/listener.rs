//! The ways in, and the name each one carries in counters and logs.

/// A kind of listener. The label is part of the metrics' contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ListenerKind {
    /// Lines over TCP.
    Plaintext,
    /// Pickle frames over TCP.
    Pickle,
    /// Lines in datagrams.
    Udp,
    /// No listener: what carbon's aggregation rules make of the points of the others.
    Aggregation,
}

impl ListenerKind {
    /// All kinds, in the order of their discriminants.
    pub(crate) const ALL: [ListenerKind; 4] =
        [ListenerKind::Plaintext, ListenerKind::Pickle, ListenerKind::Udp, ListenerKind::Aggregation];

    /// The value of the label `listener`.
    pub(crate) fn label(self) -> &'static str {
        match self {
            ListenerKind::Plaintext => "plaintext",
            ListenerKind::Pickle => "pickle",
            ListenerKind::Udp => "udp",
            ListenerKind::Aggregation => "aggregation",
        }
    }
}
