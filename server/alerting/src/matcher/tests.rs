//! Conditions: forms that Alertmanager takes, forms it refuses, and what they hold for.

use super::*;

fn shown(text: &str) -> String {
    match Matcher::parse_list(text) {
        Ok(all) => all.iter().map(Matcher::to_string).collect::<Vec<_>>().join(","),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn both_forms_are_read() {
    for (text, expected) in [
        (r#"severity="critical""#, r#"severity="critical""#),
        ("severity=critical", r#"severity="critical""#),
        (" severity =~ warn.* ", r#"severity=~"warn.*""#),
        (r#"{a="b",c!="d"}"#, r#"a="b",c!="d""#),
        (r#"{ a = "b" , c !~ "d|e" , }"#, r#"a="b",c!~"d|e""#),
        (r#""läbel 1"="ü,{}=\"x\"""#, r#""läbel 1"="ü,{}=\"x\"""#),
        ("a=", r#"a="""#),
        (r#"a="""#, r#"a="""#),
        ("a=~^b{2}$", r#"a=~"^b{2}$""#),
        ("a=two words,b=c", r#"a="two words",b="c""#),
        (r#"a=~"\d+""#, r#"a=~"\\d+""#),
        (r#"a="x\ny""#, r#"a="x\ny""#),
        ("", ""),
        ("{}", ""),
        ("a!=b", r#"a!="b""#),
    ] {
        assert_eq!(shown(text), expected, "{text}");
        let again = shown(&shown(text));
        assert_eq!(again, shown(text), "{text}, read again");
    }
}

#[test]
fn everything_else_is_refused() {
    for text in ["a", "=b", "{a=b", r#"a="b"#, r#"a="b"c"#, "a~b", ",", r#"a="b" c="d""#, r#"a=b"c"#] {
        let found = Matcher::parse_list(text);
        assert!(found.is_err() || text == "{text}: {found:?}");
    }
    let error = Matcher::parse(r#"a=~"(""#).expect_err("an open group");
    assert!(error.message.starts_with("\"(\" is no regular expression: "), "{error}");
    assert!(Matcher::parse("a=b,c=d").is_err());
    let long = format!("a={}", "x".repeat(limits::MATCHER_BYTES_MAX + 1));
    assert!(Matcher::parse(&long).is_err());
    let many = "a=b,".repeat(limits::MATCHERS_MAX + 1);
    assert!(Matcher::parse_list(&many).is_err());
}

#[test]
fn missing_labels_are_empty_and_expressions_hold_for_the_whole() {
    let labels = Labels::from([("a".to_owned(), "warning".to_owned())]);
    for (text, expected) in [
        ("a=warning", true),
        ("a=warn", false),
        ("a=~warn", false),
        ("a=~warn.*", true),
        ("a=~x|warning", true),
        ("a!~warn", true),
        ("a!=warning", false),
        (r#"b="""#, true),
        (r#"b!="""#, false),
        ("b=~.*", true),
        ("b=~.+", false),
        ("b!=x", true),
    ] {
        let matcher = Matcher::parse(text).expect(text);
        assert_eq!(matcher.matches(&labels), expected, "{text}");
        let stored = serde_json::to_string(&matcher).expect("JSON");
        let back: Matcher = serde_json::from_str(&stored).expect("a condition");
        assert_eq!((&back, back.matches(&labels)), (&matcher, expected), "{text}, stored");
    }
}
