//! aggregation-rules.conf: `output (frequency) = method input`, one rule a line.
//!
//! Invariant: rules keep the order of the file, and every rule that matches a name takes its points. Buckets are the
//! `aggregator`'s.

use std::path::Path;
use std::sync::Arc;

use plumbago_protocol::limits::AGGREGATION_FREQUENCY_SECONDS_MAX;

use super::input::{GaveUp, InputPattern};
use super::lines::{has_room, meaningful};
use super::method::Method;
use super::template::OutputTemplate;
use super::warning::{Warning, Warnings};

/// What carbon does about a line that it cannot read.
const CARBON_REFUSES: &str = "carbon would refuse to start, and keep its old rules when it runs";

/// The rules of the file.
#[derive(Debug, Clone, Default)]
pub struct AggregationRules {
    rules: Vec<Arc<AggregationRule>>,
}

/// One rule.
#[derive(Debug)]
pub struct AggregationRule {
    definition: Definition,
    output: OutputTemplate,
    input: InputPattern,
}

/// What a rule says, as it was written: rules with the same definition are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Definition {
    pub(super) output: String,
    pub(super) frequency_secs: i64,
    pub(super) method: Method,
    pub(super) input: String,
}

impl AggregationRule {
    /// The width of a bucket in seconds, at least 1.
    pub fn frequency_secs(&self) -> i64 {
        self.definition.frequency_secs
    }

    /// How the values of a bucket become one.
    pub fn method(&self) -> Method {
        self.definition.method
    }

    pub(super) fn definition(&self) -> &Definition {
        &self.definition
    }

    /// The output that takes the points of `name`, if the rule matches it.
    pub(super) fn output(&self, name: &str) -> Result<Option<String>, GaveUp> {
        Ok(self.input.fields(name)?.map(|fields| self.output.fill(&fields)))
    }

    fn new(definition: Definition) -> Result<Self, Fault> {
        let input = InputPattern::parse(&definition.input).map_err(|reason| Fault {
            reason,
            elsewhere: "carbon would refuse to start if Python refuses it, too",
        })?;
        let output = OutputTemplate::parse(&definition.output, &input).map_err(|reason| Fault {
            reason,
            elsewhere: "carbon would lose every point that the rule matches",
        })?;
        Ok(Self { definition, output, input })
    }
}

impl AggregationRules {
    /// Reads `text`, which came from `file`. A line that cannot be used is left out with a warning.
    pub fn parse(text: &str, file: &Path) -> (Self, Vec<Warning>) {
        let mut warnings = Warnings::new(file);
        let mut rules = Vec::new();
        for (number, line) in meaningful(text) {
            if !has_room(rules.len(), number, &mut warnings) {
                break;
            }
            match read_definition(line).and_then(AggregationRule::new) {
                Ok(rule) => {
                    if rule.definition.output.contains('%') {
                        let message = "`%` is an ordinary character in the output";
                        warnings.push(number, message, "carbon would take it as the start of a format");
                    }
                    rules.push(Arc::new(rule));
                }
                Err(fault) => warnings.push_skipped_line(number, fault.reason, fault.elsewhere),
            }
        }
        (Self { rules }, warnings.into_list())
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<AggregationRule>> {
        self.rules.iter()
    }

    /// The rule with that definition, and its position.
    pub(super) fn find(&self, definition: &Definition) -> Option<(usize, &Arc<AggregationRule>)> {
        self.rules.iter().enumerate().find(|(_, rule)| rule.definition == *definition)
    }
}

/// Why a line is no rule.
struct Fault {
    reason: String,
    elsewhere: &'static str,
}

fn read_definition(line: &str) -> Result<Definition, Fault> {
    let fault = |reason: String| Fault { reason, elsewhere: CARBON_REFUSES };
    let shape = || fault("it is not of the form `output (seconds) = method input`".to_owned());
    let (left, right) = line.split_once('=').ok_or_else(shape)?;
    let [output, frequency] = two_words(left).ok_or_else(shape)?;
    let [method, input] = two_words(right).ok_or_else(shape)?;
    let digits = frequency.trim_start_matches('(').trim_end_matches(')');
    let frequency_secs = digits
        .parse()
        .ok()
        .filter(|seconds| (1..=AGGREGATION_FREQUENCY_SECONDS_MAX).contains(seconds))
        .ok_or_else(|| {
            fault(format!(
                "its frequency must be a whole number of seconds from 1 to {AGGREGATION_FREQUENCY_SECONDS_MAX}, not \
                 `{digits}`"
            ))
        })?;
    let method = Method::parse(method).ok_or_else(|| {
        let known: Vec<&str> = Method::names().collect();
        fault(format!("its method must be one of {}, not `{method}`", known.join(", ")))
    })?;
    Ok(Definition { output: output.to_owned(), frequency_secs, method, input: input.to_owned() })
}

fn two_words(text: &str) -> Option<[&str; 2]> {
    let mut words = text.split_whitespace();
    let pair = [words.next()?, words.next()?];
    words.next().is_none().then_some(pair)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_carbon_reads_them() {
        let text =
            "# comment\n<env>.all.rps (60) = sum <env>.*.rps\n  a.p99 10 = p99 a=b.*  \nc ((5)) = avg d\n";
        let (rules, warnings) = AggregationRules::parse(text, Path::new("aggregation-rules.conf"));
        assert!(warnings.is_empty(), "{warnings:?}");
        let read: Vec<_> = rules
            .iter()
            .map(|rule| (rule.frequency_secs(), rule.method().name(), rule.definition().input.as_str()))
            .collect();
        assert_eq!(read, [(60, "sum", "<env>.*.rps"), (10, "p99", "a=b.*"), (5, "avg", "d")]);
        let first = rules.iter().next().expect("a rule");
        assert_eq!(first.output("prod.web1.rps"), Ok(Some("prod.all.rps".to_owned())));
        assert_eq!(first.output("prod.web1.rps.x"), Ok(None));
    }

    #[test]
    fn every_fault_is_told_with_its_line_and_the_rest_counts() {
        let text = "a = sum b\na (60) sum b\na (60) = sum\na (x) = sum b\na (0) = sum b\na (-5) = sum b\n\
                    a (60) = median b\na (60) = sum (b\n<x> (60) = sum b\na (60) = sum b\n50% (60) = sum b\n";
        let (rules, warnings) = AggregationRules::parse(text, Path::new("a.conf"));
        let skipped: Vec<_> = warnings.iter().filter(|warning| warning.skips_section).collect();
        assert_eq!(
            skipped.iter().map(|warning| warning.line).collect::<Vec<_>>(),
            [1, 2, 3, 4, 5, 6, 7, 8, 9]
        );
        assert_eq!((rules.len(), warnings.len()), (2, 10));
        for (index, part) in
            [(0, "output (seconds)"), (3, "not `x`"), (6, "one of sum, avg"), (8, "the field `x`")]
        {
            assert!(skipped[index].message.contains(part), "{}", skipped[index]);
        }
    }
}
