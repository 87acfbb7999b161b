//! Tests the codec as a whole: what goes in comes out bit for bit, and bytes that nobody wrote do no harm.

use proptest::prelude::*;

use super::{BLOCK_VALUES_MAX, Encoder, decode};

fn encoded(values: &[f64]) -> Vec<u8> {
    let mut bytes = Vec::new();
    Encoder::new().encode(values, &mut bytes);
    bytes
}

/// Encodes and decodes, with and without bytes behind; returns the length.
fn round_trip(values: &[f64]) -> usize {
    let mut bytes = encoded(values);
    let length = bytes.len();
    for slack in [0, 200] {
        bytes.resize(length + slack, 0xA5);
        let mut back = vec![-1.0; values.len()];
        assert_eq!(decode(&bytes, &mut back), Ok(length));
        for (at, (value, back)) in values.iter().zip(&back).enumerate() {
            assert_eq!(value.to_bits(), back.to_bits(), "{value:?} at {at} of {} values", values.len());
        }
    }
    length
}

fn bits_per_value(values: &[f64]) -> f64 {
    8.0 * round_trip(values) as f64 / values.len() as f64
}

/// A repeatable stream of pseudo-random integers.
fn noise(seed: u64) -> impl Iterator<Item = u64> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed ^ mixed >> 27
    })
}

#[test]
fn nothing_is_nothing_and_one_value_is_short() {
    assert_eq!(round_trip(&[]), 0);
    assert_eq!(round_trip(&[0.0]), 2);
    assert_eq!(round_trip(&[42.17]), 3);
    assert_eq!(round_trip(&[std::f64::consts::PI]), 9);
    assert_eq!(round_trip(&[f64::NAN]), 9);
}

#[test]
fn typical_series_are_short() {
    let constant = [17.25; 512];
    assert!(round_trip(&constant) <= 4);
    let gauge: Vec<f64> = noise(1).take(512).map(|n| (n % 1000) as f64 / 100.0).collect();
    assert!(bits_per_value(&gauge) < 10.3);
    let counter: Vec<f64> = (0..512).map(|at| 1e9 + f64::from(at) * 1500.0 + f64::from(at % 7)).collect();
    assert!(bits_per_value(&counter) < 4.5);
    let pages: Vec<f64> = noise(2).take(512).map(|n| (4096 * (n % 1000)) as f64).collect();
    assert!(bits_per_value(&pages) < 10.5);
    let steps: Vec<f64> = (0..512).map(|at| f64::from(at / 100)).collect();
    assert!(bits_per_value(&steps) < 0.5);
    let few: Vec<f64> = noise(3).take(512).map(|n| [1e9, 0.5, 3e-7, 1e12][n as usize % 4]).collect();
    assert!(bits_per_value(&few) < 2.8);
}

#[test]
fn averages_of_decimals_cost_their_digits_and_not_a_double() {
    for points in [3, 6, 7, 9, 12, 30, 60] {
        let mut noise = noise(points);
        let average = |_| {
            (0..points).map(|_| (noise.next().unwrap() % 1000) as f64 / 10.0).sum::<f64>() / points as f64
        };
        let averages: Vec<f64> = (0..360).map(average).collect();
        let bits = bits_per_value(&averages);
        assert!(bits < 22.0, "{bits} bits a value for averages of {points} points");
    }
}

#[test]
fn a_counter_that_restarts_stays_short() {
    let values: Vec<f64> =
        (0..512).map(|at| 5e8 + f64::from(at % 300) * 1000.0 - if at >= 300 { 5e8 } else { 0.0 }).collect();
    assert!(bits_per_value(&values) < 1.0, "{}", bits_per_value(&values));
}

#[test]
fn outliers_do_not_widen_the_block() {
    let mut values: Vec<f64> = noise(4).take(512).map(|n| (n % 16) as f64).collect();
    values[100] = 1e14;
    values[200] = -1e14;
    values[300] = f64::NAN;
    assert!(bits_per_value(&values) < 5.2, "{}", bits_per_value(&values));
}

#[test]
fn special_values_come_back_among_ordinary_ones() {
    let special = [
        0.0,
        -0.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        f64::from_bits(0x7FF0_0000_0000_0001),
        f64::from_bits(0xFFFF_FFFF_FFFF_FFFF),
        f64::MIN_POSITIVE,
        f64::from_bits(1),
        f64::MAX,
        f64::MIN,
        2_251_799_813_685_248.0,
        -2_251_799_813_685_249.0,
        9_007_199_254_740_993.0,
        1e22,
        1e300,
    ];
    for ordinary in [0.0, 1.0, 42.17, 1.0 / 3.0] {
        for count in [1, 2, 3, 7, 64, 512] {
            for (at, &value) in special.iter().enumerate() {
                let mut values = vec![ordinary; count];
                values[at % count] = value;
                round_trip(&values);
            }
        }
    }
    round_trip(&special);
    round_trip(&special.repeat(100));
}

#[test]
fn every_length_up_to_the_most_comes_back() {
    let values: Vec<f64> = noise(5).take(BLOCK_VALUES_MAX).map(|n| (n % 5000) as f64 / 8.0).collect();
    for count in (0..200).chain([511, 512, 513, 1024, 2047, 2048]) {
        round_trip(&values[..count]);
    }
}

#[test]
fn asking_for_too_many_values_is_an_error() {
    assert!(decode(&[0; 100], &mut vec![0.0; BLOCK_VALUES_MAX + 1]).is_err());
}

#[test]
fn a_block_cut_short_is_an_error_that_names_a_place_inside() {
    for values in samples() {
        let bytes = encoded(&values);
        for cut in 0..bytes.len() {
            let error = decode(&bytes[..cut], &mut vec![0.0; values.len()]).unwrap_err();
            assert!(error.offset <= cut, "{error}");
        }
    }
}

#[test]
fn changed_bytes_do_no_harm() {
    for values in samples() {
        let bytes = encoded(&values);
        let mut out = vec![0.0; values.len()];
        for at in 0..bytes.len().min(64) {
            for byte in 0..=255 {
                let mut changed = bytes.clone();
                changed[at] = byte;
                if let Ok(length) = decode(&changed, &mut out) {
                    assert!(length <= changed.len());
                }
            }
        }
    }
}

/// Blocks that between them use every mapping and packing.
fn samples() -> Vec<Vec<f64>> {
    let average = |at: u32| (0..6).map(|n| f64::from((at * 7 + n * n * 31) % 500) / 100.0).sum::<f64>() / 6.0;
    vec![
        vec![3.5; 20],
        noise(6).take(64).map(|n| (n % 1000) as f64 / 100.0).collect(),
        (0..64).map(|at| 1e6 + f64::from(at) * 17.0 + f64::from(at % 3)).collect(),
        (0..64).map(|at| f64::from(at / 20) * 100.0).collect(),
        noise(7).take(64).map(|n| (n % 50 * 4096) as f64).collect(),
        noise(8).take(64).map(|n| [1e9, 0.5, 3e-7][n as usize % 3]).collect(),
        noise(9).take(64).map(|n| n as f64 / 7e17).collect(),
        noise(10).take(64).map(f64::from_bits).collect(),
        (0..64).map(average).collect(),
        noise(11)
            .take(64)
            .map(|n| if n % 20 == 0 { 1.0 / (n % 9) as f64 } else { (n % 64) as f64 })
            .collect(),
    ]
}

/// The documented layout is the written one: each line of the fixture is encoded and decoded.
#[test]
fn blocks_are_laid_out_as_documented() {
    let lines = include_str!("fixture.txt").lines().filter(|line| !line.starts_with('#'));
    let mut blocks = 0;
    for line in lines {
        let (values, block) = line.split_once('=').unwrap();
        let values: Vec<f64> = values.split_whitespace().map(|value| value.parse().unwrap()).collect();
        let hex: Vec<String> = encoded(&values).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex.join(" "), block.trim(), "{values:?}");
        round_trip(&values);
        blocks += 1;
    }
    assert!(blocks >= 9, "{blocks} blocks");
}

fn decimals() -> impl Strategy<Value = Vec<f64>> {
    (0..18_i32, prop::collection::vec(any::<i32>(), 1..600))
        .prop_map(|(power, integers)| integers.iter().map(|&i| f64::from(i) / 10_f64.powi(power)).collect())
}

fn mixtures() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![
        8 => (-1000..1000_i32).prop_map(|i| f64::from(i) / 100.0),
        2 => (0..1_i64 << 40).prop_map(|i| i as f64),
        1 => any::<u64>().prop_map(f64::from_bits),
        1 => (1..1000_i32).prop_map(|i| f64::from(i) / 3.0),
        1 => Just(-0.0),
    ];
    prop::collection::vec(value, 1..300)
}

fn counters() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(prop_oneof![20 => 0..5000_i64, 1 => -1_000_000_000..0_i64], 1..600).prop_map(
        |steps| {
            let sums = steps.iter().scan(1_i64 << 40, |sum, step| {
                *sum += step;
                Some(*sum as f64)
            });
            sums.collect()
        },
    )
}

proptest! {
    #[test]
    fn any_bits_come_back(bits in prop::collection::vec(any::<u64>(), 1..300)) {
        round_trip(&bits.into_iter().map(f64::from_bits).collect::<Vec<_>>());
    }

    #[test]
    fn nearby_bits_come_back(base in any::<u64>(), steps in prop::collection::vec(0..100_u64, 1..300)) {
        round_trip(&steps.iter().map(|step| f64::from_bits(base.wrapping_add(*step))).collect::<Vec<_>>());
    }

    #[test]
    fn decimals_come_back(values in decimals()) {
        round_trip(&values);
    }

    #[test]
    fn mixtures_come_back(values in mixtures()) {
        round_trip(&values);
    }

    #[test]
    fn counters_come_back(values in counters()) {
        round_trip(&values);
    }

    #[test]
    fn repeats_come_back(value in any::<u64>(), other in any::<f64>(), picks in prop::collection::vec(any::<bool>(), 1..300)) {
        let value = f64::from_bits(value);
        round_trip(&picks.iter().map(|&pick| if pick { value } else { other }).collect::<Vec<_>>());
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..400), count in 0..600_usize) {
        let mut out = vec![0.0; count];
        if let Ok(length) = decode(&bytes, &mut out) {
            prop_assert!(length <= bytes.len());
        }
    }
}
