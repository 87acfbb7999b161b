//! The encodings of answers.
//!
//! Owns how series, nodes and names are written, each format in its own file, into a growing buffer that the server
//! sends on when it likes: series are written one at a time, so that an answer need not be in memory as a whole. It
//! takes plain views and knows neither the query engine nor HTTP.

mod json;
mod names;
mod render;

pub use json::{push_json_number, push_json_string};
pub use names::{TreeNode, expand_grouped_json, expand_json, names_json, tree_json};
pub use render::RenderJson;

/// The name of a series, which calls such as `alias(x, 5)` make of another type.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// A string.
    Text(&'a str),
    /// A number, written as JSON writes one.
    Number(&'a str),
    /// No name.
    Null,
}

/// One series of an answer.
#[derive(Clone, Copy, Debug)]
pub struct SeriesView<'a> {
    /// The name shown.
    pub target: Target<'a>,
    /// The tags, in the order they are to be shown.
    pub tags: &'a [(&'a str, &'a str)],
    /// Time of the first value, in seconds since the epoch.
    pub start: i64,
    /// Distance between two values in seconds.
    pub step: i64,
    /// The values; NaN where one is missing.
    pub values: &'a [f64],
}
