//! timeShiftByMetric: releases laid over each other, each from its own mark on.

use std::collections::BTreeMap;

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_LIST, wrapped};
use crate::functions::{Descriptor, Group, Kind, Origin, Parameter};
use crate::run::Invocation;
use crate::series::Series;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "timeShiftByMetric",
    Group::Transform,
    &[
        SERIES_LIST,
        Parameter::required("markSeries", Kind::SeriesList),
        Parameter::required("versionRankIdx", Kind::Integer),
    ],
    shift_by_metric,
)
.from(Origin::Carbonapi)
.help("Moves series of older versions so that their last mark meets that of the newest; the last node of a mark is MAJOR_MINOR, and versionRankIdx the version's node in the series.", "app.1_2.hits: 5 6 7 8 @60
         app.2_0.hits: - - 1 2 @60
         mark.1_2: 1 - - - @60
         mark.2_0: - - 1 - @60
         > timeShiftByMetric(app.*.hits, mark.*, 1)
         timeShiftByMetric(app.1_2.hits): 5 6 7 8 @60 from 11:59:00
         timeShiftByMetric(app.2_0.hits): - - 1 2 @60")];

fn shift_by_metric(call: &mut Invocation<'_, '_>) -> Outcome {
    let rank = usize::try_from(call.arguments().integer("versionRankIdx")?).unwrap_or(usize::MAX);
    let series = call.take_series();
    let marks = call.take_named("markSeries").unwrap_or_default();
    check(&series, &marks)?;
    let step = series.first().map_or(1, |one| one.step);
    let newest = newest_marks(&marks);
    let Some((_, (_, _, top))) = newest.last_key_value().filter(|_| newest.len() > 1) else {
        return Err(QueryError::bad_request(format!(
            "timeShiftByMetric needs marks of two major versions, {} match",
            newest.len()
        )));
    };
    let offset_of = |version: &str| {
        // A series may name the major version only: `65` is marked by `65_4`.
        let exact = newest.values().find(|(_, mark, _)| mark == version);
        let found = exact.or_else(|| newest.values().rev().find(|(_, mark, _)| mark.starts_with(version)));
        found.map(|(_, _, position)| (*top as i64 - *position as i64).saturating_mul(step))
    };
    let mut results = Vec::new();
    for mut one in series {
        let name = one.tags.get("name").unwrap_or_default().to_owned();
        let version = name.split('.').nth(rank).filter(|version| !version.is_empty());
        if let Some(offset) = version.and_then(offset_of) {
            one.start = one.start.saturating_add(offset);
            one.end = one.end.saturating_add(offset);
            one.rename(wrapped("timeShiftByMetric", &one.name));
            results.push(one);
        }
    }
    Ok(results.into())
}

fn check(series: &[Series], marks: &[Series]) -> Result<(), QueryError> {
    for (what, list) in [("series", series), ("marks", marks)] {
        if list.len() < 2 {
            return Err(QueryError::bad_request(format!(
                "timeShiftByMetric needs at least 2 {what}, {} match",
                list.len()
            )));
        }
    }
    let first = (series[0].step, series[0].values.len());
    match series.iter().chain(marks).find(|one| (one.step, one.values.len()) != first) {
        None => Ok(()),
        Some(other) => Err(QueryError::bad_request(format!(
            "timeShiftByMetric takes series of one step and length, that of {} is another",
            other.name
        ))),
    }
}

/// Of each major version the newest minor one: its number, its mark and the position of its last value.
fn newest_marks(marks: &[Series]) -> BTreeMap<u64, (u64, String, usize)> {
    let mut newest: BTreeMap<u64, (u64, String, usize)> = BTreeMap::new();
    for one in marks {
        let name = one.tags.get("name").unwrap_or_default();
        let mark = name.rsplit('.').next().unwrap_or_default();
        let numbers = mark
            .split_once('_')
            .and_then(|(major, minor)| Some((major.parse::<u64>().ok()?, minor.parse::<u64>().ok()?)));
        let last = one.values.iter().rposition(|value| !value.is_nan());
        let (Some((major, minor)), Some(position)) = (numbers, last) else { continue };
        if newest.get(&major).is_none_or(|(known, _, _)| minor > *known) {
            newest.insert(major, (minor, mark.to_owned(), position));
        }
    }
    newest
}
