//! The legend: colours and names in columns below the picture.
//!
//! Invariant: it takes no more than its share of the height. What has no room is counted in its last place.

use std::collections::HashSet;
use std::sync::Arc;

use plumbago_protocol::limits;
use plumbago_query::Fill;

use super::curve::Curve;
use super::plot::Plot;
use crate::color::Color;
use crate::font::Font;
use crate::parameters::Parameters;
use crate::svg::{Anchor, Frame, Stroke, Svg, Words};

/// More series than this have a legend only if one is asked for; as graphite-web has it.
const ENTRIES_UNASKED_MAX: usize = 10;

/// The share of the height that a legend may take.
const HEIGHT_SHARE_MAX: f64 = 0.45;

/// Pixels between the colour and the name, and between two columns.
const GAP: f64 = 5.0;
const COLUMN_GAP: f64 = 14.0;

/// A colour and what it stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) name: Arc<str>,
    pub(crate) color: Color,
    /// Whether it counts on the right scale of two.
    pub(crate) on_right: bool,
}

/// A legend with its places.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Legend {
    /// Its height in pixels, with the space above it; 0 if there is none.
    pub(crate) height: f64,
    left: f64,
    right: f64,
    /// Width of a column, and how many there are.
    column: f64,
    columns: usize,
    rows: usize,
    entries: Vec<Entry>,
    /// Entries that have no room.
    left_out: usize,
}

impl Legend {
    /// The legend of curves, if they have one.
    pub(crate) fn of_curves(parameters: &Parameters, curves: &[Curve<'_>]) -> Legend {
        let mut seen = HashSet::new();
        let entries: Vec<Entry> = curves
            .iter()
            .filter(|curve| curve.fill != Fill::BandEdge && !curve.name.trim().is_empty())
            .filter(|curve| parameters.shown.empty_in_legend || !curve.is_empty)
            .filter(|curve| parameters.shown.repeated_in_legend || seen.insert(Arc::clone(&curve.name)))
            .map(|curve| Entry {
                name: Arc::clone(&curve.name),
                color: curve.color,
                on_right: curve.on_right,
            })
            .collect();
        let few = curves.len() <= ENTRIES_UNASKED_MAX;
        if parameters.shown.legend.unwrap_or(few) {
            Legend::new(parameters, entries)
        } else {
            Legend::default()
        }
    }

    /// The legend of some entries, as wide as the picture.
    pub(crate) fn new(parameters: &Parameters, entries: Vec<Entry>) -> Legend {
        let font = Font::new(parameters.font);
        let (left, right) = (parameters.margin, f64::from(parameters.width) - parameters.margin);
        let widest = entries.iter().map(|entry| font.width(&shortened(&entry.name))).fold(0.0, f64::max);
        let column = (box_size(font) + GAP + widest + COLUMN_GAP).min(right - left);
        let room = f64::from(parameters.height) * HEIGHT_SHARE_MAX;
        let rows_max = (room / font.line_height()).floor() as usize;
        if entries.is_empty() || rows_max == 0 || column < box_size(font) + GAP {
            return Legend::default();
        }
        let columns = (((right - left + COLUMN_GAP) / column).floor() as usize).max(1);
        let places = rows_max.saturating_mul(columns);
        let (mut entries, mut left_out) = (entries, 0);
        if entries.len() > places {
            left_out = entries.len() - (places - 1);
            entries.truncate(places - 1);
        }
        let mut legend = Legend { left, right, column, columns, entries, left_out, ..Legend::default() };
        legend.rows = legend.places().iter().map(|(row, _)| row + 1).max().unwrap_or(1);
        if left_out > 0 {
            legend.rows = rows_max;
        }
        legend.height = legend.rows as f64 * font.line_height() + font.style.size * 0.6;
        legend
    }

    /// The row and the column of each entry. Where there are two scales and columns enough, those of the right one stand
    /// on the right.
    fn places(&self) -> Vec<(usize, usize)> {
        let on_right = self.entries.iter().filter(|entry| entry.on_right).count();
        let has_sides = on_right > 0 && on_right < self.entries.len();
        if !has_sides || self.columns < 2 || self.left_out > 0 {
            return (0..self.entries.len()).map(|at| (at / self.columns, at % self.columns)).collect();
        }
        let (mut at_left, mut at_right) = (0, 0);
        let right_columns = self.columns / 2;
        let left_columns = self.columns - right_columns;
        let place = |entry: &Entry| {
            let (at, columns, first) = match entry.on_right {
                true => (&mut at_right, right_columns, left_columns),
                false => (&mut at_left, left_columns, 0),
            };
            let place = (*at / columns, first + *at % columns);
            *at += 1;
            place
        };
        self.entries.iter().map(place).collect()
    }

    /// Draws the legend at the bottom of the picture.
    pub(crate) fn draw(&self, svg: &mut Svg, parameters: &Parameters) {
        if self.height == 0.0 {
            return;
        }
        let font = Font::new(parameters.font);
        let bottom = f64::from(parameters.height) - parameters.margin.min(f64::from(parameters.height) / 4.0);
        let top = bottom - self.rows as f64 * font.line_height();
        let base = |row: usize| (top + row as f64 * font.line_height() + font.ascent()).round();
        let x = |column: usize| (self.left + column as f64 * self.column).round();
        let color = parameters.look.foreground;
        let room = self.column.min(self.right - self.left) - box_size(font) - GAP;
        for (entry, (row, column)) in self.entries.iter().zip(self.places()) {
            let (x, y) = (x(column), base(row));
            swatch(svg, x, y, font, entry.color, parameters);
            let text = font.fit(&shortened(&entry.name), room.max(0.0));
            let words = Words { text: &text, font, color, anchor: Anchor::Start, turned: 0.0 };
            svg.words(x + box_size(font) + GAP, y, words);
        }
        if self.left_out > 0 {
            let text = font.fit(&format!("and {} more", self.left_out), room.max(0.0) + box_size(font));
            let (row, column) = (self.entries.len() / self.columns, self.entries.len() % self.columns);
            let words = Words { text: &text, font, color, anchor: Anchor::Start, turned: 0.0 };
            svg.words(x(column), base(row), words);
        }
    }
}

/// Draws the legend of a graph.
pub(super) fn draw(svg: &mut Svg, parameters: &Parameters, plot: &Plot<'_>) {
    plot.legend.draw(svg, parameters);
}

/// Draws a legend of these entries at the bottom of a picture; the answer is how many pixels it takes.
pub(crate) fn legend_below(svg: &mut Svg, parameters: &Parameters, entries: Vec<Entry>) -> f64 {
    let legend = Legend::new(parameters, entries);
    legend.draw(svg, parameters);
    legend.height
}

/// The box in a series' colour, on the base line of its name.
fn swatch(svg: &mut Svg, x: f64, y: f64, font: Font, color: Color, parameters: &Parameters) {
    let size = box_size(font);
    let frame = Frame { left: x, top: y - size + 1.0, right: x + size, bottom: y + 1.0 };
    svg.rectangle(frame, color);
    // A colour that is close to the background would be lost without a border.
    if (color.brightness() - parameters.look.background.brightness()).abs() < 0.15 {
        let stroke = Stroke { color: parameters.look.foreground.faded(0.5), width: 1.0, dash: None };
        svg.rule((frame.left, frame.bottom - 0.5), (frame.right, frame.bottom - 0.5), stroke);
    }
}

/// Side of the coloured box in pixels.
fn box_size(font: Font) -> f64 {
    (font.style.size * 0.8).round().max(2.0)
}

/// A name that is not longer than a picture shows.
fn shortened(name: &str) -> String {
    name.chars().take(limits::PICTURE_NAME_CHARACTERS_MAX).collect()
}
