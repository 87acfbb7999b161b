//! Owns how many series there may be, and who owns those there are.
//!
//! Invariant: a series that exists is never refused, and nothing here costs anything on the way of a point to it: the
//! limits are asked when a series is created, cells are counted when a window is flushed, and the rest is computed
//! when somebody asks. Series are counted anew at every start; nothing is stored.

mod admission;
mod census;
mod creations;
mod flushed;
mod prefix;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use parking_lot::Mutex;

pub use admission::{CardinalityLimits, CardinalityRule, RuleStatus};
pub use census::{Census, CensusQuery, PrefixUse};
pub use prefix::PrefixPattern;

use crate::registry::Registry;
use admission::{Admission, NotAdmitted};
use creations::Creations;
pub(crate) use flushed::FlushedCells;

/// What an open engine knows of its series' numbers.
pub(crate) struct Cardinality {
    pub(crate) admission: Admission,
    pub(crate) creations: Creations,
    flushed: Mutex<Option<Arc<FlushedCells>>>,
}

/// A place for one more series: taken until it is dropped, and for good once it is kept.
pub(crate) struct Reservation<'a> {
    cardinality: &'a Cardinality,
    name: &'a str,
    now: i64,
    is_kept: bool,
}

impl Cardinality {
    /// Counts the series of `registry` under `limits`; without rules nothing is looked at.
    pub(crate) fn new(limits: CardinalityLimits, registry: &Registry, now: i64) -> Self {
        let admission = Admission::new(limits);
        if admission.has_rules() {
            let names = registry.ids().filter_map(|id| registry.name(id));
            names.for_each(|name| admission.count(name, now));
        }
        Self { admission, creations: Creations::new(now), flushed: Mutex::default() }
    }

    /// A place for the new series `name`, or which limit refuses it.
    pub(crate) fn reserve<'a>(&'a self, name: &'a str, now: i64) -> Result<Reservation<'a>, NotAdmitted> {
        self.admission.take_place(name, now)?;
        Ok(Reservation { cardinality: self, name, now, is_kept: false })
    }

    /// Counts a point as refused: its series was not admitted, and nobody else has created it.
    pub(crate) fn count_refused(&self, refused: &NotAdmitted) {
        self.admission.count_refused(refused);
    }

    /// What the last flush wrote.
    pub(crate) fn flushed(&self) -> Option<Arc<FlushedCells>> {
        self.flushed.lock().clone()
    }

    /// Keeps what a flush wrote.
    pub(crate) fn set_flushed(&self, cells: FlushedCells) {
        *self.flushed.lock() = Some(Arc::new(cells));
    }
}

impl Reservation<'_> {
    /// The series was created, as `id`.
    pub(crate) fn keep(mut self, id: u32) {
        self.is_kept = true;
        self.cardinality.creations.note(self.now, id);
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            self.cardinality.admission.give_back(self.name);
        }
    }
}
