//! What a visitor would notice: graphs with their numbers, gaps, honest notices, lines that work, and no markup that
//! a metric's name could smuggle in.

use super::unit::Unit;
use super::*;

const NOW: i64 = 1_700_000_000;

fn addresses() -> Addresses<'static> {
    let listener = |text: &str| text.parse().expect("an address");
    Addresses {
        plaintext: Some(listener("127.0.0.1:2003")),
        udp: None,
        pickle: Some(listener("127.0.0.1:2004")),
        http: listener("127.0.0.1:8080"),
        requested_host: None,
    }
}

fn page(graphs: Vec<Graph<'_>>) -> HomePage<'_> {
    HomePage {
        host: "web1",
        version: "0.1.0",
        now: NOW,
        addresses: addresses(),
        host_metrics_enabled: true,
        graphs,
        counts: Counts { series: 1234, points_received: 56_789, ..Counts::default() },
    }
}

fn graph<'a>(title: &'a str, label: &'a str, points: &'a [(i64, Option<f64>)]) -> Graph<'a> {
    Graph { title, unit: Unit::Percent, ceiling_min: 100.0, lines: vec![Line { label, points }] }
}

#[test]
fn a_graph_shows_its_last_least_and_greatest_value() {
    let points = [(NOW - 30, Some(10.0)), (NOW - 20, Some(80.0)), (NOW - 10, Some(30.0)), (NOW, None)];
    let html = render_page(&page(vec![graph("CPU", "used", &points)]));
    assert!(html.contains("<td>30.0%</td><td>10.0%</td><td>80.0%</td>"), "{html}");
    assert!(html.contains("aria-label=\"CPU, last 15 minutes; used now 30.0%\""));
}

#[test]
fn a_missing_point_is_a_gap_in_the_line() {
    let whole: Vec<(i64, Option<f64>)> = (0..90).map(|slot| (NOW - 900 + slot * 10, Some(50.0))).collect();
    let mut broken = whole.clone();
    broken[45].1 = None;
    let runs = |points: &[(i64, Option<f64>)]| {
        let html = render_page(&page(vec![graph("CPU", "used", points)]));
        let line = html.split("class=\"line c1\" d=\"").nth(1).expect("a line");
        line.split('"').next().expect("its path").matches('M').count()
    };
    assert_eq!(runs(&whole), 1);
    assert_eq!(runs(&broken), 2);
}

#[test]
fn a_lone_point_is_a_dot() {
    let points = [(NOW - 30, None), (NOW - 20, Some(80.0)), (NOW - 10, None)];
    let html = render_page(&page(vec![graph("CPU", "used", &points)]));
    assert!(html.contains("<circle class=\"dot c1\"") && !html.contains("class=\"line c1\""));
}

#[test]
fn names_are_text_and_never_markup() {
    let points = [(NOW, Some(1.0))];
    let evil = "<script>alert(1)</script>\"'&";
    let html = render_page(&HomePage {
        host: evil,
        version: evil,
        addresses: Addresses { requested_host: Some(evil), ..addresses() },
        ..page(vec![graph(evil, evil, &points)])
    });
    assert!(!html.contains("alert(1)</script>"));
    assert_eq!(html.matches("<script>").count(), 1, "our own script alone");
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"));
}

#[test]
fn without_host_metrics_the_page_says_so_and_how_to_get_them() {
    let html = render_page(&HomePage { host_metrics_enabled: false, ..page(Vec::new()) });
    assert!(html.contains("Host metrics are off") && html.contains("[host_metrics]"));
    assert!(!html.contains("<svg viewBox"));
}

#[test]
fn right_after_the_start_the_page_says_that_graphs_will_come() {
    let html = render_page(&page(vec![graph("CPU", "used", &[(NOW, None)])]));
    assert!(html.contains("No host metrics yet"));
}

#[test]
fn one_empty_graph_among_others_says_so_itself() {
    let points = [(NOW, Some(1.0))];
    let html = render_page(&page(vec![graph("CPU", "used", &points), graph("Disk", "read", &[])]));
    assert_eq!(html.matches("no data in these 15 minutes").count(), 1);
}

#[test]
fn the_first_metric_s_line_and_the_data_source_carry_the_real_addresses() {
    let html = render_page(&page(Vec::new()));
    assert!(html.contains("echo &quot;test.value 42 $(date +%s)&quot; | nc -q0 127.0.0.1 2003<"));
    assert!(html.contains("echo &quot;test.value 42 $(date +%s)&quot; &gt; /dev/tcp/127.0.0.1/2003<"));
    assert!(html.contains("<dt>URL</dt><dd><code>http://127.0.0.1:8080</code></dd>"));
    assert!(
        html.contains("<dt>Type</dt><dd>Graphite</dd>") && html.contains("<dt>Version</dt><dd>1.1.x</dd>")
    );
    assert!(html.contains("--listen-http 0.0.0.0:8080"), "a Grafana elsewhere cannot reach the loopback");
    assert!(html.contains("<dt>Plaintext UDP</dt><dd>off</dd>"));
    let open = Addresses { http: "0.0.0.0:8080".parse().expect("an address"), ..addresses() };
    let html = render_page(&HomePage { addresses: open, ..page(Vec::new()) });
    assert!(!html.contains("--listen-http"));
}

#[test]
fn everything_else_is_linked() {
    let html = render_page(&page(Vec::new()));
    let render = "/render?target=test.value&amp;from=-5min&amp;format=json";
    for path in [
        "/metrics",
        "/metrics/index.json",
        "/metrics/find?query=*",
        "/tags",
        "/functions",
        "/api/v1/ingest/rejected",
        "/version",
        "/healthz",
        "/readyz",
        render,
    ] {
        assert!(html.contains(&format!("href=\"{path}\"")), "no link to {path}");
    }
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    let points = [(NOW, Some(1.0))];
    let html = render_page(&page(vec![graph("CPU", "used", &points)]));
    assert!(!html.contains("src=") && !html.contains("@import") && !html.contains("url("));
    let links = html.matches("<link ").count();
    assert_eq!((links, html.matches("<link rel=\"icon\" href=\"data:").count()), (1, 1));
}

#[test]
fn more_lines_than_colours_are_counted() {
    let points = [(NOW, Some(1.0))];
    let labels: Vec<String> = (0..9).map(|number| format!("disk{number}")).collect();
    let lines = labels.iter().map(|label| Line { label, points: &points }).collect();
    let html =
        render_page(&page(vec![Graph { title: "Space", unit: Unit::Percent, ceiling_min: 100.0, lines }]));
    assert!(html.contains("disk4") && !html.contains("disk5") && html.contains("and 4 more"));
}
