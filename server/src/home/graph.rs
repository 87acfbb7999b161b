//! Owns one graph of the page: an inline SVG picture and, below it, a legend with the last, least and greatest value.
//!
//! Invariant: the picture needs nothing from elsewhere, has a text for those who cannot see it, and is coloured by
//! the page's style alone, so that it follows the light or dark scheme.

use std::fmt::{self, Write};

use super::escape::Escaped;
use super::scale::{BOTTOM, HEIGHT, LEFT, RIGHT, TOP, TimeScale, ValueScale, WIDTH};
use super::segments::segments;
use super::unit::Unit;

/// More lines than this share colours and crowd the legend; the rest is counted below it.
pub(crate) const LINES_MAX: usize = 5;

/// One graph and what it shows.
#[derive(Debug, Clone)]
pub(crate) struct Graph<'a> {
    /// Heading, as `CPU`.
    pub(crate) title: &'a str,
    /// What the values count.
    pub(crate) unit: Unit,
    /// The scale reaches at least this far up, so that a quiet machine's noise is not blown up.
    pub(crate) ceiling_min: f64,
    /// The lines, the most important first.
    pub(crate) lines: Vec<Line<'a>>,
}

/// One line of a graph.
#[derive(Debug, Clone)]
pub(crate) struct Line<'a> {
    /// Name in the legend.
    pub(crate) label: &'a str,
    /// Moments in seconds since the epoch, rising, each with its value or `None` where it is missing.
    pub(crate) points: &'a [(i64, Option<f64>)],
}

impl Graph<'_> {
    /// Whether any line has a value.
    pub(crate) fn has_data(&self) -> bool {
        self.lines.iter().any(|line| Extremes::of(line.points).is_some())
    }
}

/// The last, least and greatest known value of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Extremes {
    last: f64,
    least: f64,
    greatest: f64,
}

impl Extremes {
    fn of(points: &[(i64, Option<f64>)]) -> Option<Self> {
        let known = points.iter().filter_map(|(_, value)| value.filter(|value| value.is_finite()));
        known.fold(None, |extremes: Option<Self>, value| {
            Some(extremes.map_or(Self { last: value, least: value, greatest: value }, |extremes| Self {
                last: value,
                least: extremes.least.min(value),
                greatest: extremes.greatest.max(value),
            }))
        })
    }
}

/// Writes the graph as one `<figure>`.
pub(crate) fn write_graph(out: &mut String, graph: &Graph, time: TimeScale) -> fmt::Result {
    let lines: Vec<(&Line, Extremes)> =
        graph.lines.iter().filter_map(|line| Some((line, Extremes::of(line.points)?))).collect();
    let shown = &lines[..lines.len().min(LINES_MAX)];
    writeln!(out, "<figure>\n<figcaption>{}</figcaption>", Escaped(graph.title))?;
    write!(out, "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"")?;
    write_description(out, graph, shown)?;
    writeln!(out, "\">")?;
    let low = shown.iter().map(|(_, extremes)| extremes.least).fold(0.0, f64::min);
    let high = shown.iter().map(|(_, extremes)| extremes.greatest).fold(0.0, f64::max);
    let scale = ValueScale::new(graph.unit, low, high, graph.ceiling_min);
    write_axes(out, graph.unit, &scale)?;
    if shown.is_empty() {
        let (x, y) = ((LEFT + RIGHT) / 2.0, (TOP + BOTTOM) / 2.0 + 4.0);
        writeln!(out, "<text class=\"empty\" x=\"{x}\" y=\"{y}\">no data in these 15 minutes</text>")?;
    }
    // The first line is the most important one: it is drawn last, on top.
    for (index, (line, _)) in shown.iter().enumerate().rev() {
        write_line(out, index, line, &scale, time)?;
    }
    writeln!(out, "</svg>")?;
    if !shown.is_empty() {
        write_legend(out, graph.unit, shown, lines.len() - shown.len())?;
    }
    writeln!(out, "</figure>")
}

fn write_description(out: &mut String, graph: &Graph, shown: &[(&Line, Extremes)]) -> fmt::Result {
    write!(out, "{}, last 15 minutes", Escaped(graph.title))?;
    if shown.is_empty() {
        write!(out, ": no data")?;
    }
    for (line, extremes) in shown {
        write!(out, "; {} now {}", Escaped(line.label), graph.unit.format(extremes.last))?;
    }
    Ok(())
}

fn write_axes(out: &mut String, unit: Unit, scale: &ValueScale) -> fmt::Result {
    for (index, mark) in scale.marks.iter().enumerate() {
        let y = scale.y(*mark);
        let class = if index == 0 { "base" } else { "grid" };
        writeln!(out, "<path class=\"{class}\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/>")?;
        let (x, y) = (LEFT - 6.0, y + 3.5);
        writeln!(out, "<text class=\"mark left\" x=\"{x}\" y=\"{y:.1}\">{}</text>", unit.format_mark(*mark))?;
    }
    // Relative times: the page does not know the reader's time zone.
    let third = (RIGHT - LEFT) / 3.0;
    for (index, label) in ["−15 min", "−10 min", "−5 min", "now"].iter().enumerate() {
        let (x, y) = (LEFT + third * index as f64, BOTTOM + 15.0);
        writeln!(out, "<text class=\"mark\" x=\"{x:.1}\" y=\"{y}\">{label}</text>")?;
    }
    Ok(())
}

fn write_line(
    out: &mut String,
    index: usize,
    line: &Line,
    scale: &ValueScale,
    time: TimeScale,
) -> fmt::Result {
    let colour = index + 1;
    let mut path = String::new();
    let mut area = String::new();
    let mut dots = String::new();
    let mut end = None;
    for segment in segments(line.points) {
        let places: Vec<(f64, f64)> =
            segment.iter().filter_map(|(at, value)| Some((time.x(*at)?, scale.y(*value)))).collect();
        let (Some(first), Some(last)) = (places.first(), places.last()) else {
            continue;
        };
        end = Some(*last);
        if places.len() == 1 {
            write!(
                dots,
                "<circle class=\"dot c{colour}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"1.6\"/>",
                first.0, first.1
            )?;
            continue;
        }
        let mut run = String::new();
        for (number, (x, y)) in places.iter().enumerate() {
            write!(run, "{}{x:.1} {y:.1}", if number == 0 { "M" } else { "L" })?;
        }
        path.push_str(&run);
        let base = scale.y(0.0);
        write!(area, "{run}L{:.1} {base:.1}L{:.1} {base:.1}Z", last.0, first.0)?;
    }
    if index == 0 && !area.is_empty() {
        writeln!(out, "<path class=\"area c{colour}\" d=\"{area}\"/>")?;
    }
    if !path.is_empty() {
        writeln!(out, "<path class=\"line c{colour}\" d=\"{path}\"/>")?;
    }
    if let Some((x, y)) = end {
        write!(dots, "<circle class=\"dot c{colour}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.2\"/>")?;
    }
    writeln!(out, "{dots}")
}

fn write_legend(out: &mut String, unit: Unit, shown: &[(&Line, Extremes)], hidden: usize) -> fmt::Result {
    writeln!(out, "<table><thead><tr><th></th><th>now</th><th>min</th><th>max</th></tr></thead><tbody>")?;
    for (index, (line, extremes)) in shown.iter().enumerate() {
        write!(out, "<tr><th scope=\"row\"><i class=\"c{}\"></i>{}</th>", index + 1, Escaped(line.label))?;
        for value in [extremes.last, extremes.least, extremes.greatest] {
            write!(out, "<td>{}</td>", unit.format(value))?;
        }
        writeln!(out, "</tr>")?;
    }
    if hidden > 0 {
        writeln!(out, "<tr><td colspan=\"4\" class=\"more\">and {hidden} more</td></tr>")?;
    }
    writeln!(out, "</tbody></table>")
}
