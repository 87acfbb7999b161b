//! One request from its head to its answer: route, judge, read, run, count.
//!
//! Invariant: no body is read and no handler called before whoever asks was found to be allowed to.
//!
//! Whatever a handler does, an answer goes out: a fault becomes its line, a panic becomes a line with status 500 and
//! is counted. Queries run on blocking threads, no more at once than there are places; those that find none
//! wait, as many as may.

use super::App;
use super::access::Needs;
use super::alarms;
use super::answer::{Answer, Fault};
use super::call::{BodyKind, Call, trim_path};
use super::events;
use super::find;
use super::flow::Flow;
use super::formats;
use super::log::{Line, REQUEST_ID, RequestId, Sent, note_slow, shown_path};
use super::peer::{CancelWhenDropped, HALF_CLOSED_TIME_MAX, Peer};
use super::routes::{Action, Cost, Handler, allowed_methods, find_route};
use crate::health::panic_text;
use crate::tally::Tally;
use hyper::body::{Body, Incoming};
use hyper::header::{CONNECTION, TRANSFER_ENCODING};
use hyper::{Request, Response, StatusCode};
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;
use tracing::Instrument;

/// The label of requests that no route answers.
pub(super) const NO_ROUTE: &str = "none";

/// Where a request came from, and what is kept about it until its answer has left.
struct Context<'a> {
    peer: SocketAddr,
    watched: &'a Peer,
    who: Option<Arc<str>>,
    tally: Arc<Tally>,
}

/// Answers one request.
pub(super) async fn answer(
    app: Arc<App>,
    request: Request<Incoming>,
    peer: SocketAddr,
    watched: Peer,
) -> Response<Sent> {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    let span = tracing::info_span!("request", %id);
    let cors = app.access.cors_headers(request.headers());
    let line =
        app.settings.log.get().access.then(|| (request.method().clone(), request.uri().path().to_owned()));
    let is_chunked = request.headers().contains_key(TRANSFER_ENCODING);
    let mut is_body_left = !request.body().is_end_stream();
    let mut context = Context { peer, watched: &watched, who: None, tally: Arc::default() };
    let (route, outcome) =
        admit_and_act(&app, request, &mut context, &mut is_body_left).instrument(span).await;
    let (answer, flow) = outcome.unwrap_or_else(|fault| (Answer::from(fault), None));
    app.counters.record_request(route, answer.status.as_u16(), started.elapsed());
    // Only the library knows where a chunked body ends, and so where another head would begin; and it closes the connection
    // when a body is left unread, which the peer must be told.
    let closes = is_chunked || is_body_left;
    let answer = if closes { answer.with_header(CONNECTION, "close") } else { answer };
    let status = answer.status.as_u16();
    let mut response = match flow {
        Some(flow) => answer.into_flowing(flow),
        None => answer.into_response(),
    };
    for (name, value) in cors.into_iter().chain(id.header().map(|id| (REQUEST_ID, id))) {
        response.headers_mut().append(name, value);
    }
    let line = line.map(|(method, path)| {
        let path = shown_path(&path);
        Line { id, peer, method, route, path, started, who: context.who, tally: context.tally, status }
    });
    response.map(|body| Sent::new(body, line))
}

/// What a request comes to: the answer's head, and its body where that comes in pieces.
type Outcome = Result<(Answer, Option<Flow>), Fault>;

/// Finds the route, sees whether whoever asks may, and does what is asked; answers with the route's label.
async fn admit_and_act(
    app: &Arc<App>,
    request: Request<Incoming>,
    context: &mut Context<'_>,
    is_body_left: &mut bool,
) -> (&'static str, Outcome) {
    let path = find::routed(trim_path(request.uri().path()), request.uri().query());
    let (method, headers) = (request.method(), request.headers());
    if let Some(answer) = app.access.preflight(method, headers, allowed_methods(path)) {
        return (NO_ROUTE, answer.map(|answer| (answer, None)));
    }
    let found = find_route(method, path);
    let needs = found.as_ref().ok().map(|route| route.needs());
    if let (Ok(route), Some(Needs::Signature)) = (&found, needs) {
        if let Err(fault) = alarms::signed(app, path) {
            return (route.path, Err(fault));
        }
    } else if needs != Some(Needs::Nothing) {
        let asker = match app.access.identify(headers, context.peer).await {
            Ok(asker) => asker,
            Err(fault) => return (NO_ROUTE, Err(fault)),
        };
        context.who.clone_from(&asker.name);
        match &found {
            Err(fault) => return (NO_ROUTE, Err(app.access.hide(&asker, fault.clone()))),
            Ok(route) => {
                if let Err(fault) = app.access.check(&asker, route.needs(), headers) {
                    if matches!(route.action, Action::Change(_) | Action::Import) {
                        app.events.counters().refuse("forbidden");
                    }
                    return (route.path, Err(fault));
                }
            }
        }
    }
    match found {
        Err(fault) => (NO_ROUTE, Err(fault)),
        Ok(route) => (route.path, act(app, route.action, request, context, is_body_left).await),
    }
}

/// Does what a route is for; `is_body_left` is made false once the request's body, if it has one, was read to its end.
async fn act(
    app: &Arc<App>,
    action: Action,
    request: Request<Incoming>,
    context: &Context<'_>,
    is_body_left: &mut bool,
) -> Outcome {
    let whole = |answer| (answer, None);
    if let Action::Import = action {
        let answer = events::import(app, request.into_body()).await?;
        *is_body_left = false;
        return Ok(whole(answer));
    }
    let kind = match action {
        Action::Read(..) | Action::Flow(_) | Action::Import => BodyKind::Form,
        Action::Change(_) => BodyKind::Events,
        Action::Rules(_) | Action::RulesFlow(_) => BodyKind::Rules,
        Action::Json(_) => BodyKind::Json,
    };
    let read = Call::read(request, kind).await;
    let read = read.inspect_err(|_| {
        if kind == BodyKind::Events {
            app.events.counters().refuse("body");
        }
    })?;
    *is_body_left = false;
    let call = read.with_tally(context.tally.clone());
    if call.params.last_filled("jsonp").is_some() && app.access.has_credentials() {
        return Err(Fault::bad_request(
            "jsonp: any page could read the answer, so there is none where credentials are asked for",
        ));
    }
    match action {
        Action::Read(cost, handler) => run(app, cost, handler, call, context.watched).await.map(whole),
        Action::Rules(handler) => run(app, Cost::Render, handler, call, context.watched).await.map(whole),
        Action::Change(handler) => {
            let pending = guarded(app, &call.path, || handler(app, &call))?;
            pending.finish(app).await.map(whole)
        }
        Action::Flow(handler) | Action::RulesFlow(handler) => {
            guarded(app, &call.path, || handler(app, &call)).map(|(answer, flow)| (answer, Some(flow)))
        }
        Action::Json(handler) => run(app, Cost::Query, handler, call, context.watched).await.map(whole),
        Action::Import => Err(Fault::internal("an import came where none can")),
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
        // What does not ask whether it is wanted goes on to its end once it has begun.
        Cost::Query => run_blocking(app, handler, call, watched, false).await,
        Cost::Render => run_blocking(app, handler, call, watched, true).await,
    }
}

async fn run_blocking(
    app: &Arc<App>,
    handler: Handler,
    call: Call,
    watched: &Peer,
    asks_whether_wanted: bool,
) -> Result<Answer, Fault> {
    let limits = app.settings.query.get();
    let (started, timeout) = (Instant::now(), limits.timeout);
    let deadline = started + timeout;
    // Whichever way this ends: nobody waits for what is still running then.
    let _unwanted = CancelWhenDropped(call.cancel.clone());
    let mut gone = std::pin::pin!(watched.gone());
    // Whatever waits has changed nothing yet, and leaves with its client.
    let place = tokio::select! {
        place = app.places.wait(limits.waiting_max, deadline) => place?,
        () = &mut gone => return Err(client_gone()),
    };
    let (app, span) = (app.clone(), tracing::Span::current());
    let running = tokio::task::spawn_blocking(move || {
        // The place is taken until the work ends, even when nobody waits for it any more.
        let _place = place;
        let _running = app.counters.queries_running.hold();
        let begun = Instant::now();
        span.in_scope(|| {
            let outcome = run_guarded(&app, handler, &call);
            if call.cancel.is_cancelled() && outcome.is_err() {
                app.counters.queries_cancelled.increment();
            }
            note_slow(&app.settings.log.get(), &call, begun - started, begun.elapsed());
            outcome
        })
    });
    tokio::select! {
        outcome = running => match outcome {
            Ok(outcome) => outcome,
            Err(error) => Err(Fault::internal(format!("the query was lost: {error}"))),
        },
        () = tokio::time::sleep_until(deadline.into()) => {
            let message = format!("the query took longer than {} s ([query] timeout_secs)", timeout.as_secs());
            Err(Fault::new(StatusCode::GATEWAY_TIMEOUT, message))
        }
        () = &mut gone, if asks_whether_wanted => Err(client_gone()),
    }
}

fn client_gone() -> Fault {
    let seconds = HALF_CLOSED_TIME_MAX.as_secs();
    Fault::unavailable(format!(
        "the query was ended: its client closed the connection, or its half of it, more than {seconds} s ago"
    ))
}

fn run_guarded(app: &App, handler: Handler, call: &Call) -> Result<Answer, Fault> {
    guarded(app, &call.path, || handler(app, call).and_then(|answer| formats::finish(call, answer)))
}

fn guarded<T>(app: &App, path: &str, work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    // Handlers keep nothing between requests that a panic could leave half done.
    std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        app.counters.http_panics.increment();
        let (path, text) = (shown_path(path), panic_text(payload.as_ref()));
        tracing::error!("{path} panicked: {text}");
        Err(Fault::internal(format!("{path} failed, and this is a fault of the server: {text}")))
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{app, call};
    use super::*;
    use crate::tls::Socket;
    use tokio::net::{TcpListener, TcpStream};

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

    #[tokio::test]
    async fn whoever_waits_for_a_place_leaves_the_queue_with_its_client() {
        let app = app();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        let socket = Socket::new(accepted);
        let places: Vec<_> = std::iter::from_fn(|| app.places.take().ok()).collect();
        assert!(!places.is_empty());
        drop(client);
        for cost in [Cost::Query, Cost::Render] {
            let fault = run(&app, cost, broken, call("/broken", ""), &Peer::of(&socket)).await.unwrap_err();
            assert_eq!(fault, client_gone());
        }
        assert_eq!(app.counters.http_panics.get(), 0, "nothing has run");
    }
}
