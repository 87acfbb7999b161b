//! The keys of `email_configs`.

use plumbago_rules::yaml::{Faults, Fields, Value};

use super::address;
use crate::receivers::Secret;
use crate::receivers::globals::{Context, elsewhere, phrase, phrase_of, secret};
use crate::receivers::wording::{HTML, PLAIN, Phrase};

pub(in crate::receivers) const KEYS: [&str; 14] = [
    "to",
    "from",
    "smarthost",
    "hello",
    "auth_username",
    "auth_password",
    "auth_password_file",
    "auth_identity",
    "require_tls",
    "tls_config",
    "headers",
    "html",
    "text",
    "send_resolved",
];

const LACKING: &[(&str, &str)] = &[
    ("auth_secret", "CRAM-MD5 is not spoken; use auth_username and auth_password over TLS"),
    ("auth_secret_file", "CRAM-MD5 is not spoken; use auth_username and auth_password over TLS"),
    ("force_implicit_tls", "port 465 is TLS from the first byte, any other port is STARTTLS"),
    ("threading", "messages of a group are always one thread"),
];

/// Headers that the mail itself sets.
const RESERVED: [&str; 12] = [
    "from",
    "to",
    "cc",
    "bcc",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "auto-submitted",
];

/// To whom mails go, over which server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EmailSettings {
    pub(super) to: Vec<String>,
    pub(super) from: String,
    pub(super) smarthost: String,
    pub(super) hello: String,
    pub(super) login: Option<(String, Secret)>,
    pub(super) is_tls_required: bool,
    pub(super) is_insecure: bool,
    pub(super) headers: Vec<(String, Phrase)>,
    pub(super) html: Phrase,
    pub(super) text: Phrase,
    pub(crate) sends_resolved: bool,
}

impl EmailSettings {
    /// Reads one of `email_configs`.
    pub(crate) fn read(fields: &Fields<'_>, context: &Context<'_>, faults: &mut Faults<'_>) -> Option<Self> {
        fields.refuse_unknown("email_configs", &KEYS, elsewhere(LACKING), faults);
        let globals = context.globals;
        let login = login(fields, context, faults);
        let is_tls_required =
            fields.boolean("require_tls", faults).or(globals.smtp_require_tls).unwrap_or(true);
        let is_insecure = is_insecure(fields, faults);
        let headers = headers(fields, faults);
        let html = phrase(fields, "html", &HTML, faults);
        let text = phrase(fields, "text", &PLAIN, faults);
        let sends_resolved = fields.boolean("send_resolved", faults).unwrap_or(false);
        let to = wanted(fields, "to", None, faults);
        let from = wanted(fields, "from", globals.smtp_from.as_ref(), faults);
        let smarthost = wanted(fields, "smarthost", globals.smtp_smarthost.as_ref(), faults);
        let hello = own_or(fields, "hello", globals.smtp_hello.as_ref(), faults);
        let hello = hello.unwrap_or_else(|| "localhost".to_owned());
        if hello.is_empty() || !hello.bytes().all(is_of_host) {
            faults.at(mark(fields, "hello"), "hello is the name of a host");
        }
        let to = to.and_then(|to| checked(fields, "to", address::list(&to), faults));
        let from = from.and_then(|from| checked(fields, "from", address::one(&from), faults));
        if smarthost.as_deref().is_some_and(|smarthost| !is_smarthost(smarthost)) {
            let message = "smarthost is a host and a port, such as mail.example.org:587";
            faults.at(mark(fields, "smarthost"), message);
        }
        let smarthost = smarthost?;
        Some(EmailSettings {
            to: to?,
            from: from?,
            // A password goes nowhere in the clear.
            is_tls_required: is_tls_required || (login.is_some() && !is_loopback(&smarthost)),
            smarthost,
            hello,
            login,
            is_insecure,
            headers,
            html: html?,
            text: text?,
            sends_resolved,
        })
    }
}

/// Where a key's value stands, or the receiver if the value is that of `global`.
fn mark(fields: &Fields<'_>, name: &str) -> plumbago_rules::yaml::Mark {
    fields.get(name).map_or(fields.mark, |node| node.mark)
}

fn own_or(
    fields: &Fields<'_>,
    name: &str,
    global: Option<&String>,
    faults: &mut Faults<'_>,
) -> Option<String> {
    match fields.get(name) {
        Some(_) => fields.text(name, faults).map(str::to_owned),
        None => global.cloned(),
    }
}

/// As [`own_or`]; that there is neither is a fault.
fn wanted(
    fields: &Fields<'_>,
    name: &str,
    global: Option<&String>,
    faults: &mut Faults<'_>,
) -> Option<String> {
    if fields.get(name).is_none() && global.is_none() {
        let or = if name == "to" { String::new() } else { format!(", and global has no smtp_{name}") };
        faults.at(fields.mark, format!("email_configs has no {name}{or}"));
    }
    own_or(fields, name, global, faults)
}

fn checked<T>(
    fields: &Fields<'_>,
    name: &str,
    outcome: Result<T, String>,
    faults: &mut Faults<'_>,
) -> Option<T> {
    match outcome {
        Ok(checked) => Some(checked),
        Err(found) => {
            let message = format!("{name}: {found:?} is no mail address such as ops@example.org");
            faults.at(mark(fields, name), message);
            None
        }
    }
}

fn login(fields: &Fields<'_>, context: &Context<'_>, faults: &mut Faults<'_>) -> Option<(String, Secret)> {
    let user = own_or(fields, "auth_username", context.globals.smtp_username.as_ref(), faults);
    let own = secret(fields, "auth_password", context.read_file, faults);
    let password = own.or_else(|| context.globals.smtp_password.clone());
    if let (Some(_), None) = (&user, &password) {
        faults.at(fields.mark, "auth_username without auth_password or auth_password_file");
    }
    user.filter(|user| !user.is_empty()).zip(password)
}

fn is_insecure(fields: &Fields<'_>, faults: &mut Faults<'_>) -> bool {
    let tls = fields.get("tls_config").and_then(|node| Fields::of(node, "tls_config", faults));
    let Some(tls) = tls else { return false };
    tls.refuse_unknown("tls_config", &["insecure_skip_verify"], |_| None, faults);
    tls.boolean("insecure_skip_verify", faults).unwrap_or(false)
}

fn headers(fields: &Fields<'_>, faults: &mut Faults<'_>) -> Vec<(String, Phrase)> {
    let Some(node) = fields.get("headers") else { return Vec::new() };
    let Value::Map(entries) = &node.value else {
        faults.at(node.mark, format!("headers is a mapping of names and texts, not {}", node.kind()));
        return Vec::new();
    };
    let mut headers = Vec::new();
    for (key, node) in entries {
        let is_name = key.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if key.name.is_empty() || !is_name {
            faults.at(key.mark, "a header's name has letters, digits and - only");
        } else if RESERVED.iter().any(|name| key.name.eq_ignore_ascii_case(name)) {
            faults.at(key.mark, format!("the header {} is set by the mail itself", key.name));
        } else if let Some(phrase) = phrase_of(node, &key.name, &PLAIN, faults) {
            headers.push((key.name.clone(), phrase));
        }
    }
    headers
}

fn is_of_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._".contains(&byte)
}

/// Whether a mail server is on this machine.
fn is_loopback(smarthost: &str) -> bool {
    let host = smarthost.rsplit_once(':').map_or(smarthost, |(host, _)| host).trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_smarthost(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_address = inside.is_some_and(|inside| inside.parse::<std::net::Ipv6Addr>().is_ok());
    let is_name = !host.is_empty() && host.bytes().all(is_of_host);
    (is_address || is_name) && port.parse::<u16>().is_ok_and(|port| port > 0)
}
