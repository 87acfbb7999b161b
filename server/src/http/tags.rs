//! Tags: their names, their values, the series that carry them, as Grafana's editor and older clients ask.
//!
//! The store answers for expressions; prefixes, filters and limits are applied here. Grafana's backend sends
//! `from=undefined` and `limit=0`: a range means nothing here, and such a limit means the usual one.

use super::answer::{Answer, Fault};
use super::call::Call;
use super::format::json;
use super::{App, source_fault};
use plumbago_protocol::{StartRegex, TagExpression};
use plumbago_query::Source;
use serde::Serialize;
use std::sync::Arc;

/// Names or values answered where no limit is given.
const COMPLETIONS_DEFAULT: usize = 100;

#[derive(Serialize)]
struct Tag {
    tag: Arc<str>,
    id: usize,
}

#[derive(Serialize)]
struct TagDetail<'a> {
    tag: &'a str,
    id: usize,
    values: Vec<TagValue>,
}

#[derive(Serialize)]
struct TagValue {
    value: Arc<str>,
    id: usize,
    count: usize,
}

/// `/tags`: every tag.
pub(super) fn list(app: &App, call: &Call) -> Result<Answer, Fault> {
    let (filter, limit) = (filter(call)?, limit(call, usize::MAX)?);
    let tags = app.source().tags(&[]).map_err(source_fault)?;
    let tags = tags.into_iter().filter(|tag| filter.as_ref().is_none_or(|filter| filter.matches(tag)));
    let tags: Vec<Tag> = tags.take(limit).enumerate().map(|(position, tag)| Tag { tag, id: position + 1 }).collect();
    json(&call.params, &tags)
}

/// `/tags/<tag>`: a tag's values, or `null` for a tag that no series carries.
pub(super) fn one(app: &App, call: &Call) -> Result<Answer, Fault> {
    let (filter, limit) = (filter(call)?, limit(call, usize::MAX)?);
    let tag = call.path_after("/tags/");
    let values = app.source().tag_values(&tag, &[]).map_err(source_fault)?;
    if values.is_empty() {
        return json(&call.params, &());
    }
    let values = values.into_iter().filter(|(value, _)| filter.as_ref().is_none_or(|filter| filter.matches(value)));
    let values = values.take(limit).enumerate();
    let values = values.map(|(position, (value, count))| TagValue { value, id: position + 1, count }).collect();
    json(&call.params, &TagDetail { tag: &tag, id: 1, values })
}

/// `/tags/findSeries`: the names of the series that match all expressions.
pub(super) fn find_series(app: &App, call: &Call) -> Result<Answer, Fault> {
    let expressions = expressions(call)?;
    if expressions.is_empty() {
        return Err(Fault::bad_request("expr: at least one tag expression is needed"));
    }
    let names = app.source().series_by_tag(&expressions).map_err(source_fault)?;
    json(&call.params, &names)
}

/// `/tags/autoComplete/tags`: tags that narrow the expressions down further.
pub(super) fn complete_tags(app: &App, call: &Call) -> Result<Answer, Fault> {
    let limit = limit(call, COMPLETIONS_DEFAULT)?;
    let expressions = expressions(call)?;
    let prefix = call.params.last("tagPrefix").unwrap_or_default();
    let tags = app.source().tags(&expressions).map_err(source_fault)?;
    let is_asked = |tag: &str| expressions.iter().any(|expression| expression.tag() == tag);
    let tags = tags.into_iter().filter(|tag| tag.starts_with(prefix) && !is_asked(tag));
    json(&call.params, &tags.take(limit).collect::<Vec<_>>())
}

/// `/tags/autoComplete/values`: values of one tag among the series that match the expressions.
pub(super) fn complete_values(app: &App, call: &Call) -> Result<Answer, Fault> {
    let limit = limit(call, COMPLETIONS_DEFAULT)?;
    let expressions = expressions(call)?;
    let tag = call.params.last_filled("tag").ok_or_else(|| Fault::bad_request("tag: no tag is named"))?;
    let prefix = call.params.last("valuePrefix").unwrap_or_default();
    let values = app.source().tag_values(tag, &expressions).map_err(source_fault)?;
    let values = values.into_iter().map(|(value, _)| value).filter(|value| value.starts_with(prefix));
    json(&call.params, &values.take(limit).collect::<Vec<_>>())
}

/// The expressions of `expr`, repeated; `expr[]` is another spelling of it.
fn expressions(call: &Call) -> Result<Vec<TagExpression>, Fault> {
    let texts = call.params.all("expr").chain(call.params.all("expr[]"));
    let parse = |text| TagExpression::parse(text).map_err(|error| Fault::bad_request(format!("expr: {error}")));
    let expressions: Vec<TagExpression> = texts.map(parse).collect::<Result<_, _>>()?;
    if !expressions.is_empty() && expressions.iter().all(TagExpression::matches_empty) {
        return Err(Fault::bad_request("expr: at least one expression must not match an empty value"));
    }
    Ok(expressions)
}

/// The regular expression of `filter`, anchored at the start only.
fn filter(call: &Call) -> Result<Option<StartRegex>, Fault> {
    let parse = |text| StartRegex::parse(text).map_err(|error| Fault::bad_request(format!("filter: {error}")));
    call.params.last_filled("filter").map(parse).transpose()
}

fn limit(call: &Call, usual: usize) -> Result<usize, Fault> {
    let Some(text) = call.params.last_filled("limit") else {
        return Ok(usual);
    };
    let number: i64 =
        text.parse().map_err(|_| Fault::bad_request(format!("limit: expected a whole number, found {text:?}")))?;
    Ok(usize::try_from(number).ok().filter(|limit| *limit > 0).unwrap_or(usual))
}
