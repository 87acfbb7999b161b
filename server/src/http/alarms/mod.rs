//! Alarms over HTTP: Alertmanager's paths, Prometheus's, and our own.
//!
//! Invariant: nothing here decides whom to tell: what people do is handed to the desk, and answered once it is on the
//! disk. No path takes an address to send anything to.

mod notifications;

pub(super) use notifications::notifications;
