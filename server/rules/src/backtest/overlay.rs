//! A store with what a backtest derives laid over it.
//!
//! Invariant: series that the tested rules make are those of this run only: what the store holds under such names, from
//! an earlier version of the rules perhaps, is not seen.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::sync::{Arc, Mutex, PoisonError};

use plumbago_protocol::{Aggregation, Glob, TagExpression};
use plumbago_query::{
    ArchiveFacts, FetchRequest, FetchedSeries, Node, Reading, Selection, Source, SourceError, VisitedSeries,
};

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
    spans: Arc<Mutex<Spans>>,
}

struct Derived {
    class: DerivedClass,
    values: BTreeMap<i64, f64>,
}

impl<'a> Overlay<'a> {
    pub(super) fn new(source: &'a dyn Source, makers: &'a [Compiled], class_of: ClassOf<'a>) -> Overlay<'a> {
        Overlay { source, class_of, makers, derived: BTreeMap::new(), spans: Arc::default() }
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

/// What was selected, with what it was read from noted.
struct Noted {
    reading: Box<dyn Reading>,
    range: (i64, i64),
    spans: Arc<Mutex<Spans>>,
}

impl Noted {
    fn note(&self, seen: &[(i64, Option<Arc<ArchiveFacts>>)]) {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        for (step, facts) in seen {
            spans.note(*step, facts.as_ref(), self.range.0, self.range.1);
        }
    }
}

impl Reading for Noted {
    fn series_count(&self) -> usize {
        self.reading.series_count()
    }

    fn points(&self) -> usize {
        self.reading.points()
    }

    fn fetch(&self, range: Range<usize>) -> Result<Vec<FetchedSeries>, SourceError> {
        let series = self.reading.fetch(range)?;
        let mut seen = Vec::new();
        for one in &series {
            let found = (one.step, one.facts.clone());
            if seen.last() != Some(&found) && !seen.contains(&found) {
                seen.push(found);
            }
        }
        self.note(&seen);
        Ok(series)
    }

    fn visit(
        &self,
        range: Range<usize>,
        visit: &mut dyn FnMut(VisitedSeries<'_>) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        let mut seen: Vec<(i64, Option<Arc<ArchiveFacts>>)> = Vec::new();
        self.reading.visit(range, &mut |series| {
            if seen.last().is_none_or(|(step, _)| *step != series.step) {
                seen.push((series.step, None));
            }
            visit(series)
        })?;
        self.note(&seen);
        Ok(())
    }
}

impl Source for Overlay<'_> {
    fn find(&self, pattern: &Glob) -> Result<Vec<Node>, SourceError> {
        self.source.find(pattern)
    }

    fn select(&self, request: &FetchRequest) -> Result<Box<dyn Reading>, SourceError> {
        let reading = self.source.select(request)?;
        let range = (request.from.saturating_add(1), request.until.saturating_add(1));
        let noted = Noted { reading, range, spans: Arc::clone(&self.spans) };
        if self.makers.is_empty() {
            return Ok(Box::new(noted));
        }
        let mut series = noted.fetch(0..noted.series_count())?;
        series.retain(|one| !self.is_replaced(&one.name));
        series.extend(self.matching(&request.selection).map(|(name, derived)| read(name, derived, request)));
        series.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Box::new(series))
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

    fn visit_events(
        &self,
        tags: Option<&[String]>,
        from: i64,
        until: i64,
        visit: &mut dyn FnMut(i64),
    ) -> Result<(), SourceError> {
        self.source.visit_events(tags, from, until, visit)
    }
}
