//! The canary: a point that is stored now and then only to see how long it takes until somebody is told of it.
//!
//! Invariant: its alarm goes to one receiver, and to nobody else. A canary is timed once, from the moment its point is
//! stored to the first message that arrived and tells of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use plumbago_alerting::{AlarmStatus, Alerting, GroupBy, Matcher, Message, Operator, Route};

/// The series of its points.
pub(crate) const SERIES: &str = "plumbago.canary";

/// The name of its alarm, as the built-in rule has it.
const ALARM: &str = "PlumbagoCanary";

/// An alarm of the canary is not said again.
const REPEAT_MS: i64 = 366 * 86_400_000;

/// A canary on its way.
#[derive(Debug, Default)]
pub(crate) struct Canary {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Whether the last point was above its threshold.
    is_up: bool,
    /// When that one was stored, until somebody is told.
    since: Option<Instant>,
}

impl Canary {
    /// The value of the next point: one above the threshold, then one below.
    pub(crate) fn next_value(&self, now: Instant) -> f64 {
        let mut state = self.state.lock();
        state.is_up = !state.is_up;
        state.since = state.is_up.then_some(now);
        f64::from(u8::from(state.is_up))
    }

    /// A message has arrived: how long the canary took, if it tells of one that was not told of.
    pub(super) fn arrived(&self, message: &Message, now: Instant) -> Option<Duration> {
        let is_canary = |alarm: &plumbago_alerting::Member| {
            alarm.status == AlarmStatus::Firing
                && alarm.labels.get("alertname").is_some_and(|name| name == ALARM)
        };
        if !message.alarms.iter().any(is_canary) {
            return None;
        }
        let since = self.state.lock().since.take()?;
        Some(now.saturating_duration_since(since))
    }
}

/// Leads the canary's alarm to its receiver, before all other routes.
pub(super) fn route(alerting: &mut Alerting, receiver: &str) {
    let Ok(matcher) = Matcher::new("alertname", Operator::Equal, ALARM) else { return };
    let place = alerting.routes.len();
    let Some(root) = alerting.routes.first_mut() else { return };
    root.children.insert(0, place);
    let route = Route {
        key: Arc::from(format!("{}/{{{matcher}}}", root.key)),
        matchers: vec![matcher],
        receiver: Arc::from(receiver),
        group_by: GroupBy::Labels(Vec::new()),
        group_wait_ms: 0,
        group_interval_ms: 1000,
        repeat_interval_ms: REPEAT_MS,
        mute_intervals: Vec::new(),
        active_intervals: Vec::new(),
        continues: false,
        children: Vec::new(),
    };
    alerting.routes.push(route);
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumbago_alerting::{NoSecrets, load};
    use plumbago_rules::Labels;

    #[test]
    fn points_go_up_and_down_and_only_those_that_go_up_are_timed() {
        let (canary, start) = (Canary::default(), Instant::now());
        assert_eq!(canary.next_value(start), 1.0);
        assert_eq!(canary.state.lock().since, Some(start));
        assert_eq!(canary.next_value(start), 0.0);
        assert_eq!(canary.state.lock().since, None);
    }

    #[test]
    fn the_canary_goes_to_its_receiver_and_nothing_else_does() {
        let text = "route: {receiver: all, routes: [{receiver: all, matchers: [], continue: true}]}\n\
                    receivers: [{name: all}, {name: probe}]\n";
        let (mut alerting, _) = load("a.yml", text, &NoSecrets).unwrap();
        route(&mut alerting, "probe");
        let receivers = |name: &str| -> Vec<String> {
            let labels = Labels::from([("alertname".to_owned(), name.to_owned())]);
            alerting.route(&labels).iter().map(|(route, _)| route.receiver.to_string()).collect()
        };
        assert_eq!(receivers(ALARM), ["probe"]);
        assert!(!receivers("DiskFull").contains(&"probe".to_owned()));
    }
}
