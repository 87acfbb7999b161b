//! One slot of one series, or of events that are counted together: what is remembered, and what is told.
//!
//! Invariant: a missing value decides nothing. It neither fires nor resolves, nor starts `for` anew. After
//! `nodata_forget` without a value everything about a series is forgotten, and its alarms end.

use std::sync::Arc;

use plumbago_query::Tags;

use super::level::{self, Standing};
use super::mark::Mark;
use super::sight::Sight;
use super::state::State;
use super::tell::{About, Teller};
use super::{flapping, silence};
use crate::{AlertRule, SEVERITY_LABEL, duration::show_duration};

/// Why alarms of a series that is no more in the answer end.
const DELETED: &str = "series deleted";

/// What one slot shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// The slot, in seconds since the epoch.
    pub(super) slot: i64,
    pub(super) step_secs: i64,
    pub(super) sight: Sight,
    /// Whether there was a value earlier, though the rule looks for the first time.
    pub(super) had_values: bool,
}

/// What becomes of a state.
pub(super) enum After {
    /// It is as it was.
    Same,
    /// It is remembered so from now on, and written down.
    Changed(Option<State>),
    /// Only the value that is shown is another one.
    Shown(State),
}

/// What a slot comes to. `about` is nothing for what is not in the answer.
pub(super) fn follow(
    teller: &mut Teller<'_>,
    about: Option<About<'_>>,
    before: Option<&State>,
    seen: &Seen,
) -> After {
    let alert = teller.alert;
    let rule = &alert.rule;
    let value = seen.sight.value();
    let watches_silence = silence::patience_secs(rule, seen.step_secs).is_some();
    let is_quiet = level::is_quiet(&rule.check, seen.sight);
    let mut state = match before {
        Some(state) if state.is_quiet() && value.is_some() && is_quiet => return After::Same,
        Some(state) => state.clone(),
        None if value.is_some() && (!is_quiet || watches_silence) => State::new(seen.step_secs),
        None if seen.had_values && watches_silence => State::new(seen.step_secs),
        None => return After::Same,
    };
    state.step_secs = seen.step_secs;
    state.missing_since = match value {
        Some(_) => None,
        None => Some(state.missing_since.unwrap_or(seen.slot)),
    };
    let is_gone = matches!(seen.sight, Sight::Gone { .. });
    if value.is_some() || is_gone {
        let by = is_gone.then_some(DELETED);
        if let Some(told) = state.no_data.take() {
            teller.end(*told, seen.slot, value, by);
        }
    }
    let missing_secs = state.missing_since.map_or(0, |since| seen.slot.saturating_sub(since));
    if missing_secs >= rule.nodata_forget_secs {
        forget(teller, &state, seen.slot);
        return After::Changed(None);
    }
    step(teller, about, &mut state, seen);
    if state.is_idle() && state.no_data.is_none() && (is_gone || !watches_silence) {
        return if before.is_some() { After::Changed(None) } else { After::Same };
    }
    let has_changed = before != Some(&state);
    let is_shown = value.is_some() && show(&mut state, value);
    match (has_changed, is_shown) {
        (true, _) => After::Changed(Some(state)),
        (false, true) => After::Shown(state),
        (false, false) => After::Same,
    }
}

/// The levels after the slot, and what is told of them.
fn step(teller: &mut Teller<'_>, about: Option<About<'_>>, state: &mut State, seen: &Seen) {
    let rule: &AlertRule = &teller.alert.rule;
    if !level::is_known(&rule.check, seen.sight) {
        return;
    }
    let before = Standing::of(&state.levels);
    state.levels = level::after(rule, &state.levels, seen.sight, seen.slot);
    let after = Standing::of(&state.levels);
    let remembered = if about.is_none() { remembered(state) } else { None };
    let remembered = remembered.as_ref().map(Remembered::about);
    let Some(about) = about.or(remembered) else { return };
    let value = seen.sight.value();
    flapping::follow(teller, &about, state, (before, after), seen.slot, value);
    if state.flapping.is_none() {
        let told = state.alarm.take();
        state.alarm = teller.follow(&about, told, after, seen.slot, value);
    }
}

/// The value beside the alarms is that of now; answers whether it was another one.
fn show(state: &mut State, value: Option<f64>) -> bool {
    let bits = value.map(f64::to_bits);
    let flapping = state.flapping.as_mut().map(|flapping| &mut flapping.0);
    let alarms = state.alarm.as_deref_mut().into_iter().chain(flapping);
    let mut is_shown = false;
    for told in alarms {
        is_shown |= told.value_bits != bits;
        told.value_bits = bits;
    }
    is_shown
}

/// Ends all alarms of a series that has had no value for too long.
fn forget(teller: &mut Teller<'_>, state: &State, slot: i64) {
    let long = show_duration(teller.alert.rule.nodata_forget_secs.saturating_mul(1000));
    let by = format!("no value for {long}");
    for told in state.told() {
        teller.end(told.clone(), slot, None, Some(&by));
    }
}

/// What an alarm is about, as its own labels tell it: of a series that is not in the answer.
struct Remembered {
    mark: Mark,
    series: Option<Arc<str>>,
    tags: Tags,
}

impl Remembered {
    fn about(&self) -> About<'_> {
        About { mark: &self.mark, series: self.series.as_ref(), tags: &self.tags }
    }
}

fn remembered(state: &State) -> Option<Remembered> {
    let flapping = state.flapping.as_ref().map(|flapping| &flapping.0);
    let told = state.alarm.as_deref().or(flapping)?;
    let mut labels = (*told.labels).clone();
    if told.severity.is_some() {
        labels.remove(SEVERITY_LABEL);
    }
    if state.alarm.is_none() {
        labels.remove(flapping::LABEL);
    }
    let tags = told.series.as_ref().map(|series| Tags::of_name(Arc::clone(series))).unwrap_or_default();
    Some(Remembered { mark: Mark::of(labels), series: told.series.clone(), tags })
}
