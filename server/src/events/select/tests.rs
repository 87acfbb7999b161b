//! What is found is what a search means, whichever way it is found.

use super::super::change::{Numbers, make};
use super::super::{Change, EventStore, schema, words};
use super::*;
use jiff::tz::TimeZone;
use plumbago_rules::{Edit, Event, Severity, Source, Status, read_posted};

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
const WORDS: &[&str] = &[
    "disk full",
    "Disk",
    "fullness of disk",
    "web-1 is down",
    "é up",
    "common word",
    "word so common",
    "common a1",
    "common a2",
    "a3 common disk",
    "a4 full",
    "a5",
];
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
    "common",
    "comm*",
    "\"common word\"",
    "common-a*",
    "a*",
    "nosuch*",
    "é*",
    "since:4000",
    "until:6000",
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
    // Some forty spans of the index of words, and several events at one moment.
    event.start_ms = i64::try_from(dice.roll(100)).unwrap() * 100_000;
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
fn found(read: impl Fn(Option<Cursor>) -> Vec<StoredEvent>) -> Vec<u64> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = read(after);
        let Some(last) = page.last() else { return ids };
        after = Some(Cursor { start_ms: last.event.start_ms, id: last.event.id });
        ids.extend(page.iter().map(|stored| stored.event.id));
    }
}

/// Compares the pages of a search of some terms with what it means. `events`: the newest first.
fn compare(
    dice: &mut Dice,
    events: &[Event],
    page: impl Fn(&Search, Option<Cursor>, usize) -> Vec<StoredEvent>,
) {
    let terms: Vec<String> = (0..dice.roll(5))
        .map(|_| format!("{}{}", if dice.roll(4) == 0 { "-" } else { "" }, dice.one(TERMS)))
        .collect();
    let text = terms.join(" ");
    let search = Search::parse(&text, 100, &TimeZone::UTC).unwrap();
    let expected: Vec<u64> =
        events.iter().filter(|event| search.matches(event)).map(|event| event.id).collect();
    let page_events = 1 + usize::try_from(dice.roll(events.len() as u64)).unwrap();
    let state = dice.0;
    assert_eq!(
        found(|after| page(&search, after, page_events)),
        expected,
        "{text}, pages of {page_events}, dice {state}"
    );
}

async fn agree(seed: u64, count: u64, searches: usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice(seed);
    let (store, events) = filled(folder.path(), &mut dice, count).await;
    for _ in 0..searches {
        compare(&mut dice, &events, |search, after, count| store.page(search, after, count).unwrap());
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
    for seed in 100..104 {
        agree(seed, 6 * FEW.unsigned_abs(), 100).await;
    }
}

/// A store that nobody else uses, and that need not survive.
fn connection(folder: &std::path::Path) -> Connection {
    let connection = schema::open_writer(&folder.join("state.sqlite")).unwrap();
    connection.pragma_update(None, "synchronous", "OFF").unwrap();
    connection
}

/// Some words are indexed and some wait, events are corrected and go: at every moment what is found is what is meant.
#[test]
fn what_waits_for_the_index_is_found() {
    for seed in 0..4 {
        let folder = tempfile::tempdir().unwrap();
        let connection = connection(folder.path());
        let mut numbers = Numbers::load(&connection).unwrap();
        let mut dice = Dice(seed);
        let mut events: Vec<Event> = Vec::new();
        for step in 0..600 {
            let change = if events.is_empty() || dice.roll(4) > 0 {
                Change::Post(Box::new(random_event(&mut dice, step)))
            } else {
                let gone = events.swap_remove(usize::try_from(dice.roll(events.len() as u64)).unwrap());
                if dice.roll(3) == 0 {
                    change::delete(&connection, &gone).unwrap();
                    continue;
                }
                let other = random_event(&mut dice, step);
                let edit = match dice.roll(2) {
                    0 => Edit { start_ms: Some(other.start_ms), end_ms: Some(None), ..Edit::default() },
                    _ => Edit { title: Some(other.title), text: Some(other.text), ..Edit::default() },
                };
                Change::Edit { id: gone.id, revision: None, edit }
            };
            let effect = make(&connection, &mut numbers, change).unwrap();
            events.push(effect.event().unwrap().clone());
            if dice.roll(40) == 0 {
                words::index_piece(&connection).unwrap();
            }
            if step % 50 == 0 {
                events.sort_by_key(|event| std::cmp::Reverse((event.start_ms, event.id)));
                for _ in 0..30 {
                    compare(&mut dice, &events, |search, after, count| {
                        page(&connection, search, after, count).unwrap()
                    });
                }
            }
        }
    }
}

/// A word of old events alone, beside others that are in all of the new ones: found along every way.
#[test]
fn words_that_only_old_events_have_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let connection = connection(folder.path());
    let mut numbers = Numbers::load(&connection).unwrap();
    let mut dice = Dice(1);
    let mut events: Vec<Event> = Vec::new();
    let count = 4 * LISTED_MAX;
    for at in 0..count {
        let mut event = random_event(&mut dice, at.unsigned_abs());
        event.title = format!("common b{} {}", at % 7, if at > count / 2 { "late" } else { "early" });
        event.start_ms = at * 20_000;
        let effect = make(&connection, &mut numbers, Change::Post(Box::new(event))).unwrap();
        events.push(effect.event().unwrap().clone());
    }
    while words::index_piece(&connection).unwrap() > 0 {}
    events.reverse();
    for text in [
        "early",
        "early common",
        "common -late",
        "-late",
        "-common",
        "-nosuch",
        "b*",
        "-b*",
        "early b*",
        "b1 early",
        "earl* since:2000 until:4000",
        "\"b3 early\"",
        "\"early b3\"",
        "common-b* -late",
        "early kind:deploy",
        "early tag:host=web1 severity!=info",
        "late -common-b*",
        "late -b1 -b2* -b3 value>5",
    ] {
        let search = Search::parse(text, 100, &TimeZone::UTC).unwrap();
        let expected: Vec<u64> =
            events.iter().filter(|event| search.matches(event)).map(|event| event.id).collect();
        for page_events in [1, 7, 100, 1000] {
            let ids = found(|after| page(&connection, &search, after, page_events).unwrap());
            assert_eq!(ids, expected, "{text}, pages of {page_events}");
        }
    }
}
