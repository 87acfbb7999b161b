//! Deleting and renaming series: the only requests that change anything.
//!
//! Both say what they did, or with `dry_run` what they would do. Who may ask is checked first.

use super::answer::{Answer, Fault};
use super::call::Call;
use super::format::json;
use super::{App, store_fault};
use crate::rename::Renamer;
use plumbago_engine::Selector;
use plumbago_protocol::{Glob, canonical};
use serde_json::json as value;

/// `POST /api/v1/series/delete` with `glob` and `dry_run`.
pub(super) fn delete(app: &App, call: &Call) -> Result<Answer, Fault> {
    call.check_may_change()?;
    let glob = parse_glob(required(call, "glob")?, "glob")?;
    let dry_run = call.params.is_set("dry_run");
    let deleted = app.engine.delete(&glob, dry_run).map_err(store_fault)?;
    if !dry_run {
        tracing::info!("{} series deleted: {}", deleted.len(), glob.text());
    }
    json(&call.params, &value!({"dry_run": dry_run, "deleted": deleted}))
}

/// `POST /api/v1/series/rename` with `from`, `to` and `dry_run`.
pub(super) fn rename(app: &App, call: &Call) -> Result<Answer, Fault> {
    call.check_may_change()?;
    let (from, to) = (required(call, "from")?, required(call, "to")?);
    let glob = parse_glob(from, "from")?;
    let renamer = Renamer::new(from, to).map_err(|error| Fault::bad_request(format!("to: {error}")))?;
    let dry_run = call.params.is_set("dry_run");
    let new_name = |old: &str| renamer.new_name(old);
    let outcome = app.engine.rename(&glob, &new_name, dry_run, app.clock.now()).map_err(store_fault)?;
    if !dry_run {
        tracing::info!("{} series renamed: {from} to {to}", outcome.renamed.len());
    }
    json(&call.params, &value!({"dry_run": dry_run, "renamed": outcome.renamed, "refused": outcome.refused}))
}

/// `POST /tags/delSeries` with `path`, repeated: deletes exactly these series, as older clients do.
pub(super) fn delete_named(app: &App, call: &Call) -> Result<Answer, Fault> {
    call.check_may_change()?;
    for name in names(call)? {
        app.engine.delete_selected(&Selector::Name(name), false).map_err(store_fault)?;
    }
    json(&call.params, &true)
}

/// `POST /tags/tagSeries` with `path`: the canonical name. Series are known from their first point on, so that there
/// is nothing to be done.
pub(super) fn name_one(_app: &App, call: &Call) -> Result<Answer, Fault> {
    let names = names(call)?;
    json(&call.params, &names.last())
}

/// `POST /tags/tagMultiSeries` with `path`, repeated: the canonical names.
pub(super) fn name_many(_app: &App, call: &Call) -> Result<Answer, Fault> {
    json(&call.params, &names(call)?)
}

/// The canonical names of `path`, at least one.
fn names(call: &Call) -> Result<Vec<String>, Fault> {
    let name = |text| match canonical(text) {
        Ok(name) => Ok(name.into_owned()),
        Err(refusal) => Err(Fault::bad_request(format!("path: {refusal}"))),
    };
    let names: Vec<String> = call.params.all("path").map(name).collect::<Result<_, _>>()?;
    if names.is_empty() {
        return Err(Fault::bad_request("the parameter path is missing"));
    }
    Ok(names)
}

fn parse_glob(text: &str, parameter: &str) -> Result<Glob, Fault> {
    Glob::parse(text).map_err(|error| Fault::bad_request(format!("{parameter}: {error}")))
}

fn required<'a>(call: &'a Call, parameter: &str) -> Result<&'a str, Fault> {
    call.params
        .last_filled(parameter)
        .ok_or_else(|| Fault::bad_request(format!("the parameter {parameter} is missing")))
}
