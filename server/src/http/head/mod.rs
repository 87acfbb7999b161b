//! The head of a request, checked before the HTTP library sees it, so that every fault of it gets a line of its own.
//!
//! Invariant: a head that passes here passes the library as well, and both agree on how long its body is. What a
//! path or a header means is no business of this check.

mod buffer;
mod framing;
mod header_lines;
mod request_line;
mod stream;

pub(super) use stream::CheckedStream;
