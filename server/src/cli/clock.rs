//! Which clock gives the data its `now`. Reading a clock is done by the server alone.

use std::fmt;
use std::str::FromStr;

/// The value of `--clock`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ClockChoice {
    /// The machine's clock.
    #[default]
    System,
    /// Always this many seconds since the epoch.
    Fixed(i64),
}

/// A text that names no clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClockChoiceError;

impl fmt::Display for ClockChoiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be system, or fixed: and seconds since the epoch, such as fixed:1710504000")
    }
}

impl std::error::Error for ClockChoiceError {}

impl FromStr for ClockChoice {
    type Err = ClockChoiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "system" {
            return Ok(Self::System);
        }
        let epoch = text.strip_prefix("fixed:").ok_or(ClockChoiceError)?;
        // Beyond the years that a 32-bit time of a wire format can tell, arithmetic on steps could overflow.
        epoch
            .parse::<i64>()
            .ok()
            .filter(|epoch| (0..=i64::from(u32::MAX)).contains(epoch))
            .map(Self::Fixed)
            .ok_or(ClockChoiceError)
    }
}

impl fmt::Display for ClockChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::Fixed(epoch) => write!(f, "fixed:{epoch}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_read_and_shown() {
        for (text, clock) in [
            ("system", ClockChoice::System),
            ("fixed:0", ClockChoice::Fixed(0)),
            ("fixed:1710504000", ClockChoice::Fixed(1_710_504_000)),
        ] {
            assert_eq!(text.parse(), Ok(clock));
            assert_eq!(clock.to_string(), text);
        }
        for text in
            ["", "fixed", "fixed:", "fixed:-1", "fixed:1.5", "fixed:99999999999", "System", "1710504000"]
        {
            assert_eq!(text.parse::<ClockChoice>(), Err(ClockChoiceError), "{text}");
        }
    }
}
