//! A repeatable stream of pseudo-random numbers (splitmix64).
//!
//! Owns the one source of chance in the benchmarks: the same seed gives the same stream on every machine.

/// A stream; its seed is its state.
pub struct Noise(pub u64);

impl Noise {
    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// An integer in `0..end`; `end` is positive.
    pub fn below(&mut self, end: u64) -> i64 {
        (self.bits() % end).cast_signed()
    }

    /// A number in `0.0..1.0`.
    pub fn fraction(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
