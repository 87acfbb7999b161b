//! Any text is a file of rules or refused with a place in it, and any text is a template that renders within its bounds or
//! an error; conditions and durations print as they parse.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plumbago_protocol::limits::TEMPLATE_OUTPUT_BYTES_MAX;
use plumbago_query::Tags;
use plumbago_rules::{Condition, Ranks, Subject, Template, load, parse_duration, show_duration};

fuzz_target!(|input: &str| run(input));

fn run(text: &str) {
    match load(&[("x.yaml", text)]) {
        Ok((rules, _)) => assert!(Ranks::of(&rules).is_ok()),
        Err(errors) => {
            let lines = text.chars().filter(|c| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')).count();
            assert!(!errors.is_empty());
            for error in errors {
                assert!(error.line >= 1 && error.line <= lines + 2 && error.column >= 1, "{error}");
                assert!(!error.to_string().contains('\n'), "{error}");
            }
        }
    }
    render(text);
    if let Ok(condition) = Condition::parse(text) {
        assert_eq!(Condition::parse(&condition.to_string()), Ok(condition));
    }
    if let Ok(duration) = parse_duration(text) {
        assert_eq!(parse_duration(&show_duration(duration)), Ok(duration));
    }
}

fn render(text: &str) {
    let template = match Template::compile(text) {
        Ok(template) => template,
        Err(error) => return assert!(error.line >= 1 && error.column >= 1 && !error.message.contains('\n')),
    };
    let tags = Tags::of_name("a.b;host=c".into());
    let subject = |value| Subject { series: "scale(a.b,2)", tags: &tags, value, last: Some(1.0), ..Subject::default() };
    let rendered = [None, Some(90.0), Some(0.1), Some(f64::INFINITY)].map(|value| template.render(&subject(value)));
    for rendered in rendered.iter().flatten() {
        assert!(rendered.len() <= TEMPLATE_OUTPUT_BYTES_MAX);
    }
    if !template.uses_value() {
        assert!(rendered.windows(2).all(|pair| pair[0] == pair[1]));
    }
}
