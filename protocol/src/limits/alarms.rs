//! The caps of alarms: the alerting file, what is kept of alarms, and what is read of receivers.

/// Largest alerting file in bytes.
pub const ALERTING_FILE_BYTES_MAX: usize = 4 << 20;

/// Most routes in an alerting file.
pub const ROUTES_MAX: usize = 10_000;

/// The shortest `group_interval` of a route, in milliseconds: one look at a group costs time, and history that is gone through
/// holds a look for each of them.
pub const GROUP_INTERVAL_MS_MIN: i64 = 100;

/// The shortest `repeat_interval` of a route, in milliseconds.
pub const REPEAT_INTERVAL_MS_MIN: i64 = 1000;

/// Most receivers in an alerting file, and most things of one of them that messages go to.
pub const RECEIVERS_MAX: usize = 10_000;

/// Most conditions on labels in one place.
pub const MATCHERS_MAX: usize = 64;

/// Longest list of conditions on labels in bytes.
pub const MATCHERS_BYTES_MAX: usize = 16 << 10;

/// Longest name or value that a label is compared with, in bytes.
pub const MATCHER_BYTES_MAX: usize = 4096;

/// Largest compiled regular expression of such a condition, in bytes.
pub const MATCHER_REGEX_BYTES_MAX: usize = 1 << 20;

/// Most rules of inhibition.
pub const INHIBIT_RULES_MAX: usize = 1000;

/// Most ranges in one part of a time interval.
pub const INTERVAL_RANGES_MAX: usize = 100;

/// Most silences, ended ones that are still shown among them.
pub const SILENCES_MAX: usize = 10_000;

/// Longest name of whoever silences or acknowledges, and longest comment, in bytes.
pub const COMMENT_BYTES_MAX: usize = 4096;

/// Most alarms that are acknowledged at a time.
pub const ACKNOWLEDGEMENTS_MAX: usize = 100_000;

/// Most alarms that one message tells of; others are counted.
pub const MESSAGE_ALARMS_MAX: usize = 1000;

/// Most messages a minute to one receiver, before they become a digest.
pub const MESSAGES_PER_MINUTE_MAX: u32 = 60;

/// Most alarms that an entry of the log names.
pub const LOG_ALARMS_MAX: usize = 100;

// Notifications.

/// Longest time that one request to a receiver may take, in milliseconds.
pub const RECEIVER_TIMEOUT_MS_MAX: i64 = 300_000;

/// Largest answer of a receiver in bytes that is read.
pub const RECEIVER_ANSWER_BYTES_MAX: usize = 64 << 10;

/// Most redirects of one request, all of them within its host.
pub const RECEIVER_REDIRECTS_MAX: usize = 3;

/// Longest run of a receiver's program, in milliseconds.
pub const EXEC_TIMEOUT_MS_MAX: i64 = 10_000;

/// Most programs of receivers that run at once.
pub const EXEC_PLACES_MAX: usize = 4;

/// How much of what a program writes is read, in bytes.
pub const EXEC_OUTPUT_BYTES_MAX: usize = 64 << 10;

/// Most entries of the log of notifications that are kept; beyond, the oldest go.
pub const NOTIFICATIONS_KEPT_MAX: i64 = 1_000_000;

/// How long an entry of the log of notifications is kept, in seconds.
pub const NOTIFICATION_RETENTION_SECONDS: i64 = 90 * 86_400;

/// Most entries on one page of the log of notifications.
pub const NOTIFICATIONS_PER_PAGE_MAX: usize = 1000;

/// Most alarms in all messages of one dry run, where two of them are compared.
pub const NOTIFIED_ALARMS_COMPARED_MAX: usize = 1_000_000;

/// Messages that one test of rules may send.
pub const TEST_MESSAGES_MAX: usize = 100_000;
