//! The bytes of a connection that carries points, whether they come sealed (TLS) or not.
//!
//! Invariant: what was opened is handed on before more is read from the socket, so that whoever waits for the socket waits
//! for something that is yet to come; `has_more` says where that is not so.

use crate::tls::{Passed, Socket};
use rustls::ServerConnection;
use socket2::SockRef;
use std::io::{self, ErrorKind, Read, Write};
use tokio::net::TcpStream;

/// Room that the opened bytes of one read may need.
const OPENED_BYTES_MAX: usize = 64 << 10;

/// The connection.
pub(super) struct Wire {
    stream: Socket,
    session: Option<Box<ServerConnection>>,
    /// Whether bytes may be there that the socket knows nothing of.
    has_more: bool,
}

impl Wire {
    /// A connection that has passed the gate.
    pub(super) fn new(passed: Passed) -> Wire {
        match passed {
            Passed::Plain(stream) => Wire { stream, session: None, has_more: false },
            Passed::Sealed(sealed) => {
                let (stream, session) = sealed.into_inner();
                // The first points may have come with the end of the handshake.
                Wire { stream, session: Some(Box::new(session)), has_more: true }
            }
        }
    }

    /// The socket, to wait for it.
    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Whether there may be bytes although the socket has none.
    pub(super) fn has_more(&self) -> bool {
        self.has_more
    }

    /// Reads what is there; 0 after the peer has said that this was all. With `is_direct` the socket is asked even if the
    /// runtime has not heard of bytes yet.
    ///
    /// # Errors
    /// The socket's; `WouldBlock` where there is nothing; `UnexpectedEof` where a sealed connection ends without saying
    /// so, and may have been cut by somebody else.
    pub(super) fn read(&mut self, buffer: &mut [u8], is_direct: bool) -> io::Result<usize> {
        let mut socket = Waitless { stream: &self.stream, is_direct };
        let Some(session) = &mut self.session else {
            return socket.read(buffer);
        };
        self.has_more = false;
        let mut filled = 0;
        let end = loop {
            match open(session, buffer.get_mut(filled..).unwrap_or_default()) {
                Ok(0) if filled < buffer.len() => break Ok(0),
                Ok(read) => filled += read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => break Err(error),
            }
            if buffer.len() - filled < OPENED_BYTES_MAX {
                self.has_more = true;
                return Ok(filled);
            }
            match session.read_tls(&mut socket) {
                // How it ended is told by the next look at what was opened.
                Ok(_) => {
                    if let Err(error) = session.process_new_packets() {
                        break Err(io::Error::new(ErrorKind::InvalidData, error));
                    }
                }
                Err(error) => break Err(error),
            }
        };
        if session.wants_write() {
            // A change of keys; if there is no room for it now, there will be at the next read.
            let _ = session.write_tls(&mut socket);
        }
        if filled == 0 {
            return end;
        }
        // The end comes after what came before it.
        self.has_more = !matches!(&end, Err(error) if error.kind() == ErrorKind::WouldBlock);
        Ok(filled)
    }

    /// Says that nothing more is sent from here, where the peer expects to be told.
    pub(super) fn finish(&mut self) {
        if let Some(session) = &mut self.session {
            session.send_close_notify();
            // A peer that has no room for these few bytes takes the close itself for an answer.
            let _ = session.write_tls(&mut Waitless { stream: &self.stream, is_direct: true });
        }
    }
}

/// What was opened already.
fn open(session: &mut ServerConnection, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match session.reader().read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if filled == 0 => return Err(error),
            Err(_) => break,
        }
    }
    Ok(filled)
}

/// The socket for those who read and write without waiting.
struct Waitless<'a> {
    stream: &'a TcpStream,
    is_direct: bool,
}

impl Read for Waitless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_direct {
            (&*SockRef::from(self.stream)).read(buffer)
        } else {
            self.stream.try_read(buffer)
        }
    }
}

impl Write for Waitless<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_direct {
            (&*SockRef::from(self.stream)).write(bytes)
        } else {
            self.stream.try_write(bytes)
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
