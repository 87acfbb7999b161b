//! Which results are watched as one.
//!
//! Invariant: a result has the same key as long as its name and tags stay the same.

use std::collections::HashMap;
use std::sync::Arc;

use crate::compiled::{Compiled, Events};
use crate::evaluate::Answer;
use crate::{Check, RuleError};

/// The key of what stands for the whole answer.
pub(super) const WHOLE: &str = "";

/// The keys of one rule's results.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    answer: Option<Arc<Answer>>,
    /// What is watched as one, in the order of the first result of each: its key, the key that its events go by, and
    /// the positions of its results.
    pub(super) groups: Vec<Group>,
}

#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) key: Arc<str>,
    pub(super) event_key: Arc<str>,
    pub(super) members: Vec<usize>,
}

impl Keys {
    /// Brings the keys up to date with an answer.
    ///
    /// # Errors
    /// `by` does not render, or two results have one name and nothing tells them apart.
    pub(super) fn fit(
        &mut self,
        rule: &Compiled,
        events: &Events,
        answer: &Arc<Answer>,
    ) -> Result<(), RuleError> {
        let same = |known: &Arc<Answer>| Arc::ptr_eq(known, answer) || known.has_results_of(answer);
        if self.answer.as_ref().is_some_and(same) {
            self.answer = Some(Arc::clone(answer));
            return Ok(());
        }
        self.answer = None;
        self.groups.clear();
        // A change is one of a single series; `by` only makes several of one moment one event.
        let is_single = matches!(events.rule.check, Check::Change { .. });
        let mut known: HashMap<Arc<str>, usize> = HashMap::new();
        for (at, column) in answer.columns.iter().enumerate() {
            let event_key: Arc<str> = match (&events.by, &events.rule.check) {
                (Some(by), _) => {
                    let subject = rule.subject(&column.name, &column.tags, None);
                    let labels = rule.rendered_labels(&subject)?;
                    Arc::from(rule.render(by, &crate::Subject { labels: &labels, ..subject })?)
                }
                (None, Check::Absent) => Arc::from(WHOLE),
                (None, _) => Arc::clone(&column.name),
            };
            let key = if is_single { Arc::clone(&column.name) } else { Arc::clone(&event_key) };
            match known.get(&key) {
                Some(_) if is_single || (events.by.is_none() && &*key != WHOLE) => {
                    return Err(RuleError {
                        message: format!("two results have the name {key}; nothing is decided"),
                        is_fault: false,
                    });
                }
                Some(group) => self.groups[*group].members.push(at),
                None => {
                    known.insert(Arc::clone(&key), self.groups.len());
                    self.groups.push(Group { key, event_key, members: vec![at] });
                }
            }
        }
        self.answer = Some(Arc::clone(answer));
        Ok(())
    }
}
