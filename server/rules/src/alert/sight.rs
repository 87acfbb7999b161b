//! What one slot shows of a series, or of events that are counted together.

/// What is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sight {
    /// A value, or a count.
    Value(f64),
    /// It is in the answer, without a value.
    Null,
    /// It is not in the answer.
    Gone {
        /// Whether that says that a condition which holds for what is there holds no longer.
        is_over: bool,
    },
}

impl Sight {
    /// The value.
    pub(super) fn value(self) -> Option<f64> {
        match self {
            Sight::Value(value) => Some(value),
            Sight::Null | Sight::Gone { .. } => None,
        }
    }
}
