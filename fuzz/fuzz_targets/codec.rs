//! Any values come back from the codec bit for bit; any bytes decode to values or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plumbago_engine::{BLOCK_VALUES_MAX, Encoder, decode};

fuzz_target!(|input: &[u8]| {
    let Some((&[mode, low, high], bytes)) = input.split_first_chunk::<3>() else { return };
    if mode % 2 == 0 {
        let count = usize::from(u16::from_le_bytes([low, high])) % (BLOCK_VALUES_MAX + 2);
        let mut out = vec![0.0; count];
        if let Ok(used) = decode(bytes, &mut out) {
            assert!(used <= bytes.len());
        }
        return;
    }
    let values = values(mode, bytes);
    let mut encoded = Vec::new();
    Encoder::new().encode(&values, &mut encoded);
    let mut back = vec![0.0; values.len()];
    assert_eq!(decode(&encoded, &mut back), Ok(encoded.len()));
    assert!(values.iter().zip(&back).all(|(value, back)| value.to_bits() == back.to_bits()));
});

/// Doubles from bytes: as they are, or as decimals, sums and averages, which random bits never are.
fn values(mode: u8, bytes: &[u8]) -> Vec<f64> {
    let words = bytes.chunks_exact(8).filter_map(|word| word.first_chunk().map(|word| u64::from_le_bytes(*word)));
    let small = bytes.chunks_exact(2).map(|pair| f64::from(i16::from_le_bytes([pair[0], pair[1]])));
    let values: Vec<f64> = match mode / 2 % 5 {
        0 => words.map(f64::from_bits).collect(),
        1 => small.map(|number| number / 100.0).collect(),
        2 => small.map(|number| number / f64::from(mode / 10)).collect(),
        3 => small.scan(1e9, |sum, number| { *sum += number; Some(*sum) }).collect(),
        _ => words.flat_map(|word| [f64::from_bits(word), (word % 1000) as f64, (word % 77) as f64 / 8.0]).collect(),
    };
    values.into_iter().take(BLOCK_VALUES_MAX).collect()
}
