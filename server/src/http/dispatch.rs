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
use hyper::body::{Body, Incoming};
use hyper::header::{CONNECTION, TRANSFER_ENCODING};
use hyper::{Request, Response, StatusCode};
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

/// The label of requests that no route answers.
pub(super) const NO_ROUTE: &str = "none";

/// Answers one request.
pub(super) async fn answer(
    app: Arc<App>,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Response<Full<Bytes>> {
    let started = Instant::now();
    let is_chunked = request.headers().contains_key(TRANSFER_ENCODING);
    let has_body = !request.body().is_end_stream();
    let (label, read) = match find_route(request.method(), trim_path(request.uri().path())) {
        Err(fault) => (NO_ROUTE, Err(fault)),
        Ok(route) => (route.path, Call::read(request, peer).await.map(|call| (route, call))),
    };
    // Only the library knows where a chunked body ends, and so where another head would begin; and it closes the connection
    // when a body is left unread, which the peer must be told.
    let closes = is_chunked || (has_body && read.is_err());
    let outcome = match read {
        Ok((route, call)) => run(&app, route.cost, route.handler, call).await,
        Err(fault) => Err(fault),
    };
    let answer = outcome.unwrap_or_else(Answer::from);
    app.counters.record_request(label, answer.status.as_u16(), started.elapsed());
    let answer = if closes { answer.with_header(CONNECTION, "close") } else { answer };
    answer.into_response()
}

async fn run(app: &Arc<App>, cost: Cost, handler: Handler, call: Call) -> Result<Answer, Fault> {
    match cost {
        Cost::Quick => run_guarded(app, handler, &call),
        Cost::Query => run_blocking(app, handler, call).await,
    }
}

async fn run_blocking(app: &Arc<App>, handler: Handler, call: Call) -> Result<Answer, Fault> {
    let timeout = app.settings.query.get().timeout;
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

#[cfg(test)]
mod tests {
    use super::super::fixture::{app, call};
    use super::*;

    fn broken(_app: &App, _call: &Call) -> Result<Answer, Fault> {
        panic!("lost my way");
    }

    fn fine(_app: &App, _call: &Call) -> Result<Answer, Fault> {
        Ok(Answer::line("fine"))
    }

    #[tokio::test]
    async fn a_panic_becomes_a_line_and_costs_one_request() {
        let app = app();
        for cost in [Cost::Quick, Cost::Query] {
            let fault = run(&app, cost, broken, call("/broken", "")).await.unwrap_err();
            assert_eq!(fault.status, StatusCode::INTERNAL_SERVER_ERROR);
            assert!(fault.message.contains("/broken") && fault.message.contains("lost my way"), "{fault:?}");
            assert!(run(&app, cost, fine, call("/fine", "")).await.is_ok());
        }
        assert_eq!(app.counters.http_panics.get(), 2);
        assert_eq!(app.counters.queries_running.get(), 0);
    }
}
