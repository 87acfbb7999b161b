//! How many bytes the columns of a request take, and the refusal to take more.
//!
//! Invariant: what is charged to the budget stays charged: columns that were read, and of each target the most that its
//! functions had at one time besides those. So a request is refused or not, whatever the order in which its targets run.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::QueryError;
use crate::series::Series;

/// About what a series takes besides its values: its name, its tags, and the place of both.
const SERIES_BYTES: usize = 256;

/// The bytes of so many series with so many values in all.
pub(super) fn column_bytes(series: usize, points: usize) -> usize {
    let values = points.saturating_mul(size_of::<f64>());
    series.saturating_mul(SERIES_BYTES).saturating_add(values)
}

/// The bytes of some series.
pub(super) fn bytes_of<'s>(series: impl Iterator<Item = &'s Series>) -> usize {
    series.fold(0, |sum, one| sum.saturating_add(column_bytes(1, one.values.len())))
}

/// What a request may take.
pub(super) struct Budget {
    bytes_max: usize,
    charged: AtomicUsize,
}

impl Budget {
    pub(super) fn new(bytes_max: usize) -> Budget {
        Budget { bytes_max, charged: AtomicUsize::new(0) }
    }

    /// Counts `bytes` more.
    ///
    /// # Errors
    /// They are more than what is left.
    pub(super) fn charge(&self, bytes: usize) -> Result<(), QueryError> {
        let before = self.charged.fetch_add(bytes, Ordering::Relaxed);
        let wanted = before.saturating_add(bytes);
        if wanted <= self.bytes_max {
            return Ok(());
        }
        // Even after billions of refusals within one request there is no way round.
        self.charged.store(self.bytes_max.saturating_add(1), Ordering::Relaxed);
        Err(QueryError::over_limit(format!(
            "the request needs about {} of memory for its columns (limit {})",
            shown(wanted),
            shown(self.bytes_max)
        )))
    }
}

/// A number of bytes for people.
pub(super) fn shown(bytes: usize) -> String {
    match bytes {
        0..0x10_0000 => format!("{} KiB", bytes.div_ceil(1 << 10)),
        _ => format!("{} MiB", bytes.div_ceil(1 << 20)),
    }
}

/// What one target has of it.
pub(super) struct Held<'a> {
    budget: &'a Budget,
    /// Bytes of the columns that there are now.
    live: usize,
    /// As many live bytes have been charged, by this target or when they were read.
    covered: usize,
}

impl<'a> Held<'a> {
    pub(super) fn new(budget: &'a Budget) -> Held<'a> {
        Held { budget, live: 0, covered: 0 }
    }

    /// Bytes of the columns that there are now.
    pub(super) fn live(&self) -> usize {
        self.live
    }

    /// Takes over columns that were charged when they were read.
    pub(super) fn take_over(&mut self, bytes: usize) {
        self.live = self.live.saturating_add(bytes);
        self.covered = self.covered.saturating_add(bytes);
    }

    /// Counts columns that there are from now on.
    pub(super) fn add(&mut self, bytes: usize) -> Result<(), QueryError> {
        self.reserve(bytes)?;
        self.live = self.live.saturating_add(bytes);
        Ok(())
    }

    /// Makes sure that columns of `bytes` may be made.
    pub(super) fn reserve(&mut self, bytes: usize) -> Result<(), QueryError> {
        let wanted = self.live.saturating_add(bytes);
        if wanted > self.covered {
            self.budget.charge(wanted - self.covered)?;
            self.covered = wanted;
        }
        Ok(())
    }

    /// All columns but the first `live` bytes of them are gone.
    pub(super) fn drop_to(&mut self, live: usize) {
        self.live = live;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_pays_for_the_most_that_it_had_at_once() {
        let budget = Budget::new(100);
        let mut held = Held::new(&budget);
        held.take_over(40);
        held.add(60).unwrap();
        held.drop_to(0);
        // What was paid for can be used again.
        held.add(100).unwrap();
        let mut other = Held::new(&budget);
        other.add(40).unwrap();
        assert!(other.add(1).is_err());
        assert!(Held::new(&budget).reserve(1).is_err(), "a request over its limit stays over it");
    }
}
