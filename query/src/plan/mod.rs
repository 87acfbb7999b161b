//! From trees to plans: every function looked up, every argument checked, every fetch known that can be known.
//!
//! Invariant: planning reads no data. What passes it can still fail on the data (an argument that must be exactly one
//! series), but never on its types.

mod arguments;
mod check;
mod fetches;
mod node;
mod reads;
mod template;

pub(crate) use arguments::{Arguments, Literal};
pub(crate) use fetches::{FetchKey, Fetches, Needed};
pub(crate) use node::{Fetch, Fold, Node, PlannedArgument, PlannedCall, Shift};
pub use reads::check;

use std::collections::BTreeMap;

use crate::error::{Place, QueryError};
use crate::grammar::{self, Call, Expression};

use check::CallChecker;
use template::Variables;

/// Parses and plans one target. `position` is its place in the request, for messages.
///
/// # Errors
/// A syntax error, an unknown function, or an argument that does not fit its parameter.
pub(crate) fn plan_target(
    text: &str,
    position: usize,
    variables: &BTreeMap<String, String>,
) -> Result<Node, QueryError> {
    let tree = grammar::parse(text).map_err(|error| QueryError::Syntax { target: position, error })?;
    let planner = Planner { text, target: position, request_variables: variables };
    planner.node(&tree, None)
}

/// Plans an expression that a function put together from names.
///
/// # Errors
/// As for [`plan_target`], but a text that is no expression stands for the path it begins with.
pub(crate) fn plan_derived(text: &str, position: usize) -> Result<Node, QueryError> {
    let tree =
        grammar::parse_derived(text).map_err(|error| QueryError::Syntax { target: position, error })?;
    Planner { text, target: position, request_variables: &BTreeMap::new() }.node(&tree, None)
}

/// Plans one target's tree.
pub(crate) struct Planner<'a> {
    text: &'a str,
    target: usize,
    request_variables: &'a BTreeMap<String, String>,
}

impl Planner<'_> {
    fn node(&self, tree: &Expression, variables: Option<&Variables>) -> Result<Node, QueryError> {
        match tree {
            Expression::Path(path) => {
                let expression = grammar::pattern_text(path);
                let expression = variables.map_or_else(|| expression.clone(), |v| v.substitute(&expression));
                Fetch::path(&expression).map(Node::Fetch)
            }
            Expression::Call(call) => self.call(call, None, variables),
            Expression::Pipe { input, call } => self.call(call, Some(input), variables),
            Expression::Template { body, values } => {
                let variables = Variables::new(values, self.request_variables);
                self.node(body, Some(&variables))
            }
            literal => Err(QueryError::bad_request(format!("expected a series, found {literal}"))),
        }
    }

    fn call(
        &self,
        call: &Call,
        piped: Option<&Expression>,
        variables: Option<&Variables>,
    ) -> Result<Node, QueryError> {
        let place = self.place(call);
        if call.function == "template" {
            return Err(QueryError::bad_request("template takes a path or a call, then numbers and strings")
                .at(place));
        }
        let checker = CallChecker { planner: self, call, piped, variables };
        checker.check().map_err(|error| error.at(place))
    }

    fn place(&self, call: &Call) -> Place {
        let before = self.text.get(..call.span.start).unwrap_or_default();
        Place { target: self.target, column: before.chars().count() + 1 }
    }

    /// The call as the user wrote it.
    fn written<'c>(&'c self, call: &'c Call) -> &'c str {
        self.text.get(call.span.start..call.span.end).unwrap_or(&call.function)
    }
}
