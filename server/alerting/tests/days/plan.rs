//! A day before it happens: what the series do, when their points arrive, and what goes wrong.
//!
//! Invariant: everything follows from the seed. Times are those of an undisturbed clock, in milliseconds since the epoch;
//! the server's own clock may be off. In the last hours nothing goes wrong any more, so that everything can come to rest.

use crate::random::Random;
use crate::routes::{Alerting, RECEIVERS};
use crate::rules::{RULES, Rules, SERIES_PER_RULE, TEAMS};
use crate::store::STEP;

pub(crate) const SLOTS: i64 = 8640;
pub(crate) const HOUR_MS: i64 = 3_600_000;
/// Nothing new goes wrong so long before the end.
const CALM_MS: i64 = 3 * HOUR_MS;
const SERIES: usize = RULES * SERIES_PER_RULE;
const DAY_SECS: i64 = SLOTS * STEP;

/// One day.
pub(crate) struct Plan {
    /// Midnight, in seconds since the epoch.
    pub(crate) start_secs: i64,
    pub(crate) rules: Rules,
    pub(crate) alerting: Alerting,
    /// By series, then by slot: what arrives before the slot closes; nothing: nothing does.
    pub(crate) prompt: Vec<Vec<Option<f64>>>,
    /// What arrives later or again, by time.
    pub(crate) late: Vec<Late>,
    /// What happens, by time.
    pub(crate) happenings: Vec<(i64, Happening)>,
    /// Times in which the server looks at every slot; else it comes late and has many to go through.
    pub(crate) attentive: Vec<(i64, i64)>,
    /// Between any two effects the process dies once in so many times; 0: never.
    pub(crate) deaths: u64,
    /// Whether senders keep points for a server that is down.
    pub(crate) are_points_kept: bool,
}

/// A point that arrives after its slot was closed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Late {
    pub(crate) at_ms: i64,
    pub(crate) series: usize,
    pub(crate) slot: i64,
    pub(crate) value: f64,
}

/// Something that happens.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// From now on a place answers so.
    Network {
        receiver: usize,
        integration: usize,
        mode: Mode,
    },
    /// The server's clock is set, by so many milliseconds.
    Clock(i64),
    /// The store of points fails, or works again.
    Store(bool),
    /// Transactions fail, or work again.
    Rows(bool),
    /// The process dies, and is down for so many milliseconds.
    Kill(i64),
    Reload(Box<Rules>, Box<Alerting>),
    /// Alarms with this label are silenced for so many milliseconds.
    Silence(&'static str, String, i64),
    /// The newest silence is ended.
    Expire,
    /// One of the alarms that fire is acknowledged, for so many milliseconds or until it is over.
    Acknowledge(usize, Option<i64>),
}

/// How a receiver behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Up,
    /// Nobody listens.
    Unreachable,
    /// 503, perhaps with `Retry-After` in seconds.
    Unavailable(Option<u64>),
    /// It takes the message, and the answer never comes.
    Mute,
    /// The message is lost, and nobody knows.
    Lost,
    /// 400.
    Refuses,
}

impl Plan {
    pub(crate) fn of(seed: u64) -> Plan {
        let mut random = Random::new(seed);
        let start_secs = (19_600 + (seed % 3000) as i64) * DAY_SECS;
        let start_ms = start_secs * 1000;
        let rules = Rules::random(&mut random.split());
        let alerting = Alerting::random(&mut random.split());
        let (prompt, late) = points(start_secs, &mut random.split());
        let mut happenings = Vec::new();
        faults(start_ms, &mut happenings, &mut random.split(), &alerting);
        people(start_ms, &mut happenings, &mut random.split());
        reloads(start_ms, &mut happenings, &mut random.split(), (&rules, &alerting));
        happenings.sort_by_key(|(at_ms, _)| *at_ms);
        let mut attentive = Vec::new();
        for _ in 0..random.within(2, 5) {
            let from = start_ms + random.below(21 * HOUR_MS);
            attentive.push((from, from + random.within(1, 8) * 60_000));
        }
        Plan {
            start_secs,
            rules,
            alerting,
            prompt,
            late,
            happenings,
            attentive,
            deaths: random.pick(&[0, 0, 5000, 1000, 300]),
            are_points_kept: random.one_in(2),
        }
    }

    pub(crate) fn start_ms(&self) -> i64 {
        self.start_secs * 1000
    }

    pub(crate) fn end_ms(&self) -> i64 {
        (self.start_secs + DAY_SECS) * 1000
    }

    /// The name of a source.
    pub(crate) fn series(series: usize) -> String {
        format!("load.r{}.h{}", series / SERIES_PER_RULE, series % SERIES_PER_RULE)
    }
}

fn points(start_secs: i64, random: &mut Random) -> (Vec<Vec<Option<f64>>>, Vec<Late>) {
    let sloppiness = random.pick(&[100_000, 2000, 200]);
    let mut late = Vec::new();
    let mut prompt = Vec::new();
    let outage = outage(random);
    for series in 0..SERIES {
        let mut values = signal(random);
        if outage.as_ref().is_some_and(|(rule, _)| *rule == series / SERIES_PER_RULE) {
            let (_, slots) = outage.clone().unwrap_or_default();
            slots.for_each(|slot| values[slot] = None);
        }
        for (at, value) in values.iter_mut().enumerate() {
            let Some(known) = value.filter(|_| random.one_in(sloppiness)) else { continue };
            let slot = start_secs + at as i64 * STEP;
            let after = random.pick(&[1000, 9000, 40_000, 600_000, 2 * HOUR_MS]);
            let at_ms = (slot + STEP) * 1000 + random.within(1, after);
            match random.below(3) {
                0 => late.push(Late { at_ms, series, slot, value: 100.0 - known }),
                1 => late.push(Late { at_ms, series, slot, value: known }),
                _ => {
                    late.push(Late { at_ms, series, slot, value: known });
                    *value = None;
                }
            }
        }
        prompt.push(values);
    }
    late.sort_by_key(|late| late.at_ms);
    (prompt, late)
}

/// A rule whose senders are all gone for a time.
fn outage(random: &mut Random) -> Option<(usize, std::ops::Range<usize>)> {
    let from = random.below(SLOTS - 1200) as usize;
    let until = from + random.within(3, 800) as usize;
    random.one_in(2).then(|| (random.below(RULES as i64) as usize, from..until))
}

/// The values of a series: quiet, too high, between, missing, to and fro.
fn signal(random: &mut Random) -> Vec<Option<f64>> {
    let mut values = Vec::with_capacity(SLOTS as usize);
    let settles_at = SLOTS - CALM_MS / 1000 / STEP;
    while (values.len() as i64) < settles_at {
        let length = random.pick(&[1, 2, 7, 30, 90, 360]);
        let length = random.within(1, length);
        match random.below(24) {
            0 | 1 => values.extend((0..length).map(|_| Some(random.within(81, 89) as f64))),
            2 | 3 => values.extend((0..length).map(|_| Some(random.within(91, 99) as f64))),
            4 => values.extend((0..length).map(|_| Some(random.within(71, 79) as f64))),
            5 => values.extend((0..length).map(|_| None)),
            6 if random.one_in(3) => {
                let half = random.within(1, 5);
                let value = |at: i64| if at / half % 2 == 0 { 95.0 } else { 20.0 };
                values.extend((0..random.within(10, 90)).map(|at| Some(value(at))));
            }
            _ => values.extend((0..random.within(10, 900)).map(|_| Some(random.within(10, 60) as f64))),
        }
    }
    let last = random.pick(&[20.0, 20.0, 20.0, 85.0, 95.0]);
    values.resize(SLOTS as usize, Some(last));
    values
}

/// Everything that breaks, and works again.
fn faults(start_ms: i64, all: &mut Vec<(i64, Happening)>, random: &mut Random, alerting: &Alerting) {
    let calm = start_ms + SLOTS * STEP * 1000 - CALM_MS;
    let within = |random: &mut Random, longest_ms: i64| {
        let from = random.within(start_ms, calm - 1);
        (from, (from + random.within(1000, longest_ms)).min(calm))
    };
    for _ in 0..random.pick(&[0, 3, 10]) {
        let receiver = random.below(RECEIVERS as i64) as usize;
        let integration = random.below(alerting.integrations[receiver].len() as i64) as usize;
        let mode = random.pick(&[
            Mode::Unreachable,
            Mode::Unavailable(None),
            Mode::Unavailable(Some(random.clone().within(1, 900).unsigned_abs())),
            Mode::Mute,
            Mode::Lost,
        ]);
        let mode = if random.one_in(15) { Mode::Refuses } else { mode };
        let longest = random.pick(&[30_000, 600_000, 2 * HOUR_MS]);
        let (from, until) = within(random, longest);
        all.push((from, Happening::Network { receiver, integration, mode }));
        all.push((until, Happening::Network { receiver, integration, mode: Mode::Up }));
    }
    for _ in 0..random.pick(&[0, 0, 2]) {
        let (from, until) = within(random, 300_000);
        all.extend([(from, Happening::Store(true)), (until, Happening::Store(false))]);
    }
    for _ in 0..random.pick(&[0, 0, 3]) {
        let (from, until) = within(random, 300_000);
        all.extend([(from, Happening::Rows(true)), (until, Happening::Rows(false))]);
    }
    for _ in 0..random.pick(&[0, 1, 4]) {
        let longest = random.pick(&[1000, 60_000, 900_000, 3 * HOUR_MS]);
        let (from, until) = within(random, longest);
        all.push((from, Happening::Kill(until - from)));
    }
    for _ in 0..random.pick(&[0, 0, 0, 3]) {
        let longest = random.pick(&[2000, 30_000, 300_000, HOUR_MS / 2]);
        let step = random.within(-longest, longest);
        let (from, _) = within(random, 1000);
        all.push((from, Happening::Clock(step)));
    }
}

/// Silences and acknowledgements.
fn people(start_ms: i64, all: &mut Vec<(i64, Happening)>, random: &mut Random) {
    let moment = |random: &mut Random| start_ms + random.below(20 * HOUR_MS);
    for _ in 0..random.pick(&[0, 1, 6]) {
        let rule = format!("Rule{}", random.below(RULES as i64));
        let (label, value) = match random.below(3) {
            0 => ("team", random.pick(&TEAMS).to_owned()),
            1 => ("alertname", rule),
            _ => ("alertname", "NoData".to_owned()),
        };
        let from = moment(random);
        let longest = random.pick(&[60_000, 600_000, HOUR_MS]);
        all.push((from, Happening::Silence(label, value, random.within(1000, longest))));
        if random.one_in(3) {
            all.push((from + random.below(longest), Happening::Expire));
        }
    }
    for _ in 0..random.pick(&[0, 4, 20]) {
        let which = random.below(1 << 20) as usize;
        let span = random.pick(&[None, Some(HOUR_MS), Some(60_000)]);
        all.push((moment(random), Happening::Acknowledge(which, span)));
    }
}

fn reloads(
    start_ms: i64,
    all: &mut Vec<(i64, Happening)>,
    random: &mut Random,
    (first, alerting): (&Rules, &Alerting),
) {
    let mut times: Vec<i64> =
        (0..random.pick(&[0, 0, 1, 3])).map(|_| start_ms + random.below(20 * HOUR_MS)).collect();
    times.sort_unstable();
    let (mut rules, mut alerting) = (first.clone(), alerting.clone());
    for at_ms in times {
        rules = if random.one_in(3) { rules } else { rules.edited(first, random) };
        alerting = if random.one_in(3) { alerting } else { alerting.edited(random) };
        all.push((at_ms, Happening::Reload(Box::new(rules.clone()), Box::new(alerting.clone()))));
    }
}
