//! Everyone who is known: tokens by their digests, users by the hashes of their passwords, pages by their origins.
//!
//! Invariant: one set is never changed; a reload makes another one, and with it forgets every login.

use super::passwords::Passwords;
use crate::config::{Config, Scopes, TokenSecret};
use plumbago_protocol::limits::{TOKEN_BYTES_MAX, TOKEN_BYTES_MIN};
use ring::digest::{SHA256, digest};
use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

/// Everyone, and by which names the server is called.
pub(super) struct Known {
    tokens: Vec<Token>,
    pub(super) users: Vec<User>,
    pub(super) passwords: Passwords,
    pub(super) hosts: Vec<String>,
    pub(super) origins: Vec<String>,
}

struct Token {
    name: String,
    digest: [u8; 32],
    scopes: Scopes,
}

/// A user.
pub(super) struct User {
    pub(super) name: String,
    pub(super) password_hash: String,
    pub(super) scopes: Scopes,
}

/// Why a token cannot be used.
#[derive(Debug)]
pub(crate) struct AccessError {
    token: String,
    file: PathBuf,
    problem: TokenProblem,
}

#[derive(Debug)]
enum TokenProblem {
    Read(io::Error),
    Length(usize),
    Characters,
    Taken(String),
    NoRandomness,
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let TokenProblem::NoRandomness = self.problem {
            return write!(f, "the system gives no random numbers, without which no password can be checked");
        }
        write!(f, "the token {:?} in {}: ", self.token, self.file.display())?;
        match &self.problem {
            TokenProblem::Read(cause) => write!(f, "cannot be read: {cause}"),
            TokenProblem::Length(bytes) => {
                write!(
                    f,
                    "has {bytes} bytes, and needs {TOKEN_BYTES_MIN} to {TOKEN_BYTES_MAX}; openssl rand -hex 32 makes one"
                )
            }
            TokenProblem::Characters => {
                write!(f, "may hold letters, digits and signs of ASCII only, on one line")
            }
            TokenProblem::Taken(other) => write!(f, "is that of {other:?}, too"),
            TokenProblem::NoRandomness => Ok(()),
        }
    }
}

impl std::error::Error for AccessError {}

impl Known {
    /// Everyone whom the settings name; reads the files of tokens.
    ///
    /// # Errors
    /// A file that cannot be read, or a token that could be guessed.
    pub(super) fn load(config: &Config) -> Result<Known, AccessError> {
        let mut tokens: Vec<Token> = Vec::new();
        for settings in &config.access.tokens {
            let fault = |file: &Path, problem| AccessError {
                token: settings.name.clone(),
                file: file.to_path_buf(),
                problem,
            };
            let (digest, file) = match &settings.secret {
                TokenSecret::Digest(digest) => (*digest, Path::new("the settings")),
                TokenSecret::File(file) => {
                    (read_token(file).map_err(|problem| fault(file, problem))?, file.as_path())
                }
            };
            if let Some(other) = tokens.iter().find(|other| other.digest == digest) {
                return Err(fault(file, TokenProblem::Taken(other.name.clone())));
            }
            tokens.push(Token { name: settings.name.clone(), digest, scopes: settings.scopes });
        }
        let user = |settings: &crate::config::UserSettings| User {
            name: settings.name.clone(),
            password_hash: settings.password_hash.clone(),
            scopes: settings.scopes,
        };
        let no_randomness = || AccessError {
            token: String::new(),
            file: PathBuf::new(),
            problem: TokenProblem::NoRandomness,
        };
        Ok(Known {
            tokens,
            users: config.access.users.iter().map(user).collect(),
            passwords: Passwords::new().ok_or_else(no_randomness)?,
            hosts: config.http.hosts.clone(),
            origins: config.http.origins.clone(),
        })
    }

    /// Whether a credential is asked for at all.
    pub(super) fn has_credentials(&self) -> bool {
        !self.tokens.is_empty() || !self.users.is_empty()
    }

    /// Whose token this is, and what it is good for. Takes as long whichever it is, and if it is nobody's.
    pub(super) fn token(&self, shown: &[u8]) -> Option<(&str, Scopes)> {
        let shown = digest(&SHA256, shown);
        let mut found = u32::MAX;
        for (position, token) in (0_u32..).zip(&self.tokens) {
            let is_it: Choice = token.digest.as_slice().ct_eq(shown.as_ref());
            found.conditional_assign(&position, is_it);
        }
        let token = self.tokens.get(usize::try_from(found).ok()?)?;
        Some((&token.name, token.scopes))
    }
}

fn read_token(file: &Path) -> Result<[u8; 32], TokenProblem> {
    let mut text = Vec::new();
    let opened = std::fs::File::open(file).map_err(TokenProblem::Read)?;
    opened.take(TOKEN_BYTES_MAX as u64 + 2).read_to_end(&mut text).map_err(TokenProblem::Read)?;
    let token = text.trim_ascii();
    if !(TOKEN_BYTES_MIN..=TOKEN_BYTES_MAX).contains(&token.len()) {
        return Err(TokenProblem::Length(token.len()));
    }
    if !token.iter().all(u8::is_ascii_graphic) {
        return Err(TokenProblem::Characters);
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, token).as_ref());
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Scope;

    fn config(folder: &Path, text: &str) -> Config {
        Config::parse(text, &folder.join("p.toml")).expect("valid settings")
    }

    #[test]
    fn tokens_are_known_by_digest_and_by_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("t"), "abcdefghijklmnopqrstuvwxyz\n").unwrap();
        let sum = digest(&SHA256, b"another-token");
        let hex: String = sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let text = format!(
            "[access]\ntokens = [{{ name = \"a\", token_file = \"t\", scopes = [\"read\"] }}, \
             {{ name = \"b\", token_sha256 = \"{hex}\", scopes = [\"admin\"] }}]"
        );
        let known = Known::load(&config(folder.path(), &text)).unwrap();
        let found = |token: &str| known.token(token.as_bytes()).map(|(name, _)| name);
        assert_eq!(found("abcdefghijklmnopqrstuvwxyz"), Some("a"));
        assert_eq!(found("another-token"), Some("b"));
        assert!(known.token(b"another-token").is_some_and(|(_, scopes)| scopes.contain(Scope::Admin)));
        for nobody in ["", "abcdefghijklmnopqrstuvwxyz\n", "abcdefghijklmnopqrstuvwxy", hex.as_str()] {
            assert_eq!(found(nobody), None, "{nobody}");
        }
    }

    #[test]
    fn a_token_that_could_be_guessed_is_refused_and_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let text = "[access]\ntokens = [{ name = \"a\", token_file = \"t\", scopes = [\"read\"] }]";
        let config = config(folder.path(), text);
        for (content, reason) in [("hunter2", "7 bytes"), ("twenty-two characters or more", "one line")] {
            std::fs::write(folder.path().join("t"), content).unwrap();
            let error = Known::load(&config).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(reason) && !error.contains(content), "{error}");
        }
        std::fs::remove_file(folder.path().join("t")).unwrap();
        assert!(Known::load(&config).is_err());
    }
}
