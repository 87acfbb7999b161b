//! Owns unpacking: the inverse of `pack`, compiled once for each width so that every shift is a constant.
//!
//! Integers land in `f64` slots as bits, so that a caller can turn them into values in place. Invariant: never reads
//! outside `bytes`; bytes that are missing count as zero (callers have checked that none is).

/// Bytes that eight integers of 64 bits may touch, rounded up.
const WINDOW_BYTES: usize = 72;

/// Integers that `unpack_chunk` yields at a time: any width, they end on a byte.
pub(super) const CHUNK: usize = 64;

/// Unpacks as many integers of `width` bits as `out` has slots. `bytes` may be longer than needed: the more, the
/// faster. A width above 64 is the caller's mistake and yields zeros.
pub(super) fn unpack(bytes: &[u8], width: u32, out: &mut [f64]) {
    match UNPACK.get(width as usize) {
        Some(unpack) => unpack(bytes, out),
        None => out.fill(0.0),
    }
}

/// Calls `use_chunk(first index, bits)` for each 64 of `count` packed integers, without needing room for all.
pub(super) fn unpack_chunks<E>(
    bytes: &[u8],
    width: u32,
    count: usize,
    mut use_chunk: impl FnMut(usize, &[f64]) -> Result<(), E>,
) -> Result<(), E> {
    let mut chunk = [0.0; CHUNK];
    for first in (0..count).step_by(CHUNK) {
        let chunk = &mut chunk[..CHUNK.min(count - first)];
        unpack(bytes.get(first / 8 * width as usize..).unwrap_or_default(), width, chunk);
        use_chunk(first, chunk)?;
    }
    Ok(())
}

macro_rules! unpack_table {
    ($($width:literal)*) => { [$(unpack_width::<$width>),*] };
}

type Unpack = fn(&[u8], &mut [f64]);

static UNPACK: [Unpack; 65] = unpack_table!(
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
    33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64
);

fn unpack_width<const WIDTH: usize>(bytes: &[u8], out: &mut [f64]) {
    if WIDTH == 0 {
        return out.fill(0.0);
    }
    let mut rest = bytes;
    let mut groups = out.chunks_exact_mut(8);
    while let Some(window) = rest.first_chunk::<WINDOW_BYTES>() {
        let Some(group) = groups.next() else {
            return unpack_fewer::<WIDTH>(window, groups.into_remainder());
        };
        unpack_eight::<WIDTH>(window, group);
        rest = &rest[WIDTH..];
    }
    // Near the end of the bytes a window no longer fits: go on in a copy that is followed by zeros.
    let mut padded = [0; 2 * WINDOW_BYTES];
    let tail = rest.len().min(WINDOW_BYTES);
    padded[..tail].copy_from_slice(&rest[..tail]);
    let mut at = 0;
    for group in groups.by_ref() {
        let Some(window) = padded[at.min(WINDOW_BYTES)..].first_chunk() else { break };
        unpack_eight::<WIDTH>(window, group);
        at += WIDTH;
    }
    if let Some(window) = padded[at.min(WINDOW_BYTES)..].first_chunk() {
        unpack_fewer::<WIDTH>(window, groups.into_remainder());
    }
}

/// The last integers, fewer than eight.
#[inline(always)]
fn unpack_fewer<const WIDTH: usize>(window: &[u8; WINDOW_BYTES], out: &mut [f64]) {
    if out.is_empty() {
        return;
    }
    let mut group = [0.0; 8];
    unpack_eight::<WIDTH>(window, &mut group);
    // One by one: a call to copy so few costs more.
    for (index, integer) in group.into_iter().enumerate() {
        if let Some(slot) = out.get_mut(index) {
            *slot = integer;
        }
    }
}

#[inline(always)]
fn unpack_eight<const WIDTH: usize>(window: &[u8; WINDOW_BYTES], group: &mut [f64]) {
    let mask = u64::MAX >> (64 - WIDTH);
    for (index, slot) in group.iter_mut().enumerate().take(8) {
        let (byte, shift) = (index * WIDTH / 8, index * WIDTH % 8);
        let mut bits = word(window, byte) >> shift;
        if WIDTH + shift > 64 {
            bits |= u64::from(window[byte + 8]) << (64 - shift);
        }
        *slot = f64::from_bits(bits & mask);
    }
}

#[inline(always)]
fn word(window: &[u8; WINDOW_BYTES], at: usize) -> u64 {
    window[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::super::pack::{pack, packed_bytes};
    use super::*;

    #[test]
    fn every_width_and_every_length_comes_back_with_and_without_bytes_behind() {
        for width in 0..=64_u32 {
            let mask = if width == 0 { 0 } else { u64::MAX >> (64 - width) };
            for count in (0..40).chain([63, 64, 65, 127, 128, 300]) {
                let integers: Vec<u64> =
                    (0..count as u64).map(|i| (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) & mask).collect();
                let mut bytes = Vec::new();
                pack(integers.iter().copied(), width, &mut bytes);
                assert_eq!(bytes.len(), packed_bytes(count, width));
                for slack in [0, 1, 9, 200] {
                    bytes.resize(packed_bytes(count, width) + slack, 0xFF);
                    let mut out = vec![0.0; count];
                    unpack(&bytes, width, &mut out);
                    let back: Vec<u64> = out.iter().map(|slot| slot.to_bits()).collect();
                    assert_eq!(back, integers, "width {width}, {count} integers, {slack} bytes behind");
                }
            }
        }
    }

    #[test]
    fn chunks_join_to_the_whole() {
        for width in [1, 7, 13, 57, 64] {
            let integers: Vec<u64> = (0..300).map(|i| (i * i) & (u64::MAX >> (64 - width))).collect();
            let mut bytes = Vec::new();
            pack(integers.iter().copied(), width, &mut bytes);
            let mut joined = Vec::new();
            let result: Result<(), ()> = unpack_chunks(&bytes, width, integers.len(), |first, chunk| {
                assert_eq!(first, joined.len());
                joined.extend(chunk.iter().map(|slot| slot.to_bits()));
                Ok(())
            });
            assert_eq!((result, joined), (Ok(()), integers));
        }
    }
}
