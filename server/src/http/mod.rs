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
mod home;
mod params;
mod render;
mod routes;
mod status;
mod tags;

pub(crate) use connection::serve;

use crate::clock::Clock;
use crate::config::QueryLimits;
use crate::health::Health;
use crate::ingest::RefusedLog;
use crate::listen::Addresses;
use crate::metrics::Counters;
use plumbago_engine::Engine;
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
    /// The machine's name.
    pub(crate) host: String,
    /// Whether series about the machine are written.
    pub(crate) host_metrics_enabled: bool,
    /// What is bound where.
    pub(crate) addresses: Addresses,
    /// When the server started.
    pub(crate) started: Instant,
}
