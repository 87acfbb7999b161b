//! Measures the registry and the index: finding a series by name, creating series, replaying the log, finding paths by
//! glob, freezing the tree and mapping it from its file.
//!
//! 100,000 names unless `PLUMBAGO_BENCH_NAMES` says another number. What is measured is the work alone: the names are
//! made beforehand, and the disk is memory but for the mapped tree.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use plumbago_benches::{METRICS, name_count, names, policy, quick, shuffled, tagged_names};
use plumbago_engine::{Index, MemoryDisk, RealDisk, Registry};
use plumbago_protocol::{Glob, TagExpression};

const GLOBS: [(&str, &str); 8] = [
    ("one_directory", "dc3.rack03.host0003.cpu.core0.*"),
    ("one_metric_of_all_hosts", "*.*.*.load.average.shortterm"),
    ("leading_star", "*.*.host01*.memory.*.used"),
    ("braces", "{dc1,dc3}.rack{01,02,11,12}.*.disk.{sda,sdb}.read_bytes"),
    ("classes", "dc?.rack[0-4]?.host0[!0]*.network.eth[01].rx_*"),
    ("partial_names", "dc*.*.*12*.*pu.*0.u?er"),
    ("any_depth", "**.rx_bytes"),
    ("everything", "**"),
];

/// Tag queries, and which names they mean.
type TagQuery = (&'static str, &'static [&'static str], fn(&str) -> bool);

const TAG_QUERIES: [TagQuery; 3] = [
    ("three_equal", &["name=cpu.total.user", "dc=dc1", "rack=05"], |name| {
        name.starts_with("cpu.total.user;dc=dc1;") && name.ends_with(";rack=05")
    }),
    ("regex_on_hosts", &["name=load.average.shortterm", "host=~host01"], |name| {
        name.starts_with("load.average.shortterm;") && name.contains(";host=host01")
    }),
    ("all_but", &["name=cpu.total.user", "dc!=dc1", "nosuch="], |name| {
        name.starts_with("cpu.total.user;") && !name.contains(";dc=dc1;")
    }),
];

fn registry_of(disk: &MemoryDisk, names: &[String]) -> Registry {
    let mut registry = Registry::open(Arc::new(disk.clone()), true).expect("memory");
    let policy = registry.intern_policy(&policy()).expect("the first policy");
    for name in names {
        registry.create(name, policy).expect("a new name");
    }
    registry.write_pending().expect("memory");
    assert_eq!(registry.live_count(), names.len());
    registry
}

fn lookups(criterion: &mut Criterion) {
    let names = names(name_count());
    let registry = registry_of(&MemoryDisk::new(), &names);
    let mut group = criterion.benchmark_group("registry");
    group.throughput(Throughput::Elements(names.len() as u64));
    group.bench_function("predict_in_usual_order", |bencher| {
        bencher.iter(|| {
            let mut previous = u32::MAX;
            for name in &names {
                previous = registry.predict(previous, name.as_bytes()).expect("known");
            }
            assert_eq!(previous as usize + 1, names.len());
        });
    });
    let shuffled: Vec<&str> = shuffled(names.len()).into_iter().map(|at| names[at].as_str()).collect();
    assert_eq!(shuffled.iter().filter(|name| registry.get(name).is_some()).count(), names.len());
    group.bench_function("get_in_random_order", |bencher| {
        bencher.iter(|| shuffled.iter().filter_map(|name| registry.get(name)).map(u64::from).sum::<u64>());
    });
    let received: Vec<&[u8]> = shuffled.iter().map(|name| name.as_bytes()).collect();
    let mut ids = vec![None; received.len()];
    group.bench_function("get_many_in_random_order", |bencher| {
        bencher.iter(|| registry.get_many(&received, &mut ids));
    });
    assert!(ids.iter().zip(&shuffled).all(|(id, name)| id.is_some() && *id == registry.get(name)));
    group.finish();
}

fn creation_and_replay(criterion: &mut Criterion) {
    let names = names(name_count());
    let mut group = criterion.benchmark_group("registry");
    group.throughput(Throughput::Elements(names.len() as u64));
    group.bench_function("create", |bencher| {
        bencher.iter_batched(MemoryDisk::new, |disk| registry_of(&disk, &names), BatchSize::PerIteration);
    });
    let disk = MemoryDisk::new();
    registry_of(&disk, &names);
    let replayed = Registry::open(Arc::new(disk.clone()), true).expect("whole");
    assert_eq!(replayed.live_count(), names.len());
    group.bench_function("replay", |bencher| {
        bencher.iter_with_large_drop(|| Registry::open(Arc::new(disk.clone()), true).expect("whole"));
    });
    group.finish();
}

fn tree(criterion: &mut Criterion) {
    let names = names(name_count());
    let registry = registry_of(&MemoryDisk::new(), &names);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let disk = RealDisk::new(folder.path());
    let mut index = Index::open(&disk, &registry).expect("an index");

    let mut group = criterion.benchmark_group("tree");
    group.throughput(Throughput::Elements(names.len() as u64));
    group.bench_function("build", |bencher| {
        let nothing = MemoryDisk::new();
        bencher.iter_with_large_drop(|| Index::open(&nothing, &registry).expect("an index"));
    });
    group.bench_function("freeze_again_with_one_more", |bencher| {
        bencher.iter(|| {
            index.insert(u32::MAX - 1, "new");
            index.freeze().expect("frozen");
            index.remove(u32::MAX - 1, "new");
        });
    });
    index.freeze().expect("frozen");
    index.save(&disk).expect("saved");
    let everything = Glob::parse("**").expect("well-formed");
    let reopened = Index::open(&disk, &registry).expect("an index");
    for index in [&index, &reopened] {
        assert_eq!(index.leaves(&everything, usize::MAX).len(), names.len());
    }
    group.bench_function("open_mapped", |bencher| {
        bencher.iter_with_large_drop(|| Index::open(&disk, &registry).expect("an index"));
    });
    group.finish();
}

fn globs(criterion: &mut Criterion) {
    let names = names(name_count());
    let registry = registry_of(&MemoryDisk::new(), &names);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let disk = RealDisk::new(folder.path());
    Index::open(&disk, &registry).and_then(|index| index.save(&disk)).expect("saved");
    let mut index = Index::open(&disk, &registry).expect("an index");
    let mut all = names.clone();
    for layers in ["frozen", "with_overlay"] {
        let mut group = criterion.benchmark_group(format!("leaves_{layers}"));
        for (shape, text) in GLOBS {
            let glob = Glob::parse(text).expect("well-formed");
            let leaves = index.leaves(&glob, usize::MAX).len();
            assert_eq!(leaves, all.iter().filter(|name| glob.matches_path(name)).count(), "{text}");
            assert!(leaves > 0, "{text}");
            println!("{shape}: {leaves} leaves");
            group.throughput(Throughput::Elements(leaves as u64));
            group
                .bench_function(shape, |bencher| bencher.iter(|| index.leaves(black_box(&glob), usize::MAX)));
        }
        group.finish();
        // One new series on each of a thousand hosts.
        let first_new = registry.id_end();
        for (number, name) in names.iter().step_by(METRICS.len()).take(1000).enumerate() {
            all.push(name.replace("user", "new"));
            index.insert(first_new + number as u32, &name.replace("user", "new"));
        }
    }
    let mut group = criterion.benchmark_group("find");
    for text in ["*", "dc3.rack03.*", "*.*.*.load.average.shortterm"] {
        let glob = Glob::parse(text).expect("well-formed");
        let nodes = index.find(&glob, usize::MAX).nodes.len();
        assert!(nodes > 0, "{text}");
        group.throughput(Throughput::Elements(nodes as u64));
        group.bench_function(text, |bencher| bencher.iter(|| index.find(black_box(&glob), usize::MAX)));
    }
    group.finish();
}

fn tags(criterion: &mut Criterion) {
    let names = tagged_names(name_count());
    let registry = registry_of(&MemoryDisk::new(), &names);
    let index = Index::open(&MemoryDisk::new(), &registry).expect("an index");
    let mut group = criterion.benchmark_group("tags");
    for (shape, texts, is_meant) in TAG_QUERIES {
        let expressions: Vec<TagExpression> =
            texts.iter().map(|text| TagExpression::parse(text).expect("well-formed")).collect();
        let selected = index.select(&expressions, usize::MAX).expect("selective").len();
        assert_eq!(selected, names.iter().filter(|name| is_meant(name)).count(), "{texts:?}");
        assert!(selected > 0, "{texts:?}");
        println!("{shape}: {selected} series");
        group.throughput(Throughput::Elements(selected as u64));
        group.bench_function(shape, |bencher| {
            bencher.iter(|| index.select(black_box(&expressions), usize::MAX).expect("selective"));
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = quick();
    targets = lookups, creation_and_replay, tree, globs, tags
}
criterion_main!(benches);
