//! Owns a run of slots of one series at one archive, with what the roll-up must know of each: was it touched since
//! its bucket was last rolled up, and did it arrive only after it had expired.
//!
//! Invariant: `values` and `touched` have one entry a slot; late days are in ascending order and as long.

/// A run of slots.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cells {
    /// Timestamp of the first slot.
    pub(crate) first: i64,
    pub(crate) step_secs: i64,
    /// NaN where absent.
    pub(crate) values: Vec<f64>,
    /// Slots whose coarser bucket has not been rolled up since they changed.
    pub(crate) touched: Vec<bool>,
    /// Cells that came when their bucket had expired, by day of arrival. They are never shown, only rolled up.
    pub(crate) late: Vec<LateCells>,
}

/// The late-born cells of one day of arrival.
#[derive(Debug, Clone)]
pub(crate) struct LateCells {
    pub(crate) born_day: u32,
    pub(crate) values: Vec<f64>,
    pub(crate) touched: Vec<bool>,
}

impl Cells {
    /// `count` absent slots.
    pub(crate) fn absent(first: i64, step_secs: i64, count: usize) -> Self {
        Self::absent_in(Self::default(), first, step_secs, count)
    }

    /// `count` absent slots in the memory of cells that nobody needs any more.
    pub(crate) fn absent_in(memory: Self, first: i64, step_secs: i64, count: usize) -> Self {
        let Self { mut values, mut touched, mut late, .. } = memory;
        values.clear();
        values.resize(count, f64::NAN);
        touched.clear();
        touched.resize(count, false);
        late.clear();
        Self { first, step_secs, values, touched, late }
    }

    /// Timestamp behind the last slot.
    pub(crate) fn end(&self) -> i64 {
        self.first + self.step_secs * self.values.len() as i64
    }

    /// Where `born_day`'s cells go: the visible ones for day 0.
    pub(crate) fn day_mut(&mut self, born_day: u32) -> (&mut [f64], &mut [bool]) {
        if born_day == 0 {
            return (&mut self.values, &mut self.touched);
        }
        let at = self.late.partition_point(|late| late.born_day < born_day);
        if self.late.get(at).is_none_or(|late| late.born_day != born_day) {
            let count = self.values.len();
            let (values, touched) = (vec![f64::NAN; count], vec![false; count]);
            self.late.insert(at, LateCells { born_day, values, touched });
        }
        let late = &mut self.late[at];
        (&mut late.values, &mut late.touched)
    }

    /// Whether any slot of any day is touched.
    pub(crate) fn any_touched(&self) -> bool {
        self.touched.contains(&true) || self.late.iter().any(|late| late.touched.contains(&true))
    }

    /// The value that counts as known among late-born cells of `born_day`: theirs, else the day before's.
    pub(crate) fn late_value(&self, born_day: u32, slot: usize) -> f64 {
        let on = |day: u32| self.late.iter().find(|late| late.born_day == day).map(|late| late.values[slot]);
        match on(born_day) {
            Some(value) if !value.is_nan() => value,
            _ => born_day.checked_sub(1).and_then(on).unwrap_or(f64::NAN),
        }
    }
}
