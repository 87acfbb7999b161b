//! Tag expressions, against the rules of seriesByTag and against each series by itself.

use super::*;

const NAMES: &[&str] = &[
    "cpu;dc=a;host=h1",
    "cpu;dc=a;host=h2",
    "cpu;dc=b;host=h1",
    "disk;dc=b",
    "plain.path",
    "mem;host=h10;os=linux",
];

fn expressions(texts: &[&str]) -> Vec<TagExpression> {
    texts.iter().map(|text| TagExpression::parse(text).unwrap()).collect()
}

#[test]
fn expressions_select_by_the_rules_of_series_by_tag() {
    let index = index_of(NAMES);
    for (texts, expected) in [
        (&["name=cpu"][..], &[0, 1, 2][..]),
        (&["dc=a", "host=h1"], &[0]),
        (&["host=~h1"], &[0, 2, 5]),
        (&["host=~h1$"], &[0, 2]),
        (&["host=~1"], &[]),
        (&["dc!="], &[0, 1, 2, 3]),
        (&["dc!=", "host="], &[3]),
        (&["name=~.", "dc="], &[5]),
        (&["name=~.", "dc!=a"], &[2, 3, 5]),
        (&["name=~.", "dc!=~a"], &[2, 3, 5]),
        (&["name=~.", "host=~(h2|)$"], &[1, 3]),
        (&["name=~.", "nosuch="], &[0, 1, 2, 3, 5]),
        (&["nosuch=x"], &[]),
        (&["name=plain.path"], &[]),
    ] {
        assert_eq!(index.select(&expressions(texts), usize::MAX).unwrap(), expected, "{texts:?}");
    }
    assert_eq!(index.select(&expressions(&["name=cpu"]), 2).unwrap(), [0, 1]);
}

#[test]
fn expressions_that_all_match_empty_are_the_callers_mistake() {
    let index = index_of(NAMES);
    for texts in [&[][..], &["dc="], &["dc!=a", "host=~.*"]] {
        let result = index.select(&expressions(texts), 10);
        assert!(matches!(result, Err(Error::Caller(_))), "{texts:?}");
    }
}

#[test]
fn tags_and_values_complete_with_and_without_filter() {
    let mut index = index_of(NAMES);
    let tags =
        |index: &Index, prefix: &str, filter: &[&str]| index.tags(prefix, &expressions(filter), 10).unwrap();
    let values = |index: &Index, tag: &str, prefix: &str, filter: &[&str]| -> Vec<(String, u64)> {
        let values = index.tag_values(tag, prefix, &expressions(filter), 10).unwrap();
        values.into_iter().map(|value| (value.value, value.series_count)).collect()
    };
    let owned = |pairs: &[(&str, u64)]| -> Vec<(String, u64)> {
        pairs.iter().map(|&(value, count)| (value.to_owned(), count)).collect()
    };
    assert_eq!(tags(&index, "", &[]), ["dc", "host", "name", "os"]);
    assert_eq!(tags(&index, "h", &[]), ["host"]);
    assert_eq!(tags(&index, "", &["name=cpu"]), ["dc", "host"]);
    assert_eq!(index.tags("", &[], 2).unwrap(), ["dc", "host"]);
    assert_eq!(values(&index, "host", "", &[]), owned(&[("h1", 2), ("h10", 1), ("h2", 1)]));
    assert_eq!(values(&index, "host", "h1", &["dc!=a"]), owned(&[("h1", 1), ("h10", 1)]));
    assert_eq!(values(&index, "name", "", &[]), owned(&[("cpu", 3), ("disk", 1), ("mem", 1)]));
    assert_eq!(values(&index, "nosuch", "", &[]), []);
    assert!(index.tags("", &expressions(&["dc="]), 10).is_err());

    index.remove(5, "mem;host=h10;os=linux");
    assert_eq!(tags(&index, "", &[]), ["dc", "host", "name"]);
    assert_eq!(values(&index, "host", "h1", &[]), owned(&[("h1", 2)]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn selection_is_that_of_each_series_by_itself(
        series in proptest::collection::vec((0..3usize, 0..4usize, 0..4usize), 1..60),
        texts in proptest::collection::vec("[ab](=|!=|=~|!=~)(|1|2|12|\\(1\\|\\)\\$|\\.)", 1..4),
    ) {
        let names: Vec<String> = series.iter().enumerate().map(|(number, (name, a, b))| {
            let tag = |key: &str, value: &usize| match value { 0 => String::new(), v => format!(";{key}={v}") };
            format!("n{name}.{number}{}{};z=z", tag("a", a), tag("b", b))
        }).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let index = index_of(&names);
        // However many were there at the start: the others are added one by one.
        let (early, late) = names.split_at(names.len() / 2);
        let mut grown = index_of(early);
        for (id, name) in (early.len() as u32..).zip(late) {
            grown.insert(id, name);
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).chain(["z=z"]).collect();
        let expressions = expressions(&texts);
        let matches = |name: &str| {
            let tags: BTreeMap<&str, &str> = plumbago_protocol::split_tags(name).1.collect();
            expressions.iter().all(|expression| expression.matches(tags.get(expression.tag()).copied()))
        };
        let expected: Vec<u32> = (0u32..).zip(&names).filter(|(_, name)| matches(name)).map(|(id, _)| id).collect();
        prop_assert_eq!(index.select(&expressions, usize::MAX).unwrap(), expected.clone());
        prop_assert_eq!(grown.select(&expressions, usize::MAX).unwrap(), expected);
        for tag in ["a", "b", "z", "name"] {
            let values = |index: &Index| index.tag_values(tag, "", &[], usize::MAX).unwrap();
            prop_assert_eq!(values(&index), values(&grown));
        }
    }
}
