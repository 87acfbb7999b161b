//! A range of series with their names and where their values have got to.
//!
//! Invariant: memory grows with the series, not with the points: names lie in one text, and a series' values are a
//! walk's state.

use std::ops::Range;

use plumbago_benches::{Values, name_at, tagged_name_at};

use crate::arguments::Names;
use crate::column::column_at;

/// The series at some positions.
pub(crate) struct Population {
    text: String,
    ends: Vec<usize>,
    columns: Vec<Values>,
}

impl Population {
    /// The series at `numbers`, before the step `first_step`.
    pub(crate) fn new(numbers: Range<usize>, form: Names, first_step: usize) -> Self {
        let (mut text, mut ends) = (String::new(), Vec::with_capacity(numbers.len()));
        for number in numbers.clone() {
            text.push_str(&name_of(number, form));
            ends.push(text.len());
        }
        Self { text, ends, columns: numbers.map(|number| column_at(number, first_step)).collect() }
    }

    /// How many series.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The name and the next value of the series at `index`, which must be below `len`.
    pub(crate) fn next_point(&mut self, index: usize) -> (&str, f64) {
        let begin = if index == 0 { 0 } else { self.ends[index - 1] };
        (&self.text[begin..self.ends[index]], self.columns[index].next_value())
    }
}

/// The name of the series at position `number`.
pub(crate) fn name_of(number: usize, form: Names) -> String {
    match form {
        Names::Paths => name_at(number),
        Names::Tagged => tagged_name_at(number),
    }
}

/// `numbers` cut into `parts` neighbouring ranges of nearly the same length.
pub(crate) fn divided(numbers: Range<usize>, parts: usize) -> Vec<Range<usize>> {
    let cut = |part| numbers.start + numbers.len() * part / parts;
    (0..parts).map(|part| cut(part)..cut(part + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_those_of_their_positions() {
        let mut population = Population::new(48..53, Names::Paths, 7);
        assert_eq!(population.len(), 5);
        for (index, number) in (48..53).enumerate() {
            let value = column_at(number, 7).next_value();
            assert_eq!(population.next_point(index), (name_at(number).as_str(), value));
        }
    }

    #[test]
    fn the_parts_are_the_whole() {
        assert_eq!(divided(5..15, 3), [5..8, 8..11, 11..15]);
        assert_eq!(divided(0..2, 4).iter().map(Range::len).sum::<usize>(), 2);
    }
}
