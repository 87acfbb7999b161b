//! TLS for every TCP listener: certificates and their reload, handshakes within bounds, and the streams behind them.
//!
//! What is read through it is bytes, as from any socket; what they mean, and how a connection ends, belongs to `http` and
//! `ingest`.

mod certificates;
mod gate;
mod socket;
mod stream;

pub(crate) use certificates::{Certificates, TlsError};
pub(crate) use gate::{Passed, TlsGate, TlsListener};
pub(crate) use socket::Socket;
pub(crate) use stream::HttpStream;
