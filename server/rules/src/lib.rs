//! Rules over metrics: derived points, events and alarms, as decisions that somebody else carries out.
//!
//! Nothing here opens a socket or a file or reads a clock: time, data and the texts of files are arguments, and what has
//! to be done is returned. So a live run, a restart, a test and a run over history are the same code.

mod alarm;
mod alarm_log;
mod alarms;
mod alert;
mod backtest;
mod begin;
mod body;
pub mod carbon;
mod compiled;
mod condition;
mod core;
mod delay;
mod dependency;
mod difference;
mod duration;
mod evaluate;
mod evaluated;
mod event;
mod event_log;
mod files;
mod identity;
mod late;
mod link;
mod memory;
mod nearest;
mod options;
mod order;
mod outcome;
mod pace;
mod progress;
mod readers;
mod record;
mod rule;
mod saved;
mod schedule;
mod search;
mod stored_events;
mod template;
mod unit;
mod watch;
pub mod yaml;

pub use alarm::{AlarmChange, Bound, Fingerprint, FingerprintError, Labels, SEVERITY_LABEL, Transition};
pub use alarm_log::FiredAlarm;
pub use alert::{Alarm, AlarmState};
pub use backtest::{
    Backtest, BacktestAccount, BacktestDay, BacktestFailure, BacktestRead, BacktestReport, BacktestSpan,
    ClassOf, DerivedClass, SketchedSeries,
};
pub use body::{
    BodyError, Edit, EditRequest, Posted, read_grafana, read_graphite, read_line, read_posted, write_line,
};
pub use condition::{ConditionError, Truth};
pub use core::Core;
pub use difference::{
    AlarmDifference, Difference, EventDifference, PartDifference, PointDifference, Version, VersionWatch,
};
pub use duration::{DurationError, parse_duration, show_duration};
pub use event::{Event, EventChange, Severity, Source, Status};
pub use files::{FileError, Note, is_rule_file, is_test_file, load, load_tests, schema};
pub use memory::MemorySource;
pub use options::Options;
pub use order::{Cycle, Ranks, RulePlace};
pub use outcome::{DerivedPoint, Next, Outcome, Row, RuleError, RuleKind, RuleStatus, Step, Work, World};
pub use rule::{
    AlertCheck, AlertRule, Check, Comparison, Condition, EventCount, EventRule, Group, Kind, RecordRule,
    Rule, RuleSet, Threshold,
};
pub use search::{Field, Pattern, Search, SearchError, Term, Test};
pub use stored_events::{NoEvents, StoredEvents};
pub use template::{RenderError, Subject, Template, TemplateError, Vocabulary, label_values};
pub use unit::{Messenger, MessengerHalt, TestAlert, TestFailure, TestMessage, TestReport, UnitTests};
