//! Owns the plain table: a row for each moment, a column for each series, fit for people and for `awk`.
//!
//! Invariant: every row has a time and one field for each series, parted by blanks; a missing value is `-`.

use jiff::tz::TimeZone;

use super::PlotSeries;
use super::text::printable;
use super::time_axis::full_time;

/// Names longer than this do not head their column: a number does, and the names are told above the table.
const HEAD_WIDTH_MAX: usize = 24;

/// The series side by side; times are local to `zone`. Values are written so that reading them back gives the same.
pub(crate) fn table(series: &[PlotSeries], zone: &TimeZone) -> String {
    if series.is_empty() {
        return "No series match.\n".to_owned();
    }
    let names: Vec<String> = series.iter().map(|one| printable(one.name)).collect();
    let mut out = String::new();
    let heads = heads(&names, &mut out);
    let moments = moments(series);
    let times: Vec<String> = moments.iter().map(|at| full_time(*at, zone)).collect();
    let columns: Vec<Vec<String>> = series
        .iter()
        .map(|one| {
            moments.iter().map(|at| one.value_at(*at).map_or_else(|| "-".to_owned(), number)).collect()
        })
        .collect();
    let time_width = times.iter().map(String::len).max().unwrap_or(0).max("time".len());
    let widths: Vec<usize> =
        columns.iter().zip(&heads).map(|(column, head)| width_of(column, head)).collect();
    push_row(&mut out, "time", time_width, heads.iter().map(String::as_str), &widths);
    for (row, time) in times.iter().enumerate() {
        push_row(&mut out, time, time_width, columns.iter().map(|column| column[row].as_str()), &widths);
    }
    out
}

/// The columns' heads; where names are too long for that, they are numbered and listed in `out`.
fn heads(names: &[String], out: &mut String) -> Vec<String> {
    // Blanks in a name would look like a further column.
    let unfit = |name: &String| name.chars().count() > HEAD_WIDTH_MAX || name.contains(char::is_whitespace);
    if !names.iter().any(unfit) {
        return names.to_vec();
    }
    for (index, name) in names.iter().enumerate() {
        out.push_str(&format!("# [{}] {name}\n", index + 1));
    }
    (1..=names.len()).map(|number| format!("[{number}]")).collect()
}

/// Every moment at which some series has a slot, rising.
fn moments(series: &[PlotSeries]) -> Vec<i64> {
    let mut moments: Vec<i64> =
        series.iter().flat_map(|one| (0..one.values.len()).map(|index| one.at(index))).collect();
    moments.sort_unstable();
    moments.dedup();
    moments
}

fn width_of(column: &[String], head: &str) -> usize {
    column.iter().map(String::len).max().unwrap_or(0).max(head.chars().count())
}

fn push_row<'a>(
    out: &mut String,
    time: &str,
    time_width: usize,
    fields: impl Iterator<Item = &'a str>,
    widths: &[usize],
) {
    out.push_str(&format!("{time:<time_width$}"));
    for (field, width) in fields.zip(widths) {
        out.push_str(&format!("  {field:>width$}"));
    }
    out.push('\n');
}

/// The shortest text that reads back as the same number.
fn number(value: f64) -> String {
    match value.abs() {
        size if size == 0.0 || (1e-5..1e16).contains(&size) => format!("{value}"),
        _ => format!("{value:e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_as_the_same() {
        for value in [0.1 + 0.2, 1e300, -5e-324, 123_456_789.125, 0.0, 1e16, 99_999.0] {
            let text = number(value);
            assert_eq!(text.parse::<f64>().ok(), Some(value), "{text}");
            assert!(text.len() < 26, "{text}");
        }
    }
}
