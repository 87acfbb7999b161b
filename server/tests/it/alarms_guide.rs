//! docs/alarms.md does what it says: its files are written, its commands run, against a server and a receiver of their own.

use crate::harness::{Server, fresh_dir};
use crate::recorder::Recorder;
use std::path::Path;
use std::process::Command;

/// The blocks of a page: language and text.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let fenced = page.split("```").skip(1).step_by(2);
    fenced.filter_map(|block| block.split_once('\n')).collect()
}

/// `plumbago` as a function that asks this server, wherever the page would ask the one on the usual port.
const PRELUDE: &str = r#"
set -euo pipefail
plumbago() {
  case "$1 ${2:-}" in
    "rules check" | "alerting check" | "alerting route") "$PLUMBAGO" "$@" ;;
    *) "$PLUMBAGO" "$@" --url "http://$HTTP" ;;
  esac
}
"#;

#[test]
fn the_guide_does_what_it_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/alarms.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (data, work, recorder) = (fresh_dir(), fresh_dir(), Recorder::start());
    std::fs::create_dir(work.path().join("rules")).unwrap();
    let all = blocks(&page);
    let files = all.iter().filter(|(language, _)| matches!(*language, "yaml" | "ini")).map(|(_, text)| {
        let name = text.lines().next().and_then(|line| line.strip_prefix("# ")).expect("the file's name");
        std::fs::write(work.path().join(name), text.replace("127.0.0.1:9095", &recorder.address.to_string()))
    });
    assert_eq!(files.map(Result::unwrap).count(), 3);
    let path = |name: &str| work.path().join(name).display().to_string();
    let (rules, alerting, schemas) = (path("rules"), path("alerting.yml"), path("storage-schemas.conf"));
    let flags =
        ["--clock", "system", "--rules", &rules, "--alerting", &alerting, "--storage-schemas", &schemas];
    let server = Server::start_with(data.path(), &flags);
    let mut shown = String::new();
    let commands = all.iter().filter(|(language, _)| *language == "sh");
    for (_, text) in commands {
        let text = text
            .replace("127.0.0.1:8080", &server.http.to_string())
            .replace("/dev/tcp/127.0.0.1/2003", &format!("/dev/tcp/127.0.0.1/{}", server.plaintext.port()));
        let output = Command::new("bash")
            .args(["-c", &format!("{PRELUDE}{text}")])
            .env("PLUMBAGO", env!("CARGO_BIN_EXE_plumbago"))
            .env("HTTP", server.http.to_string())
            .current_dir(work.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{text}\n{output:?}");
        shown.push_str(&String::from_utf8(output.stdout).unwrap());
    }
    for words in [
        "1 rule in 1 file",
        "in order: 2 routes, 2 receivers",
        "shop  group ",
        "webhook  sent after",
        "critical  QueueTooLong  [host=a",
        "is acknowledged until",
        "active   until",
        "sent       shop",
        "\"outcome\":\"sent\"",
    ] {
        assert!(shown.contains(words), "{words} is shown: {shown}");
    }
    recorder.wait_until("the receiver is told", |all| {
        all.iter().any(|one| one.told("host") == ("firing".to_owned(), vec!["a".to_owned()]))
    });
}
