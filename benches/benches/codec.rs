//! Measures the value codec and segments: encode and decode by kind of series and block length, segment write and
//! read. Also prints the bytes that a point takes, which do not depend on the machine.
//!
//! Segments are written to memory, so that no disk is measured.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use plumbago_benches::{Kind, MIX, quick, values};
use plumbago_engine::{Disk, Encoder, MemoryDisk, Segment, SegmentHeader, SegmentWriter, decode};

const SERIES: usize = 200;

fn series(kinds: &[Kind], points: usize) -> Vec<Vec<f64>> {
    (0..SERIES).map(|index| values(kinds[index % kinds.len()], index, points)).collect()
}

fn codec(criterion: &mut Criterion) {
    let loads: [(&str, &[Kind]); 6] = [
        ("mix", &MIX),
        ("gauges", &[Kind::Gauge]),
        ("counters", &[Kind::Counter]),
        ("small", &[Kind::Small]),
        ("doubles", &[Kind::Double]),
        ("averages", &[Kind::Average]),
    ];
    for (name, kinds) in loads {
        // Length matters little: the mix shows by how much, the kinds are measured at one.
        let lengths: &[usize] = if name == "mix" { &[64, 180, 512] } else { &[180] };
        for &points in lengths {
            let blocks = series(kinds, points);
            let mut encoder = Encoder::new();
            let encoded: Vec<Vec<u8>> = blocks
                .iter()
                .map(|values| {
                    let mut bytes = Vec::new();
                    encoder.encode(values, &mut bytes);
                    bytes
                })
                .collect();
            let total: usize = encoded.iter().map(Vec::len).sum();
            println!("{name}/{points}: {:.3} bytes a point", total as f64 / (SERIES * points) as f64);
            let mut group = criterion.benchmark_group(format!("codec/{name}/{points}"));
            group.throughput(Throughput::Elements((SERIES * points) as u64));
            let mut out = Vec::with_capacity(total + 4096);
            group.bench_function("encode", |bencher| {
                bencher.iter(|| {
                    out.clear();
                    blocks.iter().for_each(|values| encoder.encode(values, &mut out));
                    black_box(out.len())
                });
            });
            // Blocks stand one behind another, as they do in a segment.
            let joined: Vec<u8> = encoded.concat();
            let mut block = vec![0.0; points];
            let mut at = 0;
            for values in &blocks {
                at += decode(&joined[at..], &mut block).expect("encoded above");
                assert_eq!(&block, values, "decoding gives back what was encoded");
            }
            group.bench_function("decode", |bencher| {
                bencher.iter(|| {
                    let mut at = 0;
                    for _ in 0..SERIES {
                        at += decode(&joined[at..], &mut block).expect("encoded above");
                        black_box(&mut block);
                    }
                    at
                });
            });
        }
    }
}

fn segment(criterion: &mut Criterion) {
    let header = SegmentHeader {
        step_secs: 10,
        partition_start: 0,
        partition_slots: 8640,
        flags: 0,
        born_day: 0,
        sequence: 0,
    };
    for points in [64, 540, 2700] {
        let load = series(&MIX, points);
        let slots: Vec<u32> = (0..points as u32).collect();
        let disk = MemoryDisk::new();
        let write = || {
            let mut writer = SegmentWriter::create(&disk, "s", header).expect("memory");
            for (id, values) in (0..).zip(&load) {
                writer.push(id, &slots, values).expect("memory");
            }
            writer.finish().expect("memory")
        };
        let summary = write();
        assert_eq!(summary.cell_count, (SERIES * points) as u64);
        println!("segment/{points}: {:.3} bytes a point", summary.bytes as f64 / summary.cell_count as f64);
        let mut group = criterion.benchmark_group(format!("segment/{points}"));
        group.throughput(Throughput::Elements(summary.cell_count));
        group.bench_function("write", |bencher| {
            bencher.iter_batched(|| (), |()| write(), BatchSize::LargeInput)
        });
        let segment = Segment::open(disk.map("s").expect("memory"), "s").expect("written above");
        let mut out = vec![0.0; points];
        for (id, values) in (0..).zip(&load) {
            segment.read_into(id, 0, &mut out).expect("written above");
            assert_eq!(&out, values, "reading gives back what was written");
        }
        group.bench_function("read everything", |bencher| {
            bencher.iter(|| {
                (0..SERIES as u32).for_each(|id| {
                    black_box(segment.read_into(id, 0, &mut out).expect("written above"));
                });
            });
        });
        let hour = &mut vec![0.0; points.min(60)];
        group.throughput(Throughput::Elements((SERIES * hour.len()) as u64));
        group.bench_function("read 60 slots", |bencher| {
            bencher.iter(|| {
                (0..SERIES as u32).for_each(|id| {
                    black_box(segment.read_into(id, points as u32 / 2, hour).expect("written above"));
                });
            });
        });
    }
}

criterion_group! {
    name = benches;
    config = quick();
    targets = codec, segment
}
criterion_main!(benches);
