//! `receivers:`, each a name and lists of what to send to.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbago_protocol::limits;
use plumbago_rules::yaml::{Faults, Fields, Node};

use super::route::list;
use crate::receivers::{Context, INTEGRATION_KEYS, Integration};

/// Kinds that Alertmanager has and Plumbago has not.
const LACKING: &[&str] = &[
    "discord_configs",
    "incidentio_configs",
    "jira_configs",
    "mattermost_configs",
    "msteams_configs",
    "msteamsv2_configs",
    "pushover_configs",
    "rocketchat_configs",
    "sns_configs",
    "telegram_configs",
    "victorops_configs",
    "webex_configs",
    "wechat_configs",
];

/// Somebody to be told, by all of these ways.
#[derive(Clone, Debug, PartialEq)]
pub struct Receiver {
    /// As routes name it.
    pub name: Arc<str>,
    /// In the order of their kinds and of the file; none: nobody is told.
    pub integrations: Vec<Integration>,
}

/// Receivers by their names.
pub(super) type ByName = BTreeMap<Arc<str>, Receiver>;

/// Reads all of them.
pub(super) fn read(node: &Node, context: &Context<'_>, faults: &mut Faults<'_>) -> ByName {
    let mut all = ByName::new();
    for node in list(node, "receivers", faults) {
        if all.len() >= limits::RECEIVERS_MAX {
            faults.at(node.mark, format!("at most {} receivers", limits::RECEIVERS_MAX));
            break;
        }
        let Some(receiver) = one(node, context, faults) else { continue };
        let name = receiver.name.clone();
        if all.insert(name.clone(), receiver).is_some() {
            faults.at(node.mark, format!("there are two receivers {name:?}"));
        }
    }
    all
}

fn one(node: &Node, context: &Context<'_>, faults: &mut Faults<'_>) -> Option<Receiver> {
    let fields = Fields::of(node, "a receiver", faults)?;
    let known: Vec<&str> = ["name"].into_iter().chain(INTEGRATION_KEYS).collect();
    let elsewhere = |key: &str| {
        LACKING.contains(&key).then(|| {
            let kinds = INTEGRATION_KEYS.join(", ");
            format!("{key} are Alertmanager's and not supported here; there are {kinds}")
        })
    };
    fields.refuse_unknown("a receiver", &known, elsewhere, faults);
    if fields.get("name").is_none() {
        faults.at(fields.mark, "a receiver has a name");
    }
    let name: Arc<str> = fields.text("name", faults)?.into();
    let mut integrations = Vec::new();
    for key in INTEGRATION_KEYS {
        for node in fields.get(key).map_or(&[][..], |node| list(node, key, faults)) {
            let Some(fields) = Fields::of(node, &format!("one of {key}"), faults) else { continue };
            integrations.extend(Integration::read(key, &fields, context, faults));
        }
    }
    if integrations.len() > limits::RECEIVERS_MAX {
        faults.at(fields.mark, format!("a receiver sends to at most {} things", limits::RECEIVERS_MAX));
    }
    Some(Receiver { name, integrations })
}
