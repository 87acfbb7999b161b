//! Rule files as users write them: what they become, and every message with its place.

mod docs;
mod golden;
mod random;
mod schema;

use super::*;
use crate::rule::{AlertCheck, Check, Comparison, Condition, EventCount, Threshold};
use crate::{RuleSet, Severity};

fn loaded(text: &str) -> (RuleSet, Vec<String>) {
    let (rules, notes) = load(&[("a.yaml", text)]).unwrap_or_else(|errors| panic!("{text}\n{errors:#?}"));
    (rules, notes.iter().map(ToString::to_string).collect())
}

#[test]
fn a_file_with_everything() {
    let (rules, notes) = loaded(include_str!("tests/good/everything.yaml"));
    assert!(notes.is_empty(), "{notes:?}");
    let [web, hosts, alarms] = rules.groups.as_slice() else { panic!("three groups") };
    assert_eq!((web.interval_secs, web.window_secs, web.delay_ms), (Some(60), 600, Some(1500)));
    assert_eq!((hosts.interval_secs, hosts.window_secs, hosts.delay_ms), (None, 300, None));

    let record = &web.rules[0];
    assert_eq!((record.line, &*record.name, record.limit), (10, "dc.{{ node(1) }}.hits", 500));
    assert_eq!(record.labels.get("team").map(String::as_str), Some("web"));
    assert_eq!(record.labels.get("dc").map(String::as_str), Some("{{ node(1) }}"));
    let Kind::Record(kind) = &record.kind else { panic!("a record rule") };
    assert_eq!((kind.keep_tags.as_slice(), kind.exclude_self), (&["host".to_owned()][..], true));

    let Kind::Event(event) = &hosts.rules[0].kind else { panic!("an event rule") };
    assert_eq!((event.for_secs, event.by.as_deref()), (300, Some("{{ node(1) }}")));
    let condition = |comparison, number| Condition { comparison, number };
    assert_eq!(
        event.check,
        Check::Level(Threshold {
            levels: vec![
                (Some(Severity::Warning), condition(Comparison::Above, 80.0)),
                (Some(Severity::Critical), condition(Comparison::Above, 90.0)),
            ],
            clear: vec![condition(Comparison::Below, 75.0), condition(Comparison::AtMost, 90.0)],
        })
    );
    let kinds: Vec<(&str, Severity)> = hosts.rules[1..]
        .iter()
        .map(|rule| match &rule.kind {
            Kind::Event(event) => (event.event_kind.as_str(), event.severity),
            _ => panic!("an event rule"),
        })
        .collect();
    let expected = [
        ("level", Severity::Error),
        ("change", Severity::Info),
        ("change", Severity::Info),
        ("change", Severity::Info),
        ("absent", Severity::Info),
        ("appeared", Severity::Info),
        ("reboot", Severity::Info),
        ("seen", Severity::Info),
    ];
    assert_eq!(kinds, expected);
    check_alarms(alarms);
}

fn check_alarms(group: &Group) {
    let alert = |at: usize| match &group.rules[at].kind {
        Kind::Alert(alert) => alert,
        _ => panic!("an alert rule"),
    };
    let disk = alert(0);
    assert_eq!((disk.for_secs, disk.keep_firing_for_secs), (300, 600));
    assert_eq!((disk.nodata_after_secs, disk.nodata_forget_secs), (Some(600), 2 * 86_400));
    assert_eq!(disk.annotations.len(), 2);
    assert!(matches!(&disk.check, AlertCheck::Level(threshold) if threshold.levels.len() == 2));
    assert_eq!((&alert(1).check, alert(1).nodata_forget_secs), (&AlertCheck::Present, 86_400));
    let search = "kind:deploy severity>=warning".to_owned();
    let count = EventCount { search, count: 5, within_secs: 600, by: vec!["service".to_owned()] };
    assert_eq!(alert(2).check, AlertCheck::Events(count));
    assert_eq!(
        (group.rules[2].reads(), &*group.rules[2].expression),
        (None, "kind:deploy severity>=warning")
    );
    let count =
        EventCount { search: "tag:page".to_owned(), count: 1, within_secs: 300, by: vec!["host".to_owned()] };
    assert_eq!(alert(3).check, AlertCheck::Events(count));
}

#[test]
fn files_of_prometheus_load() {
    let (rules, notes) = loaded(include_str!("tests/good/prometheus.yaml"));
    assert!(notes.is_empty(), "{notes:?}");
    let group = &rules.groups[0];
    assert_eq!((group.interval_secs, group.delay_ms, group.rules.len()), (Some(30), Some(10_000), 3));
    assert_eq!(group.rules[0].labels.get("team").map(String::as_str), Some("infra"));
}

#[test]
fn a_group_of_vmalert_loads_and_says_what_it_ignores() {
    let (rules, notes) = loaded(include_str!("tests/good/vmalert.yaml"));
    let group = &rules.groups[0];
    assert_eq!((group.interval_secs, group.delay_ms, group.rules[0].limit), (Some(30), Some(10_000), 10_000));
    let keys: Vec<&str> =
        notes.iter().filter_map(|note| note.split(": ").nth(1)?.split(' ').next()).collect();
    assert_eq!(keys, ["concurrency", "params", "eval_offset", "debug", "debug"]);
    assert!(notes[0].starts_with("a.yaml:5:5: concurrency has no effect: "), "{}", notes[0]);
}

#[test]
fn an_empty_file_is_remarked() {
    for text in ["", "# nothing\n", "---\n", "~"] {
        let (rules, notes) = loaded(text);
        assert!(rules.groups.is_empty());
        assert_eq!(notes, ["a.yaml:1:1: the file is empty"], "{text:?}");
    }
}

#[test]
fn groups_keep_the_order_of_files() {
    let file = |name: &str| format!("groups: [{{name: {name}, rules: []}}]");
    let (one, two) = (file("same"), file("same"));
    let (rules, _) = load(&[("1.yaml", &one), ("2.yaml", &two)]).expect("a name may stand in two files");
    assert_eq!(rules.groups.iter().map(|group| &*group.file).collect::<Vec<_>>(), ["1.yaml", "2.yaml"]);
}

#[test]
fn which_files_hold_rules() {
    for (name, expected) in [
        ("web.yaml", true),
        ("web.yml", true),
        ("web_test.yaml", false),
        ("web_test.yml", false),
        (".yaml", false),
        ("web.yaml.bak", false),
        ("web.json", false),
    ] {
        assert_eq!(is_rule_file(name), expected, "{name}");
    }
}

#[test]
fn aliases_are_taken_and_do_not_multiply() {
    let (rules, _) =
        loaded("groups:\n- name: a\n  labels: &l {x: y}\n  rules:\n  - {record: a, expr: b, labels: *l}\n");
    assert_eq!(rules.groups[0].rules[0].labels.len(), 1);
    let mut laughs = String::from("a0: &a0 [x, x]\n");
    for level in 1..31 {
        laughs.push_str(&format!("a{level}: &a{level} [*a{0}, *a{0}]\n", level - 1));
    }
    let errors = load(&[("a.yaml", &laughs)]).expect_err("too much");
    assert!(errors[0].message.contains("at most"), "{}", errors[0]);
    let deep = "- ".repeat(40);
    let errors = load(&[("a.yaml", &deep)]).expect_err("too deep");
    assert!(errors[0].message.contains("nest at most"), "{}", errors[0]);
}

#[test]
fn faults_of_all_files_are_found_together() {
    let files = [("b.yaml", "groups: 1"), ("a.yaml", "groups: [{name: x, rules: [{}, {record: a}]}]")];
    let errors: Vec<String> = load(&files).expect_err("faults").iter().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        [
            "a.yaml:1:28: a rule has one of the keys record, event and alert",
            "a.yaml:1:32: a rule has the key expr",
            "b.yaml:1:9: groups is a list, not a text",
        ]
    );
}

#[test]
fn what_cannot_be_told_apart_or_ordered_is_refused() {
    let twin = "groups: [{name: g, rules: [{event: x, expr: a}]}]";
    let errors = load(&[("1.yaml", twin), ("2.yaml", twin)]).expect_err("twins");
    assert!(
        errors[0]
            .to_string()
            .starts_with("2.yaml:1:36: this rule has the group name, name and labels of the one in 1.yaml:1")
    );

    let one = "groups: [{name: g, rules: [{record: a, expr: b}]}]";
    let two = "groups: [{name: g, rules: [{record: b, expr: c}, {record: c, expr: a}]}]";
    let errors = load(&[("1.yaml", one), ("2.yaml", two)]).expect_err("a circle");
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(errors, ["1.yaml:1:46: rules read each other's results in a circle: a → c → b → a"]);
}
