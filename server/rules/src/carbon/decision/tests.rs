//! The pipeline as a whole: what each of the four files decides, and in which order.

use std::path::Path;

use super::*;

#[derive(Default)]
struct Files {
    blacklist: Option<&'static str>,
    whitelist: Option<&'static str>,
    rewrite: &'static str,
    aggregation: &'static str,
    keeps_nothing_else: bool,
}

impl Files {
    fn decide(&self, name: &str) -> Decision {
        let file = Path::new("f");
        let list = |text: Option<&str>| text.map(|text| NameList::parse(text, file).0);
        let rules = CarbonRules {
            blacklist: list(self.blacklist),
            whitelist: list(self.whitelist),
            rewrite: RewriteRules::parse(self.rewrite, file).0,
            aggregation: AggregationRules::parse(self.aggregation, file).0,
            forward_all: !self.keeps_nothing_else,
        };
        rules.decide(name)
    }

    /// The fate, and the names of the aggregates.
    fn outcome(&self, name: &str) -> (Fate, Vec<String>) {
        let decision = self.decide(name);
        (decision.fate, decision.outputs.iter().map(|output| output.name.to_string()).collect())
    }
}

fn renamed(name: &str) -> Fate {
    Fate::Rename(Arc::from(name))
}

#[test]
fn the_blacklist_comes_first_and_an_empty_whitelist_lets_all_in() {
    let files = Files { blacklist: Some("^tmp"), whitelist: Some("load$\n"), ..Files::default() };
    assert_eq!(files.outcome("tmp.load").0, Fate::Refuse(Refusal::Blacklisted));
    assert_eq!(files.outcome("a.cpu").0, Fate::Refuse(Refusal::NotWhitelisted));
    assert_eq!(files.outcome("a.load").0, Fate::Keep);
    let files = Files { whitelist: Some("# nothing\n"), ..Files::default() };
    assert_eq!(files.outcome("a.cpu").0, Fate::Keep);
}

#[test]
fn lists_see_the_received_name_and_refused_points_enter_no_aggregate() {
    let files = Files {
        blacklist: Some("^new"),
        rewrite: "[pre]\n^old = new\n",
        aggregation: "sum (60) = sum new.*\n",
        ..Files::default()
    };
    assert_eq!(files.outcome("old.a"), (renamed("new.a"), vec!["sum".to_owned()]));
    assert_eq!(files.outcome("new.a"), (Fate::Refuse(Refusal::Blacklisted), Vec::new()));
}

#[test]
fn rewriting_goes_around_aggregation_and_leaves_aggregates_alone() {
    let files = Files {
        rewrite: "[pre]\n^in = mid\n[post]\n^mid = out\n^sum = never\n",
        aggregation: "sum.<x> (60) = sum mid.<x>\n",
        ..Files::default()
    };
    assert_eq!(files.outcome("in.a"), (renamed("out.a"), vec!["sum.a".to_owned()]));
    assert_eq!(files.outcome("out.a"), (Fate::Keep, Vec::new()));
}

#[test]
fn every_matching_rule_fires_in_order() {
    let files = Files {
        aggregation: "all (60) = sum <<x>>\na.p99 (10) = p99 a.*\nb (10) = sum b.*\nall (5) = avg a.*\n",
        ..Files::default()
    };
    let decision = files.decide("a.x");
    let outputs: Vec<_> =
        decision.outputs.iter().map(|output| (&*output.name, output.rule.frequency_secs())).collect();
    assert_eq!(outputs, [("all", 60), ("a.p99", 10), ("all", 5)]);
}

#[test]
fn a_point_is_not_stored_under_the_name_of_its_own_aggregate() {
    let files = Files { aggregation: "a.b (60) = avg a.b\n", ..Files::default() };
    assert_eq!(files.outcome("a.b"), (Fate::Absorb, vec!["a.b".to_owned()]));
    let files = Files { aggregation: "<name> (60) = avg <<name>>\n", ..Files::default() };
    assert_eq!(files.outcome("a;x=1;b=2"), (Fate::Absorb, vec!["a;b=2;x=1".to_owned()]));
}

#[test]
fn without_forwarding_only_aggregates_are_left() {
    let files = Files { aggregation: "sum (60) = sum a.*\n", keeps_nothing_else: true, ..Files::default() };
    assert_eq!(files.outcome("a.b"), (Fate::Absorb, vec!["sum".to_owned()]));
    assert_eq!(files.outcome("b.b"), (Fate::Refuse(Refusal::NotAggregated), Vec::new()));
}

#[test]
fn a_search_that_gives_up_is_told() {
    let files = Files { blacklist: Some("(a|aa)*(?=b)\\1c"), ..Files::default() };
    let decision = files.decide(&"a".repeat(4000));
    assert!(decision.gave_up && decision.fate == Fate::Keep);
    assert!(!files.decide("x").gave_up);
}
