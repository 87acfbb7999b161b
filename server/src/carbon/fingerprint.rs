//! A 64-bit digest that tells whether rules have changed since the last start (FNV-1a).
//!
//! Invariant: the same pieces give the same digest on every machine and in every release; a change of the
//! matching itself must change [`SALT`]. It guards against mistakes, not against attackers.

/// Raise when the same text comes to mean other policies.
const SALT: u64 = 1;

const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// A digest being made.
pub(super) struct Fingerprint(u64);

impl Fingerprint {
    pub(super) fn new() -> Self {
        let mut digest = Self(OFFSET_BASIS);
        digest.number(SALT);
        digest
    }

    pub(super) fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    /// The length goes first, so that neighbouring texts cannot flow into each other.
    pub(super) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes(text.as_bytes());
    }

    pub(super) fn finish(&self) -> u64 {
        self.0
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    }
}
