//! The alert rules of a day: chosen by chance, and written as a user writes them.

use std::fmt::Write;

use crate::random::Random;

/// Rules of a day, and series of each.
pub(crate) const RULES: usize = 10;
pub(crate) const SERIES_PER_RULE: usize = 5;
/// How far back an evaluation looks where nothing is said, in seconds.
pub(crate) const WINDOW_SECS: i64 = 300;
/// Teams that rules belong to, by a label.
pub(crate) const TEAMS: [&str; 3] = ["web", "db", "net"];

/// Everything between two reloads.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) groups: Vec<Group>,
    pub(crate) rules: Vec<Rule>,
}

/// Rules with one pace.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) interval_secs: Option<i64>,
    pub(crate) delay_ms: i64,
}

/// One alert rule.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// Its number, which its name and its series begin with.
    pub(crate) number: usize,
    pub(crate) group: usize,
    pub(crate) team: &'static str,
    pub(crate) levels: Vec<Level>,
    pub(crate) for_secs: i64,
    pub(crate) keep_secs: i64,
    /// Nothing: as the contract says.
    pub(crate) nodata_secs: Option<i64>,
    pub(crate) forget_secs: i64,
    /// Whether it reads what a `record` rule makes of its series: twice their values.
    pub(crate) is_derived: bool,
}

/// One level of a rule. A rule with one level without a name has no map in `when`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level {
    pub(crate) severity: Option<&'static str>,
    /// It begins above this value,
    pub(crate) above: f64,
    /// and is over below this one; if there is none, at `above` and below.
    pub(crate) clear: Option<f64>,
}

impl Rule {
    pub(crate) fn name(&self) -> String {
        format!("Rule{}", self.number)
    }

    /// The series that its alarms are about.
    pub(crate) fn series(&self, host: usize) -> String {
        let kind = if self.is_derived { "twice" } else { "load" };
        format!("{kind}.r{}.h{host}", self.number)
    }

    pub(crate) fn has_levels(&self) -> bool {
        self.levels.iter().any(|level| level.severity.is_some())
    }

    /// After how long without a value a series is silent; nothing: never.
    pub(crate) fn patience_secs(&self) -> Option<i64> {
        Some(self.nodata_secs.unwrap_or(120)).filter(|secs| *secs > 0)
    }

    fn random(random: &mut Random, number: usize, groups: usize) -> Rule {
        let single = |above, clear| vec![Level { severity: None, above, clear }];
        let leveled = |warning, critical| {
            vec![
                Level { severity: Some("warning"), above: 80.0, clear: warning },
                Level { severity: Some("critical"), above: 90.0, clear: critical },
            ]
        };
        let levels = match random.below(6) {
            0 | 1 => single(80.0, None),
            2 => single(90.0, Some(80.0)),
            3 => leveled(None, None),
            _ => leveled(Some(70.0), Some(85.0)),
        };
        Rule {
            number,
            group: random.below(groups as i64) as usize,
            team: TEAMS[number % TEAMS.len()],
            levels,
            for_secs: random.pick(&[0, 0, 0, 20, 60, 300]),
            keep_secs: random.pick(&[0, 0, 0, 30, 180]),
            nodata_secs: random.pick(&[None, None, Some(0), Some(60), Some(600)]),
            forget_secs: random.pick(&[86_400, 7200]),
            is_derived: random.one_in(4),
        }
    }

    fn write(&self, text: &mut String) {
        let series = if self.is_derived {
            let (record, source) = (format!("twice.r{}", self.number), format!("load.r{}.*", self.number));
            _ = writeln!(
                text,
                "      - record: '{record}.{{{{ node(2) }}}}'\n        expr: scale({source}, 2)"
            );
            format!("{record}.*")
        } else {
            format!("load.r{}.*", self.number)
        };
        _ = writeln!(text, "      - alert: {}\n        expr: {series}", self.name());
        let factor = if self.is_derived { 2.0 } else { 1.0 };
        let clears: Vec<_> = self.levels.iter().filter(|level| level.clear.is_some()).collect();
        if self.has_levels() {
            let named = |level: &Level| level.severity.unwrap_or_default();
            let when = |level: &Level| format!("{}: '> {}'", named(level), level.above * factor);
            let clear = |level: &&Level| {
                format!("{}: '< {}'", named(level), level.clear.unwrap_or_default() * factor)
            };
            let join = |parts: Vec<String>| parts.join(", ");
            _ = writeln!(text, "        when: {{{}}}", join(self.levels.iter().map(when).collect()));
            if !clears.is_empty() {
                _ = writeln!(text, "        clear: {{{}}}", join(clears.iter().map(clear).collect()));
            }
        } else {
            _ = writeln!(text, "        when: '> {}'", self.levels[0].above * factor);
            if let Some(clear) = self.levels[0].clear {
                _ = writeln!(text, "        clear: '< {}'", clear * factor);
            }
        }
        _ = writeln!(text, "        for: {}s\n        keep_firing_for: {}s", self.for_secs, self.keep_secs);
        if let Some(secs) = self.nodata_secs {
            _ = writeln!(text, "        nodata_after: {secs}s");
        }
        let severity = if self.has_levels() { "" } else { ", severity: critical" };
        _ = writeln!(
            text,
            "        nodata_forget: {}s\n        labels: {{team: {}{severity}}}\n        annotations: {{summary: '{{{{ \
             $labels.series }}}} is {{{{ $value }}}}'}}",
            self.forget_secs, self.team
        );
    }
}

impl Rules {
    pub(crate) fn random(random: &mut Random) -> Rules {
        let group = |(number, interval_secs): (usize, Option<i64>), random: &mut Random| Group {
            name: format!("g{number}"),
            interval_secs,
            delay_ms: random.pick(&[0, 0, 500, 2000, 15_000]),
        };
        let intervals = [None, Some(30), Some(60)];
        let groups: Vec<Group> = intervals.into_iter().enumerate().map(|one| group(one, random)).collect();
        let rules = (0..RULES).map(|number| Rule::random(random, number, groups.len())).collect();
        Rules { groups, rules }
    }

    /// After somebody has edited the file: other thresholds and durations, a rule less, or one that is back.
    pub(crate) fn edited(&self, first: &Rules, random: &mut Random) -> Rules {
        let mut rules = self.clone();
        for _ in 0..random.within(1, 3) {
            let number = random.below(RULES as i64) as usize;
            let place = rules.rules.iter().position(|rule| rule.number == number);
            match (place, random.below(3)) {
                (Some(place), 0) => _ = rules.rules.remove(place),
                (Some(place), _) => {
                    let rule = &mut rules.rules[place];
                    rule.for_secs = random.pick(&[0, 20, 60]);
                    rule.keep_secs = random.pick(&[0, 30]);
                    if !rule.has_levels() {
                        rule.levels[0].above = random.pick(&[75.0, 82.0, 90.0]);
                        rule.levels[0].clear = None;
                    }
                }
                (None, _) => {
                    let at = rules.rules.partition_point(|rule| rule.number < number);
                    let back = first.rules.iter().find(|rule| rule.number == number).cloned();
                    rules.rules.splice(at..at, back);
                }
            }
        }
        rules
    }

    /// As a rule file.
    pub(crate) fn text(&self) -> String {
        let mut text = String::from("groups:\n");
        for (place, group) in self.groups.iter().enumerate() {
            let rules: Vec<&Rule> = self.rules.iter().filter(|rule| rule.group == place).collect();
            if rules.is_empty() {
                continue;
            }
            _ = writeln!(text, "  - name: {}\n    delay: {}ms", group.name, group.delay_ms);
            if let Some(secs) = group.interval_secs {
                _ = writeln!(text, "    interval: {secs}s");
            }
            text.push_str("    rules:\n");
            rules.into_iter().for_each(|rule| rule.write(&mut text));
        }
        text
    }
}
