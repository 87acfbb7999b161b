//! What the server counts about itself, and the page that tells it.

mod cardinality;
mod counters;
mod page;
mod store;
mod text;

pub(crate) use counters::Counters;
pub(crate) use page::{Surroundings, page};
