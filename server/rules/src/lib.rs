//! Rules over metrics: derived points and events, as decisions that somebody else carries out.
//!
//! Nothing here opens a socket or a file or reads a clock: time, data and the texts of files are arguments, and what has
//! to be done is returned. So a live run, a restart, a test and a run over history are the same code.

mod backtest;
mod begin;
mod body;
pub mod carbon;
mod compiled;
mod condition;
mod core;
mod delay;
mod dependency;
mod duration;
mod evaluate;
mod event;
mod files;
mod identity;
mod late;
mod nearest;
mod options;
mod order;
mod outcome;
mod pace;
mod progress;
mod record;
mod rule;
mod saved;
mod schedule;
mod search;
mod template;
mod watch;

pub use backtest::{Backtest, BacktestDay, BacktestReport, BacktestSpan, ClassOf, DerivedClass};
pub use body::{
    BodyError, Edit, EditRequest, Posted, read_grafana, read_graphite, read_line, read_posted, write_line,
};
pub use condition::{ConditionError, Truth};
pub use core::Core;
pub use duration::{DurationError, parse_duration, show_duration};
pub use event::{Event, EventChange, Severity, Source, Status};
pub use files::{FileError, Note, is_rule_file, load, schema};
pub use options::Options;
pub use order::{Cycle, Ranks, RulePlace};
pub use outcome::{DerivedPoint, Next, Outcome, Row, RuleError, RuleStatus, Step, Work, World};
pub use rule::{Check, Comparison, Condition, EventRule, Group, Kind, RecordRule, Rule, RuleSet, Threshold};
pub use search::{Field, Pattern, Search, SearchError, Term, Test};
pub use template::{RenderError, Subject, Template, TemplateError};
