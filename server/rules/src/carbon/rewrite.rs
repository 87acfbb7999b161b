//! rewrite-rules.conf: names changed by regular expressions, before aggregation (`[pre]`) and after it (`[post]`).
//!
//! Invariant: all rules of a ruleset apply, in the order of the file, each to what the one before it made, and each
//! everywhere in the name, as Python's `re.sub` does. A name that grows beyond what can be received is left as it is at
//! that moment: the store refuses it.

use std::borrow::Cow;
use std::path::Path;
use std::sync::OnceLock;

use fancy_regex::Regex;
use plumbago_protocol::limits::{NAME_RECEIVED_BYTES_MAX, REGEX_BYTES_MAX};

use super::lines::{has_room, meaningful};
use super::pattern::{builder, compile};
use super::replacement::Replacement;
use super::warning::{Warning, Warnings};

/// The rules of both rulesets.
#[derive(Debug, Clone, Default)]
pub struct RewriteRules {
    pre: Vec<RewriteRule>,
    post: Vec<RewriteRule>,
}

/// When rules apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruleset {
    /// Before aggregation.
    Pre,
    /// After it, to points that are passed on.
    Post,
}

/// A name after a ruleset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten<'n> {
    /// The name.
    pub name: Cow<'n, str>,
    /// Whether a search took too many steps, so that its rule did not count.
    pub gave_up: bool,
}

/// One line of the file.
#[derive(Debug, Clone)]
struct RewriteRule {
    /// As it was written.
    pattern: String,
    regex: Regex,
    replacement: Replacement,
    /// The same expression where it matches something; made when it is needed, which is rarely.
    not_empty: OnceLock<Option<Regex>>,
}

impl RewriteRules {
    /// Reads `text`, which came from `file`. A line that cannot be used is left out with a warning.
    pub fn parse(text: &str, file: &Path) -> (Self, Vec<Warning>) {
        let mut reader =
            Reader { rules: Self::default(), section: Section::Missing, warnings: Warnings::new(file) };
        for (number, line) in meaningful(text) {
            let count = reader.rules.len();
            if !has_room(count, number, &mut reader.warnings) {
                break;
            }
            reader.line(number, line);
        }
        (reader.rules, reader.warnings.into_list())
    }

    /// How many rules there are, in both rulesets.
    pub fn len(&self) -> usize {
        self.pre.len() + self.post.len()
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// `name` after all rules of the ruleset.
    pub fn apply<'n>(&self, ruleset: Ruleset, name: &'n str) -> Rewritten<'n> {
        let rules = match ruleset {
            Ruleset::Pre => &self.pre,
            Ruleset::Post => &self.post,
        };
        let mut rewritten = Rewritten { name: Cow::Borrowed(name), gave_up: false };
        for rule in rules {
            match rule.apply(&rewritten.name) {
                Ok(Some(name)) => rewritten.name = Cow::Owned(name),
                Ok(None) => {}
                Err(GaveUp) => rewritten.gave_up = true,
            }
            if rewritten.name.len() > NAME_RECEIVED_BYTES_MAX {
                break;
            }
        }
        rewritten
    }
}

/// A search took too many steps.
struct GaveUp;

impl From<fancy_regex::Error> for GaveUp {
    fn from(_: fancy_regex::Error) -> Self {
        GaveUp
    }
}

impl RewriteRule {
    fn parse(pattern: &str, replacement: &str) -> Result<Self, Fault> {
        if pattern.len() > REGEX_BYTES_MAX {
            return Err(Fault::Pattern(format!("the pattern is longer than {REGEX_BYTES_MAX} bytes")));
        }
        let regex = compile(pattern).map_err(Fault::Pattern)?;
        let replacement = Replacement::parse(replacement, &regex).map_err(Fault::Replacement)?;
        Ok(Self { pattern: pattern.to_owned(), regex, replacement, not_empty: OnceLock::new() })
    }

    /// The name with every match replaced; `None` where there is none.
    fn apply(&self, name: &str) -> Result<Option<String>, GaveUp> {
        let mut output = String::new();
        // How much of the name is in `output`, and where the next search starts.
        let (mut copied, mut from) = (0, 0);
        let mut after_empty = false;
        let mut is_changed = false;
        while from <= name.len() && output.len() <= NAME_RECEIVED_BYTES_MAX {
            let Some(captures) = self.next_match(name, from, after_empty)? else { break };
            let Some(found) = captures.get(0) else { break };
            output.push_str(name.get(copied..found.start()).unwrap_or(""));
            self.replacement.expand(&captures, &mut output);
            is_changed = true;
            (copied, from) = (found.end(), found.end());
            after_empty = found.start() == found.end();
        }
        output.push_str(name.get(copied..).unwrap_or(""));
        Ok(is_changed.then_some(output))
    }

    /// The next match from there on. Python finds at the place of an empty match only one that is not empty.
    fn next_match<'n>(
        &self,
        name: &'n str,
        from: usize,
        after_empty: bool,
    ) -> Result<Option<fancy_regex::Captures<'n, str>>, GaveUp> {
        if !after_empty {
            return Ok(self.regex.captures_from_pos(name, from)?);
        }
        let not_empty = || builder(&self.pattern).find_not_empty(true).build().ok();
        if let Some(regex) = self.not_empty.get_or_init(not_empty) {
            let here = regex.captures_from_pos(name, from)?;
            if here.as_ref().and_then(|captures| captures.get(0)).is_some_and(|found| found.start() == from) {
                return Ok(here);
            }
        }
        match name.get(from..).and_then(|rest| rest.chars().next()) {
            Some(character) => Ok(self.regex.captures_from_pos(name, from + character.len_utf8())?),
            None => Ok(None),
        }
    }
}

/// What is wrong with a line.
enum Fault {
    Pattern(String),
    Replacement(String),
}

/// Where the lines of the file belong at the moment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Missing,
    Unknown,
    Of(Ruleset),
}

struct Reader {
    rules: RewriteRules,
    section: Section,
    warnings: Warnings,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            self.header(number, name);
        } else if let Some((pattern, replacement)) = line.split_once('=') {
            self.rule(number, pattern.trim(), replacement.trim());
        } else {
            let reason = "it is neither a section nor `pattern = replacement`";
            self.warnings.push_skipped_line(number, reason, "carbon would skip it, too");
        }
    }

    fn header(&mut self, number: usize, name: &str) {
        let ruleset = match name.to_lowercase().as_str() {
            "pre" => Ruleset::Pre,
            "post" => Ruleset::Post,
            _ => {
                self.section = Section::Unknown;
                let reason = format!("[{name}] is neither [pre] nor [post], and no rule below it counts");
                let elsewhere = "carbon would take it for a section, too, and never apply its rules";
                self.warnings.push_skipped_line(number, reason, elsewhere);
                return;
            }
        };
        self.section = Section::Of(ruleset);
        let rules = self.ruleset(ruleset);
        if !rules.is_empty() {
            rules.clear();
            let message = format!("[{name}] occurs again: the rules of the one above count no more");
            self.warnings.push(number, message, "carbon would do the same");
        }
    }

    fn rule(&mut self, number: usize, pattern: &str, replacement: &str) {
        let ruleset = match self.section {
            Section::Of(ruleset) => ruleset,
            Section::Unknown => return,
            Section::Missing => {
                let reason = "it stands before the first section";
                self.warnings.push_skipped_line(number, reason, "carbon would never apply it either");
                return;
            }
        };
        match RewriteRule::parse(pattern, replacement) {
            Ok(rule) => self.ruleset(ruleset).push(rule),
            Err(Fault::Pattern(reason)) => {
                let elsewhere = "carbon would skip it, too, if Python refuses it";
                self.warnings.push_skipped_line(number, reason, elsewhere);
            }
            Err(Fault::Replacement(reason)) => {
                self.warnings.push_skipped_line(number, reason, "carbon would lose every point");
            }
        }
    }

    fn ruleset(&mut self, ruleset: Ruleset) -> &mut Vec<RewriteRule> {
        match ruleset {
            Ruleset::Pre => &mut self.rules.pre,
            Ruleset::Post => &mut self.rules.post,
        }
    }
}

#[cfg(test)]
mod tests;
