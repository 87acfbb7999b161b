//! Tags: their names, their values, the series that carry them, as Grafana's editor and older clients ask.
//!
//! Prefixes and limits go down to the store's index; filters are applied here. Grafana's backend sends
//! `from=undefined` and `limit=0`: a range means nothing here, and such a limit means the usual one.

use super::answer::{Answer, Fault};
use super::call::Call;
use super::format::json;
use super::{App, store_fault};
use crate::series_choice;
use plumbago_protocol::{StartRegex, TagExpression, limits};
use serde::Serialize;

/// Names or values answered where no limit is given.
const COMPLETIONS_DEFAULT: usize = 100;

#[derive(Serialize)]
struct Tag {
    tag: String,
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
    value: String,
    id: usize,
    count: u64,
}

/// `/tags`: every tag.
pub(super) fn list(app: &App, call: &Call) -> Result<Answer, Fault> {
    let (filter, limit) = (filter(call)?, limit(call, limits::QUERY_SERIES_MAX)?);
    let tags = app.engine.tags("", &[], limits::QUERY_SERIES_MAX).map_err(store_fault)?;
    let tags = tags.into_iter().filter(|tag| passes(&filter, tag)).take(limit);
    let tags: Vec<Tag> = tags.enumerate().map(|(position, tag)| Tag { tag, id: position + 1 }).collect();
    json(&call.params, &tags)
}

/// `/tags/<tag>`: a tag's values, or `null` for a tag that no series carries.
pub(super) fn one(app: &App, call: &Call) -> Result<Answer, Fault> {
    let (filter, limit) = (filter(call)?, limit(call, limits::QUERY_SERIES_MAX)?);
    let tag = call.path_after("/tags/");
    let values = app.engine.tag_values(&tag, "", &[], limits::QUERY_SERIES_MAX).map_err(store_fault)?;
    if values.is_empty() {
        return json(&call.params, &());
    }
    let values = values.into_iter().filter(|found| passes(&filter, &found.value)).take(limit).enumerate();
    let numbered = |(position, found): (usize, plumbago_engine::TagValue)| TagValue {
        value: found.value,
        id: position + 1,
        count: found.series_count,
    };
    json(&call.params, &TagDetail { tag: &tag, id: 1, values: values.map(numbered).collect() })
}

/// `/tags/findSeries`: the names of the series that match all expressions.
pub(super) fn find_series(app: &App, call: &Call) -> Result<Answer, Fault> {
    let expressions = expressions(call)?;
    if expressions.is_empty() {
        return Err(Fault::bad_request("expr: at least one tag expression is needed"));
    }
    let series_max = app.settings.query.get().series_max;
    let names = app.engine.series_by_tag(&expressions, series_max).map_err(store_fault)?;
    json(&call.params, &names.iter().map(|name| &**name).collect::<Vec<&str>>())
}

/// `/tags/autoComplete/tags`: tags that narrow the expressions down further.
pub(super) fn complete_tags(app: &App, call: &Call) -> Result<Answer, Fault> {
    let limit = limit(call, COMPLETIONS_DEFAULT)?;
    let expressions = expressions(call)?;
    let prefix = call.params.last("tagPrefix").unwrap_or_default();
    // Those that the expressions speak of already are left out, after the index has counted.
    let wanted = limit.saturating_add(expressions.len());
    let mut tags = app.engine.tags(prefix, &expressions, wanted).map_err(store_fault)?;
    tags.retain(|tag| expressions.iter().all(|expression| expression.tag() != tag));
    tags.truncate(limit);
    json(&call.params, &tags)
}

/// `/tags/autoComplete/values`: values of one tag among the series that match the expressions.
pub(super) fn complete_values(app: &App, call: &Call) -> Result<Answer, Fault> {
    let limit = limit(call, COMPLETIONS_DEFAULT)?;
    let mut expressions = parse_expressions(call)?;
    let tag = call.params.last_filled("tag").ok_or_else(|| Fault::bad_request("tag: no tag is named"))?;
    let prefix = call.params.last("valuePrefix").unwrap_or_default();
    if !expressions.is_empty() {
        // Only series that carry the tag have a value to show.
        let carries = TagExpression::parse(&format!("{tag}!="));
        expressions.push(carries.map_err(|error| Fault::bad_request(format!("tag: {error}")))?);
    }
    let values = app.engine.tag_values(tag, prefix, &expressions, limit).map_err(store_fault)?;
    json(&call.params, &values.into_iter().map(|found| found.value).collect::<Vec<_>>())
}

/// The expressions of the request, of which one must select something.
fn expressions(call: &Call) -> Result<Vec<TagExpression>, Fault> {
    let expressions = parse_expressions(call)?;
    if !expressions.is_empty() && expressions.iter().all(TagExpression::matches_empty) {
        return Err(Fault::bad_request("expr: at least one expression must not match an empty value"));
    }
    Ok(expressions)
}

/// The expressions of `expr`, repeated; `expr[]` is another spelling of it.
fn parse_expressions(call: &Call) -> Result<Vec<TagExpression>, Fault> {
    let texts = call.params.all("expr").chain(call.params.all("expr[]"));
    series_choice::parse_expressions(texts).map_err(|error| Fault::bad_request(format!("expr: {error}")))
}

/// The regular expression of `filter`, anchored at the start only.
fn filter(call: &Call) -> Result<Option<StartRegex>, Fault> {
    let parse =
        |text| StartRegex::parse(text).map_err(|error| Fault::bad_request(format!("filter: {error}")));
    call.params.last_filled("filter").map(parse).transpose()
}

fn passes(filter: &Option<StartRegex>, text: &str) -> bool {
    filter.as_ref().is_none_or(|filter| filter.matches(text))
}

fn limit(call: &Call, usual: usize) -> Result<usize, Fault> {
    let Some(text) = call.params.last_filled("limit") else {
        return Ok(usual);
    };
    let number: i64 = text
        .parse()
        .map_err(|_| Fault::bad_request(format!("limit: expected a whole number, found {text:?}")))?;
    Ok(usize::try_from(number).ok().filter(|limit| *limit > 0).unwrap_or(usual))
}
