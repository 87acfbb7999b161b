//! `record`: from results to points of derived series.
//!
//! Invariant: every result has a name of its own, canonical and valid, or nothing is stored at that T; a missing value is
//! no point. Names are rendered once and kept as long as the results stay the same ones.

use std::collections::HashSet;
use std::sync::Arc;

use plumbago_protocol::canonical;
use plumbago_query::Tags;

use crate::compiled::Compiled;
use crate::evaluate::{Answer, Column};
use crate::schedule::counts_at;
use crate::{DerivedPoint, RecordRule, RuleError};

/// The names of one rule's derived series, for the results of its last evaluation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// The answer that they were last seen to fit.
    answer: Option<Arc<Answer>>,
    results: Vec<(Arc<str>, Tags)>,
    derived: Vec<Arc<str>>,
}

/// The points of the slots that close at T.
///
/// # Errors
/// Too many results, a name that is invalid or does not render, or one that two results have.
pub(crate) fn points(
    rule: &Compiled,
    record: &RecordRule,
    names: &mut Names,
    answer: &Arc<Answer>,
    at_secs: i64,
) -> Result<Vec<DerivedPoint>, RuleError> {
    if rule.name.uses_value() {
        *names = Names::default();
    }
    if !names.fit(answer) {
        *names = Names::default();
        *names = Names::render(rule, record, answer, at_secs)?;
    }
    let mut points = Vec::with_capacity(answer.columns.len());
    for (column, name) in answer.columns.iter().zip(&names.derived) {
        if !counts_at(rule.interval_secs, column.step_secs, at_secs) {
            continue;
        }
        if let Some(value) = column.value_at(at_secs) {
            points.push(DerivedPoint {
                name: Arc::clone(name),
                timestamp: at_secs - column.step_secs,
                value,
            });
        }
    }
    Ok(points)
}

impl Names {
    /// Whether the results are those that the names were made for.
    fn fit(&mut self, answer: &Arc<Answer>) -> bool {
        if self.answer.as_ref().is_some_and(|known| Arc::ptr_eq(known, answer)) {
            return true;
        }
        let same = |(column, (name, tags)): (&Column, &(Arc<str>, Tags))| {
            (Arc::ptr_eq(&column.name, name) || column.name == *name) && column.tags == *tags
        };
        let fit =
            self.results.len() == answer.columns.len() && answer.columns.iter().zip(&self.results).all(same);
        self.answer = fit.then(|| Arc::clone(answer));
        fit
    }

    fn render(
        rule: &Compiled,
        record: &RecordRule,
        answer: &Answer,
        at_secs: i64,
    ) -> Result<Names, RuleError> {
        let mut names = Names::default();
        let mut taken: HashSet<Arc<str>> = HashSet::with_capacity(answer.columns.len());
        for column in &answer.columns {
            let derived: Arc<str> = Arc::from(name_of(rule, record, column, at_secs)?);
            if !taken.insert(Arc::clone(&derived)) {
                return Err(RuleError {
                    message: format!("two results have the name {derived}; none is stored"),
                    is_fault: false,
                });
            }
            names.results.push((Arc::clone(&column.name), column.tags.clone()));
            names.derived.push(derived);
        }
        Ok(names)
    }
}

/// The rendered text, with the rule's labels and the tags that are kept.
fn name_of(rule: &Compiled, record: &RecordRule, column: &Column, at_secs: i64) -> Result<String, RuleError> {
    let subject = rule.subject(&column.name, &column.tags, column.value_at(at_secs));
    let labels = rule.rendered_labels(&subject)?;
    let mut text = rule.render(&rule.name, &crate::Subject { labels: &labels, ..subject })?;
    for key in record.keep_tags.iter().filter(|key| !labels.contains_key(*key)) {
        if let Some(value) = column.tags.get(key) {
            text.push_str(&format!(";{key}={value}"));
        }
    }
    for (key, value) in &labels {
        text.push_str(&format!(";{key}={value}"));
    }
    match canonical(&text) {
        Ok(name) => Ok(name.into_owned()),
        Err(refusal) => {
            let message = format!("the result {} has no valid name: {text:?}: {refusal}", column.name);
            Err(RuleError { message, is_fault: false })
        }
    }
}
