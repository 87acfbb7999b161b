//! Plaintext ingest: any bytes split into lines, and every accepted point keeps its invariants.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plumbago_protocol::limits::{NAME_BYTES_MAX, TIMESTAMP_SECONDS_MAX};
use plumbago_protocol::{Lines, canonical, line};

const NOW: i64 = 1_710_504_000;

fuzz_target!(|received: &[u8]| {
    let mut lines = Lines::new(received);
    while let Some(text) = lines.next() {
        assert!(!text.is_empty() && !text.contains(&b'\n'));
        check(text);
    }
    assert_eq!(lines.consumed() + lines.rest().len(), received.len());
    assert!(!lines.rest().contains(&b'\n'));
    check(lines.rest());
});

fn check(text: &[u8]) {
    let Ok(point) = line::parse(text, NOW) else {
        return;
    };
    assert!(point.value.is_finite());
    assert!((0..=TIMESTAMP_SECONDS_MAX).contains(&point.timestamp));
    assert!(!point.name.is_empty() && point.name.len() <= NAME_BYTES_MAX);
    assert_eq!(canonical(&point.name).as_deref(), Ok(point.name.as_ref()));
    // What was read can be written and read again.
    let written = format!("{} {:?} {}", point.name, point.value, point.timestamp);
    let again = line::parse(written.as_bytes(), NOW).expect("a written line is good");
    assert_eq!((again.name, again.value.to_bits()), (point.name, point.value.to_bits()));
}
