//! What the picture of a message shows: which expression, which of its series, what is marked, and when.
//!
//! Invariant: it follows from the message alone, and its times are fixed: whoever is given such a picture sees what the
//! message is about, as of when that was decided, however late it arrives, and nothing that comes later. Drawing it is left
//! to others.

use std::sync::Arc;

use plumbago_rules::Bound;
use serde::{Deserialize, Serialize};

use super::{link, plain};
use crate::message::{AlarmStatus, Member, Message, Purpose};

/// Most series of one picture.
const SERIES_MAX: usize = 10;
/// Most numbers that are marked.
const BOUNDS_MAX: usize = 8;
/// Longest title and longest label of a number, in characters.
const TITLE_MAX: usize = 120;
const LABEL_MAX: usize = 40;
/// The shortest time that is shown, in seconds.
const RANGE_SECS_MIN: i64 = 60;

/// What a picture shows. Names of its stored form are short, since that is part of an address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlarmGraph {
    /// What stands above it, harmless for readers.
    #[serde(rename = "t")]
    pub title: String,
    /// What is evaluated.
    #[serde(rename = "x")]
    pub expression: Arc<str>,
    /// Which of the resulting series are drawn, by their names.
    #[serde(rename = "s")]
    pub series: Vec<Arc<str>>,
    /// Numbers that are marked across it.
    #[serde(rename = "b")]
    pub bounds: Vec<Bound>,
    /// From when until when it fires, in seconds since the epoch.
    #[serde(rename = "f")]
    pub firing_secs: (i64, i64),
    /// From when until when it reaches, in seconds since the epoch.
    #[serde(rename = "r")]
    pub range_secs: (i64, i64),
}

impl AlarmGraph {
    /// The graph of a group: that of its first alarm over a series, with the series of further alarms over the same
    /// expression. A group without such an alarm has none, nor has what tells of many groups together.
    pub fn of(message: &Message) -> Option<AlarmGraph> {
        let decided_ms = message.decided_ms;
        let has_series = |alarm: &&Member| alarm.series.is_some() && !alarm.expression.is_empty();
        let first = message.alarms.iter().find(has_series).filter(|_| message.purpose == Purpose::Group)?;
        let alike = |alarm: &&Member| has_series(alarm) && alarm.expression == first.expression;
        let shown: Vec<&Member> = message.alarms.iter().filter(alike).take(SERIES_MAX).collect();
        let mut series: Vec<Arc<str>> = shown.iter().filter_map(|alarm| alarm.series.clone()).collect();
        series.dedup();
        let starts_ms = shown.iter().map(|alarm| alarm.starts_at_ms).min().unwrap_or(decided_ms);
        let end = |alarm: &&Member| match alarm.status {
            AlarmStatus::Firing => decided_ms,
            AlarmStatus::Resolved => alarm.ends_at_ms.unwrap_or(decided_ms),
        };
        let ends_ms = shown.iter().map(end).max().unwrap_or(decided_ms).max(starts_ms);
        let from = seconds(starts_ms.saturating_sub(link::AROUND_MS));
        let until = seconds(ends_ms.saturating_add(link::AROUND_MS).min(decided_ms));
        Some(AlarmGraph {
            title: title(first),
            expression: first.expression.clone(),
            series,
            bounds: first
                .bounds
                .iter()
                .filter(|one| one.value.is_finite())
                .take(BOUNDS_MAX)
                .map(bound)
                .collect(),
            firing_secs: (seconds(starts_ms), seconds(ends_ms)),
            range_secs: (from, until.max(from.saturating_add(RANGE_SECS_MIN))),
        })
    }
}

fn seconds(milliseconds: i64) -> i64 {
    milliseconds.div_euclid(1000)
}

fn bound(bound: &Bound) -> Bound {
    Bound { value: bound.value, label: plain::one_line(&bound.label, LABEL_MAX) }
}

/// `HighCpu: CPU is busy`.
fn title(alarm: &Member) -> String {
    let name = alarm.labels.get("alertname").map_or("", String::as_str);
    match alarm.annotations.get("summary").filter(|summary| !summary.is_empty()) {
        Some(summary) => plain::one_line(&format!("{name}: {summary}"), TITLE_MAX),
        None => plain::one_line(name, TITLE_MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receivers::{Delivery, Picture, Surroundings, samples};
    use serde_json::{Value, json};

    const NOW_MS: i64 = 1_767_226_200_000;
    const STARTS_SECS: i64 = 1_767_225_600;

    #[test]
    fn a_group_shows_the_series_of_its_first_expression_from_before_until_now() {
        let mut message = samples::message();
        for alarm in &mut message.alarms {
            alarm.expression = "web*.cpu".into();
        }
        message.alarms.push(samples::alarm("db.cpu"));
        let graph = AlarmGraph::of(&message).expect("a graph");
        assert_eq!(graph.title, "HighCpu: CPU is busy");
        assert_eq!(&*graph.expression, "web*.cpu");
        assert_eq!(graph.series, ["web.cpu".into(), "web2.cpu".into()]);
        assert_eq!(graph.bounds, [Bound { value: 90.0, label: "critical > 90".to_owned() }]);
        assert_eq!(graph.firing_secs, (STARTS_SECS, NOW_MS / 1000));
        assert_eq!(graph.range_secs, (STARTS_SECS - 3600, NOW_MS / 1000));
        let told_late = Message { decided_ms: NOW_MS + 86_400_000, ..samples::resolved() };
        let over = AlarmGraph::of(&told_late).expect("a graph");
        assert_eq!(
            over.range_secs,
            (STARTS_SECS - 3600, NOW_MS / 1000 + 3600),
            "what came later is not shown"
        );
    }

    #[test]
    fn what_is_over_no_series_has_none() {
        let mut message = samples::message();
        message.purpose = Purpose::Digest;
        assert_eq!(AlarmGraph::of(&message), None);
        message.purpose = Purpose::Group;
        for alarm in &mut message.alarms {
            alarm.series = None;
        }
        assert_eq!(AlarmGraph::of(&message), None);
        message.alarms.clear();
        assert_eq!(AlarmGraph::of(&message), None);
    }

    #[test]
    fn who_has_no_room_for_a_picture_is_given_its_address() {
        let url = "https://plumbago.example/api/v1/pictures/x.y";
        let picture = Picture { png: None, url: Some(url.to_owned()) };
        let with = Surroundings { picture: Some(&picture), ..samples::surroundings() };
        let body = |key: &str, yaml: &str, message: &Message, surroundings: &Surroundings<'_>| {
            match samples::integration(key, yaml).deliver(message, surroundings) {
                Delivery::Http(delivery) => serde_json::from_slice::<Value>(&delivery.body).expect("JSON"),
                other => panic!("{other:?} is no request"),
            }
        };
        let (firing, over) = (samples::message(), samples::resolved());
        let slack = |surroundings: &Surroundings<'_>| {
            let sent = body("slack_configs", "api_url: https://hooks.example/x", &firing, surroundings);
            sent["attachments"][0]["image_url"].clone()
        };
        assert_eq!(slack(&with), url);
        assert_eq!(slack(&samples::surroundings()), Value::Null);
        let pager =
            |message: &Message| body("pagerduty_configs", "routing_key: k", message, &with)["images"].clone();
        assert_eq!(pager(&firing), json!([{ "src": url }]));
        assert_eq!(pager(&over), Value::Null, "what closes an incident has no pictures");
        assert_eq!(body("opsgenie_configs", "api_key: k", &firing, &with)["details"]["picture"], url);
        let hook = "url: https://hooks.example/x\n";
        let own = format!("{hook}body: '{{\"image\": \"{{{{ picture_url }}}}\"}}'");
        assert_eq!(body("webhook_configs", &own, &firing, &with), json!({ "image": url }));
        assert_eq!(body("webhook_configs", &own, &firing, &samples::surroundings()), json!({ "image": "" }));
        let standard = |surroundings: &Surroundings<'_>| body("webhook_configs", hook, &firing, surroundings);
        assert_eq!(standard(&with), standard(&samples::surroundings()), "that body is Alertmanager's");
    }

    #[test]
    fn whatever_a_message_holds_its_graph_is_bounded_and_readable() {
        for mut message in samples::hostile() {
            message.alarms = std::iter::repeat_n(message.alarms.remove(0), 1000).collect();
            for (place, alarm) in message.alarms.iter_mut().enumerate() {
                (alarm.starts_at_ms, alarm.ends_at_ms) = (i64::MIN, Some(i64::MAX));
                alarm.series = Some(format!("{place}").into());
            }
            let graph = AlarmGraph::of(&message).expect("a graph");
            assert!(graph.series.len() == SERIES_MAX && graph.bounds.len() <= BOUNDS_MAX);
            assert!(graph.title.chars().count() <= TITLE_MAX);
            samples::assert_readable(&graph.title);
            samples::assert_readable(&graph.bounds[0].label);
            assert!(graph.range_secs.0 < graph.range_secs.1);
            let stored = serde_json::to_string(&graph).expect("JSON");
            assert_eq!(serde_json::from_str::<AlarmGraph>(&stored).expect("the same"), graph);
        }
    }
}
