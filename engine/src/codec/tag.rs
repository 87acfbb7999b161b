//! Owns a block's first byte: which mapping turns integers into values, how the integers are laid out, and whether
//! exceptions follow.

use super::decimal::POWER_MAX;

/// How integers become values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mapping {
    /// `integer / 10^power`.
    Decimal { power: u8 },
    /// `integer · factor / 10^power`.
    Scaled,
    /// `integer · factor / (divisor · 10^power)`, moved by a few units in the last place.
    Near,
    /// The value's bits, in an order that follows the values.
    Ordered,
    /// An index into a list of values.
    Dictionary,
}

/// How integers are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// One integer, for all.
    Constant,
    /// Distances from a base.
    Frame,
    /// A first integer, then each one's distance from the one before.
    Delta,
    /// Runs of equal integers.
    Runs,
}

const SCALED: u8 = 16;
const NEAR: u8 = 17;
const ORDERED: u8 = 18;
const DICTIONARY: u8 = 19;
const MAPPING_MASK: u8 = 0x1F;
const PACKING_SHIFT: u32 = 5;
const EXCEPTIONS: u8 = 0x80;

/// A block's first byte, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) mapping: Mapping,
    pub(super) packing: Packing,
    pub(super) exceptions: bool,
}

impl Tag {
    pub(super) fn to_byte(self) -> u8 {
        let mapping = match self.mapping {
            Mapping::Decimal { power } => power,
            Mapping::Scaled => SCALED,
            Mapping::Near => NEAR,
            Mapping::Ordered => ORDERED,
            Mapping::Dictionary => DICTIONARY,
        };
        let exceptions = if self.exceptions { EXCEPTIONS } else { 0 };
        mapping | (self.packing as u8) << PACKING_SHIFT | exceptions
    }

    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        let mapping = match byte & MAPPING_MASK {
            power if power <= POWER_MAX => Mapping::Decimal { power },
            SCALED => Mapping::Scaled,
            NEAR => Mapping::Near,
            ORDERED => Mapping::Ordered,
            DICTIONARY => Mapping::Dictionary,
            _ => return None,
        };
        let packing = match byte >> PACKING_SHIFT & 3 {
            0 => Packing::Constant,
            1 => Packing::Frame,
            2 => Packing::Delta,
            _ => Packing::Runs,
        };
        Some(Self { mapping, packing, exceptions: byte & EXCEPTIONS != 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_that_is_a_tag_is_its_own() {
        let tags = (0..=255).filter(|&byte| Tag::from_byte(byte).is_some_and(|tag| tag.to_byte() == byte));
        assert_eq!(tags.count(), 20 * 4 * 2);
    }
}
