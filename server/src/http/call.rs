//! One request as a handler sees it: path, parameters and sender, read whole and within the caps.
//!
//! Handlers never touch a socket or wait; whatever could be slow about reading a request happened here.

use super::answer::Fault;
use super::formats::PROTOBUF_V3_TYPE;
use super::params::Params;
use super::shown::shown;
use crate::tally::Tally;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderMap};
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode};
use plumbago_protocol::limits;
use plumbago_query::Cancel;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// The name of carbonapi's third dialect.
const PROTOBUF_V3_FORMAT: &str = "carbonapi_v3_pb";
/// The one kind of body that is read.
const FORM: &str = "application/x-www-form-urlencoded";
/// How long a body may take to arrive.
const BODY_TIME_MAX: Duration = Duration::from_secs(30);

/// A request that was read.
#[derive(Debug)]
pub(crate) struct Call {
    /// The path without a trailing slash.
    pub(crate) path: String,
    /// Query string and form, merged.
    pub(crate) params: Params,
    /// The body, where it is no form.
    pub(crate) body: Bytes,
    /// GET or POST.
    pub(crate) method: Method,
    /// What answering has read.
    pub(crate) tally: Arc<Tally>,
    /// Whether an answer is still wanted.
    pub(crate) cancel: Cancel,
    headers: HeaderMap,
}

/// What a body is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyKind {
    /// Parameters.
    Form,
    /// Events in JSON, whatever its type says: `curl -d` says that it is a form.
    Events,
    /// Texts of rules in JSON, whatever its type says.
    Rules,
    /// JSON, whatever its type says, or nothing.
    Json,
}

impl BodyKind {
    fn bytes_max(self) -> usize {
        match self {
            BodyKind::Form | BodyKind::Rules | BodyKind::Json => limits::BODY_BYTES_MAX,
            BodyKind::Events => limits::EVENT_BODY_BYTES_MAX,
        }
    }
}

impl Call {
    /// Reads the request's body and parameters.
    ///
    /// # Errors
    /// A body over the cap, one that is no form, or one that does not arrive in time; too many parameters.
    pub(crate) async fn read(request: Request<Incoming>, kind: BodyKind) -> Result<Call, Fault> {
        let (head, body) = request.into_parts();
        let bytes_max = kind.bytes_max();
        if body.size_hint().lower() > bytes_max as u64 {
            return Err(too_long(bytes_max));
        }
        let collected = tokio::time::timeout(BODY_TIME_MAX, Limited::new(body, bytes_max).collect());
        let body = match collected.await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(too_long(bytes_max)),
            Ok(Err(error)) => {
                let cause = first_cause(&*error);
                return Err(Fault::bad_request(format!("the request's body cannot be read: {cause}")));
            }
            Err(_elapsed) => {
                let message = format!("the request's body took longer than {} s", BODY_TIME_MAX.as_secs());
                return Err(Fault::new(StatusCode::REQUEST_TIMEOUT, message));
            }
        };
        if kind != BodyKind::Form || asks_in_protobuf(head.uri.query().unwrap_or_default(), &head.headers) {
            return Ok(Call { body, ..Call::without_body(head)? });
        }
        if !body.is_empty() {
            check_is_form(&head.headers)?;
        }
        let params = Params::parse(head.uri.query().unwrap_or_default(), &body)?;
        let call = Call::new(trim_path(head.uri.path()).to_owned(), params, head.headers);
        Ok(Call { method: head.method, ..call })
    }

    /// A request whose body is left to somebody else.
    ///
    /// # Errors
    /// Too many parameters.
    fn without_body(head: Parts) -> Result<Call, Fault> {
        let params = Params::parse(head.uri.query().unwrap_or_default(), b"")?;
        let call = Call::new(trim_path(head.uri.path()).to_owned(), params, head.headers);
        Ok(Call { method: head.method, ..call })
    }

    /// A request from its parts; `path` has no trailing slash.
    pub(super) fn new(path: String, params: Params, headers: HeaderMap) -> Call {
        let (body, method, tally) = (Bytes::new(), Method::GET, Arc::default());
        Call { path, params, body, method, tally, cancel: Cancel::new(), headers }
    }

    /// The same request, with what answering it reads noted here.
    pub(super) fn with_tally(self, tally: Arc<Tally>) -> Call {
        Call { tally, ..self }
    }

    /// What follows `prefix` in the path, percent-decoded.
    pub(crate) fn path_after(&self, prefix: &str) -> String {
        let rest = self.path.strip_prefix(prefix).unwrap_or_default();
        percent_encoding::percent_decode_str(rest).decode_utf8_lossy().into_owned()
    }

    /// The first header of this name in lower case, where it came and is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the request only reads, so that an answer may be known already.
    pub(crate) fn is_reading(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD)
    }

    /// Whether it is asked, and to be answered, in carbonapi's third dialect.
    pub(crate) fn is_protobuf_v3(&self) -> bool {
        self.params.last("format") == Some(PROTOBUF_V3_FORMAT) || accepts_protobuf_v3(&self.headers)
    }

    /// The `Host` header, as it came.
    pub(crate) fn host(&self) -> Option<&str> {
        self.header(HOST.as_str())
    }
}

/// Whether the body is a message of carbonapi's third dialect, which comes without a type of its own.
fn asks_in_protobuf(query: &str, headers: &HeaderMap) -> bool {
    let says_so = |pair: &str| pair.strip_prefix("format=") == Some(PROTOBUF_V3_FORMAT);
    query.split('&').any(says_so) || accepts_protobuf_v3(headers)
}

fn accepts_protobuf_v3(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().any(|value| value.as_bytes() == PROTOBUF_V3_TYPE.as_bytes())
}

/// Refuses a body that says it is something else than a form: read as one it would be a request for nothing. Without
/// a type, and as plain text, it is what simple clients send.
fn check_is_form(headers: &HeaderMap) -> Result<(), Fault> {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Ok(());
    };
    let essence = value.as_bytes().split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
    if [FORM, "text/plain", ""].iter().any(|taken| essence.eq_ignore_ascii_case(taken.as_bytes())) {
        return Ok(());
    }
    let message = format!("Content-Type: expected {FORM}, found {}", shown(value.as_bytes()));
    Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message))
}

/// The error at the bottom: those above it only say that reading failed.
fn first_cause<'e>(error: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause
}

fn too_long(bytes_max: usize) -> Fault {
    let message = format!("the request's body is longer than {bytes_max} bytes");
    Fault::new(StatusCode::PAYLOAD_TOO_LARGE, message)
}

/// The path without trailing slashes, as graphite-web's are reached both ways; the root stays `/`.
pub(crate) fn trim_path(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" => "/",
        trimmed => trimmed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_a_form_or_does_not_say_what_it_is() {
        let check = |value: &str| {
            let value = hyper::header::HeaderValue::from_str(value).unwrap();
            check_is_form(&HeaderMap::from_iter([(CONTENT_TYPE, value)]))
        };
        assert_eq!(check_is_form(&HeaderMap::new()), Ok(()));
        for taken in [FORM, "Application/X-WWW-form-urlencoded ; charset=UTF-8", "text/plain;charset=UTF-8"] {
            assert_eq!(check(taken), Ok(()), "{taken}");
        }
        for refused in ["application/json", "multipart/form-data; boundary=x", "form", "text/plainer"] {
            let fault = check(refused).unwrap_err();
            assert_eq!(fault.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
            assert_eq!(fault.message, format!("Content-Type: expected {FORM}, found {refused}"));
        }
    }

    #[test]
    fn trailing_slashes_do_not_matter() {
        assert_eq!(trim_path("/render/"), "/render");
        assert_eq!(trim_path("/"), "/");
        assert_eq!(trim_path("//"), "/");
    }
}
