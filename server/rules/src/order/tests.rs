//! Orders and cycles of small sets of rules.

use std::collections::BTreeMap;

use super::*;
use crate::rule::{Group, RecordRule, Rule};

/// One group of recording rules, each as `name <- expression`, with options after `!`.
fn set(rules: &[&str]) -> RuleSet {
    let rule = |text: &&str| {
        let (text, options) = text.split_once(" ! ").unwrap_or((text, ""));
        let (name, expression) = text.split_once(" <- ").expect("name <- expression");
        let labels: BTreeMap<String, String> = options
            .split_whitespace()
            .filter_map(|option| option.split_once('='))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        let keep_tags = options.split_whitespace().filter_map(|option| option.strip_prefix("keep:"));
        Rule {
            line: 1,
            name: name.into(),
            expression: expression.into(),
            delay_ms: None,
            limit: 10,
            labels,
            kind: Kind::Record(RecordRule {
                keep_tags: keep_tags.map(str::to_owned).collect(),
                exclude_self: options.contains("exclude_self"),
            }),
        }
    };
    let group = Group {
        file: "f.yaml".into(),
        name: "g".into(),
        interval_secs: None,
        window_secs: 300,
        delay_ms: None,
        rules: rules.iter().map(rule).collect(),
    };
    RuleSet { groups: vec![group] }
}

fn ranks(rules: &[&str]) -> Vec<u32> {
    let ranks = Ranks::of(&set(rules)).unwrap_or_else(|cycles| panic!("{rules:?}: {cycles:?}"));
    (0..rules.len()).map(|rule| ranks.rank(0, rule)).collect()
}

fn cycles(rules: &[&str]) -> Vec<Vec<usize>> {
    let cycles = Ranks::of(&set(rules)).expect_err("a cycle");
    cycles.iter().map(|cycle| cycle.path.iter().map(|(_, rule)| *rule).collect()).collect()
}

#[test]
fn rules_come_after_those_they_read() {
    for (rules, expected) in [
        (&["c <- b", "b <- a", "a <- raw"][..], &[2, 1, 0][..]),
        (&["sum.all <- sumSeries(sum.dc.*)", "sum.dc.{{ node(1) }} <- web.*.cpu"], &[1, 0]),
        (&["x <- a.b", "a.{{ tag('host') }} <- raw.*"], &[1, 0]),
        (&["x <- a.b.c", "a.{{ tag('host') }} <- raw.*"], &[0, 0]),
        (&["x <- other.b.c", "{{ series }}.c <- raw.*.x"], &[1, 0]),
        (&["x <- other.b.d", "{{ series }}.c <- raw.*.x"], &[0, 0]),
        (&["x <- timeShift(b,'1d')", "b <- applyByNode(a.*,0,'%.c')", "a.c <- raw"], &[2, 1, 0]),
        // Names are unlike only in what is special to globs.
        (&["x <- a.b*", "a.b? <- raw"], &[1, 0]),
    ] {
        assert_eq!(ranks(rules), expected, "{rules:?}");
    }
}

#[test]
fn tagged_output_is_read_by_tags_only() {
    for (rules, expected) in [
        (&["x <- seriesByTag('name=cpu')", "cpu <- raw ! dc=eu"][..], &[1, 0][..]),
        (&["x <- seriesByTag('name=cpu')", "cpu <- raw"], &[0, 0]),
        (&["x <- seriesByTag('name=cpu','dc=us')", "cpu <- raw ! dc=eu"], &[0, 0]),
        (&["x <- seriesByTag('name=cpu','dc=~e.*')", "cpu <- raw ! dc=eu"], &[1, 0]),
        (&["x <- seriesByTag('name=cpu','dc=us')", "cpu <- raw ! dc={{tag('dc')}}"], &[1, 0]),
        (&["x <- seriesByTag('name=cpu','host=a')", "cpu <- raw ! dc=eu"], &[0, 0]),
        (&["x <- seriesByTag('name=cpu','host=a')", "cpu <- raw ! dc=eu keep:host"], &[1, 0]),
        (&["x <- seriesByTag('dc=eu')", "cpu;dc=eu <- raw"], &[1, 0]),
        (&["x <- seriesByTag('name=cpu','dc=us')", "cpu;dc=eu <- raw"], &[0, 0]),
        (&["x <- cpu", "cpu <- raw ! dc=eu"], &[0, 0]),
        (&["x <- cpu;dc=eu", "cpu <- raw ! dc=eu"], &[1, 0]),
        (&["x <- cpu;dc=eu;host=a", "cpu <- raw ! dc=eu"], &[0, 0]),
        (&["x <- cpu;dc=eu;host=a", "cpu <- raw ! dc=eu keep:host"], &[1, 0]),
    ] {
        assert_eq!(ranks(rules), expected, "{rules:?}");
    }
}

#[test]
fn circles_are_found_with_their_path() {
    for (rules, expected) in [
        (&["a <- a"][..], &[&[0][..]][..]),
        (&["sum.{{ node(1) }} <- sum.*"], &[&[0]]),
        (&["a <- b", "b <- a"], &[&[0, 1]]),
        (&["a <- c", "b <- a", "c <- b", "d <- c"], &[&[0, 1, 2]]),
        (&["a <- b", "b <- a", "x <- y", "y <- x"], &[&[0, 1], &[2, 3]]),
        (&["z <- a", "a <- b", "b <- a"], &[&[1, 2]]),
    ] {
        assert_eq!(cycles(rules), expected, "{rules:?}");
    }
}

#[test]
fn a_rule_may_exclude_itself() {
    assert_eq!(ranks(&["all.total <- sumSeries(all.*) ! exclude_self"]), [0]);
    assert_eq!(cycles(&["a <- {a,b} ! exclude_self", "b <- a"]), [[0, 1]]);
}

#[test]
fn sources_are_named() {
    let ranks = Ranks::of(&set(&["c <- group(a,b)", "a <- raw", "b <- a"])).unwrap();
    assert_eq!(ranks.sources(0, 0), [(0, 1), (0, 2)]);
    assert_eq!(ranks.sources(0, 1), []);
    assert_eq!(ranks.sources(5, 5), []);
}
