//! Alarms of a running server: from a point to a webhook, and what becomes of it when something fails.

use crate::harness::{Server, fresh_dir, serve_command};
use crate::recorder::{Recorded, Recorder};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

const RULES: &str = r#"
groups:
  - name: load
    delay: 0s
    rules:
      - alert: HighLoad
        expr: svc.*.load
        when: {warning: "> 5", critical: "> 8"}
        labels: {host: "{{ node(1) }}"}
        annotations: {summary: "{{ node(1) }} has a load of {{ value }}"}
"#;

const ALERTING: &str = r#"
route:
  receiver: ops
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: ops
    webhook_configs:
      - url: "http://RECORDER/hook?token=geheim"
"#;

/// A misspelled key in line 3, column 3.
const WRONG: &str = "route:\n  receiver: ops\n  gruop_wait: 0s\nreceivers: [{name: ops}]\n";

fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(elapsed.as_secs()).unwrap()
}

/// A data directory, a folder of rules, an alerting file, and the receiver that it names.
struct Site {
    dir: TempDir,
    alerting: PathBuf,
    flags: Vec<String>,
    recorder: Recorder,
}

impl Site {
    fn new() -> Site {
        let (dir, recorder) = (fresh_dir(), Recorder::start());
        let path = |name: &str| dir.path().join(name);
        let (rules, alerting, schemas) = (path("rules"), path("alerting.yml"), path("schemas.conf"));
        fs::create_dir(&rules).unwrap();
        fs::write(&schemas, "[all]\npattern = .*\nretentions = 1s:1d\n").unwrap();
        fs::write(rules.join("load.yaml"), RULES).unwrap();
        let flags = [("--rules", &rules), ("--storage-schemas", &schemas), ("--alerting", &alerting)];
        let flags = flags.iter().flat_map(|(flag, path)| [(*flag).to_owned(), path.display().to_string()]);
        let flags = flags.chain(["--clock".to_owned(), "system".to_owned()]).collect();
        let site = Site { flags, alerting, recorder, dir };
        site.write(ALERTING);
        site
    }

    fn write(&self, text: &str) {
        fs::write(&self.alerting, text.replace("RECORDER", &self.recorder.address.to_string())).unwrap();
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn flags(&self) -> Vec<&str> {
        self.flags.iter().map(String::as_str).collect()
    }

    fn start(&self) -> Server {
        Server::start_with(&self.data(), &self.flags())
    }

    fn wait(&self, status: &str) -> Vec<Recorded> {
        self.recorder.wait_until(status, |all| all.iter().any(|one| one.told("host").0 == status))
    }
}

/// Sends a point every few moments: a load, as an agent would.
struct Feeder {
    value: Arc<AtomicI64>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Feeder {
    fn start(server: &Server, host: &str, value: i64) -> Feeder {
        let (value, is_over) = (Arc::new(AtomicI64::new(value)), Arc::new(AtomicBool::new(false)));
        let (name, address) = (format!("svc.{host}.load"), server.plaintext);
        let (own, ends) = (value.clone(), is_over.clone());
        let thread = std::thread::spawn(move || {
            while !ends.load(Ordering::SeqCst) {
                let line = format!("{name} {} {}\n", own.load(Ordering::SeqCst), now());
                if let Ok(mut stream) = std::net::TcpStream::connect(address) {
                    // A server that was killed takes nothing.
                    let _ = std::io::Write::write_all(&mut stream, line.as_bytes());
                }
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        Feeder { value, is_over, thread: Some(thread) }
    }

    fn set(&self, value: i64) {
        self.value.store(value, Ordering::SeqCst);
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn json_request(server: &Server, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = server.request(format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        server.http,
        body.len()
    ));
    (answer.status, serde_json::from_str(&answer.body).unwrap_or_else(|_| Value::String(answer.body.clone())))
}

fn alerts(server: &Server) -> Vec<Value> {
    server.get("/api/v2/alerts").json().as_array().unwrap().clone()
}

fn log(server: &Server) -> Vec<String> {
    let answer = server.get("/api/v1/notifications?limit=1000").json();
    let entries = answer["notifications"].as_array().unwrap();
    entries.iter().map(|entry| entry["outcome"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_alarm_fires_gets_worse_and_is_resolved_and_each_is_told_once() {
    let site = Site::new();
    let server = site.start();
    let feeder = Feeder::start(&server, "a", 6);
    let first = site.wait("firing").remove(0);
    assert_eq!(
        (first.path.as_str(), first.content_type.as_str()),
        ("/hook?token=geheim", "application/json")
    );
    assert!(!first.key.is_empty());
    let body = first.json();
    assert_eq!((&body["version"], &body["receiver"]), (&json!("4"), &json!("ops")));
    let alarm = &body["alerts"][0];
    assert_eq!(alarm["labels"]["severity"], "warning");
    assert_eq!(alarm["annotations"]["summary"], "a has a load of 6");

    let shown = alerts(&server);
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert_eq!(shown[0]["fingerprint"], alarm["fingerprint"]);
    assert_eq!(shown[0]["status"]["state"], "active");
    assert_eq!(shown[0]["receivers"], json!([{"name": "ops"}]));

    feeder.set(9);
    let is_worse = |one: &Recorded| one.json()["alerts"][0]["labels"]["severity"] == "critical";
    site.recorder.wait_until("it is critical", |all| all.iter().any(is_worse));
    feeder.set(1);
    let all = site.wait("resolved");
    let told: Vec<String> = all.iter().map(|one| one.told("host").0).collect();
    assert_eq!(told, ["firing", "firing", "resolved"]);
    let keys: std::collections::BTreeSet<&str> = all.iter().map(|one| one.key.as_str()).collect();
    assert_eq!(keys.len(), 3, "each message has a key of its own");
    server.wait_until("it is written down", |server| {
        log(server).iter().filter(|what| *what == "sent").count() == 3
    });
    let page = server.get("/metrics").body
        + &server.get("/api/v1/notifications").body
        + &server.get("/api/v2/status").body;
    assert!(!page.contains("geheim") && page.contains("<secret>"), "{page}");
    assert!(server.metric("plumbago_rules_cpu_seconds_total") > 0.0);
    let history = server.get(&format!("/api/v1/alarms/{}/history", alarm["fingerprint"].as_str().unwrap()));
    let history = history.json();
    assert_eq!(history["events"][0]["status"], "closed");
    assert!(!history["notifications"].as_array().unwrap().is_empty());
}

#[test]
fn a_silence_keeps_quiet_until_it_is_ended() {
    let site = Site::new();
    let server = site.start();
    let matchers = json!([{"name": "host", "value": "a", "isRegex": false}]);
    let time = |offset: i64| jiff::Timestamp::from_second(now() + offset).unwrap().to_string();
    let silence = json!({
        "matchers": matchers, "startsAt": time(0), "endsAt": time(3600), "createdBy": "me", "comment": "a new disk",
    });
    let (status, answer) = json_request(&server, "POST", "/api/v2/silences", &silence);
    assert_eq!(status, 200, "{answer}");
    let id = answer["silenceID"].as_str().unwrap().to_owned();

    let _quiet = Feeder::start(&server, "a", 9);
    server.wait_until("the alarm is silenced", |server| {
        alerts(server).iter().any(|alarm| alarm["status"]["silencedBy"] == json!([id]))
    });
    let _loud = Feeder::start(&server, "b", 9);
    let all = site.wait("firing");
    assert_eq!(all[0].told("host").1, ["b"]);

    let (status, answer) = json_request(&server, "DELETE", &format!("/api/v2/silence/{id}"), &Value::Null);
    assert_eq!(status, 200, "{answer}");
    let hears = |all: &[Recorded]| all.iter().any(|one| one.told("host").1.contains(&"a".to_owned()));
    site.recorder.wait_until("the alarm is told", hears);
    let silences = server.get("/api/v2/silences").json();
    assert_eq!(silences[0]["status"]["state"], "expired");
    let (status, _) = json_request(&server, "DELETE", "/api/v2/silence/nobody", &Value::Null);
    assert_eq!(status, 404);
}

#[test]
fn an_acknowledged_alarm_is_shown_as_such_also_after_a_restart() {
    let site = Site::new();
    let server = site.start();
    let feeder = Feeder::start(&server, "a", 9);
    site.wait("firing");
    let fingerprint = alerts(&server)[0]["fingerprint"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/alarms/{fingerprint}/ack");
    let (status, answer) =
        json_request(&server, "POST", &path, &json!({"by": "me", "comment": "on it", "for": "1h"}));
    assert_eq!(status, 200, "{answer}");
    drop(feeder);
    assert_eq!(server.stop(), Some(0));
    let server = site.start();
    let alarm = &server.get("/api/v1/alarms").json()["alarms"][0];
    assert_eq!(alarm["acknowledged"]["by"], "me", "{alarm}");
    let plumbago = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_plumbago"));
        let url = format!("http://{}", server.http);
        let output = command.arg("alarms").args(arguments).args(["--url", &url]).output().unwrap();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    };
    let shown = plumbago(&[]);
    assert!(shown.contains("(acknowledged by me until ") && shown.contains(": on it)"), "{shown}");
    let until = plumbago(&["ack", &fingerprint, "--by", "ada"]);
    assert_eq!(until, format!("{fingerprint} is acknowledged until it is resolved or gets worse\n"));
    assert!(plumbago(&[]).contains("(acknowledged by ada)"), "an acknowledgement without a time");
    let refused = plumbago(&["log", "--outcome", "snet"]);
    assert!(refused.contains("outcome: expected one of queued, superseded,"), "{refused}");
    assert!(refused.contains("found \"snet\""), "{refused}");
    assert_eq!(server.get("/api/v1/notifications?outcome=snet").status, 400);
    assert_eq!(server.get("/api/v1/notifications?outcome=dropped&receiver=nobody").status, 200);
    let events = server.get("/api/v1/events?q=on").json();
    assert_eq!(events["events"].as_array().map(Vec::len), Some(1), "{events}");
    let (status, _) =
        json_request(&server, "POST", "/api/v1/alarms/0000000000000000/ack", &json!({"by": "me"}));
    assert_eq!(status, 404);
}

#[test]
fn a_restart_in_between_tells_nothing_twice_and_forgets_nothing() {
    let site = Site::new();
    let server = site.start();
    let feeder = Feeder::start(&server, "a", 9);
    site.wait("firing");
    server.wait_until("it is written down", |server| log(server).contains(&"sent".to_owned()));
    drop(feeder);
    assert_eq!(server.stop(), Some(0));

    let server = site.start();
    let feeder = Feeder::start(&server, "a", 9);
    server.wait_until("the rules run", |server| !alerts(server).is_empty());
    feeder.set(1);
    let all = site.wait("resolved");
    let told: Vec<String> = all.iter().map(|one| one.told("host").0).collect();
    assert_eq!(told, ["firing", "resolved"]);
}

#[test]
fn what_was_being_sent_when_the_process_died_is_sent_again_with_the_same_key() {
    let site = Site::new();
    site.recorder.stall(true);
    let server = site.start();
    let feeder = Feeder::start(&server, "a", 9);
    let first = site.wait("firing").remove(0);
    drop(feeder);
    server.kill();
    site.recorder.stall(false);
    let server = site.start();
    let all = site.recorder.wait_until("it is sent again", |all| all.len() >= 2);
    assert_eq!((&all[1].key, &all[1].body), (&first.key, &first.body));
    server.wait_until("it is written down", |server| log(server).contains(&"sent".to_owned()));
    assert_eq!(site.recorder.all().len(), 2);
}

#[test]
fn servers_on_one_host_never_send_two_messages_with_one_key() {
    let site = Site::new();
    let server = site.start();
    let taken = server.post("/api/v1/snapshot", "");
    assert_eq!(taken.status, 200, "{taken:?}");
    let snapshot = site.data().join(taken.json()["path"].as_str().unwrap());
    let elsewhere = site.dir.path().join("elsewhere");
    let tell = |server: &Server, host: &str| {
        let _feeder = Feeder::start(server, host, 9);
        let is_there = |one: &Recorded| one.told("host").1.contains(&host.to_owned());
        let all = site.recorder.wait_until(host, |all| all.iter().any(is_there));
        all.into_iter().find(is_there).unwrap().key
    };
    let origin = tell(&server, "a");
    let restored = tell(&Server::start_with(&snapshot, &site.flags()), "b");
    let other = tell(&Server::start_with(&elsewhere, &site.flags()), "c");
    let servers: std::collections::BTreeSet<&str> =
        [&origin, &restored, &other].iter().map(|key| key.rsplit_once('-').unwrap().0).collect();
    assert_eq!(
        servers.len(),
        3,
        "numbers of messages begin anew, so what comes before them differs: {servers:?}"
    );
}

#[test]
fn a_receiver_that_fails_for_a_while_is_told_when_it_is_back() {
    let site = Site::new();
    site.recorder.answer(503);
    let server = site.start();
    let _feeder = Feeder::start(&server, "a", 9);
    server.wait_until("an attempt failed", |server| log(server).contains(&"retried".to_owned()));
    site.recorder.answer(200);
    server.wait_until("one did not", |server| log(server).contains(&"sent".to_owned()));
    let all = site.recorder.all();
    assert!(all.len() >= 2 && all.iter().all(|one| one.key == all[0].key), "{all:?}");
    assert!(server.metric("plumbago_notifications_total{receiver=\"ops\",outcome=\"retried\"}") >= 1.0);
}

#[test]
fn a_receiver_that_refuses_is_an_alarm_of_its_own() {
    let site = Site::new();
    site.recorder.answer(404);
    let server = site.start();
    let _feeder = Feeder::start(&server, "a", 9);
    let has =
        |server: &Server, name: &str| alerts(server).iter().any(|alarm| alarm["labels"]["alertname"] == name);
    server.wait_until("the failure is an alarm", |server| has(server, "NotificationFailed"));
    assert!(has(&server, "HighLoad"));
    assert!(log(&server).contains(&"refused".to_owned()));
}

#[test]
fn a_wrong_alerting_file_leaves_everybody_told_as_before() {
    let site = Site::new();
    assert_eq!(site.start().stop(), Some(0));
    site.write(WRONG);
    let server = site.start();
    assert_eq!(server.metric("plumbago_config_ok"), 0.0);
    let ready = server.get("/readyz");
    assert_eq!(ready.status, 200);
    assert!(ready.body.contains("alerting.yml:3:3") && ready.body.contains("group_wait"), "{ready:?}");
    let names = |server: &Server| server.get("/api/v2/receivers").json();
    assert_eq!(names(&server), json!([{"name": "ops"}]));
    let is_told = |one: &Recorded| one.told("alertname").1.contains(&"ConfigInvalid".to_owned());
    site.recorder.wait_until("the fault is told", |all| all.iter().any(is_told));
    let answer = server.post("/api/v1/reload", "");
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("alerting.yml:3:3"), "{answer:?}");

    site.write(&ALERTING.replace("ops", "night"));
    assert_eq!(server.post("/api/v1/reload", "").status, 200);
    server.wait_until("the new file counts", |server| names(server) == json!([{"name": "night"}]));
    server.wait_until("all is well", |server| server.metric("plumbago_config_ok") == 1.0);
    assert_eq!(server.stop(), Some(0));

    site.write(WRONG);
    let mut flags = site.flags();
    flags.push("--strict");
    let output = serve_command(&site.data(), &flags).stderr(Stdio::piped()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(stderr.contains("alerting.yml:3:3"), "{stderr}");
}

#[test]
fn a_test_message_goes_to_a_receiver_of_the_file_and_to_no_other() {
    let site = Site::new();
    let server = site.start();
    let path = "/api/v1/alerting/send-test";
    let (status, answer) = json_request(&server, "POST", path, &json!({"receiver": "ops"}));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["attempts"][0]["outcome"], "sent");
    assert_eq!(site.recorder.all().len(), 1);
    let (status, answer) = json_request(&server, "POST", path, &json!({"receiver": "http://evil.example"}));
    assert_eq!(status, 404, "{answer}");
    assert_eq!(site.recorder.all().len(), 1);
}

#[test]
fn a_test_of_a_receiver_that_is_down_is_over_with_its_answer() {
    let site = Site::new();
    site.write(&format!("{ALERTING}  - name: nothing\n"));
    site.recorder.answer(503);
    let server = site.start();
    let url = format!("http://{}", server.http);
    let send_test = |receiver: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_plumbago"));
        let output = command.args(["alerting", "send-test", receiver, "--url", &url]).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, out) = send_test("ops");
    assert_eq!((code, out.lines().count()), (Some(1), 1), "{out}");
    assert!(out.starts_with("webhook  not sent, and not tried again: ") && out.contains("503"), "{out}");
    // That the receiver cannot be reached is an alarm, which is tried again.
    assert!(log(&server).contains(&"dropped".to_owned()), "{:?}", log(&server));
    assert_eq!(
        send_test("nothing"),
        (Some(1), "nothing sends to nothing: nobody is told by it\n".to_owned())
    );
    site.recorder.answer(200);
    let (code, out) = send_test("ops");
    assert!(code == Some(0) && out.starts_with("webhook  sent after "), "{out}");
}

#[test]
fn without_an_alerting_file_alarms_are_shown_and_nobody_is_told() {
    let site = Site::new();
    let flags: Vec<&str> = site.flags().into_iter().filter(|flag| !flag.contains("alerting")).collect();
    let server = Server::start_with(&site.data(), &flags);
    let _feeder = Feeder::start(&server, "a", 9);
    server.wait_until("the alarm is shown", |server| alerts(server).len() == 1);
    let prometheus = server.get("/api/v1/alerts").json();
    assert_eq!(prometheus["data"]["alerts"][0]["state"], "firing");
    let rules = server.get("/api/v1/rules?type=alert").json();
    let rule = &rules["data"]["groups"][0]["rules"][0];
    assert_eq!((&rule["type"], &rule["state"]), (&json!("alerting"), &json!("firing")), "{rules}");
    assert!(site.recorder.all().is_empty());
}

#[test]
fn strangers_change_nothing() {
    let site = Site::new();
    let server = site.start();
    let paths = ["/api/v2/silences", "/api/v1/alarms/0000000000000000/ack", "/api/v1/alerting/send-test"];
    for path in paths {
        let answer = server.post_with(path, "{}", "Origin: http://evil.example\r\n");
        assert_eq!(answer.status, 403, "{path}");
    }
}
