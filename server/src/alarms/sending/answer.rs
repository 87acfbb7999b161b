//! What an HTTP answer means for a message.

use std::time::{Duration, SystemTime};

use hyper::StatusCode;
use plumbago_alerting::Outcome;

/// The longest pause that a receiver may ask for.
const PAUSE_MAX: Duration = Duration::from_secs(86_400);

/// The outcome for a status, its `Retry-After` and the beginning of its body, which is shown.
pub(super) fn outcome(status: StatusCode, retry_after: Option<&str>, shown: &str, now_ms: i64) -> Outcome {
    if status.is_success() {
        return Outcome::Sent;
    }
    let is_passing = matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS);
    let colon = if shown.is_empty() { "" } else { ": " };
    let reason = format!("the receiver answered {status}{colon}{shown}");
    match is_passing || status.is_server_error() {
        true => Outcome::Retry { reason, after_ms: retry_after.and_then(|text| pause_ms(text, now_ms)) },
        false => Outcome::Refused { reason },
    }
}

/// Milliseconds from now for a number of seconds or a date.
fn pause_ms(text: &str, now_ms: i64) -> Option<u64> {
    let text = text.trim();
    let pause = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = httpdate::parse_http_date(text).ok()?;
            let now =
                SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(u64::try_from(now_ms).ok()?))?;
            until.duration_since(now).unwrap_or_default()
        }
    };
    u64::try_from(pause.min(PAUSE_MAX).as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_seconds_or_a_date() {
        let now_ms = 1_767_225_600_500;
        for (text, pause) in [
            ("120", Some(120_000)),
            (" 0 ", Some(0)),
            ("Thu, 01 Jan 2026 00:00:10 GMT", Some(9_500)),
            ("Wed, 31 Dec 2025 00:00:00 GMT", Some(0)),
            ("99999999999999999999", None),
            ("9999999999", Some(86_400_000)),
            ("-1", None),
            ("soon", None),
        ] {
            assert_eq!(pause_ms(text, now_ms), pause, "{text}");
        }
    }

    #[test]
    fn what_may_pass_is_tried_again_and_nothing_else() {
        for status in [408, 429, 500, 502, 503, 504, 599] {
            let status = StatusCode::from_u16(status).expect("a status");
            let outcome = outcome(status, Some("1"), "busy", 0);
            assert!(matches!(outcome, Outcome::Retry { after_ms: Some(1000), .. }), "{outcome:?}");
        }
        for status in [301, 400, 401, 403, 404, 410, 413, 422] {
            let status = StatusCode::from_u16(status).expect("a status");
            assert!(matches!(outcome(status, None, "", 0), Outcome::Refused { .. }), "{status}");
        }
        for status in [200, 201, 202, 204] {
            let status = StatusCode::from_u16(status).expect("a status");
            assert_eq!(outcome(status, None, "", 0), Outcome::Sent);
        }
    }
}
