//! A series on its way into the picture: its style is settled, and its values become few enough to be drawn.
//!
//! Invariant: a value is finite and within ±[`limits::PICTURE_VALUE_MAX`], or NaN, which is a gap.

use std::borrow::Cow;
use std::sync::Arc;

use plumbago_protocol::limits;
use plumbago_query::Fill;

use crate::color::{self, Color};
use crate::error::PictureError;
use crate::parameters::{LineMode, Parameters, Side};
use crate::series::Series;

/// A series to be drawn.
#[derive(Clone, Debug)]
pub(crate) struct Curve<'a> {
    series: &'a Series,
    pub(crate) name: Arc<str>,
    pub(crate) color: Color,
    /// Opacity, where its own was set.
    pub(crate) alpha: Option<f64>,
    /// In pixels.
    pub(crate) width: f64,
    pub(crate) dash: Option<f64>,
    pub(crate) on_right: bool,
    pub(crate) as_infinite: bool,
    pub(crate) fill: Fill,
    /// Whether any value is known.
    pub(crate) is_empty: bool,
    /// Time of the first value, and distance of two, in seconds since the epoch.
    pub(crate) start: f64,
    pub(crate) step: f64,
    pub(crate) values: Vec<f64>,
}

impl<'a> Curve<'a> {
    /// The curves of all series, their values not joined yet.
    ///
    /// # Errors
    /// A colour that is none.
    pub(crate) fn all(parameters: &Parameters, series: &'a [Series]) -> Result<Vec<Curve<'a>>, PictureError> {
        let two_sides = series.iter().any(|one| one.drawing.second_y_axis);
        let mut colors = parameters.look.series.iter().copied().cycle();
        let mut curves = Vec::with_capacity(series.len());
        for one in series {
            let side = match (two_sides, one.drawing.second_y_axis) {
                (true, true) => Some(&parameters.right),
                (true, false) => Some(&parameters.left),
                (false, _) => None,
            };
            let color = match color_of(one, side)? {
                Some(color) => color,
                // The invisible edge of a band takes no colour from the others.
                None if one.drawing.fill == Fill::BandEdge => parameters.look.background,
                None => colors.next().unwrap_or(parameters.look.foreground),
            };
            curves.push(Curve::new(parameters, one, side, color));
        }
        Ok(curves)
    }

    fn new(parameters: &Parameters, series: &'a Series, side: Option<&Side>, color: Color) -> Curve<'a> {
        let drawing = &series.drawing;
        let widest = limits::PICTURE_LINE_PIXELS_MAX;
        let within = |pixels: f64| if pixels.is_finite() { pixels.clamp(0.0, widest) } else { 0.0 };
        let width = side.and_then(|side| side.width).or(drawing.line_width.map(within));
        let dash = side.and_then(|side| side.dash).or(drawing.dash_length.map(within));
        Curve {
            series,
            name: Arc::clone(&series.name),
            color,
            alpha: drawing.alpha.filter(|alpha| alpha.is_finite()),
            width: width.unwrap_or(parameters.lines.width),
            dash: dash.filter(|dash| *dash > 0.0),
            on_right: drawing.second_y_axis,
            as_infinite: drawing.as_infinite,
            fill: drawing.fill,
            is_empty: series.is_empty(),
            start: series.start as f64,
            step: series.step.max(1) as f64,
            values: Vec::new(),
        }
    }

    /// The same curve with its values, joined so that no two are closer than `apart` pixels where `width` pixels show
    /// `seconds`.
    pub(crate) fn joined(&self, parameters: &Parameters, width: f64, seconds: f64, apart: f64) -> Curve<'a> {
        let step = self.series.step.max(1) as f64;
        let pixels_per_value = width.max(1.0) * step / seconds.max(1.0);
        let chunk = if pixels_per_value < apart { (apart / pixels_per_value).ceil() } else { 1.0 };
        let chunk = chunk.min(self.series.values.len().max(1) as f64);
        // An infinite value is a missing one before it can spoil its neighbours.
        let known = finite(&self.series.values);
        let mut values = if chunk > 1.0 {
            self.series.consolidation.join(&known, chunk as usize, self.series.x_files_factor)
        } else {
            known.into_owned()
        };
        let most = limits::PICTURE_VALUE_MAX;
        for value in &mut values {
            if value.is_nan() && parameters.lines.null_as_zero && !self.as_infinite {
                *value = 0.0;
            }
            *value = value.clamp(-most, most);
        }
        let mut joined = Curve { step: step * chunk, values, ..self.clone() };
        if parameters.lines.mode == LineMode::Connected && !self.as_infinite {
            joined.connect(parameters.lines.connected_limit);
        }
        joined
    }

    /// The same curve without dashes.
    pub(crate) fn solid(&self) -> Curve<'a> {
        Curve { dash: None, ..self.clone() }
    }

    /// Puts values on a straight line into gaps of at most `limit` values.
    fn connect(&mut self, limit: usize) {
        let known: Vec<usize> = (0..self.values.len()).filter(|at| !self.values[*at].is_nan()).collect();
        for pair in known.windows(2) {
            let (first, last) = (pair[0], pair[1]);
            let missing = last - first - 1;
            if missing == 0 || missing > limit {
                continue;
            }
            let (from, to) = (self.values[first], self.values[last]);
            for at in first + 1..last {
                let share = (at - first) as f64 / (last - first) as f64;
                self.values[at] = from * (1.0 - share) + to * share;
            }
        }
    }

    /// The smallest and the largest value.
    pub(crate) fn ends(&self) -> Option<(f64, f64)> {
        let known = self.values.iter().copied().filter(|value| !value.is_nan());
        known.fold(None, |ends, value| {
            let (low, high) = ends.unwrap_or((value, value));
            Some((value.min(low), value.max(high)))
        })
    }
}

/// The values, infinite ones replaced by missing ones.
fn finite(values: &[f64]) -> Cow<'_, [f64]> {
    if values.iter().any(|value| value.is_infinite()) {
        values.iter().map(|value| if value.is_finite() { *value } else { f64::NAN }).collect()
    } else {
        Cow::Borrowed(values)
    }
}

/// The colour that was asked for: by the side before the series itself, as in graphite-web.
fn color_of(series: &Series, side: Option<&Side>) -> Result<Option<Color>, PictureError> {
    if let Some(color) = side.and_then(|side| side.color) {
        return Ok(Some(color));
    }
    let Some(text) = &series.drawing.color else { return Ok(None) };
    match Color::parse(text) {
        Some(color) => Ok(Some(color)),
        None => Err(PictureError::parameter("color", color::EXPECTED, text)),
    }
}

/// The times that a graph shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: i64,
    pub(crate) until: i64,
}

impl Span {
    /// From the first to the last value of all curves, or the range that was asked for, where they take no time.
    pub(crate) fn of(curves: &[Curve<'_>], mode: LineMode, range: (i64, i64)) -> Option<Span> {
        let drawn = curves.iter().filter(|curve| !curve.as_infinite || curve.series.values.len() > 2);
        let ends = drawn.map(|curve| curve.series).filter(|series| !series.values.is_empty()).map(|series| {
            let step = series.step.max(1);
            let steps = i64::try_from(series.values.len()).unwrap_or(i64::MAX);
            // A level line lasts until the next value would be there.
            let shown = if mode == LineMode::Staircase { steps } else { steps - 1 };
            (series.start, series.start.saturating_add(step.saturating_mul(shown)))
        });
        let whole = ends.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        let has_values = curves.iter().any(|curve| !curve.series.values.is_empty());
        let (from, until) = whole.filter(|(from, until)| from < until).or(has_values.then_some(range))?;
        (from < until).then_some(Span { from, until })
    }

    /// How long it is.
    pub(crate) fn seconds(self) -> f64 {
        self.until.saturating_sub(self.from) as f64
    }
}
