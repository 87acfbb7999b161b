//! Our own words for a message: one line that says what is the matter, and a paragraph for each alarm.
//!
//! Invariant: what is returned has been made harmless for readers ([`plain`]) and is bounded, however many alarms there
//! are and whatever they are called. It is not escaped: that depends on where it goes.

use crate::message::{AlarmStatus, Member, Message, Purpose};
use crate::receivers::{Surroundings, link, moment, plain};

/// Most alarms that a text lists; the others are counted.
const PARAGRAPHS_MAX: usize = 20;
/// Longest headline in characters.
const HEADLINE_MAX: usize = 250;
/// Longest name and longest fact in characters.
const NAME_MAX: usize = 200;
/// Longest annotation in characters.
const TEXT_MAX: usize = 2000;
/// Most labels or annotations that are shown of one alarm.
const FACTS_MAX: usize = 40;

/// Labels that a headline says already, or that only machines ask for.
const UNSAID: [&str; 3] = ["alertname", "alertgroup", "series"];
/// Annotations that have a place of their own.
const PLACED: [&str; 3] = ["summary", "description", "runbook_url"];

/// What is told of one alarm.
pub(crate) struct Paragraph {
    /// Whether it fires.
    pub(crate) is_firing: bool,
    /// `alertname`.
    pub(crate) name: String,
    /// The annotation `summary`, on one line; may be empty.
    pub(crate) summary: String,
    /// The annotation `description`; may be empty.
    pub(crate) description: String,
    /// Value, times, labels, further annotations: names and values on one line each.
    pub(crate) facts: Vec<(String, String)>,
    /// Where to look.
    pub(crate) link: String,
    /// The annotation `runbook_url`, if it is an address of the web.
    pub(crate) runbook: Option<String>,
}

/// What is the matter, on one line: `[FIRING:2] HighCpu dc=eu`.
pub(crate) fn headline(message: &Message) -> String {
    let firing = message.alarms.iter().filter(|alarm| alarm.status == AlarmStatus::Firing).count();
    let state = match firing {
        0 => "RESOLVED".to_owned(),
        firing => format!("FIRING:{}", firing.saturating_add(message.truncated)),
    };
    let why = match message.purpose {
        Purpose::Group => "",
        Purpose::Digest => "[DIGEST] ",
        Purpose::CaughtUp => "[AFTER A GAP] ",
        Purpose::Test => "[TEST] ",
    };
    let common = message.common_labels();
    let name = match common.get("alertname").or_else(|| message.group_labels.get("alertname")) {
        Some(name) => name.clone(),
        None => format!("{} alarms", message.alarms.len().saturating_add(message.truncated)),
    };
    let mut line = format!("{why}[{state}] {}", plain::one_line(&name, NAME_MAX));
    let said = common.iter().filter(|(label, _)| !UNSAID.contains(&label.as_str()));
    for (label, value) in said.take(FACTS_MAX) {
        line.push_str(&format!(" {}={}", plain::one_line(label, NAME_MAX), plain::one_line(value, NAME_MAX)));
    }
    plain::one_line(&line, HEADLINE_MAX)
}

/// A paragraph for each of the first alarms.
pub(crate) fn paragraphs<'a>(
    message: &'a Message,
    surroundings: &'a Surroundings<'a>,
) -> impl Iterator<Item = Paragraph> + 'a {
    message.alarms.iter().take(PARAGRAPHS_MAX).map(|alarm| paragraph(alarm, surroundings))
}

/// How many alarms no paragraph tells of, as a line; nothing if there are none.
pub(crate) fn left_out(message: &Message) -> Option<String> {
    let beyond = message.alarms.len().saturating_sub(PARAGRAPHS_MAX).saturating_add(message.truncated);
    (beyond > 0).then(|| format!("and {beyond} more"))
}

/// All of it as plain text.
pub(crate) fn plain_text(message: &Message, surroundings: &Surroundings<'_>) -> String {
    let mut text = String::new();
    for paragraph in paragraphs(message, surroundings) {
        let state = if paragraph.is_firing { "FIRING" } else { "RESOLVED" };
        text.push_str(&format!("{state} {}", paragraph.name));
        if !paragraph.summary.is_empty() {
            text.push_str(&format!(": {}", paragraph.summary));
        }
        text.push('\n');
        for line in paragraph.description.lines() {
            text.push_str(&format!("  {line}\n"));
        }
        for (name, value) in &paragraph.facts {
            text.push_str(&format!("  {name}: {value}\n"));
        }
        if let Some(runbook) = &paragraph.runbook {
            text.push_str(&format!("  runbook: {runbook}\n"));
        }
        text.push_str(&format!("  {}\n\n", paragraph.link));
    }
    text.extend(left_out(message).map(|line| line + "\n"));
    text
}

/// A value with as many digits as it has, unless they are too many to be read.
fn shown_value(value: f64) -> String {
    let is_long = value != 0.0 && !(1e-6..1e15).contains(&value.abs());
    if is_long { format!("{value:e}") } else { format!("{value}") }
}

fn paragraph(alarm: &Member, surroundings: &Surroundings<'_>) -> Paragraph {
    let line = |text: &String| plain::one_line(text, TEXT_MAX);
    let mut facts = Vec::new();
    facts.extend(alarm.value.map(|value| ("value".to_owned(), shown_value(value))));
    facts.push(("since".to_owned(), moment::rfc3339(alarm.starts_at_ms)));
    let end = alarm.ends_at_ms.filter(|_| alarm.status == AlarmStatus::Resolved);
    facts.extend(end.map(|end| ("until".to_owned(), moment::rfc3339(end))));
    facts
        .extend(alarm.series.as_ref().map(|series| ("series".to_owned(), plain::one_line(series, NAME_MAX))));
    let labels = alarm.labels.iter().filter(|(name, _)| !UNSAID.contains(&name.as_str()));
    let annotations = alarm.annotations.iter().filter(|(name, _)| !PLACED.contains(&name.as_str()));
    let further = labels.take(FACTS_MAX).chain(annotations.take(FACTS_MAX));
    facts.extend(
        further.map(|(name, value)| (plain::one_line(name, NAME_MAX), plain::one_line(value, NAME_MAX))),
    );
    let annotation = |name| alarm.annotations.get(name);
    Paragraph {
        is_firing: alarm.status == AlarmStatus::Firing,
        name: alarm.labels.get("alertname").map(|name| plain::one_line(name, NAME_MAX)).unwrap_or_default(),
        summary: annotation("summary").map(line).unwrap_or_default(),
        description: annotation("description").map(|text| plain::lines(text, TEXT_MAX)).unwrap_or_default(),
        facts,
        link: link::of_alarm(alarm, surroundings),
        runbook: annotation("runbook_url").filter(|text| link::is_safe(text)).cloned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receivers::samples;

    #[test]
    fn a_headline_says_what_how_many_and_where() {
        let mut message = samples::message();
        assert_eq!(headline(&message), "[FIRING:1] HighCpu dc=eu severity=critical");
        message.truncated = 30;
        message.purpose = Purpose::Digest;
        assert!(headline(&message).starts_with("[DIGEST] [FIRING:31] HighCpu"));
        message.alarms.clear();
        assert_eq!(headline(&message), "[DIGEST] [RESOLVED] 30 alarms");
    }

    #[test]
    fn a_text_tells_of_each_alarm_and_counts_the_rest() {
        let mut message = samples::message();
        let text = plain_text(&message, &samples::surroundings());
        let expected = "FIRING HighCpu: CPU is busy\n  since yesterday\n  and longer\n  value: 91.5\n  \
            since: 2026-01-01T00:00:00Z\n  series: web.cpu\n  dc: eu\n  host: web1\n  severity: critical\n  \
            runbook: https://runbooks.example/cpu\n  \
            https://plumbago.example/render?target=web.cpu&from=1767222000&format=png\n\nRESOLVED HighCpu: CPU is busy\n";
        assert!(text.starts_with(expected), "{text}");
        message.alarms = vec![samples::alarm("web.cpu"); 10_000];
        message.truncated = 5;
        let text = plain_text(&message, &samples::surroundings());
        assert!(text.ends_with("and 9985 more\n"), "{text}");
        assert_eq!(text.matches("FIRING").count(), PARAGRAPHS_MAX);
    }

    #[test]
    fn values_are_readable() {
        for (value, text) in [(91.5, "91.5"), (0.0, "0"), (-3.0, "-3"), (1e300, "1e300"), (1.5e-9, "1.5e-9")]
        {
            assert_eq!(shown_value(value), text);
        }
    }
}
