//! What all targets of a request share, whichever thread runs them.
//!
//! Invariant: nothing here depends on the order in which targets run: counts only grow, and a column that several of them
//! use is copied for each.

use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::tz::TimeZone;
use plumbago_protocol::limits;

use crate::cancel::Cancel;
use crate::error::QueryError;
use crate::helpers::Helpers;
use crate::render::RenderRequest;
use crate::source::Source;

use super::cache::Cache;
use super::memory::Budget;
use super::{ConsolidateBy, Limits};

/// One request's evaluation, as far as it is not a target's own.
pub(crate) struct Shared<'a> {
    pub(super) cache: Cache<'a>,
    pub(super) budget: Budget,
    pub(super) limits: Limits,
    pub(super) helpers: &'a Helpers,
    pub(super) cancel: &'a Cancel,
    pub(super) now: i64,
    pub(super) zone: TimeZone,
    /// Where wall clocks are read whatever zone the request names.
    pub(super) home_zone: TimeZone,
    /// How values become one point where no function says so.
    pub(super) consolidate: ConsolidateBy,
    /// Whether it matters how the store keeps the series that others are made of: then they are read one and all.
    pub(super) keeps_origin: bool,
    evaluations: AtomicUsize,
}

impl<'a> Shared<'a> {
    pub(crate) fn new(source: &'a dyn Source, request: &'a RenderRequest) -> Shared<'a> {
        Shared {
            cache: Cache::new(source, request),
            budget: Budget::new(request.limits.memory_max),
            limits: request.limits,
            helpers: &request.helpers,
            cancel: &request.cancel,
            now: request.now,
            zone: request.time_zone.clone(),
            home_zone: request.home_zone.clone(),
            consolidate: request.consolidate,
            keeps_origin: request.keeps_origin(),
            evaluations: AtomicUsize::new(0),
        }
    }

    /// The store itself.
    pub(super) fn source(&self) -> &'a dyn Source {
        self.cache.source()
    }

    /// Runs `work` for each number below `count`, several at once where there is help.
    pub(crate) fn each(&self, count: usize, work: impl Fn(usize) + Sync) {
        let next = AtomicUsize::new(0);
        let lane = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    break;
                }
                work(number);
            }
        };
        self.helpers.together(count.saturating_sub(1), lane, lane);
    }

    /// Counts one more evaluation of a sub-expression.
    pub(super) fn count_evaluation(&self) -> Result<(), QueryError> {
        self.cancel.check()?;
        if self.evaluations.fetch_add(1, Ordering::Relaxed) < limits::QUERY_EVALUATIONS_MAX {
            return Ok(());
        }
        Err(QueryError::over_limit(format!(
            "the request needs more than {} evaluations",
            limits::QUERY_EVALUATIONS_MAX
        )))
    }
}
