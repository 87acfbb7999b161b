//! Owns the engine's one-way latch: after a failed write nothing is accepted until a restart.
//!
//! Invariant: the first reason stays. Reading goes on: what was accepted is still there. A full disk is no reason: where
//! room is taken before anything is written, nothing is half done, and the same call can succeed later.

use std::sync::{Arc, OnceLock};

use crate::Error;

/// Open until the first failed write.
#[derive(Default)]
pub(crate) struct Latch(OnceLock<Arc<str>>);

impl Latch {
    /// An error if the latch has closed.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.0.get() {
            Some(reason) => Err(Error::Latched(reason.clone())),
            None => Ok(()),
        }
    }

    /// Closes the latch if `result` is a failed write, and hands the result on.
    pub(crate) fn guard<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(error @ (Error::Io { .. } | Error::Corrupt { .. })) = &result {
            self.close(&error.to_string());
        }
        result
    }

    /// Closes the latch for `reason`.
    pub(crate) fn close(&self, reason: &str) {
        self.0.get_or_init(|| Arc::from(reason));
    }

    pub(crate) fn reason(&self) -> Option<Arc<str>> {
        self.0.get().cloned()
    }
}
