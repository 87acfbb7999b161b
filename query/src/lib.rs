//! Answers Graphite expressions from any store that implements [`Source`].
//!
//! A request's targets are parsed ([`parse`]), planned (functions looked up, arguments checked), their reads merged and
//! fetched, and then run. The package is synchronous, reads no clock and does no input or output of its own.

mod cancel;
mod consolidation;
mod drawing;
mod error;
pub mod find;
mod folding;
mod functions;
mod grammar;
mod helpers;
mod locality;
mod normalize;
mod plan;
mod python;
mod reducer;
mod render;
mod run;
mod series;
mod source;
mod tags;
mod times;

pub use cancel::Cancel;
pub use consolidation::Consolidation;
pub use drawing::{Drawing, Fill};
pub use error::{Place, QueryError};
pub use functions::{
    Choice, Default as DefaultValue, Descriptor, Example, ExampleSeries, Group, Kind,
    LEFT_OUT as FUNCTIONS_LEFT_OUT, LeftOut, Origin, Parameter, all as functions, find as function,
    node_of_name, options, suggestions,
};
pub use grammar::{Argument, Call, Expression, Number, Quoted, Span, SyntaxError, parse};
pub use helpers::Helpers;
pub use locality::{Lookback, locality};
pub use plan::check;
pub use reducer::REDUCER_NAMES as AGGREGATIONS;
pub use render::{RenderRequest, RenderedSeries, SeriesMeta, consolidate, evaluate, render, unconsolidated};
pub use run::{ConsolidateBy, Limits};
pub use series::{Label, Series};
pub use source::{
    ArchiveFacts, FetchRequest, FetchedSeries, Node, Reading, Selection, Shape, Source, SourceError,
    VisitedSeries,
};
pub use tags::Tags;
