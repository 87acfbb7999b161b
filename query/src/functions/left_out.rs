//! Functions that others have and Plumbago does not, each with its reason.
//!
//! Invariant: no name here is also that of a function.

use super::Origin;

/// A function that is left out.
#[derive(Clone, Copy, Debug)]
pub struct LeftOut {
    /// Its name.
    pub name: &'static str,
    /// Who has it.
    pub origin: Origin,
    /// Why it is not here, as the end of a sentence that begins with its name.
    pub reason: &'static str,
}

const fn left_out(name: &'static str, origin: Origin, reason: &'static str) -> LeftOut {
    LeftOut { name, origin, reason }
}

/// All of them.
pub static LEFT_OUT: &[LeftOut] = &[
    left_out("aliasByHash", Origin::Carbonapi, "is left out: it asks a Redis server for names"),
    left_out("aliasByPostgres", Origin::Carbonapi, "is left out: it asks a PostgreSQL server for names"),
    left_out("aliasByRedis", Origin::Carbonapi, "is left out: it asks a Redis server for names"),
    left_out("graphiteWeb", Origin::Carbonapi, "is left out: it passes the call on to a graphite-web"),
    left_out(
        "example",
        Origin::Carbonapi,
        "is left out: it shows carbonapi's developers how to write a function",
    ),
    left_out(
        "examples",
        Origin::Carbonapi,
        "is left out: it shows carbonapi's developers how to write a function",
    ),
];

/// The reason for which a function is left out, if it is one of those.
pub(crate) fn reason(name: &str) -> Option<&'static str> {
    LEFT_OUT.iter().find(|function| function.name == name).map(|function| function.reason)
}
