//! Stand-ins for the secrets of an alerting file of which nothing is sent.
//!
//! Invariant: neither the environment nor a disk is looked at: whoever tries a file that somebody else wrote gives nothing
//! away by it, and a test of routes needs no secrets.

use crate::config::Secrets;

/// Surroundings in which every variable and every file has an address that leads nowhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unread;

impl Secrets for Unread {
    fn variable(&self, name: &str) -> Option<String> {
        Some(format!("https://unread.invalid/{name}"))
    }

    fn file(&self, _: &str) -> Result<String, String> {
        Ok("https://unread.invalid/file".to_owned())
    }
}
