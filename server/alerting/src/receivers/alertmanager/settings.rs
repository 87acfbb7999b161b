//! The keys of `alertmanager_configs`.

use plumbago_rules::yaml::{Faults, Fields};

use crate::receivers::Secret;
use crate::receivers::globals::{Context, url};
use crate::receivers::http_settings::{HTTP_KEYS, HttpSettings};

pub(in crate::receivers) const KEYS: [&str; 5] =
    ["url", "url_file", "send_resolved", HTTP_KEYS[0], HTTP_KEYS[1]];

/// Where an Alertmanager is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AlertmanagerSettings {
    pub(super) url: Secret,
    pub(super) http: HttpSettings,
    pub(crate) sends_resolved: bool,
}

impl AlertmanagerSettings {
    /// Reads one of `alertmanager_configs`.
    pub(crate) fn read(fields: &Fields<'_>, context: &Context<'_>, faults: &mut Faults<'_>) -> Option<Self> {
        fields.refuse_unknown("alertmanager_configs", &KEYS, |_| None, faults);
        let http = HttpSettings::read_of(fields, context, faults);
        let sends_resolved = fields.boolean("send_resolved", faults).unwrap_or(true);
        if fields.get("url").is_none() && fields.get("url_file").is_none() {
            faults.at(fields.mark, "alertmanager_configs has no url");
        }
        let url = url(fields, "url", context.read_file, faults)?;
        Some(AlertmanagerSettings { url, http, sends_resolved })
    }
}
