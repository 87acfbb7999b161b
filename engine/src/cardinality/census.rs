//! Owns the answer to who owns the series: by prefix, how many there are, how many points a second they take, how
//! fast new ones come.
//!
//! Invariant: asked for rarely, it is computed then; writers wait for no more than a slice of the names at a time.

use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::admission::{CardinalityLimits, RuleStatus};
use super::prefix::{is_below, prefix_of};
use crate::class::ClassId;
use crate::engine::Engine;
use crate::hot::HotWindow;

/// Names looked at under one lock.
const SLICE: u32 = 16_384;

/// What to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CensusQuery {
    /// Nodes of a prefix.
    pub depth: usize,
    /// Only series below this prefix; all below the empty one.
    pub below: String,
    /// Prefixes of each kind, at most.
    pub top: usize,
}

/// What one prefix owns. A series with fewer nodes than asked for is a prefix by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct PrefixUse {
    /// The first nodes of the series' paths.
    pub prefix: String,
    /// Series that exist.
    pub series: u64,
    /// Cells stored a second, on average over `Census::points_secs`; `None` while that is 0.
    pub points_per_sec: Option<f64>,
    /// Series created a second, on average over `Census::new_series_secs`; `None` while that is 0.
    pub new_series_per_sec: Option<f64>,
}

/// Who owns the series.
#[derive(Debug, Clone, PartialEq)]
pub struct Census {
    /// Series that exist, below the prefix asked for.
    pub series: u64,
    /// Seconds over which points were counted: since the window before the present one was opened, so that it is
    /// 0 only right after a start.
    pub points_secs: i64,
    /// Seconds over which new series were counted.
    pub new_series_secs: i64,
    /// The prefixes that own most series, most first.
    pub most_series: Vec<PrefixUse>,
    /// Those that take most points a second.
    pub most_points: Vec<PrefixUse>,
    /// Those in which most series are new.
    pub most_new_series: Vec<PrefixUse>,
}

/// What is summed for a prefix.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    series: u64,
    cells: u64,
    new: u64,
}

impl Engine {
    /// Who owns the series, as of `now`.
    pub fn census(&self, query: &CensusQuery, now: i64) -> Census {
        let now = self.shared.steady(now);
        let cardinality = &self.shared.cardinality;
        let (cells, points_secs) = self.recent_cells(now);
        let new_series_secs = cardinality.creations.secs(now);
        let first_new = cardinality.creations.first_new(now).unwrap_or(u32::MAX);
        let tallies = self.tallies(query, &cells, first_new);
        let rate = |count: u64, secs: i64| (secs > 0).then(|| count as f64 / secs as f64);
        let most = |of: fn(&Tally) -> u64| {
            let mut order: Vec<(&String, &Tally)> =
                tallies.iter().filter(|(_, tally)| of(tally) > 0).collect();
            order.sort_unstable_by(|(a, left), (b, right)| of(right).cmp(&of(left)).then_with(|| a.cmp(b)));
            let shown = |(prefix, tally): (&String, &Tally)| PrefixUse {
                prefix: prefix.to_string(),
                series: tally.series,
                points_per_sec: rate(tally.cells, points_secs),
                new_series_per_sec: rate(tally.new, new_series_secs),
            };
            order.into_iter().take(query.top).map(shown).collect()
        };
        Census {
            series: tallies.values().map(|tally| tally.series).sum(),
            points_secs,
            new_series_secs,
            most_series: most(|tally| tally.series),
            most_points: most(|tally| tally.cells),
            most_new_series: most(|tally| tally.new),
        }
    }

    /// How every rule on the number of series stands.
    pub fn cardinality_rules(&self) -> Vec<RuleStatus> {
        self.shared.cardinality.admission().status()
    }

    /// Puts other limits on new series in the place of those there are. Series that exist count under them at once; what a
    /// rule has refused so far stays with the rule of that name.
    pub fn set_cardinality_limits(&self, limits: CardinalityLimits, now: i64) {
        let catalog = self.shared.catalog.read();
        self.shared.cardinality.set_limits(limits, &catalog.registry, self.shared.steady(now));
    }

    fn tallies(
        &self,
        query: &CensusQuery,
        cells: &[u32],
        first_new: u32,
    ) -> HashMap<String, Tally, RandomState> {
        let mut tallies: HashMap<String, Tally, RandomState> = HashMap::default();
        let mut start = 0;
        loop {
            let catalog = self.shared.catalog.read();
            let end = catalog.registry.id_end().min(start + SLICE);
            for id in start..end {
                let Some(name) = catalog.registry.name(id).filter(|name| is_below(name, &query.below)) else {
                    continue;
                };
                let tally = tallies.entry_ref(prefix_of(name, query.depth)).or_default();
                tally.series += 1;
                tally.cells += u64::from(cells.get(id as usize).copied().unwrap_or(0));
                tally.new += u64::from(id >= first_new);
            }
            if end == catalog.registry.id_end() {
                return tallies;
            }
            start = end;
        }
    }

    /// Cells by series in the last window that was flushed and in those after it, and over how many seconds they came.
    fn recent_cells(&self, now: i64) -> (Vec<u32>, i64) {
        let view = self.shared.view();
        // Of a window that was replayed nobody knows how long it took.
        let known = |opened_at: i64| opened_at != i64::MIN;
        let flushed = self.shared.cardinality.flushed().filter(|cells| known(cells.opened_at()));
        let flushed_at = flushed.as_ref().map_or(i64::MIN, |cells| cells.opened_at());
        let mut cells = flushed.map_or(Vec::new(), |flushed| flushed.cells().to_vec());
        let mut since = known(flushed_at).then_some(flushed_at);
        // A window may have been flushed since the view was taken.
        for window in view.windows().filter(|window| window.opened_at() > flushed_at) {
            self.add_cells(window, &mut cells);
            since = since.or(Some(window.opened_at()));
        }
        (cells, since.map_or(0, |since| now.saturating_sub(since).max(0)))
    }

    fn add_cells(&self, window: &HotWindow, cells: &mut Vec<u32>) {
        let chunks = window.chunks();
        for group in chunks.chunk_by(|(a, _), (b, _)| a.class == b.class) {
            let Some((key, _)) = group.first() else { continue };
            let columns = self.columns(key.class);
            let end = columns.iter().map(|(_, id)| *id as usize + 1).max().unwrap_or(0);
            if cells.len() < end {
                cells.resize(end, 0);
            }
            for (_, chunk) in group {
                for (column, id) in columns.iter().filter(|(column, _)| chunk.may_hold(*column)) {
                    let mut count = 0;
                    chunk.for_each(*column, |_, _| count += 1);
                    cells[*id as usize] = cells[*id as usize].saturating_add(count);
                }
            }
        }
    }

    /// The columns of `class` that live series have, and those series.
    fn columns(&self, class: ClassId) -> Arc<[(usize, u32)]> {
        let catalog = self.shared.catalog.read();
        let columns = catalog.columns(class).iter().enumerate().filter(|(column, id)| {
            catalog.place(**id).is_some_and(|place| (place.class, place.column as usize) == (class, *column))
        });
        columns.map(|(column, id)| (column, *id)).collect()
    }
}
