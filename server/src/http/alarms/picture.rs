//! `GET /api/v1/pictures/…`: the graph of a message, for those who were given its address.
//!
//! Invariant: a signature of ours takes the place of credentials, and is checked before anything else happens: before the
//! request waits for its turn, and before what it names is looked at. It shows one picture, as of the time of the message,
//! and its cost is that of any query.

use super::super::App;
use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::formats::{self, Caching};
use super::super::pictures::fault;
use super::super::query_fault;
use crate::alarms::{AddressError, Means, NoPicture, PICTURE_PATH, draw, read_address};
use hyper::StatusCode;
use plumbago_alerting::AlarmGraph;
use plumbago_pictures::Format;

/// For how many seconds who has the picture need not ask again: points that come late may change it.
const KEPT_SECS: i64 = 300;

/// The graph that a path names.
///
/// # Errors
/// Status 403: the address is not ours; 410: its time is over.
pub(in super::super) fn signed(app: &App, path: &str) -> Result<AlarmGraph, Fault> {
    let name = path.strip_prefix(PICTURE_PATH).unwrap_or_default();
    let graph = match &app.picture_key {
        Some(key) => read_address(key, name, app.clock.now()),
        None => Err(AddressError::Foreign),
    };
    graph.map_err(|error| {
        let status = match error {
            AddressError::Foreign => StatusCode::FORBIDDEN,
            AddressError::Expired(_) => StatusCode::GONE,
        };
        Fault::new(status, error.to_string())
    })
}

/// The picture, drawn now.
pub(in super::super) fn picture(app: &App, call: &Call) -> Result<Answer, Fault> {
    let graph = signed(app, &call.path)?;
    let means = Means::of(&app.settings.query.get(), call.cancel.clone(), app.query_helpers.clone());
    let picture = draw(&graph, &app.source_for(call), means).map_err(|error| match error {
        NoPicture::Query(error) => query_fault(error),
        NoPicture::Empty => Fault::new(StatusCode::NOT_FOUND, error.to_string()),
        NoPicture::Picture(error) => fault(error),
    })?;
    let now = app.clock.now();
    let caching = Caching::Keeps { seconds: KEPT_SECS, until: now.saturating_add(KEPT_SECS) };
    let encode = || picture.encode(Format::Png).map_err(fault);
    formats::drawn(call, Format::Png.content_type(), picture.svg().as_bytes(), &caching, encode)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{NOW, app, call};
    use super::*;
    use crate::alarms::signed_address;
    use hyper::header::CACHE_CONTROL;
    use plumbago_rules::Bound;
    use std::sync::Arc;

    const TITLE: &str = "<script>&\"' \u{202e}";

    fn graph(expression: &str) -> AlarmGraph {
        AlarmGraph {
            title: TITLE.to_owned(),
            expression: expression.into(),
            series: vec!["<script>".into()],
            bounds: vec![Bound { value: 4.0, label: TITLE.to_owned() }],
            firing_secs: (NOW - 600, NOW),
            range_secs: (NOW - 4200, NOW),
        }
    }

    fn path(app: &App, expression: &str, expires_secs: i64) -> String {
        let key = app.picture_key.as_ref().expect("a key");
        signed_address(key, "", graph(expression), expires_secs).expect("an address")
    }

    fn answer(app: &App, path: &str, query: &str) -> Result<Answer, (u16, String)> {
        picture(app, &call(path, query)).map_err(|fault| (fault.status.as_u16(), fault.message))
    }

    #[test]
    fn a_signed_path_is_its_picture_whatever_else_is_asked() {
        let app = app();
        let path = path(&app, "alias(constantLine(5), '<script>')", NOW + 1);
        let first = answer(&app, &path, "").expect("a picture");
        assert_eq!(first.content_type, "image/png");
        assert!(first.body.starts_with(b"\x89PNG"));
        assert!(first.headers.iter().any(|(name, value)| name == CACHE_CONTROL && value == "max-age=300"));
        let other = answer(&app, &path, "target=constantLine(1)&format=json&width=10&from=-1y&noCache=1");
        assert_eq!(other.expect("a picture").body, first.body);
    }

    #[test]
    fn what_chooses_others_over_the_time_shown_still_shows_the_series_that_fired() {
        let app = app();
        let mut writer = app.engine.writer();
        for minute in 0..60 {
            let value = if minute < 55 { 1.0 } else { 700.0 };
            for series in ["av.a.q", "av.b.q"] {
                writer.push(series, value, NOW - 3600 + minute * 60, NOW).expect("a point");
            }
        }
        writer.commit().expect("a commit");
        let about = |expression: &str, series: &str| {
            let graph = AlarmGraph { series: vec![series.into()], ..graph(expression) };
            let key = app.picture_key.as_ref().expect("a key");
            let path = signed_address(key, "", graph, NOW + 1).expect("an address");
            answer(&app, &path, "").map(|answer| answer.body)
        };
        let plain = about("av.*.q", "av.a.q").expect("a picture");
        for expression in
            ["averageAbove(av.*.q, 500)", "av.{b,a}.q | limit(1)", "limit(sortByName(av.*.q,reverse=true),1)"]
        {
            assert!(about(expression, "av.a.q").expect(expression) == plain, "{expression}");
        }
        for (expression, series) in [
            ("averageAbove(av.*.q, 500)", "av.c.q"),
            ("sumSeries(averageAbove(av.*.q, 500))", "sumSeries(av.*.q)"),
            ("aliasByNode(averageAbove(av.*.q, 500), 0)", "av"),
        ] {
            let (status, message) = about(expression, series).expect_err(expression);
            assert_eq!((status, message.lines().count()), (404, 1), "{message}");
        }
    }

    #[test]
    fn any_other_path_is_refused_in_one_line() {
        let app = app();
        let mut changed = path(&app, "constantLine(5)", NOW + 1);
        let last = changed.pop();
        changed.push(if last == Some('A') { 'B' } else { 'A' });
        for path in [PICTURE_PATH, "/api/v1/pictures/a.b", &changed] {
            let refused = answer(&app, path, "").expect_err(path);
            assert_eq!(
                refused,
                (403, "this address of a picture was not made by this server, or was changed".to_owned())
            );
        }
        let (status, message) = answer(&app, &path(&app, "constantLine(5)", NOW), "").expect_err("over");
        assert_eq!((status, message.lines().count()), (410, 1));
        assert!(message.starts_with("this address of a picture was valid until 2024-03-15T12:00:00Z"));
        let keyless = App { picture_key: None, ..Arc::into_inner(self::app()).expect("one owner") };
        let path = path(&app, "constantLine(5)", NOW + 1);
        assert_eq!(answer(&keyless, &path, "").expect_err("no key").0, 403);
    }

    #[test]
    fn what_cannot_be_drawn_is_a_fault_of_one_line() {
        let app = app();
        for expression in ["constantLine(", "color(alias(constantLine(5),'x'),'nope')"] {
            let graph = AlarmGraph { series: vec!["x".into()], ..graph(expression) };
            let key = app.picture_key.as_ref().expect("a key");
            let path = signed_address(key, "", graph, NOW + 1).expect("an address");
            let (status, message) = answer(&app, &path, "").expect_err(expression);
            assert_eq!((status, message.lines().count()), (400, 1), "{message}");
        }
    }
}
