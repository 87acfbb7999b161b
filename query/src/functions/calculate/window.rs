//! The window of a moving function: a number of points or an interval.
//!
//! Invariant: the seconds that an interval looks back are known before any data is read; those of a number of points
//! depend on the coarsest step among the series.

use crate::error::QueryError;
use crate::functions::{Kind, Parameter};
use crate::locality::Lookback;
use crate::plan::{Arguments, Literal, Shift};
use crate::run::Times;
use crate::series::Series;
use crate::times;

pub(super) const WINDOW_SIZE: Parameter = Parameter::required("windowSize", Kind::IntOrInterval);

/// A checked window size.
#[derive(Clone, Debug)]
pub(super) enum Window {
    Points { count: i64, shown: String },
    Interval { seconds: i64, shown: String },
}

impl Window {
    /// The window that a call asks for.
    pub(super) fn of(arguments: &Arguments<'_>) -> Result<Window, QueryError> {
        let literal = arguments.literal("windowSize");
        let literal =
            literal.ok_or_else(|| QueryError::bad_request("the parameter windowSize is required"))?;
        let shown = literal.show();
        let count = match literal {
            Literal::Text(text) => {
                let seconds = times::interval(text)?.abs();
                return Ok(Window::Interval { seconds, shown });
            }
            Literal::Integer(count) => *count,
            Literal::Float(count) if count.is_finite() => *count as i64,
            _ => return Err(QueryError::bad_request(format!("a window of {shown} points is not possible"))),
        };
        Ok(Window::Points { count, shown })
    }

    /// How far back values are needed.
    pub(super) fn seconds(&self, times: &Times) -> i64 {
        match self {
            Window::Interval { seconds, .. } => *seconds,
            Window::Points { count, .. } => times.coarsest_step.saturating_mul(*count),
        }
    }

    /// How many values of a series make one window.
    pub(super) fn points(&self, series: &Series) -> i64 {
        match self {
            Window::Points { count, .. } => *count,
            Window::Interval { seconds, .. } => seconds / series.step.max(1),
        }
    }

    /// As names show it: `5` or `"5min"`.
    pub(super) fn in_name(&self) -> String {
        match self {
            Window::Points { shown, .. } => shown.clone(),
            Window::Interval { shown, .. } => format!("\"{shown}\""),
        }
    }

    /// As tags show it.
    pub(super) fn in_tag(&self) -> &str {
        match self {
            Window::Points { shown, .. } | Window::Interval { shown, .. } => shown,
        }
    }
}

/// The planner's hook: intervals are known beforehand.
pub(super) fn window_hook(arguments: &Arguments<'_>) -> Option<Shift> {
    match Window::of(arguments).ok()? {
        Window::Interval { seconds, .. } => Some(back(seconds)),
        Window::Points { .. } => None,
    }
}

/// What a value depends on. The window is read on top of the range, so that hardly a value of the range lacks a part of it.
pub(super) fn lookback(arguments: &Arguments<'_>) -> Option<Lookback> {
    match Window::of(arguments).ok()? {
        // An interval that is no whole number of steps moves the times of values by a part of one.
        Window::Interval { seconds, .. } => {
            Some(Lookback { warmup_slots: 1, reach_slots: 1, reach_secs: seconds })
        }
        Window::Points { count, .. } if count > 0 => {
            Some(Lookback { warmup_slots: 0, reach_slots: count, reach_secs: 0 })
        }
        Window::Points { .. } => None,
    }
}

/// The same range, begun earlier.
pub(super) fn back(seconds: i64) -> Shift {
    Shift { from: seconds.saturating_neg(), until: 0 }
}
