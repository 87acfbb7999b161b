//! Addresses that a message points to.
//!
//! Invariant: every one begins with the external URL; foreign text is in them percent-encoded only, and none is longer
//! than programs for people take.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Surroundings;
use crate::message::{AlarmStatus, Member};

/// Longest address in bytes; a longer one is replaced by the start page.
const LINK_BYTES_MAX: usize = 2000;

/// How much is shown before an alarm begins and after it ends, in milliseconds.
pub(super) const AROUND_MS: i64 = 3_600_000;

const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What an alarm can be looked at with: a graph of its rule's expression, or the events that it is over.
pub fn of_alarm(alarm: &Member, surroundings: &Surroundings<'_>) -> String {
    let root = surroundings.root();
    let what = utf8_percent_encode(&alarm.expression, ENCODED);
    let from = alarm.starts_at_ms.saturating_sub(AROUND_MS).div_euclid(1000);
    let mut link = match (alarm.expression.is_empty(), &alarm.series) {
        (true, _) => return start_page(surroundings),
        (false, Some(_)) => format!("{root}/render?target={what}&from={from}"),
        (false, None) => format!("{root}/api/v1/events?q={what}&from={from}"),
    };
    if let (AlarmStatus::Resolved, Some(end)) = (alarm.status, alarm.ends_at_ms) {
        link.push_str(&format!("&until={}", end.saturating_add(AROUND_MS).div_euclid(1000)));
    }
    if alarm.series.is_some() {
        link.push_str("&format=png");
    }
    if link.len() > LINK_BYTES_MAX { start_page(surroundings) } else { link }
}

/// Where the server itself is.
pub(super) fn start_page(surroundings: &Surroundings<'_>) -> String {
    format!("{}/", surroundings.root())
}

/// Whether a text of a message may become a link: it leads to the web and has nothing that ends it early.
pub(super) fn is_safe(text: &str) -> bool {
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>`|\\^{}".contains(&byte));
    is_web && is_plain && text.len() <= LINK_BYTES_MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receivers::samples;

    #[test]
    fn links_lead_to_the_external_url_whatever_an_expression_holds() {
        let surroundings = samples::surroundings();
        let mut alarm = samples::alarm("web.cpu");
        alarm.expression = "highest(a.b, 1)&format=json\"><script>".into();
        let link = of_alarm(&alarm, &surroundings);
        assert_eq!(
            link,
            "https://plumbago.example/render?target=highest%28a.b%2C%201%29%26format%3Djson%22%3E%3Cscript%3E\
             &from=1767222000&format=png"
        );
        alarm.series = None;
        alarm.expression = "kind:deploy".into();
        alarm.status = AlarmStatus::Resolved;
        alarm.ends_at_ms = Some(alarm.starts_at_ms + 60_000);
        assert_eq!(
            of_alarm(&alarm, &surroundings),
            "https://plumbago.example/api/v1/events?q=kind%3Adeploy&from=1767222000&until=1767229260"
        );
        alarm.expression = "x".repeat(100_000).into();
        assert_eq!(of_alarm(&alarm, &surroundings), "https://plumbago.example/");
        (alarm.starts_at_ms, alarm.ends_at_ms) = (i64::MIN, Some(i64::MAX));
        alarm.expression = "x".into();
        assert!(of_alarm(&alarm, &surroundings).starts_with("https://plumbago.example/"));
    }

    #[test]
    fn only_addresses_of_the_web_become_links() {
        assert!(is_safe("https://runbooks.example/cpu?x=1#y"));
        for text in [
            "javascript:alert(1)",
            "https://x/\"onclick=",
            "https://x/<b>",
            "http://x|y",
            "http://a b",
            "//x",
        ] {
            assert!(!is_safe(text), "{text}");
        }
    }
}
