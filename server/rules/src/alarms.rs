//! What a core tells of alarms besides the outcomes of its steps: those there are, and that it is behind itself.

use crate::alert::{Behind, Lag, is_too_much};
use crate::schedule::{UNKNOWN_STEP_SECS, period_secs};
use crate::{Alarm, Core, Outcome};

impl Core {
    /// Every alarm that is pending or fires: by rule, then by the fingerprint of what it is about.
    pub fn alarms(&self) -> Vec<Alarm> {
        let of_rules = self.rules.iter().zip(&self.progress).flat_map(|(rule, progress)| {
            progress.alarms.told().map(|told| Alarm::of(told, Some(rule.place)))
        });
        of_rules.chain(self.behind.told().map(|told| Alarm::of(told, None))).collect()
    }

    /// What there is to be told about rules that are behind, or are no more: the alarm `EngineBehind`. To be asked now and
    /// then, and to be performed as the outcome of a step is.
    pub fn watch_lag(&mut self, now_ms: i64) -> Option<Outcome> {
        let lag = self.lag(now_ms);
        let behind: &mut Behind = &mut self.behind;
        behind.follow(lag, now_ms)
    }

    /// The rule that is behind for longest, if one is by too much.
    fn lag(&self, now_ms: i64) -> Option<Lag> {
        let lag_ms = |due_ms: i64| now_ms.saturating_sub(due_ms.max(self.started_ms));
        // Most of the time not even the first one is late.
        self.queue.first().filter(|first| is_too_much(lag_ms(first.due_ms), 0))?;
        let behind =
            |(at, (rule, progress)): (usize, (&crate::compiled::Compiled, &crate::progress::Progress))| {
                let lag_ms = lag_ms(self.queue.of(at)?.due_ms);
                let finest = progress.cursor.steps.first().map(|step| period_secs(rule.interval_secs, *step));
                let interval = finest.or(rule.interval_secs).unwrap_or(UNKNOWN_STEP_SECS);
                let lag = || Lag { rule: rule.shown.clone(), lag_ms };
                is_too_much(lag_ms, interval).then(lag)
            };
        let rules = self.rules.iter().zip(&self.progress).enumerate();
        rules.filter_map(behind).max_by_key(|lag| lag.lag_ms)
    }
}
