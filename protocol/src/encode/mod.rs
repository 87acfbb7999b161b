//! The encodings of answers.
//!
//! Owns how series, nodes and names are written, each format in its own file, into a growing buffer that the server
//! sends on when it likes: [`Pieces`] writes as much of an answer as is wanted, so that it need not be in memory as a
//! whole. It takes plain views and knows neither the query engine nor HTTP.

mod csv;
mod dygraph;
mod indent;
mod json;
mod msgpack;
mod names;
mod nodes;
mod pickle;
mod pieces;
mod protobuf;
mod python;
mod raw;
mod render;
mod rickshaw;

pub use csv::Csv;
pub use dygraph::{Dygraph, TooManyCells};
pub use indent::Indent;
pub use json::{push_json_number, push_json_string};
pub use msgpack::{Msgpack, nodes_msgpack};
pub use names::{TreeNode, expand_grouped_json, expand_json, names_json, tree_json};
pub use nodes::{FoundNode, Interval};
pub use pickle::{Pickle, nodes_pickle};
pub use pieces::{Layout, Pieces, SeriesList};
pub use protobuf::{
    Archive, Capabilities, Detail, FetchMessage, GlobMessage, Information, MessageError, ProtobufV2,
    ProtobufV3, capabilities_v3, fetch_requests_v3, glob_request_v3, information_v2, information_v3,
    list_of_names, nodes_v2, nodes_v3, sizes_of_names,
};
pub use raw::Raw;
pub use render::RenderJson;
pub use rickshaw::Rickshaw;

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

impl<'a> Target<'a> {
    /// The name in formats that know texts only: as Python writes it.
    fn text(self) -> &'a str {
        match self {
            Target::Text(text) | Target::Number(text) => text,
            Target::Null => "None",
        }
    }

    fn push_json(self, out: &mut Vec<u8>) {
        match self {
            Target::Text(name) => push_json_string(out, name),
            Target::Number(digits) => out.extend_from_slice(digits.as_bytes()),
            Target::Null => out.extend_from_slice(b"null"),
        }
    }
}

/// One series of an answer.
#[derive(Clone, Copy, Debug)]
pub struct SeriesView<'a> {
    /// The name shown.
    pub target: Target<'a>,
    /// The expression that it answers.
    pub path_expression: &'a str,
    /// Time of the first value, in seconds since the epoch.
    pub start: i64,
    /// End of the range, in seconds since the epoch, as the functions that made the series left it.
    pub end: i64,
    /// Distance between two values in seconds.
    pub step: i64,
    /// The values; NaN where one is missing.
    pub values: &'a [f64],
    /// How several values would become one point.
    pub consolidation: &'a str,
    /// The share of known values that such a point needs.
    pub x_files_factor: f64,
    /// The range that was asked for.
    pub asked: Interval,
}

impl SeriesView<'_> {
    /// The time of a value, in seconds since the epoch.
    fn time(&self, position: usize) -> i64 {
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        self.start.saturating_add(position.saturating_mul(self.step))
    }
}

#[cfg(test)]
mod fixture;
