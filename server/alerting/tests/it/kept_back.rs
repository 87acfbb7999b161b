//! What keeps alarms from being told: other alarms, silences, times of the day, people who know.

use plumbago_alerting::{AlarmState, LogKind, Matcher, RequestError, SilenceRequest};
use plumbago_rules::{AlarmChange, EventChange};

use crate::desk::{Desk, fingerprint, receivers, retry};

fn desk(more: &str) -> Desk {
    Desk::new(&format!(
        "route: {{receiver: a, group_wait: 0s, repeat_interval: 1h}}\n{}{more}",
        receivers(&["a"])
    ))
}

fn silence(desk: &mut Desk, matchers: &str, until_second: i64) -> String {
    let request = SilenceRequest {
        id: None,
        matchers: Matcher::parse_list(matchers).expect("conditions"),
        starts_ms: desk.now_ms,
        ends_ms: until_second * 1000,
        created_by: "somebody".to_owned(),
        comment: "work".to_owned(),
    };
    let id =
        desk.notifier.silence(request, desk.now_ms.unsigned_abs().into(), desk.now_ms).expect("a silence");
    desk.store();
    id.to_string()
}

fn state(desk: &Desk, alarm: &str) -> AlarmState {
    desk.notifier.alarm(fingerprint(alarm), desk.now_ms).expect("it fires").state
}

const INHIBIT: &str = "inhibit_rules: [{source_matchers: [level=high], target_matchers: ['level=~\"low|high\"'], equal: [host]}]\n";

#[test]
fn an_alarm_keeps_others_back_while_it_fires() {
    let mut desk = desk(INHIBIT);
    desk.fire(&["X level=high host=1", "Y level=low host=1", "Z level=low host=2"]);
    assert_eq!(desk.news(), ["0 a: X Z / "]);
    assert_eq!(state(&desk, "Y level=low host=1"), AlarmState::Suppressed);
    let view = desk.notifier.alarm(fingerprint("Y level=low host=1"), 0).expect("it fires");
    assert_eq!(view.inhibited_by, [fingerprint("X level=high host=1")]);
    desk.restart();
    desk.until(10);
    desk.resolve(&["X level=high host=1"]);
    desk.until(400);
    assert_eq!(desk.news(), ["300 a: Y Z / X"]);
    // What was told before it was kept back is told to be over when it is not kept back any more.
    desk.fire(&["X level=high host=1"]);
    desk.until(410);
    desk.resolve(&["Y level=low host=1"]);
    desk.until(1000);
    assert_eq!(desk.news(), ["600 a: X Z / "]);
    desk.resolve(&["X level=high host=1"]);
    desk.until(1300);
    assert_eq!(desk.news(), ["1200 a: Z / X Y"]);
}

#[test]
fn two_that_are_on_both_sides_do_not_keep_each_other_back() {
    let mut desk = desk(INHIBIT);
    desk.fire(&["X level=high host=1", "W level=high host=1"]);
    assert_eq!(desk.news(), ["0 a: W X / "]);
}

#[test]
fn a_silence_keeps_back_until_it_ends() {
    let mut desk = desk("");
    let id = silence(&mut desk, "alertname=~X|Y", 1000);
    desk.fire(&["X", "Y", "Z"]);
    assert_eq!(desk.news(), ["0 a: Z / "]);
    assert_eq!((state(&desk, "X"), state(&desk, "Z")), (AlarmState::Suppressed, AlarmState::Active));
    desk.until(500);
    desk.resolve(&["Y"]);
    desk.restart();
    desk.until(2000);
    assert_eq!(desk.news(), ["1200 a: X Z / "], "in the turn after its end; Y came and went");
    let stored: Vec<&EventChange> = desk.events.iter().collect();
    let key = format!("silence/{id}");
    assert!(
        matches!(&stored[0], EventChange::Store(event) if event.key.as_ref() == Some(&key) && event.end_ms.is_none())
    );
    assert_eq!(stored[1], &EventChange::Close { key, end_ms: 1_000_000 });
    assert_eq!(stored.len(), 2);
}

#[test]
fn what_waits_to_be_sent_is_taken_back_by_a_silence_or_another_alarm() {
    let mut desk = desk(INHIBIT);
    desk.fail_until(100, retry());
    desk.fire(&["X", "Y level=low host=1"]);
    desk.until(10);
    silence(&mut desk, "alertname=X", 1000);
    desk.fire(&["Z level=high host=1"]);
    desk.until(500);
    assert_eq!(desk.news(), ["300 a: Z / "]);
    desk.resolve(&["Z level=high host=1"]);
    desk.until(2000);
    assert_eq!(desk.news(), ["600 a: Y / Z", "1200 a: X Y / "]);
}

#[test]
fn what_is_known_is_repeated_though_a_message_was_taken_back() {
    let mut desk = desk("");
    desk.fire(&["X"]);
    desk.until(10);
    desk.fail_until(400, retry());
    desk.fire(&["Y"]);
    desk.until(310);
    desk.resolve(&["Y"]);
    desk.until(5000);
    assert_eq!(desk.news(), ["0 a: X / ", "3600 a: X / "]);
}

#[test]
fn the_end_of_what_was_told_is_told_after_the_silence() {
    let mut desk = desk("");
    desk.fire(&["X"]);
    desk.until(10);
    let id = silence(&mut desk, "alertname=X", 100_000);
    desk.until(20);
    desk.resolve(&["X"]);
    desk.until(20_000);
    assert_eq!(desk.news(), ["0 a: X / "], "not repeated, and no end");
    desk.restart();
    desk.notifier.expire(&id, desk.now_ms).expect("it was active");
    desk.store();
    desk.until(21_000);
    assert_eq!(desk.news(), ["20100 a:  / X"]);
    assert!(matches!(desk.notifier.expire(&id, desk.now_ms), Err(RequestError::Wrong(_))));
    desk.until(20_000 + 6 * 86_400);
    assert!(
        desk.notifier.find_silence(&id).is_none() && !desk.rows.keys().any(|key| key.contains("silence"))
    );
}

#[test]
fn a_route_says_nothing_at_some_times() {
    // 1970-01-01 was a Thursday.
    let text = format!(
        "route: {{receiver: a, routes: [{{group_wait: 0s, repeat_interval: 6h, mute_time_intervals: [noon]}}]}}\n{}\
         time_intervals: [{{name: noon, time_intervals: [{{times: [{{start_time: '12:00', end_time: '13:00'}}]}}]}}]\n",
        receivers(&["a"])
    );
    let mut desk = Desk::new(&text);
    desk.until(11 * 3600);
    desk.fire(&["X"]);
    desk.until(12 * 3600);
    desk.fire(&["Y"]);
    assert_eq!(state(&desk, "Y"), AlarmState::Suppressed);
    desk.until(12 * 3600 + 600);
    desk.resolve(&["X"]);
    desk.restart();
    desk.until(14 * 3600);
    assert_eq!(desk.news(), ["39600 a: X / ", "46800 a: Y / X"]);
    let view = desk.notifier.alarm(fingerprint("Y"), 12 * 3_600_000).expect("it fires");
    assert_eq!(view.muted_by, ["noon".into()]);
}

#[test]
fn what_waits_to_be_sent_is_taken_back_when_its_route_says_nothing_any_more() {
    let text = format!(
        "route: {{receiver: a, routes: [{{group_wait: 0s, repeat_interval: 6h, mute_time_intervals: [noon]}}]}}\n{}\
         time_intervals: [{{name: noon, time_intervals: [{{times: [{{start_time: '12:00', end_time: '13:00'}}]}}]}}]\n",
        receivers(&["a"])
    );
    let mut desk = Desk::new(&text);
    desk.until(12 * 3600 - 100);
    desk.fail_until(12 * 3600 + 1, retry());
    desk.fire(&["X", "Y"]);
    desk.until(12 * 3600 + 600);
    assert_eq!(desk.count(LogKind::Withdrawn), 1);
    desk.resolve(&["X"]);
    desk.restart();
    desk.until(14 * 3600);
    assert_eq!(desk.news(), ["47000 a: Y / "], "in the first turn after noon; X came and went in it");
}

#[test]
fn a_route_says_something_only_at_its_times() {
    let text = format!(
        "route: {{receiver: a, routes: [{{group_wait: 0s, active_time_intervals: [noon]}}]}}\n{}\
         time_intervals: [{{name: noon, time_intervals: [{{times: [{{start_time: '12:00', end_time: '13:00'}}]}}]}}]\n",
        receivers(&["a"])
    );
    let mut desk = Desk::new(&text);
    desk.fire(&["X"]);
    desk.until(11 * 3600 + 3599);
    assert!(desk.news().is_empty());
    desk.until(12 * 3600);
    assert_eq!(desk.news(), ["43200 a: X / "]);
}

#[test]
fn what_somebody_knows_is_not_repeated_until_it_is_over_or_worse() {
    let mut desk = desk("");
    desk.fire(&["X severity=warning", "Y"]);
    let (x, y) = (fingerprint("X"), fingerprint("Y"));
    desk.notifier.acknowledge(x, "somebody", "on it", None, desk.now_ms).expect("it fires");
    desk.store();
    desk.restart();
    desk.until(3600);
    assert_eq!(desk.news(), ["0 a: X:warning Y / ", "3600 a: Y / "], "repeated is what nobody knows");
    desk.notifier.acknowledge(y, "somebody", "", Some(20_000_000), desk.now_ms).expect("it fires");
    desk.store();
    desk.until(19_999);
    assert!(desk.news().is_empty());
    desk.until(20_200);
    assert_eq!(desk.news(), ["20100 a: Y / "], "in the turn after its end");
    desk.change(&["X severity=critical"], AlarmChange::Raised);
    assert_eq!(desk.news(), ["20200 a: X:critical Y / "]);
    desk.until(23_800);
    assert_eq!(desk.news(), ["23800 a: X:critical Y / "], "it was raised, and is repeated again");
    desk.notifier.acknowledge(x, "somebody", "", None, desk.now_ms).expect("it fires");
    desk.resolve(&["X severity=critical", "Y"]);
    desk.until(30_000);
    assert_eq!(desk.news(), ["24100 a:  / X:critical Y"]);
    assert!(desk.notifier.acknowledge(x, "somebody", "", None, desk.now_ms).is_err());
    assert!(!desk.rows.keys().any(|key| key.contains("acknowledgement")));
    let closed = desk.events.iter().filter(|event| matches!(event, EventChange::Close { .. })).count();
    assert_eq!((desk.events.len(), closed), (6, 3));
}

#[test]
fn a_repetition_that_waits_leaves_out_what_is_acknowledged_meanwhile() {
    for (known, expected) in [(vec!["X"], vec!["a: Y / "]), (vec!["X", "Y"], vec![])] {
        let mut desk = desk("");
        desk.fire(&["X", "Y"]);
        desk.until(3500);
        assert_eq!(desk.news(), ["0 a: X Y / "]);
        desk.fail_until(4000, retry());
        desk.until(3700);
        for one in &known {
            let (one, now_ms) = (fingerprint(one), desk.now_ms);
            desk.notifier.acknowledge(one, "somebody", "on it", None, now_ms).expect("it fires");
        }
        desk.store();
        desk.restart();
        desk.until(4500);
        let news = desk.news();
        let told: Vec<&str> =
            news.iter().map(|line| line.split_once(' ').map_or("", |(_, told)| told)).collect();
        assert_eq!(told, expected, "{known:?} acknowledged: {news:?}");
    }
}
