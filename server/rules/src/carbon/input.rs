//! The input pattern of an aggregation rule: carbon's mixture of `*`, `<field>` and regular expressions.
//!
//! Invariant: the expression made of a pattern is carbon's, character for character, so that what carbon leaves to its
//! regular expressions stays there: a part with a field takes no `*`, and only its first field counts.

use fancy_regex::{Captures, Regex};
use plumbago_protocol::limits::REGEX_BYTES_MAX;

use super::pattern::compile;

/// A pattern that whole names are held against.
#[derive(Debug, Clone)]
pub(super) struct InputPattern {
    regex: Regex,
}

/// Matching a name took too many steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GaveUp;

impl InputPattern {
    /// Compiles the pattern as it stands in the file.
    ///
    /// # Errors
    /// A sentence that says why it is no usable pattern.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > REGEX_BYTES_MAX {
            return Err(format!("the input pattern is longer than {REGEX_BYTES_MAX} bytes"));
        }
        let expression = expression(text);
        // By itself first: what is no expression alone might be one inside a group.
        check_fields(&compile(&expression)?)?;
        Ok(Self { regex: compile(&format!("\\A(?:{expression}$)"))? })
    }

    /// Whether the expression has a group of that name.
    pub(super) fn has_field(&self, name: &str) -> bool {
        self.regex.capture_names().flatten().any(|known| known == name)
    }

    /// What the fields stand for in `name`; `None` where the pattern does not match it.
    pub(super) fn fields<'n>(&self, name: &'n str) -> Result<Option<Captures<'n, str>>, GaveUp> {
        self.regex.captures(name).map_err(|_| GaveUp)
    }
}

/// Python wants names of groups to be identifiers, each of them once.
fn check_fields(regex: &Regex) -> Result<(), String> {
    let mut known = Vec::new();
    for name in regex.capture_names().flatten() {
        let mut characters = name.chars();
        let is_word = |c: char| c == '_' || c.is_alphanumeric();
        let starts_well = characters.next().is_some_and(|first| is_word(first) && !first.is_numeric());
        if !starts_well || !characters.all(is_word) {
            return Err(format!("the field `{name}` is not named by a word"));
        }
        if known.contains(&name) {
            return Err(format!("the field `{name}` occurs twice"));
        }
        known.push(name);
    }
    Ok(())
}

/// The regular expression of a whole pattern, not yet anchored.
fn expression(text: &str) -> String {
    let parts: Vec<String> = text.split('.').map(part_expression).collect();
    parts.join("\\.")
}

/// The regular expression of what stands between two dots.
fn part_expression(part: &str) -> String {
    if let Some(expression) = field(part, "<<", ">>", ".+?") {
        return expression;
    }
    if let Some(expression) = field(part, "<", ">", "[^.]+?") {
        return expression;
    }
    if part == "*" { "[^.]+".to_owned() } else { part.replace('*', "[^.]*") }
}

/// The part with its first field between these brackets as a group; `None` without one.
fn field(part: &str, open: &str, close: &str, content: &str) -> Option<String> {
    let (start, end) = (part.find(open)?, part.find(close)?);
    let name = part.get(start + open.len()..end)?;
    let (before, after) = (part.get(..start)?, part.get(end + close.len()..)?);
    Some(format!("{before}(?P<{name}>{content}){after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_carbon_s() {
        for (pattern, expected) in [
            (
                "<env>.applications.<app>.*.requests",
                r"(?P<env>[^.]+?)\.applications\.(?P<app>[^.]+?)\.[^.]+\.requests",
            ),
            ("a.<<rest>>", r"a\.(?P<rest>.+?)"),
            ("web*.cpu-*", r"web[^.]*\.cpu-[^.]*"),
            ("x-<n>-*.(b|c)", r"x-(?P<n>[^.]+?)-*\.(b|c)"),
            ("<a><b>", r"(?P<a>[^.]+?)<b>"),
            ("a>b<c", "a>b<c"),
            ("<<x>", r"(?P<<x>[^.]+?)"),
        ] {
            assert_eq!(expression(pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn whole_names_are_matched() {
        for (pattern, name, expected) in [
            ("a.*", "a.b", true),
            ("a.*", "a.b.c", false),
            ("a.*", "x.a.b", false),
            ("a.b*", "a.b", true),
            ("a.<<x>>", "a.b.c.d", true),
            ("a.<<x>>.d", "a.b.c.d", true),
            ("a.<x>.d", "a.b.c.d", false),
            ("a|b", "bc", false),
            // As carbon anchors it: only the last alternative must end the name.
            ("a|b", "ac", true),
            ("*", "a", true),
            ("*", "a;tag=1", true),
        ] {
            let pattern_read = InputPattern::parse(pattern).expect(pattern);
            let found = pattern_read.fields(name).map(|fields| fields.is_some());
            assert_eq!(found, Ok(expected), "{pattern} {name}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for pattern in ["a.(b", "a)(b", "<a>.<a>", "<a b>.c", "<>.c", &"x".repeat(REGEX_BYTES_MAX + 1)] {
            assert!(InputPattern::parse(pattern).is_err(), "{pattern}");
        }
    }
}
