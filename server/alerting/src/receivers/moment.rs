//! Times as receivers read them: RFC 3339 in UTC.

use jiff::Timestamp;

/// What stands for no end: the time that Alertmanager's messages have there.
pub(super) const NO_TIME: &str = "0001-01-01T00:00:00Z";

/// Milliseconds since the epoch as `2026-01-01T00:00:00Z`, with a fraction where there is one. What no calendar of four
/// digits has is the nearest that it has.
pub(super) fn rfc3339(milliseconds: i64) -> String {
    /// The first moment of the year 1 and the last of 9999.
    const RANGE_MS: (i64, i64) = (-62_135_596_800_000, 253_402_207_200_000);
    let clamped = milliseconds.clamp(RANGE_MS.0, RANGE_MS.1);
    Timestamp::from_millisecond(clamped).map_or_else(|_| NO_TIME.to_owned(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_and_never_fail() {
        assert_eq!(rfc3339(1_767_225_600_000), "2026-01-01T00:00:00Z");
        assert_eq!(rfc3339(1_767_225_600_250), "2026-01-01T00:00:00.25Z");
        assert_eq!(rfc3339(i64::MIN), NO_TIME);
        assert!(rfc3339(i64::MAX).starts_with("9999-"));
    }
}
