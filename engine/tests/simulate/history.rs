//! What a workload did, and what the store must hold at each moment of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::reference::Series;
use super::rules::Table;

/// Every series and what it holds.
pub(crate) type Model = Arc<BTreeMap<String, Series>>;

/// A point as it was sent.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) timestamp: i64,
}

/// How things stand after a call.
#[derive(Clone)]
pub(crate) struct Moment {
    /// Operations of the disk so far.
    pub(crate) operations: u64,
    /// The call that led here.
    pub(crate) call: String,
    pub(crate) now: i64,
    pub(crate) rules: Arc<Table>,
    /// Everything that was counted.
    pub(crate) model: Model,
    /// What it was at the last sync: a loss of power must leave this.
    pub(crate) durable: Model,
    /// Points counted since then: a loss of power may leave any of them.
    pub(crate) since: Vec<Point>,
}

/// All moments of a workload, in order; the first one is before its first call.
pub(crate) type History = Vec<Moment>;

/// The moments before and after the call that an operation belongs to.
pub(crate) fn around(history: &History, operation: u64) -> Option<(&Moment, &Moment)> {
    let after = history.iter().position(|moment| moment.operations > operation)?;
    Some((&history[after.checked_sub(1)?], &history[after]))
}
