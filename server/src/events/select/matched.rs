//! Words of a search as the index of words is asked for them.
//!
//! Invariant: every event that is indexed and has the words is among those that match. Others may be, too: whoever reads
//! them asks each.

use super::super::error::StoreError;
use super::sql::{self, Sql};
use super::wanted::Bounds;
use plumbago_rules::{Search, Test};
use rusqlite::{Connection, OptionalExtension};

/// Words with the same beginning that are asked for one by one: FTS5 reads their events as they are needed. For the
/// beginning itself it would read all events with such words before it tells of the first.
const SPELLED_MAX: usize = if cfg!(test) { 3 } else { 64 };

/// Words whose events are counted.
const COUNTED_MAX: usize = 16;

/// All words of a search.
#[derive(Debug, Default)]
pub(super) struct Matched {
    /// What has to match.
    ready: Vec<String>,
    /// What has to match and takes FTS5 long.
    slow: Vec<String>,
    /// What must not match.
    negated: Vec<String>,
    /// Single words, or choices of one, all of which an event that matches has: quick to count.
    single: Vec<String>,
}

impl Matched {
    /// The words that an event must have, and with them those that it must not have; `None` where it must have none.
    ///
    /// # Errors
    /// SQLite fails.
    pub(super) fn of(connection: &Connection, search: &Search) -> Result<Option<Matched>, StoreError> {
        let mut matched = Matched::default();
        let mut left = SPELLED_MAX;
        for term in search.terms.iter().filter(|term| !term.negated) {
            let Test::Words { words, is_prefix } = &term.test else { continue };
            matched.must(connection, words, *is_prefix, &mut left)?;
        }
        if matched.ready.is_empty() && matched.slow.is_empty() {
            return Ok(None);
        }
        for term in search.terms.iter().filter(|term| term.negated) {
            if let Test::Words { words, is_prefix } = &term.test {
                matched.negated.extend(quickly(connection, words, *is_prefix, &mut left)?);
            }
        }
        Ok(Some(matched))
    }

    fn must(
        &mut self,
        connection: &Connection,
        words: &[String],
        is_prefix: bool,
        left: &mut usize,
    ) -> Result<(), StoreError> {
        let Some((last, others)) = words.split_last() else { return Ok(()) };
        self.single.extend(others.iter().map(|word| exactly(std::slice::from_ref(word))));
        if let Some(text) = quickly(connection, words, is_prefix, left)? {
            match is_prefix {
                false => self.single.push(exactly(std::slice::from_ref(last))),
                true if others.is_empty() => self.single.push(text.clone()),
                true => {}
            }
            self.ready.push(text);
            return Ok(());
        }
        if !others.is_empty() {
            self.ready.push(exactly(others));
        }
        self.slow.push(format!("{} *", exactly(words)));
        Ok(())
    }

    /// Whether nothing is known before FTS5 has taken long.
    pub(super) fn is_slow(&self) -> bool {
        self.ready.is_empty()
    }

    /// How many events match at most; `most` where there may be more.
    ///
    /// # Errors
    /// SQLite fails.
    pub(super) fn count(
        &self,
        connection: &Connection,
        bounds: Bounds,
        most: i64,
    ) -> Result<i64, StoreError> {
        let mut fewest = most;
        for text in self.single.iter().take(COUNTED_MAX) {
            fewest = fewest.min(sql::count(connection, &indexed(text, bounds.places()), fewest)?);
        }
        Ok(fewest)
    }

    /// The whole, as FTS5 reads it; without what takes it long, where there is enough else.
    pub(super) fn text(&self, with_slow: bool) -> String {
        let slow = self.slow.iter().filter(|_| with_slow || self.is_slow());
        let all: Vec<String> = self.ready.iter().chain(slow).map(|text| format!("({text})")).collect();
        let mut text = all.join(" AND ");
        if !self.negated.is_empty() {
            let unwanted: Vec<String> = self.negated.iter().map(|text| format!("({text})")).collect();
            text = format!("({text}) NOT ({})", unwanted.join(" OR "));
        }
        text
    }
}

/// The places of indexed events that match, the first and the last place included.
pub(super) fn indexed(text: &str, [first, last]: [i64; 2]) -> Sql {
    let values = vec![text.to_owned().into(), first.into(), last.into()];
    Sql::new("SELECT rowid AS place FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ?", values)
}

/// Words as FTS5 reads them, where it finds their events as they are needed. `left` is how many words may be spelled.
///
/// # Errors
/// SQLite fails.
pub(super) fn quickly(
    connection: &Connection,
    words: &[String],
    is_prefix: bool,
    left: &mut usize,
) -> Result<Option<String>, StoreError> {
    if !is_prefix {
        return Ok(Some(exactly(words)));
    }
    let Some((last, others)) = words.split_last() else { return Ok(None) };
    let Some(spelled) = spelled(connection, last, *left)? else { return Ok(None) };
    *left = left.saturating_sub(spelled.len());
    let phrases = spelled.into_iter().map(|word| exactly(&[others, &[word]].concat()));
    // Where no word begins so, none is found under the beginning.
    Ok(Some(phrases.reduce(|all, one| format!("{all} OR {one}")).unwrap_or_else(|| exactly(words))))
}

/// As many words as may be spelled, to begin with.
pub(super) const fn spelled_max() -> usize {
    SPELLED_MAX
}

/// The words in the index that begin so; `None` where there are more than `most`.
fn spelled(connection: &Connection, beginning: &str, most: usize) -> Result<Option<Vec<String>>, StoreError> {
    // The index has its own idea of upper and lower case beyond ASCII.
    if !beginning.is_ascii() {
        return Ok(None);
    }
    let looking = StoreError::sqlite("looking up words");
    let query = "SELECT term FROM vocabulary WHERE term >= ?1 LIMIT 1";
    let mut statement = connection.prepare_cached(query).map_err(&looking)?;
    let mut spelled: Vec<String> = Vec::new();
    let mut from = beginning.to_owned();
    loop {
        let found: Option<String> =
            statement.query_row([&from], |row| row.get(0)).optional().map_err(&looking)?;
        let Some(word) = found.filter(|word| word.starts_with(beginning)) else { return Ok(Some(spelled)) };
        if spelled.len() == most {
            return Ok(None);
        }
        // No letter or digit is less than 0: so begins every word that is longer, and no row of this one is read.
        from = format!("{word}0");
        spelled.push(word);
    }
}

/// Words that follow each other: a phrase in quotes, in which letters and digits are all there is.
fn exactly(words: &[String]) -> String {
    format!("\"{}\"", words.join(" "))
}
