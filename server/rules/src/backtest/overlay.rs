//! A store with what a backtest derives laid over it.
//!
//! Invariant: series that the tested rules make are those of this run only: what the store holds under such names, from
//! an earlier version of the rules perhaps, is not seen.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use plumbago_protocol::{Aggregation, Glob, TagExpression};
use plumbago_query::{FetchRequest, FetchedSeries, Node, Selection, Source, SourceError, VisitedSeries};

use super::Spans;
use crate::DerivedPoint;
use crate::compiled::Compiled;
use crate::dependency::selects;

/// How the store would keep a derived series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DerivedClass {
    /// The finest step in seconds.
    pub step_secs: i64,
    /// The method that it is rolled up with.
    pub aggregation: Aggregation,
    /// The share of known values that a rollup needs.
    pub x_files_factor: f32,
}

/// From the name of a derived series to how the store would keep it.
pub type ClassOf<'a> = &'a (dyn Fn(&str) -> DerivedClass + Send + Sync);

pub(super) struct Overlay<'a> {
    source: &'a dyn Source,
    class_of: ClassOf<'a>,
    /// The rules whose series are replaced; none if no rule reads what another one makes.
    makers: &'a [Compiled],
    derived: BTreeMap<Arc<str>, Derived>,
    spans: Mutex<Spans>,
}

struct Derived {
    class: DerivedClass,
    values: BTreeMap<i64, f64>,
}

impl<'a> Overlay<'a> {
    pub(super) fn new(source: &'a dyn Source, makers: &'a [Compiled], class_of: ClassOf<'a>) -> Overlay<'a> {
        Overlay { source, class_of, makers, derived: BTreeMap::new(), spans: Mutex::default() }
    }

    /// Keeps points that other rules may read.
    pub(super) fn store(&mut self, points: &[DerivedPoint]) {
        if self.makers.is_empty() {
            return;
        }
        for point in points {
            let class = || Derived { class: (self.class_of)(&point.name), values: BTreeMap::new() };
            let derived = self.derived.entry(Arc::clone(&point.name)).or_insert_with(class);
            let slot = point.timestamp - point.timestamp.rem_euclid(derived.class.step_secs.max(1));
            derived.values.insert(slot, point.value);
        }
    }

    /// Which steps were read, and over which time.
    pub(super) fn spans(&self) -> Spans {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_replaced(&self, name: &str) -> bool {
        self.makers.iter().any(|rule| rule.makes_series(name))
    }

    fn matching(&self, selection: &Selection) -> impl Iterator<Item = (&Arc<str>, &Derived)> {
        self.derived.iter().filter(move |(name, _)| selects(selection, name))
    }

    fn note(&self, request: &FetchRequest, seen: &[(i64, Option<Arc<plumbago_query::ArchiveFacts>>)]) {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        for (step, facts) in seen {
            spans.note(
                *step,
                facts.as_ref(),
                request.from.saturating_add(1),
                request.until.saturating_add(1),
            );
        }
    }
}

/// A derived series over a range, aligned as every source aligns.
fn read(name: &Arc<str>, derived: &Derived, request: &FetchRequest) -> FetchedSeries {
    let step = derived.class.step_secs.max(1);
    let start = request.from.div_euclid(step).saturating_add(1).saturating_mul(step);
    let last = request.until.min(request.now).div_euclid(step).saturating_mul(step);
    let count = usize::try_from(last.saturating_sub(start).div_euclid(step).saturating_add(1)).unwrap_or(0);
    let mut values = vec![f64::NAN; count.max(1)];
    for (slot, value) in derived.values.range(start..=last.max(start)) {
        let at = usize::try_from((slot - start) / step).ok();
        if let Some(place) = at.and_then(|at| values.get_mut(at)) {
            *place = *value;
        }
    }
    FetchedSeries {
        name: Arc::clone(name),
        start,
        step,
        values,
        aggregation: derived.class.aggregation,
        x_files_factor: derived.class.x_files_factor,
        facts: None,
    }
}

impl Source for Overlay<'_> {
    fn find(&self, pattern: &Glob) -> Result<Vec<Node>, SourceError> {
        self.source.find(pattern)
    }

    fn fetch(&self, request: &FetchRequest) -> Result<Vec<FetchedSeries>, SourceError> {
        let mut series = self.source.fetch(request)?;
        let mut seen = Vec::new();
        for one in &series {
            let found = (one.step, one.facts.clone());
            if seen.last() != Some(&found) && !seen.contains(&found) {
                seen.push(found);
            }
        }
        self.note(request, &seen);
        if !self.makers.is_empty() {
            series.retain(|one| !self.is_replaced(&one.name));
            series.extend(
                self.matching(&request.selection).map(|(name, derived)| read(name, derived, request)),
            );
            series.sort_by(|a, b| a.name.cmp(&b.name));
        }
        Ok(series)
    }

    fn visit(
        &self,
        request: &FetchRequest,
        visit: &mut dyn FnMut(VisitedSeries<'_>) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        if self.makers.is_empty() {
            let mut seen: Vec<(i64, _)> = Vec::new();
            self.source.visit(request, &mut |series| {
                if seen.last().is_none_or(|(step, _)| *step != series.step) {
                    seen.push((series.step, None));
                }
                visit(series)
            })?;
            self.note(request, &seen);
            return Ok(());
        }
        for series in self.fetch(request)? {
            let (name, start, step) = (&series.name, series.start, series.step);
            if visit(VisitedSeries { name, start, step, values: &series.values }).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn tags(&self, expressions: &[TagExpression]) -> Result<Vec<Arc<str>>, SourceError> {
        self.source.tags(expressions)
    }

    fn tag_values(
        &self,
        tag: &str,
        expressions: &[TagExpression],
    ) -> Result<Vec<(Arc<str>, usize)>, SourceError> {
        self.source.tag_values(tag, expressions)
    }

    fn series_by_tag(&self, expressions: &[TagExpression]) -> Result<Vec<Arc<str>>, SourceError> {
        self.source.series_by_tag(expressions)
    }
}
