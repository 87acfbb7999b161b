//! Which reads a plan needs, as far as that is known before any data is read.
//!
//! Invariant: equal reads of all targets are one; the count says how often its result will be used.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbago_protocol::limits;

use crate::error::QueryError;
use crate::source::Selection;
use crate::times;

use super::{Arguments, Node, PlannedArgument, PlannedCall};

/// One read: an expression over a range.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FetchKey {
    pub(crate) expression: Arc<str>,
    pub(crate) from: i64,
    pub(crate) until: i64,
}

/// What to read, and how often it will be used.
#[derive(Clone, Debug)]
pub(crate) struct Needed {
    pub(crate) selection: Arc<Selection>,
    pub(crate) uses: usize,
    /// Whether some use would rather see the series one by one, or no more of them than their times, than have all.
    pub(crate) streams: bool,
}

impl Needed {
    /// Whether this is read when it is used, not ahead: its only use needs no two series at once.
    pub(crate) fn is_streamed(&self) -> bool {
        self.streams && self.uses == 1
    }
}

/// The reads of a request's targets.
#[derive(Default)]
pub(crate) struct Fetches {
    needed: BTreeMap<FetchKey, Needed>,
    visited: usize,
}

impl Fetches {
    /// Adds all reads of `node` over a range.
    ///
    /// # Errors
    /// Functions that look further back are nested so deeply that the reads multiply beyond the limit.
    pub(crate) fn add(&mut self, node: &Node, from: i64, until: i64) -> Result<(), QueryError> {
        self.add_as(node, from, until, false)
    }

    fn add_as(&mut self, node: &Node, from: i64, until: i64, streams: bool) -> Result<(), QueryError> {
        self.visited += 1;
        if self.visited > limits::QUERY_EVALUATIONS_MAX {
            return Err(QueryError::over_limit(format!(
                "the request needs more than {} evaluations; nest fewer functions that read another range",
                limits::QUERY_EVALUATIONS_MAX
            )));
        }
        match node {
            Node::Fetch(fetch) => {
                let key = FetchKey { expression: Arc::clone(&fetch.expression), from, until };
                let Some(selection) = &fetch.selection else { return Ok(()) };
                let new = || Needed { selection: Arc::clone(selection), uses: 0, streams };
                self.needed.entry(key).or_insert_with(new).uses += 1;
                Ok(())
            }
            Node::Call(call) => self.add_call(call, from, until),
        }
    }

    fn add_call(&mut self, call: &PlannedCall, from: i64, until: i64) -> Result<(), QueryError> {
        let folds = call.fold().is_some();
        for (position, argument) in call.arguments.iter().enumerate() {
            if let PlannedArgument::Series(node) = argument {
                let streams = folds || position == 0 && call.only_times().is_some();
                self.add_as(node, from, until, streams)?;
            }
        }
        let arguments = Arguments::new(call.descriptor, &call.arguments);
        let shift = call.descriptor.window.and_then(|hook| hook(&arguments));
        match (shift, call.arguments.first()) {
            (Some(shift), Some(PlannedArgument::Series(first))) => {
                let (from, until) = (from.saturating_add(shift.from), until.saturating_add(shift.until));
                times::check_range(from, until).map_err(|error| error.at(call.place))?;
                self.add(first, from, until)
            }
            _ => Ok(()),
        }
    }

    /// The reads, each once.
    pub(crate) fn into_needed(self) -> impl Iterator<Item = (FetchKey, Needed)> {
        self.needed.into_iter()
    }
}
