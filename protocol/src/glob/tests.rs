//! Globs against paths, as graphite-web's finder answers, and against a naive matcher.

use proptest::prelude::*;

use super::*;
use crate::limits::{GLOB_ALTERNATIVES_MAX, GLOB_NESTING_MAX};

const PATHS: &[&str] = &[
    "app.checkout.eu.errors",
    "app.checkout.eu.hits",
    "app.checkout.us.hits",
    "app.login.eu.hits",
    "app.login.us.queue",
    "a.b",
    "a.b2.c",
    "a.b10.c",
    "a.bb.c",
    "Case.MiXeD.mEtRiC",
    "edge.ramp",
    "edge.rampdown",
    "edge.steps",
    "nat.srv1.v",
    "nat.srv20.v",
    "solo",
    "weird.pct%41.v",
    "weird.plus+plus.v",
    "größe.höhe",
    "cpu.load;env=prod;host=h1",
];

fn matching(glob: &str) -> Vec<&'static str> {
    let glob = Glob::parse(glob).expect("the glob is well-formed");
    PATHS.iter().copied().filter(|path| glob.matches_path(path)).collect()
}

#[test]
fn each_wildcard_against_real_paths() {
    for (glob, expected) in [
        ("*", &["solo"][..]),
        ("a.*", &["a.b"]),
        ("a.b*.c", &["a.b2.c", "a.b10.c", "a.bb.c"]),
        ("a.b?.c", &["a.b2.c", "a.bb.c"]),
        ("a.b{,2,10}.c", &["a.b2.c", "a.b10.c"]),
        ("a.b[0-9]*.c", &["a.b2.c", "a.b10.c"]),
        ("a.b[!0-9].c", &["a.bb.c"]),
        ("case.*.*", &[]),
        ("edge.{ramp,st*}", &["edge.ramp", "edge.steps"]),
        ("edge.r[a-z]mp*", &["edge.ramp", "edge.rampdown"]),
        ("nat.srv[12]*.v", &["nat.srv1.v", "nat.srv20.v"]),
        (
            "app.{checkout,login}.*.hits",
            &["app.checkout.eu.hits", "app.checkout.us.hits", "app.login.eu.hits"],
        ),
        ("app.{ch{eck,ickie}out,x}.eu.*", &["app.checkout.eu.errors", "app.checkout.eu.hits"]),
        (
            "app.{checkout.eu,login.us}.*",
            &["app.checkout.eu.errors", "app.checkout.eu.hits", "app.login.us.queue"],
        ),
        ("app.**.hits", &["app.checkout.eu.hits", "app.checkout.us.hits", "app.login.eu.hits"]),
        ("app.**.eu.**", &["app.checkout.eu.errors", "app.checkout.eu.hits", "app.login.eu.hits"]),
        ("edge.**", &["edge.ramp", "edge.rampdown", "edge.steps"]),
        ("**.ramp", &["edge.ramp"]),
        ("**.solo", &["solo"]),
        ("a.**.b", &["a.b"]),
        ("weird.pct%41.*", &["weird.pct%41.v"]),
        ("weird.plus+plus.*", &["weird.plus+plus.v"]),
        ("gr??e.h?he", &["größe.höhe"]),
        ("gr[ö-ü]*.*[a-z]e", &["größe.höhe"]),
        (".app..checkout.us.*.", &["app.checkout.us.hits"]),
        ("~solo", &["solo"]),
        ("", &[]),
        (".", &[]),
        ("{,}", &[]),
        ("cpu.load;env=prod;host=h1", &["cpu.load;env=prod;host=h1"]),
        ("cpu.load;host=h1;env=prod", &["cpu.load;env=prod;host=h1"]),
        ("cpu.*", &[]),
        ("**", &PATHS[..PATHS.len() - 1]),
    ] {
        assert_eq!(matching(glob), expected, "{glob}");
    }
}

#[test]
fn classes_follow_fnmatch() {
    for (glob, node, expected) in [
        ("[]a]x", "]x", true),
        ("[!]a]x", "]x", false),
        ("[a-]x", "-x", true),
        ("[-a]x", "-x", true),
        ("[^a]x", "^x", true),
        ("[^a]x", "bx", false),
        ("[z-a]x", "mx", false),
        ("[{,}]x", ",x", true),
        ("a]", "a]", true),
        ("a[b", "a[b", true),
        ("a[*", "a[xyz", true),
        ("[]", "[]", true),
        ("[!]", "[!]", true),
        ("a,b", "a,b", true),
        ("\\*", "*", true),
        ("\\*", "a", false),
        ("a\\{b\\,c\\}", "a{b,c}", true),
        ("a\\(b", "a\\(b", true),
        ("a\\\\b", "a\\b", true),
        ("*a*a*a*", "aa", false),
        ("*a*a*a*", "xaxxaaxx", true),
        ("a*a", "a", false),
        ("*ab?", "abab!", true),
        ("**x", "yx", true),
    ] {
        assert_eq!(Glob::parse(glob).expect(glob).matches_path(node), expected, "{glob} {node}");
    }
}

#[test]
fn errors_name_the_column() {
    for (glob, column, expected) in [
        ("app.{a,b", 5, "a brace that is closed"),
        ("app.{a,{b}", 5, "a brace that is closed"),
        ("a.b}", 4, "a brace that was opened"),
        ("ö.{a", 3, "a brace that is closed"),
    ] {
        let error = Glob::parse(glob).expect_err(glob);
        assert_eq!(error.column, column, "{glob}");
        assert!(error.expected.contains(expected), "{error}");
        assert!(error.to_string().contains(&format!("column {column}:")), "{error}");
    }
}

#[test]
fn everything_is_bounded() {
    let nested = format!("{}a{}", "{".repeat(GLOB_NESTING_MAX + 1), "}".repeat(GLOB_NESTING_MAX + 1));
    let many = "{a,b}".repeat(13);
    let dotted = "{a.b,c.d}".repeat(13);
    let wide = format!(
        "{{{}}}",
        vec!["{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"; 100].join(",")
    );
    let heavy = format!("{}{}", "{.,.}".repeat(12), "x".repeat(4000));
    for glob in [nested, many, dotted, wide, heavy, "a".repeat(GLOB_BYTES_MAX + 1)] {
        assert!(Glob::parse(&glob).is_err(), "{glob:.60}");
    }
    let most = Glob::parse(&"{a.b,c.d}".repeat(12)).expect("as many as allowed");
    assert_eq!(most.alternatives().len(), GLOB_ALTERNATIVES_MAX);
}

#[test]
fn the_index_sees_literals_and_prefixes() {
    let nodes = |glob: &str| Glob::parse(glob).expect(glob).alternatives()[0].clone();
    assert_eq!(nodes("a.*.**.b")[0], NodePattern::Literal("a".into()));
    assert_eq!(nodes("a.*.**.b")[1..3], [NodePattern::Any, NodePattern::AnyDepth]);
    assert_eq!(nodes("**")[..], [NodePattern::AnyDepth, NodePattern::Any]);
    assert_eq!(nodes("web{01,02}*")[0].literal_prefix(), "web0");
    assert_eq!(nodes("we?b")[0].literal_prefix(), "we");
    assert_eq!(nodes("{*a,a}")[0].literal_prefix(), "");
    let NodePattern::Pattern(pattern) = &nodes("{web,db}0{1,2}")[0] else { panic!("a choice") };
    assert_eq!(pattern.literals().map(Iterator::collect), Some(vec!["web01", "web02", "db01", "db02"]));
    let glob = Glob::parse("~a..{b}").expect("a plain name");
    assert_eq!((glob.is_literal(), glob.literal()), (true, Some("a.b")));
    assert!(!Glob::parse("a.?").expect("a wildcard").is_literal());
}

/// Tries everything; for short texts only.
fn naive(pattern: &[char], path: &[char]) -> bool {
    match pattern {
        [] => path.is_empty(),
        ['*', rest @ ..] => {
            let longest = path.iter().take_while(|&&character| character != '.').count();
            (0..=longest).any(|taken| naive(rest, &path[taken..]))
        }
        ['?', rest @ ..] => matches!(path, [first, after @ ..] if *first != '.' && naive(rest, after)),
        ['[', '!', member, ']', rest @ ..] => {
            matches!(path, [first, after @ ..] if *first != '.' && first != member && naive(rest, after))
        }
        [wanted, rest @ ..] => matches!(path, [first, after @ ..] if first == wanted && naive(rest, after)),
    }
}

fn naive_glob(pattern: &str, path: &str) -> bool {
    let characters = |text: &str| text.chars().collect::<Vec<_>>();
    naive(&characters(pattern), &characters(path))
}

proptest! {
    #[test]
    fn agrees_with_a_naive_matcher(
        pattern in "([ab?]|\\*[ab?]|\\[!a\\]){1,6}(\\.([ab?]|\\*[ab?]|\\[!b\\]){1,4}){0,2}",
        path in "[abö]{1,8}(\\.[ab]{1,5}){0,2}",
    ) {
        let glob = Glob::parse(&pattern).expect("well-formed");
        prop_assert_eq!(glob.matches_path(&path), naive_glob(&pattern, &path));
    }

    #[test]
    fn depth_agrees_with_every_depth(
        head in "[ab]{0,1}", middle in "[ab]\\.?[ab?]?", tail in "[ab*]{0,1}", path in "[ab](\\.[ab]){0,6}",
    ) {
        let join = |depths: [&str; 2]| {
            let nodes = [head.as_str(), depths[0], middle.as_str(), depths[1], tail.as_str()];
            nodes.into_iter().flat_map(|text| text.split('.')).filter(|node| !node.is_empty()).collect::<Vec<_>>().join(".")
        };
        let stars = ["", "*", "*.*", "*.*.*", "*.*.*.*", "*.*.*.*.*", "*.*.*.*.*.*"];
        let least = usize::from(tail.is_empty());
        let expected = (0..7).any(|first| (least..7).any(|second| naive_glob(&join([stars[first], stars[second]]), &path)));
        let glob = Glob::parse(&join(["**", "**"])).expect("well-formed");
        prop_assert_eq!(glob.matches_path(&path), expected);
    }

    #[test]
    fn braces_agree_with_their_expansion(
        first in "[ab.]{0,3}", second in "[ab.]{0,2}\\*[ab.]?|[ab.]{1,3}", third in "[ab?]{0,2}", tail in "[ab.]{0,3}", path in "[ab](\\.?[ab]){0,6}",
    ) {
        // A choice that leaves its node empty matches no node, where the pattern written out would have one node less.
        let is_whole_node = first.ends_with('.') && (tail.is_empty() || tail.starts_with('.'));
        let third = if is_whole_node { format!("a{third}") } else { third };
        let glob = Glob::parse(&format!("x{first}{{{second},{{{third},b}}}}{tail}")).expect("well-formed");
        let path = format!("x{path}");
        let expected = [second.as_str(), third.as_str(), "b"].into_iter().any(|choice| {
            Glob::parse(&format!("x{first}{choice}{tail}")).expect("well-formed").matches_path(&path)
        });
        prop_assert_eq!(glob.matches_path(&path), expected);
    }

    #[test]
    fn a_name_matches_itself(name in "[a-zö$@:;=+.~-]{1,20}") {
        if let Ok(name) = canonical(&name) {
            let glob = Glob::parse(&name).expect("no special characters");
            prop_assert_eq!(glob.literal(), Some(name.as_ref()));
            prop_assert!(glob.matches_path(&name));
        }
    }

    #[test]
    fn any_text_is_answered(text in "[a.*?\\[\\]{},!~;=\\\\-]{0,30}", path in "[a.;=]{0,10}") {
        if let Ok(glob) = Glob::parse(&text) {
            glob.matches_path(&path);
        }
    }
}

#[test]
fn globs_that_share_a_path_overlap() {
    for (one, other, expected) in [
        ("a.b", "a.b", true),
        ("a.*", "*.b", true),
        ("a.*", "*.b.c", false),
        ("a*z", "ab*yz", true),
        ("a*y", "ab*yz", false),
        ("[ab]x", "[bc]?", true),
        ("[ab]x", "[cd]x", false),
        ("[!a]x", "ax", false),
        ("**.cpu", "a.b.cpu", true),
        ("**.cpu", "a.*.mem", false),
        ("a.**", "a", false),
        ("a.**.z", "**.y.z", true),
        ("a.**.z", "**.y", false),
        ("{a,b}.c", "{b,d}.*", true),
        ("{a,b}.c", "{d,e}.*", false),
        ("x{*,*.**.*}y", "x1.2.3y", true),
        ("x{*,*.**.*}y", "x1.*.3z", false),
        ("a.**.b.**.c", "a.c", false),
    ] {
        let (left, right) = (Glob::parse(one).unwrap(), Glob::parse(other).unwrap());
        assert_eq!(left.overlaps(&right), expected, "{one} and {other}");
        assert_eq!(right.overlaps(&left), expected, "{other} and {one}");
    }
}

proptest! {
    #[test]
    fn globs_that_match_one_path_are_never_told_apart(
        one in "[abx*?.{},\\[\\]!]{1,10}",
        other in "[abx*?.{},\\[\\]!]{1,10}",
        paths in proptest::collection::vec("[abx]{1,2}(\\.[abx]{1,2}){0,3}", 40),
    ) {
        if let (Ok(one), Ok(other)) = (Glob::parse(&one), Glob::parse(&other)) {
            let shared = paths.iter().find(|path| one.matches_path(path) && other.matches_path(path));
            prop_assert!(shared.is_none() || (one.overlaps(&other) && other.overlaps(&one)), "{shared:?}");
        }
    }
}
