//! `plumbago events post`: one event, from the words of the command line.

use super::{client, shown, wait};
use crate::cli::EventsPostArgs;
use crate::commands::CommandError;
use bytes::Bytes;
use hyper::Method;
use hyper::header::CONTENT_TYPE;
use plumbago_rules::Event;
use serde_json::{Map, Value};
use std::io::Write;

/// Posts the event and prints it as it was stored.
pub(super) fn post(args: &EventsPostArgs, out: &mut dyn Write) -> Result<(), CommandError> {
    let url = args.server.url();
    let headers = [(CONTENT_TYPE, "application/json")];
    let body = Bytes::from(body(args).to_string());
    let answer = wait(async {
        client::whole(url, client::send(url, Method::POST, "/api/v1/events", &headers, body).await?).await
    })?;
    let event: Event = serde_json::from_slice(&answer)
        .map_err(|error| CommandError::new(format!("{url}: the answer is not as expected: {error}")))?;
    writeln!(out, "{}", shown::line(&event))?;
    Ok(())
}

fn body(args: &EventsPostArgs) -> Value {
    let mut fields = Map::new();
    let mut set = |field: &str, value: Value| fields.insert(field.to_owned(), value);
    set("title", args.title.clone().into());
    set("tags", args.tags.clone().into());
    let texts =
        [("kind", &args.kind), ("text", &args.text), ("severity", &args.severity), ("key", &args.key)];
    for (field, value) in texts {
        if let Some(value) = value {
            set(field, value.clone().into());
        }
    }
    for (field, seconds) in [("start_ms", args.start), ("end_ms", args.end)] {
        if let Some(seconds) = seconds {
            set(field, seconds.saturating_mul(1000).into());
        }
    }
    if args.open {
        set("end_ms", Value::Null);
    }
    Value::Object(fields)
}
