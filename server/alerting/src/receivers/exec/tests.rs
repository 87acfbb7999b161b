//! What a program is run with: nothing of a message is in its arguments.

use crate::receivers::samples::{self, integration, try_integration};
use crate::receivers::{Delivery, ExecDelivery};

const KEY: &str = "exec_configs";

fn run(yaml: &str, message: &crate::Message) -> ExecDelivery {
    match integration(KEY, yaml).deliver(message, &samples::surroundings()) {
        Delivery::Exec(delivery) => delivery,
        other => panic!("{other:?} is no run"),
    }
}

#[test]
fn a_program_gets_its_arguments_and_the_body_of_a_webhook() {
    let yaml = "argv: [/usr/bin/page, --to, '{{ receiver }} $HOME']\ntimeout: 2s";
    let webhook = integration("webhook_configs", "url: https://x");
    for message in samples::hostile().into_iter().chain([samples::message()]) {
        let delivery = run(yaml, &message);
        assert_eq!(delivery.argv, ["/usr/bin/page", "--to", "{{ receiver }} $HOME"]);
        assert_eq!(delivery.timeout.as_secs(), 2);
        assert_eq!(delivery.stdin, samples::request(&webhook, &message).body);
    }
    assert_eq!(run("argv: [/bin/true]", &samples::message()).timeout.as_secs(), 10);
    assert!(integration(KEY, yaml).runs_program() && integration(KEY, yaml).sends_resolved());
}

#[test]
fn faults_of_settings_are_told() {
    for (yaml, fault) in [
        ("timeout: 1s", "1:1: exec_configs has no argv, the list of a program and its arguments"),
        ("argv: /bin/true", "1:7: argv is a list of texts, not a text"),
        ("argv: [true]", "1:8: the first of argv is the whole path of a program"),
        ("argv: [/bin/true, \"a\\0b\"]", "1:19: an argument has no NUL"),
        ("argv: [/bin/true]\ntimeout: 11s", "2:10: timeout is at most 10s"),
        ("argv: [/bin/true]\nargs: []", "2:1: unknown key \"args\" of exec_configs: did you mean \"argv\"?"),
    ] {
        let found = try_integration(KEY, yaml).expect_err(yaml);
        assert!(found.contains(&format!("alerting.yml:{fault}")), "{yaml:?}: {found}");
    }
}
