//! Tests of rules, tested: what passes, and what failures say.

use std::ops::ControlFlow;

use super::TestReport;
use crate::{load, load_tests};

const RULES: &str = "
groups:
  - name: web
    rules:
      - {record: 'all.hits', expr: 'sumSeries(web.*.hits)'}
      - {record: 'all.double', expr: 'scale(all.hits, 2)'}
      - event: '{{ node(1) }} is busy'
        expr: web.*.hits
        when: {warning: '> 5', critical: '> 50'}
        for: 20s
        kind: busy
        tags: ['host={{ node(1) }}']
      - alert: Busy
        expr: web.*.hits
        when: {warning: '> 5', critical: '> 50'}
        for: 20s
        labels: {host: '{{ node(1) }}'}
        annotations: {summary: '{{ $labels.host }}: {{ $value }} hits'}
      - alert: Deploys
        on: {match: 'kind:deploy severity>=warning', count: 2, within: 1m, by: service}
      - alert: Pages
        on: {match: 'source:alarm', within: 1m}
";

fn run(tests: &str) -> Vec<TestReport> {
    let (rules, _) = load(&[("web.yaml", RULES)]).expect("rules");
    let text = format!("rule_files: [web.yaml]\ntests:\n{tests}");
    let tests = load_tests("web_test.yaml", &text).unwrap_or_else(|errors| panic!("{errors:?}"));
    tests.run(&rules, &mut || ControlFlow::Continue(())).expect("rules that run")
}

fn failures(tests: &str) -> Vec<String> {
    run(tests).iter().flat_map(|report| &report.failures).map(|one| format!("{}: {one}", one.line)).collect()
}

const INPUT: &str = "
  - name: busy
    input_series:
      - {series: web.a.hits, values: '1 10x3 60 2x3'}
      - {series: web.b.hits, values: '1 2 _ 4'}
";

#[test]
fn what_is_as_expected_passes() {
    let expected = "
    record_test:
      - {eval_time: 40s, series: all.hits, exp_points: '2 12 10 14'}
      - {eval_time: 30s, series: all.double, exp_points: '24 20'}
      - {eval_time: 1m, series: not.there, exp_points: '_ _'}
    event_test:
      - {eval_time: 30s, exp_events: []}
      - eval_time: 40s
        exp_events: [{title: a is busy, kind: busy, severity: warning, start: 10s, end: open, tags: [host=a]}]
      - {eval_time: 1m, kind: other, exp_events: []}
      - eval_time: 2m
        exp_events: [{title: a is busy, end: 1m}]
";
    assert_eq!(failures(&format!("{INPUT}{expected}")), [""; 0]);
}

#[test]
fn failures_say_what_was_expected_and_found() {
    let expected = "
    record_test:
      - {eval_time: 40s, series: all.hits, exp_points: '2 12 11 14'}
      - {eval_time: 40s, series: all.hit, exp_points: '1'}
    event_test:
      - {eval_time: 40s, exp_events: [{title: a is busy, severity: critical, start: 20s, end: 1m}]}
      - {eval_time: 40s, exp_events: [{title: b is busy}]}
";
    assert_eq!(
        failures(&format!("{INPUT}{expected}")),
        [
            "10: at 40s, all.hits\n    expected  2 12 11 14\n    found     2 12 10 14  (from 0s, every 10s)",
            "11: at 40s, all.hit\n    expected  1\n    found     _  (from 30s, every 10s)\n    there is no such series",
            "13: at 40s, events\n    \"a is busy\": severity: expected \"critical\", found \"warning\"; start: expected 20s, \
             found 10s; end: expected 1m, found open",
            "14: at 40s, events\n    missing     title \"b is busy\"\n    unexpected  \"a is busy\", kind busy, severity \
             warning, from 10s to open, tags [host=a]",
        ]
    );
}

#[test]
fn alarms_are_compared_by_what_is_said() {
    let expected = "
    alert_rule_test:
      - {eval_time: 30s, exp_alerts: []}
      - eval_time: 40s
        alertname: Busy
        exp_alerts: [{exp_labels: {host: a, severity: warning}, exp_annotations: {summary: 'a: 10 hits'}}]
      - {eval_time: 1m, alertname: Busy, exp_alerts: [{exp_labels: {severity: warning}}]}
      - {eval_time: 1m, alertname: Pages, exp_alerts: [{}]}
      - {eval_time: 2m, alertname: Busy, exp_alerts: []}
";
    // The event of an alarm began with its first slot: a minute later none counts.
    assert_eq!(failures(&format!("{INPUT}{expected}")), [""; 0]);
    let wrong = "
    alert_rule_test:
      - eval_time: 40s
        alertname: Busy
        exp_alerts: [{exp_labels: {host: a}, exp_annotations: {summary: 'a: 11 hits'}}, {exp_labels: {host: b}}]
      - {eval_time: 40s, alertname: Busy, exp_alerts: []}
";
    let shown = "{alertgroup=\"web\", alertname=\"Busy\", host=\"a\", name=\"web.a.hits\", series=\"web.a.hits\", \
                 severity=\"warning\"}";
    assert_eq!(
        failures(&format!("{INPUT}{wrong}")),
        [
            format!(
                "10: at 40s, alarms called Busy\n    {shown}: summary: expected \"a: 11 hits\", found \"a: 10 hits\"\n    \
                 missing     {{host=\"b\"}}"
            ),
            format!("13: at 40s, alarms called Busy\n    unexpected  {shown}"),
        ]
    );
}

#[test]
fn alarms_count_events() {
    let tests = "
  - name: deploys
    input_events:
      - {start: 10s, kind: deploy, severity: warning, tags: [service=a]}
      - {start: 20s, kind: deploy, severity: error, tags: [service=b]}
      - {start: 30s, kind: deploy, severity: critical, tags: [service=a]}
      - {start: 30s, kind: deploy, tags: [service=b]}
      - {start: 30s, kind: other, severity: critical, tags: [service=b]}
    alert_rule_test:
      - {eval_time: 30s, alertname: Deploys, exp_alerts: []}
      - {eval_time: 40s, alertname: Deploys, exp_alerts: [{exp_labels: {service: a}}]}
      - {eval_time: 70s, alertname: Deploys, exp_alerts: [{exp_labels: {service: a}}]}
      - {eval_time: 80s, alertname: Deploys, exp_alerts: []}
";
    assert_eq!(failures(tests), [""; 0]);
}

#[test]
fn series_appear_with_their_first_point() {
    let rules = "groups: [{name: g, rules: [{event: 'new: {{ series }}', expr: 'web.*', when: appears}]}]";
    let (rules, _) = load(&[("web.yaml", rules)]).expect("rules");
    let tests = "
rule_files: [web.yaml]
tests:
  - input_series: [{series: web.old, values: '1x60'}, {series: web.new, values: '_x30 1x30'}]
    event_test:
      - {eval_time: 5m, exp_events: []}
      - {eval_time: 10m, exp_events: [{title: 'new: web.new', start: 5m}]}
";
    let tests = load_tests("web_test.yaml", tests).expect("tests");
    let reports = tests.run(&rules, &mut || ControlFlow::Continue(())).expect("rules that run");
    assert_eq!(reports.first().map(|report| report.failures.clone()), Some(Vec::new()));
}

#[test]
fn faults_of_a_file_have_their_places() {
    let text = "
rule_file: [a.yaml]
tests:
  - input_series: [{series: a, values: '1 2 x3'}]
    record_test: [{eval_time: 1, series: a, exp_points: '1'}]
    event_test: [{eval_time: 1m, exp_events: [{titel: x, severity: bad}]}]
";
    let errors: Vec<String> =
        load_tests("t_test.yaml", text).expect_err("faults").iter().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        [
            "t_test.yaml:2:1: a file of tests has the key rule_files, a list of files",
            "t_test.yaml:2:1: unknown key \"rule_file\" of a file of tests: did you mean \"rule_files\"?",
            "t_test.yaml:4:45: expected a number, a+bxn, a-bxn, axn, _ or _xn, found \"x3\"",
            "t_test.yaml:5:31: eval_time: \"1\" is no duration such as 1h30m: a unit follows each number, one of y w d h m s ms",
            "t_test.yaml:6:48: unknown key \"titel\" of an expected event: did you mean \"title\"?",
            "t_test.yaml:6:68: severity is one of info, warning, error, critical, not \"bad\"",
        ]
    );
    let huge = "rule_files: []\ntests: [{input_series: [{series: a, values: '1x99999999'}]}]";
    assert!(load_tests("t_test.yaml", huge).is_err());
    for text in ["", "[]", "tests: 5", "rule_files: x\ntests: [[]]", "tests: [{record_test: [5]}]", "a: > 5"]
    {
        assert!(load_tests("t_test.yaml", text).is_err(), "{text:?}");
    }
}

#[test]
fn messages_are_expected_of_whoever_tells_people() {
    let tests = "
  - name: nobody is there
    notification_test:
      - {eval_time: 1m, receiver: ops, exp_notifications: []}
";
    assert_eq!(
        failures(tests),
        ["6: at 1m, messages to ops\n    nobody is told: the tests have no alerting_file"]
    );
    let wrong = "rule_files: [a.yaml]\ntests: [{notification_test: [{eval_time: 1m, exp_notifications: [{reason: x, to: y}]}]}]";
    let errors: Vec<String> =
        load_tests("t_test.yaml", wrong).expect_err("faults").iter().map(ToString::to_string).collect();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(
        errors.iter().any(|error| error.contains("reason is one of firing, resolved, repeat, digest")),
        "{errors:?}"
    );
}
