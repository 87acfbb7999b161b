//! At the end of the day: whether everybody who was to be told of something was.

use super::health::Health;
use super::sight::Sight;
use super::{Heard, Judge, Key};
use crate::network::Place;

/// How long a place may take to hear of something while nothing is wrong: the first turn of a group, a further one, the
/// longest pause between attempts, the wait for a digest, and some more.
const PATIENCE_MS: i64 = 30_000 + 300_000 + 300_000 + 360_000 + 60_000;
/// How long nothing must have been wrong for a place to hear of it in the very turn.
const STEADY_MS: i64 = 900_000;

impl Judge {
    /// Judges what is missing.
    pub(crate) fn finish(&mut self, end_ms: i64) {
        self.health.close(end_ms);
        let mut faults = Vec::new();
        let mut deadlines = 0;
        for (key, spans) in &self.sights.spans {
            for integration in 0..self.alerting.integrations[key.receiver].len() {
                let place = (key.receiver, integration);
                for (at, (from, sight)) in spans.iter().enumerate() {
                    let until = spans.get(at + 1).map_or(end_ms, |(until, _)| *until);
                    let before = at.checked_sub(1).and_then(|at| spans.get(at));
                    let span = Span { from: *from, until, sight: *sight, before: before.copied() };
                    for deadline in self.deadlines(place, &span) {
                        deadlines += 1;
                        faults.extend(self.missing(key, place, &span, deadline));
                    }
                    faults.extend(self.not_repeated(key, place, &span));
                }
            }
        }
        let overdue = self.gap_due.iter().filter(|((place, ..), since)| {
            !first_good(&self.health, *place, **since, end_ms, PATIENCE_MS).is_empty()
        });
        faults.extend(
            overdue.map(|(what, since)| format!("{what:?} of a gap was never told, due since {since}")),
        );
        self.counts.deadlines += deadlines;
        self.faults.extend(faults);
    }

    /// Moments by which a place must have heard of what is so from one moment to another.
    fn deadlines(&self, place: Place, span: &Span) -> Vec<i64> {
        let mut deadlines = first_good(&self.health, place, span.from, span.until, PATIENCE_MS);
        let turn = span.from + self.turn_ms[place.0] + 15_000;
        let steady = span.from - STEADY_MS..turn;
        let is_withheld = self.withheld.get(&place).into_iter().flatten().any(|at| steady.contains(at));
        let is_steady = self.health.good(place, steady.start, turn) == [(steady.start, turn)];
        let is_reloaded = self.reloads.iter().any(|at| steady.contains(at));
        if is_steady && !is_withheld && !is_reloaded && turn <= span.until {
            deadlines.push(turn);
        }
        deadlines
    }

    /// What a place should have heard by a moment, and has not.
    fn missing(&self, key: &Key, place: Place, span: &Span, deadline: i64) -> Option<String> {
        let heard = self.heard.get(&(place.1, key.clone())).map(Vec::as_slice).unwrap_or_default();
        let heard = &heard[..heard.partition_point(|(at, _)| *at <= deadline)];
        let last = heard.last().copied();
        let wants_ends = self.alerting.integrations[place.0][place.1];
        let is_right = match (span.sight, last) {
            (_, Some((_, Heard::Refused))) | (Sight::Hidden, _) => true,
            (Sight::Over, Some((_, Heard::Firing { .. }))) => !wants_ends,
            (Sight::Over, _) => true,
            (Sight::Visible { rank, .. }, Some((at, Heard::Firing { rank: told, .. }))) => {
                // Who is not told of ends does not say whether it knows of this beginning, if there was time to say so.
                let is_old = !wants_ends && at < span.from && self.was_over(place, span);
                told >= rank && !is_old
            }
            (Sight::Visible { .. }, _) => false,
        };
        let text =
            || format!("{place:?} should know by {deadline} of {key:?}: {span:?}, and has heard {last:?}");
        (!is_right).then(text)
    }

    /// Whether it was over before, for long enough that this is news.
    fn was_over(&self, place: Place, span: &Span) -> bool {
        let Some((from, Sight::Over)) = span.before else { return false };
        !first_good(&self.health, place, from, span.from, PATIENCE_MS).is_empty()
    }

    /// What goes on is told again in its time.
    fn not_repeated(&self, key: &Key, place: Place, span: &Span) -> Option<String> {
        if !matches!(span.sight, Sight::Visible { .. }) || self.ever_acknowledged.contains(&key.fingerprint) {
            return None;
        }
        let longest = self.repeat_ms[place.0].1 + PATIENCE_MS;
        let heard = self.heard.get(&(place.1, key.clone())).map(Vec::as_slice).unwrap_or_default();
        for (from, until) in self.health.good(place, span.from, span.until) {
            let mut last = from;
            let told = heard.iter().map(|(at, _)| *at).filter(|at| (from..until).contains(at));
            for at in told.chain([until]) {
                if at - last > longest {
                    return Some(format!("{place:?} was not told again of {key:?} between {last} and {at}"));
                }
                last = at;
            }
        }
        None
    }
}

/// What was to be seen of an alarm from one moment to another.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: i64,
    until: i64,
    sight: Sight,
    before: Option<(i64, Sight)>,
}

/// When the first good stretch that is long enough has lasted for long enough.
fn first_good(health: &Health, place: Place, from: i64, until: i64, long_ms: i64) -> Vec<i64> {
    let good = health.good(place, from, until);
    let found = good.iter().find(|(start, end)| end - start >= long_ms);
    found.map(|(start, _)| start + long_ms).into_iter().collect()
}
