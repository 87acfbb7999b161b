//! Aggregation methods: how the known points of a bucket become one point of a coarser archive.
//!
//! Owns the arithmetic, which the store's rollups and the query's consolidation share so that they cannot differ.
//! Sums run naively from left to right, as whisper's do, so that results agree bit for bit. Whether enough points
//! are known (xFilesFactor) is the caller's question.

/// How several values become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Aggregation {
    /// The sum divided by the number of known values.
    #[default]
    Average,
    /// The sum of the known values.
    Sum,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
    /// The value latest in time.
    Last,
    /// The sum divided by the number of slots, known or not.
    AvgZero,
    /// The value farthest from zero, with its sign.
    AbsMax,
    /// The value nearest to zero, with its sign.
    AbsMin,
}

const ALL: &[Aggregation] = &[
    Aggregation::Average,
    Aggregation::Sum,
    Aggregation::Min,
    Aggregation::Max,
    Aggregation::Last,
    Aggregation::AvgZero,
    Aggregation::AbsMax,
    Aggregation::AbsMin,
];

impl Aggregation {
    /// Every method, in a fixed order.
    pub const fn all() -> &'static [Aggregation] {
        ALL
    }

    /// The method of that name in `storage-aggregation.conf`; `avg` is another name for `average`.
    pub fn parse(name: &str) -> Option<Aggregation> {
        if name == "avg" {
            return Some(Aggregation::Average);
        }
        ALL.iter().copied().find(|method| method.name() == name)
    }

    /// The method's name as `storage-aggregation.conf` writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Aggregation::Average => "average",
            Aggregation::Sum => "sum",
            Aggregation::Min => "min",
            Aggregation::Max => "max",
            Aggregation::Last => "last",
            Aggregation::AvgZero => "avg_zero",
            Aggregation::AbsMax => "absmax",
            Aggregation::AbsMin => "absmin",
        }
    }

    /// Aggregates the known values of one bucket, given in time order; `slots` is how many points the bucket could
    /// hold. No known value gives NaN, the mark of a missing point. Sums may overflow to an infinity.
    pub fn apply(self, known: &[f64], slots: usize) -> f64 {
        let Some((&first, rest)) = known.split_first() else {
            return f64::NAN;
        };
        match self {
            Aggregation::Average => sum(known) / known.len() as f64,
            Aggregation::Sum => sum(known),
            Aggregation::Min => select(first, rest, |value, best| value < best),
            Aggregation::Max => select(first, rest, |value, best| value > best),
            Aggregation::Last => *rest.last().unwrap_or(&first),
            Aggregation::AvgZero => sum(known) / slots as f64,
            Aggregation::AbsMax => select(first, rest, |value, best| value.abs() > best.abs()),
            Aggregation::AbsMin => select(first, rest, |value, best| value.abs() < best.abs()),
        }
    }
}

/// From left to right, starting at +0.0: the sum of a lone −0.0 is +0.0.
fn sum(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |total, value| total + value)
}

/// The first value that no later one beats.
fn select(first: f64, rest: &[f64], beats: impl Fn(f64, f64) -> bool) -> f64 {
    rest.iter().fold(first, |best, &value| if beats(value, best) { value } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_on_a_small_bucket() {
        let known = [1.0, -5.0, 3.0];
        let expected = [
            (Aggregation::Average, -1.0 / 3.0),
            (Aggregation::Sum, -1.0),
            (Aggregation::Min, -5.0),
            (Aggregation::Max, 3.0),
            (Aggregation::Last, 3.0),
            (Aggregation::AvgZero, -0.25),
            (Aggregation::AbsMax, -5.0),
            (Aggregation::AbsMin, 1.0),
        ];
        assert_eq!(expected.len(), Aggregation::all().len());
        for (method, value) in expected {
            assert_eq!(method.apply(&known, 4), value, "{}", method.name());
        }
    }

    #[test]
    fn names_parse_back() {
        for &method in Aggregation::all() {
            assert_eq!(Aggregation::parse(method.name()), Some(method));
        }
        assert_eq!(Aggregation::parse("avg"), Some(Aggregation::Average));
        assert_eq!(Aggregation::parse("median"), None);
        assert_eq!(Aggregation::parse("SUM"), None);
    }

    #[test]
    fn ties_keep_the_first_and_an_empty_bucket_is_missing() {
        assert_eq!(Aggregation::AbsMax.apply(&[-2.0, 2.0], 2), -2.0);
        assert_eq!(Aggregation::AbsMin.apply(&[2.0, -2.0], 2), 2.0);
        assert!(Aggregation::Max.apply(&[], 4).is_nan());
        assert_eq!(Aggregation::Sum.apply(&[-0.0], 1).to_bits(), 0.0f64.to_bits());
    }

    #[test]
    fn sums_are_naive() {
        assert_eq!(Aggregation::Sum.apply(&[1e16, 1.0, 1.0, -1e16], 4), 0.0);
    }
}
