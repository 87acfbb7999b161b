//! Series without values: an alarm for each, or one for a source of which most are silent at once.
//!
//! Invariant: silence is an alarm of its own and never changes the one that the rule is for. A series is silent if it is in
//! the answer, had a value once and has none for long enough while somebody listened. While the alarm of a source goes on,
//! no other series below it is told as silent.

use std::sync::Arc;

use hashbrown::HashMap;
use plumbago_query::Tags;

use super::Draft;
use super::mark::{GROUP_LABEL, Mark, Marks, NAME_LABEL};
use super::state::{State, Told};
use super::tell::{About, Teller};
use crate::duration::show_duration;
use crate::evaluate::Answer;
use crate::{AlertCheck, AlertRule, Labels};

/// The alarm of a series without values.
const NO_DATA: &str = "NoData";
/// The alarm of a source of which most series have none.
const SOURCE_SILENT: &str = "SourceSilent";
/// The label that names the rule.
const RULE_LABEL: &str = "rulename";
/// The label that names the source: what its series' names begin with.
const PREFIX_LABEL: &str = "prefix";
const SUMMARY: &str = "summary";

/// How long a series may be without values where a rule says nothing: so many steps, and so many seconds.
const PATIENCE_STEPS: i64 = 5;
const PATIENCE_SECS: i64 = 120;
/// A source has at least so many silent series, which are at least this share of all, and fell silent within so many steps.
const SOURCE_SERIES_MIN: usize = 10;
const SOURCE_SHARE: usize = 2;
const SOURCE_STEPS: i64 = 2;
/// Names are looked at so many nodes deep.
const NODES_MAX: usize = 8;

/// After how many seconds a series without values is silent; `None`: it never is.
pub(super) fn patience_secs(rule: &AlertRule, step_secs: i64) -> Option<i64> {
    match (rule.nodata_after_secs, &rule.check) {
        (_, AlertCheck::Events(_)) | (Some(0), _) | (None, AlertCheck::Present) => None,
        (Some(seconds), _) => Some(seconds),
        (None, AlertCheck::Level(_)) => Some(PATIENCE_SECS.max(PATIENCE_STEPS.saturating_mul(step_secs))),
    }
}

/// What is looked at.
pub(super) struct Silence<'a> {
    pub(super) answer: &'a Answer,
    pub(super) marks: &'a Marks,
    /// The slot, of the finest step that counts.
    pub(super) slot_secs: i64,
    pub(super) at_secs: i64,
    /// Since when somebody has listened, in seconds since the epoch.
    pub(super) listening_since_secs: i64,
    /// The positions of results that have no value in this slot, and are known.
    pub(super) missing: Vec<usize>,
}

/// A beginning that names share.
#[derive(Default)]
struct Group {
    members: usize,
    /// Since when each one without values has none, ascending.
    missing: Vec<i64>,
}

type Groups<'a> = HashMap<&'a str, Group, foldhash::fast::RandomState>;

impl Silence<'_> {
    /// Tells of series and sources that fell silent, and of sources that are heard again.
    pub(super) fn decide(self, teller: &mut Teller<'_>, draft: &mut Draft<'_>) {
        let due: Vec<usize> =
            self.missing.iter().copied().filter(|at| self.is_due(teller, draft, *at)).collect();
        if due.is_empty() && draft.sources().is_empty() {
            return;
        }
        let groups = self.groups(draft);
        self.end_sources(teller, draft, &groups);
        for at in due {
            let name = &self.answer.columns[at].name;
            if draft.sources().keys().any(|prefix| is_below(name, prefix)) {
                continue;
            }
            match self.source_of(draft, &groups, at) {
                Some(prefix) => self.begin_source(teller, draft, &groups, prefix, at),
                None => self.begin_series(teller, draft, at),
            }
        }
    }

    /// Whether a series has been without values for long enough, and that was not told.
    fn is_due(&self, teller: &Teller<'_>, draft: &Draft<'_>, at: usize) -> bool {
        let Some(state) = draft.state(self.marks.all[at].fingerprint) else { return false };
        let Some(patience) = patience_secs(&teller.alert.rule, state.step_secs) else { return false };
        let Some(since) = state.missing_since.filter(|_| state.no_data.is_none()) else { return false };
        let listened = self.listening_since_secs.saturating_add(patience);
        let is_heard = self.listening_since_secs > i64::MIN;
        let silent_since = if is_heard { since.max(listened) } else { since };
        (self.at_secs - state.step_secs).saturating_sub(silent_since) >= patience
    }

    /// All beginnings of the names of known series.
    fn groups<'s>(&'s self, draft: &Draft<'_>) -> Groups<'s> {
        let mut groups = Groups::default();
        for (column, mark) in self.answer.columns.iter().zip(&self.marks.all) {
            let Some(state) = draft.state(mark.fingerprint) else { continue };
            for prefix in prefixes(&column.name) {
                let group = groups.entry(prefix).or_default();
                group.members += 1;
                group.missing.extend(state.missing_since);
            }
        }
        groups.values_mut().for_each(|group| group.missing.sort_unstable());
        groups
    }

    /// The shortest beginning below which most series fell silent when this one did.
    fn source_of<'s>(&'s self, draft: &Draft<'_>, groups: &Groups<'s>, at: usize) -> Option<&'s str> {
        let (column, mark) = (&self.answer.columns[at], &self.marks.all[at]);
        let state = draft.state(mark.fingerprint)?;
        let since = state.missing_since?;
        let within = SOURCE_STEPS.saturating_mul(state.step_secs);
        let (first, last) = (since.saturating_sub(within), since.saturating_add(within));
        prefixes(&column.name).find(|prefix| {
            let Some(group) = groups.get(prefix) else { return false };
            let below = |bound: i64| group.missing.partition_point(|since| *since < bound);
            is_silent(below(last.saturating_add(1)) - below(first), group.members)
        })
    }

    fn begin_source(
        &self,
        teller: &mut Teller<'_>,
        draft: &mut Draft<'_>,
        groups: &Groups<'_>,
        prefix: &str,
        at: usize,
    ) {
        let state = draft.state(self.marks.all[at].fingerprint);
        let since = state.and_then(|state| state.missing_since).unwrap_or(self.slot_secs);
        let mut labels = Labels::new();
        labels.insert(GROUP_LABEL.to_owned(), teller.alert.group.to_string());
        labels.insert(PREFIX_LABEL.to_owned(), prefix.to_owned());
        let constant = teller
            .rule
            .labels
            .iter()
            .filter_map(|(name, template)| Some((name.clone(), template.constant()?.to_owned())));
        labels.extend(constant);
        labels.retain(|_, value| !value.is_empty());
        let mark = Mark::of(named(teller, labels, SOURCE_SILENT));
        let (count, members) =
            groups.get(prefix).map_or((0, 0), |group| (group.missing.len(), group.members));
        let what = if prefix.is_empty() { String::new() } else { format!(" below {prefix}") };
        let summary = format!("{count} of {members} series{what} have no values");
        let told = self.told(teller, &mark, None, since, summary);
        draft.set_source(prefix, Some(told));
    }

    fn begin_series(&self, teller: &mut Teller<'_>, draft: &mut Draft<'_>, at: usize) {
        let (column, mark) = (&self.answer.columns[at], &self.marks.all[at]);
        let Some(state) = draft.state(mark.fingerprint).cloned() else { return };
        let since = state.missing_since.unwrap_or(self.slot_secs);
        let patience = patience_secs(&teller.alert.rule, state.step_secs).unwrap_or_default();
        let long = show_duration(patience.saturating_mul(1000));
        let summary = format!("{} has had no value for {long}", column.name);
        let own = Mark::of(named(teller, (*mark.labels).clone(), NO_DATA));
        let told = self.told(teller, &own, Some(&column.name), since, summary);
        draft.set(mark.fingerprint, Some(State { no_data: Some(Box::new(told)), ..state }));
    }

    fn told(
        &self,
        teller: &mut Teller<'_>,
        mark: &Mark,
        series: Option<&Arc<str>>,
        since: i64,
        summary: String,
    ) -> Told {
        let no_tags = Tags::default();
        let about = About { mark, series, tags: &no_tags };
        let slot = self.slot_secs;
        let annotations = Labels::from([(SUMMARY.to_owned(), summary)]);
        let told = teller.told(&about, None, since, slot, None);
        teller.fire(Told { annotations: Arc::new(annotations), ..told }, slot)
    }

    /// Sources of which not most series are silent any more.
    fn end_sources(&self, teller: &mut Teller<'_>, draft: &mut Draft<'_>, groups: &Groups<'_>) {
        for (prefix, told) in draft.sources().clone() {
            let group = groups.get(prefix.as_str());
            if group.is_none_or(|group| !is_silent(group.missing.len(), group.members)) {
                teller.end(told, self.slot_secs, None, None);
                draft.set_source(&prefix, None);
            }
        }
    }
}

/// Whether so many silent series of so many make a silent source.
fn is_silent(missing: usize, members: usize) -> bool {
    missing >= SOURCE_SERIES_MIN && missing.saturating_mul(SOURCE_SHARE) >= members
}

/// The labels of the alarm of a rule's silence.
fn named(teller: &Teller<'_>, mut labels: Labels, name: &str) -> Labels {
    labels.insert(NAME_LABEL.to_owned(), name.to_owned());
    labels.insert(RULE_LABEL.to_owned(), teller.rule.name.text().to_owned());
    labels
}

/// What a name's path begins with, node by node, the shortest first; at last nothing, which all names begin with.
fn prefixes(name: &str) -> impl Iterator<Item = &str> {
    let path = name.split(';').next().unwrap_or(name);
    let ends = path.match_indices('.').map(|(at, _)| at).take(NODES_MAX);
    ends.filter_map(move |end| path.get(..end)).chain([path, ""])
}

fn is_below(name: &str, prefix: &str) -> bool {
    prefixes(name).any(|own| own == prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_with_their_nodes() {
        let all = |name| prefixes(name).collect::<Vec<_>>();
        assert_eq!(all("web.a.cpu"), ["web", "web.a", "web.a.cpu", ""]);
        assert_eq!(all("cpu;host=a.b"), ["cpu", ""]);
        assert!(is_below("web.a.cpu", "web.a") && is_below("web.a", "") && !is_below("web.ab.c", "web.a"));
    }

    #[test]
    fn a_source_has_ten_silent_series_and_they_are_half_of_it() {
        assert!(is_silent(10, 20) && is_silent(10, 10));
        assert!(!is_silent(9, 9) && !is_silent(10, 21));
    }
}
