//! What makes two things the same across restarts: rules, what they watch, and the events they make.
//!
//! Invariant: an identity depends on nothing but the texts and numbers it is given, never on the program or the machine.
//! It is a 128-bit FNV-1a hash over parts that say where they end, so that moving a byte from one part to the next makes
//! another one. It is no secret and no protection against somebody who looks for equal ones.

use crate::{Group, Rule};

const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

/// The identity of some parts in their order, as 32 hexadecimal digits.
pub(crate) fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = OFFSET;
    let mut add = |byte: u8| hash = (hash ^ u128::from(byte)).wrapping_mul(PRIME);
    for part in parts {
        part.iter().copied().for_each(&mut add);
        (part.len() as u64).to_le_bytes().into_iter().for_each(&mut add);
    }
    format!("{hash:032x}")
}

/// The identity of a rule: group, name and labels as written, whatever file it stands in. Of several rules that agree in
/// those, `place` tells which one it is, from 0.
pub(crate) fn of_rule(group: &Group, rule: &Rule, place: u64) -> String {
    let place = place.to_le_bytes();
    let labels = rule.labels.iter().flat_map(|(key, value)| [key.as_bytes(), value.as_bytes()]);
    of([group.name.as_bytes(), rule.name.as_bytes(), &place[..]].into_iter().chain(labels))
}

/// The key of an event: rule, what it was seen in, and its first slot.
pub(crate) fn of_event(rule: &str, watched: &str, start_secs: i64) -> String {
    of([rule.as_bytes(), watched.as_bytes(), &start_secs.to_le_bytes()[..]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_stay_as_they_are_and_tell_parts_apart() {
        // Stored in every data directory: a change here makes every event of every rule a new one.
        assert_eq!(of_event("r", "web.a", 1_700_000_000), "96e2f29edd2acfc4169e0a7075227815");
        assert_eq!(of([&b"plumbago"[..]]), "30670255a7b74c1727e816c9281115a4");
        assert_ne!(of([&b"ab"[..], b"c"]), of([&b"a"[..], b"bc"]));
        assert_ne!(of([&b"a"[..]]), of([&b"a"[..], b""]));
    }
}
