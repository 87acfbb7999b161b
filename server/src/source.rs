//! The store as queries see it: `query::Source` over the engine.
//!
//! Names and shapes are translated, nothing is computed: which archive answers and how it aligns is the engine's
//! affair, what is done with the columns the query's.

use crate::events::{EventStore, GraphiteQuery, TagSet};
use crate::tally::Tally;
use plumbago_engine::{Archive, Engine, Error, FetchQuery, FetchedColumn, Selector, VisitedColumn};
use plumbago_protocol::{Glob, TagExpression, limits};
use plumbago_query::{
    ArchiveFacts, FetchRequest, FetchedSeries, Node, Reading, Selection, Shape, Source, SourceError,
    VisitedSeries,
};
use std::fmt::Write;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

/// An engine that can be queried.
#[derive(Clone, Copy)]
pub(crate) struct EngineSource<'a> {
    engine: &'a Engine,
    events: Option<&'a EventStore>,
    tally: Option<&'a Arc<Tally>>,
}

impl<'a> EngineSource<'a> {
    /// Queries go to `engine`.
    pub(crate) fn new(engine: &'a Engine) -> EngineSource<'a> {
        EngineSource { engine, events: None, tally: None }
    }

    /// Its functions see these events, too.
    pub(crate) fn with_events(self, events: &'a EventStore) -> EngineSource<'a> {
        EngineSource { events: Some(events), ..self }
    }

    /// What is read is added to this tally.
    pub(crate) fn with_tally(self, tally: &'a Arc<Tally>) -> EngineSource<'a> {
        EngineSource { tally: Some(tally), ..self }
    }
}

impl Source for EngineSource<'_> {
    fn find(&self, pattern: &Glob) -> Result<Vec<Node>, SourceError> {
        let found = self.engine.find(pattern, limits::QUERY_SERIES_MAX);
        if found.is_truncated {
            let message = format!("{} matches more than {} nodes", pattern.text(), limits::QUERY_SERIES_MAX);
            return Err(SourceError::OverLimit(message));
        }
        let node = |node: plumbago_engine::Node| Node {
            path: node.path,
            is_leaf: node.id.is_some(),
            is_branch: node.is_branch,
        };
        Ok(found.nodes.into_iter().map(node).collect())
    }

    fn select(&self, request: &FetchRequest) -> Result<Box<dyn Reading>, SourceError> {
        let reading = self.engine.reading(&query_of(request)).map_err(source_error)?;
        Ok(Box::new(EngineReading { reading, tally: self.tally.cloned().unwrap_or_default() }))
    }

    fn tags(&self, expressions: &[TagExpression]) -> Result<Vec<Arc<str>>, SourceError> {
        let tags = self.engine.tags("", expressions, limits::QUERY_SERIES_MAX).map_err(source_error)?;
        Ok(tags.into_iter().map(Arc::from).collect())
    }

    fn tag_values(
        &self,
        tag: &str,
        expressions: &[TagExpression],
    ) -> Result<Vec<(Arc<str>, usize)>, SourceError> {
        let values =
            self.engine.tag_values(tag, "", expressions, limits::QUERY_SERIES_MAX).map_err(source_error)?;
        let count = |found: plumbago_engine::TagValue| {
            (Arc::from(found.value), usize::try_from(found.series_count).unwrap_or(usize::MAX))
        };
        Ok(values.into_iter().map(count).collect())
    }

    fn series_by_tag(&self, expressions: &[TagExpression]) -> Result<Vec<Arc<str>>, SourceError> {
        self.engine.series_by_tag(expressions, limits::QUERY_SERIES_MAX).map_err(source_error)
    }

    fn visit_events(
        &self,
        tags: Option<&[String]>,
        from: i64,
        until: i64,
        visit: &mut dyn FnMut(i64),
    ) -> Result<(), SourceError> {
        let Some(events) = self.events else {
            return Ok(());
        };
        let query = GraphiteQuery {
            from_ms: from.saturating_mul(1000),
            until_ms: until.saturating_mul(1000),
            tags: tags.map(<[String]>::to_vec),
            set: TagSet::All,
        };
        let in_seconds = &mut |start_ms: i64| visit(start_ms.div_euclid(1000));
        Ok(events.visit_starts(&query, in_seconds)?)
    }
}

/// What the engine has selected, to be read.
struct EngineReading {
    reading: plumbago_engine::Reading,
    tally: Arc<Tally>,
}

impl Reading for EngineReading {
    fn series_count(&self) -> usize {
        self.reading.series_count()
    }

    fn points(&self) -> usize {
        usize::try_from(self.reading.points()).unwrap_or(usize::MAX)
    }

    fn shape(&self) -> Option<Shape> {
        let ((first_start, end, first_step), coarsest_step) = self.reading.times()?;
        let first_count = usize::try_from((end - first_start).div_euclid(first_step.max(1))).unwrap_or(0);
        Some(Shape { first_start, first_step, first_count, coarsest_step })
    }

    fn fetch(&self, range: Range<usize>) -> Result<Vec<FetchedSeries>, SourceError> {
        let columns = self.reading.fetch(range).map_err(source_error)?;
        self.tally.add(columns.len(), columns.iter().map(|column| column.values.len()).sum());
        let mut facts = FactsCache::default();
        Ok(columns.into_iter().map(|column| facts.series(column)).collect())
    }

    fn visit(
        &self,
        range: Range<usize>,
        visit: &mut dyn FnMut(VisitedSeries<'_>) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        // Threads that share a reading share its tally: it is told of many series at once.
        let (mut series, mut points) = (0, 0);
        let shown = |column: VisitedColumn<'_>| {
            let VisitedColumn { name, start, step, values } = column;
            series += 1;
            points += values.len();
            visit(VisitedSeries { name, start, step, values })
        };
        let read = self.reading.visit(range, shown);
        self.tally.add(series, points);
        read.map_err(source_error)
    }
}

fn query_of(request: &FetchRequest) -> FetchQuery {
    let selector = match &request.selection {
        Selection::Pattern(glob) => Selector::Glob(glob.clone()),
        Selection::Tags(expressions) => Selector::Tags(expressions.clone()),
    };
    FetchQuery {
        selector,
        from: request.from,
        until: request.until,
        now: request.now,
        series_max: request.series_max,
        // How many points are too many is decided by who knows all reads of a request.
        points_max: usize::MAX,
    }
}

/// The facts of the last column, shared by those that follow with the same archives.
#[derive(Default)]
struct FactsCache {
    last: Option<(Vec<Archive>, Arc<ArchiveFacts>)>,
}

impl FactsCache {
    fn series(&mut self, column: FetchedColumn) -> FetchedSeries {
        let facts = self.facts(&column);
        FetchedSeries {
            name: column.name,
            start: column.start,
            step: column.step,
            values: column.values,
            aggregation: column.aggregation,
            x_files_factor: column.x_files_factor,
            facts: Some(facts),
        }
    }

    fn facts(&mut self, column: &FetchedColumn) -> Arc<ArchiveFacts> {
        if let Some((archives, facts)) = &self.last
            && *archives == column.archives
            && facts.archive == column.archive
            && facts.aggregation == column.aggregation
        {
            return facts.clone();
        }
        let retentions: Arc<str> = Arc::from(retentions_text(&column.archives));
        let facts = Arc::new(ArchiveFacts {
            schema: retentions.clone(),
            retentions,
            archive: column.archive,
            step: column.step,
            aggregation: column.aggregation,
        });
        self.last = Some((column.archives.clone(), facts.clone()));
        facts
    }
}

/// `10s:86400s,60s:2592000s`: every archive's step and retention in seconds.
fn retentions_text(archives: &[Archive]) -> String {
    let mut text = String::new();
    for archive in archives {
        let comma = if text.is_empty() { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(text, "{comma}{}s:{}s", archive.step_secs, archive.retention_secs);
    }
    text
}

/// The caller's mistakes stay the caller's.
fn source_error(error: Error) -> SourceError {
    match error {
        Error::Caller(message) => SourceError::BadRequest(message),
        Error::OverLimit(message) => SourceError::OverLimit(message),
        Error::TooManySeries { series, points, .. } => {
            SourceError::TooManySeries { series, points: usize::try_from(points).unwrap_or(usize::MAX) }
        }
        fault => SourceError::Fault(Box::new(fault)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retentions_are_written_in_seconds() {
        let archive = |step_secs, retention_secs| Archive { step_secs, retention_secs };
        assert_eq!(
            retentions_text(&[archive(10, 86_400), archive(60, 2_592_000)]),
            "10s:86400s,60s:2592000s"
        );
    }
}
