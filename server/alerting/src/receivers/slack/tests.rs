//! What Slack is sent, and that names become no links and no calls to a channel.

use serde_json::json;

use crate::receivers::samples::{self, body, integration, request, try_integration};

const KEY: &str = "slack_configs";
const URL: &str = "api_url: https://hooks.slack.example/services/x\n";

#[test]
fn a_message_is_one_attachment() {
    let receiver = integration(KEY, &format!("{URL}channel: '#ops'"));
    let sent = body(&receiver, &samples::message());
    let link = "https://plumbago.example/render?target=web.cpu&from=1767222000&format=png";
    let attachment = &sent["attachments"][0];
    assert_eq!(sent["channel"], "#ops");
    assert_eq!(attachment["color"], "danger");
    assert_eq!(attachment["title"], "[FIRING:1] HighCpu dc=eu severity=critical");
    assert_eq!(attachment["title_link"], link);
    let text = attachment["text"].as_str().expect("a text");
    assert!(
        text.starts_with(&format!("*FIRING* <{link}|HighCpu>: CPU is busy\nsince yesterday\n")),
        "{text}"
    );
    assert!(text.contains("*RESOLVED* <"), "{text}");
    assert_eq!(body(&receiver, &samples::resolved())["attachments"][0]["color"], "good");
    let mut warning = samples::message();
    samples::label(&mut warning, "severity", "warning");
    assert_eq!(body(&receiver, &warning)["attachments"][0]["color"], "warning");
    assert!(!receiver.sends_resolved());
    assert_eq!(request(&receiver, &warning).url.0, "https://hooks.slack.example/services/x");
}

#[test]
fn texts_of_the_file_may_link_and_what_they_insert_may_not() {
    let yaml = format!(
        "{URL}title: '{{{{ .CommonLabels.alertname }}}}'\ntext: '<https://wiki.example|{{{{ alerts[0].labels.host }}}}>'\n\
         username: graphite\ncolor: '#123456'\nicon_emoji: ':bell:'\nlink_names: true\npretext: '<!here>'\n\
         title_link: 'javascript:alert(1)'\nfields: [{{title: dc, value: '{{{{ group_labels.dc }}}}', short: true}}]"
    );
    let mut message = samples::message();
    samples::label(&mut message, "host", "<!channel>|&");
    let sent = body(&integration(KEY, &yaml), &message);
    let attachment = &sent["attachments"][0];
    assert_eq!(attachment["text"], "<https://wiki.example|&lt;!channel&gt;|&amp;>");
    assert_eq!(attachment["title"], "HighCpu");
    assert_eq!(attachment["color"], "#123456");
    assert_eq!(attachment["pretext"], "<!here>");
    assert_eq!(attachment["fields"], json!([{"title": "dc", "value": "eu", "short": true}]));
    let link = attachment["title_link"].as_str().expect("a link");
    assert!(link.starts_with("https://plumbago.example/render"), "{link}");
    assert_eq!((&sent["username"], &sent["icon_emoji"]), (&json!("graphite"), &json!(":bell:")));
    assert_eq!(sent["link_names"], true);
}

#[test]
fn hostile_texts_are_no_markup() {
    let receiver = integration(KEY, URL);
    for message in samples::hostile() {
        let sent = body(&receiver, &message);
        assert_eq!(
            sent.as_object().map(|body| body.keys().cloned().collect::<Vec<_>>()),
            Some(vec!["attachments".to_owned()])
        );
        for text in samples::texts(&sent) {
            samples::assert_readable(&text);
            assert!(text.chars().count() <= 6000, "{}", text.len());
            for piece in text.split('<').skip(1) {
                assert!(piece.starts_with("https://plumbago.example/"), "{text}");
            }
        }
    }
}

#[test]
fn faults_of_settings_are_told() {
    for (yaml, fault) in [
        ("channel: x", "1:1: slack_configs has no api_url, and global has no slack_api_url"),
        ("api_url: https://x\nactions: []", "2:1: actions is Alertmanager's and not supported here"),
        ("api_url: https://x\ntext: '{{ .Foo }}'", "2:11: text: \".\" is a form of Go's templates"),
        ("api_url: https://x\nfields: [{title: a}]", "2:10: each of fields has a title and a value"),
        (
            "api_url: https://x\nchanel: a",
            "2:1: unknown key \"chanel\" of slack_configs: did you mean \"channel\"?",
        ),
    ] {
        let found = try_integration(KEY, yaml).expect_err(yaml);
        assert!(found.contains(&format!("alerting.yml:{fault}")), "{yaml:?}: {found}");
    }
}
