//! blacklist.conf and whitelist.conf: one regular expression a line, searched anywhere in a name.
//!
//! Invariant: a list is the same for every name, whatever the order of its lines. What a list without lines means is
//! decided by who asks: to carbon, an empty whitelist lets everything in.

use std::path::Path;

use super::lines::{has_room, meaningful};
use super::pattern::{Pattern, Search};
use super::warning::{Warning, Warnings};

/// One of the two lists.
#[derive(Debug, Clone, Default)]
pub struct NameList {
    patterns: Vec<Pattern>,
}

impl NameList {
    /// Reads `text`, which came from `file`. A line that is no regular expression is left out with a warning.
    pub fn parse(text: &str, file: &Path) -> (Self, Vec<Warning>) {
        let mut warnings = Warnings::new(file);
        let mut patterns = Vec::new();
        for (number, line) in meaningful(text) {
            if !has_room(patterns.len(), number, &mut warnings) {
                break;
            }
            match Pattern::parse(line) {
                Ok(pattern) => patterns.push(pattern),
                Err(reason) => {
                    let elsewhere = "carbon would skip it, too, if Python refuses it";
                    warnings.push_skipped_line(number, reason, elsewhere);
                }
            }
        }
        remark_on_indented_comments(text, &mut warnings);
        (Self { patterns }, warnings.into_list())
    }

    /// How many patterns there are.
    pub fn len(&self) -> usize {
        self.patterns.len()
    }

    /// Whether there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether one of the patterns occurs in `name`. [`Search::GaveUp`]: none does, but one took too many steps.
    pub fn search(&self, name: &str) -> Search {
        let mut answer = Search::NotFound;
        for pattern in &self.patterns {
            match pattern.search(name) {
                Search::Found => return Search::Found,
                Search::NotFound => {}
                Search::GaveUp => answer = Search::GaveUp,
            }
        }
        answer
    }
}

fn remark_on_indented_comments(text: &str, warnings: &mut Warnings) {
    for (index, line) in text.lines().enumerate() {
        if !line.starts_with('#') && line.trim_start().starts_with('#') {
            let message = "this indented line is taken as a comment";
            warnings.push(index + 1, message, "carbon would take it as a pattern with a `#` in it");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_searched_anywhere_and_bad_ones_are_left_out() {
        let text = "# hosts that are gone\n\n^old\\.\n(\n  # indented\n  tmp  \n(?!web)db\\d\n";
        let (list, warnings) = NameList::parse(text, Path::new("blacklist.conf"));
        assert_eq!(list.len(), 3);
        for (name, expected) in [
            ("old.a", Search::Found),
            ("very.old.a", Search::NotFound),
            ("a.tmpfs.b", Search::Found),
            ("x.db3", Search::Found),
            ("x.db", Search::NotFound),
        ] {
            assert_eq!(list.search(name), expected, "{name}");
        }
        let places: Vec<_> = warnings.iter().map(|warning| (warning.line, warning.skips_section)).collect();
        assert_eq!(places, [(4, true), (5, false)]);
        assert!(
            warnings[0].to_string().starts_with("blacklist.conf:4: the line is skipped: the pattern `(`")
        );
    }

    #[test]
    fn a_search_that_gives_up_is_told() {
        let (list, _) = NameList::parse("(a|aa)*(?=b)\\1c", Path::new("w"));
        assert_eq!(list.search(&"a".repeat(5000)), Search::GaveUp);
        assert_eq!(list.search("x"), Search::NotFound);
    }
}
