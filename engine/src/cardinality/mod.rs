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

use parking_lot::{Mutex, RwLock};

pub use admission::{CardinalityLimits, CardinalityRule, RuleStatus};
pub use census::{Census, CensusQuery, PrefixUse};
pub use prefix::PrefixPattern;

use crate::registry::Registry;
use admission::{Admission, NotAdmitted};
use creations::Creations;
pub(crate) use flushed::FlushedCells;

/// What an open engine knows of its series' numbers.
pub(crate) struct Cardinality {
    admission: RwLock<Arc<Admission>>,
    pub(crate) creations: Creations,
    flushed: Mutex<Option<Arc<FlushedCells>>>,
}

/// A place for one more series: taken until it is dropped, and for good once it is kept.
pub(crate) struct Reservation<'a> {
    cardinality: &'a Cardinality,
    /// The limits that have admitted it.
    admission: Arc<Admission>,
    name: &'a str,
    now: i64,
    is_kept: bool,
}

impl Cardinality {
    /// Counts the series of `registry` under `limits`; without rules nothing is looked at.
    pub(crate) fn new(limits: CardinalityLimits, registry: &Registry, now: i64) -> Self {
        let admission = Admission::new(limits);
        count_all(&admission, registry, now);
        let admission = RwLock::new(Arc::new(admission));
        Self { admission, creations: Creations::new(now), flushed: Mutex::default() }
    }

    /// A place for the new series `name`, or which limit refuses it.
    pub(crate) fn reserve<'a>(&'a self, name: &'a str, now: i64) -> Result<Reservation<'a>, NotAdmitted> {
        let admission = self.admission();
        admission.take_place(name, now)?;
        Ok(Reservation { cardinality: self, admission, name, now, is_kept: false })
    }

    /// The limits of the moment, and what they count. To count in them, hold the catalog.
    pub(crate) fn admission(&self) -> Arc<Admission> {
        self.admission.read().clone()
    }

    /// Puts `limits` in the place of those there are, and counts the series of `registry` under them. The caller holds the
    /// catalog, so that no series comes or goes meanwhile.
    pub(crate) fn set_limits(&self, limits: CardinalityLimits, registry: &Registry, now: i64) {
        let current = self.admission();
        if *current.limits() == limits {
            return;
        }
        let next = current.with_limits(limits);
        count_all(&next, registry, now);
        next.drop_empty();
        *self.admission.write() = Arc::new(next);
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
    /// The series was created, as `id`. The caller holds the catalog.
    pub(crate) fn keep(mut self, id: u32) {
        self.is_kept = true;
        let current = self.cardinality.admission();
        if !Arc::ptr_eq(&current, &self.admission) {
            // Other limits came meanwhile, which have not heard of it yet.
            current.count(self.name, self.now);
        }
        self.cardinality.creations.note(self.now, id);
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            self.admission.give_back(self.name);
        }
    }
}

/// Counts every series there is; without rules nothing is looked at.
fn count_all(admission: &Admission, registry: &Registry, now: i64) {
    if admission.has_rules() {
        let names = registry.ids().filter_map(|id| registry.name(id));
        names.for_each(|name| admission.count(name, now));
    }
}
