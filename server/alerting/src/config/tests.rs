//! Alerting files: what is read of them, and every fault with its place.

use super::*;
use crate::route::GroupBy;

fn read(text: &str) -> Result<(Alerting, Vec<Note>), Vec<String>> {
    load("a.yml", text, &NoSecrets).map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

/// The faults of a file.
fn faults(text: &str) -> Vec<String> {
    read(text).err().unwrap_or_default()
}

const LEAST: &str = "route: {receiver: a}\nreceivers: [{name: a}]\n";

#[test]
fn the_least_file_has_the_defaults_of_alertmanager() {
    let (alerting, notes) = read(LEAST).expect("a file");
    let root = &alerting.routes[0];
    assert_eq!(
        (root.group_wait_ms, root.group_interval_ms, root.repeat_interval_ms),
        (30_000, 300_000, 14_400_000)
    );
    assert_eq!((root.key.as_ref(), &root.group_by), ("{}", &GroupBy::Labels(Vec::new())));
    assert!(
        notes.is_empty() && alerting.receivers["a"].integrations.is_empty() && alerting.heartbeat.is_none()
    );
    let (again, _) = read(&Alerting::nobody().shown).expect("the file of nobody");
    assert_eq!(again, Alerting::nobody());
}

#[test]
fn children_inherit_and_keys_are_those_of_alertmanager() {
    let text = r#"
route:
  receiver: all
  group_by: [job, alertname]
  group_wait: 0s
  routes:
    - matchers: [team="db", severity=~"warn|crit"]
      receiver: db
      repeat_interval: 1h
      continue: true
      routes:
        - match: {severity: crit}
          group_by: ['...']
    - match_re: {team: d.}
      group_interval: 1m
receivers: [{name: all}, {name: db}]
"#;
    let (alerting, _) = read(text).expect("a file");
    let labels = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Labels>()
    };
    let shown = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        let found = alerting.route(&labels(pairs)).into_iter();
        found.map(|(route, key)| (route.receiver.to_string(), key)).collect()
    };
    assert_eq!(shown(&[("team", "web")]), [("all".to_owned(), "{}:{}".to_owned())]);
    let both = shown(&[("team", "db"), ("severity", "warn"), ("job", "x"), ("alertname", "A")]);
    assert_eq!(
        both,
        [
            ("db".to_owned(), r#"{}/{severity=~"warn|crit",team="db"}:{alertname="A", job="x"}"#.to_owned()),
            ("all".to_owned(), r#"{}/{team=~"d."}:{alertname="A", job="x"}"#.to_owned()),
        ]
    );
    let child = shown(&[("team", "db"), ("severity", "crit")]);
    assert_eq!(
        child[0].1,
        r#"{}/{severity=~"warn|crit",team="db"}/{severity="crit"}:{severity="crit", team="db"}"#
    );
    let (route, _) = alerting.route(&labels(&[("team", "db"), ("severity", "crit")]))[0].clone();
    assert_eq!((route.group_wait_ms, route.repeat_interval_ms), (0, 3_600_000));
}

#[test]
fn everything_wrong_is_told_at_once_with_its_place_and_the_nearest_key() {
    let text = "\
route:
  receiver: pgaer
  mute_time_intervals: [nights]
  routes:
    - matcher: [a=b]
    - matchers: ['a=~(']
      group_interval: 0s
      active_time_intervals: [night]
receivers:
  - name: pager
    wechat_configs: [{}]
  - name: pager
inhibit_rules: [{source_matchers: [a=b]}]
time_intervals: [{name: nights}]
globl: {}
";
    let expected = [
        "a.yml:2:13: there is no receiver \"pgaer\": did you mean \"pager\"?",
        "a.yml:3:3: the first route is for every alarm: mute_time_intervals belongs into one of its routes",
        "a.yml:5:7: unknown key \"matcher\" of a route: did you mean \"matchers\"?",
        "a.yml:7:23: group_interval is at least 100ms",
        "a.yml:8:31: there is no time interval \"night\": did you mean \"nights\"?",
        "a.yml:12:5: there are two receivers \"pager\"",
        "a.yml:13:17: a rule of inhibition has target_matchers, a list of conditions",
        "a.yml:15:1: unknown key \"globl\" of an alerting file: did you mean \"global\"?",
    ];
    let found = faults(text);
    for one in expected {
        assert!(found.iter().any(|fault| fault == one), "{one} is missing in {found:#?}");
    }
    assert!(
        found.iter().any(|fault| fault.starts_with("a.yml:6:18: \"(\" is no regular expression")),
        "{found:#?}"
    );
    assert!(found.iter().any(|fault| fault.contains("wechat_configs are Alertmanager's and not supported")));
    assert_eq!(found.len(), expected.len() + 2, "{found:#?}");
}

#[test]
fn other_faults() {
    for (text, expected) in [
        ("", "a.yml:1:1: the file is empty; it has the keys route and receivers"),
        ("route: {receiver: a}\n", "a.yml:1:1: an alerting file has the key receivers"),
        ("receivers: []\n", "a.yml:1:1: an alerting file has the key route"),
        ("route: {}\nreceivers: []\n", "a.yml:1:8: the first route names a receiver"),
        (
            "route: {receiver: a, group_by: ['...', b]}\nreceivers: [{name: a}]\n",
            "a.yml:1:22: \"...\" stands for all labels, and so stands alone",
        ),
        (
            "route: {receiver: a, group_by: [b, b]}\nreceivers: [{name: a}]\n",
            "a.yml:1:22: group_by names a label twice",
        ),
        (
            "route: {receiver: a}\nreceivers: [{name: a}]\nheartbeat: {url: 'ftp://x'}\n",
            "a.yml:3:18: url of heartbeat is an address such as https://host/path",
        ),
        (
            "route: {receiver: a}\nreceivers: [{name: a}]\nheartbeat: {url: '${URL}'}\n",
            "a.yml:3:18: there is no variable URL in the environment",
        ),
    ] {
        assert!(faults(text).contains(&expected.to_owned()), "{expected} is missing in {:?}", faults(text));
    }
}

#[test]
fn groups_are_not_looked_at_without_a_pause() {
    let file = |wait: &str, interval: &str, repeat: &str| {
        format!(
            "route: {{receiver: a, group_wait: {wait}, group_interval: {interval}, repeat_interval: {repeat}}}\n\
             receivers: [{{name: a}}]\n"
        )
    };
    let (alerting, _) = read(&file("0s", "100ms", "1s")).expect("the shortest");
    let root = &alerting.routes[0];
    assert_eq!((root.group_wait_ms, root.group_interval_ms, root.repeat_interval_ms), (0, 100, 1000));
    assert_eq!(faults(&file("0s", "99ms", "1s")), ["a.yml:1:54: group_interval is at least 100ms"]);
    assert_eq!(faults(&file("0s", "1s", "1ms")), ["a.yml:1:75: repeat_interval is at least 1s"]);
}

#[test]
fn what_has_no_effect_is_remarked() {
    let text = format!("{LEAST}global: {{victorops_api_url: 'https://x'}}\ntemplates: [a.tmpl]\n");
    let (_, notes) = read(&text).expect("a file");
    let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("templates has no effect")), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("victorops_api_url has no effect")), "{notes:?}");
}

#[test]
fn secrets_are_read_from_around_and_never_shown() {
    struct Around;
    impl Secrets for Around {
        fn variable(&self, name: &str) -> Option<String> {
            (name == "HOOK").then(|| "hunter2".to_owned())
        }

        fn file(&self, path: &str) -> Result<String, String> {
            if path == "/key" { Ok("https://x/hunter2\n".to_owned()) } else { Err("no such file".to_owned()) }
        }
    }
    let text = "\
route: {receiver: a}
receivers:
  - name: a
    webhook_configs:
      - url: https://x/hunter2
        headers: {x-token: hunter2}
        http_config: {basic_auth: {username: u, password: hunter2}}
      - url: 'https://x/${HOOK}'  # a remark
      - url_file: /key
heartbeat: {url: \"https://x/hunter2\", interval: 30s}
";
    let (alerting, _) = load("a.yml", text, &Around).expect("a file");
    assert_eq!(alerting.receivers["a"].integrations.len(), 3);
    assert_eq!(
        alerting.heartbeat.as_ref().map(|one| (one.url.0.as_str(), one.interval_ms)),
        Some(("https://x/hunter2", 30_000))
    );
    let debug = format!("{alerting:?}");
    assert!(!debug.contains("hunter2"), "{debug}");
    // A remark behind a secret goes with it.
    let shown = "\
route: {receiver: a}
receivers:
  - name: a
    webhook_configs:
      - url: <secret>
        headers: {x-token: <secret>}
        http_config: {basic_auth: {username: u, password: <secret>}}
      - url: <secret>
      - url_file: /key
heartbeat: {url: <secret>, interval: 30s}
";
    assert_eq!(alerting.shown, shown);
    assert_eq!(without_secrets(text).as_deref(), Some(shown));
}
