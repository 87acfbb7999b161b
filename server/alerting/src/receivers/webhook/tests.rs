//! Bodies and headers of webhooks, and that hostile texts arrive in them as texts.

use serde_json::json;

use crate::receivers::samples::{self, body, integration, request, try_integration};

const KEY: &str = "webhook_configs";
const URL: &str = "url: https://hooks.example/x\n";

#[test]
fn the_standard_body_is_that_of_alertmanager() {
    let alert = |status: &str, host: &str, series: &str, ends_at: &str, until: &str| {
        let labels = json!({
            "alertname": "HighCpu", "alertgroup": "hosts", "dc": "eu", "host": host, "series": series,
            "severity": "critical",
        });
        let fingerprint = samples::message().alarms[0].fingerprint.to_string();
        json!({
            "status": status,
            "labels": labels,
            "annotations": {
                "summary": "CPU is busy",
                "description": "since yesterday\nand longer",
                "runbook_url": "https://runbooks.example/cpu",
            },
            "startsAt": "2026-01-01T00:00:00Z",
            "endsAt": ends_at,
            "generatorURL":
                format!("https://plumbago.example/render?target={series}&from=1767222000{until}&format=png"),
            "fingerprint": fingerprint,
        })
    };
    let mut message = samples::message();
    message.alarms[1].fingerprint = message.alarms[0].fingerprint;
    let expected = json!({
        "receiver": "ops",
        "status": "firing",
        "alerts": [
            alert("firing", "web1", "web.cpu", "0001-01-01T00:00:00Z", ""),
            alert("resolved", "web2", "web2.cpu", "2026-01-01T00:10:00Z", "&until=1767229800"),
        ],
        "groupLabels": {"dc": "eu"},
        "commonLabels": {"alertname": "HighCpu", "alertgroup": "hosts", "dc": "eu", "severity": "critical"},
        "commonAnnotations": {
            "summary": "CPU is busy",
            "description": "since yesterday\nand longer",
            "runbook_url": "https://runbooks.example/cpu",
        },
        "externalURL": "https://plumbago.example",
        "version": "4",
        "groupKey": "{}:{dc=\"eu\"}",
        "truncatedAlerts": 0,
    });
    let mut sent = body(&integration(KEY, URL), &message);
    // The second one's labels are `series: web.cpu` still, as the sample makes them.
    sent["alerts"][1]["labels"]["series"] = "web2.cpu".into();
    assert_eq!(sent, expected);
    assert_eq!(body(&integration(KEY, URL), &samples::resolved())["status"], "resolved");
}

#[test]
fn what_does_not_fit_is_counted() {
    let limited = integration(KEY, &format!("{URL}max_alerts: 1"));
    let mut message = samples::message();
    message.truncated = 4;
    let sent = body(&limited, &message);
    assert_eq!((sent["alerts"].as_array().map(Vec::len), &sent["truncatedAlerts"]), (Some(1), &json!(5)));
}

#[test]
fn headers_are_those_of_the_file_and_the_key_of_the_message() {
    let yaml = format!(
        "{URL}headers: {{X-Team: 'a b', Content-Type: text/plain}}\nhttp_config: {{basic_auth: \
        {{username: u, password_file: /run/secret}}, tls_config: {{insecure_skip_verify: true}}}}\ntimeout: 3s"
    );
    let request = request(&integration(KEY, &yaml), &samples::message());
    let header = |name: &str| {
        let mut found = request.headers.iter().filter(|header| header.name == name);
        (found.next().map(|header| header.value.clone()).unwrap_or_default(), found.count())
    };
    assert_eq!(header("idempotency-key"), ("abababababababababababababababab-17".to_owned(), 0));
    assert_eq!(header("content-type"), ("text/plain".to_owned(), 0));
    assert_eq!(header("x-team"), ("a b".to_owned(), 0));
    assert_eq!(header("authorization"), ("Basic dTpmcm9tLWEtZmlsZQ==".to_owned(), 0));
    assert!(request.is_insecure);
    assert_eq!(request.timeout.as_millis(), 3000);
}

#[test]
fn hostile_texts_come_back_from_json_as_they_were() {
    let receiver = integration(KEY, URL);
    for message in samples::hostile() {
        let sent = body(&receiver, &message);
        let alarm = &message.alarms[0];
        assert_eq!(sent["alerts"][0]["labels"], json!(*alarm.labels));
        assert_eq!(sent["alerts"][0]["annotations"], json!(*alarm.annotations));
        assert_eq!(sent["groupKey"], json!(&*message.group_key));
        let link = sent["alerts"][0]["generatorURL"].as_str().expect("a link");
        assert!(link.starts_with("https://plumbago.example/") && link.is_ascii(), "{link}");
        for header in request(&receiver, &message).headers {
            assert!(
                header.value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()),
                "{}",
                header.value
            );
        }
    }
}

#[test]
fn hostile_texts_cannot_leave_their_strings_in_a_body_of_the_file() {
    let yaml = format!(
        "{URL}body: '{{\"text\": \"{{{{ common_labels.alertname }}}}\", \"n\": {{{{ alerts | length }}}}}}'"
    );
    let receiver = integration(KEY, &yaml);
    assert_eq!(body(&receiver, &samples::message()), json!({"text": "HighCpu", "n": 2}));
    for message in samples::hostile() {
        let sent = body(&receiver, &message);
        let fits = message.alarms[0].labels["alertname"].len() < 60_000;
        if fits {
            let expected = json!({"text": message.common_labels()["alertname"], "n": 2});
            assert_eq!(sent, expected);
        } else {
            assert!(
                sent["bodyError"].as_str().is_some_and(|reason| reason.contains("longer than")),
                "{sent}"
            );
            assert_eq!(sent["version"], "4");
        }
    }
}

#[test]
fn faults_of_settings_have_their_place_and_show_no_secret() {
    for (yaml, fault) in [
        ("send_resolved: true", "1:1: webhook_configs has no url"),
        ("url: /s3cret", "1:6: url is an address such as https://host/path"),
        ("url: https:///s3cret", "1:6: url is an address such as https://host/path"),
        (
            "url: 'https://x/{{ s3cret }}'",
            "1:6: url has no templates: where something is sent does not depend on",
        ),
        ("url: https://x\nurl_file: /run/url", "2:11: either url or url_file, not both"),
        ("url_file: /run/nothing", "1:11: url_file: there is no such file"),
        ("url: https://x\nhead: {}", "2:1: unknown key \"head\" of webhook_configs"),
        (
            "url: https://x\nheaderz: {}",
            "2:1: unknown key \"headerz\" of webhook_configs: did you mean \"headers\"?",
        ),
        ("url: https://x\nheaders: {Host: y}", "2:11: the header host is set by the request itself"),
        (
            "url: https://x\nheaders: {A: \"b\\r\\nc: d\"}",
            "2:14: the value of the header a is printable ASCII",
        ),
        (
            "url: https://x\nhttp_config: {proxy_url: 'http://p'}",
            "2:15: proxy_url is Alertmanager's and not supported",
        ),
        (
            "url: https://x\nhttp_config: {tls_config: {ca_file: x}}",
            "2:28: ca_file is Alertmanager's and not supported here: the system's certificates are believed",
        ),
        (
            "url: https://x\nbody: '{{ range .Alerts }}{{ end }}'",
            "2:11: body: \"range\" is a form of Go's templates",
        ),
        ("url: https://x\nmax_alerts: many", "2:13: max_alerts is a whole number"),
        ("url: https://x\ntimeout: 1d", "2:10: timeout is at most 5m"),
        (
            "url: https://x\nhttp_config: {authorization: {credentials: a}, basic_auth: {username: b}}",
            "2:48: either basic_auth or authorization, not both",
        ),
    ] {
        let found = try_integration(KEY, yaml).expect_err(yaml);
        assert!(found.contains(&format!("alerting.yml:{fault}")), "{yaml:?}: {found}");
        assert!(!found.contains("s3cret"), "{found}");
    }
    assert!(integration(KEY, URL).sends_resolved());
    assert!(!integration(KEY, &format!("{URL}send_resolved: false")).sends_resolved());
    assert_eq!(
        request(&integration(KEY, "url_file: /run/url"), &samples::message()).url.0,
        "https://hooks.example/from-a-file"
    );
}
