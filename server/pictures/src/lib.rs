//! Graphs of series as pictures: parameters and series in, SVG out; SVG in, PNG and PDF out.
//!
//! The package knows no sockets, no files and no clock, and its fonts are part of it: the same input is the same bytes on
//! every machine. What parameters mean is what graphite-web means by them; how things are laid out is our own.

mod alarm;
mod axis;
mod color;
mod error;
mod font;
mod graph;
mod parameters;
mod pdf;
mod picture;
mod pie;
mod raster;
mod series;
mod svg;
mod template;

pub use alarm::{AlarmPicture, alarm_picture};
pub use error::PictureError;
pub use parameters::Parameters;
pub use picture::{Format, Picture};
pub use pie::Slice;
pub use series::{Series, Threshold};
