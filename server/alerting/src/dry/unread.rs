//! The surroundings of an alerting file that somebody else has sent.
//!
//! Invariant: neither the environment nor a disk is looked at: whoever tries a file gives nothing away by it.

use crate::config::{NoSecrets, Secrets};

/// Surroundings that are not told to whoever sends a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unread;

impl Secrets for Unread {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn missing(&self, name: &str) -> String {
        format!(
            "${{{name}}} decides who is told, and no variable is read for a file that is sent along: \
             write what it stands for"
        )
    }

    fn file(&self, path: &str) -> Result<String, String> {
        NoSecrets.file(path)
    }
}
