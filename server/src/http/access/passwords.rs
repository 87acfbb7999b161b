//! Checks passwords, whose hashes are slow on purpose, without paying for it with every request.
//!
//! A login is remembered under a keyed digest of name and password, whether it passed or not, so that a dashboard costs one
//! hash and a client with an old password no more. No more hashes are computed at once than are good for the rest of
//! the server, and of those that wait there is a bound, too.

use parking_lot::Mutex;
use plumbago_protocol::limits::{
    LOGINS_REMEMBERED_MAX, PASSWORD_BYTES_MAX, PASSWORD_CHECKS_MAX, PASSWORD_CHECKS_WAITING_MAX,
};
use ring::hmac;
use ring::rand::SystemRandom;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Logins are named by this.
type Digest = [u8; 32];

/// Logins that are being checked, and that were.
pub(super) struct Passwords {
    key: hmac::Key,
    remembered: Mutex<Remembered>,
    checks: Arc<Semaphore>,
    waiting: Semaphore,
}

#[derive(Default)]
struct Remembered {
    passed: HashSet<Digest>,
    failed: HashSet<Digest>,
}

/// Too many logins wait for their check.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Busy;

impl Passwords {
    /// Nothing was checked yet. `None` where the system has no random numbers.
    pub(super) fn new() -> Option<Passwords> {
        Some(Passwords {
            key: hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).ok()?,
            remembered: Mutex::default(),
            checks: Arc::new(Semaphore::new(PASSWORD_CHECKS_MAX)),
            waiting: Semaphore::new(PASSWORD_CHECKS_MAX + PASSWORD_CHECKS_WAITING_MAX),
        })
    }

    /// Whether this is the password of the hash. `user` tells the logins of one password apart.
    ///
    /// # Errors
    /// Too many others wait.
    pub(super) async fn verify(&self, user: &str, password: &[u8], hash: &str) -> Result<bool, Busy> {
        if password.len() > PASSWORD_BYTES_MAX {
            // What lies behind would not be looked at.
            return Ok(false);
        }
        let digest = self.digest(user, password);
        if let Some(known) = self.remembered.lock().find(&digest) {
            return Ok(known);
        }
        let _waiting = self.waiting.try_acquire().map_err(|_| Busy)?;
        let check = self.checks.clone().acquire_owned().await.map_err(|_| Busy)?;
        // Another request of the same client may have had it checked meanwhile.
        if let Some(known) = self.remembered.lock().find(&digest) {
            return Ok(known);
        }
        let (password, hash) = (password.to_vec(), hash.to_owned());
        let checking = tokio::task::spawn_blocking(move || {
            let _check = check;
            bcrypt::verify(&password, &hash).unwrap_or(false)
        });
        let passes = checking.await.map_err(|_| Busy)?;
        self.remembered.lock().note(digest, passes);
        Ok(passes)
    }

    fn digest(&self, user: &str, password: &[u8]) -> Digest {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&(user.len() as u64).to_le_bytes());
        context.update(user.as_bytes());
        context.update(password);
        let mut digest = Digest::default();
        digest.copy_from_slice(context.sign().as_ref());
        digest
    }
}

impl Remembered {
    fn find(&self, digest: &Digest) -> Option<bool> {
        if self.passed.contains(digest) {
            return Some(true);
        }
        self.failed.contains(digest).then_some(false)
    }

    /// Those that failed never drive out those that passed.
    fn note(&mut self, digest: Digest, passes: bool) {
        let set = if passes { &mut self.passed } else { &mut self.failed };
        if set.len() >= LOGINS_REMEMBERED_MAX {
            set.clear();
        }
        set.insert(digest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_login_is_checked_once_and_then_remembered() {
        let passwords = Passwords::new().unwrap();
        let hash = bcrypt::hash("correct horse", 4).unwrap();
        assert_eq!(passwords.verify("ada", b"correct horse", &hash).await, Ok(true));
        assert_eq!(passwords.verify("ada", b"wrong", &hash).await, Ok(false));
        // Remembered: the hash is not even looked at.
        assert_eq!(passwords.verify("ada", b"correct horse", "no hash").await, Ok(true));
        assert_eq!(passwords.verify("ada", b"wrong", "no hash").await, Ok(false));
        assert_eq!(passwords.verify("adacorrect", b" horse", &hash).await, Ok(false));
        assert_eq!(passwords.verify("eve", b"correct horse", "no hash").await, Ok(false));
    }

    #[tokio::test]
    async fn a_long_password_is_not_cut_into_a_right_one() {
        let passwords = Passwords::new().unwrap();
        let hash = bcrypt::hash([b'x'; 72], 4).unwrap();
        assert_eq!(passwords.verify("ada", &[b'x'; 72], &hash).await, Ok(true));
        assert_eq!(passwords.verify("ada", &[b'x'; 73], &hash).await, Ok(false));
    }

    #[tokio::test]
    async fn failed_logins_take_bounded_memory_and_drive_no_other_out() {
        let passwords = Passwords::new().unwrap();
        passwords.remembered.lock().note([7; 32], true);
        for number in 0..3000_u32 {
            let mut digest = [0; 32];
            digest[..4].copy_from_slice(&number.to_le_bytes());
            passwords.remembered.lock().note(digest, false);
        }
        let remembered = passwords.remembered.lock();
        assert!(remembered.failed.len() <= LOGINS_REMEMBERED_MAX);
        assert_eq!(remembered.find(&[7; 32]), Some(true));
    }
}
