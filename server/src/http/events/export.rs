//! `GET /api/v1/events/export`: every event of a search as a line of JSON, in the order of ids.
//!
//! Invariant: memory holds one page. An answer that ends in order is complete as of its beginning.

use super::super::App;
use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::flow::{Flow, FlowCut, Pieces};
use super::pages::{By, PAGE_EVENTS, next};
use super::{check_parameters, search};
use bytes::Bytes;
use plumbago_rules::{Search, write_line};
use std::sync::Arc;

/// Begins the answer.
pub(in super::super) fn export(app: &Arc<App>, call: &Call) -> Result<(Answer, Flow), Fault> {
    check_parameters(call, &["q"])?;
    let search = search(app, call)?;
    let (pieces, flow) = Flow::new();
    tokio::spawn(write(app.clone(), search, pieces));
    Ok((Answer::new("application/x-ndjson", Bytes::new()), flow))
}

async fn write(app: Arc<App>, search: Search, pieces: Pieces) {
    let mut last = 0;
    loop {
        let page = match next(&app, By::Id, last).await {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!("an export was cut off: {error}");
                // Nobody may be there to be told.
                let _ = pieces.send(Err(FlowCut(error.to_string()))).await;
                return;
            }
        };
        let mut lines = String::new();
        for stored in page.iter().filter(|stored| search.matches(&stored.event)) {
            lines.push_str(&write_line(&stored.event));
            lines.push('\n');
        }
        let is_sent = lines.is_empty() || pieces.send(Ok(Bytes::from(lines))).await.is_ok();
        match page.last().filter(|_| is_sent && page.len() == PAGE_EVENTS) {
            Some(stored) => last = stored.event.id,
            None => return,
        }
    }
}
