//! Who owns the series, how the limits on them stand, and which stopped reporting.

use super::answer::{Answer, Fault};
use super::call::Call;
use super::format::json;
use super::{App, store_fault};
use crate::series_choice;
use plumbago_engine::{CensusQuery, PrefixUse, RuleStatus};
use plumbago_protocol::limits;
use serde_json::{Value, json as value};

/// Prefixes of each kind where nothing else is asked for.
const TOP_DEFAULT: usize = 20;

/// Nodes of a prefix where nothing else is asked for.
const DEPTH_DEFAULT: usize = 2;

/// `/api/v1/cardinality` with `top`, `depth` and `below`.
pub(super) fn owners(app: &App, call: &Call) -> Result<Answer, Fault> {
    check_known(call, &["top", "depth", "below"])?;
    let query = CensusQuery {
        depth: number(call, "depth", DEPTH_DEFAULT, limits::CARDINALITY_DEPTH_MAX)?,
        below: call.params.last("below").unwrap_or_default().trim_matches('.').to_owned(),
        top: number(call, "top", TOP_DEFAULT, limits::CARDINALITY_TOP_MAX)?,
    };
    let census = app.engine.census(&query, app.clock.now());
    let uses = |uses: &[PrefixUse]| uses.iter().map(prefix_use).collect::<Vec<_>>();
    let answer = value!({
        "series": census.series,
        "depth": query.depth,
        "below": query.below,
        "points_secs": census.points_secs,
        "new_series_secs": census.new_series_secs,
        "most_series": uses(&census.most_series),
        "most_points": uses(&census.most_points),
        "most_new_series": uses(&census.most_new_series),
        "rules": app.engine.cardinality_rules().iter().map(rule).collect::<Vec<_>>(),
    });
    json(&call.params, &answer)
}

/// `/api/v1/series/stale` with `glob`, or `expr` repeated, and `stale_for`.
pub(super) fn stale(app: &App, call: &Call) -> Result<Answer, Fault> {
    check_known(call, &["glob", "expr", "stale_for"])?;
    let selector = series_choice::choose(call.params.last_filled("glob"), call.params.all("expr"))
        .map_err(|error| Fault::bad_request(format!("glob or expr: {error}")))?;
    let secs = series_choice::parse_age(call.params.last("stale_for").unwrap_or_default())
        .map_err(|error| Fault::bad_request(format!("stale_for: {error}")))?;
    let now = app.clock.now();
    let before = now.saturating_sub(secs);
    let stale = app.engine.stale(&selector, before, now).map_err(store_fault)?;
    let shown = |one: &plumbago_engine::StaleSeries| value!({"name": &*one.name, "last_seen": one.last_seen});
    json(&call.params, &value!({"before": before, "stale": stale.iter().map(shown).collect::<Vec<_>>()}))
}

fn prefix_use(one: &PrefixUse) -> Value {
    value!({
        "prefix": one.prefix,
        "series": one.series,
        "points_per_sec": one.points_per_sec,
        "new_series_per_sec": one.new_series_per_sec,
    })
}

fn rule(status: &RuleStatus) -> Value {
    let fullest =
        status.fullest.as_ref().map(|(prefix, series)| value!({"prefix": prefix, "series": series}));
    value!({
        "name": status.rule.name,
        "prefix": status.rule.prefix.text(),
        "series_max": status.rule.series_max,
        "new_series_per_sec_max": status.rule.new_series_per_sec_max,
        "series": status.series,
        "fullest": fullest,
        "refused": {
            "series_limit": status.refused_series_limit,
            "new_series_rate": status.refused_new_series_rate,
        },
    })
}

/// A whole number in `parameter`, from 0 to `most`.
fn number(call: &Call, parameter: &str, usual: usize, most: usize) -> Result<usize, Fault> {
    let Some(text) = call.params.last_filled(parameter) else { return Ok(usual) };
    text.parse().ok().filter(|number| *number <= most).ok_or_else(|| {
        Fault::bad_request(format!("{parameter}: expected a whole number up to {most}, found {text:?}"))
    })
}

fn check_known(call: &Call, parameters: &[&str]) -> Result<(), Fault> {
    match call.params.names().find(|name| *name != "jsonp" && !parameters.contains(name)) {
        None => Ok(()),
        Some(other) => {
            let known = parameters.join(", ");
            Err(Fault::bad_request(format!("{other}: no such parameter; there are {known}")))
        }
    }
}
