//! Rule sets built in code.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbago_rules::{
    AlertCheck, AlertRule, Check, Condition, EventRule, Group, Kind, RecordRule, Rule, RuleSet, Severity,
    Threshold,
};

/// A group without an interval of its own, its slots closed at their end.
pub(crate) fn group(name: &str, rules: Vec<Rule>) -> Group {
    Group {
        file: Arc::from("rules.yaml"),
        name: Arc::from(name),
        interval_secs: None,
        window_secs: 300,
        delay_ms: Some(0),
        rules,
    }
}

pub(crate) fn set(rules: Vec<Rule>) -> RuleSet {
    RuleSet { groups: vec![group("g", rules)] }
}

pub(crate) fn record(name: &str, expression: &str) -> Rule {
    rule(name, expression, Kind::Record(RecordRule::default()))
}

pub(crate) fn event(title: &str, expression: &str, check: Check) -> Rule {
    let kind = EventRule {
        check,
        for_secs: 0,
        by: None,
        event_kind: "test".to_owned(),
        severity: Severity::Warning,
        text: "{{ series }} is {{ value }}".to_owned(),
        tags: Vec::new(),
    };
    rule(title, expression, Kind::Event(kind))
}

pub(crate) fn alert(name: &str, expression: &str, check: AlertCheck) -> Rule {
    let kind = AlertRule {
        check,
        for_secs: 0,
        keep_firing_for_secs: 0,
        annotations: BTreeMap::from([("summary".to_owned(), "{{ series }} is {{ value }}".to_owned())]),
        nodata_after_secs: None,
        nodata_forget_secs: 86_400,
    };
    rule(name, expression, Kind::Alert(kind))
}

fn rule(name: &str, expression: &str, kind: Kind) -> Rule {
    Rule {
        line: 1,
        name: Arc::from(name),
        expression: Arc::from(expression),
        delay_ms: None,
        limit: 10_000,
        labels: BTreeMap::new(),
        kind,
    }
}

/// One condition and what clears it.
pub(crate) fn level(when: &str, clear: &str) -> Check {
    let condition = |text| Condition::parse(text).unwrap();
    Check::Level(Threshold { levels: vec![(None, condition(when))], clear: vec![condition(clear)] })
}

/// The same rule with its event part changed.
pub(crate) fn changed(mut rule: Rule, change: impl FnOnce(&mut EventRule)) -> Rule {
    if let Kind::Event(event) = &mut rule.kind {
        change(event);
    }
    rule
}
