//! `sum`: what a sum over a glob must come to, over a part of the load.

use std::io;

use plumbago_protocol::Glob;
use serde::Serialize;

use crate::arguments::SumArguments;
use crate::column::column_at;
use crate::population::name_of;

/// What an answer to `sumSeries(glob)` must say.
#[derive(Serialize, Debug, PartialEq)]
pub(crate) struct Report {
    /// Series that the glob selects.
    series: u64,
    /// Points of the answer.
    points: u64,
    /// The sum of the answer's values, up to rounding.
    total: f64,
}

/// Sums all values of the part whose series' names match.
pub(crate) fn sum(arguments: &SumArguments) -> io::Result<Report> {
    let part = &arguments.part;
    let glob = Glob::parse(&arguments.glob).map_err(io::Error::other)?;
    let mut report = Report { series: 0, points: part.steps as u64, total: 0.0 };
    for number in part.first_series..part.first_series + part.series {
        if glob.matches_path(&name_of(number, part.names)) {
            report.series += 1;
            let mut column = column_at(number, part.first_step);
            report.total += part.step_range().map(|_| column.next_value()).sum::<f64>();
        }
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::{Names, Part};

    #[test]
    fn only_the_series_that_match_count() {
        let part = Part {
            first_series: 0,
            series: 100,
            first_step: 1,
            steps: 3,
            start: 0,
            step_secs: 10,
            names: Names::Paths,
        };
        let total = [0, 50].map(|number| {
            let mut column = column_at(number, 1);
            (0..3).map(|_| column.next_value()).sum::<f64>()
        });
        let report = sum(&SumArguments { part, glob: "*.*.*.cpu.total.user".to_owned() }).unwrap();
        assert_eq!(report, Report { series: 2, points: 3, total: total[0] + total[1] });
    }
}
