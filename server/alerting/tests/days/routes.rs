//! The alerting file of a day, and a plain reading of it: who is to be told of an alarm, in which group, and whether now.

use std::fmt::Write;

use plumbago_rules::Labels;

use crate::random::Random;
use crate::rules::TEAMS;

/// Receivers, each with one route of its own; the first one has the route of all that no other takes.
pub(crate) const RECEIVERS: usize = 4;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// What the file says.
#[derive(Clone, Debug)]
pub(crate) struct Alerting {
    /// By receiver.
    pub(crate) routes: Vec<Route>,
    /// Whether critical alarms of a team keep its warnings back.
    pub(crate) inhibits: bool,
    /// By receiver: its integrations, each with whether it wants to hear of ends.
    pub(crate) integrations: Vec<Vec<bool>>,
}

/// One route.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// Labels and values that an alarm must have; of the first route, nothing.
    pub(crate) matches: Vec<(&'static str, &'static str)>,
    pub(crate) continues: bool,
    /// Nothing: by all labels.
    pub(crate) group_by: Option<Vec<&'static str>>,
    pub(crate) wait_ms: i64,
    pub(crate) interval_ms: i64,
    pub(crate) repeat_ms: i64,
    /// Whether nothing is said from two to four o'clock.
    pub(crate) is_muted_at_night: bool,
}

impl Route {
    fn random(random: &mut Random, receiver: usize) -> Route {
        let matches = match receiver {
            0 => Vec::new(),
            1 => vec![("team", random.pick(&TEAMS))],
            2 => vec![("alertname", "NoData")],
            _ => vec![("severity", random.pick(&["critical", "warning"]))],
        };
        let group_by = match random.below(5) {
            0 => None,
            1 => Some(vec!["alertname", "series"]),
            2 => Some(vec![]),
            _ => Some(vec!["alertname"]),
        };
        Route {
            matches,
            continues: receiver > 0 && random.one_in(2),
            group_by,
            wait_ms: random.pick(&[0, 0, 5000, 30_000]),
            interval_ms: random.pick(&[1000, 10_000, 60_000, 300_000]),
            repeat_ms: random.pick(&[HOUR_MS / 2, HOUR_MS, 4 * HOUR_MS]),
            is_muted_at_night: receiver > 0 && random.one_in(3),
        }
    }

    /// Labels that alarms of one group share.
    pub(crate) fn group(&self, labels: &Labels) -> Labels {
        match &self.group_by {
            None => labels.clone(),
            Some(names) => {
                let found = names.iter().filter_map(|name| labels.get_key_value(*name));
                found.map(|(name, value)| (name.clone(), value.clone())).collect()
            }
        }
    }

    fn takes(&self, labels: &Labels) -> bool {
        self.matches.iter().all(|(name, value)| labels.get(*name).is_some_and(|own| own == value))
    }
}

impl Alerting {
    pub(crate) fn random(random: &mut Random) -> Alerting {
        let routes = (0..RECEIVERS).map(|receiver| Route::random(random, receiver)).collect();
        let integrations = vec![vec![true], vec![true, false], vec![true], vec![random.one_in(2)]];
        Alerting { routes, inhibits: random.one_in(2), integrations }
    }

    /// After somebody has edited the file: other times, another grouping, other inhibition.
    pub(crate) fn edited(&self, random: &mut Random) -> Alerting {
        let mut alerting = self.clone();
        for route in &mut alerting.routes {
            if random.one_in(2) {
                route.wait_ms = random.pick(&[0, 5000, 30_000]);
                route.interval_ms = random.pick(&[1000, 10_000, 60_000]);
                route.repeat_ms = random.pick(&[HOUR_MS / 2, HOUR_MS, 4 * HOUR_MS]);
            }
        }
        alerting.inhibits = random.one_in(2);
        alerting
    }

    /// Who is told of an alarm.
    pub(crate) fn receivers(&self, labels: &Labels) -> Vec<usize> {
        let mut found = Vec::new();
        for receiver in 1..RECEIVERS {
            if self.routes[receiver].takes(labels) {
                found.push(receiver);
                if !self.routes[receiver].continues {
                    return found;
                }
            }
        }
        if found.is_empty() { vec![0] } else { found }
    }

    /// Whether a route says nothing at this time.
    pub(crate) fn is_muted(&self, receiver: usize, wall_ms: i64) -> bool {
        let night = 2 * HOUR_MS..4 * HOUR_MS;
        self.routes[receiver].is_muted_at_night && night.contains(&wall_ms.rem_euclid(DAY_MS))
    }

    /// Whether an alarm that fires keeps another one back.
    pub(crate) fn is_inhibited(&self, source: &Labels, target: &Labels) -> bool {
        let has = |labels: &Labels, severity: &str| labels.get("severity").is_some_and(|own| own == severity);
        self.inhibits
            && has(source, "critical")
            && has(target, "warning")
            && source.get("team") == target.get("team")
    }

    /// As an alerting file.
    pub(crate) fn text(&self) -> String {
        let mut text = String::from("route:\n  receiver: r0\n");
        write_times(&mut text, "  ", &self.routes[0]);
        text.push_str("  routes:\n");
        for (receiver, route) in self.routes.iter().enumerate().skip(1) {
            let matchers: Vec<String> =
                route.matches.iter().map(|(name, value)| format!("'{name}=\"{value}\"'")).collect();
            _ = writeln!(text, "    - receiver: r{receiver}\n      matchers: [{}]", matchers.join(", "));
            _ = writeln!(text, "      continue: {}", route.continues);
            write_times(&mut text, "      ", route);
            if route.is_muted_at_night {
                text.push_str("      mute_time_intervals: [night]\n");
            }
        }
        text.push_str("receivers:\n");
        for (receiver, integrations) in self.integrations.iter().enumerate() {
            _ = writeln!(text, "  - name: r{receiver}\n    webhook_configs:");
            for (place, wants_ends) in integrations.iter().enumerate() {
                let url = format!("http://hook{place}.r{receiver}.test/");
                _ = writeln!(text, "      - {{url: '{url}', send_resolved: {wants_ends}}}");
            }
        }
        text.push_str("time_intervals:\n  - name: night\n    time_intervals:\n      - times: [{start_time: '02:00', end_time: '04:00'}]\n");
        if self.inhibits {
            text.push_str("inhibit_rules:\n  - source_matchers: ['severity=\"critical\"']\n    target_matchers: ['severity=\"warning\"']\n    equal: [team]\n");
        }
        text
    }
}

fn write_times(text: &mut String, indent: &str, route: &Route) {
    let names = match &route.group_by {
        None => "'...'".to_owned(),
        Some(names) => names.join(", "),
    };
    _ = writeln!(text, "{indent}group_by: [{names}]");
    _ = writeln!(
        text,
        "{indent}group_wait: {}ms\n{indent}group_interval: {}ms",
        route.wait_ms, route.interval_ms
    );
    _ = writeln!(text, "{indent}repeat_interval: {}ms", route.repeat_ms);
}
