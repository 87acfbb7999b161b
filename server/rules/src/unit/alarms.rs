//! Alarms that were expected to fire beside those that do.

use super::ExpectedAlarm;
use crate::{Alarm, AlarmState, Labels};

const NAME_LABEL: &str = "alertname";

/// Each expected alarm takes the first one that agrees with it; what is left over is told.
pub(super) fn compare(name: Option<&str>, expected: &[ExpectedAlarm], found: &[Alarm]) -> Vec<String> {
    let is_wanted = |alarm: &&Alarm| {
        let own = alarm.labels.get(NAME_LABEL).map(String::as_str);
        alarm.state == AlarmState::Firing && name.is_none_or(|name| own == Some(name))
    };
    let mut found: Vec<&Alarm> = found.iter().filter(is_wanted).collect();
    let mut details = Vec::new();
    let mut missing = Vec::new();
    for wanted in expected {
        match found.iter().position(|alarm| differences(wanted, alarm).is_empty()) {
            Some(at) => _ = found.remove(at),
            None => missing.push(wanted),
        }
    }
    for wanted in missing {
        // One with the same labels differs in its texts alone.
        match found.iter().position(|alarm| different(&wanted.labels, &alarm.labels).is_empty()) {
            Some(at) => {
                let alarm = found.remove(at);
                details.push(format!("{}: {}", show(&alarm.labels), differences(wanted, alarm).join("; ")));
            }
            None => details.push(format!("missing     {}", show(&wanted.labels))),
        }
    }
    details.extend(found.into_iter().map(|alarm| format!("unexpected  {}", show(&alarm.labels))));
    details
}

fn differences(wanted: &ExpectedAlarm, alarm: &Alarm) -> Vec<String> {
    let mut all = different(&wanted.labels, &alarm.labels);
    all.extend(different(&wanted.annotations, &alarm.annotations));
    all
}

/// Labels or texts that are not as they are wanted.
pub(super) fn different(wanted: &Labels, is: &Labels) -> Vec<String> {
    let other = |(name, wanted): (&String, &String)| {
        let found = is.get(name);
        let is_other = found != Some(wanted);
        is_other.then(|| match found {
            Some(found) => format!("{name}: expected {wanted:?}, found {found:?}"),
            None => format!("{name}: expected {wanted:?}, found none"),
        })
    };
    wanted.iter().filter_map(other).collect()
}

/// Labels in braces.
pub(super) fn show(labels: &Labels) -> String {
    let pairs: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    format!("{{{}}}", pairs.join(", "))
}
