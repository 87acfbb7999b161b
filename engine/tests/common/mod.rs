//! Owns the set-up that tests of accepting points share: one schema, and what a series answers.

use plumbago_engine::{Archive, Engine, FetchQuery, Policy, PolicyRules, Selector};
use plumbago_protocol::Aggregation;

/// Every series is kept for a day, at ten seconds.
pub(crate) struct OneDay;

impl PolicyRules for OneDay {
    fn policy_for(&self, _name: &str) -> Policy {
        one_day()
    }

    fn fingerprint(&self) -> u64 {
        1
    }
}

pub(crate) fn one_day() -> Policy {
    let archive = Archive { step_secs: 10, retention_secs: 86_400 };
    Policy::new(vec![archive], 0.5, Aggregation::Average).unwrap()
}

/// The values of `name` in the `secs` before `now`, those that are missing left out.
pub(crate) fn known(engine: &Engine, name: &str, secs: i64, now: i64) -> Vec<f64> {
    let selector = Selector::Name(name.to_owned());
    let query = FetchQuery { selector, from: now - secs, until: now, now, series_max: 1, points_max: 1_000 };
    let columns = engine.fetch(&query).unwrap();
    columns.iter().flat_map(|column| &column.values).copied().filter(|value| !value.is_nan()).collect()
}
