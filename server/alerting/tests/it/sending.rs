//! Receivers that fail, stall and refuse; files that change; crashes between sending and recording.

use plumbago_alerting::{LogKind, Outcome};

use crate::desk::{Desk, alerting, receivers, retry};

fn desk() -> Desk {
    Desk::new(&format!("route: {{receiver: a, group_wait: 0s}}\n{}", receivers(&["a"])))
}

fn refused() -> Outcome {
    Outcome::Refused { reason: "401".to_owned() }
}

#[test]
fn failures_are_retried_with_growing_pauses_and_the_same_message() {
    let mut desk = desk();
    desk.fail_until(60, retry());
    desk.fire(&["X"]);
    desk.until(20);
    desk.restart();
    desk.until(1000);
    assert_eq!(desk.news(), ["63 a: X / "]);
    assert_eq!(
        (desk.count(LogKind::Retried), desk.count(LogKind::Sent), desk.count(LogKind::Queued)),
        (6, 1, 1)
    );
    let ids: Vec<_> = desk.log.iter().filter_map(|entry| entry.message).collect();
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
}

#[test]
fn a_test_is_tried_once_and_does_not_arrive_when_it_is_about_nothing_any_more() {
    for failure in [retry(), Outcome::Unclear { reason: "no answer".to_owned() }] {
        let mut desk = desk();
        desk.fail_until(60, failure);
        let messages = desk.notifier.test("a", 0).expect("a receiver");
        desk.store();
        desk.until(3600);
        assert_eq!((messages.len(), desk.arrived.len(), desk.notifier.outbox().len()), (1, 0, 0));
        let counts = [LogKind::Queued, LogKind::Dropped, LogKind::Retried].map(|kind| desk.count(kind));
        assert_eq!(counts, [1, 1, 0], "{:?}", desk.log);
        let dropped = desk.log.iter().find(|entry| entry.kind == LogKind::Dropped).expect("it is in the log");
        assert!(dropped.attempt == 1 && !dropped.reason.is_empty(), "{dropped:?}");
        // Others are tried again as ever.
        desk.fail_until(4000, retry());
        desk.fire(&["X"]);
        desk.until(5000);
        assert_eq!((desk.arrived.len(), desk.count(LogKind::Dropped)), (1, 1));
    }
}

#[test]
fn a_receiver_is_left_alone_as_long_as_it_asks_for() {
    let mut desk = desk();
    desk.fail_until(1, Outcome::Retry { reason: "429".to_owned(), after_ms: Some(200_000) });
    desk.fire(&["X"]);
    desk.until(10);
    desk.fire(&["Y"]);
    desk.until(1000);
    assert_eq!(desk.news(), ["200 a: X / ", "300 a: X Y / "]);
    desk.fail_until(1001, Outcome::Retry { reason: "429".to_owned(), after_ms: Some(2_000_000) });
    desk.resolve(&["Y"]);
    desk.until(1000);
    desk.until(4000);
    assert_eq!(desk.news(), ["1200 a: X / Y"]);
}

#[test]
fn a_newer_state_takes_the_place_of_one_that_was_not_sent() {
    let mut desk = desk();
    desk.fail_until(1000, retry());
    desk.fire(&["X"]);
    desk.until(100);
    desk.fire(&["Y"]);
    desk.until(700);
    desk.restart();
    desk.fire(&["Z"]);
    desk.until(2000);
    assert_eq!(desk.news().len(), 1, "one message tells everything");
    assert_eq!((desk.count(LogKind::Superseded), desk.count(LogKind::Sent)), (2, 1));
}

#[test]
fn what_is_over_before_its_beginning_arrived_is_not_told() {
    let mut desk = desk();
    desk.fail_until(1000, retry());
    desk.fire(&["X", "Y"]);
    desk.until(100);
    desk.resolve(&["X"]);
    desk.until(110);
    assert_eq!(desk.count(LogKind::Superseded), 1, "not only in the next turn");
    desk.resolve(&["Y"]);
    desk.until(5000);
    assert!(desk.news().is_empty());
    assert_eq!((desk.count(LogKind::Withdrawn), desk.count(LogKind::Sent)), (1, 0));
    assert_eq!(desk.notifier.next_ms(), i64::MAX);
}

#[test]
fn what_may_have_arrived_is_told_to_be_over() {
    let mut desk = desk();
    desk.fail_until(50, Outcome::Unclear { reason: "no answer".to_owned() });
    desk.fire(&["X"]);
    desk.until(20);
    desk.resolve(&["X"]);
    desk.until(1000);
    assert_eq!(desk.news(), ["63 a:  / X"]);
}

#[test]
fn what_is_refused_is_not_tried_again_before_it_would_be_repeated() {
    let mut desk = desk();
    desk.fail_until(100, refused());
    desk.fire(&["X"]);
    desk.until(5000);
    assert!(desk.news().is_empty());
    assert_eq!(desk.count(LogKind::Refused), 1);
    desk.fire(&["Y"]);
    desk.until(5200);
    assert_eq!(desk.news(), ["5100 a: X Y / "]);
    // One that was never told is not told to be over.
    let mut desk = self::desk();
    desk.fail_until(100, refused());
    desk.fire(&["X"]);
    desk.until(200);
    desk.resolve(&["X"]);
    desk.until(5000);
    assert!(desk.news().is_empty());
    // It is repeated like one that was told.
    desk.fail_until(5001, refused());
    desk.fire(&["X"]);
    desk.restart();
    desk.until(5000 + 4 * 3600);
    assert_eq!(desk.news(), ["19400 a: X / "]);
}

#[test]
fn a_day_of_failures_is_enough() {
    let mut desk = desk();
    desk.fail_until(86_401, retry());
    desk.fire(&["X"]);
    desk.until(86_400);
    assert_eq!((desk.count(LogKind::Expired), desk.notifier.outbox().len()), (1, 0));
    desk.until(86_400 + 4 * 3600);
    assert_eq!(desk.news(), ["100800 a: X / "], "what fires is tried again when it would be repeated");
}

#[test]
fn one_is_in_flight_and_the_next_waits_for_how_it_ends() {
    for (outcome, expected) in [
        (Outcome::Sent, vec!["400 a: X / ", "400 a: Y / X"]),
        (retry(), vec!["400 a: Y / "]),
        (refused(), vec!["400 a: Y / "]),
        (Outcome::Unclear { reason: "no answer".to_owned() }, vec!["401 a: Y / X"]),
    ] {
        let mut desk = desk();
        desk.notifier.take(&[crate::desk::transition("X", plumbago_rules::AlarmChange::Fired, 0)], 0);
        desk.store();
        let message = desk.notifier.deliverable(0).remove(0);
        desk.notifier.begin(message.id);
        assert!(desk.notifier.deliverable(1_000_000).is_empty());
        desk.until(100);
        desk.fire(&["Y"]);
        desk.resolve(&["X"]);
        desk.until(400);
        assert!(desk.news().is_empty());
        let first = outcome.clone();
        desk.answer = Box::new(move |_, _| first.clone());
        desk.finish(&message);
        desk.answer = Box::new(|_, _| Outcome::Sent);
        desk.until(402);
        desk.send();
        let news: Vec<String> = desk.news();
        let at = |line: &String| line.split_once(' ').map(|(_, rest)| rest.to_owned());
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(
            news.iter().map(at).collect::<Vec<_>>(),
            expected.iter().map(at).collect::<Vec<_>>(),
            "{outcome:?}: {news:?}"
        );
    }
}

#[test]
fn a_crash_between_sending_and_recording_repeats_the_same_message() {
    let mut desk = desk();
    desk.notifier.take(&[crate::desk::transition("X", plumbago_rules::AlarmChange::Fired, 0)], 0);
    desk.store();
    let before = desk.notifier.deliverable(0).remove(0);
    desk.notifier.begin(before.id);
    desk.arrived.push((0, before.clone()));
    desk.restart();
    desk.send();
    let ids: Vec<_> = desk.arrived.iter().map(|(_, message)| message.id).collect();
    assert_eq!(ids, [before.id, before.id]);
    // It arrived, the record was lost, and it is over: the end is told.
    let mut desk = self::desk();
    desk.notifier.take(&[crate::desk::transition("X", plumbago_rules::AlarmChange::Fired, 0)], 0);
    desk.store();
    desk.notifier.begin(desk.notifier.deliverable(0)[0].id);
    desk.restart_behind();
    desk.resolve(&["X"]);
    desk.until(1000);
    assert_eq!(desk.news(), ["0 a:  / X"]);
}

#[test]
fn another_file_ends_groups_that_it_does_not_have_and_tries_again_what_was_refused() {
    let mut desk = desk();
    desk.fail_until(1, refused());
    desk.fire(&["X g=1"]);
    desk.until(100);
    let same = desk.notifier.alerting().clone();
    desk.notifier.reconfigure(same, desk.now_ms);
    desk.store();
    desk.until(400);
    assert_eq!(desk.news(), ["300 a: X / "]);
    let other = format!("route: {{receiver: a, group_by: [g], group_wait: 0s}}\n{}", receivers(&["a"]));
    desk.notifier.reconfigure(alerting(&other), desk.now_ms);
    desk.store();
    desk.send();
    let mut news = desk.news();
    news.sort();
    assert_eq!(news, ["400 a:  / X", "400 a: X / "]);
    let none = format!("route: {{receiver: b, group_wait: 0s}}\n{}", receivers(&["b"]));
    desk.fail_until(10_000, retry());
    desk.fire(&["Y g=1"]);
    desk.until(800);
    assert_eq!(desk.notifier.outbox().len(), 1);
    desk.notifier.reconfigure(alerting(&none), desk.now_ms);
    desk.store();
    assert_eq!(desk.count(LogKind::Dropped), 1);
    desk.answer = Box::new(|_, _| Outcome::Sent);
    desk.until(900);
    assert_eq!(desk.news(), ["800 b: X Y / "]);
    desk.restart();
    desk.resolve(&["X g=1", "Y g=1"]);
    desk.until(5000);
    assert_eq!(desk.news(), ["1100 b:  / X Y"]);
}

#[test]
fn a_test_goes_to_everything_of_a_receiver() {
    let mut desk = desk();
    assert!(desk.notifier.test("b", 0).is_err());
    assert_eq!(desk.notifier.test("a", 0).map(|sent| sent.len()), Ok(1));
    desk.store();
    desk.until(1);
    assert_eq!(desk.news(), ["0 a Test: Test / "]);
}
