//! What `which` writes, word for word.

use std::fs;
use std::path::PathBuf;

use super::super::settings::ConfigArgs;
use super::*;

const SCHEMAS: &str = "\
[slow]
pattern = ^(?:(a|a)\\1?)+$
retentions = 1m:1d
[servers]
pattern = ^servers\\.
retentions = 10s:6h,60s:7d,90m:1y
";
const AGGREGATIONS: &str = "[max]\npattern = \\.max$\nxFilesFactor = 0.1\naggregationMethod = max\n";

/// The files of a test and the answers about them, with the folder's name left out.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        let files = Self(tempfile::tempdir().expect("a folder"));
        fs::write(files.path("s.conf"), SCHEMAS).expect("written");
        fs::write(files.path("a.conf"), AGGREGATIONS).expect("written");
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn answer(&self, metric: &str) -> (Outcome, String, String) {
        let config = ConfigArgs {
            storage_schemas: Some(self.path("s.conf")),
            storage_aggregation: Some(self.path("a.conf")),
            ..ConfigArgs::default()
        };
        self.answer_with(metric, config)
    }

    fn answer_with(&self, metric: &str, config: ConfigArgs) -> (Outcome, String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let args = WhichArgs { metric: metric.to_owned(), config };
        let outcome = which(&args, &mut out, &mut err).expect("written");
        let folder = format!("{}/", self.0.path().display());
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8").replace(&folder, "");
        (outcome, text(out), text(err))
    }
}

#[test]
fn sections_are_named_with_their_place_and_pattern() {
    let (outcome, out, err) = Files::new().answer("servers.web01.cpu.max");
    assert_eq!((outcome, err.as_str()), (Outcome::Done, ""));
    assert_eq!(
        out,
        "servers.web01.cpu.max\n\
         schema: [servers] in s.conf:4, the first whose pattern matches: ^servers\\.\n  \
           10 seconds for 6 hours (2160 points)\n  \
           1 minute for 7 days (10080 points)\n  \
           1 hour 30 minutes for 1 year (5840 points)\n\
         aggregation: [max] in a.conf:1, the first whose pattern matches: \\.max$\n  \
           max, xFilesFactor 0.1\n"
    );
}

#[test]
fn defaults_are_explained() {
    let (outcome, out, _) = Files::new().answer("other");
    assert_eq!(outcome, Outcome::Done);
    assert_eq!(
        out,
        "other\n\
         schema: carbon's default, because no section of s.conf matches\n  \
           1 minute for 7 days (10080 points)\n\
         aggregation: carbon's default, because no section of a.conf matches\n  \
           average, xFilesFactor 0.5\n"
    );
    let (outcome, out, _) = Files::new().answer_with("other", ConfigArgs::default());
    assert_eq!(outcome, Outcome::Done);
    assert_eq!(
        out,
        "other\n\
         schema: built in, because no file is given\n  \
           10 seconds for 1 day (8640 points)\n  \
           1 minute for 30 days (43200 points)\n  \
           10 minutes for 5 years (262800 points)\n\
         aggregation: built in, because no file is given\n  \
           average, xFilesFactor 0.5\n"
    );
}

#[test]
fn the_canonical_name_is_what_counts() {
    let (_, out, _) = Files::new().answer("servers..x;b=2;a=1");
    assert!(
        out.starts_with(
            "servers..x;b=2;a=1\n  is kept under its canonical name\nservers.x;a=1;b=2\nschema: [servers] "
        ),
        "{out}"
    );
    let (outcome, out, err) = Files::new().answer("a b");
    assert_eq!((outcome, out.as_str()), (Outcome::Failed, ""));
    assert_eq!(err, "`a b` would be refused: the metric name holds a blank or a control character\n");
}

#[test]
fn a_pattern_that_gives_up_is_named() {
    let (_, out, _) = Files::new().answer(&format!("{}b", "a".repeat(60)));
    assert!(
        out.ends_with(
            "passed over: [slow] in s.conf:1, because the search for its pattern takes too many steps: \
             ^(?:(a|a)\\1?)+$\n"
        ),
        "{out}"
    );
}

#[test]
fn the_configuration_names_the_files() {
    let files = Files::new();
    fs::write(files.path("p.toml"), "[storage]\nschemas_file = \"s.conf\"\n").expect("written");
    let config = ConfigArgs { config: Some(files.path("p.toml")), ..ConfigArgs::default() };
    let (_, out, _) = files.answer_with("servers.x", config);
    assert!(out.contains("schema: [servers] in s.conf:4"), "{out}");
}

#[test]
fn faults_are_told() {
    let files = Files::new();
    fs::write(files.path("p.toml"), "x = 1\n").expect("written");
    let config = ConfigArgs { config: Some(files.path("p.toml")), ..ConfigArgs::default() };
    let (outcome, out, err) = files.answer_with("a", config);
    assert_eq!((outcome, out.as_str()), (Outcome::Failed, ""));
    assert!(err.starts_with("p.toml:1:1: there is no key `x`"), "{err}");

    let config = ConfigArgs { storage_schemas: Some(files.path("none.conf")), ..ConfigArgs::default() };
    let (outcome, _, err) = files.answer_with("a", config);
    assert_eq!(outcome, Outcome::Failed);
    assert!(err.starts_with("none.conf: cannot be read: "), "{err}");

    fs::write(files.path("s.conf"), "[a]\npattern = a\n").expect("written");
    let (outcome, _, err) = files.answer("a");
    assert_eq!(outcome, Outcome::Done);
    assert_eq!(err, "1 warning about the rule files: see `plumbago check-config`\n");
}
