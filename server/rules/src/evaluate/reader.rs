//! The store as an evaluation sees it: as of the store's present, without a rule's own results, and with the steps noted
//! that were read.

use std::ops::{ControlFlow, Range};
use std::sync::{Arc, Mutex, PoisonError};

use plumbago_protocol::{Glob, TagExpression};
use plumbago_query::{FetchRequest, FetchedSeries, Node, Reading, Source, SourceError, VisitedSeries};

/// Whether a series is left out.
pub(super) type LeftOut<'a> = &'a (dyn Fn(&str) -> bool + Send + Sync);

pub(super) struct Reader<'a> {
    source: &'a dyn Source,
    now_secs: i64,
    left_out: Option<LeftOut<'a>>,
    steps_secs: Arc<Mutex<Vec<i64>>>,
}

impl<'a> Reader<'a> {
    /// Archives are chosen as of `now_secs`, whatever T an expression takes for the present.
    pub(super) fn new(source: &'a dyn Source, now_secs: i64, left_out: Option<LeftOut<'a>>) -> Reader<'a> {
        Reader { source, now_secs, left_out, steps_secs: Arc::default() }
    }

    /// The steps of all series that were read, each once.
    pub(super) fn steps_secs(&self) -> Vec<i64> {
        self.steps_secs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn request(&self, request: &FetchRequest) -> FetchRequest {
        FetchRequest { now: request.now.max(self.now_secs), ..request.clone() }
    }
}

/// What was selected, its steps noted as it is read.
struct Noted {
    reading: Box<dyn Reading>,
    steps_secs: Arc<Mutex<Vec<i64>>>,
}

impl Noted {
    fn note(&self, steps: &[i64]) {
        let mut known = self.steps_secs.lock().unwrap_or_else(PoisonError::into_inner);
        steps.iter().for_each(|step| see(&mut known, *step));
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
        self.note(&steps_of(&series));
        Ok(series)
    }

    fn visit(
        &self,
        range: Range<usize>,
        visit: &mut dyn FnMut(VisitedSeries<'_>) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        let mut seen = Vec::new();
        let result = self.reading.visit(range, &mut |series| {
            see(&mut seen, series.step);
            visit(series)
        });
        self.note(&seen);
        result
    }
}

fn steps_of(series: &[FetchedSeries]) -> Vec<i64> {
    let mut seen = Vec::new();
    series.iter().for_each(|one| see(&mut seen, one.step));
    seen
}

/// Adds a step to those seen, each once; the one seen last is looked at first.
fn see(seen: &mut Vec<i64>, step: i64) {
    if seen.last() != Some(&step) && !seen.contains(&step) {
        seen.push(step);
    }
}

impl Source for Reader<'_> {
    fn find(&self, pattern: &Glob) -> Result<Vec<Node>, SourceError> {
        self.source.find(pattern)
    }

    fn select(&self, request: &FetchRequest) -> Result<Box<dyn Reading>, SourceError> {
        let reading = self.source.select(&self.request(request))?;
        let noted = Noted { reading, steps_secs: Arc::clone(&self.steps_secs) };
        let Some(is_left_out) = self.left_out else { return Ok(Box::new(noted)) };
        // Who is left out is known by name: what is left is read now, and held.
        let mut series = noted.reading.fetch(0..noted.reading.series_count())?;
        series.retain(|one| !is_left_out(&one.name));
        noted.note(&steps_of(&series));
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
