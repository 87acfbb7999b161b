//! The limits on series as families of the metrics page: one sample for each rule, nothing where there are none.

use super::text::{Kind, TextPage};
use plumbago_engine::RuleStatus;
use plumbago_protocol::Refusal;

/// Writes how every rule stands.
pub(super) fn write_cardinality(page: &mut TextPage, rules: &[RuleStatus]) {
    if rules.is_empty() {
        return;
    }
    let help = "Points of new series refused, by the rule and the limit that refused them.";
    let mut family = page.family("plumbago_cardinality_refused_points_total", Kind::Counter, help);
    for status in rules {
        let mut sample = |reason: Refusal, count: u64| {
            family.sample(&[("rule", &status.rule.name), ("reason", reason.name())], count as f64);
        };
        sample(Refusal::SeriesLimit, status.refused_series_limit);
        sample(Refusal::NewSeriesRate, status.refused_new_series_rate);
    }
    let help = "Series that a rule is about.";
    let mut family = page.family("plumbago_cardinality_series", Kind::Gauge, help);
    for status in rules {
        family.sample(&[("rule", &status.rule.name)], status.series as f64);
    }
    let help = "Series below the prefix of a rule that has most of them, to be compared with the limit.";
    let mut family = page.family("plumbago_cardinality_fullest_series", Kind::Gauge, help);
    for status in rules {
        let series = status.fullest.as_ref().map_or(0, |(_, series)| *series);
        family.sample(&[("rule", &status.rule.name)], series as f64);
    }
    let help = "The limit on series below each prefix of a rule.";
    let mut family = page.family("plumbago_cardinality_series_max", Kind::Gauge, help);
    for status in rules {
        if let Some(most) = status.rule.series_max {
            family.sample(&[("rule", &status.rule.name)], most as f64);
        }
    }
}
