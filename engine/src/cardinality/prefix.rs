//! Owns what a prefix is: the first nodes of a series' path, tags left out.
//!
//! Invariant: prefixes end at a node's end: `a.b` is one of `a.b.c` and of `a.b;k=v`, not of `a.bc`.

use plumbago_protocol::{Glob, NodePattern};

/// A pattern of prefixes, such as `apps.*`: every prefix that it matches is another one. The empty pattern matches
/// the empty prefix, which all series have.
#[derive(Debug, Clone, PartialEq)]
pub struct PrefixPattern {
    text: Box<str>,
    alternatives: Vec<Vec<NodePattern>>,
    depth: usize,
}

impl PrefixPattern {
    /// The pattern of the empty prefix.
    pub fn everything() -> Self {
        Self { text: "".into(), alternatives: vec![Vec::new()], depth: 0 }
    }

    /// Parses a glob of a fixed number of nodes.
    ///
    /// # Errors
    /// A sentence that says why it is none.
    ///
    /// ```
    /// use plumbago_engine::PrefixPattern;
    /// assert_eq!(PrefixPattern::parse("apps.*").unwrap().matched("apps.shop.cpu"), Some("apps.shop"));
    /// assert!(PrefixPattern::parse("apps.**").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::everything());
        }
        if text.contains(';') {
            return Err(format!("{text}: a prefix has no tags"));
        }
        let glob = Glob::parse(text).map_err(|error| error.to_string())?;
        let alternatives = glob.alternatives().to_vec();
        let depth = alternatives.first().map_or(0, Vec::len);
        let is_fixed = depth > 0
            && alternatives
                .iter()
                .all(|nodes| nodes.len() == depth && !nodes.contains(&NodePattern::AnyDepth));
        if !is_fixed {
            return Err(format!("{text}: a prefix has a fixed number of nodes"));
        }
        Ok(Self { text: text.into(), alternatives, depth })
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The prefix of the canonical `name` that matches.
    pub fn matched<'a>(&self, name: &'a str) -> Option<&'a str> {
        let prefix = exact_prefix(name, self.depth)?;
        let matches = |nodes: &Vec<NodePattern>| {
            nodes.iter().zip(prefix.split('.')).all(|(pattern, node)| pattern.matches(node))
        };
        self.alternatives.iter().any(matches).then_some(prefix)
    }
}

/// The first `depth` nodes of a name's path, or all of it where it has fewer.
pub(super) fn prefix_of(name: &str, depth: usize) -> &str {
    exact_prefix(name, depth).unwrap_or_else(|| path_of(name))
}

/// Whether a name lies below `prefix`, or is the prefix.
pub(super) fn is_below(name: &str, prefix: &str) -> bool {
    match name.strip_prefix(prefix) {
        Some(rest) => prefix.is_empty() || rest.is_empty() || rest.starts_with(['.', ';']),
        None => false,
    }
}

fn path_of(name: &str) -> &str {
    memchr::memchr(b';', name.as_bytes()).and_then(|end| name.get(..end)).unwrap_or(name)
}

/// The first `depth` nodes of a name's path; `None` where it has fewer.
fn exact_prefix(name: &str, depth: usize) -> Option<&str> {
    let path = path_of(name);
    match depth.checked_sub(1) {
        None => Some(""),
        Some(dots) => match memchr::memchr_iter(b'.', path.as_bytes()).nth(dots) {
            Some(end) => path.get(..end),
            None => (path.split('.').count() == depth).then_some(path),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_whole_nodes() {
        for (pattern, name, prefix) in [
            ("", "a.b;k=v", Some("")),
            ("a", "a", Some("a")),
            ("a", "ab.c", None),
            ("a.b", "a.b.c.d", Some("a.b")),
            ("a.b", "a.b;k=c.d", Some("a.b")),
            ("a.b", "a;k=.b", None),
            ("*.web*", "x.web1.cpu", Some("x.web1")),
            ("*.web*", "x.db1.cpu", None),
            ("{a,b.x}", "a", None),
            ("{a.y,b.x}.*", "b.x.z.w", Some("b.x.z")),
        ] {
            let found = PrefixPattern::parse(pattern);
            match found {
                Ok(pattern) => assert_eq!(pattern.matched(name), prefix, "{pattern:?} {name}"),
                Err(error) => assert!(prefix.is_none() && error.contains("fixed"), "{error}"),
            }
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for pattern in ["**", "a.**.b", "a;k=v", "a.{b", "..."] {
            assert!(PrefixPattern::parse(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn prefixes_end_at_nodes() {
        assert_eq!(prefix_of("a.b.c", 2), "a.b");
        assert_eq!(prefix_of("a.b;k=v.w", 3), "a.b");
        assert_eq!(prefix_of("a.b", 0), "");
        assert!(is_below("a.b.c", "a.b") && is_below("a.b", "a.b") && is_below("a;k=v", "a"));
        assert!(is_below("a", "") && !is_below("a.bc", "a.b") && !is_below("a", "a.b"));
    }
}
