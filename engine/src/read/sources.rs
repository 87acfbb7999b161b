//! Owns where a read takes its cells from: a view, and what its caller has decoded of it already.
//!
//! Invariant: what is given as decoded is what reading the same segments would yield, the newest cell of each slot.

use std::sync::Arc;

use crate::view::{OpenSegment, View};

/// A view, and the cells of one series in some of its segments.
pub(crate) struct Sources<'a> {
    pub(crate) view: &'a View,
    pub(crate) decoded: Option<Decoded<'a>>,
}

/// The cells of one series in all segments of one partition, archive and day of arrival.
pub(crate) struct Decoded<'a> {
    pub(crate) segments: &'a [Arc<OpenSegment>],
    /// One value a slot of the partition, NaN where there is no cell.
    pub(crate) by_slot: &'a [f64],
    /// Slots with a cell that has not been rolled up yet.
    pub(crate) touched: &'a [u32],
}

impl<'a> Sources<'a> {
    /// Everything is still to be read.
    pub(crate) fn of(view: &'a View) -> Self {
        Self { view, decoded: None }
    }

    /// What has been decoded, if `open` is a part of it.
    pub(crate) fn decoded(&self, open: &OpenSegment) -> Option<&Decoded<'a>> {
        let is_in = |decoded: &&Decoded<'_>| {
            decoded.segments.iter().any(|segment| segment.entry.number == open.entry.number)
        };
        self.decoded.as_ref().filter(is_in)
    }
}
