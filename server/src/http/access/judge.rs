//! The order in which a request is judged: who asks, by which name and from which page, and whether they may.
//!
//! Invariant: whoever may not do anything hears the same of every path, whether it exists or not. Without tokens and users
//! this machine may do everything and others may read, which is what opening the listener means.

use super::super::answer::{Answer, Fault};
use super::super::shown::shown;
use super::browser;
use super::credential::Credential;
use super::known::{AccessError, Known, User};
use super::refusals::LoginLog;
use crate::config::{Config, Scope, Scopes};
use crate::live::Live;
use crate::metrics::{Counters, HttpRefusal};
use hyper::header::{HeaderMap, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use hyper::{Method, StatusCode};
use std::net::SocketAddr;
use std::sync::Arc;

/// What a forwarding server adds: then the peer is that server, and who asks is somewhere else.
const FORWARDED: [&str; 3] = ["forwarded", "x-forwarded-for", "x-real-ip"];

/// What a path needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing: probes ask, which know nobody.
    Nothing,
    /// An address that this server has signed; the route sees to that.
    Signature,
    /// This scope.
    Scope(Scope),
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asker {
    /// The name of the token or the user; `None` for those who show nothing.
    pub(crate) name: Option<Arc<str>>,
    scopes: Scopes,
}

impl Asker {
    fn nameless(scopes: &[Scope]) -> Asker {
        Asker { name: None, scopes: Scopes::of(scopes) }
    }

    fn named(name: &str, scopes: Scopes) -> Asker {
        Asker { name: Some(name.into()), scopes }
    }
}

/// The judge.
pub(crate) struct Access {
    known: Live<Known>,
    log: LoginLog,
    counters: Arc<Counters>,
}

/// Everyone whom new settings name, to be put in force when all else of them is good.
pub(crate) struct Newcomers(Known);

impl Access {
    /// A judge who knows whom the settings name.
    ///
    /// # Errors
    /// A token that cannot be read or could be guessed.
    pub(crate) fn new(config: &Config, counters: Arc<Counters>) -> Result<Access, AccessError> {
        Ok(Access { known: Live::new(Known::load(config)?), log: LoginLog::default(), counters })
    }

    /// Reads whom the settings name.
    ///
    /// # Errors
    /// As for [`Access::new`].
    pub(crate) fn read(config: &Config) -> Result<Newcomers, AccessError> {
        Known::load(config).map(Newcomers)
    }

    /// From now on these are known, and nobody else; every login is checked again.
    pub(crate) fn replace(&self, newcomers: Newcomers) {
        self.known.set(newcomers.0);
    }

    /// Whether those who ask have to show something.
    pub(crate) fn has_credentials(&self) -> bool {
        self.known.get().has_credentials()
    }

    /// Who asks.
    ///
    /// # Errors
    /// Status 401: what is shown is nobody's; 503: too many passwords wait to be checked.
    pub(crate) async fn identify(&self, headers: &HeaderMap, peer: SocketAddr) -> Result<Asker, Fault> {
        let known = self.known.get();
        if !known.has_credentials() {
            let is_forwarded = FORWARDED.iter().any(|name| headers.contains_key(*name));
            let is_here = peer.ip().to_canonical().is_loopback() && !is_forwarded;
            return Ok(Asker::nameless(if is_here { &Scope::ALL } else { &[Scope::Read] }));
        }
        match Credential::of(headers) {
            Ok(None) => Ok(Asker::nameless(&[])),
            Ok(Some(Credential::Bearer(token))) => match known.token(&token) {
                Some((name, scopes)) => Ok(Asker::named(name, scopes)),
                None => Err(self.wrong(&known, peer, "an unknown token")),
            },
            Ok(Some(Credential::Basic { user, password })) => {
                self.log_in(&known, &user, &password, peer).await
            }
            Err(_) => {
                Err(self.wrong(&known, peer, "an Authorization header that is neither Basic nor Bearer"))
            }
        }
    }

    async fn log_in(
        &self,
        known: &Known,
        name: &str,
        password: &[u8],
        peer: SocketAddr,
    ) -> Result<Asker, Fault> {
        let what = || format!("user {}", shown(name.as_bytes()));
        let user = known.users.iter().find(|user| user.name == name);
        // A name that is not known takes as long as one that is.
        let Some(User { password_hash, .. }) = user.or(known.users.first()) else {
            return Err(self.wrong(known, peer, &what()));
        };
        let passes = known.passwords.verify(name, password, password_hash).await.map_err(|_busy| {
            self.refuse(HttpRefusal::Busy);
            Fault::busy("too many passwords wait to be checked; try again")
        })?;
        match user.filter(|_| passes) {
            Some(user) => Ok(Asker::named(&user.name, user.scopes)),
            None => Err(self.wrong(known, peer, &what())),
        }
    }

    /// Refuses who may not do what the path needs, and what a stranger's page sends.
    ///
    /// # Errors
    /// Status 401 where something has to be shown, else 403.
    pub(crate) fn check(&self, asker: &Asker, needs: Needs, headers: &HeaderMap) -> Result<(), Fault> {
        let Needs::Scope(scope) = needs else { return Ok(()) };
        let known = self.known.get();
        let changes = scope != Scope::Read;
        // A page of a stranger cannot show what it does not know; without, the name decides.
        if changes || asker.name.is_none() && !known.has_credentials() {
            browser::check_host(headers, &known, changes).inspect_err(|_| self.refuse(HttpRefusal::Host))?;
        }
        if changes {
            browser::check_origin(headers, &known).inspect_err(|_| self.refuse(HttpRefusal::Origin))?;
        }
        if asker.scopes.contain(scope) {
            return Ok(());
        }
        if asker.name.is_none() && known.has_credentials() {
            return Err(self.missing(&known));
        }
        self.refuse(HttpRefusal::Scope);
        Err(match &asker.name {
            Some(name) => {
                Fault::forbidden(format!("{} lacks the scope {}", shown(name.as_bytes()), scope.name()))
            }
            None => Fault::forbidden(
                "without [access] tokens or users, changes are made from this machine only: call its loopback address",
            ),
        })
    }

    /// What those hear who ask for a path that is not there: the same as of any other, if they may do nothing.
    pub(crate) fn hide(&self, asker: &Asker, fault: Fault) -> Fault {
        let known = self.known.get();
        if asker.name.is_none() && known.has_credentials() { self.missing(&known) } else { fault }
    }

    /// What an answer tells a page of a listed origin.
    pub(crate) fn cors_headers(&self, headers: &HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
        browser::cors_headers(headers, &self.known.get())
    }

    /// The answer to a browser that asks before it sends; `None` where that is not what is asked.
    pub(crate) fn preflight(
        &self,
        method: &Method,
        headers: &HeaderMap,
        methods: &str,
    ) -> Option<Result<Answer, Fault>> {
        let answer = browser::preflight(method, headers, &self.known.get(), methods)?;
        Some(answer.inspect_err(|_| self.refuse(HttpRefusal::Origin)))
    }

    fn refuse(&self, reason: HttpRefusal) {
        self.counters.http_refusals.count(reason);
    }

    fn missing(&self, known: &Known) -> Fault {
        self.refuse(HttpRefusal::CredentialMissing);
        unauthorized(known, "a bearer token or a user's password is needed")
    }

    fn wrong(&self, known: &Known, peer: SocketAddr, what: &str) -> Fault {
        self.refuse(HttpRefusal::CredentialWrong);
        self.log.note(peer, what);
        unauthorized(known, "the token or password is wrong")
    }
}

fn unauthorized(known: &Known, message: &str) -> Fault {
    let mut fault = Fault::new(StatusCode::UNAUTHORIZED, message);
    if !known.users.is_empty() {
        fault = fault.with_header(WWW_AUTHENTICATE, "Basic realm=\"plumbago\", charset=\"UTF-8\"");
    }
    fault.with_header(WWW_AUTHENTICATE, "Bearer realm=\"plumbago\"")
}
