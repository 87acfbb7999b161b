//! Rules over metrics: derived points and events, as decisions that somebody else carries out.
//!
//! Nothing here opens a socket or a file or reads a clock: time, data and the texts of files are arguments, and what has
//! to be done is returned. So a live run, a restart, a test and a run over history are the same code.

pub mod carbon;
mod event;
mod rule;

pub use event::{Event, EventChange, Severity, Source, Status};
pub use rule::{Check, Comparison, Condition, EventRule, Group, Kind, RecordRule, Rule, RuleSet, Threshold};
