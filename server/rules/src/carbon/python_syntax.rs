//! Rewrites a regular expression from Python's syntax to that of `fancy_regex`, where the two differ.
//!
//! Owns syntax only. Differences handled: `[`, `&&`, `--` and `~~` are ordinary inside a Python class; a `]` that
//! comes first in a class is ordinary; `{` is ordinary unless it starts a repetition, and `{,n}` is one; `\Z` is
//! the very end; `\<` and `\>` are ordinary characters. The classes of RE2, `[[:alpha:]]`, stay what go-carbon
//! takes them for.

/// The same expression for `fancy_regex`. Faults stay faults, for its compiler to name.
pub(super) fn translate(pattern: &str) -> String {
    let mut output = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    while let Some(character) = rest.chars().next() {
        rest = match character {
            '\\' => escape(rest, &mut output),
            '[' => class(rest, &mut output),
            '{' => braces(rest, &mut output),
            '}' => {
                output.push_str("\\}");
                after(rest, character)
            }
            _ => {
                output.push(character);
                after(rest, character)
            }
        };
    }
    output
}

/// What follows `character`, which `text` starts with.
fn after(text: &str, character: char) -> &str {
    text.get(character.len_utf8()..).unwrap_or("")
}

/// `text` starts with a backslash.
fn escape<'t>(text: &'t str, output: &mut String) -> &'t str {
    let rest = after(text, '\\');
    let Some(escaped) = rest.chars().next() else {
        output.push('\\');
        return rest;
    };
    match escaped {
        'Z' => output.push_str("\\z"),
        '<' | '>' => output.push(escaped),
        _ => output.extend(['\\', escaped]),
    }
    after(rest, escaped)
}

/// `text` starts with a brace, which is a repetition only in one of the forms `{n}`, `{n,}`, `{,n}`, `{n,m}`.
fn braces<'t>(text: &'t str, output: &mut String) -> &'t str {
    if let Some((inside, rest)) = after(text, '{').split_once('}') {
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let (least, most) =
            inside.split_once(',').map_or((inside, None), |(least, most)| (least, Some(most)));
        if !inside.is_empty() && is_number(least) && most.is_none_or(is_number) {
            let least = if least.is_empty() { "0" } else { least };
            output.extend(["{", least]);
            if let Some(most) = most {
                output.extend([",", most]);
            }
            output.push('}');
            return rest;
        }
    }
    output.push_str("\\{");
    after(text, '{')
}

/// `text` starts with the bracket that opens a class.
fn class<'t>(text: &'t str, output: &mut String) -> &'t str {
    output.push('[');
    let mut rest = after(text, '[');
    if let Some(negated) = rest.strip_prefix('^') {
        output.push('^');
        rest = negated;
    }
    let mut previous = None;
    let mut is_first = true;
    while let Some(character) = rest.chars().next() {
        if character == ']' && !is_first {
            output.push(']');
            return after(rest, character);
        }
        if let Some((name, tail)) = rest.strip_prefix("[:").and_then(|inner| inner.split_once(":]")) {
            output.extend(["[:", name, ":]"]);
            rest = tail;
            previous = None;
        } else if character == '\\' {
            rest = escape(rest, output);
            previous = None;
        } else {
            let is_operator = matches!(character, '&' | '-' | '~') && previous == Some(character);
            if is_operator || matches!(character, '[' | ']') || (is_first && character == '-') {
                output.push('\\');
                previous = None;
            } else {
                previous = Some(character);
            }
            output.push(character);
            rest = after(rest, character);
        }
        is_first = false;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_rewritten() {
        for (python, ours) in [
            (r"^a\.b$", r"^a\.b$"),
            (r"a[[b]", r"a[\[b]"),
            (r"[]a]", r"[\]a]"),
            (r"[^]a]", r"[^\]a]"),
            (r"[a&&b]", r"[a&\&b]"),
            (r"[--a]", r"[\--a]"),
            (r"[[:alpha:]]", r"[[:alpha:]]"),
            (r"a{,3}", r"a{0,3}"),
            (r"a{2}b{2,}c{2,3}", r"a{2}b{2,}c{2,3}"),
            (r"{foo}", r"\{foo\}"),
            (r"a\Z", r"a\z"),
            (r"\<a\>", r"<a>"),
            (r"[\Z\]]", r"[\z\]]"),
            ("é[é", "é[é"),
            ("a\\", "a\\"),
            ("{", "\\{"),
        ] {
            assert_eq!(translate(python), ours, "{python}");
        }
    }
}
