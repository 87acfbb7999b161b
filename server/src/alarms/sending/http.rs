//! Requests to receivers: connections are kept and used again, answers are read up to a limit.
//!
//! Invariant: a request goes to the host of its delivery and to no other, and ends within its timeout.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode, Uri, header};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use plumbago_alerting::{HttpDelivery, Outcome};
use plumbago_protocol::limits;

use super::secrets::{Secrets, chain};
use super::{answer, redirect, trust};

/// How long the body of an answer is waited for: its status has said what counts.
const BODY_TIMEOUT: Duration = Duration::from_secs(2);

type HttpClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// One client that verifies certificates, and one that does not.
pub(super) struct HttpSender {
    verifying: Result<HttpClient, String>,
    believing: Result<HttpClient, String>,
}

/// What became of one request: an outcome, or where to go on.
enum Step {
    Done(Outcome),
    GoTo(Uri),
}

impl HttpSender {
    pub(super) fn new() -> HttpSender {
        HttpSender { verifying: client(false), believing: client(true) }
    }

    /// Sends a request once, redirects within its host included.
    pub(super) async fn send(&self, delivery: &HttpDelivery, now_ms: i64) -> Outcome {
        let client = if delivery.is_insecure { &self.believing } else { &self.verifying };
        let client = match client {
            Ok(client) => client,
            Err(reason) => return Outcome::Refused { reason: format!("TLS cannot be set up: {reason}") },
        };
        let secrets = Secrets::of(delivery);
        match tokio::time::timeout(delivery.timeout, exchange(client, delivery, &secrets, now_ms)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let reason =
                    format!("the receiver did not answer within {} ms", delivery.timeout.as_millis());
                Outcome::Retry { reason, after_ms: None }
            }
        }
    }
}

async fn exchange(client: &HttpClient, delivery: &HttpDelivery, secrets: &Secrets, now_ms: i64) -> Outcome {
    let refused = |reason: &str| Outcome::Refused { reason: reason.to_owned() };
    let Ok(mut uri) = delivery.url.0.parse::<Uri>() else { return refused("its address is none") };
    let body = Bytes::copy_from_slice(&delivery.body);
    for _ in 0..=limits::RECEIVER_REDIRECTS_MAX {
        let Some(request) = request(delivery, &uri, body.clone()) else {
            return refused("its address or a header cannot be sent");
        };
        let response = match client.request(request).await {
            Ok(response) => response,
            Err(error) => {
                let reason = format!("the receiver cannot be reached: {}", secrets.clean(&chain(&error)));
                return Outcome::Retry { reason, after_ms: None };
            }
        };
        match step(response, &uri, delivery, secrets, now_ms).await {
            Step::Done(outcome) => return outcome,
            Step::GoTo(next) => uri = next,
        }
    }
    refused("the receiver redirects more often than is followed")
}

fn request(delivery: &HttpDelivery, uri: &Uri, body: Bytes) -> Option<Request<Full<Bytes>>> {
    let mut request = Request::builder().method(Method::POST).uri(uri.clone());
    for header in &delivery.headers {
        request = request.header(header.name.as_str(), header.value.as_str());
    }
    request.body(Full::new(body)).ok()
}

async fn step(
    response: Response<Incoming>,
    uri: &Uri,
    delivery: &HttpDelivery,
    secrets: &Secrets,
    now_ms: i64,
) -> Step {
    let (head, body) = response.into_parts();
    let text_of = |name| head.headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    let is_redirect = matches!(head.status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
    let mut answer = BytesMut::new();
    // What has come until then is kept.
    let _ = tokio::time::timeout(BODY_TIMEOUT, read(body, &mut answer)).await;
    if is_redirect && delivery.follows_redirects {
        return match text_of(header::LOCATION).and_then(|location| redirect::within_host(uri, location)) {
            Some(next) => Step::GoTo(next),
            None => Step::Done(Outcome::Refused {
                reason: format!(
                    "the receiver answered {} to another host, which is not followed",
                    head.status
                ),
            }),
        };
    }
    let shown = secrets.clean(&String::from_utf8_lossy(&answer));
    Step::Done(answer::outcome(head.status, text_of(header::RETRY_AFTER), &shown, now_ms))
}

/// Reads the beginning of an answer. One that is longer, or that breaks off, is left there.
async fn read(mut body: Incoming, answer: &mut BytesMut) {
    while let Some(Ok(frame)) = body.frame().await {
        let Some(data) = frame.data_ref() else { continue };
        let room = limits::RECEIVER_ANSWER_BYTES_MAX.saturating_sub(answer.len());
        answer.extend_from_slice(data.get(..room.min(data.len())).unwrap_or_default());
        if room <= data.len() {
            return;
        }
    }
}

fn client(is_insecure: bool) -> Result<HttpClient, String> {
    let tls = trust::client(is_insecure).map_err(|error| error.to_string())?;
    let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new()).pool_max_idle_per_host(4);
    Ok(builder.build(connector))
}
