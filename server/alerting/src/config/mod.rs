//! The alerting file, in the shape of alertmanager.yml: a text to a checked [`Alerting`], or everything that is wrong.
//!
//! Invariant: no text makes this panic, nest deeply or grow; every fault has line and column, and names the nearest key.
//! Every name that a route uses exists. Which file it is, and reading it, is the server's.

mod heartbeat;
mod inhibition;
mod intervals;
mod matchers;
mod receivers;
mod route;
mod secrets;
mod shown;
mod stand_in;

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbago_protocol::limits;
use plumbago_rules::yaml::{Faults, Fields, Mark, Node, Value, nearest, parse};
use plumbago_rules::{FileError, Labels, Note};

pub use heartbeat::Heartbeat;
pub use inhibition::InhibitRule;
pub use receivers::Receiver;
pub use secrets::{NoSecrets, Secrets, with_decisions};

use secrets::{Aim, Surroundings};

use crate::interval::TimeIntervals;
use crate::message::ReceiverPlace;
use crate::receivers::{Context, GLOBAL_KEYS, Globals, Integration};
use crate::route::{Route, matching};

const KEYS: &[&str] = &[
    "global",
    "route",
    "receivers",
    "inhibit_rules",
    "time_intervals",
    "mute_time_intervals",
    "templates",
    "heartbeat",
];

/// Beginnings of keys of `global` that are for receivers of Alertmanager's that are not here.
const GLOBAL_LACKING: &[&str] = &[
    "hipchat",
    "jira",
    "mattermost",
    "rocketchat",
    "telegram",
    "victorops",
    "webex",
    "wechat",
    "slack_app",
    "smtp_tls",
    "smtp_force",
];

/// Whom to tell, when, and by what.
#[derive(Clone, Debug, PartialEq)]
pub struct Alerting {
    /// Parents before their children; the first is for every alarm.
    pub routes: Vec<Route>,
    /// By their names.
    pub receivers: BTreeMap<Arc<str>, Receiver>,
    /// Alarms that keep others from being told.
    pub inhibit_rules: Vec<InhibitRule>,
    /// By their names.
    pub time_intervals: BTreeMap<Arc<str>, TimeIntervals>,
    /// Whom to tell that this server lives.
    pub heartbeat: Option<Heartbeat>,
    /// The file's text with `<secret>` in place of every secret.
    pub shown: String,
}

impl Alerting {
    /// Without a file: alarms are evaluated and shown, nobody is told.
    pub fn nobody() -> Alerting {
        let name: Arc<str> = "nobody".into();
        let receiver = Receiver { name: name.clone(), integrations: Vec::new() };
        Alerting {
            routes: vec![Route::root(name.clone())],
            receivers: BTreeMap::from([(name, receiver)]),
            inhibit_rules: Vec::new(),
            time_intervals: BTreeMap::new(),
            heartbeat: None,
            shown: "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n".to_owned(),
        }
    }

    /// What messages for a place are sent by, if it is still in the file.
    pub fn integration(&self, place: &ReceiverPlace) -> Option<&Integration> {
        self.receivers.get(&place.receiver)?.integrations.get(place.integration)
    }

    /// The routes that an alarm with these labels takes, and the group that it belongs to by each: what a person asks who
    /// tries a file.
    ///
    /// ```
    /// use plumbago_alerting::{Alerting, NoSecrets};
    /// let text = "
    /// route: {receiver: all, group_by: [job], routes: [{matchers: [severity=critical], receiver: pager}]}
    /// receivers: [{name: all}, {name: pager}]
    /// ";
    /// let (alerting, _) = plumbago_alerting::load("alerting.yml", text, &NoSecrets).unwrap();
    /// let labels = |severity: &str| [("severity", severity), ("job", "db")].map(|(a, b)| (a.into(), b.into())).into();
    /// assert_eq!(alerting.route(&labels("critical"))[0].0.receiver.as_ref(), "pager");
    /// assert_eq!(alerting.route(&labels("warning"))[0].1, r#"{}:{job="db"}"#);
    /// ```
    pub fn route(&self, labels: &Labels) -> Vec<(&Route, String)> {
        let places = matching(&self.routes, labels);
        let routes = places.into_iter().filter_map(|place| self.routes.get(place));
        routes.map(|route| (route, route.group_of(labels).0)).collect()
    }
}

/// Reads an alerting file, given its name (for faults) and its text.
///
/// # Errors
/// Everything that is wrong in it, by line and column.
pub fn load(name: &str, text: &str, secrets: &dyn Secrets) -> Result<(Alerting, Vec<Note>), Vec<FileError>> {
    load_for(name, text, Surroundings { secrets, aim: Aim::Sending })
}

/// As [`load`], where nothing is going to be sent: of what says where and in which words, variables need not be there, and no
/// file is read. A variable that decides who is told is needed all the same.
///
/// # Errors
/// As for [`load`].
pub fn load_dry(
    name: &str,
    text: &str,
    secrets: &dyn Secrets,
) -> Result<(Alerting, Vec<Note>), Vec<FileError>> {
    load_for(name, text, Surroundings { secrets, aim: Aim::DryRun })
}

fn load_for(
    name: &str,
    text: &str,
    surroundings: Surroundings<'_>,
) -> Result<(Alerting, Vec<Note>), Vec<FileError>> {
    let mut faults = Faults::new(name, text);
    let alerting = read(text, surroundings, &mut faults);
    let (mut errors, notes) = (faults.errors, faults.notes);
    errors.sort();
    match alerting {
        Some(alerting) if errors.is_empty() => Ok((alerting, notes)),
        _ => Err(errors),
    }
}

/// The file's text with `<secret>` in place of every secret; of a text that is no YAML, nothing.
pub fn without_secrets(text: &str) -> Option<String> {
    let root = parse(text).ok()??;
    Some(shown::without_secrets(text, &root))
}

fn read(text: &str, surroundings: Surroundings<'_>, faults: &mut Faults<'_>) -> Option<Alerting> {
    let start = Mark { line: 1, column: 1, index: 0 };
    if text.len() > limits::ALERTING_FILE_BYTES_MAX {
        faults.at(start, format!("a file has at most {} bytes", limits::ALERTING_FILE_BYTES_MAX));
        return None;
    }
    let mut root = match parse(text) {
        Ok(Some(root)) if !matches!(&root.value, Value::Text(text) if text.is_null()) => root,
        Ok(_) => {
            faults.at(start, "the file is empty; it has the keys route and receivers");
            return None;
        }
        Err(fault) => {
            faults.at(fault.mark, fault.message);
            return None;
        }
    };
    let shown = shown::without_secrets(text, &root);
    surroundings.expand(&mut root, faults);
    let missing = std::mem::take(&mut faults.errors);
    let alerting = read_root(&root, shown, surroundings, faults);
    // That a text with a variable that is not there is no number or name follows from that.
    let follows =
        |one: &FileError| missing.iter().any(|cause| (cause.line, cause.column) == (one.line, one.column));
    faults.errors.retain(|one| !follows(one));
    faults.errors.extend(missing);
    alerting
}

/// What a file says whose variables are in their places.
fn read_root(
    root: &Node,
    shown: String,
    surroundings: Surroundings<'_>,
    faults: &mut Faults<'_>,
) -> Option<Alerting> {
    let fields = Fields::of(root, "an alerting file", faults)?;
    fields.refuse_unknown("an alerting file", KEYS, |_| None, faults);
    for key in ["route", "receivers"] {
        if fields.get(key).is_none() {
            faults.at(fields.mark, format!("an alerting file has the key {key}"));
        }
    }
    let read_file = |path: &str| surroundings.file(path);
    let globals = fields.get("global").and_then(|node| global(node, &read_file, faults)).unwrap_or_default();
    let context = Context { globals: &globals, read_file: &read_file };
    let receivers = fields.get("receivers").map(|node| receivers::read(node, &context, faults));
    let receivers = receivers.unwrap_or_default();
    let mut time_intervals = BTreeMap::new();
    for key in ["time_intervals", "mute_time_intervals"] {
        if let Some(node) = fields.get(key) {
            intervals::read(node, key, &mut time_intervals, faults);
        }
    }
    if let Some(mark) = fields.key_mark("templates") {
        faults.note(
            mark,
            "templates has no effect: files of Go templates are not read; texts of receivers are templates",
        );
    }
    let routes = fields.get("route").map(|node| route::read(node, faults)).unwrap_or_default();
    check_uses(&routes, &receivers, &time_intervals, faults);
    let inhibit_rules = fields.get("inhibit_rules").map(|node| inhibition::read(node, faults));
    let heartbeat = fields.get("heartbeat").and_then(|node| heartbeat::read(node, &read_file, faults));
    let inhibit_rules = inhibit_rules.unwrap_or_default();
    let routes = routes.list;
    (!routes.is_empty()).then_some(Alerting {
        routes,
        receivers,
        inhibit_rules,
        time_intervals,
        heartbeat,
        shown,
    })
}

/// The settings that count where a receiver has none of its own.
fn global(
    node: &Node,
    read_file: &dyn Fn(&str) -> Result<String, String>,
    faults: &mut Faults<'_>,
) -> Option<Globals> {
    let fields = Fields::of(node, "global", faults)?;
    let is_lacking = |key: &str| GLOBAL_LACKING.iter().any(|start| key.starts_with(start));
    let mut known: Vec<&str> = GLOBAL_KEYS.to_vec();
    for (key, _) in fields.entries().iter().filter(|(key, _)| is_lacking(&key.name)) {
        if !GLOBAL_KEYS.contains(&key.name.as_str()) {
            faults.note(key.mark, format!("{} has no effect: nothing here uses it", key.name));
            known.push(&key.name);
        }
    }
    fields.refuse_unknown("global", &known, |_| None, faults);
    Some(Globals::read(&fields, read_file, faults))
}

/// Names in routes that nothing has.
fn check_uses(
    routes: &route::Routes,
    receivers: &BTreeMap<Arc<str>, Receiver>,
    intervals: &BTreeMap<Arc<str>, TimeIntervals>,
    faults: &mut Faults<'_>,
) {
    for one in &routes.uses {
        let (kind, exists) = match one.is_receiver {
            true => ("receiver", receivers.contains_key(&one.name)),
            false => ("time interval", intervals.contains_key(&one.name)),
        };
        if exists || faults.errors.len() >= limits::RULE_ERRORS_MAX {
            continue;
        }
        let known: Vec<&str> = match one.is_receiver {
            true => receivers.keys().map(|name| &**name).collect(),
            false => intervals.keys().map(|name| &**name).collect(),
        };
        let shown: String = one.name.chars().take(60).collect();
        let message = match nearest(&one.name, known.iter().copied()) {
            Some(near) => format!("there is no {kind} {shown:?}: did you mean {near:?}?"),
            None => format!("there is no {kind} {shown:?}"),
        };
        faults.at(one.mark, message);
    }
}

#[cfg(test)]
mod tests;
