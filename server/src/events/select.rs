//! From a search to SQL, and to a page of events, newest first.
//!
//! Invariant: what is found is what [`Search::matches`] says. What only decides over speed is which way is taken: the rarest
//! term's entries if they are few, else those of one exact term, the events in which the index finds the words, or all
//! events, in the order of time until the page is full.

mod condition;
mod lead;
mod matched;
mod sql;
mod walk;
mod wanted;

use super::change;
use super::error::StoreError;
use super::place;
use super::row::{self, StoredEvent, signed};
use lead::{FEW, Leads};
use matched::Matched;
use plumbago_rules::{Search, Test};
use rusqlite::Connection;
use sql::Sql;
use walk::{Way, newest, walk};
use wanted::Wanted;

/// Events that are asked for their words, from the newest on, before the index is: where words are common, the page is full
/// by then.
const TRIED_MAX: usize = if cfg!(test) { 20 } else { 1_000 };

/// As many where the index takes long.
const TRIED_LONG_MAX: usize = if cfg!(test) { 40 } else { 20_000 };

/// Entries up to which the words that an event must not have are listed, and up to which two ways are compared.
const LISTED_MAX: i64 = if cfg!(test) { 150 } else { 20_000 };

/// Where a page ended: the next one holds what began earlier, or at the same time with a smaller id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The start of the last event, in milliseconds since the epoch.
    pub(crate) start_ms: i64,
    /// Its id.
    pub(crate) id: u64,
}

/// The newest events of a search, from `after` on.
///
/// # Errors
/// SQLite fails, or reading takes too long.
pub(super) fn page(
    connection: &Connection,
    search: &Search,
    after: Option<Cursor>,
    count: usize,
) -> Result<Vec<StoredEvent>, StoreError> {
    // What is indexed between two statements must not be missed by both.
    let moment = connection.unchecked_transaction().map_err(StoreError::sqlite("beginning to read"))?;
    let connection = &*moment;
    let wanted = Wanted::of(search, after, count);
    let leads = Leads::of(connection, search, wanted.bounds)?;
    let found = match Matched::of(connection, search)? {
        Some(matched) => with_words(connection, &wanted, &leads, &matched)?,
        None => without_words(connection, search, &wanted, &leads)?,
    };
    found.iter().filter_map(|one| change::by_id(connection, one.id).transpose()).collect()
}

/// The newest events that need not have words.
fn without_words(
    connection: &Connection,
    search: &Search,
    wanted: &Wanted<'_>,
    leads: &Leads,
) -> Result<Vec<Cursor>, StoreError> {
    let way = leads.way();
    let all = |only: &Sql| Ok(walk(connection, wanted, way, only, None)?.unwrap_or_default());
    if wanted.asked.is_empty() || leads.rare.is_some() {
        return all(&Sql::default());
    }
    if let Some(found) = walk(connection, wanted, way, &Sql::default(), Some(TRIED_MAX))? {
        return Ok(found);
    }
    all(&unlisted(connection, search, wanted)?)
}

/// What leaves out the indexed events with words that they must not have, where those are not too many.
fn unlisted(connection: &Connection, search: &Search, wanted: &Wanted<'_>) -> Result<Sql, StoreError> {
    let mut all = Sql::default();
    let mut left = matched::spelled_max();
    for term in search.terms.iter().filter(|term| term.negated) {
        let Test::Words { words, is_prefix } = &term.test else { continue };
        let Some(text) = matched::quickly(connection, words, *is_prefix, &mut left)? else { continue };
        let places = matched::indexed(&text, wanted.bounds.places());
        if sql::count(connection, &places, LISTED_MAX)? < LISTED_MAX {
            let ids = format!("SELECT place & {} FROM ({})", place::ID_MASK, places.text);
            all.and(Sql::new(format!("e.id NOT IN ({ids})"), places.values));
        }
    }
    Ok(all)
}

/// The newest events with words.
fn with_words(
    connection: &Connection,
    wanted: &Wanted<'_>,
    leads: &Leads,
    matched: &Matched,
) -> Result<Vec<Cursor>, StoreError> {
    let any = Sql::default();
    let along = |way: Way<'_>| Ok(walk(connection, wanted, way, &any, None)?.unwrap_or_default());
    let with_index = |with_slow| {
        let indexed = along(Way::Words(&matched.text(with_slow)))?;
        Ok(newest([indexed, along(Way::Unindexed)?].concat(), wanted.count))
    };
    let most = leads.rare.as_ref().map_or(FEW, |(found, _)| *found);
    if matched.count(connection, wanted.bounds, most)? < most {
        return with_index(false);
    }
    if leads.rare.is_some() {
        return along(leads.way());
    }
    let tried_max = if matched.is_slow() { TRIED_LONG_MAX } else { TRIED_MAX };
    if let Some(found) = walk(connection, wanted, leads.way(), &any, Some(tried_max))? {
        return Ok(found);
    }
    if let Some(term) = &leads.exact {
        let entries = sql::count(connection, &lead::exactly(term, wanted.bounds), LISTED_MAX)?;
        if entries < matched.count(connection, wanted.bounds, LISTED_MAX)? {
            return along(leads.way());
        }
    }
    with_index(true)
}

/// What ascends.
#[derive(Debug, Clone, Copy)]
pub(super) enum Order {
    /// The number of the last change.
    Change,
    /// The id.
    Id,
}

/// Events whose number is greater than `number`, in its order.
///
/// # Errors
/// SQLite fails.
pub(super) fn after(
    connection: &Connection,
    order: Order,
    number: u64,
    count: usize,
) -> Result<Vec<StoredEvent>, StoreError> {
    let column = match order {
        Order::Change => "change",
        Order::Id => "id",
    };
    let text =
        format!("SELECT {} FROM events e WHERE e.{column} > ? ORDER BY e.{column} LIMIT ?", row::COLUMNS);
    let searching = StoreError::sqlite("searching events");
    let mut statement = connection.prepare_cached(&text).map_err(&searching)?;
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let mut rows = statement.query([signed(number), count]).map_err(&searching)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(&searching)? {
        found.push(row::read(row)?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
