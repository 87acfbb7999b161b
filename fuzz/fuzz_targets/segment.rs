//! Any bytes open as a segment or are refused; whatever opens can be read and verified without harm. Odd inputs first
//! get honest checksums, so that what lies behind them is reached.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plumbago_engine::{Disk, Mapped, MemoryDisk, Segment, SegmentHeader, SegmentWriter};

fuzz_target!(|input: &[u8]| {
    let Some((&mode, bytes)) = input.split_first() else { return };
    let file = if mode % 2 == 0 { bytes.to_vec() } else { repaired(mode, bytes) };
    let Ok(segment) = Segment::open(Mapped::new(file), "fuzz") else { return };
    let (mut slots, mut values) = (Vec::new(), Vec::new());
    let mut out = [0.0; 700];
    for series in segment.ids().take(100) {
        let _ = segment.read_into(series, u32::from(mode) * 8, &mut out);
        slots.clear();
        if segment.cells(series, &mut slots, &mut values).is_ok() {
            assert!(slots.is_sorted_by(|a, b| a < b));
        }
        values.clear();
    }
    assert!(segment.series_in_file_order().count() >= segment.ids().take(1).count());
    segment.verify();
});

/// A segment of three records whose data is then replaced by `bytes`, with every checksum made to match.
fn repaired(mode: u8, bytes: &[u8]) -> Vec<u8> {
    let disk = MemoryDisk::new();
    let header = SegmentHeader {
        step_secs: 1,
        partition_start: 0,
        partition_slots: 1 << (mode / 8).min(31),
        flags: 0,
        born_day: 0,
        sequence: 0,
    };
    let Ok(writer) = SegmentWriter::create(&disk, "fuzz", header) else { return Vec::new() };
    if writer.finish().is_err() {
        return Vec::new();
    }
    let empty = disk.read("fuzz").unwrap_or_default();
    let Some(header) = empty.get(..42) else { return Vec::new() };
    let crc = |bytes: &[u8]| crc32fast::hash(bytes).to_le_bytes();
    let checksums: Vec<u8> = bytes.chunks(1 << 16).flat_map(crc).collect();
    let places = [0, u32::from(mode) % bytes.len().max(1) as u32];
    let directory: Vec<u8> =
        std::iter::once(0).chain([1_u32, 2].into_iter().chain(places).flat_map(u32::to_le_bytes)).collect();
    let mut footer = 0_u64.to_le_bytes().to_vec();
    for word in [bytes.len() as u32, directory.len() as u32, 2, 0, 0] {
        footer.extend_from_slice(&word.to_le_bytes());
    }
    for section in [header, &checksums, &directory] {
        footer.extend_from_slice(&crc(section));
    }
    footer.extend_from_slice(&[0; 4]);
    let footer_crc = crc(&footer);
    [header, bytes, &checksums, &directory, &footer, &footer_crc, b"PlSe"].concat()
}
