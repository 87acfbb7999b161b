//! Time zones by name.
//!
//! Owns the look-up in the time-zone database that is part of the program, so that every machine answers the same.

use jiff::tz::TimeZone;

use crate::limits::TIME_ZONE_BYTES_MAX;

/// The time zone of that name, as in `Europe/Berlin`; case does not matter.
pub fn time_zone(name: &str) -> Option<TimeZone> {
    if name.len() > TIME_ZONE_BYTES_MAX {
        return None;
    }
    TimeZone::get(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_and_unknown_names() {
        for name in ["UTC", "Europe/Berlin", "america/new_york", "Australia/Lord_Howe"] {
            assert!(time_zone(name).is_some(), "{name}");
        }
        for name in ["", "Bogus/Zone", &"x".repeat(100)] {
            assert!(time_zone(name).is_none(), "{name}");
        }
    }
}
