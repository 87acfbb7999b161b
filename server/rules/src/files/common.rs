//! What all kinds of rules have: an expression and templates, checked, with faults at their own characters.

use plumbago_query::QueryError;

use super::fault::Faults;
use super::tree::Node;
use crate::template::Template;

/// Parses and plans an expression; whether it is right.
pub(super) fn check_expression(node: &Node, expression: &str, faults: &mut Faults<'_>) -> bool {
    let (column, message) = match plumbago_query::check(expression) {
        Ok(_) => return true,
        Err(QueryError::Syntax { error, .. }) => {
            let found =
                if error.found.is_empty() { "the end".to_owned() } else { format!("{:?}", error.found) };
            (error.column, format!("expected {}, found {found}", error.expected))
        }
        Err(QueryError::BadRequest { place, message }) => (place.map_or(1, |place| place.column), message),
        Err(other) => (1, other.to_string()),
    };
    let message = format!("expr, column {column}: {message}");
    faults.within(node, column.saturating_sub(1), message);
    false
}

/// Compiles a template.
pub(super) fn template(node: &Node, text: &str, faults: &mut Faults<'_>) -> Option<Template> {
    match Template::compile(text) {
        Ok(template) => Some(template),
        Err(error) => {
            let before: usize =
                text.split_inclusive('\n').take(error.line - 1).map(|line| line.chars().count()).sum();
            faults.within(node, before + error.column - 1, error.message);
            None
        }
    }
}
