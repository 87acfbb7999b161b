//! What all receivers share: the keys of `global` in the alerting file, and how keys are read that hold a secret.
//!
//! Invariant: a secret is either in the file or in a file that it names, never both; it ends up in a [`Secret`].

use plumbago_rules::yaml::{Faults, Fields, Node, text};

use super::http_settings::HttpSettings;
use super::{Secret, wording};

/// The keys of `global` that receivers read.
pub const GLOBAL_KEYS: [&str; 16] = [
    "smtp_from",
    "smtp_smarthost",
    "smtp_hello",
    "smtp_auth_username",
    "smtp_auth_password",
    "smtp_auth_password_file",
    "smtp_auth_identity",
    "smtp_require_tls",
    "slack_api_url",
    "slack_api_url_file",
    "pagerduty_url",
    "opsgenie_api_url",
    "opsgenie_api_key",
    "opsgenie_api_key_file",
    "http_config",
    "resolve_timeout",
];

/// Reads a file that a `*_file` key names: its text, or why there is none, as part of a sentence.
pub type ReadFile<'a> = dyn Fn(&str) -> Result<String, String> + 'a;

/// Settings that count where a receiver has none of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Globals {
    pub(super) smtp_from: Option<String>,
    pub(super) smtp_smarthost: Option<String>,
    pub(super) smtp_hello: Option<String>,
    pub(super) smtp_username: Option<String>,
    pub(super) smtp_password: Option<Secret>,
    pub(super) smtp_require_tls: Option<bool>,
    pub(super) slack_api_url: Option<Secret>,
    pub(super) pagerduty_url: Option<Secret>,
    pub(super) opsgenie_api_url: Option<Secret>,
    pub(super) opsgenie_api_key: Option<Secret>,
    pub(super) http: Option<HttpSettings>,
}

impl Globals {
    /// Reads the mapping of `global`. Keys that are not among [`GLOBAL_KEYS`] are left to the caller.
    pub fn read(fields: &Fields<'_>, read_file: &ReadFile<'_>, faults: &mut Faults<'_>) -> Globals {
        let mut owned = |name: &str| fields.text(name, faults).map(str::to_owned);
        let mut globals = Globals {
            smtp_from: owned("smtp_from"),
            smtp_smarthost: owned("smtp_smarthost"),
            smtp_hello: owned("smtp_hello"),
            smtp_username: owned("smtp_auth_username"),
            ..Globals::default()
        };
        globals.smtp_require_tls = fields.boolean("smtp_require_tls", faults);
        globals.smtp_password = secret(fields, "smtp_auth_password", read_file, faults);
        globals.slack_api_url = url(fields, "slack_api_url", read_file, faults);
        globals.pagerduty_url = url(fields, "pagerduty_url", read_file, faults);
        globals.opsgenie_api_url = url(fields, "opsgenie_api_url", read_file, faults);
        globals.opsgenie_api_key = secret(fields, "opsgenie_api_key", read_file, faults);
        globals.http = HttpSettings::read(fields, read_file, faults);
        globals
    }
}

/// What the settings of one receiver are read with.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The file's `global`.
    pub globals: &'a Globals,
    /// How files are read that hold a secret.
    pub read_file: &'a ReadFile<'a>,
}

/// A secret that stands under `name`, or in the file that `name_file` names.
pub(super) fn secret(
    fields: &Fields<'_>,
    name: &str,
    read_file: &ReadFile<'_>,
    faults: &mut Faults<'_>,
) -> Option<Secret> {
    let in_file = format!("{name}_file");
    let Some(node) = fields.get(&in_file) else {
        return fields.text(name, faults).map(|text| Secret(text.to_owned()));
    };
    if fields.get(name).is_some() {
        faults.at(node.mark, format!("either {name} or {in_file}, not both"));
        return None;
    }
    match read_file(text(node, &in_file, faults)?) {
        Ok(text) => Some(Secret(text.trim().to_owned())),
        Err(reason) => {
            faults.at(node.mark, format!("{in_file}: {reason}"));
            None
        }
    }
}

/// An address for requests, that stands under `name` or in the file that `name_file` names. A fault does not show it.
pub(super) fn url(
    fields: &Fields<'_>,
    name: &str,
    read_file: &ReadFile<'_>,
    faults: &mut Faults<'_>,
) -> Option<Secret> {
    let node = fields.get(name).or_else(|| fields.get(&format!("{name}_file")))?;
    let url = secret(fields, name, read_file, faults)?;
    let is_web = url.0.strip_prefix("https://").or_else(|| url.0.strip_prefix("http://"));
    let has_host = is_web.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', ':', '?', '#']));
    let is_plain = url.0.bytes().all(|byte| byte.is_ascii_graphic());
    if has_host && is_plain {
        return Some(url);
    }
    let message = match url.0.contains("{{") {
        true => format!("{name} has no templates: where something is sent does not depend on what is said"),
        false => format!("{name} is an address such as https://host/path"),
    };
    faults.at(node.mark, message);
    None
}

/// A text of the settings that may be a template; ours if there is none.
pub(super) fn phrase(
    fields: &Fields<'_>,
    name: &str,
    vocabulary: &'static plumbago_rules::Vocabulary,
    faults: &mut Faults<'_>,
) -> Option<wording::Phrase> {
    let Some(node) = fields.get(name) else { return Some(wording::Phrase::OURS) };
    phrase_of(node, name, vocabulary, faults)
}

/// A text of the settings that may be a template.
pub(super) fn phrase_of(
    node: &Node,
    name: &str,
    vocabulary: &'static plumbago_rules::Vocabulary,
    faults: &mut Faults<'_>,
) -> Option<wording::Phrase> {
    let written = text(node, name, faults)?;
    match wording::Phrase::compile(written, vocabulary) {
        Ok(phrase) => Some(phrase),
        Err(error) => {
            let before = written.split_inclusive('\n').take(error.line.saturating_sub(1));
            let character = before.map(|line| line.chars().count()).sum::<usize>();
            faults.within(
                node,
                character.saturating_add(error.column.saturating_sub(1)),
                format!("{name}: {}", error.message),
            );
            None
        }
    }
}

/// What is said of keys that Alertmanager has and Plumbago has not.
pub(super) fn elsewhere(lacking: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
    move |key| {
        let (name, reason) = lacking.iter().find(|(name, _)| *name == key)?;
        Some(format!("{name} is Alertmanager's and not supported here: {reason}"))
    }
}
