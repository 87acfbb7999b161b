//! What `plumbago query` prints: a plot in the terminal, or a plain table.
//!
//! `plot` and `table` are pure functions from series and a size to text; `Terminal` alone looks at the terminal.
//! Invariant: a missing value is a gap or a dash, never a zero, and no name can disturb the terminal.

mod canvas;
mod chart;
mod table;
mod terminal;
mod text;
mod time_axis;
mod value_axis;

pub(crate) use chart::plot;
pub(crate) use table::table;
pub(crate) use terminal::Terminal;

use jiff::tz::TimeZone;

/// One series: a value every `step` seconds from `start` on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlotSeries<'a> {
    /// Name in the legend or the table's head.
    pub(crate) name: &'a str,
    /// Moment of the first value, in seconds since the epoch.
    pub(crate) start: i64,
    /// Distance of the values in seconds, at least 1.
    pub(crate) step: i64,
    /// The values; NaN where one is missing.
    pub(crate) values: &'a [f64],
}

impl PlotSeries<'_> {
    /// The moment of the value with that index.
    fn at(&self, index: usize) -> i64 {
        let offset = i64::try_from(index).unwrap_or(i64::MAX).saturating_mul(self.step.max(1));
        self.start.saturating_add(offset)
    }

    /// The value at that moment; `None` where there is none, or it is missing.
    fn value_at(&self, at: i64) -> Option<f64> {
        let offset = at.checked_sub(self.start).filter(|offset| *offset >= 0)?;
        let step = self.step.max(1);
        let index = (offset % step == 0).then_some(offset / step)?;
        self.values.get(usize::try_from(index).ok()?).copied().filter(|value| !value.is_nan())
    }
}

/// How a plot is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlotOptions<'a> {
    /// Columns of the whole plot, with its labels.
    pub(crate) width: usize,
    /// Rows of the drawing area, without the time axis and the legend.
    pub(crate) height: usize,
    /// Zone in which times are shown.
    pub(crate) zone: &'a TimeZone,
    /// Whether series are told apart by colour; otherwise each has its own character.
    pub(crate) color: bool,
}

#[cfg(test)]
mod tests;
