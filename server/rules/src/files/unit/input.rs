//! What goes into a test: series and events.

use plumbago_protocol::{canonical, limits};

use super::{Reader, needed, time};
use crate::Severity;
use crate::files::fault::Faults;
use crate::files::fields::Fields;
use crate::files::tree::Node;
use crate::unit::{InputEvent, InputSeries};

const SERIES_KEYS: &[&str] = &["series", "values", "interval"];
const EVENT_KEYS: &[&str] = &["start", "tags", "title", "kind", "severity"];

impl Reader {
    pub(super) fn series(
        &mut self,
        node: &Node,
        interval_secs: i64,
        faults: &mut Faults<'_>,
    ) -> Option<InputSeries> {
        let fields = Fields::of(node, "an input series", faults)?;
        fields.refuse_unknown("an input series", SERIES_KEYS, |_| None, faults);
        let interval = fields.duration_secs("interval", 1, limits::RULE_SPAN_SECONDS_MAX, faults);
        let name = needed(&fields, "an input series", "series", faults);
        let values = needed(&fields, "an input series", "values", faults);
        let values = values.and_then(|(node, text)| self.values(node, text, faults))?;
        let (name_node, name) = name?;
        match canonical(name) {
            Ok(name) => {
                let step_secs = interval.unwrap_or(interval_secs);
                Some(InputSeries { name: name.into_owned(), step_secs, values })
            }
            Err(error) => {
                faults.at(name_node.mark, format!("series: {error}"));
                None
            }
        }
    }
}

/// An event that expressions and alert rules can read.
pub(super) fn event(node: &Node, faults: &mut Faults<'_>) -> Option<InputEvent> {
    let fields = Fields::of(node, "an input event", faults)?;
    fields.refuse_unknown("an input event", EVENT_KEYS, |_| None, faults);
    let tags = fields.texts("tags", faults).into_iter().map(|(_, tag)| tag.to_owned()).collect();
    if fields.get("start").is_none() {
        faults.at(fields.mark, "an input event has the key start");
    }
    let severity = super::expected::severity(&fields, faults).and_then(|name| Severity::named(&name));
    let mut own = |key: &str| fields.text(key, faults).map(str::to_owned).unwrap_or_default();
    let (title, kind) = (own("title"), own("kind"));
    let start_secs = time(&fields, "start", faults)?;
    Some(InputEvent { start_secs, tags, title, kind, severity: severity.unwrap_or_default() })
}
