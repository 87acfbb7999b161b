//! From a search to SQL, and to a page of events, newest first.
//!
//! Invariant: what is found is what [`Search::matches`] says. What only decides over speed is which table is walked: the
//! rarest term's entries if they are few, else those of one exact term in the order of time, else all events in that
//! order, until the page is full.

use super::error::StoreError;
use super::row::{self, StoredEvent, severity_place, signed, source_place, status_place};
use super::words;
use plumbago_rules::{Comparison, Event, Field, Pattern, Search, Severity, Status, Term, Test};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

/// Entries up to which a term is rare: they are read and sorted rather than walked in order.
const FEW: i64 = 2_000;

/// How a page with words is looked for: at first as if they were in every other event, which costs little where they are
/// not; then with all that match them listed, unless they are too many.
struct Effort {
    /// Matches of words up to which all of them are listed before the walk; beyond, each event on the way is read and
    /// asked.
    listed_words_max: i64,
    /// Events that are read before this is given up; `None`: as many as it takes.
    read_max: Option<usize>,
}

/// Tests have fewer events.
const EFFORTS: [Effort; 2] = if cfg!(test) {
    [Effort { listed_words_max: 100, read_max: Some(50) }, Effort { listed_words_max: 500, read_max: None }]
} else {
    [
        Effort { listed_words_max: FEW, read_max: Some(1_000) },
        Effort { listed_words_max: 20_000, read_max: None },
    ]
};

/// Where a page ended: the next one holds what began earlier, or at the same time with a smaller id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The start of the last event, in milliseconds since the epoch.
    pub(crate) start_ms: i64,
    /// Its id.
    pub(crate) id: u64,
}

/// A piece of SQL with the values of its parameters, in order.
#[derive(Debug, Clone, Default)]
struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    fn new(text: impl Into<String>, values: Vec<Value>) -> Sql {
        Sql { text: text.into(), values }
    }

    fn and(&mut self, other: Sql) {
        if !self.text.is_empty() {
            self.text.push_str(" AND ");
        }
        self.text.push_str(&other.text);
        self.values.extend(other.values);
    }
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
    for effort in EFFORTS {
        if let Some(page) = page_with(connection, search, after, count, &effort)? {
            return Ok(page);
        }
    }
    Ok(Vec::new())
}

/// The page, unless it takes more than `effort`.
fn page_with(
    connection: &Connection,
    search: &Search,
    after: Option<Cursor>,
    count: usize,
    effort: &Effort,
) -> Result<Option<Vec<StoredEvent>>, StoreError> {
    let bounds = Bounds::of(search);
    let mut wanted = Sql::default();
    if !search.names_status() {
        wanted.and(Sql::new("e.status <> ?", vec![status_place(Status::Retracted).into()]));
    }
    let mut asked = Vec::new();
    for term in &search.terms {
        match condition(connection, term, effort)? {
            Condition::Sql(sql) => wanted.and(sql),
            Condition::Bounds => {}
            Condition::Ask => asked.push(term),
        }
    }
    let from = walk(connection, search, bounds)?;
    let mut query = Sql::new(format!("SELECT {} FROM {}", row::COLUMNS, from.table.text), from.table.values);
    let mut all =
        Sql::new(format!("{} BETWEEN ? AND ?", from.start), vec![bounds.since.into(), bounds.until.into()]);
    all.and(from.only);
    if let Some(Cursor { start_ms, id }) = after {
        let earlier = format!("({}, {}) < (?, ?)", from.start, from.id);
        all.and(Sql::new(earlier, vec![start_ms.into(), signed(id).into()]));
    }
    if !wanted.text.is_empty() {
        all.and(wanted);
    }
    query.text.push_str(" WHERE ");
    query.text.push_str(&all.text);
    query.values.extend(all.values);
    query.text.push_str(&format!(" ORDER BY {} DESC, {} DESC", from.start, from.id));
    // Where no event has to be asked, SQLite leaves out what is not wanted, and giving up would save nothing.
    let read_max = effort.read_max.filter(|_| !asked.is_empty());
    read(connection, &query, count, read_max, |event| asked.iter().all(|term| term.matches(event)))
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
    let text = format!("SELECT {} FROM events e WHERE e.{column} > ? ORDER BY e.{column}", row::COLUMNS);
    let query = Sql::new(text, vec![signed(number).into()]);
    read(connection, &query, count, None, |_event| true).map(Option::unwrap_or_default)
}

/// The first `count` events of a query that are wanted, no more rows being read than it takes; `None` if it takes more than
/// `read_max`.
fn read(
    connection: &Connection,
    query: &Sql,
    count: usize,
    read_max: Option<usize>,
    is_wanted: impl Fn(&Event) -> bool,
) -> Result<Option<Vec<StoredEvent>>, StoreError> {
    let searching = StoreError::sqlite("searching events");
    let mut statement = connection.prepare_cached(&query.text).map_err(&searching)?;
    let mut rows = statement.query(params_from_iter(&query.values)).map_err(&searching)?;
    let (mut found, mut reads) = (Vec::new(), 0);
    while found.len() < count
        && let Some(row) = rows.next().map_err(&searching)?
    {
        if read_max.is_some_and(|most| reads >= most) {
            return Ok(None);
        }
        reads += 1;
        found.extend(Some(row::read(row)?).filter(|stored| is_wanted(&stored.event)));
    }
    Ok(Some(found))
}

/// The times that a search allows, both included.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    since: i64,
    until: i64,
}

impl Bounds {
    fn of(search: &Search) -> Bounds {
        let mut bounds = Bounds { since: i64::MIN, until: i64::MAX };
        for term in search.terms.iter().filter(|term| !term.negated) {
            match term.test {
                Test::Since(moment) => bounds.since = bounds.since.max(moment),
                Test::Until(moment) => bounds.until = bounds.until.min(moment),
                _ => {}
            }
        }
        bounds
    }
}

/// What is walked.
struct Walk {
    /// Tables, joined so that the first one leads.
    table: Sql,
    /// Which of their rows.
    only: Sql,
    /// The column that holds an event's start.
    start: &'static str,
    /// The column that holds its id.
    id: &'static str,
}

/// Entries of one term, or of several, that can lead to events.
struct Lead {
    /// Selects the ids.
    ids: Sql,
    /// The term, where it is a single one.
    exact: Option<String>,
}

fn walk(connection: &Connection, search: &Search, bounds: Bounds) -> Result<Walk, StoreError> {
    let mut rarest: Option<(i64, Lead)> = None;
    let mut exact = None;
    for term in search.terms.iter().filter(|term| !term.negated) {
        let Some(lead) = lead(&term.test, bounds) else { continue };
        let found = count(connection, &lead.ids, FEW)?;
        if rarest.as_ref().is_none_or(|(fewest, _)| found < *fewest) {
            exact = exact.or_else(|| lead.exact.clone());
            rarest = Some((found, lead));
        }
    }
    if let Some((_, lead)) = rarest.filter(|(found, _)| *found < FEW) {
        let table =
            format!("(SELECT DISTINCT id FROM ({})) d CROSS JOIN events e ON e.id = d.id", lead.ids.text);
        let table = Sql::new(table, lead.ids.values);
        return Ok(Walk { table, only: Sql::new("1", Vec::new()), start: "e.start_ms", id: "e.id" });
    }
    Ok(match exact {
        Some(term) => Walk {
            table: Sql::new("terms d CROSS JOIN events e ON e.id = d.event", Vec::new()),
            only: Sql::new("d.term = ?", vec![term.into()]),
            start: "d.start_ms",
            id: "d.event",
        },
        None => Walk {
            table: Sql::new("events e INDEXED BY events_by_start", Vec::new()),
            only: Sql::new("1", Vec::new()),
            start: "e.start_ms",
            id: "e.id",
        },
    })
}

/// How many there are, up to `most`.
fn count(connection: &Connection, ids: &Sql, most: i64) -> Result<i64, StoreError> {
    let counting = StoreError::sqlite("counting events");
    let query = format!("SELECT count(*) FROM (SELECT 1 FROM ({}) LIMIT {most})", ids.text);
    let mut statement = connection.prepare_cached(&query).map_err(&counting)?;
    statement.query_row(params_from_iter(&ids.values), |row| row.get(0)).map_err(&counting)
}

/// The entries that lead to all events for which a test holds, where there are such.
fn lead(test: &Test, bounds: Bounds) -> Option<Lead> {
    let terms = |condition: &str, values: Vec<Value>| {
        let text = format!("SELECT event AS id FROM terms WHERE {condition} AND start_ms BETWEEN ? AND ?");
        Sql::new(text, [values, vec![bounds.since.into(), bounds.until.into()]].concat())
    };
    let one = |term: String| Lead { ids: terms("term = ?", vec![term.clone().into()]), exact: Some(term) };
    match test {
        Test::Field(field, pattern) => match pattern.as_exact() {
            Some("") => None,
            Some(text) => Some(one(format!("{}:{text}", field.name()))),
            None if pattern.prefix().is_empty() => None,
            None => {
                let first = format!("{}:{}", field.name(), pattern.prefix());
                let last = format!("{first}\u{10ffff}");
                let ids = terms("term >= ? AND term <= ?", vec![first.into(), last.into()]);
                Some(Lead { ids, exact: None })
            }
        },
        Test::Severity(comparison, severity) => {
            let severities = severities(*comparison, *severity);
            if severities.contains(&Severity::Info) {
                return None;
            }
            let names: Vec<Value> = severities
                .iter()
                .filter_map(|severity| row::severity_term(*severity))
                .map(|term| Value::from(term.to_owned()))
                .collect();
            let places = vec!["?"; names.len()].join(", ");
            Some(Lead { ids: terms(&format!("term IN ({places})"), names), exact: None })
        }
        Test::Status(status) => row::status_term(*status).map(|term| one(term.to_owned())),
        Test::Key(key) => {
            let ids = Sql::new("SELECT id FROM events WHERE key = ?", vec![key.clone().into()]);
            Some(Lead { ids, exact: None })
        }
        Test::Words { words, is_prefix } => {
            let ids = Sql::new(
                "SELECT rowid AS id FROM words WHERE words MATCH ? UNION ALL SELECT event FROM unindexed",
                vec![match_text(words, *is_prefix).into()],
            );
            Some(Lead { ids, exact: None })
        }
        Test::Value(..) | Test::Source(_) | Test::Since(_) | Test::Until(_) => None,
    }
}

/// What a term asks of a row.
enum Condition {
    /// This.
    Sql(Sql),
    /// What the bounds of time say already.
    Bounds,
    /// What only the event itself tells quickly.
    Ask,
}

fn condition(connection: &Connection, term: &Term, effort: &Effort) -> Result<Condition, StoreError> {
    let sql = match &term.test {
        Test::Since(_) | Test::Until(_) if !term.negated => return Ok(Condition::Bounds),
        Test::Since(moment) => Sql::new("e.start_ms >= ?", vec![(*moment).into()]),
        Test::Until(moment) => Sql::new("e.start_ms <= ?", vec![(*moment).into()]),
        Test::Words { words, is_prefix } => {
            let text = vec![match_text(words, *is_prefix).into()];
            let ids = Sql::new("SELECT rowid FROM words WHERE words MATCH ?", text);
            let is_complete = !words::is_any_waiting(connection)?;
            if !is_complete || count(connection, &ids, effort.listed_words_max)? == effort.listed_words_max {
                return Ok(Condition::Ask);
            }
            Sql::new(format!("e.id IN ({})", ids.text), ids.values)
        }
        Test::Field(Field::Tag, pattern) => match pattern.as_exact() {
            Some(tag) => Sql::new(
                "EXISTS (SELECT 1 FROM terms t WHERE t.term = ? AND t.start_ms = e.start_ms AND t.event = e.id)",
                vec![format!("tag:{tag}").into()],
            ),
            None => Sql::new(
                "EXISTS (SELECT 1 FROM json_each(e.tags) t WHERE t.value GLOB ?)",
                vec![glob(pattern).into()],
            ),
        },
        Test::Field(field, pattern) => {
            let column = field.name();
            match pattern.as_exact() {
                Some(text) => Sql::new(format!("e.{column} = ?"), vec![text.to_owned().into()]),
                None => Sql::new(format!("e.{column} GLOB ?"), vec![glob(pattern).into()]),
            }
        }
        Test::Severity(comparison, severity) => {
            Sql::new(format!("e.severity {} ?", sign(*comparison)), vec![severity_place(*severity).into()])
        }
        Test::Value(comparison, number) => {
            Sql::new(format!("e.value {} ?", sign(*comparison)), vec![(*number).into()])
        }
        Test::Source(source) => Sql::new("e.source = ?", vec![source_place(*source).into()]),
        Test::Status(status) => Sql::new("e.status = ?", vec![status_place(*status).into()]),
        Test::Key(key) => Sql::new("e.key = ?", vec![key.clone().into()]),
    };
    // A field that an event lacks compares to nothing: the condition does not hold, and its opposite does.
    Ok(Condition::Sql(match term.negated {
        true => Sql::new(format!("NOT ifnull({}, 0)", sql.text), sql.values),
        false => sql,
    }))
}

fn severities(comparison: Comparison, severity: Severity) -> Vec<Severity> {
    let all = [Severity::Info, Severity::Warning, Severity::Error, Severity::Critical];
    let holds = |one: &Severity| match comparison {
        Comparison::Above => *one > severity,
        Comparison::AtLeast => *one >= severity,
        Comparison::Below => *one < severity,
        Comparison::AtMost => *one <= severity,
        Comparison::Equal => *one == severity,
        Comparison::NotEqual => *one != severity,
    };
    all.into_iter().filter(holds).collect()
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Above => ">",
        Comparison::AtLeast => ">=",
        Comparison::Below => "<",
        Comparison::AtMost => "<=",
        Comparison::Equal => "=",
        Comparison::NotEqual => "<>",
    }
}

/// A pattern as SQLite's GLOB reads it.
fn glob(pattern: &Pattern) -> String {
    let escaped = |part: &String| {
        let mut text = String::with_capacity(part.len());
        for character in part.chars() {
            match character {
                '*' | '?' | '[' => text.extend(['[', character, ']']),
                other => text.push(other),
            }
        }
        text
    };
    pattern.parts().iter().map(escaped).collect::<Vec<_>>().join("*")
}

/// Words as FTS5 reads them: a phrase in quotes, in which letters and digits are all there is.
fn match_text(words: &[String], is_prefix: bool) -> String {
    format!("\"{}\"{}", words.join(" "), if is_prefix { " *" } else { "" })
}

#[cfg(test)]
mod tests;
