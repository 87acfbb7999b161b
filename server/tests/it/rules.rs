//! Rules of derived metrics and events in a running server: what they make, and what becomes of wrong files.

use crate::harness::{NOW, Server, fresh_dir, serve_command};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use tempfile::TempDir;

const RULES: &str = r#"
groups:
  - name: web
    delay: 0s
    rules:
      - record: twice.hits
        expr: scale(total.hits, 2)
      - record: total.hits
        expr: sumSeries(web.*.hits)
      - event: "{{ node(1) }} is busy"
        expr: web.*.hits
        when: "> 8"
        kind: busy
        tags: ["host={{ node(1) }}"]
"#;

/// The same with one rule less.
const FEWER: &str = "groups: [{name: web, rules: [{record: total.hits, expr: sumSeries(web.*.hits)}]}]\n";

/// A misspelled key in line 4, column 5.
const WRONG: &str = "groups:\n  - name: web\n    rules: []\n    windov: 5m\n";

/// A data directory and a folder of rules.
struct Site {
    dir: TempDir,
    rules: PathBuf,
    flags: Vec<String>,
}

impl Site {
    fn new() -> Site {
        let dir = fresh_dir();
        let (rules, schemas) = (dir.path().join("rules"), dir.path().join("schemas.conf"));
        fs::create_dir(&rules).unwrap();
        fs::write(&schemas, "[all]\npattern = .*\nretentions = 10s:1d\n").unwrap();
        let flags = [("--rules", &rules), ("--storage-schemas", &schemas)];
        let flags = flags.iter().flat_map(|(flag, path)| [(*flag).to_owned(), path.display().to_string()]);
        let site = Site { flags: flags.collect(), rules, dir };
        site.write(RULES);
        site
    }

    fn write(&self, text: &str) {
        fs::write(self.rules.join("web.yaml"), text).unwrap();
    }

    fn flags(&self) -> Vec<&str> {
        self.flags.iter().map(String::as_str).collect()
    }

    fn start_at(&self, now: i64) -> Server {
        Server::start_at(&self.dir.path().join("data"), now, &self.flags())
    }
}

/// Points of one series, one a slot from `NOW` on.
fn lines(name: &str, values: &[i64]) -> String {
    let line = |(slot, value): (i64, &i64)| format!("{name} {value} {}\n", NOW + slot * 10);
    (0..).zip(values).map(line).collect()
}

/// The values of one series, one a slot from `NOW` on.
fn slots(server: &Server, name: &str) -> Vec<(i64, f64)> {
    let points = server.points_until(name, NOW + 600);
    points.into_iter().map(|(timestamp, value)| ((timestamp - NOW) / 10, value)).collect()
}

fn events(server: &Server) -> Vec<Value> {
    server.get("/api/v1/events?q=kind:busy").json()["events"].as_array().unwrap().clone()
}

fn rule_names(server: &Server) -> Vec<String> {
    let answer = server.get("/api/v1/rules").json();
    let groups = answer["data"]["groups"].as_array().unwrap();
    let rules = groups.iter().flat_map(|group| group["rules"].as_array().unwrap());
    rules.map(|rule| rule["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn rules_make_points_and_events_and_late_points_change_the_points_alone() {
    let site = Site::new();
    let server = site.start_at(NOW);
    server.wait_until("the rules run", |server| server.metric("plumbago_rules") == 3.0);
    // They begin now: what comes for later slots is evaluated once these are over.
    server.send(lines("web.a.hits", &[1, 9, 10, 2, 3, 4]));
    assert_eq!(server.stop(), Some(0));

    let server = site.start_at(NOW + 60);
    let twice = [(0, 2.0), (1, 18.0), (2, 20.0), (3, 4.0), (4, 6.0), (5, 8.0)];
    server.wait_until("the rules have caught up", |server| slots(server, "twice.hits") == twice);
    server.wait_until("the event is over", |server| {
        events(server).first().is_some_and(|event| event["status"] == "closed")
    });
    let before = events(&server);
    assert_eq!(before.len(), 1, "{before:?}");
    let event = &before[0];
    assert_eq!((&event["title"], &event["tags"][0]), (&"a is busy".into(), &"host=a".into()));
    let times = (event["start_ms"].as_i64().unwrap() / 1000, event["end_ms"].as_i64().unwrap() / 1000);
    assert_eq!(times, (NOW + 10, NOW + 30));

    server.send(format!("web.b.hits 100 {}\n", NOW + 20));
    server.wait_until("the late point counts", |server| slots(server, "twice.hits")[2] == (2, 220.0));
    assert_eq!(slots(&server, "total.hits")[1..4], [(1, 9.0), (2, 110.0), (3, 2.0)]);
    assert_eq!(server.metric("plumbago_rule_late_points_total"), 1.0);
    assert_eq!(server.metric("plumbago_rule_failures_total"), 0.0);
    assert_eq!(events(&server), before, "what was decided stays");

    let (twice, total) = (slots(&server, "twice.hits"), slots(&server, "total.hits"));
    server.kill();
    let server = site.start_at(NOW + 60);
    server.wait_until("the rules run", |server| server.metric("plumbago_rules") == 3.0);
    assert_eq!((slots(&server, "twice.hits"), slots(&server, "total.hits")), (twice, total));
    assert_eq!(events(&server), before);
}

#[test]
fn a_start_with_a_wrong_file_goes_on_with_the_last_good_ones_and_a_strict_one_does_not() {
    let site = Site::new();
    let server = site.start_at(NOW);
    server.wait_until("the rules run", |server| server.metric("plumbago_rules") == 3.0);
    assert_eq!(server.metric("plumbago_config_ok"), 1.0);
    assert_eq!(server.stop(), Some(0));

    site.write(WRONG);
    let server = site.start_at(NOW);
    server.wait_until("the kept rules run", |server| server.metric("plumbago_rules") == 3.0);
    assert_eq!(server.metric("plumbago_config_ok"), 0.0);
    let ready = server.get("/readyz");
    assert_eq!(ready.status, 200);
    assert!(ready.body.contains("web.yaml:4:5") && ready.body.contains("window"), "{ready:?}");
    assert_eq!(server.get("/api/v1/rules").json()["data"]["configOk"], false);
    assert_eq!(server.stop(), Some(0));

    let mut flags = site.flags();
    flags.push("--strict");
    let mut strict = serve_command(&site.dir.path().join("data"), &flags);
    let output = strict.stderr(Stdio::piped()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(stderr.contains("web.yaml:4:5") && stderr.contains("window"), "{stderr}");
}

#[test]
fn a_reload_replaces_all_rules_or_none() {
    let site = Site::new();
    let server = site.start_at(NOW);
    let all = ["twice.hits", "total.hits", "{{ node(1) }} is busy"];
    server.wait_until("the rules run", |server| rule_names(server) == all);

    site.write(WRONG);
    fs::write(site.rules.join("more.yaml"), FEWER).unwrap();
    let answer = server.post("/api/v1/reload", "");
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("web.yaml:4:5"), "{answer:?}");
    server.wait_until("the fault is shown", |server| server.metric("plumbago_config_ok") == 0.0);
    assert_eq!(rule_names(&server), all);

    fs::remove_file(site.rules.join("web.yaml")).unwrap();
    assert_eq!(server.post("/api/v1/reload", "").status, 200);
    server.wait_until("other rules run", |server| rule_names(server) == ["total.hits"]);
    assert_eq!(server.metric("plumbago_config_ok"), 1.0);
    assert_eq!(server.get("/readyz").body.trim(), "ready");
}

#[test]
fn under_a_fixed_clock_no_rules_run_but_those_that_are_asked_for() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    server.send(format!("hosts.a.uptime_seconds 1 {NOW}\n"));
    assert_eq!(server.metric("plumbago_rules"), 0.0);
    assert!(rule_names(&server).is_empty());
}
