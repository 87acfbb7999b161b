//! Which series a change is about: a pattern of names, or tag expressions; and how long they have been silent.
//!
//! Owns the reading of both as users write them, for HTTP and for the command line alike. Wildcards do not reach into
//! tags, so that a pattern never touches a tagged series unless it is its whole name; one with wildcards and tags is
//! refused rather than found to match nothing.

use plumbago_engine::{Engine, Selector};
use plumbago_protocol::{Glob, TagExpression, limits, parse_interval};

/// The series of a pattern, or of tag expressions that all must hold: exactly one of the two is given.
///
/// # Errors
/// A sentence that says what is wrong with them.
pub(crate) fn choose<'a>(
    pattern: Option<&'a str>,
    expressions: impl IntoIterator<Item = &'a str>,
) -> Result<Selector, String> {
    let expressions = parse_expressions(expressions)?;
    if !expressions.is_empty() && expressions.iter().all(TagExpression::matches_empty) {
        return Err("at least one tag expression must not match an empty value".to_owned());
    }
    match (pattern, expressions.is_empty()) {
        (Some(pattern), true) => parse_pattern(pattern).map(Selector::Glob),
        (None, false) => Ok(Selector::Tags(expressions)),
        (None, true) => Err("a pattern or a tag expression is needed".to_owned()),
        (Some(_), false) => Err("either a pattern or tag expressions, not both".to_owned()),
    }
}

/// A pattern of names, or the whole name of a series, its tags in any order.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub(crate) fn parse_pattern(text: &str) -> Result<Glob, String> {
    let glob = Glob::parse(text).map_err(|error| error.to_string())?;
    if text.contains(';') && !glob.is_literal() {
        return Err(format!("{text}: wildcards do not reach into tags; give tag expressions instead"));
    }
    Ok(glob)
}

/// Tag expressions, no more than one request may have. That one of them selects something is not checked.
///
/// # Errors
/// A sentence that names the first that cannot be used.
pub(crate) fn parse_expressions<'a>(
    texts: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<TagExpression>, String> {
    let mut expressions = Vec::new();
    for text in texts {
        if expressions.len() == limits::TAG_EXPRESSIONS_MAX {
            return Err(format!("more than {} tag expressions", limits::TAG_EXPRESSIONS_MAX));
        }
        expressions.push(TagExpression::parse(text).map_err(|error| format!("{text}: {error}"))?);
    }
    Ok(expressions)
}

/// How long a series must have been silent, in seconds, from a text such as `30d`.
///
/// # Errors
/// A sentence that says what is wrong with it. No time at all is refused: every series would be meant.
pub(crate) fn parse_age(text: &str) -> Result<i64, String> {
    match parse_interval(text) {
        Ok(secs) if secs > 0 => Ok(secs),
        Ok(_) => Err(format!("expected a time such as 30d, found {text:?}")),
        Err(error) => Err(error.to_string()),
    }
}

/// Deletes the series of `selector`, or those of them only that were silent for `stale_secs`; answers their names.
///
/// # Errors
/// The store's.
pub(crate) fn delete(
    engine: &Engine,
    selector: &Selector,
    stale_secs: Option<i64>,
    dry_run: bool,
    now: i64,
) -> Result<Vec<String>, plumbago_engine::Error> {
    let Some(secs) = stale_secs else { return engine.delete_selected(selector, dry_run) };
    let before = now.saturating_sub(secs);
    let stale = if dry_run {
        engine.stale(selector, before, now)?
    } else {
        engine.delete_stale(selector, before, now)?
    };
    Ok(stale.into_iter().map(|series| series.name.to_string()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_longer_than_nothing() {
        assert_eq!(parse_age("1h30min"), Ok(5400));
        for text in ["", "0s", "-1d", "30", "soon"] {
            assert!(parse_age(text).is_err(), "{text}");
        }
    }

    fn refusal(pattern: Option<&str>, expressions: &[&str]) -> String {
        choose(pattern, expressions.iter().copied()).unwrap_err()
    }

    #[test]
    fn a_pattern_or_expressions_and_nothing_between() {
        let Ok(Selector::Glob(glob)) = choose(Some("cpu;b=1;a=2"), []) else { panic!("a whole name") };
        assert_eq!(glob.literal(), Some("cpu;a=2;b=1"));
        assert!(matches!(choose(Some("a.*"), []), Ok(Selector::Glob(_))));
        assert!(matches!(choose(None, ["name=cpu", "host!=x"]), Ok(Selector::Tags(all)) if all.len() == 2));
        assert!(refusal(None, &[]).contains("needed"));
        assert!(refusal(Some("a"), &["b=c"]).contains("not both"));
    }

    #[test]
    fn what_would_select_nothing_or_everything_by_mistake_is_refused() {
        assert!(refusal(Some("cpu;host=*"), &[]).contains("do not reach into tags"));
        assert!(refusal(Some("a.{b"), &[]).contains("column"));
        assert!(refusal(None, &["host!=x"]).contains("empty value"));
        assert!(refusal(None, &["host=~"]).contains("empty value"));
        assert!(refusal(None, &["host"]).contains("host: "));
        assert!(refusal(None, &["a=b"; limits::TAG_EXPRESSIONS_MAX + 1]).contains("256"));
    }
}
