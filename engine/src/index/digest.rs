//! Owns the sum by which a cached tree is compared with the registry.
//!
//! Invariant: the sum does not depend on the order of the series, and its definition is part of the file format.

/// What one series adds to the sum: its id and its name's checksum, mixed so that neither can make up for the other.
pub(super) fn digest_of(name: &str, id: u32) -> u64 {
    let mut mixed = u64::from(id) << 32 | u64::from(crc32fast::hash(name.as_bytes()));
    for multiplier in [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb_u64] {
        mixed = (mixed ^ mixed >> 31).wrapping_mul(multiplier);
    }
    mixed ^ mixed >> 31
}
