//! Rules over metrics: derived points and events, as decisions that somebody else carries out.
//!
//! Nothing here opens a socket or a file or reads a clock: time, data and the texts of files are arguments, and what has
//! to be done is returned. So a live run, a restart, a test and a run over history are the same code.

mod body;
mod event;
mod rule;
mod search;

pub use body::{
    BodyError, Edit, EditRequest, Posted, read_grafana, read_graphite, read_line, read_posted, write_line,
};
pub use event::{Event, EventChange, Severity, Source, Status};
pub use rule::{Check, Comparison, Condition, EventRule, Group, Kind, RecordRule, Rule, RuleSet, Threshold};
pub use search::{Field, Pattern, Search, SearchError, Term, Test};
