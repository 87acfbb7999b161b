//! Who may do what over HTTP.
//!
//! `known` holds tokens and users, `credential` reads what a request shows, `passwords` checks it without costing a hash
//! each time, `browser` keeps pages of strangers out, and `judge` is the order in which all of them are asked. Handlers
//! are only called for requests that passed.

mod browser;
mod credential;
mod judge;
mod known;
mod passwords;
mod refusals;

pub(crate) use judge::Access;
pub(super) use judge::Needs;
pub(crate) use known::AccessError;
