//! HTTP over accepted connections: time-outs, an answer to what is no request, and an end that lets running answers
//! out.
//!
//! hyper answers a head that it cannot read with a bare status. It never gets to see one: the connection ends for it
//! before such a head, and the answer is written here, after all others.

use super::answer::Answer;
use super::head::CheckedStream;
use super::log::Sent;
use super::peer::Peer;
use super::{App, dispatch};
use crate::metrics::HttpRefusal;
use crate::tls::{HttpStream, Socket, TlsListener};
use hyper::Request;
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
    let places = Arc::new(Semaphore::new(app.settings.http.get().connections_max));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((_, peer)) if !app.settings.allow_from.get().http.allow(peer.ip()) => {
                app.counters.http_refusals.count(HttpRefusal::Network);
                tracing::debug!("HTTP listener: {peer} is refused by allow_from");
            }
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
    let (socket, idle_timeout) = (Socket::new(stream), app.settings.http.get().idle_timeout);
    let watched = Peer::of(&socket);
    // Until its first byte a connection costs no more than its socket.
    tokio::select! {
        heard = tokio::time::timeout(idle_timeout, socket.readable()) => if heard.is_err() { return },
        () = health.until_stopping() => return,
    }
    let passed = tokio::select! {
        passed = app.tls.pass(TlsListener::Http, socket, peer) => passed,
        () = health.until_stopping() => None,
    };
    let Some(passed) = passed else { return };
    let service = service_fn(|request: Request<Incoming>| {
        let (app, watched) = (app.clone(), watched.clone());
        // Boxed, for a connection that is taken apart at its end must not be pinned.
        Box::pin(async move {
            let answer = dispatch::answer(app, request, peer, watched).await;
            Ok::<hyper::Response<Sent>, Infallible>(answer)
        })
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(idle_timeout)
        // A peer that has said all may close its half; and what ends a connection for hyper must not end the answer
        // that is being made.
        .half_close(true)
        .max_headers(limits::HEADER_LINES_MAX)
        .max_buf_size(BUFFER_BYTES_MAX)
        .serve_connection(TokioIo::new(CheckedStream::new(HttpStream::new(passed))), service);
    let outcome = tokio::select! {
        outcome = poll_fn(|context| connection.poll_without_shutdown(context)) => outcome,
        () = health.until_stopping() => {
            Pin::new(&mut connection).graceful_shutdown();
            poll_fn(|context| connection.poll_without_shutdown(context)).await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!("{peer}: {error}");
    }
    end(connection.into_parts().io.into_inner(), &app).await;
}

/// Answers what ended the connection, where it was a fault, and closes it.
async fn end(stream: CheckedStream<HttpStream>, app: &App) {
    let is_inside_body = stream.is_inside_body();
    let (mut stream, fault) = stream.into_parts();
    let is_answered_early = fault.is_some() || is_inside_body;
    if let Some(fault) = fault {
        app.counters.record_request(dispatch::NO_ROUTE, fault.status.as_u16(), Duration::ZERO);
        // The peer may be gone, and then there is nobody to tell.
        let _ = stream.write_all(&Answer::from(fault).into_last_bytes()).await;
    }
    let _ = tokio::time::timeout(LINGER_TIME_MAX, stream.shutdown()).await;
    if is_answered_early {
        // Closing while the peer still sends would reset the connection, and the answer could be lost on its way.
        let _ = tokio::time::timeout(LINGER_TIME_MAX, read_to_end(&mut stream)).await;
    }
}

async fn read_to_end(stream: &mut HttpStream) {
    let mut bytes = [0; 16 << 10];
    while stream.read(&mut bytes).await.is_ok_and(|count| count > 0) {}
}
