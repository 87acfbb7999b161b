//! What came and went while nobody looked, and what the rate cap withheld.

use plumbago_alerting::LogKind;
use plumbago_rules::{AlarmChange, Transition};

use crate::desk::{Desk, receivers, transition};

fn replayed(text: &str, change: AlarmChange, at: i64) -> Transition {
    Transition { is_replayed: true, ..transition(text, change, at * 1000) }
}

fn over(at: i64) -> AlarmChange {
    AlarmChange::Resolved { ends_at_ms: at * 1000, by: None }
}

#[test]
fn what_came_and_went_while_nobody_looked_is_one_digest() {
    let text = format!(
        "route: {{receiver: a, group_by: [alertname], group_wait: 30s, routes: [{{matchers: [alertname=~Y|V], receiver: b, continue: true}}]}}\n{}",
        receivers(&["a", "b"])
    );
    let mut desk = Desk::new(&text);
    desk.fire(&["Told", "Ended"]);
    desk.until(100);
    assert_eq!(desk.news().len(), 2);
    desk.until(10_000);
    desk.restart_behind();
    desk.take(&[
        replayed("X", AlarmChange::Fired, 1000),
        replayed("Y", AlarmChange::Fired, 1010),
        replayed("X", over(1020), 1020),
        replayed("X", AlarmChange::Fired, 1030),
        replayed("Y", over(1040), 1040),
        replayed("X", over(1050), 1050),
        replayed("V", AlarmChange::Fired, 2000),
        replayed("Told", over(2000), 2000),
        replayed("Told", AlarmChange::Fired, 2010),
        replayed("Ended", over(2020), 2020),
    ]);
    // Another crash on the way changes nothing.
    desk.restart_behind();
    desk.until(10_050);
    assert!(desk.news().is_empty(), "nothing before all is gone through");
    desk.notifier.caught_up(desk.now_ms);
    desk.store();
    desk.send();
    let mut news = desk.news();
    news.sort();
    assert_eq!(news, ["10050 a CaughtUp:  / X X", "10050 b CaughtUp:  / Y", "10050 b: V / "]);
    desk.until(10_400);
    assert_eq!(desk.news(), ["10230 a:  / Ended"]);
    assert!(!desk.rows.keys().any(|key| key.starts_with("alarms/gap")));
}

#[test]
fn what_is_live_is_told_while_the_past_is_gone_through() {
    let mut desk = Desk::new(&format!(
        "route: {{receiver: a, group_by: [alertname], group_wait: 0s}}\n{}",
        receivers(&["a"])
    ));
    desk.restart_behind();
    desk.fire(&["X"]);
    desk.take(&[replayed("Y", AlarmChange::Fired, 0)]);
    assert_eq!(desk.news(), ["0 a: X / "]);
    desk.until(10);
    desk.resolve(&["Y"]);
    desk.notifier.caught_up(desk.now_ms);
    desk.store();
    desk.until(20);
    assert_eq!(desk.news(), ["10 a CaughtUp:  / Y"]);
}

/// A hundred groups of one alarm.
fn hundred() -> Vec<String> {
    (0..100).map(|number| format!("A{number:03}")).collect()
}

fn borrowed(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

#[test]
fn beyond_sixty_a_minute_a_digest_tells_of_the_others() {
    let mut desk = Desk::new(&format!(
        "route: {{receiver: a, group_by: ['...'], group_wait: 0s, group_interval: 1m, repeat_interval: 3h}}\n{}",
        receivers(&["a"])
    ));
    let names = hundred();
    desk.fire(&borrowed(&names));
    assert_eq!(desk.news().len(), 60);
    assert_eq!((desk.count(LogKind::Withheld), desk.notifier.withheld()), (40, 40));
    desk.restart();
    desk.until(100);
    // One is over before anybody was told of it, one of which a message was sent.
    desk.resolve(&["A099", "A000"]);
    desk.until(299);
    assert_eq!(desk.news(), ["120 a:  / A000"]);
    desk.until(300);
    let news = desk.news();
    assert_eq!(news.len(), 1);
    assert!(news[0].starts_with("300 a Digest: A060 A061 ") && news[0].ends_with(" A098 / "), "{news:?}");
    assert_eq!(desk.notifier.withheld(), 0);
    // The end of what a digest told is told by one, of what a message told by one.
    desk.until(400);
    desk.resolve(&["A098", "A001"]);
    desk.until(1000);
    let news = desk.news();
    assert_eq!(news[0], "420 a:  / A001");
    assert!(news[1].starts_with("720 a Digest: A060 ") && news[1].ends_with(" A097 / A098"), "{news:?}");
    assert_eq!(news.len(), 2, "{news:?}");
    desk.restart();
    desk.resolve(&borrowed(&names));
    desk.until(3000);
    let news = desk.news();
    assert_eq!(news.iter().filter(|line| line.contains("Digest")).count(), 1, "{news:?}");
    assert_eq!(news.len(), 58 + 1, "ends of what messages told are not withheld");
    let kept = ["counter", "pace/"];
    assert!(!desk.rows.keys().any(|key| !kept.iter().any(|one| key.contains(one))), "{:?}", desk.rows.keys());
}

#[test]
fn a_digest_waits_for_the_one_before() {
    let mut desk = Desk::new(&format!(
        "route: {{receiver: a, group_by: ['...'], group_wait: 0s}}\n{}",
        receivers(&["a"])
    ));
    let names = hundred();
    desk.fire(&borrowed(&names));
    desk.news();
    desk.fail_until(1000, crate::desk::retry());
    desk.until(310);
    desk.resolve(&borrowed(&names[60..]));
    desk.until(999);
    assert!(desk.news().is_empty());
    desk.answer = Box::new(|_, _| plumbago_alerting::Outcome::Sent);
    desk.until(3000);
    let news = desk.news();
    assert_eq!(news.len(), 2, "{news:?}");
    assert!(news[0].contains("Digest: A060") && news[1].contains("Digest:  / A060"), "{news:?}");
}
