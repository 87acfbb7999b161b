//! What is found is what a search means, whichever way it is found.

use super::super::{Change, EventStore};
use super::*;
use jiff::tz::TimeZone;
use plumbago_rules::{Source, read_posted};

/// A generator whose seed is told when a test fails.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn one<'l>(&mut self, list: &[&'l str]) -> &'l str {
        list[usize::try_from(self.roll(list.len() as u64)).unwrap()]
    }
}

const KINDS: &[&str] = &["", "deploy", "reboot", "disk"];
const WORDS: &[&str] = &["disk full", "Disk", "fullness of disk", "web-1 is down", "é up"];
const TAGS: &[&str] = &["host=web1", "host=web2", "host=db[1]", "a b", "x*y", "web"];
const TERMS: &[&str] = &[
    "kind:deploy",
    "kind:d*",
    "tag:host=web*",
    "tag:host=web1",
    "tag:*b*",
    "tag:\"x*y\"",
    "tag:host=db[1]*",
    "severity>=error",
    "severity!=info",
    "severity<error",
    "status:open",
    "status:retracted",
    "source:rule",
    "value>5",
    "value<=5",
    "disk",
    "\"disk full\"",
    "full*",
    "web-1",
    "since:40",
    "until:60",
    "rule:a*",
    "series:s",
    "key:k7",
    "É",
];

fn random_event(dice: &mut Dice, number: u64) -> Event {
    let (title, kind) = (dice.one(WORDS), dice.one(KINDS));
    let body = format!("{{\"title\": \"{title}\", \"kind\": \"{kind}\"}}");
    let mut event = read_posted(body.as_bytes(), 0).unwrap().events.remove(0);
    event.text = dice.one(WORDS).to_owned();
    event.key = (dice.roll(3) == 0).then(|| format!("k{number}"));
    event.tags = (0..dice.roll(4)).map(|_| dice.one(TAGS).to_owned()).collect();
    event.severity = [Severity::Info, Severity::Warning, Severity::Error, Severity::Critical]
        [usize::try_from(dice.roll(4)).unwrap()];
    event.value = (dice.roll(2) == 0).then(|| dice.roll(10) as f64);
    event.rule = (dice.roll(3) == 0).then(|| dice.one(&["a/b", "c"]).to_owned());
    event.series = (dice.roll(3) == 0).then(|| "s".to_owned());
    event.source = if dice.roll(4) == 0 { Source::Rule } else { Source::Posted };
    event.start_ms = i64::try_from(dice.roll(100)).unwrap() * 1000;
    event.end_ms = Some(event.start_ms);
    event.status = [Status::Closed, Status::Closed, Status::Open, Status::Retracted]
        [usize::try_from(dice.roll(4)).unwrap()];
    event
}

async fn filled(folder: &std::path::Path, dice: &mut Dice, count: u64) -> (EventStore, Vec<Event>) {
    let store = EventStore::open(folder, || 0).unwrap();
    let changes = (0..count).map(|number| Change::Post(Box::new(random_event(dice, number)))).collect();
    let effects = store.change(changes).await.unwrap();
    let mut events: Vec<Event> = effects.iter().map(|effect| effect.event().unwrap().clone()).collect();
    events.sort_by_key(|event| std::cmp::Reverse((event.start_ms, event.id)));
    (store, events)
}

/// The ids of all pages of a search.
fn found(store: &EventStore, search: &Search, page_events: usize) -> Vec<u64> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = store.page(search, after, page_events).unwrap();
        let Some(last) = page.last() else { return ids };
        after = Some(Cursor { start_ms: last.event.start_ms, id: last.event.id });
        ids.extend(page.iter().map(|stored| stored.event.id));
    }
}

async fn agree(seed: u64, count: u64, searches: usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice(seed);
    let (store, events) = filled(folder.path(), &mut dice, count).await;
    for _ in 0..searches {
        let terms: Vec<String> = (0..dice.roll(4))
            .map(|_| format!("{}{}", if dice.roll(4) == 0 { "-" } else { "" }, dice.one(TERMS)))
            .collect();
        let text = terms.join(" ");
        let search = Search::parse(&text, 100, &TimeZone::UTC).unwrap();
        let expected: Vec<u64> =
            events.iter().filter(|event| search.matches(event)).map(|event| event.id).collect();
        let page_events = 1 + usize::try_from(dice.roll(count)).unwrap();
        assert_eq!(found(&store, &search, page_events), expected, "seed {seed}: {text}");
    }
}

#[tokio::test]
async fn the_index_finds_what_the_search_means() {
    for seed in 0..20 {
        agree(seed, 60, 60).await;
    }
}

#[tokio::test]
async fn common_terms_are_walked_in_order() {
    agree(7, 3 * FEW.unsigned_abs(), 40).await;
}
