//! How `rename FROM TO` makes a new name of an old one.
//!
//! Every `*` (or `**`) in TO takes what the wildcard of the same rank in FROM matched; all else in TO is literal.
//! Both have equally many: a wildcard that TO drops would give many series one name. Which series FROM selects is
//! decided by the store's index; a name that cannot be taken apart here is refused, never guessed at.

use plumbago_protocol::{Glob, canonical, limits};
use regex::{Regex, RegexBuilder};
use std::fmt;

/// Makes new names.
#[derive(Debug)]
pub(crate) struct Renamer {
    from: Regex,
    to: Vec<Piece>,
}

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    /// What the wildcard of this rank matched, from 1.
    Capture(usize),
}

/// FROM and TO do not fit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RenameError(String);

impl fmt::Display for RenameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RenameError {}

impl Renamer {
    /// Takes both patterns apart.
    ///
    /// # Errors
    /// TO has not as many wildcards as FROM, or holds what no name can be made of.
    pub(crate) fn new(from: &Glob, to: &str) -> Result<Renamer, RenameError> {
        let (pattern, wildcards) = match from.literal() {
            Some(name) => (format!("^{}$", regex::escape(name)), 0),
            None => to_regex(from.text()),
        };
        let from = RegexBuilder::new(&pattern)
            .size_limit(limits::REGEX_COMPILED_BYTES_MAX)
            .build()
            .map_err(|_| RenameError("the pattern of the old names is too complex".to_owned()))?;
        if let Some(special) = to.chars().find(|character| "?[]{}".contains(*character)) {
            return Err(RenameError(format!("the new name may hold * but not {special}")));
        }
        let to = pieces(to);
        let wanted = to.iter().filter(|piece| matches!(piece, Piece::Capture(_))).count();
        if wanted != wildcards {
            let message = format!(
                "the new name must have as many wildcards as the old one: it has {wanted}, not {wildcards}"
            );
            return Err(RenameError(message));
        }
        Ok(Renamer { from, to })
    }

    /// The new name of a series.
    ///
    /// # Errors
    /// A sentence that says why the series has to keep its name.
    pub(crate) fn new_name(&self, old: &str) -> Result<String, String> {
        let captures = self.from.captures(old).ok_or("the wildcards do not tell its parts apart")?;
        let mut name = String::new();
        for piece in &self.to {
            match piece {
                Piece::Literal(text) => name.push_str(text),
                Piece::Capture(rank) => {
                    let matched = captures.get(*rank).ok_or("a wildcard inside braces matched nothing")?;
                    name.push_str(matched.as_str());
                }
            }
        }
        canonical(&name).map(|name| name.into_owned()).map_err(|refusal| refusal.to_string())
    }
}

/// The glob as an anchored regular expression with a group for every wildcard, and their number.
fn to_regex(glob: &str) -> (String, usize) {
    let mut pattern = String::from("^");
    let mut wildcards = 0;
    let mut depth = 0_usize;
    let mut rest = glob.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '*' => {
                wildcards += 1;
                pattern.push_str(if rest.next_if_eq(&'*').is_some() { "(.*)" } else { "([^.]*)" });
            }
            '?' => pattern.push_str("[^.]"),
            '[' => push_class(&mut pattern, &mut rest),
            '{' => {
                depth += 1;
                pattern.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                pattern.push(')');
            }
            ',' if depth > 0 => pattern.push('|'),
            '\\' => {
                let next = rest.next_if(|next| "*?[]{},\\".contains(*next));
                push_literal(&mut pattern, next.unwrap_or('\\'));
            }
            literal => push_literal(&mut pattern, literal),
        }
    }
    pattern.push('$');
    (pattern, wildcards)
}

fn push_class(pattern: &mut String, rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    pattern.push('[');
    if rest.next_if_eq(&'!').is_some() {
        pattern.push('^');
    }
    for character in rest.by_ref() {
        match character {
            ']' => break,
            '-' => pattern.push('-'),
            other => push_literal(pattern, other),
        }
    }
    pattern.push(']');
}

fn push_literal(pattern: &mut String, character: char) {
    pattern.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
}

fn pieces(to: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rank = 0;
    let mut rest = to;
    while let Some(star) = rest.find('*') {
        if star > 0 {
            pieces.push(Piece::Literal(rest[..star].to_owned()));
        }
        rank += 1;
        pieces.push(Piece::Capture(rank));
        rest = rest[star..].strip_prefix("**").unwrap_or(&rest[star + 1..]);
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest.to_owned()));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rename(from: &str, to: &str, old: &str) -> Result<String, String> {
        let from = Glob::parse(from).map_err(|error| error.to_string())?;
        Renamer::new(&from, to).map_err(|error| error.to_string())?.new_name(old)
    }

    #[test]
    fn wildcards_are_carried_over_in_order() {
        for (from, to, old, new) in [
            ("a.b", "c.d", "a.b", "c.d"),
            ("old.*.cpu", "new.*.cpu", "old.web1.cpu", "new.web1.cpu"),
            ("*.x.*", "y.*.*", "a.x.b", "y.a.b"),
            ("web*.load", "hosts.*.load", "web01.load", "hosts.01.load"),
            ("old.**", "new.**", "old.a.b.c", "new.a.b.c"),
            ("{a,b}.[0-9]?.*", "c.*", "b.7x.z", "c.z"),
            ("a.[!x]*.c+d", "e.*.c+d", "a.yz.c+d", "e.z.c+d"),
            ("a.\\*", "star", "a.*", "star"),
            ("cpu;host=a;dc=x", "cpu;host=b;dc=x", "cpu;dc=x;host=a", "cpu;dc=x;host=b"),
        ] {
            assert_eq!(rename(from, to, old).as_deref(), Ok(new), "{from} {to}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(rename("a.*", "b.*.*", "a.x").unwrap_err().contains("has 2, not 1"));
        assert!(rename("a.*.*", "b.*", "a.x.y").unwrap_err().contains("has 1, not 2"));
        assert!(rename("a.*", "b", "a.x").unwrap_err().contains("has 0, not 1"));
        assert!(rename("a.*", "b.{x}", "a.x").unwrap_err().contains('{'));
        assert!(rename("a.*", "b.*", "c.x").is_err());
        assert!(rename("{a.*,b.x}", "c.*", "b.x").unwrap_err().contains("braces"));
        assert!(rename("a.x", "...", "a.x").unwrap_err().contains("empty"));
    }
}
