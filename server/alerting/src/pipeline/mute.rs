//! Times in which a route says nothing.
//!
//! Invariant: what is kept back is not forgotten: what still fires when the time is over is told then, and so is the end of
//! what was told before.

use std::sync::Arc;

use crate::config::Alerting;
use crate::route::Route;

/// The time intervals that keep a route from saying anything now; those it is active in, if none of them contains the
/// moment.
pub(crate) fn muted_by(alerting: &Alerting, route: &Route, now_ms: i64) -> Vec<Arc<str>> {
    let contains = |name: &&Arc<str>| {
        alerting.time_intervals.get(*name).is_some_and(|intervals| intervals.contain(now_ms))
    };
    let muting: Vec<Arc<str>> = route.mute_intervals.iter().filter(contains).cloned().collect();
    if !muting.is_empty()
        || route.active_intervals.is_empty()
        || route.active_intervals.iter().any(|n| contains(&n))
    {
        return muting;
    }
    route.active_intervals.clone()
}
