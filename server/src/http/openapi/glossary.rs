//! What each parameter means; one meaning each, whatever path it is used with.

use serde_json::{Value, json};

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// A whole number that is not negative.
    Count,
    /// A number.
    Number,
    /// Yes or no.
    Flag,
}

/// A parameter as one path takes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter {
    /// Its name.
    pub(super) name: &'static str,
    /// Whether it must be given.
    pub(super) is_required: bool,
    is_list: bool,
    kind: Kind,
    help: &'static str,
}

impl Parameter {
    /// The parameter of a word such as `target*` (given repeatedly) or `path!` (needed), if the glossary knows it.
    pub(super) fn of(word: &'static str) -> Option<Parameter> {
        let name = word.trim_end_matches(['*', '!']);
        let (name, kind, help) = GLOSSARY.iter().find(|(known, ..)| *known == name)?;
        Some(Parameter {
            name,
            is_required: word.contains('!'),
            is_list: word.contains('*'),
            kind: *kind,
            help,
        })
    }

    /// What it means.
    pub(super) fn help(&self) -> &'static str {
        self.help
    }

    /// What it may be.
    pub(super) fn schema(&self) -> Value {
        let one = match self.kind {
            Kind::Text => json!({ "type": "string" }),
            Kind::Count => json!({ "type": "integer", "minimum": 0 }),
            Kind::Number => json!({ "type": "number" }),
            Kind::Flag => json!({ "type": "string", "enum": ["0", "1", "true", "false"] }),
        };
        if self.is_list { json!({ "type": "array", "items": one }) } else { one }
    }
}

/// Name, kind and meaning.
pub(super) const GLOSSARY: &[(&str, Kind, &str)] = &[
    ("active", Kind::Flag, "Whether alarms are shown that nothing keeps quiet."),
    ("automatic_variants", Kind::Flag, "Whether a, b in a pattern means {a,b}."),
    ("before", Kind::Count, "Only entries with smaller numbers, as the page before said."),
    ("below", Kind::Text, "The prefix whose owners are shown; empty for all."),
    (
        "consolidation",
        Kind::Text,
        "How values become one point: average, or stored for the series' own method.",
    ),
    ("cursor", Kind::Text, "Where the page before ended, as it said."),
    ("depth", Kind::Count, "How many nodes a prefix has."),
    ("dry_run", Kind::Flag, "Only say what would be done."),
    ("expr", Kind::Text, "A tag expression such as host=~web.*."),
    (
        "filter",
        Kind::Text,
        "Of names: a regular expression that they match from their beginning; of alarms: a condition such as host=~web.*.",
    ),
    ("fingerprint", Kind::Text, "Only what is about this alarm."),
    ("format", Kind::Text, "The format of the answer."),
    ("from", Kind::Text, "The beginning of the range: -1h, noon yesterday, or seconds since the epoch."),
    ("glob", Kind::Text, "A pattern of names such as servers.*.cpu."),
    ("group", Kind::Text, "Only functions, or notifications, of this group."),
    ("groupByExpr", Kind::Flag, "Whether the answer is kept apart by pattern."),
    ("grouped", Kind::Flag, "Whether functions are kept apart by group."),
    ("inhibited", Kind::Flag, "Whether alarms are shown that others keep quiet."),
    (
        "jsonp",
        Kind::Text,
        "The function that a script passes the answer to; not where credentials are asked for.",
    ),
    ("last_event_id", Kind::Count, "The last event that was seen: the stream goes on after it."),
    ("leavesOnly", Kind::Flag, "Whether only series are answered, no branches."),
    ("limit", Kind::Count, "How many are answered at most."),
    ("local", Kind::Flag, "Taken for the sake of older front ends; everything is local."),
    ("maxDataPoints", Kind::Count, "How many points a series may have in the answer."),
    ("message", Kind::Count, "Only what is about this message."),
    ("meta", Kind::Flag, "Whether the answer tells where each series comes from."),
    ("muted", Kind::Flag, "Whether alarms are shown that a time interval keeps quiet."),
    ("noNullPoints", Kind::Flag, "Whether missing points are left out."),
    ("now", Kind::Text, "The moment that relative times start from."),
    ("origin", Kind::Text, "Whose functions are listed: graphite-web's, or all."),
    (
        "outcome",
        Kind::Text,
        "Only entries that tell of this: queued, superseded, withdrawn, unsent, withheld, sent, retried, refused, expired or dropped.",
    ),
    ("path", Kind::Text, "The name of a series, tags included."),
    ("position", Kind::Number, "The node of the names that is listed."),
    ("pretty", Kind::Flag, "Whether JSON is indented."),
    ("q", Kind::Text, "A search for events, such as kind:deploy web*."),
    ("query", Kind::Text, "A pattern of names such as servers.*."),
    ("receiver", Kind::Text, "Only what goes to this receiver."),
    ("set", Kind::Text, "For renaming: tag=value. For events: union or intersection of the tags."),
    ("silenced", Kind::Flag, "Whether alarms are shown that a silence keeps quiet."),
    ("stale_for", Kind::Text, "Only series that had no point for so long: 3h, 7d."),
    ("tag", Kind::Text, "The tag whose values are wanted."),
    ("tagPrefix", Kind::Text, "How the tag begins."),
    ("tags", Kind::Text, "Words that events are tagged with, with blanks between them."),
    ("target", Kind::Text, "An expression such as sumSeries(servers.*.load)."),
    ("to", Kind::Text, "The new name, with a * for each one of the old."),
    ("top", Kind::Count, "How many owners are listed."),
    ("type", Kind::Text, "Only rules, or functions, of this type."),
    ("tz", Kind::Text, "The time zone of times such as noon, and of day boundaries."),
    ("until", Kind::Text, "The end of the range."),
    ("valuePrefix", Kind::Text, "How the value begins."),
    ("wildcards", Kind::Flag, "Whether a * for all is listed, too."),
    (
        "xFilesFactor",
        Kind::Number,
        "The share of points that must be known for a consolidated one, from 0 to 1.",
    ),
];
