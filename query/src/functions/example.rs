//! Examples of functions as text: series in, a call, series out.
//!
//! A line `NAME: v v - v @STEP` is a series, `-` a missing value and STEP in seconds; those above the call are its input and
//! end at [`Example::NOW`], those below are its answer. The call stands after `> `, and may end in ` since INTERVAL`
//! where the range is not that of the longest input. An answer that does not begin with the range says so: ` from TIME`.
//! Nothing here evaluates anything.

use jiff::Timestamp;
use plumbago_protocol::parse_interval;

/// An example of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The input.
    pub input: Vec<ExampleSeries>,
    /// The expression.
    pub call: String,
    /// Length of the range in seconds.
    pub range_seconds: i64,
    /// The answer, one line a series, as [`Example::show`] writes them.
    pub answer: Vec<String>,
    /// The whole text, without indentation.
    pub text: String,
}

/// A series of an example's input; its last value is at [`Example::NOW`].
#[derive(Clone, Debug, PartialEq)]
pub struct ExampleSeries {
    /// The name.
    pub name: String,
    /// Distance of two values in seconds.
    pub step: i64,
    /// The values, NaN where one is missing.
    pub values: Vec<f64>,
}

/// Length of the range where there is no input.
const RANGE_SECONDS_DEFAULT: i64 = 300;

impl Example {
    /// The present of every example, 2024-03-15 12:00:00 UTC, in seconds since the epoch.
    pub const NOW: i64 = 1_710_504_000;

    pub(super) fn parse(text: &str) -> Result<Example, String> {
        let mut input = Vec::new();
        let mut answer = Vec::new();
        let mut call: Option<&str> = None;
        let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
        for line in &lines {
            match (line.strip_prefix("> "), call) {
                (Some(text), None) => call = Some(text),
                (Some(_), Some(_)) => return Err(format!("a second call: {line:?}")),
                (None, None) => input.push(ExampleSeries::parse(line)?),
                (None, Some(_)) => answer.push((*line).to_owned()),
            }
        }
        let call = call.ok_or("it has no call")?;
        let (call, since) = match call.rsplit_once(" since ") {
            Some((call, since)) => (call, Some(since)),
            None => (call, None),
        };
        let longest = input.iter().map(|one: &ExampleSeries| one.values.len() as i64 * one.step).max();
        let range_seconds = match since {
            Some(text) => parse_interval(text).map_err(|fault| fault.to_string())?.abs(),
            None => longest.unwrap_or(RANGE_SECONDS_DEFAULT),
        };
        Ok(Example { input, call: call.to_owned(), range_seconds, answer, text: lines.join("\n") })
    }

    /// One series of an answer as a line.
    pub fn show(&self, name: &str, start: i64, step: i64, values: &[f64]) -> String {
        let values: Vec<String> = values
            .iter()
            .map(|value| if value.is_finite() { value.to_string() } else { "-".to_owned() })
            .collect();
        let from = Example::NOW - self.range_seconds;
        let begins_as_asked = start == from - from.rem_euclid(step.max(1)) + step;
        let at = if begins_as_asked { String::new() } else { format!(" from {}", time(start)) };
        format!("{name}: {} @{step}{at}", values.join(" "))
    }
}

impl ExampleSeries {
    fn parse(line: &str) -> Result<ExampleSeries, String> {
        let parts = line.rsplit_once(" @").and_then(|(rest, step)| Some((rest.rsplit_once(": ")?, step)));
        let ((name, values), step) = parts.ok_or_else(|| format!("{line:?} is no series"))?;
        let value = |word: &str| match word {
            "-" => Ok(f64::NAN),
            word => word.parse().map_err(|_| format!("{word:?} in {line:?} is no value")),
        };
        let step = step.parse().ok().filter(|step| *step > 0);
        Ok(ExampleSeries {
            name: name.to_owned(),
            step: step.ok_or_else(|| format!("{line:?} has no step"))?,
            values: values.split_whitespace().map(value).collect::<Result<_, _>>()?,
        })
    }
}

/// The time of day, with the date where it is another day than the examples'.
fn time(seconds: i64) -> String {
    let day = 86_400;
    let text = Timestamp::from_second(seconds).map(|time| time.to_string()).unwrap_or_default();
    let text = text.trim_end_matches('Z').replace('T', " ");
    match seconds.div_euclid(day) == Example::NOW.div_euclid(day) {
        true => text.split(' ').next_back().unwrap_or_default().to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_read_and_shown() {
        let text = "a: 1 - 3 @60\n    > f(a) since 2min\n    f(a): 1 2 @60 from 11:57:00";
        let example = Example::parse(text).unwrap();
        assert_eq!((example.input.len(), example.call.as_str(), example.range_seconds), (1, "f(a)", 120));
        assert!(example.input[0].values[1].is_nan());
        let shown = example.show("f(a)", Example::NOW - 180, 60, &[1.0, 2.0]);
        assert_eq!(example.answer, [shown]);
        assert_eq!(example.show("x", Example::NOW - 60, 60, &[f64::NAN]), "x: - @60");
        assert!(example.show("x", Example::NOW - 86_400, 60, &[]).ends_with("from 2024-03-14 12:00:00"));
    }

    #[test]
    fn what_is_no_example_is_refused() {
        for text in ["", "a: 1 @60", "a: x @60\n> f(a)", "a: 1 @0\n> f(a)", "> f()\n> g()", "> f() since x"] {
            assert!(Example::parse(text).is_err(), "{text:?}");
        }
    }
}
