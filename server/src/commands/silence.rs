//! `plumbago silence`: silences of a running server, over the paths that amtool uses, too.

use super::alarms::whoever;
use super::events::plain;
use super::{CommandError, client};
use crate::cli::{Outcome, SilenceAddArgs, SilenceArgs, SilenceCommand, SilenceExpireArgs, SilenceQueryArgs};
use hyper::Method;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use plumbago_alerting::{Matcher, Operator};
use plumbago_rules::parse_duration;
use serde_json::{Value, json};
use std::io::Write;

/// Does what was asked.
///
/// # Errors
/// A matcher or a duration is none, the server cannot be reached, or it refuses.
pub(crate) fn silence(args: &SilenceArgs, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    match &args.command {
        SilenceCommand::Add(args) => add(args, out),
        SilenceCommand::Query(args) => query(args, out),
        SilenceCommand::Expire(args) => expire(args, out),
    }?;
    Ok(Outcome::Done)
}

fn add(args: &SilenceAddArgs, out: &mut dyn Write) -> Result<(), CommandError> {
    let matchers = args.matchers.iter().map(|text| matcher(text)).collect::<Result<Vec<Value>, _>>()?;
    let duration = parse_duration(&args.duration)
        .map_err(|error| CommandError::new(format!("--for {:?}: {error}", args.duration)))?;
    let now = Timestamp::now();
    let ends = now
        .checked_add(SignedDuration::from_millis(duration))
        .map_err(|_| CommandError::new(format!("--for {:?}: too long", args.duration)))?;
    let body = json!({
        "matchers": matchers,
        "startsAt": now.to_string(),
        "endsAt": ends.to_string(),
        "createdBy": whoever(args.by.as_deref()),
        "comment": args.comment,
    });
    let answer: Value = client::exchange(args.server.url(), Method::POST, "/api/v2/silences", Some(&body))?;
    writeln!(out, "{}", plain(answer["silenceID"].as_str().unwrap_or_default()))?;
    Ok(())
}

/// A matcher as Alertmanager's API takes it.
fn matcher(text: &str) -> Result<Value, CommandError> {
    let matcher = Matcher::parse(text).map_err(|error| CommandError::new(format!("{text:?}: {error}")))?;
    let (is_equal, is_regex) = match matcher.operator() {
        Operator::Equal => (true, false),
        Operator::NotEqual => (false, false),
        Operator::Like => (true, true),
        Operator::NotLike => (false, true),
    };
    Ok(json!({
        "name": matcher.name(), "value": matcher.value(), "isRegex": is_regex, "isEqual": is_equal,
    }))
}

fn query(args: &SilenceQueryArgs, out: &mut dyn Write) -> Result<(), CommandError> {
    let filters: Vec<(&str, &str)> =
        args.matchers.iter().map(|matcher| ("filter", matcher.as_str())).collect();
    let path = format!("/api/v2/silences?{}", client::encode(&filters));
    let silences: Vec<Value> = client::exchange(args.server.url(), Method::GET, &path, None)?;
    let is_over = |silence: &Value| silence["status"]["state"] == "expired";
    for silence in silences.iter().filter(|silence| args.expired || !is_over(silence)) {
        match args.json {
            true => writeln!(out, "{silence}")?,
            false => writeln!(out, "{}", line(silence))?,
        }
    }
    Ok(())
}

fn line(silence: &Value) -> String {
    let text = |value: &Value| plain(value.as_str().unwrap_or_default());
    let shown = |matcher: &Value| {
        let is = |flag: &str, usual: bool| matcher[flag].as_bool().unwrap_or(usual);
        let operator = match (is("isEqual", true), is("isRegex", false)) {
            (true, false) => "=",
            (false, false) => "!=",
            (true, true) => "=~",
            (false, true) => "!~",
        };
        format!("{}{operator}\"{}\"", text(&matcher["name"]), text(&matcher["value"]))
    };
    let matchers: Vec<String> = silence["matchers"].as_array().into_iter().flatten().map(shown).collect();
    format!(
        "{}  {:<8} until {}  {{{}}}  {}: {}",
        text(&silence["id"]),
        text(&silence["status"]["state"]),
        text(&silence["endsAt"]),
        matchers.join(", "),
        text(&silence["createdBy"]),
        text(&silence["comment"]),
    )
}

fn expire(args: &SilenceExpireArgs, out: &mut dyn Write) -> Result<(), CommandError> {
    for id in &args.ids {
        let path = format!("/api/v2/silence/{}", utf8_percent_encode(id, NON_ALPHANUMERIC));
        client::exchange::<Value>(args.server.url(), Method::DELETE, &path, None)?;
        writeln!(out, "{} is over", plain(id))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_is_one_line_and_its_matchers_read_as_they_are_written() {
        let matchers = ["host=~web.*", "severity!=info"].map(|text| matcher(text).unwrap());
        let silence = json!({
            "id": "an-id", "status": {"state": "active"}, "endsAt": "2024-03-15T13:00:00Z", "createdBy": "me\n",
            "comment": "a new disk", "matchers": matchers,
        });
        assert_eq!(
            line(&silence),
            "an-id  active   until 2024-03-15T13:00:00Z  {host=~\"web.*\", severity!=\"info\"}  me : a new disk"
        );
        assert!(matcher("host").is_err());
    }
}
