//! Tests of rules: points and events that go in, and what rules have to make of them by when: points, events, alarms, and
//! messages about alarms.
//!
//! Invariant: a test runs the core that a server runs, over a store that holds at every moment what had come until then.
//! Reading the texts is left to `files`, reading the files to the caller.

mod alarms;
mod compare;
mod messages;
mod report;
mod run;

pub(crate) use messages::{ExpectedMessage, ExpectedMessages};
pub use messages::{Messenger, MessengerHalt, TestAlert, TestMessage};
pub use report::{TestFailure, TestReport};

use std::ops::ControlFlow;

use crate::{Event, Labels, RuleError, RuleSet, Severity, Source, Status};

/// When tests begin, in seconds since the epoch: 2020-01-01 00:00:00 UTC, a Wednesday.
pub(crate) const TEST_START_SECS: i64 = 1_577_836_800;

/// A file of tests.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitTests {
    /// The file's name.
    pub file: String,
    /// The files of rules that are tested, as written: relative to the folder of the tests.
    pub rule_files: Vec<String>,
    /// The file that says who is told about alarms, as written, if there is one: relative to the folder of the tests.
    pub alerting_file: Option<String>,
    /// The tests, in the order of the file.
    pub(crate) tests: Vec<UnitTest>,
}

/// One test.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct UnitTest {
    pub(crate) line: usize,
    pub(crate) name: String,
    /// The step of derived series, in seconds.
    pub(crate) interval_secs: i64,
    pub(crate) inputs: Vec<InputSeries>,
    pub(crate) events: Vec<InputEvent>,
    pub(crate) expectations: Vec<Expectation>,
}

/// A series that goes in: a value or none for each slot from the start on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct InputSeries {
    pub(crate) name: String,
    pub(crate) step_secs: i64,
    pub(crate) values: Vec<Option<f64>>,
}

/// An event that expressions and alert rules can read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct InputEvent {
    /// Since the start of the test.
    pub(crate) start_secs: i64,
    pub(crate) tags: Vec<String>,
    pub(crate) title: String,
    pub(crate) kind: String,
    pub(crate) severity: Severity,
}

impl InputEvent {
    /// As a store would hold it.
    fn event(&self, key: String, start_ms: i64) -> Event {
        Event {
            id: 0,
            key: Some(key),
            kind: self.kind.clone(),
            title: self.title.clone(),
            text: String::new(),
            severity: self.severity,
            tags: self.tags.clone(),
            series: None,
            value: None,
            rule: None,
            start_ms,
            end_ms: Some(start_ms),
            source: Source::Posted,
            status: Status::Closed,
            revision: 0,
            parents: Vec::new(),
        }
    }
}

/// What has to be by a moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expectation {
    pub(crate) line: usize,
    /// Since the start of the test.
    pub(crate) at_secs: i64,
    pub(crate) expected: Expected,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expected {
    /// The last slots of a series before that moment.
    Points { series: String, values: Vec<Option<f64>> },
    /// All events until then, or those of one kind.
    Events { kind: Option<String>, events: Vec<ExpectedEvent> },
    /// All alarms that fire then, or those of one name.
    Alarms { name: Option<String>, alarms: Vec<ExpectedAlarm> },
    /// Messages until then.
    Messages(ExpectedMessages),
}

/// An alarm of which only what is said is compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ExpectedAlarm {
    pub(crate) labels: Labels,
    pub(crate) annotations: Labels,
}

/// An event of which only what is said is compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ExpectedEvent {
    pub(crate) title: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) severity: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) series: Option<String>,
    pub(crate) tags: Option<Vec<String>>,
    pub(crate) value: Option<f64>,
    /// Since the start of the test.
    pub(crate) start_secs: Option<i64>,
    pub(crate) end: Option<ExpectedEnd>,
}

/// When an event has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExpectedEnd {
    /// It goes on.
    Open,
    /// So many seconds after the start of the test.
    At(i64),
}

impl UnitTest {
    fn expects_messages(&self) -> bool {
        self.expectations.iter().any(|one| matches!(one.expected, Expected::Messages(_)))
    }
}

impl UnitTests {
    /// How many tests there are.
    pub fn len(&self) -> usize {
        self.tests.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }

    /// Whether messages about alarms are expected in one of them.
    pub fn expects_messages(&self) -> bool {
        self.tests.iter().any(UnitTest::expects_messages)
    }

    /// As [`UnitTests::run_with`], with nobody who tells people about alarms.
    ///
    /// # Errors
    /// Rules that no core takes.
    pub fn run(
        &self,
        set: &RuleSet,
        flow: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<Vec<TestReport>, RuleError> {
        self.run_with(set, &mut |_| None, flow)
    }

    /// Runs all tests over a set of rules; `flow` is asked before each evaluation, and while messages are sent, whether to
    /// go on. Where a test expects messages, `messenger` makes the one who sends them, given the start of the test in milliseconds since the epoch.
    /// Reports come in the order of the file, without the tests that were not ended.
    ///
    /// # Errors
    /// Rules that no core takes, and more messages than can be compared.
    pub fn run_with(
        &self,
        set: &RuleSet,
        messenger: &mut dyn FnMut(i64) -> Option<Box<dyn Messenger>>,
        flow: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<Vec<TestReport>, RuleError> {
        let mut reports = Vec::with_capacity(self.tests.len());
        for test in &self.tests {
            let start_ms = TEST_START_SECS.saturating_mul(1000);
            let messenger = if test.expects_messages() { messenger(start_ms) } else { None };
            match run::run(test, set, messenger, flow)? {
                Some(report) => reports.push(report),
                None => break,
            }
        }
        Ok(reports)
    }
}

#[cfg(test)]
mod tests;
