//! A small HTTP client: one request to a server, one answer from it.

use super::CommandError;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName};
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;
use tokio::net::TcpStream;

/// Holds the token that is shown to a server that asks for one.
const TOKEN_VARIABLE: &str = "PLUMBAGO_TOKEN";

/// Bytes of an answer that are read.
const ANSWER_BYTES_MAX: usize = 1 << 30;

/// How long an answer may take.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(120);

/// Posts `form` to `path` below the server's `url`, and returns the body of an answer with status 200.
///
/// # Errors
/// The URL is none, the server cannot be reached, or it answers with another status; its own line is passed on.
pub(super) fn post(url: &str, path: &str, form: &[(&str, &str)]) -> Result<Bytes, CommandError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let asking = async { tokio::time::timeout(ANSWER_TIME_MAX, ask(url, path, form)).await };
    runtime.block_on(asking).unwrap_or_else(|_elapsed| {
        Err(CommandError::new(format!("{url} gives no answer within {} s", ANSWER_TIME_MAX.as_secs())))
    })
}

async fn ask(url: &str, path: &str, form: &[(&str, &str)]) -> Result<Bytes, CommandError> {
    let form_type = [(CONTENT_TYPE, "application/x-www-form-urlencoded")];
    whole(url, send(url, Method::POST, path, &form_type, Bytes::from(encode(form))).await?).await
}

/// Sends a request with a body in JSON, or none, and returns what the whole answer holds.
///
/// # Errors
/// As for [`post`], and an answer that is something else than was expected.
pub(super) fn exchange<T: DeserializeOwned>(
    url: &str,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Result<T, CommandError> {
    let headers = [(CONTENT_TYPE, "application/json")];
    let bytes = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let asking = async {
        let asked = send(url, method, path, &headers[..usize::from(body.is_some())], bytes);
        let answer = tokio::time::timeout(ANSWER_TIME_MAX, async { whole(url, asked.await?).await }).await;
        answer.unwrap_or_else(|_elapsed| {
            Err(fault(url, &format_args!("no answer within {} s", ANSWER_TIME_MAX.as_secs())))
        })
    };
    let answer = runtime.block_on(asking)?;
    let text: &[u8] = if answer.is_empty() { b"null" } else { &answer };
    serde_json::from_slice(text).map_err(|error| fault(url, &format_args!("unexpected answer: {error}")))
}

/// Sends a request to `path` below the server's `url`, and returns an answer with status 200 before its body came.
///
/// # Errors
/// The URL is none, the server cannot be reached, or it answers with another status; its own line is passed on.
pub(super) async fn send(
    url: &str,
    method: Method,
    path: &str,
    headers: &[(HeaderName, &str)],
    body: Bytes,
) -> Result<Response<Incoming>, CommandError> {
    let server: Uri = url.trim_end_matches('/').parse().map_err(|error| fault(url, &error))?;
    let (Some("http"), Some(host)) = (server.scheme_str(), server.host()) else {
        return Err(fault(url, &"expected a URL such as http://127.0.0.1:8080"));
    };
    let port = server.port_u16().unwrap_or(80);
    let stream = TcpStream::connect((host.trim_matches(['[', ']']), port))
        .await
        .map_err(|error| fault(url, &format_args!("cannot be reached: {error}")))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| fault(url, &error))?;
    tokio::spawn(connection);
    let mut request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", server.path().trim_end_matches('/')))
        .header(HOST, server.authority().map_or("", |authority| authority.as_str()));
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    if let Ok(token) = std::env::var(TOKEN_VARIABLE) {
        request = request.header(AUTHORIZATION, format!("Bearer {}", token.trim()));
    }
    let request = request.body(Full::new(body)).map_err(|error| fault(url, &error))?;
    let answer = sender.send_request(request).await.map_err(|error| fault(url, &error))?;
    let status = answer.status();
    if status == StatusCode::OK {
        return Ok(answer);
    }
    let body = whole(url, answer).await?;
    let text = String::from_utf8_lossy(&body);
    let line = text.lines().next().unwrap_or_default();
    Err(fault(url, &format_args!("{status}: {line}")))
}

/// The body of an answer.
///
/// # Errors
/// It is too long, or breaks off.
pub(super) async fn whole(url: &str, answer: Response<Incoming>) -> Result<Bytes, CommandError> {
    let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
    body.map(|body| body.to_bytes()).map_err(|error| fault(url, &error))
}

fn fault(url: &str, error: &dyn std::fmt::Display) -> CommandError {
    CommandError::new(format!("{url}: {error}"))
}

/// Pairs as a form or a query string.
pub(super) fn encode(form: &[(&str, &str)]) -> String {
    let escape = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let pairs = form.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_percent_encoded() {
        assert_eq!(
            encode(&[("target", "sum(a.*, 'b&c')"), ("n", "1")]),
            "target=sum%28a%2E%2A%2C%20%27b%26c%27%29&n=1"
        );
    }

    #[test]
    fn faults_name_the_url() {
        for url in ["", "127.0.0.1", "https://localhost", "http://"] {
            assert!(post(url, "/render", &[]).is_err(), "{url}");
        }
        let error = post("http://127.0.0.1:1", "/render", &[]).unwrap_err().to_string();
        assert!(error.starts_with("http://127.0.0.1:1: cannot be reached"), "{error}");
    }
}
