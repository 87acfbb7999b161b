//! Random texts: none makes reading panic, and a fault always has a place in the file.

use proptest::prelude::*;

use crate::files::load;

/// Bits of rule files, right and wrong, in any order.
fn fragment() -> impl Strategy<Value = String> {
    let known = proptest::sample::select(vec![
        "groups:",
        "- name: a",
        "- name: a\n    rules:",
        "rules:",
        "- record: a.{{ node(1) }}",
        "- event: \"{{ $value }}\"",
        "expr: sumSeries(a.*)",
        "expr: |",
        "expr: >-",
        "when: > 90",
        "when: \"> 90\"",
        "when: {warning: \"> 1\"}",
        "clear: '< 1'",
        "for: 5m",
        "labels: {a: b}",
        "labels: &l",
        "*l",
        "&x [*x]",
        "!!str",
        "!t",
        "? a",
        "- - -",
        "keep_tags: [a, b]",
        "{% if value %}",
        "{{ printf \"%.1f\" .Value }}",
        "{{",
        "}}",
        "---",
        "...",
        "%YAML 1.2",
        "\"\\x",
        "'",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "#",
        "\t",
        "|",
        ">",
        "@",
        "`",
        "~",
        "\u{feff}",
        "\r\n",
        "ä",
    ]);
    let blanks = proptest::sample::select(vec!["", " ", "\n", "\n  ", "\n    ", "\n      "]);
    (known, blanks).prop_map(|(known, blanks)| format!("{blanks}{known}"))
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let lines = text.lines().count().max(1);
    if let Err(errors) = load(&[("x.yaml", text)]) {
        prop_assert!(!errors.is_empty());
        for error in errors {
            prop_assert!((1..=lines + 1).contains(&error.line), "{error}");
            prop_assert!(error.column >= 1 && !error.message.is_empty(), "{error}");
            prop_assert!(!error.to_string().contains('\n'), "{error}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn fragments_of_files(fragments in proptest::collection::vec(fragment(), 0..24)) {
        check(&fragments.concat())?;
    }

    #[test]
    fn any_text(text in "\\PC{0,200}") {
        check(&text)?;
    }

    #[test]
    fn any_value_of_any_key(
        key in proptest::sample::select([super::super::record::KEYS, super::super::event::KEYS].concat()),
        value in "\\PC{0,40}",
        kind in proptest::sample::select(vec!["record", "event"]),
    ) {
        check(&format!("groups:\n- name: g\n  rules:\n  - {kind}: n\n    expr: a\n    {key}: {value}\n"))?;
        check(&format!("groups:\n- name: g\n  rules:\n  - {kind}: n\n    expr: a\n    {key}: {value:?}\n"))?;
    }
}
