//! Rules over the history of a store: what commands and HTTP share.
//!
//! Nothing is decided here: `plumbago_rules` runs the rules, `plumbago_alerting` tells whom they would have had told. This
//! opens the way from texts and a span of time to it, and
//! from derived points into the store.

mod backfill;
mod notified;
mod request;

pub(crate) use backfill::{Backfilled, backfill};
pub(crate) use notified::{Backtested, Compared, Telling, alerting_of, backtested, compared};
pub(crate) use request::{RuleTexts, Span, faults_line, load};

use plumbago_engine::Policy;
use plumbago_rules::DerivedClass;

/// How the store would keep a derived series under this policy.
pub(crate) fn class_of(policy: &Policy) -> DerivedClass {
    DerivedClass {
        step_secs: policy.archives().first().map_or(1, |archive| i64::from(archive.step_secs)),
        aggregation: policy.aggregation(),
        x_files_factor: policy.x_files_factor(),
    }
}
