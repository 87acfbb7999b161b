//! How requests are made: who we are, which certificates are believed, how long an answer may take.
//!
//! Invariant: requests go to where the file says and nowhere else: there is no proxy. Each carries the message's
//! `Idempotency-Key`, so that one which is sent twice after a crash can be told.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use plumbago_protocol::limits;
use plumbago_rules::yaml::{Faults, Fields};

use super::globals::{self, Context, ReadFile, elsewhere};
use super::{Header, HttpDelivery, Secret, Surroundings};
use crate::message::Message;

/// How long a request may take where nobody says.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The keys of a receiver that [`HttpSettings::read_of`] reads.
pub(super) const HTTP_KEYS: [&str; 2] = ["http_config", "timeout"];

const LACKING: &[(&str, &str)] = &[
    ("proxy_url", "requests go straight to where they are sent"),
    ("proxy_from_environment", "requests go straight to where they are sent"),
    ("no_proxy", "requests go straight to where they are sent"),
    ("proxy_connect_header", "requests go straight to where they are sent"),
    ("oauth2", "use authorization or basic_auth"),
    ("bearer_token", "use authorization"),
    ("bearer_token_file", "use authorization"),
    ("enable_http2", "requests are HTTP/1.1"),
    ("http_headers", "webhook_configs have headers"),
];

const TLS_LACKING: &[(&str, &str)] = &[
    ("ca", "the system's certificates are believed; add yours there, or set SSL_CERT_FILE"),
    ("ca_file", "the system's certificates are believed; add yours there, or set SSL_CERT_FILE"),
    ("cert", "requests show no certificate"),
    ("cert_file", "requests show no certificate"),
    ("key", "requests show no certificate"),
    ("key_file", "requests show no certificate"),
    ("server_name", "it is the host of the address"),
    ("min_version", "it is TLS 1.2"),
    ("max_version", "it is TLS 1.3"),
];

/// How the requests of one receiver are made.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HttpSettings {
    authorization: Option<Secret>,
    is_insecure: bool,
    timeout: Duration,
    follows_redirects: bool,
}

impl Default for HttpSettings {
    fn default() -> Self {
        HttpSettings { authorization: None, is_insecure: false, timeout: TIMEOUT, follows_redirects: true }
    }
}

impl HttpSettings {
    /// Those of a receiver: its `http_config`, else the file's, and its `timeout`.
    pub(super) fn read_of(
        fields: &Fields<'_>,
        context: &Context<'_>,
        faults: &mut Faults<'_>,
    ) -> HttpSettings {
        let own = HttpSettings::read(fields, context.read_file, faults);
        let mut settings = own.or_else(|| context.globals.http.clone()).unwrap_or_default();
        let most = limits::RECEIVER_TIMEOUT_MS_MAX;
        let timeout =
            fields.duration_ms("timeout", most, faults).and_then(|timeout| u64::try_from(timeout).ok());
        // As with Alertmanager, 0s is no timeout of one's own.
        if let Some(timeout) = timeout.filter(|timeout| *timeout > 0) {
            settings.timeout = Duration::from_millis(timeout);
        }
        settings
    }

    /// The key `http_config`.
    pub(super) fn read(
        fields: &Fields<'_>,
        read_file: &ReadFile<'_>,
        faults: &mut Faults<'_>,
    ) -> Option<HttpSettings> {
        let fields = Fields::of(fields.get("http_config")?, "http_config", faults)?;
        let known = ["authorization", "basic_auth", "tls_config", "follow_redirects"];
        fields.refuse_unknown("http_config", &known, elsewhere(LACKING), faults);
        let basic = basic_auth(&fields, read_file, faults);
        let authorization = authorization(&fields, read_file, faults);
        if let (Some(_), Some(_), Some(mark)) = (&basic, &authorization, fields.key_mark("basic_auth")) {
            faults.at(mark, "either basic_auth or authorization, not both");
        }
        Some(HttpSettings {
            authorization: basic.or(authorization),
            is_insecure: is_insecure(&fields, faults),
            follows_redirects: fields.boolean("follow_redirects", faults).unwrap_or(true),
            ..HttpSettings::default()
        })
    }

    /// A request with JSON.
    pub(super) fn post(
        &self,
        url: Secret,
        body: Vec<u8>,
        message: &Message,
        surroundings: &Surroundings<'_>,
    ) -> HttpDelivery {
        let mut headers = vec![
            header("content-type", "application/json"),
            header("user-agent", "plumbago"),
            header("idempotency-key", &surroundings.instance.key_of(message.id)),
        ];
        headers.extend(self.authorization.as_ref().map(|secret| header("authorization", &secret.0)));
        let HttpSettings { is_insecure, timeout, follows_redirects, .. } = *self;
        HttpDelivery { url, headers, body, secrets: Vec::new(), timeout, is_insecure, follows_redirects }
    }
}

/// Sets a header, in place of one of the same name.
pub(super) fn set_header(headers: &mut Vec<Header>, name: &str, value: &str) {
    headers.retain(|header| header.name != name);
    headers.push(header(name, value));
}

fn header(name: &str, value: &str) -> Header {
    Header { name: name.to_owned(), value: value.to_owned() }
}

fn basic_auth(fields: &Fields<'_>, read_file: &ReadFile<'_>, faults: &mut Faults<'_>) -> Option<Secret> {
    let fields = Fields::of(fields.get("basic_auth")?, "basic_auth", faults)?;
    let known = ["username", "username_file", "password", "password_file"];
    fields.refuse_unknown("basic_auth", &known, |_| None, faults);
    let mut part =
        |name| globals::secret(&fields, name, read_file, faults).map_or(String::new(), |part| part.0);
    let both = format!("{}:{}", part("username"), part("password"));
    Some(Secret(format!("Basic {}", BASE64_STANDARD.encode(both))))
}

fn authorization(fields: &Fields<'_>, read_file: &ReadFile<'_>, faults: &mut Faults<'_>) -> Option<Secret> {
    let node = fields.get("authorization")?;
    let fields = Fields::of(node, "authorization", faults)?;
    fields.refuse_unknown("authorization", &["type", "credentials", "credentials_file"], |_| None, faults);
    let scheme = fields.text("type", faults).unwrap_or("Bearer");
    let credentials = globals::secret(&fields, "credentials", read_file, faults)?;
    let value = format!("{scheme} {}", credentials.0);
    if !is_header_value(&value) {
        faults.at(node.mark, "authorization is printable ASCII");
        return None;
    }
    Some(Secret(value))
}

fn is_insecure(fields: &Fields<'_>, faults: &mut Faults<'_>) -> bool {
    let tls = fields.get("tls_config").and_then(|node| Fields::of(node, "tls_config", faults));
    let Some(tls) = tls else { return false };
    tls.refuse_unknown("tls_config", &["insecure_skip_verify"], elsewhere(TLS_LACKING), faults);
    tls.boolean("insecure_skip_verify", faults).unwrap_or(false)
}

/// Whether a text may be the value of a header.
pub(super) fn is_header_value(value: &str) -> bool {
    value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}
