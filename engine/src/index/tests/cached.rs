//! The cache file of the frozen tree: used when it fits, ignored when stale or damaged.

use super::*;

fn saved() -> (MemoryDisk, Registry) {
    let disk = MemoryDisk::new();
    let registry = registry_of(&["a.b", "a.c", "x;k=v", "d"]);
    Index::open(&disk, &registry).unwrap().save(&disk).unwrap();
    (disk, registry)
}

fn paths(disk: &MemoryDisk, registry: &Registry) -> Vec<(String, Option<u32>)> {
    let index = Index::open(disk, registry).unwrap();
    index.find(&glob("**"), 100).nodes.into_iter().map(|node| (node.path.to_string(), node.id)).collect()
}

#[test]
fn a_cache_that_fits_is_used_with_what_came_later() {
    let (disk, mut registry) = saved();
    assert_eq!(disk.list("index").unwrap(), ["tree-00000000.idx"]);
    let cached = cache::load(&disk, &registry).unwrap().unwrap();
    assert_eq!((cached.name_count(), cached.id_end()), (3, 4));
    registry.create("a.bb", 0).unwrap();
    assert!(cache::load(&disk, &registry).unwrap().is_some());
    let expected = [("a", None), ("a.b", Some(0)), ("a.bb", Some(4)), ("a.c", Some(1)), ("d", Some(3))];
    assert_eq!(paths(&disk, &registry), expected.map(|(path, id)| (path.to_owned(), id)));
    let mut index = Index::open(&disk, &registry).unwrap();
    assert_eq!(index.unfrozen_count(), 1);
    index.freeze().unwrap();
    index.save(&disk).unwrap();
    assert_eq!(disk.list("index").unwrap(), ["tree-00000001.idx"]);
    assert_eq!(Index::open(&disk, &registry).unwrap().unfrozen_count(), 0);
}

#[test]
fn a_stale_cache_is_not_used() {
    for change in [
        (|registry| registry.delete(0)) as fn(&mut Registry) -> Result<(), Error>,
        |registry| registry.rename(1, "a.z"),
        |registry| registry.delete(3),
    ] {
        let (disk, mut registry) = saved();
        change(&mut registry).unwrap();
        assert!(cache::load(&disk, &registry).unwrap().is_none());
        let found = paths(&disk, &registry);
        let expected = paths(&MemoryDisk::new(), &registry);
        assert_eq!(found, expected);
    }
    let (disk, _) = saved();
    assert!(cache::load(&disk, &registry_of(&["a.b", "a.c"])).unwrap().is_none());
    assert!(cache::load(&disk, &registry_of(&["a.b", "a.d", "x;k=v", "d"])).unwrap().is_none());
}

#[test]
fn any_changed_byte_and_any_cut_makes_the_file_no_tree() {
    let (disk, registry) = saved();
    let bytes = disk.read("index/tree-00000000.idx").unwrap();
    let store = |bytes: &[u8]| {
        disk.create("index/tree-00000000.idx").unwrap().append(bytes).unwrap();
        assert!(cache::load(&disk, &registry).unwrap().is_none());
        assert_eq!(paths(&disk, &registry).len(), 4);
    };
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x20;
        store(&damaged);
        store(&bytes[..at]);
    }
}

#[test]
fn numbers_out_of_bounds_are_refused_even_under_a_right_checksum() {
    let (disk, registry) = saved();
    let bytes = disk.read("index/tree-00000000.idx").unwrap();
    for at in 0..bytes.len() - 4 {
        for value in [0, 1, 2, 0x7f, 0xff] {
            let mut altered = bytes.clone();
            altered[at] = value;
            let end = altered.len() - 4;
            let crc = crc32fast::hash(&altered[..end]);
            altered[end..].copy_from_slice(&crc.to_le_bytes());
            disk.create("index/tree-00000000.idx").unwrap().append(&altered).unwrap();
            // It may be a tree of other names; it must not be one that cannot be walked.
            if let Ok(frozen) = frozen::Frozen::open(disk.map("index/tree-00000000.idx").unwrap()) {
                let found = FreezeJob::of(frozen).run();
                assert!(found.is_ok() || at < 48, "byte {at} set to {value}");
            }
            Index::open(&disk, &registry).unwrap();
        }
    }
}
