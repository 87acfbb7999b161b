//! The series of an answer, as the encodings see them.

use plumbago_protocol::encode::{Interval, SeriesList, SeriesView, Target};
use plumbago_query::{Label, RenderedSeries};
use twox_hash::XxHash3_128;

/// Values that are hashed at once.
const HASHED_AT_ONCE: usize = 512;

/// What a number of series answers, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The range that was asked for, in seconds since the epoch.
    pub(crate) from: i64,
    /// Its end.
    pub(crate) until: i64,
    /// What they are to be known by, in place of their own expressions.
    pub(crate) path_expression: Option<String>,
    /// How many series there are.
    pub(crate) count: usize,
}

/// Series with what they answer.
#[derive(Debug, Default)]
pub(crate) struct Answered {
    series: Vec<RenderedSeries>,
    /// In the order of the series; their counts add up.
    asked: Vec<Asked>,
    /// Which of `asked` each series belongs to.
    owners: Vec<u32>,
}

impl Answered {
    /// The series that answer one request over one range.
    pub(crate) fn of(series: Vec<RenderedSeries>, from: i64, until: i64) -> Answered {
        let mut answered = Answered::default();
        answered.add(series, from, until, None);
        answered
    }

    /// Adds the answer to one more request.
    pub(crate) fn add(
        &mut self,
        series: Vec<RenderedSeries>,
        from: i64,
        until: i64,
        path_expression: Option<String>,
    ) {
        let owner = u32::try_from(self.asked.len()).unwrap_or(u32::MAX);
        self.owners.resize(self.owners.len() + series.len(), owner);
        self.asked.push(Asked { from, until, path_expression, count: series.len() });
        self.series.extend(series);
    }

    /// How many values there are.
    pub(crate) fn points(&self) -> usize {
        self.series.iter().map(|one| one.values.len()).sum()
    }

    /// A hash of the series and of what else decides the answer: the same one means the same bytes. The ranges asked for
    /// stand in some formats only; in the others an answer may stay the same while they move on.
    pub(super) fn hash(&self, identity: &str, shows_ranges: bool) -> u128 {
        let mut hasher = XxHash3_128::new();
        hash_text(&mut hasher, identity);
        for asked in self.asked.iter().filter(|_| shows_ranges) {
            hash_text(&mut hasher, asked.path_expression.as_deref().unwrap_or_default());
            for number in [asked.from, asked.until, asked.count as i64] {
                hasher.write(&number.to_le_bytes());
            }
        }
        for (number, series) in self.series.iter().enumerate() {
            hasher.write(&[series.label as u8]);
            for text in [&*series.name, &*series.path_expression, series.meta.consolidation.name()] {
                hash_text(&mut hasher, text);
            }
            for (tag, value) in self.tags(number) {
                hash_text(&mut hasher, tag);
                hash_text(&mut hasher, value);
            }
            for number in [series.start, series.end, series.step, series.values.len() as i64] {
                hasher.write(&number.to_le_bytes());
            }
            hasher.write(&series.x_files_factor.to_le_bytes());
            hash_values(&mut hasher, &series.values);
        }
        hasher.finish_128()
    }
}

fn hash_text(hasher: &mut XxHash3_128, text: &str) {
    hasher.write(&(text.len() as u64).to_le_bytes());
    hasher.write(text.as_bytes());
}

fn hash_values(hasher: &mut XxHash3_128, values: &[f64]) {
    let mut bytes = [0; 8 * HASHED_AT_ONCE];
    for batch in values.chunks(HASHED_AT_ONCE) {
        for (slot, value) in bytes.chunks_exact_mut(8).zip(batch) {
            // Every missing value is written the same, whatever its bits.
            let value = if value.is_nan() { f64::NAN } else { *value };
            slot.copy_from_slice(&value.to_le_bytes());
        }
        hasher.write(bytes.get(..8 * batch.len()).unwrap_or_default());
    }
}

impl SeriesList for Answered {
    fn count(&self) -> usize {
        self.series.len()
    }

    fn series(&self, number: usize) -> SeriesView<'_> {
        let one = &self.series[number];
        let owner = self.owners.get(number).and_then(|owner| self.asked.get(*owner as usize));
        let asked = owner
            .map_or(Interval { start: 0, end: 0 }, |asked| Interval { start: asked.from, end: asked.until });
        let own_expression = owner.and_then(|asked| asked.path_expression.as_deref());
        SeriesView {
            target: match one.label {
                Label::Text => Target::Text(&one.name),
                Label::Number => Target::Number(&one.name),
                Label::Null => Target::Null,
            },
            path_expression: own_expression.unwrap_or(&one.path_expression),
            start: one.start,
            end: one.end,
            step: one.step,
            values: &one.values,
            consolidation: one.meta.consolidation.name(),
            x_files_factor: one.x_files_factor,
            asked,
        }
    }

    fn tags(&self, number: usize) -> Vec<(&str, &str)> {
        self.series[number].tags.pairs()
    }
}
