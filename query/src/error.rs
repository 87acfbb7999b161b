//! Why a query has no answer.
//!
//! Invariant: a caller's mistake, a limit and a fault of the store are told apart, since the first two are 4xx and the
//! last is 5xx. Every message is one line that a person can act on.

use std::fmt;

use crate::grammar::SyntaxError;
use crate::source::SourceError;

/// Why a request was not answered.
#[derive(Debug)]
#[non_exhaustive]
pub enum QueryError {
    /// A target does not parse.
    Syntax {
        /// The target's position in the request, from 0.
        target: usize,
        /// The column and what was expected.
        error: SyntaxError,
    },
    /// A target asks for something that does not exist or does not fit: an unknown function, a wrong argument.
    BadRequest {
        /// The target's position in the request, from 0, and the column of the call, where known.
        place: Option<Place>,
        /// What is wrong, as one sentence without a full stop.
        message: String,
    },
    /// Answering would take more than the limits allow.
    OverLimit {
        /// What exceeds which limit.
        message: String,
    },
    /// The answer was not wanted any more before it was ready.
    Cancelled,
    /// The store could not read.
    Source(SourceError),
}

/// Where in a request something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The target's position in the request, from 0.
    pub target: usize,
    /// The column in the target, in characters from 1.
    pub column: usize,
}

impl QueryError {
    /// A caller's mistake without a place yet.
    pub(crate) fn bad_request(message: impl Into<String>) -> QueryError {
        QueryError::BadRequest { place: None, message: message.into() }
    }

    /// Something exceeds a limit.
    pub(crate) fn over_limit(message: impl Into<String>) -> QueryError {
        QueryError::OverLimit { message: message.into() }
    }

    /// Adds the place, unless a more precise one is known.
    pub(crate) fn at(self, found: Place) -> QueryError {
        match self {
            QueryError::BadRequest { place: None, message } => {
                QueryError::BadRequest { place: Some(found), message }
            }
            other => other,
        }
    }

    /// Whether the caller can mend it by asking for something else (an HTTP 4xx).
    pub fn is_callers_fault(&self) -> bool {
        !matches!(self, QueryError::Cancelled | QueryError::Source(SourceError::Fault(_)))
    }
}

impl From<SourceError> for QueryError {
    fn from(error: SourceError) -> QueryError {
        match error {
            SourceError::BadRequest(message) => QueryError::bad_request(message),
            SourceError::OverLimit(message) => QueryError::over_limit(message),
            too_many @ SourceError::TooManySeries { .. } => QueryError::over_limit(too_many.to_string()),
            fault => QueryError::Source(fault),
        }
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            QueryError::Syntax { target, error } => write!(f, "target {}, {error}", target + 1),
            QueryError::BadRequest { place: Some(place), message } => {
                write!(f, "target {}, column {}: {message}", place.target + 1, place.column)
            }
            QueryError::BadRequest { place: None, message } | QueryError::OverLimit { message } => {
                f.write_str(message)
            }
            QueryError::Cancelled => f.write_str("the query was ended before its answer was ready"),
            QueryError::Source(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for QueryError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            QueryError::Syntax { error, .. } => Some(error),
            QueryError::Source(error) => Some(error),
            _ => None,
        }
    }
}
