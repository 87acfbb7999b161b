//! Owns which address the page tells people to send to, given where the server listens and how it was asked.
//!
//! Invariant: what ends up in a shell line or a URL is an address of ours or a plain host name, never free text that
//! a request carried.

use std::net::SocketAddr;

/// Where the server listens, and how the reader's browser reached it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addresses<'a> {
    /// Plaintext over TCP, if it listens.
    pub(crate) plaintext: Option<SocketAddr>,
    /// Plaintext over UDP, if it listens.
    pub(crate) udp: Option<SocketAddr>,
    /// Pickle over TCP, if it listens.
    pub(crate) pickle: Option<SocketAddr>,
    /// HTTP.
    pub(crate) http: SocketAddr,
    /// The request's `Host` header, as it came.
    pub(crate) requested_host: Option<&'a str>,
}

impl Addresses<'_> {
    /// Host and port to reach `listener` at, as `nc` and bash want them: IPv6 without brackets.
    pub(crate) fn for_senders(&self, listener: SocketAddr) -> (String, u16) {
        let host = match (listener.ip().is_unspecified(), self.requested_name()) {
            (false, _) => listener.ip().to_string(),
            (true, Some(name)) => name.trim_start_matches('[').trim_end_matches(']').to_owned(),
            (true, None) => loopback_of(listener).ip().to_string(),
        };
        (host, listener.port())
    }

    /// The URL of this server, without a slash at the end: as the browser asked for it, if that is sound.
    pub(crate) fn http_url(&self) -> String {
        match (self.requested_host, self.requested_name()) {
            (Some(host), Some(_)) => format!("http://{host}"),
            _ if self.http.ip().is_unspecified() => format!("http://{}", loopback_of(self.http)),
            _ => format!("http://{}", self.http),
        }
    }

    /// Whether only this machine can reach HTTP.
    pub(crate) fn http_is_local(&self) -> bool {
        self.http.ip().is_loopback()
    }

    /// The name or address in the `Host` header, with the brackets of IPv6 but without the port.
    fn requested_name(&self) -> Option<&str> {
        let host = self.requested_host?;
        let (name, port) = match host.rfind(':') {
            Some(colon) if !host.ends_with(']') => (&host[..colon], Some(&host[colon + 1..])),
            _ => (host, None),
        };
        let port_is_sound = port.is_none_or(|port| port.parse::<u16>().is_ok());
        (port_is_sound && (is_host_name(name) || is_bracketed_address(name))).then_some(name)
    }
}

fn is_host_name(name: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    (1..=253).contains(&name.len()) && !name.starts_with('-') && name.bytes().all(sound)
}

fn is_bracketed_address(name: &str) -> bool {
    let inner = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok())
}

fn loopback_of(listener: SocketAddr) -> SocketAddr {
    let mut address = listener;
    address.set_ip(match listener {
        SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
    });
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses<'a>(listener: &str, requested_host: Option<&'a str>) -> Addresses<'a> {
        let http = listener.parse().expect("an address");
        Addresses { plaintext: None, udp: None, pickle: None, http, requested_host }
    }

    fn netcat(listener: &str, requested_host: Option<&str>) -> String {
        let (host, port) =
            addresses(listener, requested_host).for_senders(listener.parse().expect("an address"));
        format!("{host} {port}")
    }

    #[test]
    fn a_fixed_address_is_shown_as_it_is() {
        assert_eq!(netcat("127.0.0.1:2003", Some("web1:8080")), "127.0.0.1 2003");
        assert_eq!(netcat("[::1]:2003", None), "::1 2003");
    }

    #[test]
    fn a_listener_on_every_address_is_shown_as_the_browser_knows_it() {
        assert_eq!(netcat("0.0.0.0:2003", Some("web1.example.com:8080")), "web1.example.com 2003");
        assert_eq!(netcat("[::]:2003", Some("[2001:db8::1]:8080")), "2001:db8::1 2003");
        assert_eq!(netcat("0.0.0.0:2003", None), "127.0.0.1 2003");
    }

    #[test]
    fn a_hostile_host_header_never_reaches_the_shell_line() {
        for host in ["a;rm -rf ~:80", "$(id)", "-e:80", "a b", "", "a:99999", "[::1", "[x]:80", "é:80", "<b>"]
        {
            assert_eq!(netcat("0.0.0.0:2003", Some(host)), "127.0.0.1 2003", "{host}");
            assert_eq!(addresses("0.0.0.0:8080", Some(host)).http_url(), "http://127.0.0.1:8080", "{host}");
        }
    }

    #[test]
    fn the_url_is_the_one_that_the_browser_used() {
        assert_eq!(addresses("0.0.0.0:8080", Some("web1:9000")).http_url(), "http://web1:9000");
        assert_eq!(addresses("127.0.0.1:8080", Some("[::1]:8080")).http_url(), "http://[::1]:8080");
        assert_eq!(addresses("[::]:8080", None).http_url(), "http://[::1]:8080");
        assert_eq!(addresses("10.0.0.7:8080", None).http_url(), "http://10.0.0.7:8080");
    }
}
