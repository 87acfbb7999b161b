//! Walks events from the newest on, along one way, until a page is full.
//!
//! Invariant: whichever way is taken, what is found is the newest events that it leads to and that are wanted.

use super::super::error::StoreError;
use super::super::place;
use super::super::row::signed;
use super::Cursor;
use super::matched::indexed;
use super::sql::Sql;
use super::wanted::Wanted;
use rusqlite::{Connection, Row, params_from_iter};

/// Events found that are held before those that are too many are let go.
const HELD_MAX: usize = 10_000;

/// What is walked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way<'l> {
    /// All events.
    All,
    /// The events with an exact term.
    Exact(&'l str),
    /// The events with these ids.
    Listed(&'l Sql),
    /// The events in whose indexed words this is found.
    Words(&'l str),
    /// The events whose words are not indexed.
    Unindexed,
}

/// Where rows come from.
struct From {
    /// Tables, joined so that the first one leads.
    tables: String,
    /// Which of their rows, with the values of the tables themselves before its own.
    only: Sql,
    /// The columns that tell of an event's start and its id.
    columns: [&'static str; 2],
    /// The order.
    order: &'static str,
}

impl Way<'_> {
    /// Where its rows come from; in the index of words, those between two places.
    fn from(self, [first, last]: [i64; 2]) -> From {
        let by_id = |list: String, id: String| format!("({list}) d CROSS JOIN events e ON e.id = {id}");
        let [place_id, listed_id] = [format!("(d.place & {})", place::ID_MASK), "d.id".to_owned()];
        let columns = ["e.start_ms", "e.id"];
        let from = |tables, values, order| From { tables, only: Sql::new("", values), columns, order };
        match self {
            Way::All => {
                let tables = "events e INDEXED BY events_by_start".to_owned();
                from(tables, Vec::new(), "e.start_ms DESC, e.id DESC")
            }
            Way::Exact(term) => From {
                tables: "terms d CROSS JOIN events e ON e.id = d.event".to_owned(),
                only: Sql::new("d.term = ?", vec![term.to_owned().into()]),
                columns: ["d.start_ms", "d.event"],
                order: "d.start_ms DESC, d.event DESC",
            },
            Way::Listed(ids) => {
                let tables = by_id(format!("SELECT DISTINCT id FROM ({})", ids.text), listed_id);
                from(tables, ids.values.clone(), "e.start_ms DESC, e.id DESC")
            }
            Way::Words(text) => {
                let places = indexed(text, [first, last]);
                from(by_id(places.text, place_id), places.values, "d.place DESC")
            }
            Way::Unindexed => {
                let places = "SELECT place FROM unindexed WHERE place BETWEEN ? AND ?".to_owned();
                from(by_id(places, place_id), vec![first.into(), last.into()], "d.place DESC")
            }
        }
    }

    /// Whether events come by the spans that they begin in, and within a span as they will.
    fn is_by_spans(self) -> bool {
        matches!(self, Way::Words(_) | Way::Unindexed)
    }
}

/// The newest events along a way, at most as many as are wanted; `None` if more than `read_max` have to be asked.
///
/// # Errors
/// SQLite fails, or reading takes too long.
pub(super) fn walk(
    connection: &Connection,
    wanted: &Wanted<'_>,
    way: Way<'_>,
    only: &Sql,
    read_max: Option<usize>,
) -> Result<Option<Vec<Cursor>>, StoreError> {
    let mut reader = Reader { connection, wanted, left: read_max, found: Vec::new() };
    if !reader.read(way, wanted.bounds.places(), only, true)? {
        return Ok(None);
    }
    let last = reader.found.last().copied();
    reader.found = newest(reader.found, wanted.count);
    if let (Some(last), Some(oldest)) = (last, reader.found.last())
        && way.is_by_spans()
        && reader.found.len() >= wanted.count
    {
        // What is left of the span that the last one is in may be newer than some of what was found.
        let places = [place::first(last.start_ms), place::of(last.start_ms, last.id)?.saturating_sub(1)];
        let values = vec![oldest.start_ms.into(), signed(oldest.id).into()];
        let mut newer = only.clone();
        newer.and(Sql::new("(e.start_ms, e.id) > (?, ?)", values));
        reader.read(way, places, &newer, false)?;
        reader.found = newest(reader.found, wanted.count);
    }
    Ok(Some(reader.found))
}

struct Reader<'w> {
    connection: &'w Connection,
    wanted: &'w Wanted<'w>,
    /// How many may be read; `None`: as many as it takes.
    left: Option<usize>,
    /// What was found.
    found: Vec<Cursor>,
}

impl Reader<'_> {
    /// Finds what is along a way, all of it or until the page is full; false if it would have to read too many. Of the
    /// index of words, it reads what is between two places; `only` is what else holds for the rows.
    fn read(
        &mut self,
        way: Way<'_>,
        places: [i64; 2],
        only: &Sql,
        until_full: bool,
    ) -> Result<bool, StoreError> {
        let wanted = self.wanted;
        let query = query(wanted, way.from(places), only);
        let searching = StoreError::sqlite("searching events");
        let mut statement = self.connection.prepare_cached(&query.text).map_err(&searching)?;
        let mut rows = statement.query(params_from_iter(&query.values)).map_err(&searching)?;
        while !(until_full && self.found.len() >= wanted.count)
            && let Some(row) = rows.next().map_err(&searching)?
        {
            if self.left == Some(0) {
                return Ok(false);
            }
            self.left = self.left.map(|left| left.saturating_sub(1));
            if is_wanted(wanted, row).map_err(&searching)? {
                self.found.push(cursor(row).map_err(&searching)?);
            }
            // A span can hold any number.
            if self.found.len() >= wanted.count.saturating_mul(2).max(HELD_MAX) {
                self.found = newest(std::mem::take(&mut self.found), wanted.count);
            }
        }
        Ok(true)
    }
}

fn query(wanted: &Wanted<'_>, from: From, only: &Sql) -> Sql {
    let [start, id] = from.columns;
    let mut all = from.only;
    all.and(wanted.condition(start, id));
    all.and(only.clone());
    let texts = if wanted.asked.is_empty() { "'', ''" } else { "e.title, e.text" };
    all.text = format!(
        "SELECT {start}, {id}, {texts} FROM {} WHERE {} ORDER BY {}",
        from.tables, all.text, from.order
    );
    all
}

fn cursor(row: &Row<'_>) -> rusqlite::Result<Cursor> {
    Ok(Cursor { start_ms: row.get(0)?, id: u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0) })
}

fn is_wanted(wanted: &Wanted<'_>, row: &Row<'_>) -> rusqlite::Result<bool> {
    if wanted.asked.is_empty() {
        return Ok(true);
    }
    let texts = [row.get_ref(2)?.as_str()?, row.get_ref(3)?.as_str()?];
    Ok(wanted.asked.iter().all(|term| term.matches_texts(texts).unwrap_or(true)))
}

/// The newest of what was found, in the order of a page.
pub(super) fn newest(mut found: Vec<Cursor>, count: usize) -> Vec<Cursor> {
    found.sort_unstable_by_key(|one| std::cmp::Reverse((one.start_ms, one.id)));
    found.truncate(count);
    found
}
