//! Open buckets as text, to outlive the process.
//!
//! Invariant: what is restored is what was saved, to the last bit: values are written as the bits they are made of. An
//! aggregate whose rule is no longer there is handed back instead. A text that was not written whole is an error as a
//! whole; nothing in it makes this panic.

use std::fmt;
use std::ops::DerefMut;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::aggregation::{AggregationRules, Definition};
use super::aggregator::{Aggregator, Bucket, Moment};
use super::decision::Output;
use super::method::{Accumulated, Method};

/// The layout that is written and read.
const VERSION: u32 = 1;

/// The open buckets of any number of aggregators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedAggregates {
    version: u32,
    aggregates: Vec<SavedAggregate>,
}

/// Why a text is not taken.
#[derive(Debug)]
pub enum SavedError {
    /// It is no such text, or not a whole one.
    Malformed(serde_json::Error),
    /// It is of another version of the program.
    Version(u32),
}

impl fmt::Display for SavedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SavedError::Malformed(error) => write!(f, "the saved buckets cannot be read: {error}"),
            SavedError::Version(found) => {
                write!(f, "the saved buckets have the version {found}, known is {VERSION}")
            }
        }
    }
}

impl std::error::Error for SavedError {}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SavedAggregate {
    name: String,
    output: String,
    frequency_secs: i64,
    method: String,
    input: String,
    buckets: Vec<SavedBucket>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SavedBucket {
    start: i64,
    is_active: bool,
    count: u64,
    number_bits: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    value_bits: Vec<u64>,
}

impl Default for SavedAggregates {
    fn default() -> Self {
        Self { version: VERSION, aggregates: Vec::new() }
    }
}

impl SavedAggregates {
    /// Adds the open buckets of `aggregator`.
    pub fn add(&mut self, aggregator: &Aggregator) {
        for (name, buffer) in aggregator.buffers() {
            let definition = buffer.rule.definition();
            self.aggregates.push(SavedAggregate {
                name: name.to_string(),
                output: definition.output.clone(),
                frequency_secs: definition.frequency_secs,
                method: definition.method.name().to_owned(),
                input: definition.input.clone(),
                buckets: buffer
                    .buckets
                    .iter()
                    .map(|(start, bucket)| SavedBucket::of(*start, bucket))
                    .collect(),
            });
        }
    }

    /// Whether there is no bucket.
    pub fn is_empty(&self) -> bool {
        self.aggregates.is_empty()
    }

    /// As text.
    ///
    /// # Errors
    /// None that these fields can cause.
    pub fn to_text(&self) -> Result<Vec<u8>, SavedError> {
        serde_json::to_vec(self).map_err(SavedError::Malformed)
    }

    /// Reads what [`SavedAggregates::to_text`] wrote.
    ///
    /// # Errors
    /// The text is damaged or of another version.
    pub fn from_text(text: &[u8]) -> Result<Self, SavedError> {
        let saved: Self = serde_json::from_slice(text).map_err(SavedError::Malformed)?;
        if saved.version == VERSION { Ok(saved) } else { Err(SavedError::Version(saved.version)) }
    }

    /// Opens the buckets again under `rules`, those of each aggregate in the one of `homes` that `choose` gives the number
    /// of. What has no rule any more, no home or no room is given out, if it was still to be.
    pub fn restore<H: DerefMut<Target = Aggregator>>(
        &self,
        rules: &AggregationRules,
        moment: Moment,
        choose: impl Fn(&str) -> usize,
        homes: &mut [H],
        mut give: impl FnMut(&Arc<str>, i64, f64),
    ) {
        for aggregate in &self.aggregates {
            let Some(definition) = aggregate.definition() else { continue };
            let name: Arc<str> = Arc::from(aggregate.name.as_str());
            let output =
                rules.find(&definition).map(|(_, rule)| Output { name: name.clone(), rule: rule.clone() });
            for saved in &aggregate.buckets {
                let bucket = saved.bucket();
                let value = bucket.accumulated.value(definition.method).filter(|_| saved.is_active);
                let is_restored = match (&output, homes.get_mut(choose(&name))) {
                    (Some(output), Some(home)) => home.restore(output, saved.start, bucket, moment).is_ok(),
                    _ => false,
                };
                if let (false, Some(value)) = (is_restored, value) {
                    give(&name, saved.start, value);
                }
            }
        }
    }
}

impl SavedAggregate {
    fn definition(&self) -> Option<Definition> {
        Some(Definition {
            output: self.output.clone(),
            frequency_secs: self.frequency_secs,
            method: Method::parse(&self.method)?,
            input: self.input.clone(),
        })
    }
}

impl SavedBucket {
    fn of(start: i64, bucket: &Bucket) -> Self {
        let Accumulated { number, count, values } = &bucket.accumulated;
        Self {
            start,
            is_active: bucket.is_active,
            count: *count,
            number_bits: number.to_bits(),
            value_bits: values.iter().map(|value| value.to_bits()).collect(),
        }
    }

    fn bucket(&self) -> Bucket {
        let accumulated = Accumulated {
            number: f64::from_bits(self.number_bits),
            count: self.count,
            values: self.value_bits.iter().map(|bits| f64::from_bits(*bits)).collect(),
        };
        Bucket { accumulated, is_active: self.is_active }
    }
}

#[cfg(test)]
mod tests;
