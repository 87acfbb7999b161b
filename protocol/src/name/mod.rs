//! Metric names in their one canonical form, the same on ingest and on query.
//!
//! Owns what a name may hold and how it is brought into canonical form: no `~` in front, no empty nodes
//! (`a..b`, `.a` and `a.` are `a.b`, `a` and `a`), no blanks or control characters, tags as `name;tag=value;…` in
//! byte order of `tag=value`. Canonical names are fixed points of [`canonical`]. What a name means as a pattern is
//! the business of globs.
//!
//! Two differences from carbon: an empty node is dropped, where carbon leaves it to the file system; and a name
//! whose tags do not parse is refused as [`Refusal::TagInvalid`], where carbon stores the raw text as an untagged
//! name that no tag query finds.

mod braces;
mod plain;
mod split;
mod tagged;

use std::borrow::Cow;

use crate::limits::{NAME_BYTES_MAX, NAME_RECEIVED_BYTES_MAX};
use crate::refusal::Refusal;

pub use split::{Tags, split_tags};

/// The canonical form of a metric name, borrowed when the name is canonical already or is a part of what was given.
///
/// # Errors
/// The reason why the name is refused: it is empty, too long, holds a blank or a control character, or its tags are
/// malformed.
///
/// ```
/// use plumbago_protocol::canonical;
/// assert_eq!(canonical("~servers..web01.cpu.").unwrap(), "servers.web01.cpu");
/// assert_eq!(canonical("cpu;host=a;env=prod").unwrap(), "cpu;env=prod;host=a");
/// assert_eq!(canonical("cpu{host=\"a\",env=\"prod\"}").unwrap(), "cpu;env=prod;host=a");
/// ```
#[inline]
pub fn canonical(name: &str) -> Result<Cow<'_, str>, Refusal> {
    if name.len() <= NAME_BYTES_MAX && plain::is_plain(name.as_bytes()) {
        return Ok(Cow::Borrowed(name));
    }
    canonical_of_any(name)
}

/// As [`canonical`], for bytes that are not known to be UTF-8.
///
/// # Errors
/// As [`canonical`], and [`Refusal::InvalidUtf8`].
#[inline]
pub fn canonical_bytes(name: &[u8]) -> Result<Cow<'_, str>, Refusal> {
    if name.len() > NAME_RECEIVED_BYTES_MAX {
        return Err(Refusal::NameTooLong);
    }
    canonical(std::str::from_utf8(name).map_err(|_| Refusal::InvalidUtf8)?)
}

/// The path off the fast one: odd characters, tags, or something to clean up.
#[cold]
#[inline(never)]
fn canonical_of_any(name: &str) -> Result<Cow<'_, str>, Refusal> {
    if name.len() > NAME_RECEIVED_BYTES_MAX {
        return Err(Refusal::NameTooLong);
    }
    if !is_printable(name) {
        return Err(Refusal::NameInvalid);
    }
    let canonical = match memchr::memchr2(b';', b'{', name.as_bytes()) {
        Some(at) if name.as_bytes()[at] == b';' => tagged::canonical_tagged(name, at)?,
        Some(at) if braces::is_in_braces(name) => Cow::Owned(braces::canonical_in_braces(name, at)?),
        Some(at) => match memchr::memchr(b';', &name.as_bytes()[at..]) {
            // A brace in the name of a tagged series could make its canonical form read as the other syntax.
            Some(_) => return Err(Refusal::TagInvalid),
            None => canonical_path(name),
        },
        None => canonical_path(name),
    };
    match canonical.len() {
        0 => Err(Refusal::NameEmpty),
        length if length > NAME_BYTES_MAX => Err(Refusal::NameTooLong),
        _ => Ok(canonical),
    }
}

/// Whether there is no blank and no control character, of Unicode's as of ASCII's.
fn is_printable(name: &str) -> bool {
    let is_odd = |character: char| character.is_control() || character.is_whitespace();
    // Without an early end, so that it is done many bytes at a time.
    let is_graphic = name.bytes().fold(true, |all, byte| all & byte.is_ascii_graphic());
    is_graphic || !name.chars().any(is_odd)
}

/// Drops `~` and empty nodes from the front, and empty nodes from the middle and the end.
fn canonical_path(path: &str) -> Cow<'_, str> {
    if plain::is_plain(path.as_bytes()) {
        return Cow::Borrowed(path);
    }
    let trimmed = trim_front(path).trim_end_matches('.');
    if memchr::memmem::find(trimmed.as_bytes(), b"..").is_none() {
        return Cow::Borrowed(trimmed);
    }
    let mut joined = String::with_capacity(trimmed.len());
    for node in trimmed.split('.').filter(|node| !node.is_empty()) {
        if !joined.is_empty() {
            joined.push('.');
        }
        joined.push_str(node);
    }
    Cow::Owned(joined)
}

/// Both go in one run, else `.~a` would need two rounds.
fn trim_front(path: &str) -> &str {
    path.trim_start_matches(['~', '.'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn owned(name: &str) -> Result<String, Refusal> {
        canonical(name).map(Cow::into_owned)
    }

    #[test]
    fn clean_names_are_borrowed() {
        for name in [
            "a",
            "servers.web01.cpu.user",
            "weird.at@sign.v",
            "weird.pct%41/x.v",
            "a.b{c",
            "größe.höhe",
            "cpu;env=prod;host=a",
            "a;a-b=1;a=2",
            "a;path=/var/..log;q=a:b==",
        ] {
            assert!(matches!(canonical(name), Ok(Cow::Borrowed(text)) if text == name), "{name}");
        }
    }

    #[test]
    fn empty_nodes_and_tildes_go() {
        for (given, expected) in [
            ("a..b", "a.b"),
            (".a", "a"),
            ("a.", "a"),
            ("...a....b..", "a.b"),
            ("~a.b", "a.b"),
            ("~~a", "a"),
            (".~a", "a"),
            ("a.~b", "a.~b"),
            ("~.a.;k=v", "a;k=v"),
            ("a..b;k=..v", "a.b;k=..v"),
        ] {
            assert_eq!(owned(given).as_deref(), Ok(expected), "{given}");
        }
    }

    #[test]
    fn tags_are_sorted_and_the_last_duplicate_wins() {
        for (given, expected) in [
            ("cpu;host=h1;env=prod", "cpu;env=prod;host=h1"),
            ("cpu;a=1;a=2;a=0", "cpu;a=0"),
            ("cpu;a=1;a-b=2", "cpu;a-b=2;a=1"),
            ("cpu;name=other;a=1", "cpu;a=1"),
            ("cpu;name=other", "cpu"),
            ("cpu{env=\"prod\",host=\"h1\"}", "cpu;env=prod;host=h1"),
            ("cpu{b=\"x\\\"y\\\\\",a=\"{\"}", "cpu;a={;b=x\"y\\"),
        ] {
            assert_eq!(owned(given).as_deref(), Ok(expected), "{given}");
        }
    }

    #[test]
    fn bad_names_are_refused_by_name() {
        let long = "x".repeat(NAME_BYTES_MAX + 1);
        let many: String = (0..300).map(|number| format!(";t{number}=v")).collect();
        for (given, reason) in [
            ("", Refusal::NameEmpty),
            ("~", Refusal::NameEmpty),
            ("...", Refusal::NameEmpty),
            (";a=b", Refusal::NameEmpty),
            ("~;a=b", Refusal::NameEmpty),
            ("{a=\"b\"}", Refusal::NameEmpty),
            ("a b", Refusal::NameInvalid),
            ("a\tb", Refusal::NameInvalid),
            ("a\0", Refusal::NameInvalid),
            ("a\u{7f}", Refusal::NameInvalid),
            ("a\u{a0}b", Refusal::NameInvalid),
            ("x;a", Refusal::TagInvalid),
            ("x;=1", Refusal::TagInvalid),
            ("x;a=", Refusal::TagInvalid),
            ("x;", Refusal::TagInvalid),
            ("x;;a=b", Refusal::TagInvalid),
            ("x;a!b=c", Refusal::TagInvalid),
            ("x;a^b=c", Refusal::TagInvalid),
            ("x;a=~c", Refusal::TagInvalid),
            ("x{a=\"\"}", Refusal::TagInvalid),
            ("x{a=\"b;c\"}", Refusal::TagInvalid),
            ("x{a=\"b\\n\"}", Refusal::TagInvalid),
            ("x{a\"}", Refusal::TagInvalid),
            ("x{;a=b", Refusal::TagInvalid),
            (long.as_str(), Refusal::NameTooLong),
            (&format!("cpu{many}"), Refusal::TooManyTags),
        ] {
            assert_eq!(owned(given), Err(reason), "{given:.40}");
        }
        assert_eq!(canonical_bytes(b"a\xff"), Err(Refusal::InvalidUtf8));
        assert_eq!(owned(&"x".repeat(NAME_BYTES_MAX)).map(|name| name.len()), Ok(NAME_BYTES_MAX));
    }

    proptest! {
        #[test]
        fn canonical_is_idempotent(name in "[a-c~.;={}\"\\\\, né]{0,24}") {
            if let Ok(once) = owned(&name) {
                prop_assert_eq!(owned(&once), Ok(once));
            }
        }

        #[test]
        fn canonical_tagged_is_idempotent(name in "[a-c~.{]{0,3}(;[a-b-]{1,2}=[a-b\"{}.~]{1,4}){0,5}") {
            if let Ok(once) = owned(&name) {
                prop_assert!(matches!(canonical(&once), Ok(Cow::Borrowed(twice)) if twice == once));
            }
        }

        #[test]
        fn canonical_in_braces_is_idempotent(name in "[a-c~.]{0,3}\\{([a-b{]{1,2}=\"[a-b{}.~]{1,4}\"(,|\\})){0,4}[.]{0,2}") {
            if let Ok(once) = owned(&name) {
                prop_assert_eq!(owned(&once), Ok(once));
            }
        }
    }
}
