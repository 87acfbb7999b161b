//! What front ends ask of a back end besides `/render` and `/metrics/find`: what it can do, how series are kept, and which
//! there are.
//!
//! Owns the paths of carbonserver. Nothing here is specific to one front end: graphite-web and carbonapi read the same.

mod capabilities;
mod details;
mod dialect;
mod info;

pub(super) use capabilities::capabilities;
pub(super) use details::{details, list};
pub(super) use info::info;
