//! `time_intervals:`, and `mute_time_intervals:` beside it, their older name.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use plumbago_protocol::limits;
use plumbago_rules::yaml::{Faults, Fields, Node, nearest, text};

use super::route::list;
use crate::interval::{MinuteRange, Range, TimeInterval, TimeIntervals, Zone};

const WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const KEYS: &[&str] = &["times", "weekdays", "days_of_month", "months", "years", "location"];

/// Intervals by their names.
pub(super) type ByName = BTreeMap<Arc<str>, TimeIntervals>;

/// Reads the intervals under one of the two keys into `all`.
pub(super) fn read(node: &Node, key: &str, all: &mut ByName, faults: &mut Faults<'_>) {
    for node in list(node, key, faults) {
        let Some(fields) = Fields::of(node, "a named time interval", faults) else { continue };
        fields.refuse_unknown("a named time interval", &["name", "time_intervals"], |_| None, faults);
        let Some(name) = fields.text("name", faults) else {
            if fields.get("name").is_none() {
                faults.at(fields.mark, "a named time interval has a name");
            }
            continue;
        };
        let nodes = fields.get("time_intervals").map_or(&[][..], |node| list(node, "time_intervals", faults));
        let intervals = nodes.iter().filter_map(|node| one(node, faults)).collect();
        let name: Arc<str> = name.into();
        let is_second = all.insert(name.clone(), TimeIntervals { name: name.clone(), intervals }).is_some();
        if is_second {
            faults.at(fields.mark, format!("there are two time intervals {name:?}"));
        }
    }
}

fn one(node: &Node, faults: &mut Faults<'_>) -> Option<TimeInterval> {
    let fields = Fields::of(node, "a time interval", faults)?;
    fields.refuse_unknown("a time interval", KEYS, |_| None, faults);
    let month = |word: &str| place_of(word, &MONTHS).map(|place| place + 1).or_else(|| number(word, 1, 12));
    Some(TimeInterval {
        times: times(&fields, faults),
        weekdays: ranges(&fields, "weekdays", faults, |word| {
            place_of(word, &WEEKDAYS).ok_or_else(|| no_word(word, "weekday", &WEEKDAYS))
        }),
        days_of_month: ranges(&fields, "days_of_month", faults, |word| {
            let day = number(word, -31, 31).filter(|day| *day != 0);
            day.ok_or_else(|| "a day of a month is from 1 to 31, or from -1 to -31 from its end".to_owned())
        }),
        months: ranges(&fields, "months", faults, |word| {
            month(word).ok_or_else(|| no_word(word, "month", &MONTHS))
        }),
        years: ranges(&fields, "years", faults, |word| {
            number(word, 1, 9999).ok_or_else(|| format!("{word:?} is no year"))
        }),
        zone: zone(&fields, faults)?,
    })
}

fn zone(fields: &Fields<'_>, faults: &mut Faults<'_>) -> Option<Zone> {
    let Some(node) = fields.get("location") else { return Some(Zone(TimeZone::UTC)) };
    let name = text(node, "location", faults)?;
    if name == "Local" {
        faults.at(node.mark, "name the time zone: which one the machine has is not looked at");
        return None;
    }
    match TimeZone::get(name) {
        Ok(zone) => Some(Zone(zone)),
        Err(_) => {
            faults.at(node.mark, format!("there is no time zone {name:?}"));
            None
        }
    }
}

fn times(fields: &Fields<'_>, faults: &mut Faults<'_>) -> Vec<MinuteRange> {
    let Some(node) = fields.get("times") else { return Vec::new() };
    let nodes = list(node, "times", faults);
    let ranges = nodes.iter().take(limits::INTERVAL_RANGES_MAX).filter_map(|node| {
        let fields = Fields::of(node, "one of times", faults)?;
        fields.refuse_unknown("one of times", &["start_time", "end_time"], |_| None, faults);
        let start = minute(&fields, "start_time", faults)?;
        let end = minute(&fields, "end_time", faults)?;
        if end <= start {
            faults.at(node.mark, "a time interval ends after it begins");
        }
        Some(MinuteRange { start, end })
    });
    ranges.collect()
}

/// A minute of the day.
fn minute(fields: &Fields<'_>, key: &str, faults: &mut Faults<'_>) -> Option<i32> {
    let Some(node) = fields.get(key) else {
        faults.at(fields.mark, format!("one of times has a {key}"));
        return None;
    };
    let parts = text(node, key, faults)?.split_once(':');
    let found =
        parts.filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2).and_then(|(hour, minute)| {
            let minutes = number(hour, 0, 24)? * 60 + number(minute, 0, 59)?;
            (minutes <= 24 * 60).then_some(minutes)
        });
    if found.is_none() {
        faults.at(node.mark, format!("{key} is a time such as 09:30, up to 24:00"));
    }
    found
}

/// Ranges such as `monday:friday`, or single values.
fn ranges(
    fields: &Fields<'_>,
    key: &str,
    faults: &mut Faults<'_>,
    read: impl Fn(&str) -> Result<i32, String>,
) -> Vec<Range> {
    let texts = fields.texts(key, faults);
    let mut ranges = Vec::new();
    for (node, text) in texts.into_iter().take(limits::INTERVAL_RANGES_MAX) {
        let (first, last) = text.split_once(':').unwrap_or((text, text));
        match (read(first.trim()), read(last.trim())) {
            (Err(reason), _) | (_, Err(reason)) => faults.at(node.mark, reason),
            (Ok(first), Ok(last)) if is_backwards(first, last) => {
                faults.at(node.mark, format!("{text:?} ends before it begins"));
            }
            (Ok(first), Ok(last)) => ranges.push(Range { first, last }),
        }
    }
    ranges
}

/// A range from the start to the end of a month may be empty in one month and not in another.
fn is_backwards(first: i32, last: i32) -> bool {
    let depends_on_month = first > 0 && last < 0;
    !depends_on_month && (first > last || (first < 0 && last > 0))
}

fn place_of(word: &str, words: &[&str]) -> Option<i32> {
    let place = words.iter().position(|known| known.eq_ignore_ascii_case(word))?;
    i32::try_from(place).ok()
}

fn number(word: &str, least: i32, most: i32) -> Option<i32> {
    word.parse().ok().filter(|number| (least..=most).contains(number))
}

fn no_word(word: &str, kind: &str, words: &[&str]) -> String {
    let shown: String = word.chars().take(40).collect();
    match nearest(word, words.iter().copied()) {
        Some(near) => format!("{shown:?} is no {kind}: did you mean {near:?}?"),
        None => format!("{shown:?} is no {kind}"),
    }
}
