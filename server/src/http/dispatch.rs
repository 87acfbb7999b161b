//! One request from its head to its answer: route, read, run, count.
//!
//! Whatever a handler does, an answer goes out: a fault becomes its line, a panic becomes a line with status 500 and
//! is counted. Queries run on blocking threads, no more at once than there are places; those that find none wait.

use super::App;
use super::answer::{Answer, Fault};
use super::call::{Call, trim_path};
use super::routes::{Cost, Handler, find_route};
use crate::health::panic_text;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use plumbago_protocol::limits;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

/// Longest path and query string. Beyond 65,534 bytes requests are refused before they get here, without a text.
const TARGET_BYTES_MAX: usize = if limits::URL_BYTES_MAX < 65_000 { limits::URL_BYTES_MAX } else { 65_000 };

/// The label of requests that no route answers.
const NO_ROUTE: &str = "none";

/// Answers one request.
pub(super) async fn answer(
    app: Arc<App>,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Response<Full<Bytes>> {
    let started = Instant::now();
    let route =
        check_length(&request).and_then(|()| find_route(request.method(), trim_path(request.uri().path())));
    let (label, outcome) = match route {
        Err(fault) => (NO_ROUTE, Err(fault)),
        Ok(route) => {
            let outcome = match Call::read(request, peer).await {
                Ok(call) => run(&app, route.cost, route.handler, call).await,
                Err(fault) => Err(fault),
            };
            (route.path, outcome)
        }
    };
    let answer = outcome.unwrap_or_else(Answer::from);
    app.counters.record_request(label, answer.status.as_u16(), started.elapsed());
    answer.into_response()
}

fn check_length(request: &Request<Incoming>) -> Result<(), Fault> {
    let length = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if length <= TARGET_BYTES_MAX {
        return Ok(());
    }
    let message = format!("the request's path and query string are longer than {} bytes", TARGET_BYTES_MAX);
    Err(Fault::new(StatusCode::URI_TOO_LONG, message))
}

async fn run(app: &Arc<App>, cost: Cost, handler: Handler, call: Call) -> Result<Answer, Fault> {
    match cost {
        Cost::Quick => run_guarded(app, handler, &call),
        Cost::Query => run_blocking(app, handler, call).await,
    }
}

async fn run_blocking(app: &Arc<App>, handler: Handler, call: Call) -> Result<Answer, Fault> {
    let timeout = app.limits.timeout;
    let waiting = tokio::time::timeout(timeout, app.query_places.clone().acquire_owned());
    let Ok(Ok(place)) = waiting.await else {
        return Err(Fault::unavailable("too many queries are running; try again"));
    };
    let app = app.clone();
    let running = tokio::task::spawn_blocking(move || {
        // The place is taken until the work ends, even when nobody waits for it any more.
        let _place = place;
        let _running = app.counters.queries_running.hold();
        run_guarded(&app, handler, &call)
    });
    match tokio::time::timeout(timeout, running).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(error)) => Err(Fault::internal(format!("the query was lost: {error}"))),
        Err(_elapsed) => {
            let message = format!("the query took longer than {} s", timeout.as_secs());
            Err(Fault::new(StatusCode::GATEWAY_TIMEOUT, message))
        }
    }
}

fn run_guarded(app: &App, handler: Handler, call: &Call) -> Result<Answer, Fault> {
    // Handlers keep nothing between requests that a panic could leave half done.
    std::panic::catch_unwind(AssertUnwindSafe(|| handler(app, call))).unwrap_or_else(|payload| {
        app.counters.http_panics.increment();
        let text = panic_text(payload.as_ref());
        tracing::error!("{} panicked: {text}", call.path);
        Err(Fault::internal(format!("{} failed, and this is a fault of the server: {text}", call.path)))
    })
}
