//! Owns the choice among the mappings from integers to values, dictionaries aside.
//!
//! Cheap and likely mappings come first; costly ones are tried only where exact decimals fail.

use super::decimal::ordered;
use super::exceptions::{exceptions_bits, write_exceptions};
use super::fit::{Divider, Fit, common_factor};
use super::near::{Near, write_ulps};
use super::sequence::{BaseForm, SequencePlan};
use super::tag::{Mapping, Tag};
use crate::varint;

/// Encodes blocks by mappings; reused from block to block.
#[derive(Default)]
pub(super) struct MappedEncoder {
    decimal: Fit,
    near: Near,
    /// Integers of the ordered mapping.
    ordered: Vec<i64>,
    /// Integers of the decimal mapping, divided by their common factor.
    divided: Vec<i64>,
    scratch: Vec<u64>,
}

/// A way to write the block that was looked at last, and its length in bits, about.
#[derive(Clone, Copy)]
pub(super) struct Choice {
    mapping: Mapping,
    factor: i64,
    plan: SequencePlan,
    pub(super) bits: usize,
}

impl MappedEncoder {
    /// Looks at `values`, of which there is at least one, and chooses the shortest way.
    pub(super) fn choose(&mut self, values: &[f64]) -> Choice {
        let decimal = self.choose_decimal(values);
        if let Some(choice) = decimal
            && self.decimal.exceptions.len() * 16 <= values.len()
        {
            return choice;
        }
        let near = self.choose_near(values);
        let decimals = [decimal, near].into_iter().flatten().min_by_key(|choice| choice.bits);
        match decimals {
            Some(best) if ordered_is_longer(values, best.bits) => best,
            Some(best) => {
                let ordered = self.choose_ordered(values);
                if best.bits < ordered.bits { best } else { ordered }
            }
            None => self.choose_ordered(values),
        }
    }

    fn choose_decimal(&mut self, values: &[f64]) -> Option<Choice> {
        if !self.decimal.exact(values) {
            return None;
        }
        let Fit { power, integers, exceptions } = &self.decimal;
        let plan = SequencePlan::of(integers, BaseForm::Folded);
        let behind = exceptions_bits(exceptions.len(), values.len());
        let bits = 8 + plan.bits + behind;
        let best = Choice { mapping: Mapping::Decimal { power: *power }, factor: 1, plan, bits };
        // A factor costs two bytes at least; what is short already has nothing to gain.
        if plan.bits < 64 {
            return Some(best);
        }
        let factor = common_factor(integers);
        if factor == 1 {
            return Some(best);
        }
        self.divided.clear();
        let divider = Divider::by(factor.unsigned_abs())?;
        self.divided.extend(integers.iter().map(|integer| divider.quotient(*integer)));
        let plan = SequencePlan::of(&self.divided, BaseForm::Folded);
        let bits = 16 + 8 * varint::length_bytes(factor as u64) + plan.bits + behind;
        let scaled = Choice { mapping: Mapping::Scaled, factor, plan, bits };
        Some(if scaled.bits < best.bits { scaled } else { best })
    }

    fn choose_ordered(&mut self, values: &[f64]) -> Choice {
        self.ordered.clear();
        self.ordered.extend(values.iter().map(|value| ordered(value.to_bits())));
        let plan = SequencePlan::of(&self.ordered, BaseForm::Word);
        Choice { mapping: Mapping::Ordered, factor: 1, plan, bits: 8 + plan.bits }
    }

    fn choose_near(&mut self, values: &[f64]) -> Option<Choice> {
        // One or two values have no room for the divisor and the distances.
        if values.len() < 3 || !self.near.find(values) {
            return None;
        }
        let factor = common_factor(&self.near.fit.integers);
        if factor != 1 {
            let divider = Divider::by(factor.unsigned_abs())?;
            self.near.fit.integers.iter_mut().for_each(|integer| *integer = divider.quotient(*integer));
        }
        let plan = SequencePlan::of(&self.near.fit.integers, BaseForm::Folded);
        let exceptions = exceptions_bits(self.near.fit.exceptions.len(), values.len());
        let bits = 48 + plan.bits + self.near.ulps_bits() + exceptions;
        Some(Choice { mapping: Mapping::Near, factor, plan, bits })
    }

    /// Appends the block: `values` and `choice` are those of the last look.
    pub(super) fn write(&mut self, choice: Choice, values: &[f64], out: &mut Vec<u8>) {
        let Choice { mapping, factor, plan, .. } = choice;
        let exceptions = !self.exceptions(mapping).is_empty();
        out.push(Tag { mapping, packing: plan.packing, exceptions }.to_byte());
        match mapping {
            Mapping::Scaled => {
                out.push(self.decimal.power);
                varint::put(factor as u64, out);
                plan.write(&self.divided, BaseForm::Folded, &mut self.scratch, out);
            }
            Mapping::Near => {
                out.push(self.near.fit.power);
                varint::put(u64::from(self.near.divisor), out);
                varint::put(factor as u64, out);
                let ulps = self.near.write_ulps_frame(out);
                plan.write(&self.near.fit.integers, BaseForm::Folded, &mut self.scratch, out);
                write_ulps(&self.near.ulps, ulps, out);
            }
            Mapping::Ordered => plan.write(&self.ordered, BaseForm::Word, &mut self.scratch, out),
            Mapping::Decimal { .. } | Mapping::Dictionary => {
                plan.write(&self.decimal.integers, BaseForm::Folded, &mut self.scratch, out);
            }
        }
        write_exceptions(values, self.exceptions(mapping), out);
    }

    fn exceptions(&self, mapping: Mapping) -> &[u16] {
        match mapping {
            Mapping::Decimal { .. } | Mapping::Scaled => &self.decimal.exceptions,
            Mapping::Near => &self.near.fit.exceptions,
            Mapping::Ordered | Mapping::Dictionary => &[],
        }
    }
}

/// Whether the bits of `values` as integers surely take more than `bits`: neighbours tell how far they are apart. A
/// sequence takes as many bits as its values differ by, whether from a base or from step to step; a sample stands for
/// all, and half of it is given away.
fn ordered_is_longer(values: &[f64], bits: usize) -> bool {
    let stride = values.len().div_ceil(16).max(1);
    let pairs = values.windows(2).step_by(stride);
    let (sampled, sum) = pairs.fold((0, 0), |(sampled, sum), pair| {
        let difference = ordered(pair[1].to_bits()).wrapping_sub(ordered(pair[0].to_bits()));
        (sampled + 1, sum + varint::bit_width(difference.unsigned_abs()) as usize)
    });
    sampled >= 4 && sum * values.len() > 2 * bits * sampled
}
