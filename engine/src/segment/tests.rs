//! Tests segments as a whole: what is pushed is read, by range and in full, and damage is always noticed.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::{Segment, SegmentHeader, SegmentSummary, SegmentWriter};
use crate::Error;
use crate::disk::{Disk, DiskFile, Mapped, MemoryDisk};

const HEADER: SegmentHeader = SegmentHeader {
    step_secs: 60,
    partition_start: -86_400,
    partition_slots: 10_000,
    flags: 0xA5,
    born_day: 20_000,
    sequence: 1 << 40,
};

type Cells = (Vec<u32>, Vec<f64>);

fn write(header: SegmentHeader, series: &[(u32, Cells)]) -> (Vec<u8>, SegmentSummary) {
    let disk = MemoryDisk::new();
    let mut writer = SegmentWriter::create(&disk, "s", header).unwrap();
    for (id, (slots, values)) in series {
        writer.push(*id, slots, values).unwrap();
    }
    let summary = writer.finish().unwrap();
    let bytes = disk.read("s").unwrap();
    assert_eq!(summary.bytes, bytes.len() as u64);
    (bytes, summary)
}

fn open(bytes: Vec<u8>) -> Result<Segment, Error> {
    Segment::open(Mapped::new(bytes), "s")
}

fn cells_of(segment: &Segment, id: u32) -> Result<Cells, Error> {
    let (mut slots, mut values) = (Vec::new(), Vec::new());
    segment.cells(id, &mut slots, &mut values)?;
    Ok((slots, values))
}

fn same(left: &[f64], right: &[f64]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(a, b)| a.to_bits() == b.to_bits())
}

/// A few series of every kind of presence, in no order.
fn example() -> Vec<(u32, Cells)> {
    let cells = |slots: Vec<u32>| {
        let values = slots.iter().map(|&slot| f64::from(slot * 7 % 1000) / 100.0).collect();
        (slots, values)
    };
    vec![
        (7, cells((0..1400).collect())),
        (3, cells(vec![5])),
        (900, cells((100..164).collect())),
        (4, cells((0..3000).step_by(6).collect())),
        (12, cells((0..2000).filter(|slot| slot % 50 != 3).collect())),
        (11, cells((0..10_000).filter(|slot| slot * slot % 17 == 4).collect())),
        (u32::MAX, cells(vec![0, 9_999])),
    ]
}

/// What `read_into` must yield, by the cells.
fn expected_range((slots, values): &Cells, first: u32, length: usize) -> (Vec<f64>, bool) {
    let mut out = vec![-7.5; length];
    let mut any = false;
    for (&slot, &value) in slots.iter().zip(values) {
        if slot >= first && ((slot - first) as usize) < length {
            out[(slot - first) as usize] = value;
            any = true;
        }
    }
    (out, any)
}

fn check_ranges(segment: &Segment, id: u32, cells: &Cells, ranges: &[(u32, usize)]) {
    for &(first, length) in ranges {
        let mut out = vec![-7.5; length];
        let any = segment.read_into(id, first, &mut out).unwrap();
        let (expected, expected_any) = expected_range(cells, first, length);
        assert!(same(&out, &expected), "series {id}, {length} slots from {first}");
        assert_eq!(any, expected_any, "series {id}, {length} slots from {first}");
    }
}

#[test]
fn what_is_pushed_is_read() {
    let series = example();
    let (bytes, summary) = write(HEADER, &series);
    let segment = open(bytes).unwrap();
    assert_eq!(segment.header(), HEADER);
    assert_eq!(segment.summary(), summary);
    assert_eq!((summary.first_slot, summary.last_slot), (0, 9_999));
    assert_eq!(summary.series_count as usize, series.len());
    assert_eq!(summary.cell_count as usize, series.iter().map(|(_, cells)| cells.0.len()).sum::<usize>());
    let order: Vec<u32> = series.iter().map(|(id, _)| *id).collect();
    assert_eq!(segment.series_in_file_order().collect::<Vec<_>>(), order);
    let ids: Vec<u32> =
        series.iter().map(|(id, _)| *id).collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    assert_eq!(segment.ids().collect::<Vec<_>>(), ids);
    for (id, cells) in &series {
        assert!(segment.contains(*id));
        let (slots, values) = cells_of(&segment, *id).unwrap();
        assert_eq!(slots, cells.0);
        assert!(same(&values, &cells.1));
        let whole = (0, 10_000);
        let ranges =
            [whole, (0, 0), (5, 1), (100, 64), (90, 30), (1300, 500), (9_999, 5), (10_000, 3), (u32::MAX, 9)];
        check_ranges(&segment, *id, cells, &ranges);
    }
    assert!(!segment.contains(5));
    assert!(!segment.read_into(5, 0, &mut [0.0; 10]).unwrap());
    assert!(cells_of(&segment, 5).unwrap().0.is_empty());
    assert!(segment.verify().is_empty());
}

/// The documented layout is the written one: `fixture.txt` holds a segment byte by byte.
#[test]
fn a_segment_is_laid_out_as_documented() {
    let lines = include_str!("fixture.txt").lines();
    let hex = lines.flat_map(|line| line.split('#').next().unwrap_or_default().split_whitespace());
    let documented: Vec<u8> = hex.map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect();
    let header = SegmentHeader {
        step_secs: 60,
        partition_start: 1_700_000_040,
        partition_slots: 1440,
        flags: 1,
        born_day: 19_675,
        sequence: 9,
    };
    let series = [
        (5, (vec![100, 101, 102], vec![1.5, 2.5, 1.0])),
        (3, (vec![7], vec![42.17])),
        (300, (vec![0, 6, 12], vec![8.0; 3])),
    ];
    let (written, _) = write(header, &series);
    assert_eq!(written, documented, "{written:02x?}");
    let segment = open(documented).unwrap();
    assert_eq!(segment.header(), header);
    for (id, cells) in series {
        assert_eq!(cells_of(&segment, id).unwrap(), cells);
    }
    assert!(segment.verify().is_empty());
}

#[test]
fn an_empty_segment_is_a_segment() {
    let (bytes, summary) = write(HEADER, &[(4, (vec![], vec![]))]);
    let segment = open(bytes).unwrap();
    assert_eq!((summary.series_count, summary.first_slot, summary.last_slot), (0, 0, 0));
    assert!(!segment.contains(4));
    assert!(segment.ids().next().is_none());
    assert!(segment.verify().is_empty());
}

#[test]
fn series_with_few_cells_take_few_bytes() {
    let few =
        |id: u32, value: f64| (id * 1000, (vec![id % 10_000, id % 10_000 + 7], vec![value, value * 1.5]));
    let decimals: Vec<_> = (0..1000).map(|id| few(id, f64::from(id % 100) / 4.0)).collect();
    let (bytes, _) = write(HEADER, &decimals);
    assert!(bytes.len() / decimals.len() <= 20, "{} bytes a series", bytes.len() / decimals.len());
    let doubles: Vec<_> = (0..1000).map(|id| (id, (vec![id], vec![f64::from(id).sqrt()]))).collect();
    let (bytes, _) = write(HEADER, &doubles);
    assert!(bytes.len() / doubles.len() <= 17, "{} bytes a series", bytes.len() / doubles.len());
}

#[test]
fn any_changed_byte_is_an_error_or_does_no_harm() {
    let series: Vec<_> = example()
        .into_iter()
        .map(|(id, (slots, values))| {
            let few = slots.len().min(20);
            (id, (slots[..few].to_vec(), values[..few].to_vec()))
        })
        .collect();
    let (bytes, _) = write(HEADER, &series);
    for at in 0..bytes.len() {
        for change in [0x01, 0x80, 0xFF] {
            let mut changed = bytes.clone();
            changed[at] ^= change;
            let Ok(segment) = open(changed) else { continue };
            let mut noticed = false;
            for (id, cells) in &series {
                match cells_of(&segment, *id) {
                    Ok((slots, values)) => assert!(slots == cells.0 && same(&values, &cells.1)),
                    Err(error) => {
                        assert!(
                            matches!(&error, Error::Corrupt { offset, .. } if *offset <= at as u64),
                            "{error}"
                        );
                        noticed = true;
                    }
                }
                let mut out = vec![-7.5; 200];
                if let Ok(any) = segment.read_into(*id, 0, &mut out) {
                    let (expected, expected_any) = expected_range(cells, 0, 200);
                    assert!(same(&out, &expected) && any == expected_any);
                }
            }
            assert!(noticed, "byte {at} of {} changed and nobody noticed", bytes.len());
            assert!(!segment.verify().is_empty());
        }
    }
}

#[test]
fn a_file_cut_short_or_grown_is_refused() {
    let (bytes, _) = write(HEADER, &example());
    for cut in (0..bytes.len()).step_by(7).chain([bytes.len() - 1]) {
        assert!(open(bytes[..cut].to_vec()).is_err(), "cut to {cut} bytes");
    }
    let grown: Vec<u8> = bytes.iter().copied().chain([0]).collect();
    assert!(open(grown).is_err());
}

#[test]
fn damage_in_one_chunk_leaves_the_others_readable_and_names_its_place() {
    let noisy = |id: u32| (0..500).map(|slot| f64::from(slot * 31 + id).sqrt()).collect::<Vec<_>>();
    let series: Vec<_> = (0..100).map(|id| (id, ((0..500).collect::<Vec<u32>>(), noisy(id)))).collect();
    let (mut bytes, summary) = write(HEADER, &series);
    assert!(summary.bytes > 3 << 16);
    bytes[(1 << 16) + 5000] ^= 1;
    let segment = open(bytes).unwrap();
    let (mut damaged, mut readable) = (0, 0);
    for (id, cells) in &series {
        match cells_of(&segment, *id) {
            Ok((slots, values)) => {
                assert!(slots == cells.0 && same(&values, &cells.1));
                readable += 1;
            }
            Err(Error::Corrupt { offset, path, .. }) => {
                assert_eq!((offset, path.as_str()), ((1 << 16) + super::header::HEADER_BYTES as u64, "s"));
                damaged += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(damaged > 5 && readable > 45, "{damaged} damaged, {readable} readable");
    assert_eq!(segment.verify().len(), 1);
}

#[test]
fn a_callers_mistake_is_named_and_appends_nothing() {
    let disk = MemoryDisk::new();
    let mut writer = SegmentWriter::create(&disk, "s", HEADER).unwrap();
    for (slots, values) in
        [(vec![1], vec![]), (vec![2, 2], vec![0.0; 2]), (vec![3, 1], vec![0.0; 2]), (vec![10_000], vec![0.0])]
    {
        assert!(matches!(writer.push(1, &slots, &values), Err(Error::Caller(_))));
    }
    assert_eq!(writer.data_bytes(), 0);
    writer.push(1, &[0], &[1.0]).unwrap();
    writer.push(1, &[1], &[1.0]).unwrap();
    assert!(
        matches!(writer.finish(), Err(Error::Caller(message)) if message.contains("series 1 comes twice"))
    );
}

/// A disk whose files take a number of bytes and then fail.
struct FullDisk {
    inner: MemoryDisk,
    room_bytes: usize,
}

struct FullFile {
    room_bytes: parking_lot::Mutex<usize>,
}

impl DiskFile for FullFile {
    fn append(&self, bytes: &[u8]) -> std::io::Result<()> {
        let mut room = self.room_bytes.lock();
        *room = room.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::StorageFull)?;
        Ok(())
    }

    fn reserve(&self, _: u64) -> std::io::Result<()> {
        Ok(())
    }

    fn sync(&self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Disk for FullDisk {
    fn create(&self, _path: &str) -> std::io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(FullFile { room_bytes: self.room_bytes.into() }))
    }

    fn list(&self, folder: &str) -> std::io::Result<Vec<String>> {
        self.inner.list(folder)
    }

    fn append_at(&self, path: &str, length_bytes: u64) -> std::io::Result<Arc<dyn DiskFile>> {
        self.inner.append_at(path, length_bytes)
    }

    fn map(&self, path: &str) -> std::io::Result<Mapped> {
        self.inner.map(path)
    }

    fn read(&self, path: &str) -> std::io::Result<Vec<u8>> {
        self.inner.read(path)
    }

    fn rename(&self, from: &str, to: &str) -> std::io::Result<()> {
        self.inner.rename(from, to)
    }

    fn create_folder(&self, path: &str) -> std::io::Result<bool> {
        self.inner.create_folder(path)
    }

    fn remove(&self, path: &str) -> std::io::Result<()> {
        self.inner.remove(path)
    }

    fn sync_folder(&self, folder: &str) -> std::io::Result<()> {
        self.inner.sync_folder(folder)
    }
}

#[test]
fn a_full_disk_is_an_io_error_and_latches() {
    let disk = FullDisk { inner: MemoryDisk::new(), room_bytes: 10 };
    assert!(matches!(
        SegmentWriter::create(&disk, "s", HEADER),
        Err(Error::DiskFull { operation: "write", .. })
    ));
    let disk = FullDisk { inner: MemoryDisk::new(), room_bytes: 2 << 20 };
    let mut writer = SegmentWriter::create(&disk, "s", HEADER).unwrap();
    let slots: Vec<u32> = (0..10_000).collect();
    let failed = (0..100).find_map(|id| {
        let values: Vec<f64> = (0..10_000).map(|slot| f64::from(slot + id * 7).sqrt()).collect();
        writer.push(id as u32, &slots, &values).err()
    });
    assert!(matches!(failed, Some(Error::DiskFull { .. })));
    assert!(matches!(writer.push(1000, &[1], &[1.0]), Err(Error::DiskFull { .. })));
    assert!(matches!(writer.finish(), Err(Error::DiskFull { .. })));
}

fn cells_strategy() -> impl Strategy<Value = Cells> {
    let gap = prop_oneof![20 => Just(1_u32), 3 => 1..4_u32, 1 => 1..300_u32];
    let value = prop_oneof![4 => (0..5000_i32).prop_map(|i| f64::from(i) / 100.0), 1 => any::<u64>().prop_map(f64::from_bits)];
    (0..2000_u32, prop::collection::vec((gap, value), 1..1300)).prop_map(|(first, cells)| {
        let mut slot = first;
        let mut slots = Vec::new();
        let mut values = Vec::new();
        for (gap, value) in cells {
            slots.push(slot);
            values.push(value);
            slot += gap;
        }
        (slots, values)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_cells_are_read_by_range_and_in_full(
        series in prop::collection::btree_map(any::<u32>(), cells_strategy(), 1..6),
        ranges in prop::collection::vec((0..6000_u32, 0..3000_usize), 1..8),
    ) {
        let header = SegmentHeader { partition_slots: u32::MAX, ..HEADER };
        let series: BTreeMap<u32, Cells> = series;
        let pushed: Vec<(u32, Cells)> = series.into_iter().rev().collect();
        let (bytes, _) = write(header, &pushed);
        let segment = open(bytes).unwrap();
        prop_assert!(segment.verify().is_empty());
        for (id, cells) in &pushed {
            let (slots, values) = cells_of(&segment, *id).unwrap();
            prop_assert_eq!(&slots, &cells.0);
            prop_assert!(same(&values, &cells.1));
            check_ranges(&segment, *id, cells, &ranges);
        }
    }

    #[test]
    fn arbitrary_data_with_honest_checksums_does_no_harm(data in prop::collection::vec(any::<u8>(), 1..300), places in prop::collection::vec(any::<u16>(), 1..5)) {
        let segment = open(super::tests::forged(&data, &places)).unwrap();
        for id in segment.ids().collect::<Vec<_>>() {
            let mut out = [0.0; 1000];
            let _ = segment.read_into(id, 0, &mut out);
            if let Ok((slots, _)) = cells_of(&segment, id) {
                prop_assert!(slots.is_sorted_by(|a, b| a < b));
            }
        }
        segment.verify();
    }
}

/// A segment whose checksums all match and whose data nobody wrote.
fn forged(data: &[u8], places: &[u16]) -> Vec<u8> {
    use super::checksum::ChecksumWriter;
    let header = HEADER.to_bytes();
    let mut checksums = ChecksumWriter::default();
    checksums.update(data);
    let checksums = checksums.finish();
    let series: Vec<(u32, u32)> =
        (0..).zip(places.iter().map(|&place| u32::from(place) % data.len() as u32)).collect();
    let directory = super::directory::write_directory(&series);
    let footer = super::footer::Footer {
        data_bytes: data.len() as u32,
        directory_bytes: directory.len() as u32,
        series_count: series.len() as u32,
        cell_count: 1,
        first_slot: 0,
        last_slot: 0,
        header_crc: crc32fast::hash(&header),
        checksums_crc: crc32fast::hash(&checksums),
        directory_crc: crc32fast::hash(&directory),
    };
    [&header[..], data, &checksums, &directory, &footer.to_bytes()].concat()
}
