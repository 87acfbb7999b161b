//! The load that every benchmark shares: deterministic names and values, so that two runs measure the same work.
//!
//! Owns the names, the values, their forms on the wire, a store filled with them, and how long criterion measures.
//! Everything derives from a series' position and nothing from a clock or a random device. What is measured, and what
//! must have come of it, is each benchmark's own.

mod names;
mod noise;
mod setting;
mod store;
mod values;
mod wire;

pub use names::{
    DATA_CENTRES, METRICS, RACKS, name_at, names, rack_of, shuffle, shuffled, tagged_name_at, tagged_names,
};
pub use noise::Noise;
pub use setting::{name_count, quick, replay_points, series_count};
pub use store::{Load, START, STEP_SECS, copied, feed, open, policy, time_of};
pub use values::{Kind, MIX, Values, values};
pub use wire::{Pickle, lines, pickle_frames, push_line};
