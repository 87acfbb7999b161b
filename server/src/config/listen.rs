//! `[listen]`: which addresses the server opens. Opening them is not done here.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use super::document::Section;

const EXPECTED: &str = "an address such as \"127.0.0.1:2003\", or \"off\"";

/// The four listeners. All are on loopback by default; nothing is reachable from elsewhere unasked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listen {
    /// Plaintext lines over TCP.
    pub plaintext: ListenAddress,
    /// Plaintext lines in UDP datagrams.
    pub udp: ListenAddress,
    /// Pickle frames over TCP.
    pub pickle: ListenAddress,
    /// Queries, the home page and the server's own state over HTTP.
    pub http: ListenAddress,
}

impl Default for Listen {
    fn default() -> Self {
        let loopback = |port| ListenAddress::At(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        Self { plaintext: loopback(2003), udp: loopback(2003), pickle: loopback(2004), http: loopback(8080) }
    }
}

impl Listen {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let defaults = Self::default();
        let mut take = |key, default| {
            section.take(key, default, |value| {
                value.as_str().and_then(|text| text.parse().ok()).ok_or(Cow::Borrowed(EXPECTED))
            })
        };
        Self {
            plaintext: take("plaintext", defaults.plaintext),
            udp: take("udp", defaults.udp),
            pickle: take("pickle", defaults.pickle),
            http: take("http", defaults.http),
        }
    }

    /// Moves every open listener to `ip`, keeping its port.
    pub(crate) fn bind_all(&mut self, ip: IpAddr) {
        for address in [&mut self.plaintext, &mut self.udp, &mut self.pickle, &mut self.http] {
            if let ListenAddress::At(socket) = address {
                socket.set_ip(ip);
            }
        }
    }
}

/// An address to listen on, or the wish not to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListenAddress {
    /// The listener stays closed.
    Off,
    /// The listener opens here; port 0 lets the system choose.
    At(SocketAddr),
}

impl ListenAddress {
    /// The address to open, if any.
    #[must_use]
    pub(crate) fn socket(self) -> Option<SocketAddr> {
        match self {
            Self::Off => None,
            Self::At(socket) => Some(socket),
        }
    }
}

/// A text that is no address to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListenAddressError;

impl fmt::Display for ListenAddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "must be {EXPECTED}")
    }
}

impl std::error::Error for ListenAddressError {}

impl FromStr for ListenAddress {
    type Err = ListenAddressError;

    /// Reads `off`, `IP:PORT`, `localhost:PORT`, `*:PORT` (all IPv4 addresses), `[::]:PORT` and, for loopback,
    /// a bare `PORT`. Other host names are refused: they can mean several addresses.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" {
            return Ok(Self::Off);
        }
        if let Ok(socket) = text.parse::<SocketAddr>() {
            return Ok(Self::At(socket));
        }
        let (host, port) = text.rsplit_once(':').unwrap_or(("localhost", text));
        let ip = match host {
            "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
            "*" => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            "::" => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            _ => return Err(ListenAddressError),
        };
        let port = port.parse::<u16>().map_err(|_| ListenAddressError)?;
        Ok(Self::At(SocketAddr::from((ip, port))))
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::At(socket) => socket.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        for (text, shown) in [
            ("off", "off"),
            ("0.0.0.0:2003", "0.0.0.0:2003"),
            ("[::1]:80", "[::1]:80"),
            ("localhost:8080", "127.0.0.1:8080"),
            ("*:8080", "0.0.0.0:8080"),
            ("2003", "127.0.0.1:2003"),
            ("127.0.0.1:0", "127.0.0.1:0"),
        ] {
            assert_eq!(
                text.parse::<ListenAddress>().map(|address| address.to_string()),
                Ok(shown.to_owned())
            );
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "Off", "127.0.0.1", "example.org:80", "127.0.0.1:70000", "127.0.0.1:-1", ":"] {
            assert_eq!(text.parse::<ListenAddress>(), Err(ListenAddressError), "{text}");
        }
    }

    #[test]
    fn binding_keeps_ports_and_closed_listeners() {
        let mut listen = Listen { udp: ListenAddress::Off, ..Listen::default() };
        listen.bind_all(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        assert_eq!(listen.plaintext.to_string(), "0.0.0.0:2003");
        assert_eq!(listen.http.to_string(), "0.0.0.0:8080");
        assert_eq!(listen.udp, ListenAddress::Off);
    }
}
