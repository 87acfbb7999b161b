//! Events as rules read them: those that a store holds, whoever made them.

use std::ops::ControlFlow;

use plumbago_query::SourceError;

use crate::{Event, Search};

/// A store of events that can be searched.
pub trait StoredEvents {
    /// Shows the events of a search that began at `from_ms` or later and before `until_ms`, both in milliseconds since the
    /// epoch, in no particular order, until `visit` breaks off.
    ///
    /// # Errors
    /// The store's.
    fn visit(
        &self,
        search: &Search,
        from_ms: i64,
        until_ms: i64,
        visit: &mut dyn FnMut(&Event) -> ControlFlow<()>,
    ) -> Result<(), SourceError>;
}

/// No events at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEvents;

impl StoredEvents for NoEvents {
    fn visit(
        &self,
        _: &Search,
        _: i64,
        _: i64,
        _: &mut dyn FnMut(&Event) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        Ok(())
    }
}
