//! Lists of all series, alike in both dialects.

use super::wire::{push_bytes, push_integer, push_text};

/// What is told of one series.
#[derive(Clone, Debug)]
pub struct Detail<Name> {
    /// Its name.
    pub name: Name,
    /// About how many bytes it takes.
    pub size_bytes: u64,
    /// The time of its newest point, in seconds since the epoch.
    pub last_point: i64,
}

/// Writes a `ListMetricsResponse`.
pub fn list_of_names(out: &mut Vec<u8>, names: impl IntoIterator<Item = impl AsRef<str>>) {
    for name in names {
        push_text(out, 1, name.as_ref());
    }
}

/// Writes a `MetricDetailsResponse`: each series, and the room of the disk in bytes.
pub fn sizes_of_names<Name: AsRef<str>>(
    out: &mut Vec<u8>,
    series: impl IntoIterator<Item = Detail<Name>>,
    free_bytes: u64,
    total_bytes: u64,
) {
    let (mut details, mut entry) = (Vec::new(), Vec::new());
    for one in series {
        details.clear();
        push_integer(&mut details, 2, signed(one.size_bytes));
        push_integer(&mut details, 3, one.last_point);
        push_integer(&mut details, 4, one.last_point);
        entry.clear();
        push_text(&mut entry, 1, one.name.as_ref());
        push_bytes(&mut entry, 2, &details);
        push_bytes(out, 1, &entry);
    }
    push_integer(out, 2, signed(free_bytes));
    push_integer(out, 3, signed(total_bytes));
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_messages() {
        let mut out = Vec::new();
        list_of_names(&mut out, ["a", "bc"]);
        assert_eq!(out, b"\x0a\x01a\x0a\x02bc");
        out.clear();
        sizes_of_names(&mut out, [Detail { name: "a", size_bytes: 300, last_point: 60 }], 1, 2);
        assert_eq!(out, b"\x0a\x0c\x0a\x01a\x12\x07\x10\xac\x02\x18\x3c\x20\x3c\x10\x01\x18\x02");
    }
}
