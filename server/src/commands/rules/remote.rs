//! Rules over the history of a running server.

use super::client;
use crate::commands::CommandError;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::Method;
use hyper::header::CONTENT_TYPE;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Longest line of an answer that comes line by line.
const LINE_BYTES_MAX: usize = 1 << 20;

#[derive(Deserialize)]
struct Success<T> {
    data: T,
}

/// Posts a request, and reads its whole answer.
///
/// # Errors
/// The server cannot be reached, refuses, or answers something else.
pub(super) fn ask<T: DeserializeOwned>(url: &str, path: &str, request: &Value) -> Result<T, CommandError> {
    let body = wait(async { client::whole(url, send(url, path, request).await?).await })?;
    let answer: Success<T> = serde_json::from_slice(&body)
        .map_err(|error| CommandError::new(format!("{url}: unexpected answer: {error}")))?;
    Ok(answer.data)
}

/// Posts a request, and shows each line of its answer.
///
/// # Errors
/// As for [`ask`], and an answer that breaks off.
pub(super) fn follow(
    url: &str,
    path: &str,
    request: &Value,
    mut show: impl FnMut(Value),
) -> Result<(), CommandError> {
    let fault = |error: &dyn std::fmt::Display| CommandError::new(format!("{url}: {error}"));
    wait(async {
        let mut body = send(url, path, request).await?.into_body();
        let mut waiting = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| fault(&error))?;
            waiting.extend_from_slice(&frame.into_data().unwrap_or_default());
            while let Some(end) = memchr::memchr(b'\n', &waiting) {
                let line = waiting.split_to(end + 1);
                let line = serde_json::from_slice(&line);
                show(line.map_err(|error| fault(&format_args!("unexpected answer: {error}")))?);
            }
            if waiting.len() > LINE_BYTES_MAX {
                return Err(fault(&"unexpected answer: a line without an end"));
            }
        }
        Ok(())
    })
}

async fn send(
    url: &str,
    path: &str,
    request: &Value,
) -> Result<hyper::Response<hyper::body::Incoming>, CommandError> {
    let json = [(CONTENT_TYPE, "application/json")];
    client::send(url, Method::POST, path, &json, Bytes::from(request.to_string())).await
}

fn wait<T>(work: impl Future<Output = Result<T, CommandError>>) -> Result<T, CommandError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
