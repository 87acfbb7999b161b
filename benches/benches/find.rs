//! Measures what one find costs at each shape of glob, and how much the slow ones cost: thread CPU time, minimum,
//! median and 99th percentile of many.
//!
//! 100,000 names unless `PLUMBAGO_BENCH_NAMES` says another number. Three states of the index: frozen; with recent
//! changes on top (a new series on many hosts, new hosts, deleted series); and those frozen too. `leaves` is what a
//! query of data does, `find` what a browser of names asks for. Every answer's size is checked against the glob itself.

use std::hint::black_box;
use std::time::Duration;

use plumbago_benches::{METRICS, name_count, names, policy};
use plumbago_engine::{Index, MemoryDisk, Registry};
use plumbago_protocol::Glob;
use rustix::time::{ClockId, clock_gettime};

const GLOBS: [&str; 12] = [
    "dc1.*.*.cpu.core0.user",
    "*.*.*.disk.sda.util",
    "*.*.*.disk.sda.busy",
    "*.*.host01*.memory.*.used",
    "{dc1,dc3}.rack{01,02,11,12}.*.disk.{sda,sdb}.read_bytes",
    "dc?.rack[0-4]?.host0[!0]*.network.eth[01].rx_*",
    "dc*.*.*12*.*pu.*0.u?er",
    "*.*.*.*.*.*user*",
    "**.rx_bytes",
    "**.cpu.**.user",
    "**.nosuch",
    "dc3.rack03.*",
];

/// A shape is measured this often, unless that takes too long.
const RUNS: usize = 300;
const RUNS_MIN: usize = 30;
const SHAPE_BUDGET: Duration = Duration::from_millis(1500);

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// What a run costs: `minimum / median / 99th percentile`, in milliseconds.
fn costs(mut run: impl FnMut()) -> String {
    let (mut costs, mut spent) = (Vec::new(), Duration::ZERO);
    while costs.len() < RUNS_MIN || (costs.len() < RUNS && spent < SHAPE_BUDGET) {
        let start = cpu_time();
        run();
        let cost = cpu_time().saturating_sub(start);
        costs.push(cost);
        spent += cost;
    }
    costs.sort_unstable();
    let at = |percent: usize| costs[(costs.len() - 1) * percent / 100].as_secs_f64() * 1000.0;
    format!("{:.3} / {:.3} / {:.3}", at(0), at(50), at(99))
}

fn measure(state: &str, index: &Index, all: &[String]) {
    println!("\n| {state} | series | leaves, ms | nodes | find, ms |\n|---|---|---|---|---|");
    for text in GLOBS {
        let glob = Glob::parse(text).expect("well-formed");
        let series = index.leaves(&glob, usize::MAX).len();
        assert_eq!(series, all.iter().filter(|name| glob.matches_path(name)).count(), "{text}");
        let nodes = index.find(&glob, usize::MAX).nodes.len();
        let leaves = costs(|| _ = black_box(index.leaves(black_box(&glob), usize::MAX)));
        let find = costs(|| _ = black_box(index.find(black_box(&glob), usize::MAX)));
        println!("| `{text}` | {series} | {leaves} | {nodes} | {find} |");
    }
}

fn main() {
    let filters: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if !filters.is_empty() && !filters.iter().any(|filter| "globs".contains(filter.as_str())) {
        return;
    }
    let mut all = names(name_count());
    let disk = MemoryDisk::new();
    let mut registry = Registry::open(std::sync::Arc::new(disk.clone()), true).expect("memory");
    let number = registry.intern_policy(&policy()).expect("the first policy");
    for name in &all {
        registry.create(name, number).expect("a new name");
    }
    let mut index = Index::open(&disk, &registry).expect("an index");
    measure("frozen", &index, &all);

    // One in 400 series goes, one in four hosts gets a new one, and one in 128 hosts is new: at a million names about as
    // many changes as the upkeep lets come together before it freezes them.
    let (mut id, count) = (registry.id_end(), all.len());
    let gone: Vec<usize> = (0..count).step_by(400).collect();
    for &at in &gone {
        index.remove(at as u32, &all[at]);
    }
    let mut new: Vec<String> = all
        .iter()
        .step_by(4 * METRICS.len())
        .map(|name| name.replace("cpu.total.user", "disk.sda.util"))
        .collect();
    let of_hosts = all.chunks(METRICS.len()).step_by(128).flatten();
    new.extend(of_hosts.map(|name| name.replace(".host", ".newhost")));
    for name in &new {
        index.insert(id, name);
        id += 1;
    }
    for &at in gone.iter().rev() {
        all.swap_remove(at);
    }
    all.extend(new);
    println!("\n{} changes on top", index.unfrozen_count());
    measure("with recent changes", &index, &all);
    let start = cpu_time();
    index.freeze().expect("frozen");
    println!("\nfreezing: {:.1} ms", (cpu_time() - start).as_secs_f64() * 1000.0);
    measure("frozen again", &index, &all);
    index.save(&disk).expect("saved");
    let path = plumbago_engine::Disk::list(&disk, "index").expect("memory").remove(0);
    let bytes = plumbago_engine::Disk::read(&disk, &format!("index/{path}")).expect("saved").len();
    println!("\ntree: {:.2} bytes a name", bytes as f64 / all.len() as f64);
}
