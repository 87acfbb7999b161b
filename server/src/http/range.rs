//! The times of a request: `now`, `tz`, `from`, `until`.
//!
//! A `now` of the request's own comes before the server's clock, so that an answer can be repeated. An unknown time
//! zone counts for nothing, as in graphite-web.

use super::App;
use super::answer::Fault;
use super::call::Call;
use jiff::tz::TimeZone;
use plumbago_protocol::at_time;

/// How the request's times are to be read.
#[derive(Debug, Clone)]
pub(super) struct Clockwork {
    /// The present, in seconds since the epoch.
    pub(super) now: i64,
    /// Where wall clocks are read.
    pub(super) zone: TimeZone,
}

impl Clockwork {
    /// The request's `now` and `tz`, else the server's.
    ///
    /// # Errors
    /// A `now` that is no time.
    pub(super) fn of(app: &App, call: &Call) -> Result<Clockwork, Fault> {
        let zone = call.params.last_filled("tz").and_then(at_time::time_zone);
        let clockwork = Clockwork {
            now: app.clock.now(),
            zone: zone.unwrap_or_else(|| app.settings.query.get().time_zone.clone()),
        };
        let now = clockwork.time(call, "now")?.unwrap_or(clockwork.now);
        Ok(Clockwork { now, ..clockwork })
    }

    /// The time that a parameter holds, if it was sent; an empty one is the present, as in graphite-web.
    ///
    /// # Errors
    /// It is no time; the message names the parameter.
    pub(super) fn time(&self, call: &Call, parameter: &str) -> Result<Option<i64>, Fault> {
        let Some(text) = call.params.last(parameter) else {
            return Ok(None);
        };
        if text.is_empty() {
            return Ok(Some(self.now));
        }
        at_time::parse(text, self.now, &self.zone)
            .map(Some)
            .map_err(|error| Fault::bad_request(format!("{parameter}: {error}")))
    }
}
