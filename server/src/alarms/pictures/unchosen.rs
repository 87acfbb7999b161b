//! An expression without what chooses among its series by their values.
//!
//! `averageAbove`, `highestMax`, `limit` and their kin may choose others over the time that a picture shows than over the
//! window of the rule that fired. What they choose from holds the series that fired in any case, and under the same name.
//!
//! Invariant: every series of the expression is among those of the other one, with its name and its values. So only calls are
//! left out whose series come out as they went in, and only those that nothing encloses but functions that make each series
//! of one series. The rest of the text stays as it was written, since names are made of it.

use std::ops::Range;

use plumbago_query::{Argument, Call, Expression, Group, function, parse};

/// What a function does with the series of its first argument.
enum Role {
    /// It keeps some of them, by their values.
    Chooses,
    /// It makes each of its series of one of them, whatever the others are.
    EachByItself,
    /// Anything else.
    Together,
}

impl Role {
    fn of(call: &Call) -> Role {
        let Some(found) = function(&call.function) else { return Role::Together };
        match (found.group, found.name) {
            // Others than those that were given, or those of several lists.
            (Group::FilterSeries, "join" | "unique" | "useSeriesAbove") => Role::Together,
            // By their names, which do not depend on time.
            (Group::FilterSeries, "grep" | "exclude") => Role::EachByItself,
            (Group::FilterSeries, _) => Role::Chooses,
            (Group::Graph, "stacked") => Role::Together,
            (_, "consolidateBy" | "cumulative" | "setXFilesFactor") => Role::EachByItself,
            (
                Group::Alias
                | Group::Calculate
                | Group::FilterData
                | Group::Graph
                | Group::Sorting
                | Group::Transform,
                _,
            ) => Role::EachByItself,
            _ => Role::Together,
        }
    }
}

/// The expression over what it chooses from; `None` where it chooses nothing, or where that cannot be left out.
pub(super) fn unchosen(expression: &str) -> Option<String> {
    let tree = parse(expression).ok()?;
    let start = expression.len() - expression.trim_start().len();
    let mut cuts = Cuts { text: expression, ranges: Vec::new() };
    cuts.look(&tree, start)?;
    cuts.left()
}

/// What is left out of a text.
struct Cuts<'a> {
    text: &'a str,
    ranges: Vec<Range<usize>>,
}

impl Cuts<'_> {
    /// Finds what chooses in an expression that begins at `start`, and answers where that ends.
    fn look(&mut self, tree: &Expression, start: usize) -> Option<usize> {
        match tree {
            Expression::Path(path) => {
                let is_here = self.text.get(start..)?.starts_with(path.as_str());
                is_here.then_some(start + path.len())
            }
            Expression::Call(call) => {
                let (first, others) = call.arguments.split_first()?;
                let begins = self.first_argument(call)?;
                self.through(call, others, first.keyword.is_none().then_some(&first.value), begins)
            }
            Expression::Pipe { input, call } => self.through(call, &call.arguments, Some(input), start),
            _ => None,
        }
    }

    /// Looks into the series that a call is about, which begin at `begins`, and answers where the call ends.
    fn through(
        &mut self,
        call: &Call,
        others: &[Argument],
        series: Option<&Expression>,
        begins: usize,
    ) -> Option<usize> {
        let Range { start, end } = call.span.start..call.span.end;
        let role = Role::of(call);
        let Some(series) = series.filter(|_| !others.iter().any(|other| is_series(&other.value))) else {
            return Some(end);
        };
        if matches!(role, Role::Together) {
            return Some(end);
        }
        let ends = self.look(series, begins)?;
        if matches!(role, Role::Chooses) {
            // Of `f(series, 5)` both sides go, of `series | f(5)` what comes behind.
            self.ranges.extend((start < begins).then_some(start..begins));
            self.ranges.push(ends..end);
        }
        Some(end)
    }

    /// Where the first argument of a call begins.
    fn first_argument(&self, call: &Call) -> Option<usize> {
        let behind = self.text.get(call.span.start..)?.strip_prefix(call.function.as_str())?;
        let inside = behind.trim_start().strip_prefix('(')?.trim_start();
        Some(self.text.len() - inside.len())
    }

    fn left(mut self) -> Option<String> {
        self.ranges.sort_by_key(|range| range.start);
        let (mut left, mut at) = (String::new(), 0);
        for range in &self.ranges {
            left.push_str(self.text.get(at..range.start)?);
            at = range.end;
        }
        left.push_str(self.text.get(at..)?);
        (!self.ranges.is_empty()).then_some(left)
    }
}

fn is_series(expression: &Expression) -> bool {
    use Expression::{Call, Path, Pipe, Template};
    matches!(expression, Path(_) | Call(_) | Pipe { .. } | Template { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_chooses_by_values_is_left_out_and_the_rest_stays_as_written() {
        for (text, left) in [
            ("averageAbove(av.*.q, 500)", "av.*.q"),
            ("limit( sortByMaxima( a.{b,c}.* ) , 5 )", "sortByMaxima( a.{b,c}.* )"),
            (
                "aliasByNode(highestAverage(perSecond(web.*.hits),3),1)",
                "aliasByNode(perSecond(web.*.hits),1)",
            ),
            (
                "highest(currentAbove(sumSeries(seriesByTag('a=b','c=d')),1),1)",
                "sumSeries(seriesByTag('a=b','c=d'))",
            ),
            ("web.*.hits | topk(3) | scale(60) | removeEmptySeries()", "web.*.hits | scale(60)"),
            ("alias(web.*.hits | maximumAbove(3), 'x')", "alias(web.*.hits, 'x')"),
            (" grep(mostDeviant(a.*, 2), 'x') ", " grep(a.*, 'x') "),
            ("averageAbove(averageBelow(a.*, 9), 1)", "a.*"),
        ] {
            assert_eq!(unchosen(text).as_deref(), Some(left), "{text}");
            assert!(parse(left).is_ok(), "{left}");
        }
    }

    #[test]
    fn what_depends_on_the_choice_stays() {
        for text in [
            "a.*",
            "scale(a.*, 2)",
            "sumSeries(averageAbove(a.*, 5))",
            "asPercent(highestMax(a.*, 2))",
            "highestMax(a.*, 2) | stacked()",
            "divideSeriesLists(highestMax(a.*, 2), highestMax(b.*, 2))",
            "transformNull(highestMax(a.*, 2), 0, b.c)",
            "useSeriesAbove(a.*.q, 10, 'q', 'r')",
            "join(a.*, b.*)",
            "fallbackSeries(removeEmptySeries(a), b)",
            "constantLine(5)",
            "averageAbove(n=5)",
            "no expression (",
            "",
        ] {
            assert_eq!(unchosen(text), None, "{text}");
        }
    }
}
