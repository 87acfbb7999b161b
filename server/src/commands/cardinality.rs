//! `plumbago cardinality`: which prefixes own the series, as a table.

use super::change::ask;
use super::{CommandError, directory};
use crate::cli::{CardinalityArgs, CardinalityOrder, Outcome, StoreChoice};
use crate::clock::Clock;
use plumbago_engine::CensusQuery;
use serde::Deserialize;
use std::io::Write;

#[derive(Debug, Deserialize)]
struct Owners {
    series: u64,
    most_series: Vec<Owner>,
    most_points: Vec<Owner>,
    most_new_series: Vec<Owner>,
}

#[derive(Debug, Deserialize)]
struct Owner {
    prefix: String,
    series: u64,
    points_per_sec: Option<f64>,
    new_series_per_sec: Option<f64>,
}

/// Prints the prefixes that own most.
///
/// # Errors
/// The store cannot be read.
pub(crate) fn cardinality(args: &CardinalityArgs, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let owners = match args.store.choice() {
        StoreChoice::Server(url) => {
            let (top, depth) = (args.top.to_string(), args.depth.to_string());
            let form = [("top", top.as_str()), ("depth", depth.as_str()), ("below", args.below.as_str())];
            ask::<Owners>(url, "/api/v1/cardinality", &form)?
        }
        StoreChoice::Directory(path) => {
            let now = Clock::from(args.clock).now();
            let query = CensusQuery { depth: args.depth, below: args.below.clone(), top: args.top };
            Owners::from(directory::open_to_read(path, now)?.census(&query, now))
        }
    };
    let shown = match args.by {
        CardinalityOrder::Series => &owners.most_series,
        CardinalityOrder::Points => &owners.most_points,
        CardinalityOrder::New => &owners.most_new_series,
    };
    writeln!(out, "{:>10} {:>12} {:>12}  prefix", "series", "points/s", "new/s")?;
    for owner in shown {
        let rate = |rate: Option<f64>| rate.map_or("-".to_owned(), |rate| format!("{rate:.2}"));
        let (points, new) = (rate(owner.points_per_sec), rate(owner.new_series_per_sec));
        let prefix = if owner.prefix.is_empty() { "(all)" } else { &owner.prefix };
        writeln!(out, "{:>10} {points:>12} {new:>12}  {prefix}", owner.series)?;
    }
    writeln!(out, "{} series in all", owners.series)?;
    Ok(Outcome::Done)
}

impl From<plumbago_engine::Census> for Owners {
    fn from(census: plumbago_engine::Census) -> Owners {
        let owner = |one: plumbago_engine::PrefixUse| Owner {
            prefix: one.prefix,
            series: one.series,
            points_per_sec: one.points_per_sec,
            new_series_per_sec: one.new_series_per_sec,
        };
        let owners = |uses: Vec<plumbago_engine::PrefixUse>| uses.into_iter().map(owner).collect();
        Owners {
            series: census.series,
            most_series: owners(census.most_series),
            most_points: owners(census.most_points),
            most_new_series: owners(census.most_new_series),
        }
    }
}
