//! The server as the world sees it: real bytes into real sockets, answers read over HTTP.
//!
//! Every test starts the built binary on ports of its own, with a fixed clock and a fresh data directory. Nothing is
//! asserted about how long something takes.

mod access;
mod acknowledgement;
mod alarms;
mod alarms_guide;
mod bad_lines;
mod bad_pickles;
mod cancel;
mod cardinality;
mod commands;
mod consolidation;
mod errors;
mod events;
mod formats;
mod grafana;
mod harness;
mod heads;
mod lifecycle;
mod recorder;
mod reload;
mod rules;
mod rules_code;
mod rules_guide;
mod snapshot;
mod status;
mod tls;
mod udp;
