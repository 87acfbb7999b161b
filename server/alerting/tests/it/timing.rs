//! When a group is told: waits, turns, repetitions, and what they are after a restart.

use plumbago_alerting::LogKind;
use plumbago_rules::AlarmChange;

use crate::desk::{Desk, receivers};

fn desk(route: &str) -> Desk {
    Desk::new(&format!("route: {{receiver: a, {route}}}\n{}", receivers(&["a", "b"])))
}

#[test]
fn a_group_waits_then_has_turns_and_is_repeated() {
    let mut desk = desk("group_by: [g], group_wait: 30s, group_interval: 5m, repeat_interval: 1h");
    desk.until(100);
    desk.fire(&["X g=1"]);
    desk.until(110);
    desk.fire(&["Y g=1", "Z g=2"]);
    desk.until(200);
    assert_eq!(desk.news(), ["130 a: X Y / ", "140 a: Z / "]);
    desk.fire(&["V g=1"]);
    desk.until(429);
    assert!(desk.news().is_empty());
    desk.until(500);
    assert_eq!(desk.news(), ["430 a: V X Y / "]);
    desk.resolve(&["X g=1"]);
    desk.until(1000);
    assert_eq!(desk.news(), ["730 a: V Y / X"]);
    desk.until(730 + 3599);
    assert_eq!(desk.news(), ["3740 a: Z / "], "the other group is repeated after its hour");
    desk.until(730 + 3600);
    assert_eq!(desk.news(), ["4330 a: V Y / "]);
    desk.resolve(&["V g=1", "Y g=1", "Z g=2"]);
    desk.until(10_000);
    assert_eq!(desk.news(), ["4340 a:  / Z", "4630 a:  / V Y"]);
    assert_eq!(
        desk.rows.keys().filter(|key| !key.contains("/counter") && !key.contains("/pace/")).count(),
        0,
        "{:?}",
        desk.rows.keys()
    );
    assert_eq!(desk.notifier.next_ms(), i64::MAX);
}

#[test]
fn without_a_wait_it_is_told_in_the_same_tick() {
    let mut desk = desk("group_wait: 0s");
    desk.until(7);
    desk.fire(&["X"]);
    assert_eq!(desk.news(), ["7 a: X / "]);
    desk.until(10);
    desk.fire(&["Y"]);
    desk.resolve(&["X"]);
    desk.until(400);
    assert_eq!(desk.news(), ["307 a: Y / X"]);
    // The same again is a new group, told at once.
    desk.resolve(&["Y"]);
    desk.until(700);
    desk.fire(&["X"]);
    assert_eq!(desk.news(), ["607 a:  / Y", "700 a: X / "]);
}

#[test]
fn turns_and_repetitions_go_on_across_restarts() {
    let told = |restarts: &[i64]| {
        let mut desk = desk("group_by: [g], repeat_interval: 2h");
        let mut moments: Vec<(i64, &str)> = vec![
            (10, "X g=1"),
            (50, "Y g=1"),
            (7_000, "Z g=1"),
            (7_100, "-X g=1"),
            (9_000, "-Y g=1"),
            (9_001, "Y g=1"),
        ];
        moments.extend(restarts.iter().map(|at| (*at, "")));
        moments.sort();
        for (at, what) in moments {
            desk.until(at);
            match what.strip_prefix('-') {
                _ if what.is_empty() => desk.restart(),
                Some(name) => desk.resolve(&[name]),
                None => desk.fire(&[what]),
            }
        }
        desk.until(30_000);
        desk.news()
    };
    let once = told(&[]);
    assert_eq!(once[..3], ["40 a: X / ", "340 a: X Y / ", "7240 a: Y Z / X"]);
    for restarts in
        [vec![20], vec![60, 61, 339], vec![341, 5000, 7050, 7239], (0..300).map(|at| at * 97).collect()]
    {
        assert_eq!(told(&restarts), once, "{restarts:?}");
    }
}

#[test]
fn what_is_resolved_before_it_was_told_is_not_told() {
    let mut desk = desk("group_by: [g]");
    desk.fire(&["X g=1", "Y g=2"]);
    desk.until(5);
    desk.resolve(&["X g=1"]);
    desk.until(1000);
    assert_eq!(desk.news(), ["30 a: Y / "]);
    assert_eq!(desk.count(LogKind::Unsent), 1);
    desk.fire(&["V g=2"]);
    desk.until(1010);
    desk.resolve(&["V g=2"]);
    desk.until(2000);
    assert!(desk.news().is_empty());
    assert_eq!(desk.count(LogKind::Unsent), 2);
}

#[test]
fn what_comes_back_before_its_end_was_told_is_no_news() {
    let mut desk = desk("group_wait: 0s");
    desk.fire(&["X"]);
    desk.until(10);
    desk.resolve(&["X"]);
    desk.until(20);
    desk.fire(&["X"]);
    desk.until(1000);
    assert_eq!(desk.news(), ["0 a: X / "]);
}

#[test]
fn a_higher_level_is_told_at_once_a_lower_one_is_not() {
    let mut desk = desk("group_by: [alertname], group_wait: 30s");
    desk.fire(&["X severity=warning"]);
    desk.until(60);
    desk.change(&["X severity=critical"], AlarmChange::Raised);
    desk.until(100);
    assert_eq!(desk.news(), ["30 a: X:warning / ", "60 a: X:critical / "]);
    desk.change(&["X severity=warning"], AlarmChange::Lowered);
    desk.until(10_000);
    assert!(desk.news().is_empty());
    desk.change(&["X severity=critical"], AlarmChange::Raised);
    desk.resolve(&["X severity=critical"]);
    desk.until(20_000);
    assert_eq!(desk.news(), ["10000 a: X:critical / ", "10300 a:  / X:critical"]);
    desk.fire(&["Y severity=warning"]);
    desk.change(&["Y severity=critical"], AlarmChange::Raised);
    assert_eq!(desk.news(), ["20000 a: Y:critical / "], "not even the first wait");
}

#[test]
fn a_level_that_leads_elsewhere_ends_the_alarm_where_it_was() {
    let text = format!(
        "route: {{receiver: a, group_wait: 0s, routes: [{{receiver: b, matchers: [severity=critical]}}]}}\n{}",
        receivers(&["a", "b"])
    );
    let mut desk = Desk::new(&text);
    desk.fire(&["X severity=warning"]);
    desk.until(10);
    desk.change(&["X severity=critical"], AlarmChange::Raised);
    desk.restart();
    desk.until(400);
    assert_eq!(desk.news(), ["0 a: X:warning / ", "10 b: X:critical / ", "300 a:  / X:warning"]);
    desk.change(&["X severity=warning"], AlarmChange::Lowered);
    desk.restart();
    desk.until(500);
    desk.resolve(&["X severity=warning"]);
    desk.until(2000);
    assert_eq!(desk.news(), ["400 a: X:warning / ", "610 b:  / X:critical", "700 a:  / X:warning"]);
    assert!(!desk.rows.keys().any(|key| key.starts_with("alarms/alarm") || key.starts_with("alarms/left")));
}

#[test]
fn who_does_not_want_ends_is_told_beginnings_again() {
    let text = "
route: {receiver: a, group_wait: 0s}
receivers: [{name: a, webhook_configs: [{url: 'http://x/', send_resolved: false}]}]
";
    let mut desk = Desk::new(text);
    desk.fire(&["X"]);
    desk.until(10);
    desk.resolve(&["X"]);
    desk.until(1000);
    desk.fire(&["X"]);
    desk.until(1010);
    assert_eq!(desk.news(), ["0 a: X / ", "1000 a: X / "]);
}

#[test]
fn a_real_alertmanager_is_told_each_minute_what_fires() {
    let text = "
route: {receiver: a, group_wait: 0s}
receivers: [{name: a, alertmanager_configs: [{url: 'http://x/'}], webhook_configs: [{url: 'http://x/'}]}]
";
    let mut desk = Desk::new(text);
    desk.fire(&["X"]);
    desk.until(150);
    let mut news = desk.news();
    news.sort();
    assert_eq!(news, ["0 a: X / ", "0 a: X / ", "120 a: X / ", "60 a: X / "]);
    desk.restart();
    desk.resolve(&["X"]);
    desk.until(1000);
    let to: Vec<_> = desk.arrived.iter().map(|(at, message)| (*at / 1000, message.to.integration)).collect();
    // The webhook at its turn; the other one at its minute.
    assert_eq!(to, [(180, 1), (300, 0)]);
    assert_eq!(desk.count(LogKind::Queued), 4, "what says nothing new is not logged");
}
