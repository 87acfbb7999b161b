//! holtWintersForecast, the confidence bands, the area between them, and what lies outside.
//!
//! Invariant: the analysis begins a bootstrap interval before the range, and that part is cut off its results.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::QueryError;
use crate::functions::graph::area_between;
use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::plan::{Arguments, Shift};
use crate::run::Invocation;
use crate::series::{Grid, Series};
use crate::times;

use super::holt_winters::analyse;
use super::moving::checked_start;
use super::window::back;

const DELTA: Parameter = Parameter::optional("delta", Kind::Integer, Default::Integer(3));
const BOOTSTRAP: Parameter = Parameter::optional("bootstrapInterval", Kind::Interval, Default::Text("7d"));
const SEASONALITY: Parameter = Parameter::optional("seasonality", Kind::Interval, Default::Text("1d"));

static FORECAST: &[Parameter] = &[SERIES_LIST, BOOTSTRAP, SEASONALITY];
static BANDS: &[Parameter] = &[SERIES_LIST, DELTA, BOOTSTRAP, SEASONALITY];

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new("holtWintersForecast", Group::Calculate, FORECAST, forecast)
        .widens(bootstrap_hook)
        .takes_times()
        .help(
            "Predicts each value from the level, slope and season of those before.",
            r#"web.hits: 3 3 3 3 3 3 @60
         > holtWintersForecast(web.hits, "5min") since 2min
         holtWintersForecast(web.hits): 3 3 @60"#,
        ),
    Descriptor::new("holtWintersConfidenceBands", Group::Calculate, BANDS, |call| Ok(bands(call)?.into()))
        .widens(bootstrap_hook)
        .takes_times()
        .help(
            "Shows the band that values are predicted to lie in, delta deviations to both sides.",
            r#"web.hits: 3 3 3 3 3 3 @60
         > holtWintersConfidenceBands(web.hits, 3, "5min") since 2min
         holtWintersConfidenceLower(web.hits): 3 3 @60
         holtWintersConfidenceUpper(web.hits): 3 3 @60"#,
        ),
    Descriptor::new("holtWintersAberration", Group::Calculate, BANDS, aberration)
        .widens(bootstrap_hook)
        .help(
            "Shows by how much values lie outside the predicted band.",
            r#"web.hits: 3 3 3 3 3 13 @60
         > holtWintersAberration(web.hits, 3, "5min") since 2min
         holtWintersAberration(web.hits): 0 7 @60"#,
        ),
    Descriptor::new("holtWintersConfidenceArea", Group::Calculate, BANDS, area)
        .widens(bootstrap_hook)
        .takes_times()
        .help(
            "Draws the area of the predicted band of one series.",
            r#"web.hits: 3 3 3 3 3 3 @60
         > holtWintersConfidenceArea(web.hits, 3, "5min") since 2min
         holtWintersConfidenceArea(web.hits): 3 3 @60
         holtWintersConfidenceArea(web.hits): 3 3 @60"#,
        ),
];

fn bootstrap_hook(arguments: &Arguments<'_>) -> Option<Shift> {
    times::interval(arguments.optional_text("bootstrapInterval")?).ok().map(back)
}

/// A series analysed from the bootstrap interval on, without that interval.
struct Analysed {
    source: Series,
    grid: Grid,
    predictions: Vec<f64>,
    deviations: Vec<f64>,
}

fn analysed(call: &mut Invocation<'_, '_>) -> Result<Vec<Analysed>, QueryError> {
    let bootstrap = times::interval(call.arguments().text("bootstrapInterval")?)?;
    let season_seconds = times::interval(call.arguments().text("seasonality")?)?;
    let sources = call.again(back(bootstrap))?;
    let analyse_one = |source: Series| {
        let season = usize::try_from(season_seconds / source.step.max(1)).unwrap_or(0);
        let analysis = analyse(&source.values, season);
        let skipped = usize::try_from(bootstrap / source.step.max(1)).unwrap_or(0).min(source.values.len());
        let start = checked_start(source.start, bootstrap)?;
        let grid = Grid { start, ..source.grid() };
        let predictions = analysis.predictions[skipped..].to_vec();
        let deviations = analysis.deviations[skipped..].to_vec();
        Ok(Analysed { source, grid, predictions, deviations })
    };
    sources.into_iter().map(analyse_one).collect()
}

fn forecast(call: &mut Invocation<'_, '_>) -> Outcome {
    let mut results = Vec::new();
    for one in analysed(call)? {
        let name = format!("holtWintersForecast({})", one.source.name);
        let mut series = Series::new(name, one.grid, one.predictions, one.source.x_files_factor);
        series.tags = one.source.tags;
        series.tags.set("holtWintersForecast", "1");
        series.tags.set("holtWintersDeviation", "1");
        results.push(series);
    }
    Ok(results.into())
}

/// The lower and the upper band of each series, in this order.
fn bands(call: &mut Invocation<'_, '_>) -> Result<Vec<Series>, QueryError> {
    let delta = call.arguments().integer("delta")? as f64;
    let mut results = Vec::new();
    for one in analysed(call)? {
        let mut tags = one.source.tags.clone();
        for tag in ["Forecast", "Deviation", "ConfidenceUpper", "ConfidenceLower"] {
            tags.set(&format!("holtWinters{tag}"), "1");
        }
        for (which, sign) in [("Lower", -1.0), ("Upper", 1.0)] {
            let bound = |(prediction, deviation): (&f64, &f64)| prediction + sign * (delta * deviation);
            let values = one.predictions.iter().zip(&one.deviations).map(bound).collect();
            let name = format!("holtWintersConfidence{which}({})", one.source.name);
            let mut series = Series::new(name, one.grid, values, one.source.x_files_factor);
            series.path_expression = Arc::clone(&one.source.path_expression);
            series.tags = tags.clone();
            results.push(series);
        }
    }
    Ok(results)
}

fn aberration(call: &mut Invocation<'_, '_>) -> Outcome {
    let series = call.take_series();
    let bands: HashMap<Arc<str>, Series> =
        bands(call)?.into_iter().map(|one| (Arc::clone(&one.name), one)).collect();
    let mut results = Vec::new();
    for mut one in series {
        let band = |which: &str| bands.get(format!("holtWintersConfidence{which}({})", one.name).as_str());
        let (Some(lower), Some(upper)) = (band("Lower"), band("Upper")) else { continue };
        let bound = |band: &Series, at: usize| band.values.get(at).copied().unwrap_or(f64::NAN);
        let values = one.values.iter().enumerate().map(|(at, &value)| {
            // Comparisons with a missing value or bound are false.
            match (bound(lower, at), bound(upper, at)) {
                (_, upper) if value > upper => value - upper,
                (lower, _) if value < lower => value - lower,
                _ => 0.0,
            }
        });
        let name = format!("holtWintersAberration({})", one.name);
        one.tags.set("holtWintersAberration", "1");
        let mut aberration = Series::new(name, one.grid(), values.collect(), one.x_files_factor);
        aberration.tags = one.tags;
        results.push(aberration);
    }
    Ok(results.into())
}

fn area(call: &mut Invocation<'_, '_>) -> Outcome {
    let mut results = area_between(bands(call)?)?;
    for one in &mut results {
        one.tags.unset("areaBetween");
        one.tags.set("holtWintersConfidenceArea", "1");
        let name = one.name.replace("areaBetween", "holtWintersConfidenceArea");
        one.rename(name);
    }
    Ok(results.into())
}
