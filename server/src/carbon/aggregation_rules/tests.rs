//! Aggregation rules from whole files: defaults, float32, and what is skipped.

use super::*;

fn read(text: &str) -> (Vec<(String, f32, Aggregation)>, Vec<String>) {
    let (rules, warnings) = parse(text, Path::new("a.conf"));
    let rules = rules.into_iter().map(|rule| (rule.selector.section, rule.x_files_factor, rule.aggregation));
    (rules.collect(), warnings.iter().map(ToString::to_string).collect())
}

fn section(options: &str) -> String {
    format!("[a]\npattern = a\n{options}\n")
}

#[test]
fn rules_keep_their_order() {
    let text = "[min]\npattern = \\.min$\nxFilesFactor = 0.1\naggregationMethod = min\n\
                [count]\npattern = \\.count$\nxFilesFactor = 0\naggregationMethod = sum\n";
    let (rules, warnings) = read(text);
    let expected = [("min".to_owned(), 0.1, Aggregation::Min), ("count".to_owned(), 0.0, Aggregation::Sum)];
    assert_eq!((rules.as_slice(), warnings.as_slice()), (&expected[..], &[][..]));
}

#[test]
fn what_is_unset_has_a_default() {
    let (rules, warnings) = read(&section(""));
    assert_eq!(rules, [("a".to_owned(), 0.5, Aggregation::Average)]);
    assert_eq!(warnings, [""; 0]);
    let (rules, _) = read(&section("aggregationMethod = last"));
    assert_eq!(rules, [("a".to_owned(), 0.5, Aggregation::Last)]);
}

#[test]
fn the_factor_is_a_float32() {
    let (rules, _) = read(&section("xFilesFactor = 0.1"));
    let factor = rules.first().map(|rule| f64::from(rule.1)).expect("a rule");
    assert!(factor > 0.1 && factor < 0.100_000_01, "{factor}");
}

#[test]
fn every_method_is_known() {
    for method in Aggregation::all() {
        let (rules, warnings) = read(&section(&format!("aggregationMethod = {}", method.name())));
        assert_eq!(rules.first().map(|rule| rule.2), Some(*method));
        assert_eq!(warnings, [""; 0]);
    }
    let (rules, warnings) = read(&section("aggregationMethod = avg"));
    assert_eq!(rules.first().map(|rule| rule.2), Some(Aggregation::Average));
    assert!(warnings.concat().starts_with("a.conf:3: `avg` is taken as `average`"), "{warnings:?}");
}

#[test]
fn invalid_sections_are_skipped() {
    for (options, reason) in [
        ("xFilesFactor = 1.5", "its xFilesFactor must be a number from 0 to 1, not `1.5`"),
        ("xFilesFactor = -0.1", "its xFilesFactor must be a number from 0 to 1, not `-0.1`"),
        ("xFilesFactor = nan", "its xFilesFactor must be a number from 0 to 1, not `nan`"),
        ("xFilesFactor =", "its xFilesFactor must be a number from 0 to 1, not ``"),
        (
            "aggregationMethod = median",
            "its aggregationMethod must be one of average, sum, min, max, last, avg_zero, absmax, absmin, not `median`",
        ),
    ] {
        let (rules, warnings) = read(&format!("{}[b]\npattern = b\n", section(options)));
        assert_eq!(rules.iter().map(|rule| rule.0.as_str()).collect::<Vec<_>>(), ["b"], "{options}");
        assert!(
            warnings.concat().starts_with(&format!("a.conf:3: [a] is skipped: {reason};")),
            "{warnings:?}"
        );
    }
}
