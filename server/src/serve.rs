//! `plumbago serve`, from its configuration to its end.
//!
//! The order matters: the store is opened before anything is bound, so that a second server on the same directory
//! says so and nothing else; listeners take points only when the store does. A stop runs backwards: no new
//! connections, what was sent is stored, the background thread ends, the store is closed.

use crate::alarms::{Alarms, AlertingError, Desk, RunningAlarms};
use crate::background::Background;
use crate::carbon_rules::{Aggregation, AggregationParts, CarbonShared, Loaded};
use crate::cli::ServeArgs;
use crate::clock::Clock;
use crate::config::{Config, ListenAddress, LoadError};
use crate::events::{EventStore, StoreError};
use crate::health::Health;
use crate::http::{self, Access, AccessError, App, Places};
use crate::ingest::{Ingest, IngestShared, ListenerKind, RefusedLog};
use crate::listen::{BindError, Sockets};
use crate::live::LiveSettings;
use crate::metrics::Counters;
use crate::own_series::{Order, OwnSeries};
use crate::reload::Reload;
use crate::rule_runner::{
    BatchNotes, LoadedRules, RuleBoard, RuleOrder, RuleRunner, RuleSurroundings, RulesError, Watched,
    at_start,
};
use crate::rules::{IncompleteRules, ServedRules};
use crate::self_metrics::Readings;
use crate::tls::{Certificates, TlsError, TlsGate};
use parking_lot::Mutex;
use plumbago_engine::{DirectoryLock, Engine, Options, RealDisk};
use plumbago_protocol::Refusal;
use plumbago_query::Helpers;
use std::fmt;
use std::future::Future;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// Threads that move bytes of HTTP; queries run on threads of their own.
const HTTP_THREADS: usize = 2;

/// Why the server did not start, or ended badly.
#[derive(Debug)]
pub(crate) enum ServeError {
    /// The configuration.
    Config(LoadError),
    /// A token.
    Access(AccessError),
    /// A certificate or a key.
    Tls(TlsError),
    /// A rule file.
    Rules(crate::carbon::RulesError),
    /// A file of rules for derived metrics and events.
    RuleFiles(RulesError),
    /// The alerting file.
    Alerting(AlertingError),
    /// Rule files of which a part cannot be used; only a reload minds.
    IncompleteRules(IncompleteRules),
    /// The store.
    Store(plumbago_engine::Error),
    /// The store of events.
    Events(StoreError),
    /// An address.
    Bind(BindError),
    /// A thread or a signal handler.
    System(io::Error),
    /// Points were refused since this happened; what was counted as received is stored.
    Latched(String),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServeError::Config(error) => write!(f, "{error}"),
            ServeError::Access(error) => write!(f, "{error}"),
            ServeError::Tls(error) => write!(f, "{error}"),
            ServeError::Rules(error) => write!(f, "{error}"),
            ServeError::RuleFiles(error) => write!(f, "{error}"),
            ServeError::Alerting(error) => write!(f, "{error}"),
            ServeError::IncompleteRules(error) => write!(f, "{error}"),
            ServeError::Store(error) => write!(f, "{error}"),
            ServeError::Events(error) => write!(f, "{error}"),
            ServeError::Bind(error) => write!(f, "{error}"),
            ServeError::System(error) => {
                write!(f, "the system refuses a thread or a signal handler: {error}")
            }
            ServeError::Latched(reason) => write!(f, "stopped after a failure: {reason}"),
        }
    }
}

impl std::error::Error for ServeError {}

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// Whatever keeps the server from starting, or kept it from storing points.
pub(crate) fn serve(args: &ServeArgs) -> Result<(), ServeError> {
    let config = args.load().map_err(ServeError::Config)?;
    let log = crate::log::start(config.log.level);
    crate::file_limit::raise();
    let clock = Clock::from(args.clock);
    let rules = ServedRules::load(&config.storage).map_err(ServeError::Rules)?;
    let counters = Arc::new(Counters::default());
    let access = Arc::new(Access::new(&config, counters.clone()).map_err(ServeError::Access)?);
    let certificates = Certificates::load(&config.tls).map_err(ServeError::Tls)?;
    let tls = Arc::new(TlsGate::new(certificates, counters.clone()));
    note_skipped(&rules, &counters);
    let loaded = Loaded::read(&config.carbon_rules).map_err(ServeError::Rules)?;
    let carbon_rules = Arc::new(CarbonShared::new(loaded, &config.carbon_rules, clock, counters.clone()));
    // Held until the process ends, after the store was closed.
    let _lock = DirectoryLock::acquire(&config.data_dir).map_err(ServeError::Store)?;
    let engine = open_engine(&config, rules, clock)?;
    let events = Arc::new(open_events(&config, &engine, clock)?);
    let first_rules = at_start(&config.rules, &config.data_dir).map_err(ServeError::RuleFiles)?;
    let alarms = Alarms::open(&config, &events, clock)?;
    let runtime = http_runtime().map_err(ServeError::System)?;
    runtime.block_on(async {
        let mut sockets = Sockets::bind(&config.listen).map_err(ServeError::Bind)?;
        sockets.addresses.is_http_sealed = config.tls.listeners.http;
        let settings = Arc::new(LiveSettings::of(&config));
        let (own_series, orders) = channel();
        let (rule_orders, rules_received) = channel();
        let reload = Arc::new(Reload {
            args: args.clone(),
            config: Mutex::new(config.clone()),
            engine: engine.clone(),
            clock,
            counters: counters.clone(),
            settings: settings.clone(),
            access,
            tls,
            carbon_rules: carbon_rules.clone(),
            own_series: own_series.clone(),
            desk: alarms.desk.clone(),
            rules: rule_orders.clone(),
            log,
        });
        let reloading = reload.clone();
        // Its outcome is logged.
        let stop = crate::signals::until_stop(move || drop(reloading.run())).map_err(ServeError::System)?;
        let board = Arc::new(RuleBoard::with_faults(alarms.faults.clone()));
        let rules = FirstRules { loaded: first_rules, orders: (rule_orders, rules_received), board };
        let server = Server { config, clock, engine, events, counters, settings, carbon_rules, reload };
        server.run(sockets, (own_series, orders), (rules, alarms), stop, &mut io::stdout()).await
    })
}

fn open_engine(config: &Config, rules: ServedRules, clock: Clock) -> Result<Arc<Engine>, ServeError> {
    let options = Options {
        hot_bytes_max: config.storage.hot_bytes,
        wal_bytes_max: config.storage.wal_bytes,
        future_secs_max: config.ingest.future_secs_max,
        is_clock_trusted: clock.is_fixed(),
        cardinality: config.cardinality.clone(),
        ..Options::default()
    };
    let engine =
        Engine::open(Arc::new(RealDisk::new(&config.data_dir)), options, Arc::new(rules), clock.now())
            .map_err(ServeError::Store)?;
    crate::background::log_findings(&engine);
    Ok(Arc::new(engine))
}

fn open_events(config: &Config, engine: &Arc<Engine>, clock: Clock) -> Result<EventStore, ServeError> {
    let engine = engine.clone();
    // A clock that leaps ahead removes events no sooner than points.
    let now = move || clock.now().saturating_sub(engine.stats().clock_ahead_secs.max(0));
    EventStore::open(&config.data_dir, now).map_err(ServeError::Events)
}

/// As carbon does, a start goes on without the sections that are wrong; but it says so loudly, for they decide over how
/// long data is kept.
fn note_skipped(rules: &ServedRules, counters: &Counters) {
    for warning in rules.skipped() {
        tracing::error!("{warning}");
    }
    counters.rule_sections_skipped.set(i64::try_from(rules.skipped().len()).unwrap_or(i64::MAX));
}

fn http_runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(HTTP_THREADS)
        .thread_name("http")
        .enable_all()
        .build()
}

/// A server that has its store but no sockets yet.
struct Server {
    config: Config,
    clock: Clock,
    engine: Arc<Engine>,
    events: Arc<EventStore>,
    counters: Arc<Counters>,
    settings: Arc<LiveSettings>,
    carbon_rules: Arc<CarbonShared>,
    reload: Arc<Reload>,
}

/// What the rules' thread is started with.
struct FirstRules {
    loaded: LoadedRules,
    orders: (Sender<RuleOrder>, Receiver<RuleOrder>),
    board: Arc<RuleBoard>,
}

impl Server {
    /// Serves on `sockets` until `stop` ends, then stores what was received and closes the store.
    async fn run(
        self,
        sockets: Sockets,
        orders: (Sender<Order>, Receiver<Order>),
        (rules, alarms): (FirstRules, Alarms),
        stop: impl Future<Output = ()>,
        out: &mut dyn Write,
    ) -> Result<(), ServeError> {
        let started = Instant::now();
        let health = Health::new();
        let shared = Arc::new(IngestShared {
            clock: self.clock,
            settings: self.settings.clone(),
            counters: self.counters.clone(),
            refused: Arc::new(RefusedLog::default()),
            carbon_rules: self.carbon_rules.clone(),
            tls: self.reload.tls.clone(),
            health: health.clone(),
            rule_arrivals: Arc::default(),
        });
        let desk = alarms.desk.clone();
        let alarms = alarms
            .start(&self.settings, (&self.engine, &self.events), &rules.board)
            .map_err(ServeError::System)?;
        let app = Arc::new(self.app(&shared, (&rules.board, &alarms), &sockets, started));
        let background =
            Background::start(&self.engine, self.clock, self.config.storage.sync_interval, &health)
                .map_err(ServeError::System)?;
        if rules.loaded.set.groups.iter().any(|group| !group.rules.is_empty()) {
            // An earlier run may have evaluated every slot up to now: what comes for them is late.
            let now = self.clock.now();
            let oldest = now.saturating_sub(self.config.rules.late_secs);
            shared.rule_arrivals.watch(Watched::of(&rules.loaded.set));
            shared.rule_arrivals.close(oldest, now, Duration::ZERO);
        }
        let aggregation = self.start_aggregation(&shared).map_err(ServeError::System)?;
        let ingest = Ingest::start(&self.engine, sockets.ingest, &shared).map_err(ServeError::System)?;
        let snapshot = readings(app.clone());
        let notes = BatchNotes::new(shared.rule_arrivals.clone());
        let readings = (snapshot, desk.canary().clone(), notes);
        let own = OwnSeries::start(&self.config, &self.engine, self.clock, health.clone(), readings, orders)
            .map_err(ServeError::System)?;
        let rules = self.start_rules(&shared, rules, desk).map_err(ServeError::System)?;
        let http = match sockets.http {
            Some(listener) => {
                let listener = tokio::net::TcpListener::from_std(listener).map_err(ServeError::System)?;
                Some(tokio::spawn(http::serve(listener, app)))
            }
            None => None,
        };
        health.set_ready();
        announce(out, &self.config, &sockets.addresses);
        stop.await;
        tracing::info!("stopping: what was received is being stored");
        health.set_stopping();
        ingest.finish().await;
        if let Some(http) = http {
            // A panic of the accept loop ends HTTP, nothing else.
            let _ = http.await;
        }
        tokio::task::spawn_blocking(move || {
            self.close(own, aggregation, (rules, alarms), background, &health)
        })
        .await
        .unwrap_or_else(|error| Err(ServeError::Latched(error.to_string())))
    }

    /// Since when points are listened for, in seconds since the epoch; `i64::MAX`: they are not.
    fn listening_since_secs(&self) -> i64 {
        let listen = &self.config.listen;
        let is_open =
            [listen.plaintext, listen.pickle, listen.udp].iter().any(|one| *one != ListenAddress::Off);
        if is_open { self.clock.now() } else { i64::MAX }
    }

    fn start_rules(
        &self,
        shared: &IngestShared,
        first: FirstRules,
        desk: Arc<Desk>,
    ) -> io::Result<RuleRunner> {
        let FirstRules { loaded, orders, board } = first;
        let surroundings = RuleSurroundings {
            engine: self.engine.clone(),
            events: self.events.clone(),
            desk,
            clock: self.clock,
            health: shared.health.clone(),
            counters: self.counters.clone(),
            refused: shared.refused.clone(),
            arrivals: shared.rule_arrivals.clone(),
            board,
            listening_since_secs: self.listening_since_secs(),
            data_dir: self.config.data_dir.clone(),
        };
        RuleRunner::start(surroundings, (loaded, self.config.rules.clone()), orders)
    }

    fn app(
        &self,
        shared: &IngestShared,
        (rules, alarms): (&Arc<RuleBoard>, &RunningAlarms),
        sockets: &Sockets,
        started: Instant,
    ) -> App {
        let reload = self.reload.clone();
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        App {
            engine: self.engine.clone(),
            events: self.events.clone(),
            clock: self.clock,
            health: shared.health.clone(),
            counters: shared.counters.clone(),
            refused: shared.refused.clone(),
            carbon_rules: self.carbon_rules.clone(),
            settings: self.settings.clone(),
            rules: rules.clone(),
            alarms: alarms.desk.clone(),
            picture_key: alarms.picture_key.clone(),
            reload: Box::new(move || reload.run()),
            access: self.reload.access.clone(),
            tls: shared.tls.clone(),
            places: Places::new(self.config.query.running_max, self.counters.clone()),
            // Every query has a thread of its own besides.
            query_helpers: Arc::new(Helpers::new(processors - 1)),
            host: self.config.host_name.clone().unwrap_or_else(crate::host_metrics::host_name),
            addresses: sockets.addresses,
            started,
        }
    }

    /// Before any point is taken: buckets that were saved are opened again first.
    fn start_aggregation(&self, shared: &IngestShared) -> io::Result<Aggregation> {
        Aggregation::start(AggregationParts {
            shared: &self.carbon_rules,
            engine: &self.engine,
            data_dir: &self.config.data_dir,
            settings: self.settings.clone(),
            counters: self.counters.clone(),
            refused: shared.refused.clone(),
            health: shared.health.clone(),
            notes: BatchNotes::new(shared.rule_arrivals.clone()),
        })
    }

    fn close(
        self,
        own: Option<OwnSeries>,
        aggregation: Aggregation,
        (rules, alarms): (RuleRunner, RunningAlarms),
        background: Background,
        health: &Health,
    ) -> Result<(), ServeError> {
        aggregation.stop();
        if let Some(own) = own {
            own.stop();
        }
        rules.stop();
        alarms.stop();
        background.stop();
        self.events.close();
        let closed = self.engine.close(self.clock.now());
        if let Some(reason) = health.latch_reason() {
            return Err(ServeError::Latched(reason.to_string()));
        }
        match closed {
            // What was counted is in the log; the next start goes on from there.
            Err(error) if error.is_disk_full() => {
                tracing::warn!("stopped while the disk is full, the log stays for the next start: {error}");
            }
            closed => {
                closed.map_err(ServeError::Store)?;
                tracing::info!("stopped");
            }
        }
        Ok(())
    }
}

/// Says what listens where, for people and for programs that started the server with port 0.
fn announce(out: &mut dyn Write, config: &Config, addresses: &crate::listen::Addresses) {
    let version = env!("CARGO_PKG_VERSION");
    let data_dir = config.data_dir.display();
    // Nobody reading this is no reason not to serve.
    let _ = writeln!(out, "plumbago {version}\n{:<14} {data_dir}\n{addresses}\nready", "data");
    let _ = out.flush();
}

fn readings(app: Arc<App>) -> crate::own_series::TakeReadings {
    Box::new(move || {
        let mut readings = Readings { uptime: app.started.elapsed(), ..Readings::default() };
        for kind in ListenerKind::ALL {
            let counters = app.counters.listener(kind);
            readings.points_received += counters.points_received.get();
            readings.points_committed += counters.points_received.get();
            readings.series_created += counters.series_created.get();
            readings.commits += counters.commits.get();
            readings.commit_time += Duration::from_nanos(counters.commit_nanoseconds.get());
            readings.active_connections += u64::try_from(counters.connections_open.get()).unwrap_or(0);
        }
        for (_, reason, count) in app.refused.counts() {
            readings.points_refused += count;
            if [Refusal::SeriesLimit, Refusal::NewSeriesRate].iter().any(|limit| reason == limit.name()) {
                readings.series_create_refused += count;
            }
        }
        readings.queries = app.counters.requests().iter().map(|(_, _, counts)| counts.requests).sum();
        let stats = app.engine.stats();
        readings.series = stats.series;
        readings.hot_points = stats.hot_points;
        readings.hot_series = app.engine.hot_series();
        readings.process = crate::host_metrics::process_use();
        readings
    })
}
