//! What templates render to, and what is refused at which place.

use std::collections::BTreeMap;

use plumbago_query::Tags;

use super::{Piece, Subject, Template};

fn render(text: &str) -> String {
    let tags = Tags::of_name("web.eu.latency;host=web01.eu;dc=eu".into());
    let labels =
        BTreeMap::from([("team".to_owned(), "core".to_owned()), ("if".to_owned(), "word".to_owned())]);
    let subject = Subject {
        series: "scale(web.eu.latency,2)",
        tags: &tags,
        value: Some(1234.5),
        last: Some(90.0),
        labels: &labels,
        graph_url: "http://localhost/?a=1&b=2",
    };
    let template = Template::compile(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    template.render(&subject).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> String {
    let error = Template::compile(text).expect_err(text);
    format!("{}:{} {}", error.line, error.column, error.message)
}

#[test]
fn names_of_the_series() {
    for (text, rendered) in [
        ("plain text", "plain text"),
        ("dc.{{ node(1) }}.p99", "dc.eu.p99"),
        ("{{ node(-1) }}", "latency"),
        ("[{{ node(7) }}]", "[]"),
        ("{{ tag('host') }} {{ tag(\"nobody\") }}.", "web01.eu ."),
        ("{{ series }}", "scale(web.eu.latency,2)"),
        ("{{ value }} {{ last }} {{ last ~ '%' }} {{ last / 2 }}", "1234.5 90 90% 45"),
        ("{{ labels.team }}[{{ labels.nobody }}]", "core[]"),
        ("{{ graph_url }}", "http://localhost/?a=1&b=2"),
        ("{% if last > 80 %}high{% else %}low{% endif %}", "high"),
        ("{% for key in labels %}{{ key }};{% endfor %}", "if;team;"),
        ("{# nothing #}x{% raw %}{{ y }}{% endraw %}", "x{{ y }}"),
        ("{{ node(0) | upper }}", "WEB"),
        ("a\n", "a\n"),
    ] {
        assert_eq!(render(text), rendered, "{text}");
    }
}

#[test]
fn pipes_of_ours() {
    for (text, rendered) in [
        ("{{ value | humanize }}", "1.234k"),
        ("{{ 0.5 | humanizePercentage }}", "50%"),
        ("{{ 3725 | humanizeDuration }}", "1h 2m 5s"),
        ("{{ value | printf('%.2f') }}", "1234.50"),
        ("{{ last | printf('%d of %s', 3) }}", "3 of 90"),
        ("{{ last | printf('%5.1f%%') }}", " 90.0%"),
    ] {
        assert_eq!(render(text), rendered, "{text}");
    }
}

#[test]
fn forms_of_go_are_translated() {
    for (text, rendered) in [
        ("{{ $labels.team }} {{$value}}", "core 1234.5"),
        ("{{ .Labels.team }} {{ .Value }}", "core 1234.5"),
        ("{{ $labels.if }}", "word"),
        ("{{ $value | humanize }}", "1.234k"),
        ("{{ humanize $value }}", "1.234k"),
        ("{{ $value | humanizeDuration }}", "20m 34s"),
        ("{{ .Value | humanizePercentage }}", "1.235e+05%"),
        ("{{ $value | printf \"%.1f\" }}", "1234.5"),
        ("{{ printf \"%.1f of %s\" $value $labels.team }}", "1234.5 of core"),
        ("{{ printf `%.0f\"` .Value }}", "1234\""),
        ("{{ $value | humanize | printf \"<%s>\" }}", "<1.234k>"),
        ("a {{- $value -}} b", "a1234.5b"),
    ] {
        assert_eq!(render(text), rendered, "{text}");
    }
}

#[test]
fn missing_values_are_null() {
    for text in ["{{ value }}", "{{ $value }}", "{{ value | humanize }}", "{{ value | printf('%.2f') }}"] {
        assert_eq!(Template::compile(text).unwrap().render(&Subject::default()).unwrap(), "null", "{text}");
    }
}

#[test]
fn faults_have_their_place() {
    for (text, place, message) in [
        ("x {{ nod(1) }}", "1:6", "unknown name \"nod\": did you mean \"node\"?"),
        ("x\n  {{ value | humanise }}", "2:14", "unknown filter \"humanise\": did you mean \"humanize\"?"),
        ("{{ value", "1:", ""),
        ("{{ value | }}", "1:", "syntax error"),
        ("ä {{ $value }} {{ 1 + }}", "1:", "syntax error"),
        ("{{ range $i, $x := .Alerts }}", "1:4", "\"range\" is a form of Go's"),
        ("{{ if $value }}x{{ end }}", "1:4", "\"if\" is a form of Go's"),
        ("{{ end }}", "1:4", "\"end\" is a form of Go's"),
        ("{{ $labels }}", "1:4", "\"$labels\" is a form of Go's"),
        ("{{ .Labels.a.b }}", "1:4", "\".\" is a form of Go's"),
        ("{{ $value | title }}", "1:13", "\"title\" is a form of Go's"),
        ("{{ query \"up\" | first }}", "1:4", ""),
        ("{% if $value %}x{% endif %}", "1:4", "\"if\" is a form of Go's"),
        ("{% include 'x' %}", "1:", "syntax error"),
        ("{% import 'x' as y %}", "1:", "syntax error"),
        ("{{ debug() }}", "1:4", "unknown name \"debug\""),
    ] {
        let refusal = refused(text);
        assert!(refusal.starts_with(place) && refusal.contains(message), "{text}: {refusal}");
    }
}

#[test]
fn work_and_output_are_bounded() {
    for text in [
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{% for a in range(10000) %}0123456789{% endfor %}",
        "{{ 'x' * 100000000 }}",
        "{{ value | printf('%999d') * 1000 }}",
    ] {
        let template = Template::compile(text).unwrap();
        let error = template.render(&Subject { value: Some(1.0), ..Subject::default() }).expect_err(text);
        assert!(!error.to_string().is_empty());
    }
    assert!(
        Template::compile("{{ value | printf('%99999999d') }}").unwrap().render(&Subject::default()).is_ok()
    );
    let wide = Template::compile("{{ last | printf('%99999999d') }}").unwrap();
    assert!(wide.render(&Subject { last: Some(1.0), ..Subject::default() }).is_err());
}

#[test]
fn whether_the_value_is_used_is_known() {
    for (text, uses) in [
        ("plain value", false),
        ("{{ node(1) }}", false),
        ("{{ value }}", true),
        ("{{ $value | humanize }}", true),
        ("{% if last > 1 %}{% endif %}", true),
        ("{{ labels.value }}", false),
    ] {
        assert_eq!(Template::compile(text).unwrap().uses_value(), uses, "{text}");
    }
}

#[test]
fn what_the_output_is_made_of() {
    let pieces = |text: &str| Template::compile(text).unwrap().pieces();
    let text = |text: &str| Piece::Text(text.to_owned());
    assert_eq!(pieces("a.b"), [text("a.b")]);
    assert_eq!(pieces("a.{{ node(1) }}.b"), [text("a."), Piece::WithinNode, text(".b")]);
    assert_eq!(pieces("{{ series }}.b"), [Piece::AnyText, text(".b")]);
    assert_eq!(pieces("a.{{ tag('name') }}"), [text("a."), Piece::AnyText]);
    assert_eq!(pieces("a.{% if value %}b{% endif %}.c"), [text("a."), Piece::AnyText, text(".c")]);
}
