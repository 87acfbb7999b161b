//! The load that every benchmark shares: deterministic names and values, so that two runs measure the same work.
