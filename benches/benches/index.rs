//! Measures the registry and the index: finding a series by name, creating series, replaying the log, finding paths by
//! glob, freezing the tree and mapping it from its file.
//!
//! 100,000 names unless `PLUMBAGO_BENCH_NAMES` says another number. What is measured is the work alone: the names are
//! made beforehand, and the disk is memory but for the mapped tree.

use std::env;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use plumbago_engine::{Archive, Disk, Index, MemoryDisk, Policy, RealDisk, Registry};
use plumbago_protocol::{Aggregation, Glob, TagExpression};

const METRICS: [&str; 50] = [
    "cpu.total.user",
    "cpu.total.system",
    "cpu.total.idle",
    "cpu.total.iowait",
    "cpu.total.steal",
    "cpu.core0.user",
    "cpu.core0.system",
    "cpu.core0.idle",
    "cpu.core1.user",
    "cpu.core1.system",
    "cpu.core1.idle",
    "cpu.core2.user",
    "cpu.core2.system",
    "cpu.core2.idle",
    "cpu.core3.user",
    "cpu.core3.system",
    "cpu.core3.idle",
    "memory.ram.used",
    "memory.ram.free",
    "memory.ram.cached",
    "memory.ram.buffered",
    "memory.swap.used",
    "memory.swap.free",
    "load.average.shortterm",
    "load.average.midterm",
    "load.average.longterm",
    "disk.sda.read_bytes",
    "disk.sda.write_bytes",
    "disk.sda.read_ops",
    "disk.sda.write_ops",
    "disk.sda.busy",
    "disk.sdb.read_bytes",
    "disk.sdb.write_bytes",
    "disk.sdb.read_ops",
    "disk.sdb.write_ops",
    "disk.sdb.busy",
    "network.eth0.rx_bytes",
    "network.eth0.tx_bytes",
    "network.eth0.rx_errors",
    "network.eth0.tx_errors",
    "network.eth1.rx_bytes",
    "network.eth1.tx_bytes",
    "processes.state.running",
    "processes.state.blocked",
    "processes.state.sleeping",
    "filesystem.root.used",
    "filesystem.root.free",
    "filesystem.var.used",
    "filesystem.var.free",
    "uptime.since.boot",
];

const GLOBS: [(&str, &str); 8] = [
    ("one_directory", "servers.dc1.rack03.host000003.cpu.*"),
    ("one_metric_of_all_hosts", "servers.*.*.*.load.average.shortterm"),
    ("leading_star", "*.*.*.host0001*.memory.*.used"),
    ("braces", "servers.{dc1,dc3}.rack{01,02,11,12}.*.disk.{sda,sdb}.read_bytes"),
    ("classes", "servers.dc?.rack[0-4]?.host00[!0]*.network.eth[01].rx_*"),
    ("partial_names", "serv*.dc*.*.*12*.*pu.*0.u?er"),
    ("any_depth", "**.rx_bytes"),
    ("everything", "servers.**"),
];

fn name_count() -> usize {
    env::var("PLUMBAGO_BENCH_NAMES").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000)
}

fn names() -> Vec<String> {
    let name = |number: usize| {
        let host = number / METRICS.len();
        format!(
            "servers.dc{}.rack{:02}.host{host:06}.{}",
            host % 4,
            host % 48,
            METRICS[number % METRICS.len()]
        )
    };
    (0..name_count()).map(name).collect()
}

fn tagged_names() -> Vec<String> {
    let name = |number: usize| {
        let host = number / METRICS.len();
        let metric = METRICS[number % METRICS.len()];
        format!("{metric};dc=dc{};env=prod;host=host{host:06};os=linux;rack={:02}", host % 4, host % 48)
    };
    (0..name_count()).map(name).collect()
}

fn policy() -> Policy {
    let archive = Archive { step_secs: 10, retention_secs: 86_400 };
    Policy::new(vec![archive], 0.5, Aggregation::Average).expect("one plain archive")
}

fn registry_of(disk: &MemoryDisk, names: &[String]) -> Registry {
    let mut registry = Registry::open(Arc::new(disk.clone()), true).expect("memory");
    let policy = registry.intern_policy(&policy()).expect("the first policy");
    for name in names {
        registry.create(name, policy).expect("a new name");
    }
    registry.write_pending().expect("memory");
    registry
}

/// A fixed order that jumps through all names.
fn scattered(count: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |number| (number * 7_919_993) % count)
}

fn lookups(criterion: &mut Criterion) {
    let names = names();
    let registry = registry_of(&MemoryDisk::new(), &names);
    let mut group = criterion.benchmark_group("registry");
    group.sample_size(10);
    group.throughput(Throughput::Elements(names.len() as u64));
    group.bench_function("predict_in_usual_order", |bencher| {
        bencher.iter(|| {
            let mut previous = u32::MAX;
            for name in &names {
                previous = registry.predict(previous, name).expect("known");
            }
            previous
        });
    });
    let shuffled: Vec<&str> = scattered(names.len()).map(|at| names[at].as_str()).collect();
    group.bench_function("get_in_random_order", |bencher| {
        bencher.iter(|| shuffled.iter().filter_map(|name| registry.get(name)).map(u64::from).sum::<u64>());
    });
    group.finish();
}

fn creation_and_replay(criterion: &mut Criterion) {
    let names = names();
    let mut group = criterion.benchmark_group("registry");
    group.sample_size(10);
    group.throughput(Throughput::Elements(names.len() as u64));
    group.bench_function("create", |bencher| {
        bencher.iter_batched(MemoryDisk::new, |disk| registry_of(&disk, &names), BatchSize::PerIteration);
    });
    let disk = MemoryDisk::new();
    registry_of(&disk, &names);
    group.bench_function("replay", |bencher| {
        bencher.iter_with_large_drop(|| Registry::open(Arc::new(disk.clone()), true).expect("whole"));
    });
    group.finish();
}

fn tree(criterion: &mut Criterion) {
    let names = names();
    let registry = registry_of(&MemoryDisk::new(), &names);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let disk = RealDisk::new(folder.path());
    let mut index = Index::open(&disk, &registry).expect("an index");

    let mut group = criterion.benchmark_group("tree");
    group.sample_size(10);
    group.throughput(Throughput::Elements(names.len() as u64));
    group.bench_function("build", |bencher| {
        let nothing = MemoryDisk::new();
        bencher.iter_with_large_drop(|| Index::open(&nothing, &registry).expect("an index"));
    });
    group.bench_function("freeze_again_with_one_more", |bencher| {
        bencher.iter(|| {
            index.insert(u32::MAX - 1, "servers.new");
            index.freeze().expect("frozen");
            index.remove(u32::MAX - 1, "servers.new");
        });
    });
    index.freeze().expect("frozen");
    index.save(&disk).expect("saved");
    group.bench_function("open_mapped", |bencher| {
        bencher.iter_with_large_drop(|| Index::open(&disk, &registry).expect("an index"));
    });
    group.finish();
}

fn globs(criterion: &mut Criterion) {
    let names = names();
    let registry = registry_of(&MemoryDisk::new(), &names);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let disk = RealDisk::new(folder.path());
    Index::open(&disk, &registry).and_then(|index| index.save(&disk)).expect("saved");
    let mut index = Index::open(&disk, &registry).expect("an index");
    for layers in ["frozen", "with_overlay"] {
        let mut group = criterion.benchmark_group(format!("leaves_{layers}"));
        group.sample_size(20);
        for (shape, text) in GLOBS {
            let glob = Glob::parse(text).expect("well-formed");
            println!("{shape}: {} leaves", index.leaves(&glob, usize::MAX).len());
            group
                .bench_function(shape, |bencher| bencher.iter(|| index.leaves(black_box(&glob), usize::MAX)));
        }
        group.finish();
        // One new series on each of a thousand hosts.
        let first_new = registry.id_end();
        for (number, name) in names.iter().step_by(METRICS.len()).take(1000).enumerate() {
            index.insert(first_new + number as u32, &name.replace("user", "new"));
        }
    }
    let mut group = criterion.benchmark_group("find");
    group.sample_size(20);
    for text in ["*", "servers.dc1.rack03.*", "servers.*.*.*.load.average.shortterm"] {
        let glob = Glob::parse(text).expect("well-formed");
        group.bench_function(text, |bencher| bencher.iter(|| index.find(black_box(&glob), usize::MAX)));
    }
    group.finish();
}

fn tags(criterion: &mut Criterion) {
    let names = tagged_names();
    let registry = registry_of(&MemoryDisk::new(), &names);
    let index = Index::open(&MemoryDisk::new(), &registry).expect("an index");
    let mut group = criterion.benchmark_group("tags");
    group.sample_size(20);
    for (shape, texts) in [
        ("three_equal", &["name=cpu.total.user", "dc=dc1", "rack=05"][..]),
        ("regex_on_hosts", &["name=load.average.shortterm", "host=~host0001"]),
        ("all_but", &["name=cpu.total.user", "dc!=dc1", "nosuch="]),
    ] {
        let expressions: Vec<TagExpression> =
            texts.iter().map(|text| TagExpression::parse(text).expect("well-formed")).collect();
        group.bench_function(shape, |bencher| {
            bencher.iter(|| index.select(black_box(&expressions), usize::MAX).expect("selective"));
        });
    }
    group.finish();
}

criterion_group!(benches, lookups, creation_and_replay, tree, globs, tags);
criterion_main!(benches);
