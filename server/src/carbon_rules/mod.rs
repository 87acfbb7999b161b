//! carbon's rules at work: on every point that a listener takes, and on the clock.
//!
//! What the rules mean is `plumbago_rules::carbon`'s. Here are the files and their change, the gate that every batch goes
//! through, the open buckets that all threads share, and the thread that stores what comes out of them. Without any of the
//! files, a batch meets one comparison and nothing else.

mod aggregation;
mod files;
mod gate;
mod shared;
mod state;
mod watch;

pub(crate) use aggregation::{Aggregation, AggregationParts};
pub(crate) use files::Loaded;
pub(crate) use gate::Gate;
pub(crate) use shared::CarbonShared;
