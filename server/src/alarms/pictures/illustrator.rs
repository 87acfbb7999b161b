//! The graph of a message, for those who send it: bytes for a mail, an address for everybody else.
//!
//! Invariant: asking takes a few seconds at most and never fails: where a graph cannot be drawn in time, that is logged and
//! counted, and the message goes without. One graph is drawn at a time, so that a storm of alarms leaves processors to
//! those who look into it; a message that is tried again, and the next receiver of the same, get what was drawn before.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use plumbago_alerting::{AlarmGraph, Integration, Message, Picture};
use plumbago_engine::Engine;
use plumbago_pictures::Format;
use plumbago_query::Cancel;
use tokio::sync::Semaphore;

use super::super::counters::AlarmCounters;
use super::address::signed_address;
use super::drawing::{Means, draw};
use super::key::PictureKey;
use crate::events::EventStore;
use crate::live::LiveSettings;
use crate::source::EngineSource;

/// How long a mail waits for its picture.
const PATIENCE: Duration = Duration::from_secs(5);
/// Pictures that are kept, some tens of kilobytes each.
const DRAWN_KEPT_MAX: usize = 16;

/// What draws and signs.
pub(crate) struct Illustrator {
    engine: Arc<Engine>,
    events: Arc<EventStore>,
    settings: Arc<LiveSettings>,
    key: Option<Arc<PictureKey>>,
    place: Arc<Semaphore>,
    patience: Duration,
    /// The pictures that were drawn last, for those who are told next, and for who is told again.
    drawn: Mutex<VecDeque<(AlarmGraph, Vec<u8>)>>,
}

/// Why a mail has no picture.
enum Lack {
    /// It cannot be drawn.
    Failed(String),
    /// It was not ready in time.
    Late,
}

impl Illustrator {
    /// One that draws from this store. Without a key there are no addresses.
    pub(crate) fn new(
        engine: Arc<Engine>,
        events: Arc<EventStore>,
        settings: Arc<LiveSettings>,
        key: Option<Arc<PictureKey>>,
    ) -> Illustrator {
        let place = Arc::new(Semaphore::new(1));
        Illustrator { engine, events, settings, key, place, patience: PATIENCE, drawn: Mutex::default() }
    }

    /// The picture of a message in the form that an integration shows; `None`: it goes without.
    pub(crate) async fn picture(
        &self,
        message: &Message,
        integration: &Integration,
        now_ms: i64,
        counters: &AlarmCounters,
    ) -> Option<Picture> {
        let settings = *self.settings.message_pictures.get();
        let graph = AlarmGraph::of(message).filter(|_| settings.are_on)?;
        let expires_secs = now_ms.div_euclid(1000).saturating_add(settings.expiry_secs);
        let url = self.address(graph.clone(), expires_secs);
        if !integration.holds_pictures() {
            return Some(Picture { png: None, url });
        }
        let lack = match self.png(graph).await {
            Ok(png) => {
                counters.pictures_drawn.increment();
                return Some(Picture { png: Some(png), url });
            }
            Err(lack) => lack,
        };
        let (counter, reason) = match lack {
            Lack::Failed(reason) => (&counters.pictures_failed, reason),
            Lack::Late => {
                let seconds = self.patience.as_secs();
                (&counters.pictures_late, format!("it was not drawn within {seconds} s"))
            }
        };
        counter.increment();
        let (id, receiver) = (message.id.0, &message.to.receiver);
        tracing::warn!("message {id} to {receiver:?} goes without its picture: {reason}");
        Some(Picture { png: None, url })
    }

    fn address(&self, graph: AlarmGraph, expires_secs: i64) -> Option<String> {
        let external_url = self.settings.external_url.get();
        let key = self.key.as_ref().filter(|_| !external_url.is_empty())?;
        signed_address(key, &external_url, graph, expires_secs)
    }

    /// The picture of a graph, drawn now unless it is one of the last ones.
    async fn png(&self, graph: AlarmGraph) -> Result<Vec<u8>, Lack> {
        let kept = self.drawn.lock().iter().find(|(known, _)| *known == graph).map(|(_, png)| png.clone());
        if let Some(png) = kept {
            return Ok(png);
        }
        let png = self.draw(graph.clone()).await?;
        let mut drawn = self.drawn.lock();
        drawn.truncate(DRAWN_KEPT_MAX - 1);
        drawn.push_front((graph, png.clone()));
        Ok(png)
    }

    async fn draw(&self, graph: AlarmGraph) -> Result<Vec<u8>, Lack> {
        let cancel = Cancel::new();
        let means = Means::of(&self.settings.query.get(), cancel.clone(), Arc::default());
        let (engine, events, place) = (self.engine.clone(), self.events.clone(), self.place.clone());
        let drawn = async move {
            let place = place.acquire_owned().await.map_err(|error| Lack::Failed(error.to_string()))?;
            let drawing = tokio::task::spawn_blocking(move || {
                // Taken until the work ends, even when nobody waits for it any more.
                let _place = place;
                let source = EngineSource::new(&engine).with_events(&events);
                let picture = draw(&graph, &source, means).map_err(|error| error.to_string())?;
                picture.encode(Format::Png).map_err(|error| error.to_string())
            });
            drawing.await.map_err(|error| Lack::Failed(error.to_string()))?.map_err(Lack::Failed)
        };
        let outcome = tokio::time::timeout(self.patience, drawn).await;
        cancel.cancel();
        outcome.unwrap_or(Err(Lack::Late))
    }
}

#[cfg(test)]
mod tests {
    use super::super::address::read_address;
    use super::*;
    use crate::config::{Config, Storage};
    use crate::rules::ServedRules;
    use plumbago_alerting::{AlarmStatus, Context, Globals, Member, MessageId, Purpose, ReceiverPlace};
    use plumbago_engine::{MemoryDisk, Options};
    use plumbago_rules::yaml::{Faults, Fields, parse};
    use plumbago_rules::{Fingerprint, Labels};

    const NOW: i64 = 1_767_225_600;
    const MAIL: (&str, &str) =
        ("email_configs", "{to: a@b.example, from: c@d.example, smarthost: 'mail.example:25'}");
    const HOOK: (&str, &str) = ("webhook_configs", "{url: 'https://hooks.example/x'}");

    fn illustrator(settings: &str) -> Illustrator {
        let rules = Arc::new(ServedRules::load(&Storage::default()).expect("built-in rules"));
        let engine = Engine::open(Arc::new(MemoryDisk::new()), Options::default(), rules, NOW);
        let folder = tempfile::tempdir().expect("a folder");
        let events = EventStore::open(folder.path(), || NOW).expect("a store of events");
        let key = PictureKey::open(folder.path()).expect("a key");
        let config = Config::parse(settings, std::path::Path::new("p.toml")).expect("settings");
        let settings = Arc::new(LiveSettings::of(&config));
        Illustrator::new(Arc::new(engine.expect("a store")), Arc::new(events), settings, Some(Arc::new(key)))
    }

    fn integration((key, yaml): (&str, &str)) -> Integration {
        let mut faults = Faults::new("alerting.yml", yaml);
        let root = parse(yaml).expect("YAML").expect("a document");
        let fields = Fields::of(&root, key, &mut faults).expect("a mapping");
        let context = Context { globals: &Globals::default(), read_file: &|_| Err("none".to_owned()) };
        Integration::read(key, &fields, &context, &mut faults).expect("settings")
    }

    fn message(expression: &str) -> Message {
        let labels = Labels::from([("alertname".to_owned(), "High".to_owned())]);
        let alarm = Member {
            fingerprint: Fingerprint::of(&labels),
            status: AlarmStatus::Firing,
            labels: Arc::new(labels),
            annotations: Arc::default(),
            starts_at_ms: (NOW - 60) * 1000,
            ends_at_ms: None,
            value: Some(5.0),
            series: Some("5.0".into()),
            expression: expression.into(),
            bounds: Arc::default(),
        };
        Message {
            id: MessageId(1),
            to: ReceiverPlace { receiver: "ops".into(), integration: 0 },
            group_key: "{}".into(),
            group_labels: Arc::default(),
            purpose: Purpose::Group,
            alarms: vec![alarm],
            truncated: 0,
            decided_ms: NOW * 1000,
        }
    }

    /// The picture, and what was counted: drawn, failed, late.
    async fn asked(
        illustrator: &Illustrator,
        to: (&str, &str),
        expression: &str,
    ) -> (Option<Picture>, [u64; 3]) {
        let counters = AlarmCounters::default();
        let (message, integration) = (message(expression), integration(to));
        let picture = illustrator.picture(&message, &integration, NOW * 1000, &counters).await;
        let counts = [&counters.pictures_drawn, &counters.pictures_failed, &counters.pictures_late];
        (picture, counts.map(|counter| counter.get()))
    }

    const LINKED: &str = "[rules]\nexternal_url = 'https://p.example'\n";

    #[tokio::test]
    async fn a_mail_holds_its_picture_and_others_get_an_address() {
        let illustrator = illustrator(LINKED);
        let (picture, counts) = asked(&illustrator, MAIL, "constantLine(5)").await;
        assert!(picture.and_then(|picture| picture.png).is_some_and(|png| png.starts_with(b"\x89PNG")));
        assert_eq!(counts, [1, 0, 0]);
        let (picture, counts) = asked(&illustrator, HOOK, "constantLine(5)").await;
        let picture = picture.expect("a picture");
        assert_eq!((picture.png, counts), (None, [0, 0, 0]));
        assert!(picture.url.is_some_and(|url| url.starts_with("https://p.example/api/v1/pictures/")));
    }

    #[tokio::test]
    async fn without_an_external_url_or_a_key_there_is_no_address() {
        let (picture, _) = asked(&illustrator(""), HOOK, "constantLine(5)").await;
        assert_eq!(picture, Some(Picture::default()));
        let keyless = Illustrator { key: None, ..illustrator(LINKED) };
        assert_eq!(asked(&keyless, HOOK, "constantLine(5)").await.0, Some(Picture::default()));
        let off = illustrator(&format!("{LINKED}[alerting]\npictures = false"));
        assert_eq!(asked(&off, MAIL, "constantLine(5)").await, (None, [0, 0, 0]));
    }

    #[tokio::test]
    async fn what_cannot_be_drawn_is_counted_and_keeps_nothing_back() {
        for expression in
            ["constantLine(", "color(alias(constantLine(5),'5.0'),'nope')", "constantLine(6)", "a.*"]
        {
            let (picture, counts) = asked(&illustrator(""), MAIL, expression).await;
            assert_eq!((picture, counts), (Some(Picture::default()), [0, 1, 0]), "{expression}");
        }
    }

    #[tokio::test]
    async fn a_message_that_is_tried_again_shows_what_it_showed_at_first() {
        let illustrator = illustrator(LINKED);
        let (message, mail) = (message("constantLine(5)"), integration(MAIL));
        let graph = |picture: &Picture| {
            let url = picture.url.as_deref().expect("an address");
            let name = url.strip_prefix("https://p.example/api/v1/pictures/").expect(url);
            read_address(illustrator.key.as_ref().expect("a key"), name, NOW).expect("a graph")
        };
        let counters = AlarmCounters::default();
        let first = illustrator.picture(&message, &mail, NOW * 1000, &counters).await.expect("a picture");
        assert_eq!(graph(&first).range_secs.1, NOW, "it ends when the message was decided");
        for forgotten in [false, true] {
            if forgotten {
                illustrator.drawn.lock().clear();
            }
            let later_ms = (NOW + 7200) * 1000;
            let again = illustrator.picture(&message, &mail, later_ms, &counters).await.expect("a picture");
            assert_eq!(graph(&again), graph(&first));
            assert!(again.png == first.png, "another picture");
        }
        assert_eq!(illustrator.drawn.lock().len(), 1);
        for value in 0..2 * i64::try_from(DRAWN_KEPT_MAX).expect("few") {
            let graph = AlarmGraph { range_secs: (NOW - 600 - value, NOW), ..graph(&first) };
            assert!(illustrator.png(graph).await.is_ok());
        }
        assert_eq!(illustrator.drawn.lock().len(), DRAWN_KEPT_MAX);
    }

    #[tokio::test]
    async fn who_finds_no_place_in_time_goes_without() {
        let illustrator = Illustrator { patience: Duration::from_millis(1), ..illustrator("") };
        let place = illustrator.place.clone().acquire_owned().await.expect("the only place");
        let (picture, counts) = asked(&illustrator, MAIL, "constantLine(5)").await;
        assert_eq!((picture, counts), (Some(Picture::default()), [0, 0, 1]));
        drop(place);
    }
}
