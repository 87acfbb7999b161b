//! `plumbago query`: expressions to a table or a plot, from a running server or from a data directory.

use super::{CommandError, client, directory};
use crate::cli::{Outcome, QueryArgs, StoreChoice};
use crate::clock::Clock;
use crate::plot::{PlotOptions, PlotSeries, Terminal, plot, table};
use crate::source::EngineSource;
use jiff::tz::TimeZone;
use plumbago_protocol::at_time;
use plumbago_query::{RenderRequest, render};
use serde::Deserialize;
use std::io::{self, Write};
use std::path::Path;

/// A series of the result, whoever computed it.
#[derive(Debug, PartialEq)]
struct Column {
    name: String,
    start: i64,
    step: i64,
    values: Vec<f64>,
}

/// Prints what the expressions evaluate to.
///
/// # Errors
/// A wrong expression or time, or a store that cannot be read.
pub(crate) fn query(args: &QueryArgs, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let columns = match args.store.choice() {
        StoreChoice::Server(url) => from_server(url, args)?,
        StoreChoice::Directory(path) => from_directory(path, args)?,
    };
    let series: Vec<PlotSeries<'_>> = columns
        .iter()
        .map(|column| PlotSeries {
            name: &column.name,
            start: column.start,
            step: column.step,
            values: &column.values,
        })
        .collect();
    let zone = TimeZone::UTC;
    let text = if args.plot {
        let terminal = Terminal::of(&io::stdout());
        let height = terminal.plot_rows(series.len());
        plot(&series, &PlotOptions { width: terminal.width, height, zone: &zone, color: terminal.color })
    } else {
        table(&series, &zone)
    };
    out.write_all(text.as_bytes())?;
    Ok(Outcome::Done)
}

fn from_directory(path: &Path, args: &QueryArgs) -> Result<Vec<Column>, CommandError> {
    let now = Clock::from(args.clock).now();
    let time = |name: &str, text: &str| {
        at_time::parse(text, now, &TimeZone::UTC)
            .map_err(|error| CommandError::new(format!("{name}: {error}")))
    };
    let (from, until) = (time("--from", &args.from)?, time("--until", &args.until)?);
    let engine = directory::open_to_read(path, now)?;
    let request = RenderRequest::new(args.expressions.clone(), from, until, now);
    let series = render(&EngineSource::new(&engine), &request)
        .map_err(|error| CommandError::new(error.to_string()))?;
    let column = |one: plumbago_query::RenderedSeries| Column {
        name: one.name.to_string(),
        start: one.start,
        step: one.step,
        values: one.values,
    };
    Ok(series.into_iter().map(column).collect())
}

/// A series of a `/render` answer.
#[derive(Debug, Deserialize)]
struct AnsweredSeries {
    target: String,
    datapoints: Vec<(Option<f64>, i64)>,
}

fn from_server(url: &str, args: &QueryArgs) -> Result<Vec<Column>, CommandError> {
    let mut form = vec![("from", args.from.as_str()), ("until", args.until.as_str()), ("format", "json")];
    form.extend(args.expressions.iter().map(|expression| ("target", expression.as_str())));
    let body = client::post(url, "/render", &form)?;
    let answer: Vec<AnsweredSeries> = serde_json::from_slice(&body)
        .map_err(|error| CommandError::new(format!("{url}: the answer is no list of series: {error}")))?;
    Ok(answer.into_iter().map(column_of).collect())
}

/// The datapoints as a column: their times are evenly spaced.
fn column_of(series: AnsweredSeries) -> Column {
    let times: Vec<i64> = series.datapoints.iter().map(|(_, time)| *time).collect();
    let step = match times[..] {
        [first, second, ..] => second.saturating_sub(first).max(1),
        _ => 1,
    };
    Column {
        name: series.target,
        start: times.first().copied().unwrap_or(0),
        step,
        values: series.datapoints.iter().map(|(value, _)| value.unwrap_or(f64::NAN)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_becomes_columns() {
        let text =
            r#"[{"target":"a","tags":{},"datapoints":[[1.5,60],[null,120]]},{"target":"b","datapoints":[]}]"#;
        let answer: Vec<AnsweredSeries> = serde_json::from_str(text).unwrap();
        let columns: Vec<Column> = answer.into_iter().map(column_of).collect();
        assert_eq!((columns[0].name.as_str(), columns[0].start, columns[0].step), ("a", 60, 60));
        assert_eq!(columns[0].values[0], 1.5);
        assert!(columns[0].values[1].is_nan());
        assert_eq!(columns[1], Column { name: "b".to_owned(), start: 0, step: 1, values: Vec::new() });
    }
}
