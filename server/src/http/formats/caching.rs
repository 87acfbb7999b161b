//! How long an answer may be kept: `cacheTimeout` and `noCache`, and an `ETag` for those who ask again.
//!
//! Invariant: without `cacheTimeout` nobody takes an old answer for the present one; asking whether it has changed is
//! cheap.

use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use hyper::header::{CACHE_CONTROL, EXPIRES, HeaderValue};
use jiff::Timestamp;
use plumbago_protocol::limits;

/// What the headers of an answer say about keeping it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caching {
    /// Ask again whether it has changed.
    Asks,
    /// Good until a moment.
    Keeps {
        /// For how long, in seconds.
        seconds: i64,
        /// That moment, in seconds since the epoch.
        until: i64,
    },
    /// Not to be kept at all.
    Never {
        /// The present, in seconds since the epoch.
        now: i64,
    },
}

impl Caching {
    /// What a request asks for at the moment `now`.
    ///
    /// # Errors
    /// A `cacheTimeout` that is no number of seconds.
    pub(crate) fn of(call: &Call, now: i64) -> Result<Caching, Fault> {
        if call.params.last("noCache").is_some() {
            return Ok(Caching::Never { now });
        }
        let Some(text) = call.params.last_filled("cacheTimeout") else {
            return Ok(Caching::Asks);
        };
        let seconds: i64 = text.trim().parse().map_err(|_| {
            Fault::bad_request(format!("cacheTimeout: expected a number of seconds, found {text:?}"))
        })?;
        let seconds = seconds.clamp(0, limits::CACHE_SECONDS_MAX);
        Ok(Caching::Keeps { seconds, until: now.saturating_add(seconds) })
    }

    /// Adds the headers.
    pub(super) fn apply(self, answer: &mut Answer) {
        let (control, expires) = match self {
            Caching::Asks => ("no-cache".to_owned(), None),
            Caching::Keeps { seconds, until } => (format!("max-age={seconds}"), Some(until)),
            Caching::Never { now } => {
                ("max-age=0, no-cache, no-store, must-revalidate, private".to_owned(), Some(now))
            }
        };
        let expires = expires.and_then(|moment| Timestamp::from_second(moment).ok());
        let expires = expires.map(|moment| moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
        let texts = [(CACHE_CONTROL, Some(control)), (EXPIRES, expires)];
        for (name, text) in texts {
            if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
                answer.headers.push((name, value));
            }
        }
    }
}

/// Whether `If-None-Match` names this tag, the quotes included.
pub(super) fn names(header: &str, tag: &str) -> bool {
    header.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::call;
    use super::*;

    fn headers(query: &str) -> Result<Vec<(String, String)>, String> {
        let caching = Caching::of(&call("/render", query), 1_710_504_000).map_err(|fault| fault.message)?;
        let mut answer = Answer::json("[]");
        caching.apply(&mut answer);
        let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
        Ok(answer.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect())
    }

    #[test]
    fn headers_say_how_long() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(headers("cacheTimeout=").unwrap(), [pair("cache-control", "no-cache")]);
        assert_eq!(
            headers("cacheTimeout=60").unwrap(),
            [pair("cache-control", "max-age=60"), pair("expires", "Fri, 15 Mar 2024 12:01:00 GMT")]
        );
        assert_eq!(headers("cacheTimeout=-5").unwrap()[0], pair("cache-control", "max-age=0"));
        let never = headers("cacheTimeout=60&noCache=1").unwrap();
        assert!(never[0].1.contains("no-store") && never[1].1.ends_with("12:00:00 GMT"), "{never:?}");
        assert!(headers("cacheTimeout=soon").unwrap_err().contains("cacheTimeout"));
    }

    #[test]
    fn tags_are_found_in_a_list() {
        assert!(names("\"a\", W/\"b\"", "\"b\"") && names("*", "\"a\""));
        assert!(!names("\"ab\"", "\"a\"") && !names("", "\"a\""));
    }
}
