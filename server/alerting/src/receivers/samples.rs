//! Messages for the tests of every receiver: a plain one, and one in which everything that can be named is hostile.

use std::sync::Arc;

use plumbago_rules::yaml::{self, Faults, Fields};
use plumbago_rules::{Bound, Fingerprint, Labels};

use super::{Context, Delivery, Globals, HttpDelivery, Integration, Surroundings};
use crate::instance::InstanceId;
use crate::message::{AlarmStatus, Member, Message, MessageId, Purpose, ReceiverPlace};

/// Texts that do harm somewhere, if they get there as they are.
pub(super) const HOSTILE: [&str; 14] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "a\r\nBcc: victim@example.org\r\n\r\nbody",
    "line\nnext\tcolumn\u{0}\u{7}\u{1b}[31mred",
    "\",\"injected\":\"yes",
    "\\\",\"injected\":true,\"x\":\"\\",
    "<!channel> <!everyone> <@U123>",
    "<http://evil.example|https://bank.example>",
    "\u{202e}gnp.exe\u{2066}\u{200b}",
    "{{ 7 * 7 }} {% include 'x' %} ${HOME} $(id) `id`",
    "' OR 1=1; -- ; rm -rf / | cat",
    "\u{e000}\u{10ffff}\u{fffe}\u{2028}\u{85}",
    "javascript:alert(1)",
    "=cmd|' /C calc'!A0",
];

pub(super) fn surroundings() -> Surroundings<'static> {
    Surroundings {
        external_url: "https://plumbago.example/",
        instance: InstanceId([0xab; 16]),
        now_ms: 1_767_226_200_000,
        picture: None,
    }
}

pub(super) fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// An alarm that fires since the first moment of 2026.
pub(super) fn alarm(series: &str) -> Member {
    let labels = labels(&[
        ("alertname", "HighCpu"),
        ("alertgroup", "hosts"),
        ("dc", "eu"),
        ("host", "web1"),
        ("series", series),
        ("severity", "critical"),
    ]);
    Member {
        fingerprint: Fingerprint::of(&labels),
        status: AlarmStatus::Firing,
        labels: Arc::new(labels),
        annotations: Arc::new(self::labels(&[
            ("summary", "CPU is busy"),
            ("description", "since yesterday\nand longer"),
            ("runbook_url", "https://runbooks.example/cpu"),
        ])),
        starts_at_ms: 1_767_225_600_000,
        ends_at_ms: None,
        value: Some(91.5),
        series: Some(series.into()),
        expression: series.into(),
        bounds: [Bound { value: 90.0, label: "critical > 90".to_owned() }].into(),
    }
}

/// A group of which one alarm fires and one is resolved.
pub(super) fn message() -> Message {
    let firing = alarm("web.cpu");
    let mut resolved = alarm("web2.cpu");
    resolved.status = AlarmStatus::Resolved;
    resolved.ends_at_ms = Some(1_767_226_200_000);
    resolved.value = None;
    let labels = Arc::make_mut(&mut resolved.labels);
    labels.insert("host".to_owned(), "web2".to_owned());
    Message {
        id: MessageId(17),
        to: ReceiverPlace { receiver: "ops".into(), integration: 0 },
        group_key: "{}:{dc=\"eu\"}".into(),
        group_labels: Arc::new(self::labels(&[("dc", "eu")])),
        purpose: Purpose::Group,
        alarms: vec![firing, resolved],
        truncated: 0,
        decided_ms: 1_767_226_200_000,
    }
}

/// The same after all of it is over.
pub(super) fn resolved() -> Message {
    let mut message = message();
    for alarm in &mut message.alarms {
        alarm.status = AlarmStatus::Resolved;
        alarm.ends_at_ms = Some(1_767_226_200_000);
    }
    message
}

/// Gives the first alarm another label.
pub(super) fn label(message: &mut Message, name: &str, value: &str) {
    for alarm in message.alarms.iter_mut().take(1) {
        Arc::make_mut(&mut alarm.labels).insert(name.to_owned(), value.to_owned());
    }
}

/// Messages in which one hostile text stands everywhere, and one with a megabyte of each.
pub(super) fn hostile() -> Vec<Message> {
    let long = HOSTILE.map(|text| text.repeat(1 + 80_000 / text.len())).concat();
    HOSTILE.iter().copied().map(str::to_owned).chain([long]).map(|text| everywhere(&text)).collect()
}

fn everywhere(text: &str) -> Message {
    let mut message = message();
    message.group_key = text.into();
    message.to.receiver = text.into();
    message.group_labels = Arc::new(labels(&[(text, text)]));
    for alarm in &mut message.alarms {
        alarm.labels =
            Arc::new(labels(&[(text, text), ("alertname", text), ("severity", text), ("series", text)]));
        alarm.annotations = Arc::new(labels(&[
            (text, text),
            ("summary", text),
            ("description", text),
            ("runbook_url", text),
        ]));
        alarm.series = Some(text.into());
        alarm.expression = text.into();
        alarm.bounds = [Bound { value: 1e308, label: text.to_owned() }].into();
        alarm.value = Some(f64::NAN);
    }
    message
}

/// Reads the settings of one thing to send to, and says what is wrong with them.
pub(super) fn try_integration(key: &str, yaml: &str) -> Result<Integration, String> {
    let mut faults = Faults::new("alerting.yml", yaml);
    let root = yaml::parse(yaml).map_err(|fault| fault.message)?.ok_or("no document")?;
    let fields = Fields::of(&root, key, &mut faults).ok_or("no mapping")?;
    let globals = Globals::default();
    let read_file = |path: &str| match path {
        "/run/secret" => Ok("from-a-file\n".to_owned()),
        "/run/url" => Ok("https://hooks.example/from-a-file\n".to_owned()),
        _ => Err("there is no such file".to_owned()),
    };
    let context = Context { globals: &globals, read_file: &read_file };
    let integration = Integration::read(key, &fields, &context, &mut faults);
    match faults.errors.is_empty() {
        true => integration.ok_or_else(|| "nothing was read, and no fault told".to_owned()),
        false => Err(faults.errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

pub(super) fn integration(key: &str, yaml: &str) -> Integration {
    try_integration(key, yaml).expect(yaml)
}

/// The request that a message becomes.
pub(super) fn request(integration: &Integration, message: &Message) -> HttpDelivery {
    match integration.deliver(message, &surroundings()) {
        Delivery::Http(delivery) => delivery,
        other => panic!("{other:?} is no request"),
    }
}

/// The body of the request that a message becomes.
pub(super) fn body(integration: &Integration, message: &Message) -> serde_json::Value {
    let delivery = request(integration, message);
    serde_json::from_slice(&delivery.body).expect("JSON")
}

/// Every text in a JSON document, names included.
pub(super) fn texts(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::String(text) => vec![text.clone()],
        serde_json::Value::Array(list) => list.iter().flat_map(texts).collect(),
        serde_json::Value::Object(map) => {
            map.iter().flat_map(|(name, value)| [vec![name.clone()], texts(value)].concat()).collect()
        }
        _ => Vec::new(),
    }
}

/// What no text for people may hold.
pub(super) fn assert_readable(text: &str) {
    let is_bad =
        |c: &char| (c.is_control() && *c != '\n') || matches!(c, '\u{202e}' | '\u{2066}' | '\u{200b}');
    assert_eq!(text.chars().find(is_bad), None, "{text:?}");
}

#[test]
fn a_message_becomes_the_same_bytes_each_time_and_shows_no_secret() {
    let all = [
        ("webhook_configs", "{url: 'https://hooks.example/s3cret', headers: {X-Key: s3cret}}"),
        ("slack_configs", "{api_url: 'https://hooks.example/s3cret'}"),
        ("pagerduty_configs", "{routing_key: s3cret}"),
        ("opsgenie_configs", "{api_key: s3cret}"),
        (
            "alertmanager_configs",
            "{url: 'https://am.example', http_config: {authorization: {credentials: s3cret}}}",
        ),
        (
            "email_configs",
            "{to: a@b.example, from: c@d.example, smarthost: 'h:25', auth_username: u, auth_password: s3cret}",
        ),
        ("exec_configs", "{argv: [/bin/true]}"),
    ];
    assert_eq!(all.len(), super::INTEGRATION_KEYS.len());
    for (key, yaml) in all {
        let integration = integration(key, yaml);
        assert!(!format!("{integration:?}").contains("s3cret"), "{key}");
        for message in hostile().into_iter().chain([message(), resolved()]) {
            let delivery = integration.deliver(&message, &surroundings());
            assert_eq!(delivery, integration.deliver(&message, &surroundings()));
            assert!(!format!("{delivery:?}").contains("s3cret"), "{key}");
        }
        let mut empty = message();
        empty.alarms.clear();
        integration.deliver(&empty, &surroundings());
    }
}
