//! carbon's own rules, from unchanged files: aggregation-rules.conf, rewrite-rules.conf, blacklist.conf, whitelist.conf.
//!
//! Pure: texts in, rules and warnings out; a name in, a [`Decision`] out; points in, aggregates out whenever time, which
//! is an argument, has come. No mistake in a file is fatal, and every place where carbon would do something else is named
//! by a [`Warning`]. Reading the files, their change and storing what comes out belong to the server.

mod aggregation;
mod aggregator;
mod decision;
mod decisions;
mod input;
mod lines;
mod list;
mod method;
mod pattern;
mod python_syntax;
mod replacement;
mod rewrite;
mod saved;
mod template;
mod warning;

pub use aggregation::{AggregationRule, AggregationRules};
pub use aggregator::{Aggregator, AggregatorSettings, Full, Moment};
pub use decision::{CarbonRules, Decision, Fate, Output};
pub use decisions::Decisions;
pub use list::NameList;
pub use method::Method;
pub use pattern::{Pattern, Search};
pub use rewrite::{RewriteRules, Rewritten, Ruleset};
pub use saved::{SavedAggregates, SavedError};
pub use warning::{Warning, Warnings};
