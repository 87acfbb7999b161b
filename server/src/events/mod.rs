//! The store of events: what happened, kept for a year, searched in milliseconds; and the rows in which rules keep their
//! state.
//!
//! `store` is what others call, `copy` what snapshots do; `writer` is the one thread that changes the file, many requests to a
//! transaction, `queue` what waits for it, `words` the index that it fills in between, `place` the
//! order of that index, `log` the log of notifications;
//! `change` says what one change does, `select` and `graphite` how events are found, `counted` how rules read them, `retention`
//! how long they are kept, `instance` which server this is, `row` how an event lies in its row, `schema` which tables there are.

mod change;
mod copy;
mod counted;
mod counters;
mod error;
mod graphite;
mod instance;
mod log;
mod place;
mod queue;
mod retention;
mod row;
mod schema;
mod select;
mod store;
mod words;
mod writer;

pub(crate) use change::{Change, Effect};
pub(crate) use copy::EventsCopy;
pub(crate) use counters::{EventCounters, SOURCES};
pub(crate) use error::StoreError;
pub(crate) use graphite::{GraphiteQuery, TagSet};
pub(crate) use log::{LogEntry, LogQuery};
pub(crate) use row::{StoredEvent, without_blanks};
pub(crate) use select::Cursor;
pub(crate) use store::EventStore;
