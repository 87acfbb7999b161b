//! The series that functions work on: a column of values with a name, a grid and what consolidation needs.
//!
//! Invariant: a missing value is NaN and nothing else; infinities are values (answers show them as null). `step` is
//! positive. The column may be longer or shorter than `start..=end` says: an answer shows the shorter of both.

use std::sync::Arc;

use crate::consolidation::{Consolidation, consolidate_chunks};
use crate::drawing::Drawing;
use crate::python::representation;
use crate::source::{ArchiveFacts, FetchedSeries};
use crate::tags::Tags;

/// A series between two functions, or at the end of them.
#[derive(Clone, Debug)]
pub struct Series {
    /// The name shown.
    pub name: Arc<str>,
    /// What an aggregate over this series shows for it: the expression it came from.
    pub path_expression: Arc<str>,
    /// Tags of the series.
    pub tags: Tags,
    /// Time of the first value, in seconds since the epoch.
    pub start: i64,
    /// End of the range, in seconds since the epoch.
    pub end: i64,
    /// Distance of two values in seconds; at least 1.
    pub step: i64,
    /// The values; NaN where one is missing.
    pub values: Vec<f64>,
    /// How several values become one point of an answer.
    pub consolidation: Consolidation,
    /// The method that the store rolls the series up with; of a computed one, that of all series it came from.
    pub stored: Option<Consolidation>,
    /// The share of known values that a consolidated point needs.
    pub x_files_factor: f64,
    /// Whether the values are counts and flags, which names show without a fraction.
    pub integral: bool,
    /// What an answer shows for a name that is no text.
    pub label: Label,
    /// The archive the values came from; `None` if there is none, or more than one.
    pub facts: Option<Arc<ArchiveFacts>>,
    /// How many stored series it was made of; 0 if that is not known.
    pub sources: usize,
    /// How it wants to be drawn.
    pub drawing: Drawing,
}

impl Series {
    /// A series that a function makes from nothing or from several others.
    pub(crate) fn new(
        name: impl Into<Arc<str>>,
        grid: Grid,
        values: Vec<f64>,
        x_files_factor: f64,
    ) -> Series {
        let name = name.into();
        Series {
            path_expression: Arc::clone(&name),
            tags: Tags::of_name(Arc::clone(&name)),
            name,
            start: grid.start,
            end: grid.end,
            step: grid.step,
            values,
            consolidation: Consolidation::Average,
            stored: None,
            x_files_factor,
            integral: false,
            label: Label::Text,
            facts: None,
            sources: 0,
            drawing: Drawing::default(),
        }
    }

    /// A series as the store returned it.
    pub(crate) fn fetched(fetched: FetchedSeries, path_expression: Arc<str>, x_files_factor: f64) -> Series {
        let grid = Grid::of_column(fetched.start, fetched.step, fetched.values.len());
        let facts = fetched.facts;
        let stored = Some(Consolidation::from(fetched.aggregation));
        let series = Series::new(fetched.name, grid, fetched.values, x_files_factor);
        Series { path_expression, facts, stored, sources: 1, ..series }
    }

    /// The grid of this series.
    pub(crate) fn grid(&self) -> Grid {
        Grid { start: self.start, end: self.end, step: self.step }
    }

    /// Renames the series; an aggregate over it will show the new name.
    pub(crate) fn rename(&mut self, name: impl Into<Arc<str>>) {
        self.name = name.into();
        self.path_expression = Arc::clone(&self.name);
    }

    /// Replaces name and values and keeps the rest.
    pub(crate) fn derived(mut self, name: impl Into<Arc<str>>, values: Vec<f64>) -> Series {
        self.rename(name);
        self.values = values;
        self
    }

    /// The values in chunks of `chunk`, each consolidated, from the series' own first one.
    pub(crate) fn consolidated(&self, chunk: i64) -> std::borrow::Cow<'_, [f64]> {
        match usize::try_from(chunk) {
            Ok(chunk) if chunk > 1 => {
                consolidate_chunks(&self.values, chunk, self.consolidation, self.x_files_factor).into()
            }
            _ => std::borrow::Cow::Borrowed(&self.values),
        }
    }
}

/// The type that a name has in JSON. It is kept beside the name, and counts only while the name fits it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Label {
    /// A string, as nearly always.
    #[default]
    Text,
    /// A number, after `alias(x, 123)`.
    Number,
    /// Null, for a vertical line without a label.
    Null,
}

impl Label {
    /// The label of a name: anything but a bare number or the name of nothing is text.
    pub(crate) fn fitting(self, name: &str) -> Label {
        match self {
            Label::Number if is_number(name) => Label::Number,
            Label::Null if name == "None" => Label::Null,
            _ => Label::Text,
        }
    }
}

/// Whether a name is a number as Python writes it, which is how JSON does.
fn is_number(name: &str) -> bool {
    let integer = name.parse::<i64>().is_ok_and(|value| value.to_string() == name);
    let float = name.parse::<f64>().is_ok_and(|value| value.is_finite() && representation(value) == name);
    integer || float
}

/// Where values lie in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) step: i64,
}

impl Grid {
    /// The grid of a column as the store returned it.
    pub(crate) fn of_column(start: i64, step: i64, values: usize) -> Grid {
        let (count, step) = (i64::try_from(values).unwrap_or(i64::MAX), step.max(1));
        Grid { start, end: start.saturating_add(count.saturating_mul(step)), step }
    }
}
