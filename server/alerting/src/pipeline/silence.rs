//! Silences: alarms of which nobody is told for a time, since somebody said so.
//!
//! Invariant: as with Alertmanager, a silence that has ended never changes; changing what an active one is about ends it
//! and begins another one. An ended one is still shown for five days.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use plumbago_protocol::limits;
use plumbago_rules::Labels;
use serde::{Deserialize, Serialize};

use crate::matcher::{Matcher, Operator, all_match};

/// How long an ended one is shown, in milliseconds.
const SHOWN_MS: i64 = 5 * 86_400_000;

/// One silence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// In the form of a UUID.
    pub id: Arc<str>,
    /// What an alarm's labels must meet: all of it.
    pub matchers: Vec<Matcher>,
    /// From when, in milliseconds since the epoch.
    pub starts_ms: i64,
    /// Until when, in milliseconds since the epoch; not included.
    pub ends_ms: i64,
    /// When it was made or changed, in milliseconds since the epoch.
    pub updated_ms: i64,
    /// Who wanted it.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// Whether its end was noted.
    pub(crate) is_ended: bool,
}

/// Whether a silence is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SilenceState {
    /// Not yet.
    Pending,
    /// It is.
    Active,
    /// No longer.
    Expired,
}

impl Silence {
    /// Whether it is in force.
    pub fn state(&self, now_ms: i64) -> SilenceState {
        match () {
            () if self.ends_ms <= now_ms => SilenceState::Expired,
            () if self.starts_ms <= now_ms => SilenceState::Active,
            () => SilenceState::Pending,
        }
    }
}

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilenceRequest {
    /// The silence to change; nothing: a new one.
    pub id: Option<String>,
    /// What an alarm's labels must meet.
    pub matchers: Vec<Matcher>,
    /// From when, in milliseconds since the epoch; a moment that has passed means now.
    pub starts_ms: i64,
    /// Until when, in milliseconds since the epoch.
    pub ends_ms: i64,
    /// Who wants it.
    pub created_by: String,
    /// Why.
    pub comment: String,
}

/// Why people do not get what they ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestError {
    /// There is no such thing.
    Unknown(String),
    /// It cannot be.
    Wrong(String),
}

impl fmt::Display for RequestError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RequestError::Unknown(message) | RequestError::Wrong(message) => formatter.write_str(message),
        }
    }
}

impl std::error::Error for RequestError {}

/// All silences, and which of them an alarm may meet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Silences {
    all: BTreeMap<Arc<str>, Silence>,
    /// Those that have not ended, by a label whose value they name.
    by_value: HashMap<(String, String), Vec<Arc<str>>>,
    /// Those that name none.
    others: Vec<Arc<str>>,
    /// When one ends next, or is shown no longer.
    next_ms: Option<i64>,
}

impl PartialEq for Silences {
    fn eq(&self, other: &Silences) -> bool {
        self.all == other.all
    }
}

impl Silences {
    pub(crate) fn of(all: BTreeMap<Arc<str>, Silence>) -> Silences {
        let mut silences = Silences { all, ..Silences::default() };
        silences.index();
        silences
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Silence> {
        self.all.get(id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Silence> {
        self.all.values()
    }

    /// When [`Silences::end_due`] has something to do.
    pub(crate) fn next_ms(&self) -> Option<i64> {
        self.next_ms
    }

    /// Silences in force that labels meet.
    pub(crate) fn silenced_by(&self, labels: &Labels, now_ms: i64) -> Vec<Arc<str>> {
        if self.by_value.is_empty() && self.others.is_empty() {
            return Vec::new();
        }
        let named =
            labels.iter().filter_map(|(name, value)| self.by_value.get(&(name.clone(), value.clone())));
        let silences = named.flatten().chain(&self.others).filter_map(|id| self.all.get(id));
        let in_force = silences.filter(|silence| silence.state(now_ms) == SilenceState::Active);
        let mut found: Vec<Arc<str>> = in_force
            .filter(|silence| all_match(&silence.matchers, labels))
            .map(|silence| silence.id.clone())
            .collect();
        found.sort_unstable();
        found
    }

    /// Does what is asked. Returns the id, and the silence that the new one replaces, if it ended because of this.
    pub(crate) fn set(
        &mut self,
        request: SilenceRequest,
        seed: u128,
        now_ms: i64,
    ) -> Result<(Arc<str>, Option<Arc<str>>), RequestError> {
        check(&request, now_ms)?;
        let before = match &request.id {
            Some(id) => {
                let found = self.all.get(id.as_str());
                Some(
                    found
                        .ok_or_else(|| RequestError::Unknown(format!("there is no silence {id:?}")))?
                        .clone(),
                )
            }
            None => None,
        };
        let kept = before.as_ref().filter(|before| may_change(before, &request, now_ms));
        let id = match kept {
            Some(kept) => kept.id.clone(),
            None if self.all.len() >= limits::SILENCES_MAX => {
                let message =
                    format!("there are {} silences already, the most that are kept", self.all.len());
                return Err(RequestError::Wrong(message));
            }
            None => uuid(seed).into(),
        };
        let starts_ms = match kept.map(|kept| kept.state(now_ms)) {
            Some(SilenceState::Active) => kept.map_or(now_ms, |kept| kept.starts_ms),
            _ => request.starts_ms.max(now_ms),
        };
        let ended = match (&before, kept) {
            (Some(before), None) if before.state(now_ms) != SilenceState::Expired => {
                self.expire(&before.id, now_ms)?;
                Some(before.id.clone())
            }
            _ => None,
        };
        let SilenceRequest { matchers, ends_ms, created_by, comment, .. } = request;
        let silence = Silence {
            id: id.clone(),
            matchers,
            starts_ms,
            ends_ms,
            updated_ms: now_ms,
            created_by,
            comment,
            is_ended: false,
        };
        self.all.insert(id.clone(), silence);
        self.index();
        Ok((id, ended))
    }

    /// Ends one.
    pub(crate) fn expire(&mut self, id: &str, now_ms: i64) -> Result<(), RequestError> {
        let Some(silence) = self.all.get_mut(id) else {
            let shown: String = id.chars().take(60).collect();
            return Err(RequestError::Unknown(format!("there is no silence {shown:?}")));
        };
        if silence.state(now_ms) == SilenceState::Expired {
            return Err(RequestError::Wrong(format!("the silence {id:?} has ended already")));
        }
        silence.starts_ms = silence.starts_ms.min(now_ms);
        silence.ends_ms = now_ms;
        silence.updated_ms = now_ms;
        self.index();
        Ok(())
    }

    /// Notes ends that have come. Returns those that ended, and those that are not shown any more.
    pub(crate) fn end_due(&mut self, now_ms: i64) -> (Vec<Silence>, Vec<Arc<str>>) {
        if self.next_ms.is_none_or(|next| next > now_ms) {
            return (Vec::new(), Vec::new());
        }
        let mut ended = Vec::new();
        for silence in self.all.values_mut().filter(|one| !one.is_ended && one.ends_ms <= now_ms) {
            silence.is_ended = true;
            ended.push(silence.clone());
        }
        let is_over = |one: &&Silence| one.is_ended && one.ends_ms.saturating_add(SHOWN_MS) <= now_ms;
        let gone: Vec<Arc<str>> = self.all.values().filter(is_over).map(|one| one.id.clone()).collect();
        for id in &gone {
            self.all.remove(id);
        }
        self.index();
        (ended, gone)
    }

    fn index(&mut self) {
        self.by_value.clear();
        self.others.clear();
        for silence in self.all.values().filter(|silence| !silence.is_ended) {
            let names_value =
                |matcher: &&Matcher| matcher.operator() == Operator::Equal && !matcher.value().is_empty();
            match silence.matchers.iter().find(names_value) {
                Some(matcher) => {
                    let key = (matcher.name().to_owned(), matcher.value().to_owned());
                    self.by_value.entry(key).or_default().push(silence.id.clone());
                }
                None => self.others.push(silence.id.clone()),
            }
        }
        let next =
            |one: &Silence| if one.is_ended { one.ends_ms.saturating_add(SHOWN_MS) } else { one.ends_ms };
        self.next_ms = self.all.values().map(next).min();
    }
}

/// Whether a silence can be changed as it is, rather than ended for another one.
fn may_change(before: &Silence, request: &SilenceRequest, now_ms: i64) -> bool {
    let is_same = before.matchers == request.matchers;
    match before.state(now_ms) {
        SilenceState::Active => is_same && before.starts_ms == request.starts_ms,
        SilenceState::Pending => is_same && request.starts_ms >= now_ms,
        SilenceState::Expired => false,
    }
}

fn check(request: &SilenceRequest, now_ms: i64) -> Result<(), RequestError> {
    let most = limits::COMMENT_BYTES_MAX;
    let reason = match () {
        () if request.matchers.is_empty() => "a silence has at least one condition on labels".to_owned(),
        () if request.matchers.len() > limits::MATCHERS_MAX => {
            format!("a silence has at most {} conditions", limits::MATCHERS_MAX)
        }
        () if request.matchers.iter().all(|matcher| matcher.matches_value("")) => {
            "at least one condition of a silence does not hold for an empty value, or it would be about every alarm"
                .to_owned()
        }
        () if request.ends_ms <= request.starts_ms => "a silence ends after it begins".to_owned(),
        () if request.ends_ms <= now_ms => "a silence ends in the future".to_owned(),
        () if request.comment.len() > most || request.created_by.len() > most => {
            format!("comment and name have at most {most} bytes")
        }
        () => return Ok(()),
    };
    Err(RequestError::Wrong(reason))
}

/// A random number in the form of a UUID of version 4.
fn uuid(seed: u128) -> String {
    let number = (seed & !(0xf << 76) & !(0b11 << 62)) | (0x4 << 76) | (0b10 << 62);
    let digits = format!("{number:032x}");
    let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default();
    [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(id: Option<&str>, matchers: &str, starts_ms: i64, ends_ms: i64) -> SilenceRequest {
        SilenceRequest {
            id: id.map(str::to_owned),
            matchers: Matcher::parse_list(matchers).expect("conditions"),
            starts_ms,
            ends_ms,
            created_by: "somebody".to_owned(),
            comment: String::new(),
        }
    }

    fn labels(name: &str, value: &str) -> Labels {
        Labels::from([(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn ids_have_the_form_of_uuids() {
        assert_eq!(uuid(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_ne!(uuid(1), uuid(2));
    }

    #[test]
    fn a_silence_is_pending_then_active_then_expired_then_gone() {
        let mut silences = Silences::default();
        let (id, _) = silences.set(request(None, "a=b", 100, 200), 7, 10).expect("a silence");
        let state = |silences: &Silences, now| silences.get(&id).map(|silence| silence.state(now));
        for (now, expected, is_silenced) in [
            (99, SilenceState::Pending, false),
            (100, SilenceState::Active, true),
            (199, SilenceState::Active, true),
            (200, SilenceState::Expired, false),
        ] {
            assert_eq!(state(&silences, now), Some(expected), "{now}");
            assert_eq!(!silences.silenced_by(&labels("a", "b"), now).is_empty(), is_silenced, "{now}");
            assert!(silences.silenced_by(&labels("a", "c"), now).is_empty());
        }
        assert!(silences.end_due(199).0.is_empty());
        assert_eq!(silences.end_due(200).0.len(), 1);
        assert!(silences.end_due(201).0.is_empty(), "an end is noted once");
        assert_eq!(silences.end_due(200 + SHOWN_MS).1, std::slice::from_ref(&id));
        assert_eq!((state(&silences, 0), silences.next_ms()), (None, None));
    }

    #[test]
    fn changing_one_keeps_its_id_only_where_its_past_stays_true() {
        let mut silences = Silences::default();
        let (id, _) = silences.set(request(None, "a=b", 0, 200), 1, 10).expect("a silence");
        assert_eq!(silences.get(&id).map(|one| one.starts_ms), Some(10), "not before it was made");
        let longer = silences.set(request(Some(&id), "a=b", 10, 300), 2, 50);
        assert_eq!(longer, Ok((id.clone(), None)));
        let (other, ended) = silences.set(request(Some(&id), "a=c", 10, 300), 3, 60).expect("another one");
        assert_eq!(ended.as_ref(), Some(&id));
        assert_eq!(silences.get(&id).map(|one| one.ends_ms), Some(60));
        assert_eq!(silences.get(&other).map(|one| (one.starts_ms, one.ends_ms)), Some((60, 300)));
        let (third, ended) = silences.set(request(Some(&id), "a=b", 70, 300), 4, 70).expect("a third one");
        assert_eq!((ended, third == id), (None, false), "an ended one never changes");
        assert!(matches!(silences.expire(&id, 80), Err(RequestError::Wrong(_))));
        assert!(matches!(silences.expire("x", 80), Err(RequestError::Unknown(_))));
        let unknown = silences.set(request(Some("x"), "a=b", 70, 300), 5, 70);
        assert!(matches!(unknown, Err(RequestError::Unknown(_))));
        assert_eq!(silences.expire(&other, 80), Ok(()));
    }

    #[test]
    fn what_would_be_about_everything_or_nothing_is_refused() {
        let mut silences = Silences::default();
        for (matchers, starts, ends) in
            [("", 10, 20), ("a=~.*", 10, 20), ("a!=b,c=", 10, 20), ("a=b", 20, 20), ("a=b", 1, 9)]
        {
            let found = silences.set(request(None, matchers, starts, ends), 1, 10);
            assert!(matches!(found, Err(RequestError::Wrong(_))), "{matchers} {starts} {ends}");
        }
        assert!(silences.set(request(None, "a=~.*,b=~.+", 10, 20), 1, 10).is_ok());
        assert_eq!(silences.silenced_by(&labels("b", "x"), 15).len(), 1, "found without a value to look up");
        assert!(silences.silenced_by(&labels("a", "x"), 15).is_empty());
    }
}
