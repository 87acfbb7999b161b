//! Stores points and reads them back: registry, hot window, write-ahead log, segments, rollups, index.
