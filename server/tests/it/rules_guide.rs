//! docs/rules.md does what it says: its files are written, its commands run, against a server of its own.

use crate::harness::{Server, fresh_dir};
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
  case "$1 $2" in
    "rules check" | "rules test") "$PLUMBAGO" "$@" ;;
    *) "$PLUMBAGO" "$@" --url "http://$HTTP" ;;
  esac
}
"#;

#[test]
fn the_guide_does_what_it_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (data, work) = (fresh_dir(), fresh_dir());
    for folder in ["rules", "new"] {
        std::fs::create_dir(work.path().join(folder)).unwrap();
    }
    let folder = work.path().join("rules");
    let server = Server::start_with(data.path(), &["--clock", "system", "--rules", folder.to_str().unwrap()]);
    let mut shown = String::new();
    let (mut files, mut commands) = (0, 0);
    for (language, text) in blocks(&page) {
        match language {
            "yaml" => {
                let name =
                    text.lines().next().and_then(|line| line.strip_prefix("# ")).expect("the file's name");
                std::fs::write(work.path().join(name), text).unwrap();
                files += 1;
            }
            "sh" => {
                let text = text.replace("127.0.0.1:8080", &server.http.to_string()).replace(
                    "/dev/tcp/127.0.0.1/2003",
                    &format!("/dev/tcp/127.0.0.1/{}", server.plaintext.port()),
                );
                let output = Command::new("bash")
                    .args(["-c", &format!("{PRELUDE}{text}")])
                    .env("PLUMBAGO", env!("CARGO_BIN_EXE_plumbago"))
                    .env("HTTP", server.http.to_string())
                    .current_dir(work.path())
                    .output()
                    .unwrap();
                assert!(output.status.success(), "{text}\n{output:?}");
                shown.push_str(&String::from_utf8(output.stdout).unwrap());
                commands += 1;
            }
            _ => {}
        }
    }
    assert_eq!((files, commands), (5, 8), "the page has other blocks than this test expects");
    for words in [
        "3 rules in 1 file",
        "120 points of 4 derived series stored",
        "total.hits_per_minute",
        "a is busy",
        "1 passed, 0 failed",
        "deploy shop 7.2",
        "\"status\":\"success\"",
    ] {
        assert!(shown.contains(words), "{words} is shown: {shown}");
    }
}
