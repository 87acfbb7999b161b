//! At-style times and intervals: any text at any moment is answered, within the years 1 to 9999.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plumbago_protocol::limits::{INTERVAL_SECONDS_MAX, TIME_SECONDS_MIN, TIMESTAMP_SECONDS_MAX};
use plumbago_protocol::{at_time, parse_interval};

const ZONES: [&str; 4] = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"];

fuzz_target!(|input: (i64, u8, &str)| {
    let (now, zone, text) = input;
    let Some(zone) = at_time::time_zone(ZONES[usize::from(zone) % ZONES.len()]) else {
        panic!("a zone of the list is missing");
    };
    // Most moments of 64 bits lie outside any calendar; half of the inputs are brought inside.
    let now = if now & 1 == 0 { now % TIMESTAMP_SECONDS_MAX } else { now };
    if let Ok(seconds) = at_time::parse(text, now, &zone) {
        assert!((TIME_SECONDS_MIN..=TIMESTAMP_SECONDS_MAX).contains(&seconds));
    }
    if let Ok(seconds) = parse_interval(text) {
        assert!(seconds.abs() <= INTERVAL_SECONDS_MAX);
    }
    let _ = at_time::time_zone(text);
});
