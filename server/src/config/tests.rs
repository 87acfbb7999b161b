//! Behaviour of the whole file: defaults, the documented example, and every kind of fault with its place.

use jiff::tz::TimeZone;
use std::time::Duration;

use super::*;

const EXAMPLE: &str = include_str!("../../config.example.toml");

fn parse(text: &str) -> Result<Config, Vec<ConfigError>> {
    Config::parse(text, Path::new("p.toml"))
}

/// What a person reads about the only fault of `text`.
fn fault(text: &str) -> String {
    let errors = parse(text).expect_err(text);
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn an_empty_file_gives_the_defaults() {
    assert_eq!(parse(""), Ok(Config::default()));
    assert_eq!(parse("[listen]\n[log]\n"), Ok(Config::default()));
}

#[test]
fn the_example_holds_the_defaults() {
    assert_eq!(parse(EXAMPLE), Ok(Config::default()));
}

#[test]
fn the_example_sets_and_describes_every_key() {
    let mut section = "";
    let mut described = false;
    let mut found = Vec::new();
    for line in EXAMPLE.lines() {
        if let Some(header) = line.strip_prefix('[') {
            section = header.trim_end_matches(']');
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            assert!(described, "nothing is said about `{key}`");
            found.push((section, key));
        }
        described = line.starts_with('#');
    }
    assert_eq!(found, Config::keys());
}

#[test]
fn every_key_is_heard() {
    let text = r#"
        data_dir = "/var/lib/plumbago"
        host_name = "web01"
        [listen]
        plaintext = "0.0.0.0:12003"
        udp = "off"
        pickle = "[::1]:12004"
        http = "8081"
        [ingest]
        connections_max = 5
        idle_timeout_secs = 0
        line_bytes_max = 1_000
        frame_bytes_max = "2MiB"
        future_secs_max = 7
        [cardinality]
        series_max = 1000
        new_series_per_sec_max = 0
        burst_secs = 60
        rules = [{ name = "each app", prefix = "apps.*", new_series_per_sec_max = 5 }]
        [storage]
        sync_interval_ms = 100
        hot_bytes = "64 MiB"
        wal_bytes = 0x4000000
        schemas_file = "/etc/carbon/storage-schemas.conf"
        aggregation_file = "storage-aggregation.conf"
        [carbon_rules]
        aggregation_rules_file = "aggregation-rules.conf"
        rewrite_rules_file = "/etc/carbon/rewrite-rules.conf"
        blacklist_file = "blacklist.conf"
        whitelist_file = "whitelist.conf"
        use_whitelist = false
        forward_all = false
        max_aggregation_intervals = 3
        write_back_secs = 15
        [query]
        series_max = 10
        points_max = 1000
        memory_max = "64MiB"
        running_max = 3
        waiting_max = 0
        timeout_secs = 3
        time_zone = "Europe/Vienna"
        [host_metrics]
        enabled = false
        interval_secs = 1
        prefix = "machines.all"
        [rules]
        folder = "/etc/plumbago/rules"
        builtin = false
        late = "30m"
        catch_up = "2d"
        external_url = "https://metrics.example.com/"
        [alerting]
        file = "alerting.yml"
        allow_exec = true
        pictures = false
        picture_expiry = "12h"
        [canary]
        receiver = "probe"
        interval_secs = 30
        [self_metrics]
        enabled = false
        interval_secs = 10
        prefix = "own"
        [log]
        level = "debug"
        access = true
        slow_query_ms = 0
    "#;
    let address = |text: &str| text.parse().expect("an address");
    let expected = Config {
        data_dir: PathBuf::from("/var/lib/plumbago"),
        host_name: Some("web01".to_owned()),
        listen: Listen {
            plaintext: address("0.0.0.0:12003"),
            udp: ListenAddress::Off,
            pickle: address("[::1]:12004"),
            http: address("127.0.0.1:8081"),
        },
        ingest: Ingest {
            connections_max: 5,
            idle_timeout: None,
            line_bytes_max: 1_000,
            frame_bytes_max: 2 << 20,
            future_secs_max: 7,
        },
        cardinality: CardinalityLimits {
            rules: vec![
                plumbago_engine::CardinalityRule {
                    name: "all".to_owned(),
                    prefix: plumbago_engine::PrefixPattern::everything(),
                    series_max: Some(1000),
                    new_series_per_sec_max: None,
                },
                plumbago_engine::CardinalityRule {
                    name: "each app".to_owned(),
                    prefix: plumbago_engine::PrefixPattern::parse("apps.*").expect("a prefix"),
                    series_max: None,
                    new_series_per_sec_max: Some(5),
                },
            ],
            burst_secs: 60,
        },
        storage: Storage {
            sync_interval: Duration::from_millis(100),
            hot_bytes: 64 << 20,
            wal_bytes: 64 << 20,
            schemas_file: Some(PathBuf::from("/etc/carbon/storage-schemas.conf")),
            aggregation_file: Some(PathBuf::from("etc/storage-aggregation.conf")),
        },
        carbon_rules: CarbonSettings {
            aggregation_rules_file: Some(PathBuf::from("etc/aggregation-rules.conf")),
            rewrite_rules_file: Some(PathBuf::from("/etc/carbon/rewrite-rules.conf")),
            blacklist_file: Some(PathBuf::from("etc/blacklist.conf")),
            whitelist_file: Some(PathBuf::from("etc/whitelist.conf")),
            use_whitelist: false,
            forward_all: false,
            aggregator: plumbago_rules::carbon::AggregatorSettings {
                intervals_max: 3,
                write_back_secs: Some(15),
            },
        },
        query: QueryLimits {
            series_max: 10,
            points_max: 1_000,
            memory_max: 64 << 20,
            running_max: Some(3),
            waiting_max: 0,
            timeout: Duration::from_secs(3),
            time_zone: TimeZone::get("Europe/Vienna").expect("a time zone"),
        },
        rules: Rules {
            folder: Some(PathBuf::from("/etc/plumbago/rules")),
            builtin: false,
            late_secs: 1800,
            catch_up_secs: 172_800,
            external_url: "https://metrics.example.com".to_owned(),
            has_canary: false,
            is_strict: false,
        },
        alerting: AlertingSettings {
            file: Some(PathBuf::from("etc/alerting.yml")),
            allow_exec: true,
            pictures: MessagePictures { are_on: false, expiry_secs: 43_200 },
        },
        canary: Canary { receiver: Some("probe".to_owned()), interval: Duration::from_secs(30) },
        host_metrics: OwnMetrics {
            enabled: false,
            interval: Duration::from_secs(1),
            prefix: "machines.all".to_owned(),
        },
        self_metrics: OwnMetrics {
            enabled: false,
            interval: Duration::from_secs(10),
            prefix: "own".to_owned(),
        },
        log: Log { level: LogLevel::Debug, access: true, slow_query: None },
        ..Config::default()
    };
    assert_eq!(Config::parse(text, Path::new("etc/p.toml")), Ok(expected));
}

#[test]
fn unknown_keys_are_named_with_their_place_and_the_nearest() {
    for (text, expected) in [
        ("data_dri = 1", "p.toml:1:1: there is no key `data_dri` at the top; the nearest is `data_dir`"),
        ("[listen]\n\n  htpp = 1", "p.toml:3:3: there is no key `htpp` in [listen]; the nearest is `http`"),
        ("[strage]", "p.toml:1:2: there is no section [strage]; the nearest is [storage]"),
        ("pickle = 1", "p.toml:1:1: there is no key `pickle` at the top; it belongs in [listen]"),
        ("[log]\ndata_dir = 1", "p.toml:2:1: there is no key `data_dir` in [log]; it belongs at the top"),
        ("log.levle = 1", "p.toml:1:5: there is no key `levle` in [log]; the nearest is `level`"),
        ("[log.x]", "p.toml:1:6: there is no key `x` in [log]; the nearest is `level`"),
    ] {
        assert_eq!(fault(text), expected);
    }
}

#[test]
fn wrong_values_are_named_with_their_place_and_what_is_expected() {
    for (text, expected) in [
        ("data_dir = 3", "p.toml:1:12: `data_dir` at the top must be a path in quotes, not 3"),
        ("log = 3", "p.toml:1:7: `log` at the top must be a section, written [log], not 3"),
        (
            "[listen]\nudp = \"example.org:1\"",
            "p.toml:2:7: `udp` in [listen] must be an address such as \"127.0.0.1:2003\", or \"off\", \
             not \"example.org:1\"",
        ),
        (
            "[query]\ntimeout_secs = -1",
            "p.toml:2:16: `timeout_secs` in [query] must be a whole number from 1 to 3600, not -1",
        ),
        (
            "[self_metrics]\ninterval_secs = 99999999999999999999",
            "p.toml:2:17: `interval_secs` in [self_metrics] must be a whole number from 1 to 3600, \
             not 99999999999999999999",
        ),
        (
            "[storage]\nhot_bytes = \"1.5GiB\"",
            "p.toml:2:13: `hot_bytes` in [storage] must be a number of bytes, or a string such as \"64MiB\", \
             from 1048576 to 1099511627776 bytes, not \"1.5GiB\"",
        ),
        (
            "[self_metrics]\nprefix = \"a..b\"",
            "p.toml:2:10: `prefix` in [self_metrics] must be a metric path in quotes, such as \
             \"carbon.agents\", not \"a..b\"",
        ),
        (
            "[host_metrics]\nenabled = 1",
            "p.toml:2:11: `enabled` in [host_metrics] must be true or false, not 1",
        ),
        (
            "host_name = \"a.b\"",
            "p.toml:1:13: `host_name` at the top must be a name in quotes, without dots, spaces or wildcards, \
             not \"a.b\"",
        ),
        (
            "[query]\ntime_zone = \"Mars/Olympus\"",
            "p.toml:2:13: `time_zone` in [query] must be the name of a time zone in quotes, such as \
             \"Europe/Vienna\", not \"Mars/Olympus\"",
        ),
    ] {
        assert_eq!(fault(text), expected);
    }
}

#[test]
fn all_faults_come_at_once_in_order() {
    let errors = parse("[log]\nlevel = 1\nlvl = 2\n[query]\nseries_max = 0\n").expect_err("three faults");
    let places: Vec<_> = errors.iter().map(|error| (error.line, error.column)).collect();
    assert_eq!(places, [(2, 9), (3, 1), (5, 14)]);
}

#[test]
fn syntax_faults_have_a_place() {
    for (text, place) in [("[log\n", "p.toml:1:5: "), ("a = ", "p.toml:1:"), ("x = 1\nx = 2", "p.toml:2:1: ")]
    {
        let errors = parse(text).expect_err(text);
        let first = errors.iter().map(ToString::to_string).next().expect("a fault");
        assert!(first.starts_with(place), "{first}");
        assert!(!first.contains('\n'), "{first}");
    }
}

#[test]
fn columns_count_characters() {
    assert!(fault("log = { level = \"é\" }").starts_with("p.toml:1:17: "));
    let errors = parse("log = { \"é\" = 1, x = 2 }").expect_err("two faults");
    assert_eq!(errors.iter().map(|error| error.column).collect::<Vec<_>>(), [9, 18]);
}

#[test]
fn every_beginning_of_a_file_gives_settings_or_faults_inside_it() {
    let line_count = EXAMPLE.lines().count();
    for end in 0..EXAMPLE.len() {
        let Some(beginning) = EXAMPLE.get(..end) else { continue };
        if let Err(errors) = parse(beginning) {
            assert!(!errors.is_empty());
            assert!(errors.iter().all(|error| (1..=line_count).contains(&error.line)), "{errors:?}");
        }
    }
}

#[test]
fn long_values_are_shortened() {
    assert!(fault("data_dir = [\n1,\n2]").ends_with(", not […"));
    let long = format!("log = \"{}\"", "x".repeat(1_000));
    assert!(fault(&long).ends_with(&format!(", not \"{}…", "x".repeat(59))));
}

#[test]
fn a_missing_file_is_named() {
    let error = Config::load(Path::new("/nonexistent/p.toml")).expect_err("no such file");
    assert!(error.to_string().starts_with("/nonexistent/p.toml: cannot be read: "), "{error}");
}
