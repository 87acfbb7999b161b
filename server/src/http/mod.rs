//! Queries and the server's own state over HTTP.
//!
//! `connection` takes requests in, `dispatch` brings each to its answer, `routes` is the table in between; every
//! other file holds handlers, which are plain functions.

mod answer;
mod call;
mod change;
mod connection;
mod dispatch;
mod find;
mod format;
mod home;
mod params;
mod render;
mod routes;
mod status;
mod tags;

pub(crate) use connection::serve;

use crate::clock::Clock;
use crate::config::{HostMetrics, QueryLimits};
use crate::health::Health;
use crate::ingest::RefusedLog;
use crate::listen::Addresses;
use crate::metrics::Counters;
use crate::source::EngineSource;
use answer::Fault;
use plumbago_engine::Engine;
use plumbago_query::SourceError;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Semaphore;

/// What handlers read. One for the whole server.
pub(crate) struct App {
    /// The store.
    pub(crate) engine: Arc<Engine>,
    /// Where `now` comes from.
    pub(crate) clock: Clock,
    /// Whether the server is ready.
    pub(crate) health: Arc<Health>,
    /// What is counted.
    pub(crate) counters: Arc<Counters>,
    /// What was refused.
    pub(crate) refused: Arc<RefusedLog>,
    /// What one query may cost.
    pub(crate) limits: QueryLimits,
    /// Places for queries that run at once.
    pub(crate) query_places: Arc<Semaphore>,
    /// The machine's name, as people know it.
    pub(crate) host: String,
    /// Which series about the machine are written, if any.
    pub(crate) host_metrics: HostMetrics,
    /// What is bound where.
    pub(crate) addresses: Addresses,
    /// When the server started.
    pub(crate) started: Instant,
}

impl App {
    /// The store as queries see it.
    fn source(&self) -> EngineSource<'_> {
        EngineSource::new(&self.engine)
    }
}

/// The store's answer as a fault: the caller's mistakes are 400, its own are 500.
fn source_fault(error: SourceError) -> Fault {
    match error {
        SourceError::BadRequest(_) | SourceError::OverLimit(_) => Fault::bad_request(error.to_string()),
        _ => Fault::internal(error.to_string()),
    }
}
