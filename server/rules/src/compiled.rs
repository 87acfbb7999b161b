//! A rule ready to run: its templates compiled, its place among the others known.
//!
//! Invariant: a compiled rule never changes. What it has seen and decided is kept beside it.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use plumbago_query::{Lookback, Tags, locality};

use crate::dependency::Order;
use crate::template::Piece;
use crate::{
    AlertCheck, AlertRule, Bound, Condition, EventRule, Group, Kind, RecordRule, RuleError, RuleKind,
    RuleSet, Search, Severity, Subject, Template, identity,
};

/// A rule ready to run.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    /// Position of its group in the set, and its own in the group.
    pub(crate) place: (usize, usize),
    /// What makes it the same rule after a restart.
    pub(crate) identity: String,
    /// `file/group/name`, for people.
    pub(crate) shown: Arc<str>,
    pub(crate) expression: Arc<str>,
    pub(crate) interval_secs: Option<i64>,
    pub(crate) window_secs: i64,
    /// The delay as written.
    pub(crate) delay_ms: Option<i64>,
    pub(crate) limit: usize,
    /// The rules that come first at the same T, as a number: those of a lower rank.
    pub(crate) rank: usize,
    /// The rules that it reads from.
    pub(crate) upstream: Vec<usize>,
    /// What its results depend on, where the expression tells.
    pub(crate) lookback: Option<Lookback>,
    pub(crate) name: Template,
    pub(crate) labels: Vec<(String, Template)>,
    pub(crate) makes: Makes,
}

/// What a rule makes.
#[derive(Clone, Debug)]
pub(crate) enum Makes {
    Points(RecordRule),
    Events(Box<Events>),
    Alarms(Box<Alerts>),
}

/// An alert rule's own parts.
#[derive(Clone, Debug)]
pub(crate) struct Alerts {
    pub(crate) rule: AlertRule,
    /// The group's name.
    pub(crate) group: Arc<str>,
    pub(crate) annotations: Vec<(String, Template)>,
    /// What stands for the annotations as written.
    pub(crate) wording: Arc<str>,
    /// What values are compared with.
    pub(crate) bounds: Arc<[Bound]>,
    /// Which events are counted, if it counts events.
    pub(crate) search: Search,
}

impl Alerts {
    /// Whether levels give the severity.
    pub(crate) fn has_levels(&self) -> bool {
        let AlertCheck::Level(threshold) = &self.rule.check else { return false };
        threshold.levels.iter().any(|(severity, _)| severity.is_some())
    }

    fn compile(
        rule: &AlertRule,
        group: &Group,
        compile: impl Fn(&str) -> Result<Template, RuleError>,
    ) -> Result<Alerts, RuleError> {
        let annotation = |(name, text): (&String, &String)| Ok((name.clone(), compile(text)?));
        let parts = rule.annotations.iter().flat_map(|(name, text)| [name.as_bytes(), text.as_bytes()]);
        let search = match &rule.check {
            AlertCheck::Events(count) => Search::parse(&count.search, 0, &TimeZone::UTC)
                .map_err(|error| RuleError { message: format!("match: {error}"), is_fault: false })?,
            AlertCheck::Present | AlertCheck::Level(_) => Search::default(),
        };
        Ok(Alerts {
            annotations: rule.annotations.iter().map(annotation).collect::<Result<_, RuleError>>()?,
            wording: Arc::from(identity::of(parts)),
            bounds: bounds(&rule.check),
            group: Arc::clone(&group.name),
            search,
            rule: rule.clone(),
        })
    }
}

/// The numbers of a rule's levels, with what begins there.
fn bounds(check: &AlertCheck) -> Arc<[Bound]> {
    let AlertCheck::Level(threshold) = check else { return Arc::default() };
    let bound = |(severity, condition): &(Option<Severity>, Condition)| {
        let level = severity.map_or(String::new(), |severity| format!("{} ", severity.name()));
        Bound { value: condition.number, label: format!("{level}{condition}") }
    };
    threshold.levels.iter().map(bound).collect()
}

/// An event rule's own parts.
#[derive(Clone, Debug)]
pub(crate) struct Events {
    pub(crate) rule: EventRule,
    pub(crate) by: Option<Template>,
    pub(crate) text: Template,
    pub(crate) tags: Vec<Template>,
}

impl Compiled {
    /// All rules of a set, in its order.
    ///
    /// # Errors
    /// A template that does not compile; `files` refuses it, with its place.
    pub(crate) fn all(set: &RuleSet, order: &Order) -> Result<Vec<Compiled>, RuleError> {
        let mut seen: HashMap<String, u64> = HashMap::new();
        let mut all = Vec::new();
        for (group_at, group) in set.groups.iter().enumerate() {
            for (rule_at, rule) in group.rules.iter().enumerate() {
                let again = seen.entry(identity::of_rule(group, rule, 0)).or_default();
                let identity = identity::of_rule(group, rule, *again);
                *again += 1;
                let shown = format!("{}/{}/{}", group.file, group.name, rule.name);
                let compile = |text: &str| {
                    Template::compile(text)
                        .map_err(|error| RuleError { message: format!("{shown}: {error}"), is_fault: false })
                };
                let labels = rule.labels.iter().map(|(key, text)| Ok((key.clone(), compile(text)?)));
                all.push(Compiled {
                    place: (group_at, rule_at),
                    identity,
                    expression: Arc::clone(&rule.expression),
                    interval_secs: group.interval_secs,
                    window_secs: group.window_secs.max(1),
                    delay_ms: rule.delay_ms.or(group.delay_ms),
                    limit: rule.limit,
                    rank: order.rank(all.len()),
                    upstream: order.upstream(all.len()).to_vec(),
                    lookback: rule.reads().and_then(locality),
                    name: compile(&rule.name)?,
                    labels: labels.collect::<Result<_, RuleError>>()?,
                    makes: Makes::compile(&rule.kind, group, compile)?,
                    shown: Arc::from(shown.as_str()),
                });
            }
        }
        Ok(all)
    }

    /// Whether it makes points.
    pub(crate) fn is_record(&self) -> bool {
        matches!(self.makes, Makes::Points(_))
    }

    /// Whether it counts events instead of evaluating an expression.
    pub(crate) fn counts_events(&self) -> bool {
        matches!(&self.makes, Makes::Alarms(alert) if matches!(alert.rule.check, AlertCheck::Events(_)))
    }

    /// Whether its own results are left out of what it reads.
    pub(crate) fn excludes_self(&self) -> bool {
        matches!(&self.makes, Makes::Points(record) if record.exclude_self)
    }

    /// Whether a series may be one that it makes.
    pub(crate) fn makes_series(&self, name: &str) -> bool {
        let metric = name.split(';').next().unwrap_or(name);
        self.is_record() && matches_pieces(&self.name.pieces(), metric)
    }

    /// The labels as they are for a series.
    pub(crate) fn rendered_labels(
        &self,
        subject: &Subject<'_>,
    ) -> Result<std::collections::BTreeMap<String, String>, RuleError> {
        let render =
            |(key, template): &(String, Template)| Ok((key.clone(), self.render(template, subject)?));
        self.labels.iter().map(render).collect()
    }

    /// A template as it is for a series.
    pub(crate) fn render(&self, template: &Template, subject: &Subject<'_>) -> Result<String, RuleError> {
        template.render(subject).map_err(|error| RuleError {
            message: format!("{:?} for the series {}: {error}", template.text(), subject.series),
            is_fault: false,
        })
    }

    /// What templates see of a result.
    pub(crate) fn subject<'a>(&self, name: &'a str, tags: &'a Tags, value: Option<f64>) -> Subject<'a> {
        Subject { series: name, tags, value, ..Subject::default() }
    }
}

impl Makes {
    /// Which kind of rule makes it.
    pub(crate) fn kind(&self) -> RuleKind {
        match self {
            Makes::Points(_) => RuleKind::Record,
            Makes::Events(_) => RuleKind::Event,
            Makes::Alarms(_) => RuleKind::Alert,
        }
    }

    fn compile(
        kind: &Kind,
        group: &Group,
        compile: impl Fn(&str) -> Result<Template, RuleError>,
    ) -> Result<Makes, RuleError> {
        Ok(match kind {
            Kind::Record(rule) => Makes::Points(rule.clone()),
            Kind::Event(rule) => Makes::Events(Box::new(Events {
                by: rule.by.as_deref().map(&compile).transpose()?,
                text: compile(&rule.text)?,
                tags: rule.tags.iter().map(|tag| compile(tag)).collect::<Result<_, _>>()?,
                rule: rule.clone(),
            })),
            Kind::Alert(rule) => Makes::Alarms(Box::new(Alerts::compile(rule, group, compile)?)),
        })
    }
}

/// Whether a text can be what a template renders to.
fn matches_pieces(pieces: &[Piece], text: &str) -> bool {
    let Some((first, rest)) = pieces.split_first() else { return text.is_empty() };
    let reach = match first {
        Piece::Text(literal) => {
            return text.strip_prefix(literal.as_str()).is_some_and(|left| matches_pieces(rest, left));
        }
        Piece::WithinNode => text.find('.').unwrap_or(text.len()),
        Piece::AnyText => text.len(),
    };
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]).take_while(|at| *at <= reach);
    ends.into_iter().any(|end| matches_pieces(rest, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_tell_what_they_may_make() {
        let pieces = [Piece::Text("dc.".into()), Piece::WithinNode, Piece::Text(".total".into())];
        assert!(matches_pieces(&pieces, "dc.eu.total") && matches_pieces(&pieces, "dc..total"));
        assert!(!matches_pieces(&pieces, "dc.eu.west.total") && !matches_pieces(&pieces, "dc.eu.totals"));
        let pieces = [Piece::AnyText, Piece::Text(".total".into())];
        assert!(matches_pieces(&pieces, "a.b.total") && !matches_pieces(&pieces, "a.b.sum"));
    }
}
