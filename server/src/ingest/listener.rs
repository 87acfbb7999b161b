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
    /// No listener: what carbon's aggregation rules make of the points of the others.
    Aggregation,
    /// No listener: what `record` rules make of stored points.
    Rules,
}

impl ListenerKind {
    /// All kinds, in the order of their discriminants.
    pub(crate) const ALL: [ListenerKind; 5] = [
        ListenerKind::Plaintext,
        ListenerKind::Pickle,
        ListenerKind::Udp,
        ListenerKind::Aggregation,
        ListenerKind::Rules,
    ];

    /// The value of the label `listener`.
    pub(crate) fn label(self) -> &'static str {
        match self {
            ListenerKind::Plaintext => "plaintext",
            ListenerKind::Pickle => "pickle",
            ListenerKind::Udp => "udp",
            ListenerKind::Rules => "rules",
            ListenerKind::Aggregation => "aggregation",
        }
    }
}
