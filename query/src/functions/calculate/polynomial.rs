//! polyfit: the polynomial that fits best.
//!
//! Invariant: positions are mapped to -1..1 before anything is raised to a power, so that the equations stay solvable at
//! every degree that is allowed.

use plumbago_protocol::limits;

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Default, Descriptor, Group, Kind, Origin, Parameter};
use crate::run::Invocation;
use crate::times;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "polyfit",
    Group::Calculate,
    &[
        SERIES_LIST,
        Parameter::optional("degree", Kind::Integer, Default::Implied(1)),
        Parameter::optional("offset", Kind::Interval, Default::Absent),
    ],
    polyfit,
)
.from(Origin::Carbonapi)
.help("Draws the polynomial of a degree that fits a series best, and goes on with it for the offset behind its end.", r#"disk.used: 1 3 - 7 9 @60
         > polyfit(disk.used, 1, "2min")
         polyfit(disk.used,1,'2min'): 1 3 5 7 9 11 13 @60"#)];

fn polyfit(call: &mut Invocation<'_, '_>) -> Outcome {
    let degree = call.arguments().optional_integer("degree")?;
    let offset = call.arguments().optional_text("offset");
    let seconds = offset.map(times::interval).transpose()?.unwrap_or(0).max(0);
    let order = usize::try_from(degree.unwrap_or(1)).unwrap_or(0);
    if !(1..=limits::POLYNOMIAL_DEGREE_MAX).contains(&order) {
        return Err(QueryError::bad_request(format!(
            "polyfit: the parameter degree lies between 1 and {}",
            limits::POLYNOMIAL_DEGREE_MAX
        )));
    }
    let mut results = Vec::new();
    for mut one in call.take_series() {
        let name = match (degree, offset) {
            (_, Some(offset)) => format!("polyfit({},{order},'{offset}')", one.name),
            (Some(degree), None) => format!("polyfit({},{degree})", one.name),
            (None, None) => format!("polyfit({})", one.name),
        };
        let further = usize::try_from(seconds / one.step.max(1)).unwrap_or(usize::MAX);
        let count = one.values.len().saturating_add(further);
        call.check_points(count)?;
        let known = one.values.iter().filter(|value| !value.is_nan()).count();
        let values = match known {
            0 | 1 => vec![f64::NAN; count],
            _ => match Polynomial::fitting(&one.values, order) {
                Some(polynomial) => (0..count).map(|at| polynomial.at(at)).collect(),
                // Too few values for this degree: there is no best one.
                None => continue,
            },
        };
        one.end = one.end.saturating_add(seconds);
        results.push(one.derived(name, values));
    }
    Ok(results.into())
}

/// A polynomial over positions.
struct Polynomial {
    coefficients: Vec<f64>,
    middle: f64,
}

impl Polynomial {
    /// Least squares over the known values, by the normal equations.
    fn fitting(values: &[f64], degree: usize) -> Option<Polynomial> {
        let middle = (values.len().max(2) - 1) as f64 / 2.0;
        let size = degree + 1;
        let mut powers = vec![0.0; 2 * degree + 1];
        let mut right = vec![0.0; size];
        for (at, value) in values.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
            let x = at as f64 / middle - 1.0;
            let mut power = 1.0;
            for (exponent, sum) in powers.iter_mut().enumerate() {
                *sum += power;
                if let Some(sum) = right.get_mut(exponent) {
                    *sum += power * value;
                }
                power *= x;
            }
        }
        let rows = (0..size).map(|row| {
            let mut cells = powers[row..row + size].to_vec();
            cells.push(right[row]);
            cells
        });
        let coefficients = solve(rows.collect())?;
        Some(Polynomial { coefficients, middle })
    }

    fn at(&self, position: usize) -> f64 {
        let x = position as f64 / self.middle - 1.0;
        self.coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
    }
}

/// Gauss's elimination with the largest pivot; each row ends with its right side. `None` if no single solution is there.
fn solve(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let size = rows.len();
    let largest = rows.iter().flatten().fold(0.0, |most, cell| f64::max(most, cell.abs()));
    for column in 0..size {
        let pivot =
            (column..size).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))?;
        rows.swap(column, pivot);
        let head = rows[column].clone();
        if head[column].abs() <= f64::EPSILON * f64::min(largest, size as f64) || head[column].is_nan() {
            return None;
        }
        for row in rows.iter_mut().skip(column + 1) {
            let factor = row[column] / head[column];
            row.iter_mut().zip(&head).for_each(|(cell, above)| *cell -= factor * above);
        }
    }
    let mut solution = vec![0.0; size];
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|column| rows[row][column] * solution[column]).sum();
        solution[row] = (rows[row][size] - known) / rows[row][row];
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_polynomial_is_found_again() {
        let values: Vec<f64> = (0..40).map(|at| 3.0 - 2.0 * at as f64 + 0.5 * (at * at) as f64).collect();
        let found = Polynomial::fitting(&values, 2).unwrap();
        for (at, value) in values.iter().enumerate() {
            assert!((found.at(at) - value).abs() < 1e-9, "{at}: {} and {value}", found.at(at));
        }
        assert!((found.at(100) - 4803.0).abs() < 1e-6);
    }

    #[test]
    fn too_few_values_have_no_polynomial() {
        let values = [1.0, f64::NAN, f64::NAN, 2.0];
        assert!(Polynomial::fitting(&values, 2).is_none());
        assert!(Polynomial::fitting(&values, 1).is_some());
    }
}
