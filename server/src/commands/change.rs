//! `plumbago delete` and `plumbago rename`, on a running server or on a stopped one's directory.

use super::directory::{OwnedStore, UPKEEP_NOW};
use super::{CommandError, client};
use crate::cli::{DeleteArgs, Outcome, RenameArgs, StoreChoice};
use crate::clock::Clock;
use crate::renaming::Renaming;
use crate::series_choice;
use plumbago_engine::Selector;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::io::Write;
use std::path::Path;

#[derive(Debug, Deserialize)]
struct Deleted {
    deleted: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Renamed {
    renamed: Vec<(String, String)>,
    refused: Vec<(String, String)>,
}

/// Deletes the series that match, and lists them.
///
/// # Errors
/// The pattern or an expression is none, or the store cannot be changed.
pub(crate) fn delete(
    args: &DeleteArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, CommandError> {
    let names = match args.store.choice() {
        StoreChoice::Server(url) => {
            let names = [("glob", args.glob.as_deref()), ("stale_for", args.stale_for.as_deref())];
            let form = form(&names, &args.tags, args.dry_run);
            ask::<Deleted>(url, "/api/v1/series/delete", &form)?.deleted
        }
        StoreChoice::Directory(path) => {
            let selector = choose(args.glob.as_deref(), &args.tags)?;
            let age = args.stale_for.as_deref().map(series_choice::parse_age).transpose();
            let age = age.map_err(|error| CommandError::new(format!("--stale-for: {error}")))?;
            let store = OwnedStore::open(path)?;
            let now = Clock::from(args.clock).now();
            let names = series_choice::delete(&store.engine, &selector, age, args.dry_run, now)?;
            store.close()?;
            names
        }
    };
    for name in &names {
        writeln!(out, "{name}")?;
    }
    let done = if args.dry_run { "would be deleted" } else { "deleted" };
    writeln!(out, "{} series {done}", names.len())?;
    if names.is_empty() && args.stale_for.is_none() {
        hint(args.glob.as_deref(), err)?;
    }
    Ok(Outcome::Done)
}

/// Renames the series that match, and lists old and new names; fails when one of them had to be left alone.
///
/// # Errors
/// FROM and TO do not fit together, or the store cannot be changed.
pub(crate) fn rename(
    args: &RenameArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, CommandError> {
    let report = match args.store.choice() {
        StoreChoice::Server(url) => {
            let names = [("from", args.from.as_deref()), ("to", args.to.as_deref())];
            let mut form = form(&names, &args.tags, args.dry_run);
            form.extend(args.set.iter().map(|assignment| ("set", assignment.as_str())));
            ask::<Renamed>(url, "/api/v1/series/rename", &form)?
        }
        StoreChoice::Directory(path) => rename_in(path, args)?,
    };
    for (from, to) in &report.renamed {
        writeln!(out, "{from} -> {to}")?;
    }
    for (name, reason) in &report.refused {
        writeln!(out, "{name} keeps its name: {reason}")?;
    }
    let done = if args.dry_run { "would be renamed" } else { "renamed" };
    writeln!(out, "{} series {done}, {} left alone", report.renamed.len(), report.refused.len())?;
    if report.renamed.is_empty() && report.refused.is_empty() {
        hint(args.from.as_deref(), err)?;
    }
    Ok(if report.refused.is_empty() { Outcome::Done } else { Outcome::Failed })
}

fn rename_in(path: &Path, args: &RenameArgs) -> Result<Renamed, CommandError> {
    let selector = choose(args.from.as_deref(), &args.tags)?;
    let assignments = args.set.iter().map(String::as_str);
    let renaming = Renaming::new(&selector, args.to.as_deref(), assignments).map_err(CommandError::new)?;
    let new_name = |old: &str| renaming.new_name(old);
    let store = OwnedStore::open(path)?;
    let outcome = store.engine.rename_selected(&selector, &new_name, args.dry_run, UPKEEP_NOW)?;
    store.close()?;
    Ok(Renamed { renamed: outcome.renamed, refused: outcome.refused })
}

/// The form that asks a server: what is given of `names`, and the tag expressions.
fn form<'a>(
    names: &[(&'static str, Option<&'a str>)],
    tags: &'a [String],
    dry_run: bool,
) -> Vec<(&'static str, &'a str)> {
    let names = names.iter().filter_map(|(parameter, name)| name.map(|name| (*parameter, name)));
    let tags = tags.iter().map(|expression| ("expr", expression.as_str()));
    names.chain(tags).chain([("dry_run", if dry_run { "1" } else { "0" })]).collect()
}

pub(super) fn choose(pattern: Option<&str>, tags: &[String]) -> Result<Selector, CommandError> {
    series_choice::choose(pattern, tags.iter().map(String::as_str)).map_err(CommandError::new)
}

/// Says what often is the reason when nothing matched.
fn hint(pattern: Option<&str>, err: &mut dyn Write) -> std::io::Result<()> {
    match pattern {
        None => writeln!(err, "no series has such tags: `plumbago query 'seriesByTag(…)'` tries expressions"),
        Some(_) => writeln!(
            err,
            "no series has such a name: * stays within one node, ** crosses dots, and tagged series are chosen \
             with --tag"
        ),
    }
}

pub(super) fn ask<T: DeserializeOwned>(
    url: &str,
    path: &str,
    form: &[(&str, &str)],
) -> Result<T, CommandError> {
    let body = client::post(url, path, form)?;
    serde_json::from_slice(&body)
        .map_err(|error| CommandError::new(format!("{url}: unexpected answer: {error}")))
}
