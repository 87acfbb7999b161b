//! What a handler answers with, and how faults are worded.
//!
//! A fault is one line of plain text that names what is wrong and where, whatever was asked for; never HTML. The
//! status tells whose fault it is: 4xx the caller's, 5xx ours.

use super::flow::{Flow, Outgoing};
use super::formats::{Encoded, Rest};
use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};

/// Most characters of the line of a fault. Its causes come from many places, and some repeat what was sent.
const FAULT_CHARACTERS_MAX: usize = 1000;

/// After how many seconds those may come again who found no place.
const RETRY_SECONDS: &str = "1";

/// A complete answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status, 200 unless said otherwise.
    pub(crate) status: StatusCode,
    /// The value of `Content-Type`.
    pub(crate) content_type: &'static str,
    /// The body, or its beginning.
    pub(crate) body: Bytes,
    /// What of a long body is not written yet.
    pub(crate) rest: Option<Rest>,
    /// What the answer is known by: the same number means the same bytes.
    pub(crate) etag: Option<u128>,
    /// Further headers.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Answer {
    /// Status 200 with this body.
    pub(crate) fn new(content_type: &'static str, body: impl Into<Bytes>) -> Answer {
        Answer {
            status: StatusCode::OK,
            content_type,
            body: body.into(),
            rest: None,
            etag: None,
            headers: Vec::new(),
        }
    }

    /// Status 200 with a JSON body.
    pub(crate) fn json(body: impl Into<Bytes>) -> Answer {
        Answer::new("application/json", body)
    }

    /// Status 200 with one line of text; the newline is added.
    pub(crate) fn line(text: &str) -> Answer {
        Answer::new("text/plain; charset=utf-8", format!("{text}\n"))
    }

    /// The same answer with one more header.
    pub(crate) fn with_header(mut self, name: HeaderName, value: &'static str) -> Answer {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }

    /// The answer as hyper sends it.
    pub(crate) fn into_response(mut self) -> Response<Outgoing> {
        let body = std::mem::take(&mut self.body);
        match self.rest.take() {
            None => self.with_body(Either::Left(Full::new(body))),
            Some(rest) => self.with_body(Either::Right(Either::Right(Encoded::new(body, rest)))),
        }
    }

    /// The answer as hyper sends it, with a body that comes piece by piece in place of its own.
    pub(crate) fn into_flowing(self, flow: Flow) -> Response<Outgoing> {
        self.with_body(Either::Right(Either::Left(flow)))
    }

    fn with_body(self, body: Outgoing) -> Response<Outgoing> {
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        // Names of metrics are senders' text: no browser may take an answer for something it is not.
        headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
        for (name, value) in self.headers {
            headers.append(name, value);
        }
        response
    }

    /// The answer as it is sent where no request could be read: a whole message, the last one of its connection.
    pub(crate) fn into_last_bytes(self) -> Vec<u8> {
        let body = self.body.clone();
        let response = self.into_response();
        let mut bytes = format!("HTTP/1.1 {}\r\n", response.status()).into_bytes();
        for (name, value) in response.headers() {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        let end = format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len());
        [&bytes, end.as_bytes(), &body].concat()
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// 4xx or 5xx.
    pub(crate) status: StatusCode,
    /// What is wrong, and where.
    pub(crate) message: String,
    /// Further headers of the answer.
    pub(crate) headers: Vec<(HeaderName, &'static str)>,
}

impl Fault {
    /// A fault with this status.
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Fault {
        Fault { status, message: message.into(), headers: Vec::new() }
    }

    /// The caller asked for something that makes no sense: status 400.
    pub(crate) fn bad_request(message: impl Into<String>) -> Fault {
        Fault::new(StatusCode::BAD_REQUEST, message)
    }

    /// The path answers other methods: status 405.
    pub(crate) fn method_not_allowed(message: impl Into<String>, allow: &'static str) -> Fault {
        Fault::new(StatusCode::METHOD_NOT_ALLOWED, message).with_header(ALLOW, allow)
    }

    /// The caller may not do this: status 403.
    pub(crate) fn forbidden(message: impl Into<String>) -> Fault {
        Fault::new(StatusCode::FORBIDDEN, message)
    }

    /// It went wrong here: status 500.
    pub(crate) fn internal(message: impl Into<String>) -> Fault {
        Fault::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    /// Not now: status 503.
    pub(crate) fn unavailable(message: impl Into<String>) -> Fault {
        Fault::new(StatusCode::SERVICE_UNAVAILABLE, message)
    }

    /// Not now, but soon: status 503, and when to come again.
    pub(crate) fn busy(message: impl Into<String>) -> Fault {
        Fault::unavailable(message).with_header(RETRY_AFTER, RETRY_SECONDS)
    }

    /// The same fault with one more header.
    pub(crate) fn with_header(mut self, name: HeaderName, value: &'static str) -> Fault {
        self.headers.push((name, value));
        self
    }
}

impl From<Fault> for Answer {
    fn from(fault: Fault) -> Answer {
        // One line, even where a cause of several lines was passed on.
        let words: Vec<&str> =
            fault.message.split(['\r', '\n']).map(str::trim).filter(|part| !part.is_empty()).collect();
        let mut line = words.join("; ");
        if let Some((end, _)) = line.char_indices().nth(FAULT_CHARACTERS_MAX) {
            line.truncate(end);
            line.push('…');
        }
        let mut answer = Answer::line(&line);
        answer.status = fault.status;
        fault.headers.into_iter().fold(answer, |answer, (name, value)| answer.with_header(name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_one_line_of_text() {
        let answer = Answer::from(Fault::bad_request("until: not a time\n  at column 3\r\n"));
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.content_type, "text/plain; charset=utf-8");
        assert_eq!(answer.body, "until: not a time; at column 3\n");
    }

    #[test]
    fn the_line_of_a_fault_has_a_cap() {
        let answer = Answer::from(Fault::bad_request("é".repeat(60_000)));
        assert_eq!(answer.body, format!("{}…\n", "é".repeat(1000)));
    }

    #[test]
    fn an_answer_without_a_request_is_a_whole_message() {
        let bytes = Answer::from(Fault::bad_request("request line: none")).into_last_bytes();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n\
             x-content-type-options: nosniff\r\ncontent-length: 19\r\nconnection: close\r\n\r\n\
             request line: none\n"
        );
    }

    #[test]
    fn an_answer_keeps_its_headers() {
        let response =
            Answer::json("[]").with_header(hyper::header::CACHE_CONTROL, "no-store").into_response();
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    }
}
