//! Owns the sequence: signed integers laid out as a constant, as distances from a base, as steps, or as runs.
//!
//! Layout after a base (folded, or eight bytes where integers are wide): nothing for a constant; a column for a frame;
//! the smallest step and a column for steps; counts and widths for runs. All arithmetic wraps, so any integers come
//! back, whatever their distance.

use super::CodecError;
use super::column::{ColumnPlan, read_column, write_column};
use super::pack::pack;
use super::reader::Reader;
use super::tag::Packing;
use super::unpack::{CHUNK, unpack, unpack_chunks};
use crate::varint::{self, bit_width};

/// How the base is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BaseForm {
    /// As a folded variable-length integer: bases are small.
    Folded,
    /// As eight bytes: bases are the bits of doubles.
    Word,
}

/// How a sequence will be written, and how long it will be.
#[derive(Clone, Copy, Debug)]
pub(super) struct SequencePlan {
    pub(super) packing: Packing,
    base: i64,
    step: i64,
    column: ColumnPlan,
    runs: RunsPlan,
    /// Length in bits, for comparing plans.
    pub(super) bits: usize,
}

#[derive(Clone, Copy, Debug)]
struct RunsPlan {
    count: usize,
    length_width: u32,
    value_width: u32,
}

/// What one look at the integers tells.
struct Facts {
    min: i64,
    max: i64,
    step_min: i64,
    step_max: i64,
    runs: usize,
}

impl Facts {
    fn of(integers: &[i64]) -> Self {
        let first = integers.first().copied().unwrap_or(0);
        let mut facts = Self { min: first, max: first, step_min: i64::MAX, step_max: i64::MIN, runs: 1 };
        let mut before = first;
        for &integer in integers.iter().skip(1) {
            let step = integer.wrapping_sub(before);
            facts.min = facts.min.min(integer);
            facts.max = facts.max.max(integer);
            facts.step_min = facts.step_min.min(step);
            facts.step_max = facts.step_max.max(step);
            facts.runs += usize::from(step != 0);
            before = integer;
        }
        facts
    }
}

impl SequencePlan {
    /// Chooses the shortest layout for `integers`, of which there is at least one.
    pub(super) fn of(integers: &[i64], form: BaseForm) -> Self {
        let facts = Facts::of(integers);
        let no_runs = RunsPlan { count: 0, length_width: 0, value_width: 0 };
        let (base, column) = frame(integers.len(), facts.min, facts.max, |index| integers[index]);
        let bits = base_bits(base, form) + column.bits;
        let mut best = Self { packing: Packing::Frame, base, step: 0, column, runs: no_runs, bits };
        if facts.runs == 1 {
            let bits = base_bits(facts.min, form);
            return Self { packing: Packing::Constant, base: facts.min, bits, ..best };
        }
        let (step, column) = frame(integers.len() - 1, facts.step_min, facts.step_max, |index| {
            integers[index + 1].wrapping_sub(integers[index])
        });
        let bits = base_bits(integers[0], form) + 8 * varint::signed_length_bytes(step) + column.bits;
        if bits < best.bits {
            best = Self { packing: Packing::Delta, base: integers[0], step, column, bits, ..best };
        }
        if facts.runs * 2 <= integers.len() {
            let longest = integers.chunk_by(|a, b| a == b).map(<[i64]>::len).max().unwrap_or(1);
            let runs = RunsPlan {
                count: facts.runs,
                length_width: bit_width(longest as u64 - 1),
                value_width: bit_width(facts.max.wrapping_sub(facts.min) as u64),
            };
            let packed = runs.count * (runs.length_width + runs.value_width) as usize;
            let bits = base_bits(facts.min, form) + 8 * varint::length_bytes(runs.count as u64) + 24 + packed;
            if bits < best.bits {
                best = Self { packing: Packing::Runs, base: facts.min, runs, bits, ..best };
            }
        }
        best
    }

    /// Appends `integers`; the plan must have been made of the same integers.
    pub(super) fn write(&self, integers: &[i64], form: BaseForm, scratch: &mut Vec<u64>, out: &mut Vec<u8>) {
        match form {
            BaseForm::Folded => varint::put_signed(self.base, out),
            BaseForm::Word => out.extend_from_slice(&self.base.to_le_bytes()),
        }
        scratch.clear();
        match self.packing {
            Packing::Constant => {}
            Packing::Frame => {
                scratch.extend(integers.iter().map(|integer| integer.wrapping_sub(self.base) as u64));
                write_column(self.column, scratch, out);
            }
            Packing::Delta => {
                varint::put_signed(self.step, out);
                let steps = integers.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]));
                scratch.extend(steps.map(|step| step.wrapping_sub(self.step) as u64));
                write_column(self.column, scratch, out);
            }
            Packing::Runs => {
                varint::put(self.runs.count as u64, out);
                out.push(self.runs.length_width as u8);
                out.push(self.runs.value_width as u8);
                let runs = || integers.chunk_by(|a, b| a == b);
                scratch.extend(runs().map(|run| run.len() as u64 - 1));
                pack(scratch.iter().copied(), self.runs.length_width, out);
                scratch.clear();
                scratch.extend(runs().map(|run| run[0].wrapping_sub(self.base) as u64));
                pack(scratch.iter().copied(), self.runs.value_width, out);
            }
        }
    }
}

fn base_bits(base: i64, form: BaseForm) -> usize {
    match form {
        BaseForm::Folded => 8 * varint::signed_length_bytes(base),
        BaseForm::Word => 64,
    }
}

/// Chooses the base from which distances are short: the smallest integer, or, where outliers spoil that, the smallest
/// that is not far below a sample; what lies below the base wraps round and is patched.
fn frame(count: usize, min: i64, max: i64, integer: impl Fn(usize) -> i64) -> (i64, ColumnPlan) {
    let plan_from =
        |base: i64| ColumnPlan::of((0..count).map(|index| integer(index).wrapping_sub(base) as u64));
    let mut best = (min, plan_from(min));
    let stride = (count / 16).max(1);
    let sample = || (0..count).step_by(stride).map(&integer);
    if let (Some(low), Some(high)) = (sample().min(), sample().max()) {
        let sampled_width = bit_width(high.wrapping_sub(low) as u64);
        if low != min && bit_width(max.wrapping_sub(min) as u64) > sampled_width + 1 {
            let far_below = low.saturating_sub(high.saturating_sub(low));
            let near_low = (0..count).map(&integer).filter(|&integer| integer >= far_below).min();
            let base = near_low.unwrap_or(low);
            let plan = plan_from(base);
            if plan.bits < best.1.bits {
                best = (base, plan);
            }
        }
    }
    best
}

/// Reads a sequence of as many integers as `out` has slots, turning each into what `map` makes of it.
#[inline(always)]
pub(super) fn read_sequence(
    reader: &mut Reader<'_>,
    packing: Packing,
    form: BaseForm,
    out: &mut [f64],
    map: impl Fn(i64) -> f64,
) -> Result<(), CodecError> {
    let base = match form {
        BaseForm::Folded => reader.signed("the base of a sequence")?,
        BaseForm::Word => reader.word("the base of a sequence")? as i64,
    };
    match packing {
        Packing::Constant => out.fill(map(base)),
        Packing::Frame => {
            read_column(reader, out)?;
            for slot in out.iter_mut() {
                *slot = map(base.wrapping_add(slot.to_bits() as i64));
            }
        }
        Packing::Delta => {
            let smallest = reader.signed("the smallest step of a sequence")?;
            let Some((first, others)) = out.split_first_mut() else { return Ok(()) };
            read_column(reader, others)?;
            *first = map(base);
            let mut integer = base;
            for slot in others.iter_mut() {
                integer = integer.wrapping_add(slot.to_bits() as i64).wrapping_add(smallest);
                *slot = map(integer);
            }
        }
        Packing::Runs => read_runs(reader, base, out, map)?,
    }
    Ok(())
}

#[inline(always)]
fn read_runs(
    reader: &mut Reader<'_>,
    base: i64,
    out: &mut [f64],
    map: impl Fn(i64) -> f64,
) -> Result<(), CodecError> {
    let runs = reader.count(1..=out.len(), "a number of runs inside the sequence")?;
    let length_width = reader.width(u64::BITS, "the width of run lengths")?;
    let value_width = reader.width(u64::BITS, "the width of run values")?;
    let lengths_at = reader.at();
    let lengths = reader.packed(runs, length_width, "the lengths of runs")?;
    let values = reader.packed(runs, value_width, "the values of runs")?;
    let wrong_sum = |found: u64| Reader::fault(lengths_at, "run lengths that add up to the block", found);
    let mut rest = out;
    unpack_chunks(values, value_width, runs, |first, chunk_values| {
        let mut chunk_lengths = [0.0; CHUNK];
        let chunk_lengths = &mut chunk_lengths[..chunk_values.len()];
        let lengths = lengths.get(first / 8 * length_width as usize..).unwrap_or_default();
        unpack(lengths, length_width, chunk_lengths);
        for (value, length) in chunk_values.iter().zip(chunk_lengths.iter()) {
            let length = length.to_bits().saturating_add(1);
            if length > rest.len() as u64 {
                return wrong_sum(length);
            }
            let (run, behind) = std::mem::take(&mut rest).split_at_mut(length as usize);
            run.fill(map(base.wrapping_add(value.to_bits() as i64)));
            rest = behind;
        }
        Ok(())
    })?;
    if rest.is_empty() { Ok(()) } else { wrong_sum(rest.len() as u64) }
}
