//! Fifty thousand alarms in a minute.

use plumbago_alerting::LogKind;
use plumbago_protocol::limits;
use plumbago_rules::{AlarmChange, Transition};

use crate::desk::{Desk, receivers, transition};

const ALARMS: usize = 50_000;

/// Every alarm fires within a minute and is over within another one, in batches as a core hands them over.
fn storm(desk: &mut Desk, group_of: impl Fn(usize) -> usize) {
    let all = |change: AlarmChange, from_s: i64| -> Vec<Transition> {
        let at = |number: usize| from_s * 1000 + i64::try_from(number * 60_000 / ALARMS).expect("small");
        (0..ALARMS)
            .map(|number| {
                transition(&format!("A{number} g={}", group_of(number)), change.clone(), at(number))
            })
            .collect()
    };
    for (change, from) in
        [(AlarmChange::Fired, 0), (AlarmChange::Resolved { ends_at_ms: 180_000, by: None }, 120)]
    {
        for batch in all(change, from).chunks(1000) {
            desk.until(batch[0].at_ms / 1000);
            desk.notifier.take(batch, desk.now_ms);
            desk.store_unchecked();
            desk.send();
        }
    }
    desk.until(600);
}

#[test]
fn a_storm_in_few_groups_is_a_few_messages_with_counted_rests() {
    let mut desk = Desk::new(&format!("route: {{receiver: a, group_by: [g]}}\n{}", receivers(&["a"])));
    storm(&mut desk, |number| number % 10);
    assert_eq!(desk.arrived.len(), 20, "a beginning and an end for each group");
    for (_, message) in &desk.arrived {
        assert!(message.alarms.len() <= limits::MESSAGE_ALARMS_MAX);
        let told = message.alarms.len() + message.truncated;
        assert!(told >= 2500, "{told} of 5000 of a group");
    }
    assert_over(&desk);
}

#[test]
fn a_storm_of_groups_is_capped_and_over_within_ten_minutes() {
    let mut desk = Desk::new(&format!(
        "route: {{receiver: a, group_by: ['...'], group_wait: 0s}}\n{}",
        receivers(&["a"])
    ));
    storm(&mut desk, |number| number);
    let messages = desk.arrived.len();
    assert!(messages <= 2 * (3 * 60 + 2), "{messages} messages");
    let withheld = desk.count(LogKind::Withheld);
    let unsent: usize =
        desk.log.iter().filter(|entry| entry.kind == LogKind::Unsent).map(|entry| entry.resolved).sum();
    let queued = desk.log.iter().filter(|entry| entry.kind == LogKind::Queued && entry.firing > 0).count();
    assert_eq!(withheld + queued, ALARMS, "every message that was not sent is counted");
    assert_eq!(unsent, withheld, "all that was withheld was over before its digest");
    assert_over(&desk);
}

/// Nothing is left, neither in rows nor to be done.
fn assert_over(desk: &Desk) {
    desk.check_rows();
    let kept = desk.rows.keys().filter(|key| !key.contains("/counter") && !key.contains("/pace/")).count();
    assert_eq!((kept, desk.notifier.alarms(desk.now_ms).len()), (0, 0));
    assert_eq!(desk.notifier.next_ms(), i64::MAX);
}
