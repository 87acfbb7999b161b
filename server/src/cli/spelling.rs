//! Durations and counts as a person says them.

use std::fmt::Display;

/// A length of time in its units, exactly: `1 day 6 hours`. Years have 365 days.
pub(super) fn duration(secs: u32) -> String {
    const UNITS: [(u32, &str); 5] =
        [(31_536_000, "year"), (86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let mut rest = secs;
    let mut parts = Vec::new();
    for (unit_secs, unit) in UNITS {
        let number = rest / unit_secs;
        rest %= unit_secs;
        if number > 0 {
            parts.push(count(number, unit));
        }
    }
    if parts.is_empty() { "0 seconds".to_owned() } else { parts.join(" ") }
}

/// A number and its noun: `1 error`, `2 errors`.
pub(crate) fn count<N: TryInto<u64> + Display + Copy>(number: N, noun: &str) -> String {
    let plural = if number.try_into().is_ok_and(|number| number == 1) { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        assert_eq!(count(0_usize, "fault"), "0 faults");
        assert_eq!(count(1_u64, "fault"), "1 fault");
        assert_eq!(count(2_u32, "fault"), "2 faults");
    }

    #[test]
    fn durations_are_exact() {
        for (secs, expected) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (90, "1 minute 30 seconds"),
            (604_800, "7 days"),
            (157_680_000, "5 years"),
            (108_000, "1 day 6 hours"),
            (u32::MAX, "136 years 70 days 6 hours 28 minutes 15 seconds"),
        ] {
            assert_eq!(duration(secs), expected);
        }
    }
}
