//! Both files together: which policy a name gets and where it comes from.

use super::super::retention::points_of;
use super::*;

const SCHEMAS: &str = "\
[servers]
pattern = ^servers\\.
retentions = 10s:6h,60s:7d,10m:1y

[hourly]
pattern = ^seasonal\\.hourly\\.
retentions = 1h:2y
";

const AGGREGATIONS: &str = "\
[max]
pattern = \\.(max|p99)$
xFilesFactor = 0.1
aggregationMethod = max
";

fn rules(schemas: Option<&str>, aggregations: Option<&str>) -> Rules {
    let schemas = schemas.map(|text| RuleFile { file: Path::new("s.conf"), text });
    let aggregations = aggregations.map(|text| RuleFile { file: Path::new("a.conf"), text });
    Rules::parse(schemas, aggregations).0
}

fn origin(origin: Origin<'_>) -> String {
    match origin {
        Origin::BuiltIn => "built in".to_owned(),
        Origin::NoMatch => "no match".to_owned(),
        Origin::Section(selector) => {
            format!("[{}] {}:{}", selector.section, selector.file.display(), selector.line)
        }
    }
}

/// Pairs of step and points, method, factor, and both origins.
fn policy(rules: &Rules, name: &str) -> (Vec<(u32, u32)>, Aggregation, f32, String, String) {
    let choice = rules.policy_for(name);
    let archives = choice.archives.iter().map(|archive| (archive.step_secs, points_of(*archive))).collect();
    let (schema, aggregation) = (origin(choice.schema_origin), origin(choice.aggregation_origin));
    (archives, choice.aggregation, choice.x_files_factor, schema, aggregation)
}

#[test]
fn the_first_match_of_each_file_counts() {
    let rules = rules(Some(SCHEMAS), Some(AGGREGATIONS));
    assert_eq!(
        policy(&rules, "servers.web01.cpu.max"),
        (
            vec![(10, 2_160), (60, 10_080), (600, 52_560)],
            Aggregation::Max,
            0.1,
            "[servers] s.conf:1".to_owned(),
            "[max] a.conf:1".to_owned()
        )
    );
    let (archives, .., schema, aggregation) = policy(&rules, "seasonal.hourly.x");
    assert_eq!(
        (archives, schema.as_str(), aggregation.as_str()),
        (vec![(3_600, 17_520)], "[hourly] s.conf:5", "no match")
    );
}

#[test]
fn without_a_match_carbon_s_default_counts() {
    let rules = rules(Some(SCHEMAS), Some(AGGREGATIONS));
    let (archives, aggregation, factor, schema, origin) = policy(&rules, "Servers.web01.load");
    assert_eq!(archives, [(60, 10_080)]);
    assert_eq!((aggregation, factor), (Aggregation::Average, 0.5));
    assert_eq!((schema.as_str(), origin.as_str()), ("no match", "no match"));
}

#[test]
fn without_files_the_built_in_rules_count() {
    let (archives, aggregation, factor, schema, origin) = policy(&Rules::default(), "a.b");
    assert_eq!(archives, [(10, 8_640), (60, 43_200), (600, 262_800)]);
    assert_eq!((aggregation, factor), (Aggregation::Average, 0.5));
    assert_eq!((schema.as_str(), origin.as_str()), ("built in", "built in"));
}

#[test]
fn what_the_server_says_of_itself_once_a_minute_is_kept() {
    let (archives, ..) = policy(&Rules::default(), "carbon.agents.web01.metricsReceived");
    assert_eq!(archives, [(60, 129_600)]);
    let (archives, ..) = policy(&rules(Some(SCHEMAS), None), "carbon.agents.web01.metricsReceived");
    assert_eq!(archives, [(60, 10_080)], "a file decides alone");
}

#[test]
fn a_file_without_a_section_in_use_is_noticed() {
    assert!(!Rules::default().has_empty_file());
    assert!(!rules(Some(SCHEMAS), Some(AGGREGATIONS)).has_empty_file());
    assert!(rules(Some(""), None).has_empty_file());
    assert!(rules(Some("[a]\npattern = ([\nretentions = zz\n"), None).has_empty_file());
    assert!(rules(Some(SCHEMAS), Some("")).has_empty_file());
}

#[test]
fn the_built_in_archives_are_what_their_list_says() {
    let parsed = |list| super::super::retention::parse(list).map(|list| list.archives);
    assert_eq!(parsed("10s:1d, 1m:30d, 10m:5y").as_deref(), Ok(&BUILT_IN_ARCHIVES[..]));
    assert_eq!(parsed("60s:90d").as_deref(), Ok(&BUILT_IN_CARBON_ARCHIVES[..]));
    assert_eq!(parsed("60s:7d").as_deref(), Ok(&CARBON_DEFAULT_ARCHIVES[..]));
}

#[test]
fn the_fingerprint_follows_the_rules_and_nothing_else() {
    let whole = rules(Some(SCHEMAS), Some(AGGREGATIONS)).fingerprint();
    let commented = format!("# a comment\n\n{}", SCHEMAS.replace("[servers]", "[renamed]"));
    assert_eq!(rules(Some(&commented), Some(AGGREGATIONS)).fingerprint(), whole);
    let changed = [
        rules(None, None),
        rules(Some(""), None),
        rules(Some(SCHEMAS), None),
        rules(None, Some(AGGREGATIONS)),
        rules(Some(&SCHEMAS.replace("10s:6h", "10s:7h")), Some(AGGREGATIONS)),
        rules(Some(&SCHEMAS.replace("hourly", "daily")), Some(AGGREGATIONS)),
        rules(Some(SCHEMAS), Some(&AGGREGATIONS.replace("0.1", "0.2"))),
        rules(Some(SCHEMAS), Some(&AGGREGATIONS.replace("= max", "= last"))),
        rules(Some(SCHEMAS), Some(&AGGREGATIONS.replace("p99", "p95"))),
    ];
    let mut fingerprints: Vec<u64> = changed.iter().map(Rules::fingerprint).chain([whole]).collect();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), changed.len() + 1);
}

#[test]
fn the_fingerprint_is_the_same_in_every_release() {
    assert_eq!(rules(Some(SCHEMAS), Some(AGGREGATIONS)).fingerprint(), 1_413_898_636_532_197_052);
}

#[test]
fn a_search_that_gives_up_is_told() {
    let schemas =
        "[slow]\npattern = ^(?:(a|a)\\1?)+$\nretentions = 1m:1d\n[next]\npattern = a\nretentions = 1h:1y\n";
    let rules = rules(Some(schemas), None);
    let name = format!("{}b", "a".repeat(60));
    let choice = rules.policy_for(&name);
    assert_eq!(origin(choice.schema_origin), "[next] s.conf:4");
    assert_eq!(choice.gave_up.iter().map(|selector| selector.section.as_str()).collect::<Vec<_>>(), ["slow"]);
    assert!(rules.policy_for("b").gave_up.is_empty());
}

#[test]
fn files_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("storage-schemas.conf");
    std::fs::write(&file, b"# M\xfcnchen\n[a]\npattern = a\nretentions = 1m:1d\n").expect("written");
    let (rules, warnings) = Rules::load(Some(&file), None).expect("readable");
    assert_eq!(policy(&rules, "a").0, [(60, 1_440)]);
    let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert_eq!((warning.line, warning.file.as_path()), (1, file.as_path()));
    assert!(warning.message.contains("not UTF-8"), "{warning}");

    let missing = folder.path().join("none.conf");
    let error = Rules::load(None, Some(&missing)).expect_err("no such file");
    assert!(error.to_string().contains("none.conf: cannot be read: "), "{error}");
}

/// Joins random pieces that mean something to the readers; the same seed gives the same text.
fn random_text(seed: u64, pieces: &[&str]) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap_or(0)
    };
    let count = next() % 40;
    (0..count).filter_map(|_| pieces.get(next() % pieces.len())).copied().collect()
}

#[test]
fn any_text_gives_rules_that_hold_their_promise() {
    let pieces = [
        "[",
        "]",
        "a",
        "DEFAULT",
        "\n",
        "\n  ",
        "=",
        ":",
        "10s",
        "1m",
        "7",
        "0",
        ":1d",
        ":30d,",
        "9999999999",
        "y",
        "%",
        "\"",
        "'",
        "#",
        ";",
        "\\",
        "(",
        ")",
        "{",
        "}",
        ",",
        "*",
        "^",
        "$",
        ".*",
        "-",
        "&&",
        "é",
        "\u{feff}",
        "\r\n",
        "\n[a]\npattern = a",
        "\n[b]\npattern: ",
        "\nretentions = 10s:1d",
        "\nretentions = 1:9,",
        "\npriority = 1",
        "\nxFilesFactor = 0.1",
        "\naggregationMethod = sum",
        "\n[c]\npattern = a\nretentions = 1m:1d",
    ];
    let mut section_count = 0;
    for seed in 0..20_000 {
        let text = random_text(seed, &pieces);
        let rules = rules(Some(&text), Some(&text));
        section_count += rules.schema_count().unwrap_or(0);
        for name in ["a", "aa.é", ""] {
            let choice = rules.policy_for(name);
            let policy = plumbago_engine::Policy::new(
                choice.archives.to_vec(),
                choice.x_files_factor,
                choice.aggregation,
            );
            assert!(policy.is_ok(), "seed {seed}: {text:?} gives {name} {policy:?}");
        }
    }
    assert!(section_count > 1_000, "the texts hold too few sections to tell anything: {section_count}");
}
