//! Alerts that are created and closed under one alias, and the lengths that Opsgenie takes.

use serde_json::json;

use crate::receivers::samples::{self, body, integration, request, try_integration};

const KEY: &str = "opsgenie_configs";

#[test]
fn an_alert_is_created_and_closed_under_the_same_alias() {
    let yaml = "api_key: s3cret\napi_url: https://api.eu.opsgenie.example/\ntags: 'a, {{ group_labels.dc }},,'\n\
                responders: [{name: ops, type: team}]\nnote: seen";
    let receiver = integration(KEY, yaml);
    let (opening, closing) =
        (request(&receiver, &samples::message()), request(&receiver, &samples::resolved()));
    assert_eq!(opening.url.0, "https://api.eu.opsgenie.example/v2/alerts");
    let sent = body(&receiver, &samples::message());
    let alias = sent["alias"].as_str().expect("an alias");
    assert_eq!(
        closing.url.0,
        format!("https://api.eu.opsgenie.example/v2/alerts/{alias}/close?identifierType=alias")
    );
    let key = opening.headers.iter().find(|header| header.name == "authorization");
    assert_eq!(key.map(|header| header.value.as_str()), Some("GenieKey s3cret"));
    assert_eq!(sent["message"], "[FIRING:1] HighCpu dc=eu severity=critical");
    assert_eq!(sent["priority"], "P1");
    assert_eq!(sent["tags"], json!(["a", "eu"]));
    assert_eq!(sent["responders"], json!([{"name": "ops", "type": "team"}]));
    assert_eq!(sent["details"]["dc"], "eu");
    assert_eq!(
        body(&receiver, &samples::resolved()),
        json!({"source": "https://plumbago.example/", "note": "seen"})
    );
    assert!(receiver.sends_resolved());
}

#[test]
fn priorities_are_the_five_that_there_are() {
    let receiver = integration(KEY, "api_key: k");
    for (label, priority) in
        [("critical", "P1"), ("error", "P2"), ("warning", "P3"), ("info", "P5"), ("odd", "P3")]
    {
        let mut message = samples::message();
        samples::label(&mut message, "severity", label);
        assert_eq!(body(&receiver, &message)["priority"], priority, "{label}");
    }
    let fixed = integration(KEY, "api_key: k\npriority: P4");
    assert_eq!(body(&fixed, &samples::message())["priority"], "P4");
}

#[test]
fn hostile_texts_are_cut_and_readable() {
    let receiver =
        integration(KEY, "api_key: k\nentity: '{{ text }}'\ntags: '{{ text }}'\nactions: '{{ text }}'");
    for message in samples::hostile() {
        let sent = body(&receiver, &message);
        let length = |name: &str| sent[name].as_str().map_or(0, |text| text.chars().count());
        assert!((1..=130).contains(&length("message")));
        assert!(length("description") <= 15_000 && length("source") <= 100 && length("entity") <= 512);
        let tags = sent["tags"].as_array().cloned().unwrap_or_default();
        assert!(
            tags.len() <= 20
                && tags.iter().all(|tag| tag.as_str().is_some_and(|tag| tag.chars().count() <= 50))
        );
        let details: usize = samples::texts(&sent["details"]).iter().map(|text| text.chars().count()).sum();
        assert!(details <= 8000, "{details}");
        samples::texts(&sent).iter().for_each(|text| samples::assert_readable(text));
        assert!(request(&receiver, &message).url.0.is_ascii());
    }
}

#[test]
fn faults_of_settings_are_told() {
    for (yaml, fault) in [
        ("message: x", "1:1: opsgenie_configs has no api_key, and global has no opsgenie_api_key"),
        ("api_key: \"s3cret\\n\"", "1:10: api_key is printable ASCII"),
        ("api_key: k\ndetails: {}", "2:1: details is Alertmanager's and not supported here"),
        ("api_key: k\nresponders: [{name: a, type: crowd}]", "2:30: the type of a responder is team, user"),
        ("api_key: k\nresponders: [{name: a, id: b, type: team}]", "2:14: a responder has just one of id"),
        (
            "api_key: k\nprioritty: P1",
            "2:1: unknown key \"prioritty\" of opsgenie_configs: did you mean \"priority\"?",
        ),
    ] {
        let found = try_integration(KEY, yaml).expect_err(yaml);
        assert!(found.contains(&format!("alerting.yml:{fault}")), "{yaml:?}: {found}");
        assert!(!found.contains("s3cret"), "{found}");
    }
}
