//! What stands for a group towards services that open and close: the same for as long as the group is the same.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// 64 hexadecimal digits for a group's key, whatever its labels hold: nobody can name series so that one group closes what
/// another one opened.
pub(super) fn of_group(group_key: &str) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(group_key.as_bytes()) {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_group_is_its_key() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(super::of_group(""), empty);
        assert_ne!(super::of_group("{}:{a=\"b\"}"), super::of_group("{}:{a=\"c\"}"));
    }
}
