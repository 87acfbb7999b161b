//! What a template may speak of: names, the forms of Go's templates that stand for them, and how data are escaped.
//!
//! Invariant: whatever a template inserts passes through the vocabulary's `escape`; the template's own text does not.

use std::borrow::Cow;

use super::scope::NAMES;

/// The words of one kind of templates.
#[derive(Debug)]
pub struct Vocabulary {
    /// Every name that exists without being set in the template.
    pub names: &'static [&'static str],
    /// From a path of Go's, such as `["Labels", "host"]` for `.Labels.host` and `["$value"]` for `$value`, to an
    /// expression of ours; nothing for one that is not translated.
    pub go_path: fn(&[&str]) -> Option<String>,
    /// Pipes of Go's templates and the filters that they are here.
    pub go_pipes: &'static [(&'static str, &'static str)],
    /// The forms of Go's that are translated, as part of a sentence.
    pub go_forms: &'static str,
    /// How a text that is inserted is escaped for the place where it goes.
    pub escape: for<'a> fn(&'a str) -> Cow<'a, str>,
}

impl Vocabulary {
    /// Whether the engine's own formatting is enough.
    pub(super) fn inserts_as_is(&self) -> bool {
        std::ptr::eq(self, &SERIES)
    }
}

/// Templates about one series: those of rules.
pub(super) static SERIES: Vocabulary = Vocabulary {
    names: &NAMES,
    go_path: series_path,
    go_pipes: &[
        ("humanize", "humanize"),
        ("humanizePercentage", "humanizePercentage"),
        ("humanizeDuration", "humanizeDuration"),
        ("printf", "printf"),
    ],
    go_forms: "$labels.x, $value, .Labels.x, .Value and the pipes humanize, humanizePercentage, humanizeDuration, printf",
    escape: |text| Cow::Borrowed(text),
};

fn series_path(path: &[&str]) -> Option<String> {
    match path {
        ["$value"] | ["Value"] => Some("value".to_owned()),
        ["$labels", label] | ["Labels", label] => Some(member_of("labels", label)),
        _ => None,
    }
}

/// The expression for a member whose name is data, also where it is a keyword.
fn member_of(owner: &str, name: &str) -> String {
    format!("{owner}[\"{name}\"]")
}
