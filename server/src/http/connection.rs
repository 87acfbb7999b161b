//! HTTP over accepted connections: time-outs, an answer to what is no request, and an end that lets running answers
//! out.
//!
//! hyper answers a head that it cannot read with a bare status. It never gets to see one: the connection ends for it
//! before such a head, and the answer is written here, after all others.

use super::answer::{Answer, Fault};
use super::flow::Outgoing;
use super::head::CheckedStream;
use super::peer::Peer;
use super::{App, dispatch};
use hyper::Request;
use hyper::StatusCode;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use plumbago_protocol::limits;
use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Connections open at once; more wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 4096;
/// How long a request's head may take, and how long a kept connection may be silent.
const HEAD_TIME_MAX: Duration = Duration::from_secs(75);
/// Bytes that hyper may hold of one connection: the longest head and some of what follows it.
const BUFFER_BYTES_MAX: usize =
    limits::METHOD_BYTES_MAX + limits::URL_BYTES_MAX + limits::HEADER_BYTES_MAX + 1024;
/// How long running answers may take after a stop was asked for.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(10);
/// How long a peer that is still sending may take to notice that it was answered.
const LINGER_TIME_MAX: Duration = Duration::from_secs(2);
/// How long to wait after a failure to accept.
const ACCEPT_RETRY_WAIT: Duration = Duration::from_millis(100);

/// Accepts and serves until the server drains, then lets running answers out.
pub(crate) async fn serve(listener: TcpListener, app: Arc<App>) {
    let mut health = app.health.watch();
    let mut connections = JoinSet::new();
    tokio::select! {
        () = health.until_stopping() => {}
        () = accept_forever(&listener, &app, &mut connections) => {}
    }
    drop(listener);
    let finished = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN_TIME_MAX, finished).await.is_err() {
        tracing::warn!("some answers were cut off: they took longer than {} s", DRAIN_TIME_MAX.as_secs());
    }
}

async fn accept_forever(listener: &TcpListener, app: &Arc<App>, connections: &mut JoinSet<()>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, peer)) => {
                let app = app.clone();
                connections.spawn(async move {
                    serve_connection(stream, peer, app).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!("the HTTP listener cannot accept: {error}");
                tokio::time::sleep(ACCEPT_RETRY_WAIT).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve_connection(stream: TcpStream, peer: SocketAddr, app: Arc<App>) {
    let _open = app.counters.http_connections_open.hold();
    let mut health = app.health.watch();
    // Answers are small and wanted at once.
    let _ = stream.set_nodelay(true);
    let watched = Peer::of(&stream);
    let service = service_fn(|request: Request<Incoming>| {
        let (app, watched) = (app.clone(), watched.clone());
        // Boxed, for a connection that is taken apart at its end must not be pinned.
        Box::pin(async move {
            let answer = dispatch::answer(app, request, peer, watched).await;
            Ok::<hyper::Response<Outgoing>, Infallible>(answer)
        })
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        // A peer that has said all may close its half; and what ends a connection for hyper must not end the answer
        // that is being made.
        .half_close(true)
        .max_headers(limits::HEADER_LINES_MAX)
        .max_buf_size(BUFFER_BYTES_MAX)
        .serve_connection(TokioIo::new(CheckedStream::new(stream)), service);
    let outcome = tokio::select! {
        outcome = poll_fn(|context| connection.poll_without_shutdown(context)) => outcome,
        () = health.until_stopping() => {
            Pin::new(&mut connection).graceful_shutdown();
            poll_fn(|context| connection.poll_without_shutdown(context)).await
        }
    };
    let is_timeout = outcome.as_ref().is_err_and(hyper::Error::is_timeout);
    if let Err(error) = outcome {
        tracing::debug!("{peer}: {error}");
    }
    end(connection.into_parts().io.into_inner(), is_timeout, &app).await;
}

/// Answers what ended the connection, where it was a fault, and closes it.
async fn end(stream: CheckedStream<TcpStream>, is_timeout: bool, app: &App) {
    let is_inside_body = stream.is_inside_body();
    let is_inside_head = stream.is_inside_head();
    let (mut stream, fault) = stream.into_parts();
    let fault = fault.or_else(|| (is_timeout && is_inside_head).then(slow_head));
    let is_answered_early = fault.is_some() || is_inside_body;
    if let Some(fault) = fault {
        app.counters.record_request(dispatch::NO_ROUTE, fault.status.as_u16(), Duration::ZERO);
        // The peer may be gone, and then there is nobody to tell.
        let _ = stream.write_all(&Answer::from(fault).into_last_bytes()).await;
    }
    let _ = stream.shutdown().await;
    if is_answered_early {
        // Closing while the peer still sends would reset the connection, and the answer could be lost on its way.
        let _ = tokio::time::timeout(LINGER_TIME_MAX, read_to_end(&mut stream)).await;
    }
}

async fn read_to_end(stream: &mut TcpStream) {
    let mut bytes = [0; 16 << 10];
    while stream.read(&mut bytes).await.is_ok_and(|count| count > 0) {}
}

fn slow_head() -> Fault {
    let message = format!("request: its head took longer than {} s", HEAD_TIME_MAX.as_secs());
    Fault::new(StatusCode::REQUEST_TIMEOUT, message)
}
