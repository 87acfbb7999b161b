//! What `check-config` writes, word for word.

use std::fs;

use super::super::settings::ConfigArgs;
use super::*;

/// Writes `files`, runs the check with the flags for those of the usual names, and leaves the folder's name out.
fn check(files: &[(&str, &str)]) -> (Outcome, String) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("written");
    }
    let flag = |name: &str| files.iter().any(|(given, _)| *given == name).then(|| folder.path().join(name));
    let config = ConfigArgs {
        config: flag("p.toml"),
        storage_schemas: flag("s.conf"),
        storage_aggregation: flag("a.conf"),
        aggregation_rules: flag("ar.conf"),
        rewrite_rules: flag("rr.conf"),
        blacklist: flag("b.conf"),
        whitelist: flag("w.conf"),
        ..ConfigArgs::default()
    };
    let mut out = Vec::new();
    let outcome = check_config(&CheckConfigArgs { config }, &mut out).expect("written");
    let text = String::from_utf8(out).expect("UTF-8");
    (outcome, text.replace(&format!("{}/", folder.path().display()), ""))
}

#[test]
fn without_files_all_is_well() {
    assert_eq!(
        check(&[]),
        (
            Outcome::Done,
            "no configuration file is given; the defaults count\n\
             no storage-schemas file is given; the built-in rule counts\n\
             no storage-aggregation file is given; the built-in rule counts\n\
             0 errors, 0 warnings\n"
                .to_owned()
        )
    );
}

#[test]
fn files_in_order_are_named() {
    let files = [
        ("p.toml", "[storage]\naggregation_file = \"x.conf\"\n"),
        ("s.conf", "[a]\npattern = a\nretentions = 1m:1d\n[b]\npattern = b\nretentions = 1m:1d\n"),
        ("x.conf", "[a]\npattern = a\n"),
    ];
    assert_eq!(
        check(&files),
        (
            Outcome::Done,
            "p.toml: in order\ns.conf: 2 sections in use\nx.conf: 1 section in use\n0 errors, 0 warnings\n"
                .to_owned()
        )
    );
}

#[test]
fn warnings_do_not_fail() {
    let files = [("s.conf", "[a]\npattern = a\nretentions = 60s:1440\n"), ("a.conf", "[a]\npattern : a\n")];
    assert_eq!(
        check(&files),
        (
            Outcome::Done,
            "no configuration file is given; the defaults count\n\
             s.conf: 1 section in use\n\
             warning: s.conf:3: `60s:1440` keeps 1440 points; go-carbon would keep as many seconds\n\
             a.conf: 1 section in use\n\
             warning: a.conf:2: `pattern` ends at a colon; \
             go-carbon knows only `=` and would not see this key\n\
             0 errors, 2 warnings\n"
                .to_owned()
        )
    );
}

#[test]
fn errors_fail_and_the_rest_is_still_checked() {
    let files = [("p.toml", "[listen]\nhtpp = 1\n[log]\nlevel = 2\n"), ("a.conf", "[a]\n")];
    assert_eq!(
        check(&files),
        (
            Outcome::Failed,
            "error: p.toml:2:1: there is no key `htpp` in [listen]; the nearest is `http`\n\
             error: p.toml:4:9: `level` in [log] must be one of \"error\", \"warn\", \"info\", \"debug\" and \
             \"trace\", not 2\n\
             no storage-schemas file is given; the built-in rule counts\n\
             a.conf: 0 sections in use\n\
             error: a.conf:1: [a] is skipped: it has no pattern; carbon would skip it, too\n\
             3 errors, 0 warnings\n"
                .to_owned()
        )
    );
}

#[test]
fn a_section_that_would_be_skipped_fails_in_either_file() {
    for (files, error) in [
        (
            [("s.conf", "[a]\npattern = a\nretentions = 1m:1d\n[b]\npattern = b\nretentions = 1m\n")],
            "error: s.conf:6: [b] is skipped: ",
        ),
        ([("s.conf", "[b]\npattern = (\nretentions = 1m:1d\n")], "error: s.conf:2: [b] is skipped: "),
        ([("a.conf", "[b]\npattern = b\nxFilesFactor = 2\n")], "error: a.conf:3: [b] is skipped: "),
        ([("a.conf", "[b]\npattern = b\naggregationMethod = x\n")], "error: a.conf:3: [b] is skipped: "),
    ] {
        let (outcome, text) = check(&files);
        assert_eq!(outcome, Outcome::Failed, "{text}");
        assert!(text.contains(error), "{text}");
        assert!(text.ends_with("1 error, 0 warnings\n"), "{text}");
    }
}

#[test]
fn rules_about_points_are_checked_as_well() {
    let (outcome, text) = check(&[
        ("ar.conf", "a (60) = sum b\na (60) = mean b\n"),
        ("rr.conf", "[pre]\na = b\n[pre]\na = c\n"),
        ("b.conf", "^tmp\\.\n"),
    ]);
    assert_eq!(outcome, Outcome::Failed);
    let (_, rules) = text.split_once("built-in rule counts\nno storage-aggregation").expect(&text);
    let expected = " file is given; the built-in rule counts\n\
        ar.conf: 1 rule in use\n\
        error: ar.conf:2: the line is skipped: its method must be one of sum, avg, min, max, p50, p75, p80, p90, \
        p95, p99, p999, count, not `mean`; carbon would refuse to start, and keep its old rules when it runs\n\
        rr.conf: 1 rule in use\n\
        warning: rr.conf:3: [pre] occurs again: the rules of the one above count no more; carbon would do the same\n\
        b.conf: 1 rule in use\n\
        1 error, 1 warning\n";
    assert_eq!(rules, expected);
}

#[test]
fn a_line_longer_than_the_protocol_takes_is_refused() {
    for (size, outcome) in [("8448", Outcome::Done), ("8449", Outcome::Failed), ("\"1MiB\"", Outcome::Failed)]
    {
        let text = format!("[ingest]\nline_bytes_max = {size}\n");
        let (found, report) = check(&[("p.toml", &text)]);
        assert_eq!(found, outcome, "{report}");
        assert_eq!(report.contains("from 256 to 8448 bytes"), outcome == Outcome::Failed, "{report}");
    }
}

#[test]
fn files_that_cannot_be_read_are_errors() {
    let (outcome, text) =
        check(&[("p.toml", "[storage]\nschemas_file = \"no.conf\"\naggregation_file = \"no2.conf\"")]);
    assert_eq!(outcome, Outcome::Failed);
    assert!(text.contains("error: no.conf: cannot be read: "), "{text}");
    assert!(text.contains("error: no2.conf: cannot be read: "), "{text}");
    assert!(text.ends_with("2 errors, 0 warnings\n"), "{text}");
}

#[test]
fn rules_and_the_alerting_file_are_checked_as_a_start_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let config = format!("[rules]\nfolder = {:?}\n[alerting]\nfile = {:?}\n", path("rules"), path("a.yml"));
    let checked = || {
        let (outcome, text) = check(&[("p.toml", &config)]);
        let text = text.replace(&format!("{}/", folder.path().display()), "");
        (outcome, text.lines().filter(|line| !line.contains("no storage-")).collect::<Vec<_>>().join("\n"))
    };
    let (outcome, text) = checked();
    assert_eq!(outcome, Outcome::Failed);
    assert!(
        text.contains("error: ")
            && text.contains("a.yml: cannot be read")
            && text.ends_with("2 errors, 0 warnings"),
        "{text}"
    );

    fs::create_dir(path("rules")).expect("made");
    let rule = "groups: [{name: g, rules: [{record: a.b, expr: sumSeries(c.*)}]}]\n";
    fs::write(path("rules/g.yaml"), rule).expect("written");
    fs::write(path("a.yml"), "route: {receiver: all}\nreceivers: [{name: all}]\n").expect("written");
    let in_order = "p.toml: in order\nrules: 1 file of rules in order\na.yml: in order\n0 errors, 0 warnings";
    assert_eq!(checked(), (Outcome::Done, in_order.to_owned()));

    fs::write(path("rules/g.yaml"), rule.replace("sumSeries", "sumSerie")).expect("written");
    fs::write(path("a.yml"), "route: {receiver: nobody}\nreceivers: [{name: all}]\n").expect("written");
    let (outcome, text) = checked();
    assert_eq!(outcome, Outcome::Failed);
    assert!(
        text.contains("g.yaml:1") && text.contains("nobody") && text.ends_with("2 errors, 0 warnings"),
        "{text}"
    );
}
