//! What an Alertmanager is posted, and that nothing of it makes it refuse an alarm.

use serde_json::json;

use crate::receivers::samples::{self, body, integration, request, try_integration};

const KEY: &str = "alertmanager_configs";

#[test]
fn what_fires_ends_a_few_posts_ahead() {
    let receiver = integration(KEY, "url: http://am.example:9093/");
    let sent = body(&receiver, &samples::message());
    assert_eq!(request(&receiver, &samples::message()).url.0, "http://am.example:9093/api/v2/alerts");
    assert_eq!(sent[0]["startsAt"], "2026-01-01T00:00:00Z");
    // Ten minutes after its start, and four minutes more.
    assert_eq!(sent[0]["endsAt"], "2026-01-01T00:14:00Z");
    assert_eq!(sent[1]["endsAt"], "2026-01-01T00:10:00Z");
    assert_eq!(sent[0]["labels"], json!(*samples::message().alarms[0].labels));
    assert_eq!(sent[0]["annotations"]["summary"], "CPU is busy");
    assert_eq!(receiver.repost_ms(), Some(60_000));
    assert!(receiver.sends_resolved());
}

#[test]
fn names_of_labels_are_those_that_every_version_takes() {
    let mut message = samples::message();
    for (name, value) in
        [("data-center", "a"), ("1st", "b"), ("", "c"), ("empty", ""), ("x.y", "d"), ("x_y", "e")]
    {
        samples::label(&mut message, name, value);
    }
    message.alarms[0].ends_at_ms = None;
    let labels = &body(&integration(KEY, "url: http://am"), &message)[0]["labels"];
    assert_eq!(
        (&labels["data_center"], &labels["_1st"], &labels["_"], &labels["x_y"]),
        (&json!("a"), &json!("b"), &json!("c"), &json!("e"))
    );
    assert_eq!(labels["empty"], json!(null));
    assert_eq!(labels["x.y"], json!(null));
}

#[test]
fn hostile_texts_arrive_as_values() {
    let receiver = integration(KEY, "url: http://am.example");
    for message in samples::hostile() {
        let sent = body(&receiver, &message);
        for (alert, alarm) in sent.as_array().expect("a list").iter().zip(&message.alarms) {
            assert_eq!(alert["labels"]["alertname"], json!(alarm.labels["alertname"]));
            for name in alert["labels"].as_object().expect("labels").keys() {
                let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                assert!(is_plain && !name.starts_with(|c: char| c.is_ascii_digit()), "{name}");
            }
            assert!(
                alert["generatorURL"]
                    .as_str()
                    .is_some_and(|link| link.starts_with("https://plumbago.example/"))
            );
        }
    }
    let mut unnamed = samples::message();
    for alarm in &mut unnamed.alarms {
        alarm.labels = Default::default();
        alarm.ends_at_ms = Some(0);
    }
    let sent = body(&receiver, &unnamed);
    assert_eq!(sent[0]["labels"], json!({"alertname": "unnamed"}));
    assert_eq!(sent[1]["endsAt"], sent[1]["startsAt"]);
}

#[test]
fn faults_of_settings_are_told() {
    for (yaml, fault) in [
        ("send_resolved: true", "1:1: alertmanager_configs has no url"),
        (
            "url: http://a\nurls: b",
            "2:1: unknown key \"urls\" of alertmanager_configs: did you mean \"url\"?",
        ),
    ] {
        let found = try_integration(KEY, yaml).expect_err(yaml);
        assert!(found.contains(&format!("alerting.yml:{fault}")), "{yaml:?}: {found}");
    }
}
