//! `POST /api/v1/snapshot`: a second store that holds what this one holds now.
//!
//! Where it goes is not the caller's to say: into a folder of its own in the data directory, called after the time.

use super::answer::{Answer, Fault};
use super::call::Call;
use super::events::event_fault;
use super::format::json;
use super::{App, store_fault};
use crate::clock::utc_stamp;
use serde_json::json as value;

/// Takes a snapshot, and answers where it is and what it took.
pub(super) fn take(app: &App, call: &Call) -> Result<Answer, Fault> {
    if let Some(other) = call.params.names().find(|name| *name != "jsonp") {
        return Err(Fault::bad_request(format!("{other}: no such parameter; a snapshot takes none")));
    }
    let label = utc_stamp(app.clock.now());
    // Before the points: then rules find every point that they knew of.
    let events = app.events.copy(&label).map_err(event_fault)?;
    let taken = app.engine.snapshot(&label).map_err(store_fault)?;
    events.place(&app.events.data_dir().join(&taken.path)).map_err(event_fault)?;
    tracing::info!("snapshot taken: {}", taken.path);
    let body = value!({
        "path": taken.path,
        "segments": taken.segments,
        "segment_bytes": taken.segment_bytes,
        "copied_bytes": taken.copied_bytes,
    });
    json(&call.params, &body)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{NOW, app, call};
    use super::*;

    #[test]
    fn a_request_cannot_say_where_a_snapshot_goes() {
        let app = app();
        let mut writer = app.engine.writer();
        writer.push("a.b", 1.0, NOW, NOW).expect("a point");
        writer.commit().expect("a commit");
        for query in ["path=/tmp/x", "label=x", "dir=../x"] {
            let fault = take(&app, &call("/api/v1/snapshot", query)).err().map(|fault| fault.message);
            assert!(fault.is_some_and(|text| text.contains("no such parameter")), "{query}");
        }
        for path in ["snapshots/20240315T120000Z", "snapshots/20240315T120000Z-2"] {
            let answer = take(&app, &call("/api/v1/snapshot", "")).expect("a snapshot");
            let body: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
            assert_eq!(body["path"], path);
        }
    }
}
