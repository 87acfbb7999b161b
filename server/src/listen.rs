//! Opens the sockets that the configuration asks for, before anything is started.
//!
//! Everything is bound or nothing is: a fault names the address and what it was for. Accepting is done elsewhere.

use crate::config::{Listen, ListenAddress};
use crate::ingest::IngestSockets;
use socket2::{Domain, Protocol, Socket, Type};
use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};

/// Connections that may wait in the kernel's queue.
const BACKLOG: i32 = 4096;

/// Bytes the kernel is asked to keep of datagrams that were not read yet. It may grant less.
const UDP_BUFFER_BYTES: usize = 16 << 20;

/// All sockets of one server, bound and non-blocking.
#[derive(Debug)]
pub(crate) struct Sockets {
    /// The ways in for points.
    pub(crate) ingest: IngestSockets,
    /// Queries.
    pub(crate) http: Option<TcpListener>,
    /// What is bound where, for people.
    pub(crate) addresses: Addresses,
}

/// Where each listener is reached; `None` where it is off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Addresses {
    /// Plaintext lines over TCP.
    pub(crate) plaintext: Option<SocketAddr>,
    /// Lines in datagrams.
    pub(crate) udp: Option<SocketAddr>,
    /// Pickle frames over TCP.
    pub(crate) pickle: Option<SocketAddr>,
    /// Queries over HTTP.
    pub(crate) http: Option<SocketAddr>,
    /// Whether these come over TLS.
    pub(crate) is_http_sealed: bool,
}

/// An address that could not be opened.
#[derive(Debug)]
pub(crate) struct BindError {
    address: SocketAddr,
    purpose: &'static str,
    cause: io::Error,
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot listen on {} for {}: {}", self.address, self.purpose, self.cause)
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

impl Sockets {
    /// Binds every address of `listen` that is not off.
    ///
    /// # Errors
    /// The first address that cannot be had.
    pub(crate) fn bind(listen: &Listen) -> Result<Sockets, BindError> {
        let plaintext = bind(listen.plaintext, "plaintext over TCP", bind_tcp)?;
        let udp = bind(listen.udp, "plaintext over UDP", bind_udp)?;
        let pickle = bind(listen.pickle, "pickle over TCP", bind_tcp)?;
        let http = bind(listen.http, "HTTP", bind_tcp)?;
        let tcp_address =
            |socket: &Option<TcpListener>| socket.as_ref().and_then(|socket| socket.local_addr().ok());
        let addresses = Addresses {
            plaintext: tcp_address(&plaintext),
            udp: udp.as_ref().and_then(|socket| socket.local_addr().ok()),
            pickle: tcp_address(&pickle),
            http: tcp_address(&http),
            is_http_sealed: false,
        };
        Ok(Sockets { ingest: IngestSockets { plaintext, pickle, udp }, http, addresses })
    }
}

impl fmt::Display for Addresses {
    /// One line a listener; programs that start the server read the ports from here.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = [
            ("plaintext tcp", self.plaintext, ""),
            ("plaintext udp", self.udp, ""),
            ("pickle tcp", self.pickle, ""),
            ("http", self.http, if self.is_http_sealed { "https://" } else { "http://" }),
        ];
        for (position, (name, address, scheme)) in lines.into_iter().enumerate() {
            let newline = if position == 0 { "" } else { "\n" };
            match address {
                Some(address) => write!(f, "{newline}{name:<14} {scheme}{address}")?,
                None => write!(f, "{newline}{name:<14} off")?,
            }
        }
        Ok(())
    }
}

fn bind<T>(
    address: ListenAddress,
    purpose: &'static str,
    open: fn(SocketAddr) -> io::Result<T>,
) -> Result<Option<T>, BindError> {
    let Some(address) = address.socket() else {
        return Ok(None);
    };
    open(address).map(Some).map_err(|cause| BindError { address, purpose, cause })
}

fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A restart must not wait for connections of the last run to time out.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

fn bind_udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_recv_buffer_size(UDP_BUFFER_BYTES)?;
    socket.bind(&address.into())?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any_port() -> Listen {
        let address = "127.0.0.1:0".parse().unwrap();
        Listen { plaintext: address, udp: address, pickle: ListenAddress::Off, http: address }
    }

    #[test]
    fn every_listener_but_those_off_gets_a_port() {
        let sockets = Sockets::bind(&any_port()).unwrap();
        let text = sockets.addresses.to_string();
        let plaintext = sockets.addresses.plaintext.unwrap();
        assert_ne!(plaintext.port(), 0);
        assert!(text.starts_with(&format!("plaintext tcp  {plaintext}\n")), "{text}");
        assert!(text.contains("pickle tcp     off\n"), "{text}");
        assert!(text.contains("http           http://127.0.0.1:"), "{text}");
    }

    #[test]
    fn a_taken_address_is_named() {
        let first = Sockets::bind(&any_port()).unwrap();
        let taken = first.addresses.http.unwrap();
        let listen = Listen { http: ListenAddress::At(taken), ..any_port() };
        let error = Sockets::bind(&listen).unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot listen on {taken} for HTTP: ")), "{error}");
    }
}
