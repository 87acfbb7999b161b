//! `/render` with `meta=true`: each series with the archive it was read from and what was done to its points.
//!
//! The shape is metrictank's, so that what reads the one reads the other. A series that functions made from others has a
//! lineage where all of those were read from one archive, and otherwise an empty list.

use plumbago_query::{ArchiveFacts, Consolidation, RenderedSeries};
use serde_json::{Value, json};

/// The version of the shape that metrictank gives.
const VERSION: &str = "v0.1";

/// The whole answer.
pub(super) fn answer(series: &[RenderedSeries]) -> Value {
    let points: usize = series.iter().map(|one| one.points().count()).sum();
    json!({
        "version": VERSION,
        "meta": { "stats": { "executeplan.points-return.count": points } },
        "series": series.iter().map(one).collect::<Vec<_>>(),
    })
}

fn one(series: &RenderedSeries) -> Value {
    let datapoints: Vec<(Option<f64>, i64)> = series.points().collect();
    let lineage: Vec<Value> = series.meta.archive.iter().map(|archive| lineage(series, archive)).collect();
    json!({
        "target": &*series.name,
        "tags": series.tags.to_map(),
        "datapoints": datapoints,
        "meta": lineage,
    })
}

fn lineage(series: &RenderedSeries, archive: &ArchiveFacts) -> Value {
    let joined = series.meta.values_per_point;
    let at_run_time = if joined > 1 { consolidator(series.meta.consolidation) } else { "NoneConsolidator" };
    let mut lineage = json!({
        "schema-name": &*archive.schema,
        "schema-retentions": &*archive.retentions,
        "archive-read": archive.archive,
        "archive-interval": archive.step,
        // Series of different steps have no common archive, so that nothing was normalised here.
        "aggnum-norm": 1,
        "consolidator-normfetch": consolidator(Consolidation::from(archive.aggregation)),
        "aggnum-rc": joined,
        "consolidator-rc": at_run_time,
    });
    if series.meta.sources > 0 {
        lineage["count"] = Value::from(series.meta.sources);
    }
    lineage
}

/// The name that metrictank gives a method; those that only Plumbago has are named likewise.
fn consolidator(by: Consolidation) -> &'static str {
    match by {
        Consolidation::Average => "AverageConsolidator",
        Consolidation::AverageZero => "AverageZeroConsolidator",
        Consolidation::Sum => "SumConsolidator",
        Consolidation::Min => "MinimumConsolidator",
        Consolidation::Max => "MaximumConsolidator",
        Consolidation::First => "FirstConsolidator",
        Consolidation::Last => "LastConsolidator",
        Consolidation::AbsMax => "AbsMaxConsolidator",
        Consolidation::AbsMin => "AbsMinConsolidator",
    }
}
