//! Pieces of SQL that carry the values of their parameters.

use super::super::error::StoreError;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

/// A piece of SQL with the values of its parameters, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Sql {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
}

impl Sql {
    pub(super) fn new(text: impl Into<String>, values: Vec<Value>) -> Sql {
        Sql { text: text.into(), values }
    }

    /// A condition that holds where both do.
    pub(super) fn and(&mut self, other: Sql) {
        if !self.text.is_empty() && !other.text.is_empty() {
            self.text.push_str(" AND ");
        }
        self.text.push_str(&other.text);
        self.values.extend(other.values);
    }
}

/// How many rows a query has, up to `most`.
///
/// # Errors
/// SQLite fails, or reading takes too long.
pub(super) fn count(connection: &Connection, rows: &Sql, most: i64) -> Result<i64, StoreError> {
    let counting = StoreError::sqlite("counting events");
    let query = format!("SELECT count(*) FROM (SELECT 1 FROM ({}) LIMIT {most})", rows.text);
    let mut statement = connection.prepare_cached(&query).map_err(&counting)?;
    statement.query_row(params_from_iter(&rows.values), |row| row.get(0)).map_err(&counting)
}
