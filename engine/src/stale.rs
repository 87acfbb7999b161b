//! Owns when a series was last seen: the time of its newest cell, wherever that is.
//!
//! Invariant: computed from what is stored, so that it survives a restart and costs nothing on the way of a point. Only
//! the ends of the newest segments are decoded.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::Error;
use crate::catalog::KnownSeries;
use crate::engine::Engine;
use crate::fetch::Selector;
use crate::hot::SLOTS;
use crate::view::{OpenSegment, View};

/// Slots at the end of a segment that are looked at first; then so many times more.
const TAIL_SLOTS: u32 = 64;
const TAIL_GROWTH: u32 = 16;

/// A series that stopped reporting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaleSeries {
    /// Canonical name.
    pub name: Arc<str>,
    /// Timestamp of its newest cell; `None` where nothing of it is stored any more.
    pub last_seen: Option<i64>,
}

/// A slot with a cell; of two at one time the finer one is the newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Newest {
    at: i64,
    step_secs: Reverse<i64>,
}

impl Newest {
    fn new(at: i64, step_secs: i64) -> Self {
        Self { at, step_secs: Reverse(step_secs) }
    }

    /// The moment after which no point of the series came.
    fn end(self) -> i64 {
        self.at.saturating_add(self.step_secs.0)
    }
}

impl Engine {
    /// The series that `selector` selects of which no cell reaches beyond `before`, by name in byte order. Points count
    /// by their timestamps, not by when they came. Series of which nothing is stored are among them, unless they were
    /// created a moment ago.
    pub fn stale(&self, selector: &Selector, before: i64, now: i64) -> Result<Vec<StaleSeries>, Error> {
        let stale = self.find_stale(selector, before, now)?;
        Ok(stale.into_iter().map(|(_, series)| series).collect())
    }

    /// Deletes the series that [`Engine::stale`] finds, and answers them.
    pub fn delete_stale(
        &self,
        selector: &Selector,
        before: i64,
        now: i64,
    ) -> Result<Vec<StaleSeries>, Error> {
        let (ids, stale): (Vec<u32>, _) = self.find_stale(selector, before, now)?.into_iter().unzip();
        self.delete_ids(&ids)?;
        Ok(stale)
    }

    fn find_stale(
        &self,
        selector: &Selector,
        before: i64,
        now: i64,
    ) -> Result<Vec<(u32, StaleSeries)>, Error> {
        // Asked before the view is taken. Of a new series the first point may still be on its way.
        let first_new = self.shared.cardinality.creations.first_new(self.shared.steady(now));
        let first_new = first_new.unwrap_or_else(|| self.shared.catalog.read().registry.id_end());
        let (series, view) = self.select(selector)?;
        let mut newest = vec![None; series.len()];
        look_in_hot_windows(&series, &view, &mut newest);
        look_in_segments(&series, &view, &mut newest)?;
        let is_stale = |id: u32, newest: Option<Newest>| match newest {
            Some(newest) => newest.end() <= before,
            None => id < first_new,
        };
        let pairs = series.into_iter().zip(newest).filter(|(facts, newest)| is_stale(facts.id, *newest));
        let stale = |(facts, newest): (KnownSeries, Option<Newest>)| {
            (facts.id, StaleSeries { name: facts.name, last_seen: newest.map(|newest| newest.at) })
        };
        Ok(pairs.map(stale).collect())
    }
}

fn look_in_hot_windows(series: &[KnownSeries], view: &View, newest: &mut [Option<Newest>]) {
    for (key, chunk) in view.windows().flat_map(|window| window.chunks()) {
        for (facts, newest) in series.iter().zip(newest.iter_mut()) {
            let (place, column) = (facts.place, facts.place.column as usize);
            if place.class != key.class || !chunk.may_hold(column) {
                continue;
            }
            let step_secs = facts.policy.levels[0].step_secs;
            chunk.for_each(column, |slot, _| {
                let at = (key.index * SLOTS as i64 + slot as i64) * step_secs;
                *newest = (*newest).max(Some(Newest::new(at, step_secs)));
            });
        }
    }
}

fn look_in_segments(series: &[KnownSeries], view: &View, newest: &mut [Option<Newest>]) -> Result<(), Error> {
    let last = |open: &OpenSegment| {
        let step_secs = open.entry.step_secs();
        Newest::new(open.entry.end() - step_secs, step_secs)
    };
    let mut segments: Vec<&Arc<OpenSegment>> = view.segments.iter().collect();
    segments.sort_by_key(|open| Reverse(last(open)));
    let mut tail = Vec::new();
    for open in segments {
        let could_be = Some(last(open));
        for (facts, newest) in series.iter().zip(newest.iter_mut()) {
            if *newest < could_be && open.segment.contains(facts.id) {
                let slot = last_slot(open, facts.id, &mut tail)?;
                let at = |slot: u32| open.entry.partition_start + i64::from(slot) * open.entry.step_secs();
                *newest = (*newest).max(slot.map(|slot| Newest::new(at(slot), open.entry.step_secs())));
            }
        }
    }
    Ok(())
}

/// The last slot in which `series` has a cell.
fn last_slot(open: &OpenSegment, series: u32, tail: &mut Vec<f64>) -> Result<Option<u32>, Error> {
    let end = open.entry.last_slot.saturating_add(1);
    let mut wanted = TAIL_SLOTS;
    loop {
        let first = end.saturating_sub(wanted);
        tail.clear();
        tail.resize((end - first) as usize, f64::NAN);
        open.segment.read_into(series, first, tail)?;
        if let Some(found) = tail.iter().rposition(|value| !value.is_nan()) {
            return Ok(Some(first + found as u32));
        }
        if first == 0 {
            return Ok(None);
        }
        wanted = wanted.saturating_mul(TAIL_GROWTH);
    }
}
