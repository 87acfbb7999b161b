//! Deleting and renaming series: the only requests that change anything.
//!
//! Both say what they did, or with `dry_run` what they would do. Only those are asked who may.

use super::answer::{Answer, Fault};
use super::call::Call;
use super::format::json;
use super::{App, store_fault};
use crate::renaming::Renaming;
use crate::series_choice;
use plumbago_engine::Selector;
use plumbago_protocol::canonical;
use serde_json::json as value;

/// `POST /api/v1/series/delete` with `glob`, or `expr` repeated, `dry_run`, and `stale_for` for those series only that
/// had no point for so long.
pub(super) fn delete(app: &App, call: &Call) -> Result<Answer, Fault> {
    let parameters = ["glob", "expr", "stale_for"];
    let dry_run = is_dry_run(call, &parameters)?;
    let selector = choose(call, "glob")?;
    let age = call.params.last("stale_for").map(series_choice::parse_age).transpose();
    let age = age.map_err(|error| Fault::bad_request(format!("stale_for: {error}")))?;
    let deleted = series_choice::delete(&app.engine, &selector, age, dry_run, app.clock.now());
    let deleted = deleted.map_err(store_fault)?;
    if !dry_run {
        tracing::info!("{} series deleted: {}", deleted.len(), asked(call, &parameters));
    }
    json(&call.params, &value!({"dry_run": dry_run, "deleted": deleted}))
}

/// `POST /api/v1/series/rename` with `from` and `to`, or with `expr` and `set`, each repeated, and `dry_run`.
pub(super) fn rename(app: &App, call: &Call) -> Result<Answer, Fault> {
    let dry_run = is_dry_run(call, &["from", "to", "expr", "set"])?;
    let selector = choose(call, "from")?;
    let renaming = Renaming::new(&selector, call.params.last_filled("to"), call.params.all("set"))
        .map_err(Fault::bad_request)?;
    let new_name = |old: &str| renaming.new_name(old);
    let outcome = app.engine.rename_selected(&selector, &new_name, dry_run, app.clock.now());
    let outcome = outcome.map_err(store_fault)?;
    if !dry_run {
        let asked = asked(call, &["from", "to", "expr", "set"]);
        tracing::info!("{} series renamed: {asked}", outcome.renamed.len());
    }
    json(&call.params, &value!({"dry_run": dry_run, "renamed": outcome.renamed, "refused": outcome.refused}))
}

/// `POST /tags/delSeries` with `path`, repeated: deletes exactly these series, as older clients do.
pub(super) fn delete_named(app: &App, call: &Call) -> Result<Answer, Fault> {
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

/// The canonical names of `path`, at least one; `path[]` is another spelling of it.
fn names(call: &Call) -> Result<Vec<String>, Fault> {
    let name = |text| match canonical(text) {
        Ok(name) => Ok(name.into_owned()),
        Err(refusal) => Err(Fault::bad_request(format!("path: {refusal}"))),
    };
    let texts = call.params.all("path").chain(call.params.all("path[]"));
    let names: Vec<String> = texts.map(name).collect::<Result<_, _>>()?;
    if names.is_empty() {
        return Err(Fault::bad_request("the parameter path is missing"));
    }
    Ok(names)
}

/// The series of the pattern in `parameter`, or of the tag expressions in `expr`. A fault names those that were given.
fn choose(call: &Call, parameter: &str) -> Result<Selector, Fault> {
    let pattern = call.params.last_filled(parameter);
    let at_fault = match (pattern, call.params.all("expr").next()) {
        (Some(_), None) => parameter.to_owned(),
        (None, Some(_)) => "expr".to_owned(),
        _ => format!("{parameter} or expr"),
    };
    series_choice::choose(pattern, call.params.all("expr"))
        .map_err(|error| Fault::bad_request(format!("{at_fault}: {error}")))
}

/// What was asked, for the log.
fn asked(call: &Call, parameters: &[&str]) -> String {
    let values = parameters.iter().flat_map(|name| call.params.all(name).map(move |text| (name, text)));
    values.map(|(name, text)| format!("{name} {text}")).collect::<Vec<_>>().join(", ")
}

/// Whether only to say what would be done. A value that is neither yes nor no, or a parameter that is no parameter, is
/// refused: a typing error must not delete.
fn is_dry_run(call: &Call, parameters: &[&str]) -> Result<bool, Fault> {
    let known = [parameters, &["dry_run", "jsonp"]].concat();
    if let Some(other) = call.params.names().find(|name| !known.contains(name)) {
        return Err(Fault::bad_request(format!(
            "{other}: no such parameter; there are {}",
            known.join(", ")
        )));
    }
    match call.params.last("dry_run").map(str::to_ascii_lowercase).as_deref() {
        None | Some("0" | "false" | "no" | "off") => Ok(false),
        Some("1" | "true" | "yes" | "on") => Ok(true),
        Some(other) => Err(Fault::bad_request(format!("dry_run: expected true or false, found {other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{NOW, app, call};
    use super::*;

    #[test]
    fn a_typing_error_deletes_nothing() {
        let app = app();
        let mut writer = app.engine.writer();
        writer.push("a.b", 1.0, NOW, NOW).expect("a point");
        writer.commit().expect("a commit");
        for query in
            ["glob=a.b&dry_run=maybe", "glob=a.b&dry_run=", "glob=a.b&dryRun=1", "glob=a.b&dry-run=true"]
        {
            let fault = delete(&app, &call("/api/v1/series/delete", query)).err().map(|fault| fault.message);
            assert!(fault.is_some_and(|text| text.contains("dry")), "{query} is refused by name");
            assert_eq!(app.engine.names(10).len(), 1, "{query} deletes nothing");
        }
        assert!(delete(&app, &call("/api/v1/series/delete", "glob=a.b&dry_run=True")).is_ok());
        assert_eq!(app.engine.names(10).len(), 1);
        assert!(delete(&app, &call("/api/v1/series/delete", "glob=a.b")).is_ok());
        assert!(app.engine.names(10).is_empty());
    }
}
