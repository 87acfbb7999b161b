//! From bytes to stored points: one batch at a time, on the thread that owns the writer.
//!
//! A batch belongs to one listener, so that its points are counted where they came in, and they are counted only
//! after the write-ahead log has them. What cannot be stored is refused with its reason and the text that carried
//! it; it never fails the batch.

use super::{IngestShared, ListenerKind};
use crate::carbon_rules::Gate;
use crate::rule_runner::BatchNotes;
use plumbago_engine::{Arrivals, RefusedPoint, Shown, Writer};
use plumbago_protocol::limits::REFUSED_TEXT_BYTES_MAX as TEXT_BYTES_MAX;
use plumbago_protocol::pickle::{self, PickleLimits};
use plumbago_protocol::{Refusal, limits, line};
use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

/// The reason of a line whose end never came. It is the connection's, so that no parser knows it.
const LINE_UNFINISHED: &str = "line_unfinished";

/// Points that are looked up together, at most: a batch may be much larger. Their texts are still in the processor's cache
/// then.
const ARRIVALS_MAX: usize = 512;

/// The way into the store for one thread.
pub(super) struct Intake {
    writer: Writer,
    arrivals: Arrivals,
    gate: Gate,
    pickles: pickle::Decoder,
    /// What the rules want to know of this batch once it is stored.
    notes: BatchNotes,
    /// Who sent the end of the last batch.
    peer: SocketAddr,
    shared: Arc<IngestShared>,
}

/// Before anybody has sent anything.
pub(crate) const NOBODY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// Why a batch is not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotStored {
    /// The store takes nothing any more; the reason is in the server's health.
    Latched,
    /// There is no room on the disk, for this reason. The batch is kept, and can be committed again.
    NoRoom(String),
}

impl Intake {
    /// An intake that writes with `writer`.
    pub(super) fn new(writer: Writer, shared: Arc<IngestShared>) -> Intake {
        // The connection holds frames to what is configured, which a reload may change.
        let limits = PickleLimits::with_frame_bytes_max(limits::PICKLE_FRAME_BYTES_MAX);
        Intake {
            writer,
            arrivals: Arrivals::default(),
            gate: Gate::default(),
            pickles: pickle::Decoder::new(limits),
            peer: NOBODY,
            notes: BatchNotes::new(shared.rule_arrivals.clone()),
            shared,
        }
    }

    /// Begins a batch of what `peer` sent to a listener of this kind.
    pub(super) fn begin(&mut self, kind: ListenerKind, peer: SocketAddr) -> Batch<'_> {
        let now = self.shared.clock.now();
        Batch { intake: self, kind, peer, now, is_empty: true }
    }

    /// Stores what is pending. When this returns, its points are in the write-ahead log and counted for `kind`.
    pub(super) fn commit(&mut self, kind: ListenerKind) -> Result<(), NotStored> {
        let shared = &self.shared;
        let started = Instant::now();
        match self.writer.commit() {
            Ok(committed) => {
                let counters = shared.counters.listener(kind);
                counters.commits.increment();
                counters
                    .commit_nanoseconds
                    .add(u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX));
                counters.series_created.add(committed.new_series);
                counters.points_received.add(committed.points);
                self.notes.publish(|| shared.clock.now_ms());
                committed.refused.iter().for_each(|point| self.refuse_late(kind, point));
                Ok(())
            }
            Err(error) if error.is_disk_full() => Err(NotStored::NoRoom(error.to_string())),
            Err(error) => {
                self.notes.discard();
                shared.health.latch(&error.to_string());
                Err(NotStored::Latched)
            }
        }
    }

    /// Refuses a point that was accepted before its series was deleted. The text it came as is gone by now.
    #[cold]
    fn refuse_late(&self, kind: ListenerKind, point: &RefusedPoint) {
        let RefusedPoint { name, value, timestamp, refused } = point;
        let text = match kind {
            ListenerKind::Pickle => pickle::point_text(name.as_bytes(), *timestamp, *value, TEXT_BYTES_MAX),
            ListenerKind::Plaintext | ListenerKind::Udp | ListenerKind::Aggregation | ListenerKind::Rules => {
                format!("{name} {value} {timestamp}")
            }
        };
        let (reason, now) = (refused.refusal.name(), self.shared.clock.now());
        self.shared.refused.record(kind, reason, refused, self.peer, text.as_bytes(), now);
    }
}

/// Points on their way into the store, not yet acknowledged.
pub(super) struct Batch<'a> {
    intake: &'a mut Intake,
    kind: ListenerKind,
    peer: SocketAddr,
    now: i64,
    is_empty: bool,
}

impl Batch<'_> {
    /// What follows was sent by another peer.
    pub(super) fn set_peer(&mut self, peer: SocketAddr) {
        self.accept();
        self.peer = peer;
    }

    /// Takes one line without its newline; a blank one says nothing and is passed over.
    pub(super) fn take_line(&mut self, line: &[u8]) {
        match line::split(line, self.now) {
            Ok(fields) => {
                self.intake.arrivals.push(line, fields.name, fields.value, fields.timestamp);
                self.arrived();
            }
            Err(Refusal::FieldCount) if line.trim_ascii().is_empty() => {}
            Err(refusal) => self.refuse(refusal, line),
        }
    }

    /// Takes one pickle frame: its good points are stored, its bad ones refused one by one.
    pub(super) fn take_frame(&mut self, frame: &[u8]) {
        // Taken out while it calls back into the batch.
        let mut decoder = std::mem::take(&mut self.intake.pickles);
        let outcome = decoder.decode_raw(frame, self.now, &mut |item| match item {
            Ok(point) => {
                self.intake.arrivals.push_name(point.name, point.value, point.timestamp);
                self.arrived();
            }
            Err(item) => self.refuse(item.refusal, item.text(TEXT_BYTES_MAX).as_bytes()),
        });
        self.intake.pickles = decoder;
        if let Err(error) = outcome {
            self.refuse_as(error.refusal.name(), &error, readable(frame).as_bytes());
        }
    }

    /// Refuses a line over the cap, of which this is the beginning.
    pub(super) fn refuse_long_line(&mut self, beginning: &[u8]) {
        self.refuse(Refusal::LineTooLong, beginning);
    }

    /// Refuses a line whose end never came.
    pub(super) fn refuse_unfinished(&mut self, line: &[u8]) {
        let error = "the connection ended in the middle of a line";
        self.refuse_as(LINE_UNFINISHED, &error, line);
    }

    /// Refuses a frame over the cap, of this claimed length.
    pub(super) fn refuse_long_frame(&mut self, length: u32) {
        let limit = self.intake.shared.settings.ingest.get().frame_bytes_max;
        let error = format!("the pickle frame claims {length} bytes, the limit is {limit}");
        self.refuse_as(Refusal::FrameTooLarge.name(), &error, readable(&length.to_be_bytes()).as_bytes());
    }

    /// Refuses a frame of which this was received, header included, and `missing` bytes were not.
    pub(super) fn refuse_truncated_frame(&mut self, received: &[u8], missing: usize) {
        let error = format!("the connection ended {missing} bytes before the end of a pickle frame");
        self.refuse_as(Refusal::PickleTruncated.name(), &error, readable(received).as_bytes());
    }

    /// Refuses a line because there is no room for it, where nobody can be kept waiting.
    pub(super) fn refuse_without_room(&mut self, line: &[u8]) {
        self.refuse(Refusal::DiskFull, line);
    }

    /// Stores the batch. When this returns, its points are in the write-ahead log and counted.
    pub(super) fn commit(mut self) -> Result<(), NotStored> {
        // Nothing came: what the writer holds then is an earlier batch, which waits for room.
        if self.is_empty {
            return Ok(());
        }
        self.accept();
        self.intake.peer = self.peer;
        self.intake.commit(self.kind)
    }

    /// One more point has arrived: enough of them are handed on together.
    fn arrived(&mut self) {
        self.is_empty = false;
        if self.intake.arrivals.len() >= ARRIVALS_MAX {
            self.accept();
        }
    }

    /// Hands what has arrived to the writer, as far as carbon's rules let it through.
    fn accept(&mut self) {
        let Batch { kind, peer, now, .. } = *self;
        let Intake { writer, arrivals, gate, notes, shared, .. } = &mut *self.intake;
        let record = |refusal: Refusal, error: &dyn fmt::Display, text: &[u8], value, timestamp| {
            let text = match kind {
                // Of a pickle only the name was kept.
                ListenerKind::Pickle => {
                    Cow::Owned(pickle::point_text(text, timestamp, value, TEXT_BYTES_MAX).into_bytes())
                }
                ListenerKind::Plaintext
                | ListenerKind::Udp
                | ListenerKind::Aggregation
                | ListenerKind::Rules => Cow::Borrowed(text),
            };
            shared.refused.record(kind, refusal.name(), error, peer, &text, now);
        };
        let latest = || now.saturating_add(shared.settings.ingest.get().future_secs_max);
        gate.pass(&shared.carbon_rules, arrivals, latest, |shown: Shown<'_>, refusal| {
            record(refusal, &refusal, shown.text, shown.value, shown.timestamp);
        });
        let name = |position| Some(Box::<str>::from(&*arrivals.name_at(position)?));
        let received = |position| arrivals.received_name(position).unwrap_or_default();
        notes.look(arrivals.len(), arrivals.timestamps(), received, name);
        writer.accept(arrivals, now, |position, refused| {
            if let Some((text, value, timestamp)) = arrivals.get(position) {
                record(refused.refusal, &refused, text, value, timestamp);
            }
        });
        arrivals.clear();
    }

    fn refuse(&self, refusal: Refusal, text: &[u8]) {
        self.refuse_as(refusal.name(), &refusal, text);
    }

    fn refuse_as(&self, reason: &'static str, error: &dyn fmt::Display, text: &[u8]) {
        self.intake.shared.refused.record(self.kind, reason, error, self.peer, text, self.now);
    }
}

/// The beginning of a frame, escaped, for what it holds is rarely text.
fn readable(frame: &[u8]) -> String {
    pickle::escaped(frame, TEXT_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carbon_rules::{CarbonShared, Loaded};
    use crate::clock::Clock;
    use crate::config::{CarbonSettings, Config, Storage};
    use crate::health::Health;
    use crate::live::LiveSettings;
    use crate::rules::ServedRules;
    use crate::tls::{Certificates, TlsGate};
    use plumbago_engine::{CardinalityLimits, CardinalityRule, Engine, MemoryDisk, Options, PrefixPattern};
    use plumbago_protocol::Glob;

    const NOW: i64 = 1_710_504_000;

    /// A store that holds one series at most.
    fn store() -> Engine {
        let rule = CardinalityRule {
            name: "all".to_owned(),
            prefix: PrefixPattern::everything(),
            series_max: Some(1),
            new_series_per_sec_max: None,
        };
        let cardinality = CardinalityLimits { rules: vec![rule], burst_secs: 1 };
        let options = Options { cardinality, ..Options::default() };
        let rules = Arc::new(ServedRules::load(&Storage::default()).expect("built-in rules"));
        Engine::open(Arc::new(MemoryDisk::new()), options, rules, NOW).expect("a store in memory")
    }

    fn shared() -> Arc<IngestShared> {
        let settings = CarbonSettings::default();
        let loaded = Loaded::read(&settings).expect("no file");
        Arc::new(IngestShared {
            tls: Arc::new(TlsGate::new(Certificates::default(), Arc::default())),
            clock: Clock::Fixed(NOW),
            settings: Arc::new(LiveSettings::of(&Config::default())),
            counters: Arc::default(),
            refused: Arc::default(),
            carbon_rules: Arc::new(CarbonShared::new(loaded, &settings, Clock::Fixed(NOW), Arc::default())),
            health: Health::new(),
            rule_arrivals: Arc::default(),
        })
    }

    #[test]
    fn a_point_whose_series_is_deleted_on_its_way_is_stored_anew_or_refused_with_its_text() {
        let (engine, shared, peer) = (store(), shared(), SocketAddr::from(([127, 0, 0, 1], 4000)));
        let mut intake = Intake::new(engine.writer(), shared.clone());
        let line = format!("a.b 1.5 {NOW}");
        for is_place_taken in [false, true] {
            let mut batch = intake.begin(ListenerKind::Plaintext, peer);
            batch.take_line(line.as_bytes());
            batch.accept();
            engine.delete(&Glob::parse("a.b").expect("a glob"), false).expect("a delete");
            if is_place_taken {
                let mut other = engine.writer();
                other.push("other", 1.0, NOW, NOW).expect("a free place");
                other.commit().expect("a commit");
            }
            assert_eq!(batch.commit(), Ok(()));
            let received = shared.counters.listener(ListenerKind::Plaintext).points_received.get();
            assert_eq!(received, 1, "the second one finds no place");
        }
        let report = shared.refused.report();
        assert_eq!((report.len(), report[0].reason, report[0].count), (1, "series_limit", 1));
        let kept = &report[0].recent[0];
        assert_eq!((kept.text.as_str(), kept.peer.as_str()), (line.as_str(), "127.0.0.1:4000"));
        assert!(kept.error.ends_with("rule all, all series: at most 1"), "{}", kept.error);
    }
}
