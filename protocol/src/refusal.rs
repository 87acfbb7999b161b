//! Why a point was refused: every reason has a stable name, for metrics, and a sentence, for a person.
//!
//! Owns the list of reasons. A reason's name is part of the public interface (it is a metric label and a key of the
//! HTTP interface), so that names are never reused for something else. Counting and keeping samples is the server's.

use std::fmt;

macro_rules! refusals {
    ($($(#[$doc:meta])* $variant:ident = $name:literal: $sentence:literal,)*) => {
        /// A named reason why a point, a line or a frame was refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Refusal {
            $($(#[$doc])* $variant,)*
        }

        const ALL: &[Refusal] = &[$(Refusal::$variant,)*];

        impl Refusal {
            /// The reason's stable name in snake case, fit for a metric label.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Refusal::$variant => $name,)*
                }
            }

            /// The reason as one sentence without a full stop.
            pub const fn sentence(self) -> &'static str {
                match self {
                    $(Refusal::$variant => $sentence,)*
                }
            }
        }
    };
}

// A macro, because the variant, its name, its sentence and the list of all must never drift apart.
refusals! {
    /// Text that is not valid UTF-8.
    InvalidUtf8 = "invalid_utf8": "the metric name is not valid UTF-8",
    /// A line longer than [`crate::limits::LINE_BYTES_MAX`].
    LineTooLong = "line_too_long": "the line is longer than the limit",
    /// A line that has not exactly three fields.
    FieldCount = "field_count": "a line needs exactly three fields: name, value and timestamp",
    /// Nothing is left of the name once it is canonical.
    NameEmpty = "name_empty": "the metric name is empty",
    /// A name longer than [`crate::limits::NAME_BYTES_MAX`].
    NameTooLong = "name_too_long": "the metric name is longer than the limit",
    /// A name with a blank or a control character.
    NameInvalid = "name_invalid": "the metric name holds a blank or a control character",
    /// A tag that breaks the rules for tags.
    TagInvalid = "tag_invalid": "a tag of the metric name is malformed",
    /// More tags than [`crate::limits::TAGS_PER_SERIES_MAX`].
    TooManyTags = "too_many_tags": "the metric name has more tags than the limit",
    /// A value that is no decimal number.
    ValueNotANumber = "value_not_a_number": "the value is not a decimal number",
    /// A value that is NaN.
    ValueNan = "value_nan": "the value is NaN",
    /// A value that is infinite, or too large for a 64-bit float.
    ValueInfinite = "value_infinite": "the value is infinite or too large",
    /// A timestamp that is no number.
    TimestampNotANumber = "timestamp_not_a_number": "the timestamp is not a number",
    /// A negative timestamp other than −1, which means now.
    TimestampNegative = "timestamp_negative": "the timestamp is negative",
    /// A timestamp that no unit makes sense of.
    TimestampOutOfRange = "timestamp_out_of_range": "the timestamp lies beyond the year 9999",
    /// A timestamp further ahead of the clock than is configured.
    TooFarInFuture = "too_far_in_future": "the timestamp lies too far in the future",
    /// A timestamp older than the longest retention of its series.
    TooOld = "too_old": "the timestamp is older than the retention of the series",
    /// A pickle frame longer than the limit.
    FrameTooLarge = "frame_too_large": "the pickle frame is larger than the limit",
    /// A pickle that ends in the middle.
    PickleTruncated = "pickle_truncated": "the pickle ends in the middle",
    /// A pickle with an opcode that points never need.
    PickleForbiddenOpcode = "pickle_forbidden_opcode": "the pickle holds an opcode that is not accepted",
    /// A pickle that is not well-formed, or is no list of points.
    PickleMalformed = "pickle_malformed": "the pickle is malformed",
    /// A pickle that needs more stack, memo, marks or items than the limits allow.
    PickleTooComplex = "pickle_too_complex": "the pickle needs more stack, memo or items than the limit",
    /// An item of a pickle that is not `(name, (timestamp, value))`.
    ItemMalformed = "item_malformed": "an item of the pickle is not (name, (timestamp, value))",
    /// A new series beyond what the configuration allows.
    SeriesLimit = "series_limit": "the limit on the number of series is reached",
    /// A new series that comes sooner after others than the configuration allows.
    NewSeriesRate = "new_series_rate": "new series come faster than the limit",
    /// A series that the configuration's filters do not let in.
    Filtered = "filtered": "a filter of the configuration refuses the series",
    /// The store could not take the point: its disk failed, or it is shutting down.
    StoreUnavailable = "store_unavailable": "the store cannot take points now",
    /// A point that there is no room for, from a sender that cannot be made to wait.
    DiskFull = "disk_full": "the disk is full",
    /// A name that carbon's blacklist.conf keeps out.
    Blacklisted = "blacklisted": "the blacklist refuses the name",
    /// A name that carbon's whitelist.conf does not let in.
    NotWhitelisted = "not_whitelisted": "the whitelist does not let the name in",
    /// A name that no aggregation rule takes, where nothing but aggregates is wanted.
    NotAggregated = "not_aggregated": "no aggregation rule takes the name, and `forward_all` is off",
    /// A point for an aggregate, where there are too many open buckets.
    AggregationFull = "aggregation_full": "the aggregates hold as many open buckets or values as they can",
}

impl Refusal {
    /// How many reasons there are; `reason.index()` is always below it.
    pub const COUNT: usize = ALL.len();

    /// Every reason, in a fixed order.
    pub const fn all() -> &'static [Refusal] {
        ALL
    }

    /// The reason's position in [`Refusal::all`], for a table of counters.
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.sentence())
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_snake_case_and_indexes_match() {
        let mut seen = std::collections::HashSet::new();
        for (position, &reason) in Refusal::all().iter().enumerate() {
            assert!(seen.insert(reason.name()), "{} is used twice", reason.name());
            assert!(
                reason
                    .name()
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            );
            assert_eq!(reason.index(), position);
            assert!(!reason.to_string().ends_with('.'));
        }
        assert_eq!(seen.len(), Refusal::COUNT);
    }

    #[test]
    fn a_refusal_is_one_byte() {
        assert_eq!(size_of::<Refusal>(), 1);
    }
}
