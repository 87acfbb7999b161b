//! Where an answer may send a request to.
//!
//! Invariant: never to another host, never from TLS to none.

use hyper::Uri;

/// The address that a `Location` leads to from `from`; nothing if it leads elsewhere.
pub(super) fn within_host(from: &Uri, location: &str) -> Option<Uri> {
    if location.starts_with('/') && !location.starts_with("//") && !location.starts_with("/\\") {
        let mut parts = from.clone().into_parts();
        parts.path_and_query = Some(location.parse().ok()?);
        return Uri::from_parts(parts).ok();
    }
    let to: Uri = location.parse().ok()?;
    let same_host = to.host().is_some()
        && to.host().map(str::to_ascii_lowercase) == from.host().map(str::to_ascii_lowercase);
    let is_same = to.scheme_str() == from.scheme_str() && port(&to) == port(from);
    let is_upgrade = from.scheme_str() == Some("http") && to.scheme_str() == Some("https");
    (same_host && (is_same || is_upgrade)).then_some(to)
}

fn port(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_host_is_followed() {
        let followed = |from: &str, location: &str| {
            within_host(&from.parse().expect(from), location).map(|uri| uri.to_string())
        };
        let from = "http://a.example/x?k=1";
        assert_eq!(followed(from, "/y?z=2"), Some("http://a.example/y?z=2".to_owned()));
        assert_eq!(followed(from, "http://A.example:80/y"), Some("http://A.example:80/y".to_owned()));
        assert_eq!(followed(from, "https://a.example/y"), Some("https://a.example/y".to_owned()));
        let elsewhere = [
            "http://b.example/y",
            "//b.example/y",
            "/\\b.example/y",
            "http://a.example:81/y",
            "http://a.example@b.example/",
            "http://a.example.b.example/",
            "ftp://a.example/",
            "y",
            "",
        ];
        for location in elsewhere {
            assert_eq!(followed(from, location), None, "{location}");
        }
        assert_eq!(followed("https://a.example/x", "http://a.example/x"), None);
    }
}
