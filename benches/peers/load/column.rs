//! One series' values from any step on.
//!
//! Invariant: the value at a step is the same wherever the walk to it began.

use plumbago_benches::{MIX, Values};

/// The values of the series at position `number`, from step `first_step` on.
pub(crate) fn column_at(number: usize, first_step: usize) -> Values {
    let mut values = Values::new(MIX[number % MIX.len()], number);
    for _ in 0..first_step {
        values.next_value();
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_goes_on_where_an_earlier_one_would_be() {
        for number in 0..10 {
            let mut whole = column_at(number, 0);
            let all: Vec<f64> = (0..20).map(|_| whole.next_value()).collect();
            let mut later = column_at(number, 13);
            assert_eq!((0..7).map(|_| later.next_value()).collect::<Vec<_>>(), all[13..]);
        }
    }
}
