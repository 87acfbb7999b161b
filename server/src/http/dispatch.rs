//! One request from its head to its answer: route, read, run, count.
//!
//! Whatever a handler does, an answer goes out: a fault becomes its line, a panic becomes a line with status 500 and
//! is counted. Queries run on blocking threads, no more at once than there are places; those that find none wait.

use super::App;
use super::answer::{Answer, Fault};
use super::call::{BodyKind, Call, trim_path};
use super::events;
use super::find;
use super::flow::{Flow, Outgoing};
use super::formats;
use super::peer::{CancelWhenDropped, HALF_CLOSED_TIME_MAX, Peer};
use super::routes::{Action, Cost, Handler, find_route};
use crate::health::panic_text;
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
    watched: Peer,
) -> Response<Outgoing> {
    let started = Instant::now();
    let is_chunked = request.headers().contains_key(TRANSFER_ENCODING);
    let mut is_body_left = !request.body().is_end_stream();
    let path = find::routed(trim_path(request.uri().path()), request.uri().query());
    let (label, outcome) = match find_route(request.method(), path) {
        Err(fault) => (NO_ROUTE, Err(fault)),
        Ok(route) => (route.path, act(&app, route.action, request, peer, &watched, &mut is_body_left).await),
    };
    let (answer, flow) = outcome.unwrap_or_else(|fault| (Answer::from(fault), None));
    app.counters.record_request(label, answer.status.as_u16(), started.elapsed());
    // Only the library knows where a chunked body ends, and so where another head would begin; and it closes the connection
    // when a body is left unread, which the peer must be told.
    let closes = is_chunked || is_body_left;
    let answer = if closes { answer.with_header(CONNECTION, "close") } else { answer };
    match flow {
        Some(flow) => answer.into_flowing(flow),
        None => answer.into_response(),
    }
}

/// Does what a route is for; `is_body_left` is made false once the request's body, if it has one, was read to its end.
async fn act(
    app: &Arc<App>,
    action: Action,
    request: Request<Incoming>,
    peer: SocketAddr,
    watched: &Peer,
    is_body_left: &mut bool,
) -> Result<(Answer, Option<Flow>), Fault> {
    let whole = |answer| (answer, None);
    match action {
        Action::Read(cost, handler) => {
            let call = Call::read(request, peer, BodyKind::Form).await?;
            *is_body_left = false;
            run(app, cost, handler, call, watched).await.map(whole)
        }
        Action::Change(handler) => {
            let read = Call::read(request, peer, BodyKind::Events).await;
            let call = read.inspect_err(|_| app.events.counters().refuse("body"))?;
            *is_body_left = false;
            let pending = guarded(app, &call.path, || handler(app, &call))?;
            pending.finish(app).await.map(whole)
        }
        Action::Flow(handler) => {
            let call = Call::read(request, peer, BodyKind::Form).await?;
            *is_body_left = false;
            guarded(app, &call.path, || handler(app, &call)).map(|(answer, flow)| (answer, Some(flow)))
        }
        Action::Rules(handler) => {
            let call = Call::read(request, peer, BodyKind::Rules).await?;
            *is_body_left = false;
            run(app, Cost::Render, handler, call, watched).await.map(whole)
        }
        Action::RulesFlow(handler) => {
            let call = Call::read(request, peer, BodyKind::Rules).await?;
            *is_body_left = false;
            guarded(app, &call.path, || handler(app, &call)).map(|(answer, flow)| (answer, Some(flow)))
        }
        Action::Import => {
            let (head, body) = request.into_parts();
            let call = Call::without_body(head, peer)?;
            let answer = events::import(app, &call, body).await?;
            *is_body_left = false;
            Ok(whole(answer))
        }
    }
}

async fn run(
    app: &Arc<App>,
    cost: Cost,
    handler: Handler,
    call: Call,
    watched: &Peer,
) -> Result<Answer, Fault> {
    match cost {
        Cost::Quick => run_guarded(app, handler, &call),
        // What does not ask whether it is wanted goes on to its end.
        Cost::Query => run_blocking(app, handler, call, std::future::pending()).await,
        Cost::Render => run_blocking(app, handler, call, watched.gone()).await,
    }
}

async fn run_blocking(
    app: &Arc<App>,
    handler: Handler,
    call: Call,
    gone: impl Future<Output = ()>,
) -> Result<Answer, Fault> {
    let timeout = app.settings.query.get().timeout;
    let waiting = tokio::time::timeout(timeout, app.query_places.clone().acquire_owned());
    let Ok(Ok(place)) = waiting.await else {
        return Err(Fault::unavailable("too many queries are running; try again"));
    };
    let app = app.clone();
    // Whichever way this ends: nobody waits for what is still running then.
    let _unwanted = CancelWhenDropped(call.cancel.clone());
    let running = tokio::task::spawn_blocking(move || {
        // The place is taken until the work ends, even when nobody waits for it any more.
        let _place = place;
        let _running = app.counters.queries_running.hold();
        let outcome = run_guarded(&app, handler, &call);
        if call.cancel.is_cancelled() && outcome.is_err() {
            app.counters.queries_cancelled.increment();
        }
        outcome
    });
    tokio::select! {
        outcome = running => match outcome {
            Ok(outcome) => outcome,
            Err(error) => Err(Fault::internal(format!("the query was lost: {error}"))),
        },
        () = tokio::time::sleep(timeout) => {
            let message = format!("the query took longer than {} s ([query] timeout_secs)", timeout.as_secs());
            Err(Fault::new(StatusCode::GATEWAY_TIMEOUT, message))
        }
        () = gone => {
            let seconds = HALF_CLOSED_TIME_MAX.as_secs();
            Err(Fault::unavailable(format!(
                "the query was ended: its client closed the connection, or its half of it, more than {seconds} s ago"
            )))
        }
    }
}

fn run_guarded(app: &App, handler: Handler, call: &Call) -> Result<Answer, Fault> {
    guarded(app, &call.path, || handler(app, call).and_then(|answer| formats::finish(call, answer)))
}

fn guarded<T>(app: &App, path: &str, work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    // Handlers keep nothing between requests that a panic could leave half done.
    std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        app.counters.http_panics.increment();
        let text = panic_text(payload.as_ref());
        tracing::error!("{path} panicked: {text}");
        Err(Fault::internal(format!("{path} failed, and this is a fault of the server: {text}")))
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
        let (app, nobody) = (app(), Peer::default());
        for cost in [Cost::Quick, Cost::Query, Cost::Render] {
            let fault = run(&app, cost, broken, call("/broken", ""), &nobody).await.unwrap_err();
            assert_eq!(fault.status, StatusCode::INTERNAL_SERVER_ERROR);
            assert!(fault.message.contains("/broken") && fault.message.contains("lost my way"), "{fault:?}");
            assert!(run(&app, cost, fine, call("/fine", ""), &nobody).await.is_ok());
        }
        assert_eq!(app.counters.http_panics.get(), 3);
        assert_eq!(app.counters.queries_running.get(), 0);
    }
}
