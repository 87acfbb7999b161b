//! Literal arguments after they were checked, and access to them by parameter name.
//!
//! Invariant: a literal has the type that its parameter's kind asks for, so a mismatch here is a fault of ours and is
//! reported as such rather than guessed around.

use std::sync::Arc;

use crate::error::QueryError;
use crate::functions::{Default, Descriptor};
use crate::python;

use super::PlannedArgument;

/// A checked literal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(Arc<str>),
}

impl Literal {
    /// As Python's `str` writes it, which is what tags and names show.
    pub(crate) fn show(&self) -> String {
        match self {
            Literal::Boolean(true) => "True".to_owned(),
            Literal::Boolean(false) => "False".to_owned(),
            Literal::Integer(integer) => integer.to_string(),
            Literal::Float(float) => python::representation(*float),
            Literal::Text(text) => text.to_string(),
        }
    }

    pub(crate) fn of_default(default: Default) -> Option<Literal> {
        Some(match default {
            Default::Absent | Default::Implied(_) => return None,
            Default::Boolean(value) => Literal::Boolean(value),
            Default::Integer(value) => Literal::Integer(value),
            Default::Number(value) => Literal::Float(value),
            Default::Infinity => Literal::Float(f64::INFINITY),
            Default::Text(value) => Literal::Text(Arc::from(value)),
        })
    }
}

/// The literal arguments of a planned call.
#[derive(Clone, Copy)]
pub(crate) struct Arguments<'a> {
    descriptor: &'static Descriptor,
    arguments: &'a [PlannedArgument],
}

impl<'a> Arguments<'a> {
    pub(crate) fn new(descriptor: &'static Descriptor, arguments: &'a [PlannedArgument]) -> Arguments<'a> {
        Arguments { descriptor, arguments }
    }

    /// The literal of a parameter; `None` if it was not given and has no default.
    pub(crate) fn literal(&self, name: &str) -> Option<&'a Literal> {
        let position = self.descriptor.parameters.iter().position(|parameter| parameter.name == name)?;
        match self.arguments.get(position) {
            Some(PlannedArgument::Literal(literal)) => Some(literal),
            _ => None,
        }
    }

    /// Whether a parameter was given, or has a default.
    pub(crate) fn is_given(&self, name: &str) -> bool {
        let position = self.descriptor.parameters.iter().position(|parameter| parameter.name == name);
        let argument = position.and_then(|position| self.arguments.get(position));
        argument.is_some_and(|argument| !matches!(argument, PlannedArgument::Absent))
    }

    /// All literals of the last parameter, if it is `multiple`.
    pub(crate) fn rest(&self) -> impl Iterator<Item = &'a Literal> + use<'a> {
        let first = self.descriptor.parameters.len().saturating_sub(1);
        self.arguments.get(first..).unwrap_or_default().iter().filter_map(|argument| match argument {
            PlannedArgument::Literal(literal) => Some(literal),
            _ => None,
        })
    }

    pub(crate) fn float(&self, name: &str) -> Result<f64, QueryError> {
        self.optional_float(name)?.ok_or_else(|| self.missing(name))
    }

    pub(crate) fn optional_float(&self, name: &str) -> Result<Option<f64>, QueryError> {
        match self.literal(name) {
            None => Ok(None),
            Some(Literal::Float(value)) => Ok(Some(*value)),
            Some(Literal::Integer(value)) => Ok(Some(*value as f64)),
            Some(_) => Err(self.missing(name)),
        }
    }

    pub(crate) fn integer(&self, name: &str) -> Result<i64, QueryError> {
        self.optional_integer(name)?.ok_or_else(|| self.missing(name))
    }

    pub(crate) fn optional_integer(&self, name: &str) -> Result<Option<i64>, QueryError> {
        match self.literal(name) {
            None => Ok(None),
            Some(Literal::Integer(value)) => Ok(Some(*value)),
            Some(_) => Err(self.missing(name)),
        }
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<bool, QueryError> {
        match self.literal(name) {
            Some(Literal::Boolean(value)) => Ok(*value),
            _ => Err(self.missing(name)),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<&'a str, QueryError> {
        self.optional_text(name).ok_or_else(|| self.missing(name))
    }

    pub(crate) fn optional_text(&self, name: &str) -> Option<&'a str> {
        match self.literal(name) {
            Some(Literal::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn missing(&self, name: &str) -> QueryError {
        QueryError::bad_request(format!(
            "{}: the parameter {name} is missing or of another type",
            self.descriptor.name
        ))
    }
}
