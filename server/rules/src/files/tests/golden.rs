//! Wrong files and what is said about them: each `bad/NAME.yaml` holds the messages in comments at its end.

use crate::files::load;

/// Each file holds the expected messages as `#! line:column: message`.
fn check(name: &str, text: &str) {
    let expected: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("#! "))
        .map(|line| format!("{name}:{line}"))
        .collect();
    let errors = load(&[(name, text)]).expect_err(name);
    let found: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(found, expected, "{name}");
}

macro_rules! bad {
    ($($name:ident),* $(,)?) => {$(
        #[test]
        fn $name() {
            check(concat!(stringify!($name), ".yaml"), include_str!(concat!("bad/", stringify!($name), ".yaml")));
        }
    )*};
}

bad!(
    alert,
    alert_twins,
    anomaly,
    conditions,
    cycle,
    durations,
    expressions,
    groups,
    keys,
    labels,
    names,
    not_yaml,
    quote,
    quote_digit,
    quote_not,
    quote_plain,
    records,
    repeated_key,
    shapes,
    tag,
    templates,
    two_documents,
);
