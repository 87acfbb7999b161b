//! `[cardinality]`: how many series there may be, and how fast new ones may come.
//!
//! Here 0 stands for no limit, as everything is off by default; a rule says what it limits, or is refused.

use std::borrow::Cow;

use plumbago_engine::{CardinalityLimits, CardinalityRule, PrefixPattern};
use plumbago_protocol::limits::{CARDINALITY_RULE_NAME_BYTES_MAX, CARDINALITY_RULES_MAX};
use toml::de::{DeTable, DeValue};

use super::document::Section;
use super::values;

/// The name of the rule that the section's own limits make.
const OVERALL: &str = "all";

/// Beyond this no limit means anything: ids of series have 32 bits.
const SERIES_MAX: u64 = 1 << 32;

/// Seconds' worth of new series that may come at once, at most.
const BURST_SECS_MAX: u64 = 3600;

/// Reads the section.
pub(super) fn read(section: &mut Section<'_, '_>) -> CardinalityLimits {
    let series_max = section.take("series_max", 0, values::integer(0..=SERIES_MAX));
    let new_series_per_sec_max = section.take("new_series_per_sec_max", 0, values::integer(0..=SERIES_MAX));
    let burst_secs = section.take("burst_secs", 1, values::integer(1..=BURST_SECS_MAX));
    let mut rules = section.take("rules", Vec::new(), read_rules);
    if series_max > 0 || new_series_per_sec_max > 0 {
        let limit = |number| Some(number).filter(|number| *number > 0);
        let overall = CardinalityRule {
            name: OVERALL.to_owned(),
            prefix: PrefixPattern::everything(),
            series_max: limit(series_max),
            new_series_per_sec_max: limit(new_series_per_sec_max),
        };
        rules.insert(0, overall);
    }
    CardinalityLimits { rules, burst_secs }
}

/// The rule that the section's own limits make, if they are set.
pub(super) fn overall(limits: &CardinalityLimits) -> Option<&CardinalityRule> {
    limits.rules.iter().find(|rule| rule.name == OVERALL)
}

/// The rules of the list.
pub(super) fn listed(limits: &CardinalityLimits) -> impl Iterator<Item = &CardinalityRule> {
    limits.rules.iter().filter(|rule| rule.name != OVERALL)
}

fn read_rules(value: &DeValue<'_>) -> values::Read<Vec<CardinalityRule>> {
    let expected = "a list of rules such as { prefix = \"apps.*\", series_max = 10000 }";
    let list = value.as_array().ok_or(Cow::Borrowed(expected))?;
    let mut rules: Vec<CardinalityRule> = Vec::new();
    for (position, item) in list.iter().enumerate() {
        let fault = |reason: String| Cow::Owned(format!("{expected} (number {}: {reason})", position + 1));
        let table = item.get_ref().as_table().ok_or_else(|| fault("no rule".to_owned()))?;
        let rule = read_rule(table).map_err(fault)?;
        if rule.name == OVERALL || rules.iter().any(|other| other.name == rule.name) {
            return Err(fault(format!("the name {} is taken", rule.name)));
        }
        if position == CARDINALITY_RULES_MAX {
            return Err(fault(format!("more than {CARDINALITY_RULES_MAX} rules")));
        }
        rules.push(rule);
    }
    Ok(rules)
}

fn read_rule(table: &DeTable<'_>) -> Result<CardinalityRule, String> {
    let (mut name, mut prefix, mut series_max, mut rate_max) = (None, None, None, None);
    for (key, value) in table.iter() {
        let value = value.get_ref();
        let text = || value.as_str().ok_or_else(|| format!("`{}` is no text in quotes", key.get_ref()));
        let number = || {
            values::integer(1..=SERIES_MAX)(value)
                .map_err(|expected| format!("`{}` is not {expected}", key.get_ref()))
        };
        match key.get_ref().as_ref() {
            "name" => name = Some(text()?.to_owned()),
            "prefix" => prefix = Some(PrefixPattern::parse(text()?)?),
            "series_max" => series_max = Some(number()?),
            "new_series_per_sec_max" => rate_max = Some(number()?),
            other => return Err(format!("there is no key `{other}`")),
        }
    }
    let prefix = prefix.ok_or("`prefix` is missing")?;
    if series_max.is_none() && rate_max.is_none() {
        return Err("neither `series_max` nor `new_series_per_sec_max` is given".to_owned());
    }
    let name = name.unwrap_or_else(|| prefix.text().to_owned());
    if name.is_empty() || name.len() > CARDINALITY_RULE_NAME_BYTES_MAX {
        return Err(format!("its name needs 1 to {CARDINALITY_RULE_NAME_BYTES_MAX} bytes; give it a `name`"));
    }
    Ok(CardinalityRule { name, prefix, series_max, new_series_per_sec_max: rate_max })
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;
    use std::path::Path;

    fn parsed(text: &str) -> Result<CardinalityLimits, String> {
        let config = Config::parse(text, Path::new("p.toml"));
        config.map(|config| config.cardinality).map_err(|errors| errors[0].to_string())
    }

    #[test]
    fn everything_is_off_by_default() {
        assert_eq!(parsed("[cardinality]"), Ok(CardinalityLimits::default()));
    }

    #[test]
    fn rules_are_read_in_both_spellings() {
        let inline = "[cardinality]\nseries_max = 9\nrules = [\n{ prefix = \"apps.*\", series_max = 2 },\n\
                      { name = \"b\", prefix = \"\", new_series_per_sec_max = 3 }]";
        let tables = "[cardinality]\nseries_max = 9\n[[cardinality.rules]]\nprefix = \"apps.*\"\nseries_max = 2\n\
                      [[cardinality.rules]]\nname = \"b\"\nprefix = \"\"\nnew_series_per_sec_max = 3\n";
        let limits = parsed(inline).expect("rules");
        assert_eq!(parsed(tables).as_ref(), Ok(&limits));
        let read: Vec<_> = limits
            .rules
            .iter()
            .map(|rule| {
                (rule.name.as_str(), rule.prefix.text(), rule.series_max, rule.new_series_per_sec_max)
            })
            .collect();
        let expected =
            [("all", "", Some(9), None), ("apps.*", "apps.*", Some(2), None), ("b", "", None, Some(3))];
        assert_eq!(read, expected);
    }

    #[test]
    fn the_documented_section_is_valid() {
        let page = include_str!("../../../docs/cardinality.md");
        let section = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
        let limits = parsed(section.expect("a section in docs/cardinality.md")).expect("a valid one");
        let names: Vec<&str> = limits.rules.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!((names.as_slice(), limits.burst_secs), (&["all", "apps.*", "batch jobs"][..], 60));
    }

    #[test]
    fn a_wrong_rule_is_named_with_its_number() {
        for (rules, reason) in [
            ("3", "a list of rules"),
            ("[3]", "(number 1: no rule)"),
            ("[{ series_max = 1 }]", "(number 1: `prefix` is missing)"),
            ("[{ prefix = \"a\" }]", "(number 1: neither"),
            ("[{ prefix = \"a.**\", series_max = 1 }]", "fixed number of nodes"),
            ("[{ prefix = \"a\", series_max = 0 }]", "`series_max` is not a whole number from 1"),
            ("[{ prefix = \"a\", series_mx = 1 }]", "there is no key `series_mx`"),
            ("[{ prefix = 1, series_max = 1 }]", "`prefix` is no text"),
            ("[{ prefix = \"\", series_max = 1 }]", "give it a `name`"),
            (
                "[{ prefix = \"a\", series_max = 1 }, { prefix = \"a\", series_max = 2 }]",
                "(number 2: the name a is taken)",
            ),
            ("[{ name = \"all\", prefix = \"a\", series_max = 1 }]", "the name all is taken"),
        ] {
            let error = parsed(&format!("[cardinality]\nrules = {rules}")).expect_err(rules);
            assert!(error.starts_with("p.toml:2:9: `rules` in [cardinality]"), "{error}");
            assert!(error.contains(reason), "{error}");
        }
    }
}
