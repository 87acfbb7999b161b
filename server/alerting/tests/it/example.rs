//! The example file.

use plumbago_alerting::{NoSecrets, Secrets, load};

struct Around;

impl Secrets for Around {
    fn variable(&self, name: &str) -> Option<String> {
        Some(format!("https://example.org/{name}"))
    }

    fn file(&self, path: &str) -> Result<String, String> {
        NoSecrets.file(path).or(Ok("key".to_owned()))
    }
}

#[test]
fn the_example_is_right_and_leads_where_it_says() {
    let text = include_str!("../../../alerting.example.yml");
    let (alerting, notes) =
        load("alerting.example.yml", text, &Around).unwrap_or_else(|errors| panic!("{errors:#?}"));
    assert!(notes.is_empty(), "{notes:?}");
    let receivers = |words: &str| -> Vec<String> {
        let found = alerting.route(&crate::desk::labels(words)).into_iter();
        found.map(|(route, _)| route.receiver.to_string()).collect()
    };
    assert_eq!(receivers("DiskFull severity=warning"), ["chat"]);
    assert_eq!(receivers("DiskFull severity=critical"), ["pager", "chat"]);
    assert_eq!(receivers("DiskFull team=database"), ["database"]);
    assert!(alerting.heartbeat.is_some() && !alerting.inhibit_rules.is_empty());
    assert!(!alerting.shown.contains("example.org/") && alerting.shown.contains("<secret>"));
}
