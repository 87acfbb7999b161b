//! An `App` over a store in memory, for tests of handlers without sockets.

use super::App;
use super::access::Access;
use super::call::Call;
use super::params::Params;
use super::places::Places;
use crate::alarms::{Desk, PictureKey};
use crate::carbon_rules::{CarbonShared, Loaded};
use crate::clock::Clock;
use crate::config::{CarbonSettings, Config, Storage};
use crate::events::EventStore;
use crate::health::Health;
use crate::listen::Addresses;
use crate::live::LiveSettings;
use crate::rules::ServedRules;
use crate::tls::{Certificates, TlsGate};
use plumbago_alerting::Alerting;
use plumbago_engine::{Engine, MemoryDisk, Options};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Instant;

/// The present of every test.
pub(super) const NOW: i64 = 1_710_504_000;

/// A ready server with an empty store.
pub(super) fn app() -> Arc<App> {
    let rules = Arc::new(ServedRules::load(&Storage::default()).expect("built-in rules"));
    let engine =
        Engine::open(Arc::new(MemoryDisk::new()), Options::default(), rules, NOW).expect("a store in memory");
    let health = Health::new();
    health.set_ready();
    // Its folder goes at the end of this function: these handlers ask the store of events for nothing but its numbers.
    let folder = tempfile::tempdir().expect("a folder");
    let events = EventStore::open(folder.path(), || NOW).expect("a store of events");
    let events = Arc::new(events);
    let nobody = Arc::new(Alerting::nobody());
    let desk = Desk::open(events.clone(), Clock::Fixed(NOW), nobody, channel().0).expect("no alarms");
    let desk = Arc::new(desk);
    let settings = CarbonSettings::default();
    let loaded = Loaded::read(&settings).expect("no file");
    let carbon_rules = CarbonShared::new(loaded, &settings, Clock::Fixed(NOW), Arc::default());
    Arc::new(App {
        events,
        alarms: desk,
        picture_key: PictureKey::open(folder.path()).ok().map(Arc::new),
        engine: Arc::new(engine),
        clock: Clock::Fixed(NOW),
        health,
        counters: Arc::default(),
        refused: Arc::default(),
        carbon_rules: Arc::new(carbon_rules),
        settings: Arc::new(LiveSettings::of(&Config::default())),
        rules: Arc::default(),
        reload: Box::new(|| Ok("reloaded".to_owned())),
        access: Arc::new(Access::new(&Config::default(), Arc::default()).expect("no tokens")),
        tls: Arc::new(TlsGate::new(Certificates::default(), Arc::default())),
        places: Places::new(Some(1), Arc::default()),
        query_helpers: Arc::default(),
        host: "test".to_owned(),
        addresses: Addresses::default(),
        started: Instant::now(),
    })
}

/// A request from this machine with these parameters.
pub(super) fn call(path: &str, query: &str) -> Call {
    let mut headers = hyper::HeaderMap::new();
    headers.insert(hyper::header::HOST, hyper::header::HeaderValue::from_static("localhost"));
    Call::new(path.to_owned(), Params::parse(query, b"").expect("a query"), headers)
}
