//! The tree of an expression.
//!
//! Invariant: a tree holds paths and strings as they were written, so that names derived from them are exact. Spans tell
//! where a call stood in the text; two trees are equal wherever they stood.

/// One expression: what a target is, and what stands between a call's parentheses.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A metric path with or without globs, as written (escapes included).
    Path(String),
    /// A number.
    Number(Number),
    /// A quoted string.
    Text(Quoted),
    /// `true` or `false`.
    Boolean(bool),
    /// `None`.
    None,
    /// `inf`.
    Infinity,
    /// `function(arguments)`.
    Call(Call),
    /// `input | function(arguments)`: the input is the call's first argument.
    Pipe {
        /// What flows into the call.
        input: Box<Expression>,
        /// The call, without the piped argument.
        call: Call,
    },
    /// `template(expression, values)`: `$1` and `$name` in the expression's paths are replaced.
    Template {
        /// The expression with the variables.
        body: Box<Expression>,
        /// Positional (`$1`, `$2`, …) or keyword values, numbers and strings only.
        values: Vec<Argument>,
    },
}

/// A number, integer and fractional kept apart because names show them differently.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// `42`
    Integer(i64),
    /// `4.2`, `1e3`, or an integer that 64 bits do not hold.
    Float(f64),
}

/// A string literal. Its text is not unescaped: `"a\"b"` holds the backslash.
#[derive(Clone, Debug, PartialEq)]
pub struct Quoted {
    /// What stands between the quotes.
    pub text: String,
    /// `'` or `"`.
    pub quote: char,
}

/// A function call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The function's name, not yet looked up.
    pub function: String,
    /// Positional arguments, then keyword arguments.
    pub arguments: Vec<Argument>,
    /// Where the call stands, from its name to its closing parenthesis.
    pub span: Span,
}

/// One argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The name before `=`, for a keyword argument.
    pub keyword: Option<String>,
    /// The value.
    pub value: Expression,
}

/// A byte range of the parsed text. All spans compare equal: a tree is the same wherever it stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl PartialEq for Span {
    fn eq(&self, _: &Span) -> bool {
        true
    }
}
