//! What travels between Plumbago and the world: names, tags, globs, lines, pickle frames, times, and answers.
//!
//! This package is a set of pure functions over text and bytes. It owns every rule of the Graphite protocols and
//! every cap on input; it knows no socket, no clock, no disk and no store. `now` and time zones are arguments.
//!
//! ```
//! use plumbago_protocol::{Lines, line};
//! let received = b"servers.web01.load 0.25 1710504000\nservers.web01.load oops 1710504060\n";
//! let results: Vec<_> = Lines::new(received).map(|text| line::parse(text, 1_710_504_060)).collect();
//! assert_eq!(results[0].as_ref().unwrap().name, "servers.web01.load");
//! assert_eq!(results[1].as_ref().unwrap_err().name(), "value_not_a_number");
//! ```

mod aggregation;
pub mod at_time;
pub mod encode;
mod glob;
mod interval;
pub mod limits;
pub mod line;
mod lines;
mod name;
mod number;
pub mod pickle;
mod point;
mod refusal;
mod regex;
mod tags;
mod timestamp;

pub use aggregation::Aggregation;
pub use glob::{Glob, GlobError, NodePattern, Pattern};
pub use interval::{IntervalError, parse_interval};
pub use lines::Lines;
pub use name::{Tags, canonical, canonical_bytes, split_tags};
pub use point::Point;
pub use refusal::Refusal;
pub use regex::{RegexError, StartRegex};
pub use tags::{TagExpression, TagExpressionError, TagOperator};
