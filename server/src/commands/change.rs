//! `plumbago delete` and `plumbago rename`, on a running server or on a stopped one's directory.

use super::directory::{OwnedStore, UPKEEP_NOW};
use super::{CommandError, client};
use crate::cli::{DeleteArgs, Outcome, RenameArgs, StoreChoice};
use crate::rename::Renamer;
use plumbago_protocol::Glob;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::io::Write;

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
/// The glob is none, or the store cannot be changed.
pub(crate) fn delete(args: &DeleteArgs, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let names = match args.store.choice() {
        StoreChoice::Server(url) => {
            let form = [("glob", args.glob.as_str()), ("dry_run", on_or_off(args.dry_run))];
            ask::<Deleted>(url, "/api/v1/series/delete", &form)?.deleted
        }
        StoreChoice::Directory(path) => {
            let glob = parse_glob(&args.glob)?;
            let store = OwnedStore::open(path)?;
            let names = store.engine.delete(&glob, args.dry_run)?;
            store.close()?;
            names
        }
    };
    for name in &names {
        writeln!(out, "{name}")?;
    }
    let done = if args.dry_run { "would be deleted" } else { "deleted" };
    writeln!(out, "{} series {done}", names.len())?;
    Ok(Outcome::Done)
}

/// Renames the series that match, and lists old and new names; fails when one of them had to be left alone.
///
/// # Errors
/// FROM and TO do not fit together, or the store cannot be changed.
pub(crate) fn rename(args: &RenameArgs, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let report = match args.store.choice() {
        StoreChoice::Server(url) => {
            let form = [
                ("from", args.from.as_str()),
                ("to", args.to.as_str()),
                ("dry_run", on_or_off(args.dry_run)),
            ];
            ask::<Renamed>(url, "/api/v1/series/rename", &form)?
        }
        StoreChoice::Directory(path) => {
            let glob = parse_glob(&args.from)?;
            let renamer =
                Renamer::new(&args.from, &args.to).map_err(|error| CommandError::new(error.to_string()))?;
            let store = OwnedStore::open(path)?;
            let new_name = |old: &str| renamer.new_name(old);
            let outcome = store.engine.rename(&glob, &new_name, args.dry_run, UPKEEP_NOW)?;
            store.close()?;
            Renamed { renamed: outcome.renamed, refused: outcome.refused }
        }
    };
    for (from, to) in &report.renamed {
        writeln!(out, "{from} -> {to}")?;
    }
    for (name, reason) in &report.refused {
        writeln!(out, "{name} keeps its name: {reason}")?;
    }
    let done = if args.dry_run { "would be renamed" } else { "renamed" };
    writeln!(out, "{} series {done}, {} left alone", report.renamed.len(), report.refused.len())?;
    Ok(if report.refused.is_empty() { Outcome::Done } else { Outcome::Failed })
}

fn ask<T: DeserializeOwned>(url: &str, path: &str, form: &[(&str, &str)]) -> Result<T, CommandError> {
    let body = client::post(url, path, form)?;
    serde_json::from_slice(&body)
        .map_err(|error| CommandError::new(format!("{url}: unexpected answer: {error}")))
}

fn on_or_off(flag: bool) -> &'static str {
    if flag { "1" } else { "0" }
}

fn parse_glob(text: &str) -> Result<Glob, CommandError> {
    Glob::parse(text).map_err(|error| CommandError::new(error.to_string()))
}
