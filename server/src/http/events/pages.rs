//! Events read page by page beside the runtime, for answers that are longer than memory should be.
//!
//! Invariant: at most one page is held; a page ends where the next one begins.

use super::super::App;
use crate::events::{StoreError, StoredEvent};
use std::sync::Arc;

/// Events of a page.
pub(super) const PAGE_EVENTS: usize = 500;

/// What pages are read by.
#[derive(Debug, Clone, Copy)]
pub(super) enum By {
    /// Ids: every event once.
    Id,
    /// Numbers of changes: every event as it was last changed.
    Change,
}

/// The next page after the event or the change with this number.
///
/// # Errors
/// The store fails.
pub(super) async fn next(app: &Arc<App>, by: By, after: u64) -> Result<Vec<StoredEvent>, StoreError> {
    let events = app.events.clone();
    let reading = tokio::task::spawn_blocking(move || match by {
        By::Id => events.stored_after(after, PAGE_EVENTS),
        By::Change => events.changed_after(after, PAGE_EVENTS),
    });
    reading
        .await
        .unwrap_or_else(|error| Err(StoreError::Damaged(format!("reading events was lost: {error}"))))
}
