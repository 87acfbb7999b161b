//! Schemas from whole files: order, priority, and what is skipped.

use super::*;

fn read(text: &str) -> (Vec<String>, Vec<String>) {
    let (schemas, warnings) = parse(text, Path::new("s.conf"));
    let names = schemas.iter().map(|schema| schema.selector.section.clone()).collect();
    (names, warnings.iter().map(ToString::to_string).collect())
}

#[test]
fn sections_keep_their_order_and_place() {
    let (schemas, warnings) = parse(
        "# first match wins\n[web]\npattern = ^web\\.\nretentions = 10s:6h,60s:7d\n\n[all]\nPattern = .*\nRetentions = 60s:7d\n",
        Path::new("etc/s.conf"),
    );
    assert_eq!(warnings, []);
    let places: Vec<_> =
        schemas.iter().map(|schema| (schema.selector.section.as_str(), schema.selector.line)).collect();
    assert_eq!(places, [("web", 2), ("all", 6)]);
    let web = schemas.first().expect("a schema");
    assert_eq!(web.selector.file, Path::new("etc/s.conf"));
    assert_eq!(web.selector.pattern.as_str(), r"^web\.");
    assert_eq!(
        web.archives,
        [
            Archive { step_secs: 10, retention_secs: 21_600 },
            Archive { step_secs: 60, retention_secs: 604_800 }
        ]
    );
}

#[test]
fn invalid_sections_are_skipped_and_the_others_kept() {
    let text = "[a]\npattern = a\nretentions = 10s:1d,25s:2d\n\
                [b]\nretentions = 10s:1d\n\
                [c]\npattern = c\n\
                [d]\npattern = (\nretentions = 10s:1d\n\
                [e]\npattern =\nretentions = 10s:1d\n\
                [f]\npattern = f\nretentions = 10s:1d\n";
    let (names, warnings) = read(text);
    assert_eq!(names, ["f"]);
    let beginnings = [
        "s.conf:3: [a] is skipped: 10 s does not divide 25 s; carbon would ",
        "s.conf:4: [b] is skipped: it has no pattern; carbon would ",
        "s.conf:6: [c] is skipped: it has no retentions; carbon would ",
        "s.conf:9: [d] is skipped: the pattern `(` is no regular expression: ",
        "s.conf:11: [e] is skipped: it has no pattern; carbon would ",
    ];
    assert_eq!(warnings.len(), beginnings.len(), "{warnings:?}");
    for (warning, beginning) in warnings.iter().zip(beginnings) {
        assert!(warning.starts_with(beginning), "{warning}");
    }
}

#[test]
fn priority_goes_before_the_order_of_the_file() {
    let section =
        |name: &str, priority: &str| format!("[{name}]\npattern = {name}\nretentions = 1m:1d\n{priority}\n");
    let text = [
        section("a", ""),
        section("b", "priority = 10"),
        section("c", "priority = 10"),
        section("d", "priority = -1"),
    ];
    let (names, warnings) = read(&text.concat());
    assert_eq!(names, ["b", "c", "a", "d"]);
    assert_eq!(
        warnings,
        [
            "s.conf:5: [b] is tried before sections above it because its priority is 10; \
             carbon would go by the order of the file",
            "s.conf:9: [c] is tried before sections above it because its priority is 10; \
             carbon would go by the order of the file",
        ]
    );
    let (names, warnings) = read(&section("a", "priority = high"));
    assert_eq!(names, ["a"]);
    assert!(
        warnings.concat().starts_with("s.conf:4: the priority of [a] is no whole number"),
        "{warnings:?}"
    );
}

#[test]
fn remarks_on_retentions_are_passed_on() {
    let (names, warnings) = read("[a]\npattern = a\nretentions = 60s:1440\n");
    assert_eq!(names, ["a"]);
    assert_eq!(warnings, ["s.conf:3: `60s:1440` keeps 1440 points; go-carbon would keep as many seconds"]);
}

#[test]
fn unreachable_sections_are_named() {
    let (names, warnings) =
        read("[all]\npattern = .*\nretentions = 1m:1d\n[b]\npattern = b\nretentions = 1m:1d\n");
    assert_eq!(names, ["all", "b"]);
    assert_eq!(
        warnings,
        ["s.conf:4: [b] is never used: [all] in line 1 comes before it and matches every name; \
          carbon would never use it either"]
    );
}

#[test]
fn a_pattern_over_several_lines_matches_nothing() {
    let (_, warnings) = read("[a]\npattern = a\n  b\nretentions = 1m:1d\n");
    assert!(warnings.iter().any(|warning| warning.contains("matches no name")), "{warnings:?}");
}
