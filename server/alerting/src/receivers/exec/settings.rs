//! The keys of `exec_configs`.

use std::time::Duration;

use plumbago_protocol::limits;
use plumbago_rules::yaml::{Faults, Fields};

use crate::receivers::globals::Context;

pub(in crate::receivers) const KEYS: [&str; 4] = ["argv", "max_alerts", "timeout", "send_resolved"];

/// Which program is run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExecSettings {
    pub(super) argv: Vec<String>,
    /// Most alarms that it is told; 0: all.
    pub(super) alarms_max: usize,
    pub(super) timeout: Duration,
    pub(crate) sends_resolved: bool,
}

impl ExecSettings {
    /// Reads one of `exec_configs`.
    pub(crate) fn read(fields: &Fields<'_>, _: &Context<'_>, faults: &mut Faults<'_>) -> Option<Self> {
        fields.refuse_unknown("exec_configs", &KEYS, |_| None, faults);
        let alarms_max = fields.count("max_alerts", usize::MAX, faults).unwrap_or(0);
        let sends_resolved = fields.boolean("send_resolved", faults).unwrap_or(true);
        let most = limits::EXEC_TIMEOUT_MS_MAX;
        let timeout =
            fields.duration_ms("timeout", most, faults).filter(|timeout| *timeout > 0).unwrap_or(most);
        let texts = fields.texts("argv", faults);
        let Some((program, path)) = texts.first() else {
            faults.at(fields.mark, "exec_configs has no argv, the list of a program and its arguments");
            return None;
        };
        // With a clean environment there is no search path.
        if !path.starts_with('/') {
            faults.at(program.mark, "the first of argv is the whole path of a program");
            return None;
        }
        if let Some((node, _)) = texts.iter().find(|(_, text)| text.contains('\0')) {
            faults.at(node.mark, "an argument has no NUL");
            return None;
        }
        Some(ExecSettings {
            argv: texts.iter().map(|(_, text)| (*text).to_owned()).collect(),
            alarms_max,
            timeout: Duration::from_millis(u64::try_from(timeout).unwrap_or_default()),
            sends_resolved,
        })
    }
}
