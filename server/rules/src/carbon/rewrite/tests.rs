//! Rewriting against what Python's `re.sub` gives, and what is said about files.

use super::*;

fn rules(text: &str) -> RewriteRules {
    let (rules, warnings) = RewriteRules::parse(text, Path::new("rewrite-rules.conf"));
    assert!(warnings.is_empty(), "{warnings:?}");
    rules
}

#[test]
fn substitution_is_python_s() {
    // Each as `re.sub` of Python 3.11 answers.
    for (pattern, replacement, name, expected) in [
        (r"^servers\.(\w+)\.", r"hosts.\1.", "servers.web1.cpu", "hosts.web1.cpu"),
        (r"\.", "_", "a.b.c", "a_b_c"),
        ("x*", "-", "abxd", "-a-b--d-"),
        ("", "-", "ab", "-a-b-"),
        ("|a", "-", "aab", "-----b-"),
        ("b|", "-", "abc", "-a--c-"),
        ("$", ".end", "a.b", "a.b.end"),
        ("^", "top.", "a.b", "top.a.b"),
        (r"(a)|b", r"[\1]", "ab", "[a][]"),
        (r"(?<=a)b", "x", "abab", "axax"),
        (r"(.)\1", r"\1", "aabbc", "abc"),
        ("é", "e", "été", "ete"),
        ("x*", "·", "éx", "·é··"),
        ("nothing", "x", "a.b", "a.b"),
        (r"_(count|sum)$", "", "a_count", "a"),
    ] {
        // Not out of a file, where a pattern ends at its first `=`.
        let rule = RewriteRule::parse(pattern, replacement).ok().expect(pattern);
        let rules = RewriteRules { pre: vec![rule], post: Vec::new() };
        let found = rules.apply(Ruleset::Pre, name);
        assert_eq!((found.name.as_ref(), found.gave_up), (expected, false), "{pattern} on {name}");
        assert_eq!(rules.apply(Ruleset::Post, name).name, name);
    }
}

#[test]
fn all_rules_apply_in_their_order() {
    let rules = rules("# comment\n[PRE]\na=b\nb = c\n\n[post]\nc = \n");
    assert_eq!(rules.len(), 3);
    assert_eq!(rules.apply(Ruleset::Pre, "a.b").name, "c.c");
    assert_eq!(rules.apply(Ruleset::Post, "c.c").name, ".");
}

#[test]
fn a_line_is_split_at_its_first_equals_sign() {
    let rules = rules("[pre]\na = b=c\n");
    assert_eq!(rules.apply(Ruleset::Pre, "a").name, "b=c");
}

#[test]
fn what_does_not_count_is_said_with_its_line() {
    let text = "early = x\n[pre]\n( = x\nno rule\n\\w = \\7\na = b\n[other]\na = c\n[pre]\nb = c\n[a-z]+ = [x]\nd = e\n";
    let (rules, warnings) = RewriteRules::parse(text, Path::new("r.conf"));
    let places: Vec<_> = warnings.iter().map(|warning| (warning.line, warning.skips_section)).collect();
    assert_eq!(places, [(1, true), (3, true), (4, true), (5, true), (7, true), (9, false), (11, true)]);
    assert_eq!(rules.len(), 1);
    assert_eq!(rules.apply(Ruleset::Pre, "ab").name, "ac");
}

#[test]
fn a_name_cannot_grow_without_bound() {
    let doubling = format!("[pre]\n{}", "(.+) = \\1\\1\n".repeat(1000));
    let rules = rules(&doubling);
    let length = rules.apply(Ruleset::Pre, "abc").name.len();
    assert!(length > NAME_RECEIVED_BYTES_MAX && length <= 3 * NAME_RECEIVED_BYTES_MAX, "{length}");
}

#[test]
fn a_search_that_gives_up_changes_nothing_and_is_told() {
    let rules = rules("[pre]\n(a|aa)*(?!a)\\1c = x\nz = y\n");
    let name = format!("{}z", "a".repeat(5000));
    let found = rules.apply(Ruleset::Pre, &name);
    assert!(found.gave_up && found.name.ends_with('y'));
}
