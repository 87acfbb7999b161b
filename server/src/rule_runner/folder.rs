//! The folder of rule files, and the copy of the last good ones in the data directory.
//!
//! Invariant: what is kept is what was last taken by the server, whole; it is replaced by renaming, so that a death in
//! between leaves the old one. What the texts mean is left to `plumbago_rules`.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use plumbago_protocol::limits;
use plumbago_rules::is_rule_file;

/// The copy of the last good files.
const KEPT: &str = "rules.kept.json";
/// Where it is written before it takes its name.
const KEPT_NEW: &str = "rules.kept.json.new";

/// Names of files, in order, with their texts.
pub(crate) type Texts = Vec<(String, String)>;

/// Why a folder or a file of rules cannot be read.
#[derive(Debug)]
pub(crate) enum FolderError {
    /// The operating system refuses.
    Read {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// A file is larger than any rule file should be, or there are too many.
    TooLarge {
        /// Which file or folder.
        path: PathBuf,
        /// What there may be at most, with its unit.
        expected: String,
    },
    /// A file is not text.
    NotText {
        /// Which file.
        path: PathBuf,
        /// Position of the first byte that is not UTF-8.
        offset: usize,
    },
}

impl fmt::Display for FolderError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FolderError::Read { path, cause } => {
                write!(formatter, "{}: cannot be read: {cause}", path.display())
            }
            FolderError::TooLarge { path, expected } => {
                write!(formatter, "{}: too large, expected at most {expected}", path.display())
            }
            FolderError::NotText { path, offset } => {
                write!(formatter, "{}: expected UTF-8, found another byte at offset {offset}", path.display())
            }
        }
    }
}

impl std::error::Error for FolderError {}

/// The rule files directly in `folder`, by name.
///
/// # Errors
/// The folder or one of its rule files cannot be read, or is over a limit.
pub(crate) fn read(folder: &Path) -> Result<Texts, FolderError> {
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |cause| FolderError::Read { path, cause }
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let entry = entry.map_err(failed(folder))?;
        // A name that is no text cannot end in `.yaml` as a rule file's does.
        let Ok(name) = entry.file_name().into_string() else { continue };
        if is_rule_file(&name) && entry.path().is_file() {
            names.push(name);
        }
    }
    if names.len() > limits::RULE_FILES_MAX {
        let expected = format!("{} rule files", limits::RULE_FILES_MAX);
        return Err(FolderError::TooLarge { path: folder.to_path_buf(), expected });
    }
    names.sort_unstable();
    names.into_iter().map(|name| read_text(&folder.join(&name)).map(|text| (name, text))).collect()
}

/// The text of one file, no longer than a rule file may be.
///
/// # Errors
/// As for [`read`].
pub(crate) fn read_text(path: &Path) -> Result<String, FolderError> {
    let failed = |cause| FolderError::Read { path: path.to_path_buf(), cause };
    let mut bytes = Vec::new();
    let most = limits::RULE_FILE_BYTES_MAX as u64;
    File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() > limits::RULE_FILE_BYTES_MAX {
        let expected = format!("{} bytes", limits::RULE_FILE_BYTES_MAX);
        return Err(FolderError::TooLarge { path: path.to_path_buf(), expected });
    }
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        FolderError::NotText { path: path.to_path_buf(), offset }
    })
}

/// The files that the server last took, if there is a copy of them that can be read.
pub(crate) fn kept(data_dir: &Path) -> Option<Texts> {
    let text = std::fs::read(data_dir.join(KEPT)).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Keeps a copy of files that were taken.
///
/// # Errors
/// The disk's.
pub(crate) fn keep(data_dir: &Path, texts: &Texts) -> io::Result<()> {
    let new = data_dir.join(KEPT_NEW);
    let mut file = File::create(&new)?;
    file.write_all(&serde_json::to_vec(texts)?)?;
    file.sync_all()?;
    std::fs::rename(&new, data_dir.join(KEPT))?;
    File::open(data_dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_files_are_taken_by_name_and_tests_of_rules_are_not() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["b.yml", "a.yaml", "a_test.yaml", "notes.txt", ".yaml", ".#lock.yaml"] {
            std::fs::write(folder.path().join(name), name).expect("a file");
        }
        std::fs::create_dir(folder.path().join("c.yaml")).expect("a folder in it");
        let names: Vec<String> =
            read(folder.path()).expect("texts").into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a.yaml", "b.yml"]);
    }

    #[test]
    fn faults_name_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("a.yaml"), b"groups: \xff").expect("a file");
        let fault = read(folder.path()).expect_err("no text").to_string();
        assert!(fault.ends_with("a.yaml: expected UTF-8, found another byte at offset 8"), "{fault}");
        std::fs::write(folder.path().join("a.yaml"), vec![b' '; limits::RULE_FILE_BYTES_MAX + 1])
            .expect("a file");
        let fault = read(folder.path()).expect_err("too large").to_string();
        assert!(fault.contains("a.yaml: too large"), "{fault}");
        assert!(read(&folder.path().join("missing")).is_err());
    }

    #[test]
    fn what_was_kept_comes_back() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(kept(folder.path()), None);
        let texts = vec![("a.yaml".to_owned(), "groups: []".to_owned())];
        keep(folder.path(), &texts).expect("kept");
        assert_eq!(kept(folder.path()), Some(texts));
        std::fs::write(folder.path().join(KEPT), "{").expect("a file");
        assert_eq!(kept(folder.path()), None, "a broken copy is none");
    }
}
