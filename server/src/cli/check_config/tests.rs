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
    let files = [
        ("s.conf", "[a]\npattern = a\nretentions = 60s:1440\n[b]\npattern = b\n"),
        ("a.conf", "[a]\npattern : a\n"),
    ];
    assert_eq!(
        check(&files),
        (
            Outcome::Done,
            "no configuration file is given; the defaults count\n\
             s.conf: 1 section in use\n\
             warning: s.conf:3: `60s:1440` keeps 1440 points; go-carbon would keep as many seconds\n\
             warning: s.conf:4: [b] is skipped: it has no retentions; carbon would skip it, too\n\
             a.conf: 1 section in use\n\
             warning: a.conf:2: `pattern` ends at a colon; \
             go-carbon knows only `=` and would not see this key\n\
             0 errors, 3 warnings\n"
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
             warning: a.conf:1: [a] is skipped: it has no pattern; carbon would skip it, too\n\
             2 errors, 1 warning\n"
                .to_owned()
        )
    );
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
