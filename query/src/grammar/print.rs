//! The pretty-printer: a tree as text that parses back to the same tree.
//!
//! Invariant: nothing is normalised that a name could show; only blanks are chosen here.

use std::fmt;

use super::expression::{Argument, Call, Expression, Number};
use super::path::ends_in_stray_backslash;

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // A blank keeps a backslash that escapes nothing from whatever follows the path.
            Expression::Path(path) if ends_in_stray_backslash(path) => write!(f, "{path} "),
            Expression::Path(path) => f.write_str(path),
            Expression::Number(Number::Integer(integer)) => write!(f, "{integer}"),
            Expression::Number(Number::Float(f64::INFINITY)) => f.write_str("1e999"),
            Expression::Number(Number::Float(f64::NEG_INFINITY)) => f.write_str("-1e999"),
            // `{:?}` always shows a point or an exponent, so a float stays one.
            Expression::Number(Number::Float(float)) => write!(f, "{float:?}"),
            Expression::Text(quoted) => write!(f, "{quote}{}{quote}", quoted.text, quote = quoted.quote),
            Expression::Boolean(value) => write!(f, "{value}"),
            Expression::None => f.write_str("None"),
            Expression::Infinity => f.write_str("inf"),
            Expression::Call(call) => write!(f, "{call}"),
            Expression::Pipe { input, call } => write!(f, "{input} | {call}"),
            Expression::Template { body, values } => {
                write!(f, "template({body}")?;
                for value in values {
                    write!(f, ", {value}")?;
                }
                f.write_str(")")
            }
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.function)?;
        for (position, argument) in self.arguments.iter().enumerate() {
            let separator = if position == 0 { "" } else { ", " };
            write!(f, "{separator}{argument}")?;
        }
        f.write_str(")")
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.keyword {
            Some(keyword) => write!(f, "{keyword}={}", self.value),
            None => write!(f, "{}", self.value),
        }
    }
}
