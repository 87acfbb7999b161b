//! Patterns against the answers of Python's `re.search`, and what happens to those that cannot be used.

use super::*;

const NAMES: [&str; 27] = [
    "a.b",
    "a.b.c",
    "carbon.agents.x.count",
    "servers.web01.cpu.idle",
    "servers.db1.cpu.max",
    "x{foo}",
    "foo.min",
    "<x>",
    "a.a.b",
    "aabaa",
    "a[c",
    "caac",
    "a-b",
    "a+b",
    "a&b",
    "[",
    "]",
    "x-/z",
    "aab",
    "é.ü",
    "disk_bytes",
    "a}",
    "xx",
    "123",
    "CPU",
    "b",
    "c",
];

/// For every pattern, one character a name: `x` where Python's `re.search` finds it.
const ANSWERS: &[(&str, &str)] = &[
    (r"^a\.b", "xx........................."),
    (r"\.min$", "......x...................."),
    ("a.*b$", "x.......x...xxx...x........"),
    (".*", "xxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    ("", "xxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    ("^", "xxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    ("$", "xxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    ("^$", "..........................."),
    ("^.*$", "xxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    (r"^.*\.count$", "..x........................"),
    (r"^carbon\.", "..x........................"),
    ("carbon", "..x........................"),
    (r"^a\.b\.c$", ".x........................."),
    (r"\.(max|p99)$", "....x......................"),
    (r"(_bytes|\.last)$", "....................x......"),
    ("^(?!carbon).*cpu", "...xx......................"),
    (r"(?<=web)\d+", "...x......................."),
    (r"^(\w+)\.\1\.", "........x.................."),
    ("(?P<n>a+)b(?P=n)", ".........x................."),
    ("[[a]", "xxx.x...xxxxxxxx..x..x....."),
    ("[]x]", "..x.xx.x........xx....x...."),
    ("a{,2}c$", ".x........xx..............x"),
    ("^x{foo}$", ".....x....................."),
    (r"idle\Z", "...x......................."),
    (r"\<x\>", ".......x..................."),
    ("(?i)CPU", "...xx...................x.."),
    ("[a&&b]$", "x.......xx..xxx...x......x."),
    ("[+--]", "............xx...x........."),
    ("[--/]z", ".................x........."),
    (r"a\.b.*$", "xx......x.................."),
    ("^.*a", "xxx.x...xxxxxxx...x..x....."),
    (r"a\+b", ".............x............."),
    ("a+b$", "..................x........"),
    (r"[^.]*\.idle", "...x......................."),
    (r"^servers\.[^.]+\.cpu", "...xx......................"),
    ("ab*$", ".........x........x........"),
    ("^ab?", "xx......xxx.xxx...x..x....."),
    ("^a|b$", "xx......xxx.xxx...x..x...x."),
    ("é", "...................x......."),
    (r"^\w+$", ".........x.x......x.x.xxxxx"),
    ("x{2}", "......................x...."),
    ("a}", ".....................x....."),
    (r"\d{3,}", ".......................x..."),
    (r"a\-b", "............x.............."),
    ("(?#note)a$", ".........x................."),
    ("a$b", "..........................."),
    ("a^b", "..........................."),
    (r"(?:web|db)\d+\.", "...xx......................"),
    ("(a)?(?(1)b|c)$", ".x........xx......x.......x"),
    (r"\bcpu\b", "...xx......................"),
    (".", "xxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    (".+", "xxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    ("a.b$", "x.......x...xxx...x........"),
    ("^$a", "..........................."),
    (".*$", "xxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    (r"\.$", "..........................."),
    (r"a\.*c", "...........x..............."),
    ("(?x) a b $", "..................x........"),
];

#[test]
fn answers_are_python_s() {
    for (text, answers) in ANSWERS {
        let pattern = Pattern::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let ours: String =
            NAMES.iter().map(|name| if pattern.search(name) == Search::Found { 'x' } else { '.' }).collect();
        assert_eq!(ours, *answers, "{text}");
    }
}

#[test]
fn fast_paths_answer_as_the_expression_does() {
    for (text, answers) in ANSWERS {
        let expression = compile(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        for (name, answer) in NAMES.iter().zip(answers.chars()) {
            assert_eq!(expression.is_match(*name).ok(), Some(answer == 'x'), "{text} in {name}");
        }
    }
}

#[test]
fn plain_patterns_need_no_expression() {
    for (text, kind) in [
        ("", "Everything"),
        (".*", "Everything"),
        ("^.*$", "Everything"),
        ("^", "Everything"),
        (r"^servers\.", "Beginning(\"servers.\")"),
        (r"^servers\..*$", "Beginning(\"servers.\")"),
        (r"\.count$", "End(\".count\")"),
        (r"^.*\.count$", "End(\".count\")"),
        ("carbon", "Inside(\"carbon\")"),
        (r"^a\.b$", "Exact(\"a.b\")"),
    ] {
        let pattern = Pattern::parse(text).expect(text);
        assert_eq!(format!("{:?}", pattern.matcher), kind, "{text}");
    }
    for text in ["^$", "a.b", "a+", "a|b", r"\d", "a$b", ".+", "a.*b", "(a)", "[a]", "^ab?"] {
        assert!(matches!(Pattern::parse(text).expect(text).matcher, Matcher::Expression(_)), "{text}");
    }
}

#[test]
fn unusable_patterns_are_refused_in_one_sentence() {
    for text in ["(", "[a", "a)", "*", "(?P<n", r"\p{Nonsense}", "a**", r"(?<!a.*)b\"] {
        let error = Pattern::parse(text).expect_err(text);
        assert!(error.starts_with(&format!("the pattern `{text}` is no regular expression: ")), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
    let long = "a".repeat(REGEX_BYTES_MAX + 1);
    assert!(Pattern::parse(&long).is_err());
    assert!(Pattern::parse("(?:(?:a{1000}){1000}){1000}").is_err());
}

#[test]
fn a_search_without_end_gives_up() {
    let pattern = Pattern::parse(r"^(?:(a|a)\1?)+$").expect("a valid pattern");
    assert_eq!(pattern.search(&format!("{}b", "a".repeat(60))), Search::GaveUp);
    assert_eq!(pattern.search("aaaa"), Search::Found);
}
