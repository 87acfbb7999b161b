//! Events as people and programs send them: JSON in the shapes of Graphite, of Grafana and of our own.
//!
//! Invariant: what is returned is within every limit, its times lie in the years 1 to 9999, its numbers are finite, and no
//! tag is empty. Bodies are never logged or repeated at length.

mod checked;
mod edit;
mod graphite;
mod line;
mod nesting;
mod posted;

pub use edit::{Edit, EditRequest};
pub use graphite::{read_grafana, read_graphite};
pub use line::{read_line, write_line};
pub use posted::{Posted, read_posted};

use serde::de::DeserializeOwned;
use std::fmt;

/// Why a body is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyError {
    /// In one word, to count by: `json`, `field` or `limit`.
    pub reason: &'static str,
    /// What is wrong, in one line.
    pub message: String,
}

impl BodyError {
    pub(crate) fn field(message: impl Into<String>) -> BodyError {
        BodyError { reason: "field", message: message.into() }
    }

    pub(crate) fn limit(message: impl Into<String>) -> BodyError {
        BodyError { reason: "limit", message: message.into() }
    }

    fn json(message: impl Into<String>) -> BodyError {
        BodyError { reason: "json", message: message.into() }
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BodyError {}

/// The first byte that says what kind of JSON this is.
fn kind(body: &[u8]) -> Option<u8> {
    body.iter().copied().find(|byte| !byte.is_ascii_whitespace())
}

/// Reads a JSON object that is no deeper than it may be.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, BodyError> {
    nesting::check(body)?;
    match kind(body) {
        Some(b'{') => serde_json::from_slice(body).map_err(fault),
        Some(_) => Err(BodyError::json("the body is not as expected: it is no JSON object")),
        None => Err(BodyError::json("the body is empty: expected a JSON object")),
    }
}

fn fault(error: serde_json::Error) -> BodyError {
    // A wrong field is told with the place where its value ends.
    let reason = if error.is_data() { "field" } else { "json" };
    BodyError { reason, message: format!("the body is not as expected: {error}") }
}
