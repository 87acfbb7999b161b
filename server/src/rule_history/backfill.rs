//! Derived points of the past, into the store.
//!
//! Invariant: whatever is stored was computed from what the store holds now; done again, the same slots get the same
//! values. Events are not made: they would be told of as if they happened now.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use plumbago_engine::Writer;
use plumbago_rules::{Backtest, DerivedPoint, Kind, RuleSet};
use serde::{Deserialize, Serialize};

/// Points that are stored at once.
const BATCH_POINTS: usize = 50_000;

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Backfilled {
    /// Points that were stored.
    pub(crate) points: u64,
    /// Derived series that got any.
    pub(crate) series: u64,
    /// Points that the store refused, by reason.
    pub(crate) refused: BTreeMap<String, u64>,
    /// Rules that could not be evaluated: their names, and why the first time.
    pub(crate) failures: BTreeMap<String, String>,
}

/// Computes the history of `record` rules, in the order in which they read each other, and stores it. `progress` is shown
/// T and the points so far, and may break off: then what is stored stays.
///
/// # Errors
/// Rules that cannot run, or a store that takes nothing; one line.
pub(crate) fn backfill(
    backtest: &Backtest<'_>,
    set: &RuleSet,
    writer: &mut Writer,
    progress: &mut dyn FnMut(i64, u64) -> ControlFlow<()>,
) -> Result<Backfilled, String> {
    let mut filling =
        Filling { writer, now: backtest.now_secs, done: Backfilled::default(), series: HashSet::new() };
    let mut fault = None;
    let report = backtest.run(&records(set), &mut |at_secs, outcome| match filling.store(&outcome.points) {
        Ok(()) => progress(at_secs, filling.done.points),
        Err(error) => {
            fault = Some(error);
            ControlFlow::Break(())
        }
    });
    let report = report.map_err(|error| error.to_string())?;
    match fault {
        Some(error) => {
            filling.writer.discard();
            return Err(error.to_string());
        }
        None => filling.commit().map_err(|error| error.to_string())?,
    }
    let Filling { mut done, series, .. } = filling;
    done.series = series.len() as u64;
    done.failures = report.errors.into_iter().map(|(rule, _, error)| (rule, error.message)).collect();
    Ok(done)
}

/// The rules that make points.
fn records(set: &RuleSet) -> RuleSet {
    let mut set = set.clone();
    set.groups.iter_mut().for_each(|group| group.rules.retain(|rule| matches!(rule.kind, Kind::Record(_))));
    set
}

struct Filling<'w> {
    writer: &'w mut Writer,
    now: i64,
    done: Backfilled,
    series: HashSet<Arc<str>>,
}

impl Filling<'_> {
    fn store(&mut self, points: &[DerivedPoint]) -> Result<(), plumbago_engine::Error> {
        for point in points {
            match self.writer.push(&point.name, point.value, point.timestamp, self.now) {
                Ok(()) => {
                    if !self.series.contains(&point.name) {
                        self.series.insert(Arc::clone(&point.name));
                    }
                }
                Err(refusal) => *self.done.refused.entry(refusal.name().to_owned()).or_default() += 1,
            }
        }
        if self.writer.pending() >= BATCH_POINTS { self.commit() } else { Ok(()) }
    }

    fn commit(&mut self) -> Result<(), plumbago_engine::Error> {
        self.done.points += self.writer.commit()?.points;
        Ok(())
    }
}
