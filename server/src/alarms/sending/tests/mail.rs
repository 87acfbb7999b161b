//! Mails to a server that refuses, fails and dies; and what arrives of a hostile alarm.

use std::sync::Arc;

use plumbago_alerting::{
    AlarmStatus, Context, Delivery, Globals, InlinePicture, InstanceId, Integration, MailDelivery, Member,
    Message, MessageId, Outcome, Purpose, ReceiverPlace, Secret, Surroundings,
};
use plumbago_rules::yaml::{Faults, Fields, parse};
use plumbago_rules::{Fingerprint, Labels};

use super::fake_smtp::FakeSmtp;
use super::{NOW_MS, attempt, reason};

fn mail(port: u16) -> MailDelivery {
    MailDelivery {
        smarthost: format!("127.0.0.1:{port}"),
        hello: "graph-1".to_owned(),
        login: None,
        is_tls_required: false,
        is_insecure: false,
        from: "graphs@plumbago.example".to_owned(),
        to: vec!["\"Ops\" <ops@example.org>".to_owned(), "boss@example.org".to_owned()],
        headers: vec![
            ("Subject".to_owned(), "[FIRING:1] Höhe".to_owned()),
            ("Message-ID".to_owned(), "<graph-1-17.abc@plumbago.example>".to_owned()),
            ("References".to_owned(), format!("<{}.group@plumbago.example>", "a".repeat(64))),
        ],
        text: "one\n.\ntwo".to_owned(),
        html: "<b>one</b>".to_owned(),
        pictures: vec![InlinePicture { name: "graph".to_owned(), png: vec![1, 2, 3] }],
    }
}

async fn outcome_of(delivery: MailDelivery) -> Outcome {
    attempt(Delivery::Mail(delivery)).await.outcome
}

#[tokio::test]
async fn a_mail_arrives_whole() {
    let fake = FakeSmtp::start(&[]).await;
    assert_eq!(outcome_of(mail(fake.port)).await, Outcome::Sent);
    let lines = fake.lines.lock().clone();
    assert_eq!(lines[0], "EHLO graph-1");
    assert!(lines.iter().any(|line| line.starts_with("MAIL FROM:<graphs@plumbago.example>")), "{lines:?}");
    for to in ["RCPT TO:<ops@example.org>", "RCPT TO:<boss@example.org>"] {
        assert!(lines.iter().any(|line| line == to), "{lines:?}");
    }
    let text = fake.mail().join("\n");
    for part in [
        "Message-ID: <graph-1-17.abc@plumbago.example>",
        "Date: Thu, 01 Jan 2026 00:00:00",
        "Content-Type: multipart/alternative",
        "Content-Type: multipart/related",
        "Content-ID: <graph>",
        "Content-Type: image/png",
        "\n\n<b>one</b>",
        // A line with one dot does not end the mail.
        "one\n..\ntwo",
        "Subject: [FIRING:1] =?utf-8?b?",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let unfolded = text.replace("\n ", " ");
    assert!(unfolded.contains(&format!("References: <{}.group@plumbago.example>", "a".repeat(64))), "{text}");
}

#[tokio::test]
async fn refusals_for_ever_are_told_from_those_that_pass() {
    for (special, is_refused) in [
        (&[("RCPT", "550 no such user")] as &[_], true),
        (&[("RCPT", "451 later")], false),
        (&[("MAIL", "421 closing")], false),
        (&[("MAIL", "530 authenticate first")], true),
        (&[(".", "554 spam")], true),
        (&[(".", "452 full")], false),
        (&[("DATA", "")], false),
        (&[("EHLO", "")], false),
    ] {
        let fake = FakeSmtp::start(special).await;
        let outcome = outcome_of(mail(fake.port)).await;
        assert_eq!(matches!(outcome, Outcome::Refused { .. }), is_refused, "{special:?}: {outcome:?}");
        assert_eq!(matches!(outcome, Outcome::Retry { .. }), !is_refused, "{special:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn nothing_is_said_without_tls_where_it_is_required() {
    let fake = FakeSmtp::start(&[]).await;
    let mut delivery = mail(fake.port);
    delivery.is_tls_required = true;
    delivery.login = Some(("user".to_owned(), Secret("pass-s3cret".to_owned())));
    let outcome = outcome_of(delivery).await;
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    let lines = fake.lines.lock().clone();
    assert!(lines.iter().all(|line| line.starts_with("EHLO") || line == "QUIT"), "{lines:?}");
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_not_shown() {
    let fake = FakeSmtp::start(&[("AUTH", "535 pass-s3cret is wrong")]).await;
    let mut delivery = mail(fake.port);
    delivery.login = Some(("user".to_owned(), Secret("pass-s3cret".to_owned())));
    let outcome = outcome_of(delivery).await;
    assert!(matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
    assert!(!reason(&outcome).contains("s3cret"), "{outcome:?}");
}

#[tokio::test]
async fn what_is_no_mail_is_refused() {
    let fake = FakeSmtp::start(&[]).await;
    for change in [
        |mail: &mut MailDelivery| mail.to[0] = "nobody".to_owned(),
        |mail: &mut MailDelivery| mail.headers[0].1 = "a\r\nBcc: victim@example.org".to_owned(),
        |mail: &mut MailDelivery| mail.smarthost = "nowhere".to_owned(),
    ] {
        let mut delivery = mail(fake.port);
        change(&mut delivery);
        let outcome = outcome_of(delivery).await;
        assert!(matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
    }
    assert!(fake.lines.lock().is_empty());
}

#[tokio::test]
async fn a_hostile_alarm_adds_no_header_and_no_recipient() {
    let fake = FakeSmtp::start(&[]).await;
    let yaml = format!(
        "{{to: ops@example.org, from: graphs@plumbago.example, smarthost: '127.0.0.1:{}', require_tls: false}}",
        fake.port
    );
    let mut faults = Faults::new("alerting.yml", &yaml);
    let root = parse(&yaml).expect("YAML").expect("a document");
    let fields = Fields::of(&root, "email_configs", &mut faults).expect("a mapping");
    let globals = Globals::default();
    let context = Context { globals: &globals, read_file: &|_| Err("there are no files".to_owned()) };
    let integration = Integration::read("email_configs", &fields, &context, &mut faults).expect("settings");
    let hostile = "x\r\nBcc: victim@example.org\r\n.\r\nMAIL FROM:<a@b>\n\n<script>ä\u{202e}";
    let labels = Labels::from([
        ("alertname".to_owned(), hostile.to_owned()),
        (hostile.to_owned(), hostile.to_owned()),
    ]);
    let message = Message {
        id: MessageId(1),
        to: ReceiverPlace { receiver: hostile.into(), integration: 0 },
        group_key: hostile.into(),
        group_labels: Arc::new(labels.clone()),
        purpose: Purpose::Group,
        alarms: vec![Member {
            fingerprint: Fingerprint::of(&labels),
            status: AlarmStatus::Firing,
            labels: Arc::new(labels.clone()),
            annotations: Arc::new(labels),
            starts_at_ms: NOW_MS,
            ends_at_ms: None,
            value: Some(1.0),
            series: Some(hostile.into()),
            expression: hostile.into(),
            bounds: Arc::default(),
        }],
        truncated: 0,
        decided_ms: NOW_MS,
    };
    let surroundings = Surroundings {
        external_url: "https://p.example",
        instance: InstanceId([0xab; 16]),
        now_ms: NOW_MS,
        picture: None,
    };
    let outcome = attempt(integration.deliver(&message, &surroundings)).await.outcome;
    assert_eq!(outcome, Outcome::Sent);
    let commands: Vec<String> = fake
        .lines
        .lock()
        .iter()
        .filter(|line| line.starts_with("RCPT") || line.starts_with("MAIL"))
        .cloned()
        .collect();
    assert_eq!(commands.len(), 2, "{commands:?}");
    let head: Vec<String> = fake.mail().into_iter().take_while(|line| !line.is_empty()).collect();
    let names: Vec<&str> = head
        .iter()
        .filter(|line| !line.starts_with([' ', '\t']))
        .filter_map(|line| line.split(':').next())
        .collect();
    let known = [
        "From",
        "To",
        "Date",
        "Subject",
        "Message-ID",
        "In-Reply-To",
        "References",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    ];
    assert!(names.iter().all(|name| known.contains(name)), "{names:?}");
    assert_eq!(names.len(), known.len(), "{names:?}");
}
