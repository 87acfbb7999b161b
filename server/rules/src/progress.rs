//! One rule on its way: how far it has come, and what it holds in memory.
//!
//! Invariant: the cursor and what is watched change when a step is committed, and never else. All the rest can be thrown
//! away at any moment without changing what is decided.

use crate::RuleError;
use crate::alert::{Alarms, Marks};
use crate::evaluate::Evaluation;
use crate::record::Names;
use crate::saved::Cursor;
use crate::watch::{Keys, Watched};

/// One rule on its way.
#[derive(Debug)]
pub(crate) struct Progress {
    pub(crate) cursor: Cursor,
    pub(crate) watched: Watched,
    pub(crate) alarms: Alarms,
    pub(crate) marks: Marks,
    pub(crate) evaluation: Evaluation,
    pub(crate) names: Names,
    pub(crate) keys: Keys,
    pub(crate) counts: Counts,
}

/// What is told about a rule.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) results: usize,
    pub(crate) evaluations: u64,
    pub(crate) failures: u64,
    pub(crate) recomputed: u64,
    pub(crate) error: Option<RuleError>,
}

impl Progress {
    pub(crate) fn new(cursor: Cursor, watched: Watched, alarms: Alarms) -> Progress {
        Progress {
            cursor,
            watched,
            alarms,
            marks: Marks::default(),
            evaluation: Evaluation::default(),
            names: Names::default(),
            keys: Keys::default(),
            counts: Counts::default(),
        }
    }
}
