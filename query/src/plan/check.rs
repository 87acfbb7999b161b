//! One call's arguments against its function's parameters.
//!
//! Invariant: literals are converted as graphite-web converts them (`"2"` is a number, `true` is 1); what it cannot
//! convert is refused with the parameter's name.

use std::sync::Arc;

use crate::error::QueryError;
use crate::functions::{self, Default, Descriptor, Kind, Parameter};
use crate::grammar::{Call, Expression, Number};
use crate::reducer::Reducer;
use crate::times;
use jiff::tz::TimeZone;
use plumbago_protocol::{limits, parse_interval};

use super::template::Variables;
use super::{Fetch, Literal, Node, PlannedArgument, PlannedCall, Planner};

/// Checks one call.
pub(super) struct CallChecker<'a, 'p> {
    pub(super) planner: &'a Planner<'p>,
    pub(super) call: &'a Call,
    pub(super) piped: Option<&'a Expression>,
    pub(super) variables: Option<&'a Variables>,
}

impl CallChecker<'_, '_> {
    pub(super) fn check(&self) -> Result<Node, QueryError> {
        let name = &self.call.function;
        let descriptor = functions::find(name).ok_or_else(|| unknown_function(name))?;
        let mut positional: Vec<&Expression> = self.piped.into_iter().collect();
        positional.extend(self.call.arguments.iter().filter(|a| a.keyword.is_none()).map(|a| &a.value));
        let mut arguments = Vec::with_capacity(descriptor.parameters.len());
        for (position, parameter) in descriptor.parameters.iter().enumerate() {
            let given = positional.get(position).copied().filter(|_| !parameter.beyond_graphite);
            let given = self.with_keyword(parameter, given)?;
            arguments.push(self.argument(descriptor, parameter, given)?);
        }
        self.remaining(descriptor, &positional, &mut arguments)?;
        self.refuse_unknown_keywords(descriptor)?;
        if descriptor.name == "seriesByTag" {
            return self.series_by_tag(&arguments);
        }
        let place = self.planner.place(self.call);
        Ok(Node::Call(Box::new(PlannedCall { descriptor, arguments, place })))
    }

    /// The argument of a parameter: by position, or by keyword, not both.
    fn with_keyword<'e>(
        &'e self,
        parameter: &Parameter,
        positional: Option<&'e Expression>,
    ) -> Result<Option<&'e Expression>, QueryError> {
        let mut named = self.call.arguments.iter().filter(|a| a.keyword.as_deref() == Some(parameter.name));
        let keyword = named.next().map(|argument| &argument.value);
        if named.next().is_some() || (keyword.is_some() && positional.is_some()) {
            return Err(QueryError::bad_request(format!(
                "{}: the parameter {} is given twice",
                self.call.function, parameter.name
            )));
        }
        Ok(positional.or(keyword))
    }

    fn remaining(
        &self,
        descriptor: &'static Descriptor,
        positional: &[&Expression],
        arguments: &mut Vec<PlannedArgument>,
    ) -> Result<(), QueryError> {
        // What graphite-web's function lacks is known by its name only: to it, one argument more is a mistake.
        let by_position = descriptor.parameters.iter().filter(|parameter| !parameter.beyond_graphite).count();
        let surplus = positional.get(by_position..).unwrap_or_default();
        match descriptor.parameters.last() {
            Some(last) if last.multiple => {
                for expression in surplus {
                    arguments.push(self.argument(descriptor, last, Some(expression))?);
                }
                Ok(())
            }
            _ if surplus.is_empty() => Ok(()),
            _ => Err(QueryError::bad_request(format!(
                "{} takes at most {} arguments, {} are given",
                descriptor.name,
                by_position,
                positional.len()
            ))),
        }
    }

    fn refuse_unknown_keywords(&self, descriptor: &Descriptor) -> Result<(), QueryError> {
        let known = |name: &str| {
            descriptor.parameters.iter().any(|parameter| parameter.name == name && !parameter.positional_only)
        };
        let by_position = |name: &str| {
            descriptor.parameters.iter().any(|parameter| parameter.name == name && parameter.positional_only)
        };
        let mut keywords = self.call.arguments.iter().filter_map(|argument| argument.keyword.as_deref());
        match keywords.find(|name| !known(name)) {
            None => Ok(()),
            Some(name) if by_position(name) => Err(QueryError::bad_request(format!(
                "{} takes {name} by its position only, not as {name}=",
                descriptor.name
            ))),
            Some(name) => {
                let names: Vec<_> = descriptor.parameters.iter().map(|parameter| parameter.name).collect();
                let names = names.join(", ");
                Err(QueryError::bad_request(format!(
                    "{} has no parameter {name}; it has {names}",
                    descriptor.name
                )))
            }
        }
    }

    fn argument(
        &self,
        descriptor: &'static Descriptor,
        parameter: &Parameter,
        given: Option<&Expression>,
    ) -> Result<PlannedArgument, QueryError> {
        let Some(given) = given else {
            if parameter.required {
                return Err(refusal(descriptor, parameter, "is required"));
            }
            return Ok(Literal::of_default(parameter.default)
                .map_or(PlannedArgument::Absent, PlannedArgument::Literal));
        };
        let alone = match (given, self.variables) {
            (Expression::Path(path), Some(variables)) => variables.alone(path),
            _ => None,
        };
        let given = alone.as_ref().unwrap_or(given);
        if matches!(given, Expression::None) {
            return none_argument(descriptor, parameter);
        }
        let is_series = matches!(
            given,
            Expression::Path(_) | Expression::Call(_) | Expression::Pipe { .. } | Expression::Template { .. }
        );
        match (parameter.kind, is_series) {
            (Kind::SeriesList | Kind::SeriesLists | Kind::Any, true) => {
                let node = self.planner.node(given, self.variables)?;
                let groups = node.returns_groups();
                if groups != (parameter.kind == Kind::SeriesLists) {
                    let expected =
                        if groups { "takes series, not lists of series" } else { "takes lists of series" };
                    return Err(refusal(descriptor, parameter, expected));
                }
                Ok(PlannedArgument::Series(node))
            }
            (_, true) => Err(refusal(
                descriptor,
                parameter,
                &format!("takes {}, not the series {given}", article(parameter.kind)),
            )),
            (Kind::SeriesList | Kind::SeriesLists, false) => {
                Err(refusal(descriptor, parameter, &format!("takes series, not {given}")))
            }
            (_, false) => {
                let literal = convert(parameter, given).ok_or_else(|| {
                    refusal(descriptor, parameter, &format!("takes {}, not {given}", article(parameter.kind)))
                })?;
                check_options(descriptor, parameter, &literal)?;
                Ok(PlannedArgument::Literal(literal))
            }
        }
    }

    fn series_by_tag(&self, arguments: &[PlannedArgument]) -> Result<Node, QueryError> {
        let texts = arguments.iter().filter_map(|argument| match argument {
            PlannedArgument::Literal(Literal::Text(text)) => Some(Arc::clone(text)),
            _ => None,
        });
        let substitute =
            |text: Arc<str>| self.variables.map_or(text.clone(), |v| Arc::from(v.substitute(&text)));
        let expressions: Vec<Arc<str>> = texts.map(substitute).collect();
        let written = self.planner.written(self.call);
        let written = self.variables.map_or_else(|| written.to_owned(), |v| v.substitute(written));
        Fetch::tags(&written, &expressions).map(Node::Fetch)
    }
}

/// `None` stands for an optional parameter that is not given, unless the parameter has a default of its own.
fn none_argument(descriptor: &Descriptor, parameter: &Parameter) -> Result<PlannedArgument, QueryError> {
    let is_legend = parameter.multiple && parameter.kind == Kind::Text && !parameter.required;
    match parameter.default {
        _ if is_legend => Ok(PlannedArgument::Literal(Literal::Text(Arc::from("None")))),
        Default::Absent | Default::Implied(_) if !parameter.required => Ok(PlannedArgument::Absent),
        _ => Err(refusal(descriptor, parameter, &format!("takes {}, not None", article(parameter.kind)))),
    }
}

fn refusal(descriptor: &Descriptor, parameter: &Parameter, what: &str) -> QueryError {
    QueryError::bad_request(format!("{}: the parameter {} {what}", descriptor.name, parameter.name))
}

fn article(kind: Kind) -> &'static str {
    match kind {
        Kind::AggFunc => "the name of an aggregation function",
        Kind::AggOrSeriesFunc => "the name of an aggregation or of a combining function",
        Kind::Any => "series or a number",
        Kind::Boolean => "true or false",
        Kind::Date => "a time such as \"-1h\"",
        Kind::Float => "a number",
        Kind::Integer | Kind::Node => "an integer",
        Kind::IntOrInf => "an integer or inf",
        Kind::Interval => "an interval such as \"5min\"",
        Kind::IntOrInterval => "a number of points or an interval such as \"5min\"",
        Kind::NodeOrTag => "the number of a node or the name of a tag",
        Kind::SeriesList => "series",
        Kind::SeriesLists => "lists of series",
        Kind::Text => "a string",
        Kind::Tag => "the name of a tag",
    }
}

/// The literal as the parameter's kind wants it; `None` if it does not fit.
fn convert(parameter: &Parameter, given: &Expression) -> Option<Literal> {
    let literal = match given {
        Expression::Number(Number::Integer(value)) => Literal::Integer(*value),
        Expression::Number(Number::Float(value)) => Literal::Float(*value),
        Expression::Infinity => Literal::Float(f64::INFINITY),
        Expression::Boolean(value) => Literal::Boolean(*value),
        Expression::Text(quoted) => Literal::Text(Arc::from(quoted.text.as_str())),
        _ => return None,
    };
    let text = match &literal {
        Literal::Text(text) => Some(text.as_ref()),
        _ => None,
    };
    match parameter.kind {
        Kind::AggFunc => text.filter(|name| is_reducer(name)).map(|_| literal.clone()),
        Kind::AggOrSeriesFunc => {
            let combines = |name: &str| functions::find(name).is_some_and(|found| found.aggregator);
            text.filter(|name| is_reducer(name) || combines(name)).map(|_| literal.clone())
        }
        Kind::Any => text.is_none().then_some(literal),
        Kind::Boolean => boolean(&literal).map(Literal::Boolean),
        Kind::Float => float(&literal).map(Literal::Float),
        Kind::Integer | Kind::Node => integer(&literal).map(Literal::Integer),
        Kind::IntOrInf => match float(&literal) {
            Some(f64::INFINITY) => Some(Literal::Float(f64::INFINITY)),
            _ => integer(&literal).map(Literal::Integer),
        },
        Kind::Interval => text.filter(|text| parse_interval(text).is_ok()).map(|_| literal.clone()),
        Kind::IntOrInterval => match text {
            Some(text) => parse_interval(text).ok().map(|_| literal.clone()),
            None => matches!(literal, Literal::Integer(_) | Literal::Float(_)).then_some(literal),
        },
        // A number with a fraction is looked up as a tag, a whole one written with a point is a mistake.
        Kind::NodeOrTag => {
            (!matches!(literal, Literal::Float(number) if number.fract() == 0.0)).then_some(literal)
        }
        Kind::Date => text.filter(|text| is_time(text)).map(|_| literal.clone()),
        Kind::Tag => text.map(|_| literal.clone()),
        Kind::Text => match literal {
            // A list of options may hold true and false.
            Literal::Boolean(value) if !parameter.options.is_empty() => Some(Literal::Boolean(value)),
            Literal::Text(_) => Some(literal),
            Literal::Integer(_) | Literal::Float(_) if parameter.numbers => Some(literal),
            _ => None,
        },
        Kind::SeriesList | Kind::SeriesLists => None,
    }
}

/// Whether a text is a time, whatever the present is: what reaches beyond all time from one does not from the other.
fn is_time(text: &str) -> bool {
    let presents = [0, limits::TIMESTAMP_SECONDS_MAX / 2];
    presents.iter().any(|now| times::at(text, &TimeZone::UTC, *now).is_ok())
}

fn is_reducer(name: &str) -> bool {
    Reducer::parse(name.strip_suffix("Series").unwrap_or(name)).is_some()
}

fn boolean(literal: &Literal) -> Option<bool> {
    match literal {
        Literal::Boolean(value) => Some(*value),
        Literal::Integer(0) => Some(false),
        Literal::Integer(1) => Some(true),
        Literal::Float(value) if *value == 0.0 || *value == 1.0 => Some(*value == 1.0),
        Literal::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Literal::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn float(literal: &Literal) -> Option<f64> {
    match literal {
        Literal::Boolean(value) => Some(f64::from(u8::from(*value))),
        Literal::Integer(value) => Some(*value as f64),
        Literal::Float(value) => Some(*value),
        Literal::Text(text) => text.trim().parse().ok().filter(|value: &f64| !value.is_nan()),
    }
}

fn integer(literal: &Literal) -> Option<i64> {
    match literal {
        Literal::Boolean(value) => Some(i64::from(*value)),
        Literal::Integer(value) => Some(*value),
        Literal::Float(_) => None,
        Literal::Text(text) => text.trim().parse().ok(),
    }
}

fn check_options(
    descriptor: &Descriptor,
    parameter: &Parameter,
    literal: &Literal,
) -> Result<(), QueryError> {
    let known = match literal {
        Literal::Text(text) => {
            parameter.options.contains(&text.as_ref()) || parameter.further_options.contains(&text.as_ref())
        }
        _ => true,
    };
    if known || parameter.options.is_empty() {
        return Ok(());
    }
    let options = [parameter.options, parameter.further_options].concat().join(", ");
    Err(refusal(descriptor, parameter, &format!("is one of {options}, not {:?}", literal.show())))
}

fn unknown_function(name: &str) -> QueryError {
    if let Some(reason) = functions::left_out_because(name) {
        return QueryError::bad_request(format!("the function {name} {reason}"));
    }
    let near = functions::nearest(name);
    let hint = if near.is_empty() { String::new() } else { format!("; near it: {}", near.join(", ")) };
    QueryError::bad_request(format!("unknown function {name}{hint}"))
}
