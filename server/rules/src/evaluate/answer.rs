//! What an expression answers: columns of values, and what of them counts at T.

use std::sync::Arc;

use plumbago_query::{Series, Tags};

/// The results of one evaluation, in the expression's order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) columns: Vec<Column>,
    /// The steps that occur, ascending.
    pub(crate) steps_secs: Vec<i64>,
    /// Whether the expression read any series at all.
    pub(crate) has_sources: bool,
}

/// One result.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: Arc<str>,
    pub(crate) tags: Tags,
    pub(crate) step_secs: i64,
    start_secs: i64,
    values: Vec<f64>,
}

impl Answer {
    pub(crate) fn of(series: Vec<Series>, has_sources: bool) -> Answer {
        let columns: Vec<Column> = series.into_iter().map(Column::of).collect();
        let mut steps_secs: Vec<i64> = columns.iter().map(|column| column.step_secs).collect();
        steps_secs.sort_unstable();
        steps_secs.dedup();
        Answer { columns, steps_secs, has_sources }
    }

    /// Whether another answer has results of the same names and tags, in the same order.
    pub(crate) fn has_results_of(&self, other: &Answer) -> bool {
        let mut pairs = self.columns.iter().zip(&other.columns);
        self.columns.len() == other.columns.len() && pairs.all(|(a, b)| a.name == b.name && a.tags == b.tags)
    }
}

impl Column {
    fn of(series: Series) -> Column {
        let Series { name, tags, step, start, values, .. } = series;
        Column { name, tags, step_secs: step.max(1), start_secs: start, values }
    }

    /// The value of the slot that closes at T; a grid that is not on multiples of its step counts by its last slot that
    /// begins by then. Infinities are no values, as in every other answer.
    pub(crate) fn value_at(&self, at_secs: i64) -> Option<f64> {
        let slot = at_secs.checked_sub(self.step_secs)?.checked_sub(self.start_secs)?;
        let position = usize::try_from(slot.div_euclid(self.step_secs)).ok()?;
        self.values.get(position).copied().filter(|value| value.is_finite())
    }

    /// Whether any slot has a value.
    pub(crate) fn has_values(&self) -> bool {
        self.values.iter().any(|value| value.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(start_secs: i64, values: &[f64]) -> Column {
        let name: Arc<str> = "a".into();
        let tags = Tags::of_name(Arc::clone(&name));
        Column { name, tags, step_secs: 10, start_secs, values: values.to_vec() }
    }

    #[test]
    fn the_slot_that_closes_at_t_counts() {
        let column = column(100, &[1.0, f64::NAN, f64::INFINITY, 4.0]);
        assert_eq!(column.value_at(110), Some(1.0));
        assert_eq!([120, 130, 150, 100].map(|at| column.value_at(at)), [None; 4]);
        assert_eq!(column.value_at(140), Some(4.0));
    }

    #[test]
    fn a_grid_beside_the_multiples_counts_by_its_last_slot_that_begins_by_then() {
        assert_eq!(column(95, &[1.0, 2.0]).value_at(110), Some(1.0));
        assert_eq!(column(95, &[1.0, 2.0]).value_at(i64::MIN), None);
    }
}
