//! What a page may hold.

use super::super::place;
use super::super::row::{signed, status_place};
use super::Cursor;
use super::condition::condition;
use super::sql::Sql;
use plumbago_rules::{Search, Status, Term, Test};

/// The times that a search allows, both included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) since: i64,
    pub(super) until: i64,
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

    /// The first and the last place in the index of words that what began within the bounds can have.
    pub(super) fn places(self) -> [i64; 2] {
        [place::first(self.since), place::last(self.until)]
    }
}

/// A page as it is looked for.
pub(super) struct Wanted<'s> {
    /// When its events begin.
    pub(super) bounds: Bounds,
    /// What they come after in the order of the page, from the newest on.
    after: Option<Cursor>,
    /// What else holds for their rows, besides words; those of `events` under the name `e`.
    condition: Sql,
    /// Terms about words, which events are asked for.
    pub(super) asked: Vec<&'s Term>,
    /// How many events it holds.
    pub(super) count: usize,
}

impl Wanted<'_> {
    pub(super) fn of(search: &Search, after: Option<Cursor>, count: usize) -> Wanted<'_> {
        let mut bounds = Bounds::of(search);
        if let Some(cursor) = after {
            bounds.until = bounds.until.min(cursor.start_ms);
        }
        let mut all = Sql::default();
        if !search.names_status() {
            all.and(Sql::new("e.status <> ?", vec![status_place(Status::Retracted).into()]));
        }
        search.terms.iter().filter_map(condition).for_each(|condition| all.and(condition));
        let asked = search.terms.iter().filter(|term| matches!(term.test, Test::Words { .. })).collect();
        Wanted { bounds, after, condition: all, asked, count }
    }

    /// What holds for the rows, where these columns tell of an event's start and its id.
    pub(super) fn condition(&self, start: &str, id: &str) -> Sql {
        let times = vec![self.bounds.since.into(), self.bounds.until.into()];
        let mut all = Sql::new(format!("{start} BETWEEN ? AND ?"), times);
        if let Some(Cursor { start_ms, id: number }) = self.after {
            let values = vec![start_ms.into(), signed(number).into()];
            all.and(Sql::new(format!("({start}, {id}) < (?, ?)"), values));
        }
        all.and(self.condition.clone());
        all
    }
}
