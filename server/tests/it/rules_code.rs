//! Rules as code: the commands and the paths that check, test and try rules, and the examples that come with them.

use crate::harness::{NOW, Server, fresh_dir};
use serde_json::json;
use std::path::Path;
use std::process::Command;

const RULES: &str = "
groups:
  - name: web
    rules:
      - {record: total.hits, expr: 'sumSeries(web.*.hits)'}
      - {record: double.hits, expr: 'scale(total.hits, 2)'}
      - {event: '{{ node(1) }} is busy', expr: 'web.*.hits', when: '> 50', kind: load}
";

fn tree() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tree")
}

fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let command = Command::new(env!("CARGO_BIN_EXE_plumbago")).args(arguments).current_dir(folder).output();
    let output = command.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A server with ten minutes of two series, a rule file in a folder, and the server's URL.
fn with_history() -> (tempfile::TempDir, tempfile::TempDir, Server, String) {
    let (data, folder) = (fresh_dir(), fresh_dir());
    std::fs::write(folder.path().join("web.yaml"), RULES).unwrap();
    let server = Server::start(data.path());
    let mut lines = String::new();
    for slot in 0..60 {
        let at = NOW - 600 + slot * 10;
        lines.push_str(&format!("web.a.hits {slot} {at}\nweb.b.hits 1 {at}\n"));
    }
    server.send(lines);
    let url = format!("http://{}", server.http);
    (data, folder, server, url)
}

#[test]
fn rules_that_come_with_the_tree_are_right_and_tested() {
    let builtin = "server/src/rule_runner/builtin";
    let (code, out, err) =
        run(tree(), &["rules", "check", "examples/rules", &format!("{builtin}/host.yaml")]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    let (code, out, err) = run(tree(), &["rules", "test", "examples/rules", builtin]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    for file in ["derived", "events", "alarms"] {
        assert!(tree().join(format!("examples/rules/{file}_test.yaml")).is_file(), "{file} has tests");
    }
}

#[test]
fn check_tells_all_faults_with_their_places() {
    let folder = fresh_dir();
    let wrong = "groups: [{name: a, rules: [{recrod: x, expr: a.b}, {record: y, expr: 'sum('}]}]";
    std::fs::write(folder.path().join("a.yaml"), wrong).unwrap();
    std::fs::write(folder.path().join("b.yaml"), "groups: 5").unwrap();
    let (code, out, err) = run(folder.path(), &["rules", "check"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    let places: Vec<&str> = err.lines().filter_map(|line| line.split(": ").next()).collect();
    assert_eq!(places.len(), 3, "{err}");
    assert!(places[0].ends_with("a.yaml:1:29") && places[2].ends_with("b.yaml:1:9"), "{err}");
    std::fs::write(folder.path().join("a.yaml"), RULES.replace("rules:", "debug: true\n    rules:")).unwrap();
    let (code, out, err) = run(folder.path(), &["rules", "check", "a.yaml"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("a.yaml:4:5: debug has no effect") && out.ends_with("3 rules in 1 file\n"), "{out}");
    let (code, _, err) = run(folder.path(), &["rules", "check", "missing.yaml"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("missing.yaml: cannot be read"), "{err}");
}

#[test]
fn a_failed_test_shows_what_was_expected_and_found() {
    let folder = fresh_dir();
    std::fs::write(folder.path().join("web.yaml"), RULES).unwrap();
    let tests = "rule_files: [web.yaml]\ntests:\n  - name: sums\n    input_series: [{series: web.a.hits, values: '1 2'}]\n    \
                 record_test:\n      - {eval_time: 20s, series: total.hits, exp_points: '1 3'}\n";
    std::fs::write(folder.path().join("web_test.yaml"), tests).unwrap();
    let (code, out, err) = run(folder.path(), &["rules", "test", "web_test.yaml"]);
    assert_eq!((code, err.as_str()), (Some(1), ""));
    assert_eq!(
        out,
        "FAILED web_test.yaml:3: sums\n  web_test.yaml:6: at 20s, total.hits\n    expected  1 3\n    found     1 2  (from 0s, \
         every 10s)\n0 passed, 1 failed\n"
    );
    std::fs::write(folder.path().join("web_test.yaml"), tests.replace("1 3", "1 2")).unwrap();
    let (code, out, _) = run(folder.path(), &["rules", "test", "."]);
    assert_eq!((code, out.as_str()), (Some(0), "1 passed, 0 failed\n"));
    std::fs::write(folder.path().join("a_test.yaml"), tests.replace("web.yaml", "none.yaml")).unwrap();
    let (code, out, err) = run(folder.path(), &["rules", "test", "."]);
    assert_eq!(
        (code, out.as_str()),
        (Some(1), "1 passed, 0 failed\n"),
        "the other file is tried all the same"
    );
    assert!(err.contains("a_test.yaml: ") && err.contains("none.yaml: cannot be read"), "{err}");
    let empty = fresh_dir();
    let (code, out, err) = run(empty.path(), &["rules", "test", "."]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert_eq!(err, "plumbago: .: no file of tests (their names end in _test.yaml)\n");
    std::fs::write(folder.path().join("web_test.yaml"), "rule_files: [none.yaml]\ntests: []").unwrap();
    let (code, _, err) = run(folder.path(), &["rules", "test", "web_test.yaml"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("web_test.yaml:1:1: a file of tests has the key tests"), "{err}");
}

#[test]
fn history_is_the_same_from_a_server_and_from_its_directory() {
    let (data, folder, server, url) = with_history();
    let backtest = ["rules", "backtest", "web.yaml", "--from", "-10min", "--json"];
    let (code, from_server, err) = run(folder.path(), &[&backtest[..], &["--url", &url]].concat());
    assert_eq!(code, Some(0), "{err}");
    let clock = format!("fixed:{NOW}");
    let directory = ["--data-dir", data.path().to_str().unwrap(), "--clock", &clock];
    let (code, from_directory, err) = run(folder.path(), &[&backtest[..], &directory[..]].concat());
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(from_server, from_directory);
    let account: serde_json::Value = serde_json::from_str(&from_server).unwrap();
    assert_eq!((&account["points"], &account["events_in_all"]), (&json!(120), &json!(1)), "{account}");
    assert_eq!(account["reads"][0]["step_secs"], 10);
    let (code, out, err) =
        run(folder.path(), &["rules", "backtest", "web.yaml", "--from", "-10min", "--plot", "--url", &url]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("a is busy") && out.contains("2024-03-15") && out.contains("total.hits"), "{out}");
    assert_eq!(server.points("total.hits"), [], "a backtest stores nothing");

    std::fs::write(folder.path().join("new.yaml"), RULES.replace("> 50", "> 40").replace(", 2)", ", 3)"))
        .unwrap();
    let diff = ["rules", "diff", "web.yaml", "new.yaml", "--from", "-10min"];
    let (code, from_server, err) = run(folder.path(), &[&diff[..], &["--url", &url]].concat());
    assert_eq!(code, Some(0), "{err}");
    assert!(from_server.contains("points: 0 added, 0 removed, 60 changed, 60 the same"), "{from_server}");
    assert!(from_server.contains("events: 1 added, 1 removed, 0 changed, 0 the same"), "{from_server}");
    let (_, from_directory, _) = run(folder.path(), &[&diff[..], &directory[..]].concat());
    assert_eq!(from_server, from_directory);
}

const ALERTS: &str = "
groups:
  - name: web
    rules:
      - {alert: Busy, expr: 'web.*.hits', when: {warning: '> 30', critical: '> 50'}, labels: {host: '{{ node(1) }}'}}
";

const ALERTING: &str = "
route: {receiver: all, group_by: [host], group_wait: 30s, routes: [{matchers: [severity=critical], receiver: pager}]}
receivers:
  - {name: all, webhook_configs: [{url: '${NOT_SET}'}]}
  - {name: pager, pagerduty_configs: [{routing_key_file: /not/there}]}
";

#[test]
fn those_who_would_have_been_notified_are_the_same_from_a_server_and_from_its_directory() {
    let (data, folder, server, url) = with_history();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("alerts.yaml", ALERTS);
    write("alerting.yml", ALERTING);
    write("other.yml", &ALERTING.replace("group_wait: 30s", "group_wait: 0s"));
    let clock = format!("fixed:{NOW}");
    let directory = ["--data-dir", data.path().to_str().unwrap(), "--clock", &clock];
    let backtest = ["rules", "backtest", "alerts.yaml", "--from", "-10min"];
    let by = ["--alerting", "alerting.yml"];
    let (code, from_server, err) =
        run(folder.path(), &[&backtest[..], &by, &["--json", "--url", &url]].concat());
    assert_eq!(code, Some(0), "{err}");
    let (code, from_directory, err) =
        run(folder.path(), &[&backtest[..], &by, &["--json"], &directory].concat());
    assert_eq!(code, Some(0), "{err}");
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let (from_server, from_directory) = (json(&from_server), json(&from_directory));
    assert_eq!(from_server["notifications"], from_directory["notifications"]);
    let told = &from_server["notifications"];
    assert_eq!(
        (&told["receivers"][0]["sent"], &told["receivers"][1]["sent"]),
        (&json!(1), &json!(1)),
        "{told}"
    );
    assert_eq!(told["sent"][0]["group_labels"], json!({ "host": "a" }));

    let (code, out, err) = run(folder.path(), &[&backtest[..], &by, &directory].concat());
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("notifications by alerting.yml") && out.contains("pager  firing"), "{out}");
    let (_, out, _) = run(folder.path(), &[&backtest[..], &directory].concat());
    assert!(out.contains("nobody is notified: there is no alerting file"), "{out}");
    let diff =
        ["rules", "diff", "alerts.yaml", "alerts.yaml", "--from", "-10min", "--new-alerting", "other.yml"];
    for store in [&directory[..], &["--url", &url]] {
        let (code, out, err) = run(folder.path(), &[&diff[..], &by, store].concat());
        assert_eq!(code, Some(0), "{err}");
        assert!(out.contains("alarms: 0 added, 0 removed, 0 changed"), "{out}");
        assert!(out.contains("notifications: 1 added, 1 removed, 0 changed, 1 the same"), "{out}");
    }

    let body = json!({ "rules": {}, "from": "-1h", "alerting": "route: 5" }).to_string();
    let answer = server.post("/api/v1/rules/backtest", &body);
    assert!(answer.status == 400 && answer.body.contains("alerting:1:"), "{answer:?}");
    let answer = server.post("/api/v1/rules/backfill", &body);
    assert!(answer.status == 400 && answer.body.contains("notifies nobody"), "{answer:?}");
    let tests = "rule_files: [alerts.yaml]\ntests:\n  - input_series: [{series: web.a.hits, values: '40x9'}]\n    \
                 notification_test: [{eval_time: 90s, exp_notifications: [{at: 40s, receiver: all}]}]\n";
    let ask = |alerting: &str| {
        let body =
            json!({ "tests": { "t": tests }, "rules": { "alerts.yaml": ALERTS }, "alerting": alerting });
        server.post("/api/v1/rules/test", &body.to_string()).json()["data"]["passed"].clone()
    };
    assert_eq!((ask(ALERTING), ask(&ALERTING.replace("30s", "20s"))), (json!(1), json!(0)));
}

/// Routes by the team in `$TEAM`, whose receivers have nothing that is set.
const TEAMS: &str = "
route: {receiver: all, group_wait: 0s, routes: [{matchers: ['host = ${TEAM}'], receiver: shop}]}
receivers:
  - {name: all, email_configs: [{to: '${OPS}', from: '${OPS}', smarthost: '${MAIL_HOST}:${MAIL_PORT}'}]}
  - {name: shop, webhook_configs: [{url: '${NOT_SET}'}]}
";

#[test]
fn a_dry_run_goes_by_the_variables_of_whoever_asks_and_needs_none_of_the_secrets() {
    let (data, folder, server, url) = with_history();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("alerts.yaml", ALERTS);
    write("alerting.yml", TEAMS);
    let clock = format!("fixed:{NOW}");
    let directory = ["--data-dir", data.path().to_str().unwrap(), "--clock", &clock];
    let backtest =
        ["rules", "backtest", "alerts.yaml", "--from", "-10min", "--json", "--alerting", "alerting.yml"];
    let run_as = |team: Option<&str>, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plumbago"));
        command
            .args(arguments)
            .current_dir(folder.path())
            .env_remove("TEAM")
            .envs(team.map(|team| ("TEAM", team)));
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    // All that is told is about host a: whoever has that team is told, by the route as in the file.
    for (team, told) in [("a", "shop"), ("b", "all")] {
        let (code, out, err) = run_as(Some(team), &["alerting", "route", "alerting.yml", "host=a"]);
        assert_eq!(code, Some(0), "{err}");
        assert!(out.starts_with(&format!("{told} ")), "{out}");
        for store in [&directory[..], &["--url", &url]] {
            let (code, out, err) = run_as(Some(team), &[&backtest[..], store].concat());
            assert_eq!(code, Some(0), "{err}");
            let tested = serde_json::from_str::<serde_json::Value>(&out).unwrap();
            let told_to = &tested["notifications"]["sent"][0]["receiver"];
            assert_eq!(told_to, &json!(told), "{team} {store:?} {tested}");
        }
    }
    for store in [&directory[..], &["--url", &url]] {
        let (code, _, err) = run_as(None, &[&backtest[..], store].concat());
        assert_eq!(code, Some(1), "{err}");
        let expected = "alerting.yml:2:61: there is no variable TEAM in the environment";
        assert!(err.contains(expected), "{err}");
    }
    let body = json!({ "rules": {}, "from": "-1h", "alerting": TEAMS }).to_string();
    let answer = server.post("/api/v1/rules/backtest", &body);
    let expected = "alerting:2:61: ${TEAM} decides who is told, and no variable is read for a file that is sent along: \
                    write what it stands for\n";
    assert_eq!((answer.status, answer.body.as_str()), (400, expected));
}

#[test]
fn labels_of_a_route_are_labels_and_no_conditions() {
    let folder = fresh_dir();
    std::fs::write(folder.path().join("alerting.yml"), ALERTING).unwrap();
    let route = |label: &str| run(folder.path(), &["alerting", "route", "alerting.yml", label]);
    let (code, out, err) = route("severity=critical");
    assert!(code == Some(0) && out.starts_with("pager "), "{out}{err}");
    for condition in ["severity=~crit.*", "severity!=warning", "severity!~warn", "severity == critical"] {
        let (code, out, err) = route(condition);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{condition}");
        let one_line = format!(
            "plumbago: {condition:?} is a condition: expected a label of an alarm and its value, such as severity=critical\n"
        );
        assert_eq!(err, one_line);
    }
    let (code, _, err) = route("critical");
    assert!(code == Some(1) && err.contains("expected a label and its value"), "{err}");
}

#[test]
fn a_backfill_stores_the_history_of_derived_series_and_can_be_done_again() {
    let (data, folder, server, url) = with_history();
    let backfill = ["rules", "backfill", "web.yaml", "--from", "-10min"];
    for _ in 0..2 {
        let (code, out, err) = run(folder.path(), &[&backfill[..], &["--url", &url]].concat());
        assert_eq!((code, out.as_str()), (Some(0), "120 points of 2 derived series stored\n"), "{err}");
        let expected: Vec<(i64, f64)> =
            (0..60).map(|slot| (NOW - 600 + slot * 10, (slot + 1) as f64 * 2.0)).collect();
        assert_eq!(server.points("double.hits"), expected);
    }
    let (_, events, _) = run(folder.path(), &["events", "search", "--url", &url]);
    assert_eq!(events, "", "it makes no events");
    server.send(format!("web.a.hits 1000 {}\n", NOW - 10));
    assert_eq!(server.stop(), Some(0));
    let clock = format!("fixed:{NOW}");
    let directory = ["--data-dir", data.path().to_str().unwrap(), "--clock", &clock];
    let (code, out, err) = run(folder.path(), &[&backfill[..], &directory[..]].concat());
    assert_eq!((code, out.as_str()), (Some(0), "120 points of 2 derived series stored\n"), "{err}");
    let server = Server::start(data.path());
    assert_eq!(server.points("double.hits").last(), Some(&(NOW - 10, 2002.0)));
}

#[test]
fn requests_that_are_wrong_are_one_line() {
    let server_dir = fresh_dir();
    let server = Server::start(server_dir.path());
    for (path, body, word) in [
        ("test", "{", "the request's body"),
        ("test", "{\"tests\": {}}", "rules"),
        (
            "test",
            "{\"tests\": {\"a\": \"rule_files: [b]\\ntests: [{event_test: [{eval_time: 1s, exp_events: []}]}]\"}, \"rules\": {}}",
            "no file \"b\"",
        ),
        ("backtest", "{\"rules\": {}, \"from\": \"-1h\", \"until\": \"soon\"}", "until"),
        ("backtest", "{\"rules\": {}, \"from\": \"-1h\", \"more\": 1}", "more"),
        ("backtest", "{\"rules\": {\"a.yaml\": \"x: 1\"}, \"from\": \"-1h\"}", "a.yaml:1:1"),
        ("backtest", "{\"rules\": {}, \"from\": \"-1h\", \"rule\": \"x\"}", "no rule \"x\""),
        ("diff", "{\"old\": {}, \"new\": {}, \"from\": \"now\"}", "from"),
        ("backfill", "[]", "the request's body"),
    ] {
        let answer = server.post(&format!("/api/v1/rules/{path}"), body);
        assert_eq!(answer.status, 400, "{path} {body}: {answer:?}");
        assert!(answer.body.contains(word) && answer.body.trim_end().lines().count() == 1, "{answer:?}");
    }
    let foreign = "Origin: http://evil.example\r\n";
    for path in ["test", "backtest", "diff", "backfill"] {
        let answer = server.post_with(&format!("/api/v1/rules/{path}"), "{}", foreign);
        assert_eq!(answer.status, 403, "{path}");
    }
}

#[test]
fn tests_run_over_http_as_on_the_command_line() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let tests = "rule_files: [web.yaml]\ntests:\n  - name: sums\n    input_series: [{series: web.a.hits, values: '1 2'}]\n    \
                 record_test:\n      - {eval_time: 20s, series: total.hits, exp_points: '1 3'}\n";
    let body = json!({ "tests": { "web_test.yaml": tests }, "rules": { "web.yaml": RULES } }).to_string();
    let answer = server.post("/api/v1/rules/test", &body);
    assert_eq!(answer.status, 200, "{answer:?}");
    let data = &answer.json()["data"];
    assert_eq!((&data["passed"], &data["failed"]), (&json!(0), &json!(1)));
    assert_eq!(data["files"][0]["tests"][0]["failures"][0]["details"][0], "expected  1 3");
}
