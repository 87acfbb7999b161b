//! Graphs that go with messages about alarms: drawn for mails, signed addresses for what is read elsewhere.
//!
//! What a graph shows is decided by `plumbago_alerting`; `drawing` draws it, `unchosen` finds series that are
//! not chosen any more, `key` and `address` make addresses that nobody
//! else can make, and `illustrator` is what those who send ask.
//!
//! Invariant: no message waits long for its graph, and none is kept back because there is none.

mod address;
mod drawing;
mod illustrator;
mod key;
mod unchosen;

#[cfg(test)]
pub(crate) use address::signed_address;
pub(crate) use address::{AddressError, PATH, read_address};
pub(crate) use drawing::{Means, NoPicture, draw};
pub(crate) use illustrator::Illustrator;
pub(crate) use key::PictureKey;
