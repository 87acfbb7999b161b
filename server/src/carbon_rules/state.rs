//! The open buckets in a file of the data directory, so that they outlive the process.
//!
//! Invariant: the file is replaced as a whole. One that cannot be read is left out with a line in the log: the aggregates
//! of its buckets are stored as far as they were given out before.

use plumbago_rules::carbon::SavedAggregates;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const FILE: &str = "carbon-aggregates.json";
const NEW_FILE: &str = "carbon-aggregates.json.new";

/// Where open buckets are kept.
#[derive(Debug, Clone)]
pub(super) struct StateFile {
    directory: PathBuf,
}

impl StateFile {
    pub(super) fn in_directory(directory: &Path) -> StateFile {
        StateFile { directory: directory.to_path_buf() }
    }

    /// What was saved last; nothing where there is no file, or a damaged one.
    pub(super) fn read(&self) -> SavedAggregates {
        let path = self.directory.join(FILE);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return SavedAggregates::default(),
            Err(error) => {
                tracing::error!("{}: cannot be read, aggregates begin anew: {error}", path.display());
                return SavedAggregates::default();
            }
        };
        SavedAggregates::from_text(&text).unwrap_or_else(|error| {
            tracing::error!("{}: aggregates begin anew: {error}", path.display());
            SavedAggregates::default()
        })
    }

    /// Replaces what was saved. With `is_durable`, it also survives a loss of power from now on.
    pub(super) fn write(&self, saved: &SavedAggregates, is_durable: bool) -> io::Result<()> {
        let (path, new) = (self.directory.join(FILE), self.directory.join(NEW_FILE));
        if saved.is_empty() {
            return match std::fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        let text = saved.to_text().map_err(io::Error::other)?;
        let mut file = File::create(&new)?;
        file.write_all(&text)?;
        if is_durable {
            file.sync_data()?;
        }
        drop(file);
        std::fs::rename(new, path)?;
        if is_durable {
            File::open(&self.directory)?.sync_all()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_or_damaged_file_is_no_bucket() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = StateFile::in_directory(folder.path());
        assert!(state.read().is_empty());
        state.write(&SavedAggregates::default(), true).expect("nothing to write");
        std::fs::write(folder.path().join(FILE), "{\"version\":1,\"aggr").expect("written");
        assert!(state.read().is_empty());
        state.write(&SavedAggregates::default(), true).expect("removed");
        assert!(!folder.path().join(FILE).exists());
    }
}
