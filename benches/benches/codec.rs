//! Measures the value codec and segments: encode and decode by kind of series and block length, segment write and
//! read. Also prints the bytes that a point takes, which do not depend on the machine.
//!
//! The load is synthetic and repeatable: of ten series four are two-decimal gauges, two counters, two small integers
//! or constants, and two full doubles.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use plumbago_engine::{Disk, Encoder, MemoryDisk, Segment, SegmentHeader, SegmentWriter, decode};

const SERIES: usize = 200;

/// A repeatable stream of pseudo-random integers.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, end: u64) -> i64 {
        (self.next() % end).cast_signed()
    }

    fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Gauge,
    Counter,
    Small,
    Double,
    Average,
}

const MIX: [Kind; 10] = {
    use Kind::{Counter, Double, Gauge, Small};
    [Gauge, Counter, Gauge, Small, Double, Gauge, Counter, Gauge, Small, Double]
};

fn values(kind: Kind, index: usize, points: usize) -> Vec<f64> {
    let mut noise = Noise(index as u64);
    let mut state = noise.below(10_000);
    let rate = 1 + noise.below(5000);
    let mut level = noise.fraction() * 100.0;
    (0..points)
        .map(|_| match kind {
            Kind::Gauge => {
                state = (state + noise.below(401) - 200).clamp(0, 10_000);
                state as f64 / 100.0
            }
            Kind::Counter => {
                state += rate + noise.below(1 + rate as u64 / 4);
                state as f64
            }
            Kind::Small if index % 2 == 0 => state as f64,
            Kind::Small => noise.below(20) as f64,
            Kind::Double => {
                level += noise.fraction() - 0.5;
                level
            }
            Kind::Average => (0..6).map(|_| noise.below(10_000) as f64 / 100.0).sum::<f64>() / 6.0,
        })
        .collect()
}

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
        println!("segment/{points}: {:.3} bytes a point", summary.bytes as f64 / summary.cell_count as f64);
        let mut group = criterion.benchmark_group(format!("segment/{points}"));
        group.throughput(Throughput::Elements(summary.cell_count));
        group.bench_function("write", |bencher| {
            bencher.iter_batched(|| (), |()| write(), BatchSize::LargeInput)
        });
        let segment = Segment::open(disk.map("s").expect("memory"), "s").expect("written above");
        let mut out = vec![0.0; points];
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
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(300));
    targets = codec, segment
}
criterion_main!(benches);
