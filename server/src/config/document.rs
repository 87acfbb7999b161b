//! A walk over a parsed TOML document that remembers which keys were asked for.
//!
//! Invariant: asking is declaring. A key is valid if and only if the walk asked for it, so the list of valid
//! keys cannot drift from the code that reads them. Faults are collected, not returned, so that one run names
//! them all. What a value may be is decided by `values`.

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Problem};
use super::nearest::nearest;
use super::values;

/// How much of a refused value is shown.
const FOUND_CHARACTERS_MAX: usize = 60;

/// The text being read, its faults so far, and the keys asked for so far.
pub(super) struct Document<'t> {
    file: &'t Path,
    text: &'t str,
    faults: Vec<(usize, Problem)>,
    unknown: Vec<Unknown>,
    keys: Vec<(&'static str, &'static str)>,
    sections: Vec<&'static str>,
}

/// A key nobody asked for; what it is nearest to is known only after the whole walk.
struct Unknown {
    section: &'static str,
    key: String,
    is_section: bool,
    offset: usize,
}

impl<'t> Document<'t> {
    pub(super) fn new(file: &'t Path, text: &'t str) -> Self {
        Self { file, text, faults: Vec::new(), unknown: Vec::new(), keys: Vec::new(), sections: Vec::new() }
    }

    /// Parses the text and runs `read` over its top level; after a syntax fault, over an empty document.
    pub(super) fn read<T>(&mut self, read: fn(&mut Section<'_, 't>) -> T) -> T {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let offset = error.span().map_or(0, |span| span.start);
            self.faults.push((offset, Problem::Syntax(error.message().to_owned())));
        }
        let table = table.into_inner();
        let table = if errors.is_empty() { Some(&table) } else { None };
        let mut top = Section { name: "", table, asked: Vec::new(), is_secret: false, document: self };
        let value = read(&mut top);
        top.finish();
        value
    }

    #[cfg(test)]
    pub(super) fn keys(&self) -> &[(&'static str, &'static str)] {
        &self.keys
    }

    /// All faults as errors with file, line and column, in the order of their places.
    pub(super) fn into_errors(mut self) -> Vec<ConfigError> {
        for unknown in std::mem::take(&mut self.unknown) {
            let problem = self.explain(&unknown);
            self.faults.push((unknown.offset, problem));
        }
        self.faults.sort_by_key(|(offset, _)| *offset);
        let (file, text) = (self.file, self.text);
        self.faults
            .into_iter()
            .map(|(offset, problem)| ConfigError::at(file, text, offset, problem))
            .collect()
    }

    /// The key may be right but in the wrong section; only otherwise is its spelling in doubt.
    fn explain(&self, unknown: &Unknown) -> Problem {
        let key = unknown.key.clone();
        if unknown.is_section && unknown.section.is_empty() {
            let nearest = nearest(&key, self.sections.iter().copied());
            return Problem::UnknownSection { section: key, nearest };
        }
        let elsewhere = self.keys.iter().find(|(_, other)| *other == key);
        if let Some((section, _)) = elsewhere {
            return Problem::MisplacedKey { key, found_in: unknown.section, belongs_in: section };
        }
        let own = self.keys.iter().filter(|(section, _)| *section == unknown.section).map(|(_, key)| *key);
        let nearest = nearest(&key, own);
        Problem::UnknownKey { key, section: unknown.section, nearest }
    }
}

/// One table of the document, or the absence of it: then every key takes its default.
pub(super) struct Section<'d, 't> {
    name: &'static str,
    table: Option<&'d DeTable<'d>>,
    asked: Vec<&'static str>,
    /// Whether no refused value of it is shown.
    is_secret: bool,
    document: &'d mut Document<'t>,
}

impl<'t> Section<'_, 't> {
    /// The value of `key`, or `default` when it is absent or `read` refuses it; a refusal is recorded.
    pub(super) fn take<T>(
        &mut self,
        key: &'static str,
        default: T,
        read: impl Fn(&DeValue<'_>) -> values::Read<T>,
    ) -> T {
        self.declare(key);
        let Some(value) = self.table.and_then(|table| table.get(key)) else {
            return default;
        };
        match read(value.get_ref()) {
            Ok(value) => value,
            Err(expected) => {
                let secret = || "what stands there".to_owned();
                let found = if self.is_secret { secret() } else { self.source_of(&value.span()) };
                let problem = Problem::Value { key, section: self.name, found, expected };
                self.document.faults.push((value.span().start, problem));
                default
            }
        }
    }

    /// From here on no value of this table is repeated in a fault.
    pub(super) fn hide_values(&mut self) {
        self.is_secret = true;
    }

    /// The folder of the file being read: where relative paths start.
    pub(super) fn folder(&self) -> PathBuf {
        self.document.file.parent().unwrap_or(Path::new("")).to_path_buf()
    }

    /// A path; a relative one starts from the folder of the file being read.
    pub(super) fn take_path(&mut self, key: &'static str, default: PathBuf) -> PathBuf {
        self.take_optional_path(key, Some(default.clone())).unwrap_or(default)
    }

    /// As [`Section::take_path`], where an empty string means none.
    pub(super) fn take_optional_path(
        &mut self,
        key: &'static str,
        default: Option<PathBuf>,
    ) -> Option<PathBuf> {
        let folder = self.folder();
        self.take(key, default, |value| match value.as_str() {
            Some("") => Ok(None),
            Some(path) => Ok(Some(folder.join(path))),
            None => Err(Cow::Borrowed("a path in quotes")),
        })
    }

    /// A count that the machine can address.
    pub(super) fn take_size(
        &mut self,
        key: &'static str,
        default: usize,
        read: impl Fn(&DeValue<'_>) -> values::Read<u64>,
    ) -> usize {
        self.take(key, default, |value| {
            let number = read(value)?;
            usize::try_from(number).map_err(|_| Cow::Borrowed("a number that this machine can address"))
        })
    }

    /// A whole number of seconds inside `range`.
    pub(super) fn take_secs(&mut self, key: &'static str, default: i64, range: RangeInclusive<u64>) -> i64 {
        self.take(key, default, |value| {
            let secs = values::integer(range.clone())(value)?;
            i64::try_from(secs).map_err(|_| Cow::Borrowed("a smaller number"))
        })
    }

    /// A whole number of seconds inside `range`, as a duration.
    pub(super) fn take_interval(
        &mut self,
        key: &'static str,
        default: Duration,
        range: RangeInclusive<u64>,
    ) -> Duration {
        self.take(key, default, |value| values::integer(range.clone())(value).map(Duration::from_secs))
    }

    /// A whole number of seconds up to `secs_max`, where 0 means never.
    pub(super) fn take_timeout(
        &mut self,
        key: &'static str,
        default: Option<Duration>,
        secs_max: u64,
    ) -> Option<Duration> {
        self.take(key, default, |value| {
            let secs = values::integer(0..=secs_max)(value)?;
            Ok((secs > 0).then(|| Duration::from_secs(secs)))
        })
    }

    /// Reads the table `name` below this one; `read` sees an empty one when it is absent.
    pub(super) fn section<T>(&mut self, name: &'static str, read: fn(&mut Section<'_, 't>) -> T) -> T {
        self.asked.push(name);
        self.document.sections.push(name);
        let value = self.table.and_then(|table| table.get(name));
        let table = value.and_then(|value| value.get_ref().as_table());
        if let (Some(value), None) = (value, table) {
            let found = self.source_of(&value.span());
            let expected = Cow::Owned(format!("a section, written [{name}]"));
            let problem = Problem::Value { key: name, section: self.name, found, expected };
            self.document.faults.push((value.span().start, problem));
        }
        let mut section =
            Section { name, table, asked: Vec::new(), is_secret: false, document: self.document };
        let value = read(&mut section);
        section.finish();
        value
    }

    fn declare(&mut self, key: &'static str) {
        self.asked.push(key);
        self.document.keys.push((self.name, key));
    }

    /// Records every key of this table that was not asked for.
    fn finish(self) {
        for (key, value) in self.table.into_iter().flatten() {
            let key: &Spanned<Cow<'_, str>> = key;
            if !self.asked.iter().any(|asked| *asked == key.get_ref().as_ref()) {
                self.document.unknown.push(Unknown {
                    section: self.name,
                    key: key.get_ref().to_string(),
                    is_section: value.get_ref().is_table(),
                    offset: key.span().start,
                });
            }
        }
    }

    /// The value as it was written, shortened to what fits into a sentence.
    fn source_of(&self, span: &Range<usize>) -> String {
        let source = self.document.text.get(span.clone()).unwrap_or("");
        let line = source.lines().next().unwrap_or("");
        let mut shown: String = line.chars().take(FOUND_CHARACTERS_MAX).collect();
        if shown.len() < source.len() {
            shown.push('…');
        }
        shown
    }
}
