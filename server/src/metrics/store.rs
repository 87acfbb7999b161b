//! The engine's counters and gauges as families of the metrics page.

use super::text::{Kind, TextPage};
use plumbago_engine::Stats;

/// A family with one sample.
type StoreFamily = (&'static str, Kind, &'static str, fn(&Stats) -> u64);

const FAMILIES: &[StoreFamily] = &[
    ("plumbago_series", Kind::Gauge, "Series in the store.", |stats| stats.series),
    ("plumbago_hot_points", Kind::Gauge, "Points in memory, not yet in a segment.", |stats| stats.hot_points),
    ("plumbago_hot_bytes", Kind::Gauge, "Memory of the points that are not yet in a segment.", |stats| {
        stats.hot_bytes
    }),
    ("plumbago_segments", Kind::Gauge, "Segments on disk.", |stats| stats.segments),
    ("plumbago_segments_fresh", Kind::Gauge, "Segments that are not rolled up yet.", |stats| {
        stats.segments_fresh
    }),
    ("plumbago_segment_bytes", Kind::Gauge, "Bytes of all segments.", |stats| stats.segment_bytes),
    ("plumbago_segment_points", Kind::Gauge, "Points in all segments, rolled up ones included.", |stats| {
        stats.segment_cells
    }),
    ("plumbago_wal_bytes", Kind::Gauge, "Bytes in the write-ahead log.", |stats| stats.wal_bytes),
    ("plumbago_store_points_total", Kind::Counter, "Points stored, the server's own included.", |stats| {
        stats.points
    }),
    (
        "plumbago_store_late_points_total",
        Kind::Counter,
        "Points stored whose time had left the finest archive already.",
        |stats| stats.points_late_born,
    ),
    (
        "plumbago_store_values_replaced_total",
        Kind::Counter,
        "Coarser values that a late point replaced because their finer points had expired.",
        |stats| stats.values_replaced,
    ),
    ("plumbago_store_series_created_total", Kind::Counter, "Series created.", |stats| stats.series_created),
    ("plumbago_store_series_deleted_total", Kind::Counter, "Series deleted.", |stats| stats.series_deleted),
    (
        "plumbago_replayed_points_total",
        Kind::Counter,
        "Points found in the write-ahead log at start.",
        |stats| stats.points_replayed,
    ),
    (
        "plumbago_replayed_points_dropped_total",
        Kind::Counter,
        "Points found in the write-ahead log at start whose series is gone.",
        |stats| stats.points_replayed_dropped,
    ),
    (
        "plumbago_wal_torn_bytes_total",
        Kind::Counter,
        "Bytes at the ends of the log's files at start that a crash cut short.",
        |stats| stats.wal_torn_bytes,
    ),
    ("plumbago_wal_damage_total", Kind::Counter, "Damaged places in the log at start.", |stats| {
        stats.wal_damage
    }),
    ("plumbago_wal_written_bytes_total", Kind::Counter, "Bytes appended to the log.", |stats| {
        stats.wal_written_bytes
    }),
    ("plumbago_flushes_total", Kind::Counter, "Times that points in memory became segments.", |stats| {
        stats.flushes
    }),
    (
        "plumbago_flushes_abandoned_total",
        Kind::Counter,
        "Flushes given up because the disk was full; each was tried again.",
        |stats| stats.flushes_abandoned,
    ),
    (
        "plumbago_merges_abandoned_total",
        Kind::Counter,
        "Merges given up because the disk was full.",
        |stats| stats.merges_abandoned,
    ),
    ("plumbago_merges_total", Kind::Counter, "Merges of segments.", |stats| stats.merges),
    ("plumbago_segment_written_bytes_total", Kind::Counter, "Bytes of segments written.", |stats| {
        stats.segment_written_bytes
    }),
    (
        "plumbago_segments_expired_total",
        Kind::Counter,
        "Segments removed because they had expired.",
        |stats| stats.segments_expired,
    ),
    ("plumbago_points_expired_total", Kind::Counter, "Points in segments that had expired.", |stats| {
        stats.cells_expired
    }),
    (
        "plumbago_segments_set_aside_total",
        Kind::Counter,
        "Segments found damaged since the start, and set aside.",
        |stats| stats.segments_set_aside,
    ),
    (
        "plumbago_segments_quarantined",
        Kind::Gauge,
        "Files of damaged segments in the folder quarantine.",
        |stats| stats.segments_quarantined,
    ),
    ("plumbago_clock_leaps_total", Kind::Counter, "Times that the clock was set, ahead or back.", |stats| {
        stats.clock_leaps
    }),
    (
        "plumbago_clock_ahead_seconds",
        Kind::Gauge,
        "How far the clock is ahead of the time that points expire by.",
        |stats| stats.clock_ahead_secs.unsigned_abs(),
    ),
    (
        "plumbago_writer_waits_total",
        Kind::Counter,
        "Times that ingest waited because memory or the log was full.",
        |stats| stats.writer_waits,
    ),
];

/// Writes the store's families.
pub(super) fn write_store(page: &mut TextPage, stats: &Stats) {
    for &(name, kind, help, read) in FAMILIES {
        page.single(name, kind, help, read(stats) as f64);
    }
}
