//! HTTP over accepted connections: caps on heads, time-outs, and an end that lets running answers out.

use super::App;
use super::dispatch;
use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use plumbago_protocol::limits;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Connections open at once; more wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 4096;
/// How long a request's head may take, and how long a kept connection may be silent.
const HEAD_TIME_MAX: Duration = Duration::from_secs(75);
/// Header lines of one request.
const HEADERS_MAX: usize = 100;
/// Bytes of header lines, besides the request line.
const HEADER_BYTES_MAX: usize = 64 * 1024;
/// How long running answers may take after a stop was asked for.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(10);
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
    let service = service_fn(|request: Request<Incoming>| {
        let app = app.clone();
        async move { Ok::<hyper::Response<Full<Bytes>>, Infallible>(dispatch::answer(app, request, peer).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .max_headers(HEADERS_MAX)
        .max_buf_size(limits::URL_BYTES_MAX + HEADER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = health.until_stopping() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!("{peer}: {error}");
    }
}
