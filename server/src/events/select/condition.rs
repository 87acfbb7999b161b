//! What a term asks of a row.

use super::super::row::{severity_place, source_place, status_place};
use super::sql::Sql;
use plumbago_rules::{Comparison, Field, Pattern, Term, Test};

/// What holds for the row of `events`, by the name of `e`, of an event for which a term holds; `None` where the bounds of
/// time say it already, and for words, which the event itself is asked for.
pub(super) fn condition(term: &Term) -> Option<Sql> {
    let sql = match &term.test {
        Test::Words { .. } => return None,
        Test::Since(_) | Test::Until(_) if !term.negated => return None,
        Test::Since(moment) => Sql::new("e.start_ms >= ?", vec![(*moment).into()]),
        Test::Until(moment) => Sql::new("e.start_ms <= ?", vec![(*moment).into()]),
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
    Some(match term.negated {
        true => Sql::new(format!("NOT ifnull({}, 0)", sql.text), sql.values),
        false => sql,
    })
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
