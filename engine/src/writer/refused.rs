//! Owns what a writer says of points that it does not take.
//!
//! Invariant: a reason has a name, and where a limit on series was the reason, it says which. Counting is the caller's.

use std::fmt;

use plumbago_protocol::Refusal;

/// Why a point was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The reason.
    pub refusal: Refusal,
    /// Which rule, prefix and limit it was, where a limit on series was the reason.
    pub limit: Option<String>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, limit: None }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.limit {
            None => self.refusal.fmt(f),
            Some(limit) => write!(f, "{}: {limit}", self.refusal),
        }
    }
}

/// A point that was queued and then refused.
#[derive(Debug, Clone, PartialEq)]
pub struct RefusedPoint {
    /// The series' canonical name.
    pub name: String,
    /// The value.
    pub value: f64,
    /// Seconds since the epoch.
    pub timestamp: i64,
    /// Why.
    pub refused: Refused,
}
