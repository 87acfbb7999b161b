//! `[access]`: tokens and users, and what each of them may do. Secrets are not read here, and never shown.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

use plumbago_protocol::limits::{
    CREDENTIAL_NAME_BYTES_MAX, CREDENTIALS_MAX, PASSWORD_HASH_COST_MAX, PASSWORD_HASH_COST_MIN,
};
use toml::de::{DeTable, DeValue};

use super::document::Section;
use super::values;

/// What a request may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// Queries, and the state of the server.
    Read,
    /// Points and events.
    Write,
    /// Silences, acknowledgements, trying rules.
    Operate,
    /// Deleting, renaming, editing, reloading.
    Admin,
}

impl Scope {
    /// All of them.
    pub(crate) const ALL: [Scope; 4] = [Scope::Read, Scope::Write, Scope::Operate, Scope::Admin];

    /// The scope's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Write => "write",
            Scope::Operate => "operate",
            Scope::Admin => "admin",
        }
    }
}

/// A set of scopes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Scopes(u8);

impl Scopes {
    /// These scopes.
    pub(crate) fn of(scopes: &[Scope]) -> Scopes {
        Scopes(scopes.iter().fold(0, |set, scope| set | 1 << *scope as u8))
    }

    /// Whether the scope is one of them.
    pub(crate) fn contain(self, scope: Scope) -> bool {
        self.0 & 1 << scope as u8 != 0
    }
}

/// Where a token is known from.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum TokenSecret {
    /// Its SHA-256.
    Digest([u8; 32]),
    /// A file that holds it.
    File(PathBuf),
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TokenSecret::Digest(_) => f.write_str("<secret>"),
            TokenSecret::File(file) => write!(f, "{}", file.display()),
        }
    }
}

/// A token and what it is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenSettings {
    /// Its name, for logs.
    pub name: String,
    /// The token itself, or rather not.
    pub secret: TokenSecret,
    /// What it allows.
    pub scopes: Scopes,
}

/// A user and what they may do.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct UserSettings {
    /// The user's name.
    pub name: String,
    /// The password's hash, of the bcrypt family.
    pub password_hash: String,
    /// What they may do.
    pub scopes: Scopes,
}

impl fmt::Debug for UserSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserSettings {{ name: {:?}, scopes: {:?} }}", self.name, self.scopes)
    }
}

/// Everyone who is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AccessSettings {
    /// Bearer tokens.
    pub tokens: Vec<TokenSettings>,
    /// Users with passwords.
    pub users: Vec<UserSettings>,
}

impl AccessSettings {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        section.hide_values();
        let folder = section.folder();
        let one_token = |table: &DeTable<'_>| token(table, &folder);
        Self {
            tokens: section.take("tokens", Vec::new(), |value| {
                let expected =
                    "a list of tokens, each with `name`, `scopes`, and `token_file` or `token_sha256`";
                list(value, expected, one_token, |token| &token.name)
            }),
            users: section.take("users", Vec::new(), |value| {
                let expected = "a list of users, each with `name`, `password_hash` and `scopes`";
                list(value, expected, user, |user| &user.name)
            }),
        }
    }
}

/// A list of tables with names that differ. A fault tells the number of the entry, and nothing that it holds.
fn list<T>(
    value: &DeValue<'_>,
    expected: &'static str,
    read: impl Fn(&DeTable<'_>) -> Result<T, String>,
    name: impl Fn(&T) -> &String,
) -> values::Read<Vec<T>> {
    let array = value.as_array().ok_or(Cow::Borrowed(expected))?;
    let mut entries: Vec<T> = Vec::new();
    for (position, item) in array.iter().enumerate() {
        let fault = |reason: String| Cow::Owned(format!("{expected} (number {}: {reason})", position + 1));
        let table = item.get_ref().as_table().ok_or_else(|| fault("no table".to_owned()))?;
        let entry = read(table).map_err(fault)?;
        if entries.iter().any(|other| name(other) == name(&entry)) {
            return Err(fault("its name is taken".to_owned()));
        }
        if position == CREDENTIALS_MAX {
            return Err(fault(format!("more than {CREDENTIALS_MAX}")));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn token(table: &DeTable<'_>, folder: &Path) -> Result<TokenSettings, String> {
    let (mut name, mut scopes, mut secrets) = (None, None, Vec::new());
    for (key, value) in table.iter() {
        let value = value.get_ref();
        match key.get_ref().as_ref() {
            "name" => name = Some(read_name(value)?),
            "scopes" => scopes = Some(read_scopes(value)?),
            "token_file" => {
                let file = value.as_str().filter(|file| !file.is_empty());
                secrets
                    .push(TokenSecret::File(folder.join(file.ok_or("`token_file` is no path in quotes")?)));
            }
            "token_sha256" => {
                let digest = value.as_str().and_then(from_hex);
                secrets
                    .push(TokenSecret::Digest(digest.ok_or("`token_sha256` is not 64 hexadecimal digits")?));
            }
            other => return Err(format!("there is no key `{other}`")),
        }
    }
    let [secret] = secrets.try_into().map_err(|_| "it needs either `token_file` or `token_sha256`")?;
    Ok(TokenSettings {
        name: name.ok_or("`name` is missing")?,
        secret,
        scopes: scopes.ok_or("`scopes` is missing")?,
    })
}

fn user(table: &DeTable<'_>) -> Result<UserSettings, String> {
    let (mut name, mut password_hash, mut scopes) = (None, None, None);
    for (key, value) in table.iter() {
        let value = value.get_ref();
        match key.get_ref().as_ref() {
            "name" => name = Some(read_name(value)?),
            "scopes" => scopes = Some(read_scopes(value)?),
            "password_hash" => password_hash = Some(read_hash(value)?),
            other => return Err(format!("there is no key `{other}`")),
        }
    }
    Ok(UserSettings {
        name: name.ok_or("`name` is missing")?,
        password_hash: password_hash.ok_or("`password_hash` is missing")?,
        scopes: scopes.ok_or("`scopes` is missing")?,
    })
}

fn read_name(value: &DeValue<'_>) -> Result<String, String> {
    let is_name = |name: &&str| {
        let sound = |c: char| !c.is_control() && c != ':';
        !name.is_empty() && name.len() <= CREDENTIAL_NAME_BYTES_MAX && name.chars().all(sound)
    };
    value.as_str().filter(is_name).map(str::to_owned).ok_or_else(|| {
        format!("`name` is no text of 1 to {CREDENTIAL_NAME_BYTES_MAX} bytes without colons and control characters")
    })
}

fn read_scopes(value: &DeValue<'_>) -> Result<Scopes, String> {
    let expected = "`scopes` is no list of \"read\", \"write\", \"operate\" and \"admin\"";
    let names = values::texts(Scope::ALL.len(), expected)(value).map_err(Cow::into_owned)?;
    let scope = |name: &String| Scope::ALL.into_iter().find(|scope| scope.name() == name);
    let scopes: Option<Vec<Scope>> = names.iter().map(scope).collect();
    scopes
        .filter(|scopes| !scopes.is_empty())
        .map(|scopes| Scopes::of(&scopes))
        .ok_or_else(|| expected.to_owned())
}

/// A hash as `htpasswd -nB` writes it: `$2y$10$` and 53 characters.
fn read_hash(value: &DeValue<'_>) -> Result<String, String> {
    let hash = value.as_str().unwrap_or_default();
    let parts =
        hash.parse::<bcrypt::HashParts>().map_err(|_| "`password_hash` is none that `htpasswd -nB` makes")?;
    let costs = PASSWORD_HASH_COST_MIN..=PASSWORD_HASH_COST_MAX;
    if !costs.contains(&parts.get_cost()) {
        return Err(format!("the cost of `password_hash` is not from {} to {}", costs.start(), costs.end()));
    }
    Ok(hash.to_owned())
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    let bytes = text.as_bytes();
    if bytes.len() != 64 || !bytes.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(bytes.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    const HASH: &str = "$2y$04$i8I7IRMCNTlobwzvJSuyCudqb7VZ2hAmDxCcMTEPhF8GdNC3C0tCu";

    fn parsed(text: &str) -> Result<AccessSettings, String> {
        let config = Config::parse(text, Path::new("/etc/p.toml"));
        config.map(|config| config.access).map_err(|errors| errors[0].to_string())
    }

    #[test]
    fn tokens_and_users_are_read() {
        let digest = "0f".repeat(32);
        let text = format!(
            "[[access.tokens]]\nname = \"grafana\"\ntoken_sha256 = \"{digest}\"\nscopes = [\"read\"]\n\
             [[access.tokens]]\nname = \"ci\"\ntoken_file = \"ci.token\"\nscopes = [\"write\", \"admin\"]\n\
             [[access.users]]\nname = \"ada\"\npassword_hash = \"{HASH}\"\nscopes = [\"operate\"]\n"
        );
        let access = parsed(&text).expect("valid");
        assert_eq!(access.tokens[0].secret, TokenSecret::Digest([15; 32]));
        assert_eq!(access.tokens[1].secret, TokenSecret::File(PathBuf::from("/etc/ci.token")));
        assert_eq!(access.tokens[1].scopes, Scopes::of(&[Scope::Write, Scope::Admin]));
        assert!(!access.tokens[1].scopes.contain(Scope::Read));
        assert_eq!(access.users[0].scopes, Scopes::of(&[Scope::Operate]));
        let shown = format!("{access:?}");
        assert!(!shown.contains(HASH) && !shown.contains("15"), "{shown}");
    }

    #[test]
    fn a_fault_names_the_entry_and_no_secret() {
        let digest = "ab".repeat(32);
        for (entry, reason) in [
            ("name = \"a\"\nscopes = [\"read\"]".to_owned(), "either"),
            (
                format!("name = \"a\"\ntoken_sha256 = \"{digest}\"\ntoken_file = \"f\"\nscopes = [\"read\"]"),
                "either",
            ),
            (format!("name = \"a\"\ntoken_sha256 = \"{digest}0\"\nscopes = [\"read\"]"), "64 hexadecimal"),
            (format!("name = \"a\"\ntoken_sha256 = \"{digest}\"\nscopes = []"), "`scopes`"),
            (format!("name = \"a\"\ntoken_sha256 = \"{digest}\"\nscopes = [\"all\"]"), "`scopes`"),
            (format!("name = \"a:b\"\ntoken_sha256 = \"{digest}\"\nscopes = [\"read\"]"), "`name`"),
            (format!("name = \"a\"\ntoken = \"{digest}\"\nscopes = [\"read\"]"), "no key `token`"),
        ] {
            let error = parsed(&format!("[[access.tokens]]\n{entry}\n")).expect_err(&entry);
            assert!(error.contains("number 1") && error.contains(reason), "{error}");
            assert!(!error.contains(&digest), "{error}");
        }
        for hash in ["secret", "$2y$20$i8I7IRMCNTlobwzvJSuyCudqb7VZ2hAmDxCcMTEPhF8GdNC3C0tCu"] {
            let text =
                format!("[[access.users]]\nname = \"a\"\npassword_hash = \"{hash}\"\nscopes = [\"read\"]\n");
            let error = parsed(&text).expect_err(hash);
            assert!(error.contains("`password_hash`") && !error.contains(hash), "{error}");
        }
    }
}
