//! The store of events: what happened, kept for a year, searched in milliseconds; and the rows in which rules keep their
//! state.
//!
//! `store` is what others call; `writer` is the one thread that changes the file, many requests to a transaction;
//! `change` says what one change does, `row` how an event lies in its row, `schema` which tables there are.

mod change;
mod error;
mod row;
mod schema;
mod store;
mod writer;

#[expect(unused_imports, reason = "the runner of rules and the HTTP API are built on these")]
pub(crate) use change::{Change, Effect};
pub(crate) use error::StoreError;
#[expect(unused_imports, reason = "the runner of rules is built on this")]
pub(crate) use row::StoredEvent;
pub(crate) use store::EventStore;
