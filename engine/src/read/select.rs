//! Owns which archive answers a query, and which slots: exactly whisper's choice.
//!
//! Source of the semantics: whisper 1.1.10 `file_fetch`. The archive is the finest whose retention reaches from
//! `now` back to `from`, whatever `until` is; slots are those after `from`'s up to the one that holds `until`.

use crate::catalog::PolicyFacts;

/// The slots to answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) level: usize,
    /// Timestamp of the first slot.
    pub(crate) first: i64,
    /// Timestamp behind the last slot.
    pub(crate) end: i64,
}

/// Chooses for the range `from..until` at `now`; `None` where whisper answers nothing.
pub(crate) fn select(policy: &PolicyFacts, from: i64, until: i64, now: i64) -> Option<Selection> {
    let oldest = now - policy.retention_secs_max();
    if from > now || until < oldest || from > until {
        return None;
    }
    let from = from.max(oldest);
    let until = until.min(now);
    let age_secs = now - from;
    let level = policy.levels.iter().position(|level| level.retention_secs >= age_secs)?;
    let step = policy.levels[level].step_secs;
    let after = |timestamp: i64| timestamp - timestamp.rem_euclid(step) + step;
    let first = after(from);
    let end = after(until);
    Some(Selection { level, first, end: if first == end { end + step } else { end } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::Classes;
    use crate::policy::{Archive, Policy};
    use plumbago_protocol::Aggregation;

    fn policy() -> PolicyFacts {
        let archive = |step_secs, retention_secs| Archive { step_secs, retention_secs };
        let archives = vec![archive(10, 600), archive(60, 6000)];
        PolicyFacts::new(&Policy::new(archives, 0.5, Aggregation::Average).unwrap(), &mut Classes::default())
            .unwrap()
    }

    fn selected(from: i64, until: i64) -> Option<(usize, i64, i64)> {
        let selection = select(&policy(), from, until, 100_005)?;
        Some((selection.level, selection.first, selection.end))
    }

    #[test]
    fn the_age_of_from_alone_selects_the_archive() {
        assert_eq!(selected(99_405, 100_005), Some((0, 99_410, 100_010)));
        assert_eq!(selected(99_404, 99_500), Some((1, 99_420, 99_540)));
    }

    #[test]
    fn an_aligned_range_excludes_from_and_includes_until() {
        assert_eq!(selected(99_900, 99_950), Some((0, 99_910, 99_960)));
    }

    #[test]
    fn a_range_within_one_slot_answers_one_slot() {
        assert_eq!(selected(99_901, 99_902), Some((0, 99_910, 99_920)));
    }

    #[test]
    fn what_lies_outside_the_retention_or_in_the_future_is_nothing() {
        assert_eq!(selected(0, 94_004), None);
        assert_eq!(selected(100_006, 100_010), None);
        assert_eq!(selected(0, 100_005), Some((1, 94_020, 100_020)));
    }
}
