//! Owns one entry of the manifest: which segments come and go, together.
//!
//! Invariant: an edit is atomic: one record, applied whole or not at all. Unknown kinds are refused, never skipped:
//! a newer format is not an older one with extras.

use crate::policy::Archive;
use crate::varint;

/// Whether a segment's cells have been rolled up into the next coarser archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Stage {
    /// Not yet rolled up: readers of the coarser archive recompute what it touches.
    Fresh,
    /// Rolled up.
    Settled,
}

/// What the manifest says of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentEntry {
    /// Names the file.
    pub(crate) number: u64,
    /// Age of the newest cell: in a conflict the higher one wins.
    pub(crate) sequence: u64,
    pub(crate) archive: Archive,
    pub(crate) partition_start: i64,
    pub(crate) partition_slots: u32,
    pub(crate) stage: Stage,
    /// Day of arrival of cells that had already expired from their archive when they came; 0 for all others.
    pub(crate) born_day: u32,
    /// First and last slot in use, relative to the partition.
    pub(crate) first_slot: u32,
    pub(crate) last_slot: u32,
    pub(crate) series: u64,
    pub(crate) cells: u64,
    pub(crate) bytes: u64,
}

impl SegmentEntry {
    pub(crate) fn path(&self) -> String {
        path(self.number)
    }

    pub(crate) fn step_secs(&self) -> i64 {
        i64::from(self.archive.step_secs)
    }

    /// Timestamp of the first slot in use.
    pub(crate) fn first(&self) -> i64 {
        self.partition_start + i64::from(self.first_slot) * self.step_secs()
    }

    /// Timestamp behind the last slot in use.
    pub(crate) fn end(&self) -> i64 {
        self.partition_start + (i64::from(self.last_slot) + 1) * self.step_secs()
    }

    pub(crate) fn partition_end(&self) -> i64 {
        self.partition_start + i64::from(self.partition_slots) * self.step_secs()
    }
}

/// Path of segment `number`.
pub(crate) fn path(number: u64) -> String {
    format!("segments/{number:012}.seg")
}

/// The number of the segment at `path`.
pub(crate) fn number_of(path: &str) -> Option<u64> {
    path.strip_prefix("segments/")?.strip_suffix(".seg")?.parse().ok()
}

/// A change of the set of segments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) add: Vec<SegmentEntry>,
    pub(crate) remove: Vec<u64>,
    /// Log generations below this one are in segments.
    pub(crate) wal_floor: Option<u64>,
    /// Fingerprint of the rules that every series' policy agrees with.
    pub(crate) rules_fingerprint: Option<u64>,
    /// The moment from which retention was counted when the edit was made, if the clock was not simply believed.
    pub(crate) moment: Option<i64>,
}

/// The layout that is written.
const VERSION: u8 = 2;
/// The layout before: it ends with the fingerprint.
const VERSION_WITHOUT_MOMENT: u8 = 1;

pub(super) fn encode(edit: &Edit, out: &mut Vec<u8>) {
    out.push(VERSION);
    varint::put(edit.add.len() as u64, out);
    for entry in &edit.add {
        encode_entry(entry, out);
    }
    varint::put(edit.remove.len() as u64, out);
    for number in &edit.remove {
        varint::put(*number, out);
    }
    for optional in [edit.wal_floor, edit.rules_fingerprint] {
        out.push(u8::from(optional.is_some()));
        varint::put(optional.unwrap_or(0), out);
    }
    out.push(u8::from(edit.moment.is_some()));
    varint::put_signed(edit.moment.unwrap_or(0), out);
}

fn encode_entry(entry: &SegmentEntry, out: &mut Vec<u8>) {
    varint::put(entry.number, out);
    varint::put(entry.sequence, out);
    varint::put(u64::from(entry.archive.step_secs), out);
    varint::put(u64::from(entry.archive.retention_secs), out);
    varint::put_signed(entry.partition_start, out);
    varint::put(u64::from(entry.partition_slots), out);
    out.push(u8::from(entry.stage == Stage::Settled));
    varint::put(u64::from(entry.born_day), out);
    varint::put(u64::from(entry.first_slot), out);
    varint::put(u64::from(entry.last_slot), out);
    varint::put(entry.series, out);
    varint::put(entry.cells, out);
    varint::put(entry.bytes, out);
}

pub(super) fn decode(mut bytes: &[u8]) -> Option<Edit> {
    let [version] = varint::take_array(&mut bytes)?;
    if version != VERSION && version != VERSION_WITHOUT_MOMENT {
        return None;
    }
    let mut edit = Edit::default();
    for _ in 0..varint::take(&mut bytes)? {
        edit.add.push(decode_entry(&mut bytes)?);
    }
    for _ in 0..varint::take(&mut bytes)? {
        edit.remove.push(varint::take(&mut bytes)?);
    }
    edit.wal_floor = decode_optional(&mut bytes)?;
    edit.rules_fingerprint = decode_optional(&mut bytes)?;
    if version != VERSION_WITHOUT_MOMENT {
        let [present] = varint::take_array(&mut bytes)?;
        let moment = varint::take_signed(&mut bytes)?;
        edit.moment = (present == 1).then_some(moment);
    }
    bytes.is_empty().then_some(edit)
}

fn decode_optional(bytes: &mut &[u8]) -> Option<Option<u64>> {
    let [present] = varint::take_array(bytes)?;
    let value = varint::take(bytes)?;
    Some((present == 1).then_some(value))
}

fn decode_entry(bytes: &mut &[u8]) -> Option<SegmentEntry> {
    let number = varint::take(bytes)?;
    let sequence = varint::take(bytes)?;
    let u32_field = |bytes: &mut &[u8]| varint::take(bytes).and_then(|value| u32::try_from(value).ok());
    let archive = Archive { step_secs: u32_field(bytes)?, retention_secs: u32_field(bytes)? };
    let partition_start = varint::take_signed(bytes)?;
    let partition_slots = u32_field(bytes)?;
    let [settled] = varint::take_array(bytes)?;
    let stage = if settled == 1 { Stage::Settled } else { Stage::Fresh };
    Some(SegmentEntry {
        number,
        sequence,
        archive,
        partition_start,
        partition_slots,
        stage,
        born_day: u32_field(bytes)?,
        first_slot: u32_field(bytes)?,
        last_slot: u32_field(bytes)?,
        series: varint::take(bytes)?,
        cells: varint::take(bytes)?,
        bytes: varint::take(bytes)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of `docs/format.md`, byte by byte.
    #[test]
    fn an_edit_is_laid_out_as_documented() {
        let entry = SegmentEntry {
            number: 3,
            sequence: 3,
            archive: Archive { step_secs: 10, retention_secs: 86_400 },
            partition_start: 1_710_504_000,
            partition_slots: 720,
            stage: Stage::Fresh,
            born_day: 0,
            first_slot: 0,
            last_slot: 5,
            series: 2,
            cells: 12,
            bytes: 300,
        };
        let edit = Edit {
            add: vec![entry],
            remove: vec![1],
            wal_floor: Some(2),
            rules_fingerprint: None,
            moment: Some(1_710_504_060),
        };
        let mut payload = Vec::new();
        encode(&edit, &mut payload);
        let documented = [
            &[0x02, 0x01][..],
            &[0x03, 0x03, 0x0a, 0x80, 0xa3, 0x05, 0x80, 0xe1, 0xa1, 0xdf, 0x0c, 0xd0, 0x05],
            &[0x00, 0x00, 0x00, 0x05, 0x02, 0x0c, 0xac, 0x02],
            &[0x01, 0x01],
            &[0x01, 0x02],
            &[0x00, 0x00],
            &[0x01, 0xf8, 0xe1, 0xa1, 0xdf, 0x0c],
        ];
        assert_eq!(payload, documented.concat());
        assert_eq!(decode(&payload), Some(edit.clone()));

        let mut earlier = documented[..6].concat();
        earlier[0] = VERSION_WITHOUT_MOMENT;
        assert_eq!(decode(&earlier), Some(Edit { moment: None, ..edit }));
    }
}
