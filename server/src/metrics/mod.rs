//! What the server counts about itself, and the page that tells it.

mod alarms;
mod cardinality;
mod counters;
mod events;
mod http_refusals;
mod page;
mod rules;
mod store;
mod text;

pub(crate) use counters::{Counter, Counters, Gauge};
pub(crate) use http_refusals::HttpRefusal;
pub(crate) use page::{Sources, Surroundings, page};
