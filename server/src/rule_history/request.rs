//! What is asked of rules over history: texts of files, and from when to when.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use plumbago_protocol::at_time;
use plumbago_rules::{FileError, RuleSet};

/// Texts of rule files by their names.
pub(crate) type RuleTexts = BTreeMap<String, String>;

/// From when to when, in seconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// The first T is after this.
    pub(crate) from_secs: i64,
    /// The last T is not after this.
    pub(crate) until_secs: i64,
}

impl Span {
    /// Reads times as they are written in requests, such as `-30d` and `now`.
    ///
    /// # Errors
    /// One is no time, or they are not in order, in one line.
    pub(crate) fn read(from: &str, until: &str, now: i64, zone: &TimeZone) -> Result<Span, String> {
        let time = |name: &str, text: &str| {
            at_time::parse(text, now, zone).map_err(|error| format!("{name}: {error}"))
        };
        let (from_secs, until_secs) = (time("from", from)?, time("until", until)?.min(now));
        if from_secs >= until_secs {
            return Err(format!("from: expected a time before until, found {from:?} to {until:?}"));
        }
        Ok(Span { from_secs, until_secs })
    }
}

/// The rules of some files; what has no effect in them is not told.
///
/// # Errors
/// Everything that is wrong in any of them.
pub(crate) fn load(texts: &RuleTexts) -> Result<RuleSet, Vec<FileError>> {
    let files: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    plumbago_rules::load(&files).map(|(rules, _notes)| rules)
}

/// Faults in one line: the first one, and how many there are.
pub(crate) fn faults_line(faults: &[FileError]) -> String {
    match faults {
        [] => "nothing is wrong".to_owned(),
        [only] => only.to_string(),
        [first, others @ ..] => format!("{first} (and {} more)", others.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_queries_read_times() {
        let now = 1_710_504_000;
        let read = |from: &str, until: &str| Span::read(from, until, now, &TimeZone::UTC);
        assert_eq!(read("-1d", "now"), Ok(Span { from_secs: now - 86_400, until_secs: now }));
        assert_eq!(
            read("-1d", "1910504000").map(|span| span.until_secs),
            Ok(now),
            "nothing is known of the future"
        );
        for (from, until) in [("now", "now"), ("-1h", "-2h"), ("soon", "now"), ("-1h", "later")] {
            assert!(read(from, until).is_err(), "{from} {until}");
        }
    }
}
