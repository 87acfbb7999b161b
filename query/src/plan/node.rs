//! The nodes of a plan.
//!
//! Invariant: a node owns all it needs; it can be evaluated again for another range, which is how functions that look
//! further back do it.

use std::borrow::Cow;
use std::sync::Arc;

use plumbago_protocol::{Glob, TagExpression, canonical};

use crate::error::{Place, QueryError};
use crate::functions::{Descriptor, Grouping};
use crate::reducer::Reducer;
use crate::source::Selection;

use super::{Arguments, Literal};

/// A planned expression that yields series.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Fetch(Fetch),
    Call(Box<PlannedCall>),
}

impl Node {
    /// Whether something in here changes what later targets of a request see.
    pub(crate) fn is_ordered(&self) -> bool {
        let Node::Call(call) = self else { return false };
        let mut arguments = call.arguments.iter();
        call.descriptor.is_ordered
            || arguments
                .any(|argument| matches!(argument, PlannedArgument::Series(node) if node.is_ordered()))
    }

    /// Whether the node yields lists of series.
    pub(crate) fn returns_groups(&self) -> bool {
        matches!(self, Node::Call(call) if call.descriptor.returns_groups)
    }
}

/// Series from the store.
#[derive(Clone, Debug)]
pub(crate) struct Fetch {
    /// What an aggregate shows for these series, and the key under which equal fetches are merged.
    pub(crate) expression: Arc<str>,
    /// Which series; `None` if no name can match.
    pub(crate) selection: Option<Arc<Selection>>,
}

impl Fetch {
    /// The series whose path matches.
    pub(crate) fn path(expression: &str) -> Result<Fetch, QueryError> {
        let selection = match Glob::parse(in_root(expression)) {
            // A tagged name is found by its canonical form only.
            Ok(_)
                if expression.contains(';') && canonical(expression).is_ok_and(|name| name != expression) =>
            {
                None
            }
            Ok(pattern) => Some(Arc::new(Selection::Pattern(pattern))),
            // A bracket that nothing closes is an ordinary character, which no name has in such a place.
            Err(_) if has_open_bracket(expression) => None,
            Err(fault) => {
                return Err(QueryError::bad_request(format!(
                    "the path {expression:?} is not a pattern: {fault}"
                )));
            }
        };
        Ok(Fetch { expression: Arc::from(expression), selection })
    }

    /// The series whose tags match, under the call as it was written.
    pub(crate) fn tags(written: &str, expressions: &[Arc<str>]) -> Result<Fetch, QueryError> {
        let parse = |text: &Arc<str>| {
            TagExpression::parse(text).map_err(|fault| {
                QueryError::bad_request(format!("the tag expression {text:?} is malformed: {fault}"))
            })
        };
        let expressions = expressions.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        if expressions.iter().all(TagExpression::matches_empty) {
            return Err(QueryError::bad_request("at least one tag expression must require a value"));
        }
        let selection = Some(Arc::new(Selection::Tags(expressions)));
        Ok(Fetch { expression: Arc::from(written), selection })
    }
}

/// `**` at the very beginning stands for no node at all: graphite-web's finder never descends from the root.
fn in_root(expression: &str) -> &str {
    let rest = expression.trim_start_matches("**.");
    if rest == "**" { "*" } else { rest }
}

fn has_open_bracket(expression: &str) -> bool {
    expression.rfind('[').is_some_and(|at| !expression[at..].contains(']'))
}

/// A call whose function is known and whose arguments fit it.
#[derive(Clone, Debug)]
pub(crate) struct PlannedCall {
    pub(crate) descriptor: &'static Descriptor,
    /// One for each parameter, in order; those of a `multiple` parameter follow at the end.
    pub(crate) arguments: Vec<PlannedArgument>,
    pub(crate) place: Place,
}

impl PlannedCall {
    /// The first argument, if it is a plain read of which the function wants to know no more than when there are values.
    pub(crate) fn only_times(&self) -> Option<&Fetch> {
        match self.arguments.first() {
            Some(PlannedArgument::Series(Node::Fetch(fetch))) if self.descriptor.only_times => Some(fetch),
            _ => None,
        }
    }

    /// What this call folds series into while they are read, if it is nothing else: it then needs no two of them at once.
    pub(crate) fn fold(&self) -> Option<Fold<'_>> {
        let (grouping, function) = match (self.descriptor.total, self.descriptor.grouping) {
            (Some(function), _) => (None, Cow::Borrowed(function)),
            (None, Some(hook)) => {
                let (grouping, function) = hook(&Arguments::new(self.descriptor, &self.arguments))?;
                (Some(grouping), function)
            }
            (None, None) => return None,
        };
        let reducer = Reducer::parse(&function).filter(|reducer| reducer.folds())?;
        let mut reads = Vec::new();
        for argument in &self.arguments {
            match argument {
                PlannedArgument::Series(Node::Fetch(fetch)) => reads.push(fetch),
                PlannedArgument::Literal(_) | PlannedArgument::Absent if grouping.is_some() => {}
                _ => return None,
            }
        }
        (!reads.is_empty()).then_some(Fold { grouping, function, reducer, reads })
    }
}

/// An aggregation of all series of plain reads, or of groups of them.
pub(crate) struct Fold<'p> {
    pub(crate) grouping: Option<Grouping>,
    /// The aggregation's name, as results show it.
    pub(crate) function: Cow<'static, str>,
    pub(crate) reducer: Reducer,
    pub(crate) reads: Vec<&'p Fetch>,
}

/// An argument: known now, or once series were read.
#[derive(Clone, Debug)]
pub(crate) enum PlannedArgument {
    /// Not given, and without a default.
    Absent,
    /// A value.
    Literal(Literal),
    /// Series.
    Series(Node),
}

/// How a function moves the range of its first argument, in seconds (negative: back).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shift {
    pub(crate) from: i64,
    pub(crate) until: i64,
}
