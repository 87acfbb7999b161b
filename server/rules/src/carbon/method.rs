//! How the values of a bucket become one: carbon's methods, to the last bit of carbon's arithmetic.
//!
//! Invariant: values are taken in the order in which they come, so that a sum is rounded as carbon rounds it. Only
//! percentiles keep values; the other methods keep two numbers, however many values there are.

use std::cmp::Ordering;

/// How the values of a bucket become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// All of them added up.
    Sum,
    /// Their mean.
    Average,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// How many there are.
    Count,
    /// This percentile in tenths of a percent, between the two values around its rank where it falls between them.
    Percentile(u16),
}

/// The methods by the names they have in the file.
const METHODS: [(&str, Method); 12] = [
    ("sum", Method::Sum),
    ("avg", Method::Average),
    ("min", Method::Min),
    ("max", Method::Max),
    ("p50", Method::Percentile(500)),
    ("p75", Method::Percentile(750)),
    ("p80", Method::Percentile(800)),
    ("p90", Method::Percentile(900)),
    ("p95", Method::Percentile(950)),
    ("p99", Method::Percentile(990)),
    ("p999", Method::Percentile(999)),
    ("count", Method::Count),
];

impl Method {
    /// The method of that name.
    pub fn parse(name: &str) -> Option<Method> {
        METHODS.iter().find(|(known, _)| *known == name).map(|(_, method)| *method)
    }

    /// The method's name in the file.
    pub fn name(self) -> &'static str {
        METHODS.iter().find(|(_, method)| *method == self).map_or("", |(name, _)| name)
    }

    /// Every name, in carbon's order.
    pub fn names() -> impl Iterator<Item = &'static str> {
        METHODS.iter().map(|(name, _)| *name)
    }

    /// Whether a bucket has to keep all of its values.
    pub(super) fn keeps_values(self) -> bool {
        matches!(self, Method::Percentile(_))
    }
}

/// The values of one bucket, as much of them as its method needs.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Accumulated {
    /// The sum, or the smallest or the largest value, as the method wants.
    pub(super) number: f64,
    /// How many values there were.
    pub(super) count: u64,
    /// The values themselves, where the method needs them.
    pub(super) values: Vec<f64>,
}

impl Accumulated {
    /// Takes one more value.
    pub(super) fn add(&mut self, method: Method, value: f64) {
        let is_first = self.count == 0;
        match method {
            Method::Sum | Method::Average => self.number += value,
            Method::Min if is_first || value < self.number => self.number = value,
            Method::Max if is_first || value > self.number => self.number = value,
            Method::Min | Method::Max | Method::Count => {}
            Method::Percentile(_) => self.values.push(value),
        }
        self.count += 1;
    }

    /// The aggregate; `None` without any value.
    #[allow(clippy::cast_precision_loss, reason = "the mean of 2^53 values is not at stake")]
    pub(super) fn value(&self, method: Method) -> Option<f64> {
        if self.count == 0 {
            return None;
        }
        match method {
            Method::Sum | Method::Min | Method::Max => Some(self.number),
            Method::Average => Some(self.number / self.count as f64),
            Method::Count => Some(self.count as f64),
            Method::Percentile(thousandths) => percentile(&self.values, f64::from(thousandths) / 1000.0),
        }
    }
}

/// The value at rank `factor × (n − 1)` of the sorted values; between two ranks, both in proportion.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "ranks lie between 0 and the number of values, which is capped far below 2^53"
)]
fn percentile(values: &[f64], factor: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    let rank = factor * (sorted.len().checked_sub(1)? as f64);
    let (left, right) = (rank.floor(), rank.ceil());
    let (below, above) = (sorted.get(left as usize)?, sorted.get(right as usize)?);
    Some(if left == right { *below } else { below * (right - rank) + above * (rank - left) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aggregate(name: &str, values: &[f64]) -> Option<f64> {
        let method = Method::parse(name).expect("a method");
        assert_eq!(method.name(), name);
        let mut accumulated = Accumulated::default();
        values.iter().for_each(|value| accumulated.add(method, *value));
        assert_eq!(accumulated.values.len(), if method.keeps_values() { values.len() } else { 0 });
        accumulated.value(method)
    }

    #[test]
    fn every_method_gives_what_carbon_computes() {
        // Computed by carbon 1.1.10.
        let values = [3.5, -1.0, 10.25, 0.1, 0.2];
        for (name, expected) in [
            ("sum", 13.049_999_999_999_999),
            ("avg", 2.61),
            ("min", -1.0),
            ("max", 10.25),
            ("count", 5.0),
            ("p50", 0.2),
            ("p75", 3.5),
            ("p80", 4.850_000_000_000_001),
            ("p90", 7.550_000_000_000_001),
            ("p95", 8.899_999_999_999_999),
            ("p99", 9.98),
            ("p999", 10.222_999_999_999_999),
        ] {
            assert_eq!(aggregate(name, &values), Some(expected), "{name}");
            assert_eq!(aggregate(name, &[]), None, "{name}");
        }
    }

    #[test]
    fn a_single_value_is_every_percentile_of_itself() {
        for name in Method::names().filter(|name| *name != "count") {
            assert_eq!(aggregate(name, &[-7.5]), Some(-7.5), "{name}");
        }
    }

    #[test]
    fn names_are_the_file_s() {
        assert_eq!(Method::parse("average"), None);
        assert_eq!(Method::parse("SUM"), None);
        assert_eq!(Method::names().count(), 12);
    }
}
