//! `plumbago events search`: the newest events of a search.

use super::{client, shown, wait};
use crate::cli::EventsSearchArgs;
use crate::commands::CommandError;
use bytes::Bytes;
use hyper::Method;
use plumbago_rules::{Event, write_line};
use serde::Deserialize;
use std::io::Write;

#[derive(Deserialize)]
struct Page {
    events: Vec<Event>,
    next: Option<String>,
}

/// Prints the events, the newest one first.
pub(super) fn search(args: &EventsSearchArgs, out: &mut dyn Write) -> Result<(), CommandError> {
    let (query, url) = (args.query.join(" "), args.server.url());
    let limit = args.limit.to_string();
    let parameters = client::encode(&[("q", &query), ("limit", &limit)]);
    let path = format!("/api/v1/events?{parameters}");
    let body = wait(async {
        client::whole(url, client::send(url, Method::GET, &path, &[], Bytes::new()).await?).await
    })?;
    let page: Page = serde_json::from_slice(&body)
        .map_err(|error| CommandError::new(format!("{url}: the answer is not as expected: {error}")))?;
    for event in &page.events {
        let line = if args.json { write_line(event) } else { shown::line(event) };
        writeln!(out, "{line}")?;
    }
    if page.next.is_some() && !args.json {
        writeln!(out, "there are more: --limit shows up to 1000, until:TIME earlier ones")?;
    }
    Ok(())
}
