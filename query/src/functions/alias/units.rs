//! Numbers with unit prefixes, as legends show them.
//!
//! Invariant: the prefix is the largest one that the number reaches; a result within 1e-11 of an integer is that integer.

/// A system of unit prefixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Units {
    /// Powers of 1000.
    Si,
    /// Powers of 1024.
    Binary,
}

const SI: [(&str, f64); 5] = [("P", 1e15), ("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)];
const BINARY: [(&str, f64); 5] = [
    ("Pi", 1_125_899_906_842_624.0),
    ("Ti", 1_099_511_627_776.0),
    ("Gi", 1_073_741_824.0),
    ("Mi", 1_048_576.0),
    ("Ki", 1024.0),
];

impl Units {
    pub(super) fn parse(name: &str) -> Option<Units> {
        match name {
            "si" => Some(Units::Si),
            "binary" => Some(Units::Binary),
            _ => None,
        }
    }

    /// The scaled number and its prefix.
    pub(super) fn scale(self, value: f64) -> (f64, &'static str) {
        let prefixes = if self == Units::Si { &SI } else { &BINARY };
        let reached = prefixes.iter().find(|(_, size)| value.abs() >= *size);
        let (scaled, prefix) = reached.map_or((value, ""), |(prefix, size)| (value / size, *prefix));
        let nearly_whole = scaled - scaled.floor() < 0.000_000_000_01 && value > 1.0;
        (if nearly_whole { scaled.floor() } else { scaled }, prefix)
    }
}
