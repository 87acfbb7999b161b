//! A server in miniature: it performs what a core wants done, and may die between any two effects.

use std::collections::{BTreeMap, HashMap};

use plumbago_rules::{
    AlarmChange, Core, Event, EventChange, Fingerprint, Next, Options, Outcome, Row, RuleSet, Status, Step,
    Transition, Work, World,
};

use plumbago_rules::MemorySource as Memory;

/// What survives a crash, and what does not.
pub(crate) struct Server<'a> {
    set: &'a RuleSet,
    class_of: &'a dyn Fn(&str) -> i64,
    options: Options,
    /// The store of points: what is in it stays.
    pub(crate) memory: Memory,
    rows: BTreeMap<String, Vec<u8>>,
    pub(crate) events: Events,
    /// What was told of alarms.
    pub(crate) told: Told,
    /// What was written of each derived series and slot.
    pub(crate) written: Written,
    /// Points and event changes of later T are performed, but not counted among the two above.
    until: i64,
    core: Option<Core>,
    /// Events and rows that were not stored yet, each with its T.
    batch: Vec<(i64, Outcome)>,
}

/// What was told of each alarm, in order; whether a slot was due before a process began is left out.
pub(crate) type Told = BTreeMap<Fingerprint, Vec<Transition>>;

/// Takes down what is told, and checks that it says nothing twice.
pub(crate) fn tell(told: &mut Told, transitions: &[Transition]) {
    for transition in transitions {
        let story = told.entry(transition.fingerprint).or_default();
        let last =
            story.iter().rev().map(|told| &told.change).find(|change| **change != AlarmChange::Reworded);
        let is_firing = matches!(last, Some(AlarmChange::Fired | AlarmChange::Raised | AlarmChange::Lowered));
        let is_pending = last == Some(&AlarmChange::Pending);
        let is_right = match &transition.change {
            AlarmChange::Pending => !is_firing && !is_pending,
            AlarmChange::Calmed => is_pending,
            AlarmChange::Fired => !is_firing,
            AlarmChange::Raised | AlarmChange::Lowered => is_firing,
            AlarmChange::Resolved { ends_at_ms, .. } => is_firing && *ends_at_ms >= transition.starts_at_ms,
            AlarmChange::Reworded => is_firing || is_pending,
        };
        assert!(is_right, "{transition:#?} after {story:#?}");
        assert!(
            story.last().is_none_or(|before| before.at_ms <= transition.at_ms),
            "{transition:#?}, {story:#?}"
        );
        story.push(Transition { is_replayed: false, ..transition.clone() });
    }
}

/// Events by their keys, as a store keeps them.
pub(crate) type Events = BTreeMap<String, Event>;
/// Bits of values by name and slot.
pub(crate) type Written = HashMap<(String, i64), u64>;

/// Does what changes say, and checks that they say nothing twice.
pub(crate) fn apply(events: &mut Events, changes: &[EventChange]) {
    for change in changes {
        match change {
            EventChange::Store(event) => {
                let key = event.key.clone().unwrap();
                // Several series of one `by` may change in one moment, which is one event then: the first.
                let is_moment = event.end_ms == Some(event.start_ms);
                assert!(is_moment || !events.contains_key(&key), "{event:?} is stored twice");
                events.entry(key).or_insert_with(|| (**event).clone());
            }
            EventChange::Close { key, end_ms } => {
                let event = events.get_mut(key).expect("what is closed was open");
                assert_eq!(event.end_ms, None, "{event:?} is closed twice");
                (event.end_ms, event.status) = (Some(*end_ms), Status::Closed);
                assert!(event.start_ms <= *end_ms, "{event:?} ends before it begins");
            }
            EventChange::Raise { key, severity, value } => {
                let event = events.get_mut(key).expect("what is raised was open");
                assert_ne!(event.severity, *severity, "{event:?} is raised to what it was");
                (event.severity, event.value) = (*severity, *value);
            }
            EventChange::Retract { key } => panic!("{key} was retracted, which no rule does"),
        }
    }
}

impl<'a> Server<'a> {
    pub(crate) fn new(
        set: &'a RuleSet,
        memory: Memory,
        class_of: &'a dyn Fn(&str) -> i64,
        options: Options,
        until: i64,
    ) -> Server<'a> {
        Server {
            set,
            class_of,
            options,
            memory,
            rows: BTreeMap::new(),
            events: Events::new(),
            told: Told::new(),
            written: Written::new(),
            until,
            core: None,
            batch: Vec::new(),
        }
    }

    /// The process dies.
    pub(crate) fn crash(&mut self) {
        self.core = None;
        self.batch.clear();
    }

    /// The running core; a new one takes over from the rows.
    pub(crate) fn core(&mut self, now_ms: i64) -> &mut Core {
        let rows = self.rows.iter().map(|(key, value)| (key.as_str(), value.as_slice()));
        let start = || Core::new(self.set, rows, now_ms, self.options).unwrap();
        self.core.get_or_insert_with(start)
    }

    /// Does all that is due. `dies` is asked before each effect.
    pub(crate) fn work(&mut self, now_ms: i64, dies: &mut dyn FnMut() -> bool) {
        loop {
            let Next::Step(step) = self.core(now_ms).next(now_ms) else {
                return self.flush();
            };
            let outcome = self.run(&step, now_ms);
            let at = match step.work() {
                Work::Begin => i64::MIN,
                Work::Evaluate { at_secs, .. } | Work::Recompute { at_secs, .. } => at_secs,
            };
            if !self.perform(at, &step, outcome, now_ms, dies) {
                self.crash();
            }
        }
    }

    fn run(&mut self, step: &Step, now_ms: i64) -> Outcome {
        let mut core = self.core.take().unwrap();
        let world = World::new(&self.memory, now_ms.div_euclid(1000));
        let outcome = core.run(step, &world);
        let again = core.run(step, &world);
        assert_eq!(again, outcome, "a step that is run twice has one outcome");
        self.core = Some(core);
        outcome
    }

    /// Performs one step; false: the process died on the way.
    fn perform(
        &mut self,
        at: i64,
        step: &Step,
        outcome: Outcome,
        now_ms: i64,
        dies: &mut dyn FnMut() -> bool,
    ) -> bool {
        for point in &outcome.points {
            if dies() {
                return false;
            }
            let step_secs = (self.class_of)(&point.name);
            self.memory.insert(&point.name, step_secs, point.timestamp, point.value);
            if at <= self.until {
                let bits = point.value.to_bits();
                let before = self.written.insert((point.name.to_string(), point.timestamp), bits);
                let is_again = matches!(step.work(), Work::Recompute { .. });
                assert!(is_again || before.is_none_or(|before| before == bits), "{point:?} was another one");
            }
        }
        if dies() {
            return false;
        }
        self.core(now_ms).commit(step);
        self.batch.push((at, outcome));
        if dies() {
            return false;
        }
        // A first start is one only once its rows are stored.
        if matches!(step.work(), Work::Begin) || self.batch.len() >= 4 {
            self.flush();
        }
        !dies()
    }

    /// One transaction: events and rows of all steps since the last one.
    fn flush(&mut self) {
        for (at, outcome) in std::mem::take(&mut self.batch) {
            if at <= self.until {
                apply(&mut self.events, &outcome.events);
                tell(&mut self.told, &outcome.alarms);
            }
            for (key, value) in outcome.rows {
                let row: Row = (key, value);
                match row {
                    (key, Some(value)) => _ = self.rows.insert(key, value),
                    (key, None) => _ = self.rows.remove(&key),
                }
            }
        }
    }
}
