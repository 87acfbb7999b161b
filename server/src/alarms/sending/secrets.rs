//! Takes what is secret out of what receivers and libraries say.
//!
//! Invariant: neither the address nor a part of it, nor a header's value, nor a key of the body is left in a reason.

use hyper::Uri;
use plumbago_alerting::HttpDelivery;

/// Headers of a delivery that anybody may see.
const PUBLIC_HEADERS: [&str; 3] = ["content-type", "user-agent", "idempotency-key"];
/// Shorter texts are words that occur anywhere.
const SECRET_BYTES_MIN: usize = 6;
/// Longest piece of foreign text in a reason, in characters.
const SHOWN_MAX: usize = 200;

/// Texts that are not shown.
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// Those of a request.
    pub(super) fn of(delivery: &HttpDelivery) -> Secrets {
        let mut secrets = vec![delivery.url.0.clone()];
        secrets.extend(delivery.secrets.iter().map(|secret| secret.0.clone()));
        for header in &delivery.headers {
            if !PUBLIC_HEADERS.contains(&header.name.as_str()) {
                secrets.push(header.value.clone());
                secrets.extend(header.value.split(' ').map(str::to_owned));
            }
        }
        if let Ok(uri) = delivery.url.0.parse::<Uri>() {
            secrets.extend(uri.authority().map(|authority| authority.as_str().to_owned()));
            secrets.extend(uri.host().map(str::to_owned));
            secrets.extend(uri.path_and_query().map(|path| path.as_str().to_owned()));
            secrets.extend(uri.path().split('/').map(str::to_owned));
            secrets
                .extend(uri.query().into_iter().flat_map(|query| query.split(['&', '='])).map(str::to_owned));
        }
        Secrets::new(secrets)
    }

    /// These.
    pub(super) fn new(mut secrets: Vec<String>) -> Secrets {
        secrets.retain(|secret| secret.len() >= SECRET_BYTES_MIN);
        // The longest first: what is a part of it must not cut it in two.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Secrets(secrets)
    }

    /// Foreign text on one line, short, without them.
    pub(super) fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.0 {
            text = text.replace(secret.as_str(), "<secret>");
        }
        let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
        let line = words.collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(SHOWN_MAX) {
            Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
            None => line,
        }
    }
}

/// An error with its causes, as part of a sentence.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}
