//! Rules over metrics: derived points and events, as decisions that somebody else carries out.
//!
//! Nothing here opens a socket or a file or reads a clock: time, data and the texts of files are arguments, and what has
//! to be done is returned. So a live run, a restart, a test and a run over history are the same code.

pub mod carbon;
mod condition;
mod duration;
mod event;
mod nearest;
mod options;
mod outcome;
mod rule;
mod template;

pub use condition::{ConditionError, Truth};
pub use duration::{DurationError, parse_duration, show_duration};
pub use event::{Event, EventChange, Severity, Source, Status};
pub use options::Options;
pub use outcome::{DerivedPoint, Next, Outcome, Row, RuleError, RuleStatus, Step, Work, World};
pub use rule::{Check, Comparison, Condition, EventRule, Group, Kind, RecordRule, Rule, RuleSet, Threshold};
pub use template::{RenderError, Subject, Template, TemplateError};
