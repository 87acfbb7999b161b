//! Dry runs: who would have been told what, who would not have been and why, and how two of them differ.

use std::ops::ControlFlow;
use std::sync::Arc;

use plumbago_alerting::{
    DryMessenger, DryNews, DryRun, HeldCause, Matcher, NoSecrets, Notifications, NotificationsDifference,
    NotificationsMade, Secrets, SentReason, Silence, SilenceRequest, Unread, load_dry,
};
use plumbago_rules::{AlarmChange, Messenger, MessengerHalt, Transition};

use crate::desk::{Desk, alerting, receivers, transition};

/// Fires and ends, by second.
type Story = [(i64, &'static str, bool)];

fn transitions(story: &Story) -> Vec<(i64, Transition)> {
    let each = story.iter().map(|(second, name, is_firing)| {
        let at_ms = second * 1000;
        let change = match is_firing {
            true => AlarmChange::Fired,
            false => AlarmChange::Resolved { ends_at_ms: at_ms, by: None },
        };
        (at_ms, transition(name, change, at_ms))
    });
    each.collect()
}

fn run(text: &str, silences: Vec<Silence>, story: &Story, until_second: i64) -> Vec<DryNews> {
    let mut run = DryRun::new(alerting(text), silences, 0).expect("no rows");
    let mut all = Vec::new();
    let mut follow = |news| {
        all.extend(news);
        ControlFlow::Continue(())
    };
    for (at_ms, told) in transitions(story) {
        assert!(run.hear(&[told], at_ms, &mut follow).is_continue());
    }
    assert!(run.until(until_second * 1000, &mut follow).is_continue());
    all
}

/// A line each: `second receiver reason names` and `second receiver cause names`.
fn shown(news: &[DryNews]) -> Vec<String> {
    let line = |news: &DryNews| {
        let (at_ms, receiver, word, names): (i64, &str, &str, Vec<&str>) = match news {
            DryNews::Sent(sent) => {
                let names = sent.message.alarms.iter().map(|alarm| alarm.labels["alertname"].as_str());
                (sent.at_ms, &sent.message.to.receiver, sent.reason.name(), names.collect())
            }
            DryNews::Held(held) => {
                let names = held.alarms.iter().map(|alarm| alarm.labels["alertname"].as_str());
                (held.at_ms, &held.receiver, held.cause.name(), names.collect())
            }
        };
        format!("{} {receiver} {word} {}", at_ms / 1000, names.join(" "))
    };
    news.iter().map(line).collect()
}

fn route(more: &str) -> String {
    format!(
        "route: {{receiver: a, group_wait: 10s, group_interval: 1m, repeat_interval: 5m{more}}}\n{}",
        receivers(&["a"])
    )
}

#[test]
fn each_message_has_its_reason() {
    let story = [
        (0, "A", true),
        (30, "B", true),
        (400, "A", false),
        (460, "B", false),
        (600, "C", true),
        (605, "C", false),
    ];
    let news = run(&route(""), Vec::new(), &story, 3600);
    assert_eq!(
        shown(&news),
        [
            "10 a firing A",
            "70 a firing A B",
            "370 a repeat A B",
            "430 a resolved B A",
            "490 a resolved B",
            "605 a unsent C"
        ]
    );
}

#[test]
fn it_sends_what_a_desk_sends() {
    let story = [
        (0, "A", true),
        (12, "B", true),
        (13, "C", true),
        (90, "B", false),
        (95, "B", true),
        (800, "A", false),
    ];
    let mut desk = Desk::new(&route(", group_by: [alertname]"));
    for (at_ms, told) in transitions(&story) {
        desk.until(at_ms / 1000);
        desk.take(&[told]);
    }
    desk.until(7200);
    let sent: Vec<(i64, Arc<_>)> = desk.arrived.drain(..).collect();
    let news = run(&route(", group_by: [alertname]"), Vec::new(), &story, 7200);
    let dry: Vec<(i64, Arc<_>)> = news
        .into_iter()
        .filter_map(|news| match news {
            DryNews::Sent(sent) => Some((sent.at_ms, sent.message)),
            DryNews::Held(_) => None,
        })
        .collect();
    assert!(dry.len() > 20, "{} messages", dry.len());
    assert_eq!(dry, sent);
}

fn silence(matchers: &str, from_second: i64, until_second: i64) -> Silence {
    let mut desk = Desk::new(&route(""));
    let request = SilenceRequest {
        id: None,
        matchers: Matcher::parse_list(matchers).expect("conditions"),
        starts_ms: from_second * 1000,
        ends_ms: until_second * 1000,
        created_by: "somebody".to_owned(),
        comment: String::new(),
    };
    desk.notifier.silence(request, 1, 0).expect("a silence");
    // It has ended long ago, as most that history is run with.
    desk.until(until_second + 10);
    desk.notifier.silences().next().expect("it is still shown").clone()
}

#[test]
fn what_is_held_back_is_told_once_with_its_cause() {
    let inhibiting = "inhibit_rules: [{source_matchers: [alertname=S], target_matchers: [alertname=T]}]\n";
    let muting = "time_intervals: [{name: early, time_intervals: [{times: [{start_time: '00:00', end_time: '00:30'}]}]}]\n";
    let silenced = || vec![silence("alertname=Q", 0, 300)];
    let story = [(0, "Q", true), (1, "S", true), (2, "T", true)];
    let news = run(&format!("{}{inhibiting}", route("")), silenced(), &story, 320);
    assert_eq!(shown(&news), ["10 a inhibited T", "10 a silenced Q", "10 a firing S", "310 a firing Q S"]);
    let DryNews::Held(held) = &news[1] else { panic!("{news:?}") };
    assert_eq!((held.cause, held.by.len(), held.count), (HeldCause::Silenced, 1, 1));
    let news = run(
        &format!(
            "route: {{receiver: a, routes: [{{matchers: ['alertname=~.+'], group_wait: 10s, group_interval: 1m, \
             mute_time_intervals: [early]}}]}}\n{}{muting}",
            receivers(&["a"])
        ),
        Vec::new(),
        &[(0, "A", true), (100, "B", true)],
        1900,
    );
    assert_eq!(shown(&news), ["10 a muted A", "130 a muted B", "1810 a firing A B"]);
    let DryNews::Held(held) = &news[0] else { panic!("{news:?}") };
    assert_eq!(held.by, ["early"]);
}

#[test]
fn a_storm_is_capped_and_told_by_a_digest() {
    let text = format!("route: {{receiver: a, group_by: ['...'], group_wait: 0s}}\n{}", receivers(&["a"]));
    let alerting = alerting(&text);
    let mut run = DryRun::new(alerting.clone(), [], 0).expect("no rows");
    let storm: Vec<Transition> =
        (0..100).map(|at| transition(&format!("A n={at:03}"), AlarmChange::Fired, 1000)).collect();
    // In several calls, as rules tell of them; it is one moment all the same.
    let mut report = Notifications::new(&alerting);
    let mut follow = |news: Vec<DryNews>| {
        news.into_iter().for_each(|one| report.add(one));
        ControlFlow::Continue(())
    };
    assert!(storm.chunks(7).all(|some| run.hear(some, 1000, &mut follow).is_continue()));
    assert!(run.until(1_000_000, &mut follow).is_continue());
    let tally = &report.receivers[0];
    assert_eq!((tally.sent, tally.firing, tally.digests, tally.capped), (61, 60, 1, 40));
    assert_eq!((report.sent_in_all, report.held_in_all, tally.kind.as_str()), (61, 40, "webhook"));
    let digest = report.sent.last().expect("a digest");
    assert_eq!((digest.reason, digest.alarms_in_all, digest.alarms.len()), (SentReason::Digest, 40, 20));
    let text = serde_json::to_string(&report).expect("JSON");
    assert_eq!(serde_json::from_str::<Notifications>(&text).expect("a report"), report);
}

/// A route that has something to do in every second.
const BUSY: &str = "route: {receiver: a, group_wait: 0s, group_interval: 1s, repeat_interval: 1s}\n";

#[test]
fn a_run_is_broken_off_while_nothing_but_time_passes() {
    let text = format!("{BUSY}{}", receivers(&["a"]));
    let mut run = DryRun::new(alerting(&text), [], 0).expect("no rows");
    let (mut moments, mut most_at_once) = (0, 0);
    let mut follow = |news: Vec<DryNews>| {
        moments += 1;
        most_at_once = most_at_once.max(news.len());
        if moments < 100 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let told = transition("A", AlarmChange::Fired, 0);
    assert!(run.hear(&[told], 0, &mut follow).is_continue());
    // A year without a word of the rules, as between two looks of a rule that is evaluated once a year.
    assert!(run.hear(&[], 366 * 86_400_000, &mut follow).is_break());
    assert_eq!((moments, most_at_once), (100, 1), "nothing piles up until somebody asks");
}

#[test]
fn a_test_is_broken_off_while_messages_are_sent_and_sends_no_more_than_can_be_kept() {
    let messenger = || {
        let text = format!("{BUSY}{}", receivers(&["a"]));
        DryMessenger::new(alerting(&text), 0).expect("no rows")
    };
    let told = [transition("A", AlarmChange::Fired, 0)];
    let (mut asked, mut broken) = (0, messenger());
    let mut flow = || {
        asked += 1;
        if asked < 50 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    assert_eq!(broken.hear(&told, 0, &mut flow), Ok(()));
    assert_eq!(broken.sent(366 * 86_400_000, &mut flow), Err(MessengerHalt::BrokenOff));
    let (mut endless, mut flow) = (messenger(), || ControlFlow::Continue(()));
    assert_eq!(endless.hear(&told, 0, &mut flow), Ok(()));
    match endless.hear(&[], 366 * 86_400_000, &mut flow) {
        Err(MessengerHalt::Fault(error)) => {
            assert_eq!(error.message, "a test sends more than 100000 messages")
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_runs_differ_in_what_is_told() {
    let story = [(0, "A", true), (700, "A", false)];
    let made = |text: &str, story: &Story| {
        let mut made = NotificationsMade::default();
        run(text, Vec::new(), story, 3600).iter().for_each(|news| made.add(news).expect("few"));
        made
    };
    let (old, new) = (route(""), route(", group_by: [alertname]"));
    let between = |a: (&str, &Story), b: (&str, &Story)| {
        NotificationsDifference::between((&alerting(a.0), &made(a.0, a.1)), (&alerting(b.0), &made(b.0, b.1)))
    };
    let same = between((&old, &story), (&old, &story));
    assert!(!same.messages.differs() && same.messages.same == 4, "{same:?}");
    let other = between((&old, &story), (&new, &story));
    assert_eq!((other.messages.added, other.messages.removed, other.messages.changed), (4, 4, 0));
    assert_eq!((other.receivers[0].old, other.receivers[0].new), (4, 4));
    let more = between((&old, &story), (&old, &[(0, "A", true), (5, "B", true), (700, "A", false)]));
    assert_eq!((more.messages.changed, more.messages.added), (4, 9), "{more:?}");
    let first = &more.messages.examples[0];
    assert_eq!(first.new.as_ref().map(|one| one.alarms.len()), Some(2));
}

#[test]
fn secrets_are_neither_needed_nor_read() {
    let text = include_str!("../../../../examples/alerting.yml");
    assert!(load_dry("alerting.yml", text, &Unread).is_ok());
    let text = include_str!("../../../alerting.example.yml");
    assert!(load_dry("alerting.yml", text, &Unread).is_ok());
    let text = "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{api_url: '${PATH}'}]}]\n";
    let (alerting, _) = load_dry("alerting.yml", text, &Unread).expect("a file");
    assert!(!format!("{alerting:?}").contains(&std::env::var("PATH").expect("a path")));
}

/// Every setting that has a form of its own, from variables alone, and none of them is there.
const ALL_FROM_VARIABLES: &str = "
global: {smtp_from: '${A}', smtp_smarthost: '${A}:${B}', smtp_hello: '${A}', smtp_require_tls: '${A}',
  slack_api_url: '${A}', pagerduty_url: '${A}/x', opsgenie_api_url: 'https://${A}', opsgenie_api_key: '${A}'}
route: {receiver: a}
receivers:
  - name: a
    email_configs:
      - {to: '${A}, ${B}@example.org', auth_username: '${A}', auth_password: '${A}', headers: {Subject: '${A} {{ status }}'}}
      - {to: '${A}', from: 'ops@${A}', smarthost: '${A}', hello: '${A}', tls_config: {insecure_skip_verify: '${A}'}}
    webhook_configs:
      - {url: '${A}', max_alerts: '${A}', timeout: '${A}', headers: {x-token: '${A}'},
         http_config: {authorization: {credentials: '${A}'}, follow_redirects: '${A}'}}
      - {url_file: '${A}', http_config: {basic_auth: {username: '${A}', password_file: '${A}'}}}
    slack_configs: [{channel: '${A}', link_names: '${A}', text: '${A}', fields: [{title: '${A}', value: '${A}', short: '${A}'}]}]
    pagerduty_configs: [{routing_key: '${A}', severity: '${A}'}]
    opsgenie_configs: [{responders: [{name: '${A}', type: '${A}'}], tags: '${A}'}]
    exec_configs: [{argv: ['${A}', '--to=${A}'], timeout: '${A}'}]
    alertmanager_configs: [{url: '${A}'}]
heartbeat: {url: '${A}', interval: '${A}'}
";

#[test]
fn whatever_is_only_for_sending_has_a_stand_in() {
    let (alerting, _) = load_dry("a.yml", ALL_FROM_VARIABLES, &Unread).unwrap_or_else(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}", lines.join("\n"))
    });
    assert_eq!(alerting.receivers["a"].integrations.len(), 9);
}

/// One team.
struct Shop;

impl Secrets for Shop {
    fn variable(&self, name: &str) -> Option<String> {
        (name == "TEAM").then(|| "shop".to_owned())
    }

    fn file(&self, path: &str) -> Result<String, String> {
        NoSecrets.file(path)
    }
}

#[test]
fn whoever_is_told_follows_from_real_variables_or_not_at_all() {
    let file = |matcher: &str, group_by: &str, name: &str, ends: &str| {
        format!(
            "route: {{receiver: all, routes: [{{matchers: ['{matcher}'], group_by: ['{group_by}'], receiver: shop}}]}}\n\
             receivers: [{{name: all}}, {{name: '{name}', webhook_configs: [{{url: '${{URL}}', send_resolved: '{ends}'}}]}}]\n"
        )
    };
    let (alerting, _) =
        load_dry("a.yml", &file("team = ${TEAM}", "a", "shop", "true"), &Shop).expect("the team is known");
    let taken =
        |team: &str| alerting.route(&crate::desk::labels(&format!("A team={team}")))[0].0.receiver.clone();
    assert_eq!((&*taken("shop"), &*taken("db")), ("shop", "all"));

    let posted = "${TEAM} decides who is told, and no variable is read for a file that is sent along: write what it stands for";
    for (text, place) in [
        (file("team = ${TEAM}", "a", "shop", "true"), "1:45"),
        (file("team = a", "${TEAM}", "shop", "true"), "1:69"),
        (file("team = a", "a", "${TEAM}", "true"), "2:33"),
        (file("team = a", "a", "shop", "${TEAM}"), "2:90"),
    ] {
        let faults = |secrets: &dyn Secrets| -> Vec<String> {
            let errors = load_dry("a.yml", &text, secrets).expect_err(&text);
            errors.iter().map(ToString::to_string).filter(|line| line.contains("TEAM")).collect()
        };
        assert_eq!(faults(&Unread), [format!("a.yml:{place}: {posted}")], "{text}");
        let missing = format!("a.yml:{place}: there is no variable TEAM in the environment");
        assert_eq!(faults(&NoSecrets), [missing], "{text}");
    }
}

#[test]
fn ready_rules_for_alarms_pass_their_tests() {
    let file = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/");
        std::fs::read_to_string(format!("{folder}{name}")).expect("a file of the tree")
    };
    let (rules, _) = plumbago_rules::load(&[("alarms.yaml", &file("rules/alarms.yaml"))]).expect("rules");
    let tests =
        plumbago_rules::load_tests("alarms_test.yaml", &file("rules/alarms_test.yaml")).expect("tests");
    let alerting = load_dry("alerting.yml", &file("alerting.yml"), &Unread).expect("a file").0;
    let alerting = Arc::new(alerting);
    let mut messenger = |start_ms| -> Option<Box<dyn Messenger>> {
        Some(Box::new(DryMessenger::new(alerting.clone(), start_ms).ok()?))
    };
    let run = tests.run_with(&rules, &mut messenger, &mut || std::ops::ControlFlow::Continue(()));
    let reports = run.expect("rules that run");
    let failures: Vec<_> = reports.iter().flat_map(|report| &report.failures).collect();
    assert!(tests.expects_messages() && reports.len() == 4 && failures.is_empty(), "{failures:#?}");
}
