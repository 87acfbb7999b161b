//! `> 90`: a comparison as it is written, its opposite, and what it says of a value.
//!
//! Invariant: a value that is missing makes a condition neither true nor false. The words of `when` (`changes`, `absent`)
//! are read by `files`.

use std::fmt;

use crate::rule::{Comparison, Condition};

/// What a condition says of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// There is no value: nothing begins, ends or starts anew because of it.
    Unknown,
}

/// A text that is no condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionError {
    /// The text, shortened.
    pub found: String,
}

impl fmt::Display for ConditionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ConditionError { found } = self;
        write!(f, "{found:?} is no condition: expected one of > >= < <= == != and a number, as in \"> 90\"")
    }
}

impl std::error::Error for ConditionError {}

/// Every comparison with its sign; where one sign begins with another, the longer one first.
const SIGNS: [(&str, Comparison); 6] = [
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    (">", Comparison::Above),
    ("<", Comparison::Below),
];

impl Comparison {
    /// As it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Comparison::Above => ">",
            Comparison::AtLeast => ">=",
            Comparison::Below => "<",
            Comparison::AtMost => "<=",
            Comparison::Equal => "==",
            Comparison::NotEqual => "!=",
        }
    }

    /// The comparison that holds where this one does not.
    pub fn opposite(self) -> Comparison {
        match self {
            Comparison::Above => Comparison::AtMost,
            Comparison::AtLeast => Comparison::Below,
            Comparison::Below => Comparison::AtLeast,
            Comparison::AtMost => Comparison::Above,
            Comparison::Equal => Comparison::NotEqual,
            Comparison::NotEqual => Comparison::Equal,
        }
    }
}

impl Condition {
    /// Reads a sign and a finite number; blanks around either do not matter.
    ///
    /// # Errors
    /// Anything else.
    ///
    /// ```
    /// use plumbago_rules::{Condition, Truth};
    /// let condition = Condition::parse(">= 90").unwrap();
    /// assert_eq!(condition.holds(Some(90.0)), Truth::True);
    /// assert_eq!(condition.opposite().to_string(), "< 90");
    /// ```
    pub fn parse(text: &str) -> Result<Condition, ConditionError> {
        let written = text.trim();
        let parsed = SIGNS.iter().find_map(|(sign, comparison)| {
            let number = number(written.strip_prefix(sign)?.trim_start())?;
            Some(Condition { comparison: *comparison, number })
        });
        parsed.ok_or_else(|| ConditionError { found: text.chars().take(60).collect() })
    }

    /// The condition that holds for every value for which this one does not.
    pub fn opposite(self) -> Condition {
        Condition { comparison: self.comparison.opposite(), ..self }
    }

    /// What it says of a value; a missing one (also as NaN) is unknown.
    pub fn holds(self, value: Option<f64>) -> Truth {
        let Some(value) = value.filter(|value| !value.is_nan()) else { return Truth::Unknown };
        let holds = match self.comparison {
            Comparison::Above => value > self.number,
            Comparison::AtLeast => value >= self.number,
            Comparison::Below => value < self.number,
            Comparison::AtMost => value <= self.number,
            Comparison::Equal => value == self.number,
            Comparison::NotEqual => value != self.number,
        };
        if holds { Truth::True } else { Truth::False }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.comparison.sign(), self.number)
    }
}

/// A finite number in digits: words such as `inf` are none.
fn number(text: &str) -> Option<f64> {
    let begins = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.');
    let number = text.starts_with(begins).then(|| text.parse::<f64>().ok()).flatten()?;
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_print_as_they_parse() {
        for text in ["> 90", ">= 0.5", "< -3", "<= 1", "== 0", "!= 1000000"] {
            assert_eq!(Condition::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Condition::parse(" >90 "), Condition::parse("> 90"));
        assert_eq!(Condition::parse(">1e3").unwrap().to_string(), "> 1000");
    }

    #[test]
    fn other_texts_are_no_conditions() {
        for text in [
            "", "90", "> ", "> ninety", "=> 1", "= 1", "> nan", "> inf", "> -inf", "> 1 2", "> 1e999", ">> 1",
        ] {
            assert!(Condition::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn exactly_one_of_a_condition_and_its_opposite_holds() {
        for (sign, _) in SIGNS {
            let condition = Condition::parse(&format!("{sign} 5")).unwrap();
            assert_eq!(condition.opposite().opposite(), condition);
            for value in [4.0, 5.0, 6.0, f64::INFINITY, f64::NEG_INFINITY] {
                assert_ne!(
                    condition.holds(Some(value)),
                    condition.opposite().holds(Some(value)),
                    "{sign} {value}"
                );
            }
        }
    }

    #[test]
    fn a_missing_value_is_unknown_and_never_zero() {
        for text in ["< 5", "== 0", "!= 7"] {
            let condition = Condition::parse(text).unwrap();
            assert_eq!(condition.holds(None), Truth::Unknown);
            assert_eq!(condition.holds(Some(f64::NAN)), Truth::Unknown);
        }
    }
}
