//! Owns the layout of a plot: labels left, drawing right, times below, the legend last.
//!
//! Invariant: no line is wider than asked for, as long as what was asked for has room for the labels at all.

use std::fmt::Write;

use super::canvas::{Canvas, Cell, DOTS_HIGH, DOTS_WIDE};
use super::text::{printable, shortened};
use super::time_axis::{TimeAxis, full_time};
use super::value_axis::{ValueAxis, mark_label, short};
use super::{PlotOptions, PlotSeries};

/// Less room than this shows nothing; more is no terminal's.
const DRAWING_COLUMNS: (usize, usize) = (10, 1000);
const DRAWING_ROWS: (usize, usize) = (3, 300);

/// Rows of the drawing for each mark of the vertical axis, and the most marks.
const ROWS_FOR_MARK: usize = 2;
const MARKS_MAX: usize = 8;

/// Room for a name below which the legend rather leaves out the values.
const NAME_COLUMNS_MIN: usize = 12;

/// Codes of colours that read well on dark and light terminals.
const COLORS: [u8; 6] = [36, 33, 35, 32, 34, 31];

/// Characters that tell series apart without colours.
const MARKERS: [char; 12] = ['•', '+', '×', 'o', '*', '#', '=', '%', '@', 'v', '~', '^'];

/// Draws the series over their common range of time.
pub(crate) fn plot(series: &[PlotSeries], options: &PlotOptions) -> String {
    if series.is_empty() {
        return "No series match.\n".to_owned();
    }
    let finite = || series.iter().flat_map(|series| series.values).copied().filter(|value| value.is_finite());
    let Some(least) = finite().reduce(f64::min) else {
        return format!("No values in this range of time.\n{}", legend(series, options));
    };
    let greatest = finite().fold(least, f64::max);
    let rows = options.height.clamp(DRAWING_ROWS.0, DRAWING_ROWS.1);
    let axis = ValueAxis::new(least, greatest, (rows / ROWS_FOR_MARK).min(MARKS_MAX));
    let labels = row_labels(&axis, rows);
    let label_width = labels.iter().flatten().map(|label| label.chars().count()).max().unwrap_or(0);
    let columns = options.width.saturating_sub(label_width + 2).clamp(DRAWING_COLUMNS.0, DRAWING_COLUMNS.1);
    let time = time_range(series);
    let canvas = draw(series, &axis, time, columns, rows);
    let mut out = String::new();
    for (row, label) in labels.iter().enumerate() {
        let (text, edge) = label.as_ref().map_or(("", '│'), |label| (label.as_str(), '┤'));
        let line = format!("{text:>label_width$} {edge}{}", row_text(&canvas, row, series.len(), options));
        push_line(&mut out, &line);
    }
    push_time_axis(&mut out, time, label_width, columns, options);
    out.push_str(&legend(series, options));
    out
}

/// The label of each row that has a mark, from the top.
fn row_labels(axis: &ValueAxis, rows: usize) -> Vec<Option<String>> {
    let mut labels = vec![None; rows];
    for mark in axis.marks() {
        if let Some(label) = labels.get_mut(axis.dot(mark, rows * DOTS_HIGH) / DOTS_HIGH) {
            *label = Some(mark_label(mark, axis.step));
        }
    }
    labels
}

fn time_range(series: &[PlotSeries]) -> TimeAxis {
    let with_values = || series.iter().filter(|series| !series.values.is_empty());
    let from = with_values().map(|series| series.start).min().unwrap_or(0);
    let until = with_values().map(|series| series.at(series.values.len() - 1)).max().unwrap_or(from);
    TimeAxis { from, until }
}

/// Joins neighbouring values; a value without neighbours is a dot. The first series is drawn last, on top.
fn draw(series: &[PlotSeries], axis: &ValueAxis, time: TimeAxis, columns: usize, rows: usize) -> Canvas {
    let mut canvas = Canvas::new(columns, rows);
    for (owner, series) in series.iter().enumerate().rev() {
        let mut previous = None;
        for (index, value) in series.values.iter().enumerate() {
            if !value.is_finite() {
                previous = None;
                continue;
            }
            let place =
                (time.place(series.at(index), columns * DOTS_WIDE), axis.dot(*value, rows * DOTS_HIGH));
            canvas.line(previous.unwrap_or(place), place, owner);
            previous = Some(place);
        }
    }
    canvas
}

fn row_text(canvas: &Canvas, row: usize, series_count: usize, options: &PlotOptions) -> String {
    let character = |cell: Cell| match options.color || series_count == 1 {
        true => cell.braille(),
        false => marker(cell.owner),
    };
    let mut text = String::new();
    let mut color = None;
    for cell in canvas.row(row) {
        let wanted = cell.filter(|_| options.color).map(|cell| color_code(cell.owner));
        if wanted != color {
            push_color(&mut text, wanted);
            color = wanted;
        }
        text.push(cell.map_or(' ', character));
    }
    if color.is_some() {
        push_color(&mut text, None);
    }
    text
}

fn push_time_axis(
    out: &mut String,
    time: TimeAxis,
    label_width: usize,
    columns: usize,
    options: &PlotOptions,
) {
    let marks = time.marks(columns, options.zone);
    let mut axis: Vec<char> = vec!['─'; columns];
    // Labels may begin left of the drawing, below the labels of the other axis.
    let left = label_width + 2;
    let mut times: Vec<char> = vec![' '; left + columns];
    for mark in marks {
        let width = mark.label.chars().count();
        let begin = (left + mark.column).saturating_sub(width / 2);
        if begin + width > times.len() {
            continue;
        }
        axis[mark.column.min(columns - 1)] = '┬';
        for (slot, character) in times[begin..].iter_mut().zip(mark.label.chars()) {
            *slot = character;
        }
    }
    push_line(out, &format!("{:label_width$} └{}", "", axis.into_iter().collect::<String>()));
    push_line(out, &times.into_iter().collect::<String>());
    let (from, until) = (full_time(time.from, options.zone), full_time(time.until, options.zone));
    push_line(out, &format!("{from} to {until}"));
}

/// One line a series: its mark, its name, and its last, least and greatest value.
fn legend(series: &[PlotSeries], options: &PlotOptions) -> String {
    let mut out = String::new();
    for (owner, one) in series.iter().enumerate() {
        let mark = match (options.color, series.len()) {
            (true, _) => format!("\x1b[{}m──\x1b[0m", color_code(owner)),
            (false, 1) => "──".to_owned(),
            (false, _) => marker(owner).to_string(),
        };
        let mark_width = if options.color || series.len() == 1 { 2 } else { 1 };
        let room = options.width.saturating_sub(mark_width + 1);
        let mut values = format!(" {}", summary(one.values));
        if room < values.chars().count() + NAME_COLUMNS_MIN {
            values.clear();
        }
        let name = shortened(&printable(one.name), room.saturating_sub(values.chars().count()));
        push_line(&mut out, &format!("{mark} {name}{values}"));
    }
    out
}

fn summary(values: &[f64]) -> String {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let (Some(last), Some(least), Some(greatest)) =
        (finite().next_back(), finite().reduce(f64::min), finite().reduce(f64::max))
    else {
        return "(no values)".to_owned();
    };
    format!("(last {}, min {}, max {})", short(last), short(least), short(greatest))
}

fn marker(owner: usize) -> char {
    MARKERS[owner % MARKERS.len()]
}

fn color_code(owner: usize) -> u8 {
    COLORS[owner % COLORS.len()]
}

fn push_color(text: &mut String, color: Option<u8>) {
    // Writing into a string cannot fail.
    let _ = write!(text, "\x1b[{}m", color.unwrap_or(0));
}

fn push_line(out: &mut String, line: &str) {
    out.push_str(line.trim_end());
    out.push('\n');
}
