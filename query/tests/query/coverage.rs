//! Whether the golden files leave nothing out: every function is asked with its defaults, over gaps, one point, no point
//! and mixed steps.
//!
//! What a query covers is found by reading the series that its paths stand for, not by their names.

use std::collections::{BTreeMap, BTreeSet};

use plumbago_query::{Argument, Call, Descriptor, Expression, Kind, function, functions, parse};

use crate::golden::{Setting, for_each};

/// A kind of input, or of call, that a function must be asked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Aspect {
    Defaults,
    Gaps,
    OnePoint,
    NoPoint,
    MixedSteps,
}

const OF_SERIES: [Aspect; 5] =
    [Aspect::Defaults, Aspect::Gaps, Aspect::OnePoint, Aspect::NoPoint, Aspect::MixedSteps];

/// Functions whose values are chance; a test of their own looks at their shape.
const RANDOM: &[&str] = &["randomWalk"];

#[test]
fn every_function_is_asked_with_every_kind_of_input() {
    let mut covered: BTreeMap<&'static str, BTreeSet<Aspect>> = BTreeMap::new();
    for_each(|question| {
        let Ok(tree) = parse(question.expression) else { return };
        visit(&tree, &mut |function, call, piped| {
            let aspects = covered.entry(function.name).or_default();
            if call.arguments.len() + usize::from(piped.is_some()) <= required(function) {
                aspects.insert(Aspect::Defaults);
            }
            let arguments = call.arguments.iter().map(|argument| &argument.value);
            let mut reads = Vec::new();
            arguments.chain(piped).for_each(|value| push_reads(value, &mut reads));
            aspects.extend(aspects_of(question.setting, &reads));
        });
    });
    let mut missing = Vec::new();
    for function in functions().filter(|one| !RANDOM.contains(&one.name)) {
        let wanted: &[Aspect] = if takes_series(function) { &OF_SERIES } else { &OF_SERIES[..1] };
        let found = covered.get(function.name).cloned().unwrap_or_default();
        let absent: Vec<&Aspect> = wanted.iter().filter(|aspect| !found.contains(aspect)).collect();
        if !absent.is_empty() {
            missing.push(format!("{}: {absent:?}", function.name));
        }
    }
    assert!(missing.is_empty(), "no golden query of\n{}", missing.join("\n"));
}

fn takes_series(function: &Descriptor) -> bool {
    function.parameters.iter().any(|one| matches!(one.kind, Kind::SeriesList | Kind::SeriesLists))
}

/// With so many arguments, every optional one has its default. A last parameter that takes many may well have two.
fn required(function: &Descriptor) -> usize {
    let required = function.parameters.iter().filter(|one| one.required).count();
    required + usize::from(function.parameters.last().is_some_and(|last| last.multiple))
}

/// Every call, with what is piped into it.
fn visit<'a>(
    tree: &'a Expression,
    see: &mut impl FnMut(&'static Descriptor, &'a Call, Option<&'a Expression>),
) {
    let (call, piped) = match tree {
        Expression::Call(call) => (call, None),
        Expression::Pipe { input, call } => (call, Some(&**input)),
        Expression::Template { body, .. } => return visit(body, see),
        _ => return,
    };
    if let Some(function) = function(&call.function) {
        see(function, call, piped);
    }
    piped.into_iter().for_each(|input| visit(input, see));
    call.arguments.iter().for_each(|Argument { value, .. }| visit(value, see));
}

/// The paths and tag expressions below a tree, as text.
fn push_reads(tree: &Expression, reads: &mut Vec<String>) {
    match tree {
        Expression::Path(_) => reads.push(tree.to_string()),
        Expression::Call(call) if call.function == "seriesByTag" => reads.push(tree.to_string()),
        Expression::Call(call) => call.arguments.iter().for_each(|one| push_reads(&one.value, reads)),
        Expression::Pipe { input, call } => {
            push_reads(input, reads);
            call.arguments.iter().for_each(|one| push_reads(&one.value, reads));
        }
        _ => {}
    }
}

fn aspects_of(setting: &Setting, reads: &[String]) -> BTreeSet<Aspect> {
    let series: Vec<_> = reads.iter().flat_map(|read| setting.render(read).unwrap_or_default()).collect();
    let mut aspects = BTreeSet::new();
    for one in &series {
        match one.values.iter().filter(|value| !value.is_nan()).count() {
            0 => aspects.insert(Aspect::NoPoint),
            1 => aspects.insert(Aspect::OnePoint),
            known if known < one.values.len() => aspects.insert(Aspect::Gaps),
            _ => false,
        };
    }
    if series.iter().any(|one| one.step != series[0].step) {
        aspects.insert(Aspect::MixedSteps);
    }
    aspects
}
