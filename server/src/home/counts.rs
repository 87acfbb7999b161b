//! Owns the row of counts at the page's head, and how whole numbers and durations are shown.

use std::fmt::{self, Write};

/// What the server has done since it started.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    /// Series in the store.
    pub(crate) series: u64,
    /// Points received since the start.
    pub(crate) points_received: u64,
    /// Lines, frames and points refused since the start.
    pub(crate) points_refused: u64,
    /// Connections of agents that are open.
    pub(crate) connections: u64,
    /// Time since the start, in seconds.
    pub(crate) uptime_seconds: u64,
}

/// Writes the counts as a list.
pub(crate) fn write_counts(out: &mut String, counts: &Counts) -> fmt::Result {
    let refused = "<a href=\"/api/v1/ingest/rejected\">refused</a>";
    let items = [
        (thousands(counts.series), "series"),
        (thousands(counts.points_received), "points received"),
        (thousands(counts.points_refused), refused),
        (
            thousands(counts.connections),
            if counts.connections == 1 { "agent connected" } else { "agents connected" },
        ),
        (duration(counts.uptime_seconds), "up"),
    ];
    writeln!(out, "<ul class=\"counts\">")?;
    for (number, label) in items {
        writeln!(out, "<li><b>{number}</b> {label}</li>")?;
    }
    writeln!(out, "</ul>")
}

/// `1234567` as `1,234,567`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Seconds in the two largest units that matter: `3 h 12 min`.
fn duration(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, _) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_grouped() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1000), "1,000");
        assert_eq!(thousands(1_234_567), "1,234,567");
    }

    #[test]
    fn durations_show_what_matters() {
        assert_eq!(duration(7), "7 s");
        assert_eq!(duration(119), "1 min");
        assert_eq!(duration(11_520), "3 h 12 min");
        assert_eq!(duration(200_000), "2 d 7 h");
    }
}
