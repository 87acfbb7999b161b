//! carbon's own files about storage, read unchanged: storage-schemas.conf and storage-aggregation.conf.
//!
//! Invariant: text in, values and warnings out. No mistake in these files is fatal; an invalid section is left
//! out, and every place where carbon, go-carbon and this reader could differ is named by a warning.

mod aggregation_rules;
mod fingerprint;
mod ini;
mod retention;
mod rules;
mod schemas;
mod selector;

pub(crate) use plumbago_rules::carbon::Warning;
pub(crate) use retention::points_of;
pub(crate) use rules::{Origin, PolicyChoice, Rules, RulesError, read_text};
