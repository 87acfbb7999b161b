//! The store as an evaluation sees it: as of the store's present, without a rule's own results, and with the steps noted
//! that were read.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use plumbago_protocol::{Glob, TagExpression};
use plumbago_query::{FetchRequest, FetchedSeries, Node, Source, SourceError, VisitedSeries};

/// Whether a series is left out.
pub(super) type LeftOut<'a> = &'a (dyn Fn(&str) -> bool + Send + Sync);

pub(super) struct Reader<'a> {
    source: &'a dyn Source,
    now_secs: i64,
    left_out: Option<LeftOut<'a>>,
    steps_secs: Mutex<Vec<i64>>,
}

impl<'a> Reader<'a> {
    /// Archives are chosen as of `now_secs`, whatever T an expression takes for the present.
    pub(super) fn new(source: &'a dyn Source, now_secs: i64, left_out: Option<LeftOut<'a>>) -> Reader<'a> {
        Reader { source, now_secs, left_out, steps_secs: Mutex::default() }
    }

    /// The steps of all series that were read, each once.
    pub(super) fn steps_secs(&self) -> Vec<i64> {
        self.steps_secs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, steps: &[i64]) {
        let mut known = self.steps_secs.lock().unwrap_or_else(PoisonError::into_inner);
        for step in steps {
            if !known.contains(step) {
                known.push(*step);
            }
        }
    }

    fn request(&self, request: &FetchRequest) -> FetchRequest {
        FetchRequest { now: request.now.max(self.now_secs), ..request.clone() }
    }

    fn is_left_out(&self, name: &str) -> bool {
        self.left_out.is_some_and(|left_out| left_out(name))
    }
}

/// Adds a step to those seen, unless it is the one seen last.
fn see(seen: &mut Vec<i64>, step: i64) {
    if seen.last() != Some(&step) && !seen.contains(&step) {
        seen.push(step);
    }
}

impl Source for Reader<'_> {
    fn find(&self, pattern: &Glob) -> Result<Vec<Node>, SourceError> {
        self.source.find(pattern)
    }

    fn fetch(&self, request: &FetchRequest) -> Result<Vec<FetchedSeries>, SourceError> {
        let mut series = self.source.fetch(&self.request(request))?;
        if self.left_out.is_some() {
            series.retain(|one| !self.is_left_out(&one.name));
        }
        let mut seen = Vec::new();
        series.iter().for_each(|one| see(&mut seen, one.step));
        self.note(&seen);
        Ok(series)
    }

    fn visit(
        &self,
        request: &FetchRequest,
        visit: &mut dyn FnMut(VisitedSeries<'_>) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        let mut seen = Vec::new();
        let result = self.source.visit(&self.request(request), &mut |series| {
            if self.is_left_out(series.name) {
                return ControlFlow::Continue(());
            }
            see(&mut seen, series.step);
            visit(series)
        });
        self.note(&seen);
        result
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
