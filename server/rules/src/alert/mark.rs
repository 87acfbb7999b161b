//! Which alarm a result stands for: its labels, and the fingerprint of those that make it the same.
//!
//! Invariant: a result has the same labels as long as its name and tags stay the same, since no label depends on a value.
//! Labels without a value are none, as in Prometheus.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::compiled::{Alerts, Compiled};
use crate::evaluate::{Answer, Column};
use crate::{Fingerprint, Labels, RuleError, SEVERITY_LABEL, Subject};

pub(crate) const NAME_LABEL: &str = "alertname";
pub(crate) const GROUP_LABEL: &str = "alertgroup";
const SERIES_LABEL: &str = "series";

/// Labels, the level left out, and what stands for them.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub(super) fingerprint: Fingerprint,
    pub(super) labels: Arc<Labels>,
}

impl Mark {
    pub(super) fn of(labels: Labels) -> Mark {
        Mark { fingerprint: Fingerprint::of(&labels), labels: Arc::new(labels) }
    }

    /// Of a result, or of events that are counted together: `own` are their tags.
    pub(super) fn of_rule(
        rule: &Compiled,
        alert: &Alerts,
        own: Labels,
        subject: Subject<'_>,
    ) -> Result<Mark, RuleError> {
        let mut labels = Labels::new();
        labels.insert(NAME_LABEL.to_owned(), rule.name.text().to_owned());
        labels.insert(GROUP_LABEL.to_owned(), alert.group.to_string());
        labels.extend(own);
        let rendered = rule.rendered_labels(&Subject { labels: &labels, ..subject })?;
        labels.extend(rendered);
        if alert.has_levels() {
            labels.remove(SEVERITY_LABEL);
        }
        labels.retain(|_, value| !value.is_empty());
        Ok(Mark::of(labels))
    }
}

/// The marks of one rule's results.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    answer: Option<Arc<Answer>>,
    /// By the position of the result.
    pub(super) all: Vec<Mark>,
    pub(super) places: HashMap<Fingerprint, usize, foldhash::fast::RandomState>,
}

impl Marks {
    /// Brings the marks up to date with an answer.
    ///
    /// # Errors
    /// A label does not render, or two results have the same labels.
    pub(super) fn fit(
        &mut self,
        rule: &Compiled,
        alert: &Alerts,
        answer: &Arc<Answer>,
    ) -> Result<(), RuleError> {
        let same = |known: &Arc<Answer>| Arc::ptr_eq(known, answer) || known.has_results_of(answer);
        if self.answer.as_ref().is_some_and(same) {
            self.answer = Some(Arc::clone(answer));
            return Ok(());
        }
        *self = Marks::default();
        for (at, column) in answer.columns.iter().enumerate() {
            let mark = of_column(rule, alert, column)?;
            if self.places.insert(mark.fingerprint, at).is_some() {
                let message = format!(
                    "two results have the labels of {}, so that they would be one alarm; nothing is decided",
                    column.name
                );
                *self = Marks::default();
                return Err(RuleError { message, is_fault: false });
            }
            self.all.push(mark);
        }
        self.answer = Some(Arc::clone(answer));
        Ok(())
    }
}

fn of_column(rule: &Compiled, alert: &Alerts, column: &Column) -> Result<Mark, RuleError> {
    let mut own = column.tags.to_map();
    own.insert(SERIES_LABEL.to_owned(), column.name.to_string());
    Mark::of_rule(rule, alert, own, rule.subject(&column.name, &column.tags, None))
}
