//! `plumbago stale`: which series stopped reporting, and when.

use super::change::{ask, choose};
use super::{CommandError, directory};
use crate::cli::{Outcome, StaleArgs, StoreChoice};
use crate::clock::Clock;
use crate::series_choice;
use jiff::Timestamp;
use serde::Deserialize;
use std::io::Write;

#[derive(Debug, Deserialize)]
struct Answered {
    stale: Vec<Stale>,
}

#[derive(Debug, Deserialize)]
struct Stale {
    name: String,
    last_seen: Option<i64>,
}

/// Lists the series that stopped reporting, each with the time of its last point.
///
/// # Errors
/// The pattern, an expression or the age is none, or the store cannot be read.
pub(crate) fn stale(args: &StaleArgs, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let secs = series_choice::parse_age(&args.stale_for)
        .map_err(|error| CommandError::new(format!("--for: {error}")))?;
    let stale = match args.store.choice() {
        StoreChoice::Server(url) => {
            let mut form: Vec<(&str, &str)> = args.glob.iter().map(|glob| ("glob", glob.as_str())).collect();
            form.extend(args.tags.iter().map(|expression| ("expr", expression.as_str())));
            form.push(("stale_for", &args.stale_for));
            ask::<Answered>(url, "/api/v1/series/stale", &form)?.stale
        }
        StoreChoice::Directory(path) => {
            let selector = choose(args.glob.as_deref(), &args.tags)?;
            let now = Clock::from(args.clock).now();
            let engine = directory::open_to_read(path, now)?;
            let found = engine.stale(&selector, now.saturating_sub(secs), now)?;
            found
                .into_iter()
                .map(|one| Stale { name: one.name.to_string(), last_seen: one.last_seen })
                .collect()
        }
    };
    for Stale { name, last_seen } in &stale {
        writeln!(out, "{:<20} {name}", shown(*last_seen))?;
    }
    writeln!(out, "{} series had no point for {} or longer", stale.len(), args.stale_for)?;
    Ok(Outcome::Done)
}

/// A moment as people read it; a dash where nothing is stored any more.
fn shown(last_seen: Option<i64>) -> String {
    let moment = last_seen.and_then(|at| Timestamp::from_second(at).ok());
    moment.map_or("-".to_owned(), |moment| moment.to_string())
}
