//! A message as bytes for the way it takes, and what came of an attempt to send it.
//!
//! Invariant: a secret is never shown: `Debug` and `Display` of what holds one say `<secret>`.

use std::fmt;
use std::time::Duration;

/// What is to be sent, and how.
#[derive(Clone, Debug, PartialEq)]
pub enum Delivery {
    /// One HTTP request.
    Http(HttpDelivery),
    /// One mail.
    Mail(MailDelivery),
    /// One run of a program.
    Exec(ExecDelivery),
}

/// An address, a key or a password that must not be told, since who knows it can use it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<secret>")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<secret>")
    }
}

/// A header of a request; its value may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// Lower case.
    pub name: String,
    /// Printable ASCII.
    pub value: String,
}

impl fmt::Debug for Header {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: <secret>", self.name)
    }
}

/// One POST.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpDelivery {
    /// Where to.
    pub url: Secret,
    /// Beside Content-Length and Host.
    pub headers: Vec<Header>,
    /// What.
    pub body: Vec<u8>,
    /// What is secret in it: an answer that repeats it is not shown with it.
    pub secrets: Vec<Secret>,
    /// How long an attempt may take.
    pub timeout: Duration,
    /// Whether certificates are not verified, as `tls_config.insecure_skip_verify` asks for.
    pub is_insecure: bool,
    /// Whether an answer may send the request to another path of the same host.
    pub follows_redirects: bool,
}

/// One mail.
#[derive(Clone, Debug, PartialEq)]
pub struct MailDelivery {
    /// Host and port of the server.
    pub smarthost: String,
    /// The name that is given to it.
    pub hello: String,
    /// User and password.
    pub login: Option<(String, Secret)>,
    /// Whether the connection must be encrypted.
    pub is_tls_required: bool,
    /// Whether certificates are not verified.
    pub is_insecure: bool,
    /// Addresses, checked.
    pub from: String,
    /// Addresses, checked.
    pub to: Vec<String>,
    /// Further headers without CR and LF: Subject, Message-ID, References, those of the file.
    pub headers: Vec<(String, String)>,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// Pictures that the HTML shows as `cid:NAME`.
    pub pictures: Vec<InlinePicture>,
}

/// A picture within a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlinePicture {
    /// Its content id.
    pub name: String,
    /// A PNG.
    pub png: Vec<u8>,
}

/// One run of a program: no shell, a clean environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecDelivery {
    /// The program and its arguments, as the file gives them.
    pub argv: Vec<String>,
    /// What it reads: JSON.
    pub stdin: Vec<u8>,
    /// How long it may run.
    pub timeout: Duration,
}

/// What came of sending a message once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When it ended, in milliseconds since the epoch.
    pub at_ms: i64,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// How it ended.
    pub outcome: Outcome,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is there.
    Sent,
    /// It may work later: network, 408, 429, 5xx.
    Retry {
        /// One sentence without secrets.
        reason: String,
        /// The receiver's `Retry-After`.
        after_ms: Option<u64>,
    },
    /// It may be there or not: the connection ended after the request was sent and before the answer. It is sent again, and
    /// what it told the beginning of is told the end of.
    Unclear {
        /// One sentence without secrets.
        reason: String,
    },
    /// It will never work: another 4xx, an address that is refused.
    Refused {
        /// One sentence without secrets.
        reason: String,
    },
}
