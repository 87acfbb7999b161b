//! `[rules]`: where the rules of derived metrics and events lie, and how far they look back.

use std::borrow::Cow;
use std::path::PathBuf;

use plumbago_rules::parse_duration;
use toml::de::DeValue;

use super::document::Section;
use super::values;

/// Longest span that `late` and `catch_up` take.
const SPAN_MAX_MS: i64 = 366 * 86_400_000;

/// How rules are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rules {
    /// The folder of rule files; `None`: there are none.
    pub folder: Option<PathBuf>,
    /// Whether the built-in rules run, too.
    pub builtin: bool,
    /// Points that come later than this after their slot was closed change no derived point any more.
    pub late_secs: i64,
    /// After downtime, event rules catch up over at most this many seconds.
    pub catch_up_secs: i64,
    /// What links to this server begin with; empty: no links.
    pub external_url: String,
    /// Whether the rule of the canary runs, too. Follows from `[canary]`, no key of the file.
    pub has_canary: bool,
    /// Whether a fault in a rule file keeps the server from starting. A flag, no key of the file.
    pub is_strict: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            folder: None,
            builtin: true,
            late_secs: 3600,
            catch_up_secs: 86_400,
            external_url: String::new(),
            has_canary: false,
            is_strict: false,
        }
    }
}

impl Rules {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let defaults = Self::default();
        Self {
            folder: section.take_optional_path("folder", defaults.folder),
            builtin: section.take("builtin", defaults.builtin, values::boolean),
            late_secs: section.take("late", defaults.late_secs, span_secs),
            catch_up_secs: section.take("catch_up", defaults.catch_up_secs, span_secs),
            external_url: section.take("external_url", defaults.external_url, url),
            has_canary: defaults.has_canary,
            is_strict: defaults.is_strict,
        }
    }
}

fn span_secs(value: &DeValue<'_>) -> values::Read<i64> {
    let expected = Cow::Borrowed("a duration of up to a year in quotes, such as \"1h30m\"");
    let milliseconds = value.as_str().and_then(|text| parse_duration(text).ok());
    milliseconds.filter(|ms| (0..=SPAN_MAX_MS).contains(ms)).map(|ms| ms / 1000).ok_or(expected)
}

fn url(value: &DeValue<'_>) -> values::Read<String> {
    let text = value.as_str().unwrap_or_default().trim_end_matches('/');
    let is_url = ["http://", "https://"].iter().any(|scheme| {
        text.strip_prefix(scheme).is_some_and(|rest| {
            !rest.is_empty() && !rest.contains(|letter: char| letter.is_whitespace() || letter.is_control())
        })
    });
    let is_none = value.as_str() == Some("");
    (is_url || is_none)
        .then(|| text.to_owned())
        .ok_or(Cow::Borrowed("a URL such as \"https://metrics.example.com\""))
}
