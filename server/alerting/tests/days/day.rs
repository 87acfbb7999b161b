//! One day, from midnight to midnight.

use std::collections::BTreeMap;

use plumbago_alerting::{Matcher, Operator, SilenceRequest};

use crate::judge::{Counts, Silence};
use crate::log::Log;
use crate::plan::{Happening, Late, Mode, Plan};
use crate::random::Random;
use crate::server::Server;
use crate::store::STEP;

/// How long the server takes to look again while nobody hurries it, in milliseconds.
const PAUSES_MS: [i64; 4] = [60_000, 180_000, 600_000, 900_000];

struct Day<'p> {
    plan: &'p Plan,
    server: Server,
    random: Random,
    /// Slots before this one have arrived, and late points before that one.
    slot: i64,
    late: usize,
    happening: usize,
    /// When a dead process begins again.
    begins_ms: i64,
    /// What arrived while nobody listened.
    kept: Vec<Late>,
    silences: BTreeMap<usize, String>,
}

/// Lives through a day; Err: what was wrong.
pub(crate) fn live(seed: u64, is_told: bool) -> Result<Counts, String> {
    let plan = Plan::of(seed);
    let log = Log { is_on: is_told, start_ms: plan.start_ms() };
    let mut random = Random::new(seed ^ 0x005e_ed0f_da11);
    let server = Server::new(&plan, random.split(), log)?;
    log.note(plan.start_ms(), || format!("{}\n{}", plan.rules.text(), plan.alerting.text()));
    let begins_ms = plan.start_ms();
    let mut day = Day {
        plan: &plan,
        server,
        random,
        slot: 0,
        late: 0,
        happening: 0,
        begins_ms,
        kept: Vec::new(),
        silences: BTreeMap::new(),
    };
    day.run()?;
    day.server.judge.finish(plan.end_ms());
    match day.server.judge.faults.first() {
        Some(fault) => Err(format!("{} faults, the first: {fault}", day.server.judge.faults.len())),
        None => Ok(day.server.judge.counts),
    }
}

impl Day<'_> {
    fn run(&mut self) -> Result<(), String> {
        let mut rules_ms = self.plan.start_ms();
        while self.server.now_ms < self.plan.end_ms() {
            let happening_ms = self.plan.happenings.get(self.happening).map_or(i64::MAX, |(at, _)| *at);
            let begins_ms = if self.server.process.is_none() { self.begins_ms } else { i64::MAX };
            let next = rules_ms.min(happening_ms).min(begins_ms).min(self.server.next_ms());
            self.server.now_ms = next.max(self.server.now_ms).min(self.plan.end_ms());
            self.arrive();
            self.happen()?;
            self.begin()?;
            self.observe();
            let with_rules = self.server.now_ms >= rules_ms;
            if with_rules {
                rules_ms = self.rules_again();
            }
            let was_there = self.server.process.is_some();
            self.server.refresh();
            self.server.turn(with_rules)?;
            if was_there && self.server.process.is_none() {
                let longest = self.random.pick(&[1, 5000, 60_000]);
                self.begins_ms = self.server.now_ms + self.random.within(0, longest);
            }
            self.observe();
            if !self.server.judge.faults.is_empty() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// When the rules have their next turn: after every slot, or a good while later.
    fn rules_again(&mut self) -> i64 {
        let now_ms = self.server.now_ms;
        let is_attentive = self.plan.attentive.iter().any(|(from, until)| (*from..*until).contains(&now_ms));
        let slot_ms = STEP * 1000;
        let pause = if is_attentive { slot_ms } else { self.random.pick(&PAUSES_MS) };
        let next = now_ms + pause;
        let next = next - next.rem_euclid(slot_ms) + self.random.pick(&[0, 0, 1, 700, 5000]);
        let soonest = self.plan.attentive.iter().map(|(from, _)| *from).filter(|from| *from > now_ms).min();
        next.min(soonest.unwrap_or(i64::MAX)).max(now_ms + 1)
    }

    /// Points come in up to now.
    fn arrive(&mut self) {
        let now_ms = self.server.now_ms;
        let slots = (now_ms / 1000 - self.plan.start_secs).div_euclid(STEP).min(crate::plan::SLOTS);
        while self.slot < slots {
            let at = self.slot as usize;
            let slot = self.plan.start_secs + self.slot * STEP;
            for series in 0..self.plan.prompt.len() {
                if let Some(value) = self.plan.prompt[series][at] {
                    self.point(Late { at_ms: (slot + STEP) * 1000, series, slot, value });
                }
            }
            self.slot += 1;
        }
        while let Some(late) = self.plan.late.get(self.late).filter(|late| late.at_ms <= now_ms) {
            self.late += 1;
            self.point(*late);
        }
    }

    fn point(&mut self, point: Late) {
        if self.server.process.is_none() {
            if self.plan.are_points_kept {
                self.kept.push(point);
            }
            return;
        }
        self.server.store.put(point.series, point.slot, point.value);
        self.server.touched(point.series, point.slot);
    }

    /// A process that is down begins again; what senders kept comes in before or after its first look.
    fn begin(&mut self) -> Result<(), String> {
        if self.server.process.is_some() || self.server.now_ms < self.begins_ms {
            return Ok(());
        }
        self.server.start()?;
        if self.random.one_in(3) {
            self.server.turn(true)?;
        }
        for point in std::mem::take(&mut self.kept) {
            self.point(point);
        }
        Ok(())
    }

    fn observe(&mut self) {
        let server = &mut self.server;
        let (now_ms, clock_ms) = (server.now_ms, server.now_ms + server.offset_ms);
        let network = &server.network;
        let is_up = |place| network.mode(place) == Mode::Up;
        server.judge.observe(now_ms, clock_ms, server.are_rows_failing, is_up);
    }

    fn happen(&mut self) -> Result<(), String> {
        while let Some((_, happening)) =
            self.plan.happenings.get(self.happening).filter(|(at, _)| *at <= self.server.now_ms)
        {
            self.happening += 1;
            self.server.log.note(self.server.now_ms, || format!("{happening:?}").chars().take(100).collect());
            self.one(happening)?;
            self.observe();
        }
        Ok(())
    }

    fn one(&mut self, happening: &Happening) -> Result<(), String> {
        let server = &mut self.server;
        match happening {
            Happening::Network { receiver, integration, mode } => {
                server.network.set((*receiver, *integration), *mode);
            }
            Happening::Clock(step_ms) => server.offset_ms += step_ms,
            Happening::Store(is_failing) => server.store.is_failing = *is_failing,
            Happening::Rows(are_failing) => server.are_rows_failing = *are_failing,
            Happening::Kill(down_ms) => {
                server.die();
                self.begins_ms = self.begins_ms.max(server.now_ms + down_ms);
            }
            Happening::Reload(rules, alerting) => server.reload(rules, alerting)?,
            Happening::Silence(label, value, span_ms) => self.silence(label, value, *span_ms)?,
            Happening::Expire => self.expire()?,
            Happening::Acknowledge(which, span_ms) => self.acknowledge(*which, *span_ms)?,
        }
        Ok(())
    }

    fn silence(&mut self, label: &'static str, value: &str, span_ms: i64) -> Result<(), String> {
        let clock_ms = self.server.clock_ms();
        let server = &mut self.server;
        let Some(process) = &mut server.process else { return Ok(()) };
        let matcher = Matcher::new(label, Operator::Equal, value).map_err(|error| error.to_string())?;
        let ends_ms = clock_ms + span_ms;
        let request = SilenceRequest {
            id: None,
            matchers: vec![matcher],
            starts_ms: clock_ms,
            ends_ms,
            created_by: "somebody".to_owned(),
            comment: "quiet".to_owned(),
        };
        let seed = u128::from(self.random.next());
        let id = process.notifier.silence(request, seed, clock_ms).map_err(|error| error.to_string())?;
        if server.stores()? {
            self.silences.insert(server.judge.sights.silences.len(), id.to_string());
            server.judge.sights.silences.push(Silence { label, value: value.to_owned(), ends_ms });
        }
        Ok(())
    }

    fn expire(&mut self) -> Result<(), String> {
        let clock_ms = self.server.clock_ms();
        let server = &mut self.server;
        let (Some(process), Some((place, id))) = (&mut server.process, self.silences.last_key_value()) else {
            return Ok(());
        };
        if process.notifier.expire(id, clock_ms).is_ok() && server.stores()? {
            server.judge.sights.silences[*place].ends_ms = clock_ms;
        }
        Ok(())
    }

    fn acknowledge(&mut self, which: usize, span_ms: Option<i64>) -> Result<(), String> {
        let clock_ms = self.server.clock_ms();
        let server = &mut self.server;
        let firing = server.judge.sights.firing();
        let (Some(process), false) = (&mut server.process, firing.is_empty()) else { return Ok(()) };
        let one = firing[which % firing.len()];
        let until_ms = span_ms.map(|span_ms| clock_ms + span_ms);
        if process.notifier.acknowledge(one, "somebody", "I look at it", until_ms, clock_ms).is_ok()
            && server.stores()?
        {
            server.judge.acknowledge(one, until_ms);
        }
        Ok(())
    }
}

#[test]
fn a_thousand_days_of_alarms() {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    if let Some(seed) = number("PLUMBAGO_ALARMS_SEED") {
        println!("{:?}", live(seed, true).unwrap());
        return;
    }
    let (first, days) =
        (number("PLUMBAGO_ALARMS_FIRST").unwrap_or(0), number("PLUMBAGO_ALARMS_DAYS").unwrap_or(1000));
    let seeds = AtomicU64::new(first);
    let (found, sum) = (std::sync::Mutex::new(Vec::new()), std::sync::Mutex::new(Counts::default()));
    let work = || {
        for seed in
            std::iter::repeat_with(|| seeds.fetch_add(1, Relaxed)).take_while(|seed| *seed - first < days)
        {
            match live(seed, false) {
                Ok(counts) => sum.lock().unwrap().add(&counts),
                Err(fault) => found.lock().unwrap().push((seed, fault)),
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| _ = scope.spawn(work)));
    let mut found = found.into_inner().unwrap();
    found.sort();
    for (seed, fault) in found.iter().take(20) {
        println!("PLUMBAGO_ALARMS_SEED={seed}: {}", fault.chars().take(600).collect::<String>());
    }
    println!("{:?}", sum.lock().unwrap());
    assert!(found.is_empty(), "{} of {days} days went wrong", found.len());
}
