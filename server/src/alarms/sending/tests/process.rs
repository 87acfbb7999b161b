//! Programs: what they are given, and how they end.

use std::path::Path;
use std::time::Duration;

use plumbago_alerting::{ExecDelivery, Outcome};
use plumbago_protocol::limits;
use tokio::sync::Semaphore;

use super::reason;
use crate::alarms::sending::process::run;

/// A run of a shell's script, with a path as its argument.
fn script(text: &str, path: &Path) -> ExecDelivery {
    let path = path.to_str().expect("a plain path");
    ExecDelivery {
        argv: ["/bin/sh", "-c", text, "script", path].map(str::to_owned).to_vec(),
        stdin: b"{\"version\":\"4\"}".to_vec(),
        timeout: Duration::from_secs(20),
    }
}

async fn outcome_of(delivery: &ExecDelivery) -> Outcome {
    run(delivery, &Semaphore::new(limits::EXEC_PLACES_MAX)).await
}

#[tokio::test]
async fn a_program_reads_the_message_and_nothing_of_our_environment() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("seen");
    let delivery = script("cat > \"$1\"; pwd >> \"$1\"; /usr/bin/env >> \"$1\"", &path);
    assert_eq!(outcome_of(&delivery).await, Outcome::Sent);
    let seen = std::fs::read_to_string(&path).expect("what it wrote");
    assert!(seen.starts_with("{\"version\":\"4\"}/\n"), "{seen}");
    // The shell itself sets a few.
    let names: Vec<&str> = seen.lines().skip(1).filter_map(|line| line.split('=').next()).collect();
    assert!(names.iter().all(|name| ["PWD", "OLDPWD", "SHLVL", "_"].contains(name)), "{names:?}");
}

#[tokio::test]
async fn a_program_need_not_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut delivery = script("exit 0", folder.path());
    delivery.stdin = vec![b'x'; 4 << 20];
    assert_eq!(outcome_of(&delivery).await, Outcome::Sent);
    // What stays behind keeps its outputs open, and is not waited for.
    delivery.argv[2] = "sleep 600 & echo $! > \"$1/pid\"".to_owned();
    assert_eq!(outcome_of(&delivery).await, Outcome::Sent);
    let pid = std::fs::read_to_string(folder.path().join("pid")).expect("a process id");
    std::process::Command::new("kill").arg(pid.trim()).status().expect("kill runs");
}

#[tokio::test]
async fn a_program_that_fails_is_run_again_and_quoted() {
    let folder = tempfile::tempdir().expect("a folder");
    let outcome = outcome_of(&script("cat > /dev/null; echo 'no\tpager' >&2; exit 3", folder.path())).await;
    assert_eq!(reason(&outcome), "the program ended with exit status: 3: no pager");
    assert!(matches!(outcome, Outcome::Retry { .. }));
    let talks = "i=0; while [ $i -lt 300 ]; do printf '%01024d' 0 >&2; i=$((i+1)); done; exit 1";
    let outcome = outcome_of(&script(talks, folder.path())).await;
    assert!(matches!(outcome, Outcome::Retry { .. }) && reason(&outcome).len() < 300, "{outcome:?}");
    let mut missing = script("", folder.path());
    missing.argv = vec!["/nowhere/program".to_owned()];
    assert!(matches!(outcome_of(&missing).await, Outcome::Refused { .. }));
    missing.argv.clear();
    assert!(matches!(outcome_of(&missing).await, Outcome::Refused { .. }));
}

#[tokio::test]
async fn a_program_that_takes_too_long_is_ended_with_its_children() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("pid");
    let mut delivery = script("sleep 600 & echo $! > \"$1.new\"; mv \"$1.new\" \"$1\"; wait", &path);
    delivery.timeout = Duration::from_secs(2);
    let outcome = outcome_of(&delivery).await;
    assert_eq!(reason(&outcome), "the program was ended after 2000 ms");
    assert!(matches!(outcome, Outcome::Retry { .. }));
    let pid = std::fs::read_to_string(&path).expect("a process id");
    let status = format!("/proc/{}/stat", pid.trim());
    // Gone, or waiting for whoever inherits it.
    while let Ok(text) = std::fs::read_to_string(&status) {
        if text.contains(") Z ") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn no_more_programs_run_at_once_than_there_are_places() {
    let folder = tempfile::tempdir().expect("a folder");
    let places = Semaphore::new(1);
    let delivery = script("mkdir \"$1/taken\" || exit 9; sleep 0.05; rmdir \"$1/taken\"", folder.path());
    let (a, b, c) = tokio::join!(run(&delivery, &places), run(&delivery, &places), run(&delivery, &places));
    assert_eq!([a, b, c], [Outcome::Sent, Outcome::Sent, Outcome::Sent]);
}
