//! Searches for events and bodies that hold some: whatever is sent is answered; what is taken is within its limits, can be
//! written as a line and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plumbago_protocol::{at_time, limits};
use plumbago_rules::{
    EditRequest, Event, Search, read_grafana, read_graphite, read_line, read_posted, write_line,
};

const NOW: i64 = 1_710_504_000;

fuzz_target!(|input: (&str, &[u8])| {
    let (text, body) = input;
    let Some(zone) = at_time::time_zone("UTC") else {
        panic!("UTC is missing");
    };
    let search = Search::parse(text, NOW, &zone);
    if let Err(error) = &search {
        assert!(error.column >= 1 && error.column <= text.chars().count() + 1, "{error} in {text:?}");
    }
    let edit = EditRequest::read(body);
    let read = [read_graphite(body, NOW * 1000), read_grafana(body, NOW * 1000), read_line(body)];
    let posted = read_posted(body, NOW * 1000).map(|posted| posted.events).unwrap_or_default();
    for event in read.into_iter().flatten().chain(posted) {
        check(&event);
        let _ = search.as_ref().map(|search| search.matches(&event));
        if let Ok(Ok(edited)) = edit.clone().map(|request| request.edit.apply(&event)) {
            check(&edited);
        }
    }
});

fn check(event: &Event) {
    assert!(event.title.len() <= limits::EVENT_TITLE_BYTES_MAX && !event.title.trim().is_empty());
    assert!(event.text.len() <= limits::EVENT_TEXT_BYTES_MAX && event.tags.len() <= limits::EVENT_TAGS_MAX);
    assert!(event.value.is_none_or(f64::is_finite));
    let line = write_line(event);
    assert!(!line.contains('\n'));
    let again = read_line(line.as_bytes());
    assert!(again.is_ok_and(|again| again.title == event.title && again.tags == event.tags), "{line}");
}
