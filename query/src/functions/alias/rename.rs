//! alias, aliasSub and aliasQuery: names chosen by the user.

use std::sync::Arc;

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Descriptor, Group, Kind, Parameter};
use crate::plan::Literal;
use crate::python::{self, Pattern, Template};
use crate::reducer::Reducer;
use crate::run::Invocation;
use crate::series::Label;

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new(
        "alias",
        Group::Alias,
        &[SERIES_LIST, Parameter::required("newName", Kind::Text).or_number()],
        alias,
    )
    .slot_by_slot()
    .help(
        "Shows every series under the given name.",
        r#"web.hits: 1 2 @60
         > alias(web.hits, "Hits per minute")
         Hits per minute: 1 2 @60"#,
    ),
    Descriptor::new(
        "aliasSub",
        Group::Alias,
        &[SERIES_LIST, Parameter::required("search", Kind::Text), Parameter::required("replace", Kind::Text)],
        alias_sub,
    )
    .slot_by_slot()
    .help(
        "Replaces what a regular expression finds in the names; \\1 in the replacement is the first group.",
        r#"web.eu1.hits: 1 2 @60
         > aliasSub(web.*.hits, "^web\.(\w+)\.hits$", "\1")
         eu1: 1 2 @60"#,
    ),
    Descriptor::new(
        "aliasQuery",
        Group::Alias,
        &[
            SERIES_LIST,
            Parameter::required("search", Kind::Text),
            Parameter::required("replace", Kind::Text),
            Parameter::required("newName", Kind::Text),
        ],
        alias_query,
    )
    .help(
        "Names each series after the last value of another one, found by rewriting the series' own name.",
        r#"web.hits: 1 2 @60
         web.queue: 5 7 @60
         > aliasQuery(web.hits, "hits", "queue", "queue of %d")
         queue of 7: 1 2 @60"#,
    ),
];

fn alias(call: &mut Invocation<'_, '_>) -> Outcome {
    let given = call.arguments().literal("newName");
    let name: Arc<str> = Arc::from(given.map(Literal::show).unwrap_or_default());
    let is_number = matches!(given, Some(Literal::Integer(_) | Literal::Float(_)));
    let label = if is_number { Label::Number } else { Label::Text };
    let mut series = call.take_series();
    for one in &mut series {
        (one.name, one.label) = (Arc::clone(&name), label);
    }
    Ok(series.into())
}

fn alias_sub(call: &mut Invocation<'_, '_>) -> Outcome {
    let (pattern, template) = substitution(call)?;
    let mut series = call.take_series();
    for one in &mut series {
        let name = pattern.replace_all(&one.name, &template).map_err(QueryError::bad_request)?;
        one.name = Arc::from(name);
    }
    Ok(series.into())
}

/// The compiled `search` and `replace` arguments.
pub(in crate::functions) fn substitution(
    call: &Invocation<'_, '_>,
) -> Result<(Pattern, Template), QueryError> {
    let arguments = call.arguments();
    let fault = |message: String| QueryError::bad_request(format!("{}: {message}", call.name()));
    let pattern = Pattern::compile(arguments.text("search")?).map_err(fault)?;
    let template = Template::parse(arguments.text("replace")?, &pattern).map_err(fault)?;
    Ok((pattern, template))
}

fn alias_query(call: &mut Invocation<'_, '_>) -> Outcome {
    let (pattern, template) = substitution(call)?;
    let format = call.arguments().text("newName")?;
    let mut series = call.take_series();
    for one in &mut series {
        let query = pattern.replace_all(&one.name, &template).map_err(QueryError::bad_request)?;
        let found = call.evaluate_text(&query)?;
        let Some(first) = found.first() else {
            return Err(QueryError::bad_request(format!("aliasQuery: no series matches {query:?}")));
        };
        let last = Reducer::Last.apply(&first.values);
        if last.is_nan() {
            return Err(QueryError::bad_request(format!("aliasQuery: {query:?} has no last value")));
        }
        one.name = Arc::from(formatted(format, last)?);
    }
    Ok(series.into())
}

/// Python's `format % value` for one number: `%d`, `%s`, `%g`, `%f` and `%.2f`, and `%%`.
fn formatted(format: &str, value: f64) -> Result<String, QueryError> {
    let fault = || {
        QueryError::bad_request(format!("aliasQuery: the name {format:?} must hold one %d, %s, %g or %.2f"))
    };
    let mut output = String::new();
    let mut used = false;
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('%') {
        output.push_str(before);
        let length =
            after.find(|c: char| !matches!(c, '0'..='9' | '.' | '-' | '+' | ' ')).ok_or_else(fault)?;
        let (flags, conversion) = after.split_at(length);
        rest = &conversion[conversion.chars().next().map_or(0, char::len_utf8)..];
        if conversion.starts_with('%') {
            output.push('%');
            continue;
        }
        if std::mem::replace(&mut used, true) {
            return Err(fault());
        }
        let decimals =
            flags.split_once('.').and_then(|(_, digits)| digits.parse::<usize>().ok()).unwrap_or(6).min(64);
        output.push_str(&match conversion.chars().next() {
            Some('d' | 'i') => python::truncated(value).ok_or_else(fault)?,
            Some('s') => Literal::Float(value).show(),
            Some('g') => python::general(value),
            Some('f') => format!("{value:.decimals$}"),
            _ => return Err(fault()),
        });
    }
    output.push_str(rest);
    if used { Ok(output) } else { Err(fault()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_values() {
        assert_eq!(formatted("x %d", 5.9).unwrap(), "x 5");
        assert_eq!(formatted("%s%%", 5.0).unwrap(), "5.0%");
        assert_eq!(formatted("%.2f", 1.0 / 3.0).unwrap(), "0.33");
        assert!(formatted("no number", 1.0).is_err());
        assert!(formatted("%d %d", 1.0).is_err());
        assert!(formatted("%", 1.0).is_err());
    }
}
