//! What a request shows to say who asks: its `Authorization` header.
//!
//! Invariant: nothing that is secret has a `Debug` that shows it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hyper::header::{AUTHORIZATION, HeaderMap};
use std::fmt;

/// A credential that was shown; whether it is a good one is not known yet.
#[derive(PartialEq, Eq)]
pub(super) enum Credential {
    /// A token.
    Bearer(Vec<u8>),
    /// A user and a password.
    Basic {
        /// The name, as it came.
        user: String,
        /// The password.
        password: Vec<u8>,
    },
}

/// A header that is no credential we know of.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Credential::Bearer(_) => f.write_str("Bearer(<secret>)"),
            Credential::Basic { user, .. } => write!(f, "Basic({user:?}, <secret>)"),
        }
    }
}

impl Credential {
    /// The credential of these headers; `None` where none is shown.
    ///
    /// # Errors
    /// There are two, or one that is neither of the kinds.
    pub(super) fn of(headers: &HeaderMap) -> Result<Option<Credential>, Unreadable> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Unreadable);
        }
        let value = value.as_bytes().trim_ascii();
        let end = value.iter().position(|&byte| byte == b' ').ok_or(Unreadable)?;
        let (scheme, rest) = (&value[..end], value[end..].trim_ascii());
        if scheme.eq_ignore_ascii_case(b"bearer") {
            return Ok(Some(Credential::Bearer(rest.to_vec())));
        }
        if !scheme.eq_ignore_ascii_case(b"basic") {
            return Err(Unreadable);
        }
        let pair = BASE64.decode(rest).map_err(|_| Unreadable)?;
        let colon = pair.iter().position(|&byte| byte == b':').ok_or(Unreadable)?;
        let user = String::from_utf8(pair[..colon].to_vec()).map_err(|_| Unreadable)?;
        Ok(Some(Credential::Basic { user, password: pair[colon + 1..].to_vec() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn of(values: &[&str]) -> Result<Option<Credential>, Unreadable> {
        let pairs = values.iter().map(|text| (AUTHORIZATION, HeaderValue::from_str(text).unwrap()));
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, value);
        }
        Credential::of(&headers)
    }

    #[test]
    fn tokens_and_passwords_are_read() {
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&["Bearer abc"]), Ok(Some(Credential::Bearer(b"abc".to_vec()))));
        assert_eq!(of(&["BEARER  abc "]), Ok(Some(Credential::Bearer(b"abc".to_vec()))));
        let ada = Credential::Basic { user: "ada".to_owned(), password: b"a:b".to_vec() };
        assert_eq!(of(&["basic YWRhOmE6Yg=="]), Ok(Some(ada)));
    }

    #[test]
    fn what_is_neither_is_no_credential_and_not_nothing() {
        for values in [
            &["Bearer"][..],
            &["Digest x"],
            &["Basic !"],
            &["Basic YWRh"],
            &["Basic /zo="],
            &["Bearer a", "Bearer b"],
        ] {
            assert_eq!(of(values), Err(Unreadable), "{values:?}");
        }
    }

    #[test]
    fn no_secret_is_shown() {
        let shown = format!("{:?} {:?}", of(&["Bearer abc"]), of(&["Basic YWRhOmFiYw=="]));
        assert!(!shown.contains("abc") && shown.contains("ada"), "{shown}");
    }
}
