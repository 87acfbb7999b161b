//! `check`: reads a part of the load back and compares every point.
//!
//! Invariant: each point of the part is counted once: as the same to the last bit, as nearly the same, as wrong, or as
//! missing. What is stored beyond the part's series and steps is counted apart.

use std::collections::HashMap;
use std::io;

use plumbago_benches::{DATA_CENTRES, RACKS, rack_of};
use serde::Serialize;

use crate::answer::{Stored, rack};
use crate::arguments::{CheckArguments, Part};
use crate::column::column_at;
use crate::population::name_of;

/// A stored value that differs by no more than this part of the value has lost digits, but is the one that was sent.
const NEARLY: f64 = 1e-9;

/// What is there of the points that should be.
#[derive(Serialize, Default, Debug, PartialEq)]
pub(crate) struct Report {
    /// Series and points that should be there.
    series: u64,
    points: u64,
    /// Points that are there, and of these the ones that are not the same to the last bit.
    present: u64,
    nearly: u64,
    wrong: u64,
    missing: u64,
    /// Series and points that were never sent, or not in this part.
    surplus: u64,
    /// The first fault in words.
    first_fault: Option<String>,
}

/// Asks for the racks that `arguments` name, one after the other.
pub(crate) fn check(arguments: &CheckArguments) -> io::Result<Report> {
    let part = &arguments.part;
    let times = (part.time_of(part.first_step), part.time_of(part.first_step + part.steps.saturating_sub(1)));
    let slots = Slots { part, average_of: arguments.average_of.into() };
    let mut report = Report::default();
    for number in (arguments.first_rack..RACKS).step_by(arguments.every.into()) {
        let expected = expected_in(part, number);
        if expected.is_empty() {
            continue;
        }
        let position = (number % DATA_CENTRES, number);
        let stored = rack(&arguments.http, arguments.dialect, part.names, position, times)?;
        report.compare(&slots, expected, stored);
    }
    Ok(report)
}

/// What should be in a series' slots: the part's values, or their averages.
struct Slots<'a> {
    part: &'a Part,
    average_of: usize,
}

impl Slots<'_> {
    /// Slots of one series; steps that do not fill a last one are left out.
    fn count(&self) -> usize {
        self.part.steps / self.average_of
    }

    /// Time and value of each slot of the series at position `number`.
    fn of(&self, number: usize) -> impl Iterator<Item = (i64, f64)> {
        let mut column = column_at(number, self.part.first_step);
        (0..self.count()).map(move |slot| {
            let time = self.part.time_of(self.part.first_step + slot * self.average_of);
            let total: f64 = (0..self.average_of).map(|_| column.next_value()).sum();
            (time, total / self.average_of as f64)
        })
    }
}

/// The part's series in a rack: name to position.
fn expected_in(part: &Part, rack: usize) -> HashMap<String, usize> {
    let numbers = part.first_series..part.first_series + part.series;
    numbers
        .filter(|number| rack_of(*number) == rack)
        .map(|number| (name_of(number, part.names), number))
        .collect()
}

impl Report {
    fn compare(&mut self, slots: &Slots, mut expected: HashMap<String, usize>, stored: Vec<Stored>) {
        self.series += expected.len() as u64;
        self.points += (expected.len() * slots.count()) as u64;
        for (name, points) in stored {
            match expected.remove(&name) {
                Some(number) => self.compare_series(slots, &name, number, &points),
                // A series without a known point in this time is one of another part.
                None if points.is_empty() => {}
                None => {
                    self.surplus += 1;
                    self.fault(|| format!("{name} is there, and should not be"));
                }
            }
        }
        for name in expected.into_keys() {
            self.missing += slots.count() as u64;
            self.fault(|| format!("{name} is missing"));
        }
    }

    fn compare_series(&mut self, slots: &Slots, name: &str, number: usize, points: &[(i64, f64)]) {
        let mut there: HashMap<i64, f64> = points.iter().copied().collect();
        for (time, value) in slots.of(number) {
            match there.remove(&time) {
                Some(stored) => self.compare_value(value, stored, || format!("{name} at {time}")),
                None => {
                    self.missing += 1;
                    self.fault(|| format!("{name} at {time} is missing"));
                }
            }
        }
        self.surplus += there.len() as u64;
        if let Some((time, value)) = there.into_iter().next() {
            self.fault(|| format!("{name} at {time} is {value}, and should not be there"));
        }
    }

    fn compare_value(&mut self, sent: f64, stored: f64, point: impl Fn() -> String) {
        self.present += 1;
        if (sent - stored).abs() > NEARLY * sent.abs() {
            self.wrong += 1;
            self.fault(|| format!("{} is {stored}, not {sent}", point()));
        } else if sent.to_bits() != stored.to_bits() {
            self.nearly += 1;
        }
    }

    fn fault(&mut self, words: impl Fn() -> String) {
        self.first_fault.get_or_insert_with(words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::Names;

    const PART: Part = Part {
        first_series: 0,
        series: 60,
        first_step: 3,
        steps: 4,
        start: 1_710_460_800,
        step_secs: 10,
        names: Names::Paths,
    };

    fn stored() -> Vec<Stored> {
        let series = |number| {
            let mut column = column_at(number, PART.first_step);
            let points = PART.step_range().map(|step| (PART.time_of(step), column.next_value()));
            (name_of(number, PART.names), points.collect())
        };
        (50..60).map(series).collect()
    }

    fn report(stored: Vec<Stored>) -> Report {
        let mut report = Report::default();
        report.compare(&Slots { part: &PART, average_of: 1 }, expected_in(&PART, 1), stored);
        report
    }

    #[test]
    fn what_was_sent_has_no_fault() {
        let whole = Report { series: 10, points: 40, present: 40, ..Report::default() };
        assert_eq!(report(stored()), whole);
    }

    #[test]
    fn a_coarser_slot_is_the_average_of_whole_groups_of_steps() {
        let values: Vec<f64> = stored()[4].1.iter().map(|(_, value)| *value).collect();
        let slots: Vec<_> = Slots { part: &PART, average_of: 3 }.of(54).collect();
        assert_eq!(slots, [(PART.time_of(3), (values[0] + values[1] + values[2]) / 3.0)]);
    }

    #[test]
    fn every_kind_of_fault_is_counted_as_itself() {
        let mut changed = stored();
        let double = 4;
        changed[double].1[0].1 = f64::from_bits(changed[double].1[0].1.to_bits() + 1);
        changed[double].1[1].1 += 1.0;
        changed[5].1.remove(2);
        changed[5].1.push((PART.time_of(99), 1.0));
        changed[6].0 = "dc1.rack01.host0001.a.b.c".to_owned();
        changed.push(("dc1.rack01.host0049.a.b.c".to_owned(), Vec::new()));
        let report = report(changed);
        assert_eq!((report.series, report.points, report.present), (10, 40, 35));
        assert_eq!((report.nearly, report.wrong, report.missing, report.surplus), (1, 1, 5, 2));
        assert!(report.first_fault.unwrap().contains("host0001"));
    }
}
