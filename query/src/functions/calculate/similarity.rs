//! pearson, pearsonClosest and kolmogorovSmirnovTest2: how alike series are.

use crate::error::QueryError;
use crate::functions::shared::Outcome;
use crate::functions::sorting::{Order, sort_by_key};
use crate::functions::{Default, Descriptor, Group, Kind, Origin, Parameter};
use crate::run::Invocation;
use crate::series::Series;

static PAIR: &[Parameter] = &[
    Parameter::required("seriesA", Kind::SeriesList),
    Parameter::required("seriesB", Kind::SeriesList),
    Parameter::required("windowSize", Kind::Integer),
];

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new("pearson", Group::Calculate, PAIR, |call| over_windows(call, 0, correlation))
        .from(Origin::Carbonapi)
        .help("Shows Pearson's correlation of two series over a window of points.", "web.hits: 0 2 0 2 0 @60
         web.cpu: 1 3 1 3 5 @60
         > pearson(web.hits, web.cpu, 4)
         pearson(web.hits,web.cpu,4): - - - 1 0 @60"),
    Descriptor::new(
        "pearsonClosest",
        Group::Calculate,
        &[
            Parameter::required("series", Kind::SeriesList),
            Parameter::required("seriesList", Kind::SeriesList),
            Parameter::required("n", Kind::Integer),
            Parameter::optional("direction", Kind::Text, Default::Text("abs")).one_of(&["abs", "pos", "neg"]),
        ],
        closest,
    )
    .from(Origin::Carbonapi)
    .help("Keeps the n series of a list that correlate best with one series: in either direction, pos or neg only.", "web.hits: 1 2 3 4 @60
         cpu.a: 2 4 6 9 @60
         cpu.b: 9 1 8 2 @60
         > pearsonClosest(web.hits, cpu.*, 1)
         cpu.a: 2 4 6 9 @60"),
    Descriptor::new("kolmogorovSmirnovTest2", Group::Calculate, PAIR, |call| {
        over_windows(call, 1, same_distribution)
    })
    .from(Origin::Carbonapi)
    .known_to_carbonapi_as(&["ksTest2"])
    .help("Shows how probable it is that the last values of two series come from one distribution (two-sample Kolmogorov-Smirnov test).", "web.a: 1 2 3 4 @60
         web.b: 11 12 13 14 @60
         > kolmogorovSmirnovTest2(web.a, web.b, 3)
         kolmogorovSmirnovTest2(web.a,web.b,3): - - - 0.09956184831478034 @60"),
];

/// One value for each window that is full and has `skipped` more values before it.
fn over_windows(
    call: &mut Invocation<'_, '_>,
    skipped: usize,
    compare: fn(&[f64], &[f64]) -> f64,
) -> Outcome {
    let size = call.arguments().integer("windowSize")?;
    let points = usize::try_from(size).unwrap_or(0);
    if points == 0 {
        return Err(QueryError::bad_request(format!("{}: the window needs at least one point", call.name())));
    }
    let function = call.name();
    let mut first = only(function, call.take_series())?;
    let second = only(function, call.take_named("seriesB").unwrap_or_default())?;
    let rows = first.values.len();
    let mut steps = call.steps();
    let column =
        |from: usize, to: usize, values: &[f64]| values.get(from..to.min(values.len())).map(<[f64]>::to_vec);
    let values = (1..=rows)
        .map(|end| {
            let begin = end.checked_sub(points).filter(|begin| *begin >= skipped);
            let windows = begin.and_then(|begin| {
                Some((column(begin, end, &first.values)?, column(begin, end, &second.values)?))
            });
            steps.take(points)?;
            Ok(windows.map_or(f64::NAN, |(a, b)| compare(&a, &b)))
        })
        .collect::<Result<_, QueryError>>()?;
    first = first.clone().derived(format!("{function}({},{},{size})", first.name, second.name), values);
    Ok(vec![first].into())
}

fn only(function: &str, series: Vec<Series>) -> Result<Series, QueryError> {
    let count = series.len();
    let mut series = series.into_iter();
    match (series.next(), count) {
        (Some(one), 1) => Ok(one),
        _ => Err(QueryError::bad_request(format!("{function} compares exactly one series, {count} match"))),
    }
}

fn closest(call: &mut Invocation<'_, '_>) -> Outcome {
    let n = usize::try_from(call.arguments().integer("n")?).unwrap_or(0);
    let direction = call.arguments().text("direction")?;
    let reference = only("pearsonClosest", call.take_series())?;
    let mut series = call.take_named("seriesList").unwrap_or_default();
    let strength = |one: &Series| {
        let value = match one.values.len() == reference.values.len() {
            true => correlation(&reference.values, &one.values),
            false => f64::NAN,
        };
        match direction {
            "abs" => value.abs(),
            "neg" => -value,
            _ => value,
        }
    };
    series.retain(|one| strength(one) >= 0.0);
    let mut sorted = sort_by_key(series, strength, Order::Descending);
    sorted.truncate(n);
    Ok(sorted.into())
}

/// Pearson's correlation over the rows in which both have a value.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let pairs = || a.iter().zip(b).filter(|(a, b)| !a.is_nan() && !b.is_nan());
    let count = pairs().count() as f64;
    let mean_a = pairs().fold(0.0, |sum, (a, _)| sum + a) / count;
    let mean_b = pairs().fold(0.0, |sum, (_, b)| sum + b) / count;
    let (mut both, mut squares_a, mut squares_b) = (0.0, 0.0, 0.0);
    for (a, b) in pairs() {
        both += (a - mean_a) * (b - mean_b);
        squares_a += (a - mean_a) * (a - mean_a);
        squares_b += (b - mean_b) * (b - mean_b);
    }
    both / (f64::sqrt(squares_a) * f64::sqrt(squares_b))
}

/// The p-value of the two-sample test, by the limiting distribution.
fn same_distribution(a: &[f64], b: &[f64]) -> f64 {
    let sorted = |values: &[f64]| {
        let mut known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        known.sort_by(f64::total_cmp);
        known
    };
    let (a, b) = (sorted(a), sorted(b));
    if a.is_empty() || b.is_empty() {
        return f64::NAN;
    }
    let (count_a, count_b) = (a.len() as f64, b.len() as f64);
    let share =
        |sorted: &[f64], value: f64| sorted.partition_point(|one| *one <= value) as f64 / sorted.len() as f64;
    let distance = a
        .iter()
        .chain(&b)
        .fold(0.0, |most, value| f64::max(most, (share(&a, *value) - share(&b, *value)).abs()));
    tail_probability((count_a * count_b / (count_a + count_b)).sqrt() * distance)
}

/// How probable a larger scaled distance is: 2 Σ (-1)^(k-1) exp(-2k²z²), by the series that converges fast.
fn tail_probability(z: f64) -> f64 {
    if z == 0.0 {
        return 1.0;
    }
    if z >= 1.18 {
        let x = (-2.0 * z * z).exp();
        return 2.0 * (x - x.powi(4) + x.powi(9));
    }
    let pi = std::f64::consts::PI;
    let y = (-pi * pi / 8.0 / (z * z)).exp();
    1.0 - (2.0 * pi).sqrt() / z * (y + y.powi(9) + y.powi(25) + y.powi(49))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_series_of_the_tail_meet() {
        assert!((tail_probability(1.179_999) - tail_probability(1.18)).abs() < 1e-5);
        assert!((tail_probability(0.001) - 1.0).abs() < 1e-12);
        assert!(tail_probability(3.0) < 1e-6);
    }

    #[test]
    fn a_known_correlation() {
        let (a, b) = ([43.0, 21.0, 25.0, 42.0, 57.0, 59.0], [99.0, 65.0, 79.0, 75.0, 87.0, 81.0]);
        assert!((correlation(&a, &b) - 0.529_808_901_890_174_4).abs() < 1e-12);
        assert!(correlation(&a, &[1.0; 6]).is_nan());
        assert!(correlation(&[], &[]).is_nan());
    }
}
