//! The key that addresses of pictures are signed with: 32 random bytes in the data directory.
//!
//! Invariant: it is made once, is readable for its owner only, and never leaves the process. Who wants all addresses that
//! were sent to end, removes the file and starts the server again.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

/// The file, and its name before it is whole.
const FILE: &str = "pictures.key";
const FILE_NEW: &str = "pictures.key.new";
const KEY_BYTES: usize = 32;
/// What is signed begins with this, so that no signature means anything else.
const PURPOSE: &[u8] = b"plumbago picture 1\n";

/// The key. `Debug` does not show it.
pub(crate) struct PictureKey(hmac::Key);

impl fmt::Debug for PictureKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PictureKey(<secret>)")
    }
}

impl PictureKey {
    /// The key of a data directory, which nobody else has open; it is made where there is none.
    ///
    /// # Errors
    /// The system's, or a file that holds something else.
    pub(crate) fn open(data_dir: &Path) -> io::Result<PictureKey> {
        let bytes = match File::open(data_dir.join(FILE)) {
            Ok(file) => read(file)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(data_dir)?,
            Err(error) => return Err(error),
        };
        Ok(PictureKey(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The signature of a text: 32 bytes.
    pub(super) fn sign(&self, text: &str) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(PURPOSE);
        context.update(text.as_bytes());
        context.sign()
    }

    /// Whether a signature is that of a text; takes as long whether it is or not.
    pub(super) fn has_signed(&self, text: &str, signature: &[u8]) -> bool {
        hmac::verify(&self.0, &[PURPOSE, text.as_bytes()].concat(), signature).is_ok()
    }
}

fn read(file: File) -> io::Result<[u8; KEY_BYTES]> {
    let mut bytes = Vec::new();
    file.take(KEY_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    <[u8; KEY_BYTES]>::try_from(bytes.as_slice()).map_err(|_| {
        let found = if bytes.len() > KEY_BYTES { "more".to_owned() } else { bytes.len().to_string() };
        io::Error::other(format!(
            "{FILE} holds {KEY_BYTES} bytes, found {found}; another one is made where it is missing"
        ))
    })
}

fn make(data_dir: &Path) -> io::Result<[u8; KEY_BYTES]> {
    let mut bytes = [0; KEY_BYTES];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("the system has no random numbers"))?;
    let new = data_dir.join(FILE_NEW);
    // One that was left behind may be readable for others.
    if let Err(error) = std::fs::remove_file(&new)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    std::fs::rename(&new, data_dir.join(FILE))?;
    File::open(data_dir)?.sync_all()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(FILE_NEW), "half").expect("what a crash left");
        let first = PictureKey::open(folder.path()).expect("a key");
        let again = PictureKey::open(folder.path()).expect("the same key");
        assert_eq!(first.sign("a").as_ref(), again.sign("a").as_ref());
        assert!(again.has_signed("a", first.sign("a").as_ref()));
        assert!(!again.has_signed("b", first.sign("a").as_ref()));
        let file = folder.path().join(FILE);
        assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read(&file).expect("a file").len(), KEY_BYTES);
        assert!(!folder.path().join(FILE_NEW).exists());
        let other = tempfile::tempdir().expect("a folder");
        let other = PictureKey::open(other.path()).expect("another key");
        assert!(!other.has_signed("a", first.sign("a").as_ref()));
        assert!(!format!("{first:?}").contains("Key {"));
    }

    #[test]
    fn what_is_no_key_is_told_and_left_alone() {
        for (text, found) in [("", "found 0"), ("short", "found 5"), (&"x".repeat(33), "found more")] {
            let folder = tempfile::tempdir().expect("a folder");
            std::fs::write(folder.path().join(FILE), text).expect("a file");
            let error = PictureKey::open(folder.path()).expect_err("no key").to_string();
            assert!(error.contains(found), "{error}");
            assert_eq!(std::fs::read_to_string(folder.path().join(FILE)).expect("a file"), text);
        }
    }
}
