//! Owns how numbers are shown to people: with their unit, in three digits, and with round marks on an axis.
//!
//! Invariant: bytes that are stored count in 1024s (KiB), bytes that flow in 1000s (kB/s), as other tools show them.

/// What the numbers of a graph count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Percent, shown as `12.3%`.
    Percent,
    /// Stored bytes, shown as `1.52 GiB`.
    Bytes,
    /// Flowing bytes, shown as `1.52 MB/s`.
    BytesPerSecond,
    /// A bare number, shown as `0.47`.
    Plain,
}

/// Prefixes by rising power of the base.
const PREFIXES: [&str; 6] = ["", "k", "M", "G", "T", "P"];
const BINARY_PREFIXES: [&str; 6] = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];

impl Unit {
    /// `value` with its unit, in about three digits.
    pub(crate) fn format(self, value: f64) -> String {
        match self {
            Self::Percent => format!("{}%", three_digits(value)),
            Self::Plain => scaled(value, 1000.0, &PREFIXES, ""),
            Self::Bytes => scaled(value, 1024.0, &BINARY_PREFIXES, "B"),
            Self::BytesPerSecond => scaled(value, 1000.0, &PREFIXES, "B/s"),
        }
    }

    /// A mark on an axis: as [`Self::format`], without zeros that carry nothing.
    pub(crate) fn format_mark(self, value: f64) -> String {
        if value == 0.0 {
            return "0".to_owned();
        }
        let text = self.format(value);
        let digits = text.bytes().take_while(|byte| b"-.0123456789".contains(byte)).count();
        let (number, unit) = text.split_at(digits);
        if !number.contains('.') {
            return text;
        }
        format!("{}{unit}", number.trim_end_matches('0').trim_end_matches('.'))
    }

    /// The distance between marks that puts three to five of them between zero and `span`.
    pub(crate) fn step(self, span: f64) -> f64 {
        let rough = span / 4.0;
        let scale = match self {
            // 1, 2, 5, 10, 20, … 500 KiB, then MiB: round numbers of the unit that is shown.
            Self::Bytes => 1024_f64.powi((rough.max(1.0).log(1024.0) + 1e-9).floor() as i32),
            _ => 1.0,
        };
        let power = 10_f64.powf((rough / scale).log10().floor());
        let digit = rough / scale / power;
        let round = [1.0, 2.0, 2.5, 5.0].into_iter().find(|round| digit <= *round).unwrap_or(10.0);
        round * power * scale
    }
}

fn scaled(value: f64, base: f64, prefixes: &[&str], unit: &str) -> String {
    let mut scaled = value;
    let mut index = 0;
    // 999.5 would be shown as 1000: that is where the next prefix begins.
    while scaled.abs() >= base - 0.5 && index + 1 < prefixes.len() {
        scaled /= base;
        index += 1;
    }
    let space = if unit.is_empty() && index == 0 { "" } else { " " };
    if index == 0 && !unit.is_empty() {
        return format!("{scaled:.0}{space}{unit}");
    }
    format!("{}{space}{}{unit}", three_digits(scaled), prefixes[index])
}

fn three_digits(value: f64) -> String {
    match value.abs() {
        size if size >= 99.95 => format!("{value:.0}"),
        size if size >= 9.995 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_unit_and_three_digits() {
        assert_eq!(Unit::Percent.format(3.456), "3.46%");
        assert_eq!(Unit::Percent.format(12.345), "12.3%");
        assert_eq!(Unit::Percent.format(100.0), "100%");
        assert_eq!(Unit::Bytes.format(1536.0 * 1024.0 * 1024.0), "1.50 GiB");
        assert_eq!(Unit::Bytes.format(812.0), "812 B");
        assert_eq!(Unit::BytesPerSecond.format(1_520_000.0), "1.52 MB/s");
        assert_eq!(Unit::BytesPerSecond.format(999.9), "1.00 kB/s");
        assert_eq!(Unit::Plain.format(0.47), "0.47");
        assert_eq!(Unit::Plain.format(12_345.0), "12.3 k");
    }

    #[test]
    fn marks_carry_no_idle_zeros() {
        assert_eq!(Unit::Percent.format_mark(50.0), "50%");
        assert_eq!(Unit::Percent.format_mark(2.5), "2.5%");
        assert_eq!(Unit::Bytes.format_mark(20.0 * 1024.0 * 1024.0 * 1024.0), "20 GiB");
        assert_eq!(Unit::BytesPerSecond.format_mark(500.0), "500 B/s");
        assert_eq!(Unit::Plain.format_mark(0.0), "0");
        assert_eq!(Unit::Percent.format_mark(100.0), "100%");
    }

    #[test]
    fn steps_are_round_numbers_of_the_unit_shown() {
        assert_eq!(Unit::Percent.step(100.0), 25.0);
        assert_eq!(Unit::Percent.step(80.0), 20.0);
        assert_eq!(Unit::BytesPerSecond.step(37_000.0), 10_000.0);
        assert_eq!(Unit::Bytes.step(24.0 * 1024_f64.powi(3)), 10.0 * 1024_f64.powi(3));
        assert_eq!(Unit::Bytes.step(4.0 * 1024_f64.powi(3)), 1024_f64.powi(3));
        assert_eq!(Unit::Plain.step(0.3), 0.1);
    }
}
