//! Golden files: series in, expression, expected series out, in plain text.
//!
//! A line `series NAME STEP START: v v - v` stores a series (`-` is a missing value). `range FROM UNTIL` sets the range,
//! `points N` maxDataPoints, `factor X` the request's xFilesFactor. `query EXPRESSION` asks; the lines below it,
//! indented, are the answer: `NAME STEP START: v v - v`, or `error: TEXT` for a part of the message, or `nothing`.
//! Numbers agree when they differ by rounding alone; `*` stands for any step.

use plumbago_query::{QueryError, RenderRequest, RenderedSeries, render};

use crate::memory::{Class, Memory};
use plumbago_protocol::Aggregation;

/// All series end before this.
const NOW: i64 = 100_000;

#[test]
fn every_golden_file_holds() {
    let mut queries = 0;
    let mut wrong = Vec::new();
    for_each(|question| {
        let got = answer(question.setting, question.expression, question.expected);
        let agrees = got.iter().zip(question.expected).all(|(got, line)| agree(got, line));
        if got.len() != question.expected.len() || !agrees {
            let Question { place, expression, expected, .. } = question;
            wrong.push(format!("{place}: {expression}: expected {expected:#?}, got {got:#?}"));
        }
        queries += 1;
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(queries > 800, "only {queries} golden queries were found");
}

/// What the lines so far have set up.
pub(crate) struct Setting {
    memory: Memory,
    range: (i64, i64),
    points: Option<u64>,
    factor: Option<f64>,
}

impl Setting {
    /// The answer to an expression.
    pub(crate) fn render(&self, expression: &str) -> Result<Vec<RenderedSeries>, QueryError> {
        let (from, until) = self.range;
        let mut request = RenderRequest::new(vec![expression.to_owned()], from, until, NOW);
        (request.max_data_points, request.x_files_factor) = (self.points, self.factor);
        render(&self.memory, &request)
    }
}

/// One `query` of a file.
pub(crate) struct Question<'a> {
    /// File and line.
    pub(crate) place: String,
    pub(crate) setting: &'a Setting,
    pub(crate) expression: &'a str,
    pub(crate) expected: &'a [String],
}

/// Goes through the queries of all files.
pub(crate) fn for_each(mut visit: impl FnMut(Question<'_>)) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for_each_of_file(&path.display().to_string(), &text, &mut visit);
    }
}

fn for_each_of_file(file: &str, text: &str, visit: &mut impl FnMut(Question<'_>)) {
    let mut setting = Setting { memory: Memory::default(), range: (0, NOW), points: None, factor: None };
    let mut lines = text.lines().enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "" | "#" => {}
            "series" => insert(&mut setting.memory, rest),
            "range" => {
                let (from, until) = rest.split_once(' ').unwrap();
                setting.range = (from.parse().unwrap(), until.parse().unwrap());
                (setting.points, setting.factor) = (None, None);
            }
            "points" => setting.points = rest.parse().ok(),
            "factor" => setting.factor = rest.parse().ok(),
            "query" => {
                let mut expected = Vec::new();
                while let Some((_, line)) = lines.next_if(|(_, line)| line.starts_with("  ")) {
                    expected.push(line[2..].trim_end().to_owned());
                }
                let place = format!("{file}, line {}", number + 1);
                visit(Question { place, setting: &setting, expression: rest, expected: &expected });
            }
            other => panic!("{file}, line {}: unknown word {other:?}", number + 1),
        }
    }
}

fn insert(memory: &mut Memory, text: &str) {
    let (head, values) = text.split_once(':').unwrap();
    let mut words = head.split(' ');
    let name = words.next().unwrap();
    let step: i64 = words.next().unwrap().parse().unwrap();
    let start: i64 = words.next().unwrap().parse().unwrap();
    let class =
        Class { archives: vec![(step, 10 * NOW)], aggregation: Aggregation::Average, x_files_factor: 0.0 };
    let values = values.split_whitespace().zip(0..);
    let known = values.filter(|(value, _)| *value != "-");
    let points: Vec<(i64, f64)> =
        known.map(|(value, at)| (start + at * step, value.parse().unwrap())).collect();
    memory.insert(name, class, &points);
}

fn answer(setting: &Setting, expression: &str, expected: &[String]) -> Vec<String> {
    match setting.render(expression) {
        Ok(series) if series.is_empty() => vec!["nothing".to_owned()],
        Ok(series) => series.iter().map(show).collect(),
        Err(error) => {
            let text = error.to_string();
            let wanted = expected.first().and_then(|line| line.strip_prefix("error: "));
            match wanted {
                Some(part) if text.contains(part) => vec![format!("error: {part}")],
                _ => vec![format!("error: {text}")],
            }
        }
    }
}

/// Whether a line is the expected one, word by word.
fn agree(got: &str, expected: &str) -> bool {
    let close = |got: &str, expected: &str| match (got.parse::<f64>(), expected.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() <= 1e-9_f64.max(1e-9 * b.abs()),
        _ => got == expected || expected == "*",
    };
    let (got, expected) = (got.split(' ').collect::<Vec<_>>(), expected.split(' ').collect::<Vec<_>>());
    got.len() == expected.len() && got.iter().zip(&expected).all(|(got, expected)| close(got, expected))
}

fn show(series: &RenderedSeries) -> String {
    let values: Vec<String> = series.values.iter().map(|value| show_value(*value)).collect();
    format!("{} {} {}: {}", series.name, series.step, series.start, values.join(" ")).trim_end().to_owned()
}

fn show_value(value: f64) -> String {
    if !value.is_finite() { "-".to_owned() } else { format!("{value}") }
}
