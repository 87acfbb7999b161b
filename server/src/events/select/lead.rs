//! Terms whose entries lead to events: all but words.

use super::super::error::StoreError;
use super::super::row;
use super::sql::{self, Sql};
use super::walk::Way;
use super::wanted::Bounds;
use plumbago_rules::{Comparison, Search, Severity, Test};
use rusqlite::Connection;
use rusqlite::types::Value;

/// Entries up to which a term is rare: they are read and sorted rather than walked in order.
pub(super) const FEW: i64 = if cfg!(test) { 100 } else { 2_000 };

/// Entries of one term, or of several, that can lead to events.
struct Lead {
    /// Selects the ids.
    ids: Sql,
    /// The term, where it is a single one.
    exact: Option<String>,
}

/// What the terms of a search lead to.
#[derive(Default)]
pub(super) struct Leads {
    /// The ids that the rarest one leads to, where it is rare, and how many those are.
    pub(super) rare: Option<(i64, Sql)>,
    /// An exact term: its entries can be walked in the order of time.
    pub(super) exact: Option<String>,
}

impl Leads {
    /// Finds them.
    ///
    /// # Errors
    /// SQLite fails, or reading takes too long.
    pub(super) fn of(connection: &Connection, search: &Search, bounds: Bounds) -> Result<Leads, StoreError> {
        let mut leads = Leads::default();
        for term in search.terms.iter().filter(|term| !term.negated) {
            let Some(lead) = lead(&term.test, bounds) else { continue };
            let fewest = leads.rare.as_ref().map_or(FEW, |(fewest, _)| *fewest);
            let found = sql::count(connection, &lead.ids, fewest)?;
            if found < fewest {
                leads.rare = Some((found, lead.ids));
            }
            leads.exact = leads.exact.or(lead.exact);
        }
        Ok(leads)
    }

    /// The shortest way that they lead along.
    pub(super) fn way(&self) -> Way<'_> {
        match (&self.rare, &self.exact) {
            (Some((_, ids)), _) => Way::Listed(ids),
            (None, Some(term)) => Way::Exact(term),
            (None, None) => Way::All,
        }
    }
}

/// The entries of an exact term.
pub(super) fn exactly(term: &str, bounds: Bounds) -> Sql {
    entries("term = ?", vec![term.to_owned().into()], bounds)
}

fn entries(condition: &str, values: Vec<Value>, bounds: Bounds) -> Sql {
    let text = format!("SELECT event AS id FROM terms WHERE {condition} AND start_ms BETWEEN ? AND ?");
    Sql::new(text, [values, vec![bounds.since.into(), bounds.until.into()]].concat())
}

/// The entries that lead to all events for which a test holds, where there are such.
fn lead(test: &Test, bounds: Bounds) -> Option<Lead> {
    let terms = |condition: &str, values: Vec<Value>| entries(condition, values, bounds);
    let one = |term: String| Lead { ids: exactly(&term, bounds), exact: Some(term) };
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
        Test::Words { .. } | Test::Value(..) | Test::Source(_) | Test::Since(_) | Test::Until(_) => None,
    }
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
