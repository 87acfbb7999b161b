//! Queries and the server's own state over HTTP.
//!
//! `connection` takes requests in, `dispatch` brings each to its answer, `routes` is the table in between; every
//! other file holds handlers, which are plain functions.

mod access;
mod alarms;
mod answer;
mod call;
mod carbonserver;
mod cardinality;
mod change;
mod connection;
mod dispatch;
mod events;
mod find;
mod flow;
mod format;
mod formats;
mod functions;
mod head;
mod home;
mod log;
mod openapi;
mod params;
mod peer;
mod pictures;
mod places;
mod range;
mod render;
mod render_meta;
mod routes;
mod rules;
mod rules_history;
mod shown;
mod snapshot;
mod status;
mod tags;

pub(crate) use access::{Access, AccessError};
pub(crate) use connection::serve;
pub(crate) use places::Places;

use crate::alarms::{Desk, PictureKey};
use crate::carbon_rules::CarbonShared;
use crate::clock::Clock;
use crate::events::EventStore;
use crate::health::Health;
use crate::ingest::RefusedLog;
use crate::listen::Addresses;
use crate::live::LiveSettings;
use crate::metrics::Counters;
use crate::rule_runner::RuleBoard;
use crate::source::EngineSource;
use crate::tls::TlsGate;
use answer::Fault;
use call::Call;
use hyper::StatusCode;
use plumbago_engine::{Engine, Error};
use plumbago_query::{Helpers, QueryError};
use std::sync::Arc;
use std::time::Instant;

/// Reads everything again that can be; the error is one line, too.
pub(crate) type ReloadAll = Box<dyn Fn() -> Result<String, String> + Send + Sync>;

/// What handlers read. One for the whole server.
pub(crate) struct App {
    /// The store.
    pub(crate) engine: Arc<Engine>,
    /// What happened.
    pub(crate) events: Arc<EventStore>,
    /// Where `now` comes from.
    pub(crate) clock: Clock,
    /// Whether the server is ready.
    pub(crate) health: Arc<Health>,
    /// What is counted.
    pub(crate) counters: Arc<Counters>,
    /// What was refused.
    pub(crate) refused: Arc<RefusedLog>,
    /// carbon's rules about points.
    pub(crate) carbon_rules: Arc<CarbonShared>,
    /// What a reload may replace.
    pub(crate) settings: Arc<LiveSettings>,
    /// The rules and how they are doing.
    pub(crate) rules: Arc<RuleBoard>,
    /// Alarms and whom to tell.
    pub(crate) alarms: Arc<Desk>,
    /// What addresses of their pictures are signed with; `None`: there are none.
    pub(crate) picture_key: Option<Arc<PictureKey>>,
    /// Reads the configuration and all rule files again, and says in one line what came of it.
    pub(crate) reload: ReloadAll,
    /// Who may do what.
    pub(crate) access: Arc<Access>,
    /// What connections pass on their way in.
    pub(crate) tls: Arc<TlsGate>,
    /// Places for queries that run at once.
    pub(crate) places: Places,
    /// Threads that help queries, over all of them.
    pub(crate) query_helpers: Arc<Helpers>,
    /// The machine's name, as people know it.
    pub(crate) host: String,
    /// What is bound where.
    pub(crate) addresses: Addresses,
    /// When the server started.
    pub(crate) started: Instant,
}

impl App {
    /// The store as queries see it.
    fn source(&self) -> EngineSource<'_> {
        EngineSource::new(&self.engine).with_events(&self.events)
    }

    /// The store as the query of one request sees it: what it reads is noted.
    fn source_for<'a>(&'a self, call: &'a Call) -> EngineSource<'a> {
        self.source().with_tally(&call.tally)
    }
}

#[cfg(test)]
mod fixture;

/// Why a query has no answer, as the caller is told.
fn query_fault(error: QueryError) -> Fault {
    let status = match error {
        QueryError::Cancelled => StatusCode::SERVICE_UNAVAILABLE,
        _ if error.is_callers_fault() => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Fault::new(status, error.to_string())
}

/// Why the store refuses, as the caller is told.
fn store_fault(error: Error) -> Fault {
    let status = match error {
        Error::Caller(_) => StatusCode::BAD_REQUEST,
        Error::Latched(_) | Error::DiskFull { .. } => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Fault::new(status, error.to_string())
}
