//! Python's `re` over `fancy-regex`: the pattern is rewritten where the two syntaxes differ, and a replacement is
//! expanded by Python's rules (`\1`, `\g<name>`), since Grafana relies on them in every target it sends.
//!
//! Invariant: backtracking is bounded by the engine's own limit; running into it is an error, never a hang.

use fancy_regex::{Captures, Regex, RegexBuilder};
use plumbago_protocol::limits;

/// A compiled pattern with Python's meaning.
pub(crate) struct Pattern {
    regex: Regex,
}

impl Pattern {
    /// Compiles `pattern`; the error is one sentence that says what is wrong with it.
    pub(crate) fn compile(pattern: &str) -> Result<Pattern, String> {
        let rewritten = rewrite(pattern)?;
        let regex =
            RegexBuilder::new(&rewritten).backtrack_limit(limits::REGEX_BACKTRACK_MAX).build().map_err(
                |fault| format!("the regular expression {pattern:?} does not compile: {}", one_line(&fault)),
            )?;
        Ok(Pattern { regex })
    }

    /// `re.search`: whether the pattern occurs anywhere.
    pub(crate) fn is_found_in(&self, text: &str) -> Result<bool, String> {
        self.regex.is_match(text).map_err(|fault| one_line(&fault))
    }

    /// `re.sub`: replaces every occurrence, an empty one right after a match included.
    pub(crate) fn replace_all(&self, text: &str, template: &Template) -> Result<String, String> {
        let mut output = String::with_capacity(text.len());
        let mut copied_to = 0;
        let mut search_at = 0;
        while search_at <= text.len() {
            let found = self.regex.captures_from_pos(text, search_at).map_err(|fault| one_line(&fault))?;
            let Some(captures) = found else { break };
            let Some(whole) = captures.get(0) else { break };
            output.push_str(text.get(copied_to..whole.start()).unwrap_or_default());
            template.expand(&captures, &mut output);
            copied_to = whole.end();
            search_at = match whole.start() == whole.end() {
                true => next_boundary(text, whole.end()),
                false => whole.end(),
            };
        }
        output.push_str(text.get(copied_to..).unwrap_or_default());
        Ok(output)
    }

    fn group_named(&self, name: &str) -> Option<usize> {
        self.regex.capture_names().position(|found| found == Some(name))
    }
}

fn next_boundary(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.chars().next()).map_or(at + 1, |c| at + c.len_utf8())
}

fn one_line(fault: &fancy_regex::Error) -> String {
    fault.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A replacement, parsed once and checked against the pattern's groups.
pub(crate) struct Template {
    pieces: Vec<Piece>,
}

enum Piece {
    Text(String),
    Group(usize),
}

impl Template {
    /// Parses a replacement. A group that the pattern does not have, or an unknown escape, is an error as in Python.
    pub(crate) fn parse(replacement: &str, pattern: &Pattern) -> Result<Template, String> {
        let groups = pattern.regex.captures_len();
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut rest = replacement.chars().peekable();
        while let Some(c) = rest.next() {
            if c != '\\' {
                text.push(c);
                continue;
            }
            let group = match rest.next() {
                None => return Err(format!("the replacement {replacement:?} ends in a lone backslash")),
                Some('g') => named_group(&mut rest, pattern, replacement)?,
                Some(digit @ '1'..='9') => {
                    let mut number = digit as usize - '0' as usize;
                    if let Some(second) = rest.peek().and_then(|c| c.to_digit(10)) {
                        number = number * 10 + second as usize;
                        rest.next();
                    }
                    number
                }
                Some(other) => {
                    push_escape(&mut text, other, replacement)?;
                    continue;
                }
            };
            if group >= groups {
                return Err(format!(
                    "the replacement {replacement:?} refers to group {group}, the pattern has {}",
                    groups - 1
                ));
            }
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(Piece::Group(group));
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        Ok(Template { pieces })
    }

    fn expand(&self, captures: &Captures<'_, str>, output: &mut String) {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => output.push_str(text),
                Piece::Group(group) => {
                    output.push_str(captures.get(*group).map_or("", |found| found.as_str()))
                }
            }
        }
    }
}

fn push_escape(text: &mut String, escaped: char, replacement: &str) -> Result<(), String> {
    match escaped {
        'n' => text.push('\n'),
        't' => text.push('\t'),
        'r' => text.push('\r'),
        'a' => text.push('\x07'),
        'b' => text.push('\x08'),
        'f' => text.push('\x0c'),
        'v' => text.push('\x0b'),
        '0' => text.push('\0'),
        '\\' => text.push('\\'),
        letter if letter.is_ascii_alphabetic() => {
            return Err(format!("the replacement {replacement:?} has the unknown escape \\{letter}"));
        }
        other => text.extend(['\\', other]),
    }
    Ok(())
}

fn named_group(
    rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
    pattern: &Pattern,
    replacement: &str,
) -> Result<usize, String> {
    let fault = || format!("the replacement {replacement:?} has a \\g that is not followed by <group>");
    if rest.next() != Some('<') {
        return Err(fault());
    }
    let mut name = String::new();
    loop {
        match rest.next() {
            Some('>') => break,
            Some(c) => name.push(c),
            None => return Err(fault()),
        }
    }
    let known = name.parse().ok().or_else(|| pattern.group_named(&name));
    known.ok_or_else(|| format!("the replacement {replacement:?} refers to the unknown group {name:?}"))
}

/// Rewrites what Python reads differently: braces that count nothing, set operators, `\Z`, escaped angle brackets.
fn rewrite(pattern: &str) -> Result<String, String> {
    let mut output = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern.char_indices().peekable();
    let mut in_class = false;
    let mut class_start = false;
    while let Some((at, c)) = rest.next() {
        let first_in_class = std::mem::take(&mut class_start);
        match c {
            '\\' => {
                let Some((_, escaped)) = rest.next() else {
                    return Err(format!("the regular expression {pattern:?} ends in a lone backslash"));
                };
                push_pattern_escape(&mut output, escaped, in_class, pattern)?;
            }
            '[' if in_class => output.push_str("\\["),
            '[' => {
                in_class = true;
                class_start = true;
                output.push('[');
                if rest.next_if(|(_, c)| *c == '^').is_some() {
                    output.push('^');
                }
            }
            ']' if in_class && first_in_class => output.push_str("\\]"),
            ']' if in_class => {
                in_class = false;
                output.push(']');
            }
            '&' | '~' if in_class => output.extend(['\\', c]),
            '{' if !in_class => push_brace(&mut output, &pattern[at..]),
            _ => output.push(c),
        }
    }
    Ok(output)
}

fn push_pattern_escape(
    output: &mut String,
    escaped: char,
    in_class: bool,
    pattern: &str,
) -> Result<(), String> {
    const KNOWN: &str = "AbBdDsSwWZafnrtuUvxN";
    match escaped {
        'Z' if !in_class => output.push_str("\\z"),
        'b' if in_class => output.push_str("\\x08"),
        '<' | '>' => output.push(escaped),
        letter if letter.is_ascii_alphabetic() && !KNOWN.contains(letter) => {
            return Err(format!("the regular expression {pattern:?} has the unknown escape \\{letter}"));
        }
        other => output.extend(['\\', other]),
    }
    Ok(())
}

/// A brace is a repetition only as `{n}`, `{n,}`, `{,m}` or `{n,m}`; otherwise Python takes it literally.
fn push_brace(output: &mut String, from_brace: &str) {
    let inside = from_brace[1..].split('}').next().unwrap_or_default();
    let closed = from_brace.len() > inside.len() + 1;
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    match inside.split_once(',') {
        Some(("", high)) if closed && digits(high) => output.push_str("{0"),
        Some((low, high)) if closed && digits(low) && digits(high) => output.push('{'),
        None if closed && !inside.is_empty() && digits(inside) => output.push('{'),
        _ => output.push_str("\\{"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn substitute(pattern: &str, replacement: &str, text: &str) -> Result<String, String> {
        let pattern = Pattern::compile(pattern)?;
        pattern.replace_all(text, &Template::parse(replacement, &pattern)?)
    }

    #[test]
    fn grafana_appends_the_reference_id() {
        assert_eq!(substitute("(^.*$)", r"\1 A", "scale(a.b,2)").unwrap(), "scale(a.b,2) A");
        assert_eq!(substitute("(^.*$)", r"\1 A", "").unwrap(), " A");
    }

    #[test]
    fn an_empty_match_after_a_match_counts() {
        assert_eq!(substitute(".*", "x", "abc").unwrap(), "xx");
        assert_eq!(substitute("x*", "-", "abxd").unwrap(), "-a-b--d-");
    }

    #[test]
    fn groups_escapes_and_faults() {
        assert_eq!(substitute(r"(\w+)\.(?P<leaf>\w+)", r"\g<leaf>/\1\\", "a.b").unwrap(), r"b/a\");
        assert_eq!(substitute("a", r"\.", "bab").unwrap(), r"b\.b");
        assert!(substitute("a", r"\9", "a").is_err());
        assert!(substitute("a", r"\q", "a").is_err());
        assert!(substitute("[", "x", "a").is_err());
        assert!(substitute(r"\p{L}", "x", "a").is_err());
    }

    #[test]
    fn braces_and_sets_as_python_reads_them() {
        assert_eq!(substitute("a{,2}b", "-", "aab").unwrap(), "-");
        assert_eq!(substitute("{a}", "-", "{a}").unwrap(), "-");
        assert_eq!(substitute("[[&&]", "-", "[&").unwrap(), "--");
        assert_eq!(substitute(r"b\Z", "-", "bb").unwrap(), "b-");
        assert_eq!(substitute(r"\<b\>", "-", "<b>").unwrap(), "-");
    }

    #[test]
    fn a_hostile_pattern_ends() {
        assert!(
            substitute(r"(a|a)*\1$", "x", &"a".repeat(40)).is_ok()
                || substitute(r"(a*)*\1$", "x", "aaab").is_ok()
        );
    }
}
