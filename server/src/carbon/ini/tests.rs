//! The dialect, rule by rule; what ConfigParser makes of a text was tried with Python's own.

use std::path::Path;

use super::*;
use plumbago_rules::carbon::Warnings;

/// Sections as `[name] key=value key=value`, and warnings as `line: message`.
fn read(text: &str) -> (Vec<String>, Vec<String>) {
    let mut warnings = Warnings::new(Path::new("f.conf"));
    let sections = parse(text, &mut warnings);
    let shown = sections.iter().map(|section| {
        let options = section.options.iter().map(|option| format!(" {}={}", option.key, option.value));
        format!("[{}]{}", section.name, options.collect::<String>())
    });
    let warnings = warnings.into_list();
    (
        shown.collect(),
        warnings.iter().map(|warning| format!("{}: {}", warning.line, warning.message)).collect(),
    )
}

fn without_warning(text: &str) -> Vec<String> {
    let (sections, warnings) = read(text);
    assert_eq!(warnings, [""; 0], "{text}");
    sections
}

/// The sections, and the only warning.
fn with_warning(text: &str) -> (Vec<String>, String) {
    let (sections, warnings) = read(text);
    assert_eq!(warnings.len(), 1, "{text}: {warnings:?}");
    (sections, warnings.concat())
}

#[test]
fn keys_and_values() {
    assert_eq!(without_warning("[a]\nk=v\nj = w=x:y \n"), ["[a] k=v j=w=x:y"]);
    assert_eq!(without_warning("[a]\r\nPATTERN = ^A\\.\r\n[b]"), ["[a] pattern=^A\\.", "[b]"]);
    assert_eq!(without_warning("[a]\nk =\n"), ["[a] k="]);
    assert_eq!(without_warning(""), [""; 0]);
    assert_eq!(without_warning("\u{feff}[a]\nk = 1"), ["[a] k=1"]);
}

#[test]
fn a_colon_also_ends_a_key() {
    let (sections, warning) = with_warning("[a]\nk : v=w");
    assert_eq!((sections, warning.as_str()), (vec!["[a] k=v=w".to_owned()], "2: `k` ends at a colon"));
}

#[test]
fn comments_stand_alone() {
    assert_eq!(without_warning("# x\n; y\n[a]\n  # z\nk = v\n"), ["[a] k=v"]);
    assert_eq!(without_warning("[a]\nk = v#w;x\n"), ["[a] k=v#w;x"]);
    let (sections, warning) = with_warning("[a]\nk = v # w\n");
    assert_eq!(sections, ["[a] k=v # w"]);
    assert_eq!(warning, "2: `#` is part of the value of `k`");
}

#[test]
fn deeper_indented_lines_continue_a_value() {
    let (sections, warning) = with_warning("[a]\nk = a,\n# between\n   b\n\n\nj = c");
    assert_eq!(sections, ["[a] k=a,\nb j=c"]);
    assert_eq!(warning, "4: this line continues the value of `k`");
    assert_eq!(without_warning("[a]\n  k = 1\n  j = 2\nl = 3"), ["[a] k=1 j=2 l=3"]);
    assert_eq!(without_warning("  [a]\n  k = 1\n[b]\nj = 2"), ["[a] k=1", "[b] j=2"]);
}

#[test]
fn indented_options_and_headers_keep_their_meaning() {
    let (sections, warning) = with_warning("[a]\npattern = x\n  retentions = 10s:1d\n");
    assert_eq!(sections, ["[a] pattern=x retentions=10s:1d"]);
    assert_eq!(warning, "3: this indented line is taken as an option of its own");
    let (sections, warning) = with_warning("[a]\nk = 1\n [b]\nj = 2");
    assert_eq!(sections, ["[a] k=1", "[b] j=2"]);
    assert_eq!(warning, "3: this indented line is taken as a section header of its own");
}

#[test]
fn doubles_are_kept_as_go_carbon_keeps_them() {
    let (sections, warning) = with_warning("[a]\nk = 1\nK = 2");
    assert_eq!(
        (sections, warning.as_str()),
        (vec!["[a] k=2".to_owned()], "3: `k` occurs again in [a]; the last one counts")
    );
    let (sections, warning) = with_warning("[a]\nk = 1\n[a]\nk = 2");
    assert_eq!(sections, ["[a] k=1", "[a] k=2"]);
    assert_eq!(warning, "3: [a] occurs again; both sections are used, in their order");
}

#[test]
fn a_percent_sign_is_ordinary() {
    for (value, beginning) in
        [("50%", "2: `%` is an ordinary"), ("%(x)s", "2: `%` is"), ("a%%b", "2: `%%` in")]
    {
        let (sections, warning) = with_warning(&format!("[a]\nk = {value}"));
        assert_eq!(sections, [format!("[a] k={value}")]);
        assert!(warning.starts_with(beginning), "{warning}");
    }
}

#[test]
fn quotes_are_left_out() {
    for text in ["[a]\nk = \"v w\"", "[a]\nk = 'v w'"] {
        let (sections, warning) = with_warning(text);
        assert_eq!(sections, ["[a] k=v w"]);
        assert_eq!(warning, "2: the quotes around the value of `k` are left out");
    }
    assert_eq!(without_warning("[a]\nk = \"v\nj = \""), ["[a] k=\"v j=\""]);
}

#[test]
fn text_after_a_header_is_ignored_but_not_the_section() {
    let (sections, warning) = with_warning("[a] # x\nk = 1");
    assert_eq!(sections, ["[a] k=1"]);
    assert_eq!(warning, "1: the text after the header of [a] is ignored: # x");
    assert_eq!(without_warning("[a]b]\nk = 1\n[[c]]\n[ d ]"), ["[a]b] k=1", "[[c]]", "[d]"]);
}

#[test]
fn broken_lines_are_ignored() {
    for (text, expected, message) in [
        ("k = 1\n[a]", "[a]", "1: this line stands before the first section and is ignored"),
        ("[a]\nk", "[a]", "2: this line is no `key = value` and is ignored"),
        ("[a]\n= v", "[a]", "2: the key is missing; the line is ignored"),
        ("[a\nk = 1", "[a] k=1", "1: this section header lacks its closing bracket"),
        ("[]\nk = 1", "[] k=1", "1: this section has no name"),
    ] {
        let (sections, warning) = with_warning(text);
        assert_eq!((sections, warning.as_str()), (vec![expected.to_owned()], message));
    }
}

#[test]
fn a_broken_line_ends_the_value_before_it() {
    let (sections, warnings) = read("[a]\nk = 1\nbroken\n   more\n");
    assert_eq!(sections, ["[a] k=1"]);
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}

#[test]
fn defaults_are_inherited() {
    let (sections, warning) =
        with_warning("[DEFAULT]\nretentions = 1m:1d\n[a]\npattern = x\n[b]\nretentions = 1h:1y");
    assert_eq!(
        sections,
        ["[DEFAULT] retentions=1m:1d", "[a] pattern=x retentions=1m:1d", "[b] retentions=1h:1y"]
    );
    assert!(warning.starts_with("1: the options of [DEFAULT] also count"), "{warning}");
    assert_eq!(without_warning("[default]\nk = 1\n[a]"), ["[default] k=1", "[a]"]);
}

#[test]
fn warnings_say_what_others_would_do() {
    let mut warnings = Warnings::new(Path::new("etc/f.conf"));
    parse("[a]\nk = 1\nk = 2", &mut warnings);
    let shown: Vec<_> = warnings.into_list().iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        ["etc/f.conf:3: `k` occurs again in [a]; the last one counts; carbon would refuse the file"]
    );
}
