//! carbon's own configuration files, read unchanged: storage-schemas.conf and storage-aggregation.conf.
//!
//! Invariant: text in, values and warnings out. No mistake in these files is fatal; an invalid section is left
//! out, and every place where carbon, go-carbon and this reader could differ is named by a warning.

mod aggregation_rules;
mod fingerprint;
mod ini;
mod pattern;
mod python_syntax;
mod retention;
mod rules;
mod schemas;
mod selector;
mod warning;

pub(crate) use retention::points_of;
pub(crate) use rules::{Origin, PolicyChoice, Rules, RulesError};
pub(crate) use warning::Warning;
