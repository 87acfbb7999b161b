//! What every answer goes through on its way out: its tag, and compression.
//!
//! Invariant: two answers with one tag are the same bytes; a client that names the tag gets 304 and no body. Faults are
//! short, and go out as they are.

use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::caching::names;
use super::compression::{Coding, Compressor};
use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, HeaderValue, IF_NONE_MATCH, VARY};
use twox_hash::XxHash3_128;

/// Shortest answer that is worth compressing, in bytes.
const COMPRESSED_BYTES_MIN: usize = 1024;
/// Content types that are compressed already.
const COMPRESSED_TYPES: [&str; 2] = ["image/png", "application/x-pdf"];

impl Answer {
    /// Whether the client has this answer already.
    pub(super) fn is_known_to(&self, call: &Call) -> bool {
        let Some(tag) = self.etag else { return false };
        call.is_reading()
            && call.header(IF_NONE_MATCH.as_str()).is_some_and(|header| names(header, &text(tag, call)))
    }
}

/// The tag as it is sent. Each coding makes other bytes, and so another tag.
fn text(tag: u128, call: &Call) -> String {
    match coding(call) {
        None => format!("\"{tag:032x}\""),
        Some(coding) => format!("\"{tag:032x}-{}\"", coding.name()),
    }
}

fn coding(call: &Call) -> Option<Coding> {
    call.header(ACCEPT_ENCODING.as_str()).and_then(Coding::accepted)
}

/// Tags and compresses an answer, or replaces it by 304 where the client has it already.
///
/// # Errors
/// It cannot be compressed.
pub(crate) fn finish(call: &Call, mut answer: Answer) -> Result<Answer, Fault> {
    if answer.status != StatusCode::OK {
        return Ok(answer);
    }
    if call.is_reading() && answer.etag.is_none() && answer.rest.is_none() {
        answer.etag = Some(XxHash3_128::oneshot(&answer.body));
    }
    let is_compressible = !COMPRESSED_TYPES.contains(&answer.content_type);
    if is_compressible {
        answer.headers.push((VARY, HeaderValue::from_static("Accept-Encoding")));
    }
    if let Some(value) = answer.etag.and_then(|tag| HeaderValue::from_str(&text(tag, call)).ok()) {
        answer.headers.push((ETAG, value));
    }
    if answer.is_known_to(call) {
        answer.status = StatusCode::NOT_MODIFIED;
        answer.body = Bytes::new();
        answer.rest = None;
        return Ok(answer);
    }
    let is_long = answer.rest.is_some() || answer.body.len() >= COMPRESSED_BYTES_MIN;
    if let Some(coding) = coding(call).filter(|_| is_compressible && is_long) {
        compress(&mut answer, coding)
            .map_err(|error| Fault::internal(format!("the answer cannot be compressed: {error}")))?;
    }
    Ok(answer)
}

fn compress(answer: &mut Answer, coding: Coding) -> std::io::Result<()> {
    let mut compressor = Compressor::new(coding)?;
    match answer.rest.take() {
        Some(rest) => answer.rest = Some(rest.compressed(compressor)),
        None => answer.body = [compressor.write(&answer.body)?, compressor.finish()?].concat().into(),
    }
    answer.headers.push((CONTENT_ENCODING, HeaderValue::from_static(coding.name())));
    Ok(())
}
