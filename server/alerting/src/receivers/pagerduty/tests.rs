//! Incidents that open and close under one key, and the lengths that PagerDuty takes.

use serde_json::json;

use crate::receivers::samples::{self, body, integration, request, try_integration};

const KEY: &str = "pagerduty_configs";

#[test]
fn an_incident_is_opened_and_closed_under_the_same_key() {
    let receiver = integration(KEY, "routing_key_file: /run/secret");
    let (opened, closed) = (body(&receiver, &samples::message()), body(&receiver, &samples::resolved()));
    assert_eq!((&opened["event_action"], &closed["event_action"]), (&json!("trigger"), &json!("resolve")));
    assert_eq!(opened["dedup_key"], closed["dedup_key"]);
    assert_eq!(opened["dedup_key"].as_str().map(str::len), Some(64));
    assert_eq!(opened["routing_key"], "from-a-file");
    assert_eq!(closed["payload"], json!(null));
    let payload = &opened["payload"];
    assert_eq!(payload["summary"], "[FIRING:1] HighCpu dc=eu severity=critical");
    assert_eq!(payload["severity"], "critical");
    assert_eq!(payload["source"], "https://plumbago.example/");
    assert_eq!(payload["timestamp"], "2026-01-01T00:00:00Z");
    assert!(
        payload["custom_details"]["alarms"].as_str().is_some_and(|text| text.starts_with("FIRING HighCpu"))
    );
    assert_eq!(opened["links"][0]["text"], "graph");
    assert_eq!(request(&receiver, &samples::message()).url.0, "https://events.pagerduty.com/v2/enqueue");
    let mut other = samples::message();
    other.group_key = "{}:{dc=\"us\"}".into();
    assert_ne!(body(&receiver, &other)["dedup_key"], opened["dedup_key"]);
    assert!(receiver.sends_resolved());
}

#[test]
fn severities_are_the_four_that_there_are() {
    let receiver = integration(KEY, "routing_key: k");
    for (label, severity) in [
        ("critical", "critical"),
        ("page", "critical"),
        ("Warning", "warning"),
        ("info", "info"),
        ("odd", "error"),
    ] {
        let mut message = samples::message();
        samples::label(&mut message, "severity", label);
        assert_eq!(body(&receiver, &message)["payload"]["severity"], severity, "{label}");
    }
    let fixed = integration(
        KEY,
        "routing_key: k\nseverity: '{{ \"warn\" }}ing'\ndetails: {dc: '{{ group_labels.dc }}'}",
    );
    let sent = body(&fixed, &samples::message());
    assert_eq!(sent["payload"]["severity"], "warning");
    assert_eq!(sent["payload"]["custom_details"]["dc"], "eu");
}

#[test]
fn hostile_texts_are_cut_and_readable() {
    let receiver = integration(KEY, "routing_key: k\ndetails: {all: '{{ text }}'}");
    for message in samples::hostile() {
        let sent = body(&receiver, &message);
        let payload = &sent["payload"];
        let length = |value: &serde_json::Value| value.as_str().map_or(0, |text| text.chars().count());
        assert!((1..=1024).contains(&length(&payload["summary"])));
        assert!((1..=255).contains(&length(&payload["source"])));
        assert!(length(&sent["dedup_key"]) == 64);
        assert!(request(&receiver, &message).body.len() < 512 << 10);
        samples::texts(&sent).iter().for_each(|text| samples::assert_readable(text));
    }
}

#[test]
fn faults_of_settings_are_told() {
    for (yaml, fault) in [
        ("client: x", "1:1: pagerduty_configs has no routing_key"),
        (
            "service_key: s3cret",
            "1:1: service_key is Alertmanager's and not supported here: it belongs to events of",
        ),
        ("routing_key: k\nurl: ftp://x", "2:6: url is an address such as https://host/path"),
        ("routing_key: k\ndetails: x", "2:10: details is a mapping of names and texts, not a text"),
        (
            "routing_key: k\nseverty: x",
            "2:1: unknown key \"severty\" of pagerduty_configs: did you mean \"severity\"?",
        ),
    ] {
        let found = try_integration(KEY, yaml).expect_err(yaml);
        assert!(found.contains(&format!("alerting.yml:{fault}")), "{yaml:?}: {found}");
        assert!(!found.contains("s3cret"), "{found}");
    }
}
