//! Owns the directory: from a series' id to the place of its record, searched in the mapped bytes as they are.
//!
//! Two layouts, the smaller is written: `sorted` has every id, then every place, in ascending order of ids; `ranked`
//! has for each 64 ids a bitmap and the number of ids before, then every place, so that dense ids cost little more
//! than four bytes and are found at once. Invariant: the checksum was compared before anything is read here; even so
//! no read leaves the section.

use super::header::{u32_at, u64_at};

const SORTED: u8 = 0;
const RANKED: u8 = 1;
/// Bytes of a ranked directory before its words: the layout, the number of words, the first id over 64.
const RANKED_HEAD: usize = 9;
/// Bytes of a word: a bitmap of 64 ids and the number of ids before it.
const WORD_BYTES: usize = 12;

/// Makes the section from pairs of id and place that ascend strictly by id.
pub(super) fn write_directory(series: &[(u32, u32)]) -> Vec<u8> {
    let first_word = series.first().map_or(0, |&(id, _)| id / 64);
    let words = series.last().map_or(0, |&(id, _)| (id / 64 - first_word) as usize + 1);
    let mut out = Vec::new();
    if words * WORD_BYTES < series.len() * 4 {
        out.push(RANKED);
        out.extend_from_slice(&(words as u32).to_le_bytes());
        out.extend_from_slice(&first_word.to_le_bytes());
        let mut rest = series;
        for word in (first_word..).take(words) {
            let rank = (series.len() - rest.len()) as u32;
            let inside = rest.iter().take_while(|(id, _)| id / 64 == word).count();
            let bitmap = rest[..inside].iter().fold(0_u64, |bits, (id, _)| bits | 1 << (id % 64));
            out.extend_from_slice(&bitmap.to_le_bytes());
            out.extend_from_slice(&rank.to_le_bytes());
            rest = &rest[inside..];
        }
    } else {
        out.push(SORTED);
        series.iter().for_each(|(id, _)| out.extend_from_slice(&id.to_le_bytes()));
    }
    series.iter().for_each(|(_, place)| out.extend_from_slice(&place.to_le_bytes()));
    out
}

/// A directory's layout, taken from its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Directory {
    /// Every id.
    Sorted { series: usize },
    /// A bitmap for each 64 ids from `first_word · 64` on.
    Ranked { series: usize, words: usize, first_word: u32 },
}

impl Directory {
    /// Recognises the layout of `section`, which must hold `series` ids and nothing else.
    pub(super) fn from_bytes(section: &[u8], series: u32) -> Option<Self> {
        let series = series as usize;
        let directory = match *section.first()? {
            SORTED => Self::Sorted { series },
            RANKED => {
                let words = u32_at(section, 1) as usize;
                Self::Ranked { series, words, first_word: u32_at(section, 5) }
            }
            _ => return None,
        };
        let bytes = directory.places_at() as u64 + 4 * series as u64;
        (bytes == section.len() as u64).then_some(directory)
    }

    fn places_at(&self) -> usize {
        match *self {
            Self::Sorted { series } => 1 + 4 * series,
            Self::Ranked { words, .. } => RANKED_HEAD + WORD_BYTES * words,
        }
    }

    /// The place of the record of `id`.
    pub(super) fn find(&self, section: &[u8], id: u32) -> Option<u32> {
        let rank = match *self {
            Self::Sorted { series } => rank_sorted(section, series, id)?,
            Self::Ranked { words, first_word, .. } => {
                let word = (id / 64).checked_sub(first_word)? as usize;
                if word >= words {
                    return None;
                }
                let at = RANKED_HEAD + WORD_BYTES * word;
                let (bitmap, bit) = (u64_at(section, at), 1_u64 << (id % 64));
                if bitmap & bit == 0 {
                    return None;
                }
                u32_at(section, at + 8) as usize + (bitmap & (bit - 1)).count_ones() as usize
            }
        };
        let place = section.get(self.places_at()..)?.get(rank.checked_mul(4)?..)?.first_chunk()?;
        Some(u32::from_le_bytes(*place))
    }

    /// Every id and its place, in the order of the section: ascending ids.
    pub(super) fn iter<'a>(&self, section: &'a [u8]) -> impl Iterator<Item = (u32, u32)> + 'a {
        let places = section.get(self.places_at()..).unwrap_or_default().chunks_exact(4);
        self.ids(section).zip(places.map(|place| u32_at(place, 0)))
    }

    /// Every id, ascending.
    pub(super) fn ids<'a>(&self, section: &'a [u8]) -> impl Iterator<Item = u32> + 'a {
        let (sorted, words, first_word) = match *self {
            Self::Sorted { series } => (section.get(1..1 + 4 * series), None, 0),
            Self::Ranked { words, first_word, .. } => {
                (None, section.get(RANKED_HEAD..RANKED_HEAD + WORD_BYTES * words), first_word)
            }
        };
        let listed = sorted.unwrap_or_default().chunks_exact(4).map(|id| u32_at(id, 0));
        let words = words.unwrap_or_default().chunks_exact(WORD_BYTES);
        let set = words.zip(u64::from(first_word)..).flat_map(|(word, index)| {
            bits(u64_at(word, 0)).map(move |bit| (index * 64 + u64::from(bit)) as u32)
        });
        listed.chain(set)
    }

    /// The last id, which is the highest.
    pub(super) fn last_id(&self, section: &[u8]) -> Option<u32> {
        match *self {
            Self::Sorted { series } => Some(u32_at(section, 1 + 4 * series.checked_sub(1)?)),
            Self::Ranked { words, first_word, .. } => {
                let last = words.checked_sub(1)?;
                let highest = 63_u64
                    .checked_sub(u64_at(section, RANKED_HEAD + WORD_BYTES * last).leading_zeros().into())?;
                Some(((u64::from(first_word) + last as u64) * 64 + highest) as u32)
            }
        }
    }

    /// Whether ids ascend strictly and every rank is the number of ids before.
    pub(super) fn is_consistent(&self, section: &[u8]) -> bool {
        let (count, ascending) = match *self {
            Self::Sorted { series } => (series, self.ids(section).is_sorted_by(|a, b| a < b)),
            Self::Ranked { words, first_word, .. } => {
                let mut rank = 0;
                let ranks_match = (0..words).all(|word| {
                    let at = RANKED_HEAD + WORD_BYTES * word;
                    let matches = u32_at(section, at + 8) == rank;
                    rank += u64_at(section, at).count_ones();
                    matches
                });
                let inside = u64::from(first_word) + words as u64 <= 1 << 26;
                (rank as usize, ranks_match && inside)
            }
        };
        let (Self::Sorted { series } | Self::Ranked { series, .. }) = *self;
        ascending && count == series
    }
}

fn rank_sorted(section: &[u8], series: usize, id: u32) -> Option<usize> {
    let (mut low, mut high) = (0, series);
    while low < high {
        let middle = low + (high - low) / 2;
        match u32_at(section, 1 + 4 * middle).cmp(&id) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => return Some(middle),
        }
    }
    None
}

fn bits(mut word: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let bit = word.trailing_zeros();
        word &= word.checked_sub(1)?;
        Some(bit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ids: &[u32], bytes_max: usize) {
        let series: Vec<(u32, u32)> = ids.iter().map(|&id| (id, id ^ 0x5555)).collect();
        let section = write_directory(&series);
        assert!(section.len() <= bytes_max, "{} bytes", section.len());
        let directory = Directory::from_bytes(&section, ids.len() as u32).unwrap();
        assert!(directory.is_consistent(&section));
        assert_eq!(directory.iter(&section).collect::<Vec<_>>(), series);
        assert_eq!(directory.last_id(&section), ids.last().copied());
        let top = ids.last().copied().unwrap_or(0).saturating_add(200);
        for id in (0..=top.min(5000)).chain(ids.iter().copied()).chain([u32::MAX]) {
            let place = ids.binary_search(&id).ok().map(|_| id ^ 0x5555);
            assert_eq!(directory.find(&section, id), place, "series {id}");
        }
    }

    #[test]
    fn dense_ids_take_little_more_than_their_places() {
        check(&(0..1000).collect::<Vec<_>>(), 4 * 1000 + 9 + 16 * 12);
        check(&(77..1077).collect::<Vec<_>>(), 4 * 1000 + 9 + 17 * 12);
    }

    #[test]
    fn scattered_ids_take_eight_bytes() {
        check(&(0..100).map(|at| at * at * 401).collect::<Vec<_>>(), 801);
        check(&[0, u32::MAX], 17);
        check(&[5], 9);
        check(&[], 1);
    }

    #[test]
    fn dense_ids_at_the_top_are_found() {
        check(&(u32::MAX - 999..=u32::MAX).collect::<Vec<_>>(), 4 * 1000 + 9 + 17 * 12);
    }
}
