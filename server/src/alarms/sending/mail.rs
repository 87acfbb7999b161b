//! Mails over SMTP: one connection a mail.
//!
//! Invariant: where TLS is required, nothing but the greeting is said without it.

use std::time::{Duration, SystemTime};

use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{AsyncSmtpTransport, Error};
use lettre::{AsyncTransport, Tokio1Executor};
use plumbago_alerting::{MailDelivery, Outcome};

use super::secrets::{Secrets, chain};
use super::trust;

/// How long a mail may take altogether, and each answer of the server.
const MAIL_TIMEOUT: Duration = Duration::from_secs(60);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// The port where TLS is spoken from the first byte.
const TLS_PORT: u16 = 465;

/// Sends a mail once.
pub(super) async fn send(delivery: &MailDelivery, now_ms: i64) -> Outcome {
    let (envelope, bytes) = match message(delivery, now_ms) {
        Ok(message) => (message.envelope().clone(), message.formatted()),
        Err(reason) => return Outcome::Refused { reason: format!("it is no mail: {reason}") },
    };
    let secrets = Secrets::new(delivery.login.iter().map(|(_, password)| password.0.clone()).collect());
    let transport = match transport(delivery) {
        Ok(transport) => transport,
        Err(reason) => return Outcome::Refused { reason: secrets.clean(&reason) },
    };
    match tokio::time::timeout(MAIL_TIMEOUT, deliver(&transport, &envelope, &bytes)).await {
        Ok(Ok(())) => Outcome::Sent,
        Ok(Err(error)) => outcome_of(&error, &secrets),
        Err(_) => Outcome::Retry { reason: "the mail server is too slow".to_owned(), after_ms: None },
    }
}

async fn deliver(
    transport: &AsyncSmtpTransport<Tokio1Executor>,
    envelope: &Envelope,
    bytes: &[u8],
) -> Result<(), Error> {
    transport.send_raw(envelope, bytes).await.map(drop)
}

/// 5yz is for ever; 4yz and whatever happens on the way may pass.
fn outcome_of(error: &Error, secrets: &Secrets) -> Outcome {
    let reason = format!("the mail server did not take it: {}", secrets.clean(&chain(error)));
    if error.is_permanent() { Outcome::Refused { reason } } else { Outcome::Retry { reason, after_ms: None } }
}

fn transport(delivery: &MailDelivery) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    let (host, port) = delivery.smarthost.rsplit_once(':').ok_or("its smarthost has no port")?;
    let port: u16 = port.parse().map_err(|_| "its smarthost has no port".to_owned())?;
    let host = host.trim_matches(['[', ']']);
    let roots = match trust::has_system_roots() {
        true => CertificateStore::Default,
        false => CertificateStore::WebpkiRoots,
    };
    let tls = TlsParameters::builder(host.to_owned())
        .certificate_store(roots)
        .dangerous_accept_invalid_certs(delivery.is_insecure)
        .dangerous_accept_invalid_hostnames(delivery.is_insecure)
        .build()
        .map_err(|error| format!("TLS cannot be set up: {error}"))?;
    let tls = match (port, delivery.is_tls_required) {
        (TLS_PORT, _) => Tls::Wrapper(tls),
        (_, true) => Tls::Required(tls),
        (_, false) => Tls::Opportunistic(tls),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
        .port(port)
        .tls(tls)
        .timeout(Some(ANSWER_TIMEOUT))
        .hello_name(ClientId::Domain(delivery.hello.clone()));
    if let Some((user, password)) = &delivery.login {
        builder = builder.credentials(Credentials::new(user.clone(), password.0.clone()));
    }
    Ok(builder.build())
}

fn message(delivery: &MailDelivery, now_ms: i64) -> Result<Message, String> {
    let mailbox = |text: &str| text.parse::<Mailbox>().map_err(|error| error.to_string());
    let now = Duration::from_millis(u64::try_from(now_ms).unwrap_or_default());
    let date = SystemTime::UNIX_EPOCH.checked_add(now).ok_or("its date is beyond the calendar")?;
    let mut builder = Message::builder().from(mailbox(&delivery.from)?).date(date);
    for to in &delivery.to {
        builder = builder.to(mailbox(to)?);
    }
    for (name, value) in &delivery.headers {
        if value.chars().any(char::is_control) {
            return Err(format!("the header {name} has a control character"));
        }
        let name = HeaderName::new_from_ascii(name.clone()).map_err(|error| error.to_string())?;
        builder = builder.raw_header(HeaderValue::new(name, value.clone()));
    }
    builder.multipart(body(delivery)?).map_err(|error| error.to_string())
}

fn body(delivery: &MailDelivery) -> Result<MultiPart, String> {
    let forms = MultiPart::alternative().singlepart(SinglePart::plain(delivery.text.clone()));
    let html = SinglePart::html(delivery.html.clone());
    if delivery.pictures.is_empty() {
        return Ok(forms.singlepart(html));
    }
    let png = ContentType::parse("image/png").map_err(|error| error.to_string())?;
    let mut related = MultiPart::related().singlepart(html);
    for picture in &delivery.pictures {
        let part = Attachment::new_inline(picture.name.clone()).body(picture.png.clone(), png.clone());
        related = related.singlepart(part);
    }
    Ok(forms.multipart(related))
}
