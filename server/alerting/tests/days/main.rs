//! A thousand days of alarms: rules, notifier, store, rows, network and clock together, and everything goes wrong.
//!
//! `PLUMBAGO_ALARMS_SEED=7` repeats one day and tells what happened; `PLUMBAGO_ALARMS_DAYS=20000` asks for more of them,
//! `PLUMBAGO_ALARMS_FIRST=1000` for others.

mod day;
mod judge;
mod log;
mod network;
mod plan;
mod random;
mod reference;
mod routes;
mod rules;
mod server;
mod store;
