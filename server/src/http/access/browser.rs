//! Pages of strangers, which may make a browser send requests from inside the network, stay outside.
//!
//! A page whose name was pointed at this server (DNS rebinding) is told by its `Host`; one that sends to us from elsewhere,
//! by its `Origin` or `Sec-Fetch-Site`. Pages of the origins that are listed may read answers (CORS).

use super::super::answer::{Answer, Fault};
use super::super::shown::shown;
use super::known::Known;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY,
};
use hyper::{Method, StatusCode};
use std::net::{IpAddr, SocketAddr};

/// What scripts of a listed origin may send besides what any page may.
const REQUEST_HEADERS: &str = "authorization, content-type, x-request-id, last-event-id, if-none-match";
/// What they may see of an answer.
const ANSWER_HEADERS: &str = "x-request-id, retry-after, etag";
/// For how many seconds a browser need not ask again.
const PREFLIGHT_SECONDS: &str = "600";

/// Refuses a name of this server that a stranger's DNS could point at it. For a reading request a name without dots is
/// taken, too: no public DNS has one. Without the header it is no browser that asks.
///
/// # Errors
/// Status 403, with what is taken.
pub(super) fn check_host(headers: &HeaderMap, known: &Known, changes: bool) -> Result<(), Fault> {
    let Some(value) = headers.get(HOST) else {
        return if changes { Err(wrong_host(b"nothing")) } else { Ok(()) };
    };
    let host = value.to_str().map_err(|_| wrong_host(value.as_bytes()))?;
    let name = without_port(host).to_ascii_lowercase();
    let is_plain = !changes && !name.is_empty() && !name.contains('.') && !name.contains(':');
    if is_direct(host) || is_plain || known.hosts.contains(&name) {
        return Ok(());
    }
    Err(wrong_host(host.as_bytes()))
}

fn wrong_host(host: &[u8]) -> Fault {
    let found = shown(host);
    let message =
        format!("the Host header must be an IP address, localhost or one of [http] hosts, not {found}");
    Fault::forbidden(message)
}

/// An address, or localhost.
fn is_direct(host: &str) -> bool {
    if let Ok(address) = host.parse::<SocketAddr>() {
        return !address.ip().is_unspecified();
    }
    let name = without_port(host);
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| !address.is_unspecified())
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Refuses what a page of another origin made a browser send, unless that origin is listed.
///
/// # Errors
/// Status 403.
pub(super) fn check_origin(headers: &HeaderMap, known: &Known) -> Result<(), Fault> {
    let is_foreign = match headers.get(ORIGIN) {
        Some(_) => !is_own(headers) && listed(headers, known).is_none(),
        None => headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site"),
    };
    if is_foreign {
        return Err(Fault::forbidden(
            "a page of another origin may not change anything; [http] origins lists those that may",
        ));
    }
    Ok(())
}

fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(origin), Some(host)) = (text(ORIGIN), text(HOST)) else { return false };
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

/// The origin of the request, where it is listed.
fn listed<'h>(headers: &'h HeaderMap, known: &Known) -> Option<&'h HeaderValue> {
    let value = headers.get(ORIGIN)?;
    let origin = value.to_str().ok()?.to_ascii_lowercase();
    known.origins.contains(&origin).then_some(value)
}

/// What an answer says to a page of a listed origin; nothing to others.
pub(super) fn cors_headers(headers: &HeaderMap, known: &Known) -> Vec<(HeaderName, HeaderValue)> {
    if known.origins.is_empty() {
        return Vec::new();
    }
    let vary = (VARY, HeaderValue::from_static("origin"));
    let Some(origin) = listed(headers, known) else { return vec![vary] };
    vec![
        vary,
        (ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()),
        (ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true")),
        (ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(ANSWER_HEADERS)),
    ]
}

/// The answer to a browser that asks whether a page may send a request; `None` where that is not what is asked. `methods`
/// are those that the path answers.
pub(super) fn preflight(
    method: &Method,
    headers: &HeaderMap,
    known: &Known,
    methods: &str,
) -> Option<Result<Answer, Fault>> {
    let asks = headers.contains_key(ORIGIN) && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if *method != Method::OPTIONS || !asks {
        return None;
    }
    if listed(headers, known).is_none() {
        return Some(Err(Fault::forbidden(
            "pages of this origin may not use this server; [http] origins lists those that may",
        )));
    }
    let mut answer = Answer::new("text/plain; charset=utf-8", "");
    answer.status = StatusCode::NO_CONTENT;
    if let Ok(methods) = HeaderValue::from_str(methods) {
        answer.headers.push((ACCESS_CONTROL_ALLOW_METHODS, methods));
    }
    let answer = answer
        .with_header(ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS)
        .with_header(ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS);
    Some(Ok(answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use std::path::Path;

    fn known() -> Known {
        let text = "[http]\nhosts = [\"metrics.example.com\"]\norigins = [\"https://g.example.com\"]\n";
        Known::load(&Config::parse(text, Path::new("p.toml")).unwrap()).unwrap()
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn hosts_that_a_strangers_dns_can_move_are_refused() {
        let known = known();
        let check = |host, changes| check_host(&headers(&[("host", host)]), &known, changes).is_ok();
        for host in [
            "127.0.0.1",
            "127.0.0.1:80",
            "[::1]:80",
            "[::1]",
            "localhost",
            "LOCALHOST:1",
            "metrics.example.com",
            "Metrics.Example.com:8080",
        ] {
            assert!(check(host, true) && check(host, false), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:80",
            "",
            "0.0.0.0:80",
            "0.0.0.0",
            "localhost.evil.example",
            "evil.example.:1",
        ] {
            assert!(!check(host, true) && !check(host, false), "{host}");
        }
        assert!(check("plumbago:8080", false) && !check("plumbago:8080", true));
        let nothing = HeaderMap::new();
        assert!(check_host(&nothing, &known, false).is_ok() && check_host(&nothing, &known, true).is_err());
    }

    #[test]
    fn a_foreign_page_may_not_change() {
        let known = known();
        let check = |header| check_origin(&headers(&[("host", "localhost:8080"), header]), &known).is_ok();
        for taken in [
            ("accept", "x"),
            ("origin", "http://localhost:8080"),
            ("origin", "https://localhost:8080"),
            ("origin", "https://g.example.com"),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-site", "none"),
        ] {
            assert!(check(taken), "{taken:?}");
        }
        for refused in [
            ("origin", "http://evil.example"),
            ("origin", "null"),
            ("origin", "http://localhost"),
            ("origin", "http://g.example.com"),
            ("origin", "https://g.example.com.evil.example"),
            ("sec-fetch-site", "cross-site"),
        ] {
            assert!(!check(refused), "{refused:?}");
        }
    }

    #[test]
    fn listed_origins_may_read_and_others_are_told_nothing() {
        let known = known();
        let listed = cors_headers(&headers(&[("origin", "https://g.example.com")]), &known);
        assert!(
            listed
                .contains(&(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("https://g.example.com")))
        );
        let other = cors_headers(&headers(&[("origin", "https://evil.example")]), &known);
        assert_eq!(other, [(VARY, HeaderValue::from_static("origin"))]);
        let closed = Known::load(&Config::default()).unwrap();
        assert!(cors_headers(&headers(&[("origin", "https://g.example.com")]), &closed).is_empty());
    }

    #[test]
    fn a_preflight_is_answered_for_listed_origins() {
        let known = known();
        let ask = |origin| {
            let headers = headers(&[("origin", origin), ("access-control-request-method", "POST")]);
            preflight(&Method::OPTIONS, &headers, &known, "GET, POST")
        };
        let answer = ask("https://g.example.com").unwrap().unwrap();
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        assert!(
            answer.headers.contains(&(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST")))
        );
        assert_eq!(ask("https://evil.example").unwrap().unwrap_err().status, StatusCode::FORBIDDEN);
        assert!(preflight(&Method::OPTIONS, &HeaderMap::new(), &known, "GET").is_none());
    }
}
