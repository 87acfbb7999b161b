//! Files of tests: a text to checked [`UnitTests`], or everything that is wrong with it.
//!
//! Invariant: as for files of rules; and what the values of a file come to, written out, is bounded.

mod expected;
mod input;
mod messages;
mod sequence;

use plumbago_protocol::limits;

use super::fault::{Faults, FileError};
use super::fields::{Fields, text};
use super::quirk;
use super::tree::{self, Node, Value};
use crate::unit::{UnitTest, UnitTests};

const FILE_KEYS: &[&str] = &["rule_files", "alerting_file", "evaluation_interval", "tests"];
const TEST_KEYS: &[&str] = &[
    "name",
    "interval",
    "input_series",
    "input_events",
    "record_test",
    "event_test",
    "alert_rule_test",
    "notification_test",
];

/// The step of series where nothing is said, in seconds: that of the host's metrics.
const INTERVAL_SECS_DEFAULT: i64 = 10;

/// Reads a file of tests of rules.
///
/// # Errors
/// Everything that is wrong in it, by line.
///
/// ```
/// let text = "
/// rule_files: [web.yaml]
/// tests:
///   - name: hits are added up
///     input_series: [{series: web.a.hits, values: '1 2 3'}, {series: web.b.hits, values: '10x2'}]
///     record_test: [{eval_time: 30s, series: all.hits, exp_points: '11 12 13'}]
/// ";
/// let tests = plumbago_rules::load_tests("web_test.yaml", text).unwrap();
/// let rules = "groups: [{name: web, rules: [{record: all.hits, expr: sumSeries(web.*.hits)}]}]";
/// let (rules, _) = plumbago_rules::load(&[("web.yaml", rules)]).unwrap();
/// let reports = tests.run(&rules, &mut || std::ops::ControlFlow::Continue(())).unwrap();
/// assert_eq!(reports[0].failures, []);
/// ```
pub fn load_tests(file: &str, text: &str) -> Result<UnitTests, Vec<FileError>> {
    let mut faults = Faults::new(file, text);
    let tests = read(&mut faults);
    faults.errors.sort();
    match tests {
        Some(tests) if faults.errors.is_empty() => Ok(tests),
        _ => Err(faults.errors),
    }
}

fn read(faults: &mut Faults<'_>) -> Option<UnitTests> {
    let start = tree::Mark { line: 1, column: 1, index: 0 };
    if faults.text.len() > limits::RULE_FILE_BYTES_MAX {
        faults.at(start, format!("a file has at most {} bytes", limits::RULE_FILE_BYTES_MAX));
        return None;
    }
    let root = match tree::parse(faults.text) {
        Ok(Some(root)) => root,
        Ok(None) => {
            faults.at(start, "the file is empty; it has the keys rule_files and tests");
            return None;
        }
        Err(fault) => {
            let (mark, message) = quirk::unquoted_condition(faults.text, &fault);
            faults.at(mark, message);
            return None;
        }
    };
    let fields = Fields::of(&root, "a file of tests", faults)?;
    fields.refuse_unknown("a file of tests", FILE_KEYS, |_| None, faults);
    if fields.get("rule_files").is_none() {
        faults.at(fields.mark, "a file of tests has the key rule_files, a list of files");
    }
    let rule_files =
        fields.texts("rule_files", faults).into_iter().map(|(_, name)| name.to_owned()).collect();
    let alerting_file = fields.text("alerting_file", faults).map(str::to_owned);
    let interval = fields.duration_secs("evaluation_interval", 1, limits::RULE_SPAN_SECONDS_MAX, faults);
    let mut reader = Reader {
        interval_secs: interval.unwrap_or(INTERVAL_SECS_DEFAULT),
        values_left: limits::RULE_TEST_VALUES_MAX,
    };
    let nodes = list(&fields, "tests", faults);
    if nodes.is_empty() && faults.errors.is_empty() {
        faults.at(fields.mark, "a file of tests has the key tests, a list with at least one of them");
    }
    let tests = nodes.iter().filter_map(|node| reader.test(node, faults)).collect();
    Some(UnitTests { file: faults.file.to_owned(), rule_files, alerting_file, tests })
}

/// What all tests of a file share.
struct Reader {
    interval_secs: i64,
    /// How many values may still be written out.
    values_left: usize,
}

impl Reader {
    fn test(&mut self, node: &Node, faults: &mut Faults<'_>) -> Option<UnitTest> {
        let fields = Fields::of(node, "a test", faults)?;
        fields.refuse_unknown("a test", TEST_KEYS, |_| None, faults);
        let line = fields.mark.line;
        let name = fields.text("name", faults).map_or_else(|| format!("in line {line}"), str::to_owned);
        let interval = fields.duration_secs("interval", 1, limits::RULE_SPAN_SECONDS_MAX, faults);
        let interval_secs = interval.unwrap_or(self.interval_secs);
        let series = list(&fields, "input_series", faults).iter();
        let inputs = series.filter_map(|node| self.series(node, interval_secs, faults)).collect();
        let events = list(&fields, "input_events", faults).iter();
        let events = events.filter_map(|node| input::event(node, faults)).collect();
        let mut expectations = Vec::new();
        for node in list(&fields, "record_test", faults) {
            expectations.extend(self.points(node, faults));
        }
        for node in list(&fields, "event_test", faults) {
            expectations.extend(expected::events(node, faults));
        }
        for node in list(&fields, "alert_rule_test", faults) {
            expectations.extend(expected::alarms(node, faults));
        }
        for node in list(&fields, "notification_test", faults) {
            expectations.extend(messages::messages(node, faults));
        }
        if expectations.is_empty() && faults.errors.is_empty() {
            faults.at(
                fields.mark,
                "a test expects something: it has record_test, event_test, alert_rule_test or notification_test",
            );
        }
        Some(UnitTest { line, name, interval_secs, inputs, events, expectations })
    }
}

/// The nodes of a list; none if it is not there.
fn list<'n>(fields: &Fields<'n>, name: &str, faults: &mut Faults<'_>) -> &'n [Node] {
    match fields.get(name).map(|node| (&node.value, node)) {
        None => &[],
        Some((Value::List(list), _)) => list,
        Some((_, node)) => {
            faults.at(node.mark, format!("{name} is a list, not {}", node.kind()));
            &[]
        }
    }
}

/// The text under a key that has to be there.
fn needed<'n>(
    fields: &Fields<'n>,
    what: &str,
    key: &str,
    faults: &mut Faults<'_>,
) -> Option<(&'n Node, &'n str)> {
    match fields.get(key) {
        Some(node) => Some((node, text(node, key, faults)?)),
        None => {
            faults.at(fields.mark, format!("{what} has the key {key}"));
            None
        }
    }
}

/// A time since the start of the test, in seconds.
fn time(fields: &Fields<'_>, key: &str, faults: &mut Faults<'_>) -> Option<i64> {
    fields.duration_secs(key, 0, limits::RULE_SPAN_SECONDS_MAX, faults)
}
