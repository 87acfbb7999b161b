//! Addresses of pictures: what is to be drawn and until when, behind a signature over both.
//!
//! ```text
//! https://graphs.example.org/api/v1/pictures/SIGNATURE.WHAT
//! ```
//!
//! Both parts are base64url without padding: the HMAC-SHA256 of the second part as it is written, and JSON.
//!
//! Invariant: nothing of an address is looked at before its signature is found to be ours, so that whoever has one sees
//! that picture until its time is over, and nothing else.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use plumbago_alerting::AlarmGraph;
use serde::{Deserialize, Serialize};

use super::key::PictureKey;

/// What comes before the signature.
pub(crate) const PATH: &str = "/api/v1/pictures/";
/// Longest address in bytes: programs for people take no longer ones.
const ADDRESS_BYTES_MAX: usize = 2000;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    /// Until when it is valid, in seconds since the epoch.
    #[serde(rename = "e")]
    expires_secs: i64,
    #[serde(rename = "g")]
    graph: AlarmGraph,
}

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AddressError {
    /// It was not made here, or was changed.
    Foreign,
    /// Its time is over since so many seconds after the epoch.
    Expired(i64),
}

impl fmt::Display for AddressError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AddressError::Foreign => {
                formatter.write_str("this address of a picture was not made by this server, or was changed")
            }
            AddressError::Expired(secs) => match jiff::Timestamp::from_second(*secs) {
                Ok(moment) => write!(formatter, "this address of a picture was valid until {moment}"),
                Err(_) => formatter.write_str("this address of a picture is not valid any more"),
            },
        }
    }
}

/// The address of a graph below an external URL, valid until `expires_secs`. Where it would be too long, it shows fewer
/// series; `None`: even that does not help.
pub(crate) fn signed_address(
    key: &PictureKey,
    external_url: &str,
    graph: AlarmGraph,
    expires_secs: i64,
) -> Option<String> {
    let mut signed = Signed { expires_secs, graph };
    loop {
        let what = BASE64.encode(serde_json::to_vec(&signed).ok()?);
        let signature = BASE64.encode(key.sign(&what));
        let address = format!("{}{PATH}{signature}.{what}", external_url.trim_end_matches('/'));
        if address.len() <= ADDRESS_BYTES_MAX {
            return Some(address);
        }
        if signed.graph.series.len() <= 1 {
            return None;
        }
        signed.graph.series.pop();
    }
}

/// The graph of an address, of which `name` is what follows [`PATH`].
///
/// # Errors
/// It is not ours, or its time is over.
pub(crate) fn read_address(key: &PictureKey, name: &str, now_secs: i64) -> Result<AlarmGraph, AddressError> {
    let (signature, what) = name.split_once('.').ok_or(AddressError::Foreign)?;
    let signature = BASE64.decode(signature).map_err(|_| AddressError::Foreign)?;
    if !key.has_signed(what, &signature) {
        return Err(AddressError::Foreign);
    }
    // What an earlier version has signed in another form is as good as foreign.
    let signed: Option<Signed> =
        BASE64.decode(what).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Signed { expires_secs, graph } = signed.ok_or(AddressError::Foreign)?;
    if now_secs >= expires_secs {
        return Err(AddressError::Expired(expires_secs));
    }
    Ok(graph)
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumbago_rules::Bound;

    const NOW: i64 = 1_767_225_600;

    fn key() -> PictureKey {
        let folder = tempfile::tempdir().expect("a folder");
        PictureKey::open(folder.path()).expect("a key")
    }

    fn graph() -> AlarmGraph {
        AlarmGraph {
            title: "HighCpu: <ä>".to_owned(),
            expression: "web*.cpu".into(),
            series: vec!["web.cpu".into(), "web2.cpu".into()],
            bounds: vec![Bound { value: 90.0, label: "critical > 90".to_owned() }],
            firing_secs: (NOW - 600, NOW),
            range_secs: (NOW - 4200, NOW),
        }
    }

    #[test]
    fn an_address_is_what_was_signed_until_its_time_is_over() {
        let key = key();
        let address =
            signed_address(&key, "https://p.example/graphs/", graph(), NOW + 60).expect("an address");
        let name = address.strip_prefix("https://p.example/graphs/api/v1/pictures/").expect(&address);
        assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)), "{name}");
        assert_eq!(read_address(&key, name, NOW + 59), Ok(graph()));
        let over = read_address(&key, name, NOW + 60).expect_err("it is over");
        assert_eq!(over, AddressError::Expired(NOW + 60));
        assert_eq!(over.to_string(), "this address of a picture was valid until 2026-01-01T00:01:00Z");
        assert_eq!(read_address(&self::key(), name, NOW), Err(AddressError::Foreign), "of another server");
    }

    #[test]
    fn a_change_of_any_character_is_refused() {
        let key = key();
        let address = signed_address(&key, "", graph(), NOW + 60).expect("an address");
        let name = address.strip_prefix(PATH).expect(&address);
        for place in 0..name.len() {
            for other in ["A", "B", "Q", "-", "_", ".", "=", "%", "\u{e9}"] {
                let mut changed = name.to_owned();
                changed.replace_range(place..=place, other);
                if changed != name {
                    assert_eq!(read_address(&key, &changed, NOW), Err(AddressError::Foreign), "{changed}");
                }
            }
            assert_eq!(read_address(&key, &name[..place], NOW), Err(AddressError::Foreign));
        }
        for odd in ["", ".", "..", &format!("{name}="), &format!("{name}.A"), &format!(".{name}")] {
            assert_eq!(read_address(&key, odd, NOW), Err(AddressError::Foreign), "{odd}");
        }
    }

    #[test]
    fn what_is_signed_without_being_a_graph_is_refused() {
        let key = key();
        for text in ["", "{}", "[1]", "{\"e\":9999999999,\"g\":{}}"] {
            let what = BASE64.encode(text);
            let name = format!("{}.{what}", BASE64.encode(key.sign(&what)));
            assert_eq!(read_address(&key, &name, NOW), Err(AddressError::Foreign), "{text}");
        }
    }

    #[test]
    fn a_long_one_shows_fewer_series_or_is_none() {
        let key = key();
        let series = |length: usize| (0..10).map(|at| format!("{at}{}", "x".repeat(length)).into()).collect();
        let some = signed_address(
            &key,
            "https://p.example",
            AlarmGraph { series: series(300), ..graph() },
            NOW + 60,
        );
        let some = some.expect("an address");
        assert!(some.len() <= ADDRESS_BYTES_MAX);
        let name = some.strip_prefix("https://p.example/api/v1/pictures/").expect(&some);
        let left = read_address(&key, name, NOW).expect("a graph").series.len();
        assert!((1..10).contains(&left), "{left}");
        let none = AlarmGraph { series: series(3000), ..graph() };
        assert_eq!(signed_address(&key, "https://p.example", none, NOW + 60), None);
    }
}
