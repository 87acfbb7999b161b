//! Owns the framing that every append-only log shares: `magic | length | crc32 | payload`.
//!
//! Invariant: a record is either whole and checksummed, or it is not a record; the checksum covers the length, so a
//! run of zeros is never one. A torn tail (an append cut short) is told from damage in the middle by whether any
//! whole record follows. What payloads mean is the logs' own business.

const MAGIC: u32 = u32::from_le_bytes(*b"PlR1");
pub(crate) const HEADER_BYTES: usize = 12;

/// Longest payload that is ever written: a reader need not believe a longer one.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 1 << 26;

/// Starts a record in `out`; what the caller appends until `finish_record` is its payload.
pub(crate) fn begin_record(out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER_BYTES]);
    start
}

/// Fills in the header of the record begun at `start`.
pub(crate) fn finish_record(out: &mut [u8], start: usize) {
    let length = out.len() - start - HEADER_BYTES;
    assert!(length > 0 && length <= PAYLOAD_BYTES_MAX, "record payload of {length} bytes");
    let length = (length as u32).to_le_bytes();
    let crc = checksum(length, &out[start + HEADER_BYTES..]);
    out[start..start + 4].copy_from_slice(&MAGIC.to_le_bytes());
    out[start + 4..start + 8].copy_from_slice(&length);
    out[start + 8..start + 12].copy_from_slice(&crc.to_le_bytes());
}

fn checksum(length: [u8; 4], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length);
    hasher.update(payload);
    hasher.finalize()
}

/// What `Records` met next.
#[derive(Debug, PartialEq)]
pub(crate) enum Next<'a> {
    /// A whole record and the offset of its header.
    Record { offset: u64, payload: &'a [u8] },
    /// Bytes that are no record, between two records: damage. Reading goes on behind them.
    Damage { offset: u64, length_bytes: u64 },
    /// Bytes that are no record and that no record follows: an append that was cut short.
    Torn { offset: u64, length_bytes: u64 },
    /// The end of the bytes.
    End,
}

/// Reads records in order, naming everything that is not one.
pub(crate) struct Records<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Records<'a> {
    /// Reads `bytes` from `offset` on.
    pub(crate) fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { bytes, at: offset.min(bytes.len()) }
    }

    pub(crate) fn next(&mut self) -> Next<'a> {
        if self.at == self.bytes.len() {
            return Next::End;
        }
        let offset = self.at as u64;
        if let Some(payload) = record_at(self.bytes, self.at) {
            self.at += HEADER_BYTES + payload.len();
            return Next::Record { offset, payload };
        }
        let following = (self.at + 1..self.bytes.len().saturating_sub(HEADER_BYTES))
            .find(|&at| record_at(self.bytes, at).is_some());
        let end = following.unwrap_or(self.bytes.len());
        let length_bytes = (end - self.at) as u64;
        self.at = end;
        match following {
            Some(_) => Next::Damage { offset, length_bytes },
            None => Next::Torn { offset, length_bytes },
        }
    }
}

fn record_at(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let header = bytes.get(at..at + HEADER_BYTES)?;
    let (magic, rest) = header.split_first_chunk::<4>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (crc, _) = rest.split_first_chunk::<4>()?;
    if *magic != MAGIC.to_le_bytes() {
        return None;
    }
    let length_bytes = u32::from_le_bytes(*length) as usize;
    if length_bytes == 0 || length_bytes > PAYLOAD_BYTES_MAX {
        return None;
    }
    let start = at + HEADER_BYTES;
    let payload = bytes.get(start..start.checked_add(length_bytes)?)?;
    (checksum(*length, payload) == u32::from_le_bytes(*crc)).then_some(payload)
}

/// Appends `payload` to `out` as one record.
#[cfg(test)]
pub(crate) fn append_record(payload: &[u8], out: &mut Vec<u8>) {
    let start = begin_record(out);
    out.extend_from_slice(payload);
    finish_record(out, start);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(payloads: &[&[u8]]) -> Vec<u8> {
        let mut bytes = Vec::new();
        payloads.iter().for_each(|payload| append_record(payload, &mut bytes));
        bytes
    }

    #[test]
    fn a_cut_at_any_byte_is_a_torn_tail_and_loses_only_the_last_record() {
        let bytes = log(&[b"first", b"second"]);
        let second_at = HEADER_BYTES + 5;
        for cut in second_at + 1..bytes.len() {
            let mut records = Records::new(&bytes[..cut], 0);
            assert_eq!(records.next(), Next::Record { offset: 0, payload: b"first" });
            let length_bytes = (cut - second_at) as u64;
            assert_eq!(records.next(), Next::Torn { offset: second_at as u64, length_bytes });
            assert_eq!(records.next(), Next::End);
        }
    }

    #[test]
    fn any_flipped_byte_in_the_middle_is_damage_and_the_next_record_is_found() {
        let bytes = log(&[b"first", b"second"]);
        let second_at = (HEADER_BYTES + 5) as u64;
        for flipped in 0..second_at as usize {
            let mut bytes = bytes.clone();
            bytes[flipped] ^= 0x10;
            let mut records = Records::new(&bytes, 0);
            assert_eq!(records.next(), Next::Damage { offset: 0, length_bytes: second_at });
            assert_eq!(records.next(), Next::Record { offset: second_at, payload: b"second" });
        }
    }

    #[test]
    fn zeros_are_not_records() {
        let zeros = [0; 64];
        assert_eq!(Records::new(&zeros, 0).next(), Next::Torn { offset: 0, length_bytes: 64 });
    }
}
