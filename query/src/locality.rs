//! How much of its sources one slot of a result depends on, as far as the plan tells.
//!
//! Invariant: what is said here holds where all series that are read have one step. Series of several steps are brought
//! onto one grid by position, counted from where a range begins: then nothing is known. A function that declares nothing
//! may depend on everything, and so does an expression that reads no series.

use std::collections::BTreeMap;

use crate::functions::{self, Descriptor};
use crate::plan::{self, Arguments, Node, PlannedArgument};

/// The slots before its own that a slot of a result depends on; those after it never count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lookback {
    /// How many slots at the beginning of a range may differ from those of a range that begins earlier. Functions that
    /// read more than the range by themselves, such as `movingAverage`, need none.
    pub warmup_slots: i64,
    /// How many slots back the sources of a slot may lie, on top of `reach_secs`.
    pub reach_slots: i64,
    /// How many seconds back the sources of a slot may lie.
    pub reach_secs: i64,
}

/// What a function declares about the slots of its results.
#[derive(Clone, Copy)]
pub(crate) enum Locality {
    /// A slot may depend on everything in the range.
    Whole,
    /// A slot depends on the same slot of the arguments.
    Slot,
    /// A slot depends on some slots before it as well, if the arguments say how many.
    Back(LookbackHook),
}

/// From a call's checked arguments to what a slot of its result depends on in those of its arguments.
pub(crate) type LookbackHook = fn(&Arguments<'_>) -> Option<Lookback>;

impl Lookback {
    /// A number of slots that have to be in the range.
    pub(crate) fn of_slots(slots: i64) -> Lookback {
        Lookback { warmup_slots: slots, reach_slots: slots, reach_secs: 0 }
    }

    fn and(self, inner: Lookback) -> Lookback {
        Lookback {
            warmup_slots: self.warmup_slots.saturating_add(inner.warmup_slots),
            reach_slots: self.reach_slots.saturating_add(inner.reach_slots),
            reach_secs: self.reach_secs.saturating_add(inner.reach_secs),
        }
    }

    fn or(self, other: Lookback) -> Lookback {
        Lookback {
            warmup_slots: self.warmup_slots.max(other.warmup_slots),
            reach_slots: self.reach_slots.max(other.reach_slots),
            reach_secs: self.reach_secs.max(other.reach_secs),
        }
    }
}

/// What each slot of an expression's results depends on, provided that all series it reads have one step; `None` if that
/// is more than a known number of slots before it, or not known. Reads nothing.
///
/// ```
/// use plumbago_query::locality;
/// let lookback = locality("perSecond(sumSeries(web.*.hits))").unwrap();
/// assert_eq!((lookback.warmup_slots, lookback.reach_slots), (1, 1));
/// assert_eq!(locality("highestAverage(web.*.hits, 5)"), None);
/// ```
pub fn locality(expression: &str) -> Option<Lookback> {
    of_node(&plan::plan_target(expression, 0, &BTreeMap::new()).ok()?)
}

fn of_node(node: &Node) -> Option<Lookback> {
    let Node::Call(call) = node else { return Some(Lookback::default()) };
    let own = of_function(call.descriptor, &Arguments::new(call.descriptor, &call.arguments))?;
    let mut inner: Option<Lookback> = None;
    for argument in &call.arguments {
        if let PlannedArgument::Series(node) = argument {
            let one = of_node(node)?;
            inner = Some(inner.map_or(one, |all| all.or(one)));
        }
    }
    inner.map(|inner| own.and(inner))
}

fn of_function(descriptor: &Descriptor, arguments: &Arguments<'_>) -> Option<Lookback> {
    match descriptor.locality {
        Locality::Whole => None,
        Locality::Slot => Some(Lookback::default()),
        Locality::Back(hook) => hook(arguments),
    }
}

/// Whether a function that another one calls by name goes slot by slot.
pub(crate) fn is_slot_by_slot(function: &str) -> bool {
    functions::find(function).is_some_and(|found| matches!(found.locality, Locality::Slot))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callbacks_go_slot_by_slot() {
        for function in functions::all().filter(|function| function.aggregator) {
            assert!(is_slot_by_slot(function.name), "{} is accepted as a callback", function.name);
        }
    }

    #[test]
    fn lookbacks_add_up_along_a_path_and_are_the_largest_of_several() {
        let lookback = |text: &str| locality(text).map(|l| (l.warmup_slots, l.reach_slots, l.reach_secs));
        assert_eq!(lookback("a.*"), Some((0, 0, 0)));
        assert_eq!(lookback("derivative(delay(a.*, 3))"), Some((4, 4, 0)));
        assert_eq!(lookback("diffSeries(derivative(a.b), movingSum(a.c, '1min'))"), Some((1, 1, 60)));
        assert_eq!(lookback("movingMax(movingSum(a, 5), 3)"), Some((0, 8, 0)));
        assert_eq!(lookback("asPercent(a, timeShift(a, '1d'))"), Some((0, 1, 86_400)));
        assert_eq!(lookback("a.* | scale(60) | groupByNode(0, 'sum')"), Some((0, 0, 0)));
    }

    #[test]
    fn what_sees_the_whole_range_or_the_future_is_not_local() {
        for text in [
            "sortByMaxima(a)",
            "integral(a)",
            "summarize(a, '1h')",
            "delay(a, -1)",
            "timeShift(a, '+1h')",
            "scale(keepLastValue(a), 2)",
            "transformNull(a, 0, b)",
            "constantLine(5)",
            "countSeries()",
            "movingAverage(a, 0)",
            "movingAverage(holtWintersForecast(a), 3)",
            "no expression (",
        ] {
            assert_eq!(locality(text), None, "{text}");
        }
    }
}
