//! The expression language: text to tree, and back.
//!
//! Invariant: `parse(print(tree)) == tree` for every tree that `parse` returns. What a function means is not known here.

mod expression;
mod lenient;
mod literal;
mod parser;
mod path;
mod print;

pub use expression::{Argument, Call, Expression, Number, Quoted, Span};
pub(crate) use lenient::first_path;
pub(crate) use parser::parse_derived;
pub use parser::{SyntaxError, parse};
pub(crate) use path::pattern_text;
