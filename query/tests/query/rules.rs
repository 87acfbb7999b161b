//! Rules that hold for every query: reads are merged, arguments are checked before any read, limits refuse.

use std::collections::BTreeMap;

use plumbago_protocol::Aggregation;
use plumbago_query::{Limits, QueryError, RenderRequest, RenderedSeries, find, parse, render};

use crate::memory::{Class, Memory};

const NOW: i64 = 100_000;

fn memory(names: &[&str]) -> Memory {
    let mut memory = Memory::default();
    for name in names {
        let class =
            Class { archives: vec![(10, 1_000_000)], aggregation: Aggregation::Average, x_files_factor: 0.0 };
        let points: Vec<(i64, f64)> = (0..200).map(|at| (NOW - 2000 + at * 10, at as f64)).collect();
        memory.insert(name, class, &points);
    }
    memory
}

fn request(targets: &[&str]) -> RenderRequest {
    RenderRequest::new(targets.iter().map(|target| (*target).to_owned()).collect(), NOW - 100, NOW, NOW)
}

fn reads(memory: &Memory) -> Vec<(i64, i64)> {
    let mut reads = memory.fetched.lock().unwrap().clone();
    reads.sort_unstable();
    reads
}

#[test]
fn equal_reads_of_all_targets_are_one() {
    let memory = memory(&["a.b", "a.c"]);
    let targets = [
        "a.*",
        "sumSeries(a.*)",
        "scale(a.*, 2)",
        "movingAverage(a.*, \"1min\")",
        "timeShift(a.*, \"1min\")",
    ];
    let series = render(&memory, &request(&targets)).unwrap();
    assert_eq!(series.len(), 9);
    assert_eq!(reads(&memory), [(NOW - 160, NOW - 60), (NOW - 160, NOW), (NOW - 100, NOW)]);
}

#[test]
fn a_wrong_argument_is_refused_before_any_read() {
    let memory = memory(&["a.b"]);
    let wrong = [
        "scale(a.b)",
        "scale(a.b, \"x\")",
        "scale(a.b, 1, 2)",
        "scale(a.b, factor=1, factor=2)",
        "scale(a.b, 1, factor=2)",
        "scale(a.b, factr=1)",
        "scale(5, 1)",
        "nosuch(a.b)",
        "summarize(a.b, \"1m\")",
        "sortBy(a.b, \"bogus\")",
        "consolidateBy(a.b, \"bogus\")",
        "timeSlice(a.b, \"bogus\")",
        "verticalLine(\"bogus\")",
        "seriesByTag(\"name=~.*\")",
        "sumSeries(mapSeries(a.b, 0))",
        "reduceSeries(a.b, \"sumSeries\", 0, \"x\")",
    ];
    for target in wrong {
        let error = render(&memory, &request(&["a.b", target])).unwrap_err();
        assert!(matches!(error, QueryError::BadRequest { .. }), "{target}: {error}");
        assert!(error.is_callers_fault());
        assert!(error.to_string().starts_with("target 2, column 1: "), "{target}: {error}");
    }
    assert!(reads(&memory).is_empty());
}

#[test]
fn faults_are_found_by_column() {
    for (text, column, expected) in [
        ("scale(a.b, 2", 13, "a comma or a closing parenthesis"),
        ("scale(a.b, 2))", 14, "the end, or a pipe"),
        ("scale(a.b,)", 11, "an argument"),
        ("alias(ü.ö, 'x)", 15, "a closing quote"),
        ("a.{b,c", 7, "a closing brace"),
        ("a.b | ", 7, "a function call after the pipe"),
        ("", 1, "a metric path or a function call"),
        ("a.b c", 5, "the end, or a pipe"),
        ("scale(factor=1, a.b)", 17, "a keyword argument, as the one before"),
        ("template(a.$x, b.c)", 9, "numbers and strings only as template's values"),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!((error.column, error.expected.as_str()), (column, expected), "{text}");
    }
    assert!(parse(&"scale(".repeat(10_000)).unwrap_err().expected.contains("less deeply nested"));
    assert!(parse(&("a".to_owned() + &"|sumSeries()".repeat(10_000))).is_err());
    assert!(parse(&"{".repeat(100_000)).is_err());
    assert!(parse(&"a".repeat(1_000_000)).is_err());
}

#[test]
fn limits_refuse() {
    let memory = memory(&["a.b", "a.c", "a.d"]);
    let mut few_series = request(&["a.*"]);
    few_series.limits.series_max = 2;
    let mut few_points = request(&["a.*"]);
    few_points.limits = Limits { points_max: 20, ..Limits::default() };
    let mut made = request(&["timeFunction('t', 1)"]);
    made.limits.points_max = 20;
    let nested = "movingAverage(".repeat(30) + "a.b" + &", '1min')".repeat(30);
    let by_points = "movingAverage(".repeat(30) + "a.b" + &", 2)".repeat(30);
    let stack = "timeStack(nomatch.*, '1s', 0, 9000000000)";
    let stacked = "timeStack(a.b, '1s', 0, 9000000000)";
    for request in [
        few_series,
        few_points,
        made,
        request(&[&nested]),
        request(&[&by_points]),
        request(&[stack]),
        request(&[stacked]),
    ] {
        let error = render(&memory, &request).unwrap_err();
        assert!(matches!(error, QueryError::OverLimit { .. }), "{:?}: {error}", request.targets);
    }
}

#[test]
fn ranges_beyond_all_time_are_refused() {
    let memory = memory(&["a.b"]);
    for target in [
        "timeStack(constantLine(1), '1d', 9000000000000000, 9000000000000001)",
        "movingAverage(a.b, 9000000000000000)",
        "timeShift(constantLine(1), '9999y')",
        "hitcount(timeFunction('t', 9000000000000000000), '1h')",
    ] {
        let error = render(&memory, &request(&[target])).unwrap_err();
        assert!(error.is_callers_fault(), "{target}: {error}");
    }
    assert!(render(&memory, &RenderRequest::new(vec!["a.b".to_owned()], i64::MIN, i64::MAX, NOW)).is_err());
}

#[test]
fn an_empty_range_and_no_match() {
    let memory = memory(&["a.b"]);
    assert!(render(&memory, &RenderRequest::new(vec!["a.b".to_owned()], NOW, NOW, NOW)).is_err());
    assert!(render(&memory, &request(&["no.match", "", " "])).unwrap().is_empty());
    let swapped = RenderRequest::new(vec!["a.b".to_owned()], NOW, NOW - 100, NOW);
    assert_eq!(render(&memory, &swapped).unwrap()[0].values.len(), 10);
}

#[test]
fn no_null_points_drops_points_and_then_series() {
    let memory = memory(&["a.b"]);
    let mut only_known = request(&["removeBelowValue(a.b, 195)", "removeBelowValue(a.b, 1000)"]);
    only_known.no_null_points = true;
    let series = render(&memory, &only_known).unwrap();
    assert_eq!(series.len(), 1);
    let points: Vec<_> = series[0].points().collect();
    assert_eq!(points.first(), Some(&(Some(195.0), NOW - 50)));
    assert_eq!(points.len(), 5);
}

#[test]
fn template_variables_come_from_the_call_or_the_request() {
    let memory = memory(&["a.b", "a.c"]);
    let name = |request: &RenderRequest| {
        render(&memory, request).unwrap().iter().map(|one| one.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(name(&request(&["template(scale(a.$leaf, $by), leaf=\"b\", by=3)"])), ["scale(a.b,3)"]);
    let mut from_request = request(&["template(movingAverage(a.$1, 2), \"b\")"]);
    assert_eq!(name(&from_request), ["movingAverage(a.b,2)"]);
    from_request.template = BTreeMap::from([("1".to_owned(), "c".to_owned())]);
    assert_eq!(name(&from_request), ["movingAverage(a.c,2)"]);
}

#[test]
fn consolidation_is_aligned_and_bounded() {
    let memory = memory(&["a.b"]);
    let mut wide = RenderRequest::new(vec!["a.b".to_owned()], NOW - 1000, NOW, NOW);
    for points in 1..=120 {
        wide.max_data_points = Some(points);
        let series: Vec<RenderedSeries> = render(&memory, &wide).unwrap();
        assert!(series[0].values.len() as u64 <= points, "{points}: {}", series[0].values.len());
        if points > 1 {
            assert_eq!((series[0].start - 10) % series[0].step, series[0].step - 10, "{points}");
        }
    }
}

#[test]
fn a_node_that_is_both_shows_as_a_branch() {
    let memory = memory(&["a.b", "a.b.c", "a.d", "a.a"]);
    let tree = find::tree(&memory, "a.*").unwrap();
    let shown: Vec<_> = tree.entries.iter().map(|entry| (entry.text(), entry.is_leaf)).collect();
    assert_eq!(shown, [("b", false), ("a", true), ("d", true)]);
    assert_eq!(tree.base, "a.");
    let paths = |queries: &[&str], leaves| {
        let queries: Vec<String> = queries.iter().map(|query| (*query).to_owned()).collect();
        find::expand(&memory, &queries, leaves)
            .unwrap()
            .iter()
            .map(|path| path.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(paths(&["a.b", "a.*", "*"], false), ["a", "a.a", "a.b", "a.d"]);
    assert_eq!(paths(&["*", "a.b.*"], true), ["a.b.c"]);
    assert_eq!(find::index(&memory).unwrap().len(), 4);
    assert!(find::tree(&memory, "").is_err());
}

#[test]
fn dots_at_the_ends_of_a_query_come_back_and_those_inside_are_one() {
    let memory = memory(&["a.b.c", "a.d", "e.f.c"]);
    let tree = |query: &str| -> Vec<_> {
        let tree = find::tree(&memory, query).unwrap();
        let id = |entry: &find::TreeEntry| format!("{}{}", tree.base, entry.text());
        tree.entries.iter().map(|entry| (entry.text().to_owned(), id(entry), entry.is_leaf)).collect()
    };
    let entry = |text: &str, id: &str, is_leaf| (text.to_owned(), id.to_owned(), is_leaf);
    assert_eq!(tree(".a"), [entry("a", ".a", false)]);
    assert_eq!(tree("a..d"), [entry("d", "a.d", true)]);
    assert_eq!(tree("a...*"), [entry("b", "a.b", false), entry("d", "a.d", true)]);
    assert_eq!(tree("a."), [entry("", "a.", false)]);
    assert_eq!(tree("*.."), [entry("", "*.", false)]);
    assert_eq!(tree("a.d."), [], "no branch");
    let paths: Vec<_> = find::nodes(&memory, "*.*.").unwrap().into_iter().map(|node| node.path).collect();
    assert_eq!(paths.iter().map(|path| &**path).collect::<Vec<_>>(), ["a.b.", "e.f."]);
}

#[test]
fn the_zone_of_a_time_in_an_expression_is_that_of_the_request_or_of_the_server() {
    let memory = memory(&["a.b"]);
    let zone = |name: &str| jiff::tz::TimeZone::get(name).unwrap();
    // 1970-01-02 03:46:40 in UTC: 09:16 in Kolkata, 04:46 in Berlin.
    let mut request = RenderRequest::new(vec![], NOW - 3600, NOW, NOW);
    (request.time_zone, request.home_zone) = (zone("Asia/Kolkata"), zone("Europe/Berlin"));
    let mut name = |target: &str| {
        request.targets = vec![target.to_owned()];
        render(&memory, &request).unwrap().remove(0).name.to_string()
    };
    let berlin = 86_400 + 3 * 3600 + 30 * 60;
    assert_eq!(
        name("timeSlice(a.b, '04:30', '04:40')"),
        format!("timeSlice(a.b, {berlin}, {})", berlin + 600)
    );
    assert_eq!(
        name("linearRegression(a.b, '04:30', '04:40')"),
        format!("linearRegression(a.b, {berlin}, {})", berlin + 600)
    );
    // This one stands where the request's clock shows the time; in Berlin it would lie outside of the range.
    assert_eq!(name("verticalLine('09:10', 'here')"), "here");
}
