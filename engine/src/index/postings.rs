//! Owns a set of series ids that is small in memory when it is small.
//!
//! Invariant: both forms hold each id once, in ascending order. Most values of a tag such as `host` are on a few
//! series: those cost a short vector rather than a bitmap with its containers.

use roaring::RoaringBitmap;

/// A set grows into a bitmap beyond this many ids.
const FEW_MAX: usize = 16;

/// The series with some value of some tag.
pub(super) enum Postings {
    Few(Vec<u32>),
    Many(RoaringBitmap),
}

impl Default for Postings {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

/// The bitmap of ascending ids.
pub(super) fn bitmap_of(ids: Vec<u32>) -> RoaringBitmap {
    let mut bitmap = RoaringBitmap::new();
    bitmap.extend(ids);
    bitmap
}

impl Postings {
    /// The set of ascending ids, each once.
    pub(super) fn of(mut ids: Vec<u32>) -> Self {
        if ids.len() > FEW_MAX {
            return Self::Many(bitmap_of(ids));
        }
        ids.shrink_to_fit();
        Self::Few(ids)
    }

    pub(super) fn insert(&mut self, id: u32) {
        match self {
            Self::Many(ids) => {
                ids.insert(id);
            }
            Self::Few(ids) => {
                let Err(at) = ids.binary_search(&id) else { return };
                if ids.len() < FEW_MAX {
                    ids.reserve_exact(1);
                    ids.insert(at, id);
                } else {
                    let mut many: RoaringBitmap = ids.iter().copied().collect();
                    many.insert(id);
                    *self = Self::Many(many);
                }
            }
        }
    }

    pub(super) fn remove(&mut self, id: u32) {
        match self {
            Self::Many(ids) => {
                ids.remove(id);
            }
            Self::Few(ids) => {
                if let Ok(at) = ids.binary_search(&id) {
                    ids.remove(at);
                }
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Few(ids) => ids.len() as u64,
            Self::Many(ids) => ids.len(),
        }
    }

    /// How many are in `others` too.
    pub(super) fn count_in(&self, others: &RoaringBitmap) -> u64 {
        match self {
            Self::Few(ids) => ids.iter().filter(|&&id| others.contains(id)).count() as u64,
            Self::Many(ids) => ids.intersection_len(others),
        }
    }

    pub(super) fn add_to(&self, others: &mut RoaringBitmap) {
        match self {
            Self::Few(ids) => others.extend(ids.iter().copied()),
            Self::Many(ids) => *others |= ids,
        }
    }

    pub(super) fn remove_from(&self, others: &mut RoaringBitmap) {
        match self {
            Self::Few(ids) => ids.iter().for_each(|&id| {
                others.remove(id);
            }),
            Self::Many(ids) => *others -= ids,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_sets_answer_alike() {
        for size in [1, FEW_MAX as u32, FEW_MAX as u32 + 1, 100] {
            let mut postings = Postings::default();
            for id in (0..size).rev().chain(0..size) {
                postings.insert(id * 3);
            }
            assert_eq!(postings.len(), u64::from(size));
            let mut ids = RoaringBitmap::from([1]);
            postings.add_to(&mut ids);
            assert_eq!(ids.len(), u64::from(size) + 1);
            assert_eq!(postings.count_in(&ids), u64::from(size));
            postings.remove_from(&mut ids);
            assert_eq!(ids.iter().collect::<Vec<_>>(), [1]);
            (0..size).for_each(|id| postings.remove(id * 3));
            assert!(postings.is_empty());
        }
    }
}
