//! Mails: their forms, headers and threads, and that names can add neither headers nor markup.

use crate::receivers::samples::{self, integration, surroundings, try_integration};
use crate::receivers::{Delivery, Integration, MailDelivery, Picture, Surroundings};

const KEY: &str = "email_configs";
const BASE: &str = "to: 'ops@example.org, Boss <boss@example.org>'\nfrom: graphs@plumbago.example\n\
                    smarthost: mail.example.org:587\n";

fn mail(receiver: &Integration, message: &crate::Message, surroundings: &Surroundings<'_>) -> MailDelivery {
    match receiver.deliver(message, surroundings) {
        Delivery::Mail(delivery) => delivery,
        other => panic!("{other:?} is no mail"),
    }
}

fn header<'m>(mail: &'m MailDelivery, name: &str) -> &'m str {
    let mut found = mail.headers.iter().filter(|(other, _)| other == name);
    let value = found.next().map_or("", |(_, value)| value);
    assert_eq!(found.next(), None, "{name} occurs once");
    value
}

#[test]
fn a_mail_has_a_text_and_an_html_form_and_belongs_to_its_group() {
    let receiver = integration(KEY, BASE);
    let first = mail(&receiver, &samples::message(), &surroundings());
    assert_eq!(first.to, ["ops@example.org", "\"Boss\" <boss@example.org>"]);
    assert_eq!(header(&first, "Subject"), "[FIRING:1] HighCpu dc=eu severity=critical");
    assert!(
        first.text.starts_with("[FIRING:1] HighCpu dc=eu severity=critical\n\nFIRING HighCpu: CPU is busy\n")
    );
    assert!(first.html.contains("<a href=\"https://runbooks.example/cpu\">runbook</a>"), "{}", first.html);
    assert!(first.html.contains("<td>91.5</td>"));
    assert!(first.is_tls_required && !first.is_insecure && first.login.is_none());
    let mut next = samples::resolved();
    next.id.0 += 1;
    let next = mail(&receiver, &next, &surroundings());
    assert_eq!(header(&first, "References"), header(&next, "References"));
    assert_ne!(header(&first, "Message-ID"), header(&next, "Message-ID"));
    assert!(header(&first, "Message-ID").starts_with("<abababababababababababababababab-17."));
    assert!(header(&first, "Message-ID").ends_with("@plumbago.example>"));
    assert!(!receiver.sends_resolved());
}

#[test]
fn a_picture_is_within_the_mail() {
    let receiver = integration(KEY, BASE);
    let picture = Picture { png: Some(vec![1, 2, 3]), url: Some("https://plumbago.example/p".to_owned()) };
    let with = Surroundings { picture: Some(&picture), ..surroundings() };
    let shown = mail(&receiver, &samples::message(), &with);
    let [picture] = shown.pictures.as_slice() else { panic!("one picture") };
    assert_eq!(header(&shown, "Message-ID"), format!("<{}>", picture.name.trim_start_matches("graph.")));
    assert!(shown.html.contains(&format!("src=\"cid:{}\"", picture.name)), "{}", shown.html);
    assert_eq!(picture.png, [1, 2, 3]);
    assert_eq!(shown.text, mail(&receiver, &samples::message(), &surroundings()).text);
    assert!(!shown.html.contains("plumbago.example/p"), "nothing is loaded from elsewhere");
    let own = integration(KEY, &format!("{BASE}html: \"<i>cid:graphs</i><img src='cid:graph'>\""));
    let own = mail(&own, &samples::message(), &with);
    assert_eq!(own.html, format!("<i>cid:graphs</i><img src='cid:{}'>", own.pictures[0].name));
}

#[test]
fn without_its_bytes_there_is_no_picture() {
    let picture = Picture { png: None, url: Some("https://plumbago.example/p".to_owned()) };
    let with = Surroundings { picture: Some(&picture), ..surroundings() };
    let receiver = integration(KEY, BASE);
    let mail_without = mail(&receiver, &samples::message(), &surroundings());
    assert_eq!(mail(&receiver, &samples::message(), &with), mail_without);
    assert!(mail_without.pictures.is_empty() && !mail_without.html.contains("<img"));
}

#[test]
fn the_file_has_its_own_texts_and_headers() {
    let yaml = format!(
        "{BASE}html: '<b>{{{{ common_labels.alertname }}}}</b>'\ntext: 'x {{{{ status }}}}'\nrequire_tls: false\n\
         headers: {{Subject: '{{{{ .Status | toUpper }}}} {{{{ .CommonLabels.alertname }}}}', X-Team: ops}}\n\
         auth_username: u\nauth_password_file: /run/secret\nhello: graph-1"
    );
    let mut message = samples::message();
    for alarm in &mut message.alarms {
        std::sync::Arc::make_mut(&mut alarm.labels).insert("alertname".to_owned(), "<i>\r\nX: y".to_owned());
    }
    let mail = mail(&integration(KEY, &yaml), &message, &surroundings());
    assert_eq!(mail.html, "<b>&lt;i&gt;\r\nX: y</b>");
    assert_eq!(mail.text, "x firing");
    assert_eq!(header(&mail, "Subject"), "FIRING <i> X: y");
    assert_eq!(header(&mail, "X-Team"), "ops");
    assert_eq!(
        mail.login.map(|(user, password)| (user, password.0)),
        Some(("u".to_owned(), "from-a-file".to_owned()))
    );
    assert_eq!(mail.hello, "graph-1");
    assert!(mail.is_tls_required, "a password goes nowhere in the clear");
    let local = yaml.replace("mail.example.org", "127.0.0.1");
    assert!(!self::mail(&integration(KEY, &local), &message, &surroundings()).is_tls_required);
}

#[test]
fn hostile_texts_are_neither_headers_nor_markup() {
    let receiver =
        integration(KEY, &format!("{BASE}headers: {{X-Name: '{{{{ common_labels.alertname }}}}'}}"));
    let plain = mail(&receiver, &samples::message(), &surroundings());
    let tags = |html: &str| {
        html.split('<')
            .skip(1)
            .map(|tag| tag.chars().take_while(|c| !" >".contains(*c)).collect::<String>())
            .collect::<Vec<_>>()
    };
    let known: std::collections::BTreeSet<String> = tags(&plain.html).into_iter().collect();
    for message in samples::hostile() {
        let mail = mail(&receiver, &message, &surroundings());
        for (name, value) in &mail.headers {
            assert!(value.chars().all(|c| !c.is_control()), "{name}: {value:?}");
            assert!(value.chars().count() <= 500, "{name}");
        }
        for tag in tags(&mail.html) {
            assert!(known.contains(&tag) || tag == "br", "{tag}");
        }
        assert!(!mail.html.contains("<br>\n<script") && !mail.html.contains("javascript:alert(1)\""));
        samples::assert_readable(&mail.text);
        samples::assert_readable(&mail.html);
        assert!(mail.html.len() <= 256 << 10 && mail.text.len() <= 256 << 10);
        assert_eq!(mail.headers.len(), plain.headers.len());
    }
}

#[test]
fn faults_of_settings_are_told() {
    for (yaml, fault) in [
        ("to: a@b", "1:1: email_configs has no from, and global has no smtp_from"),
        ("to: a@b", "1:1: email_configs has no smarthost, and global has no smtp_smarthost"),
        (
            "to: nobody\nfrom: a@b\nsmarthost: h:25",
            "1:5: to: \"nobody\" is no mail address such as ops@example.org",
        ),
        (
            "to: a@b\nfrom: c@d\nsmarthost: host",
            "3:12: smarthost is a host and a port, such as mail.example.org:587",
        ),
        (
            "to: a@b\nfrom: c@d\nsmarthost: h:25\nheaders: {Bcc: x@y}",
            "4:11: the header Bcc is set by the mail itself",
        ),
        ("to: a@b\nfrom: c@d\nsmarthost: h:25\nauth_username: u", "1:1: auth_username without auth_password"),
        (
            "to: a@b\nfrom: c@d\nsmarthost: h:25\nauth_secret: s3cret",
            "4:1: auth_secret is Alertmanager's and not",
        ),
        ("to: a@b\nfrom: c@d\nsmarthost: h:25\nrequire_tsl: true", "did you mean \"require_tls\"?"),
    ] {
        let found = try_integration(KEY, yaml).expect_err(yaml);
        assert!(found.contains(fault), "{yaml:?}: {found}");
        assert!(!found.contains("s3cret"), "{found}");
    }
}
